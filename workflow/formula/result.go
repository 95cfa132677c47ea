package formula

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
)

// result writes determinations and receipts, and refuses to return anything that does
// not add up: a formula that loses a cent is a bug, not an answer.
func (r *run) result() (Result, error) {
	out := Result{PoolCents: r.pool, SetAsideCents: r.setAsides, HeldCents: r.held, UndistributedCents: r.undistributed,
		UndistributedWhy: r.undistributedWhy, InputHash: r.hash,
		Determinations: make([]Determination, len(r.shares)), Allocations: make([]Allocation, len(r.shares))}
	r.texts()
	var seal sealer
	if r.eligible == 0 && r.undistributed > 0 {
		out.UndistributedWhy = "No recipient has a unit that counts."
	}
	for i := range r.shares {
		s := &r.shares[i]
		out.Determinations[i] = s.determination()
		a := Allocation{Code: s.Code, Name: s.Name, AmountCents: s.floor + s.extra + s.setAsideBy, Receipt: r.receipt(s)}
		if !r.in.Unsealed {
			seal.seal(&a.Receipt)
		}
		out.AllocatedCents += a.AmountCents
		out.Allocations[i] = a
	}
	if out.AllocatedCents+out.HeldCents+out.UndistributedCents != out.PoolCents {
		return Result{}, fmt.Errorf("the allocations sum to %s of a pool of %s", out.AllocatedCents, out.PoolCents)
	}
	return out, nil
}

func (s *share) determination() Determination {
	d := Determination{Code: s.Code, Name: s.Name, Eligible: s.eligible > 0, Why: s.why(), Units: make([]UnitDetermination, len(s.units))}
	for i := range s.units {
		d.Units[i] = UnitDetermination{Code: s.Units[i].Code, Name: s.Units[i].Name,
			Eligible: s.units[i].failed == 0, Reasons: s.units[i].reasons}
	}
	return d
}

func (s *share) why() string {
	switch {
	case len(s.units) == 0:
		return "It has no units in the facts."
	case s.eligible == 0:
		return fmt.Sprintf("None of its %d units counts.", len(s.units))
	case s.weighted == 0 && s.floor+s.extra == 0:
		return "Its units that count have no weight."
	}
	return ""
}

func (r *run) receipt(s *share) Receipt {
	out := Receipt{Recipient: s.Code, Name: s.Name, FiscalYear: r.in.FiscalYear, Cite: r.f.Cite, Why: s.why(),
		SetAsides: s.setAsides, PoolCents: r.pool, SetAsideCents: r.setAsides, SharedCents: r.shared,
		Weighted: r.decimal(s.weighted), WeightedTotal: r.totalText, ExactCents: r.exact(s),
		FloorCents: s.floor, RemainderCents: s.extra, ShareCents: s.floor + s.extra,
		AmountCents: s.floor + s.extra + s.setAsideBy, InputHash: r.hash, RecipientsCount: r.eligible}
	if r.limited {
		out.Limits = r.limitReceipt(s)
	}
	if r.f.Unit != r.f.Recipient {
		out.Facts = s.Facts
	}
	out.Units = make([]UnitReceipt, len(s.units))
	for i := range s.units {
		u, w := &s.Units[i], &s.units[i]
		out.Units[i] = UnitReceipt{Code: u.Code, Name: u.Name, Eligible: w.failed == 0, Reasons: w.reasons, Inputs: u.Facts,
			Measure: w.measure, Weight: w.weight, Weighted: r.decimal(w.weighted), AmountCents: w.amount}
	}
	out.Steps = make([]StepReceipt, len(r.steps))
	for i := range r.steps {
		out.Steps[i] = r.steps[i].row
		st := &out.Steps[i]
		st.Result = r.came(i, s, &out)
		if last := s.Fact(r.steps[i].LastYear); last != nil && st.Kind == StepHoldHarmless {
			st.Inputs = append(slices.Clip(st.Inputs), StepInput{"last_year", last.Name, last.Text})
		}
	}
	return out
}

// exact is a share before rounding, as a fraction of cents.
func (r *run) exact(s *share) string {
	l := &r.level
	switch {
	case s.bound != 0:
		return strconv.FormatUint(s.fixed, 10)
	case l.den == 0:
		return "0"
	}
	return fraction(l.num, l.basis(s), l.den)
}

func (r *run) limitReceipt(s *share) *LimitReceipt {
	l := &r.level
	out := &LimitReceipt{PerWeight: r.perWeight, FixedCents: models.Cents(l.fixed), FreeWeighted: r.freeText, Short: l.short, FloorsCents: models.Cents(l.floors)}
	if s.lowerBy > 0 {
		v := models.Cents(s.lower)
		out.LowerCents, out.LowerBy = &v, r.steps[s.lowerBy-1].Code
	}
	if s.upperBy > 0 {
		v := models.Cents(s.upper)
		out.UpperCents, out.UpperBy = &v, r.steps[s.upperBy-1].Code
	}
	if s.bound > 0 {
		out.BoundBy = r.steps[s.bound-1].Code
	}
	return out
}

