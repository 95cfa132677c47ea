package api_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"earmark/models"
)

// aim is a benchmark and an outcome of one type, as decimal text.
type aim struct{ of, source, baseline, itb, eto string }

// sampleAims are the published sample benchmarks, and one that counts downwards.
var sampleAims = []aim{
	{"local_academic", "NWEA", "39", "50", "67"}, {"state_academic", "M-STEP", "7.2", "14.2", "18.2"},
	{"process", "Staff roster", "51", "75", "85"}, {"attendance", "Attendance records", "38", "33", "28"},
}

// agreed drafts an agreement of a district with targets and signs it. Its targets are kept
// by source and kind: "NWEA ITB".
func (w *world) agreed(district, cohort, assigned, from, to, itb, eto string, aims []aim) string {
	w.t.Helper()
	a := w.do("pal", "POST", "/agreements", m{"organization_id": w.ids[district], "cohort": cohort, "assigned_on": assigned, "term_start": from, "term_end": to})
	path := "/agreements/" + text(a, "id")
	a = w.change("pal", "POST", path, "/goals", m{"title": "Pupils read and calculate at grade level", "area": "Student Achievement"})
	goal := text(list(a, "goals")[0], "id")
	for _, x := range aims {
		for _, k := range []struct{ kind, value, due string }{{"ITB", x.itb, itb}, {"ETO", x.eto, eto}} {
			a = w.change("pal", "POST", path, "/targets", m{"goal_id": goal, "kind": k.kind, "type": x.of, "measure": "Those who reach it", "source": x.source,
				"baseline": x.baseline, "goal_value": k.value, "unit": "percent", "due_on": k.due})
		}
	}
	for _, t := range list(a, "targets") {
		w.ids[text(t, "source")+" "+text(t, "kind")] = text(t, "id")
	}
	w.signs(agreementOf{id: text(a, "id"), year: w.ids["year"], district: w.ids[district], signedOn: from})
	return text(a, "id")
}

// measuredWorld is a district whose agreement has the sample benchmarks, in September 2028:
// both springs have been measured, and nothing is reported yet.
func measuredWorld(t *testing.T) *world {
	t.Helper()
	w := officeWorld(t, "mi-21h", 2028, "2028-09-14T16:00:00Z",
		"district,D1,Elm Hollow (synthetic),,traditional,\ndistrict,D2,Fir Ridge (synthetic),,traditional,\n")
	w.person("preparer", models.RolePreparer, w.ids["D1"])
	w.person("official", models.RoleAuthorizedOfficial, w.ids["D1"])
	w.person("stranger", models.RolePreparer, w.ids["D2"])
	w.change("manager", "PUT", "/organizations/"+w.ids["D1"], "/pal", m{"user_id": w.users["pal"]})
	w.ids["agreement"] = w.agreed("D1", "Five", "2025-12-23", "2026-04-23", "2029-04-22", "2027-06-30", "2028-06-30", sampleAims)
	return w
}

// progressWorld is 44 districts with 98 partnership schools whose agreements ran from
// December 2022 to November 2025, with synthetic facts of the springs 2022, 2024 and 2025
// that have the counts of the published table.
func progressWorld(t *testing.T) *world {
	t.Helper()
	var directory, facts strings.Builder
	facts.WriteString("code,year,identification,index,pupils,math_proficiency,ela_proficiency,graduation_rate\n")
	n := 0
	for d := 1; d <= 44; d++ {
		fmt.Fprintf(&directory, "district,P%02d,Marsh %d (synthetic),,traditional,\n", d, d)
		for range map[bool]int{true: 3, false: 2}[d <= 10] {
			fmt.Fprintf(&directory, "school,S%02d,Marsh School %d (synthetic),P%02d,,\n", n, n, d)
			facts.WriteString(schoolFacts(n))
			n++
		}
	}
	w := officeWorld(t, "mi-21h", 2026, "2026-01-05T16:00:00Z", directory.String()+"district,P99,Dry Creek (synthetic),,traditional,\nschool,S99,Dry Creek School (synthetic),P99,,\n")
	w.do("analyst", "POST", "/fact_imports?file_name=facts.csv&source=Synthetic&program_code=mi-21h", facts.String()+"S99,2022,CSI,10,100,1,1,\nS99,2025,CSI,20,100,9,9,\n")
	for _, o := range items(w.do("analyst", "GET", "/organizations?kind=district&limit=100", nil)) {
		w.ids[text(o, "code")] = text(o, "id")
	}
	for d := 1; d <= 44; d++ {
		w.do("pal", "POST", "/agreements", m{"organization_id": w.ids[fmt.Sprintf("P%02d", d)], "cohort": "36 months in 2025", "assigned_on": "2022-11-01", "term_start": "2022-12-01", "term_end": "2025-11-30"})
	}
	w.person("preparer", models.RolePreparer, w.ids["P01"])
	return w
}

