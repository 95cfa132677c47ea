package programs

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
)

// conditioned is the definition of Section 21h with one line check that has this condition.
func conditioned(tb testing.TB, expression string) (*Definition, error) {
	tb.Helper()
	const old = "require: size(line.description) >= 10"
	text := source(tb)
	if !strings.Contains(text, old) {
		tb.Fatal("the definition no longer says " + old)
	}
	return Parse("x.yaml", []byte(strings.Replace(text, old, "require: "+strconv.Quote(expression), 1)))
}

// longLine is a line with as much text as the API takes, that fools careless patterns.
var longLine = LineView{Description: strings.Repeat("a", 4000) + "!", Grades: strings.Repeat("x,", 100), Metric: strings.Repeat("é", 2000)}

// judged applies the check of the description to the long line and says what it answered.
func judged(tb testing.TB, d *Definition) string {
	tb.Helper()
	params, err := d.Params(2026, nil)
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range d.CheckLine(longLine, params) {
		if f.Code == "line.description" {
			return f.Detail
		}
	}
	return ""
}

// nested wraps a macro over a list into itself.
func nested(list, macro, inner string, depth int) string {
	for i := range depth {
		inner = list + "." + macro + "(v" + strconv.Itoa(i) + ", " + inner + ")"
	}
	return inner
}

