package demo

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/workflow"
)

// absences are people who act for others on the day of the demo, and districts that ask
// for what is locked to be opened.
func (w *world) absences() {
	w.at("2026-04-24", "act for a liaison", func(ctx context.Context) error {
		_, err := w.s.CreateDelegation(ctx, w.pals[2], workflow.CreateDelegation{ToUserID: w.analyst.UserID, Role: models.RolePAL, FromOn: "2026-04-27", ToOn: "2026-05-08",
			Reason: "Leave until May 8 (synthetic)."})
		return err
	})
	w.at("2026-04-24", "name a backup of the manager", func(ctx context.Context) error {
		_, err := w.s.CreateDelegation(ctx, w.manager, workflow.CreateDelegation{ToUserID: w.evaluation.UserID, Role: models.RoleManager, FromOn: "2026-05-01", ToOn: "2027-04-30", Standing: true,
			Reason: "Backup for absences that nobody plans (synthetic)."})
		return err
	})
	w.askFor("2026-04-21", 54, "deny", "The minimum is missed; hand in when the summer window opens.")
	w.askFor("2026-04-28", 53, "", "")
}

// askFor has a district ask for its window to be opened, and the office answer, if it does.
func (w *world) askFor(on models.Date, k int, event, comment string) {
	w.at(on, "ask for the window to be opened", func(ctx context.Context) error {
		for _, d := range w.districts {
			if !d.partner || d.k != k {
				continue
			}
			app, err := w.applicationOf(ctx, d, w.current)
			if err != nil {
				return err
			}
			asked, err := w.s.CreateUnlockRequest(ctx, d.preparer, workflow.CreateUnlockRequest{DocumentKind: "application", DocumentID: app.ID,
				Reason: "The board met after the window had closed; the application is ready (synthetic)."})
			if err != nil || event == "" {
				return err
			}
			w.clock.tick()
			_, err = w.s.TransitionUnlockRequest(ctx, w.manager, workflow.TransitionUnlockRequest{ID: asked.ID, Version: asked.Version, Event: event, Comment: comment})
			return err
		}
		return nil
	})
}

func (w *world) applicationOf(ctx context.Context, d *district, y *year) (models.Application, error) {
	found, err := w.s.Applications(ctx, d.preparer, workflow.ApplicationFilter{GrantYearID: y.id, OrganizationID: d.id}, workflow.Page{})
	if err != nil {
		return models.Application{}, err
	}
	if len(found) != 1 {
		return models.Application{}, fmt.Errorf("%s has %d applications", d.code, len(found))
	}
	return found[0], nil
}
