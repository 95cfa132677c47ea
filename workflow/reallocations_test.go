package workflow

import (
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/formula"
)

// sharedOut is a published allocation of $400,000.00 among four districts, 300:100:100:100.
func sharedOut(t *testing.T) (*planning, models.GrantYear, []models.Organization) {
	t.Helper()
	p := givenPlanning(t)
	p.districts(4)
	p.facts(2025, "S001,CSI,bottom_5,25,300", "S002,CSI,bottom_5,25,100", "S003,CSI,bottom_5,25,100", "S004,CSI,bottom_5,25,100")
	gy := p.grantYear(map[string]string{"appropriation": "40000000", "analytics_set_aside": "4000"})
	p.publish(p.run(gy))
	var districts []models.Organization
	for i := range 4 {
		districts = append(districts, p.organization(models.KindDistrict, fmt.Sprintf("D%03d", i+1)))
	}
	return p, gy, districts
}

func (p *planning) standing(gy models.GrantYear) (rows []AllocationStanding, total models.Cents) {
	p.t.Helper()
	rows, err := p.s.AllocationStandings(ctx, p.auditor, ListAllocationStandings{GrantYearID: gy.ID})
	noError(p.t, err)
	for _, a := range rows {
		total += a.AllocationCents()
	}
	return rows, total
}

func (p *planning) released(gy models.GrantYear, o models.Organization, amount models.Cents) (models.AllocationRelease, error) {
	return p.s.ReleaseAllocation(ctx, p.manager, NewRelease{GrantYearID: gy.ID, OrganizationID: o.ID, AmountCents: amount, Reason: "Positions stay open."})
}

func (p *planning) reallocate(gy models.GrantYear, excluded ...Exclusion) (models.AllocationRun, error) {
	run, err := p.s.RunReallocation(ctx, p.analyst, NewReallocation{GrantYearID: gy.ID, Label: "Released", Excluded: excluded})
	if err != nil {
		return run, err
	}
	return p.s.TransitionAllocationRun(ctx, p.manager, AllocationRunTransition{ID: run.ID, Version: run.Version, Event: "publish"})
}

// What is released is shared by the same need, to the cent, and allocations add up to what
// was allocated before; the receipts verify.
func TestReleasedMoneyIsSharedByTheSameFormula(t *testing.T) {
	t.Parallel()
	p, gy, d := sharedOut(t)
	_, err := p.reallocate(gy)
	refused(t, err, models.Conflict, "allocation_run.no_pool")
	app := models.Application{GrantYearID: gy.ID, OrganizationID: d[1].ID, Reference: "T-1", Status: StatusInForce, AllocationCents: 6_667_000, ApprovedCents: 6_000_000}
	p.add(&app)
	_, before := p.standing(gy)
	rows, _ := p.standing(gy)
	_, err = p.released(gy, d[1], rows[1].OriginalCents-6_000_000+1)
	refusedAt(t, err, models.Invalid, "allocation_release.over_free", "/amount_cents")
	_, err = p.released(gy, d[1], 100_001)
	noError(t, err)
	second, err := p.released(gy, d[3], 7)
	noError(t, err)
	equal(t, store2(store.Get[models.Application](p.db.Read(ctx), app.ID)).AllocationCents, models.Cents(6_667_000-100_001))
	draft, err := p.s.RunReallocation(ctx, p.analyst, NewReallocation{GrantYearID: gy.ID, Label: "Released"})
	noError(t, err)
	_, err = p.s.TransitionAllocationRelease(ctx, p.manager, ReleaseTransition{ID: second.ID, Version: second.Version, Event: "withdraw", Comment: "Needed after all."})
	noError(t, err)
	_, err = p.s.TransitionAllocationRun(ctx, p.manager, AllocationRunTransition{ID: draft.ID, Version: draft.Version, Event: "publish"})
	refused(t, err, models.Conflict, "allocation_run.outdated")
	_, err = p.reallocate(gy, Exclusion{d[0].ID, "Behind."}, Exclusion{d[2].ID, "Behind."}, Exclusion{d[3].ID, "Behind."})
	refused(t, err, models.Conflict, "allocation_run.not_shared_out")

	run, err := p.reallocate(gy, Exclusion{d[3].ID, "It is behind its plan."})
	noError(t, err)
	equal(t, []any{run.RunKind, run.PoolCents, run.AllocatedCents}, []any{models.RunReallocation, models.Cents(100_001), models.Cents(100_001)})
	equal(t, p.amounts(run.ID), map[string]models.Cents{"D001": 75_001, "D003": 25_000})
	for _, a := range all[models.Allocation](p.night, store.Eq{"run_id": run.ID}) {
		one, err := p.s.Allocation(ctx, p.auditor, a.ID)
		noError(t, err)
		noError(t, formula.VerifyReceipt(one.ReceiptLines))
	}
	after, total := p.standing(gy)
	equal(t, total, before)
	equal(t, []models.Cents{after[0].ReallocatedCents, after[1].ReleasedCents, after[3].ReleasedCents}, []models.Cents{75_001, 100_001, 0})
	on, err := p.s.AllocationsOn(ctx, p.auditor, ListAllocations{GrantYearID: gy.ID}, p.s.Today()) // what was shared out is added, and replaces nothing
	noError(t, err)
	var sum models.Cents
	for _, a := range on {
		sum += a.AmountCents
	}
	equal(t, sum, before+100_001)
	_, err = p.s.TransitionAllocationRun(ctx, p.manager, AllocationRunTransition{ID: p.run(gy).ID, Version: 1, Event: "publish"})
	refused(t, err, models.Conflict, "allocation_run.released")
	_, err = p.released(models.GrantYear{Root: models.Root{ID: "none"}}, d[0], 1)
	refused(t, err, models.Invalid, "not_found")
}

