package api_test

import (
	"fmt"
	"strings"
	"testing"

	"earmark/models"
)

// competition adds a competition with one sheet in it to the world.
func (w *world) competition() {
	w.do("analyst", "POST", "/organization_imports?file_name=states.csv&source=Synthetic", "kind,code,name,parent_code,subtype,county\nagency,ZZ,State of Zephyr (synthetic),,,\n")
	for _, o := range items(w.do("analyst", "GET", "/organizations?kind=agency", nil)) {
		if text(o, "code") == "ZZ" {
			w.ids["applicant"] = text(o, "id")
		}
	}
	w.ids["competition"] = text(w.do("analyst", "POST", "/grant_years", m{"program_code": "rtt-state-application", "fiscal_year": 2011}), "id")
	w.change("manager", "POST", "/grant_years/"+w.ids["competition"], "/transitions", m{"event": "open"})
	w.person("panelist", models.RoleReviewer, "")
	w.ids["scoresheet"] = text(w.do("analyst", "POST", "/scoresheets", m{"grant_year_id": w.ids["competition"], "applicant_id": w.ids["applicant"], "reviewer_id": w.users["panelist"]}), "id")
}

// wholeSheet gives everything but in A1(ii), 440 points and those, and votes for P1 only.
func wholeSheet(a1ii int) m {
	scores := []m{{"criterion": "C1", "elements": 12}, {"criterion": "E1", "choice": "both"}, {"criterion": "A1(ii)", "points": a1ii}}
	for criterion, points := range map[string]int{"A1(i)": 5, "A1(iii)": 15, "A2(i)": 20, "A2(ii)": 10, "A3(i)": 5, "A3(ii)": 25, "B1(i)": 20, "B1(ii)": 20, "B2": 10, "B3": 20,
		"C2": 5, "C3(i)": 6, "C3(ii)": 6, "C3(iii)": 6, "D1(i)": 7, "D1(ii)": 7, "D1(iii)": 7, "D2(i)": 5, "D2(ii)": 15, "D2(iii)": 10, "D2(iv)": 28, "D3(i)": 15, "D3(ii)": 10,
		"D4(i)": 7, "D4(ii)": 7, "D5(i)": 10, "D5(ii)": 10, "E2(i)": 5, "E2(ii)": 35, "F1(i)": 5, "F1(ii)": 5, "F2(i)": 8, "F2(ii)": 8, "F2(iii)": 8, "F2(iv)": 8, "F2(v)": 8, "F3": 5} {
		scores = append(scores, m{"criterion": criterion, "points": points})
	}
	return m{"no_conflict": true, "scores": scores, "votes": []m{{"priority": "P1", "met": true}, {"priority": "P2", "met": false}}}
}

// competitionWorld has two applications, A1 and A2, with five reviewers each. All sheets of
// A1 are in but the last, which is written; those of A2 are empty.
func competitionWorld(t *testing.T) *world {
	t.Helper()
	w := officeWorld(t, "rtt-state-application", 2011, "2010-07-10T16:00:00Z", "agency,A1,First State (synthetic),,,\nagency,A2,Second State (synthetic),,,\n")
	w.person("official", models.RoleAuthorizedOfficial, w.ids["A2"])
	for i := range 5 {
		name := fmt.Sprintf("reviewer%d", i+1)
		w.person(name, models.RoleReviewer, "")
		w.ids[name] = w.users[name]
		for _, state := range []string{"A1", "A2"} {
			id := text(w.do("analyst", "POST", "/scoresheets", m{"grant_year_id": w.ids["year"], "applicant_id": w.ids[state], "reviewer_id": w.users[name]}), "id")
			w.ids[state+" "+name] = id
			if state == "A2" {
				continue
			}
			body := w.changeAs(name, "PUT", "/scoresheets/"+id, "", wholeSheet(10+i))
			if i < 4 {
				w.do(name, "POST", "/scoresheets/"+id+"/transitions", m{"event": "submit"}, "If-Match", fmt.Sprintf("%q", fmt.Sprint(body["version"])))
			}
		}
	}
	return w
}

// request makes a request with the version of the document as it is now.
func (w *world) request(as, method, path string, body m) (int, string) {
	w.t.Helper()
	document, _, _ := strings.Cut(path, "/transitions")
	if method == "PUT" || document != path {
		return w.changes(as, method, document, strings.TrimPrefix(path, document), body)
	}
	return w.plain(call{method: method, path: path, as: w.tokens[as], header: map[string]string{}}, body)
}

// changes is change for what may be refused.
func (w *world) changes(as, method, document, path string, body m) (int, string) {
	w.t.Helper()
	return w.plain(call{method: method, path: document + path, as: w.tokens[as], header: map[string]string{"If-Match": w.etag(document)}}, body)
}

func (w *world) plain(c call, body m) (int, string) {
	w.t.Helper()
	if c.path = "/api/v1" + c.path; body != nil {
		c.body = jsonText(w.t, body)
	}
	res, text := w.send(c)
	return res.StatusCode, text
}

// changeAs changes a document that only its owner sees.
func (w *world) changeAs(as, method, document, path string, body any) map[string]any {
	w.t.Helper()
	now := w.do(as, "GET", document, nil)
	return w.do(as, method, document+path, body, "If-Match", fmt.Sprintf("%q", fmt.Sprint(now["version"])))
}

