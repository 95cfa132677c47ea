package formula

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"slices"

	"earmark/models"
)

// level is how much each recipient gets for a weight of 1 on the scale, as a fraction:
// num/den of its basis, which is its weight, or its lower limit when there is too little
// even for those.
type level struct {
	num, den uint64 // den 0: there is no level, every weight is at its upper limit
	fixed    uint64 // what recipients fixed by a limit take together
	free     uint64 // weight of the others together
	floors   uint64 // all lower limits together
	short    bool   // the basis are the lower limits
	byRate   bool   // the level is the rate: less than the pool is needed
}

// share shares what is left. Every recipient gets the level times its weight, but not less
// than its lower and not more than its upper limit; the level is the one that uses up the
// pool, or the rate if that is lower. Then floors, and one unit of rounding each by largest
// remainder, ties by code: no cent is lost.
func (r *run) share() error {
	if err := r.limits(); err != nil {
		return err
	}
	if err := r.findLevel(); err != nil {
		return err
	}
	if err := r.round(); err != nil {
		return err
	}
	for i := range r.shares {
		r.shares[i].splitAmongUnits()
	}
	return nil
}

func (r *run) unit() uint64 {
	if r.f.Steps[len(r.f.Steps)-1].To == RoundToDollar {
		return 100
	}
	return 1
}

// limits gives every recipient that takes part its lower and upper limit, step by step: a
// later step wins over an earlier one. Limits are whole units of rounding, lower ones
// rounded up and upper ones down.
func (r *run) limits() error {
	for i := range r.shares {
		r.shares[i].upper = noLimit
		if r.shares[i].eligible == 0 {
			r.shares[i].upper = 0
			continue
		}
		for k := range r.steps {
			if err := r.limit(&r.shares[i], k); err != nil {
				return fmt.Errorf("recipient %s, step %s: %w", r.shares[i].Code, r.steps[k].Code, err)
			}
		}
		var over uint64
		if r.level.floors, over = bits.Add64(r.level.floors, r.shares[i].lower, 0); over != 0 || r.level.floors > 1<<62 {
			return errors.New("the floors of all recipients are too large")
		}
	}
	return nil
}

func (r *run) limit(s *share, k int) error {
	st := &r.steps[k]
	switch st.Kind {
	case StepFloor:
		s.atLeast(r.wholeUnits(r.amountOf(st, true), true), k)
	case StepCap:
		s.atMost(r.wholeUnits(r.amountOf(st, false), false), k)
	case StepHoldHarmless:
		last := s.Fact(st.LastYear)
		if last == nil || last.Number == 0 {
			return nil // a newcomer has nothing to lose, and nothing to measure a gain by
		}
		if last.Number < 0 {
			return fmt.Errorf("%s is negative", st.LastYear)
		}
		if rate, ok := st.values["at_least"]; ok {
			s.atLeast(r.wholeUnits(part(uint64(last.Number), uint64(rate), basisPoints, true), true), k)
		}
		if rate, ok := st.values["at_most"]; ok {
			s.atMost(r.wholeUnits(part(uint64(last.Number), uint64(rate), basisPoints, false), false), k)
		}
	}
	return nil
}

func (r *run) amountOf(st *step, up bool) uint64 {
	if rate, ok := st.values["percent"]; ok {
		return part(uint64(r.shared), uint64(rate), basisPoints, up)
	}
	return uint64(st.values["amount"])
}

func (r *run) wholeUnits(v uint64, up bool) uint64 {
	unit := r.unit()
	if v > 1<<62 {
		return noLimit // refused when it is a floor
	}
	if rest := v % unit; up && rest > 0 {
		return v + unit - rest
	}
	return v - v%unit
}

func (s *share) atLeast(v uint64, k int) {
	if v > s.lower {
		s.lower, s.lowerBy = v, k+1
	}
	if s.upper < s.lower {
		s.upper, s.upperBy = s.lower, k+1
	}
}

func (s *share) atMost(v uint64, k int) {
	if v < s.upper {
		s.upper, s.upperBy = v, k+1
	}
	if s.lower > s.upper {
		s.lower, s.lowerBy = s.upper, k+1
	}
}

// sharing is the step that shares: prorate, rate or flat.
func (r *run) sharing() *step {
	for i := range r.steps {
		switch r.steps[i].Kind {
		case StepProrate, StepRate, StepFlat:
			return &r.steps[i]
		}
	}
	return nil
}

