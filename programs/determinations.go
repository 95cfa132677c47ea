package programs

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/interpreter"

	"earmark/models"
	"earmark/workflow/determine"
)

// Group is a part of an organization that facts may be given for, such as a student group.
type Group struct {
	Code  string `yaml:"code"`
	Title string `yaml:"title"`
	Cite  string `yaml:"cite"`
}

// GroupTitle is a group in words; its code when the definition does not know it.
func (d *Definition) GroupTitle(code string) string {
	for _, g := range d.Groups {
		if g.Code == code {
			return g.Title
		}
	}
	return code
}

// FactTitle is a fact in words; its name when the definition gives none.
func (d *Definition) FactTitle(name string) string {
	for _, f := range d.Facts {
		if f.Name == name && f.Title != "" {
			return f.Title
		}
	}
	return name
}

// DeterminationRules are the rules with the facts that are worked out from history.
func (d *Definition) DeterminationRules() determine.Rules {
	rules := determine.Rules{Rules: d.Determinations, Tables: d.CriteriaTables, Levels: d.Levels, Titles: d.GroupTitle, Facts: d.FactTitle}
	for _, f := range d.Facts {
		if f.YearsInARow != nil {
			rules.Runs = append(rules.Runs, f.run())
		}
	}
	return rules
}

func (f *Fact) run() determine.Run {
	return determine.Run{Fact: f.Name, Of: f.Of, Per: f.Per, When: f.YearsInARow.When, UpTo: f.YearsInARow.UpTo}
}

// Determiner makes the determinations of a program ready for the facts of a year. It may be
// used by one goroutine at a time.
func (d *Definition) Determiner(params Params, year int) (*determine.Engine, error) {
	e, err := determine.New(year, d.DeterminationRules(), &determiner{d, params})
	if err != nil {
		return nil, models.Fail(models.Invalid, "determination.rule", "The determinations of %s cannot be made with the parameters of this year: %s.", d.Code, err)
	}
	return e, nil
}

// determiner gives the engine what a definition has compiled.
type determiner struct {
	d      *Definition
	params Params
}

// conditionKey identifies a compiled condition over a subject.
type conditionKey struct {
	of   models.OrganizationKind
	per  string
	text string
}

// condition is a compiled condition with what it looks at.
type condition struct {
	program cel.Program
	facts   []string
	group   bool
	opaque  bool // it may look at more than is listed
}

// Condition makes a compiled condition answer. Its answer depends only on the facts that
// it names, so that it is worked out once for each combination of their values.
func (x *determiner) Condition(of models.OrganizationKind, per, text string) (determine.Condition, error) {
	c, ok := x.d.cel.subjects[conditionKey{of, per, text}]
	if !ok {
		return nil, fmt.Errorf("the condition %q was not compiled", text)
	}
	v := &subjectVars{params: &x.params}
	answer := func(s *determine.Subject) (bool, string, error) {
		v.subject = s
		holds, err := holdsFor(c.program, v)
		var missing *unknownFact
		if errors.As(err, &missing) {
			return false, missing.name, nil
		}
		return holds, "", err
	}
	if c.opaque {
		return answer, nil
	}
	return remembered(c, answer), nil
}

const maxRemembered = 10_000 // combinations of values, of one condition

func remembered(c condition, answer determine.Condition) determine.Condition {
	type outcome struct {
		holds   bool
		unknown string
	}
	known := map[string]outcome{}
	var key []byte
	return func(s *determine.Subject) (bool, string, error) {
		key = key[:0]
		if c.group {
			key = append(append(key, s.Group...), 0)
		}
		for _, name := range c.facts {
			if f := s.Fact(name); f != nil {
				key = append(append(key, 1), f.Text...)
			}
			key = append(key, 0)
		}
		if o, ok := known[string(key)]; ok {
			return o.holds, o.unknown, nil
		}
		holds, unknown, err := answer(s)
		if err == nil {
			if len(known) >= maxRemembered {
				clear(known)
			}
			known[string(key)] = outcome{holds, unknown}
		}
		return holds, unknown, err
	}
}

// Count reads a whole number, or the integer parameter of that name.
func (x *determiner) Count(c determine.Count) (int, error) {
	if n, err := strconv.Atoi(string(c)); err == nil {
		return n, nil
	}
	p, ok := x.params.byName[string(c)]
	if !ok || p.Type != "integer" {
		return 0, fmt.Errorf("there is no whole number %q in %d", c, x.params.FiscalYear)
	}
	if p.number < 0 || p.number > 1_000 {
		return 0, fmt.Errorf("%s of %s is out of range", p.Text, c)
	}
	return int(p.number), nil
}

// Switch reads true, false, or the boolean parameter of that name.
func (x *determiner) Switch(s determine.Switch) (bool, error) {
	if s == "true" || s == "false" {
		return s == "true", nil
	}
	p, ok := x.params.byName[string(s)]
	if !ok || p.Type != "boolean" {
		return false, fmt.Errorf("there is no choice %q in %d", s, x.params.FiscalYear)
	}
	return p.number == 1, nil
}

// subjectVars are the variables of a condition over a subject.
type subjectVars struct {
	subject *determine.Subject
	params  *Params
}

// ResolveName makes subjectVars an activation without a map.
func (v *subjectVars) ResolveName(name string) (any, bool) {
	switch name {
	case typeUnit:
		return v.subject, true
	case "group":
		return v.subject.Group, true
	case "params":
		return v.params, true
	}
	return nil, false
}

// Parent is none.
func (v *subjectVars) Parent() interpreter.Activation { return nil }

// looksAt lists the facts that a condition names, and whether it asks for the group.
func looksAt(tree *celast.AST) (c condition) {
	selected := 0
	celast.PreOrderVisit(tree.Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		switch e.Kind() {
		case celast.SelectKind:
			if on := e.AsSelect().Operand(); on.Kind() == celast.IdentKind && on.AsIdent() == typeUnit {
				selected++
				if name := e.AsSelect().FieldName(); !slices.Contains(c.facts, name) {
					c.facts = append(c.facts, name)
				}
			}
		case celast.IdentKind:
			switch e.AsIdent() {
			case typeUnit:
				selected--
			case "group":
				c.group = true
			}
		}
	}))
	c.opaque = selected != 0
	return c
}
