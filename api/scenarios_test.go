package api_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// scene is a row: who does what, and what comes of it. The ETag of the document at the
// start of the path is read first and sent; ids in braces are those of the world.
type scene struct {
	as, method, path string
	body             any // nil for none; a string is a CSV file
	status           int
	contains         string
}

func (w *world) play(scenes []scene) {
	w.t.Helper()
	for _, s := range scenes {
		path := w.named(s.path)
		c := call{method: s.method, path: "/api/v1" + path, as: w.tokens[s.as], header: map[string]string{}}
		if parts := strings.SplitN(path, "/", 4); s.method != "GET" && len(parts) > 2 && !strings.Contains(path, "?") && parts[1] != "jobs" && parts[1] != "notices" &&
			parts[1] != "sessions" && parts[1] != "tokens" && !strings.HasSuffix(path, "/reversal") && !strings.HasSuffix(path, "/sessions") {
			c.header["If-Match"] = w.etag("/" + parts[1] + "/" + parts[2])
		}
		switch b := s.body.(type) {
		case nil:
		case string:
			c.body, c.header["Content-Type"] = b, "text/csv"
		default:
			text, err := json.Marshal(b)
			if err != nil {
				w.t.Fatal(err)
			}
			c.body = w.named(string(text))
		}
		if strings.HasPrefix(path, "/tokens/") {
			c.header["If-Match"] = `"1"`
		}
		res, body := w.send(c)
		if res.StatusCode != s.status || !strings.Contains(body, s.contains) {
			w.t.Errorf("%s: %s %s %s: got %d %.500s\nwant %d with %q", s.as, s.method, s.path, c.body, res.StatusCode, body, s.status, s.contains)
		}
	}
}

// named puts identifiers in the place of {names}.
func (w *world) named(s string) string {
	for name, id := range w.ids {
		s = strings.ReplaceAll(s, "{"+name+"}", id)
	}
	for name, id := range w.users {
		s = strings.ReplaceAll(s, "{user "+name+"}", id)
	}
	return strings.ReplaceAll(s, "{missing}", missing)
}

