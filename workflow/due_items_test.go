package workflow

import (
	"strings"
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
	equal(t, days, map[string]models.Date{"introduction": "2026-01-22", "goals_review": "2026-02-21", "needs_assessment": "2026-03-23", "agreement_draft": "2026-03-23",
		"agreement_final": "2026-04-23", "improvement_plan": "2026-06-30", "interim_review": "2027-07-01", "term_report": "2029-01-01"})

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
	equal(t, days, map[string]models.Date{"introduction": "2026-02-01", "goals_review": "2026-03-03", "needs_assessment": "2026-04-02", "agreement_draft": "2026-03-23",
		"agreement_final": "2026-04-23", "improvement_plan": "2026-06-30", "interim_review": "2027-07-01", "term_report": "2029-01-01"})

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

// What was due on an earlier day is read as it was known then; of a day to come what is
// known now counts.
func TestWhatWasDueOnADay(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t) // 2026-03-02
	p.districts(2)
	d := p.organization(models.KindDistrict, "D001")
	a, err := p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: d.ID, Cohort: "Four", AssignedOn: "2026-01-05"})
	noError(t, err)
	on := func(day models.Date, status store.DueState) map[string]string {
		t.Helper()
		items, err := p.s.DueItems(ctx, p.pal, ListDueItems{AgreementID: a.ID, On: day, Status: status})
		noError(t, err)
		out := map[string]string{}
		for _, x := range items {
			if x.Code == "introduction" || x.Code == "goals_review" {
				out[x.Code] = string(x.DueOn) + " " + string(x.Status)
			}
		}
		return out
	}
	begun := map[string]string{"introduction": "2026-02-04 overdue", "goals_review": "2026-03-06 upcoming"}
	equal(t, on("2026-03-02", ""), begun)

	p.days(3) // 03-05: the assignment is corrected, the review's day moves
	later := models.Date("2026-01-10")
	noError(t, second(p.s.UpdateAgreement(ctx, p.pal, UpdateAgreement{ID: a.ID, Version: a.Version, AssignedOn: &later})))
	p.days(5) // 03-10: delivered on 02-03, noted now
	item, err := store.One[models.DueItem](p.db.Read(ctx), store.Eq{"agreement_id": a.ID, "code": "introduction"})
	noError(t, err)
	noError(t, second(p.s.CompleteDueItem(ctx, p.pal, DueItemDone{ID: item.ID, Version: item.Version, DoneOn: "2026-02-03"})))

	equal(t, on("2026-03-01", ""), map[string]string{})
	equal(t, on("2026-03-02", ""), begun)
	equal(t, on("2026-03-04", ""), begun)
	equal(t, on("2026-03-05", ""), map[string]string{"introduction": "2026-02-09 overdue", "goals_review": "2026-03-11 upcoming"})
	equal(t, on("2026-03-09", store.DueDone), map[string]string{})
	equal(t, on("2026-03-09", store.DueOverdue), map[string]string{"introduction": "2026-02-09 overdue"})
	equal(t, on("2026-03-10", ""), map[string]string{"introduction": "2026-02-09 done", "goals_review": "2026-03-11 upcoming"})
	equal(t, on("", ""), on("2026-03-10", ""))
	equal(t, on("2026-03-12", ""), map[string]string{"introduction": "2026-02-09 done", "goals_review": "2026-03-11 overdue"}) // still to come
	stranger := p.actor(p.person("Sam Stranger", models.RolePreparer, p.organization(models.KindDistrict, "D002").ID))
	items, err := p.s.DueItems(ctx, stranger, ListDueItems{On: "2026-03-02"})
	noError(t, err)
	equal(t, len(items), 0)

	p.days(30) // a page is full of what matches, in the order of the list
	whole, err := p.s.DueItems(ctx, p.pal, ListDueItems{On: "2026-03-09", Status: store.DueUpcoming})
	noError(t, err)
	var paged []DueItemDetail
	for after := ""; ; after = paged[len(paged)-1].ID {
		page, err := p.s.DueItems(ctx, p.pal, ListDueItems{On: "2026-03-09", Status: store.DueUpcoming, After: after, Limit: 2})
		noError(t, err)
		if paged = append(paged, page...); len(page) < 2 {
			break
		}
	}
	equal(t, paged, whole)
	if len(whole) < 3 {
		t.Errorf("only %d are upcoming", len(whole))
	}
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
	f := givenSigning(t, everyType...)
	p, a := f.planning, f.a
	done := func() map[string]models.Date {
		out := map[string]models.Date{}
		for _, d := range all[models.DueItem](p.night, store.Eq{"agreement_id": a.ID}) {
			if d.DoneOn != "" {
				out[d.Code] = d.DoneOn
			}
		}
		return out
	}
	approved := models.Date("2025-12-30")
	a, err := p.s.UpdateAgreement(ctx, p.pal, UpdateAgreement{ID: a.ID, Version: a.Version, NeedsApprovedOn: &approved})
	noError(t, err)
	equal(t, done(), map[string]models.Date{"needs_assessment": approved})
	f.a = a
	f.sign(p.s.Today())
	equal(t, done(), map[string]models.Date{"needs_assessment": approved, "agreement_draft": p.s.Today(), "agreement_final": p.s.Today()})
}

