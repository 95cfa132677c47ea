package workflow

import (
	"context"
	"strings"

	"earmark/models"
	"earmark/store"
)

// ListJobRuns asks for runs of jobs, newest date first.
type ListJobRuns struct {
	Job    string       `json:"job"    validate:"max=64"`
	Status models.State `json:"status" validate:"omitempty,oneof=running done failed"`
	After  string       `json:"after"  validate:"max=64"`
	Limit  int          `json:"limit"  validate:"gte=0,lte=100"`
}

// JobRuns lists what the jobs did, newest first.
func (s *Service) JobRuns(ctx context.Context, who models.Actor, in ListJobRuns) ([]models.JobRun, error) {
	if err := s.admit(who, ReadJobs, in); err != nil {
		return nil, err
	}
	where := eq("job", in.Job, "status", string(in.Status))
	return store.List[models.JobRun](s.db.Read(ctx), store.Scope{All: true}, where, store.Page{After: in.After, Limit: in.Limit, Desc: true})
}

// JobRun is one run.
func (s *Service) JobRun(ctx context.Context, who models.Actor, id string) (models.JobRun, error) {
	if err := allow(who, ReadJobs, ""); err != nil {
		return models.JobRun{}, err
	}
	return store.Get[models.JobRun](s.db.Read(ctx), id)
}

// MayReadSettings answers nil when the actor may see how this server is set up.
func (s *Service) MayReadSettings(who models.Actor) error { return allow(who, ReadSettings, "") }

// ListMails asks for mails, newest first.
type ListMails struct {
	To      string       `json:"to"       validate:"max=100"` // part of the address or the subject
	UserID  string       `json:"user_id"  validate:"max=64"`
	Status  models.State `json:"status"   validate:"omitempty,oneof=queued sending sent failed"`
	ForDate models.Date  `json:"for_date" validate:"omitempty,civil_date"`
	After   string       `json:"after"    validate:"max=64"`
	Limit   int          `json:"limit"    validate:"gte=0,lte=100"`
}

// Mails lists the mails of everybody: who was told what, when, and what failed for good.
func (s *Service) Mails(ctx context.Context, who models.Actor, in ListMails) ([]models.Mail, error) {
	if err := s.admit(who, ReadMails, in); err != nil {
		return nil, err
	}
	where := eq("user_id", in.UserID, "status", string(in.Status), "for_date", string(in.ForDate))
	return store.Mails(s.db.Read(ctx), where, strings.TrimSpace(in.To), store.Page{After: in.After, Limit: in.Limit, Desc: true})
}

// Mail is one mail. Everybody may read the mails that went to themselves.
func (s *Service) Mail(ctx context.Context, who models.Actor, id string) (models.Mail, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return models.Mail{}, err
	}
	m, err := store.Get[models.Mail](s.db.Read(ctx), id)
	if err == nil && m.UserID == who.UserID {
		return m, nil
	}
	if refusal := allow(who, ReadMails, ""); refusal != nil { // the same whether there is such a mail or not
		return models.Mail{}, refusal
	}
	return m, err
}

// MayRunJobs answers nil when the actor may run a job for a date. Running is the business
// of jobs, which cannot be reached from here.
func (s *Service) MayRunJobs(who models.Actor) error { return allow(who, RunJobs, "") }

// MayReadJobs answers nil when the actor may see the table of jobs.
func (s *Service) MayReadJobs(who models.Actor) error { return allow(who, ReadJobs, "") }
