package store

import "earmark/models"

// SheetReader is whose eyes look at score sheets. Nobody reads the others of a panel while
// still writing an own sheet for it, so that everybody scores independently.
type SheetReader struct {
	ID     string
	Office bool // sees the sheets of panels that the person does not sit on, and those of all when in
}

const (
	ownSheet    = "EXISTS (SELECT 1 FROM scoresheets o WHERE o.grant_year_id = scoresheets.grant_year_id AND o.applicant_id = scoresheets.applicant_id AND o.reviewer_id = ? AND o.status = ?)"
	panelWrites = "EXISTS (SELECT 1 FROM scoresheets o WHERE o.grant_year_id = scoresheets.grant_year_id AND o.applicant_id = scoresheets.applicant_id AND o.status = 'draft')"
)

// Scoresheets returns a page of sheets: a reviewer's own and, once nobody on a panel is
// still writing, those of the same panel.
func Scoresheets(r Reading, where Eq, by SheetReader, page Page) ([]models.Scoresheet, error) {
	g := paged(where.apply(r.reader().g), page)
	if by.Office {
		g = g.Where("reviewer_id = ? OR NOT "+ownSheet, by.ID, by.ID, "draft")
	} else {
		g = g.Where("reviewer_id = ? OR ("+ownSheet+" AND NOT "+panelWrites+")", by.ID, by.ID, "submitted")
	}
	var rows []models.Scoresheet
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// BelongsTo reports whether a person holds a role for an organization, one of its parts or
// what it is part of.
func (r *Reader) BelongsTo(userID, organizationID string) (bool, error) {
	var n int64
	err := r.g.Raw(`SELECT COUNT(*) FROM user_roles ur JOIN organizations o ON o.id = ur.organization_id
		WHERE ur.user_id = ? AND (o.id = ? OR o.parent_id = ? OR o.id = (SELECT a.parent_id FROM organizations a WHERE a.id = ?))`,
		userID, organizationID, organizationID, organizationID).Scan(&n).Error
	return n > 0, translate(err)
}
