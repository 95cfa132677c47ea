package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// An analyst tries out less money, looks at who loses, and adopts what can be adopted.
func TestScenarioBoard(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	compare := "/allocation_comparison?base=" + w.ids["run"] + "&with=" + w.ids["scenario"] + "&with=" + w.ids["draft run"]
	rows := items(w.do("auditor", "GET", compare+"&class=loser&sort=loss", nil))
	if len(rows) != 2 || text(rows[0], "subject_kind") != "scenario" || rows[0].(map[string]any)["change_bp"] != float64(-1000) {
		t.Errorf("who loses: %v", rows)
	}
	rows = items(w.do("auditor", "GET", compare+"&limit=1", nil))
	if len(rows) != 1 {
		t.Errorf("a page of one: %v", rows)
	}
	res, _ := w.send(call{method: "GET", path: "/api/v1" + compare + "&limit=1", as: w.tokens["auditor"]})
	link, _, _ := strings.Cut(strings.TrimPrefix(res.Header.Get("Link"), "</api/v1"), ">")
	if next := items(w.do("auditor", "GET", link, nil)); len(next) != 1 || text(next[0], "subject_id") == text(rows[0], "subject_id") {
		t.Errorf("the next page at %q: %v", link, next)
	}
	totals := items(w.do("manager", "GET", strings.Replace(compare, "comparison", "comparison/totals", 1)+"&by=subtype", nil))
	if len(totals) != 2 || text(totals[0], "value") != "traditional" || totals[0].(map[string]any)["losers"] != float64(2) || totals[1].(map[string]any)["untouched"] != float64(2) {
		t.Errorf("totals: %v", totals)
	}
	other := w.otherYearsRun()
	for _, path := range []string{"/allocation_comparison", "/allocation_comparison/totals"} {
		get := func(query string) call {
			return call{method: "GET", path: "/api/v1" + path + query, as: w.tokens["analyst"]}
		}
		w.want(http.StatusNotFound, "an unknown run", get("?base="+w.ids["run"]+"&with="+missing))
		w.want(http.StatusConflict, "another year", get("?base="+w.ids["run"]+"&with="+other))
		w.want(http.StatusBadRequest, "nothing to compare with", get("?base="+w.ids["run"]))
		w.want(http.StatusBadRequest, "too many", get("?base="+w.ids["run"]+strings.Repeat("&with="+w.ids["draft run"], 8)))
		w.want(http.StatusBadRequest, "the same twice", get("?base="+w.ids["run"]+"&with="+w.ids["run"]))
	}
	w.want(http.StatusBadRequest, "a fact nobody declares", call{method: "GET", path: "/api/v1" + strings.Replace(compare, "comparison", "comparison/totals", 1) + "&by=nonsense", as: w.tokens["analyst"]})

	// The year is open: its parameters are what districts rely on.
	path := "/scenarios/" + w.ids["scenario"]
	adopt := call{method: "POST", path: "/api/v1" + path + "/transitions", as: w.tokens["analyst"], body: `{"event": "adopt"}`, header: map[string]string{"If-Match": w.etag(path)}}
	w.want(http.StatusConflict, "parameters of an open year", adopt)
	detail := w.change("manager", "PUT", path, "", m{"facts_year": 2025, "label": "As it is", "facts": []m{{"organization_id": w.ids["school"], "name": "pupils", "value": "400"}}})
	if len(list(detail, "facts")) != 1 || text(list(detail, "facts")[0], "code") != "00101" {
		t.Errorf("changed facts: %v", detail)
	}
	adopt.header["If-Match"] = w.etag(path)
	res, body := w.send(adopt)
	if res.StatusCode != 422 || !strings.Contains(body, "scenario.fact_not_imported") {
		t.Errorf("facts that nobody reported: %d %s", res.StatusCode, body)
	}
	w.change("manager", "PUT", path, "", m{"facts_year": 2025, "label": "As it is"})
	adopted := w.change("analyst", "POST", path, "/transitions", m{"event": "adopt"})
	if run := w.do("analyst", "GET", "/allocation_runs/"+text(adopted, "run_id"), nil); text(run, "status") != "draft" || text(run, "label") != "As it is" {
		t.Errorf("the run: %v", run)
	}
	w.want(http.StatusConflict, "an adopted scenario", call{method: "PUT", path: "/api/v1" + path, as: w.tokens["analyst"], body: `{"facts_year": 2025, "label": "x"}`, header: map[string]string{"If-Match": w.etag(path)}})

	year := "/grant_years/" + w.ids["planned year"]
	w.change("manager", "POST", year, "/transitions", m{"event": "close", "comment": "Over."})
	w.want(http.StatusConflict, "a closed year", call{method: "POST", path: "/api/v1/scenarios", as: w.tokens["analyst"],
		body: `{"grant_year_id": "` + w.ids["planned year"] + `", "facts_year": 2025, "label": "x"}`})
}
