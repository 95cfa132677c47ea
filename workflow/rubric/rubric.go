// Package rubric scores applications by a tree of criteria: points, quality bands, the
// votes of a panel, elimination, ranking. Scores are exact fractions. It knows nothing of
// programs, people or storage.
package rubric

import (
	"fmt"
	"math/big"
	"slices"

	"earmark/models"
)

// Rubric is what a competition publishes about scoring.
type Rubric struct {
	Cite       string                  `yaml:"cite"`
	Of         models.OrganizationKind `yaml:"of"`        // who applies: agency, district, school …
	Points     int64                   `yaml:"points"`    // of the whole: criteria and competitive priorities
	Reviewers  int                     `yaml:"reviewers"` // how many submitted sheets a result needs
	Combine    string                  `yaml:"combine"`   // mean, sum: how the sheets of a panel make one score
	Basis      string                  `yaml:"basis"`     // of reviewers and combine: policy, assumption
	TieBreak   []string                `yaml:"tie_break"` // criteria whose scores decide among equal totals, the first one first
	Bands      Bands                   `yaml:"bands"`
	Criteria   []Criterion             `yaml:"criteria"`
	Priorities []Priority              `yaml:"priorities"`
}

// Criterion is one branch or leaf of the tree. Reviewers score leaves. Points may be left
// out: criteria without points share equally what the others leave.
type Criterion struct {
	Code     string      `yaml:"code"` // A1(ii)
	Title    string      `yaml:"title"`
	Points   int64       `yaml:"points"`
	Percent  int64       `yaml:"percent"`  // of the whole as published; 0: not published. First level only
	Elements *Elements   `yaml:"elements"` // a leaf: points for each element that is there
	Choices  []Choice    `yaml:"choices"`  // a leaf: the only scores there are
	Limits   []Limit     `yaml:"limits"`   // a leaf: bands that a condition leaves open
	Cite     string      `yaml:"cite"`
	Criteria []Criterion `yaml:"criteria"`
}

// Elements gives the same points for each of Count elements.
type Elements struct {
	Count int64 `yaml:"count"`
	Each  int64 `yaml:"each"`
}

// Choice is one of the scores of a criterion.
type Choice struct {
	Code   string `yaml:"code"`
	Points int64  `yaml:"points"`
	Says   string `yaml:"says"`
}

// Limit leaves only some bands open. The first limit of a criterion whose condition holds
// decides; no bands at all means no points; when none holds, every score is open.
type Limit struct {
	When  string   `yaml:"when"` // CEL over `unit` (facts of the applicant) and `params`
	Bands []string `yaml:"bands"`
	Says  string   `yaml:"says"`
	Cite  string   `yaml:"cite"`
	Basis string   `yaml:"basis"`
}

// The kinds of priority.
const (
	Absolute     = "absolute"     // not met by the majority of the panel: eliminated
	Competitive  = "competitive"  // all its points when the majority says so, else none
	Invitational = "invitational" // no points
)

// Priority is something that a panel votes on.
type Priority struct {
	Code    string `yaml:"code"`
	Title   string `yaml:"title"`
	Kind    string `yaml:"kind"` // absolute, competitive, invitational
	Points  int64  `yaml:"points"`
	Percent int64  `yaml:"percent"`
	Cite    string `yaml:"cite"`
}

// Node is a criterion in its place, with the points it has in the end.
type Node struct {
	Criterion
	Path   string // criteria[0].criteria[1]
	Top    int    // index of its first-level criterion
	Points int64
}

// Leaf reports whether reviewers score it.
func (n Node) Leaf() bool { return len(n.Criteria) == 0 }

// Tree is a rubric with every criterion by its code.
type Tree struct {
	Rubric
	Nodes []Node // in reading order
	at    map[string]int
}

// Fault is something in a rubric that cannot be meant. Printed and Computed are given for
// sums.
type Fault struct {
	Path     string `json:"-"`
	Code     string `json:"criterion"`
	Printed  int64  `json:"printed"`
	Computed int64  `json:"computed"`
	Says     string `json:"says"`
	Fix      string `json:"-"`
}

// Build gives every criterion its points and checks every sum. A sum that rests on a
// criterion that is wrong itself is not reported again: it says nothing.
func Build(r Rubric) (*Tree, []Fault) {
	t := &Tree{Rubric: r, at: map[string]int{}}
	b := builder{tree: t}
	left := r.Points
	for _, p := range r.Priorities {
		left -= p.Points
	}
	b.children("", Criterion{Criteria: r.Criteria}, left, r.Points-left, -1)
	if b.faults == nil {
		b.percents()
	}
	return t, b.faults
}

// Node finds a criterion by its code.
func (t *Tree) Node(code string) (Node, bool) {
	i, ok := t.at[code]
	if !ok {
		return Node{}, false
	}
	return t.Nodes[i], true
}

// Leaves are the criteria that reviewers score.
func (t *Tree) Leaves() []Node {
	return slices.DeleteFunc(slices.Clone(t.Nodes), func(n Node) bool { return !n.Leaf() })
}

type builder struct {
	tree   *Tree
	faults []Fault
}

func (b *builder) fault(path, code string, printed, computed int64, fix, says string, args ...any) {
	b.faults = append(b.faults, Fault{path, code, printed, computed, fmt.Sprintf(says, args...), fix})
}

