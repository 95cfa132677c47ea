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

// MoneyOfYears is the money of an organization under a program, by fiscal year, from the
// first that had not ended on a day.
func MoneyOfYears(r Reading, organizationID, programCode string, from models.Date) ([]YearMoney, error) {
	var rows []YearMoney
	err := r.reader().g.Raw(`SELECT y.fiscal_year, a.allocation_cents, a.approved_cents, COALESCE(SUM(l.spent_cents), 0) AS spent_cents,
			COUNT(CASE WHEN l.status = 'in_force' THEN 1 END) AS line_count,
			COUNT(CASE WHEN l.status = 'in_force' AND l.link_status <> 'target' THEN 1 END) AS unlinked_count
		FROM applications a JOIN grant_years y ON y.id = a.grant_year_id LEFT JOIN line_items l ON l.application_id = a.id
		WHERE a.organization_id = ? AND y.program_code = ? AND y.ends_on >= ?
		GROUP BY y.fiscal_year, a.id, a.allocation_cents, a.approved_cents ORDER BY y.fiscal_year`, organizationID, programCode, from).Scan(&rows).Error
	return rows, translate(err)
}

// RecordsSince are the records of a kind in force of an organization, of the grant years of a
// program that had not ended on a day: another program may use the same word for its own.
func RecordsSince(r Reading, organizationID, programCode, kind string, from models.Date) ([]models.Record, error) {
	var rows []models.Record
	err := r.reader().g.Table("records r").Select("r.*").Joins("JOIN grant_years y ON y.id = r.grant_year_id").
		Where("r.organization_id = ? AND r.kind = ? AND r.status = 'in_force' AND y.program_code = ? AND y.ends_on >= ?", organizationID, kind, programCode, from).
		Order("r.reference").Find(&rows).Error
	return rows, translate(err)
}
