package api_test

import (
	"encoding/json"
	"testing"
)

// Anybody learns of which programs and years something is published, and of no others.
func TestThePublicLearnsWhatIsPublished(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	res, body := w.send(call{method: "GET", path: "/api/v1/public/programs"})
	if res.StatusCode != 200 || res.Header.Get("Cache-Control") != "public, max-age=300" {
		t.Fatalf("got %d, %q: %s", res.StatusCode, res.Header.Get("Cache-Control"), body)
	}
	var answer struct {
		Items []struct {
			Code  string
			Years []int `json:"fiscal_years"`
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range answer.Items {
		found = found || p.Code == "mi-21h" && len(p.Years) > 0 && p.Years[0] == 2026
	}
	if !found {
		t.Errorf("the published year is missing: %s", body)
	}
	if res, body := w.send(call{method: "GET", path: "/api/v1/public/programs?organization_id=x"}); res.StatusCode != 400 {
		t.Errorf("an unknown filter is answered with %d: %s", res.StatusCode, body)
	}
	for range 120 {
		if res, _ := w.send(call{method: "GET", path: "/api/v1/public/programs"}); res.StatusCode == 429 {
			return
		}
	}
	t.Error("a network may read as much as it likes")
}
