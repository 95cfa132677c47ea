package api_test

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

// people adds what happens when people are away: a standing backup of the official.
func (w *world) people() {
	w.t.Helper()
	official := models.Actor{UserID: w.users["official"], Name: "Person official", Roles: []models.Grant{{Role: models.RoleAuthorizedOfficial, OrganizationID: w.ids["district"]}}}
	today := w.app.Service.Today()
	d, err := w.app.Service.CreateDelegation(context.Background(), official, workflow.CreateDelegation{ToUserID: w.users["preparer"], Role: models.RoleAuthorizedOfficial,
		OrganizationID: w.ids["district"], FromOn: today, ToOn: today.AddDays(300), Standing: true, Reason: "Backup"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.ids["delegation"] = d.ID
}

// unlock adds a request that waits: for a window that is closed at noon of the world.
func (w *world) unlock() {
	w.t.Helper()
	w.ids["unlock request"] = text(w.do("preparer", "POST", "/unlock_requests", m{"document_kind": "application", "document_id": w.ids["application"], "reason": "Prices fell"}), "id")
}
