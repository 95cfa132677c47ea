package store

import (
	"earmark/models"
)

// SaveScenarioAmounts puts what a scenario gives in the place of what it gave before.
func (tx *Tx) SaveScenarioAmounts(scenarioID string, rows []models.ScenarioAmount) error {
	if err := tx.Remove(&models.ScenarioAmount{}, Eq{"scenario_id": scenarioID}); err != nil {
		return err
	}
	values := make([][]any, len(rows))
	for i, a := range rows {
		values[i] = []any{scenarioID, a.OrganizationID, int64(a.AmountCents), a.Bound, a.BoundBy}
	}
	return tx.insertRows("scenario_amounts", []string{"scenario_id", "organization_id", "amount_cents", "bound", "bound_by"}, "", values)
}

// ComparedAmount is what one run or scenario gives one recipient.
type ComparedAmount struct {
	SubjectID      string
	OrganizationID string
	AmountCents    models.Cents
	Bound          string
	BoundBy        string
}

// ComparedAmounts calls fn with every amount of some runs and scenarios, in two queries.
func ComparedAmounts(r Reading, ids []string, fn func(ComparedAmount)) error {
	g := r.reader().g
	for _, q := range []string{
		"SELECT run_id, organization_id, amount_cents, bound, bound_by FROM allocations WHERE run_id IN ?",
		"SELECT scenario_id, organization_id, amount_cents, bound, bound_by FROM scenario_amounts WHERE scenario_id IN ?",
	} {
		err := eachRow(g.Raw(q, ids), func(scan func(...any) error) error {
			var a ComparedAmount
			if err := scan(&a.SubjectID, &a.OrganizationID, &a.AmountCents, &a.Bound, &a.BoundBy); err != nil {
				return err
			}
			fn(a)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
