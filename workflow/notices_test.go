package workflow

import (
	"context"
	"testing"

	"earmark/models"
	"earmark/store"
)

func TestNotifyTellsEachPersonOnce(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	district := n.district("Alder Bay")
	other := n.district("Birch Point")
	pal := n.person("Pat Liaison", models.RolePAL, "")
	n.assign(district, pal)
	both := n.person("Ada Both", models.RolePreparer, district.ID)
	n.grant(both, models.RoleAuthorizedOfficial, district.ID)
	n.person("Olaf Other", models.RolePreparer, other.ID)
	fiscal := n.person("Finn Fiscal", models.RoleFiscalReviewer, "")
	n.person("Pia Elsewhere", models.RolePAL, "")
	gone := n.person("Gil Gone", models.RoleManager, "")
	n.disable(gone)
	n.change(func(tx *store.Tx) error {
		return notify(tx, "revision.submitted", &district, district.ID, "Submitted", "Alder Bay submitted.", "2026-03-01",
			models.RoleAuthorizedOfficial, models.RolePreparer, models.RolePAL, models.RoleFiscalReviewer, models.RoleManager)
	})
	got := map[string]string{}
	for _, x := range all[models.Notice](n, nil) {
		if _, twice := got[x.UserID]; twice {
			t.Errorf("two notices to one person: %+v", x)
		}
		got[x.UserID] = x.Why
	}
	want := map[string]string{pal.ID: "You are the liaison of this district.", both.ID: "You are authorized official of this district.", fiscal.ID: "You are fiscal reviewer."}
	equal(t, got, want)

	list, err := n.s.Notices(context.Background(), n.actor(pal), ListNotices{Unread: true})
	noError(t, err)
	if len(list) != 1 || list[0].Title != "Submitted" {
		t.Fatalf("the liaison reads %+v", list)
	}
	// Somebody else's identifier marks nothing.
	count, err := n.s.MarkNoticesRead(context.Background(), n.actor(fiscal), MarkNotices{IDs: []string{list[0].ID}})
	noError(t, err)
	equal(t, count, int64(0))
	count, err = n.s.MarkNoticesRead(context.Background(), n.actor(pal), MarkNotices{})
	noError(t, err)
	equal(t, count, int64(1))
	unread, err := n.s.UnreadCount(context.Background(), n.actor(pal))
	noError(t, err)
	equal(t, unread, int64(0))
}
