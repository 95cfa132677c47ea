package workflow

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"earmark/auth"
	"earmark/models"
	"earmark/store"
)

// staff is a world with people only: an administrator, an auditor, two districts, and the
// real package auth behind the credentials.
type staff struct {
	*night
	auth          *auth.Authenticator
	admin         models.Actor
	auditor       models.Actor
	manager       models.Actor
	aspen, birch  models.Organization
	changed       atomic.Int64
	oldPassword   string
	administrator models.User
}

func newStaff(t *testing.T) *staff {
	t.Helper()
	s := &staff{night: newNight(t), oldPassword: "otter lantern quarry"}
	hasher := auth.NewHasher(2)
	s.auth = auth.New(auth.Config{DB: s.db, Hasher: hasher})
	s.s.cred = Credentials{HashPassword: hasher.Hash, CheckPassword: s.auth.CheckPassword, NewToken: auth.NewToken,
		Changed: func(id string) { s.changed.Add(1); s.auth.Forget(id) }}
	s.administrator = s.person("Ada Admin", models.RoleAdministrator, "")
	s.admin = s.actor(s.administrator)
	s.auditor = s.actor(s.person("Otto Auditor", models.RoleAuditor, ""))
	s.manager = s.actor(s.person("Mina Manager", models.RoleManager, ""))
	s.aspen, s.birch = s.district("Aspen Test District"), s.district("Birch Test District")
	return s
}

func (s *staff) create(name string, roles ...RoleGrant) Person {
	s.t.Helper()
	p, err := s.s.CreateUser(ctx, s.admin, CreateUser{Email: fmt.Sprintf("p%d@people.example", s.next()), Name: name, Roles: roles})
	noError(s.t, err)
	return p
}

func signer(o models.Organization) RoleGrant {
	return RoleGrant{Role: models.RoleAuthorizedOfficial, OrganizationID: o.ID}
}

func preparing(o models.Organization) RoleGrant {
	return RoleGrant{Role: models.RolePreparer, OrganizationID: o.ID}
}

func holds(r models.Role) RoleGrant { return RoleGrant{Role: r} }

// trail is what was done to a document, and its last event.
func (s *staff) trail(kind, id string) (string, models.AuditEvent) {
	s.t.Helper()
	events, err := store.AuditTrail(s.db.Read(ctx), kind, id)
	noError(s.t, err)
	var names []string
	for _, e := range events {
		names = append(names, e.Action)
	}
	return strings.Join(names, " "), events[len(events)-1]
}

func (s *staff) intact() {
	s.t.Helper()
	report, err := s.s.VerifyAudit(ctx, s.auditor, func(f store.AuditFinding) { s.t.Error(f) })
	noError(s.t, err)
	if !report.Intact() {
		s.t.Error(report)
	}
}

