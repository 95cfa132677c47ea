package workflow

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earmark/auth"
	"earmark/models"
	"earmark/store"
)

// acting is a person as a request of now would know them: own roles and delegated ones.
func (n *night) acting(who models.Actor) models.Actor {
	n.t.Helper()
	live, err := store.LiveDelegations(n.db.Read(ctx), who.UserID, n.db.Now())
	noError(n.t, err)
	for _, d := range live {
		who.Roles = append(who.Roles, d.Grant(d.GiverName))
	}
	return who.Anew()
}

// delegate gives a role for some days from today.
func (n *night) delegate(from, to models.Actor, role models.Role, organization string, days int) DelegationView {
	n.t.Helper()
	d, err := n.s.CreateDelegation(ctx, from, CreateDelegation{ToUserID: to.UserID, Role: role, OrganizationID: organization,
		FromOn: n.s.Today(), ToOn: n.s.Today().AddDays(days - 1), Reason: "Leave"})
	noError(n.t, err)
	return d
}

func (n *night) days(count int) { n.setClock(n.now().AddDate(0, 0, count)) }

func TestEveryStepIsTakenWithItsRoleNoted(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	noError(t, err)
	for _, name := range files {
		text, err := os.ReadFile(name)
		noError(t, err)
		n := strings.Count(string(text), ".Step(string(")
		if n != 0 && name != "permissions.go" && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s takes a step by itself: use take, so that a delegated role is told in the audit trail", name)
		}
	}
}

func TestADelegateSignsForTheOfficialInTheDaysOfTheDelegation(t *testing.T) {
	t.Parallel()
	w := givenOffice(t)
	app, rev := w.application()
	_, err := w.s.TransitionRevision(ctx, w.preparer, TransitionRevision{ID: rev.ID, Version: rev.Version, Event: "submit"})
	refused(t, err, models.Forbidden, "permission.role")

	tomorrow := w.s.Today().AddDays(1)
	d, err := w.s.CreateDelegation(ctx, w.official, CreateDelegation{ToUserID: w.preparer.UserID, Role: models.RoleAuthorizedOfficial, OrganizationID: w.district.ID,
		FromOn: tomorrow, ToOn: tomorrow.AddDays(1), Reason: "Conference"})
	noError(t, err)
	if d.State != "planned" || d.FromName != "Olu Official" || d.ToName != "Pat Preparer" || len(w.acting(w.preparer).Roles) != 1 {
		t.Fatalf("%+v", d)
	}
	w.days(1)
	who := w.acting(w.preparer)
	if len(who.Roles) != 2 {
		t.Fatal("the day has begun")
	}
	w.save(w.services(rev, 100_000_00)) // an own right: nobody else is told of
	rev = w.revision(app, 0)
	rev, err = w.s.TransitionRevision(ctx, who, TransitionRevision{ID: rev.ID, Version: rev.Version, Event: "submit"})
	noError(t, err)
	events, err := store.AuditTrail(w.db.Read(ctx), "revision", rev.ID)
	noError(t, err)
	for _, e := range events {
		if behalf := e.OnBehalfOf != ""; behalf != (e.Action == "submit") || (behalf && (e.OnBehalfOf != w.official.UserID || e.DelegationID != d.ID || e.ActorID != w.preparer.UserID)) {
			t.Errorf("%s on behalf of %q by %q", e.Action, e.OnBehalfOf, e.DelegationID)
		}
	}
	report, err := w.s.VerifyAudit(ctx, w.auditor, func(f store.AuditFinding) { t.Error(f) })
	noError(t, err)
	if !report.Intact() {
		t.Error(report)
	}
	w.days(2)
	if len(w.acting(w.preparer).Roles) != 1 {
		t.Error("the role outlives its last day")
	}
	if d, err = w.s.Delegation(ctx, w.official, d.ID); err != nil || d.State != StatusEnded || len(d.Offers) != 0 {
		t.Errorf("%v %+v", err, d)
	}
	_, err = w.s.TransitionDelegation(ctx, w.official, TransitionDelegation{ID: d.ID, Event: "revoke", Comment: "Back"})
	refused(t, err, models.Conflict, "delegation.no_such_step")
	notices, err := w.s.Notices(ctx, w.preparer, ListNotices{})
	noError(t, err)
	if len(notices) == 0 || !strings.Contains(notices[len(notices)-1].Title, "Pat Preparer acts for Olu Official") {
		t.Errorf("%+v", notices)
	}
}

