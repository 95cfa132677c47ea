package api_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"earmark/app"
	"earmark/models"
)

// watched adds a grant with measures, a report calendar and a drawdown (testdata/programs)
// to a world: an application of the district in force, and a result of the program.
func (w *world) watched() {
	w.t.Helper()
	w.do("analyst", "POST", "/fact_imports?file_name=w.csv&source=Synthetic&program_code=watched-grant&year=2025",
		"kind,code,pupils,teachers\nschool,00101,300,\nschool,00201,100,\ndistrict,61010,,40\n")
	year := text(w.do("analyst", "POST", "/grant_years", m{"program_code": "watched-grant", "fiscal_year": 2025}), "id")
	w.ids["watched year"] = year
	w.change("manager", "POST", "/grant_years/"+year, "/transitions", m{"event": "open"})
	run := text(w.do("analyst", "POST", "/allocation_runs", m{"grant_year_id": year, "facts_year": 2025, "label": "First"}), "id")
	w.change("manager", "POST", "/allocation_runs/"+run, "/transitions", m{"event": "publish"})
	w.ids["watched application"] = text(w.do("preparer", "POST", "/applications", m{"grant_year_id": year, "organization_id": w.ids["district"]}), "id")
	rev := text(items(w.do("preparer", "GET", "/revisions?application_id="+w.ids["watched application"], nil))[0], "id")
	w.change("preparer", "POST", "/revisions/"+rev, "/line_items", m{"cost_kind": "other", "description": "Coaching of teachers through the year",
		"costs": []m{{"object_code": "", "amount_cents": 500000}}})
	w.change("official", "POST", "/revisions/"+rev, "/transitions", m{"event": "submit"})
	w.change("manager", "POST", "/revisions/"+rev, "/transitions", m{"event": "approve"})
	for _, d := range items(w.do("official", "GET", "/drawdowns", nil)) {
		w.ids["drawdown "+strconv.Itoa(int(d.(map[string]any)["project_year"].(float64)))] = text(d, "id")
	}
	w.ids["drawdown"] = w.ids["drawdown 1"]
	r := w.do("are", "POST", "/measure_results", m{"grant_year_id": year, "organization_id": w.ids["district"], "measure": "trained", "year": "2023-24", "value": "40", "source": "Synthetic"})
	w.ids["result"] = text(r, "id")
}

// givenWatched is a small world with nothing but that grant.
func givenWatched(t *testing.T) *world {
	t.Helper()
	at, err := time.Parse(time.RFC3339, noon)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{env: givenAt(t, func() time.Time { return at }, withTestPrograms), tokens: map[string]string{}, users: map[string]string{}, ids: map[string]string{}}
	for _, name := range []string{"analyst", "manager", "fiscal", "are", "auditor"} {
		w.person(name, roles[name], "")
	}
	w.directory()
	w.person("preparer", models.RolePreparer, w.ids["district"])
	w.person("official", models.RoleAuthorizedOfficial, w.ids["district"])
	w.person("stranger", models.RoleAuthorizedOfficial, w.ids["other"])
	w.everything()
	w.watched()
	return w
}

func withTestPrograms(c *app.Config) { c.ProgramsDir = "testdata/programs" }