func TestCreateUser(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	in := CreateUser{Email: " Fern@Aspen.example ", Name: "Fern Official", Password: "seven quiet herons", Roles: []RoleGrant{signer(s.aspen), preparing(s.aspen)}}
	who := s.admin
	who.IdempotencyKey = "k1"
	p, err := s.s.CreateUser(ctx, who, in)
	noError(t, err)
	if p.Email != "fern@aspen.example" || p.Status != StatusActive || len(p.Roles) != 2 || p.PasswordHash != "" || p.Version != 1 {
		t.Fatalf("%+v", p)
	}
	again, err := s.s.CreateUser(ctx, who, in)
	noError(t, err)
	if again.ID != p.ID {
		t.Error("the same key made a second account")
	}
	signedIn, err := s.auth.SignIn(ctx, auth.SignIn{Email: p.Email, Password: in.Password})
	noError(t, err)
	actor, err := s.auth.Actor(ctx, signedIn.Token)
	noError(t, err)
	if !actor.HasFor(s.aspen.ID, models.RoleAuthorizedOfficial) || actor.HasFor(s.birch.ID, models.RoleAuthorizedOfficial) {
		t.Errorf("%+v", actor)
	}
	got, last := s.trail("organization", s.aspen.ID)
	if got != "create set_officials" || !strings.Contains(last.Changes, "Fern Official") {
		t.Errorf("the district's trail: %s %s", got, last.Changes)
	}
	got, _ = s.trail("user", p.ID)
	if got != "create sign_in" {
		t.Errorf("the user's trail: %s", got)
	}
	for _, e := range all[models.AuditEvent](s.night, nil) {
		if strings.Contains(e.Changes, "argon2") || strings.Contains(e.Changes, in.Password) {
			t.Errorf("a secret in the trail: %s", e.Changes)
		}
	}
	s.intact()

	_, err = s.s.CreateUser(ctx, s.admin, CreateUser{Email: "FERN@aspen.example", Name: "Another"})
	refused(t, err, models.Conflict, "user.email_taken")
	for name, c := range map[string]struct {
		in   CreateUser
		code string
	}{
		"no address":     {CreateUser{Name: "X", Email: "nowhere"}, "email"},
		"no name":        {CreateUser{Email: "x@people.example"}, "required"},
		"short password": {CreateUser{Email: "x@people.example", Name: "X", Password: "short"}, "min"},
		"own address":    {CreateUser{Email: "longname@people.example", Name: "X", Password: "longname@people.example"}, "password.guessable"},
		"own name":       {CreateUser{Email: "longname@people.example", Name: "X", Password: "longname1234"}, "password.guessable"},
		"one letter":     {CreateUser{Email: "x@people.example", Name: "X", Password: "aaaaaaaaaaaaaaa"}, "password.guessable"},
		"unknown role":   {CreateUser{Email: "x@people.example", Name: "X", Roles: []RoleGrant{{Role: "emperor"}}}, "oneof"},
		"the system's":   {CreateUser{Email: "x@people.example", Name: "X", Roles: []RoleGrant{{Role: models.RoleSystem}}}, "oneof"},
	} {
		if _, err := s.s.CreateUser(ctx, s.admin, c.in); models.KindOf(err) != models.Invalid {
			t.Errorf("%s: %v", name, err)
		} else {
			refused(t, err, models.Invalid, c.code)
		}
	}
	_, err = s.s.CreateUser(ctx, s.manager, CreateUser{Email: "y@people.example", Name: "Y"})
	refused(t, err, models.Forbidden, "permission.role")
}

func TestRolesThatCannotBeHeld(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	p := s.create("Kim Candidate")
	isd := models.Organization{OrgKind: models.KindISD, Code: "77001", Name: "Aspen Test ISD"}
	s.add(&isd)
	for name, c := range map[string]struct {
		roles []RoleGrant
		code  string
	}{
		"a district's role without a district":   {[]RoleGrant{holds(models.RolePreparer)}, "role.district_missing"},
		"an office role with a district":         {[]RoleGrant{{Role: models.RoleAuditor, OrganizationID: s.aspen.ID}}, "role.district_given"},
		"a role twice":                           {[]RoleGrant{holds(models.RoleAuditor), holds(models.RoleAuditor)}, "role.twice"},
		"an intermediate district's":             {[]RoleGrant{signer(isd)}, "role.no_district"},
		"a member of no body":                    {[]RoleGrant{{Role: models.RoleBodyMember, OrganizationID: s.aspen.ID}}, "role.body_missing"},
		"a member of a body that no program has": {[]RoleGrant{{Role: models.RoleBodyMember, OrganizationID: s.aspen.ID, Body: "round_table"}}, "role.no_body"},
		"a preparer in a body":                   {[]RoleGrant{{Role: models.RolePreparer, OrganizationID: s.aspen.ID, Body: "round_table"}}, "role.body_given"},
		"of a district that does not exist":      {[]RoleGrant{{Role: models.RolePreparer, OrganizationID: "nowhere"}}, "role.no_district"},
		"administrator and liaison":              {[]RoleGrant{holds(models.RoleAdministrator), holds(models.RolePAL)}, "role.administrator_approves"},
		"administrator and fiscal reviewer":      {[]RoleGrant{holds(models.RoleFiscalReviewer), holds(models.RoleAdministrator)}, "role.administrator_approves"},
		"administrator and manager":              {[]RoleGrant{holds(models.RoleManager), holds(models.RoleAdministrator)}, "role.administrator_approves"},
		"preparer of a district and a reviewer":  {[]RoleGrant{preparing(s.aspen), holds(models.RoleFiscalReviewer)}, "role.both_sides"},
	} {
		_, err := s.s.SetRoles(ctx, s.admin, SetRoles{UserID: p.ID, Roles: c.roles, Reason: "x"})
		if models.KindOf(err) != models.Invalid {
			t.Errorf("%s: %v", name, err)
			continue
		}
		refused(t, err, models.Invalid, c.code)
	}
	_, err := s.s.SetRoles(ctx, s.admin, SetRoles{UserID: p.ID, Roles: []RoleGrant{holds(models.RoleAuditor)}})
	refused(t, err, models.Invalid, "required") // a reason
	if kept, _ := s.s.User(ctx, s.admin, p.ID); len(kept.Roles) != 0 || kept.Version != 1 {
		t.Errorf("something was kept: %+v", kept)
	}
}

