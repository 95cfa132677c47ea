package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"

	"earmark/app"
	"earmark/programs"
)

const ourName, limitName = "earmark_bench", "earmark_bench_limit"

// programCount is how many programs of one fiscal year share the lines.
const programCount = 8

// named is the address of another database on the server.
func (b *bench) named(database string) string {
	u, err := url.Parse(b.server)
	if err != nil {
		return b.server
	}
	u.Path = "/" + database
	return u.String()
}

func (b *bench) ours() string  { return b.named(ourName) }
func (b *bench) limit() string { return b.named(limitName) }

// fill makes both databases once a run, or finds them with -reuse.
func (b *bench) fill(ctx context.Context) error {
	if b.filled {
		return nil
	}
	if b.reuse && b.query(ctx, b.limit(), "SELECT 1 FROM line_items LIMIT 1") == nil {
		b.filled = true
		return nil
	}
	began := time.Now()
	if err := b.fillOurs(ctx, ourName, b.lines); err != nil {
		return err
	}
	if err := b.create(ctx, limitName); err != nil {
		return err
	}
	if err := b.script(ctx, b.limit(), "bench/limit/schema.sql"); err != nil {
		return err
	}
	if err := b.script(ctx, b.limit(), "bench/limit/seed.sql", b.size(b.lines)...); err != nil {
		return err
	}
	fmt.Printf("     filled both databases in %s\n", time.Since(began).Round(time.Second))
	b.filled = true
	return nil
}

func (b *bench) create(ctx context.Context, name string) error {
	if err := b.sql(ctx, b.server, "DROP DATABASE IF EXISTS "+name); err != nil {
		return err
	}
	return b.sql(ctx, b.server, "CREATE DATABASE "+name)
}

func (b *bench) fillOurs(ctx context.Context, name string, lines int) error {
	if err := b.create(ctx, name); err != nil {
		return err
	}
	if _, err := app.Migrate(ctx, app.Config{DatabaseURL: b.named(name)}); err != nil {
		return err
	}
	definition, err := fs.ReadFile(programs.Embedded(), "mi-21h.yaml")
	if err != nil {
		return err
	}
	return b.script(ctx, b.named(name), "bench/seed.sql", append(b.size(lines), "-v", "definition="+string(definition))...)
}

func (b *bench) size(lines int) []string {
	return []string{"-v", "li=" + strconv.Itoa(lines), "-v", "per=" + strconv.Itoa(b.per), "-v", "programs=" + strconv.Itoa(programCount)}
}

// script runs a file with psql, stopping at its first error.
func (b *bench) script(ctx context.Context, database, file string, args ...string) error {
	return command(ctx, "psql", append([]string{"-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.DevNull, "-f", file, database}, args...)...)
}

func (b *bench) sql(ctx context.Context, database, text string) error {
	return command(ctx, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", text, database)
}

func command(ctx context.Context, name string, args ...string) error {
	var failed bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = &failed
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(failed.String()))
	}
	return nil
}

// query reads one row.
func (b *bench) query(ctx context.Context, database, text string, into ...any) error {
	db, err := sql.Open("pgx", database)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if len(into) == 0 {
		into = []any{new(any)}
	}
	return db.QueryRowContext(ctx, text).Scan(into...)
}

// pgbench runs a script with 8 clients and returns transactions a second.
func (b *bench) pgbench(ctx context.Context, file string) (float64, error) {
	out, err := exec.CommandContext(ctx, "pgbench", "-n", "-c", strconv.Itoa(clients), "-j", "2", "-T", strconv.Itoa(b.secs),
		"-D", "nli="+strconv.Itoa(b.lines), "-f", file, b.limit()).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if text, ok := strings.CutPrefix(line, "tps = "); ok {
			number, _, _ := strings.Cut(text, " ")
			return strconv.ParseFloat(number, 64)
		}
	}
	return 0, fmt.Errorf("pgbench said no rate: %s", out)
}

// profiled starts a CPU profile, if one is asked for, and returns what ends it.
func profiled(path string) (func(), error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}
