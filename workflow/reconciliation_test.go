package workflow

import (
	"testing"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// Domain 6.5: exactly ten percent passes; a cent more does not; a new cell has no tolerance.
func TestACellMayBeExceededByExactlyTheTolerance(t *testing.T) {
	t.Parallel()
	cells := []ReconciledCell{{FunctionCode: "221", ObjectCode: "3120", ApprovedCents: 1_000_000, SpentCents: 1_100_000},
		{FunctionCode: "221", ObjectCode: "3130", ApprovedCents: 1_000_000, SpentCents: 1_100_001},
		{FunctionCode: "221", ObjectCode: "5110", SpentCents: 1}, {FunctionCode: "125", ObjectCode: "1240", ApprovedCents: 500}}
	sum, out := Reconcile(programs.Tolerance{PercentBP: 1000}, 2_500_000, 2_300_000, 100, cells)
	var got [][]any
	for _, c := range out {
		got = append(got, []any{c.Result, c.OverApprovedCents, c.OverToleranceCents})
	}
	cents := func(n int64) models.Cents { return models.Cents(n) }
	equal(t, got, [][]any{{CellTolerated, cents(100_000), cents(0)}, {CellAmendment, cents(100_001), cents(1)}, {CellAmendment, cents(1), cents(1)}, {CellWithin, cents(0), cents(0)}})
	equal(t, sum, ReconciledTotals{AllocationCents: 2_500_000, PaidCents: 2_300_000, ReturnedCents: 100, ApprovedCents: 2_000_500, SpentCents: 2_200_002, DifferenceCents: -199_502,
		UnspentPaidCents: 99_998, UnspentAllocationCents: 299_998, OverApprovedCents: 200_002, OverToleranceCents: 2, CellsRequiringAmendment: 2})
}

// The totals are those of the night, whatever was reversed, and as of any day.
func TestAReconciliationAgreesWithTheNight(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine, budgetLine{function: "125", objects: []string{"1240", "2830"}, amount: 500_000})
	p := l.expected("2026-03-02")
	l.setClock(time.Date(2026, 4, 21, 15, 0, 0, 0, time.UTC))
	_, err := l.s.TransitionPayment(ctx, l.fiscal, TransitionPayment{ID: p.ID, Event: "record", PaidOn: "2026-04-20", PaidCents: 5_000_000})
	noError(t, err)
	l.posted(1_050_000)
	wrong := l.posted(10_000)
	_, err = l.s.ReverseExpenditure(ctx, l.preparer, ReverseExpenditure{ID: wrong.ID, Comment: "Typed twice."})
	noError(t, err)
	l.night.night("2026-04-21")
	same := func(on models.Date) Reconciliation {
		t.Helper()
		rows, err := l.s.Reconciliations(ctx, l.fiscal, ListReconciliations{GrantYearID: l.year.ID, On: on})
		noError(t, err)
		one, err := l.s.Reconciliation(ctx, l.preparer, l.app.ID, ReconciliationDays{On: on})
		noError(t, err)
		u, err := l.s.ApplicationUtilization(ctx, l.fiscal, l.app.ID, on)
		noError(t, err)
		equal(t, rows, []Reconciliation{one})
		equal(t, []models.Cents{one.Totals.AllocationCents, one.Totals.PaidCents, one.Totals.ApprovedCents, one.Totals.SpentCents},
			[]models.Cents{u.AllocationCents, u.PaidCents, u.ApprovedCents, u.SpentCents})
		return one
	}
	r := same("2026-04-21")
	equal(t, []any{len(r.Cells), r.Cells[1].SpentCents, r.Cells[1].Result, r.Totals.UnspentPaidCents}, []any{2, models.Cents(1_050_000), CellTolerated, models.Cents(3_950_000)})
	l.setClock(time.Date(2026, 5, 2, 15, 0, 0, 0, time.UTC))
	l.posted(20_000)
	l.night.night("2026-05-02")
	equal(t, same("2026-04-21"), r)
	equal(t, same("2026-05-02").Totals.SpentCents, models.Cents(1_070_000))

	early, err := l.s.Reconciliation(ctx, l.fiscal, l.app.ID, ReconciliationDays{Through: "2026-01-31"})
	noError(t, err)
	equal(t, early.Totals.SpentCents, models.Cents(0)) // everything is dated February 1
	_, err = l.s.Reconciliation(ctx, l.stranger, l.app.ID, ReconciliationDays{})
	refused(t, err, models.NotFound, "not_found")
	none, err := l.s.Reconciliations(ctx, l.stranger, ListReconciliations{GrantYearID: l.year.ID})
	noError(t, err)
	equal(t, len(none), 0)
	equal(t, len(all[models.Application](l.night, store.Eq{})), 1)
}
