package workflow

import (
	"strings"
	"testing"

	"earmark/models"
	"earmark/store"
)

// givenIdentified is a cycle of five districts: two that the rule gives to the office, one
// whose only school is alternative, one without an identified school, one whose
// identification is not known.
func givenIdentified(t testing.TB) *planning {
	t.Helper()
	p := givenPlanning(t)
	p.districts(6)
	_, err := p.s.ImportFacts(ctx, p.analyst, factFile(2025, "code,identification,reasons,alternative,index,pupils",
		"S001,CSI,bottom_5,,20,100", "S002,CSI,bottom_5,,30,100", "S003,CSI,bottom_5,true,20,100", "S004,TSI,,,50,100", "S005,,,,40,100"))
	noError(t, err)
	return p
}

func cohortFive() AssignAgreements {
	return AssignAgreements{ProgramCode: "mi-21h", FactsYear: 2025, Cohort: "Five", AssignedOn: "2025-12-23"}
}

func TestACohortIsAssignedFromAnIdentificationCycle(t *testing.T) {
	t.Parallel()
	p := givenIdentified(t)
	in := cohortFive()
	results := func(out Assigned) map[string]string {
		m := map[string]string{}
		for _, d := range out.Districts {
			m[d.Code] = d.Result + " " + d.Office
		}
		return m
	}
	// District 2 had an agreement of another cohort, and was funded twice before Earmark.
	two := p.organization(models.KindDistrict, "D002")
	_, err := p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: two.ID, Cohort: "Four", AssignedOn: "2022-11-29", FundedYearsPrior: 2})
	noError(t, err)
	two.PALUserID = &p.pal.UserID
	p.update(&two, "pal_user_id")
	preparer := p.person("Pat Preparer", models.RolePreparer, p.organization(models.KindDistrict, "D001").ID)

	in.DryRun = true
	out, err := p.s.AssignAgreements(ctx, p.manager, in)
	noError(t, err)
	equal(t, results(out), map[string]string{"D001": "to_create OPD", "D002": "to_create OPD", "D003": "not_assigned OES", "D004": "not_assigned ", "D005": "undecided "})
	equal(t, len(all[models.Agreement](p.night, store.Eq{"cohort": "Five"})), 0)

	in.DryRun = false
	out, err = p.s.AssignAgreements(ctx, p.manager, in)
	noError(t, err)
	equal(t, results(out), map[string]string{"D001": "created OPD", "D002": "created OPD", "D003": "not_assigned OES", "D004": "not_assigned ", "D005": "undecided "})
	equal(t, out.Counts, map[string]int{"created": 2, "to_create": 0, "exists": 0, "not_assigned": 2, "undecided": 1})
	equal(t, []int{out.Districts[0].FundedYearsPrior, out.Districts[1].FundedYearsPrior, out.Districts[0].DueItems}, []int{0, 2, 6})
	equal(t, *out.Districts[1].PALUserID, p.pal.UserID)
	equal(t, out.Districts[4].Why, "The identification of School 5 (synthetic) (S005) is not known.")
	a := out.Districts[0].Agreement
	equal(t, []any{a.Status, a.Cohort, a.AssignedOn, p.audited(a)}, []any{StatusDraft, "Five", models.Date("2025-12-23"), 1})
	days := map[string]models.Date{}
	for _, x := range all[models.DueItem](p.night, store.Eq{"agreement_id": a.ID}) {
		days[x.Code] = x.DueOn
		equal(t, p.audited(&x), 1)
	}
	equal(t, days, map[string]models.Date{"introduction": "2026-01-22", "goals_review": "2026-02-21", "needs_assessment": "2026-03-23",
		"agreement_draft": "2026-03-23", "agreement_final": "2026-04-23", "improvement_plan": "2026-06-30"})
	equal(t, p.titles(preparer), []string{"Assigned to the cohort Five"})
	told := all[models.Notice](p.night, store.Eq{"event": "agreement.assigned"})
	equal(t, len(told), 2) // the preparer and the liaison
	if !strings.Contains(told[0].Detail, "1 of 1 counted schools stay") {
		t.Error(told[0].Detail)
	}

	// Again: nothing is made, nobody is told.
	out, err = p.s.AssignAgreements(ctx, p.manager, in)
	noError(t, err)
	equal(t, out.Counts, map[string]int{"created": 0, "to_create": 0, "exists": 2, "not_assigned": 2, "undecided": 1})
	equal(t, len(all[models.Notice](p.night, store.Eq{"event": "agreement.assigned"})), 2)
	equal(t, len(all[models.Agreement](p.night, store.Eq{"cohort": "Five"})), 2)

	// Named districts only; a later fact makes the undecided one an agreement.
	p.facts(2025, "S005,CSI,bottom_5,40,100")
	in.Districts = []string{"D004", "D005"}
	out, err = p.s.AssignAgreements(ctx, p.manager, in)
	noError(t, err)
	equal(t, results(out), map[string]string{"D004": "not_assigned ", "D005": "created OPD"})

	list, err := p.s.AgreementAssignments(ctx, p.actor(preparer), ListAgreementAssignments{ProgramCode: "mi-21h", FactsYear: 2025, Cohort: "Five"})
	noError(t, err)
	equal(t, []any{len(list), list[0].Code, list[0].Result}, []any{1, "D001", AssignmentExists})
	list, err = p.s.AgreementAssignments(ctx, p.auditor, ListAgreementAssignments{ProgramCode: "mi-21h", FactsYear: 2025, Cohort: "Six", Result: "to_create", After: "D001", Limit: 1})
	noError(t, err)
	equal(t, []any{len(list), list[0].Code}, []any{1, "D002"})
}

