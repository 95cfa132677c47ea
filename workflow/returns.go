package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// NewReturn is money that a recipient paid back.
type NewReturn struct {
	ApplicationID string       `json:"-" validate:"required,max=64"`
	AmountCents   models.Cents `json:"amount_cents" validate:"gt=0,lte=100000000000000"`
	ReturnedOn    models.Date  `json:"returned_on" validate:"required,civil_date"`
	Reference     string       `json:"reference" validate:"max=100"`
	Comment       string       `json:"comment" validate:"max=2000"`
}

// RecordReturn records money that came back, as a payment below 0: at most what was paid
// and is not spent. When nothing is left, what the program has due of unspent money is
// settled. Errors: Invalid "payment.return_over_unspent", "payment.date_future",
// "payment.return_before_payment".
func (s *Service) RecordReturn(ctx context.Context, who models.Actor, in NewReturn) (models.Payment, error) {
	var p models.Payment
	err := s.change(ctx, func(tx *store.Tx) error {
		app, err := store.Lock[models.Application](tx, in.ApplicationID, 0) // payments and returns are added up one at a time
		if err != nil {
			return err
		}
		if err := allow(who, RecordPayment, app.OrganizationID); err != nil {
			return err
		}
		if err := s.check(in); err != nil {
			return err
		}
		id, replay, err := onceInto(tx, who, "payment", struct {
			NewReturn
			Application string
		}{in, app.ID}, &p)
		if err != nil || replay {
			return err
		}
		ru, err := s.rules(tx, app.GrantYearID)
		if err != nil {
			return err
		}
		left, err := s.returnable(tx, app, in)
		if err != nil {
			return err
		}
		p = models.Payment{Root: models.Root{ID: id}, PaymentKind: models.PaymentReturn, ApplicationID: app.ID, OrganizationID: app.OrganizationID, Status: StatusPaid,
			AmountCents: -in.AmountCents, ExpectedOn: in.ReturnedOn, PaidCents: -in.AmountCents, PaidOn: in.ReturnedOn, Reference: in.Reference}
		if err := tx.Insert(&p); err != nil {
			return err
		}
		tx.Audit(&p, ruled(event(who, "return", in.Comment, nil, p), ru))
		if left == in.AmountCents {
			if err := settleUnspent(tx, who, ru, app, in.ReturnedOn, "Everything unspent was returned.", programs.WhenUnspent); err != nil {
				return err
			}
		}
		return notify(tx, "payment.returned", &p, p.OrganizationID, "Money returned for "+app.Reference,
			fmt.Sprintf("%s came back on %s for %s.", in.AmountCents, in.ReturnedOn, app.Reference), s.Today(), districtRoles...)
	})
	return p, err
}

// returnable is what was paid and is not spent; lines are held, so that nothing is posted
// between the check and the return.
func (s *Service) returnable(tx *store.Tx, app models.Application, in NewReturn) (models.Cents, error) {
	if in.ReturnedOn > s.Today() {
		return 0, breaks("/returned_on", "payment.date_future", fmt.Sprintf("%s is in the future.", in.ReturnedOn), "Record a return once the money has come.")
	}
	if err := tx.LockLines(app.ID); err != nil {
		return 0, err
	}
	paid, err := tx.PaidTotal(app.ID)
	if err != nil {
		return 0, err
	}
	spent, err := tx.SpentTotal(app.ID)
	if err != nil {
		return 0, err
	}
	if left := max(paid-spent, 0); in.AmountCents > left {
		return 0, breaks("/amount_cents", "payment.return_over_unspent",
			fmt.Sprintf("%s is paid and not returned, and %s is spent: at most %s can come back.", paid, spent, left), fmt.Sprintf("Record at most %s.", left))
	}
	first, err := store.All[models.Payment](tx, store.Eq{"application_id": app.ID, "status": string(StatusPaid), "payment_kind": models.PaymentAward}, "paid_on")
	if err != nil {
		return 0, err
	}
	if in.ReturnedOn < first[0].PaidOn { // there is one: something is unspent
		return 0, breaks("/returned_on", "payment.return_before_payment", fmt.Sprintf("%s is before the first payment on %s.", in.ReturnedOn, first[0].PaidOn), "Give the day on which the money came back.")
	}
	return max(paid-spent, 0), nil
}

// settleUnspent marks as done what is due of unspent money, when none is left: of the given
// kinds of programs.DueDate.When.
func settleUnspent(tx *store.Tx, who models.Actor, ru rules, app models.Application, on models.Date, comment string, when ...string) error {
	items, err := store.LockAll[models.DueItem](tx, store.Eq{"organization_id": app.OrganizationID, "grant_year_id": app.GrantYearID})
	if err != nil {
		return err
	}
	for _, d := range items {
		for _, rule := range ru.def.DueDates {
			if rule.Code != d.Code || !d.DoneOn.IsZero() || !slices.Contains(when, rule.When) {
				continue
			}
			if err := finishDue(tx, who, ru, d, on, comment); err != nil {
				return err
			}
		}
	}
	return nil
}

// finishDue marks one due item as done.
func finishDue(tx *store.Tx, who models.Actor, ru rules, d models.DueItem, on models.Date, comment string) error {
	before := d
	d.DoneOn, d.DoneBy, d.Comment = on, &who.UserID, comment
	if err := tx.Update(&d, "done_on", "done_by", "comment"); err != nil {
		return err
	}
	tx.Audit(&d, ruled(event(who, "complete", comment, before, d), ru))
	return nil
}
