package workflow

import "earmark/models"

// The columns of the reports, with what each means: the catalogue, the workbook's sheet
// About and docs/reports.md say it in these words.

func colText(name, title, means string) models.ReportColumn {
	return models.ReportColumn{Name: name, Title: title, Unit: models.UnitText, Total: models.TotalNone, Means: means}
}

func colDay(name, title, means string) models.ReportColumn {
	return models.ReportColumn{Name: name, Title: title, Unit: models.UnitDate, Total: models.TotalNone, Means: means}
}

func colCents(name, title, means string) models.ReportColumn {
	return models.ReportColumn{Name: name, Title: title, Unit: models.UnitCents, Total: models.TotalSum, Means: means}
}

// colMoney is cents that make no sense added up.
func colMoney(name, title, means string) models.ReportColumn {
	return models.ReportColumn{Name: name, Title: title, Unit: models.UnitCents, Total: models.TotalNone, Means: means}
}

func colCount(name, title, means string) models.ReportColumn {
	return models.ReportColumn{Name: name, Title: title, Unit: models.UnitInteger, Total: models.TotalSum, Means: means}
}

func colInteger(name, title, means string) models.ReportColumn {
	return models.ReportColumn{Name: name, Title: title, Unit: models.UnitInteger, Total: models.TotalNone, Means: means}
}

func colDecimal(name, title, means string) models.ReportColumn {
	return models.ReportColumn{Name: name, Title: title, Unit: models.UnitHundredths, Total: models.TotalNone, Means: means}
}

func colRate(name, title, part, whole, means string) models.ReportColumn {
	return models.ReportColumn{Name: name, Title: title, Unit: models.UnitBasisPoints, Total: models.TotalRate, Part: part, Whole: whole, Means: means}
}

var (
	colDistrictCode = colText("organization_code", "District code", "Code of the recipient.")
	colDistrictName = colText("organization", "District", "Recipient of the money.")
	colReference    = colText("reference", "Application", "Reference of the application; empty when there is none.")
	colUseCode      = colText("use_category", "Use", "Code of the use category.")
	colUseTitle     = colText("use_title", "Use category", "Title of the use category.")
	colSchoolCode   = colText("school_code", "School code", "Code of the school; empty for the whole district.")
	colSchoolName   = colText("school", "School", "School that the lines are for; empty for the whole district.")
	colApproved     = colCents("approved_cents", "Approved", "Of lines in force.")
	colSpent        = colCents("spent_cents", "Spent", "Posted spending, reversals taken off.")
	colRemaining    = colCents("remaining_cents", "Remaining", "Approved and not spent; negative within the tolerance above it.")
	colSpentRate    = colRate("rate_bp", "Rate", "spent_cents", "approved_cents", "spent over approved; empty while nothing is approved.")
)

var utilizationColumns = []models.ReportColumn{colDistrictCode, colDistrictName,
	colText("subtype", "Kind", "Traditional district, PSA, charter school or county office."), colReference,
	colCents("allocation_cents", "Allocated", "By the published run of the formula."), colApproved,
	colCents("paid_cents", "Paid", "By the office."), colSpent,
	colRate("rate_bp", "Rate", "spent_cents", "allocation_cents", "spent over allocated; empty while there is nothing to divide by."),
	colCents("forecast_cents", "Forecast unspent", "Projected unspent balance at the deadline."),
	colCents("forecast_low_cents", "Lowest", "Lower end of the forecast."),
	colCents("forecast_high_cents", "Highest", "Higher end of the forecast."),
	colCount("line_count", "Lines", "Lines in force."),
	colCount("unlinked_count", "Without target", "Of those, lines that serve no living target."),
}

var useColumns = []models.ReportColumn{colDistrictCode, colDistrictName, colUseCode, colUseTitle, colSchoolCode, colSchoolName,
	colCount("line_count", "Lines", "Lines in force."), colApproved, colSpent, colRemaining, colSpentRate}

var categoryColumns = []models.ReportColumn{colUseCode, colUseTitle,
	colInteger("district_count", "Districts", "Recipients with lines of this category; one with several categories counts in each."),
	colCount("line_count", "Lines", "Lines in force."), colApproved, colSpent, colSpentRate}

var registerColumns = []models.ReportColumn{colDistrictCode, colDistrictName, colReference,
	colInteger("number", "Line", "Number of the line, the same through all revisions."), colUseCode, colUseTitle,
	colText("function_code", "Function", "Function of the chart of accounts."),
	colText("object_codes", "Objects", "Objects of its costs."), colSchoolCode, colSchoolName,
	colText("cost_kind", "Kind of cost", "As the application says."),
	colText("description", "Description", "As the application says."),
	colText("plan_activity", "Activity", "Of the plan, as the application says."),
	colText("targets", "Targets", "Codes of the targets that it is linked to."),
	colDay("approved_on", "First approved", "Day of its first approval."),
	colDay("starts_on", "Starts", "First day."), colDay("ends_on", "Ends", "Last day."),
	colText("status", "Status", "in_force, or removed by a later revision."), colApproved, colSpent, colRemaining, colSpentRate}

