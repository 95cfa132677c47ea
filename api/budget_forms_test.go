package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// refused makes a request that has to be refused, and looks for codes in the problem.
func (w *world) refused(status int, as, method, path, of string, body any, codes ...string) {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	c := call{method: method, path: "/api/v1" + path, as: w.tokens[as], body: string(text), header: map[string]string{}}
	if of != "" {
		c.header["If-Match"] = w.etag(of)
	}
	res, answer := w.send(c)
	if res.StatusCode != status {
		w.t.Errorf("%s %s: got %d, want %d: %.600s", method, path, res.StatusCode, status, answer)
	}
	for _, code := range codes {
		if !strings.Contains(answer, `"`+code+`"`) {
			w.t.Errorf("%s %s does not say %s: %.600s", method, path, code, answer)
		}
	}
}

func TestABudgetFormFromDraftToSubmission(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	path := "/budget_forms/" + w.ids["budget form"]
	f := w.change("preparer", "PUT", path, "", m{"title": "Course pathways", "rows": []m{
		{"line": "6", "amounts_cents": m{"y1": 100000000, "y3": 5000000}, "printed": []string{"1,000,000", "", "50,OOO"}}}})
	lines := list(f, "lines")
	if len(lines) != 13 {
		t.Fatalf("a project form has %d lines", len(lines))
	}
	total := lines[12].(map[string]any)
	if total["line"] != "13" || total["computed"] != true || total["total_cents"] != float64(105000000) {
		t.Errorf("line 13 is not the sum: %v", total)
	}
	if years := total["amounts_cents"].([]any); years[1] != nil || years[2] != float64(5000000) {
		t.Errorf("a blank year is not blank: %v", years)
	}
	v := w.do("auditor", "GET", path+"/validation", nil)
	if d := list(v, "differences"); len(d) != 1 || text(d[0], "status") != "unreadable" || text(d[0], "column") != "y3" {
		t.Errorf("differences of what was printed: %v", d)
	}
	w.refused(http.StatusForbidden, "preparer", "POST", path+"/transitions", path, m{"event": "submit"}, "permission.role")
	f = w.change("official", "POST", path, "/transitions", m{"event": "submit"})
	if text(f, "status") != "submitted" || text(f, "submitted_by") != w.users["official"] {
		t.Errorf("submitted: %v", f)
	}
	w.refused(http.StatusConflict, "preparer", "PUT", path, path, m{"title": "Again"}, "budget_form.locked")
	w.refused(http.StatusConflict, "preparer", "POST", path+"/transitions", path, m{"event": "remove"}, "budget_form.no_such_step")
	w.refused(http.StatusUnprocessableEntity, "fiscal", "POST", path+"/transitions", path, m{"event": "return"}, "required")
	w.change("fiscal", "POST", path, "/transitions", m{"event": "return", "comment": "Explain line 6."})
	if f = w.change("preparer", "POST", path, "/transitions", m{"event": "remove"}); text(f, "status") != "removed" {
		t.Errorf("removed: %v", f)
	}
}

func TestASummaryIsHeldAgainstItsProjects(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	f := w.do("preparer", "POST", "/budget_forms", m{"grant_year_id": w.ids["budget year"], "organization_id": w.ids["district"], "form_kind": "summary",
		"code": "SUM", "title": "Summary", "rows": []m{{"line": "6", "amounts_cents": m{"y1": 90000000}}, {"line": "14", "amounts_cents": m{"y1": 80000000}}}})
	path := "/budget_forms/" + text(f, "id")
	v := w.do("fiscal", "GET", path+"/validation", nil)
	tie := list(v, "tie_out")
	if len(tie) != 6 || text(tie[0], "row") != "6" || text(tie[0], "printed") != "900000" || text(tie[0], "computed") != "1000000" {
		t.Errorf("lines 6, 9 and 13 differ in y1 and in the total: %v", tie)
	}
	share, _ := v["share"].(map[string]any)
	if share["required_cents"] != float64(90000000) || share["holds"] != false {
		t.Errorf("line 14: %v", share)
	}
	request, _ := v["request"].(map[string]any)
	if text(request, "status") != "no_category" {
		t.Errorf("a district has no range: %v", request)
	}
	w.refused(http.StatusUnprocessableEntity, "official", "POST", path+"/transitions", path, m{"event": "submit"}, "budget.share")
	w.change("preparer", "PUT", path, "", m{"title": "Summary", "rows": []m{{"line": "6", "amounts_cents": m{"y1": 90000000}}, {"line": "14", "amounts_cents": m{"y1": 90000000}}}})
	w.change("official", "POST", path, "/transitions", m{"event": "submit"}) // the tie-out is a warning of this program
}