func store2[T any](v T, _ error) T { return v }

// Money is conserved through any sequence of releases, withdrawals and reallocations.
func TestMoneyIsConservedThroughAnySequence(t *testing.T) {
	t.Parallel()
	p, gy, d := sharedOut(t)
	_, whole := p.standing(gy)
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 3).Draw(t, "steps") {
			switch o := rapid.SampledFrom(d).Draw(t, "district"); rapid.SampledFrom([]string{"release", "release", "withdraw", "reallocate"}).Draw(t, "step") {
			case "release":
				_, _ = p.released(gy, o, models.Cents(rapid.Int64Range(1, 3_000_000).Draw(t, "amount")))
			case "withdraw":
				for _, r := range all[models.AllocationRelease](p.night, store.Eq{"organization_id": o.ID, "status": "pooled"}) {
					_, err := p.s.TransitionAllocationRelease(ctx, p.manager, ReleaseTransition{ID: r.ID, Version: r.Version, Event: "withdraw", Comment: "Needed."})
					if err != nil {
						t.Fatal(err)
					}
				}
			case "reallocate":
				_, _ = p.reallocate(gy)
			}
		}
		rows, total := p.standing(gy)
		for _, r := range all[models.AllocationRelease](p.night, store.Eq{"status": "pooled"}) {
			total += r.AmountCents
		}
		if total != whole {
			t.Fatalf("%s of %s", total, whole)
		}
		for _, a := range rows {
			if a.AllocationCents() < 0 {
				t.Fatalf("%s has %s", a.OrganizationCode, a.AllocationCents())
			}
		}
	})
}

// Releases at once never give up more than there is.
func TestReleasesAtOnceDoNotPassTheAllocation(t *testing.T) {
	t.Parallel()
	p, gy, d := sharedOut(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { _, _ = p.released(gy, d[1], 3_000_000) })
	}
	wg.Wait()
	rows, _ := p.standing(gy)
	equal(t, rows[1].ReleasedCents, models.Cents(6_000_000))
}

// A release and the last approval at once: whoever is second finds what the first left.
func TestAReleaseAgainstAnApproval(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, revision := o.application()
	o.save(o.services(revision, 10_000_000))
	revision = o.step(o.official, revision, "submit", "")
	o.step(o.pal, revision, "approve", "")
	now := o.revision(app, 0)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = o.s.TransitionRevision(ctx, o.fiscal, TransitionRevision{ID: now.ID, Version: now.Version, Event: "approve"})
	})
	wg.Go(func() {
		_, _ = o.s.ReleaseAllocation(ctx, o.official, NewRelease{GrantYearID: app.GrantYearID, OrganizationID: app.OrganizationID, AmountCents: app.AllocationCents, Reason: "None of it is needed."})
	})
	wg.Wait()
	left := store2(store.Get[models.Application](o.db.Read(ctx), app.ID))
	if left.ApprovedCents > left.AllocationCents {
		t.Fatalf("%s is approved of %s", left.ApprovedCents, left.AllocationCents)
	}
}
