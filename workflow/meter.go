package workflow

import (
	"cmp"
	"maps"
	"slices"

	"earmark/models"
	"earmark/programs"
)

// The outcomes of the amendment meter, from least to most.
const (
	OutcomeNone   = "none"   // nothing moves
	OutcomeNotify = "notify" // within tolerance: recorded, no approval needed by the 10 % rule
	OutcomeReview = "review" // over tolerance, or a change that is always reviewed
)

// MeterInput is an approved budget, a proposed one and what was spent, by cell (on the
// rule's basis), and the changes of lines between them.
type MeterInput struct {
	Approved map[models.Cell]models.Cents
	Proposed map[models.Cell]models.Cents
	Spent    map[models.Cell]models.Cents
	Changes  []MeterChange // new_cell and total_changed need not be given: the meter sees them
}

// MeterChange is one change of one line, by the codes of programs.AmendmentAlways.
type MeterChange struct {
	Change string
	Line   int // number; 0 when it is not about one line
}

// MeterResult is how far a proposal moves the budget and what that asks for.
type MeterResult struct {
	Outcome       string
	Rule          string // in words
	Cite          string
	Cells         []MeterCell // by function, then object
	Changes       []MeterFinding
	ApprovedCents models.Cents
	ProposedCents models.Cents
	MovedCents    models.Cents       // sum of the increases
	MovedBP       models.BasisPoints // of the approved total, for display
	MovedKnown    bool               // false when nothing was approved: no rate
}

// MeterCell is one cell of the budget.
type MeterCell struct {
	Cell          models.Cell
	ApprovedCents models.Cents
	ProposedCents models.Cents
	SpentCents    models.Cents
	MovedCents    models.Cents       // signed
	MovedBP       models.BasisPoints // of the approved amount, for display
	MovedKnown    bool               // false for a new cell: no rate
	AllowedCents  models.Cents       // the most it may rise within tolerance
	Outcome       string
}

// MeterFinding is a change that is always reviewed.
type MeterFinding struct {
	Change  string
	Line    int
	Cell    models.Cell // for new_cell
	Says    string
	Cite    string
	Outcome string
}

// Meter measures an amendment against the program's rule. Only increases are held to the
// tolerance: the rule asks what is spent above the approved amount of a cell.
func Meter(rule programs.Amendment, in MeterInput) MeterResult {
	r := MeterResult{Outcome: OutcomeNone, Cite: rule.Cite, Rule: rule.Tolerance.String()}
	for _, cell := range cellsOf(in.Approved, in.Proposed, in.Spent) {
		c := meterCell(rule.Tolerance, cell, in)
		r.Cells = append(r.Cells, c)
		r.ApprovedCents += c.ApprovedCents
		r.ProposedCents += c.ProposedCents
		r.MovedCents += max(c.MovedCents, 0)
		r.Outcome = atLeast(r.Outcome, c.Outcome)
		if c.ApprovedCents == 0 && c.ProposedCents > 0 {
			r.find(rule, MeterFinding{Change: "new_cell", Cell: cell})
		}
	}
	if r.ApprovedCents != r.ProposedCents && len(in.Approved) > 0 {
		r.find(rule, MeterFinding{Change: "total_changed"})
	}
	for _, ch := range in.Changes {
		if ch.Change != "new_cell" && ch.Change != "total_changed" {
			r.find(rule, MeterFinding{Change: ch.Change, Line: ch.Line})
		}
	}
	r.MovedBP, r.MovedKnown = models.Rate(r.MovedCents, r.ApprovedCents)
	return r
}

func meterCell(tol programs.Tolerance, cell models.Cell, in MeterInput) MeterCell {
	c := MeterCell{Cell: cell, ApprovedCents: in.Approved[cell], ProposedCents: in.Proposed[cell], SpentCents: in.Spent[cell], Outcome: OutcomeNone}
	c.MovedCents = c.ProposedCents - c.ApprovedCents
	c.MovedBP, c.MovedKnown = models.Rate(c.MovedCents, c.ApprovedCents)
	c.AllowedCents = tol.Allowed(c.ApprovedCents)
	switch {
	case c.MovedCents > c.AllowedCents:
		c.Outcome = OutcomeReview
	case c.MovedCents != 0:
		c.Outcome = OutcomeNotify
	}
	return c
}

// find records a change; kinds that the rule does not list are recorded without review.
func (r *MeterResult) find(rule programs.Amendment, f MeterFinding) {
	f.Outcome = OutcomeNotify
	for _, a := range rule.Always {
		if a.Change == f.Change {
			f.Says, f.Cite, f.Outcome = a.Says, a.Cite, OutcomeReview
		}
	}
	r.Changes = append(r.Changes, f)
	r.Outcome = atLeast(r.Outcome, f.Outcome)
}

func atLeast(a, b string) string {
	order := []string{OutcomeNone, OutcomeNotify, OutcomeReview}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

func cellsOf(budgets ...map[models.Cell]models.Cents) []models.Cell {
	all := map[models.Cell]bool{}
	for _, b := range budgets {
		for cell := range b {
			all[cell] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b models.Cell) int {
		return cmp.Or(cmp.Compare(a.FunctionCode, b.FunctionCode), cmp.Compare(a.ObjectCode, b.ObjectCode),
			cmp.Compare(a.UseCategory, b.UseCategory), cmp.Compare(a.Line, b.Line))
	})
}

// CellOverrun compares what was spent in a cell with what was approved. Exactly the
// tolerance is not over it; the excess over tolerance is the part that an audit would
// question (MDE asks for an amendment above 10 % of a function and object, tested so in
// single audits).
func CellOverrun(tol programs.Tolerance, approved, spent models.Cents) (over bool, excessOverApproved, excessOverTolerance models.Cents) {
	excessOverApproved = max(spent-approved, 0)
	excessOverTolerance = max(excessOverApproved-tol.Allowed(approved), 0)
	return excessOverTolerance > 0, excessOverApproved, excessOverTolerance
}
