package formula

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
)

// VerifyReceipt works a receipt out again, from nothing but itself and by slow exact
// arithmetic that shares nothing with Run, and says which figure does not follow from the
// others. It is what a recipient with a calculator would do. What one receipt cannot show,
// such as the weight of all recipients, is only held by the hash; VerifyFile adds it up
// when it has the receipts of all.
func VerifyReceipt(r Receipt) error {
	v := verifier{Receipt: r, round: big.NewRat(1, 1)}
	for _, s := range r.Steps {
		if s.Kind == StepRound && s.Rule == RoundToDollar {
			v.round.SetInt64(100)
		}
	}
	for _, check := range []func() error{v.units, v.pool, v.bounds, v.level, v.rounding, v.amounts, v.split, v.sealed} {
		if err := check(); err != nil {
			return fmt.Errorf("recipient %s: %w", r.Recipient, err)
		}
	}
	return nil
}

// verifier is a receipt on the way through its own arithmetic.
type verifier struct {
	Receipt
	round        *big.Rat // what amounts are rounded to, in cents
	counted      int      // units that count
	weight       *big.Rat
	lower, upper *big.Rat // nil: none
	lowerBy      string
	upperBy      string
	exact        *big.Rat
}

func rat(n int64) *big.Rat          { return new(big.Rat).SetInt64(n) }
func cents(c models.Cents) *big.Rat { return rat(int64(c)) }

// number reads decimal text or a fraction.
func number(name, text string) (*big.Rat, error) {
	v, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "eEpPxX_") {
		return nil, fmt.Errorf("%s is %q, which is not a number", name, text)
	}
	return v, nil
}

func (v *verifier) units() error {
	v.weight = new(big.Rat)
	for _, u := range v.Units {
		w, err := v.unit(u)
		if err != nil {
			return fmt.Errorf("unit %s: %w", u.Code, err)
		}
		v.weight.Add(v.weight, w)
		if u.Eligible {
			v.counted++
		}
	}
	said, err := number("weighted", v.Weighted)
	if err != nil {
		return err
	}
	if said.Cmp(v.weight) != 0 {
		return fmt.Errorf("weighted is %s, the units weigh %s", v.Weighted, v.weight.RatString())
	}
	total, err := number("weighted_total", v.WeightedTotal)
	if err != nil {
		return err
	}
	if total.Cmp(v.weight) < 0 {
		return fmt.Errorf("weighted_total is %s, less than the weight %s of this recipient alone", v.WeightedTotal, v.Weighted)
	}
	if v.counted > 0 && v.RecipientsCount < 1 {
		return fmt.Errorf("recipients_count is %d, and this recipient counts", v.RecipientsCount)
	}
	return nil
}

func (v *verifier) unit(u UnitReceipt) (*big.Rat, error) {
	if u.Eligible == (len(u.Reasons) > 0) {
		return nil, fmt.Errorf("eligible is %t, with %d reasons against", u.Eligible, len(u.Reasons))
	}
	if !u.Eligible {
		if u.Measure != 0 || u.Weight != "" || u.Weighted != "0" || u.AmountCents != 0 {
			return nil, fmt.Errorf("it does not count, and has a measure, weight or amount")
		}
		return new(big.Rat), nil
	}
	w := rat(u.Measure)
	texts := strings.Split(u.Weight, " x ")
	if u.Weight == "" {
		texts = nil
	}
	measured := false
	for _, s := range v.Steps {
		switch s.Kind {
		case StepMeasure:
			measured = true
			if sum, ok := plainSum(s.Rule, u.Inputs); ok && sum != u.Measure {
				return nil, fmt.Errorf("measure is %d, %s is %d", u.Measure, s.Rule, sum)
			}
		case StepYears:
			if err := v.year(s, u); err != nil {
				return nil, err
			}
		case StepWeight:
			if len(texts) == 0 {
				return nil, fmt.Errorf("the weight of the step %s is missing", s.Code)
			}
			x, err := weighs(s, u, texts[0])
			if err != nil {
				return nil, err
			}
			w.Mul(w, x)
			texts = texts[1:]
		}
	}
	if !measured && u.Measure != 1 || len(texts) > 0 {
		return nil, fmt.Errorf("measure %d and weight %s do not follow from the steps", u.Measure, u.Weight)
	}
	if said, err := number("weighted", u.Weighted); err != nil || said.Cmp(w) != 0 {
		return nil, fmt.Errorf("weighted is %s, %d by %s is %s", u.Weighted, u.Measure, u.Weight, w.RatString())
	}
	return w, nil
}

