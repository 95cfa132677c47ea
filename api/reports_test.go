package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// taken asks for something in a form, and holds the answer to its own hash.
func (w *world) taken(who, path, accept string) (*http.Response, string) {
	w.t.Helper()
	res, body := w.send(call{method: "GET", path: "/api/v1" + path, as: w.tokens[who], header: map[string]string{"Accept": accept}})
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s as %s: %d %.300s", path, accept, res.StatusCode, body)
	}
	sum := sha256.Sum256([]byte(body))
	if got := res.Header.Get("Repr-Digest"); got != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" {
		w.t.Errorf("%s as %s: digest %s", path, accept, got)
	}
	return res, body
}

func TestReportsInEveryForm(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	catalogue := items(w.do("auditor", "GET", "/reports", nil))
	if len(catalogue) < 7 {
		t.Fatalf("%d reports", len(catalogue))
	}
	kinds := map[string]string{"json": "application/json", "csv": "text/csv", "xlsx": xlsxType, "html": "text/html", "pdf": "application/pdf"}
	for _, kind := range catalogue {
		path := "/reports/" + text(kind, "code") + "?grant_year_id=" + w.ids["year"]
		for _, format := range list(kind, "formats") {
			accept := kinds[format.(string)]
			res, body := w.taken("auditor", path, accept)
			if !strings.HasPrefix(res.Header.Get("Content-Type"), accept) || len(body) < 50 {
				t.Errorf("%s as %s: %s, %d bytes", path, accept, res.Header.Get("Content-Type"), len(body))
			}
			if again, _ := w.taken("auditor", path+"&format="+format.(string), "*/*"); again.Header.Get("Content-Type") != res.Header.Get("Content-Type") {
				t.Errorf("%s: format=%s answers %s", path, format, again.Header.Get("Content-Type"))
			}
			if format == "html" && (!strings.Contains(res.Header.Get("Content-Security-Policy"), "style-src 'sha256-") || !strings.Contains(body, "display:table-header-group")) {
				t.Errorf("%s: policy %q", path, res.Header.Get("Content-Security-Policy"))
			}
		}
	}
	_, body := w.taken("auditor", "/reports/legislature?grant_year_id="+w.ids["year"]+"&table=districts", "text/csv")
	if !strings.HasPrefix(body, "organization_code,") {
		t.Errorf("one table of several: %.100s", body)
	}
	w.play([]scene{
		{"auditor", "GET", "/reports/legislature?grant_year_id={year}&table=nothing", nil, 400, "no table"},
		{"auditor", "GET", "/reports/utilization?grant_year_id={year}&format=pdf", nil, 400, "json, csv, xlsx, html"},
		{"auditor", "GET", "/reports/amendments?grant_year_id={year}&on=2026-01-05", nil, 400, "report.parameter"},
		{"auditor", "GET", "/reports/utilization?grant_year_id={year}&on=yesterday", nil, 400, "civil_date"},
		{"auditor", "GET", "/reports/targets?grant_year_id={year}&year=2025", nil, 400, "report.parameter"},
		{"auditor", "GET", "/reports/progress?grant_year_id={year}&on=2026-01-05", nil, 400, "report.parameter"},
		{"auditor", "GET", "/reports/progress?grant_year_id={year}&year=25", nil, 400, "/year"},
		{"auditor", "GET", "/reports/progress?grant_year_id={zone year}", nil, 400, "progress.none"},
		{"preparer", "GET", "/reports/progress?grant_year_id={year}", nil, 200, `"row":"both_springs"`},
		{"auditor", "GET", "/reports/utilization", nil, 400, "/grant_year_id"},
		{"auditor", "GET", "/reports/utilization?grant_year_id={missing}", nil, 404, "not_found"},
		{"auditor", "GET", "/reports/nothing?grant_year_id={year}", nil, 404, "not_found"},
		{"preparer", "GET", "/reports/legislature?grant_year_id={year}", nil, 403, "permission.role"},
		{"preparer", "GET", "/reports/utilization?grant_year_id={year}&organization_id={other}", nil, 404, "not_found"},
		{"preparer", "GET", "/reports/utilization?grant_year_id={year}", nil, 200, `"spent_cents"`},
		{"auditor", "GET", "/reports/utilization?grant_year_id={support year}", nil, 409, "program.support"},
	})
}

// The award notice as PDF has always the same bytes.
func TestAwardNoticeAsPDF(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	path := "/revisions/" + w.ids["revision"] + "/award_notice"
	first, body := w.taken("preparer", path, "application/pdf")
	_, again := w.taken("preparer", path+"?format=pdf", "*/*")
	if body != again || !strings.HasPrefix(body, "%PDF-") || !strings.Contains(first.Header.Get("Content-Disposition"), ".pdf") {
		t.Errorf("%d bytes, then %d: %s", len(body), len(again), first.Header.Get("Content-Disposition"))
	}
	w.play([]scene{{"preparer", "GET", "/revisions/{revision}/award_notice?format=docx", nil, 400, "format"},
		{"preparer", "GET", "/revisions/{revision}/award_notice?format=html", nil, 200, "<!doctype html>"}})
}

// Anybody may read where the money goes, until it is too much.
func TestPublicTransparency(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	const path = "/api/v1/public/programs/mi-21h/transparency"
	res, body := w.send(call{method: "GET", path: path})
	var report struct {
		Table struct{ Items []map[string]any }
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&report); err != nil || len(report.Table.Items) == 0 || res.Header.Get("Cache-Control") != "public, max-age=300" {
		t.Fatalf("%d %v %.300s", res.StatusCode, err, body)
	}
	for name := range w.users {
		if strings.Contains(body, "Person "+name) {
			t.Errorf("the file names Person %s", name)
		}
	}
	for query, want := range map[string]int{"?fiscal_year=1999": 404, "?fiscal_year=x": 400, "?nonsense=1": 400, "?format=pdf": 400, "?table=results&format=csv": 200, "?format=html": 200, "?format=xlsx": 200} {
		w.want(want, "anybody", call{method: "GET", path: path + query})
	}
	for range 400 {
		if res, _ = w.send(call{method: "GET", path: path + "?nonsense=1"}); res.StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("nobody is stopped: %d", res.StatusCode)
	}
}
