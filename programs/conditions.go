package programs

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
	"earmark/models"
	"earmark/workflow/formula"
)

// Conditions are CEL: typed, without loops that do not end, without side effects. Numbers
// are 64-bit integers that refuse to overflow; a decimal is a whole number of hundredths,
// so that no rule is ever decided by a float.
const (
	maxCost       = 20_000 // of one evaluation; a school condition costs about 20
	maxExpression = 4_000  // characters
	maxRecursion  = 60
)

// compiled holds the programs of a definition in the order of its lists.
type compiled struct {
	figures []cel.Program // by figure
	count   cel.Program
	remove  []cel.Program
	steps   []cel.Program // by formula step; nil where a step has no expression
	lines   []check
	gate    []check
	prior   [][]cel.Program         // by gate check: what it counts of the year before
	wanted  []cel.Program           // by required line
	records map[string]*recordRules // by record kind

	subjects map[conditionKey]condition // of criteria and determinations

	progress   *compiledProgress
	restricted cel.Program // commitments.lines
	agreement  []check     // by check of the section agreement
}

type check struct{ when, require cel.Program }

// scope is the environment for one kind of condition: `unit`, `line` or `gate`, and `params`.
// A formula speaks of the `unit` and of its `recipient`.
type scope struct {
	base                                 *cel.Env // params and the functions only
	unit, formula, recipient, line, gate *cel.Env
	kinds                                map[models.OrganizationKind]*cel.Env // `unit` of each kind of organization
	subjects                             map[string]*cel.Env                  // `unit` of determinations, by its type, as they are needed
}

func newScope(d *Definition) (scope, error) {
	known, err := newRecords(d)
	if err != nil {
		return scope{}, err
	}
	base, err := cel.NewEnv(
		cel.CustomTypeProvider(known), cel.CustomTypeAdapter(known),
		cel.ParserExpressionSizeLimit(maxExpression), cel.ParserRecursionLimit(maxRecursion),
		cel.Variable("params", cel.ObjectType(typeParams)),
		cel.Function("total", cel.Overload("total_costs", []*cel.Type{cel.ListType(cel.ObjectType(typeCost))}, cel.IntType, cel.UnaryBinding(total))),
		cel.Function("sum", cel.Overload("sum_integers", []*cel.Type{cel.ListType(cel.IntType)}, cel.IntType, cel.UnaryBinding(sum))),
		cel.Function("decimal", cel.Overload("decimal_text", []*cel.Type{cel.StringType}, cel.IntType, cel.UnaryBinding(decimal))),
	)
	if err != nil {
		return scope{}, err
	}
	s := scope{base: base, kinds: map[models.OrganizationKind]*cel.Env{}, subjects: map[string]*cel.Env{}}
	for _, kind := range unitKinds {
		k := models.OrganizationKind(kind)
		if s.kinds[k], err = base.Extend(cel.Variable(typeUnit, cel.ObjectType(d.unitType(k)))); err != nil {
			return scope{}, err
		}
	}
	for _, x := range []struct {
		env  **cel.Env
		name string
	}{{&s.unit, typeUnit}, {&s.line, typeLine}, {&s.gate, typeGate}} {
		if *x.env, err = base.Extend(cel.Variable(x.name, cel.ObjectType(x.name))); err != nil {
			return scope{}, err
		}
	}
	if s.formula, err = s.unit.Extend(cel.Variable(typeRecipient, cel.ObjectType(typeRecipient))); err != nil {
		return scope{}, err
	}
	s.recipient, err = base.Extend(cel.Variable(typeRecipient, cel.ObjectType(typeRecipient)))
	return s, err
}

// decimal reads decimal text as whole hundredths: decimal("35.33") is 3533.
func decimal(v ref.Val) ref.Val {
	h, err := models.ParseHundredths(string(v.(types.String)))
	if err != nil {
		return types.NewErr("%s", err)
	}
	return types.Int(h)
}

