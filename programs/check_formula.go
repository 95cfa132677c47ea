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

// stepOrder is the order in which steps make sense: what comes off the pool, who is in,
// what they weigh, how it is shared, within which limits, whole cents.
var stepOrder = map[string]int{
	formula.StepSetAside: 0, formula.StepEligible: 1, formula.StepYears: 1, formula.StepMeasure: 2, formula.StepWeight: 2,
	formula.StepProrate: 3, formula.StepRate: 3, formula.StepFlat: 3,
	formula.StepFloor: 4, formula.StepCap: 4, formula.StepHoldHarmless: 4, formula.StepRound: 5,
}

const stepOrderSays = "The order is set_aside; eligible and years; measure and weight; prorate, rate or flat; floor, cap and hold_harmless; round."

// stepKeys are the keys each kind of step reads, besides code, says, cite and basis.
var stepKeys = map[string][]string{
	formula.StepSetAside: {"pool", "amount", "percent", "share"}, formula.StepEligible: {"when", "by", "top", "order", "of", "at_least", "at_most"},
	formula.StepYears:   {"limit", "years", "unit_first_year", "recipient_first_year"},
	formula.StepMeasure: {"value"}, formula.StepWeight: {"value", "fact", "bands"},
	formula.StepProrate: {"when_short"}, formula.StepRate: {"amount", "when_short"}, formula.StepFlat: {"amount", "when_short"},
	formula.StepFloor: {"amount", "percent"}, formula.StepCap: {"amount", "percent"},
	formula.StepHoldHarmless: {"last_year", "at_least", "at_most"}, formula.StepRound: {"to"},
}

func (c *checker) formula() {
	f := c.d.Formula
	c.d.cel.steps = make([]cel.Program, len(f.Steps))
	if c.d.Kind != "formula_grant" && len(f.Steps) == 0 {
		return
	}
	c.oneOf("formula.recipient", string(f.Recipient), unitKinds)
	c.oneOf("formula.unit", string(f.Unit), unitKinds)
	seen, last, counts := unique{}, 0, map[string]int{}
	for i, s := range f.Steps {
		path := fmt.Sprintf("formula.steps[%d]", i)
		rank, known := stepOrder[s.Kind]
		if !known {
			c.oneOf(path+".step", s.Kind, sortedKeys(stepOrder))
			continue
		}
		if rank < last {
			c.at(path+".step", fmt.Sprintf("A step %s cannot come after a later one.", s.Kind), stepOrderSays)
		}
		last = max(last, rank)
		counts[s.Kind]++
		c.form(path+".code", s.Code, codeForm, "")
		seen.check(c, path+".code", s.Code)
		c.required(path+".says", s.Says)
		if s.Basis != "" {
			c.oneOf(path+".basis", s.Basis, bases)
		}
		c.stepOnlyHas(path, s)
		c.step(path, i, s)
	}
	c.wholeFormula(f, counts)
}

// wholeFormula checks what no step can tell alone.
func (c *checker) wholeFormula(f formula.Formula, counts map[string]int) {
	const steps = "formula.steps"
	if n := counts[formula.StepProrate] + counts[formula.StepRate] + counts[formula.StepFlat]; n != 1 {
		c.at(steps, fmt.Sprintf("The formula has %d steps that share: prorate, rate or flat.", n), "It needs exactly one.")
	}
	for _, kind := range []string{formula.StepRound, formula.StepMeasure} {
		if n := counts[kind]; n > 1 || kind == formula.StepRound && n == 0 {
			c.at(steps, fmt.Sprintf("The formula has %d steps %s.", n, kind), "It needs exactly one.")
		}
	}
	if counts[formula.StepRate] == 1 && counts[formula.StepMeasure] == 0 {
		c.at(steps, "A rate is paid for each of something, and nothing is measured.", "Add a step measure, or use flat for an amount per unit.")
	}
	if counts[formula.StepFlat] == 1 && counts[formula.StepMeasure] > 0 {
		c.at(steps, "A flat amount is paid for each unit, and the formula measures something.", "Remove the step measure, or use rate.")
	}
	if len(f.Steps) > formulaSteps {
		c.at(steps, fmt.Sprintf("The formula has %d steps.", len(f.Steps)), fmt.Sprintf("%d are possible.", formulaSteps))
	}
	if f.Pool != "" || counts[formula.StepProrate] > 0 {
		c.parameter("formula.pool", f.Pool, "cents")
	} else {
		c.withoutPool(f)
	}
	if f.PoolPercent != "" {
		c.parameter("formula.pool_percent", f.PoolPercent, "basis_points")
	}
	c.whenShort(f, counts)
}

const formulaSteps = 64 // as many as a run can tell apart