func TestWhatCannotBeDelegated(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	official := s.actor(s.person("Olu Official", models.RoleAuthorizedOfficial, s.aspen.ID))
	second := s.actor(s.person("Sal Second", models.RoleAuthorizedOfficial, s.aspen.ID))
	free := s.actor(s.person("Fay Free", models.RolePreparer, s.aspen.ID))
	scorer := s.actor(s.person("Rae Reviewer", models.RoleReviewer, ""))
	today := s.s.Today()
	gone := s.create("Gus Gone", preparing(s.aspen))
	_, err := s.s.TransitionUser(ctx, s.admin, TransitionUser{ID: gone.ID, Event: "disable", Comment: "left"})
	noError(t, err)
	for name, c := range map[string]struct {
		who      models.Actor
		to       string
		role     models.Role
		org      string
		from, on models.Date
		kind     models.Kind
		code     string
	}{
		"administrator":          {s.admin, s.manager.UserID, models.RoleAdministrator, "", today, today, models.Invalid, "delegation.personal"},
		"reviewer":               {scorer, s.manager.UserID, models.RoleReviewer, "", today, today, models.Invalid, "delegation.personal"},
		"more than held":         {official, free.UserID, models.RoleAuthorizedOfficial, s.birch.ID, today, today, models.Invalid, "delegation.not_held"},
		"to an administrator":    {s.manager, s.admin.UserID, models.RoleManager, "", today, today, models.Invalid, "delegation.conflict"},
		"to the office":          {official, s.auditor.UserID, models.RoleAuthorizedOfficial, s.aspen.ID, today, today, models.Invalid, "delegation.conflict"},
		"to a district":          {s.manager, free.UserID, models.RoleManager, "", today, today, models.Invalid, "delegation.conflict"},
		"a reviewer to district": {official, scorer.UserID, models.RoleAuthorizedOfficial, s.aspen.ID, today, today, models.Invalid, "delegation.conflict"},
		"to a holder":            {official, second.UserID, models.RoleAuthorizedOfficial, s.aspen.ID, today, today, models.Invalid, "delegation.already_held"},
		"to oneself":             {official, official.UserID, models.RoleAuthorizedOfficial, s.aspen.ID, today, today, models.Invalid, "delegation.no_receiver"},
		"to nobody":              {official, "nobody", models.RoleAuthorizedOfficial, s.aspen.ID, today, today, models.Invalid, "delegation.no_receiver"},
		"to the system":          {official, models.SystemUserID, models.RoleAuthorizedOfficial, s.aspen.ID, today, today, models.Invalid, "delegation.no_receiver"},
		"to who left":            {official, gone.ID, models.RoleAuthorizedOfficial, s.aspen.ID, today, today, models.Invalid, "delegation.no_receiver"},
		"in the past":            {official, free.UserID, models.RoleAuthorizedOfficial, s.aspen.ID, today.AddDays(-1), today, models.Invalid, "delegation.days"},
		"backwards":              {official, free.UserID, models.RoleAuthorizedOfficial, s.aspen.ID, today.AddDays(2), today, models.Invalid, "delegation.days"},
		"91 days":                {official, free.UserID, models.RoleAuthorizedOfficial, s.aspen.ID, today, today.AddDays(90), models.Invalid, "delegation.days"},
	} {
		_, err := s.s.CreateDelegation(ctx, c.who, CreateDelegation{ToUserID: c.to, Role: c.role, OrganizationID: c.org, FromOn: c.from, ToOn: c.on, Reason: "Leave"})
		if models.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
			continue
		}
		refused(t, err, c.kind, c.code)
	}
	_, err = s.s.CreateDelegation(ctx, official, CreateDelegation{FromUserID: second.UserID, ToUserID: free.UserID, Role: models.RoleAuthorizedOfficial, OrganizationID: s.aspen.ID, FromOn: today, ToOn: today, Reason: "x"})
	refused(t, err, models.Forbidden, "delegation.not_giver")
	token := official
	token.TokenID = "t"
	_, err = s.s.CreateDelegation(ctx, token, CreateDelegation{ToUserID: free.UserID, Role: models.RoleAuthorizedOfficial, OrganizationID: s.aspen.ID, FromOn: today, ToOn: today, Reason: "x"})
	refused(t, err, models.Forbidden, "token.not_with_token")

	// Ninety days are allowed, by address; the receiver does not count as an official, and passes nothing on.
	email := all[models.User](s.night, store.Eq{"id": free.UserID})[0].Email
	_, err = s.s.CreateDelegation(ctx, s.admin, CreateDelegation{FromUserID: official.UserID, ToEmail: strings.ToUpper(email), Role: models.RoleAuthorizedOfficial,
		OrganizationID: s.aspen.ID, FromOn: today, ToOn: today.AddDays(89), Reason: "Leave"})
	noError(t, err)
	_, err = s.s.CreateDelegation(ctx, s.acting(free), CreateDelegation{ToUserID: gone.ID, Role: models.RoleAuthorizedOfficial, OrganizationID: s.aspen.ID, FromOn: today, ToOn: today, Reason: "x"})
	if models.KindOf(err) != models.Invalid {
		t.Error(err)
	}
	other := s.create("Ona Other", preparing(s.aspen))
	_, err = s.s.CreateDelegation(ctx, s.acting(free), CreateDelegation{ToUserID: other.ID, Role: models.RoleAuthorizedOfficial, OrganizationID: s.aspen.ID, FromOn: today, ToOn: today, Reason: "x"})
	refused(t, err, models.Invalid, "delegation.chain")
	_, err = s.s.CreateDelegation(ctx, official, CreateDelegation{ToUserID: other.ID, Role: models.RoleAuthorizedOfficial, OrganizationID: s.aspen.ID, FromOn: today.AddDays(89), ToOn: today.AddDays(95), Reason: "x"})
	refused(t, err, models.Conflict, "delegation.overlap")
	d, err := s.s.CreateDelegation(ctx, official, CreateDelegation{ToUserID: other.ID, Role: models.RoleAuthorizedOfficial, OrganizationID: s.aspen.ID, FromOn: today.AddDays(90), ToOn: today.AddDays(95), Reason: "x"})
	noError(t, err)
	birch := s.actor(s.person("Bo Birch", models.RoleAuthorizedOfficial, s.birch.ID))
	_, err = s.s.Delegation(ctx, birch, d.ID)
	refused(t, err, models.NotFound, "not_found")
	_, err = s.s.TransitionDelegation(ctx, birch, TransitionDelegation{ID: d.ID, Event: "revoke", Comment: "x"})
	refused(t, err, models.NotFound, "not_found")
	_, err = s.s.TransitionDelegation(ctx, second, TransitionDelegation{ID: d.ID, Event: "revoke", Comment: "x"})
	refused(t, err, models.Forbidden, "delegation.not_party")
	s.intact()
}

