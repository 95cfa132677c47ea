package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earmark/workflow/asof/asoftest"
)

func TestTheTrailSaysWhatEveryDocumentIs(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	if seen := asoftest.Hold(t, w.app.DB); len(seen) < 28 {
		t.Errorf("only %d kinds of document: %v", len(seen), seen)
	}
}

// What was read on a day is what ?on= of that day says for ever.
func TestEveryDayIsReadAsItStood(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 5, 17, 0, 0, 0, time.UTC)
	w := givenClock(t, func() time.Time { return at })
	app, agreement := "/applications/", "/agreements/"+w.ids["draft agreement"]
	reads := map[string][]string{} // by day: what each address answered
	days := []string{}
	look := func() {
		day := at.Format("2006-01-02")
		days = append(days, day)
		for _, path := range []string{agreement, app + w.ids["application"], "/flags", "/allocations?grant_year_id=" + w.ids["year"], "/due_items?limit=100"} {
			if path == "/allocations?grant_year_id="+w.ids["year"] {
				path = "/allocations?run_id=" + w.ids["run"]
			}
			if strings.HasSuffix(path, "/") {
				reads[day] = append(reads[day], "")
				continue
			}
			res, body := w.send(call{method: "GET", path: "/api/v1" + path, as: w.tokens["super"]})
			if res.StatusCode != http.StatusOK {
				t.Fatalf("%s: %d %s", path, res.StatusCode, body)
			}
			reads[day] = append(reads[day], comparable(t, body))
		}
		at = at.AddDate(0, 0, 1)
	}
	look()
	w.change("pal", "POST", agreement, "/goals", m{"title": "Attendance", "area": "Student Achievement"})
	look()
	w.change("pal", "PATCH", agreement, "", m{"assigned_on": "2025-09-15"}) // moves what is due
	w.begin()
	look()
	w.change("pal", "PUT", agreement, "/goals/"+w.ids["draft agreement goal"], m{"title": "Reading by the end of grade 3", "area": "Student Achievement"})
	w.change("preparer", "POST", "/revisions/"+w.ids["revision"], "/line_items", w.line(50_000_00))
	look()
	proposed := at
	w.change("official", "POST", "/revisions/"+w.ids["revision"], "/transitions", m{"event": "submit"})
	w.change("pal", "POST", "/revisions/"+w.ids["revision"], "/transitions", m{"event": "approve"})
	w.change("fiscal", "POST", "/revisions/"+w.ids["revision"], "/transitions", m{"event": "approve"})
	w.night()
	look()
	w.change("pal", "DELETE", agreement, "/targets/"+w.ids["draft agreement target"], nil)
	for _, d := range items(w.do("super", "GET", "/due_items?limit=100&agreement_id="+w.ids["draft agreement"], nil)) {
		if text(d, "code") == "introduction" { // delivered long ago, noted today
			w.change("pal", "POST", "/due_items/"+text(d, "id"), "/completion", m{"done_on": "2025-10-02", "comment": "Held."})
		}
	}
	w.do("pal", "POST", "/agreements", m{"organization_id": w.ids["other"], "cohort": "Six", "assigned_on": at.Format("2006-01-02")})
	look()
	at = at.AddDate(0, 1, 0)

	for i, day := range days {
		for j, path := range []string{agreement + "?", app + w.ids["application"] + "?", "/flags?", "/allocations?run_id=" + w.ids["run"] + "&", "/due_items?limit=100&"} {
			if reads[day][j] == "" {
				c := call{method: "GET", path: "/api/v1" + path + "on=" + day, as: w.tokens["super"]}
				w.want(http.StatusNotFound, "before it began", c)
				continue
			}
			res, body := w.send(call{method: "GET", path: "/api/v1" + path + "on=" + day, as: w.tokens["super"]})
			if d := cmp.Diff(strings.Split(reads[day][j], "\n"), strings.Split(comparable(t, body), "\n")); d != "" {
				t.Errorf("day %d, %s (-then +now)\n%s", i, path, d)
			}
			if res.Header.Get("Earmark-As-Of") != day || (j < 2 && res.Header.Get("Earmark-Rule-Version") != "mi-21h@2026.1") {
				t.Errorf("%s says %v", path, res.Header)
			}
		}
	}
	lines := w.do("preparer", "GET", app+w.ids["application"]+"/line_items?on="+proposed.AddDate(0, 0, -1).Format("2006-01-02"), nil)
	if len(list(lines, "in_force")) != 0 || len(list(lines, "proposed")) != 1 || text(lines, "open_status") != "draft" {
		t.Errorf("while it was a draft: %v", lines)
	}
	lines = w.do("preparer", "GET", app+w.ids["application"]+"/line_items", nil)
	if len(list(lines, "in_force")) != 1 || len(list(lines, "proposed")) != 0 {
		t.Errorf("today: %v", lines)
	}
	future := at.AddDate(0, 0, 2).Format("2006-01-02")
	for _, path := range []string{agreement, app + w.ids["application"], app + w.ids["application"] + "/line_items", "/flags", "/allocations"} {
		w.want(http.StatusBadRequest, "a day to come", call{method: "GET", path: "/api/v1" + path + "?on=" + future, as: w.tokens["super"]})
		w.want(http.StatusBadRequest, "no day", call{method: "GET", path: "/api/v1" + path + "?on=2026-02-30", as: w.tokens["super"]})
	}
	for _, path := range []string{app + w.ids["application"], app + w.ids["application"] + "/line_items"} {
		w.want(http.StatusNotFound, "another district's", call{method: "GET", path: "/api/v1" + path + "?on=" + days[3], as: w.tokens["stranger"]})
	}
	if report, err := w.app.DB.VerifyAudit(context.Background(), nil); err != nil || !report.Intact() {
		t.Error(report, err)
	}
}
