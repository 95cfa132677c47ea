package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// ScenarioTransition adopts or discards a scenario.
type ScenarioTransition struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Event   string `json:"event" validate:"required,oneof=adopt discard"`
	Comment string `json:"comment" validate:"max=4000"`
}

// TransitionScenario takes a step of the table Scenarios. Adoption makes a draft run that
// is published as every other: from imported facts, under the grant year's parameters.
func (s *Service) TransitionScenario(ctx context.Context, who models.Actor, in ScenarioTransition) (models.Scenario, error) {
	var sc models.Scenario
	if err := s.admit(who, ReadAllocationRuns, in); err != nil {
		return sc, err
	}
	reader := s.db.Read(ctx)
	known, err := scenarioAt(reader, in.ID, in.Version)
	if err != nil {
		return sc, err
	}
	step, err := take(Scenarios, known.Status, in.Event, who, "", in.Comment, none{})
	if err != nil {
		return sc, refuse(err)
	}
	var a adoption
	if in.Event == "adopt" {
		if a, err = s.prepareAdoption(reader, who, known); err != nil {
			return sc, err
		}
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		columns := []string{"status"}
		var runID *string
		if in.Event == "adopt" {
			run, err := s.adopt(tx, who, known, a)
			if err != nil {
				return err
			}
			runID, columns = &run.ID, append(columns, "run_id")
		}
		var err error
		if sc, err = store.Lock[models.Scenario](tx, in.ID, known.Version); err != nil {
			return err
		}
		before := sc
		sc.Status, sc.RunID = models.State(step.To), runID
		if err := tx.Update(&sc, columns...); err != nil {
			return err
		}
		tx.Audit(&sc, event(who, in.Event, in.Comment, &before, &sc))
		return nil
	})
	return sc, err
}

// adoption is what a scenario's run will be, worked out before the transaction.
type adoption struct {
	rules
	trial      computed
	parameters string // of the grant year from now on; "" leaves them
}

// prepareAdoption computes the scenario once more from what is known, and refuses what
// nobody reported or nobody looked at.
func (s *Service) prepareAdoption(reader store.Reading, who models.Actor, sc models.Scenario) (adoption, error) {
	var a adoption
	var err error
	if a.rules, err = s.rules(reader, sc.GrantYearID); err != nil {
		return a, err
	}
	if err := runnable(a.rules); err != nil {
		return a, err
	}
	now := a.params
	if a.params, err = scenarioParams(a.rules, &sc); err != nil {
		return a, err
	}
	var changed []ChangedFact
	if err := json.Unmarshal([]byte(sc.Facts), &changed); err != nil {
		return a, fmt.Errorf("facts of scenario %s: %w", sc.ID, err)
	}
	known, err := recipients(reader, a.def, sc.FactsYear, "")
	if err != nil {
		return a, err
	}
	if wrong := notImported(a.def, known, sc.FactsYear, changed); len(wrong) > 0 {
		err := invalid(wrong).(*models.Error) //nolint:errorlint // made here
		err.Code, err.Detail = "scenario.facts_not_imported", fmt.Sprintf("%d facts of this scenario are not the facts of %d. Nothing was changed: no allocation is made from facts that nobody reported.", len(wrong), sc.FactsYear)
		return a, err
	}
	if a.trial, err = calculate(a.rules, known, sc.FactsYear); err != nil {
		return a, err
	}
	if a.trial.result.InputHash != sc.InputHash {
		return a, models.Fail(models.Conflict, "scenario.outdated", "The facts changed since this scenario was computed. Save it again, look at what it gives now, and adopt that.")
	}
	return a, a.changeParameters(who, &sc, now)
}

// changeParameters works out what the grant year's parameters become. They may change
// while the year is planned; once it is open, districts rely on them.
func (a *adoption) changeParameters(who models.Actor, sc *models.Scenario, now programs.Params) error {
	differ := differingParameters(now, a.params)
	if len(differ) == 0 {
		return nil
	}
	if a.year.Status != StatusPlanned {
		return models.Fail(models.Conflict, "grant_year.parameters_fixed", "%s is %s, so its parameters can no longer change. The scenario has its own %s: take that out, or keep the scenario for comparison.",
			a.year.Title, a.year.Status, strings.Join(differ, ", "))
	}
	if err := allow(who, ManageGrantYears, ""); err != nil {
		return err
	}
	values, err := effectiveParameters(sc)
	if err != nil {
		return err
	}
	a.parameters, err = overrides(a.def, a.year.FiscalYear, values)
	return err
}

// differingParameters names the parameters that do not have the same value.
func differingParameters(a, b programs.Params) (names []string) {
	for _, pair := range [][2]programs.Params{{a, b}, {b, a}} {
		for _, p := range pair[0].All() {
			other, ok := pair[1].Get(p.Name)
			if (!ok || other.Text != p.Text) && !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// adopt changes the grant year's parameters where the scenario has its own, and makes the
// draft run. The grant year is locked first, always.
func (s *Service) adopt(tx *store.Tx, who models.Actor, sc models.Scenario, a adoption) (models.AllocationRun, error) {
	year, err := store.Lock[models.GrantYear](tx, sc.GrantYearID, 0)
	if err != nil {
		return models.AllocationRun{}, err
	}
	if year.Version != a.year.Version {
		return models.AllocationRun{}, models.Fail(models.Stale, "stale", "The grant year changed while the formula ran. Adopt the scenario again.")
	}
	why := fmt.Sprintf("Scenario %d, %s, was adopted.", sc.Number, sc.Label)
	if a.parameters != "" {
		before := year
		year.Parameters = a.parameters
		if err := tx.Update(&year, "parameters"); err != nil {
			return models.AllocationRun{}, err
		}
		tx.Audit(&year, ruled(event(who, "update_parameters", why, &before, &year), a.rules))
		a.year = year
	}
	return s.saveRun(tx, who, tx.NewID(), why, a.rules, NewAllocationRun{GrantYearID: year.ID, FactsYear: sc.FactsYear, Label: sc.Label}, a.trial)
}
