package api

import (
	"encoding/json"
	"time"

	"earmark/models"
)

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
