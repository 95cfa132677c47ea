package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// NewScenario starts a scenario: from a run, whose parameters it copies, or from a grant
// year as it is. Parameters and facts are those to change; the formula stays.
type NewScenario struct {
	GrantYearID string            `json:"grant_year_id" validate:"required_without=BaseRunID,max=64"`
	BaseRunID   string            `json:"base_run_id" validate:"max=64"`
	FactsYear   int               `json:"facts_year" validate:"omitempty,gte=1990,lte=2100"` // 0: that of the run
	Label       string            `json:"label" validate:"required,max=200"`
	Note        string            `json:"note" validate:"max=4000"`
	Parameters  map[string]string `json:"parameters" validate:"max=200"`
	Facts       []ScenarioFact    `json:"facts" validate:"max=5000,dive"`
}

// UpdateScenario replaces what a draft scenario changes. Sending what it has already
// computes it again, with the facts as they are known now.
type UpdateScenario struct {
	ID         string            `json:"-"`
	Version    int64             `json:"-"`
	FactsYear  int               `json:"facts_year" validate:"gte=1990,lte=2100"`
	Label      string            `json:"label" validate:"required,max=200"`
	Note       string            `json:"note" validate:"max=4000"`
	Parameters map[string]string `json:"parameters" validate:"max=200"`
	Facts      []ScenarioFact    `json:"facts" validate:"max=5000,dive"`
}

// CreateScenario copies, changes and computes.
func (s *Service) CreateScenario(ctx context.Context, who models.Actor, in NewScenario) (models.Scenario, error) {
	var sc models.Scenario
	if err := s.admit(who, ManageScenarios, in); err != nil {
		return sc, err
	}
	reader := s.db.Read(ctx)
	made, r, err := s.copyBase(reader, in)
	if err != nil {
		return sc, err
	}
	trial, err := s.tryOut(reader, r, &made, in.Parameters, in.Facts)
	if err != nil {
		return sc, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "scenario", in, &sc)
		if err != nil || replay {
			return err
		}
		number, err := tx.Counter("scenario/" + made.GrantYearID)
		if err != nil {
			return err
		}
		sc = made
		sc.ID, sc.Number, sc.CreatedBy, sc.ComputedAt = id, int(number), who.UserID, tx.Now
		if err := tx.Insert(&sc); err != nil {
			return err
		}
		tx.Audit(&sc, ruled(event(who, "create", "", nil, &sc), r))
		return tx.SaveScenarioAmounts(id, trial.amounts())
	})
	return sc, err
}

// copyBase is the scenario with what it takes over from its run or grant year.
func (s *Service) copyBase(reader store.Reading, in NewScenario) (models.Scenario, rules, error) {
	sc := models.Scenario{GrantYearID: in.GrantYearID, Status: StatusDraft, FactsYear: in.FactsYear, Label: in.Label, Note: in.Note, BaseCurrent: true}
	if in.BaseRunID != "" {
		run, err := store.Get[models.AllocationRun](reader, in.BaseRunID)
		if err != nil {
			return sc, rules{}, unknownReference(err, "/base_run_id", "allocation run")
		}
		if in.GrantYearID != "" && in.GrantYearID != run.GrantYearID {
			return sc, rules{}, models.Field("/base_run_id", "scenario.other_year", "The run belongs to another grant year.", "Give a run of this grant year, or leave grant_year_id out.")
		}
		sc.GrantYearID, sc.BaseRunID, sc.BaseParameters = run.GrantYearID, &run.ID, run.Parameters
		if sc.FactsYear == 0 {
			sc.FactsYear = run.FactsYear
		}
	}
	r, err := s.rules(reader, sc.GrantYearID)
	if err != nil {
		return sc, r, unknownReference(err, "/grant_year_id", "grant year")
	}
	if err := runnable(r); err != nil {
		return sc, r, err
	}
	if sc.BaseRunID == nil {
		sc.BaseParameters = r.year.Parameters
	}
	if sc.FactsYear == 0 {
		return sc, r, models.Field("/facts_year", "required", "The field facts_year is missing.", "Give the year whose facts the scenario starts from.")
	}
	return sc, r, nil
}

// UpdateScenario edits a draft scenario and computes it again.
func (s *Service) UpdateScenario(ctx context.Context, who models.Actor, in UpdateScenario) (models.Scenario, error) {
	var sc models.Scenario
	if err := s.admit(who, ManageScenarios, in); err != nil {
		return sc, err
	}
	// Reading and computing come before the transaction, so that nobody waits for them.
	reader := s.db.Read(ctx)
	known, err := s.openScenario(reader, in.ID, in.Version)
	if err != nil {
		return sc, err
	}
	r, err := s.rules(reader, known.GrantYearID)
	if err != nil {
		return sc, err
	}
	made := known
	made.FactsYear, made.Label, made.Note = in.FactsYear, in.Label, in.Note
	trial, err := s.tryOut(reader, r, &made, in.Parameters, in.Facts)
	if err != nil {
		return sc, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		before, err := store.Lock[models.Scenario](tx, in.ID, known.Version)
		if err != nil {
			return err
		}
		sc = made
		sc.ComputedAt = tx.Now
		err = tx.Update(&sc, "facts_year", "label", "note", "parameters", "facts", "fact_count", "base_current", "pool_cents", "allocated_cents",
			"recipient_count", "input_hash", "computed_at")
		if err != nil {
			return err
		}
		tx.Audit(&sc, ruled(event(who, "update", "", &before, &sc), r))
		return tx.SaveScenarioAmounts(sc.ID, trial.amounts())
	})
	return sc, err
}

