package formula

import (
	"fmt"
	"strings"
	"testing"

	"earmark/models"
)

// simple is a formula over schools that are their own units, with an amount for each name.
func simple(amounts map[string]models.Cents, numbers map[string]int64, steps ...Step) (Formula, Input) {
	f := Formula{Recipient: "school", Unit: "school", Steps: append(steps, Step{Kind: StepRound, Code: "round", To: RoundToCents})}
	if _, pooled := amounts["pool"]; pooled {
		f.Pool = "pool"
	}
	in := Input{FiscalYear: 2026, Amounts: amounts, Numbers: numbers, Parameters: map[string]string{}, Conditions: looks{f.Steps}}
	for name, c := range amounts {
		in.Parameters[name] = fmt.Sprint(int64(c))
	}
	for name, n := range numbers {
		in.Parameters[name] = fmt.Sprint(n)
	}
	return f, in
}

func alone(code string, facts ...Fact) Recipient {
	return Recipient{Code: code, Facts: facts, Units: []Unit{{Code: code, Facts: facts}}}
}

func pupils(n int64) Fact { return fact("pupils", "integer", "", n) }

// gives runs a formula and compares the amounts by code; every receipt must verify.
func gives(t *testing.T, f Formula, in Input, want ...models.Cents) Result {
	t.Helper()
	out, err := Run(f, in)
	if err != nil {
		t.Fatal(err)
	}
	var got []models.Cents
	for _, a := range out.Allocations {
		got = append(got, a.AmountCents)
		if err := VerifyReceipt(a.Receipt); err != nil {
			t.Error(err)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	return out
}

func refuses(t *testing.T, f Formula, in Input, words string) {
	t.Helper()
	if _, err := Run(f, in); err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("want an error with %q, got %v", words, err)
	}
}

var measured = Step{Kind: StepMeasure, Code: "pupils", Value: "unit.pupils"}

func TestRatePerPupil(t *testing.T) {
	t.Parallel()
	amounts := func(pool models.Cents) map[string]models.Cents {
		return map[string]models.Cents{"pool": pool, "rate": 3000_00}
	}
	rate := Step{Kind: StepRate, Code: "rate", Amount: "rate", WhenShort: ShortProrate}
	schools := []Recipient{alone("1", pupils(1000), fact("in", "boolean", "true", 1)), alone("2", pupils(500), fact("in", "boolean", "true", 1)),
		alone("3", pupils(400), fact("in", "boolean", "true", 1)), alone("4", pupils(900), fact("in", "boolean", "false", 0))}
	in := Step{Kind: StepEligible, Code: "in", Says: "It is in.", When: "unit.in"}

	f, x := simple(amounts(5_700_000_00), nil, in, measured, rate)
	x.Recipients = schools
	out := gives(t, f, x, 3_000_000_00, 1_500_000_00, 1_200_000_00, 0) // exactly the pool
	if out.Allocations[0].Receipt.Limits.PerWeight != "300000" {
		t.Error("the rate in the receipt is", out.Allocations[0].Receipt.Limits.PerWeight)
	}
	f, x = simple(amounts(6_000_000_00), nil, in, measured, rate)
	x.Recipients = schools
	if out := gives(t, f, x, 3_000_000_00, 1_500_000_00, 1_200_000_00, 0); out.UndistributedCents != 300_000_00 || out.UndistributedWhy != "The rate needs less than the pool." {
		t.Error(out.UndistributedCents, out.UndistributedWhy)
	}
	f, x = simple(amounts(2_850_000_00), nil, in, measured, rate)
	x.Recipients = schools
	gives(t, f, x, 1_500_000_00, 750_000_00, 600_000_00, 0) // half a pool, half a rate
	rate.WhenShort = ShortRefuse
	f, x = simple(amounts(5_699_999_99), nil, in, measured, rate)
	x.Recipients = schools
	refuses(t, f, x, "needs more than the pool")
	f, x = simple(amounts(5_700_000_00), nil, in, measured, rate)
	x.Recipients = schools
	gives(t, f, x, 3_000_000_00, 1_500_000_00, 1_200_000_00, 0) // what just fits is not refused
}

func TestFlatAmountForThreeYears(t *testing.T) {
	t.Parallel()
	for reading, want := range map[string][]models.Cents{
		PerUnit:      {750_000_00, 0, 750_000_00}, // third year, fourth year, first year
		PerRecipient: {0, 750_000_00, 0},
	} {
		f, in := simple(map[string]models.Cents{"flat": 750_000_00}, map[string]int64{"limit": 3},
			Step{Kind: StepYears, Code: "years", Says: "First three years.", Limit: "limit", Years: "reading", UnitFirstYear: "first", RecipientFirstYear: "zone_first"},
			Step{Kind: StepFlat, Code: "flat", Amount: "flat"})
		in.Parameters["reading"] = reading
		first := func(own, zone int64) []Fact {
			return []Fact{fact("first", "integer", "", own), fact("zone_first", "integer", "", zone)}
		}
		in.Recipients = []Recipient{alone("1", first(2024, 2023)...), alone("2", first(2023, 2026)...), alone("3", first(2026, 2027)...)}
		out := gives(t, f, in, want...)
		sum := want[0] + want[1] + want[2]
		if out.PoolCents != sum || out.UndistributedCents != 0 {
			t.Error("without a pool, the pool is what is given:", out.PoolCents)
		}
		if why := out.Determinations[2].Units[0].Reasons; reading == PerRecipient && (len(why) != 1 || !strings.Contains(why[0], "first year is 2027")) {
			t.Error("the reason is", why)
		}
	}
}

func TestTheFirstSoMany(t *testing.T) {
	t.Parallel()
	index := func(n int64) Fact { return fact("index", "decimal", models.Hundredths(n).String(), n) }
	f, in := simple(map[string]models.Cents{"pool": 200}, map[string]int64{"top": 2},
		Step{Kind: StepEligible, Code: "top", Says: "One of the two lowest.", By: "unit.index", Top: "top", Order: OrderLowest},
		Step{Kind: StepProrate, Code: "share"})
	in.Recipients = []Recipient{alone("4", index(10)), alone("3", index(20)), alone("2", index(20)), alone("1", index(30))}
	out := gives(t, f, in, 0, 100, 0, 100)
	says := out.Determinations[2].Units[0].Reasons[0]
	if !strings.Contains(says, "place 3 with 20, the same as 2, which has the lower code") {
		t.Error("the tie is told as", says)
	}
	inputs := fmt.Sprint(out.Allocations[0].Receipt.Steps[0].Inputs)
	if !strings.Contains(inputs, "{tied_left_out  3}") || !strings.Contains(inputs, "{value_at_cut  20}") {
		t.Error("the receipt has", inputs)
	}
}

func TestSetAsides(t *testing.T) {
	t.Parallel()
	f, in := simple(map[string]models.Cents{"pool": 10_000, "each": 100, "fixed": 200}, map[string]int64{"admin": 333},
		Step{Kind: StepSetAside, Code: "admin", Percent: "admin", Share: ShareHeld},
		Step{Kind: StepSetAside, Code: "each", Amount: "each", Share: ShareEqual},
		Step{Kind: StepSetAside, Code: "fixed", Pool: "fixed", Share: ShareEqual},
		measured, Step{Kind: StepProrate, Code: "share"})
	in.Recipients = []Recipient{alone("1", pupils(1)), alone("2", pupils(1)), alone("3", pupils(0))}
	out := gives(t, f, in, 100+67+4584, 100+67+4583, 100+66)
	if out.HeldCents != 333 || out.SetAsideCents != 333+300+200 {
		t.Error(out.HeldCents, out.SetAsideCents)
	}
	in.Numbers["admin"] = 10_000
	refuses(t, f, in, "is set aside of a pool of")
}

func TestFloorsAndCaps(t *testing.T) {
	t.Parallel()
	three := []Recipient{alone("1", pupils(1)), alone("2", pupils(9)), alone("3", pupils(90))}
	prorate := Step{Kind: StepProrate, Code: "share", WhenShort: ShortProrate}
	least := Step{Kind: StepFloor, Code: "least", Amount: "least"}
	most := Step{Kind: StepCap, Code: "most", Percent: "most"}

	f, in := simple(map[string]models.Cents{"pool": 1000, "least": 100}, nil, measured, prorate, least)
	in.Recipients = three
	out := gives(t, f, in, 100, 100, 800) // both small ones are lifted, the large one pays
	if r := out.Allocations[0].Receipt; r.Limits.BoundBy != "least" || out.Allocations[2].Receipt.Limits.BoundBy != "" {
		t.Error("bound by", r.Limits.BoundBy)
	}
	f, in = simple(map[string]models.Cents{"pool": 1000, "least": 0}, map[string]int64{"most": 5000}, measured, prorate, least, most)
	in.Recipients = three
	gives(t, f, in, 50, 450, 500)
	f, in = simple(map[string]models.Cents{"pool": 1000}, map[string]int64{"most": 2000}, measured, Step{Kind: StepProrate, Code: "share"}, most)
	in.Recipients = three
	if out := gives(t, f, in, 200, 200, 200); out.UndistributedCents != 400 || out.UndistributedWhy != "Every recipient is at the most it may get." {
		t.Error(out.UndistributedCents, out.UndistributedWhy)
	}
	f, in = simple(map[string]models.Cents{"pool": 1000, "least": 400}, nil, measured, prorate, least)
	in.Recipients = three
	out = gives(t, f, in, 334, 333, 333) // the floors do not fit: a third each
	if l := out.Allocations[0].Receipt.Limits; !l.Short || l.FloorsCents != 1200 {
		t.Error("short", l.Short, l.FloorsCents)
	}
	prorate.WhenShort = ShortRefuse
	f, in = simple(map[string]models.Cents{"pool": 1000, "least": 400}, nil, measured, prorate, least)
	in.Recipients = three
	refuses(t, f, in, "the floors need $12.00 of $10.00")
}

func TestHoldHarmless(t *testing.T) {
	t.Parallel()
	last := func(n int64) Fact { return fact("last", "cents", "", n) }
	f, in := simple(map[string]models.Cents{"pool": 10_000}, map[string]int64{"loss": 9000, "gain": 11_000}, measured,
		Step{Kind: StepProrate, Code: "share", WhenShort: ShortProrate},
		Step{Kind: StepHoldHarmless, Code: "near", LastYear: "last", AtLeast: "loss", AtMost: "gain"})
	in.Recipients = []Recipient{
		alone("1", pupils(10), last(5000)), // would fall to 1,000: keeps 4,500
		alone("2", pupils(50), last(2000)), // would rise to 5,000: gets 2,200
		alone("3", pupils(20), last(0)),    // a newcomer shares what is left
		alone("4", pupils(20)),             // as does one of whom nothing is known
	}
	out := gives(t, f, in, 4500, 2200, 1650, 1650)
	for i, by := range []string{"near", "near", "", ""} {
		if got := out.Allocations[i].Receipt.Limits.BoundBy; got != by {
			t.Errorf("%d is bound by %q", i+1, got)
		}
	}
	if s := out.Allocations[0].Receipt.Steps[2]; s.Result != "fixes the share at $45.00" || !strings.Contains(fmt.Sprint(s.Inputs), "{last_year last 5000}") {
		t.Error(s.Result, s.Inputs)
	}
}

// Where limits contradict each other for one recipient, the later step wins.
func TestTheLaterLimitWins(t *testing.T) {
	t.Parallel()
	least, most := Step{Kind: StepFloor, Code: "least", Amount: "least"}, Step{Kind: StepCap, Code: "most", Amount: "most"}
	amounts := map[string]models.Cents{"pool": 1000, "least": 600, "most": 400}
	share := Step{Kind: StepProrate, Code: "share", WhenShort: ShortProrate}
	f, in := simple(amounts, nil, share, least, most)
	in.Recipients = []Recipient{alone("1")}
	gives(t, f, in, 400)
	f, in = simple(amounts, nil, share, most, least)
	in.Recipients = []Recipient{alone("1")}
	gives(t, f, in, 600)
}

func TestWholeDollarsWithLimits(t *testing.T) {
	t.Parallel()
	f, in := simple(map[string]models.Cents{"pool": 10_050, "least": 1_010}, nil, measured,
		Step{Kind: StepProrate, Code: "share", WhenShort: ShortProrate}, Step{Kind: StepFloor, Code: "least", Amount: "least"})
	f.Steps[len(f.Steps)-1].To = RoundToDollar
	in.Recipients = []Recipient{alone("1", pupils(1)), alone("2", pupils(50)), alone("3", pupils(50))}
	if out := gives(t, f, in, 1_100, 4_500, 4_400); out.UndistributedCents != 50 || out.UndistributedWhy != "Whole dollars are shared; these cents are left." {
		t.Error(out.UndistributedCents, out.UndistributedWhy)
	}
}

// A pool that is a part of a total, by amounts of up to ten billion dollars each.
func TestPercentOfATotalByLargeAmounts(t *testing.T) {
	t.Parallel()
	title := func(regular, arra int64) []Fact {
		return []Fact{fact("regular", "cents", "", regular), fact("arra", "cents", "", arra)}
	}
	f, in := simple(map[string]models.Cents{"pool": 7_500_000_001}, map[string]int64{"half": 5000},
		Step{Kind: StepMeasure, Code: "title", Value: "unit.regular + unit.arra"}, Step{Kind: StepProrate, Code: "share"})
	f.PoolPercent = "half"
	for i := range 2000 {
		in.Recipients = append(in.Recipients, alone(fmt.Sprintf("%05d", i), title(1_000_000_000_000, int64(i))...))
	}
	out, err := Run(f, in)
	if err != nil || out.PoolCents != 3_750_000_000 || out.AllocatedCents != out.PoolCents {
		t.Fatal(err, out.PoolCents, out.AllocatedCents)
	}
	for _, a := range out.Allocations[1990:] {
		if err := VerifyReceipt(a.Receipt); err != nil {
			t.Error(err)
		}
	}
}

// Without limits, what does not depend on them is not in the receipt.
func TestAPlainReceiptHasNoLimits(t *testing.T) {
	t.Parallel()
	f, in := simple(map[string]models.Cents{"pool": 100}, nil, Step{Kind: StepProrate, Code: "share"})
	in.Recipients = []Recipient{alone("1"), alone("2"), alone("3")}
	if out := gives(t, f, in, 34, 33, 33); out.Allocations[0].Receipt.Limits != nil {
		t.Error("limits:", out.Allocations[0].Receipt.Limits)
	}
}
