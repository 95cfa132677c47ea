package workflow

import "earmark/workflow/formula"

// What can hold a recipient's amount.
const (
	BoundNotEligible  = "not_eligible"
	BoundFloor        = "floor"
	BoundCap          = "cap"
	BoundHoldHarmless = "hold_harmless"
)

// Bounds lists what can hold an amount.
var Bounds = []string{BoundNotEligible, BoundFloor, BoundCap, BoundHoldHarmless}

// boundOf says what held an amount, and which step of the formula did.
func boundOf(d formula.Determination, _ formula.Allocation) (bound, by string) {
	if !d.Eligible {
		return BoundNotEligible, ""
	}
	return "", ""
}
