package api_test

import (
	"context"
	"strings"
	"testing"

	"earmark/models"
	"earmark/store"
)

// over adds a district whose agreement was signed long ago and has run its term, with one
// academic outcome of which nothing is known, and a drafted decision about it.
func (w *world) over() {
	w.t.Helper()
	district := models.Organization{OrgKind: models.KindDistrict, Code: "PAST", Name: "Past Hollow (synthetic)", Subtype: "traditional"}
	school := models.Organization{OrgKind: models.KindSchool, Code: "PASTS", Name: "Past School (synthetic)"}
	agreement := models.Agreement{ProgramCode: "mi-21h", Cohort: "Five", Status: "signed", AssignedOn: "2021-12-01", NeedsApprovedOn: "2022-01-10",
		TermStart: "2022-01-01", TermEnd: "2024-12-31", SignedOn: "2022-02-01"}
	err := w.app.DB.Change(context.Background(), func(tx *store.Tx) error {
		if err := tx.Insert(&district); err != nil {
			return err
		}
		agreement.OrganizationID = district.ID
		if err := tx.Insert(&agreement); err != nil {
			return err
		}
		school.ParentID = &district.ID
		if err := tx.Insert(&school); err != nil {
			return err
		}
		for _, doc := range []models.Document{&district, &school, &agreement} {
			tx.Audit(doc, models.AuditEvent{ActorID: models.SystemUserID, ActorName: "Test", Action: "create", Changes: "{}"})
		}
		goal := models.Goal{ID: tx.NewID(), AgreementID: agreement.ID, Number: 1, Title: "Reading", Area: "Student Achievement"}
		if err := tx.Create(&goal); err != nil {
			return err
		}
		return tx.Create(&models.Target{ID: tx.NewID(), AgreementID: agreement.ID, GoalID: goal.ID, Code: "ETO-1", TargetKind: models.TargetETO, TargetType: "state_academic",
			Measure: "Pupils who reach it", Source: "M-STEP", Baseline: 720, Goal: 1820, Unit: "percent", Direction: "up", DueOn: "2024-11-30"})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.ids["past"], w.ids["past agreement"] = district.ID, agreement.ID
	for year, identification := range map[string]string{"2025": "CSI", "2028": "none"} { // proficiency is lacking
		w.do("analyst", "POST", "/fact_imports?program_code=mi-21h&file_name=past.csv&source=Synthetic&year="+year, "code,identification,index,pupils\nPASTS,"+identification+",36.00,100\n")
	}
	w.ids["term decision"] = text(w.do("are", "POST", "/term_decisions", m{"agreement_id": agreement.ID, "missing_as_not_met": true, "reason": "Nobody kept the results."}), "id")
}

func TestTermDecisions(t *testing.T) {
	t.Parallel()
	w := givenOffice(t, noon)
	w.over()
	past := m{"agreement_id": w.ids["past agreement"]}
	decision := "/term_decisions/" + w.ids["term decision"]
	for _, c := range []struct {
		as, method, path string
		body             m
		status           int
		says             string
	}{
		{"are", "POST", "/term_decisions", past, 422, "accountability.lacking"},
		{"are", "POST", "/term_decisions", m{"agreement_id": missing}, 422, "not_found"},
		{"are", "POST", "/term_decisions", m{"agreement_id": w.ids["agreement"]}, 409, "accountability.too_early"},
		{"are", "POST", "/term_decisions", m{"agreement_id": w.ids["past agreement"], "missing_as_not_met": true, "reason": "Again."}, 409, "term_decision.drafted"},
		{"are", "POST", decision + "/transitions", m{"event": "decide"}, 403, "permission.role"},
		{"are", "POST", decision + "/transitions", m{"event": "discard"}, 422, "required"},
		{"stranger", "GET", decision, nil, 404, "not_found"},
		{"stranger", "GET", "/agreements/" + w.ids["past agreement"] + "/term_outlook", nil, 404, "not_found"},
		{"manager", "POST", decision + "/transitions", m{"event": "decide"}, 200, "0 of 1 schools leave. 0 of 1 academic outcomes were met"},
		{"manager", "POST", decision + "/transitions", m{"event": "decide"}, 409, "term_decision.no_such_step"},
	} {
		if status, got := w.request(c.as, c.method, c.path, c.body); status != c.status || !strings.Contains(got, c.says) {
			t.Errorf("%s %s as %s: %d, and should be %d with %s: %.300s", c.method, c.path, c.as, status, c.status, c.says, got)
		}
	}
	out := w.do("pal", "GET", "/agreements/"+w.ids["past agreement"]+"/term_outlook", nil)
	if got := jsonText(t, list(out, "lacking")); !strings.Contains(got, "accountability.result_missing") || !strings.Contains(got, "accountability.fact_missing") {
		t.Errorf("lacking: %s", got)
	}
}