// texts writes what is the same in every receipt once.
func (r *run) texts() {
	r.totalText, r.freeText = r.decimal(r.total), r.decimal(r.level.free)
	if l := &r.level; l.den != 0 && !l.short {
		per := new(big.Rat).SetFrac(new(big.Int).SetUint64(l.num), new(big.Int).SetUint64(l.den))
		r.perWeight = per.Mul(per, new(big.Rat).SetInt(new(big.Int).SetUint64(r.scale))).RatString()
	}
	for i := range r.steps {
		st := &r.steps[i]
		st.row = StepReceipt{Code: st.Code, Kind: st.Kind, Says: st.Says, Cite: st.Cite, Basis: st.Basis, Rule: st.rule(), Fact: st.looksAt(), Bands: st.Bands, Inputs: st.inputs}
	}
}

// looksAt is the fact that decides, where it is a single one.
func (s *step) looksAt() string {
	switch s.years {
	case PerUnit:
		return s.UnitFirstYear
	case PerRecipient:
		return s.RecipientFirstYear
	}
	return s.Step.Fact
}

// rule is what a step does, in the words of the definition.
func (s *step) rule() string {
	switch s.Kind {
	case StepSetAside:
		return s.Share
	case StepEligible:
		switch {
		case s.Top != "":
			return s.Order + " " + cmp.Or(s.Of, OfUnit) + " by " + cmp.Or(s.By, s.Of)
		case s.By != "":
			return s.By
		}
		return s.When
	case StepYears:
		return s.years
	case StepRound:
		return s.To
	case StepProrate, StepRate, StepFlat:
		return s.WhenShort
	}
	return s.Value
}

// came says what a step came to for one recipient.
func (r *run) came(i int, s *share, out *Receipt) string {
	st := &r.steps[i]
	switch st.Kind {
	case StepSetAside:
		for _, p := range s.setAsides {
			switch {
			case p.Code != st.Code:
			case p.Held:
				return p.TotalCents.String() + " held"
			default:
				return p.AmountCents.String() + " of " + p.TotalCents.String() + " over " + strconv.Itoa(p.Recipients) + " recipients"
			}
		}
		return "nothing"
	case StepEligible, StepYears:
		return strconv.Itoa(s.meets(i)) + " of " + strconv.Itoa(len(s.units)) + " units"
	case StepMeasure:
		return strconv.FormatInt(s.measure, 10)
	case StepWeight:
		return out.Weighted
	case StepProrate:
		return out.Weighted + " of " + out.WeightedTotal + " of " + r.shared.String()
	case StepRate, StepFlat:
		return out.Weighted + " at " + models.Cents(st.values["amount"]).String()
	case StepFloor, StepCap, StepHoldHarmless:
		return r.limitCame(i, s, out.Limits)
	}
	return out.ShareCents.String()
}

func (r *run) limitCame(i int, s *share, l *LimitReceipt) string {
	switch {
	case s.eligible == 0:
		return "nothing"
	case s.bound == i+1:
		return "fixes the share at " + models.Cents(s.fixed).String()
	case r.level.short && s.lowerBy == i+1:
		return "at least " + l.LowerCents.String() + ", prorated: the floors need " + l.FloorsCents.String()
	}
	var parts []string
	if s.lowerBy == i+1 {
		parts = append(parts, "at least "+l.LowerCents.String())
	}
	if s.upperBy == i+1 {
		parts = append(parts, "at most "+l.UpperCents.String())
	}
	if parts == nil {
		return "does not limit the share"
	}
	return strings.Join(parts, ", ") + ": the share is within"
}

// meets counts the units that meet a step.
func (s *share) meets(step int) (n int) {
	for i := range s.units {
		if s.units[i].failed&(1<<step) == 0 {
			n++
		}
	}
	return n
}

// decimal writes a number on the scale of the weights without trailing zeros.
func (r *run) decimal(v uint64) string {
	whole, part := v/r.scale, v%r.scale
	if part == 0 {
		return strconv.FormatUint(whole, 10)
	}
	digits := strconv.FormatUint(part, 10)
	digits = strings.Repeat("0", r.places-len(digits)) + digits
	return strconv.FormatUint(whole, 10) + "." + strings.TrimRight(digits, "0")
}

// fraction writes amount*part/whole in lowest terms.
func fraction(amount, part, whole uint64) string {
	g := gcd(part, whole)
	part, whole = part/g, whole/g
	g = gcd(amount, whole)
	amount, whole = amount/g, whole/g
	n := new(big.Int).Mul(new(big.Int).SetUint64(amount), new(big.Int).SetUint64(part))
	if whole == 1 {
		return n.String()
	}
	return n.String() + "/" + strconv.FormatUint(whole, 10)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, 1)
}