func TestADelegatedRoleEndsWithItsGiver(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	official := s.create("Olu Official", signer(s.aspen))
	free := s.create("Fay Free", preparing(s.aspen))
	giver, receiver := s.actor(official.User), models.Actor{UserID: free.ID, Name: free.Name, Roles: free.Roles}
	giver.Roles = official.Roles
	s.delegate(giver, receiver, models.RoleAuthorizedOfficial, s.aspen.ID, 30)
	if len(s.acting(receiver).Roles) != 2 {
		t.Fatal("not in force")
	}
	_, err := s.s.SetRoles(ctx, s.admin, SetRoles{UserID: free.ID, Roles: []RoleGrant{holds(models.RoleAuditor)}, Reason: "moves to the office"})
	refused(t, err, models.Conflict, "roles.delegation_conflict")
	_, err = s.s.SetRoles(ctx, s.admin, SetRoles{UserID: official.ID, Roles: []RoleGrant{preparing(s.aspen)}, Reason: "steps down"})
	noError(t, err)
	if len(s.acting(receiver).Roles) != 1 {
		t.Error("the role outlives the giver's")
	}
	if got := all[models.Delegation](s.night, nil); len(got) != 1 || got[0].RevokedOn != s.s.Today() {
		t.Errorf("%+v", got)
	}
	_, err = s.s.SetRoles(ctx, s.admin, SetRoles{UserID: official.ID, Roles: []RoleGrant{signer(s.aspen)}, Reason: "again"})
	noError(t, err)
	if len(s.acting(receiver).Roles) != 1 {
		t.Error("a revoked delegation came back")
	}
	s.delegate(giver, receiver, models.RoleAuthorizedOfficial, s.aspen.ID, 30)
	_, err = s.s.TransitionUser(ctx, s.admin, TransitionUser{ID: official.ID, Event: "disable", Comment: "left"})
	noError(t, err)
	if len(s.acting(receiver).Roles) != 1 {
		t.Error("the role outlives the giver's account")
	}
	s.intact()
}