func TestDrawdownsFromTheScheduleToThePayment(t *testing.T) {
	t.Parallel()
	w := givenWatched(t)
	one, two := "/drawdowns/"+w.ids["drawdown 1"], "/drawdowns/"+w.ids["drawdown 2"]
	step := func(as, doc string, status int, body m, contains ...string) {
		t.Helper()
		c := call{method: "POST", path: "/api/v1" + doc + "/transitions", as: w.tokens[as], header: map[string]string{"If-Match": w.etag(doc)}, body: jsonOf(t, body)}
		res, got := w.send(c)
		if res.StatusCode != status {
			t.Fatalf("%v as %s: %d %s", body, as, res.StatusCode, got)
		}
		for _, x := range contains {
			if !strings.Contains(got, x) {
				t.Errorf("%v: no %s in %s", body, x, got)
			}
		}
	}
	// Before the request, and by whom.
	step("fiscal", one, 409, m{"event": "release"}, "drawdown.no_such_step")
	step("fiscal", one, 403, m{"event": "request"}, "permission.role")
	step("official", one, 422, m{"event": "request", "amount_cents": 300001}, "drawdown.over_schedule")
	step("official", one, 200, m{"event": "request", "amount_cents": 250000}, `"requested"`, `"scheduled_cents":300000`)
	step("official", one, 403, m{"event": "release"}, "permission.role")
	// The office holds and lifts; both with a reason.
	step("manager", one, 422, m{"event": "hold"}, "required")
	step("manager", one, 200, m{"event": "hold", "comment": "The audit is open."}, `"held"`, "The audit is open.")
	step("fiscal", one, 409, m{"event": "release"}, "drawdown.office_hold", "The audit is open.")
	step("manager", one, 200, m{"event": "lift", "comment": "The audit is closed."}, `"requested"`, `"office_hold":null`)
	step("manager", one, 409, m{"event": "lift", "comment": "Again."}, "drawdown.no_such_step")
	step("fiscal", one, 200, m{"event": "release"}, `"released"`, `"released_cents":250000`)
	// Year 2 waits for the results of year 1: the district's and the program's.
	step("official", two, 200, m{"event": "request"}, `"held"`, "targets_reported", "Coaches of the program in 2024-25", "Teachers who were trained in 2024-25")
	step("fiscal", two, 409, m{"event": "release"}, "drawdown.held", "drawdown.targets_reported")
	w.do("preparer", "POST", "/measure_results", m{"grant_year_id": w.ids["watched year"], "organization_id": w.ids["district"], "measure": "trained", "year": "2025",
		"numerator": "18", "value": "45", "source": "Payroll"})
	step("official", two, 200, m{"event": "request"}, `"held"`, `["Coaches of the program in 2024-25"]`)
	w.do("analyst", "POST", "/measure_results", m{"grant_year_id": w.ids["watched year"], "measure": "coaches", "year": "2025", "not_collected": "Nobody counted.", "source": "Office"})
	step("fiscal", two, 200, m{"event": "release"}, `"released"`, `"released_cents":200000`, `"reasons":[]`)
	var paid []string
	for _, p := range items(w.do("fiscal", "GET", "/payments?application_id="+w.ids["watched application"], nil)) {
		paid = append(paid, strconv.Itoa(int(p.(map[string]any)["amount_cents"].(float64)))+" "+text(p, "status")+" "+text(p, "expected_on"))
	}
	if strings.Join(paid, ", ") != "250000 expected 2026-02-04, 200000 expected 2026-02-04" {
		t.Error(paid)
	}
}

