package workflow

import (
	"context"
	"testing"

	"earmark/models"
)

func TestReportPeriodFixesTheLedgersFigure(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	ctx := context.Background()
	e := l.posted(12_345) // on 2026-02-01
	february := NewPeriodReport{ApplicationID: l.app.ID, PeriodStart: "2026-02-01", PeriodEnd: "2026-02-28"}
	with := func(f func(*NewPeriodReport)) NewPeriodReport { in := february; f(&in); return in }
	for _, c := range []struct {
		who     models.Actor
		in      NewPeriodReport
		kind    models.Kind
		code    string
		pointer string
	}{
		{l.preparer, with(func(in *NewPeriodReport) { in.NothingSpent = true }), models.Invalid, "period_report.spending_found", "/nothing_spent"},
		{l.preparer, with(func(in *NewPeriodReport) { in.PeriodEnd = "2026-01-31" }), models.Invalid, "period_report.order", "/period_end"},
		{l.preparer, with(func(in *NewPeriodReport) { in.PeriodEnd = "2026-03-03" }), models.Invalid, "period_report.future", "/period_end"},
		{l.preparer, with(func(in *NewPeriodReport) { in.PeriodStart = "2025-09-30" }), models.Invalid, "period_report.outside", "/period_start"},
		{l.preparer, with(func(in *NewPeriodReport) { in.PeriodStart = "soon" }), models.Invalid, "civil_date", "/period_start"},
		{l.auditor, february, models.Forbidden, "permission.role", ""},
		{l.stranger, february, models.NotFound, "not_found", ""},
	} {
		_, err := l.s.ReportPeriod(ctx, c.who, c.in)
		refusedAt(t, err, c.kind, c.code, c.pointer)
	}
	rep, err := l.s.ReportPeriod(ctx, l.preparer, february)
	noError(t, err)
	equal(t, []any{rep.SpentCents, rep.NothingSpent, rep.ReportedOn, rep.ReportedBy}, []any{models.Cents(12_345), false, models.Date("2026-03-02"), l.preparer.UserID})
	_, err = l.s.ReportPeriod(ctx, l.preparer, with(func(in *NewPeriodReport) { in.PeriodStart = "2026-01-01" }))
	refused(t, err, models.Conflict, "period_report.exists")

	// An entry and its reversal are nothing spent; the report that stands keeps its figure.
	_, err = l.s.ReverseExpenditure(ctx, l.preparer, ReverseExpenditure{ID: e.ID, Comment: "wrong grant"})
	noError(t, err)
	none, err := l.s.ReportPeriod(ctx, l.preparer, with(func(in *NewPeriodReport) { in.PeriodEnd, in.NothingSpent = "2026-03-02", true }))
	noError(t, err)
	equal(t, []any{none.SpentCents, none.NothingSpent}, []any{models.Cents(0), true})
	list, err := l.s.PeriodReports(ctx, l.preparer, ListPeriodReports{ApplicationID: l.app.ID})
	noError(t, err)
	equal(t, list, []models.PeriodReport{rep, none})
	_, err = l.s.PeriodReport(ctx, l.stranger, rep.ID)
	refused(t, err, models.NotFound, "not_found")
	l.sound()
}

func TestReportPeriodNeedsAnApplicationInForce(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	l.app.Status = StatusOpen
	l.update(&l.app, "status")
	_, err := l.s.ReportPeriod(context.Background(), l.preparer, NewPeriodReport{ApplicationID: l.app.ID, PeriodStart: "2026-02-01", PeriodEnd: "2026-02-28", NothingSpent: true})
	refused(t, err, models.Conflict, "application.not_in_force")
}

func TestAReportPostsWhatItSaysOfLines(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(10000000)
	lines, err := o.s.LineItems(ctx, o.preparer, ListLineItems{ApplicationID: app.ID})
	noError(t, err)
	today := o.s.Today()
	in := NewPeriodReport{ApplicationID: app.ID, PeriodStart: today, PeriodEnd: today, Lines: []PeriodLine{{lines[0].ID, 0}, {lines[0].ID, 99000000}}}
	_, err = o.s.ReportPeriod(ctx, o.preparer, in)
	refused(t, err, models.Invalid, "expenditure.over_limit")
	if fields := asFields(err); fields[0].Pointer != "/lines/1/amount_cents" {
		t.Fatal(fields)
	}
	in.Lines[1].AmountCents = 1234500
	rep, err := o.s.ReportPeriod(ctx, o.preparer, in)
	noError(t, err)
	found, err := o.s.Expenditures(ctx, o.preparer, ListExpenditures{ApplicationID: app.ID, Search: "reported FOR", SpentFrom: today, SpentUntil: today})
	noError(t, err)
	none, err := o.s.Expenditures(ctx, o.preparer, ListExpenditures{ApplicationID: app.ID, Search: "100%"})
	noError(t, err)
	if rep.SpentCents != 1234500 || len(found) != 1 || found[0].AmountCents != 1234500 || len(none) != 0 {
		t.Fatalf("%+v %+v", rep, found)
	}
}
