package api_test

import (
	"context"
	"net/http"
	"testing"

	"earmark/models"
	"earmark/workflow"
)

// token makes an account with a role and an API token of its own.
func (e *env) token(email string, grant workflow.RoleGrant) string {
	e.t.Helper()
	ctx := context.Background()
	p, err := e.app.Service.CreateUser(ctx, models.System("test"), workflow.CreateUser{Email: email, Name: email, Roles: []workflow.RoleGrant{grant}})
	if err != nil {
		e.t.Fatal(err)
	}
	t, err := e.app.Service.CreateAPIToken(ctx, models.Actor{UserID: p.ID, Name: p.Name, Roles: p.Roles},
		workflow.CreateAPIToken{Name: "test", Scopes: []string{"read", "write"}, ExpiresInDays: 1})
	if err != nil {
		e.t.Fatal(err)
	}
	return t.Token
}

func TestTextThatNoDatabaseCanHoldIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	e := given(t)
	admin := e.token("admin@state.example", workflow.RoleGrant{Role: models.RoleAdministrator})
	e.rows([]row{
		{"", call{method: "GET", path: "/api/v1/applications/%00", as: admin}, 404, "not_found"},
		{"", call{method: "GET", path: "/api/v1/applications/%ff", as: admin}, 404, "not_found"},
		{"", call{method: "GET", path: "/api/v1/applications?organization_id=%00", as: admin}, 400, "malformed"},
		{"", call{method: "GET", path: "/api/v1/revisions?organization_id=%ff", as: admin}, 400, "malformed"},
		{"", call{method: "GET", path: "/api/v1/tokens?user_id=%00", as: admin}, 400, "malformed"},
		{"", call{method: "GET", path: "/api/v1/revisions/x/diff?from=%00", as: admin}, 400, "malformed"},
		{"a parameter that cannot be read is not no parameter", call{method: "GET", path: "/api/v1/applications?organization_id=%zz", as: admin}, 400, "malformed"},
		{"", call{method: "GET", path: "/api/v1/applications?organization_id=a;b", as: admin}, 400, "malformed"},
		{"", call{method: "GET", path: "/api/v1/allocation_runs/x/comparison?from=%00", as: admin}, 400, "malformed"},
		{"", call{method: "GET", path: "/api/v1/determinations?program_code=%00&year=2025", as: admin}, 400, "malformed"},
		{"", call{method: "GET", path: "/api/v1/facts?name=%00", as: admin}, 400, "malformed"},
		{"", call{method: "POST", path: "/api/v1/sessions", body: `{"email":"\u0000@state.example","password":"x"}`}, 401, "sign_in.refused"},
		{"", call{method: "POST", path: "/api/v1/sessions", body: `{"email":"somebody@state.example","password":"\u0000"}`}, 401, "sign_in.refused"},
		{"", call{method: "PUT", path: "/api/v1/users/%00/roles", as: admin, body: `{"roles":[],"reason":"x"}`, header: map[string]string{"If-Match": `"1"`}}, 404, "not_found"},
	})
}

func TestAMissingMemberIsNotAnEmptyOne(t *testing.T) {
	t.Parallel()
	e := given(t)
	admin := e.token("admin@state.example", workflow.RoleGrant{Role: models.RoleAdministrator})
	res, body := e.send(call{method: "POST", path: "/api/v1/users", as: admin, body: `{"email":"ann@state.example","name":"Ann","roles":[{"role":"opd_manager"}]}`})
	if res.StatusCode != http.StatusCreated {
		t.Fatal(body)
	}
	e.rows([]row{
		{"", call{method: "PUT", path: res.Header.Get("Location") + "/roles", as: admin, body: `{"reason":"typing error"}`, header: map[string]string{"If-Match": res.Header.Get("ETag")}}, 422, "/roles"},
		{"", call{method: "PUT", path: res.Header.Get("Location") + "/roles", as: admin, body: `{"roles":[],"reason":"she left"}`, header: map[string]string{"If-Match": res.Header.Get("ETag")}}, 200, `"roles":[]`},
	})
}
