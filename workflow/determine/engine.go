package determine

import (
	"cmp"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/workflow/formula"
)

// Engine is rules made ready for one year and its parameters. It may be used by one
// goroutine at a time.
type Engine struct {
	year    int
	rules   []rule
	tables  []table
	runs    []run
	levels  []Levels
	facts   func(string) string
	titles  func(string) string
	history int
}

// rule is a Rule with everything it refers to.
type rule struct {
	Rule
	table   int
	exclude []Condition
	atLeast int
	groups  int
	orAll   bool
	same    bool
	years   int // in at least so many
	of      int // of so many
}

type table struct {
	Table
	criteria []criterion
}

type criterion struct {
	Criterion
	skip    Condition
	reasons []reason
	counts  int
}

type reason struct {
	Reason
	when Condition
}

type run struct {
	Run
	when Condition
}

// New makes rules ready. The error names the rule that cannot be used.
func New(year int, rules Rules, c Conditions) (*Engine, error) {
	e := &Engine{year: year, levels: rules.Levels, facts: rules.Facts, titles: rules.Titles, history: 1}
	for _, t := range rules.Tables {
		if err := e.addTable(t, c); err != nil {
			return nil, err
		}
	}
	longest := 0
	for _, r := range rules.Runs {
		when, err := c.Condition(r.Of, r.Per, r.When)
		if err != nil {
			return nil, fmt.Errorf("fact %s: %w", r.Fact, err)
		}
		e.runs = append(e.runs, run{r, when})
		longest = max(longest, r.UpTo)
	}
	for _, r := range rules.Rules {
		if err := e.addRule(r, c); err != nil {
			return nil, fmt.Errorf("determination %s: %w", r.Code, err)
		}
	}
	e.history += max(longest-1, 0)
	return e, nil
}

// History is how many years, the year itself included, the rules look at.
func (e *Engine) History() int { return e.history }

func (e *Engine) addTable(t Table, c Conditions) error {
	made := table{Table: t}
	for _, k := range t.Criteria {
		x := criterion{Criterion: k, counts: 1}
		var err error
		if k.Counts != "" {
			if x.counts, err = c.Count(k.Counts); err != nil {
				return fmt.Errorf("criterion %s: %w", k.Code, err)
			}
		}
		if k.SkipWhen != "" {
			if x.skip, err = c.Condition(t.Of, t.Per, k.SkipWhen); err != nil {
				return fmt.Errorf("criterion %s: %w", k.Code, err)
			}
		}
		reasons := k.Reasons
		if k.When != "" {
			reasons = []Reason{{When: k.When, Shows: k.Shows}}
		}
		for _, r := range reasons {
			when, err := c.Condition(t.Of, t.Per, r.When)
			if err != nil {
				return fmt.Errorf("criterion %s: %w", k.Code, err)
			}
			x.reasons = append(x.reasons, reason{r, when})
		}
		made.criteria = append(made.criteria, x)
	}
	e.tables = append(e.tables, made)
	return nil
}

func (e *Engine) addRule(r Rule, c Conditions) (err error) {
	x := rule{Rule: r, groups: 1, years: 1, of: 1}
	if r.CriteriaOf != "" {
		x.table = slices.IndexFunc(e.tables, func(t table) bool { return t.Code == r.CriteriaOf })
		x.Per = e.tables[x.table].Per
	} else {
		x.table = len(e.tables)
		if err := e.addTable(Table{Of: r.Of, Per: r.Per, Criteria: r.Criteria}, c); err != nil {
			return err
		}
	}
	for _, out := range r.Exclude {
		when, err := c.Condition(r.Of, x.Per, out.When)
		if err != nil {
			return err
		}
		x.exclude = append(x.exclude, when)
	}
	count := func(into *int, n Count) {
		if err == nil && n != "" {
			*into, err = c.Count(n)
		}
	}
	yes := func(into *bool, s Switch) {
		if err == nil && s != "" {
			*into, err = c.Switch(s)
		}
	}
	count(&x.atLeast, r.AtLeast)
	if r.Groups != nil {
		count(&x.groups, r.Groups.AtLeast)
		yes(&x.orAll, r.Groups.OrAll)
		yes(&x.same, r.Groups.Same)
	}
	if r.Years != nil {
		count(&x.years, r.Years.AtLeast)
		count(&x.of, r.Years.Of)
	}
	if err != nil {
		return err
	}
	if x.groups < 1 || x.years < 1 || x.of < x.years || x.of > MaxYears || r.Match == "at_least" && x.atLeast < 1 {
		return fmt.Errorf("it asks for %d criteria, %d groups, %d of %d years", x.atLeast, x.groups, x.years, x.of)
	}
	e.history = max(e.history, x.of)
	e.rules = append(e.rules, x)
	return nil
}

