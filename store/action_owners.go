package store

import "earmark/models"

// ActionOwners returns the active people of an organization and of the office, by name.
func ActionOwners(r Reading, organizationID string) ([]models.User, error) {
	var users []models.User
	err := r.reader().g.Raw(`SELECT u.* FROM users u WHERE u.status = 'active' AND EXISTS (SELECT 1 FROM user_roles x WHERE x.user_id = u.id
		AND (x.organization_id = ? OR x.role IN ('pal', 'fiscal_reviewer', 'opd_manager', 'opd_analyst', 'are_analyst'))) ORDER BY u.name, u.id`, organizationID).Scan(&users).Error
	return users, translate(err)
}
