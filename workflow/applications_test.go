package workflow

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/formula"
)

func TestApplicationFromDraftToAward(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.application()
	equal(t, app.Reference, "MI21H-2026-0001")
	saved := o.save(o.services(rev, 25000000))
	equal(t, saved.Revision.TotalCents, models.Cents(25000000))
	equal(t, len(saved.Findings), 0)
	o.save(o.services(rev, 15000000)) // together exactly the allocation

	rev = o.step(o.official, rev, "submit", "")
	equal(t, rev.Status, StatusSubmitted)
	_, err := o.s.SaveLineItem(ctx, o.preparer, o.services(rev, 100))
	refused(t, err, models.Conflict, "revision.locked")
	rev = o.step(o.pal, rev, "approve", "aligned")
	equal(t, rev.Status, StatusInReview)
	rev = o.step(o.fiscal, rev, "approve", "")
	equal(t, rev.Status, StatusApproved)

	v, err := o.s.Application(ctx, o.official, app.ID)
	noError(t, err)
	equal(t, v.Application.Status, StatusInForce)
	equal(t, v.Application.ApprovedCents, models.Cents(40000000))
	for _, l := range all[models.LineItem](o.night, store.Eq{"application_id": app.ID}, "number") {
		equal(t, l.Status, StatusInForce)
		equal(t, l.LimitCents, l.AmountCents+l.AmountCents/10)
		equal(t, l.LinkStatus, "target")
		equal(t, l.ObjectCode, "3120")
	}
	notice, err := o.s.AwardNotice(ctx, o.preparer, rev.ID)
	noError(t, err)
	equal(t, notice.TotalCents, models.Cents(40000000))
	equal(t, notice.Reviews, []models.AwardReview{{Step: "Program review", Name: "Lee Liaison", On: "2026-01-05"}, {Step: "Fiscal review", Name: "Fran Fiscal", On: "2026-01-05"}})
	payments := all[models.Payment](o.night, store.Eq{"application_id": app.ID})
	equal(t, len(payments), 1)
	equal(t, payments[0].AmountCents, models.Cents(40000000))
	equal(t, notice.PaymentOn, payments[0].ExpectedOn)
}

func TestApplicationIsRefused(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	in := CreateApplication{GrantYearID: o.year.ID, OrganizationID: o.district.ID}
	_, err := o.s.CreateApplication(ctx, o.stranger, in)
	refused(t, err, models.NotFound, "not_found")
	_, err = o.s.CreateApplication(ctx, o.auditor, in)
	refused(t, err, models.Forbidden, "permission.role")
	_, err = o.s.CreateApplication(ctx, models.Actor{}, in)
	refused(t, err, models.Unauthenticated, "sign_in_required")
	_, err = o.s.CreateApplication(ctx, o.preparer, CreateApplication{})
	refused(t, err, models.Invalid, "required")
	other := o.stranger.Districts()[0]
	_, err = o.s.CreateApplication(ctx, o.stranger, CreateApplication{GrantYearID: o.year.ID, OrganizationID: other})
	refused(t, err, models.Conflict, "application.no_allocation")
	o.application()
	_, err = o.s.CreateApplication(ctx, o.preparer, in)
	refused(t, err, models.Conflict, "application.exists")
	o.year.Status = StatusClosed
	o.update(&o.year, "status")
	_, err = o.s.CreateApplication(ctx, o.preparer, in)
	refused(t, err, models.Conflict, "grant_year.not_open")
}

func TestIdempotencyKeyCreatesOnce(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	who := o.preparer
	who.IdempotencyKey = "apply-2026"
	in := CreateApplication{GrantYearID: o.year.ID, OrganizationID: o.district.ID}
	a, err := o.s.CreateApplication(ctx, who, in)
	noError(t, err)
	b, err := o.s.CreateApplication(ctx, who, in)
	noError(t, err)
	equal(t, a.ID, b.ID)
	_, err = o.s.CreateApplication(ctx, who, CreateApplication{GrantYearID: "other", OrganizationID: o.district.ID})
	refused(t, err, models.Conflict, "idempotency.key_reused")
}

func TestDraftRefusesWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	for name, c := range map[string]struct {
		change func(*SaveLineItem)
		code   string
	}{
		"A-25 category 9":       {func(in *SaveLineItem) { in.UseCategory = "9" }, "line_item.unknown_code"},
		"A-25 category Travel":  {func(in *SaveLineItem) { in.UseCategory = "Travel" }, "line_item.unknown_code"},
		"unknown function":      {func(in *SaveLineItem) { in.FunctionCode = "999" }, "line_item.unknown_code"},
		"unknown object":        {func(in *SaveLineItem) { in.Costs[0].ObjectCode = "0000" }, "line_item.unknown_code"},
		"the same object twice": {func(in *SaveLineItem) { in.Costs = append(in.Costs, in.Costs[0]) }, "line_item.unknown_code"},
		"another district":      {func(in *SaveLineItem) { in.SchoolID = o.district.ID }, "line_item.unknown_code"},
		"unknown target":        {func(in *SaveLineItem) { in.Links = []LinkInput{{TargetID: "nothing"}} }, "line_item.unknown_code"},
		"unknown goal":          {func(in *SaveLineItem) { in.Links = []LinkInput{{GoalID: "nothing"}} }, "line_item.unknown_code"},
		"over the allocation":   {func(in *SaveLineItem) { in.Costs[0].AmountCents = 40000001 }, "line_item.over_allocation"},
		"negative":              {func(in *SaveLineItem) { in.Costs[0].AmountCents = -1 }, "gte"},
		"no cost":               {func(in *SaveLineItem) { in.Costs = nil }, "required"},
		"ends before it starts": {func(in *SaveLineItem) { in.StartsOn, in.EndsOn = "2026-05-01", "2026-04-30" }, "line_item.unknown_code"},
		"a date that is none":   {func(in *SaveLineItem) { in.StartsOn = "2026-02-30" }, "civil_date"},
		"control characters":    {func(in *SaveLineItem) { in.Description = "a\x00b" }, "text"},
		"unknown kind of cost":  {func(in *SaveLineItem) { in.CostKind = "travel" }, "oneof"},
		"too long":              {func(in *SaveLineItem) { in.Grades = fmt.Sprintf("%050d", 1) }, "max"},
	} {
		in := o.services(rev, 100)
		c.change(&in)
		_, err := o.s.SaveLineItem(ctx, o.preparer, in)
		if models.KindOf(err) != models.Invalid {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		refused(t, err, models.Invalid, c.code)
	}
	after, err := o.s.Revision(ctx, o.preparer, rev.ID)
	noError(t, err)
	equal(t, after.Revision.Version, int64(1))
	equal(t, len(after.Lines), 0)
	in := o.services(rev, 100)
	in.UseCategory = "4"
	o.save(in) // "4" is accepted
	_, err = o.s.SaveLineItem(ctx, o.stranger, o.services(rev, 100))
	refused(t, err, models.NotFound, "not_found")
	_, err = o.s.SaveLineItem(ctx, o.fiscal, o.services(rev, 100))
	refused(t, err, models.Forbidden, "permission.role")
	in.Version = 1
	_, err = o.s.SaveLineItem(ctx, o.preparer, in)
	refused(t, err, models.Stale, "stale")
	in.Version, in.Number = 0, 77
	_, err = o.s.SaveLineItem(ctx, o.preparer, in)
	refused(t, err, models.NotFound, "not_found")
}

