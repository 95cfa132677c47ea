package workflow

import (
	"strings"
	"sync"
	"testing"

	"earmark/models"
	"earmark/store"
)

// board is a planned grant year with three districts under two ISDs and a draft run.
func givenBoard(t testing.TB) (*planning, models.GrantYear, models.AllocationRun) {
	t.Helper()
	p := givenPlanning(t)
	p.organizations("isd,I1,First ISD (synthetic),,,", "isd,I2,Second ISD (synthetic),,,",
		"district,D001,District 1 (synthetic),I1,traditional,Alpha", "school,S001,School 1 (synthetic),D001,,",
		"district,D002,District 2 (synthetic),I1,psa,Alpha", "school,S002,School 2 (synthetic),D002,,",
		"district,D003,District 3 (synthetic),I2,traditional,Beta", "school,S003,School 3 (synthetic),D003,,")
	p.facts(2025, "S001,CSI,bottom_5,25,300", "S002,CSI,bottom_5,25,100", "S003,TSI,,60,200")
	gy, err := p.s.CreateGrantYear(ctx, p.analyst, CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2026, Parameters: map[string]string{"appropriation": "40000000", "analytics_set_aside": "0"}})
	noError(t, err)
	return p, gy, p.run(gy)
}

func (p *planning) school(code string) string { return p.organization(models.KindSchool, code).ID }

func (p *planning) scenario(in NewScenario) models.Scenario {
	p.t.Helper()
	sc, err := p.s.CreateScenario(ctx, p.analyst, in)
	noError(p.t, err)
	return sc
}

func TestAScenarioSaysWhoGainsAndLoses(t *testing.T) {
	t.Parallel()
	p, gy, run := givenBoard(t)
	less := p.scenario(NewScenario{BaseRunID: run.ID, Label: "Half", Parameters: map[string]string{"appropriation": "20000000"}})
	equal(t, []any{less.GrantYearID, less.FactsYear, less.PoolCents, less.AllocatedCents, less.RecipientCount, less.Number, less.BaseCurrent, p.audited(&less)},
		[]any{gy.ID, 2025, models.Cents(20000000), models.Cents(20000000), 2, 1, true, 1})
	more := p.scenario(NewScenario{GrantYearID: gy.ID, FactsYear: 2025, Label: "Another school", Facts: []ScenarioFact{
		{p.school("S003"), "identification", "CSI"}, {p.school("S003"), "reasons", "bottom_5"}, {p.school("S003"), "index", "25.0"}}})
	equal(t, []any{more.FactCount, more.RecipientCount, more.AllocatedCents}, []any{3, 3, models.Cents(40000000)})

	rows, err := p.s.CompareAllocations(ctx, p.auditor, CompareAllocations{Base: run.ID, With: []string{less.ID, more.ID}})
	noError(t, err)
	var got []any
	for _, r := range rows {
		rate := "none"
		if r.ChangeBP != nil {
			rate = r.ChangeBP.String()
		}
		got = append(got, []any{r.Organization.Code, r.Subject.Label, r.BaseCents, r.AmountCents, rate, r.Class, r.BaseBound, r.Bound})
	}
	equal(t, got, []any{
		[]any{"D001", "Half", models.Cents(30000000), models.Cents(15000000), "-50.00%", "loser", "", ""},
		[]any{"D001", "Another school", models.Cents(30000000), models.Cents(20000000), "-33.33%", "loser", "", ""},
		[]any{"D002", "Half", models.Cents(10000000), models.Cents(5000000), "-50.00%", "loser", "", ""},
		[]any{"D002", "Another school", models.Cents(10000000), models.Cents(6666667), "-33.33%", "loser", "", ""},
		[]any{"D003", "Half", models.Cents(0), models.Cents(0), "none", "untouched", "not_eligible", "not_eligible"},
		[]any{"D003", "Another school", models.Cents(0), models.Cents(13333333), "none", "winner", "not_eligible", ""},
	})
	rows, err = p.s.CompareAllocations(ctx, p.auditor, CompareAllocations{Base: run.ID, With: []string{more.ID}, Sort: "gain", Subtype: "traditional"})
	noError(t, err)
	equal(t, []string{rows[0].Organization.Code, rows[1].Organization.Code, rows[0].ISDName}, []string{"D003", "D001", "Second ISD (synthetic)"})

	totals, err := p.s.ComparisonTotals(ctx, p.auditor, CompareAllocations{Base: run.ID, With: []string{more.ID}, By: "isd"})
	noError(t, err)
	equal(t, []any{totals[0].Value, totals[0].Recipients, totals[0].Losers, totals[0].LossCents, totals[0].ChangeCents, totals[0].ChangeBP.String()},
		[]any{"First ISD (synthetic)", 2, 2, models.Cents(13333333), models.Cents(-13333333), "-33.33%"})
	equal(t, []any{totals[1].Value, totals[1].Winners, totals[1].GainCents, totals[1].ChangeBP == nil, totals[1].NotEligible}, []any{"Second ISD (synthetic)", 1, models.Cents(13333333), true, 0})
	for by, groups := range map[string]int{"": 1, "county": 2, "subtype": 2} {
		totals, err = p.s.ComparisonTotals(ctx, p.manager, CompareAllocations{Base: less.ID, With: []string{run.ID}, By: by})
		noError(t, err)
		equal(t, len(totals), groups)
	}
}

