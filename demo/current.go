package demo

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

// What part a district has in the year in progress, by k:
//
//	 0 to 23  approved in December or early in January
//	24 to 39  approved in January, paid in March
//	40 to 46  handed in last, approved in February, paid in April
//	47 to 48  waiting for the fiscal review
//	49 to 50  waiting for the program review
//	51 to 52  returned with reasons
//	53 to 55  still a draft
//	56        not begun
const (
	earlyUntil  = 23
	midUntil    = 39
	lateUntil   = 46
	fiscalUntil = 48
	handedUntil = 50
	backUntil   = 52
	draftUntil  = 55
)

// currentYear is FY2026. The budget came late, so the office asks for less by March 31
// than the definition does.
func (w *world) currentYear() {
	w.openYear(w.current, "2025-11-20", "2025-11-24", "2025-11-26", map[string]string{"march_minimum": "2500",
		"worksheet_least": "12000000", "implementation_due": "2026-04-28"})
	stories := map[int]*story{}
	for _, d := range w.districts {
		if d.partner {
			stories[d.k] = &story{d: d, year: w.current}
		}
	}
	for k := range partners {
		w.currentDistrict(stories[k])
	}
	w.correctFacts(stories)
	w.problems(stories)
	w.amendments(stories)
	w.answers()
}

func (w *world) currentDistrict(st *story) {
	d, k := st.d, st.d.k
	agreement := dates{year: w.current, cohort: "Five", assigned: "2025-11-20", start: "2025-12-01", end: "2028-11-30",
		needs: models.Date("2025-12-02").AddDays(k % 5), drafted: "2025-12-03", signed: models.Date("2025-12-04").AddDays(k % 5)}
	if k > earlyUntil {
		agreement.needs, agreement.drafted, agreement.signed = models.Date("2025-12-15").AddDays(k%20), "2026-01-04", models.Date("2026-01-05").AddDays(k%6)
	}
	switch k {
	case 53: // the needs assessment is late, and let pass
		agreement.needs, agreement.signed = "2026-03-09", "2026-03-12"
	case 55: // nothing is there yet
		agreement.needs, agreement.drafted, agreement.signed = "", "2026-02-25", ""
	case 56:
		agreement.signed = ""
	}
	w.agree(d, "2025-11-28", agreement)
	if k == 3 || k == 11 {
		w.changePlan(d, models.Date("2026-02-17").AddDays(k))
	}
	if below[k] && k != 54 {
		w.waive(d, "2026-01-12", "gate.prior_year", "Staff could not be hired before May 2025. A hiring plan is on file; the office looks at it every month.")
	}
	if k == 53 {
		w.waive(d, "2026-03-13", "gate.needs_assessment", "The assessment was done in time and approved late by the office itself.")
	}
	switch {
	case k <= earlyUntil:
		on := models.Date("2025-12-09").AddDays(k % 4)
		if below[k] {
			on = "2026-01-12"
		}
		w.apply(st, on)
		w.submit(st, on.AddDays(1))
		if k%8 == 1 {
			w.sendBack(st, on.AddDays(2), on.AddDays(3))
		}
		if k == 16 {
			w.denyLine(st, on.AddDays(3))
		}
		w.review(st, on.AddDays(4+k%3), on.AddDays(7+k%4))
		w.spendAlong(st, []models.Date{"2026-01-30", "2026-02-26", "2026-03-30", "2026-04-24"}, []models.Cents{900, 2100, 3700, 4700})
	case k <= midUntil:
		on := models.Date("2026-01-12").AddDays(k % 5)
		w.apply(st, on)
		w.submit(st, on.AddDays(2))
		if k%6 == 0 {
			w.sendBack(st, on.AddDays(4), on.AddDays(6))
		}
		if k == 34 {
			w.denyLine(st, on.AddDays(7))
		}
		w.review(st, on.AddDays(8), on.AddDays(11+k%5))
		w.spendAlong(st, []models.Date{"2026-02-26", "2026-03-30", "2026-04-24"}, []models.Cents{1300, 3200, 4100})
	case k <= lateUntil:
		w.apply(st, models.Date("2026-01-22").AddDays(k%4))
		w.submit(st, models.Date("2026-01-27").AddDays(k%4))
		fiscal := models.Date("2026-02-19").AddDays(k % 6)
		if k > 44 { // after the cutoff: paid on May 20
			fiscal = "2026-03-11"
		}
		w.review(st, models.Date("2026-02-09").AddDays(k%3), fiscal)
		w.spendAlong(st, []models.Date{"2026-03-30", "2026-04-24"}, []models.Cents{1400, 2700})
	default:
		w.unfinished(st)
	}
}

