package workflow

import (
	"fmt"
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

func BenchmarkFormulaOfANation(b *testing.B) {
	d := michigan(b)
	params, err := d.Params(2026, nil)
	if err != nil {
		b.Fatal(err)
	}
	recipients := manyRecipients(b, d, 13_000, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		r, err := formula.Run(d.Formula, FormulaInput(d, params, recipients))
		if err != nil || r.AllocatedCents != r.PoolCents {
			b.Fatal(err, r.AllocatedCents)
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
