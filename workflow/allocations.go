package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/formula"
)

// NewAllocationRun applies a grant year's formula to the facts of a year.
type NewAllocationRun struct {
	GrantYearID string `json:"grant_year_id" validate:"required,max=64"`
	FactsYear   int    `json:"facts_year" validate:"gte=1990,lte=2100"`
	Label       string `json:"label" validate:"required,max=200"`
}

// RunAllocation makes a draft run: allocations with receipts for every recipient of which
// facts are known. Only the office sees it until it is published; a scenario never is.
func (s *Service) RunAllocation(ctx context.Context, who models.Actor, in NewAllocationRun) (models.AllocationRun, error) {
	var run models.AllocationRun
	if err := s.admit(who, RunAllocation, in); err != nil {
		return run, err
	}
	// Reading and computing come before the transaction, so that nobody waits for them.
	r, err := s.rules(s.db.Read(ctx), in.GrantYearID)
	if err != nil {
		return run, unknownReference(err, "/grant_year_id", "grant year")
	}
	if err := runnable(r); err != nil {
		return run, err
	}
	made, err := s.compute(s.db.Read(ctx), r, in.FactsYear)
	if err != nil {
		return run, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "allocation_run", in, &run)
		if err != nil || replay {
			return err
		}
		run, err = s.saveRun(tx, who, id, "", r, in, made)
		return err
	})
	return run, err
}

func runnable(r rules) error {
	if err := r.money(); err != nil {
		return err
	}
	switch {
	case len(r.def.Formula.Steps) == 0:
		return models.Fail(models.Conflict, "allocation_run.no_formula", "%s has no formula: it gives support, or decides by application.", r.def.Title)
	case r.year.Status == StatusClosed:
		return models.Fail(models.Conflict, "grant_year.not_open", "%s is closed.", r.year.Title)
	}
	return nil
}

// computed is a run before it is stored.
type computed struct {
	result formula.Result
	ids    map[string]string // of recipients by code
}

// compute loads the facts of a year and applies the formula.
func (s *Service) compute(reader store.Reading, r rules, factsYear int) (computed, error) {
	world, err := recipients(reader, r.def, factsYear, "")
	if err != nil {
		return computed{}, err
	}
	return calculate(r, world, factsYear)
}

// calculate applies the formula to facts that are loaded.
func calculate(r rules, world world, factsYear int) (computed, error) {
	return apply(r, world, factsYear, false)
}

// try is calculate for what keeps no receipts: they are not sealed.
func try(r rules, world world, factsYear int) (computed, error) {
	return apply(r, world, factsYear, true)
}

func apply(r rules, world world, factsYear int, unsealed bool) (computed, error) {
	if len(world.recipients) == 0 {
		return computed{}, models.Field("/facts_year", "facts.none", fmt.Sprintf("No facts of %d are known for any %s.", factsYear, r.def.Formula.Unit), "Import the facts of that year, or choose another year.")
	}
	if err := invalid(world.missing); err != nil {
		return computed{}, err
	}
	in := FormulaInput(r.def, r.params, world.recipients)
	in.Unsealed = unsealed
	if r.stop != nil {
		in.Conditions = stoppable{in.Conditions, r.stop}
	}
	result, err := formula.Run(r.def.Formula, in)
	if err != nil {
		return computed{}, models.Fail(models.Invalid, "formula.failed", "The formula cannot be applied: %s.", err)
	}
	return computed{result, world.ids}, conserved(result)
}

// stoppable are conditions that are asked until something stops them.
type stoppable struct {
	formula.Conditions
	stop func() error
}

// Eligible asks the condition of an eligible step.
func (c stoppable) Eligible(step int, recipient *formula.Recipient, unit *formula.Unit) (bool, error) {
	if err := c.stop(); err != nil {
		return false, err
	}
	return c.Conditions.Eligible(step, recipient, unit)
}

