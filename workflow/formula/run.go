package formula

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"earmark/models"
)

// Run applies a formula. The order of recipients, units and facts does not matter. Errors
// name the recipient, the unit and the step.
func Run(f Formula, in Input) (Result, error) {
	r := run{f: f, in: in}
	for _, do := range []func() error{r.prepare, r.weigh, r.setAside, r.prorate} {
		if err := do(); err != nil {
			return Result{}, err
		}
	}
	return r.result()
}

// run is one calculation. Weights are whole numbers on one scale, so that shares are
// ratios of integers and every comparison of remainders is exact.
type run struct {
	f     Formula
	in    Input
	hash  string
	steps []step

	shares   []share // by recipient code
	eligible int     // recipients with an eligible unit
	total    uint64  // weighted, of all
	scale    uint64  // what 1 is on the scale of weights
	places   int     // decimals of the scale

	pool, setAsides, shared models.Cents
	undistributed           models.Cents
	undistributedWhy        string
}

// step is a Step with its bands worked out.
type step struct {
	Step
	bands []weightedSpan
}

type weightedSpan struct {
	Span
	weight int64
	text   string
}

// share is one recipient on the way to its amount.
type share struct {
	Recipient
	units    []weighed
	eligible int // units
	measure  int64
	weighted uint64

	setAsides  []SetAsideReceipt
	floor      models.Cents
	remainder  [2]uint64 // what the floor leaves, high part first
	extra      models.Cents
	setAsideBy models.Cents
}

type weighed struct {
	reasons  []string
	measure  int64
	weight   string
	weighted uint64
	amount   models.Cents
}

func (r *run) prepare() error {
	r.scale = 1
	for i, s := range r.f.Steps {
		st := step{Step: s}
		if s.Kind == "weight" {
			r.scale *= WeightScale
			r.places += 4
		}
		for _, b := range s.Bands {
			span, err := b.Span()
			if err != nil {
				return fmt.Errorf("step %s: %w", s.Code, err)
			}
			w, err := ParseWeight(b.Weight)
			if err != nil {
				return fmt.Errorf("step %s: %w", s.Code, err)
			}
			st.bands = append(st.bands, weightedSpan{span, w, b.Weight})
		}
		if r.places > 12 {
			return fmt.Errorf("step %d, %s: a formula has at most three weights", i+1, s.Code)
		}
		r.steps = append(r.steps, st)
	}
	return r.order()
}

// order sorts recipients, their units and facts, so that nothing depends on the order in
// which they were read.
func (r *run) order() error {
	recipients := slices.Clone(r.in.Recipients)
	slices.SortFunc(recipients, func(a, b Recipient) int { return cmp.Compare(a.Code, b.Code) })
	r.shares = make([]share, len(recipients))
	for i, rec := range recipients {
		if i > 0 && rec.Code == recipients[i-1].Code {
			return fmt.Errorf("recipient %s is there twice", rec.Code)
		}
		byCode := func(a, b Unit) int { return cmp.Compare(a.Code, b.Code) }
		if !slices.IsSortedFunc(rec.Units, byCode) {
			rec.Units = slices.Clone(rec.Units)
			slices.SortFunc(rec.Units, byCode)
		}
		for j := range rec.Units {
			if j > 0 && rec.Units[j].Code == rec.Units[j-1].Code {
				return fmt.Errorf("unit %s of recipient %s is there twice", rec.Units[j].Code, rec.Code)
			}
		}
		r.shares[i] = share{Recipient: rec, units: make([]weighed, len(rec.Units))}
	}
	sortFacts(r.shares)
	r.hash = inputHash(r.f, r.in, r.shares)
	return nil
}

