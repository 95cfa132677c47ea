package app

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strconv"
	"time"

	"earmark/api"
	"earmark/jobs"
	"earmark/mail"
	"earmark/models"
)

// runner makes the jobs. Without a place to send mail to, mails wait in the queue.
func (a *App) runner(zone *time.Location) (*jobs.Runner, error) {
	var sender mail.Sender
	if a.cfg.SMTPURL != "" || a.cfg.MailDir != "" {
		settings, err := mail.Settings(a.cfg.SMTPURL, a.cfg.MailDir, a.cfg.MailFrom)
		if err != nil {
			return nil, err
		}
		if sender, err = mail.New(settings); err != nil {
			return nil, err
		}
	}
	host := "earmark.localhost"
	if u, err := url.Parse(a.cfg.PublicURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	name, _ := os.Hostname()
	return jobs.NewRunner(jobs.Config{DB: a.DB, Service: a.Service, Sender: sender, Host: host, Link: a.cfg.PublicURL, TimeZone: zone, Now: a.cfg.Now},
		name+"/"+strconv.Itoa(os.Getpid())+"/"+newID(), a.log)
}

// jobs is what the API may do with the runner.
func (a *App) jobs() api.Jobs {
	out := api.Jobs{Run: func(ctx context.Context, name string, date models.Date, force bool) (models.JobRun, error) {
		run, err := a.Jobs.Run(ctx, name, date, force)
		var not *jobs.ErrNotRun
		if errors.As(err, &not) {
			return run, models.Fail(models.Conflict, "job.not_run", "The job was not run: %s.", not.Why)
		}
		return run, err
	}}
	for _, j := range a.Jobs.Jobs() {
		out.Table = append(out.Table, api.Job{Name: j.Name, Schedule: j.Schedule, Means: j.Means})
	}
	return out
}
