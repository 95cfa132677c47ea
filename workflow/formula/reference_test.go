package formula

import (
	"errors"
	"fmt"
	"math/big"
	"sort"

	"earmark/models"
)

// slow is the meaning of a formula once more, with rationals, one thought after the other.
// It shares nothing with the engine but the definition: no scale of weights, no products of
// 128 bits, another way to fill the pool. Tests hold the engine against it.
type slow struct {
	f      Formula
	in     Input
	who    []slowShare // by code
	amount map[string]models.Cents
	pool   *big.Rat
	held   *big.Rat
	left   *big.Rat
	unit   *big.Rat
}

type slowShare struct {
	Recipient
	counts []bool
	takes  bool
	weight *big.Rat
	low    *big.Rat // nil: none
	high   *big.Rat
	exact  *big.Rat
}

var errRefused = errors.New("refused")

func reckon(f Formula, in Input) (*slow, error) {
	s := &slow{f: f, in: in, amount: map[string]models.Cents{}, pool: new(big.Rat), held: new(big.Rat), unit: rat(1)}
	if f.Steps[len(f.Steps)-1].To == "dollars" {
		s.unit = rat(100)
	}
	for _, r := range in.Recipients {
		s.who = append(s.who, slowShare{Recipient: r, weight: new(big.Rat), exact: new(big.Rat)})
	}
	sort.Slice(s.who, func(i, j int) bool { return s.who[i].Code < s.who[j].Code })
	s.choose()
	s.weigh()
	share, err := s.setAside()
	if err != nil {
		return nil, err
	}
	s.limits(share)
	if share, err = s.fill(share); err != nil {
		return nil, err
	}
	s.round(share)
	return s, nil
}

func (s *slow) param(name string) *big.Rat {
	if c, ok := s.in.Amounts[name]; ok {
		return rat(int64(c))
	}
	return rat(s.in.Numbers[name])
}

func percent(of, bp *big.Rat) *big.Rat {
	return new(big.Rat).Mul(of, new(big.Rat).Quo(bp, rat(10000)))
}

func (s *slow) choose() {
	for i := range s.who {
		s.who[i].counts = make([]bool, len(s.who[i].Units))
		for j := range s.who[i].counts {
			s.who[i].counts[j] = true
		}
	}
	for k, st := range s.f.Steps {
		if st.Kind == "eligible" && st.Top != "" {
			s.first(k, st)
			continue
		}
		for i := range s.who {
			for j := range s.who[i].Units {
				s.who[i].counts[j] = s.who[i].counts[j] && s.meets(k, st, &s.who[i].Recipient, &s.who[i].Units[j])
			}
		}
	}
	for i := range s.who {
		for _, c := range s.who[i].counts {
			s.who[i].takes = s.who[i].takes || c
		}
	}
}

func (s *slow) meets(k int, st Step, r *Recipient, u *Unit) bool {
	switch {
	case st.Kind == "eligible" && st.When != "":
		ok, _ := s.in.Conditions.Eligible(k, r, u)
		return ok
	case st.Kind == "eligible":
		v, _ := s.in.Conditions.Measure(k, r, u)
		return (st.AtLeast == "" || rat(v).Cmp(s.param(st.AtLeast)) >= 0) && (st.AtMost == "" || rat(v).Cmp(s.param(st.AtMost)) <= 0)
	case st.Kind == "years":
		first := u.Fact(st.UnitFirstYear)
		if s.in.Parameters[st.Years] == "per_recipient" || st.Years == "per_recipient" {
			first = r.Fact(st.RecipientFirstYear)
		}
		if first == nil {
			return false
		}
		for n := int64(0); rat(n).Cmp(s.param(st.Limit)) < 0; n++ {
			if first.Number+n == int64(s.in.FiscalYear) {
				return true
			}
		}
		return false
	}
	return true
}

// first keeps the best by taking the best one, again and again.
func (s *slow) first(k int, st Step) {
	type item struct {
		i, j int // j -1: all units
		code string
		v    int64
	}
	var items []item
	for i := range s.who {
		all := item{i, -1, s.who[i].Code, 0}
		some := false
		for j := range s.who[i].Units {
			if !s.who[i].counts[j] {
				continue
			}
			some = true
			if st.Of == "recipient" {
				continue
			}
			v, _ := s.in.Conditions.Measure(k, &s.who[i].Recipient, &s.who[i].Units[j])
			all.v += v
			if st.Of != "total" {
				items = append(items, item{i, j, s.who[i].Units[j].Code, v})
			}
		}
		if st.Of == "recipient" && some {
			all.v, _ = s.in.Conditions.Measure(k, &s.who[i].Recipient, nil)
		}
		if some && (st.Of == "recipient" || st.Of == "total") {
			items = append(items, all)
		}
	}
	for n := int64(0); rat(n).Cmp(s.param(st.Top)) < 0 && len(items) > 0; n++ {
		best := 0
		for x := range items {
			better := items[x].v > items[best].v
			if st.Order == "lowest" {
				better = items[x].v < items[best].v
			}
			if better || items[x].v == items[best].v && items[x].code < items[best].code {
				best = x
			}
		}
		items = append(items[:best:best], items[best+1:]...)
	}
	for _, out := range items {
		for j := range s.who[out.i].counts {
			if out.j < 0 || out.j == j {
				s.who[out.i].counts[j] = false
			}
		}
	}
}

