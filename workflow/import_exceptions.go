package workflow

import (
	"context"
	"slices"

	"earmark/models"
	"earmark/store"
)

// TransitionImportException decides a row that could not be posted: match names the line
// it belongs to, dismiss sets it aside with a comment.
type TransitionImportException struct {
	ID         string `json:"-"`
	Version    int64  `json:"-"`
	Event      string `json:"event" validate:"required,oneof=match dismiss"`
	LineItemID string `json:"line_item_id" validate:"required_if=Event match,max=64"`
	// CommitmentID is the contract that the row pays, on a restricted line.
	CommitmentID string `json:"commitment_id,omitempty" validate:"max=64"`
	Comment      string `json:"comment" validate:"max=1000"`
}

// TransitionImportException posts the row on the line under the line's limit, as
// PostExpenditure would, or dismisses it. The exception keeps what the ledger said; the
// entry has the object of the row when the line has that cost, else the line's own.
func (s *Service) TransitionImportException(ctx context.Context, who models.Actor, in TransitionImportException) (models.ImportException, error) {
	var x models.ImportException
	if err := s.check(in); err != nil {
		return x, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if x, err = store.Lock[models.ImportException](tx, in.ID, 0); err != nil {
			return err
		}
		if err = allow(who, ReadDocuments, x.OrganizationID); err != nil { // before its version is told
			return err
		}
		if x, err = store.Lock[models.ImportException](tx, in.ID, in.Version); err != nil {
			return err
		}
		step, err := take(ImportExceptions, x.Status, in.Event, who, x.OrganizationID, in.Comment, none{})
		if err != nil {
			return refuse(err)
		}
		before := x
		x.Status, x.Comment = models.State(step.To), in.Comment
		if x.Status == StatusMatched {
			e, err := s.postException(tx, who, x, in)
			if err != nil {
				return err
			}
			x.ExpenditureID = &e.ID
		}
		if err = tx.Update(&x, "status", "comment", "expenditure_id"); err != nil {
			return err
		}
		tx.Audit(&x, event(who, in.Event, in.Comment, before, x))
		return nil
	})
	return x, err
}

func (s *Service) postException(tx *store.Tx, who models.Actor, x models.ImportException, in TransitionImportException) (models.Expenditure, error) {
	line, err := store.Get[models.LineItem](tx, in.LineItemID)
	if err != nil {
		return models.Expenditure{}, err
	}
	if line.ApplicationID != x.ApplicationID {
		return models.Expenditure{}, notFound()
	}
	costs, err := store.All[models.LineCost](tx, store.Eq{"line_version_id": line.VersionID}, "object_code")
	if err != nil {
		return models.Expenditure{}, err
	}
	row := NewExpenditure{LineItemID: line.ID, CommitmentID: in.CommitmentID, AmountCents: x.AmountCents, SpentOn: x.SpentOn, Vendor: x.Vendor, Invoice: x.Invoice, Memo: x.Memo}
	if slices.ContainsFunc(costs, func(c models.LineCost) bool { return c.ObjectCode == x.ObjectCode }) {
		row.ObjectCode = x.ObjectCode
	}
	p := s.posting(who, ResolveException, row)
	p.Expenditure.ImportID, p.Expenditure.RowKey = &x.ImportID, &x.RowKey
	p.Event.Action, p.Event.Reason = "match", in.Comment
	out, err := s.postIn(tx, who, ResolveException, row, p)
	return out.Expenditure, err
}

// ListImportExceptions asks for rows that could not be posted, in the order they came.
type ListImportExceptions struct {
	OrganizationID string `json:"organization_id" validate:"max=64"`
	ApplicationID  string `json:"application_id" validate:"max=64"`
	ImportID       string `json:"import_id" validate:"max=64"`
	Status         string `json:"status" validate:"omitempty,oneof=open matched dismissed"`
	Reason         string `json:"reason" validate:"max=20"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// ImportExceptions lists the exception queue.
func (s *Service) ImportExceptions(ctx context.Context, who models.Actor, in ListImportExceptions) ([]models.ImportException, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.List[models.ImportException](s.db.Read(ctx), narrow(scope(who), in.OrganizationID),
		eq("application_id", in.ApplicationID, "import_id", in.ImportID, "status", in.Status, "reason", in.Reason),
		store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// ImportException is one row that could not be posted.
func (s *Service) ImportException(ctx context.Context, who models.Actor, id string) (models.ImportException, error) {
	x, err := store.Get[models.ImportException](s.db.Read(ctx), id)
	if err != nil {
		return x, err
	}
	return x, allow(who, ReadDocuments, x.OrganizationID)
}
