package workflow

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/approval"
)

// NewCommitment promises an amount of a line in force to a payee.
type NewCommitment struct {
	LineItemID  string       `json:"line_item_id" validate:"required,max=64"`
	PayeeID     string       `json:"payee_id" validate:"required,max=64"`
	Description string       `json:"description" validate:"required,max=2000"`
	AmountCents models.Cents `json:"amount_cents" validate:"gt=0,lte=100000000000000"`
	StartsOn    models.Date  `json:"starts_on" validate:"required,civil_date"`
	EndsOn      models.Date  `json:"ends_on" validate:"required,civil_date"`
}

// UpdateCommitment replaces the terms of a draft or returned commitment.
type UpdateCommitment struct {
	ID          string       `json:"-"`
	Version     int64        `json:"-"`
	PayeeID     string       `json:"payee_id" validate:"required,max=64"`
	Description string       `json:"description" validate:"required,max=2000"`
	AmountCents models.Cents `json:"amount_cents" validate:"gt=0,lte=100000000000000"`
	StartsOn    models.Date  `json:"starts_on" validate:"required,civil_date"`
	EndsOn      models.Date  `json:"ends_on" validate:"required,civil_date"`
}

// CommitmentRow is a commitment with its payee.
type CommitmentRow struct {
	models.Commitment
	Payee models.Payee
}

// CommitmentDetail is a commitment with what surrounds it, and the steps the actor has.
type CommitmentDetail struct {
	CommitmentRow
	Standing  approval.Standing
	Approvals []models.CommitmentApproval
	Balance   LineBalance
	Findings  []models.FieldError
	Offers    []Offer
}

// pledge is a commitment open for change, with what its rules look at.
type pledge struct {
	rules
	CommitmentRow
	line      models.LineItem
	district  models.Organization
	balance   LineBalance // without this commitment
	approvals []models.CommitmentApproval
}

// CreateCommitment writes a draft. Errors: Conflict "commitment.not_used",
// "line_item.not_in_force", "grant_year.not_open"; Invalid "commitment.payee_kind",
// "commitment.over_line", "commitment.outside_portfolio", "commitment.dates".
func (s *Service) CreateCommitment(ctx context.Context, who models.Actor, in NewCommitment) (CommitmentDetail, error) {
	var out CommitmentDetail
	if err := s.check(in); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		line, err := store.Get[models.LineItem](tx, in.LineItemID)
		if err != nil {
			return unknownReference(err, "/line_item_id", "line item")
		}
		if err := allow(who, EditCommitment, line.OrganizationID); err != nil {
			if models.KindOf(err) == models.NotFound {
				return unknownReference(err, "/line_item_id", "line item")
			}
			return err
		}
		app, err := store.Lock[models.Application](tx, line.ApplicationID, 0) // one after the other: their sum must fit
		if err != nil {
			return err
		}
		if err := tx.LockLines(app.ID); err != nil { // and beside what is spent
			return err
		}
		id, replay, err := once(tx, who, "commitment", in)
		if err != nil {
			return err
		}
		c := models.Commitment{Root: models.Root{ID: id}, ApplicationID: app.ID, GrantYearID: app.GrantYearID, OrganizationID: app.OrganizationID,
			LineItemID: line.ID, PayeeID: in.PayeeID, Description: in.Description, AmountCents: in.AmountCents, StartsOn: in.StartsOn, EndsOn: in.EndsOn,
			Status: StatusDraft, CreatedBy: who.UserID}
		if replay {
			if c, err = store.Get[models.Commitment](tx, id); err != nil {
				return err
			}
		}
		p, err := s.pledgeOf(tx, c)
		if err != nil {
			return err
		}
		if !replay {
			if err := s.insertPledge(tx, who, app, p); err != nil {
				return err
			}
		}
		out = s.pledgeDetail(p, who)
		return nil
	})
	return out, err
}

func (s *Service) insertPledge(tx *store.Tx, who models.Actor, app models.Application, p *pledge) error {
	if err := s.pledgeOpen(p); err != nil {
		return err
	}
	if err := p.terms(); err != nil {
		return err
	}
	n, err := tx.Counter("commitment/" + app.ID)
	if err != nil {
		return err
	}
	p.Number, p.Reference = int(n), fmt.Sprintf("%s-C%02d", app.Reference, n)
	p.OutsidePortfolio = p.def.Commitments.Portfolio != nil && !p.Payee.InPortfolio
	if err := tx.Insert(&p.Commitment); err != nil {
		return err
	}
	tx.Audit(&p.Commitment, ruled(event(who, "create", "", nil, p.Commitment), p.rules))
	return nil
}