func sortFacts(shares []share) {
	byName := func(a, b Fact) int { return cmp.Compare(a.Name, b.Name) }
	for i := range shares {
		cloned := false
		for j := range shares[i].Units {
			if slices.IsSortedFunc(shares[i].Units[j].Facts, byName) {
				continue
			}
			if !cloned { // never sort what the caller gave
				shares[i].Units, cloned = slices.Clone(shares[i].Units), true
			}
			u := &shares[i].Units[j]
			u.Facts = slices.Clone(u.Facts)
			slices.SortFunc(u.Facts, byName)
		}
	}
}

// weigh decides for every unit whether it counts and what it weighs.
func (r *run) weigh() error {
	for i := range r.shares {
		s := &r.shares[i]
		for j := range s.Units {
			u, w := &s.Units[j], &s.units[j]
			if err := r.weighUnit(&s.Recipient, u, w); err != nil {
				return fmt.Errorf("recipient %s, unit %s, %w", s.Code, u.Code, err)
			}
			if w.reasons != nil {
				continue
			}
			s.eligible++
			s.measure += w.measure
			var over uint64
			if s.weighted, over = bits.Add64(s.weighted, w.weighted, 0); over != 0 {
				return fmt.Errorf("recipient %s: the weights are too large", s.Code)
			}
		}
		if s.eligible > 0 {
			r.eligible++
		}
		var over uint64
		if r.total, over = bits.Add64(r.total, s.weighted, 0); over != 0 {
			return errors.New("the weights of all recipients are too large")
		}
	}
	return nil
}

func (r *run) weighUnit(rec *Recipient, u *Unit, w *weighed) error {
	w.measure, w.weighted = 1, 1
	for i := range r.steps {
		st := &r.steps[i]
		var err error
		switch {
		case st.Kind == "eligible":
			var ok bool
			if ok, err = r.in.Conditions.Eligible(i, rec, u); err == nil && !ok {
				w.reasons = append(w.reasons, "Not met: "+st.Says)
			}
		case w.reasons != nil: // what does not count need not be measured
		case st.Kind == "measure":
			if w.measure, err = r.in.Conditions.Measure(i, rec, u); err == nil && w.measure < 0 {
				err = fmt.Errorf("the measure %d is negative", w.measure)
			}
			if err == nil {
				w.weighted, err = times(w.weighted, uint64(w.measure))
			}
		case st.Kind == "weight":
			err = r.weightBy(i, rec, u, w)
		}
		if err != nil {
			return fmt.Errorf("step %s: %w", st.Code, err)
		}
	}
	if w.reasons != nil {
		*w = weighed{reasons: w.reasons}
	}
	return nil
}

func (r *run) weightBy(i int, rec *Recipient, u *Unit, w *weighed) error {
	var weight int64
	var text string
	var err error
	if st := &r.steps[i]; st.Value != "" {
		var hundredths int64
		hundredths, err = r.in.Conditions.Measure(i, rec, u)
		if err == nil && hundredths < 0 {
			err = fmt.Errorf("the weight %s is negative", models.Hundredths(hundredths))
		}
		weight, text = hundredths*(WeightScale/100), models.Hundredths(hundredths).String()
	} else {
		weight, text, err = st.band(u)
	}
	if err != nil {
		return err
	}
	if w.weight != "" {
		w.weight += " x "
	}
	w.weight += text
	w.weighted, err = times(w.weighted, uint64(weight))
	return err
}

func (s *step) band(u *Unit) (weight int64, text string, err error) {
	f := u.Fact(s.Fact)
	if f == nil {
		return 0, "", fmt.Errorf("the fact %s is not known", s.Fact)
	}
	v := f.Number
	if f.Type == "integer" {
		v *= 100
	}
	for _, b := range s.bands {
		if b.Low <= v && v <= b.High {
			return b.weight, b.text, nil
		}
	}
	return 0, "", fmt.Errorf("%s %s has no band", s.Fact, f.Text)
}

func times(a, b uint64) (uint64, error) {
	high, low := bits.Mul64(a, b)
	if high != 0 {
		return 0, errors.New("the weight is too large")
	}
	return low, nil
}