// children shares points among the children of a criterion and reports whether anything is
// wrong in it. apart are points of the whole that do not come from children: priorities.
func (b *builder) children(path string, of Criterion, points, apart int64, top int) (bad bool) {
	given, open := int64(0), int64(0)
	for _, c := range of.Criteria {
		given += c.Points
		if c.Points == 0 {
			open++
		}
	}
	each := int64(0)
	if open > 0 {
		each = (points - given) / open
	}
	for i, c := range of.Criteria {
		at := fmt.Sprintf("criteria[%d]", i)
		if path != "" {
			at = path + "." + at
		}
		n := Node{Criterion: c, Path: at, Top: top, Points: c.Points}
		if top < 0 {
			n.Top = i
		}
		if n.Points == 0 {
			n.Points = each
		}
		if _, twice := b.tree.at[c.Code]; !twice {
			b.tree.at[c.Code] = len(b.tree.Nodes)
		}
		b.tree.Nodes = append(b.tree.Nodes, n)
		bad = b.criterion(n) || bad
	}
	if bad || len(of.Criteria) == 0 {
		return bad
	}
	name := "The whole"
	if of.Code != "" {
		name = "Criterion " + of.Code
	}
	at := "points"
	if path != "" {
		at = path + ".points"
	}
	switch sum := given + each*open; {
	case open > 0 && (each <= 0 || sum != points):
		b.fault(at, of.Code, points+apart, sum+apart, "Give the points of each, or points that can be shared.",
			"%s has %d points, of which %d are given; the rest cannot be shared equally, in whole points, among %d criteria.", name, points+apart, given+apart, open)
	case sum != points:
		b.fault(at, of.Code, points+apart, sum+apart, "Correct the one that is wrong.", "%s has %d points; its parts add up to %d.", name, points+apart, sum+apart)
	default:
		return false
	}
	return true
}

// criterion checks one criterion and everything below it.
func (b *builder) criterion(n Node) bool {
	if !n.Leaf() {
		return b.children(n.Path, n.Criterion, n.Points, 0, n.Top)
	}
	if e := n.Elements; e != nil && e.Count*e.Each != n.Points {
		b.fault(n.Path+".elements", n.Code, n.Points, e.Count*e.Each, "Correct count or each.",
			"Criterion %s has %d points; %d elements of %d are %d.", n.Code, n.Points, e.Count, e.Each, e.Count*e.Each)
		return true
	}
	if len(n.Choices) > 0 {
		best := slices.MaxFunc(n.Choices, func(x, y Choice) int { return int(x.Points - y.Points) })
		if best.Points != n.Points {
			b.fault(n.Path+".choices", n.Code, n.Points, best.Points, "", "Criterion %s has %d points; its best choice gives %d.", n.Code, n.Points, best.Points)
			return true
		}
	}
	return false
}

// percents compares published percentages with those that add up to 100.
func (b *builder) percents() {
	r := &b.tree.Rubric
	shares := b.tree.Percents()
	for i, c := range r.Criteria {
		if s := shares[i]; c.Percent != 0 && c.Percent != s.Shown {
			b.fault(fmt.Sprintf("criteria[%d].percent", i), c.Code, c.Percent, s.Shown, "", "%s is %s percent of the whole, shown as %d, not %d.", c.Code, s.Exact, s.Shown, c.Percent)
		}
	}
	for i, p := range r.Priorities {
		if p.Percent == 0 {
			continue
		}
		j := slices.IndexFunc(shares, func(s Share) bool { return s.Code == p.Code })
		if j < 0 || shares[j].Shown != p.Percent {
			b.fault(fmt.Sprintf("priorities[%d].percent", i), p.Code, p.Percent, 0, "", "%d percent is not what %s is of the whole.", p.Percent, p.Code)
		}
	}
}

// Share is a part of the whole in percent: exact to one decimal, and as shown, so that all
// shown parts add up to 100.
type Share struct {
	Code  string `json:"code"`
	Exact string `json:"exact"`
	Shown int64  `json:"shown"`
}

// Percents are the shares of the first level and of the competitive priorities, whole
// numbers by largest remainder.
func (t *Tree) Percents() []Share {
	var out []Share
	var parts []int64
	for _, n := range t.Nodes {
		if n.Path == fmt.Sprintf("criteria[%d]", n.Top) {
			out, parts = append(out, Share{Code: n.Code}), append(parts, n.Points)
		}
	}
	for _, p := range t.Priorities {
		if p.Points > 0 {
			out, parts = append(out, Share{Code: p.Code}), append(parts, p.Points)
		}
	}
	if t.Points <= 0 {
		return out
	}
	left, order := int64(100), make([]int, len(parts))
	for i, n := range parts {
		out[i].Shown, out[i].Exact, order[i] = n*100/t.Points, big.NewRat(n*100, t.Points).FloatString(1), i
		left -= out[i].Shown
	}
	slices.SortStableFunc(order, func(x, y int) int { return int(parts[y]*100%t.Points - parts[x]*100%t.Points) })
	for _, i := range order[:min(max(left, 0), int64(len(order)))] {
		out[i].Shown++
	}
	return out
}

// Reprinted is the rubric with other points for some criteria, as another printing has
// them.
func (t *Tree) Reprinted(points map[string]int64) Rubric {
	r := t.Rubric
	r.Criteria = reprinted(r.Criteria, points)
	return r
}

func reprinted(list []Criterion, points map[string]int64) []Criterion {
	out := slices.Clone(list)
	for i := range out {
		if n, given := points[out[i].Code]; given {
			out[i].Points = n
		}
		out[i].Percent = 0
		out[i].Criteria = reprinted(out[i].Criteria, points)
	}
	return out
}
