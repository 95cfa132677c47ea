package workflow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/programs"
)

// EvaluateAmendment is a budget as approved and as proposed, on the basis of the program's
// amendment rule. A key names a cell: "221/3120" (function and object), an object, a use
// category or the number of a line.
type EvaluateAmendment struct {
	Approved map[string]models.Cents `json:"approved"`
	Proposed map[string]models.Cents `json:"proposed"`
	Changes  []string                `json:"changes,omitempty"` // codes of programs.AmendmentChanges
}

// EvaluatedAmendment is what the rule asks for.
type EvaluatedAmendment struct {
	Outcome    string                   `json:"outcome"` // none, notify, review
	Rule       string                   `json:"rule"`
	MovedCents models.Cents             `json:"moved_cents"` // sum of the increases
	Cells      map[string]EvaluatedCell `json:"cells"`
	Because    []string                 `json:"because"` // what is always reviewed, in the rule's words
}

// EvaluatedCell is one cell: how far it moves and how far it may.
type EvaluatedCell struct {
	MovedCents   models.Cents `json:"moved_cents"`
	AllowedCents models.Cents `json:"allowed_cents"`
	Outcome      string       `json:"outcome"`
}

func (e *evaluation) amendments() error {
	for i, a := range e.in.Amendments {
		at := fmt.Sprintf("/amendments/%d", i)
		in := MeterInput{Approved: e.cells(at+"/approved", a.Approved), Proposed: e.cells(at+"/proposed", a.Proposed)}
		for j, change := range a.Changes {
			if !slices.Contains(programs.AmendmentChanges, change) {
				e.broken(fmt.Sprintf("%s/changes/%d", at, j), "unknown", "Use one of "+strings.Join(programs.AmendmentChanges, ", ")+".", "There is no change %q.", change)
			}
			in.Changes = append(in.Changes, MeterChange{Change: change})
		}
		r := Meter(e.def.Amendment, in)
		out := EvaluatedAmendment{Outcome: r.Outcome, Rule: r.Rule, MovedCents: r.MovedCents, Cells: map[string]EvaluatedCell{}, Because: []string{}}
		for _, c := range r.Cells {
			out.Cells[cellKey(c.Cell)] = EvaluatedCell{c.MovedCents, c.AllowedCents, c.Outcome}
		}
		for _, f := range r.Changes {
			if f.Outcome == OutcomeReview {
				out.Because = append(out.Because, f.Says)
			}
		}
		e.out.Amendments = append(e.out.Amendments, out)
	}
	return invalid(e.wrong)
}

// cells reads the keys of a budget on the basis of the program's rule.
func (e *evaluation) cells(at string, budget map[string]models.Cents) map[models.Cell]models.Cents {
	out := make(map[models.Cell]models.Cents, len(budget))
	var total models.Cents
	for key, amount := range budget {
		cell, ok := models.Cell{}, true
		switch e.def.Amendment.Basis {
		case "cell":
			cell.FunctionCode, cell.ObjectCode, ok = strings.Cut(key, "/")
		case "object":
			cell.ObjectCode = key
		case "use_category":
			cell.UseCategory = key
		case "line":
			n, err := strconv.Atoi(key)
			cell.Line, ok = n, err == nil && n > 0
		default:
			ok = false
		}
		var err error
		if total, err = total.Add(max(amount, 0)); err != nil {
			e.broken(at, "amount.overflow", "Check the amounts.", "The amounts are too large to be added.")
			return nil
		}
		if !ok || amount < 0 {
			e.broken(at+"/"+pointerToken(key), "cell", "The program's amendment rule looks at each "+words(e.def.Amendment.Basis)+"; amounts are cents.", "%q with %s cannot be used.", key, amount)
		}
		out[cell] += amount
	}
	return out
}

func cellKey(c models.Cell) string {
	switch {
	case c.Line > 0:
		return strconv.Itoa(c.Line)
	case c.UseCategory != "":
		return c.UseCategory
	case c.FunctionCode != "":
		return c.FunctionCode + "/" + c.ObjectCode
	}
	return c.ObjectCode
}
