package programs

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

func source(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("mi-21h.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func michigan(t testing.TB) *Definition {
	t.Helper()
	d, err := Parse("mi-21h.yaml", []byte(source(t)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheDefinitionsThatComeWithEarmarkLoad(t *testing.T) {
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := s.Program("mi-21h")
	if !ok || d.ChartOfAccounts() == nil || d.Hash == "" || d.Source == "" {
		t.Fatal("mi-21h or its chart is missing")
	}
	if again, err := s.Parse("mi-21h.yaml", []byte(d.Source)); err != nil || again.Hash != d.Hash {
		t.Fatal("a frozen definition does not parse again", err)
	}
}

// Each row changes the definition of Section 21h in one place. The mark ¦ stands where the
// message must point.
func TestEveryMistakeHasItsPlace(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ name, old, new, says, fix string }{
		{"unknown key", "administrator:", "¦administrater:", `no key "administrater"`, "Did you mean administrator?"},
		{"unknown key deep down", "      pool: analytics_set_aside", "      ¦pol: analytics_set_aside", `no key "pol"`, "Did you mean pool?"},
		{"key twice", "kind: formula_grant\n", "kind: formula_grant\n¦kind: support\n", "twice", ""},
		{"number for text of a list", "roles: [pal]\n", "roles: ¦pal\n", "Here belongs a list", ""},
		{"wrong number", "  minimum: 1\n", "  minimum: ¦one\n", "not a whole number", ""},
		{"decimal for a number", "  minimum: 1\n", "  minimum: ¦1.5\n", "not a whole number", ""},
		{"word for a switch", "  ordered: true", "  ordered: ¦maybe", "neither true nor false", ""},
		{"mapping for a text", "title: Section 21h Partnership District Grant", "title: {¦a: b}", "one value", ""},
		{"anchor", "title: Section 21h Partnership District Grant", "title: ¦&x Grant", "anchor", ""},
		{"unknown kind", "kind: formula_grant", "kind: ¦formula_grand", "not known", "formula_grant"},
		{"unknown time zone", "America/Detroit", "¦America/Detriot", "no time zone", ""},
		{"year begins in the middle", "starts_on: 10-01", "starts_on: ¦10-15", "first day of a month", ""},
		{"unknown chart", "chart: michigan-1022", "chart: ¦michigan-1021", "no chart", "michigan-1022"},
		{"parameter value", `value: "13740000"`, `value: ¦"137,400"`, "not a whole number", "cents"},
		{"parameter negative", `value: "13740000"`, `value: ¦"-1"`, "negative", ""},
		{"parameter twice", "name: march_minimum", "name: ¦minimum_utilization", "twice", ""},
		{"parameter basis", "    value: \"8000\"\n    basis: assumption", "    value: \"8000\"\n    basis: ¦guess", "not known", "Known are: law, policy, assumption."},
		{"fact limits", `max: "100000"`, `max: ¦"-5"`, "less than the least", ""},
		{"pool that does not exist", "  pool: appropriation", "  pool: ¦apropriation", "no parameter", "Did you mean appropriation?"},
		{"pool of another type", "  pool: appropriation", "  pool: ¦pace_slack", "type cents", ""},
		{"unknown step", "- step: prorate", "- step: ¦prorated", "not known", "prorate"},
		{"key that a step ignores", "      to: cents", "      to: cents\n      share: ¦equal", "does not read", "to"},
		{"rounding", "      to: cents", "      to: ¦pennies", "not known", ""},
		{"band hole", `{from: "30", up_to: "35.33", weight: "1"}`, `{¦from: "31", up_to: "35.33", weight: "1"}`, "30.00 to below 31.00 have no band", ""},
		{"band overlap", `{from: "30", up_to: "35.33", weight: "1"}`, `{¦from: "29.99", up_to: "35.33", weight: "1"}`, "in two bands", ""},
		{"band open end missing", `{above: "35.33", weight: "0"}`, `{above: "35.33", up_to: "90", weight: "0"}`, "from 90.01 on have no band", ""},
		{"band weight", `below: "20", weight: "1.5"`, `below: "20", weight: ¦"1,5"`, "not a weight", ""},
		{"fact of bands", "fact: index", "fact: ¦indx", "no number", "Did you mean index?"},
		{"condition typo", "value: unit.pupils", "value: unit¦.pupil", "undefined field 'pupil'", ""},
		{"condition syntax", "value: unit.pupils", "value: unit.pupils +¦", "", ""},
		{"condition of the wrong type", "value: unit.pupils", "value: ¦unit.pupils > 5", "must be a int", ""},
		{"condition with a float", "value: unit.pupils", "value: int(¦1.5)", "not exact", ""},
		{"condition in a quoted text", `when: "!(has(unit.virtual) && unit.virtual)"`, `when: "!(has(unit.virtual) && unit¦.virtuall)"`, "undefined field", ""},
		{"condition in a folded text", "        || \"bottom_5\" in unit.reasons", "        || \"bottom_5\" in unit¦.reason", "undefined field", ""},
		{"condition with a bad decimal", "value: unit.pupils", `value: decimal(¦"35,33")`, "at most two decimals", ""},
		{"window backwards", "closes: 2024-10-09", "closes: ¦2024-09-09", "before it opens", ""},
		{"date that does not exist", "closes: 2024-10-09", "closes: ¦2024-09-31", "not a date that exists", ""},
		{"day of leap years", "closes: 02-28", "closes: ¦02-29", "not a day of every year", ""},
		{"unknown role", "roles: [pal]", "roles: [¦pall]", "no role", "Did you mean pal?"},
		{"role that may not decide", "roles: [pal]", "roles: [¦auditor]", "cannot do this", ""},
		{"negative tolerance", "amendment:\n  basis: cell\n  tolerance: {percent_bp: 1000}", "amendment:\n  basis: cell\n  tolerance: {percent_bp: ¦-1}", "negative", ""},
		{"unknown change", "change: new_line", "change: ¦new_lines", "not known", "Did you mean new_line?"},
		{"unknown check", "check: below_minimum", "check: ¦below_minimun", "not known", "Did you mean below_minimum?"},
		{"due date without a rule", "    after: ends_on\n    days: 60 #", "    #", "Nothing says when", ""},
		{"due date with two rules", "    after: ends_on\n    days: 60 #", "    after: ends_on\n    days: 60\n    on: {day: 11-29, year: 1} #", "Two rules", ""},
		{"fraction", "{num: 1, den: 3}", "{¦num: 1, den: 0}", "not a part of a whole", ""},
		{"required target", "  required: [state_academic,", "  required: [¦state_academics,", "no type of target", "state_academic"},
		{"grant code", "grant_codes: [21H1]", "grant_codes: [¦21H]", "four characters", ""},
		{"use category twice", `- code: "2"`, `- code: ¦"1"`, "twice", ""},
		{"line check field", "field: fte", "field: ¦ftes", "not known", "Did you mean fte?"},
		{"yaml", "title: Section", "title: ¦\"Section", "not YAML", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			old := source(t)
			if !strings.Contains(old, x.old) {
				t.Fatalf("the definition no longer says %q", x.old)
			}
			changed := strings.Replace(old, x.old, x.new, 1)
			at := strings.Index(changed, "¦")
			changed = strings.ReplaceAll(changed, "¦", "")
			_, err := Parse("x.yaml", []byte(changed))
			all, ok := ProblemsOf(err)
			if !ok {
				t.Fatalf("accepted, error %v", err)
			}
			for _, p := range all {
				if strings.Contains(p.Says, x.says) && strings.Contains(p.Fix, x.fix) {
					if at >= 0 && x.name != "yaml" {
						wantAt(t, changed, at, p)
					}
					return
				}
			}
			t.Errorf("no message says %q and %q:\n%v", x.says, x.fix, err)
		})
	}
}

func wantAt(t *testing.T, text string, at int, p Problem) {
	t.Helper()
	line := 1 + strings.Count(text[:at], "\n")
	column := 1 + utf8.RuneCountInString(text[strings.LastIndex(text[:at], "\n")+1:at])
	if p.Line != line || p.Column != column {
		t.Errorf("points at %d:%d, want %d:%d (%s)", p.Line, p.Column, line, column, p.Says)
	}
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("kind: formula_grant", "kind: x", "closes: 2024-10-09", "closes: 2024-02-30",
		"fact: index", "fact: none", "check: no_report", "check: nope", "value: unit.pupils", "value: unit.p").Replace(source(t))
	_, err := Parse("x.yaml", []byte(text))
	all, _ := ProblemsOf(err)
	if len(all) < 5 {
		t.Fatalf("%d problems:\n%v", len(all), err)
	}
	for i := 1; i < len(all); i++ {
		if all[i].Line < all[i-1].Line {
			t.Errorf("not in the order of the file:\n%v", err)
		}
	}
}

func TestAnotherFolderAddsPrograms(t *testing.T) {
	t.Parallel()
	other := strings.Replace(source(t), "code: mi-21h", "code: other", 1)
	s, err := Load(fstest.MapFS{"other.yaml": {Data: []byte(other)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Program("other"); !ok || len(s.All()) < 2 {
		t.Error("the program of the folder is missing")
	}
	_, err = Load(fstest.MapFS{"again.yaml": {Data: []byte(source(t))}, "charts/c.yaml": {Data: []byte("code: c\nfunctions:\n  - code: \"1\"\n")}})
	all, _ := ProblemsOf(err)
	if len(all) < 2 || !strings.Contains(err.Error(), "already a program") || !strings.Contains(err.Error(), "c.yaml") {
		t.Errorf("a program twice and a broken chart: %v", err)
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	c := michigan(t).ChartOfAccounts()
	for _, x := range []struct {
		function, object string
		known, allowed   bool
	}{
		{"221", "3120", true, true}, {"125", "1630", true, true}, {"271", "1860", true, true}, {"281", "3450", true, true},
		{"511", "1240", true, false}, {"999", "1240", false, false}, {"111", "9999", false, false}, {"411", "1240", true, false},
	} {
		_, f := c.Function(x.function, 2026)
		_, o := c.Object(x.object, 2026)
		if (f && o) != x.known || c.Allowed(x.function, x.object) != x.allowed {
			t.Errorf("%s %s: known %t, allowed %t", x.function, x.object, f && o, c.Allowed(x.function, x.object))
		}
	}
	dated, err := ParseChart("c.yaml", []byte("code: c\ntitle: t\nsource: s\nfunctions:\n  - {code: \"111\", name: old, until_year: 2025}\n  - {code: \"111\", name: new, from_year: 2026}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := dated.Function("111", 2025); f.Name != "old" {
		t.Error("2025:", f)
	}
	if f, _ := dated.Function("111", 2026); f.Name != "new" {
		t.Error("2026:", f)
	}
	_, err = ParseChart("c.yaml", []byte("code: c\ntitle: t\nsource: s\nfunctions:\n  - {code: \"111\", name: a}\n  - {code: \"111\", name: b, from_year: 2026}\npairs:\n  - functions: {from: \"9\", to: \"1\"}\n    objects: {from: \"1000\", to: \"2000\"}\n"))
	if all, _ := ProblemsOf(err); len(all) != 4 || all[0].Line != 6 {
		t.Errorf("a code twice in one year, a bad range: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(source(f))
	f.Add("code: x\nparameters: [{name: a, type: cents, value: \"1\"}]\n")
	f.Add("a: &b [*b]\n<<: *b\n")
	f.Add("formula: {steps: [{step: weight, bands: [{from: \"\", weight: \"\"}]}]}\n")
	f.Add("gate:\n  - require: >-\n      gate.office\n      == \"x\n")
	f.Add("? a\n: b\n--- \n!!binary |\n x")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse("fuzz.yaml", []byte(text))
		if err == nil {
			if _, err := d.Params(2026, nil); err != nil {
				t.Errorf("accepted, but its parameters do not resolve: %v", err)
			}
			d.CheckLine(LineView{}, Params{})
			return
		}
		all, ok := ProblemsOf(err)
		if !ok || len(all) == 0 {
			t.Fatalf("not a list of problems: %v", err)
		}
		lines := strings.Count(text, "\n") + 1
		for _, p := range all {
			if p.Line < 1 || p.Column < 1 || p.Line > lines+1 || p.Says == "" {
				t.Errorf("no place or no words: %+v", p)
			}
		}
	})
}
