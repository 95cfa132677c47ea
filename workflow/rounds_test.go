package workflow

import (
	"strings"
	"testing"

	"earmark/models"
	"earmark/store"
)

// decide gives a line the decision of a reviewer.
func (o *office) decide(who models.Actor, rev models.Revision, number int, decision string) LineSaved {
	o.t.Helper()
	out, err := o.s.DecideLineItem(ctx, who, DecideLineItem{RevisionID: rev.ID, Number: number, Decision: decision, Reason: "because"})
	noError(o.t, err)
	return out
}

func TestADeniedLineStaysDeniedInTheNextRound(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	o.save(o.services(rev, 30000000))
	o.step(o.official, rev, "submit", "")
	o.decide(o.pal, rev, 1, "denied")
	o.step(o.pal, rev, "return", "Plan something else with the money.")
	o.save(o.services(rev, 40000000)) // all of the allocation: the denied line does not count
	rev = o.step(o.official, rev, "submit", "")
	equal(t, rev.TotalCents, models.Cents(40000000))
	v, err := o.s.Revision(ctx, o.pal, rev.ID)
	noError(t, err)
	equal(t, v.Lines[0].Version.Decision, "denied")
	equal(t, v.Lines[1].Version.Decision, "pending")

	// Nobody can take the denial back into a total above the allocation.
	_, err = o.s.DecideLineItem(ctx, o.pal, DecideLineItem{RevisionID: rev.ID, Number: 1, Decision: "pending"})
	refused(t, err, models.Invalid, "line_item.over_allocation")
	o.step(o.pal, rev, "approve", "")
	rev = o.step(o.fiscal, rev, "approve", "")
	equal(t, rev.TotalCents, models.Cents(40000000))
}

func TestADeniedChangeOfALineSpentWithinToleranceDoesNotBlockApproval(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.inForce(10000000)
	line := o.lineOf(rev, 1)
	_, err := o.s.PostExpenditure(ctx, o.preparer, NewExpenditure{LineItemID: line.LineItemID, AmountCents: 10500000, SpentOn: "2026-01-05"})
	noError(t, err)
	o.setClock(o.clock.AddDate(0, 1, 0)) // the amendment window
	amendment, err := o.s.CreateAmendment(ctx, o.preparer, CreateAmendment{ApplicationID: app.ID, Reason: "More training."})
	noError(t, err)
	more := o.services(amendment, 15000000)
	more.Number = 1
	o.save(more)
	o.save(o.services(amendment, 2000000))
	o.step(o.official, amendment, "submit", "")
	o.decide(o.pal, amendment, 1, "denied")
	o.step(o.pal, amendment, "approve", "")
	amendment = o.step(o.fiscal, amendment, "approve", "")
	equal(t, amendment.TotalCents, models.Cents(12000000))
}

func (o *office) lineOf(rev models.Revision, number int) Line {
	o.t.Helper()
	v, err := o.s.Revision(ctx, o.official, rev.ID)
	noError(o.t, err)
	for _, l := range v.Lines {
		if l.Number == number {
			return l
		}
	}
	o.t.Fatalf("no line %d", number)
	return Line{}
}

func TestALineWhoseRemovalIsDeniedStaysInTheAwardNotice(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(10000000)
	o.setClock(o.clock.AddDate(0, 1, 0))
	amendment, err := o.s.CreateAmendment(ctx, o.preparer, CreateAmendment{ApplicationID: app.ID, Reason: "Another plan."})
	noError(t, err)
	_, err = o.s.RemoveLineItem(ctx, o.preparer, amendment.ID, 1, 0)
	noError(t, err)
	o.save(o.services(amendment, 2000000))
	o.step(o.official, amendment, "submit", "")
	o.decide(o.pal, amendment, 1, "denied")
	o.step(o.pal, amendment, "approve", "")
	o.step(o.fiscal, amendment, "approve", "")
	notice, err := o.s.AwardNotice(ctx, o.official, amendment.ID)
	noError(t, err)
	var sum models.Cents
	for _, l := range notice.Lines {
		sum += l.AmountCents
	}
	equal(t, sum, notice.TotalCents)
	equal(t, notice.TotalCents, models.Cents(12000000))
}

func TestANewAttemptAfterADenialIsAnApplicationAndNotAnAmendment(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.application()
	o.save(o.services(rev, 10000000))
	o.step(o.official, rev, "submit", "")
	o.step(o.pal, rev, "approve", "")
	o.step(o.fiscal, rev, "deny", "Not this.")
	again, err := o.s.CreateAmendment(ctx, o.preparer, CreateAmendment{ApplicationID: app.ID, Reason: "A second attempt."})
	noError(t, err)
	if again.BaseID != nil || again.Number != 1 || again.LineCount != 0 {
		t.Fatalf("got %+v", again)
	}
	o.save(o.services(again, 20000000))
	again = o.approve(again)
	notice, err := o.s.AwardNotice(ctx, o.official, again.ID)
	noError(t, err)
	equal(t, notice.Amendment, 0)
	for _, n := range all[models.Notice](o.night, store.Eq{"subject_id": again.ID}) {
		if strings.Contains(n.Title+n.Detail, "amendment") {
			t.Errorf("a new attempt is called an amendment: %s", n.Title)
		}
	}
}

func TestAClosedYearTakesNoLinesNoSubmissionAndNoApproval(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	o.save(o.services(rev, 10000000))
	o.step(o.official, rev, "submit", "")
	_, err := o.s.TransitionGrantYear(ctx, o.manager, GrantYearTransition{ID: o.year.ID, Event: "close", Comment: "Over."})
	noError(t, err)
	_, err = o.s.TransitionRevision(ctx, o.pal, TransitionRevision{ID: rev.ID, Event: "approve"})
	refused(t, err, models.Conflict, "grant_year.not_open")
	o.step(o.pal, rev, "return", "The year is over.")
	_, err = o.s.SaveLineItem(ctx, o.preparer, o.services(rev, 1))
	refused(t, err, models.Conflict, "grant_year.not_open")
	_, err = o.s.TransitionRevision(ctx, o.official, TransitionRevision{ID: rev.ID, Event: "submit"})
	refused(t, err, models.Conflict, "grant_year.not_open")
	o.step(o.official, rev, "withdraw", "The year is over.")
}

func TestLinesCanBeLoweredOneByOneUnderASmallerAllocation(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.application()
	o.save(o.services(rev, 20000000))
	o.save(o.services(rev, 20000000))
	app, err := store.Get[models.Application](o.db.Read(ctx), app.ID)
	noError(t, err)
	app.AllocationCents = 30000000 // a later run gives less
	o.update(&app, "allocation_cents")
	lower := o.services(rev, 15000000)
	lower.Number = 1
	equal(t, o.save(lower).Revision.TotalCents, models.Cents(35000000))
	lower.Number = 2
	equal(t, o.save(lower).Revision.TotalCents, models.Cents(30000000))
	more := o.services(rev, 15000001)
	more.Number = 1
	_, err = o.s.SaveLineItem(ctx, o.preparer, more)
	refused(t, err, models.Invalid, "line_item.over_allocation")
}

func TestWhatWasReturnedComesBackAfterTheWindow(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	o.save(o.services(rev, 10000000))
	o.step(o.official, rev, "submit", "")
	o.setClock(o.clock.AddDate(0, 4, 0))
	o.step(o.pal, rev, "return", "Say more.")
	rev = o.step(o.official, rev, "submit", "")
	equal(t, rev.Status, StatusSubmitted)
	equal(t, rev.Round, 2)
}