func (s *slow) weigh() {
	for i := range s.who {
		for j := range s.who[i].Units {
			if !s.who[i].counts[j] {
				continue
			}
			w, u := rat(1), &s.who[i].Units[j]
			for k, st := range s.f.Steps {
				v := int64(0)
				if st.Kind == "measure" || st.Kind == "weight" && st.Value != "" {
					v, _ = s.in.Conditions.Measure(k, &s.who[i].Recipient, u)
				}
				switch {
				case st.Kind == "measure":
					w.Mul(w, rat(v))
				case st.Kind == "weight" && st.Value != "":
					w.Mul(w, big.NewRat(v, 100))
				case st.Kind == "weight":
					w.Mul(w, looked(st, u))
				}
			}
			s.who[i].weight.Add(s.who[i].weight, w)
		}
	}
}

func looked(st Step, u *Unit) *big.Rat {
	at, _ := new(big.Rat).SetString(u.Fact(st.Fact).Text)
	for _, b := range st.Bands {
		is := func(end string, ok func(int) bool) bool {
			if end == "" {
				return true
			}
			x, _ := new(big.Rat).SetString(end)
			return ok(at.Cmp(x))
		}
		if is(b.From, func(o int) bool { return o >= 0 }) && is(b.Above, func(o int) bool { return o > 0 }) &&
			is(b.Below, func(o int) bool { return o < 0 }) && is(b.UpTo, func(o int) bool { return o <= 0 }) {
			w, _ := new(big.Rat).SetString(b.Weight)
			return w
		}
	}
	panic("no band")
}

// setAside gives what comes off first, and returns what is left of the pool; nil when the
// formula has none.
func (s *slow) setAside() (*big.Rat, error) {
	if s.f.Pool == "" {
		return nil, nil
	}
	s.pool = s.param(s.f.Pool)
	if s.f.PoolPercent != "" {
		s.pool = down(percent(s.pool, s.param(s.f.PoolPercent)), rat(1))
	}
	left := new(big.Rat).Set(s.pool)
	var takes []int
	for i := range s.who {
		if s.who[i].takes {
			takes = append(takes, i)
		}
	}
	n := int64(len(takes))
	for _, st := range s.f.Steps {
		if st.Kind != "set_aside" || n == 0 && st.Share != "held" {
			continue
		}
		total := s.param(st.Pool)
		switch {
		case st.Amount != "":
			total = new(big.Rat).Mul(s.param(st.Amount), rat(n))
		case st.Percent != "":
			total = down(percent(s.pool, s.param(st.Percent)), rat(1))
		}
		if left.Sub(left, total); left.Sign() < 0 {
			return nil, errRefused
		}
		if st.Share == "held" {
			s.held.Add(s.held, total)
			continue
		}
		cents := total.Num().Int64()
		for x, i := range takes {
			s.amount[s.who[i].Code] += models.Cents(cents / n)
			if int64(x) < cents%n {
				s.amount[s.who[i].Code]++
			}
		}
	}
	return left, nil
}

func (s *slow) limits(share *big.Rat) {
	for i := range s.who {
		w := &s.who[i]
		for _, st := range s.f.Steps {
			var low, high *big.Rat
			of := func(name string) *big.Rat {
				if st.Percent != "" {
					return percent(share, s.param(st.Percent))
				}
				return s.param(name)
			}
			switch {
			case !w.takes:
			case st.Kind == "floor":
				low = up(of(st.Amount), s.unit)
			case st.Kind == "cap":
				high = down(of(st.Amount), s.unit)
			case st.Kind == "hold_harmless" && w.Fact(st.LastYear) != nil && w.Fact(st.LastYear).Number > 0:
				last := rat(w.Fact(st.LastYear).Number)
				if st.AtLeast != "" {
					low = up(percent(last, s.param(st.AtLeast)), s.unit)
				}
				if st.AtMost != "" {
					high = down(percent(last, s.param(st.AtMost)), s.unit)
				}
			}
			if low != nil && (w.low == nil || low.Cmp(w.low) > 0) {
				w.low = low
			}
			if low != nil && w.high != nil && w.low.Cmp(w.high) > 0 {
				w.high = w.low
			}
			if high != nil && (w.high == nil || high.Cmp(w.high) < 0) {
				w.high = high
			}
			if high != nil && w.low != nil && w.low.Cmp(w.high) > 0 {
				w.low = w.high
			}
		}
	}
}

