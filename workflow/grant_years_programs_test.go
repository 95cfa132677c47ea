package workflow

import (
	"testing"

	"earmark/models"
)

// A program need not have a formula, a utilization rate or payments: what it does not say,
// the year does not do, by day or by night.
func TestEveryProgramOpensAsAGrantYear(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	all, err := p.s.ListPrograms(ctx, p.analyst)
	noError(t, err)
	for _, def := range all {
		gy, err := p.s.CreateGrantYear(ctx, p.analyst, CreateGrantYear{ProgramCode: def.Code, FiscalYear: 2026})
		noError(t, err)
		gy, err = p.s.TransitionGrantYear(ctx, p.analyst, GrantYearTransition{ID: gy.ID, Version: gy.Version, Event: "open"})
		noError(t, err)
		equal(t, gy.Status, StatusOpen)
	}
	sum, err := p.s.Night(ctx, models.System("utilization"), p.s.Today())
	noError(t, err)
	equal(t, len(sum.Years), len(all))
}
