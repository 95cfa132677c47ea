package workflow

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/formula"
)

// Golden figures of the published formula with synthetic weights, each school in a
// district of its own: from the CSV file to the receipt.
func TestGoldenFormulaFromFileToReceipt(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(5)
	p.facts(2025, "S001,CSI,bottom_5,18.40,581", "S002,CSI,bottom_5,24.10,374", "S003,CSI,bottom_5,30.05,620", "S004,CSI,bottom_5,33.00,2605", "S005,TSI,,60,400")
	gy := p.grantYear(map[string]string{"appropriation": "600000000", "analytics_set_aside": "0"})
	run := p.run(gy)
	equal(t, p.amounts(run.ID), map[string]models.Cents{"D001": 114570552, "D002": 61459246, "D003": 81507450, "D004": 342462752, "D005": 0})
	equal(t, []any{run.Status, run.PoolCents, run.AllocatedCents, run.RecipientCount, run.Number}, []any{StatusDraft, models.Cents(600000000), models.Cents(600000000), 4, 1})
	equal(t, p.audited(&run), 1)

	list, err := p.s.Allocations(ctx, p.auditor, ListAllocations{RunID: run.ID, OrganizationID: p.organization(models.KindDistrict, "D001").ID})
	noError(t, err)
	equal(t, []string{list[0].Receipt}, []string{""})
	one, err := p.s.Allocation(ctx, p.auditor, list[0].ID)
	noError(t, err)
	r := one.ReceiptLines
	equal(t, []any{r.AmountCents, r.SharedCents, r.Weighted, r.WeightedTotal, r.InputHash}, []any{models.Cents(114570552), models.Cents(600000000), "871.5", "4564", run.InputHash})
	sources := map[string]string{}
	for _, in := range r.Units[0].Inputs {
		sources[in.Name] = in.Text + " (" + in.Source + ")"
	}
	equal(t, []string{sources["pupils"], sources["index"]}, []string{"581 (Synthetic count)", "18.40 (Synthetic count)"})

	detail, err := p.s.AllocationRun(ctx, p.auditor, run.ID)
	noError(t, err)
	equal(t, len(detail.Decided), 5)
	if d := detail.Decided[4]; d.Eligible || len(d.Units[0].Reasons) == 0 {
		t.Errorf("no reason for %+v", d)
	}
}

// The analytics money: 137,400.00 over 45 and over 57 districts, and cases.
func TestSplitsConserveThePool(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		districts  int
		parameters map[string]string
		pupils     []int
		setAside   bool
		want       map[models.Cents]int
	}{
		{"45 districts", 45, nil, nil, true, map[models.Cents]int{305333: 30, 305334: 15}},
		{"57 districts", 57, nil, nil, true, map[models.Cents]int{241052: 21, 241053: 36}},
		{"A-33", 2, map[string]string{"appropriation": "100000000", "analytics_set_aside": "0"}, []int{300, 100}, false, map[models.Cents]int{75000000: 1, 25000000: 1}},
		{"A-36", 3, map[string]string{"appropriation": "100000000", "analytics_set_aside": "0"}, nil, false, map[models.Cents]int{33333334: 1, 33333333: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := givenPlanning(t)
			p.districts(c.districts)
			var rows []string
			for i := 1; i <= c.districts; i++ {
				pupils := 100
				if c.pupils != nil {
					pupils = c.pupils[i-1]
				}
				rows = append(rows, fmt.Sprintf("S%03d,CSI,bottom_5,25,%d", i, pupils))
			}
			p.facts(2025, rows...)
			run := p.publish(p.run(p.grantYear(c.parameters)))
			got := map[models.Cents]int{}
			var sum models.Cents
			for _, a := range all[models.Allocation](p.night, store.Eq{"run_id": run.ID}) {
				sum += a.AmountCents
				one, err := p.s.Allocation(ctx, p.auditor, a.ID)
				noError(t, err)
				amount := a.AmountCents
				if c.setAside {
					amount = one.ReceiptLines.SetAsides[0].AmountCents
				}
				got[amount]++
			}
			equal(t, got, c.want)
			equal(t, sum, run.PoolCents)
			if c.name == "A-36" {
				equal(t, p.amounts(run.ID)["D001"], models.Cents(33333334)) // ties go by code
			}
		})
	}
}

