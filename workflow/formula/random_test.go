package formula

import (
	"errors"
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"earmark/models"
)

// looks evaluates the few expressions that random formulas use: names of facts of the unit,
// or of the recipient with a dot before them, and their sums.
type looks struct{ steps []Step }

func (l looks) Eligible(step int, r *Recipient, u *Unit) (bool, error) {
	v, err := l.value(l.steps[step].When, r, u)
	return v == 1, err
}

func (l looks) Measure(step int, r *Recipient, u *Unit) (int64, error) {
	if text := l.steps[step].By; text != "" {
		return l.value(text, r, u)
	}
	return l.value(l.steps[step].Value, r, u)
}

func (l looks) value(text string, r *Recipient, u *Unit) (sum int64, err error) {
	for _, name := range strings.Split(text, " + ") {
		var f *Fact
		if own, ok := strings.CutPrefix(name, "recipient."); ok {
			f = r.Fact(own)
		} else if name, ok := strings.CutPrefix(name, "unit."); ok && u != nil {
			f = u.Fact(name)
		}
		if f == nil {
			return 0, errors.New(name + " is not known")
		}
		sum += f.Number
	}
	return sum, nil
}

// program is a random formula with its input.
type program struct {
	f  Formula
	in Input
}

func (p *program) amount(t *rapid.T, name string, most int64) string {
	p.in.Amounts[name] = models.Cents(rapid.Int64Range(0, most).Draw(t, name))
	return name
}

func (p *program) number(t *rapid.T, name string, least, most int64) string {
	p.in.Numbers[name] = rapid.Int64Range(least, most).Draw(t, name)
	return name
}

func (p *program) add(s Step) {
	s.Code, s.Says = fmt.Sprintf("%s_%d", s.Kind, len(p.f.Steps)), "It says so."
	p.f.Steps = append(p.f.Steps, s)
}

func maybe(t *rapid.T, what string) bool { return rapid.Bool().Draw(t, what) }

// someProgram draws small numbers often, so that ties, zeros and limits that meet are common.
func someProgram(t *rapid.T) program {
	p := program{in: Input{FiscalYear: 2026, Amounts: map[string]models.Cents{}, Numbers: map[string]int64{}, Parameters: map[string]string{}}}
	p.f.Recipient, p.f.Unit, p.f.Cite = "district", "school", "A law"
	most := rapid.SampledFrom([]int64{30, 1000, 1_000_000, 1 << 45}).Draw(t, "size")
	pooled := rapid.IntRange(0, 4).Draw(t, "pooled") > 0
	if pooled {
		p.f.Pool = p.amount(t, "pool", most)
		if maybe(t, "pool percent") {
			p.f.PoolPercent = p.number(t, "pool_percent", 0, 10_000)
		}
		p.setAsides(t, most)
	}
	p.chooses(t)
	p.shares(t, most, pooled)
	p.add(Step{Kind: StepRound, To: rapid.SampledFrom([]string{RoundToCents, RoundToDollar}).Draw(t, "to")})
	p.recipients(t, most)
	p.in.Conditions = looks{p.f.Steps}
	for name, c := range p.in.Amounts {
		p.in.Parameters[name] = fmt.Sprint(int64(c))
	}
	for name, n := range p.in.Numbers {
		p.in.Parameters[name] = fmt.Sprint(n)
	}
	return p
}

func (p *program) setAsides(t *rapid.T, most int64) {
	for i := range rapid.IntRange(0, 2).Draw(t, "set-asides") {
		s := Step{Kind: StepSetAside, Share: rapid.SampledFrom([]string{ShareEqual, ShareHeld}).Draw(t, "share")}
		switch kind := rapid.IntRange(0, 2).Draw(t, "set-aside"); {
		case kind == 0:
			s.Pool = p.amount(t, fmt.Sprint("aside", i), most/4)
		case kind == 1 && s.Share == ShareEqual:
			s.Amount = p.amount(t, fmt.Sprint("each", i), most/20)
		default:
			s.Percent = p.number(t, fmt.Sprint("part", i), 0, 3000)
		}
		p.add(s)
	}
}