var sumOfFacts = regexp.MustCompile(`^unit\.[a-z0-9_]+( \+ unit\.[a-z0-9_]+)*$`)

// plainSum adds up the facts that an expression names; ok is false for any other expression.
func plainSum(rule string, inputs []Fact) (sum int64, ok bool) {
	if !sumOfFacts.MatchString(rule) {
		return 0, false
	}
	for _, name := range strings.Split(rule, " + ") {
		f := find(inputs, strings.TrimPrefix(name, "unit."))
		if f == nil {
			return 0, false
		}
		text := f.Text
		if f.Type == "decimal" {
			text = strings.Replace(text, ".", "", 1) // always two decimals
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, false
		}
		sum += n
	}
	return sum, true
}

// weighs looks a weight up again in the bands; an expression is taken as it came out.
func weighs(s StepReceipt, u UnitReceipt, text string) (*big.Rat, error) {
	x, err := number("weight", text)
	if err != nil || len(s.Bands) == 0 {
		return x, err
	}
	f := find(u.Inputs, s.Fact)
	if f == nil {
		return nil, fmt.Errorf("the fact %s is not among the inputs", s.Fact)
	}
	at, err := number(s.Fact, f.Text)
	if err != nil {
		return nil, err
	}
	if f.Type == "cents" {
		at.Quo(at, rat(100))
	}
	for _, b := range s.Bands {
		in := true
		for _, end := range []struct {
			text string
			ok   func(order int) bool
		}{{b.From, func(o int) bool { return o >= 0 }}, {b.Above, func(o int) bool { return o > 0 }}, {b.Below, func(o int) bool { return o < 0 }}, {b.UpTo, func(o int) bool { return o <= 0 }}} {
			if end.text == "" {
				continue
			}
			limit, err := number("the end of a band", end.text)
			if err != nil {
				return nil, err
			}
			in = in && end.ok(at.Cmp(limit))
		}
		if in {
			if b.Weight == text {
				return x, nil
			}
			return nil, fmt.Errorf("weight is %s, %s %s gives %s", text, s.Fact, f.Text, b.Weight)
		}
	}
	return nil, fmt.Errorf("%s %s is in no band", s.Fact, f.Text)
}

// year makes sure that a unit that counts is in one of its years.
func (v *verifier) year(s StepReceipt, u UnitReceipt) error {
	facts := u.Inputs
	if s.Rule == PerRecipient && len(v.Facts) > 0 {
		facts = v.Facts
	}
	f := find(facts, s.Fact)
	if f == nil {
		return fmt.Errorf("the first year %s is not known", s.Fact)
	}
	first, err := strconv.Atoi(f.Text)
	limit, ok := s.value("limit")
	if n := v.FiscalYear - first; err != nil || !ok || n < 0 || rat(int64(n)).Cmp(limit) >= 0 {
		return fmt.Errorf("%d is not one of its years, the first is %s", v.FiscalYear, f.Text)
	}
	return nil
}

// value is an input of a step, as a number.
func (s StepReceipt) value(as string) (*big.Rat, bool) {
	i := slices.IndexFunc(s.Inputs, func(x StepInput) bool { return x.As == as })
	if i < 0 {
		return nil, false
	}
	x, err := number(as, s.Inputs[i].Value)
	return x, err == nil
}