func TestAScenarioIsEditedAndComputedAgain(t *testing.T) {
	t.Parallel()
	p, gy, run := givenBoard(t)
	sc := p.scenario(NewScenario{BaseRunID: run.ID, Label: "One", Facts: []ScenarioFact{{p.school("S001"), "pupils", "100"}}})
	edit := UpdateScenario{ID: sc.ID, Version: 1, FactsYear: 2025, Label: "Two", Facts: []ScenarioFact{{p.school("S001"), "pupils", "0300"}}}
	again, err := p.s.UpdateScenario(ctx, p.manager, edit)
	noError(t, err)
	// A value that is known already changes nothing: the run and the scenario are one.
	equal(t, []any{again.Version, again.Label, again.InputHash, p.audited(&again)}, []any{int64(2), "Two", run.InputHash, 2})
	_, err = p.s.UpdateScenario(ctx, p.analyst, edit)
	refused(t, err, models.Stale, "stale")

	// Facts that change later make the copy of the run an old one, and it says so.
	p.facts(2025, "S002,CSI,bottom_5,25,400")
	edit.Version = 2
	again, err = p.s.UpdateScenario(ctx, p.analyst, edit)
	noError(t, err)
	equal(t, again.BaseCurrent, false)

	// A school that is not known any more, and one of which nothing was known.
	p.organizations("district,D004,District 4 (synthetic),I2,traditional,Beta", "school,S004,School 4 (synthetic),D004,,")
	edit.Version, edit.Facts = 3, []ScenarioFact{{p.school("S004"), "identification", "CSI"}, {p.school("S004"), "reasons", "bottom_5"},
		{p.school("S004"), "index", "25"}, {p.school("S004"), "pupils", "300"}}
	for _, name := range []string{"identification", "reasons", "index", "pupils"} {
		edit.Facts = append(edit.Facts, ScenarioFact{p.school("S002"), name, "-"})
	}
	again, err = p.s.UpdateScenario(ctx, p.analyst, edit)
	noError(t, err)
	amounts := map[string]models.Cents{}
	for _, a := range all[models.ScenarioAmount](p.night, store.Eq{"scenario_id": sc.ID}) {
		amounts[a.OrganizationID] = a.AmountCents
	}
	equal(t, amounts, map[string]models.Cents{p.organization(models.KindDistrict, "D001").ID: 20000000, p.organization(models.KindDistrict, "D003").ID: 0,
		p.organization(models.KindDistrict, "D004").ID: 20000000})

	again, err = p.s.TransitionScenario(ctx, p.manager, ScenarioTransition{ID: sc.ID, Version: again.Version, Event: "discard", Comment: "No."})
	noError(t, err)
	edit.Version = again.Version
	_, err = p.s.UpdateScenario(ctx, p.analyst, edit)
	refused(t, err, models.Conflict, "scenario.locked")
	list, err := p.s.Scenarios(ctx, p.auditor, ListScenarios{GrantYearID: gy.ID, Status: StatusDiscarded})
	noError(t, err)
	equal(t, len(list), 1)
}

