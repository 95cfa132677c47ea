package programs

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func competition(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("rtt-state-application.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The rubric as it comes out of the scan: three sums do not hold, each where it is printed.
func TestSumsOfARubricAreCheckedInTheirPlace(t *testing.T) {
	t.Parallel()
	src := competition(t)
	for _, c := range [][2]string{
		{"      title: State success factors\n      points: 125", "      title: State success factors\n      points: 123"},
		{"{code: D2(ii), title: Evaluation systems, points: 15}", "{code: D2(ii), title: Evaluation systems, points: 75}"},
		{"          title: Using data to improve instruction\n          points: 18", "          title: Using data to improve instruction\n          points: 3"},
	} {
		if !strings.Contains(src, c[0]) {
			t.Fatalf("the file has no %q", c[0])
		}
		src = strings.Replace(src, c[0], c[1], 1)
	}
	_, err := Parse("scan.yaml", []byte(src))
	all, _ := ProblemsOf(err)
	lines := strings.Split(src, "\n")
	var got []string
	for _, p := range all {
		got = append(got, strings.TrimSpace(lines[p.Line-1])+" | "+p.Says)
	}
	want := []string{
		"points: 123 | Criterion A has 123 points; its parts add up to 125.",
		"points: 47 | Criterion C has 47 points; its parts add up to 32.",
		"points: 58 | Criterion D2 has 58 points; its parts add up to 118.",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q", got)
	}
}

func TestMistakesInRubricsAndFiguresAreNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, path, says string }{
		{"tie_break: [A1(ii)]", "tie_break: [A1(iv)]", "scoring.tie_break[0]", "There is no criterion"},
		{"tie_break: [A1(ii)]", "tie_break: [P2]", "scoring.tie_break[0]", "There is no criterion"},
		{"combine: mean", "combine: median", "scoring.combine", "not known"},
		{"reviewers: 5", "reviewers: 0", "scoring.reviewers", "at least one reviewer"},
		{"  points: 500", "  points: 0", "scoring.points", "not a number of points"},
		{"  of: agency\n  points", "  of: county\n  points", "scoring.of", "not known"},
		{"{count: 12, each: 2}", "{count: 11, each: 2}", "scoring.criteria[2].criteria[0].elements", "are 22"},
		{"{code: both, points: 10,", "{code: both, points: 9,", "scoring.criteria[4].criteria[0].choices", "its best choice gives 9"},
		{"code: D4(ii)", "code: D4(i)", "scoring.criteria[3].criteria[3].criteria[1].code", "twice"},
		{"percent: 28", "percent: 27", "scoring.criteria[3].percent", "27.6 percent"},
		{"points: 15, percent: 3", "points: 15, percent: 4", "scoring.priorities[1].percent", "4 percent"},
		{"points: 15, percent: 3", "percent: 3", "scoring.priorities[1].points", "Only a competitive priority"},
		{"kind: absolute", "kind: absolut", "scoring.priorities[0].kind", "not known"},
		{"up_to: [5, 14]", "up_to: [14, 5]", "scoring.bands.table[0].up_to", "do not rise"},
		{"up_to: [5, 14]", "up_to: [5]", "scoring.bands.table[0].up_to", "3 bands have 2 ends"},
		{"others: equal_parts", "others: halves", "scoring.bands.others", "not known"},
		{"names: [low, medium, high]", "names: [low]", "scoring.bands.names", "at least two bands"},
		{"bands: [low, medium]", "bands: [low, medum]", "scoring.criteria[1].criteria[0].criteria[0].limits[0].bands[1]", "not known"},
		{"unit.standards_consortium_states <= params.states", "unit.consortium <= params.states", "scoring.criteria[1].criteria[0].criteria[0].limits[0].when", "undefined field"},
		{"title: Linking and reporting data on preparation programs}", "title: Linking, points: 14}", "scoring.criteria[3].criteria[3].points", "cannot be shared"},
		{"      points: 50\n      percent: 10\n", "      points: 50\n      percent: 10\n      choices: [{code: a, points: 50, says: A.}]\n", "scoring.criteria[4]", "not scored itself"},
		{"value: unit.staff * params.rehire_limit / 10000", "value: unit.staf * 2", "figures[4].value", "undefined field"},
		{"value: unit.staff * params.rehire_limit / 10000", "value: unit.staff > 2", "figures[4].value", "must be a int"},
	} {
		src := competition(t)
		if !strings.Contains(src, c.from) {
			t.Errorf("the file has no %q", c.from)
			continue
		}
		_, err := Parse("x.yaml", []byte(strings.Replace(src, c.from, c.to, 1)))
		all, _ := ProblemsOf(err)
		found := false
		for _, p := range all {
			found = found || p.Path == c.path && strings.Contains(p.Says, c.says) && p.Line > 1
		}
		if !found {
			t.Errorf("%q: no %s %q in %v", c.to, c.path, c.says, err)
		}
	}
}
