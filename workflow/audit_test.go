package workflow

import (
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

func TestWhoReadsTheAuditTrail(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	school := models.Organization{OrgKind: models.KindSchool, Code: "77001", Name: "Aspen Test School", ParentID: &s.aspen.ID}
	s.add(&school)
	p := s.create("Pia Preparer", preparing(s.aspen))
	pia := s.actor(p.User)

	for name, c := range map[string]struct {
		who      models.Actor
		kind, id string
		events   int // -1: not found
	}{
		"the office, any document":       {s.auditor, "organization", s.birch.ID, 1},
		"the office, a user":             {s.auditor, "user", p.ID, 1},
		"the office, nothing there":      {s.auditor, "organization", "none", -1},
		"the office, no such kind":       {s.auditor, "present", s.birch.ID, -1},
		"a district, itself":             {pia, "organization", s.aspen.ID, 1},
		"a district, its school":         {pia, "organization", school.ID, 1},
		"a district, another":            {pia, "organization", s.birch.ID, -1},
		"a district, somebody's account": {pia, "user", s.admin.UserID, -1},
		"a district, the own account":    {pia, "user", p.ID, 1},
	} {
		trail, err := s.s.AuditTrail(ctx, c.who, c.kind, c.id)
		listed, err2 := s.s.AuditEvents(ctx, c.who, ListAuditEvents{DocumentKind: c.kind, DocumentID: c.id})
		switch {
		case c.events < 0:
			if models.KindOf(err) != models.NotFound {
				t.Errorf("%s: %v", name, err)
			}
			if len(listed) > 0 || (!scope(c.who).All && models.KindOf(err2) != models.NotFound) {
				t.Errorf("%s, list: %d %v", name, len(listed), err2)
			}
		case err != nil || err2 != nil || len(trail) != c.events || len(listed) != c.events:
			t.Errorf("%s: %d and %d events, want %d (%v, %v)", name, len(trail), len(listed), c.events, err, err2)
		}
	}
	_, err := s.s.AuditEvents(ctx, pia, ListAuditEvents{})
	refused(t, err, models.Invalid, "audit.document_missing")
	_, err = s.s.AuditEvents(ctx, models.Actor{}, ListAuditEvents{})
	refused(t, err, models.Unauthenticated, "sign_in_required")
	_, err = s.s.AuditTrail(ctx, models.Actor{}, "user", p.ID)
	refused(t, err, models.Unauthenticated, "sign_in_required")
	_, err = s.s.VerifyAudit(ctx, pia, nil)
	refused(t, err, models.Forbidden, "permission.role")
	_, err = s.s.AuditEvents(ctx, s.auditor, ListAuditEvents{From: "2026-02-30"})
	refused(t, err, models.Invalid, "civil_date")
}

func TestDistrictReadsTheTrailOfItsOwnTokenOnly(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	pia, olu := s.actor(s.create("Pia", preparing(s.aspen)).User), s.actor(s.create("Olu", signer(s.aspen)).User)
	token, err := s.s.CreateAPIToken(ctx, pia, CreateAPIToken{Name: "x", Scopes: []string{"read"}, ExpiresInDays: 1})
	noError(t, err)
	if trail, err := s.s.AuditTrail(ctx, pia, "api_token", token.ID); err != nil || len(trail) != 1 {
		t.Error(trail, err)
	}
	_, err = s.s.AuditTrail(ctx, olu, "api_token", token.ID)
	refused(t, err, models.NotFound, "not_found")
}

// A business date begins at midnight in Detroit, not in UTC.
func TestAuditEventsByBusinessDate(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	p := s.create("Pia")
	rename := func(at time.Time, name string) {
		t.Helper()
		s.setClock(at)
		_, err := s.s.UpdateUser(ctx, s.admin, UpdateUser{ID: p.ID, Email: p.Email, Name: name})
		noError(t, err)
	}
	rename(time.Date(2026, 7, 1, 3, 59, 0, 0, time.UTC), "still June 30")
	rename(time.Date(2026, 7, 1, 4, 0, 0, 0, time.UTC), "July 1 begins")
	rename(time.Date(2026, 7, 2, 3, 59, 0, 0, time.UTC), "July 1 ends")
	rename(time.Date(2026, 7, 2, 4, 0, 0, 0, time.UTC), "July 2")
	events, err := s.s.AuditEvents(ctx, s.auditor, ListAuditEvents{DocumentKind: "user", ActorID: s.admin.UserID, From: "2026-07-01", To: "2026-07-01", Limit: 10})
	noError(t, err)
	if len(events) != 2 || events[0].Sequence != 4 || events[1].Sequence != 3 {
		t.Errorf("%+v", events)
	}
	next, err := s.s.AuditEvents(ctx, s.auditor, ListAuditEvents{DocumentKind: "user", DocumentID: p.ID, After: events[1].ID, Limit: 1})
	noError(t, err)
	if len(next) != 1 || next[0].Sequence != 2 {
		t.Errorf("next page: %+v", next)
	}
}

func TestVerifyAuditIsTheOffices(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	for _, who := range []models.Actor{s.auditor, s.admin, s.manager, models.System("audit")} {
		report, err := s.s.VerifyAudit(ctx, who, func(f store.AuditFinding) { t.Error(f) })
		if err != nil || !report.Intact() || report.Events != 5 {
			t.Errorf("%s: %+v %v", who.Name, report, err)
		}
	}
}

// The night writes flags, their events and hashes in bulk, in SQL; the walk must agree.
func TestVerifyAuditAgreesWithTheNight(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(10000000)
	o.spend(app, 1, 6000000)
	before, err := o.s.VerifyAudit(ctx, o.auditor, func(f store.AuditFinding) { t.Error(f) })
	noError(t, err)
	for _, date := range []models.Date{"2026-05-01", "2026-07-01"} {
		at, err := time.Parse(time.RFC3339, string(date)+"T09:00:00Z")
		noError(t, err)
		o.setClock(at)
		_, err = o.s.Night(ctx, models.System("utilization"), date)
		noError(t, err)
	}
	after, err := o.s.VerifyAudit(ctx, o.auditor, func(f store.AuditFinding) { t.Error(f) })
	noError(t, err)
	if !after.Intact() || after.Events <= before.Events {
		t.Errorf("before the nights %+v, after %+v", before, after)
	}
}
