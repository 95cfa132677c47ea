package programs

import (
	"fmt"
	"regexp"
	"slices"

	"cel.dev/cel-go/cel"
	"earmark/workflow/rubric"
)

// rubricForm is how applications name their criteria: A, A1, A1(ii).
var rubricForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9().-]{0,39}$`)

// maxPoints keeps sums of points far from overflow.
const maxPoints = 1_000_000

func (c *checker) scoring() {
	r := c.d.Scoring
	if r == nil {
		return
	}
	before := len(c.problems)
	if !c.oneOf("scoring.of", string(r.Of), unitKinds) {
		return // no condition can be read
	}
	c.oneOf("scoring.combine", r.Combine, []string{"mean", "sum"})
	c.oneOf("scoring.basis", r.Basis, bases)
	c.required("scoring.cite", r.Cite)
	if r.Reviewers < 1 || r.Reviewers > 1000 {
		c.at("scoring.reviewers", "A panel has at least one reviewer.", "")
	}
	c.points("scoring.points", r.Points, 1)
	for i, p := range r.Priorities {
		c.priority(fmt.Sprintf("scoring.priorities[%d]", i), p)
	}
	s := &scoring{limits: map[string][]cel.Program{}}
	seen := unique{}
	c.rubricCriteria("scoring", r.Criteria, seen, s)
	for i, p := range r.Priorities {
		seen.check(c, fmt.Sprintf("scoring.priorities[%d].code", i), p.Code)
	}
	c.bandTable(r.Bands)
	for i, code := range r.TieBreak {
		if !seen[code] || slices.ContainsFunc(r.Priorities, func(p rubric.Priority) bool { return p.Code == code }) {
			c.at(fmt.Sprintf("scoring.tie_break[%d]", i), fmt.Sprintf("There is no criterion %q.", code), suggest(code, sortedKeys(seen)))
		}
	}
	if len(c.problems) > before { // sums of numbers that are wrong say nothing
		return
	}
	tree, faults := rubric.Build(*r)
	for _, f := range faults {
		c.at("scoring."+f.Path, f.Says, f.Fix)
	}
	s.tree = tree
	c.d.scoring = s
}

func (c *checker) points(path string, n, least int64) {
	if n < least || n > maxPoints {
		c.at(path, fmt.Sprintf("%d is not a number of points.", n), fmt.Sprintf("Give a whole number from %d to %d.", least, maxPoints))
	}
}

func (c *checker) priority(path string, p rubric.Priority) {
	c.form(path+".code", p.Code, rubricForm, "Use a short code such as P2.")
	c.required(path+".title", p.Title)
	c.oneOf(path+".kind", p.Kind, []string{rubric.Absolute, rubric.Competitive, rubric.Invitational})
	if (p.Kind == rubric.Competitive) != (p.Points > 0) {
		c.at(path+".points", "Only a competitive priority has points, and it needs them.", "")
	}
	c.points(path+".points", p.Points, 0)
}

// rubricCriteria checks one level of the tree and everything below it.
func (c *checker) rubricCriteria(path string, list []rubric.Criterion, seen unique, s *scoring) {
	if len(list) == 0 {
		c.at(path+".criteria", "Nothing is scored.", "Name at least one criterion.")
	}
	for i, k := range list {
		at := fmt.Sprintf("%s.criteria[%d]", path, i)
		c.form(at+".code", k.Code, rubricForm, "Use the code of the application, such as A1 or A1(ii).")
		seen.check(c, at+".code", k.Code)
		c.required(at+".title", k.Title)
		c.points(at+".points", k.Points, 0)
		if k.Percent < 0 || k.Percent > 100 {
			c.at(at+".percent", fmt.Sprintf("%d is not a part of a hundred.", k.Percent), "")
		}
		if len(k.Criteria) > 0 {
			if k.Elements != nil || len(k.Choices) > 0 || len(k.Limits) > 0 {
				c.at(at, "A criterion that has parts is not scored itself.", "Move elements, choices and limits to its parts.")
			}
			c.rubricCriteria(at, k.Criteria, seen, s)
			continue
		}
		c.leaf(at, k, s)
	}
}

func (c *checker) leaf(at string, k rubric.Criterion, s *scoring) {
	if k.Elements != nil {
		c.points(at+".elements.count", k.Elements.Count, 1)
		c.points(at+".elements.each", k.Elements.Each, 1)
		if len(k.Choices) > 0 {
			c.at(at+".choices", "A criterion is scored by elements or by choices.", "Keep one.")
		}
	}
	seen := unique{}
	for i, x := range k.Choices {
		path := fmt.Sprintf("%s.choices[%d]", at, i)
		c.form(path+".code", x.Code, codeForm, "")
		seen.check(c, path+".code", x.Code)
		c.required(path+".says", x.Says)
		c.points(path+".points", x.Points, 0)
	}
	if len(k.Limits) > 0 && (k.Elements != nil || len(k.Choices) > 0) {
		c.at(at+".limits", "Elements and choices have no bands.", "Leave limits out.")
	}
	for i, l := range k.Limits {
		path := fmt.Sprintf("%s.limits[%d]", at, i)
		c.required(path+".says", l.Says)
		if l.Basis != "" {
			c.oneOf(path+".basis", l.Basis, bases)
		}
		for j, b := range l.Bands {
			c.oneOf(fmt.Sprintf("%s.bands[%d]", path, j), b, c.d.Scoring.Bands.Names)
		}
		s.limits[k.Code] = append(s.limits[k.Code], c.expression(path+".when", c.scope.kinds[c.d.Scoring.Of], l.When, cel.BoolType))
	}
}

func (c *checker) bandTable(b rubric.Bands) {
	if len(b.Names) == 0 && len(b.Table) == 0 {
		return
	}
	seen := unique{}
	for i, name := range b.Names {
		c.form(fmt.Sprintf("scoring.bands.names[%d]", i), name, codeForm, "")
		seen.check(c, fmt.Sprintf("scoring.bands.names[%d]", i), name)
	}
	if len(b.Names) < 2 {
		c.at("scoring.bands.names", "There are at least two bands.", "Name them, the lowest first.")
		return
	}
	c.oneOf("scoring.bands.others", b.Others, []string{"equal_parts", "none"})
	if b.Others == "equal_parts" {
		c.oneOf("scoring.bands.others_basis", b.OthersBasis, bases)
	}
	for _, f := range b.Check() {
		c.at("scoring."+f.Path, f.Says, f.Fix)
	}
}
