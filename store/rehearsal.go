package store

import (
	"earmark/models"
)

// A rehearsal looks at every application of a grant year at once: each of these is one
// query, whatever their number.

// RehearsedRevisions are the revisions of a grant year that are in force or open, by
// application and number.
func (r *Reader) RehearsedRevisions(grantYearID string) ([]models.Revision, error) {
	var rows []models.Revision
	err := r.g.Raw(`SELECT v.* FROM revisions v JOIN applications a ON a.id = v.application_id
		WHERE v.grant_year_id = ? AND (v.id = a.in_force_revision_id OR v.status IN ('draft','submitted','in_review','returned'))
		ORDER BY v.application_id, v.number`, grantYearID).Scan(&rows).Error
	return rows, translate(err)
}

// YearVersionRow is a line version with its application.
type YearVersionRow struct {
	LineVersionRow `gorm:"embedded"`
	ApplicationID  string
}

// YearLineVersions are the line versions of a grant year in approved or open revisions, by
// application, line and revision.
func (r *Reader) YearLineVersions(grantYearID string) ([]YearVersionRow, error) {
	var rows []YearVersionRow
	err := r.g.Raw(`SELECT v.*, r.number AS revision_number, l.number AS line_number, l.status AS line_status,
			l.spent_cents AS line_spent_cents, l.approved_on AS line_approved_on, l.application_id
		FROM line_items l
		JOIN line_versions v ON v.line_item_id = l.id
		JOIN revisions r ON r.id = v.revision_id AND r.status NOT IN ('denied','withdrawn')
		WHERE l.grant_year_id = ?
		ORDER BY l.application_id, l.number, r.number`, grantYearID).Scan(&rows).Error
	return rows, translate(err)
}

// YearLineCosts are the costs of every line version of a grant year.
func (r *Reader) YearLineCosts(grantYearID string) ([]models.LineCost, error) {
	var rows []models.LineCost
	err := r.g.Raw(`SELECT c.* FROM line_items l JOIN line_versions v ON v.line_item_id = l.id JOIN line_costs c ON c.line_version_id = v.id
		WHERE l.grant_year_id = ? ORDER BY c.line_version_id, c.object_code`, grantYearID).Scan(&rows).Error
	return rows, translate(err)
}

// YearLineLinks are the links of every line version of a grant year.
func (r *Reader) YearLineLinks(grantYearID string) ([]models.LineLink, error) {
	var rows []models.LineLink
	err := r.g.Raw(`SELECT k.* FROM line_items l JOIN line_versions v ON v.line_item_id = l.id JOIN line_links k ON k.line_version_id = v.id
		WHERE l.grant_year_id = ? ORDER BY k.line_version_id, k.goal_id, k.target_id`, grantYearID).Scan(&rows).Error
	return rows, translate(err)
}

// YearApprovals are the answers on revisions of a grant year.
func (r *Reader) YearApprovals(grantYearID string) ([]models.Approval, error) {
	var rows []models.Approval
	err := r.g.Raw(`SELECT a.* FROM revisions v JOIN approvals a ON a.revision_id = v.id WHERE v.grant_year_id = ? ORDER BY a.at, a.id`, grantYearID).Scan(&rows).Error
	return rows, translate(err)
}

// YearOrganizations are the recipients of a grant year's applications, and their schools.
func (r *Reader) YearOrganizations(grantYearID string) ([]models.Organization, error) {
	var rows []models.Organization
	err := r.g.Raw(`SELECT o.* FROM organizations o WHERE o.id IN (SELECT organization_id FROM applications WHERE grant_year_id = ?)
		UNION SELECT o.* FROM organizations o JOIN applications a ON a.organization_id = o.parent_id
		WHERE a.grant_year_id = ? AND o.kind = 'school' ORDER BY id`, grantYearID, grantYearID).Scan(&rows).Error
	return rows, translate(err)
}

// YearAgreements are the agreements of a grant year's recipients, by organization and
// assignment, and YearTargets their targets.
func (r *Reader) YearAgreements(grantYearID string) ([]models.Agreement, error) {
	var rows []models.Agreement
	err := r.g.Raw(`SELECT g.* FROM applications a JOIN agreements g ON g.organization_id = a.organization_id
		WHERE a.grant_year_id = ? ORDER BY g.organization_id, g.assigned_on, g.id`, grantYearID).Scan(&rows).Error
	return rows, translate(err)
}

// YearTargets are the targets of the agreements of a grant year's recipients.
func (r *Reader) YearTargets(grantYearID string) ([]models.Target, error) {
	var rows []models.Target
	err := r.g.Raw(`SELECT t.* FROM applications a JOIN agreements g ON g.organization_id = a.organization_id JOIN targets t ON t.agreement_id = g.id
		WHERE a.grant_year_id = ? ORDER BY t.id`, grantYearID).Scan(&rows).Error
	return rows, translate(err)
}

// YearReceipts calls fn with the receipt of every application's allocation.
func (r *Reader) YearReceipts(grantYearID string, fn func(applicationID, receipt string) error) error {
	g := r.g.Raw(`SELECT a.id, l.receipt FROM applications a JOIN allocations l ON l.id = a.allocation_id WHERE a.grant_year_id = ?`, grantYearID)
	return eachRow(g, func(scan func(...any) error) error {
		var id, receipt string
		if err := scan(&id, &receipt); err != nil {
			return err
		}
		return fn(id, receipt)
	})
}

// CountRow is a number of something by organization.
type CountRow struct {
	OrganizationID string
	Count          int
}

// YearsFundedBefore counts, by organization, the program's earlier fiscal years with an
// approved application.
func (r *Reader) YearsFundedBefore(programCode string, before int) ([]CountRow, error) {
	var rows []CountRow
	err := r.g.Raw(`SELECT a.organization_id, COUNT(*) AS count FROM grant_years g JOIN applications a ON a.grant_year_id = g.id
		WHERE g.program_code = ? AND g.fiscal_year < ? AND a.status = 'in_force' GROUP BY a.organization_id`, programCode, before).Scan(&rows).Error
	return rows, translate(err)
}

// UseRow is how the money of a grant year was used by one organization.
type UseRow struct {
	OrganizationID  string
	AllocationCents models.Cents
	SpentCents      models.Cents
}

// YearUse is how the money of a grant year was used, by organization.
func (r *Reader) YearUse(grantYearID string) ([]UseRow, error) {
	var rows []UseRow
	err := r.g.Raw(`SELECT a.organization_id, a.allocation_cents, COALESCE(SUM(l.spent_cents), 0) AS spent_cents
		FROM applications a LEFT JOIN line_items l ON l.application_id = a.id
		WHERE a.grant_year_id = ? AND a.allocation_cents > 0 GROUP BY a.organization_id, a.allocation_cents`, grantYearID).Scan(&rows).Error
	return rows, translate(err)
}
