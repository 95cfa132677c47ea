package workflow

import (
	"context"
	"slices"
	"strings"

	"earmark/models"
	"earmark/store"
)

// Person is a user with the roles held.
type Person struct {
	models.User
	Roles []models.Grant
}

// RoleGrant is one role; a district's role names its organization, a body member's also the body.
type RoleGrant struct {
	Role           models.Role `json:"role" validate:"required,oneof=district_preparer authorized_official body_member reviewer pal fiscal_reviewer opd_manager opd_analyst are_analyst auditor administrator"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	Body           string      `json:"body" validate:"max=64"` // of a body member: code of the body in a program
}

// CreateUser is a new account. Without a password nobody can sign in to it yet.
type CreateUser struct {
	Email    string      `json:"email" validate:"required,email,max=200"`
	Name     string      `json:"name" validate:"required,max=200"`
	Password string      `json:"password" validate:"omitempty,min=12,max=200"`
	Roles    []RoleGrant `json:"roles" validate:"max=50,dive"`
}

// CreateUser gives somebody an account. A taken address is a Conflict.
func (s *Service) CreateUser(ctx context.Context, who models.Actor, in CreateUser) (Person, error) {
	if err := allow(who, ManagePeople, ""); err != nil {
		return Person{}, err
	}
	in.Email, in.Name = strings.ToLower(strings.TrimSpace(in.Email)), strings.TrimSpace(in.Name)
	grants := grantsOf(in.Roles)
	if err := s.check(in); err != nil {
		return Person{}, err
	}
	if err := s.checkGrants(in.Roles); err != nil {
		return Person{}, err
	}
	var hash string
	if in.Password != "" {
		var err error
		if hash, err = s.newPassword(ctx, "/password", in.Password, in.Email); err != nil {
			return Person{}, err
		}
		in.Password = "given" // what is remembered of the request must not tell it
	}
	var p Person
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := once(tx, who, "user", in)
		if err != nil {
			return err
		}
		if replay {
			p, err = person(tx, id)
			return err
		}
		u := models.User{Root: models.Root{ID: id}, Email: in.Email, Name: in.Name, PasswordHash: hash, Status: StatusActive}
		if err := tx.Insert(&u); err != nil {
			return emailTaken(err)
		}
		if err := s.setGrants(tx, who, u, nil, grants, "A new account."); err != nil {
			return err
		}
		tx.Audit(&u, event(who, "create", "", nil, told(u, grants)))
		p, err = person(tx, id)
		return err
	})
	return p, err
}

func emailTaken(err error) error {
	if models.CodeOf(err) == "already_exists" {
		return models.Fail(models.Conflict, "user.email_taken", "Another account has this e-mail address.")
	}
	return err
}

// UpdateUser corrects a name or address.
type UpdateUser struct {
	ID      string `json:"-"`
	Email   string `json:"email" validate:"required,email,max=200"`
	Name    string `json:"name" validate:"required,max=200"`
	Version int64  `json:"-"`
}

// UpdateUser corrects a name or address; the sessions go on.
func (s *Service) UpdateUser(ctx context.Context, who models.Actor, in UpdateUser) (Person, error) {
	in.Email, in.Name = strings.ToLower(strings.TrimSpace(in.Email)), strings.TrimSpace(in.Name)
	return s.changeUser(ctx, who, in.ID, in.Version, in, func(tx *store.Tx, p Person) error {
		u := p.User
		u.Email, u.Name = in.Email, in.Name
		if err := tx.Update(&u, "email", "name"); err != nil {
			return emailTaken(err)
		}
		tx.Audit(&u, event(who, "update", "", told(p.User, p.Roles), told(u, p.Roles)))
		return nil
	})
}

// changeUser is what every administrator's command about a user shares.
func (s *Service) changeUser(ctx context.Context, who models.Actor, id string, version int64, in any, fn func(*store.Tx, Person) error) (Person, error) {
	if err := s.admit(who, ManagePeople, in); err != nil {
		return Person{}, err
	}
	var p Person
	err := s.change(ctx, func(tx *store.Tx) error {
		before, err := lockPerson(tx, id, version)
		if err != nil {
			return err
		}
		if err := fn(tx, before); err != nil {
			return err
		}
		p, err = person(tx, id)
		return err
	})
	if err == nil {
		s.cred.Changed(id)
	}
	return p, err
}

// TransitionUser disables or enables an account.
type TransitionUser struct {
	ID      string `json:"-"`
	Event   string `json:"event" validate:"required,oneof=disable enable"`
	Comment string `json:"comment" validate:"max=2000"`
	Version int64  `json:"-"`
}

// TransitionUser takes a step of the state table Users. Disabling ends sessions and API
// tokens at once; the roles stay, so that enabling gives back what there was.
func (s *Service) TransitionUser(ctx context.Context, who models.Actor, in TransitionUser) (Person, error) {
	return s.changeUser(ctx, who, in.ID, in.Version, in, func(tx *store.Tx, p Person) error {
		step, err := take(Users, p.Status, in.Event, who, "", in.Comment, none{})
		if err != nil {
			return refuse(err)
		}
		if in.Event == "disable" && in.ID == who.UserID {
			return ownAccess()
		}
		u := p.User
		u.Status = models.State(step.To)
		if err := tx.Update(&u, "status"); err != nil {
			return err
		}
		tx.Audit(&u, event(who, in.Event, in.Comment, told(p.User, p.Roles), told(u, p.Roles)))
		if in.Event == "enable" { // the seat of an authorized official may be taken by now
			return s.takeSeats(tx, who, u, nil, p.Roles, in.Comment)
		}
		if err := s.takeSeats(tx, who, u, p.Roles, nil, in.Comment); err != nil {
			return err
		}
		if _, err := tx.EndSessions(u.ID, nil, ""); err != nil {
			return err
		}
		if err := s.endDelegations(tx, who, u.ID, in.Comment, func(models.Delegation) bool { return true }); err != nil {
			return err
		}
		return revokeTokens(tx, who, u.ID, in.Comment)
	})
}

func ownAccess() error {
	return models.Fail(models.Conflict, "user.own_access", "You cannot end your own access as administrator. Ask another administrator.")
}

// ListUsers asks for users; everything given must hold.
type ListUsers struct {
	Status         models.State `json:"status" validate:"omitempty,oneof=active disabled"`
	Role           models.Role  `json:"role" validate:"max=64"`
	OrganizationID string       `json:"organization_id" validate:"max=64"`
	Email          string       `json:"email" validate:"max=200"`
	After          string       `json:"after" validate:"max=64"`
	Limit          int          `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// Users lists people with their roles.
func (s *Service) Users(ctx context.Context, who models.Actor, in ListUsers) ([]Person, error) {
	if err := s.admit(who, ReadPeople, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	users, err := store.Users(r, store.UserFilter{Status: in.Status, Role: in.Role, OrganizationID: in.OrganizationID, Email: strings.ToLower(strings.TrimSpace(in.Email))},
		store.Page{After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return withRoles(r, users...)
}

// User is one person; everybody may read themselves.
func (s *Service) User(ctx context.Context, who models.Actor, id string) (Person, error) {
	if who.UserID == "" || id != who.UserID {
		if err := allow(who, ReadPeople, ""); err != nil {
			return Person{}, err
		}
	}
	if id == models.SystemUserID {
		return Person{}, notFound()
	}
	return person(s.db.Read(ctx), id)
}

// Me is who the actor is.
func (s *Service) Me(ctx context.Context, who models.Actor) (Person, error) {
	if who.UserID == "" {
		return Person{}, allow(who, ReadDocuments, "")
	}
	return s.User(ctx, who, who.UserID)
}

// person reads a user with its roles, without its password.
func person(r store.Reading, id string) (Person, error) {
	u, err := store.Get[models.User](r, id)
	if err != nil {
		return Person{}, err
	}
	all, err := withRoles(r, u)
	if err != nil {
		return Person{}, err
	}
	return all[0], nil
}

// lockPerson is person for a change, with the password. The system's account cannot be changed.
func lockPerson(tx *store.Tx, id string, version int64) (Person, error) {
	if id == models.SystemUserID {
		return Person{}, notFound()
	}
	u, err := store.Lock[models.User](tx, id, version)
	if err != nil {
		return Person{}, err
	}
	all, err := withRoles(tx, u)
	if err != nil {
		return Person{}, err
	}
	all[0].User = u
	return all[0], nil
}

func withRoles(r store.Reading, users ...models.User) ([]Person, error) {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	out := make([]Person, len(users))
	if len(users) == 0 {
		return out, nil
	}
	rows, err := store.All[models.UserRole](r, store.Eq{"user_id": ids}, "role", "organization_id", "body")
	if err != nil {
		return nil, err
	}
	roles := map[string][]models.Grant{}
	for _, row := range rows {
		roles[row.UserID] = append(roles[row.UserID], models.Grant{Role: row.Role, OrganizationID: row.OrganizationID, Body: row.Body})
	}
	for i, u := range users {
		out[i].User, out[i].Roles = u, roles[u.ID]
		out[i].PasswordHash = ""
	}
	return out, nil
}

// account is what the audit trail tells of a user.
type account struct {
	Email  string
	Name   string
	Status models.State
	Roles  []string
}

func told(u models.User, grants []models.Grant) account {
	a := account{Email: u.Email, Name: u.Name, Status: u.Status}
	for _, g := range grants {
		a.Roles = append(a.Roles, strings.TrimSuffix(strings.TrimSuffix(string(g.Role)+":"+g.Body, ":")+"@"+g.OrganizationID, "@"))
	}
	slices.Sort(a.Roles)
	return a
}

// MayManagePeople answers nil when the actor may change accounts and roles.
func (s *Service) MayManagePeople(who models.Actor) error { return allow(who, ManagePeople, "") }