var amendmentColumns = []models.ReportColumn{colDistrictCode, colDistrictName, colReference,
	colInteger("number", "Amendment", "0 is the original application."),
	colText("status", "Status", "draft, submitted, in_review, returned, colApproved, denied, withdrawn."),
	colText("reason", "Reason", "Why the amendment is needed."),
	colText("created_by", "Written by", "Who began it."), colDay("created_on", "Begun", "Day on which it was begun."),
	colText("submitted_by", "Submitted by", "Authorized official who submitted it last."), colDay("submitted_on", "Submitted", "Day of the last submission."),
	colInteger("round", "Rounds", "How often it was submitted."),
	colText("decided_by", "Reviewed by", "Who answered in the last round of review."), colDay("decided_on", "Decided", "Business day of the final decision."),
	colText("decision", "Decision", "What was said with it."),
	colMoney("before_cents", "Total before", "Of the revision in force when it was begun; empty for the original."),
	colMoney("after_cents", "Total after", "Of this revision."),
	colMoney("change_cents", "Change", "After less before."),
	colInteger("lines_added", "Added", "Lines that it adds."), colInteger("lines_changed", "Changed", "Lines that it changes."), colInteger("lines_removed", "Removed", "Lines that it removes."),
	colMoney("moved_cents", "Moved", "Sum of what cells gain over the revision in force."),
	colText("meter", "Meter", "What the rule for amendments asks for: none, notify, review; original for the original.")}

var alertColumns = []models.ReportColumn{colDistrictCode, colDistrictName, colReference,
	colInteger("line", "Line", "Number of the line, when it is about one."),
	colText("rule", "Rule", "Code of the compliance rule."), colText("rule_title", "Finding", "Title of the rule."),
	colText("severity", "Severity", "warning or violation."), colText("status", "Status", "open, acknowledged, waived, resolved."),
	colText("detail", "Detail", "The finding in a sentence."),
	colInteger("measure", "Measure", "The number that is out of line, in the rule's unit."),
	colInteger("threshold", "Threshold", "What it is held to, in the same unit."),
	colDay("first_seen", "First seen", "Night that found it."), colDay("changed_on", "Last change", "Opened, worsened or reopened."),
	colDay("waived_until", "Waived until", "Last day of a waiver."), colDay("resolved_on", "Resolved", "Night that found it gone."),
	colInteger("days", "Days", "From first seen to resolved, or to today."),
	colCount("steps", "Steps", "Of its life, as the audit trail has them."), colCount("worsened", "Worsened", "How often it got worse."),
	colCount("reopened", "Reopened", "How often it came back."), colText("reply", "Reply", "Answer or reason of a waiver."),
	colCount("notices", "Notices", "Told to people, on screen."), colCount("mails", "Mails", "Digests that carried them."),
	colCount("mails_sent", "Sent", "Of those, handed to the mail server."), colDay("last_mail_on", "Last mail", "Day of the last digest.")}

var targetColumns = []models.ReportColumn{colDistrictCode, colDistrictName,
	colText("cohort", "Cohort", "Of the agreement."), colText("goal", "Goal", "Title of the goal."),
	colText("target", "Target", "Code of the target."), colText("kind", "Kind", "ITB (18 months) or ETO (36 months)."),
	colText("type", "Type", "Proficiency, growth, attendance, graduation, process …"), colSchoolCode, colSchoolName,
	colText("measure", "Measure", "What is measured."),
	colText("unit", "Unit", "Of baseline, goal and value."),
	colDecimal("baseline", "Baseline", "Value at the start."), colDecimal("goal_value", "Goal value", "Value to be reached."),
	colDay("due_on", "Due", "Day by which the target is to be reached."),
	colText("status", "Status", "met, missed, reported (only earlier results), not_due, not_reported."),
	colDecimal("value", "Value", "Last result by the day of the report."), colDay("measured_on", "Measured", "Day of that result."),
	colDecimal("missed_by", "Missed by", "What is missing, rounded up."),
	colDecimal("expected", "Expected", "On the straight line from the baseline over the ITB to the ETO."),
	colDecimal("ahead", "Ahead", "Of that line; negative is behind."),
	colCount("results", "Results", "In force by the day of the report."),
	colText("source", "Source", "Of the result.")}
