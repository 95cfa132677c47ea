package store

import (
	"time"

	"earmark/models"
)

// Recipient is a person who should learn something, and which role makes it so.
type Recipient struct {
	UserID string
	Role   models.Role
}

// Recipients are the active people who hold any of the roles and can act on an
// organization's documents: district roles held for that organization, its own liaison
// when the roles name one, and every holder of an office role. A person who qualifies by
// several roles comes once, under the first role of the list. Who acts with a delegated
// role now hears what its giver hears.
func Recipients(r Reading, now time.Time, organizationID string, roles ...models.Role) ([]Recipient, error) {
	var district, office []models.Role
	pal := false
	order := map[models.Role]int{}
	for i, role := range roles {
		order[role] = i
		switch {
		case role == models.RolePAL:
			pal = true
		case role.DistrictRole():
			district = append(district, role)
		default:
			office = append(office, role)
		}
	}
	var rows []Recipient
	err := r.reader().g.Raw(`SELECT ur.user_id, ur.role FROM user_roles ur JOIN users u ON u.id = ur.user_id AND u.status = 'active'
			WHERE (ur.role IN ? AND ur.organization_id = ?) OR ur.role IN ?
		UNION SELECT u.id, 'pal' FROM organizations o JOIN users u ON u.id = o.pal_user_id AND u.status = 'active'
			WHERE o.id = ? AND ?
		UNION SELECT d.to_user_id, d.role FROM delegations d JOIN users u ON u.id = d.to_user_id AND u.status = 'active'
			WHERE d.starts_at <= ? AND d.ends_at > ? AND d.revoked_on IS NULL AND ((d.role IN ? AND d.organization_id = ?) OR d.role IN ?
				OR (d.role = 'pal' AND ? AND d.from_user_id = (SELECT o.pal_user_id FROM organizations o WHERE o.id = ?)))
		ORDER BY 1, 2`, district, organizationID, office, organizationID, pal, now, now, district, organizationID, office, pal, organizationID).Scan(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	var people []Recipient
	for _, row := range rows {
		last := len(people) - 1
		switch {
		case last < 0 || people[last].UserID != row.UserID:
			people = append(people, row)
		case order[row.Role] < order[people[last].Role]:
			people[last].Role = row.Role
		}
	}
	return people, nil
}

// ReadNotices marks a person's notices as read: those with the identifiers, or all when
// there are none. It returns how many were unread.
func (tx *Tx) ReadNotices(userID string, ids []string) (int64, error) {
	g := tx.g.Model(&models.Notice{}).Where("user_id = ? AND read_at IS NULL", userID)
	if len(ids) > 0 {
		g = g.Where("id IN ?", ids)
	}
	res := g.UpdateColumn("read_at", tx.Now)
	return res.RowsAffected, translate(res.Error)
}

// Notices are a person's notices, newest first; the cursor is a notice's identifier. They
// are ordered by time and then identifier, since bulk ones have identifiers made of a hash.
func Notices(r Reading, userID string, unread bool, page Page) ([]models.Notice, error) {
	g := r.reader().g.Where("user_id = ?", userID)
	if unread {
		g = g.Where("read_at IS NULL")
	}
	if page.After != "" {
		g = g.Where("(created_at, id) < (SELECT n.created_at, n.id FROM notices n WHERE n.id = ? AND n.user_id = ?)", page.After, userID)
	}
	if page.Limit > 0 {
		g = g.Limit(page.Limit)
	}
	var rows []models.Notice
	err := g.Order("created_at DESC, id DESC").Find(&rows).Error
	return rows, translate(err)
}

// UnreadNotices counts what a person has not read.
func UnreadNotices(r Reading, userID string) (int64, error) {
	var n int64
	err := r.reader().g.Model(&models.Notice{}).Where("user_id = ? AND read_at IS NULL", userID).Count(&n).Error
	return n, translate(err)
}

// OldestUnsent is the date of the first notice that no mail has told yet, or none.
func OldestUnsent(r Reading) (models.Date, error) {
	var d models.Date
	err := r.reader().g.Raw(`SELECT COALESCE(min(for_date), '') FROM notices WHERE mail_id IS NULL`).Row().Scan(&d)
	return d, translate(err)
}

// Members are the active people who sit in a named body of an organization.
func Members(r Reading, organizationID, body string) ([]string, error) {
	var ids []string
	err := r.reader().g.Raw(`SELECT ur.user_id FROM user_roles ur JOIN users u ON u.id = ur.user_id AND u.status = 'active'
		WHERE ur.organization_id = ? AND ur.role = ? AND ur.body = ? ORDER BY 1`, organizationID, models.RoleBodyMember, body).Scan(&ids).Error
	return ids, translate(err)
}
