package api_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
	"earmark/workflow"
)

// world is a grant year with everything in it, made through the API: two districts, a
// person for every role, an application in force with money spent, and an amendment begun.
type world struct {
	*env
	tokens map[string]string // by person
	users  map[string]string
	ids    map[string]string // documents, by what they are
}

const noon = "2026-01-05T17:00:00Z"

var roles = map[string]models.Role{
	"preparer": models.RolePreparer, "official": models.RoleAuthorizedOfficial, "pal": models.RolePAL, "fiscal": models.RoleFiscalReviewer,
	"reviewer": models.RoleReviewer, "manager": models.RoleManager, "analyst": models.RoleAnalyst, "are": models.RoleARE, "auditor": models.RoleAuditor, "admin": models.RoleAdministrator,
}

// givenWorld is that world at noon.
func givenWorld(t *testing.T) *world {
	t.Helper()
	w := givenOffice(t, noon)
	w.meet()
	w.apply()
	w.spend()
	w.night()
	w.amend()
	w.zone()
	w.budget()
	w.watched()
	w.partnerFund(2026, "school")
	w.competition()
	w.people()
	w.over()
	w.unlock()
	w.evidence()
	w.reviewing()
	return w
}

// givenApplication has a signed agreement and an application without lines, on a day on
// which both applications and amendments may be submitted.
func givenApplication(t *testing.T) *world {
	t.Helper()
	w := givenOffice(t, "2026-01-20T17:00:00Z")
	w.begin()
	return w
}

// givenOffice has districts, people, a grant year and agreements.
func givenOffice(t *testing.T, now string) *world {
	t.Helper()
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	return givenOfficeAt(t, func() time.Time { return at })
}

// givenOfficeAt is givenOffice with a clock of its own.
func givenOfficeAt(t *testing.T, now func() time.Time) *world {
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
	w.money()
	w.determinations()
	w.agreement()
	return w
}

// person makes an account with one role and a token of its own.
func (w *world) person(name string, role models.Role, organization string) {
	w.t.Helper()
	ctx := context.Background()
	in := workflow.CreateUser{Email: name + "@example.test", Name: "Person " + name, Roles: []workflow.RoleGrant{{Role: role, OrganizationID: organization}}}
	p, err := w.app.Service.CreateUser(ctx, models.System("test"), in)
	if err != nil {
		w.t.Fatal(err)
	}
	w.users[name] = p.ID
	w.token(name, models.Actor{UserID: p.ID, Name: p.Name, Roles: p.Roles})
}

func (w *world) token(name string, who models.Actor) {
	w.t.Helper()
	tok, err := w.app.Service.CreateAPIToken(context.Background(), who, workflow.CreateAPIToken{Name: "test", Scopes: []string{"read", "write"}, ExpiresInDays: 300})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens[name] = tok.Token
}

// everything is a person that cannot exist, with every role at once: only what is wrong
// with the request itself can stop it.
func (w *world) everything() {
	w.t.Helper()
	w.person("super", models.RoleAuditor, "")
	var rows []models.UserRole
	for _, r := range models.Roles {
		row := models.UserRole{UserID: w.users["super"], Role: r}
		if r.DistrictRole() {
			row.OrganizationID = w.ids["school"]
			rows = append(rows, row)
			row.OrganizationID = w.ids["district"]
		}
		if r != models.RoleAuditor {
			rows = append(rows, row)
		}
	}
	if err := w.app.DB.Change(context.Background(), func(tx *store.Tx) error { return tx.Create(&rows) }); err != nil {
		w.t.Fatal(err)
	}
	w.app.Auth.Forget(w.users["super"])
	w.signIn("super")
}

const password = "a long enough secret 7"

// signIn gives a person a password and a session instead of an API token: passwords and
// tokens are changed by people only.
func (w *world) signIn(name string) {
	w.t.Helper()
	err := w.app.Service.SetPassword(context.Background(), models.System("test"), workflow.SetPassword{UserID: w.users[name], NewPassword: password})
	if err != nil {
		w.t.Fatal(err)
	}
	s := w.do("", "POST", "/sessions", m{"email": name + "@example.test", "password": password})
	w.tokens[name] = text(s, "token")
	w.ids[name+" session"] = text(s["session"], "id")
}

