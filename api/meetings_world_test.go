package api_test

import (
	"testing"

	"earmark/models"
)

// assignedWorld is a district of Cohort Five, assigned as a batch on 2025-12-23, with its
// people and its liaison, on Thursday, 2026-02-26: nothing is written yet, and nobody met.
func assignedWorld(t *testing.T) *world {
	t.Helper()
	w := givenOffice(t, "2026-02-26T17:00:00Z")
	w.do("analyst", "POST", "/organization_imports?file_name=orgs.csv&source=Synthetic",
		"kind,code,name,parent_code\ndistrict,61030,Cedar Mills (synthetic),\nschool,00301,Cedar Elementary (synthetic),61030\n")
	w.do("analyst", "POST", "/fact_imports?file_name=facts.csv&source=Synthetic&program_code=mi-21h&year=2025",
		"code,identification,reasons,index,pupils\n00301,CSI,bottom_5,27.00,220\n")
	out := w.do("manager", "POST", "/agreement_assignments", m{"program_code": "mi-21h", "facts_year": 2025, "cohort": "Five", "assigned_on": "2025-12-23", "districts": []string{"61030"}})
	made := list(out, "districts")[0]
	w.ids["assigned"], w.ids["assigned district"] = text(made, "agreement_id"), text(made, "organization_id")
	w.change("manager", "PUT", "/organizations/"+w.ids["assigned district"], "/pal", m{"user_id": w.users["pal"]})
	for name, role := range map[string]models.Role{"principal": models.RolePreparer, "superintendent": models.RoleAuthorizedOfficial} {
		w.person(name, role, w.ids["assigned district"])
		w.ids[name] = w.users[name]
	}
	w.ids["pal"] = w.users["pal"]
	return w
}
