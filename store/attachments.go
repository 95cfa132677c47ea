package store

import (
	"fmt"

	"gorm.io/gorm"

	"earmark/models"
)

// StateOf is the status of a document; "" for kinds that have none. An unknown kind or
// document is NotFound.
func StateOf(r Reading, kind, id string) (models.State, error) {
	g := r.reader().g
	for _, doc := range documentKinds {
		if doc.Kind() != kind {
			continue
		}
		stmt := &gorm.Statement{DB: g}
		if err := stmt.Parse(doc); err != nil {
			return "", fmt.Errorf("table of %s: %w", kind, err)
		}
		if stmt.Schema.LookUpField("Status") == nil {
			return "", nil
		}
		var state models.State
		err := g.Raw("SELECT status FROM "+stmt.Table+" WHERE id = ?", id).Row().Scan(&state)
		return state, translate(err)
	}
	return "", translate(gorm.ErrRecordNotFound)
}

// Attachments returns a page of what the scope may see; without drafts, those of decisions
// that the office has not made are left out.
func Attachments(r Reading, scope Scope, drafts bool, where Eq, page Page) ([]models.Attachment, error) {
	g := scope.apply(paged(where.apply(r.reader().g), page), "organization_id")
	if !drafts {
		g = g.Where("NOT (document_kind = 'term_decision' AND document_id IN (SELECT id FROM term_decisions WHERE status NOT IN ?))", madeDecisions)
	}
	var rows []models.Attachment
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// LockName holds a name against other changes that ask for the same one, until the commit.
func (tx *Tx) LockName(name string) error {
	if tx.dialect != "postgres" { // SQLite's immediate transaction has the whole database
		return nil
	}
	return translate(tx.g.Exec("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", name).Error)
}

// AttachedBytes is the size of all attachments of an organization, withdrawn ones too.
func AttachedBytes(r Reading, organizationID string) (n int64, err error) {
	err = r.reader().g.Raw("SELECT COALESCE(sum(size), 0) FROM attachments WHERE organization_id = ?", organizationID).Row().Scan(&n)
	return n, translate(err)
}

// AttachedContents are the distinct contents that attachments name, in the order of their
// hashes, after one of them; Documents counts the rows.
func AttachedContents(r Reading, after string, limit int) (rows []AttachedContent, err error) {
	err = r.reader().g.Raw(`SELECT sha256, max(size) AS size, count(*) AS documents, min(id) AS attachment_id FROM attachments
		WHERE sha256 > ? GROUP BY sha256 ORDER BY sha256 LIMIT ?`, after, limit).Scan(&rows).Error
	return rows, translate(err)
}

// AttachedHashes says which of the hashes an attachment names.
func AttachedHashes(r Reading, hashes []string) (map[string]bool, error) {
	var found []string
	err := r.reader().g.Raw("SELECT DISTINCT sha256 FROM attachments WHERE sha256 IN ?", hashes).Scan(&found).Error
	out := make(map[string]bool, len(found))
	for _, sha := range found {
		out[sha] = true
	}
	return out, translate(err)
}

// AttachedContent is content that attachments name.
type AttachedContent struct {
	SHA256       string `gorm:"column:sha256"`
	Size         int64
	Documents    int64
	AttachmentID string // the first that names it
}

// RecordAttachments are the files that are attached to a version of a record or an earlier
// one and were not withdrawn, in the order they were handed in.
func RecordAttachments(r Reading, rootID string, revision int) (rows []models.Attachment, err error) {
	err = r.reader().g.Where("document_kind = 'record' AND withdrawn_on IS NULL AND document_id IN (SELECT id FROM records WHERE root_id = ? AND revision <= ?)", rootID, revision).
		Order("id").Find(&rows).Error
	return rows, translate(err)
}