// total adds the amounts of costs: CEL itself has no sum.
func total(v ref.Val) ref.Val {
	sum := models.Cents(0)
	for it := v.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		cost, ok := it.Next().Value().(CostView)
		if !ok {
			return types.NewErr("total adds costs only")
		}
		var err error
		if sum, err = sum.Add(models.Cents(cost.AmountCents)); err != nil {
			return types.NewErr("%s", err)
		}
	}
	return types.Int(sum)
}

// mistake is what is wrong with an expression, at a character of its text.
type mistake struct {
	offset int
	says   string
	fix    string
}

// compile checks an expression and makes it ready to run. want is its type.
func compile(env *cel.Env, text string, want *cel.Type) (cel.Program, []mistake) {
	program, _, wrong := compileTree(env, text, want)
	return program, wrong
}

// compileTree is compile with the checked tree.
func compileTree(env *cel.Env, text string, want *cel.Type) (cel.Program, *celast.AST, []mistake) {
	tree, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, nil, fromIssues(env, text, issues)
	}
	if !tree.OutputType().IsExactType(want) {
		return nil, nil, []mistake{{says: fmt.Sprintf("The expression is a %s, it must be a %s.", tree.OutputType(), want)}}
	}
	if wrong := notExact(text, tree.NativeRep()); wrong != nil {
		return nil, nil, wrong
	}
	program, err := env.Program(tree, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return nil, nil, []mistake{{says: err.Error()}}
	}
	return program, tree.NativeRep(), nil
}

// offsetOf turns CEL's line (from 1) and column (from 0) into a character count.
func offsetOf(text string, line, column int) int {
	offset := 0
	for i, row := range strings.Split(text, "\n") {
		if i+1 >= line {
			break
		}
		offset += utf8.RuneCountInString(row) + 1
	}
	return offset + max(column, 0)
}

// notExact refuses floats anywhere in an expression, and decimal texts that are none.
func notExact(text string, tree *celast.AST) (wrong []mistake) {
	place := func(id int64) int {
		at := tree.SourceInfo().GetStartLocation(id)
		return offsetOf(text, at.Line(), at.Column())
	}
	celast.PreOrderVisit(tree.Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if tree.GetType(e.ID()).IsExactType(types.DoubleType) {
			wrong = append(wrong, mistake{offset: place(e.ID()), says: `A number with a decimal point is not exact here: write decimal("35.33").`})
		}
		if e.Kind() != celast.CallKind || e.AsCall().FunctionName() != "decimal" {
			return
		}
		if arg := e.AsCall().Args()[0]; arg.Kind() == celast.LiteralKind && types.IsError(decimal(arg.AsLiteral())) {
			wrong = append(wrong, mistake{offset: place(arg.ID()), says: fmt.Sprintf("%q is not a number with at most two decimals.", arg.AsLiteral().Value())})
		}
	}))
	return wrong
}

// vars are the variables of one evaluation.
type vars struct {
	name   string
	value  any
	params *Params

	recipient *formula.Recipient // of a formula; nil elsewhere
	prior     *PriorView         // of a gate check that looks at the year before
}

// ResolveName and Parent make vars an activation without a map.
func (v *vars) ResolveName(name string) (any, bool) {
	switch name {
	case v.name:
		return v.value, true
	case "params":
		return v.params, true
	case typeRecipient:
		return v.recipient, v.recipient != nil
	case "prior":
		return v.prior, v.prior != nil
	}
	return nil, false
}

// Parent is none.
func (v *vars) Parent() interpreter.Activation { return nil }

func holds(p cel.Program, v *vars) (bool, error) { return holdsFor(p, v) }

func holdsFor(p cel.Program, v interpreter.Activation) (bool, error) {
	out, _, err := p.Eval(v)
	if err != nil {
		return false, err
	}
	return bool(out.(types.Bool)), nil
}