func TestSetRolesReplacesThem(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	p := s.create("Kim Analyst", holds(models.RoleAnalyst))
	p, err := s.s.SetRoles(ctx, s.admin, SetRoles{UserID: p.ID, Roles: []RoleGrant{holds(models.RoleARE), holds(models.RoleAuditor)}, Reason: "moved", Version: p.Version})
	noError(t, err)
	if !slices.Equal(p.Roles, []models.Grant{{Role: models.RoleARE}, {Role: models.RoleAuditor}}) || p.Version != 2 {
		t.Errorf("%+v", p)
	}
	if _, last := s.trail("user", p.ID); last.Reason != "moved" || last.Changes != `{"roles":[["opd_analyst"],["are_analyst","auditor"]]}` {
		t.Errorf("%+v", last)
	}
	_, err = s.s.SetRoles(ctx, s.admin, SetRoles{UserID: p.ID, Roles: []RoleGrant{}, Reason: "none left", Version: 1})
	refused(t, err, models.Stale, "")
	p, err = s.s.SetRoles(ctx, s.admin, SetRoles{UserID: p.ID, Roles: []RoleGrant{}, Reason: "none left", Version: 2})
	noError(t, err)
	if len(p.Roles) != 0 || s.changed.Load() != 2 {
		t.Errorf("%+v, told auth %d times", p, s.changed.Load())
	}
	_, err = s.s.SetRoles(ctx, s.admin, SetRoles{UserID: s.admin.UserID, Roles: []RoleGrant{}, Reason: "me"})
	refused(t, err, models.Conflict, "user.own_access")
	_, err = s.s.SetRoles(ctx, s.auditor, SetRoles{UserID: p.ID, Roles: []RoleGrant{}, Reason: "x"})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = s.s.SetRoles(ctx, s.admin, SetRoles{UserID: models.SystemUserID, Roles: []RoleGrant{}, Reason: "x"})
	refused(t, err, models.NotFound, "not_found")
	s.intact()
}

