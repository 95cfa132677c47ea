package determine

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"earmark/models"
	"earmark/workflow/formula"
)

// plain stands in for compiled conditions: "red x" holds when the fact x is red, "long" when
// the indicator was not met for two years.
type plain struct{ same bool }

func (plain) Condition(_ models.OrganizationKind, _, text string) (Condition, error) {
	return func(s *Subject) (bool, string, error) {
		var name, value string
		switch text {
		case "long":
			f := s.Fact("long_years")
			return f != nil && f.Number >= 2, "", nil
		case "not_met":
			name, value = "local", "not_met"
		default:
			name, value = text, "red"
		}
		f := s.Fact(name)
		if f == nil {
			return false, name, nil
		}
		return f.Text == value, "", nil
	}, nil
}
func (plain) Count(c Count) (int, error)      { return strconv.Atoi(string(c)) }
func (p plain) Switch(s Switch) (bool, error) { return s == "true" || s == "same" && p.same, nil }
func text(name, value string) formula.Fact {
	return formula.Fact{Name: name, Type: "text", Text: value}
}
func one(code, when string) Criterion { return Criterion{Code: code, When: when} }
func untitled(string) string          { return "" }
func district(years ...Year) Organization {
	return Organization{Kind: "district", Code: "1", Years: years}
}
func year(facts []formula.Fact, g ...Group) Year { return Year{facts, g} }

var indicators = []string{"a", "b", "c"}

func rules() Rules {
	table := Table{Code: "t", Of: "district", Per: PerGroup, Criteria: []Criterion{one("a", "a"), one("b", "b"), one("c", "c"), one("l", "long")}}
	rule := func(code string, groups *Groups, years *Years) Rule {
		return Rule{Code: code, Of: "district", CriteriaOf: "t", Match: "at_least", AtLeast: "2", Groups: groups, Years: years}
	}
	return Rules{Tables: []Table{table}, Titles: untitled, Facts: untitled,
		Runs:   []Run{{Fact: "long_years", Of: "district", When: "not_met", UpTo: 3}},
		Rules:  []Rule{rule("two", nil, nil), rule("three", &Groups{AtLeast: "3", OrAll: "true", Same: "same"}, &Years{AtLeast: "3", Of: "4"})},
		Levels: []Levels{{Of: "district", Levels: []Level{{Level: 3, When: []string{"three"}}, {Level: 2, When: []string{"two"}}, {Level: 1}}}}}
}

// years draws a district over four years, some of which may be missing.
func years(t *rapid.T) []Year {
	groups := rapid.IntRange(1, 5).Draw(t, "groups")
	out := make([]Year, 6)
	for i := range out {
		if rapid.IntRange(0, 4).Draw(t, "missing") == 0 {
			continue
		}
		out[i].Facts = []formula.Fact{text("local", rapid.SampledFrom([]string{"met", "not_met"}).Draw(t, "local"))}
		for g := range groups {
			made := Group{Code: fmt.Sprintf("g%d", g)}
			for _, name := range indicators {
				made.Facts = append(made.Facts, text(name, rapid.SampledFrom([]string{"red", "red", "green", "none"}).Draw(t, name)))
			}
			out[i].Groups = append(out[i].Groups, made)
		}
	}
	return out
}

