package formula

// ReleasedPool is the amount that a reallocation shares: not a parameter of the program.
const ReleasedPool = "released_pool"

// Reallocation is a formula that shares a pool by the same need: set-asides and limits were
// applied when the appropriation was shared, and what was an amount for each becomes a
// share. The second value tells which step of f each of its steps is, for conditions that
// are known by their place.
func Reallocation(f Formula) (Formula, []int) {
	out := Formula{Cite: f.Cite, Recipient: f.Recipient, Unit: f.Unit, Pool: ReleasedPool}
	var of []int
	for i, s := range f.Steps {
		switch s.Kind {
		case StepSetAside, StepFloor, StepCap, StepHoldHarmless:
			continue
		case StepRate, StepFlat:
			s = Step{Kind: StepProrate, Code: s.Code, Says: s.Says, Cite: s.Cite, Basis: s.Basis}
		case StepProrate:
			s.WhenShort = ""
		case StepRound:
			s.To = RoundToCents
		}
		out.Steps, of = append(out.Steps, s), append(of, i)
	}
	return out, of
}