func TestTheCacheOfActorsEndsADelegationOnItsDay(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	official := s.actor(s.person("Olu Official", models.RoleAuthorizedOfficial, s.aspen.ID))
	free, err := s.s.CreateUser(ctx, s.admin, CreateUser{Email: "fay@people.example", Name: "Fay Free", Password: "seven quiet herons", Roles: []RoleGrant{preparing(s.aspen)}})
	noError(t, err)
	d := s.delegate(official, models.Actor{UserID: free.ID}, models.RoleAuthorizedOfficial, s.aspen.ID, 1)
	s.setClock(d.EndsAt.Add(-time.Second))
	in, err := s.auth.SignIn(ctx, auth.SignIn{Email: "fay@people.example", Password: "seven quiet herons"})
	noError(t, err)
	roles := func() int {
		t.Helper()
		who, err := s.auth.Actor(ctx, in.Token)
		noError(t, err)
		return len(who.Roles)
	}
	if roles() != 2 {
		t.Fatal("the last second of the last day counts")
	}
	s.setClock(*d.EndsAt)
	if roles() != 1 {
		t.Error("remembered beyond the last day")
	}
}

func TestAStandingBackupActsOnlyInADeclaredAbsence(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	official := s.actor(s.person("Olu Official", models.RoleAuthorizedOfficial, s.aspen.ID))
	backup := s.actor(s.person("Bea Backup", models.RolePreparer, s.aspen.ID))
	third := s.actor(s.person("Tom Third", models.RolePreparer, s.aspen.ID))
	today := s.s.Today()
	standing := CreateDelegation{ToUserID: backup.UserID, Role: models.RoleAuthorizedOfficial, OrganizationID: s.aspen.ID, FromOn: today, ToOn: today.AddDays(700), Standing: true, Reason: "Backup"}
	d, err := s.s.CreateDelegation(ctx, official, standing)
	noError(t, err)
	if d.State != StatusStandby || len(s.acting(backup).Roles) != 1 {
		t.Fatalf("%+v", d)
	}
	_, err = s.s.CreateDelegation(ctx, official, CreateDelegation{ToUserID: third.UserID, Role: models.RoleAuthorizedOfficial, OrganizationID: s.aspen.ID, FromOn: today, ToOn: today.AddDays(9), Standing: true, Reason: "Another"})
	refused(t, err, models.Conflict, "delegation.overlap")
	step := func(who models.Actor, event string, from, to models.Date, comment string) (DelegationView, error) {
		return s.s.TransitionDelegation(ctx, who, TransitionDelegation{ID: d.ID, Event: event, FromOn: from, ToOn: to, Comment: comment})
	}
	_, err = step(backup, "activate", today, today.AddDays(5), "I want to")
	refused(t, err, models.Forbidden, "delegation.not_party")
	_, err = step(official, "activate", today, today.AddDays(5), "")
	refused(t, err, models.Invalid, "required")
	_, err = step(official, "activate", today, today.AddDays(90), "Long")
	refused(t, err, models.Invalid, "delegation.days")
	_, err = step(official, "activate", today, today.AddDays(701), "Beyond")
	refused(t, err, models.Invalid, "delegation.days")
	_, err = step(official, "activate", today.AddDays(-1), today, "Before")
	refused(t, err, models.Invalid, "delegation.days")
	_, err = step(official, "deactivate", "", "", "")
	refused(t, err, models.Conflict, "delegation.no_such_step")

	got, err := step(official, "activate", today.AddDays(2), today.AddDays(4), "On leave")
	noError(t, err)
	if got.State != StatusPlanned || len(s.acting(backup).Roles) != 1 {
		t.Errorf("%+v", got)
	}
	_, err = s.s.CreateDelegation(ctx, official, CreateDelegation{ToUserID: third.UserID, Role: models.RoleAuthorizedOfficial, OrganizationID: s.aspen.ID, FromOn: today.AddDays(4), ToOn: today.AddDays(9), Reason: "Another"})
	refused(t, err, models.Conflict, "delegation.overlap")
	s.days(2)
	if len(s.acting(backup).Roles) != 2 {
		t.Error("the absence has begun")
	}
	s.days(3)
	if got, err = s.s.Delegation(ctx, official, d.ID); err != nil || got.State != StatusStandby || len(s.acting(backup).Roles) != 1 {
		t.Errorf("after the absence: %v %+v", err, got)
	}
	got, err = step(s.manager, "activate", s.s.Today(), s.s.Today().AddDays(10), "In hospital")
	noError(t, err)
	if got.State != StatusActive || *got.ActivatedBy != s.manager.UserID {
		t.Errorf("%+v", got)
	}
	if got, err = step(official, "deactivate", "", "", ""); err != nil || got.State != StatusStandby || len(s.acting(backup).Roles) != 1 {
		t.Errorf("%v %+v", err, got)
	}
	if got, err = step(backup, "revoke", "", "", "I cannot"); err != nil || got.State != StatusRevoked {
		t.Errorf("%v %+v", err, got)
	}
	if got, _ := s.trail("delegation", d.ID); got != "create activate activate deactivate revoke" {
		t.Error(got)
	}
	s.intact()
}

// A manager declares absences, but not the one that lets the manager act.
func TestNobodyDeclaresTheAbsenceThatLetsThemselvesAct(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	fiscal := s.actor(s.person("Fay Fiscal", models.RoleFiscalReviewer, ""))
	backup := s.actor(s.person("Mo Manager", models.RoleManager, ""))
	today := s.s.Today()
	d, err := s.s.CreateDelegation(ctx, fiscal, CreateDelegation{ToUserID: backup.UserID, Role: models.RoleFiscalReviewer, FromOn: today, ToOn: today.AddDays(300), Standing: true, Reason: "Backup"})
	noError(t, err)
	step := TransitionDelegation{ID: d.ID, Event: "activate", FromOn: today, ToOn: today.AddDays(5), Comment: "Away"}
	_, err = s.s.TransitionDelegation(ctx, backup, step)
	refused(t, err, models.Forbidden, "delegation.not_party")
	_, err = s.s.TransitionDelegation(ctx, s.manager, step)
	noError(t, err)
}
