package workflow

import (
	"testing"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// Case A-32 and the dates of Cohort Five: assigned on 2025-12-23, so the needs assessment
// and the draft are due on 2026-03-23.
func TestAnAgreementBringsItsDueItems(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	a, d := drafted(t, p)
	days := map[string]models.Date{}
	for _, x := range all[models.DueItem](p.night, store.Eq{"agreement_id": a.ID}) {
		days[x.Code] = x.DueOn
		if x.Citation == "" || x.Title == "" || x.OrganizationID != d.ID || p.audited(&x) != 1 {
			t.Errorf("%+v", x)
		}
	}
	equal(t, days, map[string]models.Date{"needs_assessment": "2026-03-23", "agreement_draft": "2026-03-23", "agreement_final": "2026-04-23"})

	item, err := store.One[models.DueItem](p.db.Read(ctx), store.Eq{"agreement_id": a.ID, "code": "agreement_draft"})
	noError(t, err)
	for day, want := range map[models.Date]DueStatus{
		"2026-03-22": {store.DueUpcoming, 1}, "2026-03-23": {store.DueToday, 0}, "2026-03-24": {store.DueOverdue, -1},
	} {
		equal(t, StatusOf(item, day), want)
		list, err := p.s.DueItems(ctx, p.auditor, ListDueItems{AgreementID: a.ID, Status: want.Status, On: day})
		noError(t, err)
		for _, x := range list {
			equal(t, x.Status, want.Status)
		}
		if len(list) == 0 {
			t.Errorf("nothing is %s on %s", want.Status, day)
		}
	}

	// Another day of assignment moves what is not done.
	who := p.actor(p.person("Pat Preparer", models.RolePreparer, d.ID))
	p.setClock(time.Date(2026, 3, 24, 16, 0, 0, 0, time.UTC))
	done, err := p.s.CompleteDueItem(ctx, who, DueItemDone{ID: item.ID, Version: 1, Comment: "Sent by mail."})
	noError(t, err)
	equal(t, StatusOf(done, "2027-01-01"), DueStatus{store.DueDone, -1}) // a day late
	_, err = p.s.CompleteDueItem(ctx, who, DueItemDone{ID: item.ID, Version: 2})
	refused(t, err, models.Conflict, "due_item.done")
	later := models.Date("2026-01-02")
	_, err = p.s.UpdateAgreement(ctx, p.pal, UpdateAgreement{ID: a.ID, Version: a.Version, AssignedOn: &later})
	noError(t, err)
	for _, x := range all[models.DueItem](p.night, store.Eq{"agreement_id": a.ID}) {
		days[x.Code] = x.DueOn
	}
	// The final agreement stays on the day that is printed for Cohort Five.
	equal(t, days, map[string]models.Date{"needs_assessment": "2026-04-02", "agreement_draft": "2026-03-23", "agreement_final": "2026-04-23"})

	other, err := store.One[models.DueItem](p.db.Read(ctx), store.Eq{"agreement_id": a.ID, "code": "needs_assessment"})
	noError(t, err)
	_, err = p.s.CompleteDueItem(ctx, who, DueItemDone{ID: other.ID, Version: 2, DoneOn: "2026-03-25"})
	refused(t, err, models.Invalid, "future")
	_, err = p.s.CompleteDueItem(ctx, who, DueItemDone{ID: other.ID, Version: 1})
	refused(t, err, models.Stale, "stale")
	_, err = p.s.CompleteDueItem(ctx, p.auditor, DueItemDone{ID: other.ID, Version: 2})
	refused(t, err, models.Forbidden, "permission.role")
	stranger := p.actor(p.person("Sam Stranger", models.RolePreparer, p.organization(models.KindDistrict, "D002").ID))
	_, err = p.s.CompleteDueItem(ctx, stranger, DueItemDone{ID: other.ID, Version: 9})
	refused(t, err, models.NotFound, "not_found")
	_, err = p.s.DueItem(ctx, stranger, other.ID)
	refused(t, err, models.NotFound, "not_found")
	list, err := p.s.DueItems(ctx, stranger, ListDueItems{})
	noError(t, err)
	equal(t, len(list), 0)
	one, err := p.s.DueItem(ctx, who, other.ID)
	noError(t, err)
	equal(t, one.DueStatus, DueStatus{store.DueUpcoming, 9})
}

// MCL 388.1618a: funds received on 2026-01-20 (fiscal year 2026) are reported on by
// November 1 and returned by September 30 of 2027; the year-end report is due on November 29.
func TestDueItemsOfAGrantYear(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(1)
	d := p.organization(models.KindDistrict, "D001")
	gy := p.grantYear(nil)
	r, err := p.s.rulesOf(gy)
	noError(t, err)
	on := dueSubject{OrganizationID: d.ID, GrantYearID: gy.ID, DueAnchors: programs.DueAnchors{FiscalYear: gy.FiscalYear, EndsOn: gy.EndsOn}}
	read := func() map[string]models.Date {
		days := map[string]models.Date{}
		for _, x := range all[models.DueItem](p.night, store.Eq{"grant_year_id": gy.ID}) {
			days[x.Code] = x.DueOn
		}
		return days
	}
	p.change(func(tx *store.Tx) error { return dueItemsFor(tx, p.analyst, r.def, on) })
	equal(t, read(), map[string]models.Date{"year_end_report": "2026-11-29"})
	on.PaidOn = "2026-01-20"
	for range 2 { // asking again changes nothing
		p.change(func(tx *store.Tx) error { return dueItemsFor(tx, p.analyst, r.def, on) })
	}
	equal(t, read(), map[string]models.Date{"year_end_report": "2026-11-29", "unspent_report": "2026-11-01", "return_unspent": "2027-09-30"})
	for _, x := range all[models.DueItem](p.night, store.Eq{"grant_year_id": gy.ID}) {
		equal(t, x.Version, int64(1))
	}
}

// What is due of an agreement is done by what happens to the agreement; nobody has to
// tick it off as well.
func TestAnAgreementSettlesItsOwnDueItems(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	a, _ := drafted(t, p)
	done := func() map[string]models.Date {
		out := map[string]models.Date{}
		for _, d := range all[models.DueItem](p.night, store.Eq{"agreement_id": a.ID}) {
			out[d.Code] = d.DoneOn
		}
		return out
	}
	approved := models.Date("2025-12-30")
	a, err := p.s.UpdateAgreement(ctx, p.pal, UpdateAgreement{ID: a.ID, Version: a.Version, NeedsApprovedOn: &approved})
	noError(t, err)
	equal(t, done(), map[string]models.Date{"needs_assessment": approved, "agreement_draft": "", "agreement_final": ""})
	a = withTargets(t, p, a, "state_academic", "local_academic", "process", "attendance", "graduation")
	_, err = p.s.TransitionAgreement(ctx, p.manager, AgreementTransition{ID: a.ID, Version: a.Version, Event: "sign"})
	noError(t, err)
	equal(t, done(), map[string]models.Date{"needs_assessment": approved, "agreement_draft": p.s.Today(), "agreement_final": p.s.Today()})
}