func (p *program) chooses(t *rapid.T) {
	if maybe(t, "condition") {
		p.add(Step{Kind: StepEligible, When: "unit.in"})
	}
	if maybe(t, "years") {
		s := Step{Kind: StepYears, Limit: p.number(t, "years", 0, 4), UnitFirstYear: "first", RecipientFirstYear: "first",
			Years: rapid.SampledFrom([]string{PerUnit, PerRecipient, "reading"}).Draw(t, "reading")}
		p.in.Parameters["reading"] = PerRecipient
		p.add(s)
	}
	if maybe(t, "cut") {
		p.add(Step{Kind: StepEligible, By: "unit.index", AtMost: p.number(t, "cut", 0, 60)})
	}
	if maybe(t, "top") {
		s := Step{Kind: StepEligible, By: "unit.index", Top: p.number(t, "top", 0, 12), Order: rapid.SampledFrom([]string{OrderHighest, OrderLowest}).Draw(t, "order"),
			Of: rapid.SampledFrom([]string{"", OfUnit, OfRecipient, OfTotal}).Draw(t, "of")}
		if s.Of == OfRecipient {
			s.By = "recipient.first"
		}
		p.add(s)
	}
}

func (p *program) shares(t *rapid.T, most int64, pooled bool) {
	kinds := []string{StepProrate, StepRate, StepFlat}
	if !pooled {
		kinds = kinds[1:]
	}
	s := Step{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	if s.Kind == StepRate || s.Kind == StepProrate && maybe(t, "measured") {
		p.add(Step{Kind: StepMeasure, Value: rapid.SampledFrom([]string{"unit.pupils", "unit.pupils + unit.staff"}).Draw(t, "measure")})
	}
	if maybe(t, "bands") {
		p.add(Step{Kind: StepWeight, Fact: "index", Bands: bands})
	}
	if maybe(t, "weight") {
		p.add(Step{Kind: StepWeight, Value: "unit.index"})
	}
	if s.Kind != StepProrate {
		s.Amount = p.amount(t, "rate", most/10)
	}
	if pooled {
		s.WhenShort = rapid.SampledFrom([]string{ShortProrate, ShortProrate, ShortProrate, ShortRefuse}).Draw(t, "short")
	}
	p.add(s)
	for i := range rapid.IntRange(0, 3).Draw(t, "limits") {
		p.limit(t, i, most, pooled)
	}
}

func (p *program) limit(t *rapid.T, i int, most int64, pooled bool) {
	s := Step{Kind: rapid.SampledFrom([]string{StepFloor, StepCap, StepHoldHarmless}).Draw(t, "limit")}
	name := fmt.Sprint("limit", i)
	switch {
	case s.Kind == StepHoldHarmless:
		s.LastYear = "last"
		if maybe(t, "loss") {
			s.AtLeast = p.number(t, name+"low", 0, 12_000)
		}
		if s.AtLeast == "" || maybe(t, "gain") {
			s.AtMost = p.number(t, name+"high", 0, 20_000)
		}
	case pooled && maybe(t, "of the pool"):
		s.Percent = p.number(t, name+"part", 0, 4000)
	default:
		s.Amount = p.amount(t, name, most/4)
	}
	p.add(s)
}

func (p *program) recipients(t *rapid.T, most int64) {
	for i := range rapid.IntRange(0, 9).Draw(t, "recipients") {
		r := Recipient{Code: fmt.Sprintf("%03d", i), Name: "A <district> & \"more\"", Facts: []Fact{fact("first", "integer", "", rapid.Int64Range(2020, 2027).Draw(t, "first"))}}
		if rapid.IntRange(0, 3).Draw(t, "known") > 0 {
			r.Facts = append(r.Facts, fact("last", "cents", "", rapid.Int64Range(0, most/3).Draw(t, "last")))
		}
		for j := range rapid.IntRange(0, 3).Draw(t, "units") {
			u := unitOf(fmt.Sprintf("%03d-%d", i, j), rapid.IntRange(0, 3).Draw(t, "in") > 0,
				rapid.Int64Range(0, 6).Draw(t, "pupils")*rapid.SampledFrom([]int64{1, 1, 997}).Draw(t, "times"), rapid.Int64Range(0, 60).Draw(t, "index"))
			u.Facts = append(u.Facts, fact("staff", "integer", "", rapid.Int64Range(0, 3).Draw(t, "staff")))
			if maybe(t, "started") {
				u.Facts = append(u.Facts, fact("first", "integer", "", rapid.Int64Range(2020, 2027).Draw(t, "unit first")))
			}
			r.Units = append(r.Units, u)
		}
		p.in.Recipients = append(p.in.Recipients, r)
	}
}