// waive lets a finding of a district's gate pass this year.
func (w *world) waive(d *district, on models.Date, finding, why string) {
	w.at(on, "waive "+finding+" of "+d.code, func(ctx context.Context) error {
		_, err := w.s.WaiveGate(ctx, w.manager, workflow.WaiveGate{AgreementID: d.agreement, GrantYearID: w.current.id, Finding: finding, Reason: why})
		return err
	})
}

// unfinished are the applications without an approval.
func (w *world) unfinished(st *story) {
	k := st.d.k
	switch {
	case k <= fiscalUntil:
		w.apply(st, "2026-01-23")
		w.submit(st, "2026-01-29")
		w.sendBack(st, "2026-02-25", "")
		w.exception(st, "2026-04-13", "2026-04-24", "The office asked for changes after the window had closed.")
		w.at("2026-04-20", "mend "+st.d.code, func(ctx context.Context) error {
			l := st.lines[1]
			l.input.Description += "; about 40 pupils"
			if err := w.write(ctx, st, l); err != nil {
				return err
			}
			return w.step(ctx, st, st.d.official(), "submit", "")
		})
		w.reviewProgram(st, "2026-04-28")
	case k <= handedUntil:
		w.apply(st, "2026-01-28")
		w.loosen(st, 1, k%2 == 0) // it can be handed in, not approved
		w.exception(st, "2026-04-15", "2026-04-30", "The authorized official was on leave in January.")
		w.submit(st, "2026-04-27")
	case k <= backUntil:
		w.apply(st, "2026-01-20")
		w.submit(st, "2026-01-30")
		w.sendBack(st, models.Date("2026-03-20").AddDays(k%3), "")
	case k <= draftUntil:
		w.apply(st, models.Date("2026-01-29").AddDays(k-53))
		w.loosen(st, 2, k == 53)
	}
}

// loosen takes the targets off a line; with goal, its goal stays.
func (w *world) loosen(st *story, number int, goal bool) {
	w.at("2026-02-02", "loosen a line of "+st.d.code, func(ctx context.Context) error {
		l := st.lines[number]
		l.input.Links = nil
		if goal {
			l.input.Links = []workflow.LinkInput{{GoalID: st.d.goals[0]}}
		}
		return w.write(ctx, st, l)
	})
}

// slow districts spend a third of what the others do.
var slow = map[int]bool{11: true, 12: true, 22: true, 27: true, 28: true, 29: true, 31: true, 42: true}

// stale districts report nothing after February.
var stale = map[int]bool{5: true, 6: true, 7: true, 8: true, 13: true}

func (w *world) spendAlong(st *story, days []models.Date, parts []models.Cents) {
	for i, on := range days {
		part := parts[i] + models.Cents(st.d.n*37%700) - 350
		if slow[st.d.k] {
			part = part / 3
		}
		if part <= 0 || stale[st.d.k] && on > "2026-02-01" {
			continue
		}
		w.spend(st, on, part)
	}
}

// correctFacts tells of a mistake in the student counts of three districts: a second run
// is published and supersedes the first. What they were approved for stays approved.
func (w *world) correctFacts(stories map[int]*story) {
	var run models.AllocationRun
	w.at("2026-02-04", "correct facts", func(ctx context.Context) error {
		var corrected []*school
		for _, k := range []int{9, 10, 26} {
			s := stories[k].d.partnerSchools(2026)[0]
			s.now.pupils -= 35
			corrected = append(corrected, s)
		}
		return w.importFacts(ctx, 2025, "demo-facts-2025-correction.csv", corrected)
	})
	w.at("2026-02-10", "run the allocation again", func(ctx context.Context) (err error) {
		run, err = w.s.RunAllocation(ctx, w.analyst, workflow.NewAllocationRun{GrantYearID: w.current.id, FactsYear: 2025, Label: "After the correction of student counts (synthetic facts)"})
		return err
	})
	w.at("2026-02-27", "publish the second allocation", func(ctx context.Context) error {
		_, err := w.s.TransitionAllocationRun(ctx, w.manager, workflow.AllocationRunTransition{ID: run.ID, Event: "publish", Comment: "Three schools had counted pupils of a closed building."})
		return err
	})
	w.scenarios(&run)
}