func TestEverythingWrongWithAScenarioAtOnce(t *testing.T) {
	t.Parallel()
	p, gy, run := givenBoard(t)
	in := NewScenario{GrantYearID: gy.ID, FactsYear: 2025, Label: "x", Parameters: map[string]string{"nonsense": "1", "appropriation": "much"}, Facts: []ScenarioFact{
		{"nowhere", "pupils", "1"}, {p.school("S001"), "pupil", "1"}, {p.school("S001"), "pupils", "many"}, {p.organization(models.KindDistrict, "D001").ID, "pupils", "1"},
		{p.school("S002"), "pupils", "1"}, {p.school("S002"), "pupils", "2"}, {p.organization(models.KindISD, "I1").ID, "pupils", "1"}}}
	_, err := p.s.CreateScenario(ctx, p.analyst, in)
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/parameters/appropriation parameter.cents", "/parameters/nonsense parameter.unknown",
		"/facts/0/organization_id organization.unknown", "/facts/1/name fact.unknown", "/facts/2/value fact.integer", "/facts/3/name fact.unknown", "/facts/5 duplicate", "/facts/6/organization_id fact.kind"})
	for _, f := range fieldErrors(t, err) {
		if f.Detail == "" || f.Fix == "" {
			t.Errorf("no words for %s", f.Pointer)
		}
	}
	_, err = p.s.CreateScenario(ctx, p.analyst, NewScenario{BaseRunID: run.ID, Label: "x", Facts: []ScenarioFact{{p.school("S001"), "pupils", "-"}}})
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/facts/S001/pupils required"})
	for field, in := range map[string]NewScenario{"not_found": {BaseRunID: "none", Label: "x"}, "required": {GrantYearID: gy.ID, Label: "x"},
		"facts.none": {GrantYearID: gy.ID, FactsYear: 2020, Label: "x"}, "scenario.other_year": {GrantYearID: "other", BaseRunID: run.ID, Label: "x"}} {
		_, err = p.s.CreateScenario(ctx, p.analyst, in)
		refused(t, err, models.Invalid, field)
	}
	equal(t, len(all[models.Scenario](p.night, store.Eq{"grant_year_id": gy.ID})), 0)
}

func TestAdoptionInventsNoFacts(t *testing.T) {
	t.Parallel()
	p, gy, run := givenBoard(t)
	sc := p.scenario(NewScenario{BaseRunID: run.ID, Label: "Recount", Facts: []ScenarioFact{{p.school("S001"), "pupils", "100"}}, Parameters: map[string]string{"appropriation": "50000000"}})
	adopt := ScenarioTransition{ID: sc.ID, Version: 1, Event: "adopt"}
	_, err := p.s.TransitionScenario(ctx, p.manager, adopt)
	refused(t, err, models.Forbidden, "permission.role") // who publishes does not also make the run
	_, err = p.s.TransitionScenario(ctx, p.analyst, adopt)
	refused(t, err, models.Invalid, "scenario.facts_not_imported")
	fields := fieldErrors(t, err)
	equal(t, fieldsOf(fields), []string{"/facts/0 scenario.fact_not_imported"})
	if !strings.Contains(fields[0].Detail, "S001") || !strings.Contains(fields[0].Detail, "100") || !strings.Contains(fields[0].Detail, "300") {
		t.Errorf("it does not say which fact: %s", fields[0].Detail)
	}
	p.facts(2025, "S001,CSI,bottom_5,25,100")
	_, err = p.s.TransitionScenario(ctx, p.analyst, adopt)
	refused(t, err, models.Conflict, "scenario.outdated") // the source is another now: look again
	sc, err = p.s.UpdateScenario(ctx, p.analyst, UpdateScenario{ID: sc.ID, Version: 1, FactsYear: 2025, Label: "Recount", Parameters: map[string]string{"appropriation": "50000000"}})
	noError(t, err)

	adopt.Version = sc.Version
	sc, err = p.s.TransitionScenario(ctx, p.analyst, adopt)
	noError(t, err)
	adopted, err := store.Get[models.AllocationRun](p.db.Read(ctx), *sc.RunID)
	noError(t, err)
	year, err := store.Get[models.GrantYear](p.db.Read(ctx), gy.ID)
	noError(t, err)
	equal(t, []any{adopted.Status, adopted.Label, adopted.PoolCents, adopted.InputHash == sc.InputHash, adopted.Parameters == year.Parameters, p.audited(&adopted), p.audited(&year)},
		[]any{StatusDraft, "Recount", models.Cents(50000000), true, true, 1, 2})
	equal(t, p.amounts(adopted.ID), map[string]models.Cents{"D001": 25000000, "D002": 25000000, "D003": 0})
	_, err = p.s.TransitionScenario(ctx, p.analyst, ScenarioTransition{ID: sc.ID, Version: sc.Version, Event: "adopt"})
	refused(t, err, models.Conflict, "scenario.no_such_step")

	// From here on it is a run as every other.
	_, err = p.s.TransitionGrantYear(ctx, p.manager, GrantYearTransition{ID: gy.ID, Version: year.Version, Event: "open"})
	noError(t, err)
	p.publish(adopted)

	late := p.scenario(NewScenario{GrantYearID: gy.ID, FactsYear: 2025, Label: "Late", Parameters: map[string]string{"appropriation": "1"}})
	_, err = p.s.TransitionScenario(ctx, p.analyst, ScenarioTransition{ID: late.ID, Version: 1, Event: "adopt"})
	refused(t, err, models.Conflict, "grant_year.parameters_fixed")
	same := p.scenario(NewScenario{GrantYearID: gy.ID, FactsYear: 2025, Label: "Same", Parameters: map[string]string{"appropriation": "50000000"}})
	same, err = p.s.TransitionScenario(ctx, p.analyst, ScenarioTransition{ID: same.ID, Version: 1, Event: "adopt"})
	noError(t, err)
	run, err = store.Get[models.AllocationRun](p.db.Read(ctx), *same.RunID)
	noError(t, err)
	p.publish(run)
}

