package determine

import (
	"fmt"
	"slices"
	"strings"
)

// apply decides one rule: the years it looks at, then the year itself in detail.
func (l *look) apply(r *rule) (Determination, error) {
	d := Determination{Code: r.Code, Title: r.Title, Organization: l.org.Code, Cite: r.Cite}
	held := make([][]bool, r.of) // by year and subject
	for i := range held {
		var err error
		if held[i], err = l.inYear(r, i); err != nil {
			return d, err
		}
	}
	met := 0
	for i := range held {
		y := l.yearResult(r, i, held[i])
		if y.Holds {
			met++
		}
		if r.Years != nil {
			d.Years = append(d.Years, y)
		}
	}
	d.Holds = met >= r.years
	if r.same && r.Per == PerGroup && r.of > 1 {
		d.Holds = l.sameGroups(r, held)
	}
	d.Why = l.why(r, met)
	return d, l.detail(r, &d, held[0])
}

// inYear says of every subject of a year whether it meets enough criteria.
func (l *look) inYear(r *rule, year int) ([]bool, error) {
	s := &l.years[year]
	if !s.known {
		return nil, nil
	}
	all, err := l.count(r.table, year)
	if err != nil {
		return nil, err
	}
	subjects := s.subjects(r.Per)
	held := make([]bool, len(subjects))
	for i := range subjects {
		if held[i] = r.enough(all[i]); !held[i] || len(r.exclude) == 0 {
			continue
		}
		out, err := r.excluded(&subjects[i])
		if err != nil {
			return nil, err
		}
		held[i] = len(out) == 0
	}
	return held, nil
}

func (r *rule) enough(c counted) bool {
	switch r.Match {
	case "all":
		return c.applies > 0 && c.rowsMet == c.applies
	case "any":
		return c.rowsMet > 0
	}
	return c.met >= r.atLeast
}

func (r *rule) excluded(s *Subject) ([]ReasonResult, error) {
	var out []ReasonResult
	for i, when := range r.exclude {
		holds, _, err := when(s)
		if err != nil {
			return nil, err
		}
		if holds {
			out = append(out, ReasonResult{r.Exclude[i].Code, r.Exclude[i].Says, r.Exclude[i].Cite})
		}
	}
	return out, nil
}

// count counts the criteria of a table that each subject of a year meets, once.
func (l *look) count(table, year int) ([]counted, error) {
	s := &l.years[year]
	if known, ok := s.met[table]; ok {
		return known, nil
	}
	subjects := s.subjects(l.tables[table].Per)
	out := make([]counted, len(subjects))
	for i := range subjects {
		for k := range l.tables[table].criteria {
			c := &l.tables[table].criteria[k]
			skipped, met, err := c.answer(&subjects[i])
			if err != nil {
				return nil, fmt.Errorf("criterion %s: %w", c.Code, err)
			}
			if !skipped {
				out[i].applies++
			}
			if met {
				out[i].rowsMet++
				out[i].met += c.counts
			}
		}
	}
	if s.met == nil {
		s.met = map[int][]counted{}
	}
	s.met[table] = out
	return out, nil
}

// answer is the short form of explain.
func (c *criterion) answer(s *Subject) (skipped, met bool, err error) {
	if c.skip != nil {
		if skipped, _, err = c.skip(s); skipped || err != nil {
			return skipped, false, err
		}
	}
	for i := range c.reasons {
		if met, _, err = c.reasons[i].when(s); met || err != nil {
			return false, met, err
		}
	}
	return false, false, nil
}

// yearResult says whether enough groups (or the organization) hold in one year.
func (l *look) yearResult(r *rule, year int, held []bool) YearResult {
	out := YearResult{Year: l.year - year, Known: l.years[year].known}
	if r.Per != PerGroup {
		out.Holds = len(held) == 1 && held[0]
		return out
	}
	out.Groups = len(held)
	for i, h := range held {
		if h {
			out.GroupsMet = append(out.GroupsMet, l.years[year].groups[i].Group)
		}
	}
	need := r.need(len(held))
	out.Holds = need > 0 && len(out.GroupsMet) >= need
	return out
}

// need is how many of the groups must hold; 0 when the organization has none.
func (r *rule) need(groups int) int {
	if groups == 0 || r.orAll && groups < r.groups {
		return groups
	}
	return r.groups
}

// sameGroups reports whether there are enough years in each of which the same groups hold.
func (l *look) sameGroups(r *rule, held [][]bool) bool {
	var choose func(from, years int, common map[string]bool, need int) bool
	choose = func(from, years int, common map[string]bool, need int) bool {
		if years == 0 {
			return need > 0 && len(common) >= need
		}
		for i := from; i+years <= len(held); i++ {
			groups := map[string]bool{}
			for j, h := range held[i] {
				code := l.years[i].groups[j].Group
				if h && (common == nil || common[code]) {
					groups[code] = true
				}
			}
			if n := r.need(len(held[i])); n > 0 && len(groups) >= n && choose(i+1, years-1, groups, max(need, n)) {
				return true
			}
		}
		return false
	}
	return choose(0, r.years, nil, 0)
}

