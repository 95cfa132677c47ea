package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// sheet is what an effectiveness worksheet of a line says, besides what is filled in.
func sheet(line int, judgement string) m {
	return m{"line": line, "judgement": judgement, "actual": "44.5", "measured_on": "2026-01-04", "narrative": "Growth rose (synthetic)."}
}

// A worksheet of a line is filled in from the line and its targets, handed in by the
// district, returned with a reason and accepted by the evaluation unit, once for each line.
func TestWorksheetsOfALine(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	begin := func(fields m) m {
		return m{"grant_year_id": w.ids["year"], "kind": "effectiveness_worksheet", "organization_id": w.ids["district"], "fields": fields}
	}
	post := func(name string, fields m, status int, want string) row {
		return row{name, call{method: "POST", path: "/api/v1/records", as: w.tokens["preparer"], body: jsonText(t, begin(fields))}, status, want}
	}
	w.rows([]row{
		post("a line that there is not", m{"line": 99}, 422, `"record.no_line"`),
		post("no number of a line", m{"line": "first"}, 422, `"record.number"`),
		post("a target that there is not", m{"line": 1, "targets": []string{"ITB-99"}}, 422, `"record.no_target"`),
		post("targets that are no list", m{"line": 1, "targets": "ITB-1"}, 422, `"record.list"`),
		post("a target twice", m{"line": 1, "targets": []string{"ITB-1", "ITB-1"}}, 422, `"duplicate"`),
		{"of another district", call{method: "POST", path: "/api/v1/records", as: w.tokens["stranger"], body: jsonText(t, begin(m{"line": 1}))}, 404, `"not_found"`},
	})
	v := w.do("preparer", "POST", "/records", begin(sheet(1, "effective")))
	id, path := text(v, "id"), "/records/"+text(v, "id")
	fields, line := v["fields"].(map[string]any), v["line"].(map[string]any)
	if fmt.Sprintf("%v, %v, %v, %v", fields["metric"], fields["data_source"], fields["baseline"], fields["targets"]) != "NWEA growth, NWEA, 39.00, [ITB-1]" {
		t.Errorf("filled in: %v", fields)
	}
	if text(v, "subject_id") != w.ids["line"] || text(line, "id") != w.ids["line"] || whole(line, "approved_cents") != 1000000 || whole(line, "spent_cents") != 5100 {
		t.Errorf("the line: %v %v", v["subject_id"], line)
	}
	if got := list(v, "targets"); len(got) != 1 || text(got[0], "code") != "ITB-1" || text(got[0], "baseline") != "39.00" {
		t.Errorf("the targets: %v", got)
	}
	w.rows([]row{
		post("a second one for the line", sheet(1, "effective"), 409, `"record.exists"`),
		{"a review before it is handed in", call{method: "POST", path: "/api/v1" + path + "/transitions", as: w.tokens["are"], body: `{"event": "approve"}`,
			header: map[string]string{"If-Match": w.etag(path)}}, 409, `"record.no_such_step"`},
	})
	second := text(w.do("preparer", "POST", "/records", begin(sheet(2, "too_early"))), "id")
	w.rows([]row{{"another line than its own", call{method: "PATCH", path: "/api/v1/records/" + second, as: w.tokens["preparer"], body: jsonText(t, m{"fields": sheet(1, "too_early")}),
		header: map[string]string{"If-Match": w.etag("/records/" + second)}}, 409, `"record.exists"`}})
	w.takes("official", id, "submit")
	tag := map[string]string{"If-Match": w.etag(path)}
	w.rows([]row{
		{"a review by another unit", call{method: "POST", path: "/api/v1" + path + "/transitions", as: w.tokens["fiscal"], body: `{"event": "approve"}`, header: tag}, 403, `"review.not_your_step"`},
		{"a return without a reason", call{method: "POST", path: "/api/v1" + path + "/transitions", as: w.tokens["are"], body: `{"event": "return"}`, header: tag}, 422, `"/comment"`},
	})
	w.change("are", "POST", path, "/transitions", m{"event": "return", "comment": "Name the grades."})
	w.takes("official", id, "submit")
	if v := w.takes("are", id, "approve"); text(v, "status") != "in_force" {
		t.Errorf("accepted: %v", v["status"])
	}
	if got := items(w.do("preparer", "GET", "/records?subject_id="+w.ids["line"], nil)); len(got) != 1 || text(got[0], "id") != id {
		t.Errorf("records of the line: %v", got)
	}
	amended := w.do("preparer", "POST", path+"/amendments", m{"reason": "The winter window is in."})
	if text(amended, "subject_id") != w.ids["line"] || amended["line"] == nil {
		t.Errorf("the amendment: %v", amended)
	}

	var got []string
	for _, x := range items(w.do("official", "GET", "/worksheet_standings?grant_year_id="+w.ids["year"], nil)) {
		got = append(got, fmt.Sprintf("%d %s %s", whole(x, "number"), text(x, "kind"), text(x, "status")))
	}
	if want := "1 effectiveness_worksheet accepted;1 implementation_worksheet none;2 effectiveness_worksheet draft;2 implementation_worksheet none"; strings.Join(got, ";") != want {
		t.Errorf("standings: %v", got)
	}
	if got := items(w.do("stranger", "GET", "/worksheet_standings?grant_year_id="+w.ids["year"], nil)); len(got) != 0 {
		t.Errorf("another district sees %v", got)
	}
	get := func(path string) call { return call{method: "GET", path: "/api/v1" + path, as: w.tokens["preparer"]} }
	w.rows([]row{
		{"a year that there is not", get("/worksheet_standings?grant_year_id=" + missing), 404, `"not_found"`},
		{"a status that there is not", get("/worksheet_standings?status=lost&grant_year_id=" + w.ids["year"]), 400, `malformed_parameter`},
		{"a page", get("/worksheet_standings?limit=1&grant_year_id=" + w.ids["year"]), 200, `"due_on":"2026-09-30"`},
	})
}

