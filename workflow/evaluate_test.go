package workflow

import (
	"encoding/json"
	"os"
	"testing"

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
		if err := formula.VerifyReceipt(michigan(t).Formula, read); err != nil {
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