// why is the rule in words, with what was found.
func (l *look) why(r *rule, met int) string {
	switch {
	case r.Years != nil && r.same:
		return fmt.Sprintf("It holds in %d of the last %d years; the same groups must meet it in %d.", met, r.of, r.years)
	case r.Years != nil:
		return fmt.Sprintf("It holds in %d of the last %d years; %d are needed.", met, r.of, r.years)
	case !l.years[0].known:
		return fmt.Sprintf("Nothing is known of %d.", l.year)
	}
	return ""
}

// detail explains the year itself: every criterion, with its reasons.
func (l *look) detail(r *rule, d *Determination, held []bool) error {
	if !l.years[0].known {
		return nil
	}
	for i, subjects := 0, l.years[0].subjects(r.Per); i < len(subjects); i++ {
		s := &subjects[i]
		criteria, met, err := l.explain(r.table, s, r.Per != PerGroup)
		if err != nil {
			return err
		}
		out, err := r.excluded(s)
		if err != nil {
			return err
		}
		if r.Per != PerGroup {
			d.Criteria, d.Met, d.Excluded = criteria, met, out
			break
		}
		d.Groups = append(d.Groups, GroupResult{Group: s.Group, Title: l.titles(s.Group), Holds: held[i], Met: met, Criteria: criteria, Excluded: out})
	}
	if d.Why == "" {
		d.Why = l.found(r, d, held)
	}
	return nil
}

// found says what the year itself gave.
func (l *look) found(r *rule, d *Determination, held []bool) string {
	if r.Per != PerGroup {
		if len(d.Excluded) > 0 {
			return "It is left out: " + says(d.Excluded)
		}
		if len(d.Met) == 1 {
			return "1 criterion is met."
		}
		return fmt.Sprintf("%d criteria are met.", len(d.Met))
	}
	met := 0
	for _, h := range held {
		if h {
			met++
		}
	}
	return fmt.Sprintf("%d of %d groups meet it; %d must.", met, len(held), max(r.need(len(held)), 1))
}

func says(reasons []ReasonResult) string {
	words := make([]string, len(reasons))
	for i, r := range reasons {
		words[i] = r.Says
	}
	return strings.Join(words, " ")
}

// explain answers the criteria of a table for one subject in full: all, or those that are
// met.
func (l *look) explain(table int, s *Subject, all bool) (out []CriterionResult, met []string, err error) {
	criteria := l.tables[table].criteria
	out, met = []CriterionResult{}, []string{}
	for k := range criteria {
		c := &criteria[k]
		x := CriterionResult{Code: c.Code, Title: c.Title, Says: c.Says, Cite: c.Cite}
		if c.skip != nil {
			if x.Skipped, _, err = c.skip(s); err != nil {
				return nil, nil, fmt.Errorf("criterion %s: %w", c.Code, err)
			}
		}
		for i := 0; i < len(c.reasons) && !x.Skipped; i++ {
			if err := l.reason(&x, &c.reasons[i], s); err != nil {
				return nil, nil, fmt.Errorf("criterion %s: %w", c.Code, err)
			}
		}
		if x.Met {
			x.Unknown = ""
			met = append(met, c.Code)
		}
		if x.Met || all {
			out = append(out, x)
		}
	}
	return out, met, nil
}

// reason adds one reason of a criterion, when it holds, with the facts it rests on.
func (l *look) reason(x *CriterionResult, r *reason, s *Subject) error {
	holds, unknown, err := r.when(s)
	if err != nil {
		return err
	}
	if !holds {
		if x.Unknown == "" {
			x.Unknown = unknown
		}
		return nil
	}
	x.Met = true
	if r.Code != "" {
		x.Reasons = append(x.Reasons, ReasonResult{r.Code, r.Says, r.Cite})
	}
	for _, name := range r.Shows {
		f := s.Fact(name)
		if f == nil || slices.ContainsFunc(x.Facts, func(y FactShown) bool { return y.Fact == name }) {
			continue
		}
		x.Facts = append(x.Facts, FactShown{name, l.facts(name), f.Text})
	}
	return nil
}

// level finds the first level of which a determination holds.
func (l *look) level() {
	if len(l.out.Determinations) == 0 {
		return
	}
	for _, set := range l.levels {
		if set.Of != l.org.Kind {
			continue
		}
		for _, v := range set.Levels {
			because, ok := l.holds(v.When)
			if !ok {
				continue
			}
			l.out.Level = &LevelResult{Level: v.Level, Title: v.Title, Because: because, Cite: v.Cite}
			for _, p := range v.Providers {
				if len(p.Subtypes) == 0 || slices.Contains(p.Subtypes, l.org.Subtype) {
					l.out.Level.Provider, l.out.Level.Note = p.Provider, p.Note
					break
				}
			}
			return
		}
	}
}

func (l *look) holds(codes []string) (because string, ok bool) {
	for _, d := range l.out.Determinations {
		if d.Holds && slices.Contains(codes, d.Code) {
			return d.Code, true
		}
	}
	return "", len(codes) == 0
}
