package store

import "earmark/models"

// TargetsServed are the targets that a version of a line links to, by code, retired ones too.
func TargetsServed(r Reading, lineVersionID string) ([]models.Target, error) {
	var rows []models.Target
	err := r.reader().g.Raw(`SELECT t.* FROM line_links k JOIN targets t ON t.id = k.target_id WHERE k.line_version_id = ? ORDER BY t.code`, lineVersionID).Scan(&rows).Error
	return rows, translate(err)
}
