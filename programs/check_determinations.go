package programs

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"cel.dev/cel-go/cel"

	"earmark/models"
	"earmark/workflow/determine"
)

// The words of determinations.
var (
	perWords   = []string{"", determine.PerGroup}
	matchWords = []string{"all", "any", "at_least"}

	criterionForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_&-]*$`)
)

// factOverYears checks what facts have for determinations.
func (c *checker) factOverYears(path string, f Fact) {
	c.oneOf(path+".per", f.Per, perWords)
	if f.Per != "" && f.Required {
		c.at(path+".required", "An allocation run needs no fact of a group.", "Leave required out.")
	}
	if f.YearsInARow == nil {
		return
	}
	if f.Type != "integer" {
		c.at(path+".type", "A number of years is an integer.", "Give type: integer.")
	}
	if f.Required {
		c.at(path+".required", "A fact that is counted from history is never imported.", "Leave required out.")
	}
	c.years(path+".years_in_a_row.up_to", f.YearsInARow.UpTo)
	c.condition(path+".years_in_a_row.when", f.Of, f.Per, f.YearsInARow.When, false)
}

func (c *checker) years(path string, n int) {
	if n < 1 || n > determine.MaxYears {
		c.at(path, fmt.Sprintf("%d is not a number of years that can be looked at.", n), fmt.Sprintf("Give 1 to %d.", determine.MaxYears))
	}
}

// support checks that a program without money says nothing about money.
func (c *checker) support() {
	if c.d.Kind != "support" {
		return
	}
	d := c.d
	for _, x := range []struct {
		key   string
		given bool
	}{{"formula", len(d.Formula.Steps) > 0}, {"use_categories", len(d.UseCategories) > 0}, {"line_checks", len(d.LineChecks) > 0},
		{"required_lines", len(d.RequiredLines) > 0}, {"windows", len(d.Windows) > 0}, {"approval", len(d.Approval.Steps) > 0},
		{"amendment", d.Amendment.Basis != ""}, {"utilization", d.Utilization.Rate != ""}, {"payments", d.Payments.Kind != ""}} {
		if x.given {
			c.at(x.key, "A program of kind support gives no money: it has no allocations, applications or line items.", "Remove "+x.key+", or give another kind.")
		}
	}
}

func (c *checker) determinations() {
	c.support()
	seen := unique{}
	for i, g := range c.d.Groups {
		path := fmt.Sprintf("groups[%d]", i)
		c.named(path+".code", g.Code, seen)
		c.required(path+".title", g.Title)
	}
	tables := unique{}
	for i, t := range c.d.CriteriaTables {
		path := fmt.Sprintf("criteria_tables[%d]", i)
		c.form(path+".code", t.Code, codeForm, "")
		tables.check(c, path+".code", t.Code)
		c.required(path+".title", t.Title)
		c.oneOf(path+".of", string(t.Of), unitKinds)
		c.oneOf(path+".per", t.Per, perWords)
		c.criteria(path, t.Of, t.Per, t.Criteria)
	}
	rules := unique{}
	for i, r := range c.d.Determinations {
		path := fmt.Sprintf("determinations[%d]", i)
		c.form(path+".code", r.Code, codeForm, "")
		rules.check(c, path+".code", r.Code)
		c.rule(path, r)
	}
	for i, l := range c.d.Levels {
		c.levels(fmt.Sprintf("levels[%d]", i), l)
	}
}

func (c *checker) rule(path string, r determine.Rule) {
	c.required(path+".title", r.Title)
	c.subtypes(path+".subtypes", r.Of, r.Subtypes)
	if !c.oneOf(path+".of", string(r.Of), unitKinds) {
		return
	}
	per := r.Per
	if r.CriteriaOf != "" {
		per = c.shared(path, r)
	} else {
		c.oneOf(path+".per", r.Per, perWords)
		c.criteria(path, r.Of, r.Per, r.Criteria)
	}
	for i, x := range r.Exclude {
		at := fmt.Sprintf("%s.exclude[%d]", path, i)
		c.form(at+".code", x.Code, criterionForm, "")
		c.required(at+".says", x.Says)
		c.condition(at+".when", r.Of, per, x.When, true)
	}
	if c.oneOf(path+".match", r.Match, matchWords) && (r.Match == "at_least") != (r.AtLeast != "") {
		c.at(path+".at_least", "A number belongs to match: at_least, and to nothing else.", "Give both, or neither.")
	}
	c.count(path+".at_least", r.AtLeast, 1)
	if r.Groups != nil {
		if per != determine.PerGroup {
			c.at(path+".groups", "The rule does not look at groups.", "Give per: group, or leave groups out.")
		}
		c.required(path+".groups.at_least", string(r.Groups.AtLeast))
		c.count(path+".groups.at_least", r.Groups.AtLeast, 1)
		c.choice(path+".groups.or_all", r.Groups.OrAll)
		c.choice(path+".groups.same", r.Groups.Same)
		if r.Groups.Same != "" && r.Years == nil {
			c.at(path+".groups.same", "The same groups can only be asked for over years.", "Add years, or leave same out.")
		}
	}
	if r.Years != nil {
		c.span(path+".years", r.Years)
	}
}

// shared checks a rule that takes its criteria from a table, and says what the table is per.
func (c *checker) shared(path string, r determine.Rule) string {
	var codes []string
	for _, t := range c.d.CriteriaTables {
		codes = append(codes, t.Code)
		if t.Code != r.CriteriaOf {
			continue
		}
		if t.Of != r.Of || r.Per != "" && r.Per != t.Per {
			c.at(path+".of", fmt.Sprintf("The criteria %s are not of this kind.", t.Code), "Give the same of and per as the table.")
		}
		if len(r.Criteria) > 0 {
			c.at(path+".criteria", "The criteria come from the table.", "Keep criteria or criteria_of.")
		}
		return t.Per
	}
	c.at(path+".criteria_of", fmt.Sprintf("There is no table of criteria %q.", r.CriteriaOf), suggest(r.CriteriaOf, codes))
	return r.Per
}

func (c *checker) span(path string, y *determine.Years) {
	c.required(path+".at_least", string(y.AtLeast))
	c.required(path+".of", string(y.Of))
	n, fixed := c.count(path+".at_least", y.AtLeast, 1)
	of, known := c.count(path+".of", y.Of, 1)
	if known {
		c.years(path+".of", of)
	}
	if fixed && known && n > of {
		c.at(path+".at_least", fmt.Sprintf("%d of %d years cannot be reached.", n, of), "")
	}
}

func (c *checker) criteria(path string, of models.OrganizationKind, per string, list []determine.Criterion) {
	if len(list) == 0 {
		c.at(path+".criteria", "There is no criterion.", "Name at least one.")
	}
	seen := unique{}
	for i, k := range list {
		at := fmt.Sprintf("%s.criteria[%d]", path, i)
		c.form(at+".code", k.Code, criterionForm, "Use lower case letters, digits, dashes, underscores and &.")
		seen.check(c, at+".code", k.Code)
		c.required(at+".says", k.Says)
		if (k.When != "") == (len(k.Reasons) > 0) {
			c.at(at, "A criterion has one condition, or reasons with one each.", "Give when or reasons.")
		}
		if k.When != "" {
			c.condition(at+".when", of, per, k.When, true)
		}
		if k.SkipWhen != "" {
			c.condition(at+".skip_when", of, per, k.SkipWhen, true)
		}
		c.count(at+".counts", k.Counts, 0)
		c.shows(at+".shows", of, per, k.Shows)
		reasons := unique{}
		for j, r := range k.Reasons {
			inner := fmt.Sprintf("%s.reasons[%d]", at, j)
			c.form(inner+".code", r.Code, criterionForm, "")
			reasons.check(c, inner+".code", r.Code)
			c.required(inner+".says", r.Says)
			c.condition(inner+".when", of, per, r.When, true)
			c.shows(inner+".shows", of, per, r.Shows)
		}
	}
}

// condition compiles a condition over a subject; history says whether it may look at facts
// that are worked out from the years before.
func (c *checker) condition(path string, of models.OrganizationKind, per, text string, history bool) {
	if !slices.Contains(unitKinds, string(of)) || !slices.Contains(perWords, per) {
		return // reported elsewhere
	}
	if text == "" {
		c.at(path, "An expression is missing.", "")
		return
	}
	env, err := c.scope.subject(of, per, history)
	if err != nil {
		c.at(path, "The condition cannot be prepared: "+err.Error()+".", "")
		return
	}
	program, tree, wrong := compileTree(env, text, cel.BoolType)
	for _, m := range wrong {
		line, column := c.inside(path, m.offset)
		c.report(line, column, path, m.says, m.fix)
	}
	if wrong == nil {
		made := looksAt(tree)
		made.program = program
		c.d.cel.subjects[conditionKey{of, per, text}] = made
	}
}

// subject is the environment of a condition over a subject: `unit`, `params` and, where it
// is one of several, `group`.
func (s *scope) subject(of models.OrganizationKind, per string, history bool) (*cel.Env, error) {
	name := subjectType(of, per, history)
	if env, ok := s.subjects[name]; ok {
		return env, nil
	}
	options := []cel.EnvOption{cel.Variable(typeUnit, cel.ObjectType(name))}
	if per == determine.PerGroup {
		options = append(options, cel.Variable("group", cel.StringType))
	}
	env, err := s.base.Extend(options...)
	if err != nil {
		return nil, err
	}
	s.subjects[name] = env
	return env, nil
}

func (c *checker) shows(path string, of models.OrganizationKind, per string, names []string) {
	var known []string
	for _, f := range c.d.Facts {
		if f.Of == of && (f.Per == "" || f.Per == per) {
			known = append(known, f.Name)
		}
	}
	for i, name := range names {
		c.oneOf(fmt.Sprintf("%s[%d]", path, i), name, known)
	}
}

// count checks a whole number of at least low, or the name of an integer parameter. known
// is false when it is a parameter's, or wrong.
func (c *checker) count(path string, n determine.Count, low int) (value int, known bool) {
	if n == "" {
		return 0, false
	}
	value, err := strconv.Atoi(string(n))
	if err != nil {
		c.parameter(path, string(n), "integer")
		return 0, false
	}
	if value < low || value > 1_000 {
		c.at(path, fmt.Sprintf("%d cannot be asked for here.", value), fmt.Sprintf("Give a whole number of at least %d.", low))
		return 0, false
	}
	return value, true
}

func (c *checker) choice(path string, s determine.Switch) {
	if s != "" && s != "true" && s != "false" {
		c.parameter(path, string(s), "boolean")
	}
}

func (c *checker) subtypes(path string, of models.OrganizationKind, list []string) {
	if len(list) > 0 && of != models.KindDistrict {
		c.at(path, "Only a district has a subtype.", "Leave subtypes out.")
		return
	}
	for i, s := range list {
		c.oneOf(fmt.Sprintf("%s[%d]", path, i), s, models.Subtypes)
	}
}

func (c *checker) levels(path string, l determine.Levels) {
	c.oneOf(path+".of", string(l.Of), unitKinds)
	var codes []string
	for _, r := range c.d.Determinations {
		if r.Of == l.Of {
			codes = append(codes, r.Code)
		}
	}
	if len(l.Levels) == 0 {
		c.at(path+".levels", "There is no level.", "Name at least one.")
	}
	seen := unique{}
	for i, v := range l.Levels {
		at := fmt.Sprintf("%s.levels[%d]", path, i)
		seen.check(c, at+".level", fmt.Sprint(v.Level))
		c.required(at+".title", v.Title)
		if v.Level < 1 {
			c.at(at+".level", "Levels are numbered from 1.", "")
		}
		for j, code := range v.When {
			c.oneOf(fmt.Sprintf("%s.when[%d]", at, j), code, codes)
		}
		if len(v.When) == 0 && i < len(l.Levels)-1 {
			c.at(at+".when", "Every organization is of this level, so the next ones are never reached.", "Put the level without determinations last.")
		}
		for j, p := range v.Providers {
			inner := fmt.Sprintf("%s.providers[%d]", at, j)
			c.required(inner+".provider", p.Provider)
			c.subtypes(inner+".subtypes", l.Of, p.Subtypes)
		}
	}
}
