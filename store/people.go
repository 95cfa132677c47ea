package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"earmark/models"
)

// Identity is what one query tells of a presented session or API token: who it speaks for,
// with which roles, and until when.
type Identity struct {
	ID         string // of the session or token
	UserID     string
	Name       string
	Status     models.State   // of the account
	Roles      []models.Grant // own ones, and those delegated to the user at this moment
	Until      time.Time      // when the first of the delegated ones ends; zero when there are none
	Scopes     string         // of a token
	LastSeenAt time.Time
	ExpiresAt  time.Time
	RevokedAt  *time.Time
}

// SessionIdentity finds a session by the hash of its token, or NotFound.
func (r *Reader) SessionIdentity(tokenHash string, now time.Time) (Identity, error) {
	return r.identity(`SELECT s.id, '', s.last_seen_at, s.expires_at, s.revoked_at, u.id, u.name, u.status, g.role, g.organization_id, g.body
		FROM sessions s JOIN users u ON u.id = s.user_id LEFT JOIN user_roles g ON g.user_id = u.id
		WHERE s.token_hash = ? ORDER BY g.role, g.organization_id, g.body`, tokenHash, now)
}

// TokenIdentity finds an API token by its hash, or NotFound.
func (r *Reader) TokenIdentity(tokenHash string, now time.Time) (Identity, error) {
	return r.identity(`SELECT t.id, t.scopes, t.created_at, t.expires_at, t.revoked_at, u.id, u.name, u.status, g.role, g.organization_id, g.body
		FROM api_tokens t JOIN users u ON u.id = t.user_id LEFT JOIN user_roles g ON g.user_id = u.id
		WHERE t.token_hash = ? ORDER BY g.role, g.organization_id, g.body`, tokenHash, now)
}

func (r *Reader) identity(query, tokenHash string, now time.Time) (Identity, error) {
	rows, err := r.g.Raw(query, tokenHash).Rows()
	if err != nil {
		return Identity{}, translate(err)
	}
	defer func() { _ = rows.Close() }()
	var who Identity
	for rows.Next() {
		var role, organization, body sql.NullString
		err := rows.Scan(&who.ID, &who.Scopes, &who.LastSeenAt, &who.ExpiresAt, &who.RevokedAt, &who.UserID, &who.Name, &who.Status, &role, &organization, &body)
		if err != nil {
			return Identity{}, fmt.Errorf("read an identity: %w", err)
		}
		if role.Valid {
			who.Roles = append(who.Roles, models.Grant{Role: models.Role(role.String), OrganizationID: organization.String, Body: body.String})
		}
	}
	if err := rows.Err(); err != nil {
		return Identity{}, translate(err)
	}
	if who.ID == "" {
		return Identity{}, translate(sql.ErrNoRows)
	}
	if err := rows.Close(); err != nil {
		return Identity{}, translate(err)
	}
	live, err := LiveDelegations(r, who.UserID, now)
	for _, d := range live {
		who.Roles = append(who.Roles, d.Grant(d.GiverName))
		if who.Until.IsZero() || d.EndsAt.Before(who.Until) {
			who.Until = *d.EndsAt
		}
	}
	return who, err
}

// TouchSession notes that a session was used, unless that was noted after before already.
func (db *DB) TouchSession(ctx context.Context, id string, before time.Time) error {
	return translate(db.gorm.WithContext(ctx).Exec(`UPDATE sessions SET last_seen_at = ? WHERE id = ? AND last_seen_at < ?`, db.Now(), id, before).Error)
}

// EndSessions revokes a user's sessions that are still alive: those with the identifiers,
// or all of them but one. It returns how many it ended.
func (tx *Tx) EndSessions(userID string, ids []string, but string) (int64, error) {
	g := tx.g.Model(&models.Session{}).Where("user_id = ? AND revoked_at IS NULL AND expires_at > ? AND id <> ?", userID, tx.Now, but)
	if ids != nil {
		g = g.Where("id IN ?", ids)
	}
	res := g.Update("revoked_at", tx.Now)
	return res.RowsAffected, translate(res.Error)
}

// ForgetSessions removes a user's sessions that ended before a time.
func (tx *Tx) ForgetSessions(userID string, before time.Time) error {
	return translate(tx.g.Where("user_id = ? AND (expires_at < ? OR revoked_at < ?)", userID, before, before).Delete(&models.Session{}).Error)
}

// LiveSessions lists a user's sessions that can still be used, newest first.
func LiveSessions(r Reading, userID string, now, seenAfter time.Time) ([]models.Session, error) {
	var rows []models.Session
	err := r.reader().g.Where("user_id = ? AND revoked_at IS NULL AND expires_at > ? AND last_seen_at > ?", userID, now, seenAfter).
		Order("created_at DESC, id DESC").Find(&rows).Error
	return rows, translate(err)
}

// Officials are the active authorized officials of a district, but one user.
func Officials(r Reading, organizationID, but string) ([]models.User, error) {
	var rows []models.User
	err := r.reader().g.Raw(`SELECT u.* FROM users u JOIN user_roles g ON g.user_id = u.id
		WHERE g.organization_id = ? AND g.role = ? AND u.status = 'active' AND u.id <> ? ORDER BY u.name, u.id`,
		organizationID, models.RoleAuthorizedOfficial, but).Scan(&rows).Error
	return rows, translate(err)
}

// UserFilter narrows a list of users.
type UserFilter struct {
	Status         models.State
	Role           models.Role
	OrganizationID string
	Email          string
}

// Users returns a page of people; the system's own account is not one.
func Users(r Reading, f UserFilter, page Page) ([]models.User, error) {
	g := paged(r.reader().g, page).Where("id <> ?", models.SystemUserID)
	if f.Status != "" {
		g = g.Where("status = ?", f.Status)
	}
	if f.Email != "" {
		g = g.Where("email = ?", f.Email)
	}
	switch {
	case f.Role != "" && f.OrganizationID != "":
		g = g.Where("EXISTS (SELECT 1 FROM user_roles g WHERE g.user_id = users.id AND g.role = ? AND g.organization_id = ?)", f.Role, f.OrganizationID)
	case f.Role != "":
		g = g.Where("EXISTS (SELECT 1 FROM user_roles g WHERE g.user_id = users.id AND g.role = ?)", f.Role)
	case f.OrganizationID != "":
		g = g.Where("EXISTS (SELECT 1 FROM user_roles g WHERE g.user_id = users.id AND g.organization_id = ?)", f.OrganizationID)
	}
	var rows []models.User
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// Holders counts the active people who hold a role for an organization, but one user.
func Holders(r Reading, g models.Grant, but string) (int64, error) {
	var n int64
	err := r.reader().g.Raw(`SELECT COUNT(*) FROM user_roles r JOIN users u ON u.id = r.user_id AND u.status = 'active'
		WHERE r.role = ? AND r.organization_id = ? AND r.body = ? AND r.user_id <> ?`, g.Role, g.OrganizationID, g.Body, but).Row().Scan(&n)
	return n, translate(err)
}
