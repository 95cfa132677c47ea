package store

import (
	"database/sql"
	"strings"

	"earmark/models"
)

// ReportQuery is what a report of a grant year is about. On is the day as of which it is
// asked; measured amounts are those of the last night up to it.
type ReportQuery struct {
	Scope       Scope
	GrantYearID string
	ProgramCode string
	Cohort      string // only organizations with an agreement of it; "" for all
	On          models.Date
	RunID       string // the allocation run that was published on that day, or none
	RateOf      string // what the rate is spent over: paid, approved; otherwise the allocation
}

// ReportAsOf is the last night of a grant year up to a day, or "".
func (r *Reader) ReportAsOf(grantYearID string, on models.Date) (models.Date, error) {
	var as models.Date
	err := r.g.Raw(`SELECT COALESCE(MAX(as_of), '') FROM program_utilizations WHERE grant_year_id = ? AND as_of <= ?`, grantYearID, on).Row().Scan(&as)
	return as, translate(err)
}

// Synthetic reports whether the database holds organizations that call themselves so.
func (r *Reader) Synthetic() (bool, error) {
	var found bool
	err := r.g.Raw(`SELECT EXISTS (SELECT 1 FROM organizations WHERE name LIKE '%(synthetic)%')`).Row().Scan(&found)
	return found, translate(err)
}

