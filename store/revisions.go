package store

import (
	"earmark/models"
)

// LineVersionRow is a line version with what its line and revision say.
type LineVersionRow struct {
	Version        models.LineVersion `gorm:"embedded"`
	RevisionNumber int
	LineNumber     int
	LineStatus     models.State
	LineSpentCents models.Cents
	LineApprovedOn models.Date
}

// LineVersionsUpTo returns, by line and then by revision, every version of an
// application's lines in the revision itself and in approved revisions before it.
func (r *Reader) LineVersionsUpTo(rev models.Revision) ([]LineVersionRow, error) {
	var rows []LineVersionRow
	err := r.g.Raw(`SELECT v.*, r.number AS revision_number, l.number AS line_number, l.status AS line_status,
			l.spent_cents AS line_spent_cents, l.approved_on AS line_approved_on
		FROM line_items l
		JOIN line_versions v ON v.line_item_id = l.id
		JOIN revisions r ON r.id = v.revision_id
		WHERE l.application_id = ? AND (r.id = ? OR (r.status = 'approved' AND r.number < ?))
		ORDER BY l.number, r.number`, rev.ApplicationID, rev.ID, rev.Number).Scan(&rows).Error
	return rows, translate(err)
}

// CellSpent is what was spent in one function x object cell of an application.
type CellSpent struct {
	FunctionCode string
	ObjectCode   string
	AmountCents  models.Cents
}

// SpentByCell sums an application's expenditures by cell.
func (r *Reader) SpentByCell(applicationID string) ([]CellSpent, error) {
	var rows []CellSpent
	err := r.g.Raw(`SELECT e.function_code, e.object_code, SUM(e.amount_cents) AS amount_cents
		FROM line_items l JOIN expenditures e ON e.line_item_id = l.id
		WHERE l.application_id = ? GROUP BY e.function_code, e.object_code ORDER BY 1, 2`, applicationID).Scan(&rows).Error
	return rows, translate(err)
}

// SpentTotal sums the running totals of an application's lines.
func (r *Reader) SpentTotal(applicationID string) (models.Cents, error) {
	var total models.Cents
	err := r.g.Raw(`SELECT COALESCE(SUM(spent_cents), 0) FROM line_items WHERE application_id = ?`, applicationID).Scan(&total).Error
	return total, translate(err)
}

// PaymentsTotal sums the payments of an application that were not cancelled. What was
// returned is not paid again, so it stays in.
func (r *Reader) PaymentsTotal(applicationID string) (models.Cents, error) {
	var total models.Cents
	err := r.g.Raw(`SELECT COALESCE(SUM(CASE WHEN status = 'paid' THEN paid_cents ELSE amount_cents END), 0)
		FROM payments WHERE application_id = ? AND status <> 'cancelled' AND payment_kind = 'award'`, applicationID).Scan(&total).Error
	return total, translate(err)
}

// EarlierFundedYears counts the program's earlier fiscal years in which the organization
// had an approved application.
func (r *Reader) EarlierFundedYears(programCode string, before int, organizationID string) (int, error) {
	var n int
	err := r.g.Raw(`SELECT COUNT(*) FROM applications a JOIN grant_years g ON g.id = a.grant_year_id
		WHERE g.program_code = ? AND g.fiscal_year < ? AND a.organization_id = ? AND a.status = 'in_force'`,
		programCode, before, organizationID).Scan(&n).Error
	return n, translate(err)
}

// Limit says how far a line may be spent above its approved amount; see programs.Tolerance.
type Limit struct {
	PercentBP  int64
	FloorCents int64
	CapCents   int64 // 0: no cap
	None       bool  // no limit at all
}