func TestPeopleAndTheirAccess(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	w.signIn("admin")
	w.signIn("preparer")
	w.play([]scene{
		{"preparer", "GET", "/me", nil, 200, `"role":"district_preparer"`},
		{"preparer", "GET", "/users/{user preparer}", nil, 200, "preparer@example.test"},
		{"admin", "POST", "/users", m{"email": "new@example.test", "name": "New Person", "roles": []m{{"role": "pal"}}}, 201, `"role":"pal"`},
		{"admin", "POST", "/users", m{"email": "NEW@example.test", "name": "Again"}, 409, "user.email_taken"},
		{"admin", "PUT", "/users/{user auditor}", m{"email": "new@example.test", "name": "Ada"}, 409, "user.email_taken"},
		{"admin", "PUT", "/users/{user auditor}", m{"email": "ada@example.test", "name": "Ada"}, 200, `"name":"Ada"`},
		{"admin", "PUT", "/users/{user auditor}/roles", m{"roles": []m{{"role": "opd_analyst"}}, "reason": "Moves on."}, 200, "opd_analyst"},
		{"admin", "PUT", "/users/{user pal}/roles", m{"roles": []m{}, "reason": "Leaves."}, 409, "roles.pal_assigned"},
		{"admin", "PUT", "/users/{user auditor}/password", m{"new_password": "another long secret 8"}, 204, ""},
		{"preparer", "PUT", "/users/{user preparer}/password", m{"old_password": "wrong", "new_password": "another long secret 8"}, 422, "/old_password"},
		{"admin", "DELETE", "/users/{user stranger}/sessions", nil, 200, `"ended":0`},
		{"admin", "DELETE", "/users/{missing}/sessions", nil, 404, "not_found"},
		{"admin", "POST", "/users/{user are}/transitions", m{"event": "enable"}, 409, "user.no_such_step"},
		{"admin", "POST", "/users/{user are}/transitions", m{"event": "disable", "comment": "Left."}, 200, `"disabled"`},
		{"are", "GET", "/me", nil, 401, "unauthenticated"},
		{"manager", "PUT", "/organizations/{other school}/pal", m{"user_id": "{user pal}"}, 409, "pal.no_district"},

		{"preparer", "GET", "/sessions", nil, 200, `"current":true`},
		{"preparer", "GET", "/sessions?user_id={user pal}", nil, 403, "permission.role"},
		{"preparer", "GET", "/tokens?user_id={user pal}", nil, 403, "permission.role"},
		{"preparer", "POST", "/tokens", m{"name": "ledger", "scopes": []string{"read"}, "expires_in_days": 30}, 201, `"token":"`},
	})
	made := w.do("preparer", "POST", "/tokens", m{"name": "reader", "scopes": []string{"read"}, "expires_in_days": 30}, "Idempotency-Key", "k1")
	w.ids["token"], w.tokens["reader"] = text(made, "id"), text(made, "token")
	for i := range 2 {
		reads := call{method: "POST", path: "/api/v1/tokens", as: w.tokens["preparer"], body: `{"name": "else", "scopes": ["read"], "expires_in_days": 30}`, header: map[string]string{"Idempotency-Key": "k1"}}
		w.want(409, "a key used for something else", reads)
		reads.header["Idempotency-Key"] = strings.Repeat("k", 500)
		w.want(400, "an endless key", reads)
		_ = i
	}
	w.play([]scene{
		{"reader", "GET", "/applications", nil, 200, `"items":[{`},
		{"reader", "POST", "/notices/read", m{}, 200, "marked"},
		{"reader", "POST", "/expenditures", m{"line_item_id": "{line}", "amount_cents": 1, "spent_on": "2026-01-05"}, 403, "permission.token_scope"},
		{"preparer", "POST", "/tokens/{token}/revocation", m{"comment": "Lost."}, 200, `"revoked_at":"`},
		{"reader", "GET", "/me", nil, 401, "unauthenticated"},
	})
	again := call{method: "POST", path: w.named("/api/v1/tokens/{token}/revocation"), as: w.tokens["preparer"], body: "{}", header: map[string]string{"If-Match": `"1"`}}
	w.want(412, "an old version of a token", again)
	again.header["If-Match"] = `"2"`
	w.want(409, "a token that ended", again)
	w.play([]scene{
		{"admin", "DELETE", "/sessions/{preparer session}", nil, 204, ""},
		{"preparer", "GET", "/me", nil, 401, "unauthenticated"},
		{"admin", "DELETE", "/sessions/current", nil, 204, ""},
		{"admin", "GET", "/me", nil, 401, "unauthenticated"},
	})
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	w.signIn("official")
	in := func(body string) call { return call{method: "POST", path: "/api/v1/sessions", body: body} }
	res, _ := w.send(in(`{"email": "official@example.test", "password": "` + password + `"}`))
	cookie := res.Header.Get("Set-Cookie")
	for _, part := range []string{"earmark_session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q has no %s", cookie, part)
		}
	}
	withCookie := call{method: "GET", path: "/api/v1/me", header: map[string]string{"Cookie": strings.SplitN(cookie, ";", 2)[0]}}
	w.want(200, "the cookie signs in", withCookie)
	withCookie.method, withCookie.path = "DELETE", "/api/v1/sessions/current"
	withCookie.header["Sec-Fetch-Site"] = "cross-site"
	w.want(403, "another site's page changes something", withCookie)
	withCookie.header["Sec-Fetch-Site"] = "same-origin"
	w.want(204, "our own page", withCookie)

	large := in(`{"email": "` + strings.Repeat("x", 1<<20) + `"}`)
	w.want(413, "a huge body", large)
	xml := in("<a/>")
	xml.header = map[string]string{"Content-Type": "application/xml"}
	w.want(415, "XML", xml)
	w.want(400, "no JSON", in("{"))
	elsewhere := in(`{"email": "official@example.test", "password": "` + password + `"}`)
	elsewhere.header = map[string]string{"Sec-Fetch-Site": "cross-site"}
	w.want(403, "a form of another site", elsewhere)
	w.want(401, "nobody has this name", in(`{"email": "nobody@example.test", "password": "x"}`))
	for range 5 {
		w.want(401, "a wrong password", in(`{"email": "official@example.test", "password": "wrong"}`))
	}
	res, body := w.send(in(`{"email": "official@example.test", "password": "` + password + `"}`))
	if res.StatusCode != 429 || res.Header.Get("Retry-After") == "" {
		t.Errorf("after five wrong passwords: %d %s", res.StatusCode, body)
	}
}

