package demo

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

// refunded is the district that got a refund after its report was accepted.
const refunded = 3

// yearEndReports are those of a district of the finished year: most came on paper. Of the
// expenditure reports one was accepted here, one returned, and one is missing; so it is with
// those on unspent money, of which one waits for the office as well.
func (w *world) yearEndReports(st *story, n int, on models.Date) {
	w.at(on, "year-end reports of "+st.d.code, func(ctx context.Context) error {
		if err := w.unspentReport(ctx, st, n, on); err != nil || n == 2 {
			return err
		}
		if n > 1 && n != refunded {
			return w.complete(ctx, st.d, "year_end_report", on)
		}
		return w.certify(ctx, st, n)
	})
	if n == refunded {
		w.at("2026-04-21", "refund after the report of "+st.d.code, func(ctx context.Context) error { return w.refund(ctx, st) })
	}
	switch n {
	case 5: // everything comes back, and nothing is due any more
		w.at("2026-03-18", "return of money of "+st.d.code, func(ctx context.Context) error { return w.giveBack(ctx, st, 1) })
	case 8:
		w.at("2026-04-15", "return of money of "+st.d.code, func(ctx context.Context) error { return w.giveBack(ctx, st, 2) })
	}
}

// giveBack records that a share of what is unspent came back: 1 all of it, 2 a half.
func (w *world) giveBack(ctx context.Context, st *story, share models.Cents) error {
	r, err := w.s.Reconciliation(ctx, w.fiscals[0], st.app.ID, workflow.ReconciliationDays{})
	if err != nil || r.Totals.UnspentPaidCents == 0 {
		return err
	}
	_, err = w.s.RecordReturn(ctx, w.fiscals[0], workflow.NewReturn{ApplicationID: st.app.ID, AmountCents: r.Totals.UnspentPaidCents / share, ReturnedOn: w.day, Reference: "Receipt " + st.d.code + mark})
	return err
}

// unspentReport says what becomes of the unspent money.
func (w *world) unspentReport(ctx context.Context, st *story, n int, on models.Date) error {
	answer := map[int]string{0: "accept", 4: "return", 5: "accept", 6: ""}
	event, here := answer[n]
	if n == 9 { // missing
		return nil
	}
	if !here {
		return w.complete(ctx, st.d, "unspent_report", on)
	}
	r, err := w.s.Reconciliation(ctx, st.d.preparer, st.app.ID, workflow.ReconciliationDays{Through: "2025-09-30"})
	if err != nil {
		return err
	}
	expected, plan := r.Totals.UnspentPaidCents/2, "Tutors until the end of the calendar year; the rest is returned (synthetic)."
	if expected == 0 {
		plan = ""
	}
	made, err := w.s.CreateYearEndReport(ctx, st.d.preparer, workflow.NewYearEndReport{ApplicationID: st.app.ID, Report: "unspent_report", YearEndContent: workflow.YearEndContent{ExpectedCents: &expected, Plan: plan}})
	if err != nil {
		return err
	}
	sent, err := w.s.TransitionYearEndReport(ctx, st.d.official(), workflow.YearEndTransition{ID: made.ID, Version: made.Version, Event: "submit"})
	if err != nil || event == "" {
		return err
	}
	decision := workflow.YearEndTransition{ID: sent.ID, Version: sent.Version, Event: event}
	if event == "return" {
		decision.Comment = "Say which positions the money is for, and until when."
	}
	_, err = w.s.TransitionYearEndReport(ctx, w.fiscals[0], decision)
	return err
}

// refund posts a credit for the year that was reported.
func (w *world) refund(ctx context.Context, st *story) error {
	lines, err := w.s.LineItems(ctx, st.d.preparer, workflow.ListLineItems{ApplicationID: st.app.ID})
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.SpentCents > 125_000 {
			_, err := w.s.PostExpenditure(ctx, st.d.preparer, workflow.NewExpenditure{LineItemID: l.ID, AmountCents: -125_000, SpentOn: "2025-09-26", Vendor: "Workshop Example",
				Memo: "Refund of a workshop fee"})
			return err
		}
	}
	return nil
}

// certify has a report prepared, certified by the official and reviewed: the first is
// accepted, the second returned.
func (w *world) certify(ctx context.Context, st *story, n int) error {
	r, err := w.s.Reconciliation(ctx, st.d.preparer, st.app.ID, workflow.ReconciliationDays{Through: "2025-09-30"})
	if err != nil {
		return err
	}
	made, err := w.s.CreateYearEndReport(ctx, st.d.preparer, workflow.NewYearEndReport{ApplicationID: st.app.ID, Report: "year_end_report",
		YearEndContent: workflow.YearEndContent{LedgerCents: &r.Totals.SpentCents, Note: "Agrees with the general ledger."}})
	if err != nil {
		return err
	}
	sent, err := w.s.TransitionYearEndReport(ctx, st.d.official(), workflow.YearEndTransition{ID: made.ID, Version: made.Version, Event: "submit"})
	if err != nil {
		return err
	}
	answer := workflow.YearEndTransition{ID: sent.ID, Version: sent.Version, Event: "accept"}
	if n == 1 {
		answer.Event, answer.Comment = "return", "The ledger's printout is missing; please name the accounts."
	}
	_, err = w.s.TransitionYearEndReport(ctx, w.fiscals[0], answer)
	return err
}

// giveUp releases a little of the first allocation of the current year that nothing uses; a run that shares it among the others waits for the manager.
func (w *world) giveUp() {
	w.at("2026-04-30", "release part of an allocation", func(ctx context.Context) error {
		rows, err := w.s.Reconciliations(ctx, w.manager, workflow.ListReconciliations{GrantYearID: w.current.id})
		if err != nil {
			return err
		}
		for _, r := range rows {
			free := r.Totals.AllocationCents - max(r.Totals.ApprovedCents, r.Totals.PaidCents, r.Totals.SpentCents)
			if r.Totals.ApprovedCents == 0 || free <= 0 {
				continue
			}
			_, err := w.s.ReleaseAllocation(ctx, w.manager, workflow.NewRelease{GrantYearID: w.current.id, OrganizationID: r.OrganizationID, AmountCents: min(free, 1_000_000),
				Reason: "The district found nobody for a position; it agreed by telephone."})
			if err != nil {
				return err
			}
			w.clock.tick()
			_, err = w.s.RunReallocation(ctx, w.analyst, workflow.NewReallocation{GrantYearID: w.current.id, Label: "What was released in April (synthetic)"})
			return err
		}
		return nil
	})
}
