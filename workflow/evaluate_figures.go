package workflow

import (
	"fmt"

	"earmark/workflow/formula"
)

// EvaluatedFigure is a whole number that a definition works out for one organization.
// Missing says why there is none.
type EvaluatedFigure struct {
	Code         string `json:"code"`
	Title        string `json:"title"`
	Organization string `json:"organization"`
	Value        *int64 `json:"value,omitempty"`
	Missing      string `json:"missing,omitempty"`
	Basis        string `json:"basis"`
	Cite         string `json:"cite"`
}

// figures works out every figure for every organization that it is of.
func (e *evaluation) figures() error {
	for i, f := range e.def.Figures {
		for j, o := range e.in.Organizations {
			if o.Kind != f.Of {
				continue
			}
			unit := formula.Unit{Code: o.Code, Name: o.Name, Facts: e.facts(fmt.Sprintf("/organizations/%d", j), o)}
			made := EvaluatedFigure{Code: f.Code, Title: f.Title, Organization: o.Code, Basis: f.Basis, Cite: f.Cite}
			if n, err := e.def.Figure(i, &unit, e.params); err != nil {
				made.Missing = err.Error() + "."
			} else {
				made.Value = &n
			}
			e.out.Figures = append(e.out.Figures, made)
		}
	}
	return invalid(e.wrong)
}