func TestPlanning(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	orgs := "kind,code,name,parent_code,subtype,county\ndistrict,61030,Cedar Cove (synthetic),,traditional,\n"
	w.play([]scene{
		{"analyst", "POST", "/organization_imports?file_name=o.csv&source=S&dry_run=true", orgs, 200, `"new":1`},
		{"analyst", "POST", "/organization_imports?file_name=o.csv&source=S", strings.Replace(orgs, "district", "castle", 1), 422, `"pointer":"/rows`},
		{"analyst", "POST", "/fact_imports?file_name=f.csv&program_code=mi-21h&year=2025&source=S&dry_run=true", "code,pupils\n00101,380\n", 200, `"changed":1`},
		{"analyst", "POST", "/fact_imports?file_name=f.csv&program_code=mi-21h&year=2025&source=S", "code,pupils\n00101,many\n", 422, `"fix":"`},
		{"analyst", "POST", "/fact_imports?file_name=f.csv&program_code=nothing&year=2025&source=S", "code,pupils\n00101,1\n", 422, "program.unknown"},
		{"analyst", "GET", "/programs/nothing", nil, 404, "not_found"},
		{"analyst", "GET", "/determinations?program_code=nothing&year=2025", nil, 404, ""},
		{"analyst", "GET", "/determinations?year=2025", nil, 400, "program_code"},
		{"analyst", "POST", "/grant_years", m{"program_code": "mi-21h", "fiscal_year": 2026}, 409, "grant_year.exists"},
		{"analyst", "PUT", "/grant_years/{planned year}/parameters", m{"parameters": m{"appropriation": "600000000", "analytics_set_aside": "0"}}, 200, `"planned"`},
		{"analyst", "PUT", "/grant_years/{year}/parameters", m{"parameters": m{"appropriation": "100"}}, 409, ""},
		{"manager", "POST", "/grant_years/{year}/transitions", m{"event": "open"}, 409, "grant_year.no_such_step"},
		{"analyst", "POST", "/allocation_runs", m{"grant_year_id": "{missing}", "facts_year": 2025, "label": "x"}, 422, "/grant_year_id"},
		{"manager", "POST", "/allocation_runs/{run}/transitions", m{"event": "publish"}, 409, "allocation_run.no_such_step"},
		{"preparer", "GET", "/allocation_runs/{run}", nil, 403, "permission.role"},
		{"stranger", "GET", "/allocations/{allocation}", nil, 404, "not_found"},
		{"preparer", "GET", "/audit_events?document_kind=application&document_id={missing}", nil, 404, "not_found"},
		{"preparer", "GET", "/audit_events", nil, 400, "document_id"},
		{"preparer", "GET", "/audit_events?document_kind=application&document_id={application}", nil, 200, `"action":"create"`},
		{"preparer", "GET", "/applications?status=nonsense", nil, 400, "malformed_parameter"},
		{"preparer", "GET", "/payments?status=nonsense", nil, 400, "malformed_parameter"},
		{"preparer", "GET", "/applications?cursor=***", nil, 400, "cursor"},
		{"preparer", "GET", "/applications?limit=101", nil, 400, "limit"},
		{"preparer", "GET", "/utilizations", nil, 400, "grant_year_id"},

		{"pal", "POST", "/agreements", m{"organization_id": "{missing}", "cohort": "Five", "assigned_on": "2025-09-01"}, 422, "/organization_id"},
		{"manager", "POST", "/agreements/{draft agreement}/targets/{draft agreement target}/retirement", m{"retired_on": "2026-01-05", "reason": "Not yet signed."}, 409, ""},
		{"pal", "PUT", "/agreements/{draft agreement}/goals/{draft agreement goal}", m{"title": "Reading", "area": "Systems"}, 200, `"Reading"`},
		{"pal", "PUT", "/agreements/{draft agreement}/targets/{draft agreement target}", target("{draft agreement goal}", "ITB", "local_academic", "51.00"), 200, `"51.00"`},
		{"pal", "DELETE", "/agreements/{draft agreement}/goals/{draft agreement goal}", nil, 409, ""},
		{"pal", "DELETE", "/agreements/{draft agreement}/targets/{draft agreement target}", nil, 200, `"goals"`},
		{"pal", "PATCH", "/agreements/{draft agreement}", m{"cohort": "Six"}, 200, `"Six"`},
		{"manager", "POST", "/agreements/{draft agreement}/gate_waivers", m{"grant_year_id": "{year}", "code": "gate.needs_assessment", "reason": "A flood."}, 200, "A flood."},
		{"manager", "POST", "/agreements/{draft agreement}/gate_waivers", m{"grant_year_id": "{year}", "code": "gate.needs_assessment", "reason": "A flood."}, 409, "gate_waiver.exists"},
		{"manager", "DELETE", "/agreements/{draft agreement}/gate_waivers/{draft agreement waiver}", nil, 200, "A flood."},
		{"manager", "DELETE", "/agreements/{agreement}/gate_waivers/{agreement waiver}", nil, 409, "gate_waiver.submitted"},
		{"pal", "PATCH", "/agreements/{agreement}", m{"term_end": "2029-01-01"}, 409, "agreement"},
		{"pal", "POST", "/agreements/{agreement}/goals", m{"title": "Late", "area": "Systems"}, 409, "agreement"},
		{"pal", "PUT", "/agreements/{agreement}/goals/{agreement goal}", m{"title": "Late", "area": "Systems"}, 409, "agreement"},
		{"pal", "POST", "/agreements/{agreement}/targets", target("{agreement goal}", "ITB", "process", "50.00"), 409, "agreement"},
		{"pal", "PUT", "/agreements/{agreement}/targets/{agreement target}", target("{agreement goal}", "ITB", "process", "50.00"), 409, "agreement"},
		{"pal", "DELETE", "/agreements/{agreement}/targets/{agreement target}", nil, 409, "agreement"},
		{"manager", "POST", "/agreements/{agreement}/transitions", m{"event": "sign"}, 409, "agreement.no_such_step"},
		{"manager", "POST", "/agreements/{agreement}/targets/{agreement target}/retirement", m{"retired_on": "2026-01-05", "reason": "The school closed."}, 200, `"retired_on":"2026-01-05"`},
		{"preparer", "GET", "/due_items/{due}", nil, 404, "not_found"},
		{"stranger", "POST", "/due_items/{due}/completion", m{"done_on": "2026-01-05"}, 200, `"status":"done"`},
		{"stranger", "POST", "/due_items/{due}/completion", m{"done_on": "2026-01-05"}, 409, ""},
		{"admin", "POST", "/jobs/nothing/runs", m{"date": "2026-01-05"}, 404, "job.unknown"},
		{"admin", "POST", "/jobs/utilization/runs", m{"date": "2026-01-05"}, 409, "job.not_run"},
		{"admin", "POST", "/jobs/mail/runs", m{"date": "2026-01-05"}, 204, ""},
		{"stranger", "GET", "/mails/{mail}", nil, 403, "permission.role"},
	})
	made := w.change("pal", "POST", "/agreements/"+w.ids["draft agreement"], "/goals", m{"title": "Too much", "area": "Systems"})
	w.ids["spare goal"] = text(list(made, "goals")[1], "id")
	w.play([]scene{{"pal", "DELETE", "/agreements/{draft agreement}/goals/{spare goal}", nil, 200, `"goals":[{`}})
	key := []string{"Idempotency-Key", "one"}
	run := m{"grant_year_id": w.ids["year"], "facts_year": 2025, "label": "Third"}
	first, second := w.do("analyst", "POST", "/allocation_runs", run, key...), w.do("analyst", "POST", "/allocation_runs", run, key...)
	if text(first, "id") != text(second, "id") {
		t.Errorf("a repeated creation made %s and %s", text(first, "id"), text(second, "id"))
	}
	w.want(409, "the key for another run", call{method: "POST", path: "/api/v1/allocation_runs", as: w.tokens["analyst"],
		body: w.named(`{"grant_year_id": "{year}", "facts_year": 2025, "label": "Fourth"}`), header: map[string]string{"Idempotency-Key": "one"}})
	w.want(409, "runs of two grant years", call{method: "GET", path: w.named("/api/v1/allocation_runs/{run}/comparison?from=") + w.otherYearsRun(), as: w.tokens["analyst"]})
}

