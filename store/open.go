package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	sqlitedriver "modernc.org/sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config says which database and where time and identifiers come from.
type Config struct {
	URL   string // postgres://…, or a path of a SQLite file
	Now   func() time.Time
	NewID func() string
	// MaxConns bounds the pool on PostgreSQL; 0 means 16.
	MaxConns int
}

// DB is an open database. Safe for concurrent use.
type DB struct {
	gorm    *gorm.DB
	sql     *sql.DB
	dialect string // "sqlite" or "postgres"
	now     func() time.Time
	newID   func() string
}

// sqlitePragmas: an immediate transaction makes writers wait instead of fail ("database is
// locked"); FULL because this is money; UTC because times are compared as text.
const sqlitePragmas = "_txlock=immediate&_time_format=sqlite&_timezone=UTC&_texttotime=1&_pragma=busy_timeout(10000)" +
	"&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"

func init() {
	// PostgreSQL has sha256() and casts to UUID; SQLite gets them, so that bulk statements can
	// chain audit hashes and make identifiers (UUID version 8, of a hash).
	sqlitedriver.MustRegisterDeterministicScalarFunction("earmark_sha256", 1,
		func(_ *sqlitedriver.FunctionContext, args []driver.Value) (driver.Value, error) {
			return sha256Hex(args[0]), nil
		})
	sqlitedriver.MustRegisterDeterministicScalarFunction("earmark_uuid", 1,
		func(_ *sqlitedriver.FunctionContext, args []driver.Value) (driver.Value, error) {
			h := sha256Hex(args[0])
			return h[:8] + "-" + h[8:12] + "-8" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32], nil
		})
}

func sha256Hex(v driver.Value) string {
	text, _ := v.(string)
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Open connects. It does not migrate: see Migrate and CheckSchema.
func Open(cfg Config) (*DB, error) {
	db := &DB{now: cfg.Now, newID: cfg.NewID}
	gcfg := &gorm.Config{
		SkipDefaultTransaction: true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return db.Now() },
	}
	var err error
	if IsPostgres(cfg.URL) {
		db.dialect = "postgres"
		if db.sql, err = sql.Open("pgx", cfg.URL); err != nil {
			return nil, fmt.Errorf("open PostgreSQL: %w", err)
		}
		conns := cfg.MaxConns
		if conns == 0 {
			conns = 16
		}
		db.sql.SetMaxOpenConns(conns)
		db.sql.SetMaxIdleConns(conns)
		db.gorm, err = gorm.Open(postgres.New(postgres.Config{Conn: db.sql}), gcfg)
	} else {
		db.dialect = "sqlite"
		if db.sql, err = sql.Open("sqlite", "file:"+cfg.URL+"?"+sqlitePragmas); err != nil {
			return nil, fmt.Errorf("open SQLite file %s: %w", cfg.URL, err)
		}
		db.sql.SetMaxOpenConns(8)
		db.sql.SetMaxIdleConns(8)
		db.gorm, err = gorm.Open(sqlite.New(sqlite.Config{Conn: db.sql}), gcfg)
	}
	if err != nil {
		_ = db.sql.Close()
		if db.dialect == "sqlite" { // an address of PostgreSQL may hold a password
			return nil, fmt.Errorf("open the SQLite file %s (does its folder exist, may this user write there?): %w", cfg.URL, err)
		}
		return nil, fmt.Errorf("open %s: %w", db.dialect, err)
	}
	return db, nil
}

// IsPostgres tells an address of PostgreSQL from the path of an SQLite file.
func IsPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// Close releases the connections.
func (db *DB) Close() error { return db.sql.Close() }

// Now is the clock's time as the database can keep it: UTC, whole microseconds.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// Dialect is "sqlite" or "postgres".
func (db *DB) Dialect() string { return db.dialect }

// SQL is the connection pool, for health checks, migrations, the benchmark and store's tests.
func (db *DB) SQL() *sql.DB { return db.sql }

// Ping answers whether the database does.
func (db *DB) Ping(ctx context.Context) error { return translate(db.sql.PingContext(ctx)) }

func (db *DB) provider() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	dialect, other := goose.DialectSQLite3, "postgres"
	opts := []goose.ProviderOption{goose.WithSlog(slog.New(slog.DiscardHandler))}
	if db.dialect == "postgres" {
		dialect, other = goose.DialectPostgres, "sqlite"
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	var hidden []string // only triggers differ; they come in pairs of files
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "."+other+".sql") {
			hidden = append(hidden, e.Name())
		}
	}
	return goose.NewProvider(dialect, db.sql, dir, append(opts, goose.WithExcludeNames(hidden))...)
}

// Migrate brings the schema to this binary's version and returns how many files it applied.
// Several processes may call it at once: one works, the others wait.
func (db *DB) Migrate(ctx context.Context) (int, error) {
	p, err := db.provider()
	if err != nil {
		return 0, err
	}
	for attempt := 0; ; attempt++ {
		done, err := p.Up(ctx)
		// SQLite has no lock that outlives a transaction: of several processes one applies a
		// file and the others fail on it, whole, and find it applied when they look again.
		if err == nil || db.dialect != "sqlite" || attempt == 20 {
			if err != nil {
				return 0, fmt.Errorf("migrate: %w", err)
			}
			return len(done), nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ErrSchema says that the database's schema is not this binary's.
var ErrSchema = errors.New("the database schema is not the one of this version of earmark; run \"earmark migrate\" of the version you want to serve")

// CheckSchema returns ErrSchema when the database is behind or ahead of this binary.
func (db *DB) CheckSchema(ctx context.Context) error {
	p, err := db.provider()
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if current != target {
		return fmt.Errorf("%w (database %d, binary %d)", ErrSchema, current, target)
	}
	return nil
}
