package api_test

import (
	"strings"
	"testing"

	"earmark/models"
)

// A leaver's score sheets go to another reviewer, empty, and never to one who scores already.
func TestScoresheetsAreHandedOverEmpty(t *testing.T) {
	t.Parallel()
	w := competitionWorld(t)
	w.person("heir", models.RoleReviewer, "")
	path, sheet := "/users/"+w.users["reviewer5"], w.ids["A1 reviewer5"]
	in := m{"to_user_id": w.users["heir"], "reason": "Moves away.", "disable": true}
	for name, why := range map[string]string{"reviewer1": "has a score sheet of this application already", "manager": "does not hold the role reviewer"} {
		_, body := w.send(call{method: "POST", path: "/api/v1" + path + "/handover", as: w.tokens["admin"], header: map[string]string{"If-Match": w.etag(path)},
			body: jsonText(t, m{"to_user_id": w.users["heir"], "to": []m{{"work": "scoresheet", "user_id": w.users[name]}}, "reason": "Moves away."})})
		if !strings.Contains(body, why) {
			t.Errorf("to %s: %s", name, body)
		}
	}
	w.change("admin", "POST", path, "/handover", in)
	if v := w.do("heir", "GET", "/scoresheets/"+sheet, nil); text(v, "reviewer_id") != w.users["heir"] || len(list(v, "scores")) != 0 || v["no_conflict"] != false {
		t.Errorf("%v", v)
	}
	if left := items(w.do("admin", "GET", path+"/open_work", nil)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
