package workflow

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/formula"
)

// manyRecipients makes as many districts and schools as the United States has.
func manyRecipients(tb testing.TB, d *programs.Definition, districts, schools int) []formula.Recipient {
	tb.Helper()
	out := make([]formula.Recipient, districts)
	for i := range out {
		out[i] = formula.Recipient{Code: fmt.Sprintf("%05d", i), Name: fmt.Sprintf("District %d", i)}
	}
	words := []string{"CSI", "CSI", "ATS", "none"}
	for i := range schools {
		u := formula.Unit{Code: fmt.Sprintf("%06d", i), Name: fmt.Sprintf("School %d", i)}
		for _, f := range [][2]string{{"identification", words[i%4]}, {"reasons", "bottom_5"}, {"alternative", "false"}, {"virtual", "false"},
			{"index", models.Hundredths(i * 7 % 4000).String()}, {"pupils", fmt.Sprint(100 + i*31%900)}} {
			fact, err := d.ReadFact(models.KindSchool, f[0], f[1], "generated")
			if err != nil {
				tb.Fatal(err)
			}
			u.Facts = append(u.Facts, fact)
		}
		r := &out[i%districts]
		r.Units = append(r.Units, u)
	}
	return out
}

// limitedFormulas are the Section 21(h) formula with other ways to share, by name: what
// stands in the definition instead of its step prorate.
var limitedFormulas = []struct{ name, steps string }{
	{"prorate", "    - {step: prorate, code: share, says: In proportion.}\n"},
	{"rate", "    - {step: rate, code: share, says: For each weighted pupil., amount: bench_rate, when_short: prorate}\n"},
	{"floor and cap", "    - {step: prorate, code: share, says: In proportion., when_short: prorate}\n" +
		"    - {step: floor, code: least, says: At least., amount: bench_least}\n    - {step: cap, code: most, says: At most., amount: bench_most}\n"},
	{"hold harmless", "    - {step: prorate, code: share, says: In proportion., when_short: prorate}\n" +
		"    - {step: hold_harmless, code: near, says: Near last year., last_year: last_year, at_least: bench_loss, at_most: bench_gain}\n"},
}

// limited is the Michigan definition with other steps that share.
func limited(tb testing.TB, steps string) *programs.Definition {
	tb.Helper()
	text := michigan(tb).Source
	share := regexp.MustCompile(`(?m)^    - step: prorate\n(      .*\n)*`)
	if !share.MatchString(text) {
		tb.Fatal("the definition has no step prorate")
	}
	text = share.ReplaceAllLiteralString(text, steps)
	text = strings.Replace(text, "\nfacts:\n", `
  - {name: bench_rate, type: cents, value: "18", basis: assumption, means: For the benchmark.}
  - {name: bench_least, type: cents, value: "65000", basis: assumption, means: For the benchmark.}
  - {name: bench_most, type: cents, value: "80000", basis: assumption, means: For the benchmark.}
  - {name: bench_loss, type: basis_points, value: "9500", basis: assumption, means: For the benchmark.}
  - {name: bench_gain, type: basis_points, value: "11000", basis: assumption, means: For the benchmark.}

facts:
  - {name: last_year, of: district, type: cents, means: For the benchmark.}
`, 1)
	d, err := programs.Parse("bench.yaml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func BenchmarkFormulaOfANation(b *testing.B) {
	for _, x := range limitedFormulas {
		b.Run(x.name, func(b *testing.B) {
			d := limited(b, x.steps)
			params, err := d.Params(2026, nil)
			if err != nil {
				b.Fatal(err)
			}
			recipients := manyRecipients(b, d, 13_000, 100_000)
			for i := range recipients {
				if recipients[i].Facts, err = lastYear(d, i); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				r, err := formula.Run(d.Formula, FormulaInput(d, params, recipients))
				if err != nil || r.AllocatedCents+r.UndistributedCents != r.PoolCents {
					b.Fatal(err, r.AllocatedCents)
				}
			}
		})
	}
}

// lastYear is a district's amount of last year, around the mean of the pool.
func lastYear(d *programs.Definition, i int) ([]formula.Fact, error) {
	f, err := d.ReadFact(models.KindDistrict, "last_year", fmt.Sprint(40_000+i*7919%50_000), "generated")
	return []formula.Fact{f}, err
}

// Limits must bind for many and leave many free, or the benchmark measures nothing.
func TestTheLimitsOfTheBenchmarkBind(t *testing.T) {
	t.Parallel()
	for _, x := range limitedFormulas[1:] {
		d := limited(t, x.steps)
		params, err := d.Params(2026, nil)
		if err != nil {
			t.Fatal(err)
		}
		recipients := manyRecipients(t, d, 1300, 10_000)
		for i := range recipients {
			if recipients[i].Facts, err = lastYear(d, i); err != nil {
				t.Fatal(err)
			}
		}
		in := FormulaInput(d, params, recipients)
		in.Amounts["appropriation"] /= 10
		r, err := formula.Run(d.Formula, in)
		if err != nil {
			t.Fatal(err)
		}
		bound := map[string]int{}
		for _, a := range r.Allocations {
			bound[a.Receipt.Limits.BoundBy]++
		}
		t.Log(x.name, bound)
		for _, code := range map[string][]string{"floor and cap": {"", "least", "most"}, "hold harmless": {"", "near"}}[x.name] {
			if bound[code] < 50 {
				t.Errorf("%s: %d districts are bound by %q", x.name, bound[code], code)
			}
		}
	}
}

func BenchmarkConditionOf100000Schools(b *testing.B) {
	d := michigan(b)
	params, err := d.Params(2026, nil)
	if err != nil {
		b.Fatal(err)
	}
	recipients := manyRecipients(b, d, 1, 100_000)
	conditions := d.Conditions(params)
	b.ReportAllocs()
	for b.Loop() {
		for i := range recipients[0].Units {
			if _, err := conditions.Eligible(4, &recipients[0], &recipients[0].Units[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// A nation's worth of schools must stay a matter of seconds even on a slow machine.
func TestFormulaOfANationIsFast(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	d := michigan(t)
	params, err := d.Params(2026, nil)
	if err != nil {
		t.Fatal(err)
	}
	recipients := manyRecipients(t, d, 13_000, 100_000)
	start := time.Now()
	if _, err := formula.Run(d.Formula, FormulaInput(d, params, recipients)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("the run took %s", took)
	}
}
