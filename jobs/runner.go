package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"earmark/models"
)

// Runner runs the table. Any number of processes may run one over the same database.
type Runner struct {
	cfg    Config
	jobs   []Job
	worker string
	log    *slog.Logger
	lease  time.Duration

	cron  *cron.Cron
	stop  context.CancelFunc
	start sync.WaitGroup
}

// leaseTime is how long a run belongs to its process without a sign of life; a crashed
// night is taken over after it.
const leaseTime = 2 * time.Minute

// failPauses is how long to wait before a failed run is tried again, by attempt; after the
// last one somebody has to look.
var failPauses = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour}

// givenUp is the pause of a run that is not tried again by itself.
const givenUp = 100 * 365 * 24 * time.Hour

// NewRunner checks the table. worker names this process in the records.
func NewRunner(cfg Config, worker string, log *slog.Logger) (*Runner, error) {
	r := &Runner{cfg: cfg, jobs: Table(cfg), worker: worker, log: log, lease: leaseTime}
	for _, j := range r.jobs {
		if _, err := j.schedule(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Jobs lists the table.
func (r *Runner) Jobs() []Job { return r.jobs }

// ErrNotRun says why a job was not run: it is no failure.
type ErrNotRun struct{ Why string }

func (e *ErrNotRun) Error() string { return e.Why }

// Run runs a job for a date when nobody else does or did. force repeats one that is done,
// which is what "earmark job run" does.
func (r *Runner) Run(ctx context.Context, name string, date models.Date, force bool) (models.JobRun, error) {
	job, ok := r.job(name)
	if !ok {
		return models.JobRun{}, models.Fail(models.NotFound, "job.unknown", "There is no job named %q.", name)
	}
	if !job.Dated {
		_, err := job.Run(ctx, date)
		return models.JobRun{}, err
	}
	if !date.Valid() {
		return models.JobRun{}, models.Field("/date", "civil_date", "The job's date is not a date that exists.", "Give a date as YYYY-MM-DD.")
	}
	if !force {
		if err := r.ready(ctx, job, date); err != nil {
			return models.JobRun{}, err
		}
	}
	run, ok, err := r.cfg.DB.ClaimJobRun(ctx, name, date, r.worker, r.lease, force)
	if err != nil {
		return run, err
	}
	if !ok {
		return run, &ErrNotRun{fmt.Sprintf("%s for %s is done, running elsewhere, or waiting to be tried again", name, date)}
	}
	return r.claimed(ctx, job, run)
}

// ready asks whether the job that must go first is done for that date.
func (r *Runner) ready(ctx context.Context, job Job, date models.Date) error {
	if job.After == "" {
		return nil
	}
	runs, err := r.cfg.DB.JobRunsSince(ctx, job.After, date)
	if err != nil {
		return err
	}
	if len(runs) > 0 && runs[0].ForDate == date && runs[0].Status == "done" {
		return nil
	}
	return &ErrNotRun{fmt.Sprintf("%s for %s waits for %s", job.Name, date, job.After)}
}

// claimed does the work, keeps the lease alive meanwhile and records the outcome.
func (r *Runner) claimed(ctx context.Context, job Job, run models.JobRun) (models.JobRun, error) {
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	alive := make(chan struct{})
	go func() {
		defer close(alive)
		r.keepAlive(work, run, cancel)
	}()
	summary, err := r.do(work, job, run.ForDate)
	cancel()
	<-alive
	record, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer done()
	if err != nil {
		pause := givenUp
		if run.Attempt <= len(failPauses) {
			pause = failPauses[run.Attempt-1]
		}
		if ctx.Err() != nil { // a stop is nobody's fault: the next process goes on at once
			pause = 0
		}
		_, failed := r.cfg.DB.FailJobRun(record, run, err.Error(), pause)
		r.log.Error("job failed", "job", job.Name, "date", run.ForDate, "attempt", run.Attempt, "error", err)
		run.Status, run.LastError = "failed", err.Error()
		return run, errors.Join(err, failed)
	}
	text, err := json.Marshal(summary)
	if err != nil {
		return run, err
	}
	ours, err := r.cfg.DB.FinishJobRun(record, run, string(text))
	if err == nil && !ours {
		r.log.Warn("another process took the run over", "job", job.Name, "date", run.ForDate)
	}
	run.Status, run.Summary = "done", string(text)
	r.log.Info("job done", "job", job.Name, "date", run.ForDate, "attempt", run.Attempt, "summary", json.RawMessage(text))
	return run, err
}

// do turns a panic into an error, so that the record shows it and the run is tried again.
func (r *Runner) do(ctx context.Context, job Job, date models.Date) (summary any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return job.Run(ctx, date)
}

// keepAlive extends the lease; when it was lost, the work is stopped.
func (r *Runner) keepAlive(ctx context.Context, run models.JobRun, lost context.CancelFunc) {
	t := time.NewTicker(r.lease / 4)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			ours, err := r.cfg.DB.ExtendJobRun(ctx, run, r.lease)
			if err == nil && !ours {
				lost()
				return
			}
		}
	}
}

func (r *Runner) job(name string) (Job, bool) {
	for _, j := range r.jobs {
		if j.Name == name {
			return j, true
		}
	}
	return Job{}, false
}

// Date is the business date that a run at an instant is for: the one that is over.
func (r *Runner) Date(at time.Time) models.Date {
	return models.DateOf(at, r.cfg.TimeZone).AddDays(-1)
}

// catchUpLimit is how far back missed dates are looked for.
const catchUpLimit = 400

// due lists the dates that a job should have run for by now and is not done with, oldest
// first. Without any run before, only the last one counts.
func (r *Runner) due(ctx context.Context, job Job) ([]models.Date, error) {
	schedule, err := job.schedule()
	if err != nil {
		return nil, err
	}
	now := r.cfg.Now().UTC()
	last, err := r.cfg.DB.LastJobRun(ctx, job.Name)
	if err != nil {
		return nil, err
	}
	var dates []models.Date
	for t := schedule.Next(now.AddDate(0, 0, -catchUpLimit)); !t.After(now); t = schedule.Next(t) {
		dates = append(dates, r.Date(t))
	}
	if len(dates) > 0 && (last == "" || !job.CatchUp) {
		dates = dates[len(dates)-1:]
	}
	if len(dates) == 0 {
		return nil, nil
	}
	runs, err := r.cfg.DB.JobRunsSince(ctx, job.Name, dates[0])
	if err != nil {
		return nil, err
	}
	started, settled := models.Date(""), map[models.Date]bool{}
	for _, run := range runs {
		settled[run.ForDate] = run.Status == "done" || (run.Status == "failed" && run.LockedUntil.After(now))
		if started == "" {
			started = run.ForDate
		}
	}
	var open []models.Date
	for _, d := range dates {
		if !settled[d] && (last == "" || !job.CatchUp || d >= started) { // nothing is made up for from before the first run
			open = append(open, d)
		}
	}
	return open, nil
}

// CatchUp runs everything dated that should have run by now, date after date, each job in
// the order of the table: missed nights, runs whose process died, failed ones whose pause
// is over. Somebody else's runs are left alone.
func (r *Runner) CatchUp(ctx context.Context) error {
	open := map[models.Date][]string{}
	var first, last models.Date
	for _, j := range r.jobs {
		if !j.Dated {
			continue
		}
		dates, err := r.due(ctx, j)
		if err != nil {
			return err
		}
		for _, d := range dates {
			open[d] = append(open[d], j.Name)
			if first == "" || d < first {
				first = d
			}
			last = max(last, d)
		}
	}
	for d := first; d != "" && d <= last; d = d.AddDays(1) {
		for _, name := range open[d] {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.quietly(ctx, name, d)
		}
	}
	return nil
}

// quietly runs a job; what went wrong stands in its record and in the log.
func (r *Runner) quietly(ctx context.Context, name string, date models.Date) {
	_, err := r.Run(ctx, name, date, false)
	var not *ErrNotRun
	if err != nil && !errors.As(err, &not) && ctx.Err() == nil {
		r.log.Error("job", "job", name, "date", date, "error", err)
	}
}

// Start begins the schedules and catches up first. It returns at once.
func (r *Runner) Start(ctx context.Context) error {
	ctx, r.stop = context.WithCancel(ctx)
	quiet := cron.DiscardLogger
	// Skipping comes first: it must see the end of a run that panicked, so that is
	// recovered inside.
	r.cron = cron.New(cron.WithLocation(time.UTC), cron.WithLogger(quiet), cron.WithChain(cron.SkipIfStillRunning(quiet), cron.Recover(cron.PrintfLogger(slog.NewLogLogger(r.log.Handler(), slog.LevelError)))))
	catchUp := func() {
		if err := r.CatchUp(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("catching up", "error", err)
		}
	}
	for _, j := range r.jobs {
		task := func() { r.quietly(ctx, j.Name, r.Date(r.cfg.Now())) }
		if j.Dated { // at its time and, for what is open then, every minute
			task = catchUp
		}
		if _, err := r.cron.AddFunc(j.Schedule, task); err != nil {
			return fmt.Errorf("job %s: %w", j.Name, err)
		}
	}
	if _, err := r.cron.AddFunc("* * * * *", catchUp); err != nil {
		return err
	}
	r.start.Add(1)
	go func() {
		defer r.start.Done()
		catchUp()
	}()
	r.cron.Start()
	return nil
}

// Stop ends the schedules and waits for what is running, until ctx ends; then that is cut
// off, and the next start takes it up again.
func (r *Runner) Stop(ctx context.Context) {
	if r.cron == nil {
		return
	}
	ended := make(chan struct{})
	go func() {
		<-r.cron.Stop().Done()
		r.start.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	r.stop()
	<-ended
}
