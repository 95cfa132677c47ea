package workflow

import (
	"context"
	"strings"

	"earmark/models"
	"earmark/store"
)

// NewPayee is somebody whom recipients may pay.
type NewPayee struct {
	Code        string `json:"code" validate:"required,max=40"`
	Name        string `json:"name" validate:"required,max=200"`
	PayeeKind   string `json:"kind" validate:"required,oneof=partner_organization vendor employee public_agency other"`
	InPortfolio bool   `json:"in_portfolio"`
	Note        string `json:"note" validate:"max=2000"`
}

// CreatePayee puts somebody on the office's list. Errors: Conflict "payee.code_taken".
func (s *Service) CreatePayee(ctx context.Context, who models.Actor, in NewPayee) (models.Payee, error) {
	var p models.Payee
	in.Code, in.Name = strings.TrimSpace(in.Code), strings.TrimSpace(in.Name)
	if err := s.admit(who, ManagePayees, in); err != nil {
		return p, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "payee", in, &p)
		if err != nil || replay {
			return err
		}
		p = models.Payee{Root: models.Root{ID: id}, Code: in.Code, Name: in.Name, PayeeKind: in.PayeeKind, InPortfolio: in.InPortfolio, Note: in.Note}
		if err := tx.Insert(&p); err != nil {
			return codeTaken(err)
		}
		tx.Audit(&p, event(who, "create", "", nil, p))
		return nil
	})
	return p, err
}

func codeTaken(err error) error {
	if models.CodeOf(err) == "already_exists" {
		return models.Fail(models.Conflict, "payee.code_taken", "Another payee has this code.")
	}
	return err
}

// UpdatePayee corrects what the office knows of a payee. Commitments keep what was
// decided; the kind and the portfolio count from now on.
type UpdatePayee struct {
	ID          string `json:"-"`
	Version     int64  `json:"-"`
	Code        string `json:"code" validate:"required,max=40"`
	Name        string `json:"name" validate:"required,max=200"`
	PayeeKind   string `json:"kind" validate:"required,oneof=partner_organization vendor employee public_agency other"`
	InPortfolio bool   `json:"in_portfolio"`
	Note        string `json:"note" validate:"max=2000"`
}

// UpdatePayee replaces what the list says of a payee.
func (s *Service) UpdatePayee(ctx context.Context, who models.Actor, in UpdatePayee) (models.Payee, error) {
	var p models.Payee
	in.Code, in.Name = strings.TrimSpace(in.Code), strings.TrimSpace(in.Name)
	if err := s.admit(who, ManagePayees, in); err != nil {
		return p, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if p, err = store.Lock[models.Payee](tx, in.ID, in.Version); err != nil {
			return err
		}
		before := p
		p.Code, p.Name, p.PayeeKind, p.InPortfolio, p.Note = in.Code, in.Name, in.PayeeKind, in.InPortfolio, in.Note
		if err := tx.Update(&p, "code", "name", "kind", "in_portfolio", "note"); err != nil {
			return codeTaken(err)
		}
		tx.Audit(&p, event(who, "update", "", before, p))
		return nil
	})
	return p, err
}

// ListPayees asks for payees, in the order they were listed.
type ListPayees struct {
	PayeeKind   string `json:"kind" validate:"omitempty,oneof=partner_organization vendor employee public_agency other"`
	InPortfolio string `json:"in_portfolio" validate:"omitempty,oneof=true false"`
	After       string `json:"after" validate:"max=64"`
	Limit       int    `json:"limit" validate:"gte=0,lte=100"`
}

// Payees lists whom recipients may pay; everybody reads the list.
func (s *Service) Payees(ctx context.Context, who models.Actor, in ListPayees) ([]models.Payee, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("kind", in.PayeeKind)
	if in.InPortfolio != "" {
		where["in_portfolio"] = in.InPortfolio == "true"
	}
	return store.List[models.Payee](s.db.Read(ctx), store.Scope{All: true}, where, store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// Payee is one payee.
func (s *Service) Payee(ctx context.Context, who models.Actor, id string) (models.Payee, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return models.Payee{}, err
	}
	return store.Get[models.Payee](s.db.Read(ctx), id)
}
