package formula

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"earmark/models"
)

// bounds works out this recipient's limits again, step by step.
func (v *verifier) bounds() error {
	for _, s := range v.Steps {
		if v.counted == 0 {
			break
		}
		low, high := v.limit(s)
		if low != nil && (v.lower == nil || low.Cmp(v.lower) > 0) && low.Sign() > 0 {
			v.lower, v.lowerBy = low, s.Code
		}
		if low != nil && v.upper != nil && v.lower != nil && v.upper.Cmp(v.lower) < 0 {
			v.upper, v.upperBy = v.lower, s.Code
		}
		if high != nil && (v.upper == nil || high.Cmp(v.upper) < 0) {
			v.upper, v.upperBy = high, s.Code
		}
		if high != nil && v.lower != nil && v.lower.Cmp(v.upper) > 0 {
			v.lower, v.lowerBy = v.upper, s.Code
		}
	}
	l := v.Limits
	if l == nil {
		if v.lower != nil || v.upper != nil {
			return errors.New("limits is missing, and the formula has limits")
		}
		return nil
	}
	for _, x := range []struct {
		name, by, saidBy string
		said             *models.Cents
		is               *big.Rat
	}{{"lower_cents", v.lowerBy, l.LowerBy, l.LowerCents, v.lower}, {"upper_cents", v.upperBy, l.UpperBy, l.UpperCents, v.upper}} {
		if (x.said == nil) != (x.is == nil) || x.is != nil && x.is.Cmp(cents(*x.said)) != 0 || x.by != x.saidBy {
			return fmt.Errorf("%s (%s) does not follow from the steps", x.name, x.saidBy)
		}
	}
	return nil
}

// limit is what one step asks for, in whole units of rounding; nil where it asks nothing.
func (v *verifier) limit(s StepReceipt) (low, high *big.Rat) {
	share := func(of *big.Rat, as string) *big.Rat {
		rate, ok := s.value(as)
		if !ok {
			return nil
		}
		return rate.Mul(rate, new(big.Rat).Quo(of, rat(basisPoints)))
	}
	switch s.Kind {
	case StepFloor, StepCap:
		limit := share(cents(v.SharedCents), "percent")
		if amount, ok := s.value("amount"); ok {
			limit = amount
		}
		if limit == nil {
			return nil, nil
		}
		if s.Kind == StepFloor {
			return up(up(limit, rat(1)), v.round), nil
		}
		return nil, down(limit, v.round)
	case StepHoldHarmless:
		last, ok := s.value("last_year")
		if !ok || last.Sign() == 0 {
			return nil, nil
		}
		if low = share(last, "at_least"); low != nil {
			low = up(low, v.round)
		}
		if high = share(last, "at_most"); high != nil {
			high = down(high, v.round)
		}
	}
	return low, high
}

// level works out the exact share again.
func (v *verifier) level() error {
	v.exact = new(big.Rat)
	var err error
	if v.Limits == nil {
		total, _ := number("weighted_total", v.WeightedTotal) // read before
		if total.Sign() > 0 {
			v.exact.Mul(cents(v.SharedCents), new(big.Rat).Quo(v.weight, total))
		}
	} else {
		err = v.limited(*v.Limits)
	}
	if err == nil && v.exact.RatString() != v.ExactCents {
		return fmt.Errorf("exact_cents is %s, and should be %s", v.ExactCents, v.exact.RatString())
	}
	return err
}

func (v *verifier) limited(l LimitReceipt) error {
	if l.Short != (v.pooled() && l.FloorsCents > v.SharedCents) {
		return fmt.Errorf("short is %t, with floors_cents %d and shared_cents %d", l.Short, l.FloorsCents, v.SharedCents)
	}
	if l.Short {
		if v.lower != nil {
			v.exact.Mul(v.lower, new(big.Rat).Quo(cents(v.SharedCents), cents(l.FloorsCents)))
		}
		if l.BoundBy != "" || l.PerWeight != "" {
			return errors.New("cents_per_weight and bound_by say something, and the floors are prorated")
		}
		return nil
	}
	v.exact.Set(v.weight)
	switch {
	case l.PerWeight == "" && v.weight.Sign() > 0 && v.upper == nil:
		return errors.New("cents_per_weight is missing, and this recipient has no upper limit")
	case l.PerWeight == "" && v.weight.Sign() > 0:
		v.exact.Set(v.upper)
	case l.PerWeight != "":
		per, err := number("cents_per_weight", l.PerWeight)
		if err != nil {
			return err
		}
		if err := v.perWeight(per, l); err != nil {
			return err
		}
		v.exact.Mul(per, v.weight)
	}
	by := ""
	switch {
	case v.lower != nil && v.exact.Cmp(v.lower) < 0:
		v.exact, by = v.lower, v.lowerBy
	case v.upper != nil && (v.exact.Cmp(v.upper) > 0 || l.PerWeight == "" && v.weight.Sign() > 0):
		v.exact, by = v.upper, v.upperBy
	}
	if by != l.BoundBy {
		return fmt.Errorf("bound_by is %q, and should be %q", l.BoundBy, by)
	}
	return nil
}