// pool checks the way from the pool to what is shared.
func (v *verifier) pool() error {
	sum := new(big.Rat)
	for _, s := range v.Steps {
		if s.Kind == StepSetAside {
			total, err := v.setAside(s)
			if err != nil {
				return fmt.Errorf("set-aside %s: %w", s.Code, err)
			}
			sum.Add(sum, total)
		}
		if pool, ok := s.value("pool"); ok && s.Kind != StepSetAside {
			if rate, ok := s.value("pool_percent"); ok {
				pool = down(pool.Mul(pool, rate.Quo(rate, rat(basisPoints))), rat(1))
			}
			if pool.Cmp(cents(v.PoolCents)) != 0 {
				return fmt.Errorf("pool_cents is %d, the parameters give %s", v.PoolCents, pool.RatString())
			}
		}
	}
	if sum.Cmp(cents(v.SetAsideCents)) != 0 {
		return fmt.Errorf("set_aside_cents is %d, the set-asides come to %s", v.SetAsideCents, sum.RatString())
	}
	if v.PoolCents-v.SetAsideCents != v.SharedCents {
		return fmt.Errorf("shared_cents is %d, the pool of %d less %d is %d", v.SharedCents, v.PoolCents, v.SetAsideCents, v.PoolCents-v.SetAsideCents)
	}
	return nil
}

// setAside works out the total of one and checks this recipient's part.
func (v *verifier) setAside(s StepReceipt) (*big.Rat, error) {
	if s.Rule != ShareHeld && v.RecipientsCount == 0 {
		return new(big.Rat), nil // nobody takes part
	}
	total, ok := s.value("pool")
	if per, is := s.value("amount"); is {
		total, ok = per.Mul(per, rat(int64(v.RecipientsCount))), true
	}
	if rate, is := s.value("percent"); is {
		total, ok = down(rate.Mul(rate, new(big.Rat).Quo(cents(v.PoolCents), rat(basisPoints))), rat(1)), true
	}
	if !ok {
		return nil, fmt.Errorf("its total is not known")
	}
	i := slices.IndexFunc(v.SetAsides, func(p SetAsideReceipt) bool { return p.Code == s.Code })
	if i < 0 {
		if s.Rule != ShareHeld && v.counted == 0 {
			return total, nil
		}
		return nil, fmt.Errorf("the part of this recipient is missing")
	}
	p := v.SetAsides[i]
	if total.Cmp(cents(p.TotalCents)) != 0 {
		return nil, fmt.Errorf("total_cents is %d, the parameters give %s", p.TotalCents, total.RatString())
	}
	exact, n := new(big.Rat), 0
	if s.Rule != ShareHeld {
		n = v.RecipientsCount
		exact.Quo(total, rat(int64(n)))
	}
	whole := down(exact, rat(1))
	switch {
	case p.Held != (s.Rule == ShareHeld) || p.Recipients != n:
		return nil, fmt.Errorf("recipients is %d, and %d take part", p.Recipients, n)
	case p.ExactCents != exact.RatString():
		return nil, fmt.Errorf("exact_cents is %s, and should be %s", p.ExactCents, exact.RatString())
	case whole.Cmp(cents(p.FloorCents)) != 0:
		return nil, fmt.Errorf("floor_cents is %d, and should be %s", p.FloorCents, whole.RatString())
	case p.RemainderCents != 0 && (p.RemainderCents != 1 || exact.IsInt()):
		return nil, fmt.Errorf("remainder_cents is %d, and nothing is left of %s", p.RemainderCents, p.ExactCents)
	case p.AmountCents != p.FloorCents+p.RemainderCents:
		return nil, fmt.Errorf("amount_cents is %d, its parts are %d and %d", p.AmountCents, p.FloorCents, p.RemainderCents)
	}
	return total, nil
}

// down rounds to whole units below.
func down(x, unit *big.Rat) *big.Rat {
	q := new(big.Rat).Quo(x, unit)
	whole := new(big.Int).Div(q.Num(), q.Denom())
	return new(big.Rat).Mul(new(big.Rat).SetInt(whole), unit)
}

// up rounds to whole units above.
func up(x, unit *big.Rat) *big.Rat {
	d := down(x, unit)
	if d.Cmp(x) < 0 {
		d.Add(d, unit)
	}
	return d
}
