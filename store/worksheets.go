package store

import "earmark/models"

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
