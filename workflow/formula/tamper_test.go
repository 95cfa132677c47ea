package formula

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"earmark/models"
)

// everyStep has one step of nearly every kind, with limits that bind.
func everyStep() (Formula, Input) {
	f := Formula{Cite: "A law", Recipient: "district", Unit: "school", Pool: "pool", PoolPercent: "part", Steps: []Step{
		{Kind: StepSetAside, Code: "admin", Says: "Administration.", Percent: "admin", Share: ShareHeld},
		{Kind: StepSetAside, Code: "flat", Says: "A tool.", Pool: "flat", Share: ShareEqual},
		{Kind: StepSetAside, Code: "each", Says: "A desk.", Amount: "each", Share: ShareEqual},
		{Kind: StepEligible, Code: "in", Says: "It is in.", When: "unit.in"},
		{Kind: StepYears, Code: "years", Says: "In its first years.", Limit: "years", Years: PerUnit, UnitFirstYear: "first"},
		{Kind: StepEligible, Code: "cut", Says: "The index is low.", By: "unit.index", AtMost: "cut"},
		{Kind: StepEligible, Code: "top", Says: "One of the lowest.", By: "unit.index", Top: "top", Order: OrderLowest},
		{Kind: StepMeasure, Code: "pupils", Says: "Pupils.", Value: "unit.pupils"},
		{Kind: StepWeight, Code: "need", Says: "Need.", Fact: "index", Bands: bands},
		{Kind: StepProrate, Code: "share", Says: "In proportion.", WhenShort: ShortProrate},
		{Kind: StepFloor, Code: "least", Says: "At least.", Amount: "least"},
		{Kind: StepCap, Code: "most", Says: "At most.", Percent: "most"},
		{Kind: StepHoldHarmless, Code: "last", Says: "Near last year.", LastYear: "last", AtLeast: "loss", AtMost: "gain"},
		{Kind: StepRound, Code: "round", Says: "Cents.", To: RoundToCents},
	}}
	in := Input{FiscalYear: 2026, Amounts: map[string]models.Cents{"pool": 2_000_003, "flat": 1000, "each": 50, "least": 10_000},
		Numbers: map[string]int64{"part": 5000, "admin": 500, "years": 3, "cut": 4000, "top": 6, "most": 3500, "loss": 9500, "gain": 11_000}, Parameters: map[string]string{}}
	for name, c := range in.Amounts {
		in.Parameters[name] = fmt.Sprint(int64(c))
	}
	for name, n := range in.Numbers {
		in.Parameters[name] = fmt.Sprint(n)
	}
	school := func(code string, index, pupils, first int64) Unit {
		u := unitOf(code, true, pupils, index)
		u.Facts = append(u.Facts, fact("first", "integer", "", first))
		return u
	}
	in.Recipients = []Recipient{
		{Code: "1", Name: "Large", Facts: []Fact{fact("last", "cents", "", 900_000)}, Units: []Unit{school("a", 1500, 900, 2025), school("b", 2500, 700, 2024)}},
		{Code: "2", Name: "Small", Units: []Unit{school("c", 3100, 3, 2026), school("d", 3600, 40, 2026), school("e", 100, 40, 2020)}},
		{Code: "3", Name: "Falling", Facts: []Fact{fact("last", "cents", "", 300_000)}, Units: []Unit{school("f", 2100, 11, 2026)}},
		{Code: "4", Name: "Free", Units: []Unit{school("g", 3000, 301, 2026)}},
		{Code: "5", Name: "Free too", Facts: []Fact{fact("last", "cents", "", 0)}, Units: []Unit{school("h", 1900, 107, 2026)}},
		{Code: "6", Name: "Out", Units: []Unit{school("i", 5000, 100, 2026)}},
	}
	in.Conditions = looks{f.Steps}
	return f, in
}

func document(t *testing.T, f Formula, in Input) []byte {
	t.Helper()
	out, err := Run(f, in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"run": out})
	if err != nil {
		t.Fatal(err)
	}
	if _, wrong, err := VerifyFile(text); wrong != nil || err != nil {
		t.Fatal(wrong, err)
	}
	return text
}

func parsed(t *testing.T, text []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// numbers calls try with every number of a document, and with every run of digits in its
// texts, changed by one; the document is as before afterwards.
func numbers(at string, v any, set func(any), try func(at string, text bool)) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			numbers(at+"/"+key, v[key], func(x any) { v[key] = x }, try)
		}
	case []any:
		for i := range v {
			numbers(fmt.Sprintf("%s/%d", at, i), v[i], func(x any) { v[i] = x }, try)
		}
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return
		}
		for _, other := range []int64{n + 1, -n - 7} {
			if other != n {
				set(json.Number(fmt.Sprint(other)))
				try(fmt.Sprintf("%s: %d instead of %d", at, other, n), false)
			}
		}
		set(v)
	case string:
		for i := range v {
			if v[i] >= '0' && v[i] <= '9' {
				set(v[:i] + string('0'+(v[i]-'0'+1)%10) + v[i+1:])
				try(at+": "+v, true)
			}
		}
		set(v)
	}
}