// CheckLine applies every line check and returns everything that is wrong, errors and
// warnings, with pointers relative to the line.
func (d *Definition) CheckLine(line LineView, params Params) []models.FieldError {
	var out []models.FieldError
	v := &vars{name: typeLine, value: &line, params: &params}
	for i, c := range d.LineChecks {
		ok, err := d.cel.lines[i].passes(v)
		if ok {
			continue
		}
		out = append(out, models.FieldError{Pointer: "/" + c.Field, Code: "line." + c.Code,
			Detail: says(c.Says, err), Fix: c.Fix, Severity: c.Severity})
	}
	return out
}

// UseKnown reports whether a code is one of the use categories.
func (d *Definition) UseKnown(code string) bool {
	return slices.ContainsFunc(d.UseCategories, func(u UseCategory) bool { return u.Code == code })
}

// MatchesRequired reports whether a line is one that RequiredLines[i] asks for.
func (d *Definition) MatchesRequired(i int, line LineView, params Params) bool {
	ok, err := holds(d.cel.wanted[i], &vars{name: typeLine, value: &line, params: &params})
	return ok && err == nil
}

// CheckGate applies every condition for submitting and returns everything that fails. prior
// is what PriorOf made of the year before, by the code of the check.
func (d *Definition) CheckGate(gate GateView, prior map[string]PriorView, params Params) []models.FieldError {
	var out []models.FieldError
	for i, c := range d.Gate {
		before := prior[c.Code]
		before.kind = c.Code
		v := &vars{name: typeGate, value: &gate, params: &params, prior: &before}
		ok, err := d.cel.gate[i].passes(v)
		if ok {
			continue
		}
		out = append(out, models.FieldError{Pointer: "/gate/" + c.Code, Code: "gate." + c.Code,
			Detail: says(c.Says, err), Fix: c.Fix, Severity: "error"})
	}
	return out
}

// passes fails closed: a check that cannot be evaluated is not passed.
func (c check) passes(v *vars) (bool, error) {
	if c.when != nil {
		applies, err := holds(c.when, v)
		if err != nil || !applies {
			return err == nil, err
		}
	}
	return holds(c.require, v)
}

func says(text string, err error) string {
	if err != nil {
		return fmt.Sprintf("%s (The check could not be evaluated: %v.)", text, err)
	}
	return text
}

// Conditions are the formula's expressions, compiled, with the parameters of a year.
// They may be used by one goroutine at a time.
func (d *Definition) Conditions(params Params) formula.Conditions {
	return &conditions{d: d, vars: vars{name: typeUnit, params: &params}}
}

type conditions struct {
	d    *Definition
	vars vars
}

// Eligible evaluates the condition of an eligible step.
func (c *conditions) Eligible(step int, recipient *formula.Recipient, unit *formula.Unit) (bool, error) {
	c.vars.value, c.vars.recipient = unit, recipient
	return holds(c.d.cel.steps[step], &c.vars)
}

// Measure evaluates the value of a measure or weight step.
func (c *conditions) Measure(step int, recipient *formula.Recipient, unit *formula.Unit) (int64, error) {
	c.vars.value, c.vars.recipient = unit, recipient
	out, _, err := c.d.cel.steps[step].Eval(&c.vars)
	if err != nil {
		return 0, err
	}
	return int64(out.(types.Int)), nil
}

// Counted evaluates the assignment rule for one unit: whether it is counted, and every
// removal that applies to it.
func (d *Definition) Counted(unit *formula.Unit, params Params) (counted bool, removed []Removal, err error) {
	v := &vars{name: typeUnit, value: unit, params: &params}
	if counted, err = holds(d.cel.count, v); err != nil || !counted {
		return false, nil, err
	}
	for i, r := range d.Assignment.Remove {
		applies, err := holds(d.cel.remove[i], v)
		if err != nil {
			return false, nil, fmt.Errorf("%s: %w", r.Code, err)
		}
		if applies {
			removed = append(removed, r)
		}
	}
	return true, removed, nil
}