func (v *verifier) pooled() bool {
	return slices.ContainsFunc(v.Steps, func(s StepReceipt) bool {
		_, ok := s.value("pool")
		return ok && s.Kind != StepSetAside
	})
}

// perWeight holds the level against the rate and the pool.
func (v *verifier) perWeight(per *big.Rat, l LimitReceipt) error {
	free, err := number("free_weighted", l.FreeWeighted)
	if err != nil {
		return err
	}
	needed := new(big.Rat).Mul(per, free)
	needed.Add(needed, cents(l.FixedCents))
	i := slices.IndexFunc(v.Steps, func(s StepReceipt) bool { return s.Kind == StepRate || s.Kind == StepFlat })
	atRate := false
	if i >= 0 {
		rate, ok := v.Steps[i].value("amount")
		if !ok || per.Cmp(rate) > 0 {
			return fmt.Errorf("cents_per_weight is %s, above the rate", l.PerWeight)
		}
		atRate = per.Cmp(rate) == 0
	}
	switch {
	case !v.pooled() && (!atRate || down(needed, v.round).Cmp(cents(v.SharedCents)) != 0):
		return fmt.Errorf("shared_cents is %d, cents_per_weight, free_weighted and fixed_cents give %s", v.SharedCents, needed.RatString())
	case v.pooled() && needed.Cmp(cents(v.SharedCents)) != 0 && (!atRate || needed.Cmp(cents(v.SharedCents)) > 0):
		return fmt.Errorf("cents_per_weight, free_weighted and fixed_cents give %s of shared_cents %d", needed.RatString(), v.SharedCents)
	}
	return nil
}

func (v *verifier) rounding() error {
	whole := down(v.exact, v.round)
	if whole.Cmp(cents(v.FloorCents)) != 0 {
		return fmt.Errorf("floor_cents is %d, %s rounds down to %s", v.FloorCents, v.ExactCents, whole.RatString())
	}
	if v.RemainderCents != 0 && (cents(v.RemainderCents).Cmp(v.round) != 0 || whole.Cmp(v.exact) == 0) {
		return fmt.Errorf("remainder_cents is %d, %s leaves none or one unit of rounding", v.RemainderCents, v.ExactCents)
	}
	return nil
}

func (v *verifier) amounts() error {
	own := models.Cents(0)
	for _, p := range v.SetAsides {
		own += p.AmountCents
	}
	switch {
	case v.ShareCents != v.FloorCents+v.RemainderCents:
		return fmt.Errorf("share_cents is %d, its parts are %d and %d", v.ShareCents, v.FloorCents, v.RemainderCents)
	case v.AmountCents != v.ShareCents+own:
		return fmt.Errorf("amount_cents is %d, its parts are %d and %d of set-asides", v.AmountCents, v.ShareCents, own)
	}
	return nil
}

// split shares the share among the units again.
func (v *verifier) split() error {
	var weights []*big.Rat
	any := false
	for _, u := range v.Units {
		w := new(big.Rat)
		if u.Eligible && v.weight.Sign() == 0 {
			w.SetInt64(1)
		} else if v.weight.Sign() > 0 {
			w, _ = number("weighted", u.Weighted) // read before
		}
		any = any || w.Sign() > 0
		weights = append(weights, w)
	}
	parts := make([]models.Cents, len(weights))
	if any {
		var err error
		if parts, err = v.ShareCents.Split(weights); err != nil {
			return err
		}
	} else if v.ShareCents != 0 {
		return fmt.Errorf("share_cents is %d, and no unit counts", v.ShareCents)
	}
	for i, u := range v.Units {
		if u.AmountCents != parts[i] {
			return fmt.Errorf("unit %s: amount_cents is %d, its part of %d is %d", u.Code, u.AmountCents, v.ShareCents, parts[i])
		}
	}
	return nil
}

// sealed compares the hash. It holds what no arithmetic can: texts, sources, and figures
// of the whole run.
func (v *verifier) sealed() error {
	again := v.Receipt
	again.Seal()
	if again.Hash != v.Hash {
		return errors.New("hash is not that of this receipt: every figure that can be worked out follows, but a text, a fact or a figure of the whole run was changed")
	}
	return nil
}
