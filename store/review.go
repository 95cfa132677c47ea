package store

import (
	"time"

	"earmark/models"
)

// What reviewers look at: everything that waits, read in a number of queries that does not
// depend on how much it is.

// QueueRow is a revision waiting for review, with what sorts the queue.
type QueueRow struct {
	Revision         models.Revision `gorm:"embedded"`
	Reference        string
	OrganizationName string
	OrganizationCode string
	PALUserID        *string
	OpenFlags        int
}

// ReviewQueue lists the revisions that wait for review and that the scope sees, the oldest
// first.
func (r *Reader) ReviewQueue(scope Scope, where Eq) ([]QueueRow, error) {
	g := r.g.Table("revisions").Select(`revisions.*, applications.reference, organizations.name AS organization_name,
		organizations.code AS organization_code, organizations.pal_user_id,
		(SELECT COUNT(*) FROM flags WHERE flags.application_id = revisions.application_id AND flags.status IN ('open','acknowledged')) AS open_flags`).
		Joins("JOIN applications ON applications.id = revisions.application_id").
		Joins("JOIN organizations ON organizations.id = revisions.organization_id").
		Where("revisions.status IN ('submitted','in_review')")
	for column, value := range where {
		g = g.Where("revisions."+column+" = ?", value)
	}
	var rows []QueueRow
	err := scope.apply(g, "revisions.organization_id").Order("revisions.submitted_at, revisions.id").Scan(&rows).Error
	return rows, translate(err)
}

// LineVersionsOf are the line versions of applications in approved revisions and in the
// given open ones, by application, line and revision.
func (r *Reader) LineVersionsOf(applicationIDs, revisionIDs []string) ([]YearVersionRow, error) {
	var rows []YearVersionRow
	if len(applicationIDs) == 0 {
		return rows, nil
	}
	err := r.g.Raw(`SELECT v.*, r.number AS revision_number, l.number AS line_number, l.status AS line_status,
			l.spent_cents AS line_spent_cents, l.approved_on AS line_approved_on, l.application_id
		FROM line_items l
		JOIN line_versions v ON v.line_item_id = l.id
		JOIN revisions r ON r.id = v.revision_id
		WHERE l.application_id IN ? AND (r.status = 'approved' OR r.id IN ?)
		ORDER BY l.application_id, l.number, r.number`, applicationIDs, revisionIDs).Scan(&rows).Error
	return rows, translate(err)
}

// LineCostsOf and LineLinksOf are the costs and links of every line version of applications.
func (r *Reader) LineCostsOf(applicationIDs []string) ([]models.LineCost, error) {
	var rows []models.LineCost
	if len(applicationIDs) == 0 {
		return rows, nil
	}
	err := r.g.Raw(`SELECT c.* FROM line_items l JOIN line_versions v ON v.line_item_id = l.id JOIN line_costs c ON c.line_version_id = v.id
		WHERE l.application_id IN ? ORDER BY c.line_version_id, c.object_code`, applicationIDs).Scan(&rows).Error
	return rows, translate(err)
}

// LineLinksOf: see LineCostsOf.
func (r *Reader) LineLinksOf(applicationIDs []string) ([]models.LineLink, error) {
	var rows []models.LineLink
	if len(applicationIDs) == 0 {
		return rows, nil
	}
	err := r.g.Raw(`SELECT k.* FROM line_items l JOIN line_versions v ON v.line_item_id = l.id JOIN line_links k ON k.line_version_id = v.id
		WHERE l.application_id IN ? ORDER BY k.line_version_id, k.goal_id, k.target_id`, applicationIDs).Scan(&rows).Error
	return rows, translate(err)
}

// ReceiptsOf calls fn with the receipt of the allocation of each application.
func (r *Reader) ReceiptsOf(applicationIDs []string, fn func(applicationID, receipt string) error) error {
	if len(applicationIDs) == 0 {
		return nil
	}
	g := r.g.Raw(`SELECT a.id, l.receipt FROM applications a JOIN allocations l ON l.id = a.allocation_id WHERE a.id IN ?`, applicationIDs)
	return eachRow(g, func(scan func(...any) error) error {
		var id, receipt string
		if err := scan(&id, &receipt); err != nil {
			return err
		}
		return fn(id, receipt)
	})
}

// FlaggedLines are the line items of applications that have a flag nobody settled.
func (r *Reader) FlaggedLines(applicationIDs []string) ([]string, error) {
	var ids []string
	if len(applicationIDs) == 0 {
		return ids, nil
	}
	err := r.g.Raw(`SELECT DISTINCT line_item_id FROM flags WHERE application_id IN ? AND status IN ('open','acknowledged') AND line_item_id <> '' ORDER BY 1`, applicationIDs).Scan(&ids).Error
	return ids, translate(err)
}

// DecidedLine is a line of an organization as it was decided on in a revision that is over.
type DecidedLine struct {
	RevisionID     string
	RevisionNumber int
	ApplicationID  string
	Reference      string
	ProgramCode    string
	FiscalYear     int
	LineNumber     int
	UseCategory    string
	FunctionCode   string
	ObjectCode     string // of its largest cost
	Description    string
	AmountCents    models.Cents
	Decision       string
	Reason         string
	DecidedBy      *string
	DecidedAt      *time.Time // of the revision
}

// DecidedLines are the lines of an organization's revisions of a program that were decided
// on, of every year, the latest first; not those of one revision.
func (r *Reader) DecidedLines(organizationID, programCode, exceptRevisionID string) ([]DecidedLine, error) {
	var rows []DecidedLine
	err := r.g.Raw(`SELECT v.revision_id, r.number AS revision_number, r.application_id, a.reference, g.program_code, g.fiscal_year,
			l.number AS line_number, v.use_category, v.function_code,
			COALESCE((SELECT c.object_code FROM line_costs c WHERE c.line_version_id = v.id ORDER BY c.amount_cents DESC, c.object_code LIMIT 1), '') AS object_code,
			v.description, v.amount_cents, v.decision, v.decision_reason AS reason, v.decided_by, r.decided_at
		FROM revisions r
		JOIN applications a ON a.id = r.application_id
		JOIN grant_years g ON g.id = r.grant_year_id
		JOIN line_versions v ON v.revision_id = r.id
		JOIN line_items l ON l.id = v.line_item_id
		WHERE r.organization_id = ? AND g.program_code = ? AND r.id <> ? AND r.status IN ('approved','denied') AND v.decision IN ('approved','denied')
		ORDER BY g.fiscal_year DESC, r.number DESC, l.number`, organizationID, programCode, exceptRevisionID).Scan(&rows).Error
	return rows, translate(err)
}

// LineAnswers are the events that tell decisions on lines of an organization's revisions of
// a program, and the submissions between them, in the order they were taken.
func (r *Reader) LineAnswers(organizationID, programCode string) ([]models.AuditEvent, error) {
	var rows []models.AuditEvent
	err := r.g.Raw(`SELECT e.* FROM audit_events e
		WHERE e.document_kind = 'revision' AND e.action IN ('decide_line_item','decide_line_items','approve_low_risk_lines','submit')
			AND e.document_id IN (SELECT r.id FROM revisions r JOIN grant_years g ON g.id = r.grant_year_id WHERE r.organization_id = ? AND g.program_code = ?)
		ORDER BY e.at, e.document_id, e.sequence`, organizationID, programCode).Scan(&rows).Error
	return rows, translate(err)
}