// openScenario is a draft scenario at the version that the actor read.
func (s *Service) openScenario(r store.Reading, id string, version int64) (models.Scenario, error) {
	sc, err := scenarioAt(r, id, version)
	if err == nil && sc.Status != StatusDraft {
		err = models.Fail(models.Conflict, "scenario.locked", "This scenario is %s and cannot be changed. Start a new one.", sc.Status)
	}
	return sc, err
}

// scenarioAt looks at the version before the long work; the lock looks again.
func scenarioAt(r store.Reading, id string, version int64) (models.Scenario, error) {
	sc, err := store.Get[models.Scenario](r, id)
	if err == nil && version != 0 && sc.Version != version {
		old := models.Fail(models.Stale, "stale", "Somebody changed this scenario since you read it.")
		old.Version = sc.Version
		return sc, old
	}
	return sc, err
}

// tryOut applies the formula with the scenario's changes and writes into the scenario what
// they are and what they come to. Everything that is wrong with them is said at once.
func (s *Service) tryOut(reader store.Reading, r rules, sc *models.Scenario, parameters map[string]string, facts []ScenarioFact) (computed, error) {
	if err := runnable(r); err != nil {
		return computed{}, err
	}
	changed, wrong, err := resolveFacts(reader, r.def, facts)
	if err != nil {
		return computed{}, err
	}
	text, err := overrides(r.def, r.year.FiscalYear, parameters)
	if err := invalid(append(asFields(err), wrong...)); err != nil {
		return computed{}, err
	}
	sc.Parameters, sc.Facts, sc.FactCount = text, jsonText(changed), len(changed)
	if r.params, err = scenarioParams(r, sc); err != nil {
		return computed{}, err
	}
	known, err := recipients(reader, r.def, sc.FactsYear, "")
	if err != nil {
		return computed{}, err
	}
	trial, err := try(r, known.with(r.def, sc, changed), sc.FactsYear)
	if err != nil {
		return trial, err
	}
	sc.PoolCents, sc.AllocatedCents, sc.InputHash, sc.RecipientCount = trial.result.PoolCents, trial.result.AllocatedCents, trial.result.InputHash, 0
	for _, a := range trial.result.Allocations {
		if a.AmountCents > 0 {
			sc.RecipientCount++
		}
	}
	return trial, s.baseCurrent(reader, r, sc, known)
}

// scenarioParams are the parameters of the base with the scenario's own over them.
func scenarioParams(r rules, sc *models.Scenario) (params programs.Params, err error) {
	values, err := effectiveParameters(sc)
	if err != nil {
		return params, err
	}
	return r.def.Params(r.year.FiscalYear, values)
}

func effectiveParameters(sc *models.Scenario) (map[string]string, error) {
	values, own := map[string]string{}, map[string]string{}
	for _, x := range []struct {
		text string
		into *map[string]string
	}{{sc.BaseParameters, &values}, {sc.Parameters, &own}} {
		if err := json.Unmarshal([]byte(x.text), x.into); err != nil {
			return nil, fmt.Errorf("parameters of scenario %s: %w", sc.ID, err)
		}
	}
	maps.Copy(values, own)
	return values, nil
}

// baseCurrent looks whether the facts of the base run are still those that are known: if
// they are not, a part of every difference to the run comes from them.
func (s *Service) baseCurrent(reader store.Reading, r rules, sc *models.Scenario, known world) error {
	if sc.BaseRunID == nil {
		return nil
	}
	run, err := store.Get[models.AllocationRun](reader, *sc.BaseRunID)
	if err != nil {
		return err
	}
	overridden := map[string]string{}
	if err := json.Unmarshal([]byte(run.Parameters), &overridden); err != nil {
		return fmt.Errorf("parameters of allocation run %s: %w", run.ID, err)
	}
	if r.params, err = r.def.Params(r.year.FiscalYear, overridden); err != nil {
		return err
	}
	again, err := try(r, known, run.FactsYear)
	sc.BaseCurrent = err == nil && run.FactsYear == sc.FactsYear && again.result.InputHash == run.InputHash
	return nil
}

// amounts are the rows that a scenario keeps of what it came to.
func (c computed) amounts() []models.ScenarioAmount {
	rows := make([]models.ScenarioAmount, len(c.result.Allocations))
	for i, a := range c.result.Allocations {
		rows[i] = models.ScenarioAmount{OrganizationID: c.ids[a.Code], AmountCents: a.AmountCents}
		rows[i].Bound, rows[i].BoundBy = boundOf(c.result.Determinations[i], a)
	}
	return rows
}

// ListScenarios asks for the scenarios of a grant year, or of all.
type ListScenarios struct {
	GrantYearID string       `json:"grant_year_id" validate:"max=64"`
	Status      models.State `json:"status" validate:"omitempty,oneof=draft adopted discarded"`
	After       string       `json:"after" validate:"max=64"`
	Limit       int          `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// Scenarios lists scenarios; they are the office's, and no district ever sees one.
func (s *Service) Scenarios(ctx context.Context, who models.Actor, in ListScenarios) ([]models.Scenario, error) {
	if err := s.admit(who, ReadAllocationRuns, in); err != nil {
		return nil, err
	}
	where := eq("grant_year_id", in.GrantYearID, "status", string(in.Status))
	return store.List[models.Scenario](s.db.Read(ctx), store.Scope{All: true}, where, store.Page{After: in.After, Limit: in.Limit})
}

// Scenario is one scenario.
func (s *Service) Scenario(ctx context.Context, who models.Actor, id string) (models.Scenario, error) {
	if err := allow(who, ReadAllocationRuns, ""); err != nil {
		return models.Scenario{}, err
	}
	return store.Get[models.Scenario](s.db.Read(ctx), id)
}
