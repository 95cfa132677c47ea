package workflow

import (
	"fmt"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// givenResults signs every agreement of the world and reports the ITBs of three districts:
// one met by 20 pupils, one missed by 30, one met by 9. It is September 2027, after a night.
func givenResults(t testing.TB) *reportWorld {
	t.Helper()
	w := givenReported(t, 71)
	for _, a := range all[models.Agreement](w.night, nil) {
		a.ProgramCode, a.Cohort, a.SignedOn, a.TermStart, a.TermEnd = "mi-21h", "Five", "2025-12-24", "2025-12-23", "2028-12-22"
		w.update(&a, "program_code", "cohort", "signed_on", "term_start", "term_end")
	}
	w.setClock(time.Date(2027, 7, 1, 15, 0, 0, 0, time.UTC))
	for i, r := range []struct{ value, numerator, denominator models.Hundredths }{{60_00, 12_00, 20_00}, {10_00, 3_00, 30_00}, {66_67, 6_00, 9_00}} {
		b := w.budgets[i]
		w.change(func(tx *store.Tx) error {
			return tx.Set(&models.Target{Baseline: 20_00, Goal: 40_00}, store.Eq{"id": b.itb.ID}, "baseline", "goal_value")
		})
		w.add(&models.TargetResult{AgreementID: b.itb.AgreementID, OrganizationID: b.org.ID, TargetID: b.itb.ID, SchoolYear: 2027, Window: "spring", MeasuredOn: "2027-06-10",
			Value: r.value, Numerator: &r.numerator, Denominator: &r.denominator, Source: "NWEA", ReportedOn: "2027-06-20", ReportedBy: models.SystemUserID})
	}
	w.night.night("2027-09-20")
	return w
}

// Results by target: every cell, against the tables; and the effect on achievement in the
// annual report counts the same targets.
func TestTargetReportsCellByCell(t *testing.T) {
	t.Parallel()
	w := givenResults(t)
	r := w.report(w.office, "targets", "2027-09-20")
	want := w.sql(`SELECT o.code, o.name, 'Five', 'Reading', t.code, t.kind, t.type, t.measure, t.unit, t.due_on,
			CASE WHEN x.value >= t.goal_value THEN 'met' WHEN x.value IS NOT NULL THEN 'missed' WHEN t.due_on < '2027-07-01' THEN 'not_reported' ELSE 'not_due' END,
			x.measured_on, CASE WHEN x.id IS NULL THEN 0 ELSE 1 END, x.source
		FROM targets t JOIN agreements a ON a.id = t.agreement_id JOIN organizations o ON o.id = a.organization_id LEFT JOIN target_results x ON x.target_id = t.id ORDER BY o.code, t.code`)
	equal(t, only(t, r.ReportTable, "organization_code", "organization", "cohort", "goal", "target", "kind", "type", "measure", "unit", "due_on", "status", "measured_on", "results", "source"), want)
	equal(t, only(t, r.ReportTable, "target", "baseline", "goal_value", "value", "missed_by")[:4], [][]string{
		{"ETO-1", "0.00", "0.00", "", ""}, {"ITB-1", "20.00", "40.00", "60.00", ""}, {"ETO-1", "0.00", "0.00", "", ""}, {"ITB-1", "20.00", "40.00", "10.00", "30.00"}})

	legislature := w.report(w.office, "legislature", "2027-09-20")
	effect := legislature.Sections[2]
	equal(t, only(t, effect, "type", "kind", "target_count", "judged_count", "met_count", "missed_count", "not_reported_count", "not_due_count", "met_bp"), [][]string{
		{"local_academic", "ETO", "5", "0", "0", "0", "5", "0", ""}, {"local_academic", "ITB", "5", "3", "2", "1", "2", "0", "6667"}})
	activities := w.sql(`SELECT z.use_category, o.code, z.activity, COUNT(*), SUM(z.amount_cents), SUM(z.spent) FROM (
			SELECT r.organization_id, v.use_category, CASE WHEN v.plan_activity <> '' THEN v.plan_activity ELSE v.description END AS activity, v.amount_cents,
				(SELECT COALESCE(SUM(e.amount_cents), 0) FROM expenditures e WHERE e.line_item_id = v.line_item_id) AS spent
			FROM revisions r JOIN line_versions v ON v.revision_id = r.id WHERE ` + inForceOn("2027-09-20") + `) z JOIN organizations o ON o.id = z.organization_id
		GROUP BY z.use_category, o.code, z.activity ORDER BY z.use_category, o.code, z.activity`)
	equal(t, only(t, legislature.Sections[1], "use_category", "organization_code", "activity", "line_count", "approved_cents", "spent_cents"), activities)
	categories := w.sql(`SELECT v.use_category, COUNT(DISTINCT r.organization_id), COUNT(*), SUM(v.amount_cents) FROM revisions r JOIN line_versions v ON v.revision_id = r.id
		WHERE ` + inForceOn("2027-09-20") + ` GROUP BY v.use_category ORDER BY v.use_category`)
	equal(t, only(t, legislature.ReportTable, "use_category", "district_count", "line_count", "approved_cents"), categories)
	if says := fmt.Sprint(legislature.Text); len(legislature.Text) != 2 {
		t.Errorf("the report opens with %s", says)
	}
}

// Nine pupils are too few: their district's outcome is not told to the public, and its
// target still counts.
func TestPublicReportWithholdsWhatFewPupilsTell(t *testing.T) {
	t.Parallel()
	w := givenResults(t)
	public, err := w.s.PublicReport(ctx, "mi-21h", 0)
	noError(t, err)
	var itb [][]string
	for _, row := range only(t, public.Sections[1], "organization_code", "kind", "target_count", "judged_count", "met_count", "missed_count", "not_reported_count", "withheld_count", "met_bp") {
		if row[1] == "ITB" {
			itb = append(itb, append([]string{}, row[2:]...))
		}
	}
	equal(t, itb, [][]string{{"1", "1", "1", "0", "0", "0", "10000"}, {"1", "1", "0", "1", "0", "0", "0"}, {"1", "0", "0", "0", "0", "1", ""},
		{"1", "0", "0", "0", "1", "0", ""}, {"1", "0", "0", "0", "1", "0", ""}})
}
