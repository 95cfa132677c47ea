package workflow

import (
	"context"
	"strings"
	"testing"

	"earmark/models"
	"earmark/programs"
)

// The definition says what spending is divided by; the night and evaluate follow it.
func TestRateIsOfWhatTheDefinitionSays(t *testing.T) {
	t.Parallel()
	for of, want := range map[string]models.BasisPoints{"allocation": 2500, "paid": 4000, "approved": 3333} {
		t.Run(of, func(t *testing.T) {
			t.Parallel()
			n := newNight(t)
			printed, _ := n.s.programs.Program("mi-21h")
			text := strings.Replace(printed.Source, "rate: spent_over_allocation", "rate: spent_over_"+of, 1)
			b := n.approved(n.yearOf(text, 2026), n.district("Alder Bay"), 400_000_00, "2025-12-01", 200_000_00, 100_000_00)
			b.paid(250_000_00, "2026-01-20")
			b.spend(0, 100_000_00, "2026-02-10", "2026-02-12")
			n.night("2026-03-01")
			u, err := n.s.ApplicationUtilization(context.Background(), models.System("test"), b.app.ID, "2026-03-01")
			noError(t, err)
			equal(t, u.RateBP, &want)
			years, err := n.s.ProgramUtilizations(context.Background(), models.System("test"), b.app.GrantYearID, "2026-03-01", "2026-03-01")
			noError(t, err)
			equal(t, years[0].RateBP, &want)

			def, err := programs.Parse("mi-21h.yaml", []byte(text))
			noError(t, err)
			out, err := Evaluate(def, EvaluateInput{FiscalYear: 2026, EvaluateWatched: EvaluateWatched{Utilization: []EvaluateUtilization{
				{Organization: "a", AllocatedCents: 400_000_00, PaidCents: 250_000_00, ApprovedCents: 300_000_00, SpentCents: 100_000_00}}}})
			noError(t, err)
			equal(t, out.Utilization[0].RateBP, &want)
		})
	}
}
