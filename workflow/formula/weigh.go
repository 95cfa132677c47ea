package formula

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"earmark/models"
)

// weigh decides for every unit whether it counts and what it weighs. A step that ranks
// needs to know all that counted before it, so the steps are taken in runs between those.
func (r *run) weigh() error {
	for from := 0; from < len(r.steps); {
		to := from
		for to < len(r.steps) && r.steps[to].Top == "" {
			to++
		}
		if err := r.weighUnits(from, to); err != nil {
			return err
		}
		if to < len(r.steps) {
			if err := r.rank(to); err != nil {
				return fmt.Errorf("step %s: %w", r.steps[to].Code, err)
			}
		}
		from = to + 1
	}
	return r.addUp()
}

func (r *run) weighUnits(from, to int) error {
	for i := range r.shares {
		s := &r.shares[i]
		for j := range s.Units {
			if from == 0 {
				s.units[j].measure, s.units[j].weighted = 1, 1
			}
			if err := r.weighUnit(s, j, from, to); err != nil {
				return fmt.Errorf("recipient %s, unit %s, %w", s.Code, s.Units[j].Code, err)
			}
		}
	}
	return nil
}

func (r *run) addUp() error {
	for i := range r.shares {
		s := &r.shares[i]
		for j := range s.units {
			w := &s.units[j]
			if w.failed != 0 {
				*w = weighed{failed: w.failed, reasons: w.reasons}
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

func (r *run) weighUnit(s *share, j, from, to int) error {
	u, w := &s.Units[j], &s.units[j]
	for i := from; i < to; i++ {
		st := &r.steps[i]
		var err error
		switch {
		case st.Kind == StepEligible:
			err = r.counts(i, &s.Recipient, u, w)
		case st.Kind == StepYears:
			err = st.inYears(r.in.FiscalYear, i, &s.Recipient, u, w)
		case w.failed != 0: // what does not count need not be measured
		case st.Kind == StepMeasure:
			if w.measure, err = r.in.Conditions.Measure(i, &s.Recipient, u); err == nil && w.measure < 0 {
				err = fmt.Errorf("the measure %d is negative", w.measure)
			}
			if err == nil {
				w.weighted, err = times(w.weighted, uint64(w.measure))
			}
		case st.Kind == StepWeight:
			err = r.weightBy(i, &s.Recipient, u, w)
		}
		if err != nil {
			return fmt.Errorf("step %s: %w", st.Code, err)
		}
	}
	return nil
}

func (w *weighed) fail(step int, reason string) {
	w.failed |= 1 << step
	w.reasons = append(w.reasons, reason)
}

// counts applies a condition or a cut.
func (r *run) counts(i int, rec *Recipient, u *Unit, w *weighed) error {
	st := &r.steps[i]
	if st.By == "" {
		ok, err := r.in.Conditions.Eligible(i, rec, u)
		if err == nil && !ok {
			w.fail(i, "Not met: "+st.Says)
		}
		return err
	}
	v, err := r.in.Conditions.Measure(i, rec, u)
	if err != nil {
		return err
	}
	if low, ok := st.values["at_least"]; ok && v < low {
		w.fail(i, fmt.Sprintf("Not met: %s (%d is below %d)", st.Says, v, low))
	} else if high, ok := st.values["at_most"]; ok && v > high {
		w.fail(i, fmt.Sprintf("Not met: %s (%d is above %d)", st.Says, v, high))
	}
	return nil
}

// inYears lets a unit count from its first year, or its recipient's, for so many years.
func (s *step) inYears(year, i int, rec *Recipient, u *Unit, w *weighed) error {
	whose, first := "Its", u.Fact(s.UnitFirstYear)
	if s.years == PerRecipient {
		whose, first = "The recipient's", rec.Fact(s.RecipientFirstYear)
	}
	switch {
	case first == nil:
		w.fail(i, fmt.Sprintf("Not met: %s (%s first year is not known)", s.Says, lowerFirst(whose)))
	case int64(year) < first.Number:
		w.fail(i, fmt.Sprintf("Not met: %s (%s first year is %d)", s.Says, lowerFirst(whose), first.Number))
	case int64(year)-first.Number >= s.values["limit"]:
		w.fail(i, fmt.Sprintf("Not met: %s (%d is year %d of %d, counted from %s first)", s.Says, year, int64(year)-first.Number+1, s.values["limit"], lowerFirst(whose)))
	}
	return nil
}

func lowerFirst(s string) string { return string(s[0]|0x20) + s[1:] }

func (r *run) weightBy(i int, rec *Recipient, u *Unit, w *weighed) error {
	var weight int64
	var text string
	var err error
	if st := &r.steps[i]; st.Value != "" {
		weight, err = r.in.Conditions.Measure(i, rec, u)
		if err == nil && weight < 0 {
			err = fmt.Errorf("the weight %s is negative", models.Hundredths(weight))
		}
		text = models.Hundredths(weight).String()
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
	if f.Type == "integer" { // cents are hundredths of a dollar already
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

// ranked is a unit, or a recipient with unit -1, on its way to a place.
type ranked struct {
	share, unit int
	code        string
	value       int64
}

// rank keeps the first of those that counted so far: by value, then by code. Whoever is
// left out is told the place, and when only the code decided.
func (r *run) rank(i int) error {
	st := &r.steps[i]
	all, err := r.candidates(i)
	if err != nil {
		return err
	}
	sign := 1
	if st.Order == OrderHighest {
		sign = -1
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(sign*cmp.Compare(a.value, b.value), cmp.Compare(a.code, b.code), cmp.Compare(a.share, b.share))
	})
	n := int(min(st.values["top"], int64(len(all))))
	st.inputs = append(st.inputs, StepInput{"ranked", "", fmt.Sprint(len(all))}, StepInput{"taken", "", fmt.Sprint(n)})
	tied := false
	if n > 0 {
		cut := all[n-1].value
		tied = n < len(all) && all[n].value == cut
		st.inputs = append(st.inputs, StepInput{"value_at_cut", "", fmt.Sprint(cut)})
		if tied {
			st.inputs = append(st.inputs, StepInput{"last_taken", "", all[n-1].code}, StepInput{"tied_left_out", "", all[n].code})
		}
	}
	for place, c := range all[n:] {
		reason := fmt.Sprintf("Not met: %s (place %d with %d", st.Says, n+place+1, c.value)
		if tied && c.value == all[n-1].value {
			reason += fmt.Sprintf(", the same as %s, which has the lower code", all[n-1].code)
		}
		reason += ")"
		units := r.shares[c.share].units
		for j := range units {
			if (c.unit < 0 || c.unit == j) && units[j].failed == 0 {
				units[j].fail(i, reason)
			}
		}
	}
	return nil
}

func (r *run) candidates(i int) (all []ranked, err error) {
	of := r.steps[i].Of
	for k := range r.shares {
		s := &r.shares[k]
		total := ranked{share: k, unit: -1, code: s.Code}
		counts := false
		for j := range s.Units {
			if s.units[j].failed != 0 {
				continue
			}
			counts = true
			if of == OfRecipient {
				break
			}
			v, err := r.in.Conditions.Measure(i, &s.Recipient, &s.Units[j])
			if err != nil {
				return nil, fmt.Errorf("recipient %s, unit %s: %w", s.Code, s.Units[j].Code, err)
			}
			if total.value += v; of != OfTotal {
				all = append(all, ranked{k, j, s.Units[j].Code, v})
			}
		}
		if !counts || of != OfTotal && of != OfRecipient {
			continue
		}
		if of == OfRecipient {
			if total.value, err = r.in.Conditions.Measure(i, &s.Recipient, nil); err != nil {
				return nil, fmt.Errorf("recipient %s: %w", s.Code, err)
			}
		}
		all = append(all, total)
	}
	return all, nil
}
