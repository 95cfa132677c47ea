package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// operation is one operation of the contract, ready to be called in the world.
type operation struct {
	method, path string // with the world's identifiers
	template     string
	spec         *openapi3.Operation
	example      string // of the body
	json, file   bool
	form         bool // multipart
	ifMatch      bool
}

const missing = "018f0000-0000-7000-8000-000000000000"

// subject says which document of the world an address is about.
func (w *world) subject(template string) string {
	for _, s := range []struct{ prefix, id string }{
		{"/api/v1/sessions/{id}", missing}, {"/api/v1/tokens/{id}", missing},
		{"/api/v1/users/{id}", w.users["stranger"]}, {"/api/v1/organizations/{id}", w.ids["district"]}, {"/api/v1/delegations/{id}", w.ids["delegation"]}, {"/api/v1/unlock_requests/{id}", w.ids["unlock request"]},
		{"/api/v1/grant_years/{id}/record_sheet", w.ids["zone year"]}, {"/api/v1/records/{id}", w.ids["record"]}, {"/api/v1/scoresheets/{id}", w.ids["scoresheet"]},
		{"/api/v1/term_decisions/{id}", w.ids["term decision"]},
		{"/api/v1/fact_imports/{id}", w.ids["fact import"]}, {"/api/v1/grant_years/{id}", w.ids["planned year"]},
		{"/api/v1/allocation_runs/{id}", w.ids["draft run"]}, {"/api/v1/determination_runs/{id}", w.ids["determinations"]}, {"/api/v1/determination_results/{id}", w.ids["determination"]}, {"/api/v1/allocations/{id}", w.ids["allocation"]},
		{"/api/v1/scenarios/{id}", w.ids["scenario"]},
		{"/api/v1/agreements/{id}/next_meeting", w.ids["agreement"]}, {"/api/v1/agreements/{id}/meeting_owners", w.ids["agreement"]}, {"/api/v1/meetings/{id}", w.ids["meeting"]}, {"/api/v1/support_assignments/{id}", w.ids["support"]},
		{"/api/v1/agreements/{id}", w.ids["draft agreement"]}, {"/api/v1/due_items/{id}", w.ids["due"]},
		{"/api/v1/applications/{id}", w.ids["application"]}, {"/api/v1/revisions/{id}/award_notice", w.ids["revision"]},
		{"/api/v1/revisions/{id}", w.ids["amendment"]},
		{"/api/v1/payments/{id}", w.ids["payment"]}, {"/api/v1/drawdowns/{id}", w.ids["drawdown"]}, {"/api/v1/year_end_reports/{id}", w.ids["year-end report"]}, {"/api/v1/allocation_releases/{id}", w.ids["release"]}, {"/api/v1/measure_results/{id}", w.ids["result"]}, {"/api/v1/target_results/{id}", w.ids["target result"]}, {"/api/v1/expenditures/{id}", w.ids["expenditure"]},
		{"/api/v1/expenditure_imports/{id}", w.ids["import"]}, {"/api/v1/import_exceptions/{id}", w.ids["exception"]},
		{"/api/v1/budget_forms/{id}", w.ids["budget form"]},
		{"/api/v1/payees/{id}", w.ids["payee"]}, {"/api/v1/commitments/{id}", w.ids["commitment"]},
		{"/api/v1/line_items/{id}", w.ids["line"]}, {"/api/v1/prior_fundings/{id}", w.ids["prior funding"]},
		{"/api/v1/period_reports/{id}", w.ids["period"]}, {"/api/v1/flags/{id}", w.ids["flag"]}, {"/api/v1/mails/{id}", w.ids["mail"]}, {"/api/v1/job_runs/{id}", w.ids["job run"]},
		{"/api/v1/attachments/{id}", w.ids["attachment"]}, {"/api/v1/return_reasons/{id}", w.ids["return reason"]},
	} {
		if strings.HasPrefix(template, s.prefix) {
			return s.id
		}
	}
	return missing
}

