package store

import "earmark/models"

// NightWorksheet is a kind of record that lines of a grant year need by a day.
type NightWorksheet struct {
	GrantYearID string
	RecordKind  string
	Title       string
	DueOn       models.Date
	LeastCents  models.Cents
}

// Worksheets tells the night which records lines need. It comes before Find.
func (n *Night) Worksheets(rows []NightWorksheet) error {
	if err := n.run(`CREATE TEMP TABLE night_worksheets (grant_year_id TEXT, record_kind TEXT, title TEXT, due_on TEXT, least_cents BIGINT)`); err != nil || len(rows) == 0 {
		return err
	}
	return translate(n.tx.g.Table("night_worksheets").Create(&rows).Error)
}

// Exactly the part is not past it; a line that serves no live target is found by
// line_unlinked. A: number of the line, B: spent, C: approved, D: targets that it serves;
// T1: the first of them.
const nightSpentWithoutResult = found + `l.grant_year_id, l.grant_year_id, ` + byRule + `, l.line_item_id, l.organization_id, l.application_id, l.line_item_id,
		l.spent_cents * 10000 / l.amount_cents, r.rate_bp, l.number, l.spent_cents, l.amount_cents, s.served, s.first_code, '', ''
	FROM night_lines l JOIN night_rules r ON r.grant_year_id = l.grant_year_id AND r.check_name = 'spent_without_result'
	JOIN (SELECT n.line_item_id, COUNT(*) AS served, MIN(t.code) AS first_code
		FROM night_lines n JOIN line_links k ON k.line_version_id = n.version_id
		JOIN targets t ON t.id = k.target_id AND (t.retired_on IS NULL OR t.retired_on > @date)
		GROUP BY n.line_item_id) s ON s.line_item_id = l.line_item_id
	WHERE l.in_force = 1 AND l.amount_cents > 0 AND l.spent_cents * 10000 > l.amount_cents * r.rate_bp
		AND NOT EXISTS (SELECT 1 FROM line_links k JOIN target_results x ON x.target_id = k.target_id
			JOIN targets t ON t.id = k.target_id AND (t.retired_on IS NULL OR t.retired_on > @date)
			WHERE k.line_version_id = l.version_id AND x.measured_on <= @date AND x.reported_on <= @date)`

// On the day itself it is due, not missing; what was handed in waits for the office. A:
// number of the line, B: approved; T1: title of the kind, T2: due on, T3: draft, returned or
// nothing.
const nightWorksheetMissing = found + `l.grant_year_id, l.grant_year_id, ` + byRule + `, l.line_item_id || ':' || w.record_kind, l.organization_id, l.application_id, l.line_item_id,
		DAYS(@date; w.due_on), 0, l.number, l.amount_cents, 0, 0, w.title, w.due_on,
		COALESCE((SELECT MAX(x.status) FROM records x WHERE x.subject_id = l.line_item_id AND x.kind = w.record_kind AND x.status IN ('draft','returned')), '')
	FROM night_worksheets w JOIN night_lines l ON l.grant_year_id = w.grant_year_id AND l.in_force = 1 AND l.amount_cents >= w.least_cents
	JOIN night_rules r ON r.grant_year_id = l.grant_year_id AND r.check_name = 'worksheet_missing'
	WHERE w.due_on < @date AND NOT EXISTS (SELECT 1 FROM records x
		WHERE x.subject_id = l.line_item_id AND x.kind = w.record_kind AND x.status IN ('submitted','in_force'))`