func TestTwoPeopleSignForADistrict(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	first, second := s.create("First Official", signer(s.aspen)), s.create("Second Official", signer(s.aspen))
	third := s.create("Third Official", signer(s.birch))
	give := func(p Person, roles ...RoleGrant) error {
		_, err := s.s.SetRoles(ctx, s.admin, SetRoles{UserID: p.ID, Roles: append([]RoleGrant{}, roles...), Reason: "test"})
		return err
	}
	err := give(third, signer(s.birch), signer(s.aspen))
	refused(t, err, models.Conflict, "roles.officials_full")
	if !strings.Contains(err.Error(), "First Official and Second Official") {
		t.Error(err)
	}
	_, err = s.s.CreateUser(ctx, s.admin, CreateUser{Email: "fourth@people.example", Name: "Fourth", Roles: []RoleGrant{signer(s.aspen)}})
	refused(t, err, models.Conflict, "roles.officials_full")

	noError(t, give(first, preparing(s.aspen))) // gives the seat up
	noError(t, give(third, signer(s.birch), signer(s.aspen)))
	refused(t, give(first, signer(s.aspen)), models.Conflict, "roles.officials_full")

	// A disabled account holds no seat, and takes one again only when there is one.
	off := func(p Person, event string) error {
		_, err := s.s.TransitionUser(ctx, s.admin, TransitionUser{ID: p.ID, Event: event, Comment: "test"})
		return err
	}
	noError(t, off(second, "disable"))
	noError(t, give(first, signer(s.aspen)))
	refused(t, off(second, "enable"), models.Conflict, "roles.officials_full")
	noError(t, give(first, []RoleGrant{}...))
	noError(t, off(second, "enable"))
	s.intact()
}

