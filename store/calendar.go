package store

import (
	"database/sql"
	"time"

	"earmark/models"
)

// CalendarScope is whose days a calendar has: everything, some organizations, the districts
// of a liaison.
type CalendarScope struct {
	All           bool
	Organizations []string
	LiaisonIDs    []string
	Since         models.Date // earlier days are left out
}

// CalendarDay is a due item, a meeting or an action, with what a calendar shows of it.
type CalendarDay struct {
	Kind         string // due_item, meeting, action
	ID           string
	Version      int64 // of the document
	UpdatedAt    time.Time
	Organization string // name
	On           models.Date
	StartsAt     string
	EndsAt       string
	Title        string
	Detail       string
	Place        string
	Status       string // done of a due item; that of a meeting or action
}

// CalendarDays lists the due items and meetings of a scope and the actions of one person,
// by kind and identifier: one statement.
func CalendarDays(r Reading, s CalendarScope, userID string) ([]CalendarDay, error) {
	const mine = "(@everything OR o.id IN @organizations OR o.pal_user_id IN @liaisons)"
	var rows []CalendarDay
	err := r.reader().g.Raw(`SELECT * FROM (
		SELECT 'due_item' AS kind, i.id, i.version, i.updated_at, o.name AS organization, i.due_on AS "on", '' AS starts_at, '' AS ends_at,
			i.title, i.citation AS detail, '' AS place, CASE WHEN i.done_on IS NULL THEN 'open' ELSE 'done' END AS status
		FROM due_items i JOIN organizations o ON o.id = i.organization_id WHERE i.due_on >= @since AND `+mine+`
		UNION ALL SELECT 'meeting', m.id, m.version, m.updated_at, o.name, m.meets_on, m.starts_at, m.ends_at, 'Meeting about the agreement', m.agenda, m.place, m.status
		FROM meetings m JOIN organizations o ON o.id = m.organization_id WHERE m.meets_on >= @since AND `+mine+`
		UNION ALL SELECT 'action', a.id, m.version, m.updated_at, o.name, a.due_on, '', '', a.text, a.comment, '', a.status
		FROM meeting_actions a JOIN meetings m ON m.id = a.meeting_id JOIN organizations o ON o.id = a.organization_id
		WHERE a.owner_id = @user AND a.due_on >= @since) x ORDER BY kind, id`,
		sql.Named("everything", s.All), sql.Named("organizations", append([]string{""}, s.Organizations...)), sql.Named("liaisons", append([]string{""}, s.LiaisonIDs...)),
		sql.Named("since", s.Since), sql.Named("user", userID)).Scan(&rows).Error
	return rows, translate(err)
}