// UpdateCommitment changes a draft, or one that was returned. Errors as CreateCommitment,
// and Conflict "commitment.locked".
func (s *Service) UpdateCommitment(ctx context.Context, who models.Actor, in UpdateCommitment) (CommitmentDetail, error) {
	var out CommitmentDetail
	if err := s.check(in); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		c, err := lockCommitment(tx, who, in.ID, in.Version)
		if err != nil {
			return err
		}
		if err := allow(who, EditCommitment, c.OrganizationID); err != nil {
			return err
		}
		if c.Status != StatusDraft && c.Status != StatusReturned {
			return models.Fail(models.Conflict, "commitment.locked", "This commitment is %s and cannot be changed. Ask for it to be returned, or cancel it and write another.", c.Status)
		}
		before := c
		c.PayeeID, c.Description, c.AmountCents, c.StartsOn, c.EndsOn = in.PayeeID, in.Description, in.AmountCents, in.StartsOn, in.EndsOn
		p, err := s.pledgeOf(tx, c)
		if err != nil {
			return err
		}
		if err := s.pledgeOpen(p); err != nil {
			return err
		}
		if err := p.terms(); err != nil {
			return err
		}
		p.OutsidePortfolio = p.def.Commitments.Portfolio != nil && !p.Payee.InPortfolio
		if err := tx.Update(&p.Commitment, "payee_id", "description", "amount_cents", "starts_on", "ends_on", "outside_portfolio"); err != nil {
			return err
		}
		tx.Audit(&p.Commitment, ruled(event(who, "update", "", before, p.Commitment), p.rules))
		out = s.pledgeDetail(p, who)
		return nil
	})
	return out, err
}

// lockCommitment locks the application, then the commitment, then the lines; another organization's is NotFound.
func lockCommitment(tx *store.Tx, who models.Actor, id string, version int64) (models.Commitment, error) {
	c, err := store.Get[models.Commitment](tx, id)
	if err != nil {
		return c, err
	}
	if err := allow(who, ReadDocuments, c.OrganizationID); err != nil { // before its version is told
		return c, err
	}
	if _, err := store.Lock[models.Application](tx, c.ApplicationID, 0); err != nil {
		return c, err
	}
	if c, err = store.Lock[models.Commitment](tx, id, version); err != nil {
		return c, err
	}
	return c, tx.LockLines(c.ApplicationID) // last, as spending locks them
}

// pledgeOf loads what the rules of a commitment look at.
func (s *Service) pledgeOf(r store.Reading, c models.Commitment) (*pledge, error) {
	p := &pledge{CommitmentRow: CommitmentRow{Commitment: c}}
	var err error
	if p.rules, err = s.rules(r, c.GrantYearID); err != nil {
		return nil, err
	}
	if p.def.Commitments == nil {
		return nil, models.Fail(models.Conflict, "commitment.not_used", "%s knows no commitments; spend on the line itself.", p.def.Title)
	}
	if p.Payee, err = store.Get[models.Payee](r, c.PayeeID); err != nil {
		return nil, unknownReference(err, "/payee_id", "payee")
	}
	if p.line, err = store.Get[models.LineItem](r, c.LineItemID); err != nil {
		return nil, err
	}
	if p.district, err = store.Get[models.Organization](r, c.OrganizationID); err != nil {
		return nil, err
	}
	if p.balance, err = balanceOf(r, p.line, c.ID); err != nil {
		return nil, err
	}
	p.approvals, err = store.All[models.CommitmentApproval](r, store.Eq{"commitment_id": c.ID}, "at", "id")
	return p, err
}

func balanceOf(r store.Reading, line models.LineItem, but string) (LineBalance, error) {
	by, err := readerOf(r).Committed(line.ApplicationID, but)
	got := by[line.ID]
	return LineBalance{LineItemID: line.ID, Number: line.Number, AmountCents: line.AmountCents, SpentCents: line.SpentCents,
		CommittedCents: got.CommittedCents, PendingCents: got.PendingCents, DirectCents: line.SpentCents - got.SpentCents}.settled(), err
}

// pledgeOpen says why nothing can be promised from the line now; nil when it can.
func (s *Service) pledgeOpen(p *pledge) error {
	if err := p.rules.open(); err != nil {
		return err
	}
	if p.line.Status != StatusInForce {
		return models.Fail(models.Conflict, "line_item.not_in_force", "Line %d is %s. Money can be committed only of lines of the approved revision in force.", p.line.Number, words(string(p.line.Status)))
	}
	if w := s.spanOf(p.rules); p.StartsOn < w.from || p.EndsOn > w.until || p.EndsOn < p.StartsOn {
		pointer := "/starts_on"
		if p.StartsOn >= w.from {
			pointer = "/ends_on"
		}
		return breaks(pointer, "commitment.dates", fmt.Sprintf("%s to %s is not inside the days of %s: %s to %s.", p.StartsOn, p.EndsOn, p.year.Title, w.from, w.until),
			"Give a start and an end inside these days, the start first.")
	}
	return nil
}

