package workflow

import (
	"sync"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// paidOut has $50,000.00 paid on April 20, 2026.
func paidOut(t *testing.T) *ledger {
	t.Helper()
	l := newLedger(t, budgetLine{function: "221", objects: []string{"3120"}, amount: 5_000_000})
	l.pay()
	return l
}

// pay records the payment of $50,000.00.
func (l *ledger) pay() {
	l.t.Helper()
	p := l.expected("2026-03-02")
	l.setClock(time.Date(2026, 4, 21, 15, 0, 0, 0, time.UTC))
	_, err := l.s.TransitionPayment(ctx, l.fiscal, TransitionPayment{ID: p.ID, Event: "record", PaidOn: "2026-04-20", PaidCents: 5_000_000})
	noError(l.t, err)
}

// due reads what is due of the grant year by code.
func (l *ledger) due(code string) models.DueItem {
	l.t.Helper()
	items := all[models.DueItem](l.night, store.Eq{"grant_year_id": l.year.ID, "code": code})
	equal(l.t, len(items), 1)
	return items[0]
}

func (l *ledger) returned(amount models.Cents, on models.Date) (models.Payment, error) {
	return l.s.RecordReturn(ctx, l.fiscal, NewReturn{ApplicationID: l.app.ID, AmountCents: amount, ReturnedOn: on, Reference: "CHK-1"})
}

// MCL 388.1618a: what is unspent comes back; never more than that, and every total is what
// the district still has.
func TestUnspentMoneyComesBack(t *testing.T) {
	t.Parallel()
	l := paidOut(t)
	l.posted(4_200_000)
	l.setClock(time.Date(2027, 9, 20, 15, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		who     models.Actor
		in      NewReturn
		kind    models.Kind
		code    string
		pointer string
	}{
		{l.fiscal, NewReturn{ApplicationID: l.app.ID, AmountCents: 800_001, ReturnedOn: "2027-09-20"}, models.Invalid, "payment.return_over_unspent", "/amount_cents"},
		{l.fiscal, NewReturn{ApplicationID: l.app.ID, AmountCents: 1, ReturnedOn: "2027-09-21"}, models.Invalid, "payment.date_future", "/returned_on"},
		{l.fiscal, NewReturn{ApplicationID: l.app.ID, AmountCents: 1, ReturnedOn: "2026-04-19"}, models.Invalid, "payment.return_before_payment", "/returned_on"},
		{l.fiscal, NewReturn{ApplicationID: l.app.ID, ReturnedOn: "2027-09-20"}, models.Invalid, "gt", "/amount_cents"},
		{l.preparer, NewReturn{ApplicationID: l.app.ID, AmountCents: 1, ReturnedOn: "2027-09-20"}, models.Forbidden, "permission.role", ""},
		{l.stranger, NewReturn{ApplicationID: l.app.ID, AmountCents: 1, ReturnedOn: "2027-09-20"}, models.NotFound, "not_found", ""},
	} {
		_, err := l.s.RecordReturn(ctx, c.who, c.in)
		refusedAt(t, err, c.kind, c.code, c.pointer)
	}
	p, err := l.returned(300_000, "2027-09-20")
	noError(t, err)
	equal(t, []any{p.PaymentKind, p.Status, p.AmountCents, p.PaidCents}, []any{models.PaymentReturn, StatusPaid, models.Cents(-300_000), models.Cents(-300_000)})
	equal(t, l.due("return_unspent").DoneOn, models.Date(""))
	r, err := l.s.Reconciliation(ctx, l.preparer, l.app.ID, ReconciliationDays{})
	noError(t, err)
	equal(t, []models.Cents{r.Totals.PaidCents, r.Totals.ReturnedCents, r.Totals.UnspentPaidCents}, []models.Cents{4_700_000, 300_000, 500_000})
	l.night.night("2027-09-20")
	u, err := l.s.ApplicationUtilization(ctx, l.fiscal, l.app.ID, "")
	noError(t, err)
	equal(t, u.PaidCents, models.Cents(4_700_000))

	_, err = l.returned(500_000, "2027-09-20")
	noError(t, err)
	equal(t, []models.Date{l.due("return_unspent").DoneOn, l.due("unspent_report").DoneOn}, []models.Date{"2027-09-20", ""})
	_, err = l.returned(1, "2027-09-20")
	refused(t, err, models.Invalid, "payment.return_over_unspent")
	_, err = l.post(1)
	noError(t, err) // the ledger takes what was really spent; the reconciliation shows it
	l.sound()
}

// Two returns at once never bring back more than there is.
func TestReturnsAtOnceDoNotPassWhatIsUnspent(t *testing.T) {
	t.Parallel()
	l := paidOut(t)
	l.posted(4_000_000)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { _, _ = l.returned(400_000, "2026-04-21") })
	}
	wg.Wait()
	sum := models.Cents(0)
	for _, p := range all[models.Payment](l.night, store.Eq{"payment_kind": models.PaymentReturn}) {
		sum += p.PaidCents
	}
	equal(t, sum, models.Cents(-800_000))
	l.sound()
}