func (r *run) findLevel() error {
	st, l := r.sharing(), &r.level
	if st == nil {
		return errors.New("the formula has no step that shares: prorate, rate or flat")
	}
	if !r.limited { // the level is the pool over all weights
		l.num, l.den, l.free = uint64(r.shared), r.total, r.total
		return nil
	}
	rate, rated := st.values["amount"]
	switch {
	case r.f.Pool == "" && !rated:
		return errors.New("without a pool there is nothing to prorate")
	case r.f.Pool == "":
		l.num, l.den, l.byRate = uint64(rate), r.scale, true
	case l.floors > uint64(r.shared):
		if st.WhenShort != ShortProrate {
			return fmt.Errorf("step %s: the floors need %s of %s, and the formula refuses to prorate them", st.Code, models.Cents(l.floors), r.shared)
		}
		l.num, l.den, l.short = uint64(r.shared), l.floors, true
		return nil
	default:
		r.fill(rate, rated)
		if rated && !l.byRate && st.WhenShort != ShortProrate && r.needs(rate) {
			return fmt.Errorf("step %s: the rate needs more than the pool of %s, and the formula refuses to prorate it", st.Code, r.shared)
		}
	}
	r.bind()
	return nil
}

// needs reports whether the full rate, within the limits, takes more than the pool.
func (r *run) needs(rate int64) bool {
	scale, sum := new(big.Int).SetUint64(r.scale), new(big.Int)
	for i := range r.shares {
		s := &r.shares[i]
		x := new(big.Int).Mul(big.NewInt(rate), new(big.Int).SetUint64(s.weighted))
		if low := new(big.Int).Mul(new(big.Int).SetUint64(s.lower), scale); x.Cmp(low) < 0 {
			x = low
		}
		if high := new(big.Int).Mul(new(big.Int).SetUint64(s.upper), scale); s.weighted > 0 && x.Cmp(high) > 0 {
			x = high
		}
		sum.Add(sum, x)
	}
	return sum.Cmp(new(big.Int).Mul(big.NewInt(int64(r.shared)), scale)) > 0
}

// event is a level at which a recipient leaves its lower limit or reaches its upper one:
// at = amount/weight.
type event struct {
	amount, weight uint64
	enters, rate   bool
}

// fill raises the level, from limit to limit, until the pool is used up.
func (r *run) fill(rate int64, rated bool) {
	l := &r.level
	fixed, free := l.floors, uint64(0)
	events := make([]event, 0, len(r.shares)+1)
	for i := range r.shares {
		s := &r.shares[i]
		if s.weighted == 0 {
			continue
		}
		if s.lower > 0 {
			events = append(events, event{s.lower, s.weighted, true, false})
		} else {
			free += s.weighted
		}
		if s.upper != noLimit {
			events = append(events, event{s.upper, s.weighted, false, false})
		}
	}
	if rated {
		events = append(events, event{uint64(rate), r.scale, false, true})
	}
	slices.SortFunc(events, func(a, b event) int {
		return cmp.Or(cmpProducts(a.amount, b.weight, b.amount, a.weight), before(a.enters, b.enters), before(b.rate, a.rate))
	})
	for _, e := range events {
		left := uint64(r.shared) - fixed // the floors fit, and each event before this one left some
		if cmpProducts(free, e.amount, left, e.weight) >= 0 {
			if free == 0 { // exactly used up: any level up to here will do
				l.num, l.den = e.amount, e.weight
				return
			}
			l.num, l.den = left, free
			return
		}
		switch {
		case e.rate:
			l.num, l.den, l.byRate = e.amount, e.weight, true
			return
		case e.enters:
			fixed, free = fixed-e.amount, free+e.weight
		default:
			fixed, free = fixed+e.amount, free-e.weight
		}
	}
	l.num, l.den = uint64(r.shared)-fixed, free // den 0: all are at their upper limits
}

func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// cmpProducts compares a*b with c*d.
func cmpProducts(a, b, c, d uint64) int {
	h1, l1 := bits.Mul64(a, b)
	h2, l2 := bits.Mul64(c, d)
	return cmp.Or(cmp.Compare(h1, h2), cmp.Compare(l1, l2))
}