// withoutPool refuses what is a part of a pool where there is none.
func (c *checker) withoutPool(f formula.Formula) {
	const fix = "Give formula.pool: the name of a cents parameter."
	if f.PoolPercent != "" {
		c.at("formula.pool_percent", "There is no pool of which this could be a part.", fix)
	}
	for i, s := range f.Steps {
		if s.Kind == formula.StepSetAside || s.Percent != "" {
			c.at(fmt.Sprintf("formula.steps[%d]", i), "There is no pool of which this could be a part.", fix)
		}
	}
}

// whenShort asks for a word on what happens when a pool does not reach.
func (c *checker) whenShort(f formula.Formula, counts map[string]int) {
	floors := counts[formula.StepFloor] > 0
	for _, s := range f.Steps {
		floors = floors || s.Kind == formula.StepHoldHarmless && s.AtLeast != ""
	}
	for i, s := range f.Steps {
		path := fmt.Sprintf("formula.steps[%d].when_short", i)
		needed := f.Pool != "" && (floors || s.Kind == formula.StepRate || s.Kind == formula.StepFlat)
		switch {
		case stepOrder[s.Kind] != stepOrder[formula.StepProrate]:
		case needed && s.WhenShort == "":
			c.at(path, "Nothing says what happens when the pool is too small for the rate or the floors.", "Use prorate (everybody's is cut in proportion) or refuse (the run fails and says so).")
		case s.WhenShort != "" && !needed:
			c.at(path, "The pool cannot be too small here.", "Remove it.")
		case s.WhenShort != "":
			c.oneOf(path, s.WhenShort, []string{formula.ShortProrate, formula.ShortRefuse})
		}
	}
}

// stepOnlyHas refuses a key that the step would silently ignore.
func (c *checker) stepOnlyHas(path string, s formula.Step) {
	written := map[string]bool{"when": s.When != "", "by": s.By != "", "top": s.Top != "", "order": s.Order != "", "of": s.Of != "",
		"at_least": s.AtLeast != "", "at_most": s.AtMost != "", "limit": s.Limit != "", "years": s.Years != "",
		"unit_first_year": s.UnitFirstYear != "", "recipient_first_year": s.RecipientFirstYear != "",
		"value": s.Value != "", "fact": s.Fact != "", "bands": len(s.Bands) > 0, "pool": s.Pool != "", "amount": s.Amount != "",
		"percent": s.Percent != "", "share": s.Share != "", "when_short": s.WhenShort != "", "last_year": s.LastYear != "", "to": s.To != ""}
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
	case formula.StepSetAside:
		c.oneAmount(path, map[string]string{"pool": s.Pool, "amount": s.Amount, "percent": s.Percent})
		c.oneOf(path+".share", s.Share, []string{formula.ShareEqual, formula.ShareHeld})
		if s.Share == formula.ShareHeld && s.Amount != "" {
			c.at(path+".amount", "An amount for each recipient cannot be held: nobody would get it.", "Give pool or percent.")
		}
	case formula.StepEligible:
		c.eligible(path, i, s)
	case formula.StepYears:
		c.countedYears(path, s)
	case formula.StepMeasure:
		c.d.cel.steps[i] = c.expression(path+".value", c.scope.formula, s.Value, cel.IntType)
	case formula.StepWeight:
		if (s.Value == "") == (len(s.Bands) == 0) {
			c.at(path, "A weight is either an expression or bands.", "Give value, or fact and bands.")
			return
		}
		if s.Value != "" {
			c.d.cel.steps[i] = c.expression(path+".value", c.scope.formula, s.Value, cel.IntType)
			return
		}
		c.bands(path, s)
	case formula.StepRate, formula.StepFlat:
		c.parameter(path+".amount", s.Amount, "cents")
	case formula.StepFloor, formula.StepCap:
		c.oneAmount(path, map[string]string{"amount": s.Amount, "percent": s.Percent})
	case formula.StepHoldHarmless:
		c.holdHarmless(path, s)
	case formula.StepRound:
		c.oneOf(path+".to", s.To, []string{formula.RoundToCents, formula.RoundToDollar})
	}
}

// oneAmount wants exactly one of the keys: percent names basis points, the others cents.
func (c *checker) oneAmount(path string, keys map[string]string) {
	given := 0
	for _, key := range sortedKeys(keys) {
		if keys[key] == "" {
			continue
		}
		given++
		kind := "cents"
		if key == "percent" {
			kind = "basis_points"
		}
		c.parameter(path+"."+key, keys[key], kind)
	}
	if given != 1 {
		c.at(path, fmt.Sprintf("The step has %d amounts.", given), "Give exactly one of "+strings.Join(sortedKeys(keys), ", ")+".")
	}
}