// fill writes an address with a document's identifier and the parameters it cannot do without.
func (w *world) fill(op *openapi3.Operation, template, id string) string {
	code := "mi-21h"
	if strings.HasPrefix(template, "/api/v1/reports/") {
		code = "legislature"
	}
	path := strings.NewReplacer("{id}", id, "{goal_id}", w.ids["draft agreement goal"], "{target_id}", w.ids["draft agreement target"], "{waiver_id}", w.ids["draft agreement waiver"], "{strategy_id}", w.ids["draft agreement strategy"], "{activity_id}", w.ids["draft agreement activity"], "{number}", "1",
		"{code}", code, "{name}", "utilization", "{kind}", "stale").Replace(template)
	query := ""
	for _, p := range op.Parameters {
		if p.Value.In != "query" || !p.Value.Required {
			continue
		}
		value := map[string]string{"grant_year_id": w.ids["year"], "from": w.ids["run"], "base": w.ids["run"], "with": w.ids["scenario"], "program_code": "mi-21h", "year": "2025", "facts_year": "2025", "cohort": "Five", "fiscal_year": "2026", "format": "csv",
			"application_id": w.ids["application"], "file_name": "file.csv", "kind": "zone", "source": "Synthetic"}[p.Value.Name]
		query += "&" + p.Value.Name + "=" + value
	}
	return path + strings.Replace(query, "&", "?", 1)
}

// operations lists those that somebody has to be signed in for.
func (w *world) operations() []operation {
	var out []operation
	for _, template := range contract.Doc.Paths.InMatchingOrder() {
		for method, spec := range contract.Doc.Paths.Value(template).Operations() {
			if !strings.HasPrefix(template, "/api/v1/") || spec.OperationID == "signIn" || strings.HasPrefix(template, "/api/v1/public/") {
				continue
			}
			o := operation{method: method, template: template, spec: spec, path: w.fill(spec, template, w.subject(template))}
			o.ifMatch = spec.Parameters.GetByInAndName("header", "If-Match") != nil || hasRef(spec, "IfMatch")
			if spec.RequestBody != nil {
				content := spec.RequestBody.Value.Content
				o.json, o.file, o.form = content["application/json"] != nil, content["text/csv"] != nil, content["multipart/form-data"] != nil
				if o.json {
					text, err := json.Marshal(content["application/json"].Schema.Value.Example)
					if err != nil {
						w.t.Fatal(err)
					}
					o.example = string(text)
				}
			}
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.template+a.method, b.template+b.method) })
	return out
}

func hasRef(spec *openapi3.Operation, name string) bool {
	return slices.ContainsFunc(spec.Parameters, func(p *openapi3.ParameterRef) bool { return strings.HasSuffix(p.Ref, "/"+name) })
}

func (o operation) documents(status string) bool { return o.spec.Responses.Value(status) != nil }

// call makes a request of the operation, valid in form.
func (o operation) call(w *world, as string) call {
	c := call{method: o.method, path: o.path, as: w.tokens[as], body: o.example, header: map[string]string{}}
	if o.ifMatch {
		c.header["If-Match"] = `"1"`
	}
	if o.file {
		c.body, c.header["Content-Type"] = "kind,code\n", "text/csv"
	}
	if o.form {
		c.body, c.header["Content-Type"] = form("expenditure", w.ids["expenditure"], "note.txt", "Received with thanks.")
	}
	return c
}

// want makes a request and says what came instead of the status.
func (w *world) want(status int, what string, c call) {
	w.t.Helper()
	res, body := w.send(c)
	if res.StatusCode != status {
		w.t.Errorf("%s: %s %s: got %d, want %d: %.400s", what, c.method, c.path, res.StatusCode, status, body)
	}
}

func TestNobodySeesNothing(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	for _, o := range w.operations() {
		c := o.call(w, "super")
		c.as = ""
		w.want(http.StatusUnauthorized, "nobody", c)
		c.as = "earmark_nonsense"
		w.want(http.StatusUnauthorized, "a false token", c)
	}
}