// at is everybody's share at a level, and their sum.
func (s *slow) at(level *big.Rat) *big.Rat {
	sum := new(big.Rat)
	for i := range s.who {
		w := &s.who[i]
		w.exact = new(big.Rat).Mul(level, w.weight)
		if w.low != nil && w.exact.Cmp(w.low) < 0 {
			w.exact = w.low
		}
		if w.high != nil && w.exact.Cmp(w.high) > 0 {
			w.exact = w.high
		}
		sum.Add(sum, w.exact)
	}
	return sum
}

// fill finds the level by fixing, round after round, those who are certain to be at a
// limit: below their floor while too much is given, above their cap while too little is.
func (s *slow) fill(share *big.Rat) (given *big.Rat, err error) {
	var st Step
	for _, x := range s.f.Steps {
		if x.Kind == "prorate" || x.Kind == "rate" || x.Kind == "flat" {
			st = x
		}
	}
	if share == nil {
		sum := s.at(s.param(st.Amount))
		s.pool = down(sum, s.unit)
		s.left = new(big.Rat)
		return s.pool, nil
	}
	floors := s.at(new(big.Rat))
	if floors.Cmp(share) > 0 {
		if st.WhenShort != "prorate" {
			return nil, errRefused
		}
		for i := range s.who {
			s.who[i].exact = new(big.Rat).Quo(new(big.Rat).Mul(s.who[i].exact, share), floors)
		}
		return share, nil
	}
	if st.Kind != "prorate" {
		switch full := s.at(s.param(st.Amount)); {
		case full.Cmp(share) <= 0:
			return full, nil
		case st.WhenShort != "prorate":
			return nil, errRefused
		}
	}
	fixed := make([]bool, len(s.who))
	for {
		rest, weight := new(big.Rat).Set(share), new(big.Rat)
		for i := range s.who {
			switch {
			case s.who[i].weight.Sign() == 0 && s.who[i].low != nil:
				rest.Sub(rest, s.who[i].low)
			case fixed[i]:
				rest.Sub(rest, s.who[i].exact)
			default:
				weight.Add(weight, s.who[i].weight)
			}
		}
		if weight.Sign() == 0 {
			sum := new(big.Rat)
			for i := range s.who {
				if s.who[i].weight.Sign() == 0 && s.who[i].low != nil {
					s.who[i].exact = s.who[i].low
				}
				sum.Add(sum, s.who[i].exact)
			}
			return sum, nil
		}
		level := rest.Quo(rest, weight)
		kept := make([]*big.Rat, len(s.who))
		for i := range s.who {
			kept[i] = s.who[i].exact
		}
		sum, changed := new(big.Rat), false
		s.at(level)
		for i := range s.who {
			if fixed[i] {
				s.who[i].exact = kept[i]
			}
			sum.Add(sum, s.who[i].exact)
		}
		order := sum.Cmp(share)
		if order == 0 {
			return share, nil
		}
		for i := range s.who {
			w := &s.who[i]
			if fixed[i] || w.weight.Sign() == 0 {
				continue
			}
			x := new(big.Rat).Mul(level, w.weight)
			if order > 0 && w.low != nil && x.Cmp(w.low) < 0 || order < 0 && w.high != nil && x.Cmp(w.high) > 0 {
				fixed[i], changed = true, true
			}
		}
		if !changed {
			panic(fmt.Sprint("no limit binds, and the sum is ", sum, " of ", share))
		}
	}
}

func (s *slow) round(given *big.Rat) {
	type place struct {
		i    int
		rest *big.Rat
	}
	var order []place
	left := down(given, s.unit)
	for i := range s.who {
		whole := down(s.who[i].exact, s.unit)
		left.Sub(left, whole)
		s.amount[s.who[i].Code] += models.Cents(whole.Num().Int64())
		order = append(order, place{i, new(big.Rat).Sub(s.who[i].exact, whole)})
	}
	sort.SliceStable(order, func(a, b int) bool { return order[a].rest.Cmp(order[b].rest) > 0 })
	for _, p := range order {
		if left.Sign() <= 0 {
			break
		}
		s.amount[s.who[p.i].Code] += models.Cents(s.unit.Num().Int64())
		left.Sub(left, s.unit)
	}
}