func TestGrantsAtTheSameTimeCannotPassTheLimit(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	const rivals = 8
	people := make([]Person, rivals)
	for i := range people {
		people[i] = s.create(fmt.Sprintf("Rival %d", i))
	}
	var given, full atomic.Int64
	var wg sync.WaitGroup
	for _, p := range people {
		wg.Go(func() {
			_, err := s.s.SetRoles(ctx, s.admin, SetRoles{UserID: p.ID, Roles: []RoleGrant{signer(s.aspen)}, Reason: "race"})
			switch {
			case err == nil:
				given.Add(1)
			case models.CodeOf(err) == "roles.officials_full":
				full.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if given.Load() != 2 || full.Load() != rivals-2 {
		t.Errorf("%d given, %d refused", given.Load(), full.Load())
	}
	if n := len(all[models.UserRole](s.night, store.Eq{"organization_id": s.aspen.ID})); n != 2 {
		t.Errorf("%d officials", n)
	}
	s.intact()
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	p, other := s.create("Old Name"), s.create("Other")
	p, err := s.s.UpdateUser(ctx, s.admin, UpdateUser{ID: p.ID, Email: "New@people.example", Name: "New Name", Version: 1})
	noError(t, err)
	if p.Email != "new@people.example" || p.Name != "New Name" || p.Version != 2 {
		t.Errorf("%+v", p)
	}
	if _, last := s.trail("user", p.ID); !strings.Contains(last.Changes, `"name":["Old Name","New Name"]`) {
		t.Error(last.Changes)
	}
	_, err = s.s.UpdateUser(ctx, s.admin, UpdateUser{ID: p.ID, Email: other.Email, Name: "New Name", Version: 2})
	refused(t, err, models.Conflict, "user.email_taken")
	_, err = s.s.UpdateUser(ctx, s.admin, UpdateUser{ID: p.ID, Email: "n@people.example", Name: "N", Version: 1})
	refused(t, err, models.Stale, "")
	_, err = s.s.UpdateUser(ctx, s.admin, UpdateUser{ID: "nobody", Email: "n@people.example", Name: "N"})
	refused(t, err, models.NotFound, "not_found")
	_, err = s.s.UpdateUser(ctx, s.manager, UpdateUser{ID: p.ID, Email: "n@people.example", Name: "N"})
	refused(t, err, models.Forbidden, "permission.role")
}

func TestDisablingEndsSessionsAndTokens(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	p, err := s.s.CreateUser(ctx, s.admin, CreateUser{Email: "gone@people.example", Name: "Soon Gone", Password: s.oldPassword, Roles: []RoleGrant{holds(models.RoleARE)}})
	noError(t, err)
	in, err := s.auth.SignIn(ctx, auth.SignIn{Email: p.Email, Password: s.oldPassword})
	noError(t, err)
	actor, err := s.auth.Actor(ctx, in.Token)
	noError(t, err)
	token, err := s.s.CreateAPIToken(ctx, actor, CreateAPIToken{Name: "export", Scopes: []string{"read"}, ExpiresInDays: 30})
	noError(t, err)

	step := func(event, comment string) error {
		_, err := s.s.TransitionUser(ctx, s.admin, TransitionUser{ID: p.ID, Event: event, Comment: comment})
		return err
	}
	refused(t, step("disable", ""), models.Invalid, "required")
	refused(t, step("enable", ""), models.Conflict, "user.no_such_step")
	refused(t, step("forget", ""), models.Invalid, "oneof")
	noError(t, step("disable", "left the office"))
	for _, secret := range []string{in.Token, token.Token} {
		if _, err := s.auth.Actor(ctx, secret); models.KindOf(err) != models.Unauthenticated {
			t.Errorf("still lets in: %v", err)
		}
	}
	if _, err := s.auth.SignIn(ctx, auth.SignIn{Email: p.Email, Password: s.oldPassword}); models.KindOf(err) != models.Unauthenticated {
		t.Error("a disabled account signed in", err)
	}
	noError(t, step("enable", ""))
	if kept, err := s.s.User(ctx, s.admin, p.ID); err != nil || len(kept.Roles) != 1 {
		t.Errorf("the roles did not stay: %+v %v", kept, err)
	}
	if _, err := s.auth.Actor(ctx, token.Token); models.CodeOf(err) != "token.ended" {
		t.Error("a revoked token came back", err)
	}
	if got, _ := s.trail("api_token", token.ID); got != "create revoke" {
		t.Error(got)
	}
	_, err = s.s.TransitionUser(ctx, s.admin, TransitionUser{ID: s.admin.UserID, Event: "disable", Comment: "me"})
	refused(t, err, models.Conflict, "user.own_access")
	_, err = s.s.TransitionUser(ctx, s.manager, TransitionUser{ID: p.ID, Event: "disable", Comment: "x"})
	refused(t, err, models.Forbidden, "permission.role")
	s.intact()
}

func TestAssignPAL(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	pal, none := s.create("Lee Liaison", holds(models.RolePAL)), s.create("No Liaison", holds(models.RoleAnalyst))
	o, err := s.s.AssignPAL(ctx, s.manager, AssignPAL{OrganizationID: s.aspen.ID, UserID: pal.ID, Reason: "new year", Version: 1})
	noError(t, err)
	if o.PALUserID == nil || *o.PALUserID != pal.ID || o.Version != 2 {
		t.Errorf("%+v", o)
	}
	if got, last := s.trail("organization", o.ID); got != "create assign_pal" || !strings.Contains(last.Changes, "pal_user_id") || last.Reason != "new year" {
		t.Errorf("%s %+v", got, last)
	}
	_, err = s.s.SetRoles(ctx, s.admin, SetRoles{UserID: pal.ID, Roles: []RoleGrant{}, Reason: "leaves"})
	refused(t, err, models.Conflict, "roles.pal_assigned")
	_, err = s.s.AssignPAL(ctx, s.manager, AssignPAL{OrganizationID: s.aspen.ID, UserID: none.ID})
	refused(t, err, models.Invalid, "pal.role_missing")
	_, err = s.s.AssignPAL(ctx, s.manager, AssignPAL{OrganizationID: s.aspen.ID, UserID: "nobody"})
	refused(t, err, models.Invalid, "pal.role_missing")
	_, err = s.s.AssignPAL(ctx, s.manager, AssignPAL{OrganizationID: s.aspen.ID, UserID: pal.ID, Version: 1})
	refused(t, err, models.Stale, "")
	school := models.Organization{OrgKind: models.KindSchool, Code: "77001", Name: "Aspen Test School", ParentID: &s.aspen.ID}
	s.add(&school)
	_, err = s.s.AssignPAL(ctx, s.manager, AssignPAL{OrganizationID: school.ID, UserID: pal.ID})
	refused(t, err, models.Conflict, "pal.no_district")
	_, err = s.s.AssignPAL(ctx, s.auditor, AssignPAL{OrganizationID: s.aspen.ID, UserID: pal.ID})
	refused(t, err, models.Forbidden, "permission.role")
	o, err = s.s.AssignPAL(ctx, s.admin, AssignPAL{OrganizationID: s.aspen.ID})
	noError(t, err)
	if o.PALUserID != nil {
		t.Error("still has a liaison")
	}
	_, err = s.s.SetRoles(ctx, s.admin, SetRoles{UserID: pal.ID, Roles: []RoleGrant{}, Reason: "leaves"})
	noError(t, err)
	s.intact()
}

func TestWhoReadsPeople(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	p := s.create("Pia Preparer", preparing(s.aspen))
	s.create("Olu Official", signer(s.birch))
	self := s.actor(p.User)
	me, err := s.s.Me(ctx, self)
	noError(t, err)
	if me.ID != p.ID || len(me.Roles) != 1 || me.PasswordHash != "" {
		t.Errorf("%+v", me)
	}
	_, err = s.s.Me(ctx, models.Actor{})
	refused(t, err, models.Unauthenticated, "sign_in_required")
	_, err = s.s.User(ctx, self, s.admin.UserID)
	refused(t, err, models.Forbidden, "permission.role")
	_, err = s.s.Users(ctx, self, ListUsers{})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = s.s.User(ctx, s.admin, models.SystemUserID)
	refused(t, err, models.NotFound, "not_found")
	_, err = s.s.Users(ctx, s.admin, ListUsers{Limit: 101})
	refused(t, err, models.Invalid, "lte")
	for name, c := range map[string]struct {
		in   ListUsers
		want int
	}{
		"all":                     {ListUsers{}, 5},
		"one page":                {ListUsers{Limit: 2}, 2},
		"active":                  {ListUsers{Status: StatusActive}, 5},
		"disabled":                {ListUsers{Status: StatusDisabled}, 0},
		"by role":                 {ListUsers{Role: models.RolePreparer}, 1},
		"by district":             {ListUsers{OrganizationID: s.birch.ID}, 1},
		"by role in the district": {ListUsers{Role: models.RolePreparer, OrganizationID: s.birch.ID}, 0},
		"by address":              {ListUsers{Email: strings.ToUpper(p.Email)}, 1},
		"after the last":          {ListUsers{After: "zzz"}, 0},
	} {
		got, err := s.s.Users(ctx, s.auditor, c.in)
		if err != nil || len(got) != c.want {
			t.Errorf("%s: %d users, want %d (%v)", name, len(got), c.want, err)
		}
		for _, g := range got {
			if g.PasswordHash != "" || g.ID == models.SystemUserID || len(g.Roles) != 1 {
				t.Errorf("%s: %+v", name, g)
			}
		}
	}
}

func TestPasswordsAreChangedAndReset(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	p, err := s.s.CreateUser(ctx, s.admin, CreateUser{Email: "pia@people.example", Name: "Pia", Password: s.oldPassword, Roles: []RoleGrant{holds(models.RoleARE)}})
	noError(t, err)
	enter := func(pw string) (models.Actor, error) {
		in, err := s.auth.SignIn(ctx, auth.SignIn{Email: p.Email, Password: pw})
		if err != nil {
			return models.Actor{}, err
		}
		return s.auth.Actor(ctx, in.Token)
	}
	here, err := enter(s.oldPassword)
	noError(t, err)
	there, err := enter(s.oldPassword)
	noError(t, err)

	set := func(who models.Actor, from, to string) error {
		return s.s.SetPassword(ctx, who, SetPassword{UserID: p.ID, OldPassword: from, NewPassword: to})
	}
	refused(t, set(here, "wrong", "four patient badgers"), models.Invalid, "password.wrong")
	refused(t, set(here, s.oldPassword, "short"), models.Invalid, "min")
	refused(t, set(here, s.oldPassword, "pia@people.example"), models.Invalid, "password.guessable")
	refused(t, set(s.manager, "", "four patient badgers"), models.Forbidden, "permission.role")
	noError(t, set(here, s.oldPassword, "four patient badgers"))
	live, err := s.s.Sessions(ctx, here, p.ID)
	noError(t, err)
	if len(live) != 1 || live[0].ID != here.SessionID || there.SessionID == here.SessionID {
		t.Errorf("sessions left: %+v", live)
	}
	_, err = enter(s.oldPassword)
	refused(t, err, models.Unauthenticated, "sign_in.refused")

	for range 4 { // with the one above five: guessing here counts as signing in
		_ = set(here, "wrong", "four patient badgers")
	}
	refused(t, set(here, "four patient badgers", "nine silver ladders"), models.RateLimited, "sign_in.locked")
	noError(t, set(s.admin, "", "nine silver ladders")) // a reset ends the lock-out
	_, err = enter("nine silver ladders")
	noError(t, err)
	if got, _ := s.trail("user", p.ID); got != "create sign_in sign_in set_password lock_out set_password sign_in" {
		t.Error(got)
	}
	tokened := here
	tokened.TokenID = "t"
	refused(t, set(tokened, "x", "nine silver ladders"), models.Forbidden, "token.not_with_token")
	err = s.s.SetPassword(ctx, s.admin, SetPassword{UserID: "nobody", NewPassword: "nine silver ladders"})
	refused(t, err, models.NotFound, "not_found")
	err = s.s.SetPassword(ctx, s.admin, SetPassword{UserID: p.ID, NewPassword: "nine silver ladders", Version: 1})
	refused(t, err, models.Stale, "")
	s.intact()
}

func TestAPITokensAreMadeAndRevoked(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	me := s.actor(s.create("Tess Token", holds(models.RoleARE)).User)
	other := s.actor(s.create("Other Person", holds(models.RoleARE)).User)
	me.IdempotencyKey = "k"
	in := CreateAPIToken{Name: "export", Scopes: []string{"write", "read"}, ExpiresInDays: 366}
	made, err := s.s.CreateAPIToken(ctx, me, in)
	noError(t, err)
	if made.Scopes != "read write" || made.TokenHash != "" || !made.ExpiresAt.Equal(s.db.Now().Add(366*24*time.Hour)) {
		t.Errorf("%+v", made)
	}
	who, err := s.auth.Actor(ctx, made.Token)
	noError(t, err)
	if who.UserID != me.UserID || who.TokenID != made.ID {
		t.Errorf("%+v", who)
	}
	_, err = s.s.CreateAPIToken(ctx, me, in)
	refused(t, err, models.Conflict, "token.shown_once")
	in.Name = "another"
	_, err = s.s.CreateAPIToken(ctx, me, in)
	refused(t, err, models.Conflict, "idempotency.key_reused")
	_, err = s.s.CreateAPIToken(ctx, who, in)
	refused(t, err, models.Forbidden, "token.not_with_token")
	for _, bad := range []CreateAPIToken{{Scopes: []string{"read"}, ExpiresInDays: 1}, {Name: "x", ExpiresInDays: 1}, {Name: "x", Scopes: []string{"all"}, ExpiresInDays: 1},
		{Name: "x", Scopes: []string{"read", "read"}, ExpiresInDays: 1}, {Name: "x", Scopes: []string{"read"}, ExpiresInDays: 367}, {Name: "x", Scopes: []string{"read"}}} {
		if _, err := s.s.CreateAPIToken(ctx, other, bad); models.KindOf(err) != models.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}

	if mine, err := s.s.APITokens(ctx, me, me.UserID); err != nil || len(mine) != 1 || mine[0].TokenHash != "" {
		t.Errorf("%+v %v", mine, err)
	}
	_, err = s.s.APITokens(ctx, other, me.UserID)
	refused(t, err, models.Forbidden, "permission.role")
	_, err = s.s.RevokeAPIToken(ctx, other, RevokeAPIToken{ID: made.ID})
	refused(t, err, models.NotFound, "not_found")
	_, err = s.s.RevokeAPIToken(ctx, me, RevokeAPIToken{ID: made.ID, Version: 7})
	refused(t, err, models.Stale, "")
	gone, err := s.s.RevokeAPIToken(ctx, s.admin, RevokeAPIToken{ID: made.ID, Comment: "found in a log", Version: 1})
	noError(t, err)
	if gone.RevokedAt == nil || gone.Version != 2 {
		t.Errorf("%+v", gone)
	}
	_, err = s.auth.Actor(ctx, made.Token)
	refused(t, err, models.Unauthenticated, "token.ended")
	_, err = s.s.RevokeAPIToken(ctx, me, RevokeAPIToken{ID: made.ID})
	refused(t, err, models.Conflict, "token.revoked")
	if got, last := s.trail("api_token", made.ID); got != "create revoke" || last.Reason != "found in a log" || last.ActorName != "Ada Admin" {
		t.Errorf("%s %+v", got, last)
	}
	s.intact()
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	p, err := s.s.CreateUser(ctx, s.admin, CreateUser{Email: "sid@people.example", Name: "Sid", Password: s.oldPassword, Roles: []RoleGrant{holds(models.RoleARE)}})
	noError(t, err)
	var actors []models.Actor
	var secrets []string
	for range 4 {
		in, err := s.auth.SignIn(ctx, auth.SignIn{Email: p.Email, Password: s.oldPassword, UserAgent: "Browser"})
		noError(t, err)
		who, err := s.auth.Actor(ctx, in.Token)
		noError(t, err)
		actors, secrets = append(actors, who), append(secrets, in.Token)
	}
	other := s.actor(s.create("Other", holds(models.RoleARE)).User)
	count := func() int {
		t.Helper()
		live, err := s.s.Sessions(ctx, s.auditor, p.ID)
		noError(t, err)
		for _, l := range live {
			if l.TokenHash != "" {
				t.Error("the hash was told")
			}
		}
		return len(live)
	}
	if n := count(); n != 4 {
		t.Fatalf("%d sessions", n)
	}
	_, err = s.s.Sessions(ctx, other, p.ID)
	refused(t, err, models.Forbidden, "permission.role")
	refused(t, s.s.RevokeSession(ctx, other, actors[0].SessionID), models.NotFound, "not_found")
	refused(t, s.s.RevokeSession(ctx, other, "none"), models.NotFound, "not_found")
	noError(t, s.s.RevokeSession(ctx, actors[0], actors[1].SessionID))
	if _, err := s.auth.Actor(ctx, secrets[1]); models.CodeOf(err) != "session.ended" {
		t.Error("at once on this replica:", err)
	}
	refused(t, s.s.RevokeSession(ctx, s.admin, actors[1].SessionID), models.Conflict, "session.over")
	if n, err := s.s.RevokeAllSessions(ctx, actors[0], p.ID); err != nil || n != 2 || count() != 1 {
		t.Errorf("ended %d: %v", n, err)
	}
	_, err = s.s.RevokeAllSessions(ctx, other, p.ID)
	refused(t, err, models.Forbidden, "permission.role")
	if n, err := s.s.RevokeAllSessions(ctx, s.admin, p.ID); err != nil || n != 1 || count() != 0 {
		t.Errorf("ended %d: %v", n, err)
	}
	if got, _ := s.trail("user", p.ID); got != "create sign_in sign_in sign_in sign_in revoke_session revoke_sessions revoke_sessions" {
		t.Error(got)
	}
	s.intact()
}

func TestWithoutCredentialsNothingIsKept(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	s.s.cred = Credentials{Changed: func(string) {}}
	_, err := s.s.CreateUser(ctx, s.admin, CreateUser{Email: "x@people.example", Name: "X", Password: s.oldPassword})
	if err == nil || models.KindOf(err) != "" {
		t.Error(err)
	}
	if _, err = s.s.CreateAPIToken(ctx, s.admin, CreateAPIToken{Name: "x", Scopes: []string{"read"}, ExpiresInDays: 1}); err == nil {
		t.Error("a token without a secret")
	}
	if err = s.s.SetPassword(ctx, s.admin, SetPassword{UserID: s.admin.UserID, NewPassword: s.oldPassword}); err == nil {
		t.Error("a password that was not checked")
	}
}
