package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
)

// Job is a row of the table of jobs, which this package cannot import.
type Job struct {
	Name     string `json:"name"`
	Schedule string `json:"schedule"`
	Means    string `json:"means"`
}

// Jobs is what the API needs of package jobs.
type Jobs struct {
	Table []Job
	// Run does a job for a date and answers when it is done. A job that somebody else did
	// or does is a Conflict, unless forced.
	Run func(ctx context.Context, name string, date models.Date, force bool) (models.JobRun, error)
}

func (a *API) jobTable(c *gin.Context) error {
	return all(c, queryOf(c), a.jobs.Table, a.s.MayReadJobs(who(c)), same)
}

type runJob struct {
	Date  models.Date `json:"date"`
	Force bool        `json:"force"`
}

// runJob runs a job of the path's :name for a business date, now.
func (a *API) runJob(c *gin.Context) error {
	var in runJob
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := a.s.MayRunJobs(who(c)); err != nil {
		return err
	}
	if !in.Date.Valid() {
		return models.Field("/date", "civil_date", "The date is not a date that exists.", "Give a date as YYYY-MM-DD.")
	}
	r, err := a.jobs.Run(c.Request.Context(), c.Param("name"), in.Date, in.Force)
	if err != nil {
		return err
	}
	if r.ID == "" { // a job without a date keeps no record
		return done(c, nil)
	}
	return answer(c, http.StatusOK, jobRun(who(c), r), nil)
}

type jobRunBody struct {
	ID         string          `json:"id"`
	Job        string          `json:"job"`
	ForDate    models.Date     `json:"for_date"`
	Status     string          `json:"status"`
	Attempt    int             `json:"attempt"`
	StartedAt  time.Time       `json:"started_at"`
	FinishedAt *time.Time      `json:"finished_at"`
	LastError  *string         `json:"last_error"`
	Summary    json.RawMessage `json:"summary"`
}

func jobRun(_ models.Actor, r models.JobRun) jobRunBody {
	return jobRunBody{r.ID, r.Job, r.ForDate, string(r.Status), r.Attempt, r.StartedAt, r.FinishedAt, opt(r.LastError), kept(r.Summary)}
}

type mailBody struct {
	ID            string      `json:"id"`
	UserID        string      `json:"user_id"`
	ToAddress     string      `json:"to_address"`
	Kind          string      `json:"kind"`
	ForDate       models.Date `json:"for_date"`
	MessageID     string      `json:"message_id"`
	Subject       string      `json:"subject"`
	Status        string      `json:"status"`
	Attempts      int         `json:"attempts"`
	NextAttemptAt time.Time   `json:"next_attempt_at"`
	LastError     *string     `json:"last_error"`
	SentAt        *time.Time  `json:"sent_at"`
	CreatedAt     time.Time   `json:"created_at"`
}

func mail(_ models.Actor, m models.Mail) mailBody {
	return mailBody{m.ID, m.UserID, m.ToAddress, m.Kind, m.ForDate, m.MessageID, m.Subject, string(m.Status), m.Attempts, m.NextAttemptAt, opt(m.LastError), m.SentAt, m.CreatedAt}
}

type mailDetailBody struct {
	mailBody
	TextBody string `json:"text_body"`
	HTMLBody string `json:"html_body"`
}

func mailDetail(who models.Actor, m models.Mail) mailDetailBody {
	return mailDetailBody{mail(who, m), m.TextBody, m.HTMLBody}
}
