package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"earmark/models"
)

// Tx is one transaction: the only place where documents are written. It is valid inside
// the function given to Change and nowhere else.
type Tx struct {
	Reader
	Now    time.Time // of every row this transaction writes
	newID  func() string
	moved  map[ref]int64 // documents whose version this transaction moved, and to what
	events []models.AuditEvent
	images map[ref]*image // what documents were and became, to complete their events
}

type ref struct{ kind, id string }

// NewID makes an identifier.
func (tx *Tx) NewID() string { return tx.newID() }

// Change runs fn in one transaction and commits when it returns nil. Every document that
// fn inserted or updated must have exactly one audit event, or nothing is committed.
// After a deadlock fn is run again, so it must not keep state from a failed run.
func (db *DB) Change(ctx context.Context, fn func(*Tx) error) error {
	for attempt := 0; ; attempt++ {
		err := db.gorm.WithContext(ctx).Transaction(func(g *gorm.DB) error {
			tx := &Tx{Reader: Reader{g: g, dialect: db.dialect}, Now: db.Now(), newID: db.newID, moved: map[ref]int64{}, images: map[ref]*image{}}
			if err := fn(tx); err != nil {
				return err
			}
			return tx.seal()
		})
		if err == nil || attempt == 3 || !retryable(err) {
			return translate(err)
		}
	}
}

// Insert writes a new document as version 1. It fills ID when empty, and the times.
func (tx *Tx) Insert(doc models.Document) error {
	b := doc.Base()
	if b.ID == "" {
		b.ID = tx.newID()
	}
	b.Version, b.CreatedAt, b.UpdatedAt = 1, tx.Now, tx.Now
	tx.moved[ref{doc.Kind(), b.ID}] = 1
	tx.became(doc, nil)
	return translate(tx.g.Create(doc).Error)
}

// Update writes the named columns of a document and moves its version by one (once per
// transaction). It is the only update of a document: zero rows means Stale.
func (tx *Tx) Update(doc models.Document, columns ...string) error {
	b := doc.Base()
	read := b.Version
	key := ref{doc.Kind(), b.ID}
	if _, again := tx.moved[key]; !again {
		b.Version++
		tx.moved[key] = b.Version
	}
	b.UpdatedAt = tx.Now
	tx.became(doc, columns)
	res := tx.g.Model(doc).Where("version = ?", read).Select(append(columns, "version", "updated_at")).Updates(doc)
	if res.Error != nil {
		return translate(res.Error)
	}
	if res.RowsAffected == 0 {
		return stale()
	}
	return nil
}

// Audit records why a document moved. Event needs actor, action, reason and changes; the
// rest is filled here and when the transaction is sealed.
func (tx *Tx) Audit(doc models.Document, e models.AuditEvent) {
	e.ID, e.At = tx.newID(), tx.Now
	e.DocumentKind, e.DocumentID = doc.Kind(), doc.Base().ID
	tx.events = append(tx.events, e)
}

// Create writes rows that are not documents: children, links, notices, snapshots.
// rows is a pointer to a struct or a slice of structs; a slice is written in batches.
func (tx *Tx) Create(rows any) error {
	return translate(tx.g.CreateInBatches(rows, 200).Error)
}

// CreateMissing is Create, but passes over rows that exist already (by any unique key).
func (tx *Tx) CreateMissing(rows any) error {
	return translate(tx.g.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 200).Error)
}

// Set writes the named columns of rows that are not documents.
func (tx *Tx) Set(row any, where Eq, columns ...string) error {
	return translate(where.apply(tx.g.Model(row)).Select(columns).Updates(row).Error)
}

// Remove deletes rows that are not documents (model says which table).
func (tx *Tx) Remove(model any, where Eq) error {
	if len(where) == 0 {
		return fmt.Errorf("refusing to remove every row of %T", model)
	}
	return translate(where.apply(tx.g).Delete(model).Error)
}

// Counter returns the next number of a named series, starting at 1.
func (tx *Tx) Counter(name string) (int64, error) {
	var v int64
	err := tx.g.Raw(`INSERT INTO counters (name, value) VALUES (?, 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`, name).Scan(&v).Error
	return v, translate(err)
}

