package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"earmark/app"
	"earmark/store"
)

// The SQLite file has a tenth of the lines, so that filling it does not take longer than
// everything else; the limit keeps all of them.
const liteName, liteShare = "earmark_bench_lite", 10

// onLite measures against a fresh SQLite file with synchronous=FULL, as Earmark opens it.
func (b *bench) onLite(ctx context.Context, measure func(context.Context, string) (series, error)) (s series, err error) {
	if err := b.fill(ctx); err != nil {
		return series{}, err
	}
	dir, err := os.MkdirTemp("", "earmark-bench")
	if err != nil {
		return series{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "earmark.db")
	if err := b.copyLite(ctx, file); err != nil {
		return series{}, fmt.Errorf("fill SQLite: %w", err)
	}
	if s, err = measure(ctx, file); err != nil {
		return s, err
	}
	s.note = fmt.Sprintf("the SQLite file has %d lines and %d expenditures", b.lines/liteShare, b.lines/liteShare*b.per)
	return s, nil
}

func postLite(ctx context.Context, b *bench) (series, error) { return b.onLite(ctx, b.posting) }

func listLite(ctx context.Context, b *bench) (series, error) { return b.onLite(ctx, b.listing) }

// copyLite fills a small database on PostgreSQL and copies it, table by table.
func (b *bench) copyLite(ctx context.Context, file string) error {
	if !b.lite {
		if err := b.fillOurs(ctx, liteName, b.lines/liteShare); err != nil {
			return err
		}
		b.lite = true
	}
	if _, err := app.Migrate(ctx, app.Config{DatabaseURL: file}); err != nil {
		return err
	}
	from, err := sql.Open("pgx", b.named(liteName))
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	db, err := store.Open(store.Config{URL: file, Now: now})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	to, err := db.SQL().Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = to.Close() }()
	tables, err := column(ctx, to, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'")
	if err != nil {
		return err
	}
	if _, err := to.ExecContext(ctx, "PRAGMA foreign_keys = 0"); err != nil { // tables come in any order
		return err
	}
	if _, err := to.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	for _, table := range tables {
		if err := copyTable(ctx, from, to, table); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	if _, err := to.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	_, err = to.ExecContext(ctx, "ANALYZE")
	return err
}

func column(ctx context.Context, c *sql.Conn, query string) (out []string, err error) {
	rows, err := c.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func copyTable(ctx context.Context, from *sql.DB, to *sql.Conn, table string) error {
	rows, err := from.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	insert, err := to.PrepareContext(ctx, "INSERT OR IGNORE INTO "+table+" ("+strings.Join(names, ", ")+") VALUES (?"+strings.Repeat(", ?", len(names)-1)+")")
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return rows.Err()
}