func TestScenariosAreTheOfficesOwn(t *testing.T) {
	t.Parallel()
	p, _, run := givenBoard(t)
	sc := p.scenario(NewScenario{BaseRunID: run.ID, Label: "x"})
	preparer := p.actor(p.person("Pat Preparer", models.RolePreparer, p.organization(models.KindDistrict, "D001").ID))
	_, err := p.s.Scenario(ctx, preparer, sc.ID)
	refused(t, err, models.Forbidden, "permission.role")
	_, err = p.s.Scenarios(ctx, preparer, ListScenarios{})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = p.s.CompareAllocations(ctx, preparer, CompareAllocations{Base: run.ID, With: []string{sc.ID}})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = p.s.ComparisonTotals(ctx, preparer, CompareAllocations{Base: run.ID, With: []string{sc.ID}})
	refused(t, err, models.Forbidden, "permission.role")
	for _, who := range []models.Actor{p.auditor, p.pal, preparer} {
		_, err = p.s.CreateScenario(ctx, who, NewScenario{BaseRunID: run.ID, Label: "x"})
		refused(t, err, models.Forbidden, "permission.role")
		_, err = p.s.UpdateScenario(ctx, who, UpdateScenario{ID: sc.ID, Version: 1, FactsYear: 2025, Label: "x"})
		refused(t, err, models.Forbidden, "permission.role")
		_, err = p.s.TransitionScenario(ctx, who, ScenarioTransition{ID: sc.ID, Version: 1, Event: "discard"})
		refused(t, err, models.Forbidden, "permission.role")
	}
}

func TestScenariosAreMadeOnceAndAdoptedOnce(t *testing.T) {
	t.Parallel()
	p, _, run := givenBoard(t)
	who := p.analyst
	who.IdempotencyKey = "one"
	in := NewScenario{BaseRunID: run.ID, Label: "x"}
	first, err := p.s.CreateScenario(ctx, who, in)
	noError(t, err)
	again, err := p.s.CreateScenario(ctx, who, in)
	noError(t, err)
	equal(t, []any{again.ID, p.audited(&first)}, []any{first.ID, 1})
	in.Label = "y"
	_, err = p.s.CreateScenario(ctx, who, in)
	equal(t, models.KindOf(err), models.Conflict)

	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			_, err := p.s.TransitionScenario(ctx, p.analyst, ScenarioTransition{ID: first.ID, Version: 1, Event: "adopt"})
			if k := models.KindOf(err); err != nil && k != models.Stale && k != models.Conflict {
				t.Errorf("adopt: %v", err)
			}
		})
	}
	wait.Wait()
	equal(t, len(all[models.AllocationRun](p.night, store.Eq{"grant_year_id": run.GrantYearID})), 2)
}