func TestPublishingSupersedesWithoutRewriting(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(2)
	p.facts(2025, "S001,CSI,bottom_5,25,300", "S002,CSI,bottom_5,25,100")
	d1, d2 := p.organization(models.KindDistrict, "D001"), p.organization(models.KindDistrict, "D002")
	preparer := p.person("Pat Preparer", models.RolePreparer, d1.ID)
	p.person("Olu Official", models.RoleAuthorizedOfficial, d2.ID)
	gy := p.grantYear(map[string]string{"appropriation": "40000000", "analytics_set_aside": "0"})
	first := p.publish(p.run(gy))
	app := models.Application{GrantYearID: gy.ID, OrganizationID: d1.ID, Reference: "T-1", Status: StatusInForce, AllocationCents: 30000000, ApprovedCents: 30000000}
	p.add(&app)
	before := all[models.Allocation](p.night, store.Eq{"run_id": first.ID}, "id")
	draft := p.run(gy) // facts unchanged; made before the facts change, published never
	p.facts(2025, "S001,CSI,bottom_5,25,100")
	second := p.run(gy)

	// The district sees the published run only, and its own share.
	who := p.actor(preparer)
	seen, err := p.s.Allocations(ctx, who, ListAllocations{GrantYearID: gy.ID})
	noError(t, err)
	equal(t, []any{len(seen), seen[0].RunID}, []any{1, first.ID})
	for _, a := range all[models.Allocation](p.night, store.Eq{"organization_id": d1.ID, "run_id": second.ID}) {
		_, err = p.s.Allocation(ctx, who, a.ID)
		refused(t, err, models.NotFound, "not_found")
	}
	_, err = p.s.AllocationRuns(ctx, who, ListAllocationRuns{})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = p.s.TransitionAllocationRun(ctx, p.analyst, AllocationRunTransition{ID: second.ID, Version: 1, Event: "publish"})
	refused(t, err, models.Forbidden, "permission.role")

	diff, err := p.s.CompareRuns(ctx, p.analyst, first.ID, second.ID)
	noError(t, err)
	equal(t, []models.Cents{diff[0].ChangeCents, diff[1].ChangeCents}, []models.Cents{-10000000, 10000000})

	second = p.publish(second)
	equal(t, all[models.Allocation](p.night, store.Eq{"run_id": first.ID}, "id"), before)
	runs, err := p.s.AllocationRuns(ctx, p.auditor, ListAllocationRuns{GrantYearID: gy.ID})
	noError(t, err)
	equal(t, []models.State{runs[0].Status, runs[1].Status, runs[2].Status}, []models.State{StatusSuperseded, StatusDraft, StatusPublished})
	year, err := store.Get[models.GrantYear](p.db.Read(ctx), gy.ID)
	noError(t, err)
	equal(t, *year.PublishedRunID, second.ID)

	// Less than what is approved: the approved revision stays, only the allocation moves.
	app, err = store.Get[models.Application](p.db.Read(ctx), app.ID)
	noError(t, err)
	equal(t, []any{app.AllocationCents, app.ApprovedCents, app.Version, p.audited(&app)}, []any{models.Cents(20000000), models.Cents(30000000), int64(2), 2})
	got, err := store.Get[models.Allocation](p.db.Read(ctx), *app.AllocationID)
	noError(t, err)
	equal(t, got.RunID, second.ID)
	equal(t, len(all[models.Notice](p.night, store.Eq{"event": "allocation_run.published"})), 4)
	notices, err := p.s.Notices(ctx, who, ListNotices{})
	noError(t, err)
	if !strings.Contains(notices[0].Detail, "$200,000.00") {
		t.Errorf("the notice does not say the amount: %s", notices[0].Detail)
	}
	seen, err = p.s.Allocations(ctx, who, ListAllocations{GrantYearID: gy.ID})
	noError(t, err)
	equal(t, len(seen), 2) // the superseded one stays readable

	_, err = p.s.TransitionAllocationRun(ctx, p.manager, AllocationRunTransition{ID: first.ID, Version: 3, Event: "publish"})
	refused(t, err, models.Conflict, "allocation_run.no_such_step")
	_, err = p.s.TransitionAllocationRun(ctx, p.manager, AllocationRunTransition{ID: draft.ID, Version: 9, Event: "publish"})
	refused(t, err, models.Stale, "stale")
}