// otherYearsRun is a run of another grant year.
func (w *world) otherYearsRun() string {
	w.t.Helper()
	w.change("manager", "POST", "/grant_years/"+w.ids["planned year"], "/transitions", m{"event": "open"})
	return text(w.do("analyst", "POST", "/allocation_runs", m{"grant_year_id": w.ids["planned year"], "facts_year": 2025, "label": "Other year"}), "id")
}

func TestApplyingAndAmending(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	line := w.line(1000000)
	less := w.line(100)
	w.play([]scene{
		{"preparer", "POST", "/applications", m{"grant_year_id": "{year}", "organization_id": "{district}"}, 409, "application.exists"},
		{"stranger", "POST", "/applications", m{"grant_year_id": "{year}", "organization_id": "{district}"}, 404, "not_found"},
		{"preparer", "POST", "/revisions", m{"application_id": "{missing}", "reason": "x"}, 404, "not_found"},
		{"preparer", "POST", "/revisions", m{"application_id": "{application}", "reason": "x"}, 409, ""},
		{"manager", "PUT", "/applications/{application}/window_exception", m{"until": "2026-04-30", "comment": "A flood."}, 200, `"window_exception":"2026-04-30"`},
		{"preparer", "GET", "/revisions/{amendment}/award_notice", nil, 409, "revision.not_approved"},
		{"preparer", "PUT", "/revisions/{amendment}/line_items/2", w.line(1100000), 200, `"action":"change"`},
		{"preparer", "GET", "/revisions/{amendment}/meter", nil, 200, `"outcome":"`},
		{"preparer", "GET", "/revisions/{amendment}/diff", nil, 200, `"before":"1000000"`},
		{"preparer", "DELETE", "/revisions/{amendment}/line_items/1", nil, 422, "line_item.below_spent"},
		{"preparer", "PUT", "/revisions/{amendment}/line_items/1", less, 422, "line_item.below_spent"},
		{"preparer", "POST", "/revisions/{amendment}/line_items", line, 201, `"number":3`},
		{"preparer", "DELETE", "/revisions/{amendment}/line_items/3", nil, 200, `"status":"draft"`},
		{"preparer", "DELETE", "/revisions/{amendment}/line_items/33", nil, 404, "not_found"},
		{"preparer", "GET", "/revisions/{amendment}/checklist", nil, 200, `"code":"meter","met":`},
		{"preparer", "POST", "/revisions/{amendment}/line_preview", m{"number": 1, "line_item": less}, 200, "line_item.below_spent"},
		{"preparer", "POST", "/revisions/{amendment}/line_preview", m{"line_item": line}, 200, `"line_count":3`},
		{"preparer", "POST", "/revisions/{amendment}/line_preview", m{"number": 33, "line_item": line}, 404, "not_found"},
		{"preparer", "POST", "/revisions/{amendment}/line_items/2/split", m{"description": "A second site", "costs": []m{{"object_code": "9999", "amount_cents": 1}}}, 422, "line_item.unknown_code"},
		{"preparer", "POST", "/revisions/{amendment}/line_items/2/split", m{"description": "A second site", "costs": []m{{"object_code": "3120", "amount_cents": 99999999999}}}, 422, "line_item.split_amount"},
		{"preparer", "POST", "/revisions/{amendment}/line_items/2/split", m{"description": "A second site", "costs": []m{{"object_code": "3120", "amount_cents": 100}}}, 201, `"amount_cents":100`},
		{"preparer", "DELETE", "/revisions/{amendment}/line_items/4", nil, 200, `"total_cents":`},
		{"preparer", "GET", "/revisions/{amendment}/line_items/33", nil, 404, "not_found"},
		{"preparer", "POST", "/revisions/{amendment}/transitions", m{"event": "submit"}, 403, "permission.role"},
		{"official", "POST", "/revisions/{amendment}/transitions", m{"event": "submit"}, 200, `"submitted"`},
		{"preparer", "POST", "/revisions/{amendment}/line_items", line, 409, "revision"},
		{"preparer", "PUT", "/revisions/{amendment}/line_items/2", line, 409, "revision"},
		{"preparer", "POST", "/revisions/{amendment}/line_preview", m{"line_item": line}, 409, "revision"},
		{"preparer", "POST", "/revisions/{amendment}/line_items/2/split", m{"description": "A second site", "costs": []m{{"object_code": "3120", "amount_cents": 100}}}, 409, "revision"},
		{"preparer", "DELETE", "/revisions/{amendment}/line_items/2", nil, 409, "revision"},
		{"preparer", "POST", "/revisions/{amendment}/copy_forward", m{}, 409, "revision"},
		{"auditor", "PUT", "/revisions/{amendment}/line_items/2/decision", m{"decision": "approved"}, 403, ""},
		{"pal", "PUT", "/revisions/{amendment}/line_items/2/decision", m{"decision": "returned"}, 422, "/reason"},
		{"pal", "PUT", "/revisions/{amendment}/line_items/2/decision", m{"decision": "approved"}, 200, `"decision":"approved"`},
		{"pal", "PUT", "/revisions/{amendment}/line_items/1/decision", m{"decision": "approved"}, 409, "line_item.unchanged"},
		{"official", "POST", "/revisions/{amendment}/transitions", m{"event": "submit"}, 409, "revision.no_such_step"},
		{"pal", "POST", "/revisions/{amendment}/transitions", m{"event": "return"}, 422, "/comment"},
		{"pal", "GET", "/review_queue", nil, 200, `"organization_name":"Alder Falls`},
	})
}