// eligible is a condition, a cut, or a number of the first.
func (c *checker) eligible(path string, i int, s formula.Step) {
	cut := s.AtLeast != "" || s.AtMost != ""
	switch {
	case s.When != "" && (s.By != "" || s.Top != "" || cut):
		c.at(path, "The step has a condition and something to compare.", "Give when, or by with top, at_least or at_most.")
	case s.When != "" || s.By == "" && s.Top == "" && !cut:
		c.d.cel.steps[i] = c.expression(path+".when", c.scope.formula, s.When, cel.BoolType)
	case s.Top != "" && cut, s.Top == "" && !cut:
		c.at(path, "Nothing says which values of by are in.", "Give top, or at_least, at_most or both.")
	case s.Top != "":
		c.parameter(path+".top", s.Top, "integer")
		c.oneOf(path+".order", s.Order, []string{formula.OrderHighest, formula.OrderLowest})
		env := c.scope.formula
		if s.Of != "" && c.oneOf(path+".of", s.Of, []string{formula.OfUnit, formula.OfRecipient, formula.OfTotal}) && s.Of == formula.OfRecipient {
			env = c.scope.recipient
		}
		c.d.cel.steps[i] = c.expression(path+".by", env, s.By, cel.IntType)
	default:
		for key, name := range map[string]string{"at_least": s.AtLeast, "at_most": s.AtMost} {
			if name != "" {
				c.numericParameter(path+"."+key, name)
			}
		}
		c.d.cel.steps[i] = c.expression(path+".by", c.scope.formula, s.By, cel.IntType)
	}
	if s.Top == "" && (s.Order != "" || s.Of != "") {
		c.at(path, "order and of belong to top.", "Remove them, or give top.")
	}
}

func (c *checker) numericParameter(path, name string) {
	var names []string
	for _, p := range c.d.Parameters {
		switch p.Type {
		case "cents", "basis_points", "integer", "decimal":
			if p.Name == name {
				return
			}
			names = append(names, p.Name)
		}
	}
	c.at(path, fmt.Sprintf("There is no number %q among the parameters.", name), suggest(name, names))
}

// countedYears counts from a first year of the unit or of the recipient; each reading that can be
// in force needs its fact.
func (c *checker) countedYears(path string, s formula.Step) {
	c.parameter(path+".limit", s.Limit, "integer")
	perUnit, perRecipient := s.Years == formula.PerUnit, s.Years == formula.PerRecipient
	if !perUnit && !perRecipient {
		perUnit, perRecipient = true, true
		if !slices.ContainsFunc(c.d.Parameters, func(p Parameter) bool { return p.Name == s.Years && p.Type == "text" }) {
			c.at(path+".years", fmt.Sprintf("%q is neither per_unit, per_recipient nor a text parameter.", s.Years), suggest(s.Years, []string{formula.PerUnit, formula.PerRecipient}))
		}
	}
	if perUnit || s.UnitFirstYear != "" {
		c.factOf(path+".unit_first_year", s.UnitFirstYear, c.d.UnitKind(), "integer")
	}
	if perRecipient || s.RecipientFirstYear != "" {
		c.factOf(path+".recipient_first_year", s.RecipientFirstYear, c.d.RecipientKind(), "integer")
	}
}

func (c *checker) holdHarmless(path string, s formula.Step) {
	c.factOf(path+".last_year", s.LastYear, c.d.RecipientKind(), "cents")
	if s.AtLeast == "" && s.AtMost == "" {
		c.at(path, "The step limits neither loss nor gain.", "Give at_least, at_most or both: names of basis_points parameters.")
	}
	for key, name := range map[string]string{"at_least": s.AtLeast, "at_most": s.AtMost} {
		if name != "" {
			c.parameter(path+"."+key, name, "basis_points")
		}
	}
}

func (c *checker) factOf(path, name string, of models.OrganizationKind, kind string) {
	var names []string
	for _, f := range c.d.Facts {
		if f.Of != of || f.Type != kind {
			continue
		}
		if f.Name == name {
			return
		}
		names = append(names, f.Name)
	}
	c.at(path, fmt.Sprintf("There is no fact %q of type %s of a %s.", name, kind, of), suggest(name, names))
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
		low = hundredthsOf(fact, fact.Min, low)
	}
	if fact.Max != "" {
		high = hundredthsOf(fact, fact.Max, high)
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

// hundredthsOf reads a limit of a fact; bands of cents are written in dollars.
func hundredthsOf(f Fact, s string, otherwise int64) int64 {
	h, err := models.ParseHundredths(s)
	switch {
	case err != nil:
		return otherwise
	case f.Type == "cents":
		return int64(h) / 100
	}
	return int64(h)
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
		if f.Of != c.d.UnitKind() || f.Type != "decimal" && f.Type != "integer" && f.Type != "cents" {
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
