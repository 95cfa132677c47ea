package store

import "earmark/models"

// YearMoney is the money of one organization in one fiscal year of a program.
type YearMoney struct {
	FiscalYear      int
	AllocationCents models.Cents
	ApprovedCents   models.Cents
	SpentCents      models.Cents
	LineCount       int // in force
	UnlinkedCount   int // of them, serving no target
}

// MoneyOfYears is the money of an organization under a program, by fiscal year.
func MoneyOfYears(r Reading, organizationID, programCode string) ([]YearMoney, error) {
	var rows []YearMoney
	err := r.reader().g.Raw(`SELECT y.fiscal_year, a.allocation_cents, a.approved_cents, COALESCE(SUM(l.spent_cents), 0) AS spent_cents,
			COUNT(CASE WHEN l.status = 'in_force' THEN 1 END) AS line_count,
			COUNT(CASE WHEN l.status = 'in_force' AND l.link_status <> 'target' THEN 1 END) AS unlinked_count
		FROM applications a JOIN grant_years y ON y.id = a.grant_year_id LEFT JOIN line_items l ON l.application_id = a.id
		WHERE a.organization_id = ? AND y.program_code = ?
		GROUP BY y.fiscal_year, a.id, a.allocation_cents, a.approved_cents ORDER BY y.fiscal_year`, organizationID, programCode).Scan(&rows).Error
	return rows, translate(err)
}
