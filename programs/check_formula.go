package programs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"earmark/models"
	"earmark/workflow/formula"
)

// stepOrder is the order in which steps make sense: who is in, what they weigh, shares,
// whole cents.
var stepOrder = map[string]int{"set_aside": 0, "eligible": 1, "measure": 2, "weight": 2, "prorate": 3, "round": 4}

// stepKeys are the keys each kind of step reads, besides code, says, cite and basis.
var stepKeys = map[string][]string{
	"set_aside": {"pool", "share"}, "eligible": {"when"}, "measure": {"value"},
	"weight": {"value", "fact", "bands"}, "prorate": {}, "round": {"to"},
}

func (c *checker) formula() {
	f := c.d.Formula
	c.d.cel.steps = make([]cel.Program, len(f.Steps))
	if c.d.Kind != "formula_grant" && len(f.Steps) == 0 {
		return
	}
	c.oneOf("formula.recipient", string(f.Recipient), unitKinds)
	c.oneOf("formula.unit", string(f.Unit), unitKinds)
	c.parameter("formula.pool", f.Pool, "cents")
	seen, last := unique{}, 0
	for i, s := range f.Steps {
		path := fmt.Sprintf("formula.steps[%d]", i)
		rank, known := stepOrder[s.Kind]
		if !known {
			c.oneOf(path+".step", s.Kind, sortedKeys(stepOrder))
			continue
		}
		if rank < last {
			c.at(path+".step", fmt.Sprintf("A step %s cannot come after a later one.", s.Kind), "The order is set_aside, eligible, measure and weight, prorate, round.")
		}
		last = max(last, rank)
		c.form(path+".code", s.Code, codeForm, "")
		seen.check(c, path+".code", s.Code)
		c.required(path+".says", s.Says)
		if s.Basis != "" {
			c.oneOf(path+".basis", s.Basis, bases)
		}
		c.stepOnlyHas(path, s)
		c.step(path, i, s)
	}
	c.exactlyOne(f.Steps, "prorate")
	c.exactlyOne(f.Steps, "round")
}

func (c *checker) exactlyOne(steps []formula.Step, kind string) {
	n := 0
	for _, s := range steps {
		if s.Kind == kind {
			n++
		}
	}
	if n != 1 {
		c.at("formula.steps", fmt.Sprintf("The formula has %d steps %s.", n, kind), "It needs exactly one.")
	}
}

// stepOnlyHas refuses a key that the step would silently ignore.
func (c *checker) stepOnlyHas(path string, s formula.Step) {
	written := map[string]bool{"when": s.When != "", "value": s.Value != "", "fact": s.Fact != "",
		"bands": len(s.Bands) > 0, "pool": s.Pool != "", "share": s.Share != "", "to": s.To != ""}
	for _, key := range sortedKeys(written) {
		if written[key] && !slices.Contains(stepKeys[s.Kind], key) {
			c.at(path+"."+key, fmt.Sprintf("A step %s does not read %q.", s.Kind, key), "It reads "+orNothing(stepKeys[s.Kind])+".")
		}
	}
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing more"
	}
	return strings.Join(words, ", ")
}

func (c *checker) step(path string, i int, s formula.Step) {
	switch s.Kind {
	case "set_aside":
		c.parameter(path+".pool", s.Pool, "cents")
		c.oneOf(path+".share", s.Share, []string{"equal"})
	case "eligible":
		c.d.cel.steps[i] = c.expression(path+".when", c.scope.formula, s.When, cel.BoolType)
	case "measure":
		c.d.cel.steps[i] = c.expression(path+".value", c.scope.formula, s.Value, cel.IntType)
	case "weight":
		if (s.Value == "") == (len(s.Bands) == 0) {
			c.at(path, "A weight is either an expression or bands.", "Give value, or fact and bands.")
			return
		}
		if s.Value != "" {
			c.d.cel.steps[i] = c.expression(path+".value", c.scope.formula, s.Value, cel.IntType)
			return
		}
		c.bands(path, s)
	case "round":
		c.oneOf(path+".to", s.To, []string{"cents", "dollars"})
	}
}

// bands must give every possible value of the fact exactly one weight.
func (c *checker) bands(path string, s formula.Step) {
	fact := c.weighedFact(path+".fact", s.Fact)
	type span struct {
		formula.Span
		i int
	}
	var spans []span
	for i, b := range s.Bands {
		at := fmt.Sprintf("%s.bands[%d]", path, i)
		if _, err := formula.ParseWeight(b.Weight); err != nil {
			c.at(at+".weight", err.Error()+".", "Write a number such as 1.25.")
		}
		sp, err := b.Span()
		if err != nil {
			c.at(at, err.Error()+".", "")
			return
		}
		spans = append(spans, span{sp, i})
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.Low, b.Low) })
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if fact.Min != "" {
		low = c.hundredths(fact.Min, low)
	}
	if fact.Max != "" {
		high = c.hundredths(fact.Max, high)
	}
	next := low
	for _, sp := range spans {
		at := fmt.Sprintf("%s.bands[%d]", path, sp.i)
		switch {
		case sp.Low > next:
			c.at(at, fmt.Sprintf("Values from %s to below %s have no band.", text(next), text(sp.Low)), "Leave no hole between bands.")
		case sp.Low < next && next != low:
			c.at(at, fmt.Sprintf("Values from %s on are in two bands.", text(sp.Low)), "Let each band begin where the other ends.")
		}
		if sp.High == math.MaxInt64 {
			next = math.MaxInt64
			continue
		}
		next = max(next, sp.High+1)
	}
	if next != math.MaxInt64 && next <= high {
		c.at(path+".bands", fmt.Sprintf("Values from %s on have no band.", text(next)), "Leave the last band open upwards.")
	}
}

func (c *checker) hundredths(s string, otherwise int64) int64 {
	if h, err := models.ParseHundredths(s); err == nil {
		return int64(h)
	}
	return otherwise
}

func text(hundredths int64) string {
	if hundredths == math.MinInt64 {
		return "the least"
	}
	return models.Hundredths(hundredths).String()
}

func (c *checker) weighedFact(path, name string) Fact {
	var names []string
	for _, f := range c.d.Facts {
		if f.Of != c.d.UnitKind() || f.Type != "decimal" && f.Type != "integer" {
			continue
		}
		if f.Name == name {
			return f
		}
		names = append(names, f.Name)
	}
	c.at(path, fmt.Sprintf("There is no number %q among the facts of a %s.", name, c.d.UnitKind()), suggest(name, names))
	return Fact{}
}
