package api_test

import (
	"strings"
	"testing"
)

func TestTargetsAreMeasuredCorrectedAndImported(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	itb, eto := w.ids["agreement ITB"], w.ids["agreement ETO"]
	post := func(as, path string, in any) call {
		c := call{method: "POST", path: "/api/v1" + path, as: w.tokens[as], header: map[string]string{}}
		if csv, ok := in.(string); ok {
			c.body, c.header["Content-Type"] = csv, "text/csv"
		} else {
			c.body = jsonOf(t, in)
		}
		return c
	}
	body := func(more m) m {
		out := m{"target_id": itb, "measured_on": "2025-12-15", "source": "NWEA"}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	read := func(as, path string) call { return call{method: "GET", path: "/api/v1" + path, as: w.tokens[as]} }
	imports, first := "/target_result_imports?file_name=r.csv&source=File", "/target_results/"+w.ids["target result"]
	w.rows([]row{
		{"outside", post("preparer", "/target_results", body(m{"measured_on": "2025-11-20", "value": "1"})), 422, "Fall 2025-26 (2025-08-15 to 2025-11-15), Winter 2025-26 (2025-12-01 to 2026-02-28)"},
		{"future", post("preparer", "/target_results", body(m{"measured_on": "2026-01-20", "value": "1"})), 422, "target_result.future"},
		{"mismatch", post("preparer", "/target_results", body(m{"value": "76.3", "numerator": "29", "denominator": "98"})), 422, "29.00 of 98.00 is 29.6 %, not 76.3 %."},
		{"another district", post("stranger", "/target_results", body(m{"value": "4"})), 404, "not_found"},
		{"no such target", post("are", "/target_results", body(m{"target_id": missing, "value": "4"})), 404, "not_found"},
		{"a draft", post("pal", "/target_results", body(m{"target_id": w.ids["draft agreement ITB"], "value": "4"})), 409, "target_result.not_signed"},
		{"reported", post("pal", "/target_results", body(m{"numerator": "82", "denominator": "200", "value": "41"})), 201, `"window":"winter","measured_on":"2025-12-15","value":"41.00"`},
		{"twice", post("preparer", "/target_results", body(m{"value": "50"})), 409, "target_result.exists"},
		{"no reason", post("preparer", first+"/correction", m{"value": "41", "source": "NWEA"}), 422, "/reason"},
		{"corrected", post("preparer", first+"/correction", m{"value": "41.3", "source": "NWEA", "reason": "A class was left out."}), 201, `"correction":"A class was left out."`},
		{"corrected twice", post("preparer", first+"/correction", m{"value": "42", "source": "NWEA", "reason": "Again."}), 409, "target_result.superseded"},
		{"kept", read("preparer", first), 200, `"superseded":true`},
		{"on the way", read("preparer", "/target_standings?kind=ETO&type=local_academic&agreement_id="+w.ids["agreement"]), 200, `"status":"reported"`},
		{"of nobody", read("auditor", "/target_standings?cohort=Nine"), 200, `"items":[]`},
		{"not due", read("auditor", "/target_standings?status=not_due"), 200, `"report_due_on":"2027-09-13"`},
		{"bad status", read("auditor", "/target_standings?status=late"), 400, "malformed_parameter"},
		{"dry run", post("are", imports+"&dry_run=true", "code,target,measured_on,value\n61010,ITB-2,2026-01-05,9\n61010,ITB-1,2025-10-01,9\n"), 200, `"errors":[{"pointer":"/rows/2/measured_on","code":"target_result.outside"`},
		{"wrong rows", post("are", imports, "code,target,measured_on,value,cohort\nnobody,ITB-1,2025-10-01,1,\n61010,ITB-99,2025-10-01,1,\n61010,ITB-1,10/01/2025,1,\n61010,ITB-1,2025-10-02,many,\n61010,ITB-1,2025-10-01,1,Nine\n61020,ITB-1,2025-10-01,1,\n"), 422, "target_result.agreement"},
		{"repeated", post("are", imports, "code,target,measured_on,value\n61010,ITB-1,2025-10-01,1\n61010,ITB-1,2025-10-01,2\n"), 422, "csv.row_repeated"},
		{"a correction without a reason", post("are", imports, "code,target,measured_on,value\n61010,ITB-1,2025-12-15,44\n"), 422, "target_result.exists"},
		{"imported", post("preparer", imports, "code,target,measured_on,value,correction\n61010,ITB-1,2025-12-15,44,Counted again\n61010,ITB-1,2025-10-01,40,\n"), 201, `"content":"target_results"`},
		{"again", post("preparer", imports, "code,target,measured_on,value,correction\n61010,ITB-1,2025-12-15,44,Counted again\n61010,ITB-1,2025-10-01,40,\n"), 201, `"new":0,"changed":0,"unchanged":2`},
		{"of others", post("stranger", imports, "code,target,measured_on,value\n61010,ITB-1,2025-10-01,26\n"), 422, "organization.unknown"},
		{"removal", call{method: "DELETE", path: "/api/v1/agreements/" + w.ids["agreement"] + "/targets/" + eto, as: w.tokens["pal"], header: map[string]string{"If-Match": w.etag("/agreements/" + w.ids["agreement"])}}, 409, "agreement.targets_fixed"},
	})
	if n := len(items(w.do("auditor", "GET", "/target_results?target_id="+itb, nil))); n != 3 {
		t.Errorf("%d results are kept, and should be 3", n)
	}
	if n := len(items(w.do("auditor", "GET", "/target_results?in_force=true&agreement_id="+w.ids["agreement"], nil))); n != 3 {
		t.Errorf("%d results are in force, and should be 3", n)
	}
	if n := len(items(w.do("stranger", "GET", "/target_results", nil))); n != 0 {
		t.Errorf("another district sees %d results", n)
	}
	pages := 0
	for path := "/target_standings?limit=3&agreement_id=" + w.ids["agreement"]; path != ""; pages++ {
		res, _ := w.send(read("preparer", path))
		path = strings.TrimPrefix(strings.TrimSuffix(strings.TrimPrefix(res.Header.Get("Link"), "<"), `>; rel="next"`), "/api/v1")
	}
	if pages != 3 {
		t.Errorf("%d pages of three rows each", pages)
	}
}
