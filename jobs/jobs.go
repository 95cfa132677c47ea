// Package jobs owns what happens without a click: the table of jobs, when each runs, and
// the runner that lets each run once for its date over any number of processes. The work
// itself is done in workflow and mail.
package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"earmark/mail"
	"earmark/models"
	"earmark/store"
	"earmark/workflow"
)

// Job is a row of the table.
type Job struct {
	Name     string
	Schedule string // cron, UTC
	Means    string
	// Dated jobs run once for each business date and are recorded in job_runs. The others
	// look at what is waiting, whenever they run.
	Dated bool
	// After names a job that must be done for the same date first.
	After string
	// CatchUp makes up for every date that was missed; otherwise only the last counts.
	CatchUp bool
	Run     func(ctx context.Context, date models.Date) (summary any, err error)
}

// Config is what the jobs need.
type Config struct {
	DB       *store.DB
	Service  *workflow.Service
	Sender   mail.Sender // nil: mails wait in the queue
	Host     string      // after the @ of Message-IDs
	Link     string      // address of this Earmark in mails
	TimeZone *time.Location
	Now      func() time.Time
}

// Table lists the jobs. Schedules are in UTC, so that no night is run twice or left out
// when clocks change. 09:00 UTC is 4 or 5 in the morning in Michigan: the business date
// that a run is for is yesterday there, it is over, and people find their mail at
// breakfast.
func Table(cfg Config) []Job {
	s := cfg.Service
	return []Job{
		{Name: "utilization", Schedule: "0 9 * * *", Dated: true, CatchUp: true, Means: "utilization, forecast, flags and notices of every open grant year",
			Run: func(ctx context.Context, date models.Date) (any, error) {
				return s.Night(ctx, models.System("utilization"), date)
			}},
		{Name: "digest", Schedule: "20 9 * * *", Dated: true, CatchUp: true, After: "utilization", Means: "one mail per person of all that is new",
			Run: func(ctx context.Context, date models.Date) (any, error) {
				return s.ComposeDigests(ctx, models.System("digest"), date, workflow.DigestOptions{Host: cfg.Host, Link: cfg.Link, Render: mail.RenderDigest})
			}},
		{Name: "mail", Schedule: "* * * * *", Means: "send the mails that are due",
			Run: func(ctx context.Context, _ models.Date) (any, error) { return sendMails(ctx, cfg) }},
		{Name: "audit", Schedule: "0 11 * * 0", Dated: true, Means: "walk the hash chains of the audit trail",
			Run: func(ctx context.Context, _ models.Date) (any, error) { return verifyAudit(ctx, s) }},
		{Name: "housekeeping", Schedule: "40 10 * * *", Dated: true, Means: "remove sessions and idempotency keys that ended, and file content that no attachment names",
			Run: func(ctx context.Context, _ models.Date) (any, error) { return housekeep(ctx, cfg) }},
	}
}

// schedule parses a row's cron expression.
func (j Job) schedule() (cron.Schedule, error) {
	s, err := cron.ParseStandard(j.Schedule)
	if err != nil {
		return nil, fmt.Errorf("job %s: %w", j.Name, err)
	}
	return s, nil
}

// verifyAudit fails when the trail is not intact, so that the run shows it.
func verifyAudit(ctx context.Context, s *workflow.Service) (any, error) {
	var first []store.AuditFinding
	report, err := s.VerifyAudit(ctx, models.System("audit"), func(f store.AuditFinding) {
		if len(first) < 20 {
			first = append(first, f)
		}
	})
	if err != nil {
		return nil, err
	}
	if !report.Intact() {
		return nil, fmt.Errorf("the audit trail was tampered with: %d changed, %d removed, %d inserted; first: %v", report.Changed, report.Removed, report.Inserted, first)
	}
	return report, nil
}

// Sessions are kept for a while after their end, for those who ask who was signed in; the
// keys for longer than any client repeats a request.
const (
	keepSessions = 30 * 24 * time.Hour
	keepKeys     = 7 * 24 * time.Hour
	keepOrphans  = 24 * time.Hour // an upload is named within seconds, or never
)

func housekeep(ctx context.Context, cfg Config) (any, error) {
	now := cfg.DB.Now()
	removed, err := cfg.DB.Housekeep(ctx, now.Add(-keepSessions), now.Add(-keepKeys))
	if err != nil {
		return removed, err
	}
	removed.Files, err = cfg.Service.CollectFiles(ctx, models.System("housekeeping"), now.Add(-keepOrphans))
	return removed, err
}
