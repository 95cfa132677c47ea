package api_test

import "testing"

// agreementWorld is a district whose needs assessment is approved and whose agreement is
// drafted, all but its attendance targets. The stranger is its official.
func agreementWorld(t *testing.T) *world {
	t.Helper()
	w := givenOffice(t, "2026-01-05T17:00:00Z")
	w.change("manager", "PUT", "/organizations/"+w.ids["other"], "/pal", m{"user_id": w.users["pal"]})
	path := "/agreements/" + w.ids["draft agreement"]
	for _, x := range list(w.do("pal", "GET", path, nil), "targets") {
		if text(x, "type") == "attendance" {
			w.ids["attendance "+text(x, "kind")] = text(x, "id")
			w.change("pal", "DELETE", path, "/targets/"+text(x, "id"), nil)
		}
	}
	marks := m{}
	for _, part := range []string{"area_of_inquiry", "data_discovery", "initiative_inventory", "gap_analysis", "data_story", "root_causes", "challenge"} {
		marks[part] = m{"done": true, "evidence": "Improvement plan"}
	}
	needs := text(w.do("stranger", "POST", "/records", m{"grant_year_id": w.ids["year"], "kind": "needs_assessment", "organization_id": w.ids["other"], "fields": m{"areas": []string{"Reading"}}}), "id")
	w.change("stranger", "PATCH", "/records/"+needs, "", m{"checklist": marks})
	w.change("stranger", "POST", "/records/"+needs, "/transitions", m{"event": "submit"})
	w.change("manager", "POST", "/records/"+needs, "/transitions", m{"event": "approve"})
	w.ids["needs"] = needs
	return w
}
