package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/formula"
)

// NewReallocation shares what was released of a grant year among the other recipients.
type NewReallocation struct {
	GrantYearID string      `json:"grant_year_id" validate:"required,max=64"`
	Label       string      `json:"label" validate:"required,max=200"`
	Excluded    []Exclusion `json:"excluded" validate:"max=2000,dive"`
}

// Exclusion leaves a recipient out of a reallocation.
type Exclusion struct {
	OrganizationID string `json:"organization_id" validate:"required,max=64"`
	Reason         string `json:"reason" validate:"required,max=500"`
}

// reallocated is what a reallocation rests on, kept with its run.
type reallocated struct {
	Releases []string    `json:"releases"` // that make up its pool
	Excluded []Exclusion `json:"excluded"`
}

// RunReallocation makes a draft run that shares the released money of a grant year by the
// formula of the program, over the facts of its published run, among the recipients that
// released nothing and are not left out. Errors: Conflict "allocation_run.no_pool",
// "allocation_run.not_published", "allocation_run.not_shared_out", "allocation_release.not_used".
func (s *Service) RunReallocation(ctx context.Context, who models.Actor, in NewReallocation) (models.AllocationRun, error) {
	var run models.AllocationRun
	if err := s.admit(who, RunAllocation, in); err != nil {
		return run, err
	}
	reader := s.db.Read(ctx)
	ru, err := s.rules(reader, in.GrantYearID)
	if err != nil {
		return run, unknownReference(err, "/grant_year_id", "grant year")
	}
	published, err := reallocatable(reader, ru)
	if err != nil {
		return run, err
	}
	pool, basis, err := poolOf(reader, ru, in.Excluded)
	if err != nil {
		return run, err
	}
	made, err := s.computeReallocation(reader, ru, published, pool, basis)
	if err != nil {
		return run, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "allocation_run", in, &run)
		if err != nil || replay {
			return err
		}
		text, err := json.Marshal(basis)
		if err != nil {
			return err
		}
		ru.reallocation = string(text)
		run, err = s.saveRun(tx, who, id, "", ru, NewAllocationRun{GrantYearID: in.GrantYearID, FactsYear: published.FactsYear, Label: in.Label}, made)
		return err
	})
	return run, err
}

// reallocatable is the published run of a year in which released money may be shared out.
func reallocatable(r store.Reading, ru rules) (models.AllocationRun, error) {
	if err := runnable(ru); err != nil {
		return models.AllocationRun{}, err
	}
	if ru.def.YearEnd == nil || ru.def.YearEnd.Release == nil || !ru.def.YearEnd.Release.Reallocate {
		return models.AllocationRun{}, models.Fail(models.Conflict, "allocation_release.not_used", "%s shares no released money out.", ru.def.Title)
	}
	if ru.year.PublishedRunID == nil {
		return models.AllocationRun{}, models.Fail(models.Conflict, "allocation_run.not_published", "No allocation of %s is published yet.", ru.year.Title)
	}
	return store.Get[models.AllocationRun](r, *ru.year.PublishedRunID)
}

// poolOf adds up what is released and not shared out.
func poolOf(r store.Reading, ru rules, excluded []Exclusion) (models.Cents, reallocated, error) {
	basis := reallocated{Releases: []string{}, Excluded: append([]Exclusion{}, excluded...)}
	rows, err := store.All[models.AllocationRelease](r, store.Eq{"grant_year_id": ru.year.ID, "status": string(StatusPooled)}, "id")
	if err != nil {
		return 0, basis, err
	}
	var pool models.Cents
	for _, x := range rows {
		pool += x.AmountCents
		basis.Releases = append(basis.Releases, x.ID)
	}
	if pool == 0 {
		return 0, basis, models.Fail(models.Conflict, "allocation_run.no_pool", "Nothing is released of %s that could be shared out.", ru.year.Title)
	}
	return pool, basis, nil
}

