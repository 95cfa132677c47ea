package store

import (
	"time"

	"earmark/models"
)

// DistrictRow is a recipient of a grant year with what is known of it today: its share, its
// application, the revision that is open, and what is out of line. AllocationCents is what
// it may apply for; an application keeps its own.
type DistrictRow struct {
	OrganizationID   string
	OrganizationCode string
	OrganizationName string
	PALUserID        *string
	AllocationID     string // of the published run; "" for none
	AllocationCents  models.Cents
	ApplicationID    string // "" for none yet
	Reference        string
	ApprovedCents    models.Cents // in force
	InForceID        string       // revision
	AppliedCents     models.Cents // of the last revision that was handed in
	OpenRevisionID   string       // the one not decided yet
	OpenNumber       int
	OpenStatus       models.State
	OpenCents        models.Cents
	OpenSince        *time.Time // when it was handed in
	Violations       int        // flags that hold and nobody waived, of this grant year
	Warnings         int
	OverdueCount     int         // due items of the organization, of any year
	NextDueOn        models.Date // the next that is not done and not late
}

// DistrictRows are the recipients of a grant year's published run and those who applied, in
// the order of identifiers.
func DistrictRows(r Reading, scope Scope, grantYearID, organizationID string, today models.Date, page Page) ([]DistrictRow, error) {
	const open = "('draft','submitted','in_review','returned')"
	g := scope.apply(r.reader().g.Table(`(SELECT a.organization_id FROM allocations a JOIN grant_years y ON y.id = a.grant_year_id AND y.published_run_id = a.run_id
			WHERE a.grant_year_id = ? AND a.amount_cents > 0 UNION SELECT p.organization_id FROM applications p WHERE p.grant_year_id = ?) k`, grantYearID, grantYearID), "k.organization_id").
		Joins("JOIN organizations o ON o.id = k.organization_id").
		Joins("JOIN grant_years y ON y.id = ?", grantYearID).
		Joins("LEFT JOIN allocations a ON a.run_id = y.published_run_id AND a.organization_id = k.organization_id").
		Joins("LEFT JOIN applications p ON p.grant_year_id = y.id AND p.organization_id = k.organization_id").
		Joins("LEFT JOIN revisions v ON v.application_id = p.id AND v.status IN "+open).
		Joins(`LEFT JOIN (SELECT organization_id, SUM(CASE WHEN severity = 'violation' THEN 1 ELSE 0 END) AS violations,
				SUM(CASE WHEN severity = 'violation' THEN 0 ELSE 1 END) AS warnings
			FROM flags WHERE grant_year_id = ? AND status IN ('open','acknowledged') GROUP BY organization_id) f ON f.organization_id = k.organization_id`, grantYearID).
		Joins(`LEFT JOIN (SELECT organization_id, SUM(CASE WHEN due_on < ? THEN 1 ELSE 0 END) AS overdue, MIN(CASE WHEN due_on >= ? THEN due_on END) AS next_on
			FROM due_items WHERE done_on IS NULL GROUP BY organization_id) d ON d.organization_id = k.organization_id`, today, today).
		Select(`k.organization_id, o.code AS organization_code, o.name AS organization_name, o.pal_user_id, COALESCE(a.id, '') AS allocation_id,
			COALESCE(p.allocation_cents, a.amount_cents
				- (SELECT CAST(COALESCE(SUM(x.amount_cents), 0) AS BIGINT) FROM allocation_releases x WHERE x.grant_year_id = y.id AND x.organization_id = k.organization_id AND x.status <> 'withdrawn')
				+ (SELECT CAST(COALESCE(SUM(b.amount_cents), 0) AS BIGINT) FROM allocation_runs n JOIN allocations b ON b.run_id = n.id
					WHERE n.grant_year_id = y.id AND n.run_kind = 'reallocation' AND n.status = 'published' AND b.organization_id = k.organization_id), 0) AS allocation_cents,
			COALESCE(p.id, '') AS application_id, COALESCE(p.reference, '') AS reference, COALESCE(p.approved_cents, 0) AS approved_cents,
			COALESCE(p.in_force_revision_id, '') AS in_force_id,
			COALESCE((SELECT l.total_cents FROM revisions l WHERE l.application_id = p.id AND l.submitted_at IS NOT NULL AND l.status NOT IN ('withdrawn', 'denied') ORDER BY l.number DESC LIMIT 1), 0) AS applied_cents,
			COALESCE(v.id, '') AS open_revision_id, COALESCE(v.number, 0) AS open_number, COALESCE(v.status, '') AS open_status,
			COALESCE(v.total_cents, 0) AS open_cents, v.submitted_at AS open_since,
			COALESCE(f.violations, 0) AS violations, COALESCE(f.warnings, 0) AS warnings, COALESCE(d.overdue, 0) AS overdue_count, COALESCE(d.next_on, '') AS next_due_on`)
	if organizationID != "" {
		g = g.Where("k.organization_id = ?", organizationID)
	}
	if page.After != "" {
		g = g.Where("k.organization_id > ?", page.After)
	}
	if page.Limit > 0 {
		g = g.Limit(page.Limit)
	}
	var rows []DistrictRow
	err := g.Order("k.organization_id").Scan(&rows).Error
	return rows, translate(err)
}

// MonthSpent is what was posted to an application in one month.
type MonthSpent struct {
	Month string // YYYY-MM
	Cents models.Cents
}

// SpentByMonth sums the ledger of an application by the month it was posted in.
func SpentByMonth(r Reading, applicationID string, until models.Date) ([]MonthSpent, error) {
	var rows []MonthSpent
	err := r.reader().g.Raw(`SELECT substr(posted_on, 1, 7) AS month, CAST(SUM(amount_cents) AS BIGINT) AS cents FROM expenditures
		WHERE application_id = ? AND posted_on <= ? GROUP BY substr(posted_on, 1, 7) ORDER BY month`, applicationID, until).Scan(&rows).Error
	return rows, translate(err)
}