// What the money does for each target can be read by the district and the office; the sum of
// the shares is what is approved.
func TestLinesOfSightOverHTTP(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	path := "/agreements/" + w.ids["agreement"] + "/line_of_sight"
	v := w.do("preparer", "GET", path+"?grant_year_id="+w.ids["year"], nil)
	if whole(v, "approved_cents") != 2000000 || whole(v, "spent_cents") != 5100 || len(list(v, "targets")) != 8 || len(list(v, "without_target")) != 0 {
		t.Errorf("the agreement: %v", v)
	}
	var served any
	for _, x := range list(v, "targets") {
		if text(x, "target_id") == w.ids["agreement target"] {
			served = x
		}
	}
	if whole(served, "approved_share_cents") != 2000000 || len(list(served, "lines")) != 2 || text(served, "says") != "No result is reported yet." {
		t.Errorf("the target: %v", served)
	}
	if v := w.do("preparer", "GET", path+"?on=2025-12-31", nil); whole(v, "approved_cents") != 0 {
		t.Errorf("before the approval: %v", v["approved_cents"])
	}
	rows := items(w.do("analyst", "GET", "/lines_of_sight?program_code=mi-21h&organization_id="+w.ids["district"], nil))
	sum := 0
	for _, x := range rows {
		sum += whole(x, "approved_share_cents")
	}
	if len(rows) != 8 || sum != 2000000 {
		t.Errorf("the list: %d rows, %d", len(rows), sum)
	}
	get := func(path, as string) call { return call{method: "GET", path: "/api/v1" + path, as: w.tokens[as]} }
	w.rows([]row{
		{"another district", get(path, "stranger"), 404, `"not_found"`},
		{"no day", get(path+"?on=2026-02-30", "preparer"), 400, `malformed_parameter`},
		{"no program", get("/lines_of_sight", "preparer"), 400, `/program_code`},
		{"no day of a list", get("/lines_of_sight?program_code=mi-21h&on=x", "preparer"), 400, `malformed_parameter`},
		{"a page", get("/lines_of_sight?program_code=mi-21h&limit=3", "preparer"), 200, `"target":"ETO-1"`},
		{"a program without agreements", get("/lines_of_sight?program_code=partnership-zone", "preparer"), 200, `"items":[]`},
	})
	seen := map[string]bool{}
	for next := "/lines_of_sight?program_code=mi-21h&limit=3"; next != ""; {
		res, body := w.send(call{method: "GET", path: "/api/v1" + strings.TrimPrefix(next, "/api/v1"), as: w.tokens["preparer"]})
		var page any
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		for _, x := range items(page) {
			seen[text(x, "target_id")] = true
		}
		next, _, _ = strings.Cut(strings.TrimPrefix(res.Header.Get("Link"), "<"), ">")
	}
	if len(seen) != 8 {
		t.Errorf("all pages have %d targets", len(seen))
	}
	res, csv := w.send(call{method: "GET", path: "/api/v1/lines_of_sight?program_code=mi-21h", as: w.tokens["super"], header: map[string]string{"Accept": "text/csv"}})
	if res.StatusCode != 200 || !strings.HasPrefix(csv, "organization_code,organization_name,") || strings.Count(csv, "\r\n") != 10 {
		t.Errorf("CSV: %d %s", res.StatusCode, csv)
	}
}

// whole is an integer of an answer.
func whole(v any, name string) int {
	object, _ := v.(map[string]any)
	n, _ := object[name].(float64)
	return int(n)
}
