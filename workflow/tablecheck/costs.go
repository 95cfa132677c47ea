package tablecheck

import (
	"fmt"
	"math/big"
	"strings"
)

// arithmetic holds a statement of numbers, such as "34 = 46 - 12" or "33 > 50 / 2".
func (b *book) arithmetic(at string, c *Check) []func(*Report) {
	s, err := parseStatement(c.Is, nothing{})
	if err != nil {
		b.broken(at+"/is", "formula", "Write numbers only: 34 = 46 - 12.", "The statement %q cannot be used: %s.", c.Is, err)
		return nil
	}
	printed, _, _ := strings.Cut(c.Is, s.op)
	return []func(*Report){func(r *Report) {
		r.Compared++
		f := Finding{Row: c.name(), Printed: strings.TrimSpace(printed), Status: Agrees}
		none := func(int) *big.Rat { return nil }
		left, right := s.left.eval(none), s.right.eval(none)
		if left == nil || right == nil {
			f.Status, f.Hint = NotReadable, "It cannot be computed: something is divided by 0."
			r.add(c, f)
			return
		}
		n := ParseNumber(printed)
		if d, ok := decimalsOf(string(c.Round)); ok {
			right = round(right, d)
		} else if c.Round == "printed" {
			right = round(right, n.scale())
		}
		if f.Computed = write(right, n.Percent); !holds(left, s.op, right) {
			f.Status, f.Difference = Differs, write(new(big.Rat).Abs(new(big.Rat).Sub(right, left)), n.Percent)
			if f.Hint = slip(left, right); s.op != "=" {
				f.Hint = fmt.Sprintf("It must be %s %s.", s.op, group(f.Computed))
			}
		}
		r.add(c, f)
	}}
}

// target finds what a check is held against: a number, or a cell as @table/row/column.
func (b *book) target(at string, text Text) (*Number, Finding) {
	address, ok := strings.CutPrefix(string(text), "@")
	if !ok {
		n := ParseNumber(string(text))
		return &n, Finding{}
	}
	parts := strings.Split(address, "/")
	if len(parts) != 3 || b.byCode[parts[0]] == nil {
		b.broken(at, "unknown", "Write @table/row/column.", "There is no cell %q.", text)
		return &Number{}, Finding{}
	}
	g := b.byCode[parts[0]]
	before := len(b.wrong)
	l, k := b.one(at, parts[1], g.lines), b.one(at, parts[2], g.columns)
	if len(b.wrong) > before {
		return &Number{}, Finding{}
	}
	return g.cell(l, k), Finding{Table: g.Code, Row: parts[1], Column: parts[2]}
}

// costs computes the items of one build-up.
type costs struct {
	check  *Check
	report *Report
	values map[string]*big.Rat
	failed bool // something could not be read, so the sum says nothing
}

// buildUp computes the items and holds their sum against what it explains.
func (b *book) buildUp(at string, c *Check) []func(*Report) {
	printed, place := b.target(at+"/printed", c.Printed)
	if place.Row == "" {
		place.Row = c.name()
	}
	if len(c.Items) == 0 {
		b.broken(at+"/items", "required", "Give at least one item with quantity and unit cost.", "A build-up has no items.")
	}
	b.items(at+"/items", c.Items, map[string]bool{}, 0)
	return []func(*Report){func(r *Report) {
		k := &costs{check: c, report: r, values: map[string]*big.Rat{}}
		total := k.sum(c.Items)
		r.Compared++
		if k.failed {
			place.Printed, place.Status, place.Hint = printed.Text, NotReadable, "A part of its cost cannot be read."
			r.add(c, place)
			return
		}
		if d, ok := decimalsOf(string(c.Round)); ok {
			total = round(total, d)
		}
		held(r, c, place, printed, total)
	}}
}

func (b *book) items(at string, list []Item, known map[string]bool, depth int) {
	if depth > maxDepth {
		b.broken(at, "too_many", "Use fewer levels.", "Items are nested too deeply.")
		return
	}
	for i, x := range list {
		place := fmt.Sprintf("%s/%d", at, i)
		if x.Code != "" && known[x.Code] {
			b.broken(place+"/code", "duplicate", "Give each item a code of its own.", "The item %q is there twice.", x.Code)
		}
		for j, o := range x.Of {
			if !known[o] {
				b.broken(fmt.Sprintf("%s/of/%d", place, j), "unknown", "Name an item above.", "There is no item %q above.", o)
			}
		}
		if (x.Rate == "") != (len(x.Of) == 0) {
			b.broken(place+"/rate", "item", "Give rate and of together.", "A rate needs what it is a rate of.")
		}
		if len(x.Quantity) > maxFactor {
			b.broken(place+"/quantity", "too_many", "Multiply some of them.", "An item has more than %d quantities.", maxFactor)
		}
		if x.Rate == "" && x.UnitCost == "" && len(x.Parts) == 0 {
			b.broken(place+"/unit_cost", "item", "Give unit_cost, parts, or rate and of.", "Nothing says what item %q costs.", x.Code)
		}
		b.items(place+"/parts", x.Parts, known, depth+1)
		known[x.Code] = true
	}
}

