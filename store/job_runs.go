package store

import (
	"context"
	"time"

	"earmark/models"
)

// ClaimJobRun takes a job for a date, in one statement, for one of any number of workers.
// It is taken when nobody had it, when its worker's lease is over, when it failed and the
// pause is over, or, with force, whenever it is not running. The attempt number is the
// fence: what an earlier holder still writes has no effect. ok is false when it is not
// to be had.
func (db *DB) ClaimJobRun(ctx context.Context, job string, date models.Date, worker string, lease time.Duration, force bool) (run models.JobRun, ok bool, err error) {
	now := db.Now()
	res := db.gorm.WithContext(ctx).Raw(`INSERT INTO job_runs (id, job, for_date, status, attempt, locked_by, locked_until, started_at)
		VALUES (?, ?, ?, 'running', 1, ?, ?, ?)
		ON CONFLICT (job, for_date) DO UPDATE SET status = 'running', attempt = job_runs.attempt + 1, locked_by = excluded.locked_by,
			locked_until = excluded.locked_until, started_at = excluded.started_at, finished_at = NULL
		WHERE (job_runs.status <> 'done' AND job_runs.locked_until <= excluded.started_at) OR (? AND job_runs.status <> 'running')
		RETURNING *`, db.newID(), job, date, worker, now.Add(lease), now, force).Scan(&run)
	return run, res.RowsAffected == 1, translate(res.Error)
}

// ExtendJobRun prolongs the lease of a run that takes longer. It is false when another
// worker took the run over.
func (db *DB) ExtendJobRun(ctx context.Context, run models.JobRun, lease time.Duration) (bool, error) {
	return db.settleRun(ctx, run, "locked_until = ?", db.Now().Add(lease))
}

// FinishJobRun records what a run did. It is false when another worker took the run over.
func (db *DB) FinishJobRun(ctx context.Context, run models.JobRun, summary string) (bool, error) {
	return db.settleRun(ctx, run, "status = 'done', finished_at = ?, summary = ?, last_error = ''", db.Now(), summary)
}

// FailJobRun records that a run failed and how long to wait before it is tried again.
func (db *DB) FailJobRun(ctx context.Context, run models.JobRun, problem string, pause time.Duration) (bool, error) {
	return db.settleRun(ctx, run, "status = 'failed', finished_at = ?, last_error = ?, locked_until = ?", db.Now(), problem, db.Now().Add(pause))
}

func (db *DB) settleRun(ctx context.Context, run models.JobRun, set string, args ...any) (bool, error) {
	args = append(args, run.ID, run.LockedBy, run.Attempt)
	res := db.gorm.WithContext(ctx).Exec("UPDATE job_runs SET "+set+" WHERE id = ? AND status = 'running' AND locked_by = ? AND attempt = ?", args...)
	return res.RowsAffected == 1, translate(res.Error)
}

// JobRunsSince are a job's runs for dates on or after one, by date.
func (db *DB) JobRunsSince(ctx context.Context, job string, date models.Date) ([]models.JobRun, error) {
	var runs []models.JobRun
	err := db.gorm.WithContext(ctx).Where("job = ? AND for_date >= ?", job, date).Order("for_date").Find(&runs).Error
	return runs, translate(err)
}

// LastJobRun is the last date that a job was started for, or none.
func (db *DB) LastJobRun(ctx context.Context, job string) (date models.Date, err error) {
	err = db.gorm.WithContext(ctx).Raw("SELECT COALESCE(max(for_date), '') FROM job_runs WHERE job = ?", job).Row().Scan(&date)
	return date, translate(err)
}

// Housekeeping is how much was removed.
type Housekeeping struct {
	Sessions        int64 `json:"sessions"`
	IdempotencyKeys int64 `json:"idempotency_keys"`
	Files           int64 `json:"files"` // contents that no attachment named
}

// Housekeep removes sessions that ended and idempotency keys that nobody will repeat.
func (db *DB) Housekeep(ctx context.Context, sessionsBefore, keysBefore time.Time) (Housekeeping, error) {
	var h Housekeeping
	res := db.gorm.WithContext(ctx).Exec("DELETE FROM sessions WHERE expires_at < ? OR revoked_at < ?", sessionsBefore, sessionsBefore)
	if res.Error != nil {
		return h, translate(res.Error)
	}
	h.Sessions = res.RowsAffected
	res = db.gorm.WithContext(ctx).Exec("DELETE FROM idempotency_keys WHERE created_at < ?", keysBefore)
	h.IdempotencyKeys = res.RowsAffected
	return h, translate(res.Error)
}