// problems are what the night is there for.
func (w *world) problems(stories map[int]*story) {
	for _, k := range []int{1, 2, 30} {
		w.overspend(stories[k], "2026-04-22")
	}
	w.early(stories[3], "2026-02-03", "2025-12-01", "")
	w.early(stories[25], "2026-02-20", "2026-01-06", "")
	w.early(stories[4], "2026-02-03", "2025-12-02", "2026-03-10")
	for _, k := range []int{14, 15, 32, 33} {
		w.retire(stories[k], "2026-03-16")
	}
	for _, k := range []int{0, 17, 21, 35} {
		w.strayRows(stories[k], "2026-03-18")
	}
	w.settle(stories[17], "2026-03-25")
	w.settle(stories[35], "2026-04-08")
	for _, k := range []int{18, 20, 24, 36, 38} {
		w.mistake(stories[k], "2026-04-09")
	}
	for _, k := range []int{7, 8} {
		w.report(stories[k], "2026-04-06", "2026-03-31", "2026-04-05", true)
	}
	for k := range 20 {
		if !stale[k] {
			w.report(stories[k], "2026-04-10", "2026-01-01", "2026-03-31", false)
		}
	}
}

// amendments in every state. The winter window is open from January 15 to the end of February.
func (w *world) amendments(stories map[int]*story) {
	open := func(k int, on models.Date, why string) {
		st := stories[k]
		w.amend(st, on, why, func(models.Application) []*line {
			n := len(st.lines) - 1
			return st.move(n, 1, st.lines[n].amount()/12/100*100)
		})
	}
	for _, k := range []int{0, 19, 20, 21, 22} {
		open(k, "2026-02-02", "The coach starts earlier than planned; the other line costs less.")
		w.submit(stories[k], "2026-02-06")
		if k == 21 {
			w.sendBack(stories[k], "2026-02-11", "2026-02-13")
		}
		w.review(stories[k], "2026-02-17", "2026-02-24")
	}
	open(23, "2026-02-05", "Move money to tutoring.")
	w.submit(stories[23], "2026-02-09")
	w.withdraw(stories[23], "2026-02-16", "The board wants to see the spring results first.")
	open(18, "2026-02-09", "Pay for coaching out of another line.")
	w.submit(stories[18], "2026-02-12")
	w.at("2026-02-23", "deny an amendment", func(ctx context.Context) error {
		st := stories[18]
		if err := w.step(ctx, st, st.d.pal, "approve", ""); err != nil {
			return err
		}
		err := w.step(ctx, st, w.manager, "deny", "The line that would lose money is the only one for attendance; see the agreement.")
		st.undo()
		return err
	})
	w.fitAllocation(stories[10])
	for _, k := range []int{2, 30} { // written now, handed in when the summer window opens
		open(k, "2026-04-29", "Bring the overtime into the budget.")
	}
	open(24, "2026-04-21", "A second attendance agent instead of the late bus.")
	w.exception(stories[24], "2026-04-22", "2026-05-08", "The position is vacant now; waiting for the summer window would cost it.")
	w.submit(stories[24], "2026-04-23")
}

// fitAllocation brings one of the three districts down to its new allocation.
func (w *world) fitAllocation(st *story) {
	w.amend(st, "2026-02-28", "Bring the application down to the new allocation.", func(now models.Application) []*line {
		st.lines[1].add(-(now.ApprovedCents - now.AllocationCents))
		return st.lines[1:2]
	})
	w.submit(st, "2026-02-28")
	w.review(st, "2026-03-04", "2026-03-06")
}
