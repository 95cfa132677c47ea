package formula

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"earmark/models"
)

// Run applies a formula. The order of recipients, units and facts does not matter. Errors
// name the recipient, the unit and the step.
func Run(f Formula, in Input) (Result, error) {
	r := run{f: f, in: in}
	for _, do := range []func() error{r.prepare, r.weigh, r.setAside, r.share} {
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

	pool, setAsides, held, shared models.Cents
	undistributed                 models.Cents
	undistributedWhy              string

	totalText, freeText, perWeight string // the same in every receipt

	limited bool // a rate, flat amounts, floors, caps or hold-harmless take part
	level   level
}

// step is a Step with its parameters and bands worked out.
type step struct {
	Step
	bands  []weightedSpan
	scale  uint64 // of a weight: what 1 is
	inputs []StepInput
	values map[string]int64 // of the parameters it names, by key
	years  string           // of a step years: the reading in force
	row    StepReceipt      // as it stands in every receipt, but for what is the recipient's
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
	setAsideBy models.Cents

	lower, upper     uint64 // limits of the share in cents; upper is noLimit when there is none
	lowerBy, upperBy int    // steps that set them, from 1; 0 when none does
	bound            int    // the step that fixes the share, from 1; 0 when none does
	fixed            uint64 // at what

	floor     models.Cents
	remainder [2]uint64 // what the floor leaves, high part first
	extra     models.Cents
}

const noLimit = math.MaxUint64

type weighed struct {
	failed   uint64 // steps that the unit does not meet, by bit
	reasons  []string
	measure  int64
	weight   string
	weighted uint64
	amount   models.Cents
}

// maxSteps is the width of weighed.failed.
const maxSteps = 64

func (r *run) prepare() error {
	r.scale = 1
	if len(r.f.Steps) > maxSteps {
		return fmt.Errorf("a formula has at most %d steps", maxSteps)
	}
	for i, s := range r.f.Steps {
		st := step{Step: s, scale: 1}
		if err := st.parameters(r.in); err != nil {
			return fmt.Errorf("step %s: %w", s.Code, err)
		}
		st.pool(r.f, r.in)
		if err := st.weights(); err != nil {
			return fmt.Errorf("step %s: %w", s.Code, err)
		}
		r.scale *= st.scale
		for ; r.scale > pow10(r.places); r.places++ {
		}
		if r.places > 12 {
			return fmt.Errorf("step %d, %s: the weights have more than twelve decimals together", i+1, s.Code)
		}
		switch s.Kind {
		case StepRate, StepFlat, StepFloor, StepCap, StepHoldHarmless:
			r.limited = true
		}
		r.steps = append(r.steps, st)
	}
	return r.order()
}

func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// parameters looks up every parameter that the step names.
func (s *step) parameters(in Input) error {
	s.values = map[string]int64{}
	for _, p := range [...]struct{ key, name string }{{"top", s.Top}, {"at_least", s.AtLeast}, {"at_most", s.AtMost}, {"limit", s.Limit},
		{"pool", s.Pool}, {"amount", s.Amount}, {"percent", s.Percent}} {
		if p.name == "" {
			continue
		}
		v, ok := in.Numbers[p.name]
		if c, cents := in.Amounts[p.name]; cents {
			v, ok = int64(c), true
		}
		switch {
		case !ok:
			return fmt.Errorf("the parameter %s has no value in %d", p.name, in.FiscalYear)
		case v < 0:
			return fmt.Errorf("the parameter %s is negative", p.name)
		}
		s.values[p.key] = v
		s.inputs = append(s.inputs, StepInput{p.key, p.name, fmt.Sprint(v)})
	}
	if s.Kind != StepYears {
		return nil
	}
	s.years = s.Years
	if s.years != PerUnit && s.years != PerRecipient {
		s.years = in.Parameters[s.Years]
		s.inputs = append(s.inputs, StepInput{"years", s.Years, s.years})
	}
	if s.years != PerUnit && s.years != PerRecipient {
		return fmt.Errorf("years are counted per_unit or per_recipient, not %q", s.years)
	}
	return nil
}

// pool notes where the pool comes from in the step that shares it.
func (s *step) pool(f Formula, in Input) {
	switch s.Kind {
	case StepProrate, StepRate, StepFlat:
		if f.Pool != "" {
			s.inputs = append(s.inputs, StepInput{"pool", f.Pool, in.Parameters[f.Pool]})
		}
		if f.PoolPercent != "" {
			s.inputs = append(s.inputs, StepInput{"pool_percent", f.PoolPercent, in.Parameters[f.PoolPercent]})
		}
	}
}

// weights works out the bands, and the scale on which every weight is a whole number.
func (s *step) weights() error {
	if s.Kind != StepWeight {
		return nil
	}
	if s.Value != "" {
		s.scale = 100 // an expression gives hundredths
		return nil
	}
	var all []int64
	for _, b := range s.Bands {
		span, err := b.Span()
		if err != nil {
			return err
		}
		w, err := ParseWeight(b.Weight)
		if err != nil {
			return err
		}
		all = append(all, w)
		s.bands = append(s.bands, weightedSpan{span, w, b.Weight})
	}
	spare := int64(WeightScale) // what all weights can be divided by
	for spare > 1 && slices.ContainsFunc(all, func(w int64) bool { return w%spare != 0 }) {
		spare /= 10
	}
	s.scale = uint64(WeightScale / spare)
	for i := range s.bands {
		s.bands[i].weight /= spare
	}
	return nil
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
		if !slices.IsSortedFunc(shares[i].Facts, byName) {
			shares[i].Facts = slices.Clone(shares[i].Facts)
			slices.SortFunc(shares[i].Facts, byName)
		}
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
