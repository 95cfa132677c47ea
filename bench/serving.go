package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"earmark/app"
	"earmark/auth"
	"earmark/models"
	"earmark/store"
)

// now is a clock that runs, set to a day on which the seeded year's rules have much to
// say. Its business date is July 1, the day after the nights.
var offset = time.Until(time.Date(2026, 7, 1, 15, 0, 0, 0, time.UTC))

func now() time.Time { return time.Now().Add(offset) }

// serving is Earmark as `earmark serve` wires it, on a port of its own. Its log goes
// nowhere, but is written.
type serving struct {
	*app.App
	address string
	end     func() error
}

func serve(ctx context.Context, database string) (*serving, error) {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	a, err := app.Open(ctx, app.Config{DatabaseURL: database, TimeZone: "America/Detroit", PublicURL: "http://127.0.0.1", MailFrom: "earmark@localhost", Now: now,
		Log: slog.New(slog.NewJSONHandler(nowhere, nil))})
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- a.ServeOn(ctx, listener) }()
	return &serving{a, listener.Addr().String(), func() error {
		cancel()
		return errors.Join(<-done, a.Close(), nowhere.Close())
	}}, nil
}

// district is one with the API token of its preparer.
type district struct{ id, token string }

// districts gives the preparer of every district an API token, as the program would.
func districts(ctx context.Context, db *store.DB) ([]district, error) {
	organizations, err := store.All[models.Organization](db.Read(ctx), store.Eq{"kind": string(models.KindDistrict)}, "code")
	if err != nil {
		return nil, err
	}
	roles, err := store.All[models.UserRole](db.Read(ctx), store.Eq{"role": string(models.RolePreparer)})
	if err != nil {
		return nil, err
	}
	preparer := map[string]string{}
	for _, r := range roles {
		preparer[r.OrganizationID] = r.UserID
	}
	out := make([]district, len(organizations))
	until := now().AddDate(1, 0, 0) // the binary under measurement has the real clock
	if real := time.Now().AddDate(1, 0, 0); real.After(until) {
		until = real
	}
	err = db.Change(ctx, func(tx *store.Tx) error {
		for i, o := range organizations {
			token, hash := auth.NewToken()
			out[i] = district{o.ID, token}
			doc := models.APIToken{UserID: preparer[o.ID], Name: "benchmark", TokenHash: hash, Scopes: "read write", ExpiresAt: until}
			if err := tx.Insert(&doc); err != nil {
				return err
			}
			tx.Audit(&doc, models.AuditEvent{ActorID: models.SystemUserID, ActorName: "Earmark", Action: "create", Changes: "{}", RequestID: "bench"})
		}
		return nil
	})
	return out, err
}

// line is one that money can be posted on, with its district's place in the list.
type line struct {
	id       string
	district int
}

func lines(ctx context.Context, db *store.DB, of []district) ([]line, error) {
	at := make(map[string]int, len(of))
	for i, d := range of {
		at[d.id] = i
	}
	rows, err := db.SQL().QueryContext(ctx, "SELECT id, organization_id FROM line_items WHERE status = 'in_force' AND limit_cents - spent_cents > 10000 ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []line
	for rows.Next() {
		var id, organization string
		if err := rows.Scan(&id, &organization); err != nil {
			return nil, err
		}
		out = append(out, line{id, at[organization]})
	}
	return out, rows.Err()
}

// sound checks what must hold after any load: running totals are the ledger, every entry
// has its event, the audit trail is whole.
func sound(ctx context.Context, db *store.DB, added int64, before int64) error {
	var entries, drifted, events int64
	for query, into := range map[string]*int64{
		"SELECT count(*) FROM expenditures":                                     &entries,
		"SELECT count(*) FROM audit_events WHERE document_kind = 'expenditure'": &events,
		`SELECT count(*) FROM line_items l LEFT JOIN (SELECT line_item_id, sum(amount_cents) AS cents FROM expenditures GROUP BY line_item_id) e
			ON e.line_item_id = l.id WHERE l.spent_cents <> COALESCE(e.cents, 0)`: &drifted,
	} {
		if err := db.SQL().QueryRowContext(ctx, query).Scan(into); err != nil {
			return err
		}
	}
	if entries != before+added || events != entries || drifted != 0 {
		return fmt.Errorf("%d entries instead of %d, %d events, %d running totals that are not the ledger", entries, before+added, events, drifted)
	}
	var first error
	report, err := db.VerifyAudit(ctx, func(f store.AuditFinding) {
		if first == nil {
			first = errors.New(f.Detail)
		}
	})
	if err == nil && !report.Intact() {
		err = fmt.Errorf("the audit trail is not whole: %w", first)
	}
	return err
}