// A year that is closing takes spending and reports, and the night watches it; nothing new
// is applied for. It cannot be closed while something is owed.
func TestAClosingYearIsStillWatched(t *testing.T) {
	t.Parallel()
	l := paidOut(t)
	manager := l.actor(l.person("Manager Example", models.RoleManager, ""))
	step := func(event string) error {
		gy, err := store.Get[models.GrantYear](l.db.Read(ctx), l.year.ID)
		noError(t, err)
		_, err = l.s.TransitionGrantYear(ctx, manager, GrantYearTransition{ID: gy.ID, Version: gy.Version, Event: event, Comment: "The year is over."})
		return err
	}
	l.setClock(time.Date(2026, 12, 8, 15, 0, 0, 0, time.UTC))
	refused(t, step("close"), models.Conflict, "grant_year.still_due")
	noError(t, step("begin_closing"))
	_, err := l.s.CreateAmendment(ctx, l.preparer, CreateAmendment{ApplicationID: l.app.ID, Reason: "More."})
	refused(t, err, models.Conflict, "grant_year.not_open")
	l.posted(1_000_000)
	l.night.night("2026-12-08")
	late := l.night.flagged("due_passed")
	equal(t, len(late), 2) // the report on unspent funds and the one at the end of the year
	l.setClock(time.Date(2027, 10, 1, 15, 0, 0, 0, time.UTC))
	_, err = l.post(1)
	noError(t, err) // dated within the days of the year
	l.night.night("2027-10-01")
	equal(t, len(l.night.flagged("due_passed")), 3) // and the return

	_, err = l.returned(3_999_999, "2027-10-01")
	noError(t, err)
	for _, code := range []string{"unspent_report", "year_end_report"} {
		d := l.due(code)
		_, err = l.s.CompleteDueItem(ctx, l.fiscal, DueItemDone{ID: d.ID, Version: d.Version, Comment: "Came on paper."})
		noError(t, err)
	}
	noError(t, step("close"))
	_, err = l.post(1)
	refused(t, err, models.Conflict, "grant_year.not_open")
	l.sound()
}

// What is spent after the year does not undo that money was unspent at its end.
func TestUnspentAtYearEndLooksBack(t *testing.T) {
	t.Parallel()
	l := paidOut(t)
	l.setClock(time.Date(2026, 11, 2, 15, 0, 0, 0, time.UTC))
	_, err := l.s.PostExpenditure(ctx, l.preparer, NewExpenditure{LineItemID: l.lines[0].ID, AmountCents: 4_000_000, SpentOn: "2026-09-30"})
	noError(t, err)
	late, err := l.s.PostExpenditure(ctx, l.preparer, NewExpenditure{LineItemID: l.lines[0].ID, AmountCents: 1_000_000, SpentOn: "2026-10-01"})
	noError(t, err)
	l.night.night("2026-11-02")
	equal(t, len(l.night.flagged("due_passed")), 1) // the report of November 1
	_, err = l.s.ReverseExpenditure(ctx, l.preparer, ReverseExpenditure{ID: late.ID, Comment: "Another date."})
	noError(t, err)
	_, err = l.s.PostExpenditure(ctx, l.preparer, NewExpenditure{LineItemID: l.lines[0].ID, AmountCents: 1_000_000, SpentOn: "2026-09-30"})
	noError(t, err)
	l.setClock(time.Date(2026, 11, 3, 15, 0, 0, 0, time.UTC))
	l.night.night("2026-11-03")
	equal(t, len(l.night.flagged("due_passed")), 0)
}
