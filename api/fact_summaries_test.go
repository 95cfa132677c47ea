package api_test

import (
	"strings"
	"testing"
)

// The office is told from which file facts come; a district counts its own and is not.
func TestFactsAreCountedByYearNameAndSource(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	office := items(w.do("analyst", "GET", "/fact_summaries", nil))
	if len(office) == 0 {
		t.Fatal("the office is told of no facts")
	}
	first, _ := office[0].(map[string]any)
	if text(first, "source") == "" || text(first, "file_name") == "" || text(first, "imported_at") == "" {
		t.Errorf("a count without source, file or day: %v", first)
	}
	for _, one := range items(w.do("preparer", "GET", "/fact_summaries?name=pupils", nil)) {
		row, _ := one.(map[string]any)
		if text(row, "name") != "pupils" || row["file_name"] != nil {
			t.Errorf("a district is told of %v", row)
		}
		if n, _ := row["organizations"].(float64); n > 3 {
			t.Errorf("a district counts the schools of others: %v", row)
		}
	}
	res, body := w.send(call{method: "GET", path: "/api/v1/fact_summaries?year=1800", as: w.tokens["analyst"]})
	if res.StatusCode != 400 || !strings.Contains(body, "year") {
		t.Errorf("an impossible year is answered with %d: %s", res.StatusCode, body)
	}
}
