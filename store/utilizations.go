package store

import "earmark/models"

// ApplicationUtilizations are the snapshots of a grant year's applications as of a date:
// the latest row of each on or before it. The cursor is an application's identifier.
func ApplicationUtilizations(r Reading, scope Scope, grantYearID, organizationID string, asOf models.Date, page Page) ([]models.ApplicationUtilization, error) {
	g := scope.apply(r.reader().g.Table("application_utilizations u"), "u.organization_id").Select("u.*").
		Where("u.grant_year_id = ?", grantYearID).
		Where("u.as_of = (SELECT max(x.as_of) FROM application_utilizations x WHERE x.application_id = u.application_id AND x.as_of <= ?)", asOf)
	if organizationID != "" {
		g = g.Where("u.organization_id = ?", organizationID)
	}
	if page.After != "" {
		g = g.Where("u.application_id > ?", page.After)
	}
	if page.Limit > 0 {
		g = g.Limit(page.Limit)
	}
	var rows []models.ApplicationUtilization
	err := g.Order("u.application_id").Find(&rows).Error
	return rows, translate(err)
}

// ApplicationUtilizationAsOf is one application's latest snapshot on or before a date.
func ApplicationUtilizationAsOf(r Reading, applicationID string, asOf models.Date) (models.ApplicationUtilization, error) {
	var u models.ApplicationUtilization
	err := r.reader().g.Where("application_id = ? AND as_of <= ?", applicationID, asOf).Order("as_of DESC").Take(&u).Error
	return u, translate(err)
}

// ProgramUtilizations are a grant year's snapshots from one date to another.
func ProgramUtilizations(r Reading, grantYearID string, from, to models.Date) ([]models.ProgramUtilization, error) {
	var rows []models.ProgramUtilization
	err := r.reader().g.Where("grant_year_id = ? AND as_of >= ? AND as_of <= ?", grantYearID, from, to).Order("as_of").Find(&rows).Error
	return rows, translate(err)
}

// LineUtilizations are the figures of an application's lines as of a date.
func LineUtilizations(r Reading, applicationID string, asOf models.Date) ([]models.LineUtilization, error) {
	var rows []models.LineUtilization
	err := r.reader().g.Raw(`SELECT u.* FROM line_items l JOIN line_utilizations u ON u.line_item_id = l.id
		WHERE l.application_id = ? AND u.as_of = (SELECT max(x.as_of) FROM line_utilizations x WHERE x.line_item_id = l.id AND x.as_of <= ?)
		ORDER BY l.number`, applicationID, asOf).Scan(&rows).Error
	return rows, translate(err)
}