// Measure asks the value of a measure or weight step.
func (c stoppable) Measure(step int, recipient *formula.Recipient, unit *formula.Unit) (int64, error) {
	if err := c.stop(); err != nil {
		return 0, err
	}
	return c.Conditions.Measure(step, recipient, unit)
}

// conserved makes sure that no cent appeared or got lost: the pool is what is allocated
// and what is left over. It is the last line of defence, so it trusts no sum of the formula.
func conserved(r formula.Result) error {
	total := r.UndistributedCents + r.HeldCents
	for _, a := range r.Allocations {
		var err error
		if total, err = total.Add(a.AmountCents); err != nil || a.AmountCents < 0 {
			return fmt.Errorf("allocation of %s: %s does not add up", a.Code, a.AmountCents)
		}
	}
	if total != r.PoolCents || total-r.UndistributedCents-r.HeldCents != r.AllocatedCents {
		return fmt.Errorf("the formula allocated %s and left %s of a pool of %s", r.AllocatedCents, r.UndistributedCents, r.PoolCents)
	}
	return nil
}

func (s *Service) saveRun(tx *store.Tx, who models.Actor, id, reason string, r rules, in NewAllocationRun, made computed) (models.AllocationRun, error) {
	year, err := store.Lock[models.GrantYear](tx, r.year.ID, 0)
	if err != nil {
		return models.AllocationRun{}, err
	}
	if year.Version != r.year.Version {
		return models.AllocationRun{}, models.Fail(models.Stale, "stale", "The grant year changed while the formula ran. Run it again.")
	}
	number, err := tx.Counter("allocation_run/" + r.year.ID)
	if err != nil {
		return models.AllocationRun{}, err
	}
	determinations, err := json.Marshal(made.result.Determinations)
	if err != nil {
		return models.AllocationRun{}, err
	}
	run := models.AllocationRun{Root: models.Root{ID: id}, GrantYearID: r.year.ID, Number: int(number), Label: in.Label, Status: StatusDraft, FactsYear: in.FactsYear,
		PoolCents: made.result.PoolCents, AllocatedCents: made.result.AllocatedCents, InputHash: made.result.InputHash, Parameters: year.Parameters,
		Determinations: string(determinations), CreatedBy: who.UserID, RunKind: models.RunFormula, Reallocation: r.reallocation}
	if r.reallocation != "" {
		run.RunKind = models.RunReallocation
	}
	rows := make([]models.Allocation, len(made.result.Allocations))
	for i, a := range made.result.Allocations {
		receipt, err := json.Marshal(a.Receipt)
		if err != nil {
			return models.AllocationRun{}, err
		}
		if a.AmountCents > 0 {
			run.RecipientCount++
		}
		rows[i] = models.Allocation{ID: tx.NewID(), RunID: id, GrantYearID: r.year.ID, OrganizationID: made.ids[a.Code],
			AmountCents: a.AmountCents, Receipt: string(receipt), ReceiptHash: hashOf(receipt)}
		rows[i].Bound, rows[i].BoundBy = boundOf(made.result.Determinations[i], a)
	}
	if err := tx.Insert(&run); err != nil {
		return models.AllocationRun{}, err
	}
	tx.Audit(&run, ruled(event(who, "run", reason, nil, &run), r))
	return run, tx.SaveAllocations(rows)
}

// AllocationRunTransition publishes a run.
type AllocationRunTransition struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Event   string `json:"event" validate:"required,oneof=publish"`
	Comment string `json:"comment" validate:"max=4000"`
}

