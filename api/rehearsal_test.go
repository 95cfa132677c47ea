package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// A manager sends a stricter definition and learns who it would hit; nothing changes.
func TestRuleRehearsal(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	definition := text(w.do("manager", "GET", "/programs/mi-21h", nil), "definition")
	stricter := strings.Replace(definition, "size(line.description) >= 10", "size(line.description) >= 1000", 1)
	path := "/grant_years/" + w.ids["year"] + "/rehearsal"
	events := len(items(w.do("auditor", "GET", "/audit_events?limit=100", nil)))
	got := w.do("manager", "POST", path, m{"definition": stricter})
	if got["newly_fails"] != float64(4) || len(list(got, "findings")) != 4 || text(list(got, "findings")[0], "rule") != "line.description" {
		t.Errorf("two lines in force and in the open amendment: %v", got)
	}
	if n := len(items(w.do("auditor", "GET", "/audit_events?limit=100", nil))); n != events {
		t.Errorf("%d events, %d before", n, events)
	}
	c := call{method: "POST", path: "/api/v1" + path, as: w.tokens["analyst"], body: jsonOf(t, m{"definition": stricter}), header: map[string]string{"Accept": "text/csv"}}
	if res, body := w.send(c); res.StatusCode != 200 || strings.Count(body, "\r\n") != 5 {
		t.Errorf("findings as CSV: %d %s", res.StatusCode, body)
	}
	c.header["Accept"] = ""
	c.body = jsonOf(t, m{"definition": strings.Replace(definition, "kind: formula_grant", "kind: formula_grand", 1)})
	if res, body := w.send(c); res.StatusCode != 422 || !strings.Contains(body, "Line 10, column 7, kind") || !strings.Contains(body, "Did you mean formula_grant?") {
		t.Errorf("a mistake: %d %s", res.StatusCode, body)
	}
	c.path = "/api/v1/grant_years/" + missing + "/rehearsal"
	w.want(http.StatusNotFound, "no such year", c)
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