func TestResultsAreReportedCorrectedAndImported(t *testing.T) {
	t.Parallel()
	w := givenWatched(t)
	year := w.ids["watched year"]
	body := func(more m) m {
		out := m{"grant_year_id": year, "organization_id": w.ids["district"], "measure": "trained", "year": "2024-25", "source": "Payroll"}
		for k, v := range more {
			if v == nil {
				delete(out, k)
			} else {
				out[k] = v
			}
		}
		return out
	}
	post := func(as, path string, in any) call {
		c := call{method: "POST", path: "/api/v1" + path, as: w.tokens[as], header: map[string]string{}}
		if csv, ok := in.(string); ok {
			c.body, c.header["Content-Type"] = csv, "text/csv"
		} else {
			c.body = jsonOf(t, in)
		}
		return c
	}
	imports := "/measure_result_imports?file_name=r.csv&source=File&grant_year_id=" + year
	first := "/measure_results/" + w.ids["result"]
	w.rows([]row{
		{"unknown", post("preparer", "/measure_results", body(m{"measure": "x", "value": "1"})), 422, "measure.unknown"},
		{"year", post("preparer", "/measure_results", body(m{"year": "2024-26", "value": "1"})), 422, "measure.year"},
		{"future", post("preparer", "/measure_results", body(m{"year": "2026-27", "value": "1"})), 422, "measure.year_future"},
		{"nothing", post("preparer", "/measure_results", body(nil)), 422, "There is no result"},
		{"both", post("preparer", "/measure_results", body(m{"value": "1", "not_collected": "x"})), 422, "measure.both"},
		{"mismatch", post("preparer", "/measure_results", body(m{"value": "76.3", "numerator": "29"})), 422, "29.00 of 40.00 is 72.5 %, not 76.3 %."},
		{"another whole", post("preparer", "/measure_results", body(m{"numerator": "29", "denominator": "98"})), 422, "The denominator is 40.00, and was reported as 98.00."},
		{"too many", post("preparer", "/measure_results", body(m{"numerator": "41"})), 422, "measure.denominator"},
		{"number", post("preparer", "/measure_results", body(m{"numerator": "many"})), 422, "measure.number"},
		{"of the program", post("are", "/measure_results", body(m{"measure": "coaches", "value": "4"})), 422, "measure.of_program"},
		{"of a recipient", post("are", "/measure_results", body(m{"organization_id": nil, "value": "4"})), 422, "measure.of_recipient"},
		{"program by a district", post("preparer", "/measure_results", body(m{"organization_id": nil, "measure": "coaches", "value": "4"})), 403, "permission.role"},
		{"another district", post("stranger", "/measure_results", body(m{"value": "4"})), 404, "not_found"},
		{"no such organization", post("are", "/measure_results", body(m{"organization_id": missing, "value": "4"})), 422, "organization.unknown"},
		{"not a percentage", post("are", "/measure_results", body(m{"organization_id": nil, "measure": "coaches", "numerator": "4"})), 422, "measure.no_percent"},
		{"reported", post("preparer", "/measure_results", body(m{"numerator": "10"})), 201, `"value":"25.00"`},
		{"twice", post("preparer", "/measure_results", body(m{"value": "50"})), 409, "measure_result.exists"},
		{"no reason", post("preparer", first+"/correction", m{"value": "41", "source": "Payroll"}), 422, "/reason"},
		{"corrected", post("preparer", first+"/correction", m{"value": "41", "source": "Payroll", "reason": "A teacher was left out."}), 201, `"correction":"A teacher was left out."`},
		{"corrected twice", post("preparer", first+"/correction", m{"value": "42", "source": "Payroll", "reason": "Again."}), 409, "measure_result.superseded"},
		{"kept", call{method: "GET", path: "/api/v1" + first, as: w.tokens["preparer"]}, 200, `"superseded":true`},
		{"missed", call{method: "GET", path: "/api/v1/measure_standings?status=missed&grant_year_id=" + year, as: w.tokens["preparer"]}, 200, `"missed_by":"25.00","expected":"50.00","ahead":"-25.00"`},
		{"set off", call{method: "GET", path: "/api/v1/measure_standings?year=2025&measure=trained&grant_year_id=" + year, as: w.tokens["preparer"]}, 200, `"fires":true`},
		{"missing", call{method: "GET", path: "/api/v1/measure_standings?status=not_reported&grant_year_id=" + year, as: w.tokens["preparer"]}, 200, `"measure":"coaches"`},
		{"not due", call{method: "GET", path: "/api/v1/measure_standings?status=not_due&grant_year_id=" + year, as: w.tokens["preparer"]}, 200, `"year":"2025-26"`},
		{"later", call{method: "GET", path: "/api/v1/measure_standings?status=not_reported&year=2026&on=2026-07-01&grant_year_id=" + year, as: w.tokens["preparer"]}, 200, `"year":"2025-26"`},
		{"unknown year", call{method: "GET", path: "/api/v1/measure_standings?grant_year_id=" + missing, as: w.tokens["preparer"]}, 404, "not_found"},
		{"bad year", call{method: "GET", path: "/api/v1/measure_standings?year=x&grant_year_id=" + year, as: w.tokens["preparer"]}, 400, "malformed_parameter"},
		{"dry run", post("are", imports+"&dry_run=true", "measure,year,value\ncoaches,2024-25,5\n"), 200, `"new":1`},
		{"wrong rows", post("are", imports, "measure,year,code,value\nx,2025,,1\ncoaches,2025,61010,1\ntrained,2025,,1\ntrained,2027,61010,1\ntrained,2025,nobody,1\ntrained,2025,61010,1\ntrained,2025,61010,1\n"), 422, "csv.row_repeated"},
		{"a correction without a reason", post("are", imports, "measure,year,code,value\ntrained,2025,61010,26\n"), 422, "measure_result.exists"},
		{"imported", post("are", imports, "measure,year,code,value,correction\ntrained,2025,61010,26,Counted again\ncoaches,2025,,5,\n"), 201, `"new":1,"changed":1`},
		{"again", post("are", imports, "measure,year,code,value,correction\ntrained,2025,61010,26,\ncoaches,2025,,5,\n"), 201, `"new":0,"changed":0,"unchanged":2`},
		{"of others", post("stranger", imports, "measure,year,code,value\ntrained,2025,61010,26\n"), 422, "organization.unknown"},
		{"by a district", post("stranger", imports, "measure,year,value\ncoaches,2025,26\n"), 422, "permission.role"},
		{"in force", call{method: "GET", path: "/api/v1/measure_results?in_force=true&measure=trained&grant_year_id=" + year, as: w.tokens["auditor"]}, 200, `"value":"26.00"`},
	})
	if n := len(items(w.do("auditor", "GET", "/measure_results?grant_year_id="+year, nil))); n != 5 {
		t.Errorf("%d results are kept, and should be 5", n)
	}
	if n := len(items(w.do("stranger", "GET", "/measure_results?grant_year_id="+year, nil))); n != 1 {
		t.Errorf("another district sees %d results, and should see that of the program", n)
	}
	var pages []string
	for path := "/measure_standings?limit=1&grant_year_id=" + year; path != ""; {
		res, got := w.send(call{method: "GET", path: "/api/v1" + path, as: w.tokens["preparer"]})
		pages = append(pages, got)
		link := res.Header.Get("Link")
		path = strings.TrimPrefix(strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`), "/api/v1")
	}
	if len(pages) != 4 {
		t.Errorf("%d pages of one row each: %v", len(pages), pages)
	}
}

// The award brings the series of reports: from the quarter in which it was approved on.
func TestAnAwardBringsItsReportCalendar(t *testing.T) {
	t.Parallel()
	w := givenWatched(t)
	var due []string
	for _, d := range items(w.do("preparer", "GET", "/due_items?grant_year_id="+w.ids["watched year"], nil)) {
		due = append(due, text(d, "period")+" "+text(d, "due_on")+" "+text(d, "status"))
	}
	if got := strings.Join(due, ", "); got != "2026-Q1 2026-04-10 upcoming, 2026-Q2 2026-07-10 upcoming" {
		t.Error(got)
	}
}

// drawdownWorld is a participating agency in project year 2 of Race to the Top, with its
// award in force and nothing reported for year 1.
func drawdownWorld(t *testing.T) *world {
	t.Helper()
	w := officeWorld(t, "rtt-state-application", 2011, "2011-10-03T16:00:00Z",
		"agency,ST,Example State (synthetic),,,\ndistrict,D1,Elm Hollow (synthetic),,traditional,\n")
	w.person("official", models.RoleAuthorizedOfficial, w.ids["D1"])
	w.person("preparer", models.RolePreparer, w.ids["D1"])
	w.do("analyst", "POST", "/fact_imports?file_name=f.csv&source=Synthetic&program_code=rtt-state-application&year=2009",
		"kind,code,participation,title_i_regular,title_i_arra\ndistrict,D1,participating,100000000,50000000\n")
	run := text(w.do("analyst", "POST", "/allocation_runs", m{"grant_year_id": w.ids["year"], "facts_year": 2009, "label": "Line 14"}), "id")
	w.change("manager", "POST", "/allocation_runs/"+run, "/transitions", m{"event": "publish"})
	w.ids["application"] = text(w.do("preparer", "POST", "/applications", m{"grant_year_id": w.ids["year"], "organization_id": w.ids["D1"]}), "id")
	rev := text(items(w.do("preparer", "GET", "/revisions?application_id="+w.ids["application"], nil))[0], "id")
	w.change("preparer", "POST", "/revisions/"+rev, "/line_items", m{"cost_kind": "other", "description": "Scope of work of the participating agency",
		"costs": []m{{"object_code": "", "amount_cents": 750000000}}})
	w.change("manager", "PUT", "/applications/"+w.ids["application"], "/window_exception", m{"until": "2011-12-31", "comment": "The program prints no window."})
	w.change("official", "POST", "/revisions/"+rev, "/transitions", m{"event": "submit"})
	w.change("manager", "POST", "/revisions/"+rev, "/transitions", m{"event": "approve"})
	return w
}

// A key that corrected one result corrects no other: the second correction would be lost.
func TestAKeyCorrectsOneResult(t *testing.T) {
	t.Parallel()
	w := givenWatched(t)
	other := text(w.do("are", "POST", "/measure_results", m{"grant_year_id": w.ids["watched year"], "organization_id": w.ids["district"], "measure": "trained", "year": "2024-25", "value": "41", "source": "Synthetic"}), "id")
	body := m{"value": "39", "source": "Synthetic", "reason": "Counted again."}
	first := w.do("are", "POST", "/measure_results/"+w.ids["result"]+"/correction", body, "Idempotency-Key", "c")
	again := w.do("are", "POST", "/measure_results/"+w.ids["result"]+"/correction", body, "Idempotency-Key", "c")
	if text(first, "id") != text(again, "id") {
		t.Errorf("one key made %v and %v", first["id"], again["id"])
	}
	res, got := w.send(call{method: "POST", path: "/api/v1/measure_results/" + other + "/correction", as: w.tokens["are"], body: jsonOf(t, body), header: map[string]string{"Idempotency-Key": "c"}})
	if res.StatusCode < 400 {
		t.Errorf("the correction of another result: %d %s", res.StatusCode, got)
	}
}
