package workflow

import (
	"encoding/json"
	"fmt"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// change puts a difference into words and counts it.
func (run *nightRun) change(d store.FlagDifference) (store.FlagChange, error) {
	c := store.FlagChange{Step: d.Step, FlagID: d.FlagID, Version: d.FlagVersion + 1, Status: StatusOpen, GrantYearID: d.GrantYearID, RulesYearID: d.RulesYearID,
		OrganizationID: d.OrganizationID, ApplicationID: d.ApplicationID, LineItemID: d.LineItemID, Rule: d.Rule, Subject: d.Subject,
		Severity: d.Severity, Measure: d.Measure, Threshold: d.Threshold}
	if d.Step == "resolve" {
		return run.resolved(c, d), nil
	}
	r := run.years[d.RulesYearID]
	c.RuleVersion = r.version()
	rule := complianceRule(r.def, d.Rule)
	detail, numbers := findingWords(d.NightFinding)
	c.Detail, c.Reason = detail, detail
	var err error
	if c.Evidence, err = evidence(r, rule, d.NightFinding, run.date, numbers); err != nil {
		return c, err
	}
	switch d.Step {
	case "open":
		c.FlagID, c.Title = run.tx.NewID(), rule.Title
		run.sum.FlagsOpened++
		c.Changes = diff(nil, models.Flag{GrantYearID: c.GrantYearID, OrganizationID: c.OrganizationID, ApplicationID: c.ApplicationID, LineItemID: c.LineItemID,
			Rule: c.Rule, Subject: c.Subject, Severity: c.Severity, Status: c.Status, Measure: c.Measure, Threshold: c.Threshold, Detail: c.Detail, Evidence: c.Evidence, FirstSeen: run.date, ChangedOn: run.date})
		return c, nil
	case "worsen":
		c.Title = rule.Title + ": worse"
		run.sum.FlagsWorsened++
	case "reopen":
		c.Title = rule.Title + ": the waiver is over"
		run.sum.FlagsReopened++
	}
	before := models.Flag{Status: d.FlagStatus, Measure: d.OldMeasure, Threshold: d.OldLimit, Detail: d.OldDetail, Evidence: d.OldEvidence, ChangedOn: d.ChangedOn}
	after := models.Flag{Severity: c.Severity, Status: c.Status, Measure: c.Measure, Threshold: c.Threshold, Detail: c.Detail, Evidence: c.Evidence, ChangedOn: run.date}
	if d.Step == "reopen" {
		before.WaivedUntil = d.WaivedUntil
	}
	c.Changes = diff(before, after)
	return c, nil
}

func (run *nightRun) resolved(c store.FlagChange, d store.FlagDifference) store.FlagChange {
	run.sum.FlagsResolved++
	c.Status, c.Detail, c.Evidence = StatusResolved, d.OldDetail, d.OldEvidence
	c.Reason = fmt.Sprintf("The night of %s does not find it any more.", run.date)
	c.Changes = diff(models.Flag{Status: d.FlagStatus}, models.Flag{Status: StatusResolved, ResolvedOn: run.date})
	// The rule that opened it says who hears of it; an agreement's flag is watched by the
	// latest year that knows the rule.
	c.RulesYearID = d.GrantYearID
	for _, r := range run.order {
		if rule := complianceRule(r.def, d.Rule); rule.Code != "" && (d.GrantYearID == "" || r.year.ID == d.GrantYearID) {
			c.RulesYearID, c.RuleVersion, c.Title = r.year.ID, r.version(), rule.Title+": resolved"
			break
		}
	}
	return c
}

func complianceRule(def *programs.Definition, code string) programs.ComplianceRule {
	for _, c := range def.Compliance {
		if c.Code == code {
			return c
		}
	}
	return programs.ComplianceRule{}
}

// evidence is what the finding rests on: numbers, rule, definition and date.
func evidence(r rules, rule programs.ComplianceRule, f store.NightFinding, date models.Date, numbers map[string]any) (string, error) {
	out := map[string]any{"rule": rule.Code, "check": rule.Check, "title": rule.Title, "citation": rule.Cite, "fix": rule.Fix,
		"definition": r.version(), "date": date, "measure": f.Measure, "threshold": f.Threshold}
	for k, v := range numbers {
		out[k] = v
	}
	text, err := json.Marshal(out)
	return string(text), err
}

// findingWords says what a check found, with its numbers, and names the numbers for the
// evidence. What A to D and the texts of a finding hold is said at the check in store.
func findingWords(f store.NightFinding) (string, map[string]any) {
	a, b, c, d := models.Cents(f.A), models.Cents(f.B), models.Cents(f.C), models.Cents(f.D)
	bp := func(v int64) models.BasisPoints { return models.BasisPoints(v) }
	switch f.CheckName {
	case "line_unlinked":
		why := map[string]string{"none": "is not linked to any benchmark or outcome", "goal_only": "is linked to a goal only, not to a benchmark or outcome",
			"retired": "is linked only to targets that were retired"}[f.T1]
		standing := "approved"
		if f.T2 == string(StatusProposed) {
			standing = "not approved yet"
		}
		return fmt.Sprintf("Line %d (%s, %s) %s.", f.A, b, standing, why),
			map[string]any{"line_number": f.A, "amount_cents": f.B, "link": f.T1, "status": f.T2}
	case "below_minimum":
		return fmt.Sprintf("%s of %s is spent (%s); the minimum since %s is %s. %s is missing.", a, b, bp(f.Measure), f.T2, bp(f.Threshold), c),
			map[string]any{"spent_cents": f.A, "of_cents": f.B, "missing_cents": f.C, "checkpoint": f.T1, "checkpoint_on": f.T2}
	case "behind_pace":
		return fmt.Sprintf("%s of %s approved is spent (%s). At an even pace from the payment on %s to %s it would be %s; with a slack of %s at least %s.",
				a, c, bp(f.Measure), f.T1, f.T2, b, bp(f.D), bp(f.Threshold)),
			map[string]any{"spent_cents": f.A, "expected_cents": f.B, "approved_cents": f.C, "slack_bp": f.D, "paid_on": f.T1, "deadline_on": f.T2}
	case "cell_over_tolerance":
		return fmt.Sprintf("Function %s, object %s: %s spent against %s approved, %s above the approved amount and %s above the tolerance of %s.",
				f.T1, f.T2, models.Cents(f.Measure), a, b, c, d),
			map[string]any{"function_code": f.T1, "object_code": f.T2, "spent_cents": f.Measure, "approved_cents": f.A,
				"excess_over_approved_cents": f.B, "excess_over_tolerance_cents": f.C, "tolerance_cents": f.D}
	case "spent_before_approval":
		return fmt.Sprintf("Line %d: %s was spent before the line was approved on %s; the first entry is dated %s.", f.A, models.Cents(f.Measure), f.T1, f.T2),
			map[string]any{"line_number": f.A, "early_cents": f.Measure, "approved_on": f.T1, "first_spent_on": f.T2}
	case "no_report":
		return fmt.Sprintf("No expenditure was posted and no period reported for %d days, since %s; a report is asked for after %d days. %s of %s approved is spent.",
				f.Measure, f.T1, f.Threshold, a, b),
			map[string]any{"days": f.Measure, "since": f.T1, "paid_on": f.T2, "spent_cents": f.A, "approved_cents": f.B}
	case "over_allocation":
		return fmt.Sprintf("%s is approved and %s spent; the allocation is %s.", a, b, c),
			map[string]any{"approved_cents": f.A, "spent_cents": f.B, "allocation_cents": f.C}
	case "spent_without_result":
		return spentWithoutResultWords(f)
	case "worksheet_missing":
		return worksheetMissingWords(f)
	case "report_differs":
		return reportDiffersWords(f)
	case "due_passed":
		return fmt.Sprintf("%s %s (%s).", f.T1, notCome(f.T2, f.Measure), f.T3),
			map[string]any{"title": f.T1, "due_on": f.T2, "days_late": f.Measure, "citation": f.T3}
	case "result_missing":
		return missingWords(f)
	}
	return f.CheckName, nil
}

func countDays(n int64) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// notCome stays true however long the flag stands: it names the night that found it.
func notCome(dueOn string, days int64) string {
	return fmt.Sprintf("was due on %s and had not come by %s", dueOn, models.Date(dueOn).AddDays(int(days)))
}
