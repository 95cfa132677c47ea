package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// expectPayment puts what a revision adds to the award on the program's payment calendar:
// the office pays it as a lump sum with the next State Aid payment after the cutoff. A
// revision that adds nothing, or a program without a calendar, expects no payment.
func (s *Service) expectPayment(tx *store.Tx, who models.Actor, ru rules, app models.Application, amount models.Cents, approvedOn models.Date) error {
	pays, ok := ru.def.PaysOn(approvedOn)
	if amount <= 0 || !ok {
		return nil
	}
	p := models.Payment{PaymentKind: models.PaymentAward, ApplicationID: app.ID, OrganizationID: app.OrganizationID, Status: StatusExpected, AmountCents: amount, ExpectedOn: pays}
	if err := tx.Insert(&p); err != nil {
		return err
	}
	tx.Audit(&p, ruled(event(who, "expect", "", nil, p), ru))
	return nil
}

// lowerExpected takes what an amendment gave up off the payments that are still expected,
// the latest first. What was paid already is the office's to claim back (MCL 388.1615).
func lowerExpected(tx *store.Tx, who models.Actor, d *draft, excess models.Cents) error {
	expected, err := store.LockAll[models.Payment](tx, store.Eq{"application_id": d.application.ID, "status": string(StatusExpected)})
	if err != nil {
		return err
	}
	for _, p := range slices.Backward(expected) {
		cut := min(excess, p.AmountCents)
		if cut == 0 {
			return nil
		}
		before, action := p, "lower"
		if excess -= cut; cut == p.AmountCents {
			action, p.Status = "cancel", StatusCancelled
		} else {
			p.AmountCents -= cut
		}
		if err := tx.Update(&p, "status", "amount_cents"); err != nil {
			return err
		}
		tx.Audit(&p, ruled(event(who, action, fmt.Sprintf("Revision %d lowered the award.", d.revision.Number), before, p), d.rules))
	}
	return nil
}

// TransitionPayment takes a step of a payment: record needs what was paid and when,
// cancel a comment.
type TransitionPayment struct {
	ID        string       `json:"-"`
	Version   int64        `json:"-"`
	Event     string       `json:"event" validate:"required,oneof=record cancel"`
	PaidOn    models.Date  `json:"paid_on" validate:"required_if=Event record,omitempty,civil_date"`
	PaidCents models.Cents `json:"paid_cents" validate:"required_if=Event record,gte=0,lte=100000000000000"`
	Reference string       `json:"reference" validate:"max=100"`
	Comment   string       `json:"comment" validate:"max=2000"`
}

// TransitionPayment records an actual payment, or says that it will not be paid. Errors:
// Invalid "payment.before_approval", "payment.date_future"; Conflict "payment.no_such_step".
func (s *Service) TransitionPayment(ctx context.Context, who models.Actor, in TransitionPayment) (models.Payment, error) {
	var p models.Payment
	if err := s.check(in); err != nil {
		return p, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if p, err = store.Get[models.Payment](tx, in.ID); err != nil {
			return err
		}
		if err = allow(who, ReadDocuments, p.OrganizationID); err != nil { // before its version is told
			return err
		}
		app, err := store.Lock[models.Application](tx, p.ApplicationID, 0) // an approval counts its payments
		if err != nil {
			return err
		}
		if p, err = store.Lock[models.Payment](tx, in.ID, in.Version); err != nil {
			return err
		}
		step, err := take(Payments, p.Status, in.Event, who, p.OrganizationID, in.Comment, none{})
		if err != nil {
			return refuse(err)
		}
		ru, err := s.rules(tx, app.GrantYearID)
		if err != nil {
			return err
		}
		before := p
		p.Status = models.State(step.To)
		columns := []string{"status"}
		if p.Status == StatusPaid {
			if err = s.checkPaidOn(p, in.PaidOn); err != nil {
				return err
			}
			p.PaidOn, p.PaidCents, p.Reference = in.PaidOn, in.PaidCents, in.Reference
			columns = append(columns, "paid_on", "paid_cents", "reference")
		}
		if err = tx.Update(&p, columns...); err != nil {
			return err
		}
		tx.Audit(&p, ruled(event(who, in.Event, in.Comment, before, p), ru))
		if p.Status != StatusPaid {
			return nil
		}
		return s.afterPayment(tx, who, ru, app, p)
	})
	return p, err
}

// checkPaidOn: an award is paid after its approval, on a day that has come. The payment
// was written on the day its revision was approved.
func (s *Service) checkPaidOn(p models.Payment, paidOn models.Date) error {
	if approved := models.DateOf(p.CreatedAt, s.zone); paidOn < approved {
		return breaks("/paid_on", "payment.before_approval", fmt.Sprintf("%s is before the award was approved on %s.", paidOn, approved), "Give the day of the State Aid payment.")
	}
	if paidOn > s.Today() {
		return breaks("/paid_on", "payment.date_future", fmt.Sprintf("%s is in the future.", paidOn), "Record a payment once it was made.")
	}
	return nil
}

// afterPayment does what the receipt of money starts: what the grant year makes due counts
// from the first payment (MCL 388.1618a: the fiscal year of receipt), and the district hears of it.
func (s *Service) afterPayment(tx *store.Tx, who models.Actor, ru rules, app models.Application, p models.Payment) error {
	paid, err := store.All[models.Payment](tx, store.Eq{"application_id": app.ID, "status": StatusPaid}, "paid_on")
	if err != nil {
		return err
	}
	err = dueItemsFor(tx, who, ru.def, dueSubject{OrganizationID: app.OrganizationID, GrantYearID: ru.year.ID, ProgramCode: ru.def.Code,
		DueAnchors: programs.DueAnchors{FiscalYear: ru.year.FiscalYear, PaidOn: paid[0].PaidOn, EndsOn: ru.year.EndsOn, Parameters: ru.params}})
	if err != nil {
		return err
	}
	return notify(tx, "payment.recorded", &p, p.OrganizationID, "Payment for "+app.Reference,
		fmt.Sprintf("%s was paid on %s for %s.", p.PaidCents, p.PaidOn, app.Reference), s.Today(), districtRoles...)
}

// ListPayments asks for payments, in the order they were expected.
type ListPayments struct {
	OrganizationID string `json:"organization_id" validate:"max=64"`
	ApplicationID  string `json:"application_id" validate:"max=64"`
	Status         string `json:"status" validate:"omitempty,oneof=expected paid cancelled"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// Payments lists payments.
func (s *Service) Payments(ctx context.Context, who models.Actor, in ListPayments) ([]models.Payment, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.List[models.Payment](s.db.Read(ctx), narrow(scope(who), in.OrganizationID),
		eq("application_id", in.ApplicationID, "status", in.Status), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// Payment is one payment.
func (s *Service) Payment(ctx context.Context, who models.Actor, id string) (models.Payment, error) {
	p, err := store.Get[models.Payment](s.db.Read(ctx), id)
	if err != nil {
		return p, err
	}
	return p, allow(who, ReadDocuments, p.OrganizationID)
}
