package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestRecordsOfOneDistrictAreItsOwn(t *testing.T) {
	t.Parallel()
	w := memorandumWorld(t)
	mou := m{"grant_year_id": w.ids["year"], "kind": "mou", "organization_id": w.ids["D1"]}
	body := func(v m) string { return jsonText(t, v) }
	path := "/api/v1/records/" + w.ids["mou"]
	w.rows([]row{
		{"a second memorandum", call{method: "POST", path: "/api/v1/records", as: w.tokens["official"], body: body(mou)}, 409, `"record.exists"`},
		{"of another district", call{method: "POST", path: "/api/v1/records", as: w.tokens["stranger"], body: body(mou)}, 404, `"not_found"`},
		{"a kind of the office", call{method: "POST", path: "/api/v1/records", as: w.tokens["official"],
			body: body(m{"grant_year_id": w.ids["year"], "kind": "lea_enforcement", "organization_id": w.ids["D1"]})}, 403, `"record.office_writes"`},
		{"an unknown kind", call{method: "POST", path: "/api/v1/records", as: w.tokens["official"],
			body: body(m{"grant_year_id": w.ids["year"], "kind": "mow", "organization_id": w.ids["D1"]})}, 422, `"record.unknown_kind"`},
		{"a kind of another kind of organization", call{method: "POST", path: "/api/v1/records", as: w.tokens["manager"],
			body: body(m{"grant_year_id": w.ids["year"], "kind": "application", "organization_id": w.ids["D1"]})}, 422, `"record.organization"`},
		{"no parent", call{method: "POST", path: "/api/v1/records", as: w.tokens["official"],
			body: body(m{"grant_year_id": w.ids["year"], "kind": "final_scope", "organization_id": w.ids["D1"]})}, 422, `"record.parent"`},
		{"a year that is not there", call{method: "POST", path: "/api/v1/records", as: w.tokens["official"],
			body: body(m{"grant_year_id": missing, "kind": "mou", "organization_id": w.ids["D1"]})}, 422, `"/grant_year_id"`},
		{"not in force yet", call{method: "POST", path: path + "/amendments", as: w.tokens["official"], body: `{"reason": "The scope changed."}`}, 409, `"record.not_in_force"`},
		{"a step that it has not", call{method: "POST", path: path + "/transitions", as: w.tokens["manager"], body: `{"event": "end", "comment": "Over."}`,
			header: map[string]string{"If-Match": w.etag("/records/" + w.ids["mou"])}}, 409, `"record.no_such_step"`},
		{"a check that holds always", call{method: "POST", path: path + "/overrides", as: w.tokens["manager"], body: `{"check": "nonsense", "reason": "Because."}`,
			header: map[string]string{"If-Match": w.etag("/records/" + w.ids["mou"])}}, 422, `"record.not_overridable"`},
		{"an element that it has not", call{method: "PATCH", path: path, as: w.tokens["official"], body: `{"exhibits": {"exhibit_i": {"elements": ["nonsense"]}, "exhibit_x": {}}, "checklist": {"nonsense": {"done": true}}}`,
			header: map[string]string{"If-Match": w.etag("/records/" + w.ids["mou"])}}, 422, `"record.unknown_part"`},
		{"a mark from the future", call{method: "PATCH", path: path, as: w.tokens["official"], body: `{"fields": {"implements": "some"}}`,
			header: map[string]string{"If-Match": w.etag("/records/" + w.ids["mou"])}}, 422, `"record.choice"`},
		{"what the office says", call{method: "POST", path: path + "/transitions", as: w.tokens["official"], body: `{"event": "submit", "received_at": "2010-06-01 12:00:00"}`,
			header: map[string]string{"If-Match": w.etag("/records/" + w.ids["mou"])}}, 422, `"record.received_by_office"`},
		{"a year of another place", call{method: "GET", path: "/api/v1/grant_years/" + missing + "/record_sheet?kind=mou", as: w.tokens["official"]}, 404, `"not_found"`},
		{"a sheet of an unknown kind", call{method: "GET", path: "/api/v1/grant_years/" + w.ids["year"] + "/record_sheet?kind=mow", as: w.tokens["official"]}, 400, `"record.unknown_kind"`},
	})
	w.takes("official", w.ids["mou"], "submit")
	tag := map[string]string{"If-Match": w.etag("/records/" + w.ids["mou"])}
	w.rows([]row{
		{"locked", call{method: "PATCH", path: path, as: w.tokens["official"], body: `{"fields": {}}`, header: tag}, 409, `"record.locked"`},
		{"a party that it has not", call{method: "POST", path: path + "/transitions", as: w.tokens["official"], body: `{"event": "sign", "party": "mayor", "signer_name": "Pat", "signed_on": "2010-06-01"}`, header: tag}, 422, `"record.no_party"`},
		{"a day that has not come", call{method: "POST", path: path + "/transitions", as: w.tokens["official"], body: `{"event": "sign", "party": "superintendent", "signer_name": "Pat", "signed_on": "2010-06-11"}`, header: tag}, 422, `"future"`},
		{"nothing to approve", call{method: "POST", path: path + "/transitions", as: w.tokens["manager"], body: `{"event": "approve"}`, header: tag}, 422, `"record.signature_missing"`},
	})
	w.change("manager", "POST", "/records/"+w.ids["mou"], "/transitions", m{"event": "return", "comment": "Name another contact."})
	if v := w.do("official", "GET", "/records/"+w.ids["mou"], nil); text(v, "status") != "returned" || len(list(v, "decisions")) != 0 {
		t.Errorf("after the return: %v", v)
	}
	w.change("official", "POST", "/records/"+w.ids["mou"], "/transitions", m{"event": "withdraw", "comment": "We write another."})
	w.rows([]row{{"over", call{method: "POST", path: path + "/overrides", as: w.tokens["manager"], body: `{"check": "x", "reason": "Because."}`,
		header: map[string]string{"If-Match": w.etag("/records/" + w.ids["mou"])}}, 409, `"record.locked"`}})
}