// do makes a request that has to work, and reads the answer.
func (w *world) do(as, method, path string, body any, headers ...string) map[string]any {
	w.t.Helper()
	c := call{method: method, path: "/api/v1" + path, as: w.tokens[as], header: map[string]string{}}
	switch b := body.(type) {
	case nil:
	case string:
		c.body = b
		c.header["Content-Type"] = "text/csv"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		c.body = string(text)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		c.header[headers[i]] = headers[i+1]
	}
	res, text := w.send(c)
	if res.StatusCode >= 300 {
		w.t.Fatalf("%s %s as %s: %d %s", method, path, as, res.StatusCode, text)
	}
	var out map[string]any
	if text != "" {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			w.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return out
}

// change reads a document's ETag and changes it.
func (w *world) change(as, method, document, path string, body any) map[string]any {
	w.t.Helper()
	return w.do(as, method, document+path, body, "If-Match", w.etag(document))
}

func (w *world) etag(document string) string {
	w.t.Helper()
	document, _, _ = strings.Cut(document, "?")
	res, text := w.send(call{method: "GET", path: "/api/v1" + document, as: w.tokens["super"]})
	if res.StatusCode != 200 {
		w.t.Fatalf("%s: %d %s", document, res.StatusCode, text)
	}
	return res.Header.Get("ETag")
}

type m map[string]any

func (w *world) directory() {
	w.do("analyst", "POST", "/organization_imports?file_name=orgs.csv&source=Synthetic", "kind,code,name,parent_code,subtype,county\n"+
		"district,61010,Alder Falls (synthetic),,traditional,\nschool,00101,Alder High (synthetic),61010,,\n"+
		"district,61020,Birch Bay (synthetic),,traditional,\nschool,00201,Birch High (synthetic),61020,,\n")
	for _, o := range items(w.do("analyst", "GET", "/organizations", nil)) {
		name := map[string]string{"61010": "district", "61020": "other", "00101": "school", "00201": "other school"}[text(o, "code")]
		w.ids[name] = text(o, "id")
	}
	r := w.do("analyst", "POST", "/fact_imports?file_name=facts.csv&source=Synthetic&program_code=mi-21h&year=2025",
		"code,identification,reasons,index,pupils\n00101,CSI,bottom_5,24.10,374\n00201,CSI,bottom_5,31.50,410\n")
	w.ids["fact import"] = text(r["import"], "id")
}

func (w *world) money() {
	year := w.do("analyst", "POST", "/grant_years", m{"program_code": "mi-21h", "fiscal_year": 2026, "parameters": m{"appropriation": "600000000", "analytics_set_aside": "0"}})
	w.ids["year"] = text(year, "id")
	w.change("manager", "POST", "/grant_years/"+w.ids["year"], "/transitions", m{"event": "open"})
	w.ids["planned year"] = text(w.do("analyst", "POST", "/grant_years", m{"program_code": "mi-21h", "fiscal_year": 2027}), "id")
	w.ids["run"] = text(w.do("analyst", "POST", "/allocation_runs", m{"grant_year_id": w.ids["year"], "facts_year": 2025, "label": "First"}), "id")
	w.change("manager", "POST", "/allocation_runs/"+w.ids["run"], "/transitions", m{"event": "publish"})
	w.ids["draft run"] = text(w.do("analyst", "POST", "/allocation_runs", m{"grant_year_id": w.ids["year"], "facts_year": 2025, "label": "Second"}), "id")
	w.ids["scenario"] = text(w.do("analyst", "POST", "/scenarios", m{"base_run_id": w.ids["run"], "label": "A tenth less", "parameters": m{"appropriation": "540000000"}}), "id")
	for _, a := range items(w.do("analyst", "GET", "/allocations?run_id="+w.ids["run"], nil)) {
		if text(a, "organization_id") == w.ids["district"] {
			w.ids["allocation"] = text(a, "id")
		} else {
			w.ids["other allocation"] = text(a, "id")
		}
	}
	w.change("manager", "PUT", "/organizations/"+w.ids["district"], "/pal", m{"user_id": w.users["pal"]})
}

func target(goal, kind, of, value string) m {
	return m{"goal_id": goal, "kind": kind, "type": of, "measure": "Pupils who reach it", "source": "NWEA", "baseline": "39.00",
		"goal_value": value, "unit": "percent", "due_on": map[string]string{"ITB": "2027-06-30", "ETO": "2028-11-30"}[kind]}
}

func (w *world) agreement() {
	for name, district := range map[string]string{"agreement": w.ids["district"], "draft agreement": w.ids["other"]} {
		in := m{"organization_id": district, "cohort": "Five", "assigned_on": "2025-09-01", "term_start": "2025-12-01", "term_end": "2028-11-30"}
		if name == "agreement" {
			in["needs_approved_on"] = "2025-11-20"
		}
		a := w.do("pal", "POST", "/agreements", in)
		path := "/agreements/" + text(a, "id")
		w.ids[name] = text(a, "id")
		a = w.change("pal", "POST", path, "/goals", m{"title": "Reading by grade 3", "area": "Student Achievement"})
		goal := text(list(a, "goals")[0], "id")
		w.ids[name+" goal"] = goal
		for _, of := range []string{"local_academic", "state_academic", "attendance", "process"} {
			w.change("pal", "POST", path, "/targets", target(goal, "ITB", of, "50.00"))
			a = w.change("pal", "POST", path, "/targets", target(goal, "ETO", of, "67.00"))
		}
		w.ids[name+" target"] = text(list(a, "targets")[0], "id")
		for _, x := range list(a, "targets")[:2] {
			w.ids[name+" "+text(x, "kind")] = text(x, "id")
		}
	}
	for _, name := range []string{"agreement", "draft agreement"} {
		a := w.change("manager", "POST", "/agreements/"+w.ids[name], "/gate_waivers", m{"grant_year_id": w.ids["year"], "code": "gate.prior_year", "reason": "Staff could not be hired."})
		w.ids[name+" waiver"] = text(list(a, "gate_waivers")[0], "id")
	}
	w.plan(w.ids["draft agreement"])
	for _, name := range []string{"strategy", "activity"} {
		w.ids["draft agreement "+name] = w.ids[name]
	}
	w.signs(agreementOf{id: w.ids["agreement"], year: w.ids["year"], district: w.ids["district"], signedOn: "2025-12-01"})
	w.ids["target result"] = text(w.do("preparer", "POST", "/target_results", m{"target_id": w.ids["agreement ETO"], "measured_on": "2025-12-15", "value": "41.2", "source": "NWEA"}), "id")
}

// agreementOf is an agreement that a district signs.
type agreementOf struct{ id, year, district, signedOn string }

// signs takes an agreement with goals and targets through the rest: a plan for each goal,
// the needs assessment, the final agreement, its review and its signatures.
func (w *world) signs(a agreementOf) {
	w.t.Helper()
	w.plan(a.id)
	w.change("pal", "PATCH", "/agreements/"+a.id, "", m{"not_applicable": []string{"graduation"}})
	marks := m{}
	for _, part := range []string{"area_of_inquiry", "data_discovery", "initiative_inventory", "gap_analysis", "data_story", "root_causes", "challenge"} {
		marks[part] = m{"done": true, "evidence": "Improvement plan"}
	}
	needs := w.hands(a, "needs_assessment", m{"areas": []string{"Reading"}}, marks)
	w.change("manager", "POST", "/records/"+needs, "/transitions", m{"event": "approve"})
	final := w.hands(a, "final_agreement", m{"measures": []m{{"kind": "Less autonomy", "reconstitution": false}, {"kind": "Reconstitution", "reconstitution": true}}},
		m{"assurances": m{"done": true}, "resource_review": m{"not_applicable": true}})
	for _, s := range []struct {
		as   string
		body m
	}{
		{"pal", m{"event": "approve"}}, {"manager", m{"event": "approve"}},
		{"official", m{"event": "sign", "party": "superintendent", "signer_name": "Pat Example", "signed_on": a.signedOn}},
		{"manager", m{"event": "sign", "party": "office", "signer_name": "Kim Example", "signed_on": a.signedOn}},
	} {
		w.change(s.as, "POST", "/records/"+final, "/transitions", s.body)
	}
	w.ids["needs assessment"], w.ids["final agreement"] = needs, final
}

// plan gives every goal of a draft agreement a strategy with an activity.
func (w *world) plan(agreement string) {
	w.t.Helper()
	path := "/agreements/" + agreement
	for _, g := range list(w.do("pal", "GET", path, nil), "goals") {
		a := w.change("pal", "POST", path, "/strategies", m{"goal_id": text(g, "id"), "title": "Small reading groups"})
		strategies := list(a, "strategies")
		w.ids["strategy"] = text(strategies[len(strategies)-1], "id")
		a = w.change("pal", "POST", path, "/activities", m{"strategy_id": w.ids["strategy"], "title": "Train tutors", "responsible": "Reading coach",
			"starts_on": "2026-01-12", "ends_on": "2026-06-05", "funded": true, "target_ids": []string{text(list(a, "targets")[0], "id")}})
		w.ids["activity"] = text(list(a, "activities")[0], "id")
	}
}

// hands writes a record of an agreement and hands it in.
func (w *world) hands(a agreementOf, kind string, fields, checklist m) string {
	w.t.Helper()
	id := text(w.do("preparer", "POST", "/records", m{"grant_year_id": a.year, "kind": kind, "organization_id": a.district, "agreement_id": a.id, "fields": fields}), "id")
	w.change("preparer", "PATCH", "/records/"+id, "", m{"checklist": checklist})
	w.change("official", "POST", "/records/"+id, "/transitions", m{"event": "submit"})
	return id
}

func (w *world) line(amount int) m {
	return m{"use_category": "4", "function_code": "221", "cost_kind": "purchased_services", "school_id": w.ids["school"],
		"description": "Reading cohort for 20 teachers of the partnership school, two days", "metric": "NWEA growth", "data_source": "NWEA",
		"costs": []m{{"object_code": "3120", "amount_cents": amount}}, "links": []m{{"target_id": w.ids["agreement target"]}}}
}

func (w *world) begin() {
	app := w.do("preparer", "POST", "/applications", m{"grant_year_id": w.ids["year"], "organization_id": w.ids["district"]})
	w.ids["application"] = text(app, "id")
	w.ids["revision"] = text(items(w.do("preparer", "GET", "/revisions?application_id="+w.ids["application"], nil))[0], "id")
}

func (w *world) apply() {
	w.begin()
	path := "/revisions/" + w.ids["revision"]
	for range 2 {
		w.change("preparer", "POST", path, "/line_items", w.line(1000000))
	}
	w.change("official", "POST", path, "/transitions", m{"event": "submit"})
	w.change("pal", "POST", path, "/transitions", m{"event": "approve"})
	w.change("fiscal", "POST", path, "/transitions", m{"event": "approve"})
	w.ids["payment"] = text(items(w.do("fiscal", "GET", "/payments", nil))[0], "id")
	lines := items(w.do("preparer", "GET", "/line_items", nil))
	w.ids["line"] = text(lines[0], "id")
}

func (w *world) spend() {
	x := w.do("preparer", "POST", "/expenditures", m{"line_item_id": w.ids["line"], "amount_cents": 5000, "spent_on": "2026-01-05"})
	w.ids["expenditure"] = text(x, "id")
	w.do("preparer", "POST", "/expenditures", m{"line_item_id": w.ids["line"], "amount_cents": 100, "spent_on": "2026-01-02"}) // before approval
	r := w.do("preparer", "POST", "/expenditure_imports?format=csv&file_name=ledger.csv&application_id="+w.ids["application"],
		"spent_on,function_code,object_code,amount,vendor\n2026-01-05,221,3120,12.00,Fictional Books\n2026-01-05,999,3120,7.00,=cmd()\n2026-01-05,998,3120,8.00,@x\n")
	w.ids["import"] = text(r["import"], "id")
	for i, x := range items(w.do("preparer", "GET", "/import_exceptions", nil)) {
		w.ids[[]string{"exception", "second exception", "third exception"}[i]] = text(x, "id")
	}
	w.ids["year-end report"] = text(w.do("preparer", "POST", "/year_end_reports", m{"application_id": w.ids["application"], "report": "year_end_report"}), "id")
	w.ids["release"] = text(w.do("official", "POST", "/allocation_releases", m{"grant_year_id": w.ids["year"], "organization_id": w.ids["district"], "amount_cents": 100, "reason": "A position stays open."}), "id")
	p := w.do("preparer", "POST", "/period_reports", m{"application_id": w.ids["application"], "period_start": "2025-10-01", "period_end": "2025-12-31", "nothing_spent": true})
	w.ids["period"] = text(p, "id")
	for _, d := range items(w.do("super", "GET", "/due_items", nil)) {
		if text(d, "status") != "done" {
			w.ids["due"] = text(d, "id")
		}
	}
}

func (w *world) night() {
	w.do("admin", "POST", "/jobs/utilization/runs", m{"date": "2026-01-05"})
	w.do("admin", "POST", "/jobs/digest/runs", m{"date": "2026-01-05"})
	w.ids["job run"] = text(items(w.do("admin", "GET", "/job_runs", nil))[0], "id")
	w.ids["flag"] = text(items(w.do("pal", "GET", "/flags?organization_id="+w.ids["district"], nil))[0], "id")
	w.ids["mail"] = text(items(w.do("admin", "GET", "/mails?user_id="+w.users["preparer"], nil))[0], "id")
}

func (w *world) amend() {
	w.ids["amendment"] = text(w.do("preparer", "POST", "/revisions", m{"application_id": w.ids["application"], "reason": "Prices rose."}), "id")
}

// zone is a record of another program, which declares it.
func (w *world) zone() {
	year := w.do("analyst", "POST", "/grant_years", m{"program_code": "partnership-zone", "fiscal_year": 2011})
	w.ids["zone year"] = text(year, "id")
	w.change("manager", "POST", "/grant_years/"+w.ids["zone year"], "/transitions", m{"event": "open"})
	w.ids["record"] = text(w.do("preparer", "POST", "/records", m{"grant_year_id": w.ids["zone year"], "kind": "zone", "organization_id": w.ids["district"],
		"fields": m{"name": "Riverside Zone", "opens_on": "2010-09-01"}}), "id")
}

// budget opens a year of a program with a budget form, with one project form in it.
func (w *world) budget() {
	year := w.do("analyst", "POST", "/grant_years", m{"program_code": "rtt-state-application", "fiscal_year": 2026})
	w.ids["budget year"] = text(year, "id")
	w.change("manager", "POST", "/grant_years/"+w.ids["budget year"], "/transitions", m{"event": "open"})
	w.ids["budget form"] = text(w.do("preparer", "POST", "/budget_forms", m{"grant_year_id": w.ids["budget year"], "organization_id": w.ids["district"],
		"form_kind": "project", "code": "PATHS", "title": "Course pathways", "rows": []m{{"line": "6", "amounts_cents": m{"y1": 100000000}, "printed": []string{"1,000,000"}}}}), "id")
}

func text(v any, name string) string {
	o, _ := v.(map[string]any)
	s, _ := o[name].(string)
	return s
}

func list(v any, name string) []any {
	o, _ := v.(map[string]any)
	l, _ := o[name].([]any)
	return l
}

func items(v any) []any { return list(v, "items") }

func TestTheWorldIsWhole(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	for _, name := range strings.Split("district,other,school,fact import,year,planned year,run,draft run,scenario,allocation,agreement,draft agreement target,"+
		"application,revision,attachment,payment,line,expenditure,import,exception,period,due,flag,mail,amendment,commitment,payee,prior funding", ",") {
		if w.ids[name] == "" {
			t.Errorf("the world has no %s", name)
		}
	}
}