func TestSubmissionIsRefused(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	submit := func(who models.Actor) error {
		_, err := o.s.TransitionRevision(ctx, who, TransitionRevision{ID: rev.ID, Event: "submit"})
		return err
	}
	refused(t, submit(o.official), models.Invalid, "revision.no_lines")
	in := o.services(rev, 1000000)
	in.UseCategory, in.ImpactStatement = "8", "Pays for tutoring." // one of the two statements
	saved := o.save(in)
	refused(t, submit(o.official), models.Invalid, "line.resources_statement")
	in.Number, in.UseCategory, in.Grades = saved.Line.Number, "6", "4" // K-3 only
	o.save(in)
	refused(t, submit(o.official), models.Invalid, "line.class_size_grades")
	findings, err := o.s.Validate(ctx, o.preparer, rev.ID)
	noError(t, err)
	equal(t, findings.Errors, 1)
	in.UseCategory, in.Grades = "4", ""
	o.save(in)
	refused(t, submit(o.preparer), models.Forbidden, "permission.role")
	refused(t, submit(o.stranger), models.NotFound, "not_found")
	o.setClock(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))
	refused(t, submit(o.official), models.Conflict, "window.closed")
	_, err = o.s.OpenException(ctx, o.preparer, OpenException{ID: rev.ApplicationID, Until: "2026-02-10", Comment: "flood"})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = o.s.OpenException(ctx, o.manager, OpenException{ID: rev.ApplicationID, Until: "2026-01-30", Comment: "flood"})
	refused(t, err, models.Invalid, "past")
	_, err = o.s.OpenException(ctx, o.manager, OpenException{ID: rev.ApplicationID, Until: "2026-02-10", Comment: "flood"})
	noError(t, err)
	o.agreement.NeedsApprovedOn = "2025-12-01" // day 91
	o.update(&o.agreement, "needs_approved_on")
	refused(t, submit(o.official), models.Invalid, "gate.needs_assessment")
	_, err = o.waive(o.manager, "gate.needs_assessment", o.year.ID)
	noError(t, err)
	noError(t, submit(o.official))
	refused(t, submit(o.official), models.Conflict, "revision.no_such_step")
}

func TestReviewIsSeparated(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	o.save(o.services(rev, 1000000))
	decide := func(who models.Actor, event, comment string) error {
		_, err := o.s.TransitionRevision(ctx, who, TransitionRevision{ID: rev.ID, Event: event, Comment: comment})
		return err
	}
	refused(t, decide(o.pal, "approve", ""), models.Conflict, "revision.no_such_step")
	o.step(o.official, rev, "submit", "")
	refused(t, decide(o.official, "approve", ""), models.Forbidden, "permission.role")
	refused(t, decide(o.fiscal, "approve", ""), models.Forbidden, "review.not_your_step")
	otherPAL := o.actor(o.person("Other Liaison", models.RolePAL, ""))
	refused(t, decide(otherPAL, "approve", ""), models.Forbidden, "review.not_assigned")
	refused(t, decide(o.pal, "return", ""), models.Invalid, "required")
	refused(t, decide(o.auditor, "approve", ""), models.Forbidden, "permission.role")
	both := o.pal // one person with both roles still approves once
	both.Roles = append(both.Roles, models.Grant{Role: models.RoleFiscalReviewer})
	noError(t, decide(both, "approve", ""))
	refused(t, decide(both, "approve", ""), models.Forbidden, "review.same_person")
	submitter := o.fiscal
	submitter.UserID = o.official.UserID
	refused(t, decide(submitter, "approve", ""), models.Forbidden, "review.own_submission")
	refused(t, decide(o.fiscal, "deny", ""), models.Invalid, "required")
	noError(t, decide(o.fiscal, "deny", "No money left."))
	lines := all[models.LineItem](o.night, store.Eq{"application_id": rev.ApplicationID})
	equal(t, lines[0].Status, StatusDropped)
	_, err := o.s.AwardNotice(ctx, o.pal, rev.ID)
	refused(t, err, models.Conflict, "revision.not_approved")
}

func TestLinesAreReturnedMendedAndApproved(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	in := o.services(rev, 1000000)
	in.Links = []LinkInput{{GoalID: o.goal.ID}} // a goal is not enough
	first := o.save(in)
	equal(t, first.Findings[0].Severity, "warning")
	second := o.save(o.services(rev, 2000000))
	rev = o.step(o.official, rev, "submit", "") // unlinked lines may be submitted
	_, err := o.s.TransitionRevision(ctx, o.pal, TransitionRevision{ID: rev.ID, Event: "approve"})
	refused(t, err, models.Invalid, "line_item.unlinked")
	decide := func(who models.Actor, number int, decision, reason string) error {
		_, err := o.s.DecideLineItem(ctx, who, DecideLineItem{RevisionID: rev.ID, Number: number, Decision: decision, Reason: reason})
		return err
	}
	refused(t, decide(o.pal, first.Line.Number, "approved", ""), models.Invalid, "line_item.unlinked")
	refused(t, decide(o.pal, first.Line.Number, "returned", ""), models.Invalid, "required")
	refused(t, decide(o.official, first.Line.Number, "approved", ""), models.Forbidden, "permission.role")
	refused(t, decide(o.fiscal, first.Line.Number, "approved", ""), models.Forbidden, "review.not_your_step")
	refused(t, decide(o.pal, 99, "approved", ""), models.NotFound, "not_found")
	noError(t, decide(o.pal, first.Line.Number, "returned", "Which benchmark does it serve?"))
	noError(t, decide(o.pal, second.Line.Number, "approved", ""))
	_, err = o.s.TransitionRevision(ctx, o.pal, TransitionRevision{ID: rev.ID, Event: "approve"})
	refused(t, err, models.Conflict, "revision.lines_returned")
	rev = o.step(o.pal, rev, "return", "")
	equal(t, rev.Status, StatusReturned)
	in.Number, in.Links = first.Line.Number, []LinkInput{{TargetID: o.eto.ID}}
	mended := o.save(in)
	equal(t, mended.Line.Version.DecisionReason, "Which benchmark does it serve?")
	rev = o.approve(rev)
	equal(t, rev.Round, 2)
	equal(t, rev.TotalCents, models.Cents(3000000))
}