// A signature counts for the submission that it stands under; a kind that is never amended
// stays as it is; the same key does not start two amendments.
func TestAmendmentsOfRecords(t *testing.T) {
	t.Parallel()
	w := signedWorld(t)
	path := "/records/" + w.ids["mou"]
	key := []string{"Idempotency-Key", "amend-once"}
	first := w.do("official", "POST", path+"/amendments", m{"reason": "The scope changed."}, key...)
	again := w.do("official", "POST", path+"/amendments", m{"reason": "The scope changed."}, key...)
	if text(first, "id") == "" || text(first, "id") != text(again, "id") {
		t.Errorf("one key made %v and %v", first["id"], again["id"])
	}
	w.rows([]row{{"a second amendment", call{method: "POST", path: "/api/v1" + path + "/amendments", as: w.tokens["official"], body: `{"reason": "Again."}`}, 409, `"record.amendment_open"`}})
	change := text(first, "id")
	w.takes("official", change, "submit")
	w.change("official", "POST", "/records/"+change, "/transitions", m{"event": "sign", "party": "superintendent", "signer_name": "Pat Example", "signed_on": "2010-06-02"})
	w.rows([]row{{"twice", call{method: "POST", path: "/api/v1/records/" + change + "/transitions", as: w.tokens["official"],
		body: `{"event": "sign", "party": "superintendent", "signer_name": "Pat", "signed_on": "2010-06-02"}`, header: map[string]string{"If-Match": w.etag("/records/" + change)}}, 409, `"record.signed"`}})
	w.change("manager", "POST", "/records/"+change, "/transitions", m{"event": "return", "comment": "Say what changes."})
	w.takes("official", change, "submit")
	if v := w.do("official", "GET", "/records/"+change, nil); len(list(v, "unsigned")) != 3 || len(list(v, "signatures")) != 0 {
		t.Errorf("signatures of an earlier submission count: %v", v["unsigned"])
	}
	if v := w.do("official", "GET", path, nil); text(v, "status") != "in_force" || len(list(v, "versions")) != 2 {
		t.Errorf("the version in force: %v %v", v["status"], v["versions"])
	}
	got := items(w.do("official", "GET", "/records?kind=mou&status=in_force", nil))
	if len(got) != 1 || text(got[0], "id") != w.ids["mou"] {
		t.Errorf("in force: %v", got)
	}
	if n := len(items(w.do("stranger", "GET", "/records", nil))); n != 0 {
		t.Errorf("another district sees %d records", n)
	}
	res, sheet := w.send(call{method: "GET", path: "/api/v1/grant_years/" + w.ids["year"] + "/record_sheet?kind=mou&status=in_force", as: w.tokens["official"]})
	if res.StatusCode != http.StatusOK || !strings.Contains(sheet, "implements,state_contact,lea_contact\r\nMOU-2011-0001,D1,Elm Hollow (synthetic),in_force,,,2010-05-25,all,") {
		t.Errorf("the sheet: %d %s", res.StatusCode, sheet)
	}
}