// MaxYears is the most years that a rule may look at.
const MaxYears = 12

// Determine applies every rule that speaks of the organization, and finds its level.
func (e *Engine) Determine(o Organization) (Result, error) {
	l := look{Engine: e, org: o, out: Result{Code: o.Code, Determinations: []Determination{}}}
	if err := l.prepare(); err != nil {
		return Result{}, fmt.Errorf("%s %s: %w", o.Kind, o.Code, err)
	}
	for i := range e.rules {
		r := &e.rules[i]
		if !r.speaksOf(o) {
			continue
		}
		d, err := l.apply(r)
		if err != nil {
			return Result{}, fmt.Errorf("%s %s, %s: %w", o.Kind, o.Code, r.Code, err)
		}
		l.out.Determinations = append(l.out.Determinations, d)
	}
	l.level()
	return l.out, nil
}

// Kinds are the kinds of organization that the rules speak of.
func (e *Engine) Kinds() []models.OrganizationKind {
	var kinds []models.OrganizationKind
	for _, r := range e.rules {
		if !slices.Contains(kinds, r.Of) {
			kinds = append(kinds, r.Of)
		}
	}
	slices.Sort(kinds)
	return kinds
}

func (r *rule) speaksOf(o Organization) bool {
	return r.Of == o.Kind && (len(r.Subtypes) == 0 || slices.Contains(r.Subtypes, o.Subtype))
}

// look is one organization being looked at.
type look struct {
	*Engine
	org   Organization
	years []seen // the year itself first
	out   Result
}

// seen is one year of the organization, as far as it was looked at.
type seen struct {
	known  bool
	whole  Subject
	groups []Subject
	met    map[int][]counted // by table: groups or, for a table of the organization, one
}

// counted is how many criteria of a table one subject meets, and how many apply to it.
type counted struct{ met, applies, rowsMet int }

// prepare sorts groups by code, so that their order in a file never matters, and works out
// the facts that come from history.
func (l *look) prepare() error {
	n := max(l.history, 1)
	l.years = make([]seen, n)
	for i := range l.years {
		if i >= len(l.org.Years) {
			continue
		}
		y := l.org.Years[i]
		s := &l.years[i]
		s.known = len(y.Facts) > 0 || len(y.Groups) > 0
		s.whole = Subject{shared: y.Facts}
		s.groups = make([]Subject, len(y.Groups))
		for j, g := range y.Groups {
			s.groups[j] = Subject{Group: g.Code, own: g.Facts, shared: y.Facts}
		}
		slices.SortFunc(s.groups, func(a, b Subject) int { return cmp.Compare(a.Group, b.Group) })
	}
	if len(l.runs) == 0 {
		return nil
	}
	return l.work()
}

// work counts the years in a row of every fact that is such a count.
func (l *look) work() error {
	for i := range l.years {
		s := &l.years[i]
		for _, r := range l.runs {
			if r.Of != l.org.Kind || !s.known {
				continue
			}
			if r.Per != PerGroup {
				f, err := l.inARow(r, i, func(y *seen) *Subject { return &y.whole })
				if err != nil {
					return err
				}
				s.whole.runs = append(s.whole.runs, f)
				continue
			}
			for j := range s.groups {
				f, err := l.inARow(r, i, func(y *seen) *Subject { return y.group(s.groups[j].Group) })
				if err != nil {
					return err
				}
				s.groups[j].runs = append(s.groups[j].runs, f)
			}
		}
		for j := range s.groups {
			s.groups[j].runs = append(s.groups[j].runs, s.whole.runs...)
		}
	}
	return nil
}

func (l *look) inARow(r run, from int, subject func(*seen) *Subject) (formula.Fact, error) {
	n := 0
	for ; n < r.UpTo && from+n < len(l.years); n++ {
		s := subject(&l.years[from+n])
		if s == nil || !l.years[from+n].known {
			break
		}
		holds, _, err := r.when(s)
		if err != nil {
			return formula.Fact{}, fmt.Errorf("fact %s: %w", r.Fact, err)
		}
		if !holds {
			break
		}
	}
	return formula.Fact{Name: r.Fact, Type: "integer", Number: int64(n), Text: fmt.Sprint(n), Source: "counted from history"}, nil
}

func (s *seen) group(code string) *Subject {
	i, ok := slices.BinarySearchFunc(s.groups, code, func(g Subject, code string) int { return cmp.Compare(g.Group, code) })
	if !ok {
		return nil
	}
	return &s.groups[i]
}

func (s *seen) subjects(per string) []Subject {
	if per == PerGroup {
		return s.groups
	}
	return []Subject{s.whole}
}