// Counters takes count numbers of a named series at once and returns the last of them.
func (tx *Tx) Counters(name string, count int64) (int64, error) {
	var v int64
	err := tx.g.Raw(`INSERT INTO counters (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value`, name, count).Scan(&v).Error
	return v, translate(err)
}

var auditColumns = []string{"id", "at", "actor_id", "actor_name", "action", "document_kind", "document_id", "sequence", "reason", "changes",
	"request_id", "rule_version", "on_behalf_of", "delegation_id", "previous_hash", "hash"}

// seal checks that the audit trail tells of every change, chains the events and writes them.
func (tx *Tx) seal() error {
	told := make(map[ref]bool, len(tx.events))
	for i := range tx.events {
		e := &tx.events[i]
		key := ref{e.DocumentKind, e.DocumentID}
		version, moved := tx.moved[key]
		if !moved || told[key] {
			return fmt.Errorf("audit: %s %s has an event without a change, or two", key.kind, key.id)
		}
		told[key] = true
		e.Sequence = version
		if err := tx.complete(key, e); err != nil {
			return err
		}
		if err := plainEvent(e); err != nil {
			return err
		}
	}
	if len(told) != len(tx.moved) {
		return fmt.Errorf("audit: %d documents changed, %d events", len(tx.moved), len(told))
	}
	if len(tx.events) == 0 {
		return nil
	}
	if err := tx.chain(); err != nil {
		return err
	}
	if len(tx.events) <= 50 {
		return translate(tx.g.Create(tx.events).Error)
	}
	rows := make([][]any, len(tx.events))
	for i, e := range tx.events {
		rows[i] = []any{e.ID, e.At, e.ActorID, e.ActorName, e.Action, e.DocumentKind, e.DocumentID, e.Sequence, e.Reason, e.Changes, e.RequestID, e.RuleVersion, e.OnBehalfOf, e.DelegationID, e.PreviousHash, e.Hash}
	}
	return tx.insertRows("audit_events", auditColumns, "", rows)
}

// plainEvent refuses texts that hold the separator of hashed fields.
func plainEvent(e *models.AuditEvent) error {
	for _, text := range []string{e.Reason, e.Changes, e.ActorName, e.RequestID} {
		if strings.Contains(text, models.AuditSeparator) {
			return models.Field("/reason", "characters", "The text contains a control character.", "Remove it.")
		}
	}
	return nil
}

// chain gives every event the hash of its document's previous event, then its own.
func (tx *Tx) chain() error {
	type key struct {
		ref
		sequence int64
	}
	var before []any // kind, identifier and sequence of the events to follow
	for i := range tx.events {
		if e := &tx.events[i]; e.Sequence > 1 {
			before = append(before, e.DocumentKind, e.DocumentID, e.Sequence-1)
		}
	}
	hashes := map[key]string{}
	for part := range slices.Chunk(before, 3*200) { // by the whole unique key: the trail grows without end
		var rows []models.AuditEvent
		err := tx.g.Raw(`WITH wanted (kind, id, sequence) AS (VALUES `+strings.TrimSuffix(strings.Repeat("(?, ?, CAST(? AS BIGINT)),", len(part)/3), ",")+`)
			SELECT a.document_kind, a.document_id, a.sequence, a.hash FROM wanted w
			JOIN audit_events a ON a.document_kind = w.kind AND a.document_id = w.id AND a.sequence = w.sequence`, part...).Scan(&rows).Error
		if err != nil {
			return translate(err)
		}
		for _, r := range rows {
			hashes[key{ref{r.DocumentKind, r.DocumentID}, r.Sequence}] = r.Hash
		}
	}
	for i := range tx.events {
		e := &tx.events[i]
		if e.Sequence > 1 {
			prev, ok := hashes[key{ref{e.DocumentKind, e.DocumentID}, e.Sequence - 1}]
			if !ok {
				return fmt.Errorf("audit: %s %s has no event %d to follow", e.DocumentKind, e.DocumentID, e.Sequence-1)
			}
			e.PreviousHash = prev
		}
		e.Hash = e.ComputeHash()
	}
	return nil
}