// The office opens an enforcement case; the district reads it and cannot change it. A
// record that came in on paper counts from when it was received.
func TestTheOfficeWritesForItselfAndEntersPaper(t *testing.T) {
	t.Parallel()
	w := memorandumWorld(t)
	id := w.newRecord("manager", "lea_enforcement", w.ids["D1"], m{"finding": "Targets of year 1 were not met.", "action": "disallowing_costs", "amount_cents": 120000}, nil)
	w.rows([]row{{"not the district's", call{method: "PATCH", path: "/api/v1/records/" + id, as: w.tokens["official"], body: `{"fields": {}}`,
		header: map[string]string{"If-Match": w.etag("/records/" + id)}}, 403, `"record.office_writes"`}})
	w.takes("manager", id, "submit")
	if v := w.takes("manager", id, "approve"); text(v, "status") != "in_force" || text(v, "effective_on") != "2010-06-10" {
		t.Errorf("the case: %v", v)
	}
	told := items(w.do("official", "GET", "/notices", nil))
	if len(told) == 0 || !strings.Contains(text(told[0], "title"), "Enforcement case") {
		t.Errorf("the district was not told: %v", told)
	}
	w.rows([]row{{"never amended without a reason", call{method: "POST", path: "/api/v1/records/" + id + "/amendments", as: w.tokens["manager"], body: `{"reason": ""}`}, 422, `"/reason"`}})

	app := w.newRecord("analyst", "application", w.ids["ST"], m{"narrative_pages": 101, "appendix_pages": 250, "budget_total_cents": 7500000000, "state_board": false}, nil)
	marks := m{}
	for _, f := range list(w.do("analyst", "GET", "/records/"+app, nil), "findings") {
		if text(f, "code") == "record.checklist_open" {
			marks[strings.TrimPrefix(text(f, "pointer"), "/checklist/")] = m{"done": true, "on": "2010-05-28"}
		}
	}
	w.change("analyst", "PATCH", "/records/"+app, "", m{"checklist": marks, "attachments": []m{{"name": "narrative.pdf"}, {"name": "budget.xlsx"}}})
	w.rows([]row{
		{"a second late", call{method: "POST", path: "/api/v1/records/" + app + "/transitions", as: w.tokens["analyst"], body: `{"event": "submit", "received_at": "2010-06-01 16:30:01"}`,
			header: map[string]string{"If-Match": w.etag("/records/" + app)}}, 422, `"record.late"`},
		{"no moment", call{method: "POST", path: "/api/v1/records/" + app + "/transitions", as: w.tokens["analyst"], body: `{"event": "submit", "received_at": "June"}`,
			header: map[string]string{"If-Match": w.etag("/records/" + app)}}, 422, `"record.timestamp"`},
	})
	v := w.change("analyst", "POST", "/records/"+app, "/transitions", m{"event": "submit", "received_at": "2010-06-01 16:30:00"})
	if text(v, "status") != "submitted" || text(v, "submitted_at") != "2010-06-01T20:30:00Z" || v["late"] != false || text(v, "due_status") != "done" {
		t.Errorf("received in the last second: %v %v %v %v", v["status"], v["submitted_at"], v["late"], v["due_status"])
	}
}

// A zone may have more schools than its cap when the manager says why.
func TestAnOverrideLetsACheckPass(t *testing.T) {
	t.Parallel()
	directory := "district,D1,Riverside (synthetic),,traditional,\ndistrict,D2,Hillside (synthetic),,traditional,\nschool,X1,Elsewhere (synthetic),D2,,\n"
	var schools []string
	for _, s := range strings.Fields("a b c d e f g h i j k l m") {
		schools = append(schools, s)
		directory += "school," + s + ",School " + s + " (synthetic),D1,,\n"
	}
	w := officeWorld(t, "partnership-zone", 2011, "2010-08-02T16:00:00Z", directory)
	zone := w.newRecord("manager", "zone", w.ids["D1"], m{"name": "Riverside Zone", "opens_on": "2010-09-01", "expansion": "One cluster each year"}, nil)
	cluster := func(names []string) m {
		return m{"grant_year_id": w.ids["year"], "kind": "cluster", "organization_id": w.ids["D1"], "parent_id": zone, "fields": m{"name": "A cluster", "schools": names}}
	}
	w.do("pal", "POST", "/records", cluster(schools[:5]))
	second := text(w.do("pal", "POST", "/records", cluster(schools[5:9])), "id")
	post := func(names []string) call {
		return call{method: "POST", path: "/api/v1/records", as: w.tokens["pal"], body: jsonText(t, cluster(names))}
	}
	w.rows([]row{
		{"a school of another district", post([]string{"a", "b", "X1"}), 422, `"/fields/schools/2"`},
		{"two schools", post(schools[9:11]), 422, `"record.cluster_size"`},
	})
	if v := w.do("pal", "GET", "/records/"+second, nil); v["ready"] != true {
		t.Errorf("the second cluster: %v", v["findings"])
	}
	third := text(w.do("pal", "POST", "/records", cluster(schools[9:12])), "id")
	v := w.do("pal", "GET", "/records/"+third, nil)
	if beside, _ := v["totals"].(map[string]any); beside["schools_beside"] != 9.0 || v["ready"] != false {
		t.Errorf("12 schools: %v, ready %v", v["totals"], v["ready"])
	}
	w.rows([]row{{"more than ten", call{method: "POST", path: "/api/v1/records/" + third + "/transitions", as: w.tokens["pal"], body: `{"event": "submit"}`,
		header: map[string]string{"If-Match": w.etag("/records/" + third)}}, 422, `"record.school_cap"`}})
	v = w.change("manager", "POST", "/records/"+third, "/overrides", m{"check": "school_cap", "reason": "The district adds a third cluster of high schools."})
	if v["ready"] != true {
		t.Errorf("overridden: %v", v["findings"])
	}
	w.takes("pal", third, "submit")
	w.takes("manager", third, "approve")
	v = w.do("pal", "POST", "/records/"+third+"/amendments", m{"reason": "Other schools."})
	if v["ready"] != false {
		t.Errorf("the exception of one version lets the next pass: %v", v["findings"])
	}
}

