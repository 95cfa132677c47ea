package workflow

import (
	"slices"

	"earmark/workflow/formula"
)

// What can hold a recipient's amount.
const (
	BoundNotEligible  = "not_eligible"
	BoundFloor        = formula.StepFloor
	BoundCap          = formula.StepCap
	BoundHoldHarmless = formula.StepHoldHarmless
)

// Bounds lists what can hold an amount.
var Bounds = []string{BoundNotEligible, BoundFloor, BoundCap, BoundHoldHarmless}

// boundOf says what held an amount, and which step of the formula did.
func boundOf(d formula.Determination, a formula.Allocation) (bound, by string) {
	if !d.Eligible {
		return BoundNotEligible, ""
	}
	if l := a.Receipt.Limits; l != nil && l.BoundBy != "" {
		for _, s := range a.Receipt.Steps {
			if s.Code == l.BoundBy && slices.Contains(Bounds, s.Kind) {
				return s.Kind, s.Code
			}
		}
	}
	return "", ""
}
