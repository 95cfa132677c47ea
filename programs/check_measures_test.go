package programs

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func raceToTheTop(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("rtt-state-application.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// mistaken changes one place of a definition and looks for the message.
func mistaken(t *testing.T, source, name, old, instead, says string) {
	t.Helper()
	if strings.Count(source, old) < 1 {
		t.Fatalf("%s: %q does not stand in the definition", name, old)
	}
	_, err := Parse("changed.yaml", []byte(strings.Replace(source, old, instead, 1)))
	var wrong Problems
	if !errors.As(err, &wrong) {
		t.Errorf("%s: it is accepted, %v", name, err)
		return
	}
	for _, p := range wrong {
		if strings.Contains(p.String(), says) && p.Line > 1 {
			return
		}
	}
	t.Errorf("%s: nothing says %q: %v", name, says, err)
}

func TestMistakesInMeasures(t *testing.T) {
	t.Parallel()
	text := raceToTheTop(t)
	for _, x := range []struct{ name, old, instead, says string }{
		{"unit", "unit: percent", "unit: per cent", "not known here"},
		{"direction", "direction: up", "direction: upwards", "not known here"},
		{"years", "years: school", "years: lunar", "not known here"},
		{"reporter", "reported_by: recipient", "reported_by: nobody", "not known here"},
		{"never", "never: fall", "never: move", "not known here"},
		{"series", `{year: 2012-13, value: "10"}`, `{year: 2012-13, value: "30"}`, "must never fall, and goes from 30.00 in 2012-13 to 10.00 in 2013-14"},
		{"year", "{year: 2010-11, ", "{year: 2010-12, ", "not a school year"},
		{"two targets", "{year: 2011-12, value: \"0\"}", "{year: 2010-11, value: \"0\"}", "two targets"},
		{"value", `{year: 2015-16, value: "90"}`, `{year: 2015-16, value: "90.005"}`, "two decimals"},
		{"no value", `{year: 2015-16, value: "90"}`, `{year: 2015-16}`, "no value"},
		{"change and value", `value: "64", change: "2"`, `value: "65", change: "2"`, "Baseline and change give 64.00, not 65"},
		{"change of nothing", `{year: 2010-11, value: "0"}`, `{year: 2010-11, change: "1"}`, "no baseline to count from"},
		{"both baselines", `{year: 2008-09, value: "80.09"}`, `{year: 2008-09, value: "80.09", not_collected: why}`, "not both"},
		{"no baseline", "    baseline: {not_collected: Not currently collected by the state}\n", "", "where the measure began"},
		{"denominator", `{number: "82", means`, `{number: "0", means`, "more than zero"},
		{"denominator of a count", "reported_by: office\n    baseline: {not_collected: \"10", "reported_by: office\n    denominator: {number: \"1\"}\n    baseline: {not_collected: \"10", "Only a percentage"},
		{"denominator fact", `{number: "82", means`, `{fact: poor_childern, means`, "no numeric fact"},
		{"two denominators", `{number: "82", means`, `{number: "82", fact: poor_children, means`, "a number or a fact"},
		{"trigger", "        below: \"80\"\n", "", "Nothing sets this off"},
		{"report days", "report_days: 90", "report_days: -1", "cannot be negative"},
	} {
		mistaken(t, text, x.name, x.old, x.instead, x.says)
	}
}

func TestYearsOfMeasures(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]int{"2010-11": 2011, "2011": 2011, "1999-00": 2000, "2010-12": 0, "10-11": 0, "2010-2011": 0, "": 0, "2010-": 0, "1": 0} {
		if got, err := ParseYear(label); got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v", label, got, err)
		}
	}
	m := Measure{}
	if m.YearLabel(2000) != "1999-00" || m.YearLabel(2011) != "2010-11" {
		t.Error(m.YearLabel(2000), m.YearLabel(2011))
	}
}