// bind says whose share a limit fixes at the level that was found.
func (r *run) bind() {
	l := &r.level
	l.fixed, l.free = 0, 0
	for i := range r.shares {
		s := &r.shares[i]
		switch {
		case s.lower > 0 && (s.weighted == 0 || l.den != 0 && cmpProducts(l.num, s.weighted, s.lower, l.den) < 0):
			s.bound, s.fixed = s.lowerBy, s.lower
			l.fixed += s.lower
		case s.weighted > 0 && s.upper != noLimit && (l.den == 0 || cmpProducts(l.num, s.weighted, s.upper, l.den) > 0):
			s.bound, s.fixed = s.upperBy, s.upper
			l.fixed += s.upper
		default:
			l.free += s.weighted
		}
	}
}

// basis is what the level multiplies for a recipient.
func (l *level) basis(s *share) uint64 {
	if l.short {
		return s.lower
	}
	return s.weighted
}

// round turns exact shares into whole units of rounding.
func (r *run) round() error {
	l, unit := &r.level, r.unit()
	given := uint64(0) // in units
	var order []int
	for i := range r.shares {
		s := &r.shares[i]
		v := s.fixed
		if s.bound == 0 && l.den != 0 {
			high, low := bits.Mul64(l.num, l.basis(s))
			if high >= l.den {
				return fmt.Errorf("recipient %s: the share is too large", s.Code)
			}
			var rest uint64
			v, rest = bits.Div64(high, low, l.den)
			s.remainder = [2]uint64{v % unit, rest}
			if s.remainder != [2]uint64{} {
				order = append(order, i)
			}
		}
		if v > 1<<62 {
			return fmt.Errorf("recipient %s: the share is too large", s.Code)
		}
		s.floor = models.Cents(v - v%unit)
		if given += v / unit; given > 1<<62/unit {
			return errors.New("the shares of all recipients are too large")
		}
	}
	total, err := r.toGive(unit)
	if err != nil {
		return err
	}
	slices.SortStableFunc(order, func(a, b int) int { return larger(r.shares[a].remainder, r.shares[b].remainder) })
	if total < given || total-given > uint64(len(order)) {
		return errors.New("the shares do not add up")
	}
	for _, i := range order[:total-given] {
		r.shares[i].extra = models.Cents(unit)
	}
	if r.f.Pool == "" {
		r.pool, r.shared = models.Cents(total*unit), models.Cents(total*unit)
	}
	r.undistributed = r.shared - models.Cents(total*unit)
	r.undistributedWhy = r.whyLeft(unit)
	return nil
}

// toGive is what all shares come to, in whole units of rounding.
func (r *run) toGive(unit uint64) (uint64, error) {
	l := &r.level
	switch {
	case l.byRate:
		high, low := bits.Mul64(l.num, l.free)
		if high >= l.den {
			return 0, errors.New("the shares of all recipients are too large")
		}
		q, _ := bits.Div64(high, low, l.den)
		return (q + l.fixed) / unit, nil
	case l.den == 0 || !l.short && l.free == 0:
		return l.fixed / unit, nil
	}
	return uint64(r.shared) / unit, nil
}

func (r *run) whyLeft(unit uint64) string {
	switch {
	case r.undistributed == 0:
		return ""
	case r.total == 0 && !r.level.short:
		return "No unit that counts has a weight."
	case uint64(r.undistributed) < unit && !r.level.byRate && r.level.den != 0:
		return "Whole dollars are shared; these cents are left."
	case r.level.byRate:
		return "The rate needs less than the pool."
	}
	return "Every recipient is at the most it may get."
}

func larger(a, b [2]uint64) int {
	return cmp.Or(cmp.Compare(b[0], a[0]), cmp.Compare(b[1], a[1]))
}

// splitAmongUnits shows which unit brings how much; the amount itself is the recipient's.
// A share that comes from a floor alone is split equally among the units that count.
func (s *share) splitAmongUnits() {
	amount, whole := s.floor+s.extra, s.weighted
	if amount == 0 {
		return
	}
	if whole == 0 {
		whole = uint64(s.eligible)
	}
	left := amount
	rest := make([]uint64, len(s.units))
	order := make([]int, 0, len(s.units))
	for i := range s.units {
		weight := s.units[i].weighted
		if s.weighted == 0 && s.units[i].failed == 0 {
			weight = 1
		}
		high, low := bits.Mul64(uint64(amount), weight)
		q, r := bits.Div64(high, low, whole)
		s.units[i].amount = models.Cents(q)
		left -= models.Cents(q)
		if rest[i] = r; r > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for _, i := range order[:left] {
		s.units[i].amount++
	}
}