func (k *costs) sum(items []Item) *big.Rat {
	total := new(big.Rat)
	for _, x := range items {
		v := k.item(x)
		k.values[x.Code] = v
		if !x.Memo {
			total.Add(total, v)
		}
	}
	return total
}

func (k *costs) item(x Item) *big.Rat {
	failed := k.failed
	k.failed = false
	defer func() { k.failed = k.failed || failed }()
	v := new(big.Rat)
	switch {
	case x.Rate != "":
		for _, o := range x.Of {
			v.Add(v, k.values[o])
		}
		v.Mul(v, k.number(x, "rate", x.Rate))
	case len(x.Parts) > 0:
		v = k.sum(x.Parts)
	default:
		v.Set(k.number(x, "unit_cost", x.UnitCost))
	}
	for _, q := range x.Quantity {
		v.Mul(v, k.number(x, "quantity", q))
	}
	if x.FTE != "" {
		v.Mul(v, k.number(x, "fte", x.FTE))
	}
	if x.Periods != "" {
		v.Mul(v, k.number(x, "periods", x.Periods))
	}
	if d, ok := decimalsOf(string(x.Round)); ok {
		v = round(v, d)
	}
	if x.Printed != "" && !k.failed {
		n := ParseNumber(string(x.Printed))
		k.report.Compared++
		held(k.report, k.check, Finding{Row: x.Code, Column: "item"}, &n, v)
	}
	return v
}

func (k *costs) number(x Item, name string, text Text) *big.Rat {
	n := ParseNumber(string(text))
	if n.State == Readable {
		return n.Value
	}
	k.failed = true
	k.report.add(k.check, Finding{Row: x.Code, Column: name, Status: NotReadable, Printed: n.Text, Hint: fmt.Sprintf("%q is not a number.", n.Text)})
	return new(big.Rat)
}

// costShare holds cost less budget against what others pay.
func (b *book) costShare(at string, c *Check) []func(*Report) {
	cost, _ := b.target(at+"/cost", c.Cost)
	budget, _ := b.target(at+"/budget", c.Budget)
	printed := &Number{}
	place := Finding{Row: c.name(), Column: "share"}
	if c.Printed != "" {
		printed, place = b.target(at+"/printed", c.Printed)
		if place.Row == "" {
			place.Row, place.Column = c.name(), "share"
		}
	}
	return []func(*Report){func(r *Report) {
		r.Compared++
		covered := new(big.Rat)
		for _, x := range c.Covered {
			n := ParseNumber(string(x.Amount))
			if n.State != Readable {
				r.add(c, Finding{Row: c.name(), Column: x.By, Status: NotReadable, Printed: n.Text, Hint: fmt.Sprintf("%q is not a number.", n.Text)})
				return
			}
			covered.Add(covered, n.Value)
		}
		if cost.State != Readable || budget.State != Readable {
			r.add(c, Finding{Row: c.name(), Column: "share", Status: NotReadable, Printed: cost.Text + " / " + budget.Text, Hint: "Cost or budget is not a number."})
			return
		}
		share := new(big.Rat).Sub(cost.Value, budget.Value)
		if c.Printed != "" {
			held(r, c, place, printed, share)
		}
		text := write(covered, false)
		n := ParseNumber(text)
		f := Finding{Row: c.name(), Column: "covered"}
		if covered.Cmp(share) != 0 {
			f.Hint = coveredHint(share, covered)
		}
		coveredHeld(r, c, f, &n, share)
	}}
}

func coveredHint(share, covered *big.Rat) string {
	if share.Sign() < 0 {
		return "The budget is more than the cost."
	}
	rest := new(big.Rat).Sub(share, covered)
	if rest.Sign() < 0 {
		return fmt.Sprintf("%s more is covered than is needed.", group(write(rest.Neg(rest), false)))
	}
	return fmt.Sprintf("Nobody covers %s.", group(write(rest, false)))
}

func coveredHeld(r *Report, c *Check, f Finding, covered *Number, share *big.Rat) {
	f.Printed, f.Computed, f.Status = covered.Text, write(share, false), Agrees
	if covered.Value.Cmp(share) != 0 {
		f.Status, f.Difference = Differs, write(new(big.Rat).Abs(new(big.Rat).Sub(share, covered.Value)), false)
	}
	r.add(c, f)
}
