package browser

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"earmark/demo"
)

// Every action of a page exists in the API. A form whose address and method are not those
// of the operation has a row here: the operations that it stands for, or "browser" for what
// has no meaning outside of one.
var operations = map[string]string{
	"/sign-in": "POST /sessions", "/sign-out": "DELETE /sessions/current", "/language": "browser",
	"/account/password": "PUT /users/:id/password", "/account/sessions": "DELETE /sessions/:id", "/account/sessions/:id": "DELETE /sessions/:id",
	"/account/tokens/new": "POST /tokens", "/account/tokens/:id": "POST /tokens/:id/revocation",
	"/users/new": "POST /users", "/users/:id": "POST /users/:id/transitions", "/users/:id/edit": "PUT /users/:id", "/users/:id/sessions": "DELETE /users/:id/sessions",
	"/delegations/new": "POST /delegations", "/delegations/:id": "POST /delegations/:id/transitions", "/jobs/:name": "POST /jobs/:name/runs", "/audit_verification": "GET /audit_verification",
	"/flags/:id":           "POST /flags/:id/transitions",
	"/agreements/:id/edit": "PATCH /agreements/:id", "/agreements/:id/gate_waivers/:part/removal": "DELETE /agreements/:id/gate_waivers/:waiver_id",
	"/agreements/:id/goals/:part": "PUT /agreements/:id/goals/:goal_id", "/agreements/:id/goals/:part/removal": "DELETE /agreements/:id/goals/:goal_id",
	"/agreements/:id/targets/:part": "PUT /agreements/:id/targets/:target_id", "/agreements/:id/targets/:part/removal": "DELETE /agreements/:id/targets/:target_id",
	"/agreements/:id/targets/:part/retirement": "POST /agreements/:id/targets/:target_id/retirement",
	"/agreements/:id/strategies/:part":         "PUT /agreements/:id/strategies/:strategy_id", "/agreements/:id/strategies/:part/removal": "DELETE /agreements/:id/strategies/:strategy_id",
	"/agreements/:id/activities/:part": "PUT /agreements/:id/activities/:activity_id", "/agreements/:id/activities/:part/removal": "DELETE /agreements/:id/activities/:activity_id",
	"/applications/:id/revisions": "POST /revisions", "/revisions/:id/line_items/:number/remove": "DELETE /revisions/:id/line_items/:number", "/revisions/:id/line_items/preview": "POST /revisions/:id/line_preview",
	"/revisions/:id/review": "PUT /revisions/:id/line_items/:number/decision", "/revisions/:id/review/step": "POST /revisions/:id/transitions",
	"/low_risk_line_items": "POST /low_risk_approvals", "/return_reasons/new": "POST /return_reasons", "/unlock_requests/new": "POST /unlock_requests", "/unlock_requests/:id": "POST /unlock_requests/:id/transitions",
	"/revisions/:id/workbook/import": "POST /revisions/:id/line_item_imports", "/revisions/:id/paste": "POST /revisions/:id/line_item_imports",
	"/records/:id/edit": "PATCH /records/:id", "/records/:id/signatures/:party": "POST /records/:id/transitions", "/records/:id/overrides/:check": "POST /records/:id/overrides", "/meetings/:id/edit": "PUT /meetings/:id",
	"/allocation_runs/:id": "POST /allocation_runs/:id/transitions", "/grant_years/:id": "POST /grant_years/:id/transitions", "/grant_years/:id/rehearsal": "POST /grant_years/:id/rehearsal", "/determination_runs/:id": "POST /determination_runs/:id/transitions", "/account/notifications": "PUT /users/:id/notifications", "/scenarios/:id": "PUT /scenarios/:id",
}

func TestEveryFormIsAnOperation(t *testing.T) {
	t.Parallel()
	s := serve(t)
	known := map[string]bool{} // method and path of every operation
	for _, r := range s.app.API.Engine().Routes() {
		if path, ours := strings.CutPrefix(r.Path, "/api/v1"); ours {
			known[r.Method+" "+path] = true
		}
	}
	for _, r := range s.app.Web.Routes() {
		if r.Method != http.MethodPost {
			continue
		}
		operation, listed := operations[r.Path]
		switch {
		case operation == "browser" || known[operation]:
		case listed:
			t.Errorf("%s stands for %s, which the API does not have", r.Path, operation)
		case !slices.ContainsFunc([]string{"POST ", "PUT ", "PATCH "}, func(method string) bool { return known[method+r.Path] }):
			t.Errorf("the form %s is in the table of no operation: give it a row", r.Path)
		}
	}
}

// twin is one command, given once through the page and once through the API, to documents
// that are alike.
type twin struct {
	name           string
	byPage, byTool string // who gives it
	document       func(v *visitor) string
	page           func(v *visitor, path string)
	tool           func(v *visitor, path string)
}

var twins = []twin{
	{"reply to a flag", "preparer-049@demo.example", "preparer-050@demo.example", openFlag,
		func(v *visitor, path string) {
			v.get(path).ok().form("Send the reply").with("comment", "It is on its way.").send().ok()
		},
		func(v *visitor, path string) {
			v.api("POST", path+"/transitions", map[string]any{"event": "acknowledge", "comment": "It is on its way."})
		}},
	{"start an amendment", "preparer-055@demo.example", "preparer-057@demo.example", func(v *visitor) string { return applicationOf(v.t, v.email) },
		func(v *visitor, path string) {
			v.get(path).ok().form("Start an amendment").with("reason", "A position is vacant.").send().ok()
		},
		func(v *visitor, path string) {
			v.api("POST", "/revisions", map[string]any{"application_id": lastPart(path), "reason": "A position is vacant."})
		}},
}

func openFlag(v *visitor) string {
	return "/flags/" + v.api("GET", "/flags?status=open&limit=1", nil).items()[0].text("id")
}

// The same command leaves the same events, whoever carries it: what was done, to which kind
// of document, and which of its members changed.
func TestPagesAndAPILeaveTheSameEvents(t *testing.T) {
	t.Parallel()
	for _, tw := range twins {
		person, tool := as(t, tw.byPage), as(t, tw.byTool)
		document, twin := tw.document(person), tw.document(tool)
		earlier, before := person.events(nil), tool.events(nil)
		tw.page(person, document)
		tw.tool(tool, twin)
		page, api := slices.Sorted(maps.Values(person.events(earlier))), slices.Sorted(maps.Values(tool.events(before)))
		if len(page) == 0 || !slices.Equal(page, api) {
			t.Errorf("%s leaves %q through the page and %q through the API", tw.name, page, api)
		}
	}
}

// events are what somebody did today, by identifier, without those that are known already.
func (v *visitor) events(known map[string]string) map[string]string {
	v.t.Helper()
	out := map[string]string{}
	for _, e := range as(v.t, "auditor@demo.example").api("GET", "/audit_events?limit=100&from="+string(demo.Today)+"&actor_id="+v.api("GET", "/me", nil).text("id"), nil).items() {
		if _, old := known[e.text("id")]; !old && e.text("document_kind") != "session" {
			changes, _ := e["changes"].(map[string]any)
			out[e.text("id")] = e.text("action") + " " + e.text("document_kind") + " " + strings.Join(slices.Sorted(maps.Keys(changes)), ",")
		}
	}
	return out
}
