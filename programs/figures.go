package programs

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"earmark/models"
	"earmark/workflow/formula"
)

// Figure is a whole number worked out from the facts of one organization, such as how many
// schools a rule takes in.
type Figure struct {
	Code  string                  `yaml:"code"`
	Title string                  `yaml:"title"`
	Of    models.OrganizationKind `yaml:"of"`
	Value string                  `yaml:"value"` // CEL over `unit` and `params`: a whole number
	Basis string                  `yaml:"basis"` // law, policy, assumption
	Cite  string                  `yaml:"cite"`
}

// Figure works out Figures[i] for an organization. The error names the fact that is not
// known.
func (d *Definition) Figure(i int, unit *formula.Unit, params Params) (int64, error) {
	out, _, err := d.cel.figures[i].Eval(&vars{name: typeUnit, value: unit, params: &params})
	if err != nil {
		return 0, err
	}
	return int64(out.(types.Int)), nil
}

func (c *checker) figures() {
	seen := unique{}
	for i, f := range c.d.Figures {
		path := fmt.Sprintf("figures[%d]", i)
		c.form(path+".code", f.Code, codeForm, "")
		seen.check(c, path+".code", f.Code)
		c.required(path+".title", f.Title)
		c.oneOf(path+".basis", f.Basis, bases)
		var program cel.Program
		if c.oneOf(path+".of", string(f.Of), unitKinds) {
			program = c.expression(path+".value", c.scope.kinds[f.Of], f.Value, cel.IntType)
		}
		c.d.cel.figures = append(c.d.cel.figures, program)
	}
}