// The record that a due date names settles it when it takes force.
func TestARecordSettlesADueItem(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	a, d := drafted(t, p)
	gy := p.grantYear(nil)
	status := func(code string) models.Date {
		t.Helper()
		item, err := store.One[models.DueItem](p.db.Read(ctx), store.Eq{"agreement_id": a.ID, "code": code})
		noError(t, err)
		return item.DoneOn
	}
	file := func(kind string) models.Record {
		t.Helper()
		v, err := p.s.CreateRecord(ctx, p.manager, CreateRecord{GrantYearID: gy.ID, RecordKind: kind, OrganizationID: d.ID, AgreementID: a.ID, Fields: RecordFields{
			"held_on": []byte(`"2026-03-01"`), "evidence": []byte(`"Spring results"`), "factors": []byte(`"Two new coaches"`), "summary": []byte(`"On its way"`)}})
		noError(t, err)
		v, err = p.s.TransitionRecord(ctx, p.manager, TransitionRecord{ID: v.Record.ID, Version: v.Record.Version, Event: "submit"})
		noError(t, err)
		equal(t, v.Record.Status, StatusInForce)
		return v.Record
	}
	first := file("interim_review")
	equal(t, []models.Date{status("interim_review"), status("term_report")}, []models.Date{first.EffectiveOn, ""})
	item, err := store.One[models.DueItem](p.db.Read(ctx), store.Eq{"agreement_id": a.ID, "code": "interim_review"})
	noError(t, err)
	equal(t, p.audited(&item), 2)

	// Of another agreement it settles nothing, whenever that was assigned.
	for cohort, on := range map[string]models.Date{"Six": p.s.Today().AddDays(1), "Seven": first.EffectiveOn.AddDays(-1)} {
		_, err = p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: d.ID, Cohort: cohort, AssignedOn: on, TermStart: on, TermEnd: on.AddMonths(36)})
		noError(t, err)
	}
	var done []string
	for _, x := range all[models.DueItem](p.night, store.Eq{"code": "interim_review"}) {
		if x.DoneOn != "" {
			done = append(done, x.AgreementID)
		}
	}
	equal(t, done, []string{a.ID})
	p.setClock(p.s.now().AddDate(0, 0, 3)) // brought in line again, it stays settled
	p.change(func(tx *store.Tx) error { return p.s.settleDues(tx, p.pal, a.Agreement) })
	equal(t, status("interim_review"), first.EffectiveOn)
}

// What is due of an agreement is told of before, on the days counted from the assignment,
// and after: the flag opens the day after, is told in the digest with what to do, and told
// again every two weeks until the item is done.
func TestAnAgreementsDuesAreMailedBeforeAndAfter(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	n.year(2026)
	o := n.district("Alder Bay")
	pal, official := n.person("Pat Liaison", models.RolePAL, ""), n.person("Ola Official", models.RoleAuthorizedOfficial, o.ID)
	n.assign(o, pal)
	a, err := n.s.CreateAgreement(ctx, n.actor(pal), CreateAgreement{OrganizationID: o.ID, Cohort: "Five", AssignedOn: "2025-12-23"})
	noError(t, err)
	told := map[models.Date][]string{}
	var k kept
	for day := models.Date("2025-12-24"); day <= "2026-04-25"; day = day.AddDays(1) {
		if day == "2026-04-24" {
			item, err := store.One[models.DueItem](n.db.Read(ctx), store.Eq{"agreement_id": a.ID, "code": "needs_assessment"})
			noError(t, err)
			item.DoneOn = "2026-04-23"
			n.update(&item, "done_on")
		}
		n.night(day.AddDays(-1))
		k.digests = nil
		_, err := n.s.ComposeDigests(ctx, models.System("digest"), day.AddDays(-1), k.options())
		noError(t, err)
		for _, d := range k.digests {
			for _, of := range d.Districts {
				for _, i := range of.Items {
					if strings.Contains(i.Title+i.Detail, "Needs assessment") && d.Name == official.Name {
						told[day] = append(told[day], i.Heading+": "+i.Title)
					}
				}
			}
		}
	}
	var resolved []models.Flag
	for _, f := range all[models.Flag](n, store.Eq{"rule": "due_passed"}) {
		if f.Status == StatusResolved {
			resolved = append(resolved, f)
		}
	}
	equal(t, len(resolved), 1)
	const passed, title = "Something due has not been delivered", "Needs assessment completed and approved"
	equal(t, told, map[models.Date][]string{
		"2026-01-22": {"Due soon: Day 30: " + title}, "2026-02-21": {"Due soon: Day 60: " + title}, "2026-03-08": {"Due soon: Day 75: " + title},
		"2026-03-18": {"Due soon: Day 85: " + title}, "2026-03-23": {"Due soon: Day 90: " + title},
		"2026-03-25": {"New: " + passed},                                                                                               // found by the night of the 24th, the first day it is late
		"2026-04-06": {"Still open: " + passed + ", since 2026-03-24"}, "2026-04-20": {"Still open: " + passed + ", since 2026-03-24"}, // Mondays
		"2026-04-24": {"Resolved: " + passed + ": resolved"}})
}
