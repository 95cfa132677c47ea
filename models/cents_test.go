package models

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func rats(ints []int64) []*big.Rat {
	out := make([]*big.Rat, len(ints))
	for i, v := range ints {
		out[i] = new(big.Rat).SetInt64(v)
	}
	return out
}

func TestCentsString(t *testing.T) {
	t.Parallel()
	for c, want := range map[Cents]string{0: "$0.00", 5: "$0.05", -5: "-$0.05", 123450: "$1,234.50", 613740000: "$6,137,400.00",
		-100000: "-$1,000.00", math.MaxInt64: "$92,233,720,368,547,758.07", math.MinInt64: "-$92,233,720,368,547,758.08"} {
		if got := c.String(); got != want {
			t.Errorf("%d: got %s, want %s", int64(c), got, want)
		}
	}
}

func TestParseCents(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Cents{"1234": 123400, "1,234.5": 123450, "$1,234.50": 123450, "-12.00": -1200, "(12.00)": -1200, "\t0.05": 5} {
		if got, err := ParseCents(in); err != nil || got != want {
			t.Errorf("%q: got %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "$", ".5", "1.", "1.234", "1,23", "12,3456", "1e3", "--1", "(-1)", "99999999999999999999", "1 000", "٣", "+1"} {
		if got, err := ParseCents(in); err == nil {
			t.Errorf("%q: got %d, want an error", in, got)
		}
	}
}

func TestCentsReadBackWhatTheyPrint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := Cents(rapid.Int64Range(-1e17, 1e17).Draw(t, "cents"))
		if got, err := ParseCents(c.String()); err != nil || got != c {
			t.Fatalf("%s: %v, %v", c, got, err)
		}
	})
}

func TestSplitConservesEveryCent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pool := Cents(rapid.Int64Range(0, 1e15).Draw(t, "pool"))
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1e9), 1, 60).Draw(t, "weights")
		var total int64
		for _, w := range weights {
			total += w
		}
		parts, err := pool.Split(rats(weights))
		if total == 0 {
			if err == nil {
				t.Fatal("shared among nobody")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var sum Cents
		for i, p := range parts {
			sum += p
			exact := new(big.Rat).Mul(new(big.Rat).SetInt64(int64(pool)), big.NewRat(weights[i], total))
			gap := new(big.Rat).Sub(new(big.Rat).SetInt64(int64(p)), exact)
			if gap.Abs(gap).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("part %d is a cent or more from its exact share", i)
			}
			if weights[i] == 0 && p != 0 {
				t.Fatalf("part %d has no weight and gets %s", i, p)
			}
			for j := range i {
				if weights[j] == weights[i] && parts[j] < p {
					t.Fatalf("of equal weights the earlier one gets less: %d, %d", j, i)
				}
				if weights[j] > weights[i] && parts[j] < p {
					t.Fatalf("the larger weight gets less: %d, %d", j, i)
				}
			}
		}
		if sum != pool {
			t.Fatalf("parts sum to %s of %s", sum, pool)
		}
	})
}

func TestSplitCases(t *testing.T) {
	t.Parallel()
	// A-36; the analytics money of FY2025 (45 districts) and FY2026 (57 districts).
	parts, err := Cents(100000000).Split(rats([]int64{1, 1, 1}))
	if err != nil || parts[0] != 33333334 || parts[1] != 33333333 || parts[2] != 33333333 {
		t.Errorf("A-36: %v, %v", parts, err)
	}
	for _, c := range []struct {
		n    int
		low  Cents
		lows int
	}{{45, 305333, 30}, {57, 241052, 21}} {
		weights := make([]int64, c.n)
		for i := range weights {
			weights[i] = 1
		}
		parts, err := Cents(13740000).Split(rats(weights))
		if err != nil {
			t.Fatal(err)
		}
		lows := 0
		for _, p := range parts {
			if p == c.low {
				lows++
			} else if p != c.low+1 {
				t.Errorf("%d districts: a part of %s", c.n, p)
			}
		}
		if lows != c.lows {
			t.Errorf("%d districts: %d parts of %s, want %d", c.n, lows, c.low, c.lows)
		}
	}
	if _, err := Cents(-1).Split(rats([]int64{1})); err == nil {
		t.Error("a negative amount was shared")
	}
	if _, err := Cents(1).Split(rats([]int64{1, -1})); err == nil {
		t.Error("a negative weight was accepted")
	}
}

func TestRatesCompareExactly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, whole    Cents
		rate           BasisPoints
		exceeds, below bool
	}{
		{31000000, 40000000, 8000, false, true},  // 77.5 %
		{32000000, 40000000, 8000, false, false}, // exactly the minimum
		{1100000, 1000000, 11000, false, false},  // exactly 110 %
		{1100001, 1000000, 11000, true, false},
		{1, 0, 11000, true, false}, // a new cell
		{0, 0, 11000, false, false},
		{math.MaxInt64, math.MaxInt64, 10000, false, false},
	} {
		if got := Exceeds(c.part, c.whole, c.rate); got != c.exceeds {
			t.Errorf("Exceeds(%d, %d, %d) = %v", c.part, c.whole, c.rate, got)
		}
		if got := Below(c.part, c.whole, c.rate); got != c.below {
			t.Errorf("Below(%d, %d, %d) = %v", c.part, c.whole, c.rate, got)
		}
	}
	if r, ok := Rate(31000000, 40000000); !ok || r.String() != "77.50%" {
		t.Errorf("rate %s", r)
	}
	if _, ok := Rate(1, 0); ok {
		t.Error("a rate of nothing")
	}
}

func TestSumsDoNotOverflow(t *testing.T) {
	t.Parallel()
	if _, err := Sum(math.MaxInt64, 1); err == nil {
		t.Error("an overflow went unnoticed")
	}
	if _, err := Cents(math.MinInt64).Add(-1); err == nil {
		t.Error("an underflow went unnoticed")
	}
	if got, err := Sum(1, 2, -3); err != nil || got != 0 {
		t.Errorf("sum %d, %v", got, err)
	}
	if _, err := Cents(math.MaxInt64).MulRatio(3, 2, RoundDown); err == nil {
		t.Error("a product that does not fit")
	}
	for _, c := range []struct {
		num, den int64
		r        Rounding
		want     Cents
	}{{1, 2, RoundHalfUp, 3}, {1, 2, RoundDown, 2}, {-1, 2, RoundHalfUp, -3}, {-1, 2, RoundDown, -2}} {
		if got, err := Cents(5).MulRatio(c.num, c.den, c.r); err != nil || got != c.want {
			t.Errorf("5*%d/%d: %d, %v", c.num, c.den, got, err)
		}
	}
	if _, err := Cents(1).MulRatio(1, 0, RoundDown); err == nil {
		t.Error("divided by zero")
	}
}
