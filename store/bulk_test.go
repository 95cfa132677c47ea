package store_test

import (
	"fmt"
	"strings"
	"testing"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

// schools inserts n organizations at once.
func schools(t testing.TB, db *store.DB, n int) []models.Organization {
	t.Helper()
	docs := make([]models.Organization, n)
	for i := range docs {
		docs[i] = models.Organization{OrgKind: models.KindSchool, Code: fmt.Sprintf("L%04d", i), Name: fmt.Sprintf("Larkspur %d_%%", i), County: "Test"}
	}
	if err := db.Change(t.Context(), func(tx *store.Tx) error {
		if err := store.InsertAll(tx, docs); err != nil {
			return err
		}
		for i := range docs {
			tx.Audit(&docs[i], note("import"))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return docs
}

// updateAll renames the documents as they were read, with one event each.
func updateAll(t testing.TB, db *store.DB, docs []models.Organization, audit bool) error {
	t.Helper()
	return db.Change(t.Context(), func(tx *store.Tx) error {
		if err := store.UpdateAll(tx, docs, "name"); err != nil {
			return err
		}
		for i := range docs {
			if audit {
				tx.Audit(&docs[i], note("import"))
			}
		}
		return nil
	})
}

func TestUpdateAllWritesTheNamedColumnsOfEveryDocument(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	docs := schools(t, db, 1100) // several statements
	for i := range docs {
		docs[i].Name, docs[i].County = "Renamed", "not named, so not written"
	}
	unaudited := append([]models.Organization(nil), docs...)
	if err := updateAll(t, db, unaudited, false); err == nil || !strings.Contains(err.Error(), "1100 documents changed, 0 events") {
		t.Fatalf("changes without events were committed: %v", err)
	}
	if err := updateAll(t, db, docs, true); err != nil {
		t.Fatal(err)
	}
	rows, err := store.All[models.Organization](db.Read(t.Context()), store.Eq{"name": "Renamed", "county": "Test", "version": 2})
	if err != nil || len(rows) != 1100 {
		t.Fatalf("%d documents changed as asked, %v", len(rows), err)
	}
}

func TestUpdateAllIsStaleWhenOneDocumentMoved(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	docs := schools(t, db, 3)
	moved := docs[1]
	if err := rename(t.Context(), db, &moved, "Somebody else's name"); err != nil {
		t.Fatal(err)
	}
	for i := range docs {
		docs[i].Name = "Ours"
	}
	if err := updateAll(t, db, docs, true); models.KindOf(err) != models.Stale {
		t.Fatalf("want stale, got %v", err)
	}
	if n, err := store.Count[models.Organization](db.Read(t.Context()), store.Eq{"name": "Ours"}); err != nil || n != 0 {
		t.Fatalf("%d documents were changed all the same, %v", n, err)
	}
	err := db.Change(t.Context(), func(tx *store.Tx) error {
		locked, err := store.LockAll[models.Organization](tx, store.Eq{"county": "Test"})
		if err != nil {
			return err
		}
		if len(locked) != 3 || locked[0].ID > locked[1].ID {
			t.Errorf("locked %d, not in the order of identifiers", len(locked))
		}
		if err := store.UpdateAll(tx, locked, "name"); err != nil {
			return err
		}
		return store.UpdateAll(tx, locked, "name")
	})
	if err == nil || !strings.Contains(err.Error(), "changed in this transaction already") {
		t.Fatalf("a second bulk change of one document: %v", err)
	}
}

func TestFactsAreReplacedPagedAndTakenBack(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	docs := schools(t, db, 1000)
	imported := models.FactImport{Content: "facts", FileName: "f.csv", CreatedBy: models.SystemUserID}
	facts := make([]models.Fact, 0, 3000)
	for _, o := range docs {
		for _, name := range []string{"index", "pupils", "virtual"} {
			facts = append(facts, models.Fact{OrganizationID: o.ID, Year: 2025, Name: name, Value: "1", Source: "s"})
		}
	}
	err := db.Change(t.Context(), func(tx *store.Tx) error {
		if err := tx.Insert(&imported); err != nil {
			return err
		}
		tx.Audit(&imported, note("import"))
		for i := range facts {
			facts[i].ImportID = imported.ID
		}
		if err := tx.SaveFacts(facts); err != nil { // two statements
			return err
		}
		facts[0].Value = "2"
		if err := tx.SaveFacts(facts[:1]); err != nil {
			return err
		}
		keys := make([]store.FactKey, 0, 700)
		for _, f := range facts[len(facts)-700:] {
			keys = append(keys, store.FactKey{OrganizationID: f.OrganizationID, Year: f.Year, Name: f.Name})
		}
		return tx.RemoveFacts(keys)
	})
	if err != nil {
		t.Fatal(err)
	}
	r := db.Read(t.Context())
	var after store.FactKey
	var seen []models.Fact
	for {
		page, err := store.Facts(r, store.Scope{All: true}, store.Eq{"year": 2025}, after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		seen = append(seen, page...)
		last := page[len(page)-1]
		after = store.FactKey{OrganizationID: last.OrganizationID, Year: last.Year, GroupCode: last.GroupCode, Name: last.Name}
	}
	if len(seen) != 2300 {
		t.Fatalf("%d facts on all pages", len(seen))
	}
	for i := range seen[1:] {
		a, b := seen[i], seen[i+1]
		if a.OrganizationID > b.OrganizationID || a.OrganizationID == b.OrganizationID && a.Name >= b.Name {
			t.Fatalf("out of order: %v before %v", a, b)
		}
	}
	one, err := store.One[models.Fact](r, store.Eq{"organization_id": facts[0].OrganizationID, "name": facts[0].Name})
	if err != nil || one.Value != "2" {
		t.Fatalf("%+v, %v", one, err)
	}
	for _, scope := range []store.Scope{{}, {Organizations: []string{"nobody"}}} {
		if rows, err := store.Facts(r, scope, nil, store.FactKey{}, 0); err != nil || len(rows) > 0 {
			t.Fatalf("%v sees %d facts, %v", scope, len(rows), err)
		}
	}
	n := 0
	if err := store.EachFact(r, []int{2025}, []string{"pupils"}, func(store.FactKey, string, string) { n++ }); err != nil || n < 700 || n > 800 {
		t.Fatalf("%d facts named pupils, %v", n, err)
	}
}

func TestFindOrganizationsTakesPatternsLiterally(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	schools(t, db, 12)
	r := db.Read(t.Context())
	for search, want := range map[string]int{"": 12, "larkspur": 12, "LARKSPUR 1": 3, "larkspur 1_%": 1, "%": 0, "l000": 10, `\`: 0, "spur": 0} {
		rows, err := store.FindOrganizations(r, store.Scope{All: true}, nil, search, store.Page{})
		if err != nil || len(rows) != want {
			t.Errorf("%q finds %d, want %d, %v", search, len(rows), want, err)
		}
	}
	if rows, err := store.FindOrganizations(r, store.Scope{}, nil, "", store.Page{}); err != nil || len(rows) > 0 {
		t.Fatalf("an empty scope sees %d, %v", len(rows), err)
	}
}

func TestAllocationsOfDraftRunsAreTheOffices(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	docs := schools(t, db, 2)
	year := models.GrantYear{ProgramCode: "p", FiscalYear: 2026, Parameters: "{}", Status: "open", StartsOn: "2025-10-01", EndsOn: "2026-09-30"}
	draft := models.AllocationRun{Number: 1, Status: "draft", Determinations: "[]", Parameters: "{}", CreatedBy: models.SystemUserID}
	out := draft
	out.Number, out.Status = 2, "superseded"
	err := db.Change(t.Context(), func(tx *store.Tx) error {
		if err := tx.Insert(&year); err != nil {
			return err
		}
		tx.Audit(&year, note("create"))
		for _, run := range []*models.AllocationRun{&draft, &out} {
			run.GrantYearID = year.ID
			if err := tx.Insert(run); err != nil {
				return err
			}
			tx.Audit(run, note("run"))
			var rows []models.Allocation
			for _, o := range docs {
				rows = append(rows, models.Allocation{ID: tx.NewID(), RunID: run.ID, GrantYearID: year.ID, OrganizationID: o.ID, AmountCents: 5, Receipt: "{}"})
			}
			if err := tx.SaveAllocations(rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := db.Read(t.Context())
	own := store.Scope{Organizations: []string{docs[0].ID}}
	if rows, err := store.Allocations(r, own, nil, true, false, store.Page{}); err != nil || len(rows) != 1 || rows[0].RunID != out.ID || rows[0].Receipt != "" {
		t.Fatalf("%+v, %v", rows, err)
	}
	if rows, err := store.Allocations(r, store.Scope{All: true}, nil, false, true, store.Page{}); err != nil || len(rows) != 4 || rows[0].Receipt != "{}" {
		t.Fatalf("%+v, %v", rows, err)
	}
	if rows, err := store.AllocationAmounts(r, draft.ID); err != nil || len(rows) != 2 || rows[0].Code != "L0000" || rows[0].AmountCents != 5 {
		t.Fatalf("%+v, %v", rows, err)
	}
}