func TestARecordThatIsNeverAmended(t *testing.T) {
	t.Parallel()
	w := memorandumWorld(t)
	id := w.newRecord("analyst", "certification_1511", w.ids["ST"], m{"investment": "Fiber to twelve schools", "posted_on": "2010-06-01", "address": "https://state.example/recovery"}, nil)
	if v := w.takes("analyst", id, "submit"); text(v, "status") != "in_force" {
		t.Errorf("it needs neither signature nor approval: %v", v["status"])
	}
	w.rows([]row{{"amended", call{method: "POST", path: "/api/v1/records/" + id + "/amendments", as: w.tokens["analyst"], body: `{"reason": "A typing error."}`}, 409, `"record.never_amended"`}})
	w.change("manager", "POST", "/records/"+id, "/transitions", m{"event": "end", "comment": "The investment was given up."})
	expense := m{"category": "other", "description": "Fiber to twelve schools", "amount_cents": 100, "infrastructure": true, "table_line": 8}
	again := w.newRecord("analyst", "expense", w.ids["ST"], expense, nil)
	w.rows([]row{{"a certification that ended", call{method: "POST", path: "/api/v1/records/" + again + "/transitions", as: w.tokens["analyst"], body: `{"event": "submit"}`,
		header: map[string]string{"If-Match": w.etag("/records/" + again)}}, 422, `"record.certification_missing"`}})
}

// Eight states are selected at the same moment: the cohort has room for three of them.
func TestSelectionsAtOnceCannotPassTheCap(t *testing.T) {
	t.Parallel()
	const states = 8
	w := statesWorld(t, states, 0)
	var calls []call
	for i := range states {
		id := w.ids[fmt.Sprintf("state%d", i+1)]
		calls = append(calls, call{method: "POST", path: "/api/v1/records/" + id + "/transitions", as: w.tokens["manager"], body: `{"event": "approve"}`,
			header: map[string]string{"If-Match": w.etag("/records/" + id)}})
	}
	begin, statuses := make(chan struct{}), make(chan int, states)
	for _, c := range calls {
		go func() {
			<-begin
			res, _ := w.send(c)
			statuses <- res.StatusCode
		}()
	}
	close(begin)
	count := map[int]int{}
	for range states {
		count[<-statuses]++
	}
	if count[200] != 3 || count[422] != states-3 {
		t.Errorf("the answers are %v", count)
	}
	if n := len(items(w.do("manager", "GET", "/records?kind=state_commitments&status=in_force", nil))); n != 3 {
		t.Errorf("%d states are selected", n)
	}
}

// The night reminds of a final scope that is due and not handed in, once.
func TestTheNightRemindsOfRecords(t *testing.T) {
	t.Parallel()
	w := signedWorld(t)
	id := text(w.do("official", "POST", "/records", m{"grant_year_id": w.ids["year"], "kind": "final_scope", "organization_id": w.ids["D1"], "parent_id": w.ids["mou"],
		"fields": m{"awarded_on": "2010-03-18"}}), "id") // due on 2010-06-16, seven days after the night of June 8
	for _, date := range []string{"2010-06-07", "2010-06-08", "2010-06-09"} {
		w.do("admin", "POST", "/jobs/utilization/runs", m{"date": date})
	}
	told := 0
	for _, n := range items(w.do("official", "GET", "/notices", nil)) {
		if text(n, "event") == "record.due" && text(n, "subject_id") == id && strings.HasPrefix(text(n, "title"), "Due in 7 days: Final scope of work SCOPE-2011-0001") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the official was told %d times", told)
	}
}
