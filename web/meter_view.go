package web

import (
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

// meterView is the amendment meter as people read it.
type meterView struct {
	Outcome  string
	Says     string
	Rule     string
	Cite     string
	Moved    models.Cents
	Approved models.Cents
	Proposed models.Cents
	Cells    []meterRow // that move
	Still    int        // cells that do not
	Changes  []changeRow
}

type meterRow struct {
	Cell                                   string
	Approved, Proposed, Spent, Moved, Left models.Cents
	Allowed                                models.Cents
	Rate                                   models.BasisPoints
	RateKnown                              bool
	Outcome                                string
}

type changeRow struct {
	Line                int
	What, Cite, Outcome string
}

// newMeterView puts names to cells and changes.
func newMeterView(r *request, basis string, choices workflow.LineChoices, lines []workflow.Line, m workflow.MeterResult) *meterView {
	v := &meterView{Outcome: m.Outcome, Says: outcomeSays(r, m.Outcome), Rule: m.Rule, Cite: m.Cite, Moved: m.MovedCents, Approved: m.ApprovedCents, Proposed: m.ProposedCents}
	names := newNames(choices)
	for _, c := range m.Cells {
		if c.MovedCents == 0 {
			v.Still++
			continue
		}
		v.Cells = append(v.Cells, meterRow{cellName(r, basis, names, c.Cell), c.ApprovedCents, c.ProposedCents, c.SpentCents, c.MovedCents, c.ProposedCents - c.SpentCents,
			c.AllowedCents, c.MovedBP, c.MovedKnown, c.Outcome})
	}
	for _, f := range m.Changes {
		what := f.Says
		if what == "" {
			what = r.t(words(f.Change))
		}
		if f.Cell != (models.Cell{}) {
			what = r.t("%s: %s", cellName(r, basis, names, f.Cell), what)
		}
		v.Changes = append(v.Changes, changeRow{max(f.Line, f.Cell.Line), what, f.Cite, f.Outcome})
	}
	return v
}

func outcomeSays(r *request, outcome string) string {
	switch outcome {
	case workflow.OutcomeReview:
		return r.t("Full review: the office decides before it takes force.")
	case workflow.OutcomeNotify:
		return r.t("Within tolerance: the office is told.")
	}
	return r.t("Nothing moves: no action.")
}

// cellName is a cell of the budget in words.
func cellName(r *request, basis string, names lineNames, c models.Cell) string {
	switch {
	case c.Line != 0:
		return r.t("Line %s", strconv.Itoa(c.Line))
	case c.UseCategory != "" || basis == "use_category":
		return r.t("Use category %s", c.UseCategory)
	case c.FunctionCode != "":
		return names.function(c.FunctionCode) + " × " + names.object(c.ObjectCode)
	}
	return names.object(c.ObjectCode)
}
