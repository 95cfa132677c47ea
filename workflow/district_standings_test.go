package workflow

import (
	"context"
	"testing"

	"earmark/models"
)

// Money of the night, dates of both paces, what waits; and each district its own.
func TestDistrictStandings(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	gy := n.year(2026)
	alder, birch := n.district("Alder Bay"), n.district("Birch Hill")
	b := n.approved(gy, alder, 400_000_00, "2025-12-01", 250_000_00, 150_000_00)
	b.paid(400_000_00, "2026-01-20")
	b.spend(0, 100_000_00, "2026-02-10", "2026-02-12")
	n.approved(gy, birch, 90_000_00, "2025-12-01", 90_000_00)
	n.night("2026-05-10") // 110 days since the payment; everything within the last 90
	list := func(who models.Actor, in ListDistrictStandings) []DistrictStanding {
		in.GrantYearID = gy.ID
		rows, err := n.s.DistrictStandings(context.Background(), who, in)
		noError(t, err)
		return rows
	}
	office := models.System("test")
	rows := list(office, ListDistrictStandings{OrganizationID: alder.ID})
	equal(t, len(rows), 1)
	d := rows[0]
	equal(t, []any{d.OrganizationName, d.AllocationCents, d.ApprovedCents, d.Night.PaidCents, d.Night.SpentCents, d.RemainingCents, d.Night.StartedOn, d.Night.RecentCents},
		[]any{"Alder Bay", models.Cents(400_000_00), models.Cents(400_000_00), models.Cents(400_000_00), models.Cents(100_000_00), models.Cents(300_000_00), models.Date("2026-01-20"), models.Cents(100_000_00)})
	// 300,000 at 100,000 in 110 days is 330 days; at 100,000 in 90 days it is 270.
	equal(t, []models.Date{d.EvenOutOn, d.RecentOutOn}, []models.Date{models.Date("2026-05-10").AddDays(330), models.Date("2026-05-10").AddDays(270)})
	equal(t, []models.BasisPoints{*d.MinimumBP, *d.DeadlineMinBP}, []models.BasisPoints{4000, 8000})
	if !d.AtRisk() || d.Violations+d.Warnings == 0 {
		t.Errorf("below the minimum of March and not at risk: %+v", d)
	}
	equal(t, len(list(office, ListDistrictStandings{})), 2)
	first := list(office, ListDistrictStandings{Limit: 1})
	equal(t, len(list(office, ListDistrictStandings{After: first[0].Key(), Limit: 5})), 1)

	// Before its first night a district has no figures of one.
	old := list(office, ListDistrictStandings{OrganizationID: alder.ID, AsOf: "2026-02-01"})
	equal(t, []any{old[0].Night.AsOf, old[0].WholeCents, old[0].EvenOutOn}, []any{models.Date(""), models.Cents(400_000_00), models.Date("")})

	pia := n.actor(n.person("Pia", models.RolePreparer, birch.ID))
	own := list(pia, ListDistrictStandings{})
	equal(t, []any{len(own), own[0].OrganizationID, own[0].EvenOutOn}, []any{1, birch.ID, models.Date("")})
	equal(t, len(list(pia, ListDistrictStandings{OrganizationID: alder.ID})), 0)
	unknown, err := n.s.DistrictStandings(context.Background(), pia, ListDistrictStandings{GrantYearID: alder.ID})
	noError(t, err)
	equal(t, len(unknown), 0)

	sp, err := n.s.SpendingOverTime(context.Background(), office, b.app.ID)
	noError(t, err)
	equal(t, []any{sp.StartsOn, sp.DeadlineOn, sp.WholeCents, sp.Months[0], sp.Months[1].TotalCents}, []any{models.Date("2026-01-20"), models.Date("2026-09-30"), models.Cents(400_000_00),
		SpendingMonth{Month: "2026-01", EvenCents: 17_391_30}, models.Cents(100_000_00)}) // 11 of 253 days
	_, err = n.s.SpendingOverTime(context.Background(), pia, b.app.ID)
	refused(t, err, models.NotFound, "not_found")
}

func TestHistoryOfADistrict(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	gy := n.year(2026)
	alder, birch := n.district("Alder Bay"), n.district("Birch Hill")
	b := n.approved(gy, alder, 400_000_00, "2025-12-01", 400_000_00)
	b.paid(400_000_00, "2026-01-20")
	n.approved(gy, birch, 90_000_00, "2025-12-01", 90_000_00)
	n.night("2026-06-10")
	pia := n.actor(n.person("Pia", models.RolePreparer, alder.ID))
	events, err := n.s.AuditEvents(context.Background(), pia, ListAuditEvents{OrganizationID: alder.ID})
	noError(t, err)
	kinds := map[string]bool{}
	for i, e := range events {
		kinds[e.DocumentKind] = true
		if i > 0 && e.ID > events[i-1].ID {
			t.Error("an older event comes first")
		}
		noError(t, readableTrail(n.db.Read(context.Background()), pia, e.DocumentKind, e.DocumentID))
	}
	if !kinds["application"] || !kinds["payment"] || !kinds["flag"] {
		t.Errorf("the history knows only %v", kinds)
	}
	none, err := n.s.AuditEvents(context.Background(), pia, ListAuditEvents{OrganizationID: birch.ID})
	noError(t, err)
	equal(t, len(none), 0)
}

func TestNamesAreThoseThatOneMaySee(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	alder, birch := n.district("Alder Bay"), n.district("Birch Hill")
	tal := n.person("Tal", models.RolePAL, "")
	n.assign(alder, tal)
	pia := n.actor(n.person("Pia", models.RolePreparer, alder.ID))
	names, err := n.s.NamesOf(context.Background(), pia, []string{alder.ID, birch.ID, alder.ID, ""}, nil)
	noError(t, err)
	equal(t, []string{names.District(alder.ID), names.District(birch.ID), names.Liaison(alder.ID), names.Liaison(birch.ID)}, []string{"Alder Bay", "", "Tal", ""})
	_, err = n.s.NamesOf(context.Background(), models.Actor{}, nil, nil)
	refused(t, err, models.Unauthenticated, "sign_in_required")
}