// A hostile condition is refused when it is read, or stops at its cost limit when it is
// used: it never hangs, and it never counts as passed.
func TestHostileConditionsStop(t *testing.T) {
	t.Parallel()
	forty := "[" + strings.TrimSuffix(strings.Repeat("1,", 40), ",") + "]"
	for name, x := range map[string]struct {
		expression string
		refused    string // what the loader says; "" when it reads
		stops      string // what the check says of the line; "" when it passes
	}{
		"loops in loops":            {nested(forty, "all", "true", 8), "", "cost limit"},
		"loops over the line":       {nested("[line.description, line.metric]", "all", "line.description.contains(line.metric)", 10), "", "cost limit"},
		"lists of lists":            {"size(" + nested(forty, "map", "1", 6) + ") > 0", "", "cost limit"},
		"filters in filters":        {nested(forty, "filter", "true", 1) + ".all(x, " + nested(forty, "all", nested(forty, "filter", "true", 1)+".size() > 0", 4) + ")", "", "cost limit"},
		"loops that look for one":   {nested(forty, "exists", "false", 8), "", "cost limit"},
		"text that doubles":         {"size(" + strings.Repeat("(line.description + ", 40) + "line.description" + strings.Repeat(")", 40) + ") > 0", "recursion", ""},
		"text that grows in a loop": {nested(forty, "all", "size(line.description + line.description) > 0", 3), "", "cost limit"},
		"pattern with backtracking": {`line.description.matches("(a+)+$") || ` + nested(forty, "all", `line.description.matches("(a|aa)+$")`, 3), "", "does not say"}, // linear, so it ends
		"pattern that is one":       {`line.description.matches("^(a+)+!$")`, "", ""},
		"pattern that explodes":     {`line.description.matches("((a{900}){900}){900}")`, "invalid repeat count", ""},
		"pattern that is none":      {`line.description.matches("(")`, "missing", ""},
		"pattern made of the line":  {"line.description.matches(line.metric)", "", "cost limit"},
		"long expression":           {strings.Repeat("true && ", 1000) + "true", "size", ""},
		"long list":                 {"1 in [" + strings.Repeat("1,", 3000) + "1]", "size", ""},
		"long text":                 {`line.description == "` + strings.Repeat("x", 5000) + `"`, "size", ""},
		"deep brackets":             {strings.Repeat("(", 500) + "true" + strings.Repeat(")", 500), "recursion", ""},
		"deep conditions":           {strings.Repeat("true ? (", 200) + "true" + strings.Repeat(") : false", 200), "recursion", ""},
		"deep negation":             {strings.Repeat("!(", 300) + "true" + strings.Repeat(")", 300), "recursion", ""},
		"overflow":                  {"9223372036854775807 + size(line.description) > 0", "", "overflow"},
		"division by nothing":       {"1 / (size(line.description) - size(line.description)) == 0", "", "division by zero"},
		"index out of range":        {"[1][size(line.description)] == 1", "", "index out of bounds"},
		"a float":                   {"1.0 / 0.0 > 0.0", "not exact", ""},
		"another type":              {"dyn(line.description) > 5", "", "no such overload"},
		"an honest condition":       {`line.description.matches("a")`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			d, err := conditioned(t, x.expression)
			if err != nil {
				if _, listed := ProblemsOf(err); !listed || x.refused == "" || !strings.Contains(err.Error(), x.refused) {
					t.Fatalf("refused, and the words are not %q: %.300v", x.refused, err)
				}
			} else if got := judged(t, d); x.refused != "" || (got == "") != (x.stops == "") || !strings.Contains(got, x.stops) {
				t.Errorf("want %q refused or %q, got %.300q", x.refused, x.stops, got)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// Any text in the place of a condition is refused with a place, or read and judged in a
// moment. Nothing panics.
func FuzzCondition(f *testing.F) {
	for _, seed := range []string{
		`size(line.description) >= 10`, `has(line.x)`, `line.costs.all(c, c.amount_cents > 0)`, `total(line.costs) == line.amount_cents`, `decimal("35.33") > 1`,
		nested("[1,2,3,4,5,6,7,8]", "all", "true", 7), nested("[1,2,3]", "map", "v0", 5), "[[1],[2]].exists(a, a.exists_one(b, b > 1))",
		`line.description.matches("(a+)+$")`, `line.description.matches(line.metric)`, `"` + strings.Repeat("x", 3000) + `" == line.topic`,
		"[" + strings.Repeat("1,", 1500) + "1].size() > 0", strings.Repeat("(", 59) + "true" + strings.Repeat(")", 59), `{"a": {"b": [1]}}.a.b[0] == 1`,
		`params.appropriation > 0 ? true : 1/0 == 1`, `timestamp("2026-01-01T00:00:00Z") < timestamp("x")`, `b"\xff" == b"a"`, `type(line) == type(1)`, "line",
		`"\u0000\U0010ffff".size() > 0`, "true // x", "1e999 > 0.0", "dyn(1) == dyn([1])", "google.protobuf.Timestamp{seconds: 1} == timestamp(0)",
	} {
		f.Add(seed)
	}
	d := michigan(f)
	envs, err := newScope(d)
	if err != nil {
		f.Fatal(err)
	}
	params, err := d.Params(2026, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		start := time.Now()
		program, wrong := compile(envs.line, expression, cel.BoolType)
		for _, m := range wrong {
			if m.says == "" || m.offset < 0 {
				t.Errorf("no place or no words: %+v", m)
			}
		}
		if program == nil {
			if wrong == nil {
				t.Error("neither a condition nor a mistake")
			}
			return
		}
		_, _ = check{require: program}.passes(&vars{name: typeLine, value: &longLine, params: &params})
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%q took %s", expression, took)
		}
	})
}

// A definition that was cut, doubled and written over somewhere is refused with places, or
// is a definition that works.
func FuzzMutatedDefinition(f *testing.F) {
	text := source(f)
	for _, seed := range []struct {
		at, cut int
		insert  string
	}{{0, 0, ""}, {100, 50, ""}, {2000, 3, "[["}, {5000, 0, "\n  - step: prorate\n"}, {7000, 40, "&a *a"}, {9000, 1, "\t"}, {12000, 2000, ": :"}, {300, 0, "\x00"},
		{6000, 20, "value: unit.pupils"}, {6000, 0, strings.Repeat("- ", 200)}, {1, 1 << 20, "{"}} {
		f.Add(seed.at, seed.cut, seed.insert)
	}
	f.Fuzz(func(t *testing.T, at, cut int, insert string) {
		if len(insert) > 5_000 {
			return
		}
		at = max(0, at) % len(text)
		end := min(len(text), at+min(max(0, cut), len(text)))
		d, err := Parse("fuzz.yaml", []byte(text[:at]+insert+text[end:]))
		if err != nil {
			all, listed := ProblemsOf(err)
			if !listed || len(all) == 0 {
				t.Fatalf("not a list of problems: %v", err)
			}
			for _, p := range all {
				if p.Line < 1 || p.Column < 1 || p.Says == "" {
					t.Errorf("no place or no words: %+v", p)
				}
			}
			return
		}
		params, err := d.Params(2026, nil)
		if err != nil {
			t.Fatalf("accepted, but its parameters do not resolve: %v", err)
		}
		d.CheckLine(longLine, params)
		d.CheckGate(GateView{}, nil, params)
		for i := range d.RequiredLines {
			d.MatchesRequired(i, longLine, params)
		}
	})
}
