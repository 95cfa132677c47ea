package workflow

import (
	"context"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// expected expects a payment of $50,000.00 for an award approved on the ledger's day.
func (l *ledger) expected(approvedOn models.Date) models.Payment {
	l.t.Helper()
	l.change(func(tx *store.Tx) error {
		ru, err := l.s.rulesOf(l.year)
		if err != nil {
			return err
		}
		return l.s.expectPayment(tx, l.fiscal, ru, l.app, 5_000_000, approvedOn)
	})
	list, err := l.s.Payments(context.Background(), l.preparer, ListPayments{ApplicationID: l.app.ID, Status: "expected"})
	noError(l.t, err)
	return list[len(list)-1]
}

// Domain 6.5: approved by the cutoff, paid with next month's State Aid; a day later, a month later.
func TestPaymentIsExpectedOnTheStateAidDateAfterTheCutoff(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	for approved, pays := range map[models.Date]models.Date{"2026-04-05": "2026-05-20", "2026-04-06": "2026-06-20", "2026-05-03": "2026-06-20", "2026-12-15": "2027-02-20"} {
		p := l.expected(approved)
		equal(t, []any{p.ExpectedOn, p.AmountCents, p.Status}, []any{pays, models.Cents(5_000_000), StatusExpected})
	}
	before := len(all[models.Payment](l.night, store.Eq{}))
	l.change(func(tx *store.Tx) error {
		ru, err := l.s.rulesOf(l.year)
		if err != nil {
			return err
		}
		return l.s.expectPayment(tx, l.fiscal, ru, l.app, 0, "2026-04-05")
	})
	equal(t, len(all[models.Payment](l.night, store.Eq{})), before) // an amendment that moves money adds none
}

func TestPaymentIsRecordedOrCancelledOnce(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	ctx := context.Background()
	p := l.expected("2026-03-02")
	l.setClock(time.Date(2026, 4, 21, 15, 0, 0, 0, time.UTC))
	good := TransitionPayment{ID: p.ID, Version: p.Version, Event: "record", PaidOn: "2026-04-20", PaidCents: 5_000_000, Reference: "SA-2026-04"}
	with := func(f func(*TransitionPayment)) TransitionPayment { in := good; f(&in); return in }
	for _, c := range []struct {
		who     models.Actor
		in      TransitionPayment
		kind    models.Kind
		code    string
		pointer string
	}{
		{l.fiscal, with(func(in *TransitionPayment) { in.PaidOn = "" }), models.Invalid, "required_if", "/paid_on"},
		{l.fiscal, with(func(in *TransitionPayment) { in.PaidCents = 0 }), models.Invalid, "required_if", "/paid_cents"},
		{l.fiscal, with(func(in *TransitionPayment) { in.PaidCents = -1 }), models.Invalid, "gte", "/paid_cents"},
		{l.fiscal, with(func(in *TransitionPayment) { in.PaidOn = "2026-03-01" }), models.Invalid, "payment.before_approval", "/paid_on"},
		{l.fiscal, with(func(in *TransitionPayment) { in.PaidOn = "2026-04-22" }), models.Invalid, "payment.date_future", "/paid_on"},
		{l.fiscal, with(func(in *TransitionPayment) { in.Version = 7 }), models.Stale, "stale", ""},
		{l.fiscal, with(func(in *TransitionPayment) { in.Event = "cancel" }), models.Invalid, "required", "/comment"},
		{l.fiscal, with(func(in *TransitionPayment) { in.Event = "burn" }), models.Invalid, "oneof", "/event"},
		{l.preparer, good, models.Forbidden, "permission.role", ""},
		{l.stranger, good, models.NotFound, "not_found", ""},
	} {
		_, err := l.s.TransitionPayment(ctx, c.who, c.in)
		refusedAt(t, err, c.kind, c.code, c.pointer)
	}
	paid, err := l.s.TransitionPayment(ctx, l.fiscal, good)
	noError(t, err)
	read, err := l.s.Payment(ctx, l.preparer, p.ID)
	noError(t, err)
	equal(t, read, paid)
	equal(t, []any{read.Status, read.PaidOn, read.PaidCents, read.Reference, read.Version}, []any{StatusPaid, models.Date("2026-04-20"), models.Cents(5_000_000), "SA-2026-04", int64(2)})
	due := map[string]models.Date{} // Section 18a counts from the state fiscal year of receipt
	for _, d := range all[models.DueItem](l.night, store.Eq{"grant_year_id": l.year.ID}) {
		due[d.Code] = d.DueOn
	}
	equal(t, due, map[string]models.Date{"unspent_report": "2026-11-01", "return_unspent": "2027-09-30", "year_end_report": "2026-11-29"})
	notices, err := l.s.Notices(ctx, l.preparer, ListNotices{})
	noError(t, err)
	equal(t, len(notices), 1)
	_, err = l.s.TransitionPayment(ctx, l.fiscal, with(func(in *TransitionPayment) { in.Version = paid.Version }))
	refused(t, err, models.Conflict, "payment.no_such_step")
	_, err = l.s.Payment(ctx, l.stranger, p.ID)
	refused(t, err, models.NotFound, "not_found")

	q := l.expected("2026-04-21")
	off, err := l.s.TransitionPayment(ctx, l.fiscal, TransitionPayment{ID: q.ID, Version: q.Version, Event: "cancel", Comment: "District declined"})
	noError(t, err)
	equal(t, off.Status, StatusCancelled)
	l.sound()
}

func TestAnAmendmentThatLowersTheAwardLowersWhatIsStillExpected(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(10000000)
	o.setClock(o.clock.AddDate(0, 1, 0))
	lower := func(to models.Cents) {
		t.Helper()
		amendment, err := o.s.CreateAmendment(ctx, o.preparer, CreateAmendment{ApplicationID: app.ID, Reason: "Less training."})
		noError(t, err)
		less := o.services(amendment, to)
		less.Number = 1
		o.save(less)
		o.approve(amendment)
	}
	lower(8000000)
	payments := all[models.Payment](o.night, store.Eq{"application_id": app.ID})
	equal(t, len(payments), 1)
	equal(t, payments[0].AmountCents, models.Cents(8000000))
	equal(t, payments[0].Status, StatusExpected)

	_, err := o.s.TransitionPayment(ctx, o.fiscal, TransitionPayment{ID: payments[0].ID, Event: "record", PaidOn: "2026-02-05", PaidCents: 7000000})
	noError(t, err)
	lower(7000000) // all of it is paid
	lower(9000000) // and 20,000.00 is not
	payments = all[models.Payment](o.night, store.Eq{"application_id": app.ID, "status": "expected"})
	equal(t, len(payments), 1)
	equal(t, payments[0].AmountCents, models.Cents(2000000))
	lower(7000000)
	equal(t, len(all[models.Payment](o.night, store.Eq{"application_id": app.ID, "status": "expected"})), 0)
	_, err = o.s.TransitionPayment(ctx, o.fiscal, TransitionPayment{ID: payments[0].ID, Event: "record", PaidOn: "2026-02-05", PaidCents: 1})
	refused(t, err, models.Conflict, "payment.no_such_step")
	_, err = o.s.TransitionPayment(ctx, o.fiscal, TransitionPayment{ID: payments[0].ID, Event: "record", PaidOn: "2026-02-05", PaidCents: 1 << 62})
	refused(t, err, models.Invalid, "lte")
}
