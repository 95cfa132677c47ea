package workflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/formula"
)

// caseA is one acceptance case of testdata/cases-a.yaml.
type caseA struct {
	ID        string         `yaml:"id"`
	Where     string         `yaml:"where"`
	Rule      string         `yaml:"rule"`
	Certainty string         `yaml:"certainty"`
	Input     map[string]any `yaml:"input"`
	Expected  map[string]any `yaml:"expected"`
}

func TestCasesOfSection21h(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/cases-a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []caseA
	if err := yaml.UnmarshalWithOptions(text, &cases, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	rules := map[string]func(*testing.T, *programs.Definition, caseA){
		"percent": casePercent, "assignment": caseAssignment, "exit": caseExit, "measure": caseMeasure, "school_year": caseSchoolYear,
		"plan_years": casePlanYears, "benchmark": caseBenchmark, "required_types": caseRequiredTypes, "measures_named": caseMeasuresNamed,
		"line": caseLine, "utilization": caseUtilization, "formula": caseFormula,
	}
	def := michigan(t)
	seen := map[string]bool{}
	for _, c := range cases {
		seen[c.ID[:4]] = true
		if c.Where == "service" {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			run, known := rules[c.Rule]
			if !known || !slices.Contains([]string{"C", "R", "I", "S"}, c.Certainty) {
				t.Fatalf("rule %q, certainty %q", c.Rule, c.Certainty)
			}
			run(t, def, c)
		})
	}
	for n := 1; n <= 36; n++ {
		if id := fmt.Sprintf("A-%02d", n); !seen[id] {
			t.Errorf("%s is missing", id)
		}
	}
}

