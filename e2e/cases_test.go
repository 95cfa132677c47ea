package e2e

import (
	"slices"
	"testing"

	"earmark/models"
)

// 310,000.00 of 400,000.00 is 77.5 % and below 80 %; 320,000.00 is exactly 80 % and not.
func TestExactlyTheMinimumIsNoFinding(t *testing.T) {
	t.Parallel()
	o := givenOffice(t, in2026)
	application, lines := o.inForce(40000000)
	o.today("2026-10-01")
	spend := func(amount models.Cents) {
		o.as("preparer").post("/expenditures", body{"line_item_id": lines[0], "amount_cents": amount, "spent_on": "2026-09-30"})
	}
	rate := func(on models.Date) int64 {
		return o.as("official").get("/applications/" + application + "/utilization?as_of=" + string(on)).number("rate_bp")
	}
	below := func() bool { return slices.Contains(o.flagged(o.district), "below_minimum open") }
	spend(31000000)
	o.runs("utilization", "2026-10-01")
	same(t, "at 310,000.00", []any{rate("2026-10-01"), below()}, []any{int64(7750), true})
	o.today("2026-10-02")
	spend(1000000)
	o.runs("utilization", "2026-10-02")
	same(t, "at 320,000.00", []any{rate("2026-10-02"), below()}, []any{int64(8000), false})
}

// Assigned on 2025-12-23, the draft agreement is due on day 90, 2026-03-23.
func TestSomethingDueIsOverdueOnTheNextDay(t *testing.T) {
	t.Parallel()
	o := givenOffice(t, in2026)
	agreement := o.as("liaison").post("/agreements", body{"organization_id": o.neighbour, "cohort": "Five", "assigned_on": "2025-12-23"})
	path := "/due_items?agreement_id=" + agreement.id()
	for _, c := range []struct {
		day    models.Date
		status string
		left   int64
		flags  []string
	}{
		{"2026-03-22", "upcoming", 1, []string{"due_passed open", "due_passed open"}}, // nobody was introduced, no goals were reviewed
		{"2026-03-23", "due", 0, []string{"due_passed open", "due_passed open"}},
		{"2026-03-24", "overdue", -1, []string{"due_passed open", "due_passed open", "due_passed open", "due_passed open"}}, // the needs assessment is due that day too
	} {
		o.today(c.day)
		item := where(o.as("stranger").list(path), "code", "agreement_draft")
		same(t, "on "+string(c.day), []any{item.text("due_on"), item.text("status"), item.number("days_left")}, []any{"2026-03-23", c.status, c.left})
		o.runs("utilization", c.day)
		same(t, "flags on "+string(c.day), o.flagged(o.neighbour), c.flags)
	}
	same(t, "overdue", len(o.as("stranger").list(path+"&status=overdue")), 4)
}

// Progress is reviewed, nobody is rated: there is no place for a rating.
func TestNothingHasARating(t *testing.T) {
	t.Parallel()
	for name, schema := range contract.Doc.Components.Schemas {
		if _, found := schema.Value.Properties["rating"]; found {
			t.Errorf("%s has a rating", name)
		}
	}
}

// The window of 2025 was open for 28 days, 2024-09-11 to 2024-10-09.
func TestTheWindowOf2025ClosesAfterOctober9(t *testing.T) {
	t.Parallel()
	o := givenOffice(t, in2025)
	_, revision := o.apply(o.year, o.district)
	o.line(revision, o.itb, 100000)
	o.today("2024-10-10")
	o.as("official").step("/revisions/"+revision, "submit").refused(409, "window.closed")
	o.today("2024-10-09")
	o.as("official").step("/revisions/"+revision, "submit").ok()
	o.as("official").step("/revisions/"+revision, "withdraw", "comment", "Once more.").ok()
	o.today("2024-10-10")
	application := o.as("official").list("/applications")[0].id()
	second := o.as("preparer").post("/revisions", body{"application_id": application, "reason": "Late."}).id()
	o.line(second, o.itb, 100000)
	o.as("official").step("/revisions/"+second, "submit").refused(409, "window.closed")
	o.as("manager").change("PUT", "/applications/"+application+"/window_exception", body{"until": "2024-10-11", "comment": "A storm."}).ok()
	o.as("official").step("/revisions/"+second, "submit").ok()
}
