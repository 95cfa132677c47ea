package workflow

import (
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

func (o *office) asks(kind, id string) UnlockRequestView {
	o.t.Helper()
	u, err := o.s.CreateUnlockRequest(ctx, o.official, CreateUnlockRequest{DocumentKind: kind, DocumentID: id, Reason: "Prices fell"})
	noError(o.t, err)
	return u
}

func (o *office) answers(who models.Actor, id, event string, until models.Date) (UnlockRequestView, error) {
	return o.s.TransitionUnlockRequest(ctx, who, TransitionUnlockRequest{ID: id, Event: event, UntilOn: until, Comment: "Agreed by telephone"})
}

func TestARevisionIsUnlockedByTheReviewerWhoseTurnItIs(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.application()
	o.save(o.services(rev, 100_000_00))
	_, err := o.s.CreateUnlockRequest(ctx, o.official, CreateUnlockRequest{DocumentKind: "revision", DocumentID: rev.ID, Reason: "x"})
	refused(t, err, models.Conflict, "unlock.not_locked")
	o.step(o.official, rev, "submit", "")
	_, err = o.s.CreateUnlockRequest(ctx, o.stranger, CreateUnlockRequest{DocumentKind: "revision", DocumentID: rev.ID, Reason: "x"})
	refused(t, err, models.NotFound, "not_found")
	u := o.asks("revision", rev.ID)
	if u.Status != StatusOpen || u.Reference != app.Reference || len(u.Offers) != 1 {
		t.Fatalf("%+v", u)
	}
	_, err = o.s.CreateUnlockRequest(ctx, o.preparer, CreateUnlockRequest{DocumentKind: "revision", DocumentID: rev.ID, Reason: "y"})
	refused(t, err, models.Conflict, "unlock.already_requested")

	until := o.s.Today().AddDays(10)
	_, err = o.answers(o.official, u.ID, "grant", until)
	refused(t, err, models.Forbidden, "permission.role")
	_, err = o.answers(o.stranger, u.ID, "withdraw", "")
	refused(t, err, models.NotFound, "not_found")
	_, err = o.answers(o.manager, u.ID, "grant", until) // not a reviewer of this step: no way around the chain
	refused(t, err, models.Forbidden, "review.not_your_step")
	_, err = o.answers(o.pal, u.ID, "grant", o.s.Today().AddDays(-1))
	refused(t, err, models.Invalid, "past")
	_, err = o.answers(o.pal, u.ID, "grant", "")
	refused(t, err, models.Invalid, "required_if")
	if got := o.revision(app, 0); got.Status != StatusSubmitted {
		t.Fatalf("a refused grant changed the revision: %s", got.Status)
	}
	o.setClock(o.now().AddDate(0, 0, 4))
	u, err = o.answers(o.pal, u.ID, "grant", until)
	noError(t, err)
	if u.Status != StatusGranted || u.WaitedDays != 4 || u.UntilOn != until || o.revision(app, 0).Status != StatusReturned {
		t.Errorf("%+v", u)
	}
	events, err := store.AuditTrail(o.db.Read(ctx), "revision", rev.ID)
	noError(t, err)
	if e := events[len(events)-1]; e.Action != "return" || e.ActorID != o.pal.UserID || !strings.Contains(e.Reason, "on request (Prices fell). Agreed by telephone") {
		t.Errorf("%+v", e)
	}
	_, err = o.answers(o.pal, u.ID, "deny", "")
	refused(t, err, models.Conflict, "unlock_request.no_such_step")
	notices, err := o.s.Notices(ctx, o.official, ListNotices{})
	noError(t, err)
	if !strings.HasPrefix(notices[0].Title, "Unlocked until "+string(until)) {
		t.Errorf("%+v", notices[0])
	}
}

func TestAClosedWindowIsOpenedOnRequest(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.application()
	_, err := o.s.CreateUnlockRequest(ctx, o.official, CreateUnlockRequest{DocumentKind: "application", DocumentID: app.ID, Reason: "x"})
	refused(t, err, models.Conflict, "unlock.not_locked") // the window is open
	o.setClock(time.Date(2026, 8, 20, 15, 0, 0, 0, time.UTC))
	u := o.asks("application", app.ID)
	_, err = o.answers(o.fiscal, u.ID, "grant", "2026-09-01")
	refused(t, err, models.Forbidden, "permission.role") // who may not open a window cannot do so here
	u, err = o.answers(o.official, u.ID, "withdraw", "")
	noError(t, err)
	if u.Status != StatusWithdrawn {
		t.Errorf("%+v", u)
	}
	u = o.asks("application", app.ID)
	u, err = o.answers(o.manager, u.ID, "deny", "")
	noError(t, err)
	if u.Status != StatusDenied {
		t.Errorf("%+v", u)
	}
	u = o.asks("application", app.ID)
	_, err = o.answers(o.manager, u.ID, "grant", "2026-09-01")
	noError(t, err)
	if got, err := store.Get[models.Application](o.db.Read(ctx), app.ID); err != nil || got.WindowException != "2026-09-01" {
		t.Errorf("%v %+v", err, got)
	}
	open, err := o.s.UnlockRequests(ctx, o.stranger, ListUnlockRequests{})
	noError(t, err)
	mine, err := o.s.UnlockRequests(ctx, o.preparer, ListUnlockRequests{Status: StatusGranted})
	noError(t, err)
	if len(open) != 0 || len(mine) != 1 {
		t.Errorf("%d and %d", len(open), len(mine))
	}
	_, err = o.s.UnlockRequest(ctx, o.stranger, u.ID)
	refused(t, err, models.NotFound, "not_found")
}

func TestTheNightRemindsOfRequestsAndDelegations(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	o.save(o.services(rev, 100_000_00))
	o.step(o.official, rev, "submit", "")
	o.asks("revision", rev.ID)
	from := o.s.Today().AddDays(3)
	_, err := o.s.CreateDelegation(ctx, o.official, CreateDelegation{ToUserID: o.preparer.UserID, Role: models.RoleAuthorizedOfficial, OrganizationID: o.district.ID, FromOn: from, ToOn: from, Reason: "Leave"})
	noError(t, err)
	heard := map[string]int{}
	for range 7 {
		o.night.night(o.s.Today()) // and the clock goes to the next morning
	}
	for _, n := range all[models.Notice](o.night, nil) {
		heard[n.Event]++
	}
	if heard["unlock.waiting"] != 4 || heard["delegation.begins"] != 2 || heard["delegation.ends"] != 2 { // liaison and manager, twice; both ends
		t.Errorf("%v", heard)
	}
	for _, r := range []models.Role{models.RoleAuthorizedOfficial} {
		if n := all[models.Notice](o.night, store.Eq{"event": "delegation.begins", "user_id": o.preparer.UserID}); len(n) != 1 || n[0].ForDate != from.AddDays(-1) {
			t.Errorf("%s %+v", r, n)
		}
	}
}
