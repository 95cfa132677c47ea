package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

// note is an audit event of a test.
func note(action string) models.AuditEvent {
	return models.AuditEvent{ActorID: models.SystemUserID, ActorName: "Earmark", Action: action, Reason: "a test", Changes: "{}", RequestID: "t-1"}
}

// school inserts an organization and changes it until it is at the version.
func school(t testing.TB, db *store.DB, code string, version int64) models.Organization {
	t.Helper()
	o := models.Organization{OrgKind: models.KindSchool, Code: code, Name: "Larkspur Test School " + code}
	if err := db.Change(t.Context(), func(tx *store.Tx) error {
		tx.Audit(&o, note("create"))
		return tx.Insert(&o)
	}); err == nil {
		t.Fatal("an event before its change must not carry an empty identifier")
	}
	o.ID = ""
	if err := db.Change(t.Context(), func(tx *store.Tx) error {
		if err := tx.Insert(&o); err != nil {
			return err
		}
		tx.Audit(&o, note("create"))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for o.Version < version {
		if err := rename(t.Context(), db, &o, fmt.Sprintf("Larkspur Test School %s.%d", code, o.Version)); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func rename(ctx context.Context, db *store.DB, o *models.Organization, name string) error {
	return db.Change(ctx, func(tx *store.Tx) error {
		fresh, err := store.Lock[models.Organization](tx, o.ID, 0)
		if err != nil {
			return err
		}
		fresh.Name = name
		if err := tx.Update(&fresh, "name"); err != nil {
			return err
		}
		tx.Audit(&fresh, note("rename"))
		*o = fresh
		return nil
	})
}

// exec runs SQL as somebody with the keys of the database would.
func exec(t testing.TB, db *store.DB, query string, args ...any) {
	t.Helper()
	if db.Dialect() == "postgres" {
		for i := 1; strings.Contains(query, "?"); i++ {
			query = strings.Replace(query, "?", fmt.Sprintf("$%d", i), 1)
		}
	}
	if _, err := db.SQL().ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// unlock takes the triggers of the audit trail away.
func unlock(t testing.TB, db *store.DB) {
	t.Helper()
	if db.Dialect() == "postgres" {
		exec(t, db, "DROP TRIGGER audit_events_fixed ON audit_events")
		return
	}
	exec(t, db, "DROP TRIGGER audit_events_no_update")
	exec(t, db, "DROP TRIGGER audit_events_no_delete")
}

func verify(t testing.TB, db *store.DB) (store.AuditReport, []store.AuditFinding) {
	t.Helper()
	var found []store.AuditFinding
	report, err := db.VerifyAudit(t.Context(), func(f store.AuditFinding) { found = append(found, f) })
	if err != nil {
		t.Fatal(err)
	}
	return report, found
}

// forge writes an event whose own hash is right.
func forge(t testing.TB, db *store.DB, e models.AuditEvent) {
	t.Helper()
	e.ID, e.At = storetest.NewID(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	e.Hash = e.ComputeHash()
	exec(t, db, `INSERT INTO audit_events (id, at, actor_id, actor_name, action, document_kind, document_id, sequence, reason, changes, request_id, rule_version, on_behalf_of, delegation_id, previous_hash, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, e.ID, e.At, e.ActorID, e.ActorName, e.Action, e.DocumentKind, e.DocumentID, e.Sequence,
		e.Reason, e.Changes, e.RequestID, e.RuleVersion, e.OnBehalfOf, e.DelegationID, e.PreviousHash, e.Hash)
}

func TestVerifyAuditFindsNothingInAnIntactTrail(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	if report, found := verify(t, db); !report.Intact() || report.Events != 0 {
		t.Fatalf("a new database: %+v %v", report, found)
	}
	for i := range 3 {
		school(t, db, fmt.Sprintf("0010%d", i), int64(i+1))
	}
	report, found := verify(t, db)
	if !report.Intact() || len(found) > 0 {
		t.Fatalf("intact trail: %+v %v", report, found)
	}
	if report.Events != 6 || report.Documents != 4 { // three schools and the system's user
		t.Fatalf("walked %d events of %d documents", report.Events, report.Documents)
	}
}

func TestVerifyAuditFindsTampering(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		tamper  func(t *testing.T, db *store.DB, o models.Organization) // o is at version 5
		problem string
		first   int64
		says    string
		count   int
	}{
		{"a changed reason", func(t *testing.T, db *store.DB, o models.Organization) {
			exec(t, db, "UPDATE audit_events SET reason = 'another' WHERE document_id = ? AND sequence = 3", o.ID)
		}, store.AuditChanged, 3, "was changed after it was written", 1},
		{"a changed time", func(t *testing.T, db *store.DB, o models.Organization) {
			exec(t, db, "UPDATE audit_events SET at = ? WHERE document_id = ? AND sequence = 5", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), o.ID)
		}, store.AuditChanged, 5, "was changed after it was written", 1},
		{"a removed row in the middle", func(t *testing.T, db *store.DB, o models.Organization) {
			exec(t, db, "DELETE FROM audit_events WHERE document_id = ? AND sequence = 3", o.ID)
		}, store.AuditRemoved, 3, "Event 3 of organization", 1},
		{"two removed rows at the start", func(t *testing.T, db *store.DB, o models.Organization) {
			exec(t, db, "DELETE FROM audit_events WHERE document_id = ? AND sequence < 3", o.ID)
		}, store.AuditRemoved, 1, "Events 1 to 2 of organization", 1},
		{"a removed tail", func(t *testing.T, db *store.DB, o models.Organization) {
			exec(t, db, "DELETE FROM audit_events WHERE document_id = ? AND sequence > 3", o.ID)
		}, store.AuditRemoved, 4, "were removed from the end", 1},
		{"a removed trail", func(t *testing.T, db *store.DB, o models.Organization) {
			exec(t, db, "DELETE FROM audit_events WHERE document_id = ?", o.ID)
		}, store.AuditRemoved, 1, "The whole trail of organization", 1},
		{"a document changed without an event", func(t *testing.T, db *store.DB, o models.Organization) {
			exec(t, db, "UPDATE organizations SET name = 'Quietly Renamed School', version = 6 WHERE id = ?", o.ID)
		}, store.AuditRemoved, 6, "changed without it", 1},
		{"a row inserted beyond the version", func(t *testing.T, db *store.DB, o models.Organization) {
			trail, err := store.AuditTrail(db.Read(t.Context()), "organization", o.ID)
			if err != nil {
				t.Fatal(err)
			}
			e := note("approve")
			e.DocumentKind, e.DocumentID, e.Sequence, e.PreviousHash = "organization", o.ID, 6, trail[4].Hash
			forge(t, db, e)
		}, store.AuditInserted, 6, "the document is at version 5", 1},
		{"a giver written in afterwards", func(t *testing.T, db *store.DB, o models.Organization) {
			exec(t, db, "UPDATE audit_events SET on_behalf_of = 'somebody' WHERE document_id = ? AND sequence = 2", o.ID)
		}, store.AuditChanged, 2, "was changed after it was written", 1},
		{"a row put in the place of another", func(t *testing.T, db *store.DB, o models.Organization) {
			trail, err := store.AuditTrail(db.Read(t.Context()), "organization", o.ID)
			if err != nil {
				t.Fatal(err)
			}
			exec(t, db, "DELETE FROM audit_events WHERE document_id = ? AND sequence = 3", o.ID)
			e := note("approve")
			e.DocumentKind, e.DocumentID, e.Sequence, e.PreviousHash = "organization", o.ID, 3, trail[1].Hash
			forge(t, db, e)
		}, store.AuditInserted, 4, "does not follow event 3", 1},
		{"a row inserted where the unique index is gone", func(t *testing.T, db *store.DB, o models.Organization) {
			if db.Dialect() == "postgres" {
				exec(t, db, "ALTER TABLE audit_events DROP CONSTRAINT audit_events_document_kind_document_id_sequence_key")
			} else {
				exec(t, db, `CREATE TABLE copied (id TEXT, at TIMESTAMP, actor_id TEXT, actor_name TEXT, action TEXT, document_kind TEXT, document_id TEXT, sequence BIGINT,
					reason TEXT, changes TEXT, request_id TEXT, rule_version TEXT, on_behalf_of TEXT, delegation_id TEXT, previous_hash TEXT, hash TEXT)`)
				exec(t, db, "INSERT INTO copied SELECT * FROM audit_events")
				exec(t, db, "DROP TABLE audit_events")
				exec(t, db, "ALTER TABLE copied RENAME TO audit_events")
			}
			e := note("approve")
			e.DocumentKind, e.DocumentID, e.Sequence = "organization", o.ID, 5
			forge(t, db, e)
		}, store.AuditInserted, 5, "already has an event of that number", 1},
		{"a row of a document that does not exist", func(t *testing.T, db *store.DB, _ models.Organization) {
			e := note("create")
			e.DocumentKind, e.DocumentID, e.Sequence = "payment", storetest.NewID(), 1
			forge(t, db, e)
		}, store.AuditInserted, 1, "there is no such document", 1},
		{"a row of a kind that does not exist", func(t *testing.T, db *store.DB, _ models.Organization) {
			e := note("create")
			e.DocumentKind, e.DocumentID, e.Sequence = "present", storetest.NewID(), 1
			forge(t, db, e)
		}, store.AuditInserted, 1, "there is no such document", 1},
		{"a deleted document", func(t *testing.T, db *store.DB, o models.Organization) {
			exec(t, db, "DELETE FROM organizations WHERE id = ?", o.ID)
		}, store.AuditInserted, 1, "or the document was deleted", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			school(t, db, "00101", 4)
			o := school(t, db, "00102", 5)
			school(t, db, "00103", 2)
			unlock(t, db)
			tt.tamper(t, db, o)
			report, found := verify(t, db)
			if report.Intact() || len(found) != tt.count {
				t.Fatalf("%d findings, want %d: %+v", len(found), tt.count, found)
			}
			f := found[0]
			if f.Problem != tt.problem || f.Sequence != tt.first || !strings.Contains(f.Detail, tt.says) {
				t.Errorf("found %+v, want %s of event %d saying %q", f, tt.problem, tt.first, tt.says)
			}
			counted := map[string]int64{store.AuditChanged: report.Changed, store.AuditRemoved: report.Removed, store.AuditInserted: report.Inserted}
			if counted[tt.problem] != int64(tt.count) {
				t.Errorf("counted %+v", report)
			}
		})
	}
}

func TestVerifyAuditDoesNotStopWriters(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	school(t, db, "00101", 2)
	o := school(t, db, "00102", 2)
	var once sync.Once
	unlock(t, db)
	exec(t, db, "UPDATE audit_events SET reason = 'another' WHERE sequence = 1")
	report, err := db.VerifyAudit(t.Context(), func(store.AuditFinding) {
		once.Do(func() { // in the middle of the walk
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if err := rename(ctx, db, &o, "Renamed During The Walk"); err != nil {
				t.Error(err)
			}
		})
	})
	if err != nil || report.Changed != 2 || report.Removed+report.Inserted != 0 {
		t.Fatalf("%+v %v", report, err) // as of one instant: the new version is not seen
	}
}

func TestAppendOnlyTablesRefuseRewriting(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	o := school(t, db, "00101", 2)
	seedHistory(t, db, o.ID)
	for table, column := range map[string]string{"audit_events": "reason", "expenditures": "memo", "allocations": "receipt", "approvals": "comment",
		"record_signatures": "signer_name", "record_decisions": "comment"} {
		for _, query := range []string{"UPDATE " + table + " SET " + column + " = 'rewritten'", "DELETE FROM " + table} {
			if _, err := db.SQL().ExecContext(t.Context(), query); err == nil || !strings.Contains(err.Error(), "append-only: "+table) {
				t.Errorf("%s: %v", query, err)
			}
		}
		if db.Dialect() == "postgres" {
			if _, err := db.SQL().ExecContext(t.Context(), "TRUNCATE "+table+" CASCADE"); err == nil {
				t.Errorf("TRUNCATE %s was possible", table)
			}
		}
	}
	if _, err := db.SQL().ExecContext(t.Context(), "UPDATE revisions SET reason = 'rewritten'"); err == nil {
		t.Error("a decided revision was rewritten")
	}
}

// seedHistory puts one row into every append-only table.
func seedHistory(t *testing.T, db *store.DB, organizationID string) {
	t.Helper()
	now := db.Now()
	root := func(id string) models.Root { return models.Root{ID: id, Version: 1, CreatedAt: now, UpdatedAt: now} }
	rows := []any{
		&models.GrantYear{Root: root("gy"), ProgramCode: "test", FiscalYear: 2026, Status: "open", StartsOn: "2025-10-01", EndsOn: "2026-09-30"},
		&models.AllocationRun{Root: root("run"), GrantYearID: "gy", Number: 1, Status: "draft", PoolCents: 100, AllocatedCents: 100},
		&models.Allocation{ID: "alloc", RunID: "run", GrantYearID: "gy", OrganizationID: organizationID, AmountCents: 100},
		&models.Application{Root: root("app"), GrantYearID: "gy", OrganizationID: organizationID, Reference: "T-1", Status: "open"},
		&models.Revision{Root: root("rev"), ApplicationID: "app", GrantYearID: "gy", OrganizationID: organizationID, Status: "approved"},
		&models.Approval{ID: "ok", RevisionID: "rev", Round: 1, Step: "program", Decision: "approve", UserID: models.SystemUserID, At: now},
		&models.Record{Root: root("rec"), GrantYearID: "gy", OrganizationID: organizationID, RecordKind: "mou", Reference: "M-1", RootID: "rec", Status: "submitted"},
		&models.RecordSignature{ID: "sig", RecordID: "rec", Submission: 1, Party: "chief", SignedOn: "2026-01-05", RecordedBy: models.SystemUserID, CreatedAt: now},
		&models.RecordDecision{ID: "dec", RecordID: "rec", Submission: 1, Step: "decision", Decision: "approve", UserID: models.SystemUserID, At: now},
		&models.LineItem{ID: "line", ApplicationID: "app", GrantYearID: "gy", OrganizationID: organizationID, Number: 1, Status: "in_force",
			AmountCents: 100, LimitCents: 100, LinkStatus: "none", CreatedAt: now, UpdatedAt: now},
		&models.Expenditure{Root: root("exp"), LineItemID: "line", ApplicationID: "app", GrantYearID: "gy", OrganizationID: organizationID,
			AmountCents: 5, SpentOn: "2026-01-01", PostedOn: "2026-01-01"},
	}
	if err := db.Change(t.Context(), func(tx *store.Tx) error {
		for _, row := range rows {
			if err := tx.Create(row); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestChangeRefusesADocumentChangeWithoutAnEvent(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	o := school(t, db, "00101", 1)
	refused := func(why string, fn func(tx *store.Tx) error) {
		t.Helper()
		if err := db.Change(t.Context(), fn); err == nil || !strings.Contains(err.Error(), "audit: ") {
			t.Errorf("%s: %v", why, err)
		}
	}
	refused("update without an event", func(tx *store.Tx) error { c := o; c.Name = "No Event"; return tx.Update(&c, "name") })
	refused("insert without an event", func(tx *store.Tx) error {
		return tx.Insert(&models.Organization{OrgKind: models.KindSchool, Code: "00109", Name: "No Event"})
	})
	refused("two events", func(tx *store.Tx) error {
		c := o
		err := tx.Update(&c, "name")
		tx.Audit(&c, note("rename"))
		tx.Audit(&c, note("rename"))
		return err
	})
	refused("an event without a change", func(tx *store.Tx) error { c := o; tx.Audit(&c, note("rename")); return nil })
	kept, err := store.Get[models.Organization](db.Read(t.Context()), o.ID)
	if err != nil || kept.Version != 1 || kept.Name != o.Name {
		t.Fatalf("something was kept: %+v %v", kept, err)
	}
	if report, found := verify(t, db); !report.Intact() || report.Events != 1 {
		t.Fatalf("%+v %v", report, found)
	}
}

func TestSixteenWritersLoseNothing(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	o := school(t, db, "00101", 1)
	exec(t, db, "UPDATE organizations SET county = '0' WHERE id = ?", o.ID)
	const writers, rounds = 16, 10
	var commits, refused atomic.Int64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for i := range rounds {
				err := db.Change(t.Context(), func(tx *store.Tx) error {
					// Every other change reads without the lock, so that versions do the work too.
					read := func() (models.Organization, error) { return store.Lock[models.Organization](tx, o.ID, 0) }
					if i%2 == 1 {
						read = func() (models.Organization, error) { return store.Get[models.Organization](tx, o.ID) }
					}
					doc, err := read()
					if err != nil {
						return err
					}
					var n int
					_, _ = fmt.Sscan(doc.County, &n)
					doc.County = fmt.Sprint(n + 1)
					if err := tx.Update(&doc, "county"); err != nil {
						return err
					}
					tx.Audit(&doc, note("count"))
					return nil
				})
				switch models.KindOf(err) {
				case "":
					if err != nil {
						t.Error(err)
					}
					commits.Add(1)
				case models.Stale, models.Conflict: // the reader without a lock came too late
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	doc, err := store.Get[models.Organization](db.Read(t.Context()), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	trail, err := store.AuditTrail(db.Read(t.Context()), "organization", o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if commits.Load()+refused.Load() != writers*rounds || doc.County != fmt.Sprint(commits.Load()) ||
		doc.Version != commits.Load()+1 || int64(len(trail)) != doc.Version {
		t.Fatalf("%d commits, %d refused, counted %s, version %d, %d events", commits.Load(), refused.Load(), doc.County, doc.Version, len(trail))
	}
	if db.Dialect() == "sqlite" && refused.Load() != 0 {
		t.Errorf("SQLite's writers wait for each other, and yet %d were refused", refused.Load())
	}
	if report, found := verify(t, db); !report.Intact() {
		t.Fatal(found)
	}
}

func TestAuditEventsFilters(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var clock atomic.Int64
	db := storetest.NewAt(t, func() time.Time { return at.Add(time.Duration(clock.Load()) * time.Hour) })
	a := school(t, db, "00101", 3)
	clock.Store(48)
	b := school(t, db, "00102", 2)
	r := db.Read(t.Context())
	count := func(f store.AuditFilter, page store.Page) int {
		t.Helper()
		events, err := store.AuditEvents(r, f, page)
		if err != nil {
			t.Fatal(err)
		}
		return len(events)
	}
	for name, c := range map[string]struct {
		f    store.AuditFilter
		want int
	}{
		"all":      {store.AuditFilter{}, 5},
		"kind":     {store.AuditFilter{DocumentKind: "organization"}, 5},
		"document": {store.AuditFilter{DocumentKind: "organization", DocumentID: b.ID}, 2},
		"actor":    {store.AuditFilter{ActorID: a.ID}, 0},
		"from":     {store.AuditFilter{From: at.Add(time.Hour)}, 2},
		"until":    {store.AuditFilter{Until: at.Add(time.Hour)}, 3},
	} {
		if n := count(c.f, store.Page{Limit: 100}); n != c.want {
			t.Errorf("%s: %d events, want %d", name, n, c.want)
		}
	}
	first, err := store.AuditEvents(r, store.AuditFilter{}, store.Page{Limit: 3, Desc: true})
	if err != nil || len(first) != 3 {
		t.Fatal(first, err)
	}
	if n := count(store.AuditFilter{}, store.Page{Limit: 3, Desc: true, After: first[2].ID}); n != 2 {
		t.Errorf("%d events on the second page", n)
	}
}

func TestVerifyAuditStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := storetest.New(t).VerifyAudit(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