func TestNextYearStartsFromThisYear(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	w.change("analyst", "PUT", "/grant_years/"+w.ids["planned year"], "/parameters", m{"parameters": m{"appropriation": "600000000", "analytics_set_aside": "0"}})
	run := w.otherYearsRun()
	w.change("manager", "POST", "/allocation_runs/"+run, "/transitions", m{"event": "publish"})
	next := w.do("preparer", "POST", "/applications", m{"grant_year_id": w.ids["planned year"], "organization_id": w.ids["district"]})
	w.ids["next application"] = text(next, "id")
	w.ids["next"] = text(items(w.do("preparer", "GET", "/revisions?application_id="+text(next, "id"), nil))[0], "id")
	w.play([]scene{
		{"preparer", "POST", "/revisions/{next}/copy_forward", m{"amounts": "zero"}, 200, `"line_count":2`},
		{"preparer", "GET", "/revisions/{next}/line_items", nil, 200, `"amount_cents":0`},
		{"preparer", "POST", "/expenditure_imports?format=csv&file_name=l.csv&application_id={next application}", "spent_on,line_number,object_code,amount\n2026-01-05,1,3120,3.00\n", 409, "application.not_in_force"},
	})
}

func TestSpending(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	ledger := "spent_on,line_number,object_code,amount\n2026-01-05,1,3120,3.00\n"
	file := "/expenditure_imports?format=csv&file_name=l.csv&application_id="
	w.play([]scene{
		{"preparer", "POST", "/expenditures", m{"line_item_id": "{missing}", "amount_cents": 1, "spent_on": "2026-01-05"}, 404, "not_found"},
		{"preparer", "POST", "/expenditures", m{"line_item_id": "{line}", "amount_cents": 99999999, "spent_on": "2026-01-05"}, 422, "expenditure.over_limit"},
		{"preparer", "POST", "/expenditures/{expenditure}/reversal", m{"comment": "Wrong line."}, 201, `"amount_cents":-5000`},
		{"preparer", "POST", "/expenditures/{expenditure}/reversal", m{"comment": "Again."}, 409, ""},
		{"preparer", "POST", file + "{application}&dry_run=true", ledger, 200, `"dry_run":true`},
		{"preparer", "POST", file + "{application}", ledger, 201, `"posted":1`},
		{"preparer", "POST", file + "{application}", ledger, 200, `"repeated":true`},
		{"preparer", "POST", file + "{missing}", ledger, 404, "not_found"},
		{"preparer", "POST", file + "{application}", "nonsense\n1\n", 422, "csv.column_unknown"},
		{"preparer", "POST", file + "{application}&columns=spent_on,line_number", "Posted,Line,Net,Batch\n2026-01-05,1,4.00,9\n", 422, "ledger.columns_count"},
		{"preparer", "POST", file + "{application}&columns=spent_on,line,amount,-", "Posted,Line,Net,Batch\n2026-01-05,1,4.00,9\n", 422, "ledger.column_unknown"},
		{"preparer", "POST", file + "{application}&columns=spent_on,line_number,amount,-", "Posted,Line,Net,Batch\n2026-01-05,1,4.00,9\n", 201, `"columns":[{"heading":"Posted","key":"spent_on"},{"heading":"Line","key":"line_number"},{"heading":"Net","key":"amount"},{"heading":"Batch","key":"-"}]`},
		{"preparer", "POST", file + "{application}", "Net,Line,Posted\n5.00,1,2026-01-05\n", 201, `"posted":1`},
		{"preparer", "GET", "/expenditure_imports?application_id={application}", nil, 200, `{"heading":"Batch","key":"-"}`},
		{"preparer", "POST", "/period_reports", m{"application_id": "{missing}", "period_start": "2026-01-01", "period_end": "2026-01-04"}, 404, "not_found"},
		{"preparer", "POST", "/import_exceptions/{exception}/transitions", m{"event": "match", "line_item_id": "{line}"}, 200, `"matched"`},
		{"preparer", "POST", "/import_exceptions/{exception}/transitions", m{"event": "dismiss", "comment": "x"}, 409, "import_exception.no_such_step"},
		{"preparer", "POST", "/import_exceptions/{second exception}/transitions", m{"event": "dismiss", "comment": "Another grant's."}, 200, `"dismissed"`},
		{"fiscal", "POST", "/payments/{payment}/transitions", m{"event": "record", "paid_on": "2026-01-05", "paid_cents": 2000000}, 200, `"paid"`},
		{"fiscal", "POST", "/payments/{payment}/transitions", m{"event": "cancel", "comment": "x"}, 409, "payment.no_such_step"},
		{"preparer", "POST", "/flags/{flag}/transitions", m{"event": "acknowledge", "comment": "We know."}, 200, `"acknowledged"`},
		{"preparer", "POST", "/flags/{flag}/transitions", m{"event": "acknowledge", "comment": "We know."}, 409, "flag.no_such_step"},
		{"preparer", "POST", "/notices/read", m{}, 200, `"unread":0`},
	})
	for _, path := range []string{"/expenditures", "/period_reports"} {
		body := map[string]m{"/expenditures": {"line_item_id": w.ids["line"], "amount_cents": 100, "spent_on": "2026-01-05"},
			"/period_reports": {"application_id": w.ids["application"], "period_start": "2026-01-01", "period_end": "2026-01-04"}}[path]
		w.do("preparer", "POST", path, body, "Idempotency-Key", "for "+path)
		body["comment"], body["memo"] = "Other", "Other"
		delete(body, map[string]string{"/expenditures": "comment", "/period_reports": "memo"}[path])
		text, _ := json.Marshal(body)
		w.want(409, "the key for something else", call{method: "POST", path: "/api/v1" + path, as: w.tokens["preparer"], body: string(text), header: map[string]string{"Idempotency-Key": "for " + path}})
	}
}

