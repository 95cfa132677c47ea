package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/formula"
)

func michigan(t testing.TB) *programs.Definition {
	t.Helper()
	s, err := programs.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := s.Program("mi-21h")
	if !ok {
		t.Fatal("mi-21h is missing")
	}
	return d
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// The published enrollments with synthetic index values: shares of 6,000,000.00.
func TestGoldenFormulaExample(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../programs/testdata/mi-21h-facts.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in, err := DecodeEvaluateInput(file)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Evaluate(michigan(t), in)
	if err != nil {
		t.Fatal(err)
	}
	if out.Run.AllocatedCents != 613_740_000 || out.Run.SetAsideCents != 13_740_000 {
		t.Fatalf("allocated %s, set aside %s", out.Run.AllocatedCents, out.Run.SetAsideCents)
	}
	want := map[string]models.Cents{"00301": 114_570_552, "00302": 61_459_246, "00501": 81_507_450, "00401": 342_462_752, "00901": 0}
	for _, a := range out.Run.Allocations {
		for _, u := range a.Receipt.Units {
			if u.AmountCents != want[u.Code] {
				t.Errorf("%s: %s, want %s", u.Name, u.AmountCents, want[u.Code])
			}
		}
		text, err := json.Marshal(a.Receipt)
		if err != nil {
			t.Fatal(err)
		}
		var read formula.Receipt
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		if err := formula.VerifyReceipt(read); err != nil {
			t.Errorf("%s: %v", a.Code, err)
		}
	}
	last := out.Run.Allocations[3]
	if last.AmountCents != 0 || last.Receipt.Why == "" {
		t.Errorf("a district without a partnership school: %s, why %q", last.AmountCents, last.Receipt.Why)
	}
	if testing.Verbose() {
		text, _ := json.MarshalIndent(out, "", " ")
		t.Log(string(text))
	}
}

func TestFactsThatCannotBeUsedAreAllNamed(t *testing.T) {
	t.Parallel()
	in, err := DecodeEvaluateInput(strings.NewReader(`{"fiscal_year": 2026, "organizations": [
		{"kind": "district", "code": "1", "name": "A"}, {"kind": "district", "code": "1", "name": "again"}, {"kind": "county", "code": "2", "name": "B"},
		{"kind": "school", "code": "3", "parent": "9", "name": "C"},
		{"kind": "school", "code": "4", "parent": "1", "name": "D", "facts": {"identification": "CSY", "index": 101, "pupil": 5}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Evaluate(michigan(t), in)
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != models.Invalid {
		t.Fatal(err)
	}
	var got []string
	for _, f := range e.Fields {
		got = append(got, f.Pointer)
	}
	same(t, "pointers", got, []string{"/organizations/1/code", "/organizations/2/kind", "/organizations/3/parent", "/organizations/4/facts/identification",
		"/organizations/4/facts/index", "/organizations/4/facts/pupils", "/organizations/4/facts/pupil"})
}

func TestAFileOfFactsIsReadStrictly(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", `{"fiscal_yaer": 2026}`, `{"fiscal_year": "2026"}`, `{"fiscal_year": 2026} {}`,
		`{"organizations": [{"facts": {"index": {"value": 1}}}]}`, `{"organizations": [{"facts": {"index": null}}]}`, `[]`} {
		_, err := DecodeEvaluateInput(strings.NewReader(text))
		if models.KindOf(err) != models.Malformed {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNoParameterNoRun(t *testing.T) {
	t.Parallel()
	_, err := Evaluate(michigan(t), EvaluateInput{FiscalYear: 2040, Organizations: []EvaluateOrganization{{Kind: models.KindDistrict, Code: "1"}}})
	if models.CodeOf(err) != "formula.failed" {
		t.Error("a year without an appropriation:", err)
	}
	_, err = Evaluate(michigan(t), EvaluateInput{FiscalYear: 2026, Parameters: map[string]FactText{"pool": "1"}})
	if models.CodeOf(err) != "parameters.invalid" {
		t.Error("an unknown parameter:", err)
	}
}

func FuzzEvaluate(f *testing.F) {
	example, err := os.ReadFile("../programs/testdata/mi-21h-facts.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	f.Add([]byte(`{"fiscal_year":2026,"parameters":{"appropriation":1},"organizations":[]}`))
	f.Add([]byte(`{"fiscal_year":2026,"organizations":[{"kind":"district","code":"1"},{"kind":"school","code":"2","parent":"1","facts":{"identification":"CSI","index":35.34,"pupils":0}}],"proficiency":[{"school":"2","subject":"ela","year":1,"percent":"x"}]}`))
	def := michigan(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := DecodeEvaluateInput(bytes.NewReader(text))
		if err != nil {
			if models.KindOf(err) != models.Malformed {
				t.Fatal(err)
			}
			return
		}
		out, err := Evaluate(def, in)
		if err != nil {
			if models.KindOf(err) != models.Invalid {
				t.Fatalf("neither a result nor a list of mistakes: %v", err)
			}
			return
		}
		if out.Run == nil { // no recipients
			return
		}
		if out.Run.AllocatedCents+out.Run.UndistributedCents != out.Run.PoolCents {
			t.Fatal("the pool is not conserved")
		}
		for _, a := range out.Run.Allocations {
			if err := formula.VerifyReceipt(a.Receipt); err != nil {
				t.Fatal(a.Code, err)
			}
		}
	})
}
