package api_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

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

// givenClock is givenOffice with a clock that the test sets.
func givenClock(t *testing.T, now func() time.Time) *world {
	t.Helper()
	w := &world{env: givenAt(t, now, withTestPrograms), tokens: map[string]string{}, users: map[string]string{}, ids: map[string]string{}}
	for _, name := range []string{"admin", "analyst", "manager", "pal", "fiscal", "are", "auditor"} {
		w.person(name, roles[name], "")
	}
	w.directory()
	w.person("preparer", models.RolePreparer, w.ids["district"])
	w.person("official", models.RoleAuthorizedOfficial, w.ids["district"])
	w.person("stranger", models.RoleAuthorizedOfficial, w.ids["other"])
	w.everything()
	w.token("super", models.Actor{UserID: w.users["super"], Name: "Person super", Roles: []models.Grant{{Role: models.RoleAuditor}}})
	w.money()
	w.agreement()
	return w
}

// comparable is an answer without what depends on who reads it and when.
func comparable(t *testing.T, body string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v: %.300s", err, body)
	}
	var strip func(any)
	strip = func(v any) {
		switch x := v.(type) {
		case map[string]any:
			delete(x, "available_transitions")
			for _, y := range x {
				strip(y)
			}
		case []any:
			for _, y := range x {
				strip(y)
			}
		}
	}
	strip(v)
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