// setAside takes fixed amounts off the pool, in equal parts for every recipient that has
// an eligible unit. Equal parts have equal remainders: the cents left go by code.
func (r *run) setAside() error {
	var err error
	if r.pool, err = r.amount(r.f.Pool); err != nil {
		return err
	}
	for i := range r.steps {
		if r.steps[i].Kind != "set_aside" || r.eligible == 0 {
			continue
		}
		total, err := r.amount(r.steps[i].Pool)
		if err != nil {
			return fmt.Errorf("step %s: %w", r.steps[i].Code, err)
		}
		r.setAsides += total
		if r.setAsides > r.pool {
			return fmt.Errorf("step %s: %s is set aside of a pool of %s", r.steps[i].Code, r.setAsides, r.pool)
		}
		r.divide(r.steps[i].Code, total)
	}
	r.shared = r.pool - r.setAsides
	return nil
}

func (r *run) amount(name string) (models.Cents, error) {
	c, ok := r.in.Amounts[name]
	if !ok {
		return 0, fmt.Errorf("the parameter %s has no value in %d", name, r.in.FiscalYear)
	}
	if c < 0 {
		return 0, fmt.Errorf("the parameter %s is negative", name)
	}
	return c, nil
}

func (r *run) divide(code string, total models.Cents) {
	n := models.Cents(r.eligible)
	floor, left := total/n, total%n
	exact := fraction(uint64(total), 1, uint64(n))
	for i := range r.shares {
		s := &r.shares[i]
		if s.eligible == 0 {
			continue
		}
		part := SetAsideReceipt{Code: code, TotalCents: total, Recipients: r.eligible, ExactCents: exact, FloorCents: floor}
		if left > 0 {
			part.RemainderCents, left = 1, left-1
		}
		part.AmountCents = floor + part.RemainderCents
		s.setAsideBy += part.AmountCents
		s.setAsides = append(s.setAsides, part)
	}
}

// prorate shares what is left by weight: floors, then one unit of rounding each by largest
// remainder, ties by code (P-2 in the program definition's words: no cent is lost).
func (r *run) prorate() error {
	if r.total == 0 {
		r.undistributed = r.shared
		r.undistributedWhy = "No unit that counts has a weight."
		return nil
	}
	unit := uint64(1)
	if last := r.f.Steps[len(r.f.Steps)-1]; last.Kind == "round" && last.To == "dollars" {
		unit = 100
	}
	left := uint64(r.shared) / unit
	var order []int
	for i := range r.shares {
		s := &r.shares[i]
		high, low := bits.Mul64(uint64(r.shared), s.weighted)
		q, rest := bits.Div64(high, low, r.total) // high < total, because weighted <= total
		s.floor = models.Cents(q - q%unit)
		s.remainder = [2]uint64{q % unit, rest}
		left -= q / unit
		if s.remainder != [2]uint64{} {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return larger(r.shares[a].remainder, r.shares[b].remainder) })
	for _, i := range order[:left] {
		r.shares[i].extra = models.Cents(unit)
	}
	r.undistributed = r.shared % models.Cents(unit)
	if r.undistributed > 0 {
		r.undistributedWhy = "Whole dollars are shared; these cents are left."
	}
	for i := range r.shares {
		r.shares[i].splitAmongUnits()
	}
	return nil
}

func larger(a, b [2]uint64) int {
	return cmp.Or(cmp.Compare(b[0], a[0]), cmp.Compare(b[1], a[1]))
}

// splitAmongUnits shows which unit brings how much; the amount itself is the recipient's.
func (s *share) splitAmongUnits() {
	amount := s.floor + s.extra
	if s.weighted == 0 {
		return
	}
	left := amount
	rest := make([]uint64, len(s.units))
	order := make([]int, 0, len(s.units))
	for i := range s.units {
		high, low := bits.Mul64(uint64(amount), s.units[i].weighted)
		q, r := bits.Div64(high, low, s.weighted)
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