func TestAllocationRefusals(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(2)
	gy, err := p.s.CreateGrantYear(ctx, p.analyst, CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2026})
	noError(t, err)
	_, err = p.s.RunAllocation(ctx, p.analyst, NewAllocationRun{GrantYearID: gy.ID, FactsYear: 2025, Label: "x"})
	refused(t, err, models.Invalid, "facts.none")
	_, err = p.s.RunAllocation(ctx, p.analyst, NewAllocationRun{GrantYearID: "none", FactsYear: 2025, Label: "x"})
	refused(t, err, models.Invalid, "not_found")
	_, err = p.s.RunAllocation(ctx, p.manager, NewAllocationRun{GrantYearID: gy.ID, FactsYear: 2025, Label: "x"})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = p.s.ImportFacts(ctx, p.analyst, factFile(2025, "code,identification,pupils", "S001,CSI,10", "S002,CSI,"))
	noError(t, err)
	_, err = p.s.RunAllocation(ctx, p.analyst, NewAllocationRun{GrantYearID: gy.ID, FactsYear: 2025, Label: "x"})
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/facts/S001/index required", "/facts/S002/index required", "/facts/S002/pupils required"})

	p.facts(2025, "S001,CSI,bottom_5,20,10", "S002,CSI,bottom_5,20,10")
	run := p.run(gy) // while planned: a scenario
	_, err = p.s.TransitionAllocationRun(ctx, p.manager, AllocationRunTransition{ID: run.ID, Version: 1, Event: "publish"})
	refused(t, err, models.Conflict, "grant_year.not_open")
	gy, err = p.s.UpdateGrantYear(ctx, p.analyst, UpdateGrantYear{ID: gy.ID, Version: 1, Parameters: map[string]string{"appropriation": "100"}})
	noError(t, err)
	_, err = p.s.RunAllocation(ctx, p.analyst, NewAllocationRun{GrantYearID: gy.ID, FactsYear: 2025, Label: "x"})
	refused(t, err, models.Invalid, "formula.failed") // more set aside than there is
	_, err = p.s.TransitionGrantYear(ctx, p.manager, GrantYearTransition{ID: gy.ID, Version: 2, Event: "open"})
	noError(t, err)
	_, err = p.s.TransitionAllocationRun(ctx, p.manager, AllocationRunTransition{ID: run.ID, Version: 1, Event: "publish"})
	refused(t, err, models.Conflict, "allocation_run.outdated")
	_, err = p.s.TransitionAllocationRun(ctx, p.manager, AllocationRunTransition{ID: "none", Version: 1, Event: "publish"})
	refused(t, err, models.NotFound, "not_found")
	_, err = p.s.CompareRuns(ctx, p.auditor, run.ID, "none")
	refused(t, err, models.NotFound, "not_found")
	next, err := p.s.CreateGrantYear(ctx, p.analyst, CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2027})
	noError(t, err)
	_, err = p.s.CompareRuns(ctx, p.auditor, run.ID, p.run(next).ID)
	refused(t, err, models.Conflict, "allocation_run.other_year")
}

func TestARunIsConserved(t *testing.T) {
	t.Parallel()
	good := formula.Result{PoolCents: 100, AllocatedCents: 99, UndistributedCents: 1, Allocations: []formula.Allocation{{AmountCents: 60}, {AmountCents: 39}}}
	noError(t, conserved(good))
	for _, broken := range []formula.Result{
		{PoolCents: 100, AllocatedCents: 100, Allocations: []formula.Allocation{{AmountCents: 99}}},
		{PoolCents: 100, AllocatedCents: 99, UndistributedCents: 1, Allocations: []formula.Allocation{{AmountCents: 100}, {AmountCents: -1}}},
		{PoolCents: 100, AllocatedCents: 98, UndistributedCents: 1, Allocations: []formula.Allocation{{AmountCents: 99}}},
	} {
		if conserved(broken) == nil {
			t.Errorf("%+v passes", broken)
		}
	}
}

func TestTwoPublishesAtOnceLeaveOne(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(3)
	p.facts(2025, "S001,CSI,bottom_5,25,300", "S002,CSI,bottom_5,25,100", "S003,CSI,bottom_5,25,100")
	gy := p.grantYear(nil)
	app := models.Application{GrantYearID: gy.ID, OrganizationID: p.organization(models.KindDistrict, "D001").ID, Reference: "T-1", Status: StatusOpen}
	p.add(&app)
	runs := []models.AllocationRun{p.run(gy), p.run(gy), p.run(gy)}
	var wait sync.WaitGroup
	for _, run := range append(runs, runs...) {
		wait.Go(func() {
			_, err := p.s.TransitionAllocationRun(ctx, p.manager, AllocationRunTransition{ID: run.ID, Version: run.Version, Event: "publish"})
			if k := models.KindOf(err); err != nil && k != models.Stale && k != models.Conflict {
				t.Errorf("publish: %v", err)
			}
		})
	}
	wait.Wait()
	published := all[models.AllocationRun](p.night, store.Eq{"grant_year_id": gy.ID, "status": StatusPublished})
	equal(t, len(published), 1)
	year, err := store.Get[models.GrantYear](p.db.Read(ctx), gy.ID)
	noError(t, err)
	equal(t, *year.PublishedRunID, published[0].ID)
	app, err = store.Get[models.Application](p.db.Read(ctx), app.ID)
	noError(t, err)
	a, err := store.Get[models.Allocation](p.db.Read(ctx), *app.AllocationID)
	noError(t, err)
	equal(t, []any{a.RunID, a.AmountCents, p.audited(&app)}, []any{published[0].ID, app.AllocationCents, int(app.Version)})
}