// TransitionAllocationRun puts a draft run in force: the run before it is superseded and
// stays as it was, and the applications of the year get their new allocation. What is
// approved above a smaller allocation stays approved; the night flags it.
func (s *Service) TransitionAllocationRun(ctx context.Context, who models.Actor, in AllocationRunTransition) (models.AllocationRun, error) {
	var run models.AllocationRun
	if err := s.admit(who, ReadAllocationRuns, in); err != nil {
		return run, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		known, err := store.Get[models.AllocationRun](tx, in.ID)
		if err != nil {
			return err
		}
		// The grant year first, always: two runs of one year are published one after the other.
		year, err := store.Lock[models.GrantYear](tx, known.GrantYearID, 0)
		if err != nil {
			return err
		}
		if run, err = store.Lock[models.AllocationRun](tx, in.ID, in.Version); err != nil {
			return err
		}
		if _, err := take(AllocationRuns, run.Status, in.Event, who, "", in.Comment, none{}); err != nil {
			return refuse(err)
		}
		return s.publish(tx, who, in.Comment, year, &run)
	})
	return run, err
}

func (s *Service) publish(tx *store.Tx, who models.Actor, comment string, year models.GrantYear, run *models.AllocationRun) error {
	r, err := s.rulesOf(year)
	if err != nil {
		return err
	}
	switch {
	case year.Status != StatusOpen:
		return models.Fail(models.Conflict, "grant_year.not_open", "%s is %s. Open it before you publish an allocation.", year.Title, year.Status)
	case run.Parameters != year.Parameters:
		return models.Fail(models.Conflict, "allocation_run.outdated", "The parameters of %s changed after run %d. Run the formula again.", year.Title, run.Number)
	}
	if run.RunKind == models.RunReallocation {
		return s.publishReallocation(tx, who, comment, r, run)
	}
	released, err := store.Count[models.AllocationRelease](tx, store.Eq{"grant_year_id": year.ID, "status": []string{string(StatusPooled), string(StatusReallocated)}})
	if err != nil {
		return err
	}
	if released > 0 {
		return models.Fail(models.Conflict, "allocation_run.released", "%d releases of %s rest on the published run, so it cannot be superseded.", released, year.Title)
	}
	if year.PublishedRunID != nil {
		if err := supersede(tx, who, r, *year.PublishedRunID, run.Number); err != nil {
			return err
		}
	}
	before := *run
	run.Status, run.PublishedAt, run.PublishedBy = StatusPublished, &tx.Now, &who.UserID
	if err := tx.Update(run, "status", "published_at", "published_by"); err != nil {
		return err
	}
	tx.Audit(run, ruled(event(who, "publish", comment, &before, run), r))
	old := year
	year.PublishedRunID = &run.ID
	if err := tx.Update(&year, "published_run_id"); err != nil {
		return err
	}
	tx.Audit(&year, ruled(event(who, "publish_allocation", comment, &old, &year), r))
	amounts, err := store.AllocationAmounts(tx, run.ID)
	if err != nil {
		return err
	}
	if err := allocate(tx, who, r, *run, amounts); err != nil {
		return err
	}
	return s.tellRecipients(tx, r, *run, amounts)
}

func supersede(tx *store.Tx, who models.Actor, r rules, id string, by int) error {
	earlier, err := store.Lock[models.AllocationRun](tx, id, 0)
	if err != nil {
		return err
	}
	step, err := take(AllocationRuns, earlier.Status, "supersede", who, "", "", none{})
	if err != nil {
		return refuse(err)
	}
	before := earlier
	earlier.Status = models.State(step.To)
	if err := tx.Update(&earlier, "status"); err != nil {
		return err
	}
	tx.Audit(&earlier, ruled(event(who, "supersede", fmt.Sprintf("Run %d was published.", by), &before, &earlier), r))
	return nil
}

// allocate gives the applications of the year their share of a published run.
func allocate(tx *store.Tx, who models.Actor, r rules, run models.AllocationRun, amounts []store.AllocationAmount) error {
	share := make(map[string]store.AllocationAmount, len(amounts))
	for _, a := range amounts {
		share[a.OrganizationID] = a
	}
	applications, err := store.LockAll[models.Application](tx, store.Eq{"grant_year_id": run.GrantYearID})
	if err != nil {
		return err
	}
	before := slices.Clone(applications)
	for i := range applications {
		a := &applications[i]
		a.AllocationID, a.AllocationCents = nil, 0
		if got, ok := share[a.OrganizationID]; ok {
			a.AllocationID, a.AllocationCents = &got.AllocationID, got.AmountCents
		}
	}
	if err := store.UpdateAll(tx, applications, "allocation_id", "allocation_cents"); err != nil {
		return err
	}
	for i := range applications {
		tx.Audit(&applications[i], ruled(event(who, "allocate", fmt.Sprintf("Allocation run %d was published.", run.Number), &before[i], &applications[i]), r))
	}
	return nil
}

