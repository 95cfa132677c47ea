package demo

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

// scenarios are what the analyst tries out for next year's talks: one stays on the board,
// one is put away.
func (w *world) scenarios(run *models.AllocationRun) {
	var put models.Scenario
	w.at("2026-03-04", "try out less money", func(ctx context.Context) error {
		_, err := w.s.CreateScenario(ctx, w.analyst, workflow.NewScenario{BaseRunID: run.ID, Label: "A tenth less (synthetic facts)",
			Note: "For the talks about next year's appropriation.", Parameters: map[string]string{"appropriation": "552366000"}})
		return err
	})
	w.at("2026-03-05", "try out without the analytics money", func(ctx context.Context) (err error) {
		put, err = w.s.CreateScenario(ctx, w.analyst, workflow.NewScenario{BaseRunID: run.ID, Label: "No analytics money (synthetic facts)",
			Parameters: map[string]string{"analytics_set_aside": "0"}})
		return err
	})
	w.at("2026-03-11", "put a scenario away", func(ctx context.Context) error {
		_, err := w.s.TransitionScenario(ctx, w.manager, workflow.ScenarioTransition{ID: put.ID, Event: "discard", Comment: "The law names the amount."})
		return err
	})
}