// schoolFacts are three springs of a school. Its place in a shuffled order decides what it
// reached: the first 79 rise in English, 65 in mathematics, 33 in both springs, 90 in the
// index; the last 56 end above the cut, and the first stands exactly on it; 38 have a
// graduation rate and 29 of them a higher one.
func schoolFacts(n int) string {
	p := n * 37 % 98
	up := func(from, by int, rises bool) int {
		if rises {
			return from + by
		}
		return from
	}
	index := map[bool]int{true: 3600, false: 2000}[p >= 42]
	last := up(index, 210, p < 90)
	if p == 0 {
		last = 3533
	}
	rate := func(year int) string {
		if p >= 38 {
			return ""
		}
		return fmt.Sprintf("%d.5", up(60+p%7, 3, year == 2025 && p < 29))
	}
	row := func(year, index, math, ela int) string {
		return fmt.Sprintf("S%02d,%d,CSI,%d.%02d,%d,%d.%d,%d.%d,%s\n", n, year, index/100, index%100, 200+n, math/10, math%10, ela/10, ela%10, rate(year))
	}
	math, ela := 70+p, 120+p
	return row(2022, index, math, ela) + row(2024, index, up(math, 9, p < 33), up(ela, 5, p < 65)) + row(2025, last, up(math, 15, p < 65), up(ela, 11, p < 79))
}

func TestProgressIsCountedByEachOwnDenominator(t *testing.T) {
	t.Parallel()
	w := measuredWorld(t)
	read := func(as, path string) call {
		return call{method: "GET", path: "/api/v1/agreement_progress?" + path, as: w.tokens[as]}
	}
	w.do("analyst", "POST", "/organization_imports?file_name=o.csv&source=Synthetic", "kind,code,name,parent_code\nschool,A,Elm One (synthetic),D1\nschool,B,Elm Two (synthetic),D1\nschool,C,Elm Three (synthetic),D1\nschool,E,Fir One (synthetic),D2\n")
	w.do("analyst", "POST", "/fact_imports?file_name=f.csv&source=Synthetic&program_code=mi-21h", "code,year,identification,index,ela_proficiency\n"+
		"A,2025,CSI,30,10\nA,2028,none,40,10.1\nB,2025,CSI,30,10\nB,2028,CSI,30,\nC,2025,TSI,30,10\nC,2028,CSI,50,99\nE,2025,CSI,30,10\nE,2028,CSI,50,99\n")
	w.rows([]row{
		{"of an agreement only, and of those identified then", read("auditor", "program_code=mi-21h&year=2028&cohort=Five"), 200,
			`{"row":"ela","title":"Proficiency in English language arts is up","districts":1,"units":2,"count":1,"denominator":2,"percent":"50.0","unknown":["B"]`},
		{"nobody is asked", read("preparer", "program_code=mi-21h&year=2028"), 200, `"count":0,"denominator":0,"percent":null,"unknown":[]`},
		{"another district", read("stranger", "program_code=mi-21h&year=2028"), 200, `"districts":0,"units":0,"count":0,"denominator":0`},
		{"no table", read("auditor", "program_code=rtt-state-application&year=2028"), 400, "progress.none"},
		{"no program", read("auditor", "program_code=none&year=2028"), 400, "progress.none"},
		{"no year", read("auditor", "program_code=mi-21h"), 400, "malformed_parameter"},
		{"one row", read("auditor", "program_code=mi-21h&year=2028&limit=1"), 200, `"row":"ela"`},
	})
	res, body := w.send(call{method: "GET", path: "/api/v1/agreement_progress?program_code=mi-21h&year=2028", as: w.tokens["auditor"], header: map[string]string{"Accept": "text/csv"}})
	if res.StatusCode != 200 || strings.Count(body, "\r\n") != 7 || !strings.Contains(body, "above_cut,Index is above the bottom 5 percent,1,2,1,2,50.0") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// The published table of 98 schools, in the forms that people take away.
func TestProgressReportOfNinetyEightSchools(t *testing.T) {
	t.Parallel()
	w := progressWorld(t)
	path := "/reports/progress?grant_year_id=" + w.ids["year"]
	_, body := w.taken("auditor", path, "text/csv")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"row", "districts", "units", "count", "denominator", "percent", "unknown_count", "published_count", "published_denominator", "published_percent", "agrees", "difference"},
		{"ela", "44", "98", "79", "98", "80.6", "0", "79", "98", "80.6", "yes", ""}, {"math", "44", "98", "65", "98", "66.3", "0", "65", "98", "66.3", "yes", ""},
		{"graduation", "44", "98", "29", "38", "76.3", "0", "29", "38", "76.3", "yes", ""}, {"index", "44", "98", "90", "98", "91.8", "0", "90", "98", "91.8", "yes", ""},
		{"above_cut", "44", "98", "56", "98", "57.1", "0", "56", "98", "57.1", "yes", ""}, {"both_springs", "44", "98", "33", "98", "33.7", "0", "33", "98", "33.7", "yes", ""},
	}
	for i, row := range rows {
		var got []string
		for _, name := range want[0] {
			got = append(got, row[slices.Index(rows[0], name)])
		}
		if i >= len(want) || !slices.Equal(got, want[i]) {
			t.Errorf("row %d is %v", i, got)
		}
	}
	if len(rows) != len(want) {
		t.Errorf("%d rows", len(rows))
	}
	_, page := w.taken("auditor", path, "text/html")
	for _, says := range []string{"Districts with agreements: 44.", "Progress of partnership schools in 36 months", "80.6", "Progress by the facts of"} {
		if !strings.Contains(page, says) {
			t.Errorf("the page does not say %q", says)
		}
	}
	if _, pdf := w.taken("auditor", "/reports/legislature?grant_year_id="+w.ids["year"], "application/pdf"); !strings.HasPrefix(pdf, "%PDF-") {
		t.Errorf("%.100s", pdf)
	}
}
