package store

import (
	"database/sql"

	"earmark/models"
)

// AssignedPerson is somebody to tell of an agreement.
type AssignedPerson struct {
	UserID         string
	OrganizationID string
	Role           models.Role
}

// AssignedPeople are the active people who hold one of the roles for a district with an
// agreement of the cohort, and the liaisons of those districts; each once for a district.
func AssignedPeople(r Reading, programCode, cohort string, roles ...models.Role) ([]AssignedPerson, error) {
	var rows []AssignedPerson
	err := r.reader().g.Raw(`SELECT p.user_id, p.organization_id, min(p.role) AS role FROM (
			SELECT ur.user_id, ur.organization_id, ur.role FROM user_roles ur WHERE ur.role IN ?
			UNION SELECT o.pal_user_id, o.id, 'pal' FROM organizations o WHERE o.pal_user_id IS NOT NULL) p
		JOIN agreements a ON a.organization_id = p.organization_id AND a.program_code = ? AND a.cohort = ?
		JOIN users u ON u.id = p.user_id AND u.status = 'active'
		GROUP BY p.user_id, p.organization_id ORDER BY p.organization_id, p.user_id`, roles, programCode, cohort).Scan(&rows).Error
	return rows, translate(err)
}

// LiaisonLoad is what one liaison has in hand.
type LiaisonLoad struct {
	UserID           string
	Name             string
	Districts        int
	DraftAgreements  int
	SignedAgreements int
	OverdueDueItems  int
	OpenActions      int
	OverdueActions   int
}

// WithoutLiaison is a district with a living agreement and nobody assigned to it.
type WithoutLiaison struct {
	OrganizationID string
	Code           string
	Name           string
	AgreementID    string
	Cohort         string
	AssignedOn     models.Date
}

// LiaisonLoads counts for every active liaison the districts, their living agreements and
// what is overdue on a day: one statement.
func LiaisonLoads(r Reading, today models.Date) ([]LiaisonLoad, error) {
	var rows []LiaisonLoad
	err := r.reader().g.Raw(`WITH of AS (SELECT id, pal_user_id FROM organizations WHERE pal_user_id IS NOT NULL),
		districts AS (SELECT pal_user_id, COUNT(*) AS n FROM of GROUP BY pal_user_id),
		living AS (SELECT of.pal_user_id, SUM(CASE WHEN a.status = 'draft' THEN 1 ELSE 0 END) AS drafts, SUM(CASE WHEN a.status = 'signed' THEN 1 ELSE 0 END) AS signed
			FROM of JOIN agreements a ON a.organization_id = of.id GROUP BY of.pal_user_id),
		overdue AS (SELECT of.pal_user_id, COUNT(*) AS n FROM of JOIN due_items i ON i.organization_id = of.id AND i.done_on IS NULL AND i.due_on < @today GROUP BY of.pal_user_id),
		actions AS (SELECT of.pal_user_id, COUNT(*) AS n, SUM(CASE WHEN x.due_on < @today THEN 1 ELSE 0 END) AS late
			FROM of JOIN meeting_actions x ON x.organization_id = of.id AND x.status = 'open' GROUP BY of.pal_user_id)
		SELECT u.id AS user_id, u.name, COALESCE(d.n, 0) AS districts, COALESCE(l.drafts, 0) AS draft_agreements, COALESCE(l.signed, 0) AS signed_agreements,
			COALESCE(o.n, 0) AS overdue_due_items, COALESCE(c.n, 0) AS open_actions, COALESCE(c.late, 0) AS overdue_actions
		FROM users u LEFT JOIN districts d ON d.pal_user_id = u.id LEFT JOIN living l ON l.pal_user_id = u.id LEFT JOIN overdue o ON o.pal_user_id = u.id LEFT JOIN actions c ON c.pal_user_id = u.id
		WHERE u.status = 'active' AND EXISTS (SELECT 1 FROM user_roles g WHERE g.user_id = u.id AND g.role = 'pal')
		ORDER BY u.name, u.id`, sql.Named("today", today)).Scan(&rows).Error
	return rows, translate(err)
}

// DistrictsWithoutLiaison lists districts with a living agreement that nobody is assigned to.
func DistrictsWithoutLiaison(r Reading) ([]WithoutLiaison, error) {
	var rows []WithoutLiaison
	err := r.reader().g.Raw(`SELECT o.id AS organization_id, o.code, o.name, a.id AS agreement_id, a.cohort, a.assigned_on
		FROM organizations o JOIN agreements a ON a.organization_id = o.id AND a.status <> 'ended'
		WHERE o.pal_user_id IS NULL ORDER BY o.code, a.assigned_on, a.id`).Scan(&rows).Error
	return rows, translate(err)
}
