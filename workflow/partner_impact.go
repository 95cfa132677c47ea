package workflow

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/store"
)

// PriorFundingInput is one amount that a payee had at an organization.
type PriorFundingInput struct {
	OrganizationCode string                  `json:"organization_code" validate:"required,max=40"`
	OrganizationKind models.OrganizationKind `json:"organization_kind" validate:"required,oneof=agency isd district school"`
	PayeeCode        string                  `json:"payee_code" validate:"required,max=40"`
	AmountCents      models.Cents            `json:"amount_cents" validate:"gt=0,lte=100000000000000"`
}

// NewPriorFunding is a list of what was funded in a year before Earmark kept it.
type NewPriorFunding struct {
	ProgramCode string              `json:"program_code" validate:"required,max=64"`
	FiscalYear  int                 `json:"fiscal_year" validate:"gte=1990,lte=2100"`
	Source      string              `json:"source" validate:"required,max=500"`
	Rows        []PriorFundingInput `json:"rows" validate:"required,min=1,max=5000,dive"`
}

// CreatePriorFunding keeps a list; a later one of the same program and year takes its
// place in reports. Errors: Invalid "not_found", "prior_funding.twice".
func (s *Service) CreatePriorFunding(ctx context.Context, who models.Actor, in NewPriorFunding) (models.PriorFunding, error) {
	var list models.PriorFunding
	if err := s.admit(who, ManagePayees, in); err != nil {
		return list, err
	}
	if _, known := s.programs.Program(in.ProgramCode); !known {
		return list, models.Field("/program_code", "program.unknown", fmt.Sprintf("There is no program %q.", in.ProgramCode), "Give the code of a program.")
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "prior_funding", in, &list)
		if err != nil || replay {
			return err
		}
		list = models.PriorFunding{Root: models.Root{ID: id}, ProgramCode: in.ProgramCode, FiscalYear: in.FiscalYear, Source: in.Source, RowCount: len(in.Rows), CreatedBy: who.UserID}
		rows, err := priorRows(tx, id, in.Rows)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if list.TotalCents, err = list.TotalCents.Add(r.AmountCents); err != nil {
				return models.Field("/rows", "amount.overflow", "The total of the list is too large.", "Check the amounts.")
			}
		}
		if err := tx.Insert(&list); err != nil {
			return err
		}
		if err := tx.Create(&rows); err != nil {
			return err
		}
		tx.Audit(&list, event(who, "create", "", nil, list))
		return nil
	})
	return list, err
}

// priorRows finds the organizations and payees of a list, and everything that is wrong with it.
func priorRows(tx *store.Tx, id string, in []PriorFundingInput) ([]models.PriorFundingRow, error) {
	organizations, payees := map[string]string{}, map[string]string{}
	var codes, partners []string
	for _, r := range in {
		codes, partners = append(codes, r.OrganizationCode), append(partners, r.PayeeCode)
	}
	found, err := store.All[models.Organization](tx, store.Eq{"code": codes})
	if err != nil {
		return nil, err
	}
	for _, o := range found {
		organizations[string(o.OrgKind)+" "+o.Code] = o.ID
	}
	known, err := store.All[models.Payee](tx, store.Eq{"code": partners})
	if err != nil {
		return nil, err
	}
	for _, p := range known {
		payees[p.Code] = p.ID
	}
	var fields []models.FieldError
	seen := map[[2]string]bool{}
	rows := make([]models.PriorFundingRow, len(in))
	for i, r := range in {
		row := models.PriorFundingRow{PriorFundingID: id, OrganizationID: organizations[string(r.OrganizationKind)+" "+r.OrganizationCode], PayeeID: payees[r.PayeeCode], AmountCents: r.AmountCents}
		at := fmt.Sprintf("/rows/%d", i)
		switch key := [2]string{row.OrganizationID, row.PayeeID}; {
		case row.OrganizationID == "":
			fields = append(fields, models.FieldError{Pointer: at + "/organization_code", Code: "not_found", Detail: fmt.Sprintf("There is no %s %s.", r.OrganizationKind, r.OrganizationCode), Fix: "Import the organization first, or correct the code."})
		case row.PayeeID == "":
			fields = append(fields, models.FieldError{Pointer: at + "/payee_code", Code: "not_found", Detail: fmt.Sprintf("There is no payee %s.", r.PayeeCode), Fix: "List the payee first, or correct the code."})
		case seen[key]:
			fields = append(fields, models.FieldError{Pointer: at, Code: "prior_funding.twice", Detail: "This organization and payee stand here twice.", Fix: "Add the two amounts."})
		default:
			seen[key] = true
		}
		rows[i] = row
	}
	return rows, invalid(fields)
}

// ListPriorFundings asks for lists of earlier funding, oldest first.
type ListPriorFundings struct {
	ProgramCode string `json:"program_code" validate:"max=64"`
	After       string `json:"after" validate:"max=64"`
	Limit       int    `json:"limit" validate:"gte=0,lte=100"`
}

// PriorFundings lists the office's lists.
func (s *Service) PriorFundings(ctx context.Context, who models.Actor, in ListPriorFundings) ([]models.PriorFunding, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.List[models.PriorFunding](s.db.Read(ctx), store.Scope{All: scope(who).All}, eq("program_code", in.ProgramCode), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// PriorFunding is one list; it is the office's.
func (s *Service) PriorFunding(ctx context.Context, who models.Actor, id string) (models.PriorFunding, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return models.PriorFunding{}, err
	}
	if !scope(who).All {
		return models.PriorFunding{}, notFound()
	}
	return store.Get[models.PriorFunding](s.db.Read(ctx), id)
}

// PartnerImpact is what one payee has at one organization, from one year to the next.
type PartnerImpact struct {
	store.PartnerChange
	ChangeCents models.Cents
	Outcome     string // new, ended, more, less, same
}

// PartnerImpacts compares a fiscal year of a program with the one before it, per
// organization and payee, in the order of their codes. A recipient sees its own rows.
func (s *Service) PartnerImpacts(ctx context.Context, who models.Actor, program string, fiscalYear int) ([]PartnerImpact, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return nil, err
	}
	if _, known := s.programs.Program(program); !known {
		return nil, notFound()
	}
	rows, err := s.db.Read(ctx).PartnerChanges(scope(who), program, fiscalYear)
	if err != nil {
		return nil, err
	}
	out := make([]PartnerImpact, len(rows))
	for i, r := range rows {
		out[i] = PartnerImpact{PartnerChange: r, ChangeCents: r.AfterCents - r.BeforeCents, Outcome: outcomeOf(r)}
	}
	return out, nil
}

func outcomeOf(r store.PartnerChange) string {
	switch {
	case r.BeforeCents == 0:
		return "new"
	case r.AfterCents == 0:
		return "ended"
	case r.AfterCents > r.BeforeCents:
		return "more"
	case r.AfterCents < r.BeforeCents:
		return "less"
	}
	return "same"
}