func (s *Service) computeReallocation(r store.Reading, ru rules, published models.AllocationRun, pool models.Cents, basis reallocated) (computed, error) {
	w, err := recipients(r, ru.def, published.FactsYear, "")
	if err != nil {
		return computed{}, err
	}
	if err := invalid(w.missing); err != nil {
		return computed{}, err
	}
	standing, err := store.AllocationStandings(r, store.Scope{All: true}, ru.year.ID, "", store.Page{})
	if err != nil {
		return computed{}, err
	}
	takesPart := map[string]bool{}
	for _, a := range standing {
		takesPart[a.OrganizationID] = a.OriginalCents > 0 && a.ReleasedCents == 0
	}
	for _, x := range basis.Excluded {
		takesPart[x.OrganizationID] = false
	}
	w.recipients = slices.DeleteFunc(w.recipients, func(x formula.Recipient) bool { return !takesPart[w.ids[x.Code]] })
	f, of := formula.Reallocation(ru.def.Formula)
	in := FormulaInput(ru.def, ru.params, w.recipients)
	in.Amounts[formula.ReleasedPool], in.Parameters[formula.ReleasedPool] = pool, fmt.Sprint(int64(pool))
	in.Conditions = placed{in.Conditions, of}
	result, err := formula.Run(f, in)
	if err != nil {
		return computed{}, models.Fail(models.Invalid, "formula.failed", "The formula cannot be applied: %s.", err)
	}
	if result.AllocatedCents != pool {
		return computed{}, models.Fail(models.Conflict, "allocation_run.not_shared_out", "%s of %s would be left over: %s Leave fewer recipients out.", pool-result.AllocatedCents, pool, result.UndistributedWhy)
	}
	return computed{result, w.ids}, conserved(result)
}

// placed asks conditions by their place in the formula that they were written in.
type placed struct {
	formula.Conditions
	of []int
}

// Eligible asks the condition of an eligible step.
func (p placed) Eligible(step int, recipient *formula.Recipient, unit *formula.Unit) (bool, error) {
	return p.Conditions.Eligible(p.of[step], recipient, unit)
}

// Measure asks the value of a measure or weight step.
func (p placed) Measure(step int, recipient *formula.Recipient, unit *formula.Unit) (int64, error) {
	return p.Conditions.Measure(p.of[step], recipient, unit)
}

// publishReallocation adds a draft reallocation to the allocations of the year. What was
// released since it was made, or taken back, makes it out of date.
func (s *Service) publishReallocation(tx *store.Tx, who models.Actor, comment string, ru rules, run *models.AllocationRun) error {
	var basis reallocated
	if err := json.Unmarshal([]byte(run.Reallocation), &basis); err != nil {
		return err
	}
	releases, err := store.LockAll[models.AllocationRelease](tx, store.Eq{"grant_year_id": run.GrantYearID, "status": string(StatusPooled)})
	if err != nil {
		return err
	}
	ids := make([]string, len(releases))
	for i, x := range releases {
		ids[i] = x.ID
	}
	if !slices.Equal(ids, basis.Releases) {
		return models.Fail(models.Conflict, "allocation_run.outdated", "What is released changed after run %d was made. Make it again.", run.Number)
	}
	before := *run
	run.Status, run.PublishedAt, run.PublishedBy = StatusPublished, &tx.Now, &who.UserID
	if err := tx.Update(run, "status", "published_at", "published_by"); err != nil {
		return err
	}
	tx.Audit(run, ruled(event(who, "publish", comment, &before, run), ru))
	for _, x := range releases {
		old := x
		x.Status, x.RunID = StatusReallocated, &run.ID
		if err := tx.Update(&x, "status", "run_id"); err != nil {
			return err
		}
		tx.Audit(&x, ruled(event(who, "reallocate", fmt.Sprintf("Run %d was published.", run.Number), old, x), ru))
	}
	return s.addReallocation(tx, who, ru, run)
}

// addReallocation raises the applications of the year by their share.
func (s *Service) addReallocation(tx *store.Tx, who models.Actor, ru rules, run *models.AllocationRun) error {
	amounts, err := store.AllocationAmounts(tx, run.ID)
	if err != nil {
		return err
	}
	applications, err := store.LockAll[models.Application](tx, store.Eq{"grant_year_id": run.GrantYearID})
	if err != nil {
		return err
	}
	share := make(map[string]models.Cents, len(amounts))
	for _, a := range amounts {
		share[a.OrganizationID] = a.AmountCents
	}
	for i := range applications {
		if err := moveAllocation(tx, who, ru, &applications[i], share[applications[i].OrganizationID], "reallocate", fmt.Sprintf("Reallocation run %d was published.", run.Number)); err != nil {
			return err
		}
	}
	return s.tellRecipients(tx, ru, *run, amounts)
}
