package store_test

import (
	"context"
	"flag"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

var update = flag.Bool("update", false, "write store/schema.sql")

// rows are the models beside the documents.
var rows = []any{
	&models.Fact{}, &models.UserRole{}, &models.Session{}, &models.Allocation{}, &models.ScenarioAmount{}, &models.DeterminationResult{}, &models.Goal{}, &models.Target{}, &models.Strategy{}, &models.Activity{}, &models.ActivityTarget{}, &models.GateWaiver{},
	&models.Approval{}, &models.LineItem{}, &models.LineVersion{}, &models.LineCost{}, &models.LineLink{},
	&models.LineUtilization{}, &models.ApplicationUtilization{}, &models.ProgramUtilization{},
	&models.RecordSignature{}, &models.RecordDecision{},
	&models.BudgetCell{},
	&models.Notice{}, &models.Mail{}, &models.JobRun{}, &models.AuditEvent{}, &store.IdempotencyKey{},
	&models.MeetingAction{}, &models.CommitmentApproval{}, &models.PriorFundingRow{},
}

// Models and tables are written separately; here they meet.
func TestModelsAreTheTables(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	want, err := store.ModelColumns(db, append(store.Documents(), rows...)...)
	if err != nil {
		t.Fatal(err)
	}
	have := columns(t, db)
	for table, cols := range want {
		slices.Sort(cols)
		if got := have[table]; !slices.Equal(got, cols) {
			t.Errorf("table %s\n has    %v\n models %v", table, got, cols)
		}
	}
	for table := range have {
		if _, ok := want[table]; !ok && table != "counters" && !strings.HasPrefix(table, "goose_") && !strings.HasPrefix(table, "sqlite_") {
			t.Errorf("table %s has no model", table)
		}
	}
}

func columns(t *testing.T, db *store.DB) map[string][]string {
	t.Helper()
	query := `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`
	if db.Dialect() == "postgres" {
		query = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()`
	}
	found, err := db.SQL().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	out := map[string][]string{}
	for found.Next() {
		var table, column string
		if err := found.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		out[table] = append(out[table], column)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	for _, names := range out {
		slices.Sort(names)
	}
	return out
}

func TestMigrateFromSeveralProcessesAtOnce(t *testing.T) {
	t.Parallel()
	address := storetest.EmptyURL(t)
	var wg sync.WaitGroup
	applied := make([]int, 3)
	for i := range applied {
		wg.Go(func() {
			db, err := store.Open(store.Config{URL: address, Now: time.Now, NewID: storetest.NewID})
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = db.Close() }()
			if applied[i], err = db.Migrate(context.Background()); err != nil {
				t.Error(err)
			}
			if err := db.CheckSchema(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	slices.Sort(applied)
	if applied[0] != 0 || applied[1] != 0 || applied[2] == 0 {
		t.Fatalf("each applied %v migrations: one should have done all", applied)
	}
}

func TestCheckSchemaRefusesAnotherVersion(t *testing.T) {
	t.Parallel()
	db, err := store.Open(store.Config{URL: storetest.EmptyURL(t), Now: time.Now, NewID: storetest.NewID})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.CheckSchema(t.Context()); err == nil || !strings.Contains(err.Error(), "earmark migrate") {
		t.Errorf("behind: %v", err)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, ?)", true)
	if err := db.CheckSchema(t.Context()); err == nil || !strings.Contains(err.Error(), "99999") {
		t.Errorf("ahead: %v", err)
	}
}

// TestSchemaDump keeps store/schema.sql, the schema in one read.
func TestSchemaDump(t *testing.T) {
	t.Parallel()
	address := t.TempDir() + "/dump.db" // always SQLite: one dump, whichever database is under test
	db, err := store.Open(store.Config{URL: address, Now: time.Now, NewID: storetest.NewID})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := db.SQL().QueryContext(t.Context(), `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'
		ORDER BY tbl_name, CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, name`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	var b strings.Builder
	b.WriteString("-- The schema after all migrations, as SQLite has it. Written by: go test ./store -run TestSchemaDump -update\n")
	for found.Next() {
		var text string
		if err := found.Scan(&text); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n" + text + ";\n")
	}
	if *update {
		if err := os.WriteFile("schema.sql", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != b.String() {
		t.Error("store/schema.sql is not what the migrations make; run make generate")
	}
}