// tellRecipients makes a notice for every official and preparer of a district with an allocation.
func (s *Service) tellRecipients(tx *store.Tx, r rules, run models.AllocationRun, amounts []store.AllocationAmount) error {
	people, err := store.RunRecipients(tx, run.ID, districtRoles...)
	if err != nil || len(people) == 0 {
		return err
	}
	share := make(map[string]store.AllocationAmount, len(amounts))
	for _, a := range amounts {
		share[a.OrganizationID] = a
	}
	notices := make([]models.Notice, len(people))
	for i, p := range people {
		a := share[p.OrganizationID]
		notices[i] = models.Notice{ID: tx.NewID(), UserID: p.UserID, Event: "allocation_run.published", SubjectKind: run.Kind(), SubjectID: run.ID,
			OrganizationID: p.OrganizationID, Title: "Allocation published: " + r.year.Title,
			Detail: allocationNews(r, run, a),
			Why:    because(p.Role), ForDate: s.Today(), CreatedAt: tx.Now}
	}
	return tx.Create(&notices)
}

func allocationNews(r rules, run models.AllocationRun, a store.AllocationAmount) string {
	if run.RunKind == models.RunReallocation {
		return fmt.Sprintf("The allocation of %s for %s rises by %s, of what others gave up. The receipt shows how it was worked out.", a.Name, r.year.Title, a.AmountCents)
	}
	return fmt.Sprintf("The allocation of %s for %s is %s. The receipt shows how it was worked out.", a.Name, r.year.Title, a.AmountCents)
}