func TestWhatAnAssignmentRefuses(t *testing.T) {
	t.Parallel()
	p := givenIdentified(t)
	in := cohortFive()
	_, err := p.s.AssignAgreements(ctx, p.pal, in)
	refused(t, err, models.Forbidden, "permission.role")
	in.Districts = []string{"D001", "D999"}
	_, err = p.s.AssignAgreements(ctx, p.manager, in)
	refused(t, err, models.Invalid, "organization.unknown")
	in = cohortFive()
	in.ProgramCode = "nothing"
	_, err = p.s.AssignAgreements(ctx, p.manager, in)
	refused(t, err, models.Invalid, "program.unknown")
	in.ProgramCode = "ma-boston-partnership-fund"
	_, err = p.s.AssignAgreements(ctx, p.manager, in)
	refused(t, err, models.Conflict, "assignment.no_rule")
	in = cohortFive() // named and without facts: told, not left out
	in.Districts = []string{"D006"}
	out, err := p.s.AssignAgreements(ctx, p.manager, in)
	noError(t, err)
	equal(t, []any{out.Districts[0].Result, out.Districts[0].Why}, []any{AssignmentUndecided, "No facts of 2025 are known."})
	equal(t, len(all[models.Agreement](p.night, nil)), 0)
}

func TestLiaisonLoads(t *testing.T) {
	t.Parallel()
	p := givenIdentified(t)
	_, err := p.s.AssignAgreements(ctx, p.manager, cohortFive())
	noError(t, err)
	loads, err := p.s.LiaisonLoads(ctx, p.auditor)
	noError(t, err)
	equal(t, []int{len(loads.Liaisons), len(loads.Without)}, []int{1, 2})
	equal(t, []any{loads.Without[0].Code, loads.Without[0].Cohort, loads.SuggestedUserID}, []any{"D001", "Five", p.pal.UserID})
	other := p.actor(p.person("Abe Other", models.RolePAL, ""))
	gone := p.person("Zed Gone", models.RolePAL, "")
	p.disable(gone)
	one := p.organization(models.KindDistrict, "D001")
	one.PALUserID = &p.pal.UserID
	p.update(&one, "pal_user_id")
	p.setClock(p.s.now().AddDate(0, 3, 0))
	loads, err = p.s.LiaisonLoads(ctx, p.manager)
	noError(t, err)
	today := p.s.Today()
	overdue := 0
	for _, x := range all[models.DueItem](p.night, store.Eq{"organization_id": one.ID}) {
		if x.DueOn < today {
			overdue++
		}
	}
	equal(t, loads.Liaisons, []store.LiaisonLoad{{UserID: other.UserID, Name: "Abe Other"},
		{UserID: p.pal.UserID, Name: p.pal.Name, Districts: 1, DraftAgreements: 1, OverdueDueItems: overdue}})
	equal(t, []any{loads.SuggestedUserID, len(loads.Without), overdue > 0}, []any{other.UserID, 1, true})
	_, err = p.s.LiaisonLoads(ctx, p.actor(p.person("Pat Preparer", models.RolePreparer, one.ID)))
	refused(t, err, models.Forbidden, "permission.role")
}
