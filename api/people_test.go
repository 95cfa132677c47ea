package api_test

import (
	"net/http"
	"testing"

	"earmark/models"
)

func TestSomebodyActsForTheOfficial(t *testing.T) {
	t.Parallel()
	w := givenApplication(t)
	w.signIn("official")
	w.change("preparer", "POST", "/revisions/"+w.ids["revision"], "/line_items", w.line(50_000_00))
	in := m{"to_email": "preparer@example.test", "role": "authorized_official", "organization_id": w.ids["district"], "from_on": "2026-01-20", "to_on": "2026-01-31", "reason": "Annual leave"}
	status, body := w.request("preparer", "POST", "/delegations", in)
	if status != http.StatusForbidden {
		t.Errorf("a token delegates: %d %s", status, body)
	}
	d := w.do("official", "POST", "/delegations", in)
	if text(d, "status") != "active" || text(d, "to_name") != "Person preparer" {
		t.Errorf("%v", d)
	}
	if status, body = w.request("official", "POST", "/delegations", in); status != http.StatusConflict {
		t.Errorf("a second one in the same days: %d %s", status, body)
	}
	rev := w.change("preparer", "POST", "/revisions/"+w.ids["revision"], "/transitions", m{"event": "submit"})
	if text(rev, "status") != "submitted" {
		t.Errorf("%v", rev)
	}
	found := false
	for _, e := range items(w.do("auditor", "GET", "/audit_events?document_kind=revision&document_id="+w.ids["revision"], nil)) {
		if text(e, "action") == "submit" {
			found = text(e, "on_behalf_of") == w.users["official"] && text(e, "delegation_id") == text(d, "id") && text(e, "actor_id") == w.users["preparer"]
		} else if e.(map[string]any)["on_behalf_of"] != nil {
			t.Errorf("%v", e)
		}
	}
	if !found {
		t.Error("the submission does not say on whose behalf")
	}
	path := "/delegations/" + text(d, "id")
	w.change("official", "POST", path, "/transitions", m{"event": "revoke", "comment": "Back"})
	if status, body = w.request("preparer", "POST", "/revisions/"+w.ids["revision"]+"/transitions", m{"event": "withdraw", "comment": "x"}); status != http.StatusForbidden && status != http.StatusPreconditionRequired {
		t.Errorf("the delegation is revoked: %d %s", status, body)
	}
	c := call{method: "POST", path: "/api/v1" + path + "/transitions", as: w.tokens["official"], body: `{"event": "revoke", "comment": "again"}`, header: map[string]string{"If-Match": w.etag(path)}}
	w.want(http.StatusConflict, "revoked already", c)
	c = call{method: "POST", path: "/api/v1/revisions/" + w.ids["revision"] + "/transitions", as: w.tokens["preparer"], body: `{"event": "withdraw", "comment": "x"}`, header: map[string]string{"If-Match": w.etag("/revisions/" + w.ids["revision"])}}
	w.want(http.StatusForbidden, "the role ended with the delegation", c)
	if got := len(items(w.do("stranger", "GET", "/delegations", nil))); got != 0 {
		t.Errorf("another district sees %d delegations", got)
	}
	if got := len(items(w.do("auditor", "GET", "/delegations?on=2026-01-25", nil))); got != 0 {
		t.Errorf("%d delegations count on a day after the revocation", got)
	}
}

func TestTheOfficeUnlocksOnRequest(t *testing.T) {
	t.Parallel()
	w := givenApplication(t)
	w.change("preparer", "POST", "/revisions/"+w.ids["revision"], "/line_items", w.line(50_000_00))
	in := m{"document_kind": "revision", "document_id": w.ids["revision"], "reason": "Prices fell"}
	if status, body := w.request("preparer", "POST", "/unlock_requests", in); status != http.StatusConflict {
		t.Errorf("a draft is not locked: %d %s", status, body)
	}
	w.change("official", "POST", "/revisions/"+w.ids["revision"], "/transitions", m{"event": "submit"})
	for as, want := range map[string]int{"stranger": http.StatusNotFound, "pal": http.StatusForbidden} {
		if status, body := w.request(as, "POST", "/unlock_requests", in); status != want {
			t.Errorf("%s: %d %s", as, status, body)
		}
	}
	u := w.do("preparer", "POST", "/unlock_requests", in)
	path := "/unlock_requests/" + text(u, "id")
	grant := m{"event": "grant", "until_on": "2026-02-10", "comment": "Agreed"}
	if status, body := w.request("manager", "POST", path+"/transitions", grant); status != http.StatusForbidden {
		t.Errorf("not the manager's turn: %d %s", status, body)
	}
	if u = w.change("pal", "POST", path, "/transitions", grant); text(u, "status") != "granted" {
		t.Errorf("%v", u)
	}
	if rev := w.do("preparer", "GET", "/revisions/"+w.ids["revision"], nil); text(rev, "status") != "returned" {
		t.Errorf("%v", rev["status"])
	}
	if status, body := w.request("pal", "POST", path+"/transitions", grant); status != http.StatusConflict {
		t.Errorf("answered already: %d %s", status, body)
	}
}

func TestALeaverHandsOver(t *testing.T) {
	t.Parallel()
	w := givenApplication(t)
	w.person("heir", models.RolePAL, "")
	path := "/users/" + w.users["pal"]
	in := m{"to_user_id": w.users["fiscal"], "reason": "Retires", "disable": true, "dry_run": true}
	seen := w.change("admin", "POST", path, "/handover", in)
	if text(list(seen, "items")[0], "work") != "liaison" || text(list(seen, "items")[0], "refused") == "" {
		t.Errorf("%v", seen)
	}
	c := call{method: "POST", path: "/api/v1" + path + "/handover", as: w.tokens["admin"], header: map[string]string{"If-Match": w.etag(path)},
		body: `{"to_user_id": "` + w.users["fiscal"] + `", "reason": "Retires"}`}
	w.want(http.StatusConflict, "no liaison", c)
	in["to_user_id"], in["dry_run"] = w.users["heir"], false
	if done := w.change("admin", "POST", path, "/handover", in); text(done, "status") != "disabled" {
		t.Errorf("%v", done)
	}
	if left := items(w.do("admin", "GET", path+"/open_work", nil)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	c = call{method: "GET", path: "/api/v1/me", as: w.tokens["pal"]}
	w.want(http.StatusUnauthorized, "the leaver's token", c)
}