// Whatever digit of whatever receipt is changed, the file does not verify any more.
func TestEveryChangedNumberIsFound(t *testing.T) {
	t.Parallel()
	f, in := everyStep()
	doc := parsed(t, document(t, f, in))
	tried := 0
	for i, x := range doc["run"].(map[string]any)["allocations"].([]any) {
		receipt := x.(map[string]any)["receipt"].(map[string]any)
		numbers(fmt.Sprintf("receipt %d", i), receipt, nil, func(at string, _ bool) {
			tried++
			text, err := json.Marshal(receipt) // alone: the hash holds even what only a run could show
			if err != nil {
				t.Fatal(err)
			}
			if _, wrong, err := VerifyFile(text); wrong == nil && err == nil {
				t.Errorf("not found: %s", at)
			}
		})
	}
	if tried < 1500 {
		t.Errorf("only %d numbers were changed", tried)
	}
}

// Even when the hash is made again, the arithmetic of the whole run finds every number.
func TestArithmeticAloneFindsEveryNumber(t *testing.T) {
	t.Parallel()
	f, in := everyStep()
	doc := parsed(t, document(t, f, in))
	run := doc["run"].(map[string]any)
	for i, x := range run["allocations"].([]any) {
		receipt := x.(map[string]any)["receipt"].(map[string]any)
		hash := receipt["hash"]
		numbers(fmt.Sprintf("receipt %d", i), receipt, nil, func(at string, inText bool) {
			if inText {
				return // says what a number says once more, or a name
			}
			receipt["hash"] = canonicalHash(receipt)
			text, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			if _, wrong, err := VerifyFile(text); wrong == nil && err == nil {
				t.Errorf("not found: %s", at)
			} else if slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, "hash is not") }) {
				t.Errorf("found by the hash only: %s", at)
			}
			receipt["hash"] = hash
		})
	}
	for _, key := range []string{"pool_cents", "set_aside_cents", "held_cents", "allocated_cents", "undistributed_cents"} {
		before := run[key]
		run[key] = json.Number("17")
		text, _ := json.Marshal(doc)
		if _, wrong, _ := VerifyFile(text); len(wrong) == 0 {
			t.Errorf("another %s is not found", key)
		}
		run[key] = before
	}
}

func TestAChangedNumberOfARandomProgramIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := someProgram(t)
		out, err := Run(p.f, p.in)
		if err != nil || len(out.Allocations) == 0 {
			return
		}
		r := rapid.SampledFrom(out.Allocations).Draw(t, "receipt").Receipt
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var digits []int
		for i, c := range text {
			if c >= '0' && c <= '9' {
				digits = append(digits, i)
			}
		}
		i := rapid.SampledFrom(digits).Draw(t, "digit")
		was := text[i]
		text[i] = '0' + byte(rapid.IntRange(0, 9).Draw(t, "instead"))
		_, wrong, err := VerifyFile(text)
		if (text[i] == was) != (wrong == nil && err == nil) {
			t.Fatalf("%q for %q: %v %v", text[i], was, wrong, err)
		}
	})
}

func TestWhatIsNoReceiptIsRefused(t *testing.T) {
	t.Parallel()
	f, in := everyStep()
	doc := parsed(t, document(t, f, in))
	receipt := doc["run"].(map[string]any)["allocations"].([]any)[0].(map[string]any)["receipt"].(map[string]any)
	receipt["bonus_cents"] = 1
	text, _ := json.Marshal(receipt)
	if _, wrong, err := VerifyFile(text); err != nil || len(wrong) != 1 || !strings.Contains(wrong[0], "bonus_cents") {
		t.Error("a figure that no receipt has:", wrong, err)
	}
	delete(receipt, "bonus_cents")
	text, _ = json.Marshal(map[string]any{"id": "x", "amount_cents": receipt["amount_cents"], "receipt": receipt})
	if n, wrong, err := VerifyFile(text); n != 1 || wrong != nil || err != nil {
		t.Error("an allocation of the API:", n, wrong, err)
	}
	text, _ = json.Marshal(map[string]any{"id": "x", "amount_cents": 1, "receipt": receipt})
	if _, wrong, err := VerifyFile(text); len(wrong) != 1 || err != nil {
		t.Error("an allocation of another amount:", wrong, err)
	}
	for _, text := range []string{"", "[]", "{}", `{"run": {}}`, `{"run": {"allocations": [{"code": "1"}]}}`, "{} {}", "null"} {
		if _, _, err := VerifyFile([]byte(text)); err == nil {
			t.Errorf("%s: accepted", text)
		}
	}
}

func FuzzVerifyFile(f *testing.F) {
	formula, in := everyStep()
	out, err := Run(formula, in)
	if err != nil {
		f.Fatal(err)
	}
	one, _ := json.Marshal(out.Allocations[0].Receipt)
	f.Add(one)
	f.Add([]byte(`{"exact_cents":"1/0","weighted":"1e9999999","units":null}`))
	f.Add([]byte(`{"run":{"allocations":[{"receipt":{"weighted":"0","weighted_total":"0","units":[{"eligible":true,"measure":1,"weight":" x ","weighted":"1"}]}}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, wrong, err := VerifyFile(text)
		if err == nil && wrong == nil && n == 1 && !bytes.Contains(text, []byte("hash")) {
			t.Fatal("a receipt without a hash is verified")
		}
		if errors.Is(err, models.ErrOverflow) {
			t.Fatal(err)
		}
	})
}