// What holds an amount is named: a district that a floor lifts, one that a cap holds, one
// that last year's amount protects. Facts of districts can be changed and grouped by.
func TestAComparisonNamesWhatHoldsAnAmount(t *testing.T) {
	t.Parallel()
	p, gy, _ := givenBoard(t)
	gy.Definition = edited(t, gy.Definition, "    - step: prorate\n", "    - step: prorate\n      when_short: prorate\n", "    - step: round\n      code: cents", "    - {step: floor, code: least, says: At least., amount: least}\n    - {step: cap, code: most, says: At most., amount: most}\n"+
		"    - {step: hold_harmless, code: keep, says: Most of last year., last_year: last_year, at_least: kept}\n    - step: round\n      code: cents",
		"  - name: appropriation\n", "  - {name: least, type: cents, value: \"100\", basis: assumption, means: Least, cite: none}\n  - {name: most, type: cents, value: \"90000000\", basis: assumption, means: Most, cite: none}\n"+
			"  - {name: kept, type: basis_points, value: \"9000\", basis: assumption, means: Kept, cite: none}\n  - name: appropriation\n",
		"\nfacts:\n", "\nfacts:\n  - {name: last_year, of: district, type: cents, means: Cents of last year}\n  - {name: locale, of: district, type: text, one_of: [city, rural], means: Locale}\n")
	gy.DefinitionHash = hashOf([]byte(gy.Definition))
	p.update(&gy, "definition", "definition_hash")
	p.facts(2025, "S003,CSI,bottom_5,25,400")
	run := p.run(gy) // 300, 100 and 400 pupils: 15, 5 and 20 million cents
	id := func(code string) string { return p.organization(models.KindDistrict, code).ID }
	sc := p.scenario(NewScenario{BaseRunID: run.ID, Label: "Held", Parameters: map[string]string{"least": "6000000", "most": "19000000"},
		Facts: []ScenarioFact{{id("D001"), "last_year", "17000000"}, {id("D001"), "locale", "city"}}})
	rows, err := p.s.CompareAllocations(ctx, p.analyst, CompareAllocations{Base: run.ID, With: []string{sc.ID}})
	noError(t, err)
	var got []any
	for _, r := range rows {
		got = append(got, []any{r.Organization.Code, r.BaseCents, r.AmountCents, r.Class, r.Bound, r.BoundBy})
	}
	equal(t, got, []any{
		[]any{"D001", models.Cents(15000000), models.Cents(15300000), "winner", "hold_harmless", "keep"},
		[]any{"D002", models.Cents(5000000), models.Cents(6000000), "winner", "floor", "least"},
		[]any{"D003", models.Cents(20000000), models.Cents(18700000), "loser", "", ""},
	})
	rows, err = p.s.CompareAllocations(ctx, p.analyst, CompareAllocations{Base: run.ID, With: []string{sc.ID}, Bound: "floor"})
	noError(t, err)
	equal(t, len(rows), 1)
	runBound := all[models.Allocation](p.night, store.Eq{"run_id": run.ID, "bound": ""})
	equal(t, len(runBound), 3)

	// Locales are not imported yet: one group of unknown.
	totals, err := p.s.ComparisonTotals(ctx, p.analyst, CompareAllocations{Base: run.ID, With: []string{sc.ID}, By: "locale"})
	noError(t, err)
	equal(t, []any{len(totals), totals[0].Value, totals[0].HoldHarmless, totals[0].Floor, totals[0].Cap}, []any{1, "", 1, 1, 0})
	_, err = p.s.TransitionScenario(ctx, p.analyst, ScenarioTransition{ID: sc.ID, Version: 1, Event: "adopt"})
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/facts/0 scenario.fact_not_imported", "/facts/1 scenario.fact_not_imported"})
	capped := p.scenario(NewScenario{BaseRunID: run.ID, Label: "Capped", Parameters: map[string]string{"most": "16000000"}})
	rows, err = p.s.CompareAllocations(ctx, p.analyst, CompareAllocations{Base: run.ID, With: []string{capped.ID}, Bound: "cap"})
	noError(t, err)
	equal(t, []any{len(rows), rows[0].Organization.Code, rows[0].AmountCents, rows[0].BoundBy}, []any{2, "D001", models.Cents(16000000), "most"})
}