// ListAllocationRuns asks for the runs of a grant year, or of all.
type ListAllocationRuns struct {
	GrantYearID string       `json:"grant_year_id" validate:"max=64"`
	Status      models.State `json:"status" validate:"omitempty,oneof=draft published superseded"`
	After       string       `json:"after" validate:"max=64"`
	Limit       int          `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// AllocationRuns lists runs, draft ones too; they are the office's.
func (s *Service) AllocationRuns(ctx context.Context, who models.Actor, in ListAllocationRuns) ([]models.AllocationRun, error) {
	if err := s.admit(who, ReadAllocationRuns, in); err != nil {
		return nil, err
	}
	where := eq("grant_year_id", in.GrantYearID, "status", string(in.Status))
	return store.List[models.AllocationRun](s.db.Read(ctx), store.Scope{All: true}, where, store.Page{After: in.After, Limit: in.Limit})
}

// AllocationRunDetail is a run with who takes part and why.
type AllocationRunDetail struct {
	models.AllocationRun
	Decided []formula.Determination
}

// AllocationRun is one run.
func (s *Service) AllocationRun(ctx context.Context, who models.Actor, id string) (AllocationRunDetail, error) {
	if err := allow(who, ReadAllocationRuns, ""); err != nil {
		return AllocationRunDetail{}, err
	}
	run, err := store.Get[models.AllocationRun](s.db.Read(ctx), id)
	if err != nil {
		return AllocationRunDetail{}, err
	}
	out := AllocationRunDetail{AllocationRun: run}
	return out, json.Unmarshal([]byte(run.Determinations), &out.Decided)
}

// ListAllocations asks for allocations of a run, a grant year or a district.
type ListAllocations struct {
	RunID          string      `json:"run_id" validate:"max=64"`
	GrantYearID    string      `json:"grant_year_id" validate:"max=64"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	On             models.Date `json:"on" validate:"omitempty,civil_date"` // of the runs published at the end of this day
	After          string      `json:"after" validate:"max=64"`
	Limit          int         `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// Allocations lists allocations, without their receipts. A district sees its own, of runs
// that are or were published.
func (s *Service) Allocations(ctx context.Context, who models.Actor, in ListAllocations) ([]models.Allocation, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	if in.On != "" {
		return s.AllocationsOn(ctx, who, in, in.On)
	}
	where := eq("run_id", in.RunID, "grant_year_id", in.GrantYearID, "organization_id", in.OrganizationID)
	return store.Allocations(s.db.Read(ctx), scope(who), where, !scope(who).All, false, store.Page{After: in.After, Limit: in.Limit})
}

// AllocationDetail is an allocation with its run and its receipt.
type AllocationDetail struct {
	models.Allocation
	Run          models.AllocationRun
	ReceiptLines formula.Receipt
}

// Allocation is one allocation that the actor may see.
func (s *Service) Allocation(ctx context.Context, who models.Actor, id string) (AllocationDetail, error) {
	r := s.db.Read(ctx)
	a, err := store.Get[models.Allocation](r, id)
	if err != nil {
		return AllocationDetail{}, err
	}
	if err := allow(who, ReadDocuments, a.OrganizationID); err != nil {
		return AllocationDetail{}, err
	}
	run, err := store.Get[models.AllocationRun](r, a.RunID)
	if err != nil {
		return AllocationDetail{}, err
	}
	if run.Status == StatusDraft && !scope(who).All {
		return AllocationDetail{}, notFound()
	}
	if hashOf([]byte(a.Receipt)) != a.ReceiptHash {
		return AllocationDetail{}, errors.New("the receipt of allocation " + a.ID + " is not the one that was stored")
	}
	out := AllocationDetail{Allocation: a, Run: run}
	return out, json.Unmarshal([]byte(a.Receipt), &out.ReceiptLines)
}

// AllocationDifference is what one recipient gets in two runs.
type AllocationDifference struct {
	OrganizationID string
	Code           string
	Name           string
	FromCents      models.Cents
	ToCents        models.Cents
	ChangeCents    models.Cents
}

// CompareRuns says what each recipient would gain or lose from one run to another of the
// same grant year, by code.
func (s *Service) CompareRuns(ctx context.Context, who models.Actor, fromID, toID string) ([]AllocationDifference, error) {
	if err := allow(who, ReadAllocationRuns, ""); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	var runs [2]models.AllocationRun
	var amounts [2][]store.AllocationAmount
	for i, id := range []string{fromID, toID} {
		var err error
		if runs[i], err = store.Get[models.AllocationRun](r, id); err != nil {
			return nil, err
		}
		if amounts[i], err = store.AllocationAmounts(r, id); err != nil {
			return nil, err
		}
	}
	if runs[0].GrantYearID != runs[1].GrantYearID {
		return nil, models.Fail(models.Conflict, "allocation_run.other_year", "The runs belong to different grant years.")
	}
	return differences(amounts[0], amounts[1]), nil
}

func differences(from, to []store.AllocationAmount) []AllocationDifference {
	by := map[string]*AllocationDifference{}
	var order []string
	at := func(a store.AllocationAmount) *AllocationDifference {
		if by[a.OrganizationID] == nil {
			by[a.OrganizationID] = &AllocationDifference{OrganizationID: a.OrganizationID, Code: a.Code, Name: a.Name}
			order = append(order, a.OrganizationID)
		}
		return by[a.OrganizationID]
	}
	for _, a := range from {
		at(a).FromCents = a.AmountCents
	}
	for _, a := range to {
		at(a).ToCents = a.AmountCents
	}
	out := make([]AllocationDifference, len(order))
	for i, id := range order {
		out[i] = *by[id]
		out[i].ChangeCents = out[i].ToCents - out[i].FromCents
	}
	slices.SortFunc(out, func(a, b AllocationDifference) int { return strings.Compare(a.Code, b.Code) })
	return out
}