// read fills a struct strictly from the input or the expectation of a case.
func read(t *testing.T, from map[string]any, into any) {
	t.Helper()
	text, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func casePercent(t *testing.T, _ *programs.Definition, c caseA) {
	var in struct {
		Rows    [][2]int64
		Printed []string
	}
	var want struct {
		Percent  []string
		Mismatch []bool
	}
	read(t, c.Input, &in)
	read(t, c.Expected, &want)
	var got []string
	var wrong []bool
	for i, row := range in.Rows {
		text, _ := Percent(row[0], row[1])
		got = append(got, text)
		if in.Printed != nil {
			_, bad := ProgressRow{Count: row[0], Of: row[1], Printed: in.Printed[i]}.Mismatch()
			wrong = append(wrong, bad)
		}
	}
	same(t, "percent", got, want.Percent)
	same(t, "mismatch", wrong, want.Mismatch)
}

func caseAssignment(t *testing.T, def *programs.Definition, c caseA) {
	var in struct{ Schools []map[string]string }
	var want struct {
		CSI      int `json:"csi_count"`
		Adjusted int `json:"adjusted_csi_count"`
		Office   string
		Removed  [][]string
		Still    string
		Counts   map[string]int
	}
	read(t, c.Input, &in)
	read(t, c.Expected, &want)
	var schools []formula.Unit
	for i, facts := range in.Schools {
		u := formula.Unit{Code: fmt.Sprintf("%05d", i)}
		for name, text := range facts {
			f, err := def.ReadFact(models.KindSchool, name, text, "case")
			if err != nil {
				t.Fatal(err)
			}
			u.Facts = append(u.Facts, f)
		}
		schools = append(schools, u)
	}
	params, err := def.Params(2026, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Assign(def, "1", "District", schools, params)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "counts and office", []any{a.CSICount, a.AdjustedCSICount, a.Office}, []any{want.CSI, want.Adjusted, want.Office})
	if a.Why == "" {
		t.Error("the decision has no reason")
	}
	var removed [][]string
	for _, r := range a.Removed {
		var codes []string
		for _, x := range r.Reasons {
			codes = append(codes, x.Code)
		}
		removed = append(removed, codes)
		if want.Still != "" {
			same(t, "identification", r.Identification, want.Still)
		}
	}
	same(t, "removed", removed, want.Removed)
	if want.Counts != nil {
		same(t, "by identification", a.Counts, want.Counts)
	}
}

func hundredths(t *testing.T, text string) models.Hundredths {
	t.Helper()
	h, err := models.ParseHundredths(text)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func caseExit(t *testing.T, def *programs.Definition, c caseA) {
	var in struct {
		Index, Graduation string
		Math, ELA         []string
	}
	var want struct {
		Exits           bool
		Failed, Skipped []string
	}
	read(t, c.Input, &in)
	read(t, c.Expected, &want)
	facts := ExitFacts{Index: hundredths(t, in.Index), Proficiency: map[string]map[int]models.Hundredths{"math": {}, "ela": {}}}
	if in.Graduation != "" {
		g := hundredths(t, in.Graduation)
		facts.Graduation = &g
	}
	for i, year := range []int{2025, 2027, 2028} {
		facts.Proficiency["math"][year] = hundredths(t, in.Math[i])
		facts.Proficiency["ela"][year] = hundredths(t, in.ELA[i])
	}
	got, err := DecideExit(*def.Accountability, facts)
	if err != nil {
		t.Fatal(err)
	}
	var failed, skipped []string
	for _, k := range got.Criteria {
		switch {
		case k.Skipped:
			skipped = append(skipped, k.Code)
		case !k.Met:
			failed = append(failed, k.Code)
		}
	}
	same(t, "exit", []any{got.Exits, failed, skipped}, []any{want.Exits, want.Failed, want.Skipped})
}

func caseMeasure(t *testing.T, def *programs.Definition, c caseA) {
	var in struct {
		Subtype      string
		Reidentified bool
		MetOf        [][2]int `json:"met_of"`
	}
	var want struct {
		Required       []bool
		MustImpose     bool `json:"must_impose"`
		Reconstitution string
		Latest         string `json:"latest_school_year"`
		Error          string
	}
	read(t, c.Input, &in)
	read(t, c.Expected, &want)
	var required []bool
	for _, x := range in.MetOf {
		outcomes := []Outcome{{Type: "process", Met: true}, {Type: "attendance", Met: true}} // do not count
		for i := range x[1] {
			outcomes = append(outcomes, Outcome{Type: def.Accountability.AcademicTypes[i%3], Met: i < x[0]})
		}
		m, err := DecideMeasure(*def.Accountability, in.Subtype, in.Reidentified, outcomes)
		same(t, "error", models.CodeOf(err), want.Error)
		if err != nil {
			continue
		}
		required = append(required, m.Required)
		same(t, "measure", []any{m.Met, m.Total, m.MustImpose, m.Reconstitution, m.LatestSchoolYear},
			[]any{x[0], x[1], want.MustImpose, want.Reconstitution, want.Latest})
	}
	same(t, "required", required, want.Required)
}

func caseSchoolYear(t *testing.T, def *programs.Definition, c caseA) {
	var in struct{ Ends []int }
	read(t, c.Input, &in)
	accepted(t, c, in.Ends, func(n int) error { return CheckImposition(*def.Accountability, n) })
}

func casePlanYears(t *testing.T, def *programs.Definition, c caseA) {
	var in struct{ Years []int }
	read(t, c.Input, &in)
	accepted(t, c, in.Years, func(n int) error { return CheckPlanYears(*def.Accountability, n) })
}

func accepted(t *testing.T, c caseA, values []int, check func(int) error) {
	t.Helper()
	var want struct{ Accepted []bool }
	read(t, c.Expected, &want)
	var got []bool
	for _, v := range values {
		got = append(got, check(v) == nil)
	}
	same(t, "accepted", got, want.Accepted)
}

func caseBenchmark(t *testing.T, _ *programs.Definition, c caseA) {
	var in struct {
		Baseline       string
		Gains, Entered []string
	}
	var want struct{ Mismatch []string }
	read(t, c.Input, &in)
	read(t, c.Expected, &want)
	var got []string
	for i := range in.Gains {
		got = append(got, BenchmarkMismatch(hundredths(t, in.Baseline), hundredths(t, in.Gains[i]), hundredths(t, in.Entered[i])).String())
	}
	same(t, "mismatch", got, want.Mismatch)
}

func caseRequiredTypes(t *testing.T, def *programs.Definition, c caseA) {
	var in struct {
		Types         []string
		NotApplicable []string `json:"not_applicable"`
	}
	var want struct{ Missing []string }
	read(t, c.Input, &in)
	read(t, c.Expected, &want)
	var have []models.Target
	for _, kind := range in.Types {
		have = append(have, models.Target{TargetType: kind, TargetKind: models.TargetITB}, models.Target{TargetType: kind, TargetKind: models.TargetETO})
	}
	got := []string{}
	for _, m := range MissingTargets(def.Targets, have, in.NotApplicable) {
		if !slices.Contains(got, m.Type) {
			got = append(got, m.Type)
		}
	}
	same(t, "missing", got, want.Missing)
}

func caseMeasuresNamed(t *testing.T, def *programs.Definition, c caseA) {
	var in struct{ Named []int }
	var want struct{ Severity []string }
	read(t, c.Input, &in)
	read(t, c.Expected, &want)
	var got []string
	for _, n := range in.Named {
		severity := ""
		for _, f := range CheckMeasures(*def.Accountability, n) {
			severity = f.Severity
		}
		got = append(got, severity)
	}
	same(t, "severity", got, want.Severity)
}

// goodLine is a line without fault: each case spoils it in one place.
func goodLine() programs.LineView {
	return programs.LineView{Number: 1, UseCategory: "4", FunctionCode: "221", CostKind: "professional_development",
		Description: "Reading cohort for 20 teachers over 2 days", AmountCents: 12_000_00, Costs: []programs.CostView{{ObjectCode: "3120", AmountCents: 12_000_00}},
		StaffCount: 20, RateCents: 300_00, Topic: "Structured literacy", Days: 200, Metric: "NWEA growth", DataSource: "NWEA", PriorFunding: "none",
		HasSchool: true, SchoolIsPartnership: true, Targets: 1, FunctionKnown: true, ObjectsKnown: true, PairsAllowed: true}
}

func caseLine(t *testing.T, def *programs.Definition, c caseA) {
	var in struct{ Set []map[string]any }
	var want struct{ Errors [][]string }
	read(t, c.Input, &in)
	read(t, c.Expected, &want)
	params, err := def.Params(2026, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, set := range in.Set {
		line := goodLine()
		read(t, set, &line)
		got := []string{}
		for _, f := range def.CheckLine(line, params) {
			got = append(got, f.Code)
		}
		same(t, fmt.Sprint(set), got, want.Errors[i])
	}
}

func caseUtilization(t *testing.T, _ *programs.Definition, c caseA) {
	var in struct {
		Allocation models.Cents
		Minimum    models.BasisPoints
		Spent      []models.Cents
	}
	var want struct {
		Rate  []string
		Below []bool
	}
	read(t, c.Input, &in)
	read(t, c.Expected, &want)
	var rates []string
	var below []bool
	for _, spent := range in.Spent {
		rate, _ := models.Rate(spent, in.Allocation)
		rates, below = append(rates, rate.String()), append(below, models.Below(spent, in.Allocation, in.Minimum))
	}
	same(t, "rate", rates, want.Rate)
	same(t, "below", below, want.Below)
}

func caseFormula(t *testing.T, _ *programs.Definition, c caseA) {
	var in struct {
		Pool   int64
		Pupils []int
	}
	var want struct{ Amounts []models.Cents }
	read(t, c.Input, &in)
	read(t, c.Expected, &want)
	text, err := os.ReadFile("../programs/testdata/students-only.yaml")
	if err != nil {
		t.Fatal(err)
	}
	def, err := programs.Parse("students-only.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	facts := EvaluateInput{FiscalYear: 2026, Parameters: map[string]FactText{"pool": FactText(fmt.Sprint(in.Pool))}}
	for i, n := range in.Pupils {
		district := fmt.Sprint(i + 1)
		facts.Organizations = append(facts.Organizations, EvaluateOrganization{Kind: models.KindDistrict, Code: district},
			EvaluateOrganization{Kind: models.KindSchool, Code: "s" + district, Parent: district, Facts: map[string]FactText{"pupils": FactText(fmt.Sprint(n))}})
	}
	out, err := Evaluate(def, facts)
	if err != nil {
		t.Fatal(err)
	}
	var got []models.Cents
	for _, a := range out.Run.Allocations {
		got = append(got, a.AmountCents)
		if err := formula.VerifyReceipt(a.Receipt); err != nil {
			t.Error(err)
		}
	}
	same(t, "amounts", got, want.Amounts)
	same(t, "sum", out.Run.AllocatedCents, models.Cents(in.Pool))
}
