package programs

import (
	"os"
	"strings"
	"testing"
)

// Every mistake in a formula is found where it stands (¦) and says what would be right.
func TestMistakesInAFormula(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/every-step.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse("every-step.yaml", text); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ name, old, new, says, fix string }{
		{"order", "- {step: eligible, code: in,", "- {step: round, to: cents, code: early, says: x}\n    - {step: ¦eligible, code: in,", "cannot come after", "set_aside; eligible"},
		{"two that share", "- {step: floor,", "- {step: prorate, code: again, says: x}\n    - {step: floor,", "2 steps that share", "exactly one"},
		{"none that shares", "    - {step: prorate, code: share, says: In proportion., when_short: prorate}\n", "", "0 steps that share", ""},
		{"rate without a measure", "step: prorate, code: share, says: In proportion., when_short", "step: rate, amount: each, code: share, says: In proportion., when_short", "nothing is measured", "flat"},
		{"flat with a measure", "step: prorate, code: share, says: In proportion., when_short", "step: flat, amount: each, code: share, says: In proportion., when_short", "the formula measures something", "rate"},
		{"no pool to prorate", "  pool: pool\n", "", `no parameter ""`, ""},
		{"pool percent", "pool_percent: half", "pool_percent: ¦pool", "of type basis_points", ""},
		{"two amounts", "pool: fixed, share: equal", "pool: fixed, percent: part, share: equal", "2 amounts", "exactly one of amount, percent, pool"},
		{"an amount for each that is held", "amount: each, share: equal", "amount: ¦each, share: held", "cannot be held", ""},
		{"share of a set-aside", "pool: fixed, share: equal", "pool: fixed, share: ¦equally", "not known", "equal"},
		{"condition and cut", `when: unit.active}`, `when: unit.active, at_least: cut}`, "a condition and something to compare", ""},
		{"top and cut", "top: top,", "top: top, at_most: cut,", "Nothing says which values", "at_least, at_most or both"},
		{"by alone", "by: unit.index, at_most: cut", "by: unit.index", "Nothing says which values", ""},
		{"top of what", "of: total", "of: ¦totals", "not known", "total"},
		{"top in which order", "order: lowest, of: total", "order: ¦ascending, of: total", "not known", ""},
		{"recipients know no unit", "of: total", "of: recipient", "does not support field selection", ""},
		{"top that is no number", "top: top,", "top: ¦cut,", "of type integer", "top"},
		{"order without top", "by: unit.index, at_most: cut", "by: unit.index, at_most: cut, order: lowest", "belong to top", ""},
		{"cut by a text", "at_most: cut", "at_most: ¦reading", "no number", ""},
		{"years by what", "years: reading", "years: ¦per_school", "neither per_unit, per_recipient", ""},
		{"years of what", "unit_first_year: first", "unit_first_year: ¦firs", "no fact", "first"},
		{"years of a recipient", ", recipient_first_year: zone_first", "", "no fact", ""},
		{"years without a limit", "limit: years,", "limit: ¦yeers,", "of type integer", "years"},
		{"short of nothing", "step: prorate, code: share, says: In proportion., when_short: prorate", "step: prorate, code: share, says: In proportion., when_short: ¦cut", "not known", ""},
		{"short unsaid", ", when_short: prorate}", "}", "Nothing says what happens when the pool is too small", "refuse"},
		{"floor of two", "step: floor, code: least, says: At least., amount: each", "step: floor, code: least, says: At least., amount: each, percent: part", "2 amounts", ""},
		{"floor of rates", "says: At least., amount: each", "says: At least., amount: ¦part", "of type cents", ""},
		{"last year", "last_year: last", "last_year: ¦lastt", "no fact", "last"},
		{"last year without limits", ", at_least: loss, at_most: gain", "", "neither loss nor gain", ""},
		{"gain in cents", "at_most: gain", "at_most: ¦each", "of type basis_points", "gain"},
		{"a key of another step", "says: At most., percent: part", "says: At most., percent: part, top: top", "does not read", "amount, percent"},
		{"recipient's facts", "value: unit.pupils", "value: recipient¦.pupils", "undefined field", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			old := string(text)
			if strings.HasPrefix(x.name, "rate without") {
				old = strings.Replace(old, "    - {step: measure, code: pupils, says: Pupils., value: unit.pupils}\n", "", 1)
			}
			if !strings.Contains(old, x.old) {
				t.Fatalf("the definition does not say %q", x.old)
			}
			changed := strings.Replace(old, x.old, x.new, 1)
			at := strings.Index(changed, "¦")
			changed = strings.ReplaceAll(changed, "¦", "")
			_, err := Parse("x.yaml", []byte(changed))
			all, _ := ProblemsOf(err)
			for _, p := range all {
				if strings.Contains(p.Says, x.says) && strings.Contains(p.Fix, x.fix) {
					if at >= 0 {
						wantAt(t, changed, at, p)
					}
					return
				}
			}
			t.Errorf("no message says %q and %q:\n%v", x.says, x.fix, err)
		})
	}
}

// Without a pool nothing can be a part of one, and nothing can be short.
func TestAFormulaWithoutAPool(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/every-step.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer("  pool: pool\n", "", "step: prorate, code: share", "step: rate, amount: each, code: share").Replace(string(text))
	_, err = Parse("x.yaml", []byte(changed))
	all, _ := ProblemsOf(err)
	got := map[string]bool{}
	for _, p := range all {
		got[p.Path+": "+p.Says] = true
	}
	const part = "There is no pool of which this could be a part."
	for _, want := range []string{"formula.pool_percent: " + part, "formula.steps[0]: " + part, "formula.steps[1]: " + part, "formula.steps[2]: " + part,
		"formula.steps[11]: " + part, "formula.steps[9].when_short: The pool cannot be too small here."} {
		if !got[want] {
			t.Errorf("not said: %s\n%v", want, err)
		}
	}
}