func TestEveryReadAnswers(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	for _, o := range w.operations() {
		if o.method != http.MethodGet {
			continue
		}
		c := o.call(w, "super")
		w.want(http.StatusOK, "a read", c)
		if o.documents("304") {
			res, _ := w.send(c)
			c.header["If-None-Match"] = `"99", W/` + res.Header.Get("ETag")
			w.want(http.StatusNotModified, "the same version", c)
			c.header["If-None-Match"] = `"99"`
			w.want(http.StatusOK, "another version", c)
		}
		if res := o.spec.Responses.Value("200"); res.Value.Content["text/csv"] != nil {
			c.header["Accept"] = "text/csv"
			got, body := w.send(c)
			if got.StatusCode != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/csv") || !strings.Contains(body, "\r\n") {
				t.Errorf("CSV of %s: %d %s %.100s", c.path, got.StatusCode, got.Header.Get("Content-Type"), body)
			}
		}
		if !slices.Contains([]string{"getAttachmentContent", "getLineWorkbook"}, o.spec.OperationID) { // a file as it was handed in, a form, and no list
			w.readsTheSame(o)
		}
		if o.documents("400") {
			c = o.call(w, "super")
			c.path += map[bool]string{true: "&", false: "?"}[strings.Contains(c.path, "?")] + "nonsense=1"
			if strings.Contains(o.template, "{number}") {
				c.path = strings.TrimSuffix(o.path, "1") + "x"
			}
			w.want(http.StatusBadRequest, "an unknown parameter", c)
		}
		if o.documents("404") && strings.Contains(o.template, "{id}") {
			c = o.call(w, "super")
			c.path = w.fill(o.spec, o.template, missing)
			w.want(http.StatusNotFound, "a document that does not exist", c)
		}
	}
}

func TestBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	huge := strings.Repeat(" ", 1<<20) + "{}"
	for _, o := range w.operations() {
		if !o.json && !o.file {
			continue
		}
		c := o.call(w, "super")
		c.header["Content-Type"] = "application/xml"
		w.want(http.StatusUnsupportedMediaType, "another media type", c)
		if o.file {
			c = o.call(w, "super")
			c.body = strings.Repeat("x", 33<<20)
			w.want(http.StatusRequestEntityTooLarge, "a huge file", c)
			c = o.call(w, "super")
			c.path += "&nonsense=1"
			w.want(http.StatusBadRequest, "an unknown parameter", c)
			continue
		}
		for what, body := range map[string]string{"no JSON": "{", "an unknown member": `{"nonsense": 1}`, "a member twice": `{"a": 1, "a": 2}`,
			"a list": `[]`, "two values": o.example + "{}", "another case": strings.ToUpper(o.example), "null": strings.Replace(o.example, `":"`, `":null,"x":"`, 1)} {
			c = o.call(w, "super")
			if c.body == body { // no text to make null of
				continue
			}
			c.body = body
			w.want(http.StatusBadRequest, what, c)
		}
		c.body = huge
		w.want(http.StatusRequestEntityTooLarge, "a huge body", c)
	}
}

func TestChangesSayWhichVersion(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	for _, o := range w.operations() {
		if !o.ifMatch {
			continue
		}
		c := o.call(w, "super")
		c.header["If-Match"] = ""
		w.want(http.StatusPreconditionRequired, "no If-Match", c)
		for _, tag := range []string{"*", "1", `W/"1"`, `"0"`, `"1", "2"`, `"01"`} {
			c.header["If-Match"] = tag
			w.want(http.StatusBadRequest, "If-Match "+tag, c)
		}
		c.body = w.known(c.body)
		c.header["If-Match"] = `"9999"`
		if !strings.Contains(o.template, "/tokens/") {
			w.want(http.StatusPreconditionFailed, "an old version", c)
		}
		c.path = w.fill(o.spec, o.template, missing)
		w.want(http.StatusNotFound, "a document that does not exist", c)
	}
}

func TestAnotherSiteChangesNothing(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	for _, o := range w.operations() {
		if o.method == http.MethodGet {
			continue
		}
		c := o.call(w, "super")
		c.header["Sec-Fetch-Site"] = "cross-site"
		w.want(http.StatusForbidden, "a page of another site", c)
		c.header["Sec-Fetch-Site"], c.header["Origin"] = "", "http://elsewhere.example"
		w.want(http.StatusForbidden, "an old browser on a page of another site", c)
	}
}

// broken makes a body that has the right form and breaks a rule.
func (o operation) broken(w *world) string {
	schema := o.spec.RequestBody.Value.Content["application/json"].Schema.Value
	if len(schema.Required) > 0 && !slices.Contains([]string{"setParameters", "setRoles"}, o.spec.OperationID) {
		return "{}"
	}
	for name, p := range schema.Properties {
		switch {
		case p.Value.Type.Is("array"):
			return `{"` + name + `": ["` + strings.Repeat("x", 70) + `"]}`
		case p.Value.Enum != nil:
			return `{"` + name + `": "nonsense"}`
		case p.Value.MaxLength != nil:
			return `{"` + name + `": "` + strings.Repeat("x", int(*p.Value.MaxLength)+1) + `"}`
		}
	}
	return `{"parameters": {"nonsense": "1"}, "roles": [], "reason": ""}`
}

