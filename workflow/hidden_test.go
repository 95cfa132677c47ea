package workflow

import (
	"testing"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

func TestAnotherPersonsMailIsNotToldFromOneThatDoesNotExist(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	m := models.Mail{ID: storetest.NewID(), UserID: o.official.UserID, ToAddress: "o@example.test", Kind: "digest", ForDate: "2026-01-05", MessageID: "<1@x>",
		Subject: "s", TextBody: "t", HTMLBody: "h", Status: "sent", NextAttemptAt: o.clock, CreatedAt: o.clock}
	o.change(func(tx *store.Tx) error { return tx.Create(&m) })
	_, absent := o.s.Mail(ctx, o.stranger, "nothing")
	_, others := o.s.Mail(ctx, o.stranger, m.ID)
	refused(t, others, models.Forbidden, "permission.role")
	equal(t, models.CodeOf(others), models.CodeOf(absent))
	for _, who := range []models.Actor{o.official, o.auditor} {
		_, err := o.s.Mail(ctx, who, m.ID)
		noError(t, err)
	}
	write := o.stranger
	write.Scopes = []string{"write"}
	_, absent = o.s.Mail(ctx, write, "nothing")
	_, others = o.s.Mail(ctx, write, m.ID)
	equal(t, models.CodeOf(others), models.CodeOf(absent))
}

// A token that may not read is not told by the kind of refusal which documents exist.
func TestATokenThatMayNotReadLearnsNothingOfOthersDocuments(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.inForce(10000000)
	who := o.stranger
	who.Scopes = []string{"write"}
	for name, read := range map[string]func(id string) error{
		"application": func(id string) error { _, err := o.s.Application(ctx, who, id); return err },
		"revision":    func(id string) error { _, err := o.s.Revision(ctx, who, id); return err },
		"agreement":   func(id string) error { _, err := o.s.Agreement(ctx, who, id); return err },
		"amend":       func(id string) error { _, err := o.s.CreateAmendment(ctx, who, CreateAmendment{id, "x"}); return err },
		"step": func(id string) error {
			_, err := o.s.TransitionRevision(ctx, who, TransitionRevision{ID: id, Event: "submit"})
			return err
		},
	} {
		id := map[string]string{"application": app.ID, "revision": rev.ID, "agreement": o.agreement.ID, "amend": app.ID, "step": rev.ID}[name]
		if there, not := read(id), read("nothing"); models.CodeOf(there) != models.CodeOf(not) {
			t.Errorf("%s: %v, and for none: %v", name, there, not)
		}
	}
}

func TestTheTrailOfAFlagIsNewestFirst(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.inForce(40000000)
	night := func() {
		t.Helper()
		_, err := o.s.Night(ctx, models.System("utilization"), o.s.Today().AddDays(-1))
		noError(t, err)
	}
	line := o.lineOf(rev, 1).LineItemID
	o.setClock(o.clock.AddDate(0, 11, 0))
	for range 6 { // what is spent and taken back opens and resolves flags again and again
		night()
		o.setClock(o.clock.AddDate(0, 0, 1))
		e, err := o.s.PostExpenditure(ctx, o.preparer, NewExpenditure{LineItemID: line, AmountCents: 40000000, SpentOn: "2026-02-01"})
		noError(t, err)
		o.setClock(o.clock.AddDate(0, 0, 1))
		night()
		_, err = o.s.ReverseExpenditure(ctx, o.preparer, ReverseExpenditure{ID: e.ID, Comment: "Wrong."})
		noError(t, err)
		o.setClock(o.clock.AddDate(0, 0, 1))
	}
	trails := 0
	for _, f := range all[models.Flag](o.night, nil) {
		events, err := o.s.AuditEvents(ctx, o.manager, ListAuditEvents{DocumentKind: "flag", DocumentID: f.ID})
		noError(t, err)
		for i, e := range events {
			if want := int64(len(events) - i); e.Sequence != want {
				t.Errorf("%s: event %d stands where %d should", f.Rule, e.Sequence, want)
			}
		}
		if len(events) > 1 {
			trails++
		}
	}
	if trails < 4 {
		t.Fatalf("only %d flags have a history", trails)
	}
}

// A digest of a day to come would be the one that is missing on that day.
func TestNoDigestIsComposedOfTheFuture(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, err := o.s.ComposeDigests(ctx, models.System("digest"), o.s.Today().AddDays(1), DigestOptions{})
	refused(t, err, models.Invalid, "night.future")
}
