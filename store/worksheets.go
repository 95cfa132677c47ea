package store

import (
	"time"

	"earmark/models"
)

// NeededRecord is a line in force that needs a record of a kind, with the fields of the one
// in force; "" when there is none.
type NeededRecord struct {
	OrganizationID string
	LineItemID     string
	Data           string
}

// NeededRecords lists, with one query, the lines in force of at least an amount and the
// records of a kind that are in force for them. organizationID "" takes all.
func NeededRecords(r Reading, grantYearID, organizationID, kind string, least models.Cents) ([]NeededRecord, error) {
	g := r.reader().g.Table("line_items l").Select("l.organization_id, l.id AS line_item_id, COALESCE(w.data, '') AS data").
		Joins("LEFT JOIN records w ON w.subject_id = l.id AND w.kind = ? AND w.status = 'in_force'", kind).
		Where("l.grant_year_id = ? AND l.status = 'in_force' AND l.amount_cents >= ?", grantYearID, least)
	if organizationID != "" {
		g = g.Where("l.organization_id = ?", organizationID)
	}
	var rows []NeededRecord
	err := g.Order("l.organization_id, l.number").Find(&rows).Error
	return rows, translate(err)
}

// WorksheetNeed is a kind of record that lines of at least an amount need by a day.
type WorksheetNeed struct {
	RecordKind string
	LeastCents models.Cents
	DueOn      models.Date
}

// WorksheetRow is a line in force that needs a record of a kind, and where that stands.
type WorksheetRow struct {
	LineItemID     string
	OrganizationID string
	ApplicationID  string
	Number         int
	Description    string
	AmountCents    models.Cents
	SpentCents     models.Cents
	RecordKind     string
	DueOn          models.Date
	RecordID       string
	Reference      string
	Status         string // none, draft, submitted, returned, accepted
	Late           bool   // handed in late, or not handed in although the day has passed
	SubmittedAt    *time.Time
	EffectiveOn    models.Date
}

// WorksheetFilter narrows them.
type WorksheetFilter struct {
	GrantYearID, OrganizationID, RecordKind, Status string
	OnlyLate                                        bool
	Today                                           models.Date
	AfterLine, AfterKind                            string
	Limit                                           int
}

// Worksheets lists, with one query, what lines in force need and where it stands: the
// version in force when there is one, else the latest that lives. In the order of lines and
// kinds.
func Worksheets(r Reading, scope Scope, needs []WorksheetNeed, f WorksheetFilter) ([]WorksheetRow, error) {
	if len(needs) == 0 {
		return nil, nil
	}
	db := r.reader().g
	kinds, args := "", []any{}
	for i, n := range needs {
		if i > 0 {
			kinds += " UNION ALL "
		}
		kinds += "SELECT CAST(? AS TEXT) AS record_kind, CAST(? AS BIGINT) AS least_cents, CAST(? AS TEXT) AS due_on"
		args = append(args, n.RecordKind, n.LeastCents, n.DueOn)
	}
	ranked := db.Table("records x").Select("x.*, row_number() OVER (PARTITION BY x.subject_id, x.kind ORDER BY CASE x.status WHEN 'in_force' THEN 0 ELSE 1 END, x.revision DESC, x.id DESC) AS latest").
		Where("x.grant_year_id = ? AND x.subject_id <> '' AND x.status IN ?", f.GrantYearID, []string{"draft", "submitted", "returned", "in_force"})
	rows := db.Table("line_items l").Joins("JOIN (?) n ON l.amount_cents >= n.least_cents", db.Raw(kinds, args...)).
		Joins("LEFT JOIN (?) w ON w.subject_id = l.id AND w.kind = n.record_kind AND w.latest = 1", ranked).
		Where("l.grant_year_id = ? AND l.status = 'in_force'", f.GrantYearID).
		Select(`l.id AS line_item_id, l.organization_id, l.application_id, l.number, l.description, l.amount_cents, l.spent_cents, n.record_kind, n.due_on,
			COALESCE(w.id, '') AS record_id, COALESCE(w.reference, '') AS reference, w.submitted_at, w.effective_on,
			CASE WHEN w.status = 'in_force' THEN 'accepted' ELSE COALESCE(w.status, 'none') END AS status,
			CASE WHEN w.status IN ('submitted','in_force') THEN w.late ELSE n.due_on < ? END AS late`, f.Today)
	rows = scope.apply(rows, "l.organization_id")
	if f.OrganizationID != "" {
		rows = rows.Where("l.organization_id = ?", f.OrganizationID)
	}
	g := db.Table("(?) s", rows)
	for _, c := range []struct{ column, value string }{{"s.record_kind", f.RecordKind}, {"s.status", f.Status}} {
		if c.value != "" {
			g = g.Where(c.column+" = ?", c.value)
		}
	}
	if f.OnlyLate {
		g = g.Where("s.late")
	}
	if f.AfterLine != "" {
		g = g.Where("s.line_item_id > ? OR (s.line_item_id = ? AND s.record_kind > ?)", f.AfterLine, f.AfterLine, f.AfterKind)
	}
	if f.Limit > 0 {
		g = g.Limit(f.Limit)
	}
	var out []WorksheetRow
	err := g.Order("s.line_item_id, s.record_kind").Find(&out).Error
	return out, translate(err)
}
