package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"earmark/demo"
	"earmark/models"
)

// demoConfig are the settings of a demo in a folder; nothing comes from the environment,
// so that the state is the same everywhere.
func demoConfig(database string) Config {
	return Config{DatabaseURL: database, FilesDir: filepath.Join(filepath.Dir(database), "files"), TimeZone: "America/Detroit", PublicURL: "http://127.0.0.1:8080", MailFrom: "earmark@demo.example",
		LogLevel: "error", Log: slog.New(slog.DiscardHandler)}
}

// openDemo builds the demo state in a new database, with the night of its last date.
func openDemo(ctx context.Context, cfg Config, progress func(models.Date)) (*App, error) {
	clock := demo.NewClock()
	cfg.Now, cfg.NewID, cfg.HashPassword = clock.Now, clock.NewID, demo.HashPassword
	a, err := Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	err = demo.Build(ctx, demo.Config{Service: a.Service, Clock: clock, Night: a.pastNight, Progress: progress})
	if err == nil {
		err = a.lastNight(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// BuildDemo builds the demo state in an empty database, for whoever opens it afterwards.
func BuildDemo(ctx context.Context, cfg Config) error {
	a, err := openDemo(ctx, cfg, nil)
	if err != nil {
		return err
	}
	return a.Close()
}

// pastNight does what the jobs do for a date, without a record of the run: the server
// would else make up for every date between two of them.
func (a *App) pastNight(ctx context.Context, date models.Date) error {
	for _, job := range a.Jobs.Jobs() {
		if job.Name != "utilization" && job.Name != "digest" {
			continue
		}
		if _, err := job.Run(ctx, date); err != nil {
			return err
		}
	}
	return nil
}

// lastNight runs the jobs as the server does: from here on nights are made up for.
func (a *App) lastNight(ctx context.Context) error {
	for _, job := range []string{"utilization", "digest"} {
		if _, err := a.Jobs.Run(ctx, job, demo.LastNight, false); err != nil {
			return err
		}
	}
	return nil
}

// CheckDemo builds the demo in a temporary database and writes its counts as one JSON
// object. It fails when something about the state is wrong.
func CheckDemo(ctx context.Context, w io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "earmark-demo-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a, err := openDemo(ctx, demoConfig(filepath.Join(dir, "demo.db")), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	counts, wrong := demo.Count(ctx, a.Service)
	text, err := json.MarshalIndent(counts, "", "  ")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, string(text)); err != nil {
		return err
	}
	return wrong
}

// Demo is where a demo is served.
type Demo struct {
	Dir      string
	Listen   string
	LogLevel string
	Version  string
}

// ServeDemo builds the demo in its folder, when it is not there yet, and serves it. The
// clock of the demo stood at the morning of demo.Today when it was built, and runs on.
func ServeDemo(ctx context.Context, out, progress io.Writer, d Demo) error {
	built, err := buildDemo(ctx, progress, d)
	if err != nil {
		return err
	}
	cfg := demoConfig(filepath.Join(d.Dir, "earmark.db"))
	cfg.Listen, cfg.PublicURL, cfg.LogLevel, cfg.Version, cfg.Log = d.Listen, "http://"+d.Listen, d.LogLevel, d.Version, nil
	cfg.Demo = true
	cfg.Jobs, cfg.MailDir, cfg.Now = true, filepath.Join(d.Dir, "mail"), demo.RunningClock(built)
	cfg.NewID = idsOf(cfg.Now)
	a, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	greet(out, d, models.DateOf(cfg.Now(), time.UTC))
	return errors.Join(a.Serve(ctx), a.Close())
}

// idsOf makes identifiers that sort by the demo's time, as those of the build do.
func idsOf(now func() time.Time) func() string {
	return func() string {
		id, ms := uuid.Must(uuid.NewV7()), now().UnixMilli()
		for i := range 6 {
			id[i] = byte(ms >> (40 - 8*i))
		}
		return id.String()
	}
}

// buildDemo makes the folder's database unless it is there, and says when it was made. A
// build that was broken off leaves nothing that the next one would use.
func buildDemo(ctx context.Context, progress io.Writer, d Demo) (time.Time, error) {
	database, unfinished := filepath.Join(d.Dir, "earmark.db"), filepath.Join(d.Dir, "unfinished.db")
	if text, err := os.ReadFile(filepath.Join(d.Dir, "built")); err == nil {
		if _, err := os.Stat(database); err == nil {
			return time.Parse(time.RFC3339, strings.TrimSpace(string(text)))
		}
	}
	if _, err := os.Stat(database); err == nil {
		return time.Time{}, fmt.Errorf("%s is there and no demo; choose another folder with --dir", database)
	}
	if err := os.MkdirAll(d.Dir, 0o755); err != nil {
		return time.Time{}, err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(unfinished + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return time.Time{}, err
		}
	}
	fmt.Fprintln(progress, "Building the demo: two years of synthetic grants, once. This takes some seconds.")
	month := ""
	cfg := demoConfig(unfinished)
	cfg.PublicURL = "http://" + d.Listen // stands in the mails
	a, err := openDemo(ctx, cfg, func(day models.Date) {
		if m := string(day)[:7]; m != month {
			month = m
			fmt.Fprintln(progress, "  "+month)
		}
	})
	if err != nil {
		return time.Time{}, err
	}
	if err := a.Close(); err != nil {
		return time.Time{}, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	if err := os.WriteFile(filepath.Join(d.Dir, "built"), []byte(now.Format(time.RFC3339)+"\n"), 0o644); err != nil {
		return now, err
	}
	return now, os.Rename(unfinished, database)
}

// greet says where to go and how to sign in.
func greet(w io.Writer, d Demo, today models.Date) {
	address := "http://" + d.Listen
	fmt.Fprintf(w, `
Earmark demo. Everything in it is synthetic: districts, schools, people, facts and amounts.
Only the appropriation is real: $6,137,400.00 for 2025-2026, MCL 388.1621h.

  API reference  %s/docs
  Contract       %s/openapi.yaml
  Mails          %s (nothing leaves this machine)
  Today          %s: the demo's clock began on %s and runs on from there

Sign in with the password %s:

`, address, address, filepath.Join(d.Dir, "mail"), today, demo.Today, demo.Password)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  ROLE\tE-MAIL\tWHO")
	for _, a := range demo.Accounts() {
		fmt.Fprintf(table, "  %s\t%s\t%s: %s\n", a.Role, a.Email, a.Name, a.Note)
	}
	_ = table.Flush()
	fmt.Fprintf(w, `
  token=$(curl -s %[1]s/api/v1/sessions -H 'Content-Type: application/json' \
    -d '{"email":"auditor@demo.example","password":%[2]q}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
  curl -s "%[1]s/api/v1/flags?status=open&limit=5" -H "Authorization: Bearer $token"

The same way: /api/v1/reports (what can be read as a table, also as CSV, XLSX and HTML), /target_standings?status=missed,
/agreement_progress?program_code=mi-21h&cohort=Four&year=2025, /year_end_reports?status=returned, /agreements?cohort=Five and,
of one of them, /agreements/{id}/term_outlook; /unlock_requests?status=open, /delegations, /attachments,
/organizations/{id}/bundle?grant_year_id={id}, to be checked by earmark bundle verify FILE.

Stop with Ctrl-C. Delete the folder %[3]s to begin again.

`, address, demo.Password, d.Dir)
}