// The life of a sheet, with what may not be done to it.
func TestScoresheets(t *testing.T) {
	t.Parallel()
	w := competitionWorld(t)
	first, last := "/scoresheets/"+w.ids["A1 reviewer1"], "/scoresheets/"+w.ids["A1 reviewer5"]
	empty := "/scoresheets/" + w.ids["A2 reviewer1"]
	year := m{"grant_year_id": w.ids["year"], "applicant_id": w.ids["A2"], "reviewer_id": w.users["reviewer1"]}
	with := func(changes m) m {
		out := m{}
		for _, x := range []m{year, changes} {
			for k, v := range x {
				out[k] = v
			}
		}
		return out
	}
	for i, c := range []struct {
		as, method, path string
		body             m
		status           int
		says             string
	}{
		{"analyst", "POST", "/scoresheets", year, 409, "scoresheet.exists"},
		{"analyst", "POST", "/scoresheets", with(m{"reviewer_id": w.users["manager"]}), 422, "scoresheet.reviewer"},
		{"analyst", "POST", "/scoresheets", with(m{"reviewer_id": missing}), 422, "scoresheet.reviewer"},
		{"analyst", "POST", "/scoresheets", with(m{"applicant_id": missing}), 422, "scoresheet.applicant"},
		{"analyst", "POST", "/scoresheets", with(m{"grant_year_id": missing}), 422, "not_found"},
		{"reviewer1", "POST", "/scoresheets", year, 403, "permission.role"},
		{"reviewer1", "GET", last, nil, 404, "not_found"},
		{"official", "GET", first, nil, 404, "not_found"},
		{"reviewer1", "PUT", empty, m{"no_conflict": true, "scores": []m{{"criterion": "B3", "points": 21}}, "votes": []m{}}, 422, "score.out_of_range"},
		{"reviewer1", "PUT", empty, m{"no_conflict": false, "scores": []m{{"criterion": "B3", "points": 20}}, "votes": []m{}}, 200, `"B3"`},
		{"reviewer1", "POST", empty + "/transitions", m{"event": "submit"}, 422, "scoresheet.conflict_not_declared"},
		{"reviewer1", "PUT", empty, m{"no_conflict": true, "scores": []m{{"criterion": "B3", "points": 20}}, "votes": []m{}}, 200, `"B3"`},
		{"reviewer1", "POST", empty + "/transitions", m{"event": "submit"}, 422, "scoresheet.incomplete"},
		{"reviewer1", "POST", empty + "/transitions", m{"event": "recuse"}, 422, "required"},
		{"reviewer1", "POST", empty + "/transitions", m{"event": "recuse", "comment": "A cousin works there."}, 200, `"recused"`},
		{"reviewer1", "PUT", empty, m{"no_conflict": true, "scores": []m{}, "votes": []m{}}, 409, "scoresheet.locked"},
		{"manager", "POST", empty + "/transitions", m{"event": "reopen", "comment": "x"}, 409, "scoresheet.no_such_step"},
		{"reviewer1", "POST", first + "/transitions", m{"event": "reopen", "comment": "x"}, 403, "permission.role"},
		{"manager", "PUT", last, wholeSheet(1), 403, "permission.role"},
		{"reviewer5", "POST", last + "/transitions", m{"event": "submit"}, 200, `"submitted"`},
		{"reviewer1", "GET", last, nil, 200, `"submitted"`}, // all are in
		{"reviewer1", "PUT", last, wholeSheet(1), 403, "scoresheet.not_own"},
		{"manager", "POST", first + "/transitions", m{"event": "reopen", "comment": "A page was missing."}, 200, `"draft"`},
		{"reviewer2", "GET", last, nil, 404, "not_found"}, // somebody is writing again
	} {
		res, got := w.request(c.as, c.method, c.path, c.body)
		if res != c.status || !strings.Contains(got, c.says) {
			t.Errorf("%d: %s %s as %s: %d, and should be %d with %s: %.300s", i, c.method, c.path, c.as, res, c.status, c.says, got)
		}
	}
}

// A reviewer learns of no panel but the own ones, and whoever is also of the office does
// not read the others' sheets while writing one.
func TestPanelsAreKeptApart(t *testing.T) {
	t.Parallel()
	w := competitionWorld(t)
	w.person("outsider", models.RoleReviewer, "")
	results := "/panel_results?grant_year_id=" + w.ids["year"]
	if got := items(w.do("outsider", "GET", results, nil)); len(got) != 0 {
		t.Errorf("somebody on no panel sees %v", got)
	}
	if got := items(w.do("reviewer1", "GET", results, nil)); len(got) != 1 || text(got[0], "applicant_id") != w.ids["A1"] {
		t.Errorf("who has submitted a sheet of A1 only sees %v", got)
	}
	if got := items(w.do("manager", "GET", results, nil)); len(got) != 2 {
		t.Errorf("the office sees %v", got)
	}
	w.person("administrator", models.RoleAdministrator, "")
	user := w.do("administrator", "GET", "/users/"+w.users["reviewer5"], nil)
	w.do("administrator", "PUT", "/users/"+w.users["reviewer5"]+"/roles", m{"roles": []m{{"role": "reviewer"}, {"role": "pal"}}, "reason": "Helps out."},
		"If-Match", fmt.Sprintf("%q", fmt.Sprint(user["version"])))
	if got := items(w.do("reviewer5", "GET", "/scoresheets?applicant_id="+w.ids["A1"], nil)); len(got) != 1 || text(got[0], "reviewer_id") != w.users["reviewer5"] {
		t.Errorf("who is still scoring A1 sees %d sheets of it", len(got))
	}
	if code, got := w.request("reviewer5", "GET", "/scoresheets/"+w.ids["A1 reviewer1"], nil); code != 404 {
		t.Errorf("another's sheet: %d %s", code, got)
	}
}
