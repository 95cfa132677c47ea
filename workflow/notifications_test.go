package workflow

import (
	"context"
	"testing"

	"earmark/models"
)

// A violation comes the next morning whatever was chosen short of switching flags to urgent;
// a warning waits for Monday, or is not mailed at all. Nothing is mailed later.
func TestDigestsHonorWhatEverybodyChose(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	gy := n.year(2026)
	people := map[string]models.Actor{}
	for _, name := range []string{"daily", "weekly", "urgent"} {
		people[name] = n.actor(n.person("Finn "+name, models.RoleFiscalReviewer, ""))
	}
	for _, name := range []string{"weekly", "urgent"} {
		_, err := n.s.SetNotifications(context.Background(), people[name], SetNotifications{UserID: people[name].UserID, Flags: name, Dates: "daily", News: "never"})
		noError(t, err)
	}
	quiet := n.approved(gy, n.district("Alder Bay"), 1_000_000_00, "2025-12-01", 10_000_00)
	quiet.link(0)
	mailed := func(date models.Date) []string {
		n.night(date)
		var k kept
		_, err := n.s.ComposeDigests(context.Background(), models.System("digest"), date, k.options())
		noError(t, err)
		var names []string
		for _, d := range k.digests {
			names = append(names, d.Name)
		}
		return names
	}
	loud := n.approved(gy, n.district("Zinc Hill"), 1_000_000_00, "2025-12-01", 10_000_00)
	loud.link(0)
	loud.spend(0, 12_000_00, "2026-03-02", "2026-03-02")
	got := mailed("2026-03-03") // a Tuesday: a violation is new
	equal(t, len(got), 3)
	for _, name := range []string{"weekly", "urgent"} {
		stranger := people["daily"]
		_, err := n.s.SetNotifications(context.Background(), stranger, SetNotifications{UserID: people[name].UserID, Flags: "daily", Dates: "daily", News: "daily"})
		equal(t, models.KindOf(err), models.Forbidden)
	}
	_, err := n.s.SetNotifications(context.Background(), people["daily"], SetNotifications{UserID: people["daily"].UserID, Flags: "never", Dates: "daily", News: "daily"})
	equal(t, models.KindOf(err), models.Invalid)
	before := len(all[models.Notice](n, nil))
	other := n.approved(gy, n.district("Birch Point"), 1_000_000_00, "2025-12-01", 10_000_00)
	other.link(0)
	n.night("2026-03-04") // the line of Birch Point serves no target: a warning
	if after := len(all[models.Notice](n, nil)); after <= before {
		t.Fatalf("the night told nothing new: %d notices, then %d", before, after)
	}
	equal(t, mailed("2026-03-04"), []string{"Finn daily"})
	equal(t, mailed("2026-03-08"), []string{"Finn weekly"}) // a Sunday, read on Monday
	open := 0
	for _, x := range all[models.Notice](n, nil) {
		if x.MailID == nil {
			open++
		}
	}
	equal(t, open, 0) // what the third chose not to be mailed is not mailed later either
}
