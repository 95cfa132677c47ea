package workflow

import (
	"context"
	"slices"
	"testing"

	"earmark/models"
)

// A new violation comes the next morning whatever was chosen; a warning waits for Monday, or
// is not mailed at all, also not later.
func TestDigestsHonorWhatEverybodyChose(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	gy := n.year(2026)
	people := map[string]models.Actor{}
	for i, name := range []string{"daily", "weekly", "urgent"} {
		pal := n.person("Pat "+name, models.RolePAL, "")
		people[name] = n.actor(pal)
		a := n.approved(gy, n.district([]string{"Alder Bay", "Birch Point", "Zinc Hill"}[i]), 1_000_000_00, "2025-12-01", 10_000_00)
		a.link(0)
		n.assign(a.org, pal)
		if name == "weekly" {
			a.spend(0, 12_000_00, "2026-03-02", "2026-03-02")
		}
		if name == "daily" {
			continue
		}
		_, err := n.s.SetNotifications(context.Background(), people[name], SetNotifications{UserID: pal.ID, Flags: name, Dates: "daily", News: "never"})
		noError(t, err)
	}
	_, err := n.s.SetNotifications(context.Background(), people["daily"], SetNotifications{UserID: people["weekly"].UserID, Flags: "daily", Dates: "daily", News: "daily"})
	equal(t, models.KindOf(err), models.Forbidden)
	_, err = n.s.SetNotifications(context.Background(), people["daily"], SetNotifications{UserID: people["daily"].UserID, Flags: "never", Dates: "daily", News: "daily"})
	equal(t, models.KindOf(err), models.Invalid)

	mailed := func(date models.Date) map[string][]string {
		n.night(date)
		var k kept
		_, err := n.s.ComposeDigests(context.Background(), models.System("digest"), date, k.options())
		noError(t, err)
		told := map[string][]string{}
		for _, d := range k.digests {
			for _, district := range d.Districts {
				for _, item := range district.Items {
					told[d.Name] = append(told[d.Name], item.Severity)
				}
			}
		}
		return told
	}
	equal(t, mailed("2026-03-03"), map[string][]string{"Pat daily": {"warning"}, "Pat weekly": {"violation"}}) // a Tuesday
	sunday := mailed("2026-03-08")                                                                             // read on Monday
	equal(t, slices.Contains(sunday["Pat weekly"], "warning"), true)
	equal(t, sunday["Pat urgent"], []string(nil))
	for _, x := range all[models.Notice](n, nil) {
		if x.UserID == people["urgent"].UserID && (x.MailID == nil || *x.MailID != "") {
			t.Errorf("%s waits for a mail that was not wanted", x.Title)
		}
	}
}
