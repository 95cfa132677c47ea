package programs

import (
	"os"
	"strings"
	"testing"
)

func TestMutants(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/examples/new-york-per-pupil.yaml")
	if err != nil {
		t.Fatal(err)
	}
	charts, err := embeddedCharts()
	if err != nil {
		t.Fatal(err)
	}
	mutants := Set{charts: charts}.Mutants("example.yaml", text)
	seen := map[string]bool{}
	for _, m := range mutants {
		seen[m.Path+" "+m.Change] = true
		if m.Definition == nil || m.Definition.Source == string(text) {
			t.Errorf("%s is not changed", m.Path)
		}
		row := strings.Split(string(text), "\n")[m.Line-1]
		was := strings.Trim(strings.SplitN(m.Change, " to ", 2)[0], `"`)
		if !strings.HasPrefix(row[m.Column-1:], was) {
			t.Errorf("%s: %d:%d is not the place of %s", m.Path, m.Line, m.Column, was)
		}
	}
	for _, want := range []string{`parameters[0].value "15000" to "15001"`, `formula.steps[0].when ">=" to ">"`, `windows[1].closes "05" to "06"`,
		`approval.ordered "true" to "false"`, `amendment.tolerance.floor_cents "100000" to "100001"`} {
		if want == `windows[1].closes "05" to "06"` { // June 31 is no day: the check refuses it
			if seen[want] {
				t.Errorf("%s can be opened", want)
			}
			continue
		}
		if !seen[want] {
			t.Errorf("no mutant %s", want)
		}
	}
	for change := range seen {
		if strings.Contains(change, "cite") || strings.Contains(change, "says") || strings.Contains(change, "means") {
			t.Errorf("%s is for people", change)
		}
	}
}
