package store

import (
	"time"

	"earmark/models"
)

// LiveDelegation is a delegation that counts now, with the name of its giver.
type LiveDelegation struct {
	models.Delegation
	GiverName string
}

// live are the conditions under which a delegated role counts at an instant: in its days, not
// revoked, and the giver is active and holds the role still.
const live = `d.starts_at <= ? AND d.ends_at > ? AND d.revoked_on IS NULL AND g.status = 'active'
	AND EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = d.from_user_id AND r.role = d.role AND r.organization_id = d.organization_id AND r.body = d.body)`

// LiveDelegations are the roles that others have delegated to a user and that count now.
func LiveDelegations(r Reading, userID string, now time.Time) ([]LiveDelegation, error) {
	var rows []LiveDelegation
	err := r.reader().g.Raw(`SELECT d.*, g.name AS giver_name FROM delegations d JOIN users g ON g.id = d.from_user_id
		WHERE d.to_user_id = ? AND `+live+` ORDER BY d.role, d.organization_id, d.body, d.id`, userID, now, now).Scan(&rows).Error
	return rows, translate(err)
}

// EndedDelegation reports whether a delegation by which this transaction acts does not count
// any more; one that counts is held until the commit, so that its end comes before or after.
func (tx *Tx) EndedDelegation() (bool, error) {
	hold := ""
	if tx.dialect == "postgres" {
		hold = " FOR SHARE OF d"
	}
	seen := map[string]bool{"": true}
	for _, e := range tx.events {
		if _, itself := tx.moved[ref{"delegation", e.DelegationID}]; itself || seen[e.DelegationID] {
			continue
		}
		seen[e.DelegationID] = true
		var ids []string
		if err := tx.g.Raw(`SELECT d.id FROM delegations d JOIN users g ON g.id = d.from_user_id WHERE d.id = ? AND `+live+hold, e.DelegationID, tx.Now, tx.Now).Scan(&ids).Error; err != nil {
			return false, translate(err)
		}
		if len(ids) == 0 {
			return true, nil
		}
	}
	return false, nil
}

// OpenDelegations are those of a user, given or received, that are neither revoked nor over.
func OpenDelegations(r Reading, userID string, today models.Date) ([]models.Delegation, error) {
	var rows []models.Delegation
	err := r.reader().g.Where("(from_user_id = ? OR to_user_id = ?) AND revoked_on IS NULL AND to_on >= ?", userID, userID, today).Order("id").Find(&rows).Error
	return rows, translate(err)
}

// OverlappingDelegations are the giver's for the same role whose days meet those of d.
func OverlappingDelegations(r Reading, d models.Delegation, from, to models.Date) ([]models.Delegation, error) {
	var rows []models.Delegation
	err := r.reader().g.Where(`from_user_id = ? AND role = ? AND organization_id = ? AND body = ? AND id <> ? AND revoked_on IS NULL`,
		d.FromUserID, d.Role, d.OrganizationID, d.Body, d.ID).Where("from_on <= ? AND to_on >= ?", to, from).Order("id").Find(&rows).Error
	return rows, translate(err)
}

// DelegationFilter narrows a list of delegations; zero values ask for everything.
type DelegationFilter struct {
	FromUserID     string
	ToUserID       string
	OrganizationID string
	Role           models.Role
	On             models.Date // those whose days include this one, not revoked
}

// Delegations returns a page of what the scope may see, and of what concerns the reader.
func Delegations(r Reading, scope Scope, reader string, f DelegationFilter, page Page) ([]models.Delegation, error) {
	g := paged(r.reader().g, page)
	if !scope.All {
		g = g.Where("(organization_id IN ? AND organization_id <> '') OR from_user_id = ? OR to_user_id = ?", scope.Organizations, reader, reader)
	}
	if f.FromUserID != "" {
		g = g.Where("from_user_id = ?", f.FromUserID)
	}
	if f.ToUserID != "" {
		g = g.Where("to_user_id = ?", f.ToUserID)
	}
	if f.OrganizationID != "" {
		g = g.Where("organization_id = ?", f.OrganizationID)
	}
	if f.Role != "" {
		g = g.Where("role = ?", f.Role)
	}
	if f.On != "" {
		g = g.Where("from_on <= ? AND to_on >= ? AND revoked_on IS NULL", f.On, f.On)
	}
	var rows []models.Delegation
	err := g.Find(&rows).Error
	return rows, translate(err)
}
