package formula

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"earmark/models"
)

// plain stands in for the compiled conditions: eligible when the fact in is true, measured
// by the fact pupils.
type plain struct{}

func (plain) Eligible(_ int, _ *Recipient, u *Unit) (bool, error) {
	return u.Fact("in").Number == 1, nil
}
func (plain) Measure(_ int, _ *Recipient, u *Unit) (int64, error) {
	return u.Fact("pupils").Number, nil
}

var bands = []Band{{Below: "20", Weight: "1.5"}, {From: "20", Below: "30", Weight: "1.25"},
	{From: "30", UpTo: "35.33", Weight: "1"}, {Above: "35.33", Weight: "0"}}

func pupilsByNeed(to string) Formula {
	return Formula{Recipient: "district", Unit: "school", Pool: "pool", Steps: []Step{
		{Kind: "set_aside", Code: "flat", Pool: "flat", Share: "equal"},
		{Kind: "eligible", Code: "in", When: "-", Says: "It is in."},
		{Kind: "measure", Code: "pupils", Value: "-"},
		{Kind: "weight", Code: "need", Fact: "index", Bands: bands},
		{Kind: "prorate", Code: "share"},
		{Kind: "round", Code: "round", To: to},
	}}
}

func fact(name, kind, text string, n int64) Fact {
	if text == "" {
		text = fmt.Sprint(n)
	}
	return Fact{Name: name, Type: kind, Text: text, Number: n, Source: "test"}
}

func unitOf(code string, in bool, pupils, index int64) Unit {
	yes := map[bool]int64{true: 1}[in]
	return Unit{Code: code, Facts: []Fact{fact("in", "boolean", fmt.Sprint(in), yes),
		fact("index", "decimal", models.Hundredths(index).String(), index), fact("pupils", "integer", fmt.Sprint(pupils), pupils)}}
}

func inputs(t *rapid.T) Input {
	in := Input{FiscalYear: 2026, Conditions: plain{}, Amounts: map[string]models.Cents{
		"pool": models.Cents(rapid.Int64Range(0, 1<<50).Draw(t, "pool"))}}
	in.Amounts["flat"] = models.Cents(rapid.Int64Range(0, int64(in.Amounts["pool"])).Draw(t, "flat"))
	for i := range rapid.IntRange(0, 12).Draw(t, "recipients") {
		r := Recipient{Code: fmt.Sprintf("%03d", i)}
		for j := range rapid.IntRange(0, 4).Draw(t, "units") {
			r.Units = append(r.Units, unitOf(fmt.Sprintf("%03d-%d", i, j), rapid.Bool().Draw(t, "in"),
				rapid.Int64Range(0, 5000).Draw(t, "pupils"), rapid.Int64Range(0, 6000).Draw(t, "index")))
		}
		in.Recipients = append(in.Recipients, r)
	}
	return in
}

func TestThePoolIsConservedAndReceiptsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := pupilsByNeed(rapid.SampledFrom([]string{"cents", "dollars"}).Draw(t, "to"))
		in := inputs(t)
		out, err := Run(f, in)
		if err != nil {
			t.Fatal(err)
		}
		sum := out.UndistributedCents
		for _, a := range out.Allocations {
			sum += a.AmountCents
			if err := VerifyReceipt(a.Receipt); err != nil {
				t.Fatalf("%s: %v", a.Code, err)
			}
			if (a.AmountCents == 0) != (a.Receipt.AmountCents == 0) || a.Receipt.Why != "" && a.Receipt.ShareCents != 0 {
				t.Fatalf("%s: amount %s, why %q", a.Code, a.AmountCents, a.Receipt.Why)
			}
		}
		if sum != in.Amounts["pool"] {
			t.Fatalf("%s shared of %s", sum, in.Amounts["pool"])
		}
	})
}

func TestTheOrderOfTheInputDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, in := pupilsByNeed("cents"), inputs(t)
		want, err := Run(f, in)
		if err != nil {
			t.Fatal(err)
		}
		mixed := in
		mixed.Recipients = rapid.Permutation(in.Recipients).Draw(t, "recipients")
		for i := range mixed.Recipients {
			units := rapid.Permutation(mixed.Recipients[i].Units).Draw(t, "units")
			for j := range units {
				units[j].Facts = rapid.Permutation(units[j].Facts).Draw(t, "facts")
			}
			mixed.Recipients[i].Units = units
		}
		before := fmt.Sprint(mixed.Recipients)
		got, err := Run(f, mixed)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		if fmt.Sprint(mixed.Recipients) != before {
			t.Fatal("the run changed what it was given")
		}
	})
}

// A lower index is more need: it must never cost a district money.
func TestMoreNeedNeverLowersAShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, in := pupilsByNeed("cents"), inputs(t)
		var at []int
		for i, r := range in.Recipients {
			if len(r.Units) > 0 {
				at = append(at, i)
			}
		}
		if at == nil {
			return
		}
		i := rapid.SampledFrom(at).Draw(t, "district")
		before, err := Run(f, in)
		if err != nil {
			t.Fatal(err)
		}
		u := &in.Recipients[i].Units[0]
		lower := rapid.Int64Range(0, u.Fact("index").Number).Draw(t, "lower")
		*u = unitOf(u.Code, u.Fact("in").Number == 1, u.Fact("pupils").Number, lower)
		after, err := Run(f, in)
		if err != nil {
			t.Fatal(err)
		}
		if after.Allocations[i].AmountCents < before.Allocations[i].AmountCents {
			t.Fatalf("%s fell to %s", before.Allocations[i].AmountCents, after.Allocations[i].AmountCents)
		}
	})
}

