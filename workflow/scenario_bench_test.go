package workflow

import (
	"fmt"
	"testing"
	"time"

	"earmark/models"
)

// nation is the facts of 13,000 districts and 100,000 schools, loaded once.
func nation(tb testing.TB) (rules, world, models.Scenario, []ChangedFact) {
	tb.Helper()
	d := michigan(tb)
	params, err := d.Params(2026, map[string]string{"appropriation": "540000000"})
	noError(tb, err)
	w := world{recipients: manyRecipients(tb, d, 13_000, 100_000), ids: map[string]string{}}
	for _, r := range w.recipients {
		w.ids[r.Code] = r.Code
	}
	var changed []ChangedFact
	for i := range 1_000 { // facts of as many schools change
		changed = append(changed, ChangedFact{Kind: models.KindSchool, Code: fmt.Sprintf("%06d", i*97), ParentCode: fmt.Sprintf("%05d", i*97%13_000), Name: "pupils", Value: fmt.Sprint(50 + i)})
	}
	return rules{def: d, params: params}, w, models.Scenario{Label: "A tenth less", FactsYear: 2025}, changed
}

// BenchmarkScenarioOfANation changes facts and a parameter and applies the formula.
func BenchmarkScenarioOfANation(b *testing.B) {
	ru, w, sc, changed := nation(b)
	b.ReportAllocs()
	for b.Loop() {
		trial, err := try(ru, w.with(ru.def, &sc, changed), sc.FactsYear)
		if err != nil || trial.result.AllocatedCents != trial.result.PoolCents || len(trial.amounts()) != 13_000 {
			b.Fatal(err)
		}
	}
}

// BenchmarkComparisonOfANation puts 13,000 recipients of eight runs side by side.
func BenchmarkComparisonOfANation(b *testing.B) {
	amounts := map[string][]outcome{}
	places := map[string]comparedPlace{}
	for i := range 13_000 {
		of := make([]outcome, 8)
		for j := range of {
			of[j].cents = models.Cents(1_000_000 + i*j)
		}
		id := fmt.Sprintf("%05d", i)
		amounts[id], places[id] = of, comparedPlace{Organization: models.Organization{Root: models.Root{ID: id}, Code: id, Subtype: []string{"traditional", "psa"}[i%2]}}
	}
	subjects := make([]ComparedSubject, 8)
	for i := range subjects {
		subjects[i].ID = fmt.Sprint(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		rows, err := comparedRows(subjects, amounts, places, nil)
		if err != nil || len(totalsOf(rows)) != 7 || len(rows) != 7*13_000 {
			b.Fatal(err, len(rows))
		}
	}
}

// A nation's scenario must stay a matter of moments, even on a slow machine under test.
func TestScenarioOfANationIsFast(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	ru, w, sc, changed := nation(t)
	start := time.Now()
	if _, err := try(ru, w.with(ru.def, &sc, changed), sc.FactsYear); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("the scenario took %s", took)
	}
	// What was loaded is as it was: the next scenario starts from the same facts.
	if f := w.recipients[0].Units[0].Fact("pupils"); f.Text != "100" {
		t.Errorf("the loaded facts changed: %+v", f)
	}
}