// TakeForce puts a revision's lines in force: each line item gets the content, amount and
// spending limit of its version in this revision; lines that were added and denied are
// dropped. One statement each, whatever the number of lines.
func (tx *Tx) TakeForce(revisionID string, on models.Date, limit Limit) error {
	allowed := "v.amount_cents * @bp / 10000"
	allowed = "(CASE WHEN " + allowed + " > @floor THEN " + allowed + " ELSE @floor END)"
	allowed = "(CASE WHEN @cap > 0 AND " + allowed + " > @cap THEN @cap ELSE " + allowed + " END)"
	room := "v.amount_cents + " + allowed
	if limit.None {
		room = "9223372036854775807"
	}
	args := map[string]any{"rev": revisionID, "on": string(on), "bp": limit.PercentBP, "floor": limit.FloorCents, "cap": limit.CapCents, "now": tx.Now}
	err := tx.g.Exec(`UPDATE line_items SET
			status = CASE WHEN v.action = 'remove' THEN 'removed' ELSE 'in_force' END,
			version_id = v.id, use_category = v.use_category, function_code = v.function_code, school_id = v.school_id,
			description = v.description, amount_cents = v.amount_cents, limit_cents = `+room+`,
			object_code = COALESCE((SELECT c.object_code FROM line_costs c WHERE c.line_version_id = v.id ORDER BY c.amount_cents DESC, c.object_code LIMIT 1), line_items.object_code),
			link_status = CASE WHEN EXISTS (SELECT 1 FROM line_links k WHERE k.line_version_id = v.id AND k.target_id <> '') THEN 'target'
				WHEN EXISTS (SELECT 1 FROM line_links k WHERE k.line_version_id = v.id) THEN 'goal_only' ELSE 'none' END,
			approved_on = COALESCE(line_items.approved_on, @on), updated_at = @now
		FROM line_versions v
		WHERE v.line_item_id = line_items.id AND v.revision_id = @rev AND v.decision <> 'denied'`, args).Error
	if err != nil {
		return translate(err)
	}
	return translate(tx.g.Exec(`UPDATE line_items SET status = 'dropped', updated_at = @now
		WHERE status = 'proposed' AND id IN (SELECT v.line_item_id FROM line_versions v WHERE v.revision_id = @rev AND v.decision = 'denied')`, args).Error)
}

// DropProposed marks the lines that only this revision proposed as dropped: it was denied
// or withdrawn.
func (tx *Tx) DropProposed(revisionID string) error {
	return translate(tx.g.Exec(`UPDATE line_items SET status = 'dropped', updated_at = ?
		WHERE status = 'proposed' AND id IN (SELECT v.line_item_id FROM line_versions v WHERE v.revision_id = ? AND v.action = 'add')`, tx.Now, revisionID).Error)
}

// DecidePending gives every line version of the revision that nobody decided the decision.
func (tx *Tx) DecidePending(revisionID, decision, step, userID string) error {
	return translate(tx.g.Exec(`UPDATE line_versions SET decision = ?, decision_step = ?, decided_by = ?
		WHERE revision_id = ? AND decision = 'pending'`, decision, step, userID, revisionID).Error)
}

// ReopenLines sets the decisions of returned and approved lines back to pending, for the
// next round of review. Reasons stay readable until the line is decided again. What was
// denied stays so, unless the district wrote the line anew: its money may be planned elsewhere.
func (tx *Tx) ReopenLines(revisionID string) error {
	return translate(tx.g.Exec(`UPDATE line_versions SET decision = 'pending' WHERE revision_id = ? AND decision IN ('returned', 'approved')`, revisionID).Error)
}

// PaidTotal sums what was paid to an application, less what it returned.
func (r *Reader) PaidTotal(applicationID string) (models.Cents, error) {
	var total models.Cents
	err := r.g.Raw(`SELECT COALESCE(SUM(paid_cents), 0) FROM payments WHERE application_id = ? AND status = 'paid'`, applicationID).Scan(&total).Error
	return total, translate(err)
}

// LockLines holds an application's lines against postings until the commit, so that what
// is spent cannot pass an amount between the check and the approval.
func (tx *Tx) LockLines(applicationID string) error {
	if tx.dialect != "postgres" { // SQLite's immediate transaction has the whole database
		return nil
	}
	var ids []string
	return translate(tx.g.Raw(`SELECT id FROM line_items WHERE application_id = ? ORDER BY number FOR UPDATE`, applicationID).Scan(&ids).Error)
}