// Published figures: 137,400.00 for analytics over 45 and over 57 districts.
func TestAnalyticsSplit(t *testing.T) {
	for _, x := range []struct {
		districts  int
		low, high  models.Cents
		lows, many int
	}{{45, 305_333, 305_334, 30, 15}, {57, 241_052, 241_053, 21, 36}} {
		in := Input{Conditions: plain{}, Amounts: map[string]models.Cents{"pool": 13_740_000, "flat": 13_740_000}}
		for i := range x.districts {
			in.Recipients = append(in.Recipients, Recipient{Code: fmt.Sprintf("%02d", i), Units: []Unit{unitOf(fmt.Sprint(i), true, 1, 0)}})
		}
		out, err := Run(pupilsByNeed("cents"), in)
		if err != nil {
			t.Fatal(err)
		}
		n := map[models.Cents]int{}
		for _, a := range out.Allocations {
			n[a.AmountCents]++
		}
		if n[x.low] != x.lows || n[x.high] != x.many || out.AllocatedCents != 13_740_000 {
			t.Errorf("%d districts: %v", x.districts, n)
		}
	}
}

func TestRunRefusesWhatItCannotShare(t *testing.T) {
	good := func() Input {
		return Input{Conditions: plain{}, Amounts: map[string]models.Cents{"pool": 100, "flat": 10},
			Recipients: []Recipient{{Code: "1", Units: []Unit{unitOf("a", true, 1, 0)}}}}
	}
	for name, change := range map[string]func(*Input){
		"no pool":             func(in *Input) { delete(in.Amounts, "pool") },
		"negative pool":       func(in *Input) { in.Amounts["pool"] = -1 },
		"set-aside too large": func(in *Input) { in.Amounts["flat"] = 101 },
		"recipient twice":     func(in *Input) { in.Recipients = append(in.Recipients, in.Recipients[0]) },
		"unit twice":          func(in *Input) { in.Recipients[0].Units = append(in.Recipients[0].Units, in.Recipients[0].Units[0]) },
		"no index": func(in *Input) {
			in.Recipients[0].Units[0].Facts = in.Recipients[0].Units[0].Facts[2:]
			in.Conditions = always{}
		},
		"negative measure": func(in *Input) { in.Recipients[0].Units[0] = unitOf("a", true, -1, 0) },
		"weights overflow": func(in *Input) {
			in.Recipients[0].Units[0] = unitOf("a", true, 1<<62, 0)
		},
	} {
		in := good()
		change(&in)
		if _, err := Run(pupilsByNeed("cents"), in); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

type always struct{ plain }

func (always) Eligible(int, *Recipient, *Unit) (bool, error) { return true, nil }

func TestNothingIsSharedWhenNobodyQualifies(t *testing.T) {
	out, err := Run(pupilsByNeed("cents"), Input{Conditions: plain{}, Amounts: map[string]models.Cents{"pool": 100, "flat": 10},
		Recipients: []Recipient{{Code: "1", Units: []Unit{unitOf("a", false, 5, 0)}}, {Code: "2"}}})
	if err != nil || out.UndistributedCents != 100 || out.UndistributedWhy == "" || out.AllocatedCents != 0 {
		t.Fatal(out, err)
	}
	for _, a := range out.Allocations {
		if a.Receipt.Why == "" {
			t.Errorf("%s has no reason", a.Code)
		}
	}
}

func TestATamperedReceiptDoesNotVerify(t *testing.T) {
	f := pupilsByNeed("cents")
	out, err := Run(f, Input{Conditions: plain{}, Amounts: map[string]models.Cents{"pool": 1000_01, "flat": 100},
		Recipients: []Recipient{{Code: "1", Units: []Unit{unitOf("a", true, 7, 1000)}}, {Code: "2", Units: []Unit{unitOf("b", true, 5, 2500), unitOf("c", true, 9, 3100)}}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Receipt){
		"amount":    func(r *Receipt) { r.AmountCents++ },
		"share":     func(r *Receipt) { r.ShareCents++ },
		"floor":     func(r *Receipt) { r.FloorCents++ },
		"exact":     func(r *Receipt) { r.ExactCents = "1/3" },
		"weighted":  func(r *Receipt) { r.Weighted = "1" },
		"weight":    func(r *Receipt) { r.Units[0].Weight = "1" },
		"set-aside": func(r *Receipt) { r.SetAsides[0].AmountCents++ },
		"unit":      func(r *Receipt) { r.Units[0].AmountCents++ },
	} {
		r := out.Allocations[1].Receipt
		r.Units, r.SetAsides = slices.Clone(r.Units), slices.Clone(r.SetAsides)
		change(&r)
		if VerifyReceipt(r) == nil {
			t.Errorf("%s: a changed receipt verifies", name)
		}
	}
}