func determine(t *rapid.T, same bool, y []Year) Result {
	e, err := New(2021, rules(), plain{same})
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Determine(district(y...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func copied(y []Year) []Year {
	out := slices.Clone(y)
	for i := range out {
		out[i].Facts = slices.Clone(out[i].Facts)
		out[i].Groups = slices.Clone(out[i].Groups)
		for j := range out[i].Groups {
			out[i].Groups[j].Facts = slices.Clone(out[i].Groups[j].Facts)
		}
	}
	return out
}

func TestTheOrderOfGroupsAndFactsNeverMatters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y, same := years(t), rapid.Bool().Draw(t, "same")
		other := copied(y)
		for i := range other {
			other[i].Groups = rapid.Permutation(other[i].Groups).Draw(t, "groups")
			for j := range other[i].Groups {
				other[i].Groups[j].Facts = rapid.Permutation(other[i].Groups[j].Facts).Draw(t, "facts")
			}
		}
		if d := cmp.Diff(determine(t, same, y), determine(t, same, other)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestARedNeverLowersALevel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y, same := years(t), rapid.Bool().Draw(t, "same")
		worse := copied(y)
		for i := range worse {
			for j := range worse[i].Groups {
				for k := range worse[i].Groups[j].Facts {
					if rapid.IntRange(0, 3).Draw(t, "worse") == 0 {
						worse[i].Groups[j].Facts[k].Text = "red"
					}
				}
			}
		}
		before, after := determine(t, same, y), determine(t, same, worse)
		if after.Level.Level < before.Level.Level {
			t.Fatalf("level %d became %d", before.Level.Level, after.Level.Level)
		}
	})
}

func TestAMissingYearNeverHelps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y, same := years(t), rapid.Bool().Draw(t, "same")
		less := copied(y)
		less[rapid.IntRange(0, len(less)-1).Draw(t, "year")] = Year{}
		before, after := determine(t, same, y), determine(t, same, less)
		if after.Level.Level > before.Level.Level {
			t.Fatalf("level %d became %d without a year", before.Level.Level, after.Level.Level)
		}
		if strict := determine(t, true, y); strict.Level.Level > determine(t, false, y).Level.Level {
			t.Fatal("asking for the same groups raised the level")
		}
	})
}

// Every way to match, to leave out and to exclude, over an organization as a whole.
func TestMatchSkipAndExclude(t *testing.T) {
	t.Parallel()
	all := []Criterion{one("a", "a"), {Code: "b", When: "b", SkipWhen: "c"}}
	for _, x := range []struct {
		name  string
		rule  Rule
		facts []formula.Fact
		holds bool
		why   string
	}{
		{"all", Rule{Match: "all", Criteria: all}, []formula.Fact{text("a", "red"), text("b", "red")}, true, "2 criteria are met."},
		{"not all", Rule{Match: "all", Criteria: all}, []formula.Fact{text("a", "red"), text("b", "green")}, false, "1 criterion is met."},
		{"all that apply", Rule{Match: "all", Criteria: all}, []formula.Fact{text("a", "red"), text("c", "red")}, true, "1 criterion is met."},
		{"none applies", Rule{Match: "all", Criteria: all[1:]}, []formula.Fact{text("c", "red")}, false, "0 criteria are met."},
		{"any", Rule{Match: "any", Criteria: all}, []formula.Fact{text("b", "red")}, true, "1 criterion is met."},
		{"counted twice", Rule{Match: "at_least", AtLeast: "2", Criteria: []Criterion{{Code: "a", When: "a", Counts: "2"}}}, []formula.Fact{text("a", "red")}, true, "1 criterion is met."},
		{"excluded", Rule{Match: "any", Criteria: all, Exclude: []Reason{{Code: "x", When: "b", Says: "First."}, {Code: "y", When: "c", Says: "Second."}}},
			[]formula.Fact{text("a", "red"), text("b", "red"), text("c", "red")}, false, "It is left out: First. Second."},
		{"nothing known", Rule{Match: "any", Criteria: all}, nil, false, "Nothing is known of 2021."},
	} {
		x.rule.Code, x.rule.Of = "r", "district"
		e, err := New(2021, Rules{Rules: []Rule{x.rule}, Titles: untitled, Facts: untitled}, plain{})
		if err != nil {
			t.Fatal(x.name, err)
		}
		r, err := e.Determine(district(year(x.facts)))
		if err != nil {
			t.Fatal(x.name, err)
		}
		if d := r.Determinations[0]; d.Holds != x.holds || d.Why != x.why {
			t.Errorf("%s: holds %v, %q", x.name, d.Holds, d.Why)
		}
	}
}

func TestRulesThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for _, r := range []Rule{
		{Match: "at_least", AtLeast: "0"}, {Match: "any", Years: &Years{AtLeast: "3", Of: "2"}}, {Match: "any", Years: &Years{AtLeast: "1", Of: "13"}},
		{Match: "any", Per: PerGroup, Groups: &Groups{AtLeast: "x"}},
	} {
		r.Of, r.Criteria = "district", []Criterion{one("a", "a")}
		if _, err := New(2021, Rules{Rules: []Rule{r}}, plain{}); err == nil {
			t.Errorf("%+v is accepted", r)
		}
	}
}
