package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"earmark/models"
)

// AuditFilter narrows a list of audit events; zero values ask for everything.
type AuditFilter struct {
	DocumentKind string
	DocumentID   string
	ActorID      string
	Actor        string // beginning of the name
	Action       string
	From, Until  time.Time // From included, Until not
	// OrganizationID asks for what belongs to an organization: the kinds of ownedKinds.
	OrganizationID string
}

// ownedKinds are the documents whose events make the history of an organization. Drafts
// that the office keeps to itself are none of them.
var ownedKinds = []struct{ kind, table string }{
	{"application", "applications"}, {"revision", "revisions"}, {"payment", "payments"}, {"flag", "flags"}, {"due_item", "due_items"}, {"agreement", "agreements"},
	{"year_end_report", "year_end_reports"}, {"period_report", "period_reports"}, {"expenditure_import", "expenditure_imports"}, {"allocation_release", "allocation_releases"},
}

func ownedBy(g *gorm.DB, organizationID string) *gorm.DB {
	var parts []string
	var binds []any
	for _, o := range ownedKinds {
		parts = append(parts, "document_kind = '"+o.kind+"' AND document_id IN (SELECT id FROM "+o.table+" WHERE organization_id = ?)")
		binds = append(binds, organizationID)
	}
	return g.Where("("+strings.Join(parts, " OR ")+")", binds...)
}