// rows walks a statement whose columns are those of a report, in their order, and ends
// with an ORDER BY. ONLY(x) becomes the condition that an organization is asked for and
// may be seen.
func (q ReportQuery) rows(r *Reader, columns []models.ReportColumn, text string) models.ReportRows {
	args := map[string]any{"year": q.GrantYearID, "program": q.ProgramCode, "cohort": q.Cohort, "on": string(q.On), "run": q.RunID, "rate_of": q.RateOf}
	if !q.Scope.All {
		args["seen"] = append([]string{""}, q.Scope.Organizations...) // never an empty list
	}
	before, rest, _ := strings.Cut(text, "ONLY(")
	for rest != "" {
		column, after, _ := strings.Cut(rest, ")")
		before += "(" + q.only(column) + ")"
		text, rest, _ = strings.Cut(after, "ONLY(")
		before += text
	}
	return func(yield func([]models.ReportCell, error) bool) {
		rows, err := r.g.Raw(dialectSQL(r.dialect, before), args).Rows()
		if err != nil {
			yield(nil, translate(err))
			return
		}
		defer func() { _ = rows.Close() }()
		row := newReportRow(columns)
		for rows.Next() {
			cells, err := row.scan(rows)
			if !yield(cells, translate(err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, translate(err))
		}
	}
}

func (q ReportQuery) only(column string) string {
	where := "1 = 1"
	if !q.Scope.All {
		where = column + " IN @seen"
	}
	if q.Cohort != "" {
		where += " AND EXISTS (SELECT 1 FROM agreements g WHERE g.organization_id = " + column + " AND g.program_code = @program AND g.cohort = @cohort)"
	}
	return where
}

// reportRow scans by hand, without reflection for each row.
type reportRow struct {
	columns []models.ReportColumn
	numbers []sql.NullInt64
	texts   []sql.NullString
	dest    []any
	cells   []models.ReportCell
}

func newReportRow(columns []models.ReportColumn) *reportRow {
	n := len(columns)
	row := &reportRow{columns, make([]sql.NullInt64, n), make([]sql.NullString, n), make([]any, n), make([]models.ReportCell, n)}
	for i, c := range columns {
		if row.dest[i] = &row.texts[i]; c.Unit.Numeric() {
			row.dest[i] = &row.numbers[i]
		}
	}
	return row
}

func (row *reportRow) scan(rows *sql.Rows) ([]models.ReportCell, error) {
	if err := rows.Scan(row.dest...); err != nil {
		return nil, err
	}
	for i, c := range row.columns {
		if c.Unit.Numeric() {
			row.cells[i] = models.ReportCell{Known: row.numbers[i].Valid, Number: row.numbers[i].Int64}
		} else {
			row.cells[i] = models.TextCell(row.texts[i].String)
		}
		if c.Unit == models.UnitDate && len(row.cells[i].Text) > 10 { // as the driver gives a day that an expression made
			row.cells[i].Text = row.cells[i].Text[:10]
		}
	}
	return row.cells, nil
}

// The lines of a grant year as they stood on a day: for each the last version that was
// approved by then, with the amounts that the last night by then measured. It is the
// night's own view, so that totals of reports are those of utilizations.
const reportLines = `standing AS (
		SELECT * FROM (
			SELECT l.id AS line_item_id, l.application_id, l.organization_id, l.number, l.approved_on, v.id AS version_id, v.action, v.use_category, v.function_code,
				v.school_id, v.cost_kind, v.description, v.plan_strategy, v.plan_activity, v.starts_on, v.ends_on,
				row_number() OVER (PARTITION BY l.id ORDER BY r.number DESC) AS latest
			FROM line_items l JOIN line_versions v ON v.line_item_id = l.id JOIN revisions r ON r.id = v.revision_id
			WHERE l.grant_year_id = @year AND r.status = 'approved' AND r.decided_on <= @on AND v.decision <> 'denied' AND ONLY(l.organization_id)) ranked
		WHERE latest = 1),
	measured AS (
		SELECT * FROM (
			SELECT u.line_item_id, u.amount_cents, u.spent_cents, row_number() OVER (PARTITION BY u.line_item_id ORDER BY u.as_of DESC) AS latest
			FROM line_items l JOIN line_utilizations u ON u.line_item_id = l.id WHERE l.grant_year_id = @year AND u.as_of <= @on) ranked
		WHERE latest = 1),
	lines AS (
		SELECT s.*, CASE WHEN s.action = 'remove' THEN 0 ELSE 1 END AS in_force, m.amount_cents, m.spent_cents
		FROM standing s JOIN measured m ON m.line_item_id = s.line_item_id)`

// ReportUtilization is a row for each recipient: those with an application, and those that
// were allocated money and have not applied.
func (r *Reader) ReportUtilization(columns []models.ReportColumn, q ReportQuery) models.ReportRows {
	return q.rows(r, columns, `WITH measured AS (
		SELECT * FROM (
			SELECT u.*, row_number() OVER (PARTITION BY u.application_id ORDER BY u.as_of DESC) AS latest
			FROM application_utilizations u WHERE u.grant_year_id = @year AND u.as_of <= @on AND ONLY(u.organization_id)) ranked
		WHERE latest = 1),
	recipients AS (
		SELECT organization_id FROM measured UNION SELECT organization_id FROM allocations WHERE run_id = @run AND amount_cents > 0 AND ONLY(organization_id)),
	figures AS (
		SELECT p.organization_id, COALESCE(m.allocation_cents, l.amount_cents) AS allocation_cents, COALESCE(m.approved_cents, 0) AS approved_cents,
			COALESCE(m.paid_cents, 0) AS paid_cents, COALESCE(m.spent_cents, 0) AS spent_cents,
			COALESCE(m.forecast_cents, CASE WHEN @rate_of IN ('paid','approved') THEN 0 ELSE l.amount_cents END) AS forecast_cents,
			COALESCE(m.forecast_low_cents, CASE WHEN @rate_of IN ('paid','approved') THEN 0 ELSE l.amount_cents END) AS low_cents,
			COALESCE(m.forecast_high_cents, CASE WHEN @rate_of IN ('paid','approved') THEN 0 ELSE l.amount_cents END) AS high_cents,
			COALESCE(m.line_count, 0) AS line_count, COALESCE(m.unlinked_count, 0) AS unlinked_count
		FROM recipients p LEFT JOIN measured m ON m.organization_id = p.organization_id
		LEFT JOIN allocations l ON l.run_id = @run AND l.organization_id = p.organization_id),
	wholes AS (SELECT f.*, CASE @rate_of WHEN 'paid' THEN paid_cents WHEN 'approved' THEN approved_cents ELSE allocation_cents END AS whole_cents FROM figures f)
	SELECT o.code, o.name, o.subtype, a.reference, w.allocation_cents, w.approved_cents, w.paid_cents, w.spent_cents, `+rate("w.spent_cents", "w.whole_cents")+`,
		w.forecast_cents, w.low_cents, w.high_cents, w.line_count, w.unlinked_count
	FROM wholes w JOIN organizations o ON o.id = w.organization_id
	LEFT JOIN applications a ON a.grant_year_id = @year AND a.organization_id = w.organization_id
	ORDER BY o.code, o.id`)
}

// ReportUses is a row for each recipient, use category and school.
func (r *Reader) ReportUses(columns []models.ReportColumn, q ReportQuery) models.ReportRows {
	return q.rows(r, columns, `WITH `+reportLines+`,
	sums AS (
		SELECT organization_id, use_category, school_id, CAST(SUM(in_force) AS BIGINT) AS line_count,
			CAST(SUM(amount_cents) AS BIGINT) AS approved_cents, CAST(SUM(spent_cents) AS BIGINT) AS spent_cents
		FROM lines GROUP BY organization_id, use_category, school_id)
	SELECT o.code, o.name, s.use_category, s.use_category, c.code, c.name, s.line_count, s.approved_cents, s.spent_cents, s.approved_cents - s.spent_cents,
		`+rate("s.spent_cents", "s.approved_cents")+`
	FROM sums s JOIN organizations o ON o.id = s.organization_id LEFT JOIN organizations c ON c.id = s.school_id
	ORDER BY o.code, o.id, s.use_category, COALESCE(c.code, ''), s.school_id`)
}

// ReportCategories is a row for each use category.
func (r *Reader) ReportCategories(columns []models.ReportColumn, q ReportQuery) models.ReportRows {
	return q.rows(r, columns, `WITH `+reportLines+`
	SELECT use_category, use_category, COUNT(DISTINCT organization_id), CAST(SUM(in_force) AS BIGINT), CAST(SUM(amount_cents) AS BIGINT), CAST(SUM(spent_cents) AS BIGINT),
		`+rate("CAST(SUM(spent_cents) AS BIGINT)", "CAST(SUM(amount_cents) AS BIGINT)")+`
	FROM lines GROUP BY use_category ORDER BY use_category`)
}

// ReportDistrictCategories is a row for each recipient and use category.
func (r *Reader) ReportDistrictCategories(columns []models.ReportColumn, q ReportQuery) models.ReportRows {
	return q.rows(r, columns, `WITH `+reportLines+`
	SELECT o.code, o.name, l.use_category, l.use_category, CAST(SUM(l.amount_cents) AS BIGINT), CAST(SUM(l.spent_cents) AS BIGINT),
		`+rate("CAST(SUM(l.spent_cents) AS BIGINT)", "CAST(SUM(l.amount_cents) AS BIGINT)")+`
	FROM lines l JOIN organizations o ON o.id = l.organization_id GROUP BY o.id, o.code, o.name, l.use_category ORDER BY o.code, o.id, l.use_category`)
}

// ReportLineItems is a row for each line that was ever in force.
func (r *Reader) ReportLineItems(columns []models.ReportColumn, q ReportQuery) models.ReportRows {
	return q.rows(r, columns, `WITH `+reportLines+`,
	costs AS (
		SELECT c.line_version_id, string_agg(c.object_code, ', ' ORDER BY c.object_code) AS objects
		FROM lines l JOIN line_costs c ON c.line_version_id = l.version_id GROUP BY c.line_version_id),
	serves AS (
		SELECT k.line_version_id, string_agg(t.code, ', ' ORDER BY t.code) AS targets
		FROM lines l JOIN line_links k ON k.line_version_id = l.version_id JOIN targets t ON t.id = k.target_id GROUP BY k.line_version_id)
	SELECT o.code, o.name, a.reference, l.number, l.use_category, l.use_category, l.function_code, c.objects, h.code, h.name, l.cost_kind, l.description,
		l.plan_activity, s.targets, l.approved_on, l.starts_on, l.ends_on, CASE WHEN l.in_force = 1 THEN 'in_force' ELSE 'removed' END,
		l.amount_cents, l.spent_cents, l.amount_cents - l.spent_cents, `+rate("l.spent_cents", "l.amount_cents")+`
	FROM lines l JOIN organizations o ON o.id = l.organization_id JOIN applications a ON a.id = l.application_id
	LEFT JOIN organizations h ON h.id = l.school_id LEFT JOIN costs c ON c.line_version_id = l.version_id LEFT JOIN serves s ON s.line_version_id = l.version_id
	ORDER BY o.code, o.id, l.number`)
}

// ReportActivities is a row for each activity that was funded: lines of one recipient, use
// category and description together.
func (r *Reader) ReportActivities(columns []models.ReportColumn, q ReportQuery) models.ReportRows {
	return q.rows(r, columns, `WITH `+reportLines+`
	SELECT o.code, o.name, l.use_category, l.use_category, CASE WHEN l.plan_activity = '' THEN l.description ELSE l.plan_activity END AS activity,
		COUNT(*), CAST(SUM(l.amount_cents) AS BIGINT), CAST(SUM(l.spent_cents) AS BIGINT)
	FROM lines l JOIN organizations o ON o.id = l.organization_id WHERE l.in_force = 1 OR l.spent_cents <> 0
	GROUP BY o.id, o.code, o.name, l.use_category, CASE WHEN l.plan_activity = '' THEN l.description ELSE l.plan_activity END
	ORDER BY l.use_category, o.code, o.id, activity`)
}

// ReportAlerts is a row for each flag, with its life so far and the mails that told of it.
func (r *Reader) ReportAlerts(columns []models.ReportColumn, q ReportQuery) models.ReportRows {
	return q.rows(r, columns, `WITH told AS (
		SELECT n.subject_id, COUNT(*) AS notices, COUNT(DISTINCT n.mail_id) AS mails, COUNT(DISTINCT CASE WHEN m.status = 'sent' THEN m.id END) AS sent,
			MAX(CASE WHEN n.mail_id IS NOT NULL THEN n.for_date END) AS last_on
		FROM notices n LEFT JOIN mails m ON m.id = n.mail_id WHERE n.subject_kind = 'flag' GROUP BY n.subject_id),
	steps AS (
		SELECT document_id, COUNT(*) AS steps, SUM(CASE WHEN action = 'worsen' THEN 1 ELSE 0 END) AS worsened, SUM(CASE WHEN action = 'reopen' THEN 1 ELSE 0 END) AS reopened
		FROM audit_events WHERE document_kind = 'flag' GROUP BY document_id),
	lives AS (SELECT x.*, COALESCE(x.resolved_on, @on) AS until_on FROM flags x)
	SELECT o.code, o.name, a.reference, l.number, f.rule, f.rule, f.severity, f.status, f.detail, f.measure, f.threshold, f.first_seen, f.changed_on, f.waived_until, f.resolved_on,
		CASE WHEN f.first_seen > @on THEN 0 ELSE DAYS(f.until_on; f.first_seen) END,
		COALESCE(s.steps, 0), COALESCE(s.worsened, 0), COALESCE(s.reopened, 0), f.reply, COALESCE(t.notices, 0), COALESCE(t.mails, 0), COALESCE(t.sent, 0), t.last_on
	FROM lives f LEFT JOIN organizations o ON o.id = f.organization_id LEFT JOIN applications a ON a.id = f.application_id LEFT JOIN line_items l ON l.id = f.line_item_id
	LEFT JOIN told t ON t.subject_id = f.id LEFT JOIN steps s ON s.document_id = f.id
	WHERE (f.grant_year_id = @year OR (f.grant_year_id = '' AND EXISTS (SELECT 1 FROM applications x WHERE x.grant_year_id = @year AND x.organization_id = f.organization_id)))
		AND ONLY(f.organization_id)
	ORDER BY o.code, f.first_seen, f.id`)
}

// LoggedRevision is a revision with who wrote, submitted and decided it.
type LoggedRevision struct {
	models.Revision
	OrganizationCode string
	OrganizationName string
	Reference        string
	CreatedByName    string
	SubmittedByName  string
	DecidedByNames   string
	BeforeCents      *models.Cents
}

// ReportRevisions are all revisions of a grant year, in the order of recipients and numbers.
func (r *Reader) ReportRevisions(q ReportQuery) ([]LoggedRevision, error) {
	var rows []LoggedRevision
	g := q.Scope.apply(r.g.Table("revisions v"), "v.organization_id")
	if q.Cohort != "" {
		g = g.Where("EXISTS (SELECT 1 FROM agreements g WHERE g.organization_id = v.organization_id AND g.program_code = ? AND g.cohort = ?)", q.ProgramCode, q.Cohort)
	}
	err := g.Select(`v.id, v.version, v.created_at, v.updated_at, v.application_id, v.grant_year_id, v.organization_id, v.number, v.base_id, v.status, v.reason, v.round, v.total_cents,
			v.line_count, v.created_by, v.submitted_by, v.submitted_at, v.decided_at, v.decided_on, v.decision,
			o.code AS organization_code, o.name AS organization_name, a.reference, c.name AS created_by_name, COALESCE(s.name, '') AS submitted_by_name,
			COALESCE((SELECT string_agg(x.name, ', ' ORDER BY x.name) FROM (SELECT DISTINCT u.name FROM approvals p JOIN users u ON u.id = p.user_id
				WHERE p.revision_id = v.id AND p.round = v.round) x), '') AS decided_by_names, b.total_cents AS before_cents`).
		Joins("JOIN organizations o ON o.id = v.organization_id").Joins("JOIN applications a ON a.id = v.application_id").
		Joins("JOIN users c ON c.id = v.created_by").Joins("LEFT JOIN users s ON s.id = v.submitted_by").Joins("LEFT JOIN revisions b ON b.id = v.base_id").
		Where("v.grant_year_id = ?", q.GrantYearID).Order("o.code, o.id, v.number").Scan(&rows).Error
	return rows, translate(err)
}

// HistoricVersion is a line version with its application and what became of its revision.
type HistoricVersion struct {
	LineVersionRow `gorm:"embedded"`
	ApplicationID  string
	RevisionStatus models.State
}

// YearLineHistory are all line versions of a grant year, by application, line and revision.
func (r *Reader) YearLineHistory(grantYearID string) ([]HistoricVersion, error) {
	var rows []HistoricVersion
	err := r.g.Raw(`SELECT v.*, r.number AS revision_number, r.status AS revision_status, l.number AS line_number, l.status AS line_status,
			l.spent_cents AS line_spent_cents, l.approved_on AS line_approved_on, l.application_id
		FROM line_items l JOIN line_versions v ON v.line_item_id = l.id JOIN revisions r ON r.id = v.revision_id
		WHERE l.grant_year_id = ? ORDER BY l.application_id, l.number, r.number`, grantYearID).Scan(&rows).Error
	return rows, translate(err)
}

// FewBehind are the results of a program's targets that were counted over fewer than so many.
func (r *Reader) FewBehind(programCode string, least models.Hundredths) ([]string, error) {
	var ids []string
	err := r.g.Raw(`SELECT x.id FROM target_results x JOIN agreements g ON g.id = x.agreement_id WHERE g.program_code = ? AND x.denominator < ?`, programCode, int64(least)).Scan(&ids).Error
	return ids, translate(err)
}
