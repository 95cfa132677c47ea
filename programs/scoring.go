package programs

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"earmark/workflow/formula"
	"earmark/workflow/rubric"
)

// scoring is a checked rubric with its conditions.
type scoring struct {
	tree   *rubric.Tree
	limits map[string][]cel.Program // by criterion, in the order of its limits
}

// Rubric is how applications are scored; nil when the program scores none.
func (d *Definition) Rubric() *rubric.Tree {
	if d.scoring == nil {
		return nil
	}
	return d.scoring.tree
}

// OpenBands says which bands the facts of an applicant leave open, criterion by criterion.
// A fact that a condition needs and that is not known is an error: nothing is left open by
// silence.
func (d *Definition) OpenBands(applicant *formula.Unit, params Params) (rubric.Open, error) {
	open, v := rubric.Open{}, &vars{name: typeUnit, value: applicant, params: &params}
	for _, n := range d.scoring.tree.Leaves() {
		for i, program := range d.scoring.limits[n.Code] {
			applies, err := holds(program, v)
			if err != nil {
				return nil, fmt.Errorf("criterion %s: %w", n.Code, err)
			}
			if applies {
				l := n.Limits[i]
				open[n.Code] = rubric.Opening{Criterion: n.Code, Bands: append([]string{}, l.Bands...), Says: l.Says}
				break
			}
		}
	}
	return open, nil
}
