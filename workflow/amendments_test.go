package workflow

import (
	"sync"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// spent posts money on a line through the service.
func (o *office) spend(app models.Application, number int, amount models.Cents) {
	o.t.Helper()
	line, err := store.One[models.LineItem](o.db.Read(ctx), store.Eq{"application_id": app.ID, "number": number})
	noError(o.t, err)
	_, err = o.s.PostExpenditure(ctx, o.preparer, NewExpenditure{LineItemID: line.ID, AmountCents: amount, SpentOn: o.s.Today(), Vendor: "Reading House (synthetic)", Invoice: "R-1"})
	noError(o.t, err)
}

func (o *office) amend(app models.Application) models.Revision {
	o.t.Helper()
	rev, err := o.s.CreateAmendment(ctx, o.preparer, CreateAmendment{ApplicationID: app.ID, Reason: "Prices changed."})
	noError(o.t, err)
	return rev
}

func TestAmendmentReplacesWhatIsInForceAtOnce(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, original := o.inForce(10000000)
	o.spend(app, 1, 6000000)
	rev := o.amend(app)
	equal(t, rev.TotalCents, models.Cents(10000000))
	_, err := o.s.CreateAmendment(ctx, o.preparer, CreateAmendment{ApplicationID: app.ID, Reason: "again"})
	refused(t, err, models.Conflict, "revision.already_open")

	in := o.services(rev, 5999999)
	in.Number = 1
	_, err = o.s.SaveLineItem(ctx, o.preparer, in)
	refused(t, err, models.Invalid, "line_item.below_spent")
	_, err = o.s.RemoveLineItem(ctx, o.preparer, rev.ID, 1, 0)
	refused(t, err, models.Invalid, "line_item.below_spent")

	in.Costs[0].AmountCents = 6000000
	o.save(in)
	o.save(o.services(rev, 4000000))
	before := o.line(app, 1)
	equal(t, before.AmountCents, models.Cents(10000000)) // still in force
	o.setClock(time.Date(2026, 2, 1, 15, 0, 0, 0, time.UTC))
	rev = o.approve(rev)
	equal(t, o.line(app, 1).AmountCents, models.Cents(6000000))
	equal(t, o.line(app, 2).AmountCents, models.Cents(4000000))
	equal(t, o.line(app, 1).SpentCents, models.Cents(6000000))

	earlier, err := o.s.Revision(ctx, o.official, original.ID)
	noError(t, err)
	equal(t, len(earlier.Lines), 1)
	equal(t, earlier.Lines[0].Version.AmountCents, models.Cents(10000000))
	diff, err := o.s.Diff(ctx, o.pal, original.ID, rev.ID)
	noError(t, err)
	equal(t, []string{diff.Lines[0].Change, diff.Lines[1].Change}, []string{"changed", "added"})
	equal(t, diff.AfterCents, diff.BeforeCents)
	payments := all[models.Payment](o.night, store.Eq{"application_id": app.ID})
	equal(t, len(payments), 1) // the total did not grow
}

func (o *office) line(app models.Application, number int) models.LineItem {
	o.t.Helper()
	l, err := store.One[models.LineItem](o.db.Read(ctx), store.Eq{"application_id": app.ID, "number": number})
	noError(o.t, err)
	return l
}

func TestAmendmentMeter(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(1000000)
	rev := o.amend(app)
	outcome := func(amount models.Cents) string {
		in := o.services(rev, amount)
		in.Number = 1
		o.save(in)
		m, err := o.s.RevisionMeter(ctx, o.preparer, rev.ID)
		noError(t, err)
		return m.Outcome
	}
	equal(t, outcome(1000000), OutcomeNone)
	equal(t, outcome(1100000), OutcomeNotify) // exactly 10 %
	equal(t, outcome(1100001), OutcomeReview)
	in := o.services(rev, 1000000)
	in.Number, in.Links = 1, []LinkInput{{TargetID: o.eto.ID}}
	o.save(in)
	m, err := o.s.RevisionMeter(ctx, o.preparer, rev.ID)
	noError(t, err)
	equal(t, m.Outcome, OutcomeReview)
	equal(t, m.Changes[0].Change, "link_changed")
	_, err = o.s.RevisionMeter(ctx, o.stranger, rev.ID)
	refused(t, err, models.NotFound, "not_found")
}

func TestAmendmentNeedsAChangeAndItsWindow(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(1000000)
	rev := o.amend(app)
	o.setClock(time.Date(2026, 1, 14, 15, 0, 0, 0, time.UTC))
	_, err := o.s.TransitionRevision(ctx, o.official, TransitionRevision{ID: rev.ID, Event: "submit"})
	refused(t, err, models.Invalid, "revision.no_change")
	in := o.services(rev, 900000)
	in.Number = 1
	o.save(in)
	_, err = o.s.TransitionRevision(ctx, o.official, TransitionRevision{ID: rev.ID, Event: "submit"})
	refused(t, err, models.Conflict, "window.closed")
	in.Costs[0].AmountCents = 1000000
	saved := o.save(in) // as in force again: no longer a change
	equal(t, saved.Line.Touched, false)
	rev = o.step(o.official, rev, "withdraw", "Not needed.")
	equal(t, rev.Status, StatusWithdrawn)
	o.amend(app) // a new one may start
}

func TestRemovedLineLeavesTheBooksReadable(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.application()
	o.save(o.services(rev, 1000000))
	o.save(o.services(rev, 2000000))
	gone := o.save(o.services(rev, 3000000))
	_, err := o.s.RemoveLineItem(ctx, o.preparer, rev.ID, gone.Line.Number, 0) // a proposed line disappears
	noError(t, err)
	original := o.approve(rev)
	equal(t, original.TotalCents, models.Cents(3000000))
	rev = o.amend(app)
	_, err = o.s.RemoveLineItem(ctx, o.preparer, rev.ID, 1, 0)
	noError(t, err)
	_, err = o.s.RemoveLineItem(ctx, o.preparer, rev.ID, 1, 0)
	refused(t, err, models.NotFound, "not_found")
	o.setClock(time.Date(2026, 1, 20, 15, 0, 0, 0, time.UTC))
	rev = o.approve(rev)
	equal(t, rev.TotalCents, models.Cents(2000000))
	equal(t, o.line(app, 1).Status, StatusRemoved)
	next := o.amend(app)
	v, err := o.s.Revision(ctx, o.preparer, next.ID)
	noError(t, err)
	equal(t, len(v.Lines), 1)
	d, err := o.s.Diff(ctx, o.preparer, original.ID, rev.ID)
	noError(t, err)
	equal(t, d.Lines[0].Change, "removed")
}

func TestCopyForward(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	_, err := o.s.CopyForward(ctx, o.preparer, CopyForward{RevisionID: rev.ID})
	refused(t, err, models.Conflict, "copy_forward.nothing")
	o.save(o.services(rev, 35000000))
	o.approve(rev)
	next := o.year
	next.Root, next.FiscalYear, next.Title = models.Root{}, 2027, "Section 21(h) FY2027"
	next.PublishedRunID = nil
	o.add(&next)
	o.year = next
	o.publish(30000000)
	elsewhere := o.night.district("Dogwood Dells (synthetic)")
	o.school.ParentID = &elsewhere.ID // the school moved to another district meanwhile
	o.update(&o.school, "parent_id")
	_, draft := o.application()
	_, err = o.s.CopyForward(ctx, o.preparer, CopyForward{RevisionID: draft.ID, Amounts: "keep"})
	refused(t, err, models.Invalid, "line_item.over_allocation")
	draft, err = o.s.CopyForward(ctx, o.preparer, CopyForward{RevisionID: draft.ID, Amounts: "zero"})
	noError(t, err)
	v, err := o.s.Revision(ctx, o.preparer, draft.ID)
	noError(t, err)
	equal(t, len(v.Lines), 1)
	equal(t, v.Lines[0].Version.AmountCents, models.Cents(0))
	equal(t, v.Lines[0].Links[0].TargetID, o.itb.ID)
	equal(t, v.Lines[0].Version.Decision, "pending")
	equal(t, v.Lines[0].Version.SchoolID == nil, true)
	_, err = o.s.CopyForward(ctx, o.preparer, CopyForward{RevisionID: draft.ID, Amounts: "zero"})
	refused(t, err, models.Conflict, "copy_forward.done")
}

// Money is posted while an amendment that lowers the line is approved: whichever comes
// first, the line never has less than what is spent.
func TestApprovalAndPostingAtOnce(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(10000000)
	rev := o.amend(app)
	in := o.services(rev, 5000000)
	in.Number = 1
	o.save(in)
	o.setClock(time.Date(2026, 1, 20, 15, 0, 0, 0, time.UTC))
	o.step(o.official, rev, "submit", "")
	o.step(o.pal, rev, "approve", "")
	line := o.line(app, 1)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			_, _ = o.s.PostExpenditure(ctx, o.preparer, NewExpenditure{LineItemID: line.ID, AmountCents: 500000, SpentOn: "2026-01-20", Vendor: "Reading House (synthetic)"})
		})
	}
	wg.Go(func() {
		_, _ = o.s.TransitionRevision(ctx, o.fiscal, TransitionRevision{ID: rev.ID, Event: "approve"})
	})
	wg.Wait()
	after := o.line(app, 1)
	if after.SpentCents > after.LimitCents {
		t.Errorf("%s is spent of a limit of %s", after.SpentCents, after.LimitCents)
	}
	if after.AmountCents == 5000000 && after.SpentCents > 5500000 {
		t.Errorf("approved at %s with %s spent", after.AmountCents, after.SpentCents)
	}
	sum := models.Cents(0)
	for _, e := range all[models.Expenditure](o.night, store.Eq{"line_item_id": line.ID}) {
		sum += e.AmountCents
	}
	equal(t, after.SpentCents, sum)
}