func TestDeniedLineIsLeftOutOfTheAward(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.application()
	one := o.save(o.services(rev, 1000000))
	o.save(o.services(rev, 2000000))
	o.step(o.official, rev, "submit", "")
	_, err := o.s.DecideLineItem(ctx, o.pal, DecideLineItem{RevisionID: rev.ID, Number: one.Line.Number, Decision: "denied", Reason: "Not allowable."})
	noError(t, err)
	o.step(o.pal, rev, "approve", "")
	rev = o.step(o.fiscal, rev, "approve", "")
	equal(t, rev.TotalCents, models.Cents(2000000))
	lines := all[models.LineItem](o.night, store.Eq{"application_id": app.ID}, "number")
	equal(t, []models.State{lines[0].Status, lines[1].Status}, []models.State{StatusDropped, StatusInForce})
	notice, err := o.s.AwardNotice(ctx, o.official, rev.ID)
	noError(t, err)
	equal(t, notice.Lines[0].Reason, "Not allowable.")
}

func TestManyWritersNeverPassTheAllocation(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.application()
	const writers, each = 32, 1300000 // 32 x 13,000.00 is more than 400,000.00
	var mu sync.Mutex
	saved, refusals := 0, 0
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			_, err := o.s.SaveLineItem(ctx, o.preparer, o.services(rev, each))
			mu.Lock()
			defer mu.Unlock()
			var e *models.Error
			switch {
			case err == nil:
				saved++
			case errors.As(err, &e) && e.Kind == models.Invalid:
				refusals++
			default:
				t.Errorf("a writer got %v", err)
			}
		})
	}
	wg.Wait()
	equal(t, saved, 30)
	equal(t, refusals, 2)
	after := o.revision(app, 0)
	equal(t, after.TotalCents, models.Cents(30*each))
	equal(t, after.LineCount, 30)
	equal(t, after.Version, int64(31))
	events := all[models.AuditEvent](o.night, store.Eq{"document_kind": "revision", "document_id": rev.ID}, "sequence")
	equal(t, len(events), 31)
}

func TestApplicationMustHaveItsRequiredLines(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	run, err := store.Get[models.AllocationRun](o.db.Read(ctx), *o.year.PublishedRunID)
	noError(t, err)
	run.Status = StatusSuperseded
	o.update(&run, "status")
	o.publishWith(40000000, []formula.SetAsideReceipt{{Code: "analytics", AmountCents: 305300}})
	_, rev := o.application()
	o.save(o.services(rev, 1000000))
	submit := func() error {
		_, err := o.s.TransitionRevision(ctx, o.official, TransitionRevision{ID: rev.ID, Event: "submit"})
		return err
	}
	refused(t, submit(), models.Invalid, "required_line.analytics")
	tool := o.services(rev, 305299)
	tool.FunctionCode, tool.Costs[0].ObjectCode, tool.Description = "227", "3450", "Data analytics tool for both partnership schools, one year"
	saved := o.save(tool)
	refused(t, submit(), models.Invalid, "required_line.analytics")
	tool.Number, tool.Costs[0].AmountCents = saved.Line.Number, 305300
	o.save(tool)
	noError(t, submit())
}
