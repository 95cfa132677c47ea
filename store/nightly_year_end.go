package store

import "strings"

// owedBy is the condition under which a due item i is owed, as the table of rules says:
// always, while money is unspent now (a is its application tonight), or when money was
// unspent on the last day of the year before it is due.
func owedBy(rules string) string {
	return strings.NewReplacer("d.", rules+".", "YEAR_END", yearEnd(rules)).Replace(`(NOT d.only_unspent OR CASE WHEN d.year_end = '' THEN COALESCE(a.paid_cents, 0) > COALESCE(a.spent_cents, 0) ELSE EXISTS (
			SELECT 1 FROM applications x WHERE x.grant_year_id = i.grant_year_id AND x.organization_id = i.organization_id
			AND (SELECT COALESCE(SUM(p.paid_cents), 0) FROM payments p WHERE p.application_id = x.id AND p.status = 'paid' AND p.paid_on <= YEAR_END)
				> (SELECT COALESCE(SUM(e.amount_cents), 0) FROM expenditures e WHERE e.application_id = x.id AND e.spent_on <= YEAR_END AND e.posted_on <= @date)) END)`)
}

// yearEnd is the last day of a year before a due item's day.
func yearEnd(rules string) string {
	return `CASE WHEN substr(i.due_on, 6) > ` + rules + `.year_end THEN substr(i.due_on, 1, 4)
		ELSE CAST(CAST(substr(i.due_on, 1, 4) AS BIGINT) - 1 AS TEXT) END || '-' || ` + rules + `.year_end`
}

// What a certified report says was spent, against what the ledger says of the same days
// tonight. A: reported, B: in the ledger; T1: last day that the report covers, T2: certified on.
const reportDiffers = found + `d.grant_year_id, d.grant_year_id, ` + byRule + `, d.id, d.organization_id, d.application_id, '',
		ABS(d.now_cents - d.spent_cents), 0, d.spent_cents, d.now_cents, 0, 0, d.through, d.submitted_on, ''
	FROM (SELECT y.*, (SELECT CAST(COALESCE(SUM(e.amount_cents), 0) AS BIGINT) FROM expenditures e
			WHERE e.application_id = y.application_id AND e.spent_on <= y.through AND e.posted_on <= @date) AS now_cents
		FROM year_end_reports y JOIN night_years n ON n.grant_year_id = y.grant_year_id
		WHERE y.status IN ('submitted','accepted') AND y.submitted_on <= @date) d
	JOIN night_rules r ON r.grant_year_id = d.grant_year_id AND r.check_name = 'report_differs'
	WHERE d.now_cents <> d.spent_cents`