func TestBudgetFormsRefuseWhatTheyCannotHold(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	form := func(kind, code string, more m) m {
		in := m{"grant_year_id": w.ids["budget year"], "organization_id": w.ids["district"], "form_kind": kind, "code": code, "title": "A form"}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	row := func(r m) m { return m{"rows": []m{r}} }
	for code, more := range map[string]m{
		"budget.no_line":              row(m{"line": "16"}),
		"budget.line_not_here":        row(m{"line": "14", "amounts_cents": m{"y1": 100}}),
		"budget.computed":             row(m{"line": "9", "amounts_cents": m{"y1": 100}}),
		"budget.no_year":              row(m{"line": "1", "amounts_cents": m{"y9": 100}}),
		"budget.whole_dollars":        row(m{"line": "1", "amounts_cents": m{"y1": 101}}),
		"budget.too_many_years":       row(m{"line": "1", "printed": []string{"1", "2", "3", "4", "5", "6"}}),
		"budget.line_twice":           {"rows": []m{{"line": "1"}, {"line": "1"}}},
		"budget.agreement_incomplete": {"indirect": m{"mode": "agreement", "rate_bp": 860}},
		"budget.agreement_order":      {"indirect": m{"mode": "agreement", "rate_bp": 860, "base_lines": []string{"9"}, "from_on": "2011-07-01", "to_on": "2010-06-30", "agency": "ED"}},
		"budget.base_never":           {"indirect": m{"mode": "agreement", "base_lines": []string{"11"}}},
	} {
		w.refused(http.StatusUnprocessableEntity, "preparer", "POST", "/budget_forms", "", form("project", "X", more), code)
	}
	w.refused(http.StatusConflict, "preparer", "POST", "/budget_forms", "", form("project", "PATHS", nil), "budget_form.exists")
	other := form("project", "X", nil)
	other["grant_year_id"] = w.ids["year"]
	w.refused(http.StatusConflict, "preparer", "POST", "/budget_forms", "", other, "budget_form.no_form")
	other = form("project", "X", nil)
	other["organization_id"] = w.ids["other"]
	w.refused(http.StatusNotFound, "preparer", "POST", "/budget_forms", "", other, "not_found")
	key := []string{"Idempotency-Key", "once"}
	a := w.do("preparer", "POST", "/budget_forms", form("project", "ONCE", nil), key...)
	b := w.do("preparer", "POST", "/budget_forms", form("project", "ONCE", nil), key...)
	if text(a, "id") != text(b, "id") {
		t.Error("the same request twice made two forms")
	}
}

func TestTablesAreCheckedWithoutBeingStored(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	r := w.do("stranger", "POST", "/table_checks", m{"tables": []m{{"code": "STEM", "columns": []string{"Y1", "Y2", "Y3", "Y4", "total"},
		"rows": []m{{"code": "6", "cells": []any{"120,000", "30,000", "30,000", "30,000", 360000}}}}},
		"checks": []m{{"kind": "row_sum", "table": "STEM", "total": "total"}}})
	if f := list(r, "findings"); len(f) != 1 || text(f[0], "computed") != "210000" || text(f[0], "difference") != "150000" {
		t.Errorf("findings: %v", f)
	}
	w.refused(http.StatusUnprocessableEntity, "stranger", "POST", "/table_checks", "", m{"tables": []m{}, "checks": []m{{"kind": "magic"}}}, "tables.invalid", "unknown")
	w.refused(http.StatusBadRequest, "stranger", "POST", "/table_checks", "", m{"tables": []m{{"code": "A", "columns": []any{true}}}, "checks": []m{}})
}

func TestAProgramIsEvaluatedOverHTTP(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	r := w.do("stranger", "POST", "/programs/rtt-state-application/evaluation", m{"fiscal_year": 2011, "budget": m{"requests": []m{
		{"recipient": "Maine", "amount_cents": 7500000100}}}})
	budget, _ := r["budget"].(map[string]any)
	if q := list(budget, "requests"); len(q) != 1 || text(q[0], "status") != "over_maximum" {
		t.Errorf("a dollar over the maximum: %v", r)
	}
	w.refused(http.StatusNotFound, "stranger", "POST", "/programs/nothing/evaluation", "", m{"fiscal_year": 2011}, "not_found")
}