func TestCSVHasTheSameFiltersAndNoFormulas(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	get := func(path string) string {
		_, body := w.send(call{method: "GET", path: w.named("/api/v1" + path), as: w.tokens["preparer"], header: map[string]string{"Accept": "text/csv"}})
		return body
	}
	if body := get("/import_exceptions"); !strings.Contains(body, ",'=cmd(),") || !strings.Contains(body, ",'@x,") {
		t.Errorf("a formula goes out: %s", body)
	}
	if body := get("/import_exceptions?status=matched"); strings.Count(body, "\r\n") != 1 {
		t.Errorf("the filter is ignored: %s", body)
	}
	if body := get("/line_items?application_id={application}"); !strings.Contains(body, ",amount_cents,") || strings.Count(body, "\r\n") != 3 {
		t.Errorf("line items: %s", body)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	seen := map[string]bool{}
	path, pages := "/api/v1/audit_events?limit=7", 0
	for path != "" && pages < 100 {
		res, body := w.send(call{method: "GET", path: path, as: w.tokens["auditor"]})
		var page struct{ Items []struct{ ID string } }
		if err := json.Unmarshal([]byte(body), &page); err != nil || res.StatusCode != 200 {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
		for _, e := range page.Items {
			if seen[e.ID] {
				t.Errorf("event %s comes twice", e.ID)
			}
			seen[e.ID] = true
		}
		link := res.Header.Get("Link")
		path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
		pages++
	}
	_, body := w.send(call{method: "GET", path: "/api/v1/audit_events", as: w.tokens["auditor"], header: map[string]string{"Accept": "text/csv"}})
	if rows := strings.Count(body, "\r\n") - 1; rows < len(seen) || len(seen) < 50 {
		t.Errorf("%d events in %d pages, %d rows of CSV", len(seen), pages, rows)
	}
}
