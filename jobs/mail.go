package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"earmark/mail"
	"earmark/models"
)

// MailSummary is what one round of sending did.
type MailSummary struct {
	Sent    int `json:"sent"`
	Delayed int `json:"delayed"` // failed for now
	Failed  int `json:"failed"`  // for good
}

// backOff is how long to wait after each attempt that failed for now. After the last one
// the mail is given up and shown as failed.
var backOff = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour}

// Mails are claimed a few at a time. A claim outlasts sending them, and when this process
// dies another one takes them then: at worst a mail goes out twice under one Message-ID.
const (
	mailBatch = 20
	mailLease = 15 * time.Minute
)

// sendMails sends everything that is due. No transaction is open while a server answers.
func sendMails(ctx context.Context, cfg Config) (MailSummary, error) {
	var sum MailSummary
	if cfg.Sender == nil {
		return sum, nil
	}
	worker := uuid.NewString()
	for ctx.Err() == nil {
		mails, err := cfg.DB.ClaimMails(ctx, worker, mailBatch, mailLease)
		if err != nil || len(mails) == 0 {
			return sum, err
		}
		for _, m := range mails {
			if err := sendMail(ctx, cfg, m, &sum); err != nil {
				return sum, err
			}
		}
	}
	return sum, ctx.Err()
}

func sendMail(ctx context.Context, cfg Config, m models.Mail, sum *MailSummary) error {
	err := cfg.Sender.Send(ctx, m)
	// What happened is recorded even when the process is being stopped meanwhile.
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	switch {
	case err == nil:
		sum.Sent++
		return cfg.DB.MailSent(record, m)
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return cfg.DB.MailRetry(record, m, "interrupted by a stop of the server", cfg.DB.Now())
	case mail.Temporary(err) && m.Attempts <= len(backOff):
		sum.Delayed++
		return cfg.DB.MailRetry(record, m, err.Error(), cfg.DB.Now().Add(backOff[max(m.Attempts, 1)-1]))
	}
	sum.Failed++
	return cfg.DB.MailFailed(record, m, err.Error())
}