func TestRulesAreAnsweredWithFields(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	for _, o := range w.operations() {
		if !o.json || !o.documents("422") {
			continue
		}
		c := o.call(w, "super")
		switch c.body = o.broken(w); o.spec.OperationID {
		case "setParameters":
			c.body = `{"parameters": {"nonsense": "1"}}`
		case "setRoles":
			c.body = `{"roles": [], "reason": ""}`
		case "updateRecord":
			c.body = `{"fields": {"nonsense": "1"}}`
		}
		if o.ifMatch && !strings.Contains(o.template, "/tokens/") {
			c.header["If-Match"] = w.etag(strings.TrimPrefix(w.fill(o.spec, o.template[:strings.Index(o.template, "{id}")+4], w.subject(o.template)), "/api/v1"))
		}
		res, body := w.send(c)
		if res.StatusCode != 422 || !strings.Contains(body, `"pointer":"/`) || !strings.Contains(body, `"fix":"`) {
			t.Errorf("%s %s with %s: got %d %.300s", c.method, c.path, c.body, res.StatusCode, body)
		}
	}
}

// storesNothing lists the operations that are POST because of their input, and read only.
var storesNothing = []string{"evaluateProgram", "checkTables"}

// readers of the office, and what no other role may do.
func TestTheAuditorChangesNothing(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	for _, o := range w.operations() {
		if !o.documents("403") || slices.Contains([]string{"decideLine", "transitionRevision", "getCalendar", "listSessions", "listTokens", "markNotices", "getMail", "signOut", "getBundle", "revokeSession", "revokeToken"}, o.spec.OperationID) {
			continue // in TestScenarios
		}
		if slices.Contains(storesNothing, o.spec.OperationID) {
			continue
		}
		as := "auditor"
		if o.method == http.MethodGet {
			as = "preparer"
		}
		c := o.call(w, as)
		if o.ifMatch && !strings.Contains(o.template, "/tokens/") {
			c.header["If-Match"] = w.etag(strings.TrimPrefix(w.fill(o.spec, o.template[:strings.Index(o.template, "{id}")+4], w.subject(o.template)), "/api/v1"))
		}
		c.body = w.known(c.body)
		w.want(http.StatusForbidden, as, c)
	}
}

// known puts documents of the world in the place of the examples' identifiers.
func (w *world) known(body string) string {
	for name, id := range map[string]string{"grant_year_id": w.ids["year"], "application_id": w.ids["application"], "organization_id": w.ids["district"],
		"line_item_id": w.ids["line"], "goal_id": w.ids["draft agreement goal"], "owner_id": w.users["pal"], "agreement_id": w.ids["agreement"], "user_id": w.users["pal"]} {
		at := `"` + name + `":"`
		if i := strings.Index(body, at); i >= 0 {
			_, after, _ := strings.Cut(body[i+len(at):], `"`)
			body = body[:i+len(at)] + id + `"` + after
		}
	}
	return body
}

func TestAnotherDistrictIsNotThere(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	for _, o := range w.operations() {
		if !strings.Contains(o.template, "{id}") || strings.Contains(o.template, "/users/") || strings.Contains(o.template, "/agreements/") ||
			strings.HasSuffix(o.template, "/pal") || strings.Contains(o.template, "/mails/") || strings.Contains(o.template, "/job_runs/") || strings.Contains(o.template, "/due_items/") || strings.Contains(o.template, "/grant_years/") || strings.Contains(o.template, "/allocation_runs/") || strings.Contains(o.template, "/scenarios/") || strings.Contains(o.template, "/payees/") || strings.Contains(o.template, "fact_imports") {
			continue
		}
		c := o.call(w, "stranger")
		c.body = w.known(c.body)
		w.want(http.StatusNotFound, "another district", c)
		if o.ifMatch {
			c.header["If-Match"] = `"9999"`
			w.want(http.StatusNotFound, "another district, at an old version", c)
		}
	}
}