// AuditEvents returns a page of the trail.
func AuditEvents(r Reading, f AuditFilter, page Page) ([]models.AuditEvent, error) {
	g := paged(r.reader().g, page)
	if f.DocumentKind != "" {
		g = g.Where("document_kind = ?", f.DocumentKind)
	}
	if f.DocumentID != "" {
		g = g.Where("document_id = ?", f.DocumentID)
	}
	if f.ActorID != "" {
		g = g.Where("actor_id = ?", f.ActorID)
	}
	if f.Actor != "" {
		g = g.Where(`lower(actor_name) LIKE ? ESCAPE '\'`, likePrefix(f.Actor))
	}
	if f.Action != "" {
		g = g.Where("action = ?", f.Action)
	}
	if !f.From.IsZero() {
		g = g.Where("at >= ?", f.From)
	}
	if !f.Until.IsZero() {
		g = g.Where("at < ?", f.Until)
	}
	if f.OrganizationID != "" {
		g = ownedBy(g, f.OrganizationID)
	}
	var rows []models.AuditEvent
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// AuditTrail returns every event of one document, oldest first.
func AuditTrail(r Reading, kind, id string) ([]models.AuditEvent, error) {
	return All[models.AuditEvent](r, Eq{"document_kind": kind, "document_id": id}, "sequence")
}

// The problems that VerifyAudit finds.
const (
	AuditChanged  = "changed"  // an event is not what was written
	AuditRemoved  = "removed"  // an event is missing, or a document changed without one
	AuditInserted = "inserted" // an event that no change wrote
)

// AuditFinding is one thing wrong with the trail.
type AuditFinding struct {
	Problem      string
	DocumentKind string
	DocumentID   string
	Sequence     int64 // of the event, or of the first of several
	Detail       string
}

// AuditReport counts what VerifyAudit walked and found.
type AuditReport struct {
	Events    int64
	Documents int64
	Changed   int64
	Removed   int64
	Inserted  int64
}

// Intact reports that nothing was found.
func (r AuditReport) Intact() bool { return r.Changed+r.Removed+r.Inserted == 0 }

// VerifyAudit recomputes every hash of the trail, walks the chain of every document and
// compares its end with the document's version, all as of one instant. It reports each
// finding as it goes (report may be nil) and keeps none, so a trail of any length can be walked.
func (db *DB) VerifyAudit(ctx context.Context, report func(AuditFinding)) (AuditReport, error) {
	return db.WatchAudit(ctx, report, func(int64) {})
}

// progressEvery is after how many events a walk says how far it is.
const progressEvery = 1000

// WatchAudit is VerifyAudit that says how many events it has walked as it goes.
func (db *DB) WatchAudit(ctx context.Context, report func(AuditFinding), progress func(events int64)) (AuditReport, error) {
	var out AuditReport
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return out, translate(err)
	}
	defer func() { _ = conn.Close() }()
	// Begun by hand: database/sql would take SQLite's write lock, and writers should not wait.
	begin := "BEGIN DEFERRED"
	if db.dialect == "postgres" {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return out, translate(err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") }()

	v := verifier{db: db, conn: conn, out: &out, report: report, progress: progress}
	if err := v.chains(ctx); err != nil {
		return out, fmt.Errorf("walk the audit trail: %w", translate(err))
	}
	if err := v.documents(ctx); err != nil {
		return out, fmt.Errorf("compare documents with the audit trail: %w", translate(err))
	}
	return out, nil
}

type verifier struct {
	db     *DB
	conn   *sql.Conn
	out    *AuditReport
	report func(AuditFinding)

	progress func(events int64)
}

func (v *verifier) found(f AuditFinding) {
	switch f.Problem {
	case AuditChanged:
		v.out.Changed++
	case AuditRemoved:
		v.out.Removed++
	case AuditInserted:
		v.out.Inserted++
	}
	if v.report != nil {
		v.report(f)
	}
}

// chains streams all events, document by document, in the order of their sequence.
func (v *verifier) chains(ctx context.Context) error {
	rows, err := v.conn.QueryContext(ctx, `SELECT id, at, actor_id, actor_name, action, document_kind, document_id, sequence,
		reason, changes, request_id, rule_version, on_behalf_of, delegation_id, previous_hash, hash FROM audit_events ORDER BY document_kind, document_id, sequence, id`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var e, last models.AuditEvent
	for rows.Next() {
		err := rows.Scan(&e.ID, &e.At, &e.ActorID, &e.ActorName, &e.Action, &e.DocumentKind, &e.DocumentID, &e.Sequence,
			&e.Reason, &e.Changes, &e.RequestID, &e.RuleVersion, &e.OnBehalfOf, &e.DelegationID, &e.PreviousHash, &e.Hash)
		if err != nil {
			return err
		}
		if v.out.Events++; v.out.Events%progressEvery == 0 {
			v.progress(v.out.Events)
		}
		if e.DocumentKind != last.DocumentKind || e.DocumentID != last.DocumentID {
			last = models.AuditEvent{}
		}
		v.event(last, e)
		last = e
	}
	return rows.Err()
}

// event judges one event by itself and by the one before it (zero for a document's first).
func (v *verifier) event(last, e models.AuditEvent) {
	f := AuditFinding{DocumentKind: e.DocumentKind, DocumentID: e.DocumentID, Sequence: e.Sequence}
	name := fmt.Sprintf("Event %d of %s %s", e.Sequence, e.DocumentKind, e.DocumentID)
	if e.ComputeHash() != e.Hash {
		f.Problem, f.Detail = AuditChanged, name+" was changed after it was written: its content does not give its hash."
		v.found(f)
	}
	switch {
	case e.Sequence <= last.Sequence || e.Sequence < 1:
		f.Problem, f.Detail = AuditInserted, name+" was inserted: the document already has an event of that number, or none can have it."
		v.found(f)
	case e.Sequence > last.Sequence+1:
		f.Problem, f.Sequence = AuditRemoved, last.Sequence+1
		f.Detail = told(last.Sequence+1, e.Sequence-1, e.DocumentKind, e.DocumentID, "removed.")
		v.found(f)
	case e.PreviousHash != last.Hash:
		f.Problem, f.Detail = AuditInserted, fmt.Sprintf("%s does not follow event %d: one of the two was inserted or written anew.", name, last.Sequence)
		if last.Sequence == 0 {
			f.Detail = name + " was inserted: it is the first and yet names one before it."
		}
		v.found(f)
	}
}

// told makes "Events 2 to 4 of application X were removed."
func told(from, to int64, kind, id, what string) string {
	if from == to {
		return fmt.Sprintf("Event %d of %s %s was %s", from, kind, id, what)
	}
	return fmt.Sprintf("Events %d to %d of %s %s were %s", from, to, kind, id, what)
}

// documents compares the version of every document with the last event it has.
func (v *verifier) documents(ctx context.Context) error {
	kinds := make([]string, 0, len(documentKinds))
	for _, doc := range documentKinds {
		table, err := tableOf(v.db.gorm, doc)
		if err != nil {
			return err
		}
		kind := doc.Kind()
		kinds = append(kinds, "'"+kind+"'")
		var n int64
		if err := v.conn.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			return err
		}
		v.out.Documents += n
		ends := "(SELECT document_id, max(sequence) AS sequence FROM audit_events WHERE document_kind = '" + kind + "' GROUP BY document_id)"
		err = v.each(ctx, "SELECT '"+kind+"', d.id, d.version, COALESCE(a.sequence, 0) FROM "+table+" d LEFT JOIN "+ends+
			" a ON a.document_id = d.id WHERE COALESCE(a.sequence, 0) <> d.version ORDER BY d.id", v.end)
		if err != nil {
			return err
		}
		err = v.each(ctx, "SELECT '"+kind+"', a.document_id, 0, a.sequence FROM "+ends+" a LEFT JOIN "+table+
			" d ON d.id = a.document_id WHERE d.id IS NULL ORDER BY a.document_id", v.unknown)
		if err != nil {
			return err
		}
	}
	return v.each(ctx, `SELECT document_kind, document_id, 0, max(sequence) FROM audit_events WHERE document_kind NOT IN (`+
		strings.Join(kinds, ", ")+`) GROUP BY document_kind, document_id ORDER BY document_kind, document_id`, v.unknown)
}

func (v *verifier) each(ctx context.Context, query string, judge func(kind, id string, version, sequence int64)) error {
	rows, err := v.conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var kind, id string
		var version, sequence int64
		if err := rows.Scan(&kind, &id, &version, &sequence); err != nil {
			return err
		}
		judge(kind, id, version, sequence)
	}
	return rows.Err()
}

// end judges a document whose version is not the number of its last event.
func (v *verifier) end(kind, id string, version, sequence int64) {
	f := AuditFinding{DocumentKind: kind, DocumentID: id}
	switch {
	case sequence > version:
		f.Problem, f.Sequence = AuditInserted, version+1
		f.Detail = told(version+1, sequence, kind, id, fmt.Sprintf("inserted: the document is at version %d.", version))
	case id == models.SystemUserID && sequence == 0 && version == 1:
		return // came with the schema; nobody made it
	case sequence == 0:
		f.Problem, f.Sequence = AuditRemoved, 1
		f.Detail = fmt.Sprintf("The whole trail of %s %s was removed: it is at version %d and has no event.", kind, id, version)
	default:
		f.Problem, f.Sequence = AuditRemoved, sequence+1
		f.Detail = told(sequence+1, version, kind, id, fmt.Sprintf("removed from the end, or the document was changed without it: it is at version %d.", version))
	}
	v.found(f)
}

// unknown judges events of a document that does not exist.
func (v *verifier) unknown(kind, id string, _, sequence int64) {
	v.found(AuditFinding{Problem: AuditInserted, DocumentKind: kind, DocumentID: id, Sequence: 1,
		Detail: told(1, sequence, kind, id, "inserted, or the document was deleted: there is no such document.")})
}
