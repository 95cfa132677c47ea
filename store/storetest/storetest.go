// Package storetest gives a test a fresh, migrated database and cleans up after it.
// TEST_DATABASE_URL alone decides which: unset is SQLite, otherwise PostgreSQL.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"earmark/store"
)

// NewID makes an identifier as the program does.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// New opens a fresh database with the real clock.
func New(t testing.TB) *store.DB { return NewAt(t, time.Now) }

// NewAt opens a fresh database with the given clock.
func NewAt(t testing.TB, now func() time.Time) *store.DB {
	t.Helper()
	db, err := store.Open(store.Config{URL: URL(t), Now: now, NewID: NewID, MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

var (
	liteOnce  sync.Once
	liteBytes []byte
	errLite   error
	schemas   atomic.Int64
)

// URL prepares a migrated database and returns its address, for tests that open it several
// times or from several processes.
func URL(t testing.TB) string {
	t.Helper()
	if os.Getenv("TEST_DATABASE_URL") != "" {
		address := EmptyURL(t)
		if err := migrate(address); err != nil {
			t.Fatal(err)
		}
		return address
	}
	liteOnce.Do(func() { liteBytes, errLite = migratedFile() })
	if errLite != nil {
		t.Fatal(errLite)
	}
	path := filepath.Join(t.TempDir(), "earmark.db")
	if err := os.WriteFile(path, liteBytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// EmptyURL is the address of a database without a schema.
func EmptyURL(t testing.TB) string {
	t.Helper()
	if base := os.Getenv("TEST_DATABASE_URL"); base != "" {
		return postgresSchema(t, base)
	}
	return filepath.Join(t.TempDir(), "earmark.db")
}

// migratedFile migrates once per test binary; each test gets a copy of the bytes.
func migratedFile() ([]byte, error) {
	dir, err := os.MkdirTemp("", "earmark")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "template.db")
	if err := migrate(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func migrate(address string) error {
	db, err := store.Open(store.Config{URL: address, Now: time.Now, NewID: NewID})
	if err != nil {
		return err
	}
	if _, err := db.Migrate(context.Background()); err != nil {
		return err
	}
	return db.Close()
}

func postgresSchema(t testing.TB, base string) string {
	t.Helper()
	name := fmt.Sprintf("t%d_%d_%d", os.Getpid(), schemas.Add(1), time.Now().UnixNano()%1e9)
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	if _, err := admin.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	t.Cleanup(func() {
		db, err := sql.Open("pgx", base)
		if err != nil {
			return
		}
		defer func() { _ = db.Close() }()
		_, _ = db.Exec("DROP SCHEMA " + name + " CASCADE")
	})
	return u.String()
}