func (p *pledge) findings() []models.FieldError {
	return CheckTerms(p.def, Terms{PayeeName: p.Payee.Name, PayeeKind: p.Payee.PayeeKind, InPortfolio: p.Payee.InPortfolio, AmountCents: p.AmountCents, Line: p.balance})
}

func (p *pledge) terms() error { return invalid(p.findings()) }

// chain is the commitment as the engine of approvals sees it.
func (p *pledge) chain() (approval.Item, []approval.Decision) {
	item := approval.Item{Document: "commitment", OrganizationID: p.OrganizationID, AmountCents: p.AmountCents, PreparedBy: []string{p.CreatedBy}}
	if p.SubmittedBy != nil {
		item.SubmittedBy = *p.SubmittedBy
	}
	if p.district.PALUserID != nil {
		item.Liaison = *p.district.PALUserID
	}
	var done []approval.Decision
	for _, a := range p.approvals {
		if a.Round == p.Round {
			done = append(done, approval.Decision{Step: a.Step, Person: a.UserID, Event: a.Decision, OnBehalfOf: a.OnBehalfOf})
		}
	}
	return item, done
}

// pledgeDetail is what a reader sees, with the line's balance as this commitment leaves it.
func (s *Service) pledgeDetail(p *pledge, who models.Actor) CommitmentDetail {
	d := CommitmentDetail{CommitmentRow: p.CommitmentRow, Approvals: p.approvals, Findings: []models.FieldError{}, Balance: p.balance}
	switch p.Status {
	case StatusApproved, StatusContracted:
		d.Balance.CommittedCents += p.AmountCents
	case StatusDraft, StatusSubmitted, StatusReturned:
		d.Balance.PendingCents += p.AmountCents
		d.Findings = append(d.Findings, p.findings()...)
	}
	d.Balance = d.Balance.settled()
	d.Standing = p.def.Commitments.Approval.Standing(p.chain())
	d.Offers = offers(Commitments, p.Status, who, p.OrganizationID, s.pledgeFacts(p, who, TransitionCommitment{SignedOn: s.Today()}))
	return d
}

// ListCommitments asks for commitments, in the order they were written.
type ListCommitments struct {
	OrganizationID string `json:"organization_id" validate:"max=64"`
	ApplicationID  string `json:"application_id" validate:"max=64"`
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	LineItemID     string `json:"line_item_id" validate:"max=64"`
	PayeeID        string `json:"payee_id" validate:"max=64"`
	Status         string `json:"status" validate:"omitempty,oneof=draft submitted approved returned denied contracted cancelled"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// Commitments lists commitments that the actor may see, with their payees.
func (s *Service) Commitments(ctx context.Context, who models.Actor, in ListCommitments) ([]CommitmentRow, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	rows, err := store.List[models.Commitment](r, narrow(scope(who), in.OrganizationID), eq("application_id", in.ApplicationID, "grant_year_id", in.GrantYearID,
		"line_item_id", in.LineItemID, "payee_id", in.PayeeID, "status", in.Status), store.Page{After: in.After, Limit: pageSize(in.Limit)})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, c := range rows {
		ids[i] = c.PayeeID
	}
	payees, err := store.All[models.Payee](r, store.Eq{"id": ids})
	if err != nil {
		return nil, err
	}
	by := make(map[string]models.Payee, len(payees))
	for _, p := range payees {
		by[p.ID] = p
	}
	out := make([]CommitmentRow, len(rows))
	for i, c := range rows {
		out[i] = CommitmentRow{c, by[c.PayeeID]}
	}
	return out, nil
}

// Commitment is one commitment with its approvals and the balance of its line.
func (s *Service) Commitment(ctx context.Context, who models.Actor, id string) (CommitmentDetail, error) {
	r := s.db.Read(ctx)
	c, err := store.Get[models.Commitment](r, id)
	if err != nil {
		return CommitmentDetail{}, err
	}
	if err := allow(who, ReadDocuments, c.OrganizationID); err != nil {
		return CommitmentDetail{}, err
	}
	p, err := s.pledgeOf(r, c)
	if err != nil {
		return CommitmentDetail{}, err
	}
	return s.pledgeDetail(p, who), nil
}

// LineBalance is what is left of a line beside its commitments.
func (s *Service) LineBalance(ctx context.Context, who models.Actor, lineItemID string) (LineBalance, error) {
	r := s.db.Read(ctx)
	line, err := store.Get[models.LineItem](r, lineItemID)
	if err != nil {
		return LineBalance{}, err
	}
	if err := allow(who, ReadDocuments, line.OrganizationID); err != nil {
		return LineBalance{}, err
	}
	return balanceOf(r, line, "")
}
