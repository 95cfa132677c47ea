package workflow

import (
	"context"
	"strings"

	"earmark/models"
	"earmark/store"
)

// NewReturnReason is a reason that reviewers may pick when they return or deny a line.
type NewReturnReason struct {
	ProgramCode string `json:"program_code" validate:"max=40"` // "" for every program
	Title       string `json:"title" validate:"required,max=80"`
	Text        string `json:"text" validate:"required,max=2000"`
}

// CreateReturnReason puts a reason on the list. Errors: Conflict "return_reason.exists";
// Invalid "return_reason.program".
func (s *Service) CreateReturnReason(ctx context.Context, who models.Actor, in NewReturnReason) (models.ReturnReason, error) {
	var x models.ReturnReason
	in.Title, in.Text = strings.TrimSpace(in.Title), strings.TrimSpace(in.Text)
	if err := s.admit(who, ManageReturnReasons, in); err != nil {
		return x, err
	}
	if err := s.knownProgram(in.ProgramCode); err != nil {
		return x, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "return_reason", in, &x)
		if err != nil || replay {
			return err
		}
		x = models.ReturnReason{Root: models.Root{ID: id}, ProgramCode: in.ProgramCode, Title: in.Title, Text: in.Text, InUse: true}
		if err := tx.Insert(&x); err != nil {
			return reasonExists(err)
		}
		tx.Audit(&x, event(who, "create", "", nil, x))
		return nil
	})
	return x, err
}

func (s *Service) knownProgram(code string) error {
	if _, known := s.programs.Program(code); code == "" || known {
		return nil
	}
	return breaks("/program_code", "return_reason.program", "There is no program "+code+".", "Give the code of a program, or none for every program.")
}

func reasonExists(err error) error {
	if models.CodeOf(err) == "already_exists" {
		return models.Fail(models.Conflict, "return_reason.exists", "Another reason of this program has this title.")
	}
	return err
}

// UpdateReturnReason rewrites a reason, or takes it out of use. What was decided with its
// words keeps them.
type UpdateReturnReason struct {
	ID          string `json:"-"`
	Version     int64  `json:"-"`
	ProgramCode string `json:"program_code" validate:"max=40"`
	Title       string `json:"title" validate:"required,max=80"`
	Text        string `json:"text" validate:"required,max=2000"`
	InUse       bool   `json:"in_use"`
}

// UpdateReturnReason replaces what the list says. Errors: as CreateReturnReason.
func (s *Service) UpdateReturnReason(ctx context.Context, who models.Actor, in UpdateReturnReason) (models.ReturnReason, error) {
	var x models.ReturnReason
	in.Title, in.Text = strings.TrimSpace(in.Title), strings.TrimSpace(in.Text)
	if err := ofTheOffice(who); err != nil {
		return x, err
	}
	if err := s.admit(who, ManageReturnReasons, in); err != nil {
		return x, err
	}
	if err := s.knownProgram(in.ProgramCode); err != nil {
		return x, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if x, err = store.Lock[models.ReturnReason](tx, in.ID, in.Version); err != nil {
			return err
		}
		before := x
		x.ProgramCode, x.Title, x.Text, x.InUse = in.ProgramCode, in.Title, in.Text, in.InUse
		if err := tx.Update(&x, "program_code", "title", "text", "in_use"); err != nil {
			return reasonExists(err)
		}
		tx.Audit(&x, event(who, "update", "", before, x))
		return nil
	})
	return x, err
}

// ListReturnReasons asks for reasons, in the order they were written.
type ListReturnReasons struct {
	ProgramCode string `json:"program_code" validate:"max=40"` // those of this program only
	InUse       string `json:"in_use" validate:"omitempty,oneof=true false"`
	After       string `json:"after" validate:"max=64"`
	Limit       int    `json:"limit" validate:"gte=0,lte=100"`
}

// ReturnReasons lists what reviewers may pick. It is the office's.
func (s *Service) ReturnReasons(ctx context.Context, who models.Actor, in ListReturnReasons) ([]models.ReturnReason, error) {
	if err := s.admit(who, ReadReturnReasons, in); err != nil {
		return nil, err
	}
	where := eq("program_code", in.ProgramCode)
	if in.InUse != "" {
		where["in_use"] = in.InUse == "true"
	}
	return store.List[models.ReturnReason](s.db.Read(ctx), store.Scope{All: true}, where, store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// ReturnReason is one of them.
func (s *Service) ReturnReason(ctx context.Context, who models.Actor, id string) (models.ReturnReason, error) {
	if err := ofTheOffice(who); err != nil {
		return models.ReturnReason{}, err
	}
	if err := allow(who, ReadReturnReasons, ""); err != nil {
		return models.ReturnReason{}, err
	}
	return store.Get[models.ReturnReason](s.db.Read(ctx), id)
}

// ofTheOffice: to districts there are no such documents.
func ofTheOffice(who models.Actor) error {
	if who.UserID != "" && !scope(who).All {
		return notFound()
	}
	return nil
}
