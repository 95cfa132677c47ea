package api_test

import (
	"strings"
	"testing"

	"earmark/app"
	"earmark/models"
)

// A sixth program is a file in a folder: facts, formula, application, approval and the
// amendment meter work with nothing else.
func TestAProgramThatIsOnlyAFile(t *testing.T) {
	t.Parallel()
	w := &world{env: given(t, func(c *app.Config) { c.ProgramsDir = "../docs/examples" }), tokens: map[string]string{}, users: map[string]string{}, ids: map[string]string{}}
	for _, name := range []string{"analyst", "manager"} {
		w.person(name, roles[name], "")
	}
	w.do("analyst", "POST", "/organization_imports?file_name=o.csv&source=Synthetic", "kind,code,name,parent_code,subtype,county\n"+
		"district,90010,Alpha (synthetic),,traditional,\nschool,90011,First (synthetic),90010,,\n")
	for _, o := range items(w.do("analyst", "GET", "/organizations", nil)) {
		w.ids[text(o, "code")] = text(o, "id")
	}
	w.person("preparer", models.RolePreparer, w.ids["90010"])
	w.person("official", models.RoleAuthorizedOfficial, w.ids["90010"])
	w.do("analyst", "POST", "/fact_imports?file_name=f.csv&source=Synthetic&program_code=new-york-per-pupil&year=2027", "code,pupils,low_income\n90011,800,500\n")
	w.person("super", models.RoleAuditor, "") // reads the versions of documents
	year := text(w.do("analyst", "POST", "/grant_years", m{"program_code": "new-york-per-pupil", "fiscal_year": 2027}), "id")
	w.change("manager", "POST", "/grant_years/"+year, "/transitions", m{"event": "open"})
	run := text(w.do("analyst", "POST", "/allocation_runs", m{"grant_year_id": year, "facts_year": 2027, "label": "First"}), "id")
	w.change("manager", "POST", "/allocation_runs/"+run, "/transitions", m{"event": "publish"})

	application := w.do("preparer", "POST", "/applications", m{"grant_year_id": year, "organization_id": w.ids["90010"]})
	if application["allocation_cents"] != 12000000.0 {
		t.Fatalf("800 pupils at 150 dollars: %v", application["allocation_cents"])
	}
	rev := text(items(w.do("preparer", "GET", "/revisions?application_id="+text(application, "id"), nil))[0], "id")
	for category, amount := range map[string]int{"45": 200000, "15": 9900000} {
		w.change("preparer", "POST", "/revisions/"+rev, "/line_items", m{"use_category": category, "cost_kind": "other",
			"description": "For the classes of the school", "costs": []m{{"object_code": "", "amount_cents": amount}}})
	}
	w.change("manager", "PUT", "/applications/"+text(application, "id"), "/window_exception", m{"until": "2099-01-01", "comment": "The test runs on any day."})
	w.change("official", "POST", "/revisions/"+rev, "/transitions", m{"event": "submit"})
	w.change("analyst", "POST", "/revisions/"+rev, "/transitions", m{"event": "approve"})
	approved := w.change("manager", "POST", "/revisions/"+rev, "/transitions", m{"event": "approve"})
	if approved["status"] != "approved" {
		t.Fatal(approved)
	}
	amendment := text(w.do("preparer", "POST", "/revisions", m{"application_id": text(application, "id"), "reason": "Paper is dearer."}), "id")
	meter := w.do("preparer", "GET", "/revisions/"+amendment+"/meter", nil)
	if meter["outcome"] != "none" || len(list(meter, "cells")) != 2 || text(list(meter, "cells")[0], "use_category") != "15" {
		t.Errorf("the meter of an unchanged amendment: %v", meter)
	}
}

func TestAnEvaluationStoresNothing(t *testing.T) {
	t.Parallel()
	w := &world{env: given(t), tokens: map[string]string{}, users: map[string]string{}, ids: map[string]string{}}
	w.person("auditor", models.RoleAuditor, "")
	as := w.tokens["auditor"]
	over := `{"fiscal_year": 2026, "amendments": [{"approved": {"221/3120": 1000}, "proposed": {"221/3120": 1101}}]}`
	w.rows([]row{
		{"over the tolerance", call{method: "POST", path: "/api/v1/programs/mi-21h/evaluation", as: as, body: over}, 200, `"outcome":"review"`},
		{"no such cell", call{method: "POST", path: "/api/v1/programs/mi-21h/evaluation", as: as, body: strings.ReplaceAll(over, "221/3120", "221")}, 422, "/amendments/0/approved/221"},
		{"no such program", call{method: "POST", path: "/api/v1/programs/nothing/evaluation", as: as, body: over}, 404, "not_found"},
	})
}
