package programs

import (
	"earmark/models"
	"earmark/workflow/formula"
)

type compiled struct{}

// CheckLine applies every line check and returns everything that is wrong, errors and
// warnings, with pointers relative to the line.
func (d *Definition) CheckLine(line LineView, params Params) []models.FieldError { return nil }

// CheckGate applies every condition for submitting and returns everything that fails.
func (d *Definition) CheckGate(gate GateView, params Params) []models.FieldError { return nil }

// Conditions are the formula's expressions, compiled, with the parameters of a year.
func (d *Definition) Conditions(params Params) formula.Conditions { return nil }

// ReadFact reads one value of a declared fact. The error says what would be right.
func (d *Definition) ReadFact(of models.OrganizationKind, name, text, source string) (formula.Fact, error) {
	return formula.Fact{}, nil
}
