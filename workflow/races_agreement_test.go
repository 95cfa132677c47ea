package workflow

import (
	"slices"
	"sync"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// atOnce runs commands at the same time and answers what each came to.
func atOnce(commands ...func() error) []error {
	var wg sync.WaitGroup
	begin := make(chan struct{})
	out := make([]error, len(commands))
	for i, command := range commands {
		wg.Go(func() {
			<-begin
			out[i] = command()
		})
	}
	close(begin)
	wg.Wait()
	return out
}

// onlyOne holds that exactly one command was done and the others were refused with one of
// these codes.
func onlyOne(t *testing.T, came []error, codes ...string) {
	t.Helper()
	done := 0
	for _, err := range came {
		switch {
		case err == nil:
			done++
		case len(codes) > 0 && !slices.Contains(codes, models.CodeOf(err)):
			t.Error(err)
		}
	}
	equal(t, done, 1)
}

// The last signature is given twice at once: the agreement is signed once, on the day of
// the signature that counted.
func TestTheLastSignatureIsGivenOnce(t *testing.T) {
	t.Parallel()
	f := givenSigning(t, everyType...)
	f.plan()
	f.needs()
	v := f.final(`{"measures": [{"kind": "Less autonomy", "reconstitution": false}, {"kind": "Reconstitution", "reconstitution": true}]}`)
	v = f.step(f.official, v, TransitionRecord{Event: "submit"})
	v = f.step(f.pal, v, TransitionRecord{Event: "approve"})
	v = f.step(f.manager, v, TransitionRecord{Event: "approve"})
	today := f.s.Today()
	v = f.step(f.official, v, TransitionRecord{Event: "sign", Party: "superintendent", SignerName: "Pat Example", SignedOn: today})
	sign := func() error {
		return second(f.s.TransitionRecord(ctx, f.manager, TransitionRecord{ID: v.Record.ID, Event: "sign", Party: "office", SignerName: "Kim Example", SignedOn: today}))
	}
	edit := func() error { // whoever writes the plan holds the agreement too
		return second(f.s.AddStrategy(ctx, f.pal, AddStrategy{AgreementID: f.a.ID, StrategyFields: StrategyFields{GoalID: f.a.Goals[0].ID, Title: "Tutors", Reason: "More tutors."}}))
	}
	came := atOnce(sign, sign, sign, edit)
	onlyOne(t, came[:3])
	if came[3] != nil { // before the signature the agreement is in review
		refused(t, came[3], models.Conflict, "agreement.in_review")
	}
	a := f.reload()
	equal(t, []any{a.Status, a.SignedOn}, []any{StatusSigned, today})
	events, err := store.AuditTrail(f.db.Read(ctx), "agreement", a.ID)
	noError(t, err)
	signed := 0
	for _, e := range events {
		if e.Action == "sign" {
			signed++
		}
	}
	equal(t, signed, 1)
}

// Two people draft and two decide at once: one draft, one decision.
func TestOneTermDecisionOfSeveralMadeAtOnce(t *testing.T) {
	t.Parallel()
	e := givenEnding(t)
	e.setClock(time.Date(2029, 1, 10, 15, 0, 0, 0, time.UTC))
	e.schools("none", "36.00", "12")
	e.report("state_academic", "14.20")
	e.report("local_academic", "14.19")
	draft := func() error { return second(e.draft()) }
	onlyOne(t, atOnce(draft, draft, draft), "term_decision.drafted")
	d := all[models.TermDecision](e.night, nil)[0]
	decide := func(who models.Actor, event string) func() error {
		return func() error {
			return second(e.s.TransitionTermDecision(ctx, who, TermDecisionTransition{ID: d.ID, Version: d.Version, Event: event, Comment: "Once."}))
		}
	}
	onlyOne(t, atOnce(decide(e.manager, "decide"), decide(e.other, "decide"), decide(e.are, "discard")))
	equal(t, len(all[models.TermDecision](e.night, nil)), 1)
}

// A decision is made while one of its results is corrected: it was made from the result
// before, or refused as outdated; never from half of both.
func TestADecisionIsMadeFromTheResultsThatHold(t *testing.T) {
	t.Parallel()
	e := givenEnding(t)
	e.setClock(time.Date(2029, 1, 10, 15, 0, 0, 0, time.UTC))
	e.schools("none", "36.00", "12")
	e.report("state_academic", "14.20")
	e.report("local_academic", "14.19")
	d, err := e.draft()
	noError(t, err)
	wrong := all[models.TargetResult](e.night, nil)[0]
	came := atOnce(func() error {
		return second(e.s.TransitionTermDecision(ctx, e.manager, TermDecisionTransition{ID: d.ID, Version: d.Version, Event: "decide"}))
	}, func() error {
		return second(e.s.CorrectTargetResult(ctx, e.are, CorrectTargetResult{ID: wrong.ID, Reason: "Misread", TargetReading: TargetReading{Value: "1.00", Source: "Synthetic file"}}))
	})
	noError(t, came[1])
	now, err := e.s.TermDecision(ctx, e.manager, d.ID)
	noError(t, err)
	if came[0] != nil {
		refused(t, came[0], models.Conflict, "term_decision.outdated")
		equal(t, now.Status, StatusDraft)
		return
	}
	equal(t, now.Outcomes, d.Outcomes)
}

// A leaver submits while the work moves to another person and the account is disabled; two
// leavers hand their work to each other at once.
func TestHandoversMeetTheLeaversCommands(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	admin := o.actor(o.person("Ada Admin", models.RoleAdministrator, ""))
	heir := o.actor(o.person("Hal Heir", models.RolePAL, ""))
	_, rev := o.application()
	o.save(o.services(rev, 100_000_00))
	rev = o.step(o.official, rev, "submit", "")
	over := func(from, to models.Actor, disable bool) func() error {
		return func() error {
			return second(o.s.Handover(ctx, admin, Handover{ID: from.UserID, ToUserID: to.UserID, Reason: "Leaves", Disable: disable}))
		}
	}
	came := atOnce(over(o.pal, heir, false), over(heir, o.pal, false))
	noError(t, came[0])
	noError(t, came[1])
	org, err := store.Get[models.Organization](o.db.Read(ctx), o.district.ID)
	noError(t, err)
	leaver, stays := o.pal, heir
	if *org.PALUserID == heir.UserID {
		leaver, stays = heir, o.pal
	}
	came = atOnce(over(leaver, stays, true), func() error {
		return second(o.s.TransitionRevision(ctx, leaver, TransitionRevision{ID: rev.ID, Event: "approve"}))
	})
	noError(t, came[0])
	for _, err := range came[1:] {
		if err != nil && models.KindOf(err) != models.Conflict && models.KindOf(err) != models.Forbidden {
			t.Error(err)
		}
	}
	if work, err := o.s.OpenWork(ctx, admin, leaver.UserID); err != nil || len(work) != 0 {
		t.Errorf("left behind: %v %+v", err, work)
	}
	report, err := o.s.VerifyAudit(ctx, o.auditor, func(f store.AuditFinding) { t.Error(f) })
	noError(t, err)
	if !report.Intact() {
		t.Error(report)
	}
}

// A request that was let in before its delegation ended changes nothing afterwards.
func TestADelegationThatEndedChangesNothing(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	o.save(o.services(rev, 100_000_00))
	d := o.delegate(o.official, o.preparer, models.RoleAuthorizedOfficial, o.district.ID, 5)
	who := o.acting(o.preparer)
	noError(t, second(o.s.TransitionDelegation(ctx, o.official, TransitionDelegation{ID: d.ID, Version: d.Version, Event: "revoke", Comment: "Back early."})))
	_, err := o.s.TransitionRevision(ctx, who, TransitionRevision{ID: rev.ID, Event: "submit"})
	refused(t, err, models.Forbidden, "delegation.over")
	equal(t, store2(store.Get[models.Revision](o.db.Read(ctx), rev.ID)).Status, StatusDraft)
}

// A delegation is revoked while the delegate submits: the step was taken before, and says on
// whose behalf, or it was refused; afterwards the delegate has no such role.
func TestADelegationIsRevokedWhileTheDelegateSubmits(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	o.save(o.services(rev, 100_000_00))
	d := o.delegate(o.official, o.preparer, models.RoleAuthorizedOfficial, o.district.ID, 5)
	who := o.acting(o.preparer)
	came := atOnce(func() error {
		return second(o.s.TransitionRevision(ctx, who, TransitionRevision{ID: rev.ID, Event: "submit"}))
	}, func() error {
		return second(o.s.TransitionDelegation(ctx, o.official, TransitionDelegation{ID: d.ID, Version: d.Version, Event: "revoke", Comment: "Back early."}))
	})
	noError(t, came[1])
	if came[0] == nil {
		events, err := store.AuditTrail(o.db.Read(ctx), "revision", rev.ID)
		noError(t, err)
		last := events[len(events)-1]
		equal(t, []string{last.Action, last.DelegationID, last.OnBehalfOf}, []string{"submit", d.ID, o.official.UserID})
	}
	if came[0] != nil {
		refused(t, came[0], models.Forbidden, "delegation.over")
	}
	equal(t, len(o.acting(o.preparer).Roles), 1)
}
