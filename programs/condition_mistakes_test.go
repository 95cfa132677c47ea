package programs

import (
	"os"
	"strings"
	"testing"
)

// What people mistype is answered with the place and with what would be right.
func TestMistypedDefinitions(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ file, name, old, instead, says, fix string }{
		{"mi-21h", "fact", "value: unit.pupils", "value: unit.pupil", "undefined field 'pupil'", "Did you mean pupils?"},
		{"mi-21h", "parameter", "params.", "params.x", "undefined field", "Did you mean capital_threshold?"},
		{"mi-21h", "variable", "when: unit.", "when: unti.", "undeclared reference to 'unti'", "Facts are unit.NAME"},
		{"partnership-zone", "half a condition", "size() <= 2", "size() <=", "Syntax error", "ends too early"},
		{"mi-21h", "text for a number", "require: line.amount_cents > 0", "require: line.amount_cents > '0'", "no matching overload", "one type"},
		{"mi-21h", "no colon", "kind: formula_grant", "kind formula_grant", "not YAML", "indentation"},
		{"rtt-state-application", "comma in braces", "drawdown:", "drawdown:\n  schedule: []\n  release: [{code: a, says: b, cite: Notice, p. 2}]\nx:", "no key \"p. 2\"", "put text with a comma in quotes"},
		{"mi-21h", "a tab", "\n  starts_on:", "\n\tstarts_on:", "a tab stands", "Indent with blanks"},
		{"mi-21h", "a word for true", "ordered: true", "ordered: yes", "neither true nor false", "without quotes"},
		{"mi-21h", "nothing", "version: ", "version: #", "", "text such as"},
		{"mi-21h", "day", "starts_on: 10-01", "starts_on: 10-15", "first day of a month", "MM-01"},
		{"ma-boston-partnership-fund", "number for a name", "top: schools_at_most", "top: 1000", "no parameter", "declare the number"},
		{"ca-differentiated-assistance", "fact of a group", "unit.ela ", "unit.elaa ", "undefined field 'elaa'", "Did you mean ela?"},
		{"ca-differentiated-assistance", "text without quotes", `"red"`, "red", "undeclared reference to 'red'", "quotes"},
		{"partnership-zone", "total", "totals.schools <=", "totals.school <=", "undefined field 'school'", "Did you mean schools?"},
	} {
		text, err := os.ReadFile(x.file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		wrong := strings.Replace(string(text), x.old, x.instead, 1)
		if wrong == string(text) {
			t.Errorf("%s: %q is not in %s", x.name, x.old, x.file)
			continue
		}
		_, err = Parse(x.file+".yaml", []byte(wrong))
		problems, ok := ProblemsOf(err)
		if !ok || !strings.Contains(err.Error(), x.says) || !strings.Contains(err.Error(), x.fix) {
			t.Errorf("%s: %v", x.name, err)
		}
		for _, p := range problems {
			if p.Line < 2 || p.Column < 1 {
				t.Errorf("%s has no place: %s", x.name, p)
			}
		}
	}
}
