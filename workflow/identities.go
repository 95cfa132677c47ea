package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/store"
)

// IdentityRules say what an identity provider decides here.
type IdentityRules struct {
	// Roles are those that members of a group hold. When there are any, the groups decide:
	// somebody's roles are set to those of the groups at every sign-in. Without any, roles
	// are given by administrators only.
	Roles map[string][]models.Role
	// Create makes an account at the first sign-in of somebody with a role.
	Create bool
}

// Admit finds the account of somebody whom an identity provider vouched for: the one that
// signed in with this identity before, or else the one with the verified e-mail address,
// which keeps the identity from then on. Errors: Forbidden "single_sign_on.no_account",
// "single_sign_on.unverified", "single_sign_on.other_identity", "single_sign_on.roles".
func (s *Service) Admit(ctx context.Context, id models.Identity, rules IdentityRules, requestID string) (models.User, error) {
	who := models.System("single-sign-on")
	who.RequestID = requestID
	user, err := s.identified(ctx, who, id, rules)
	if err != nil || len(rules.Roles) == 0 {
		return user, err
	}
	return user, s.rolesOfGroups(ctx, who, user, id, rules)
}

func (s *Service) identified(ctx context.Context, who models.Actor, id models.Identity, rules IdentityRules) (models.User, error) {
	user, err := store.One[models.User](s.db.Read(ctx), store.Eq{"identity": id.Key()})
	if err == nil || models.KindOf(err) != models.NotFound {
		return user, err
	}
	if id.Email == "" || !id.EmailVerified {
		return user, models.Fail(models.Forbidden, "single_sign_on.unverified", "The sign-in service does not say that your e-mail address is verified. Verify it there, or ask your administrator.")
	}
	user, err = store.One[models.User](s.db.Read(ctx), store.Eq{"email": id.Email})
	if models.KindOf(err) == models.NotFound {
		return s.newcomer(ctx, who, id, rules)
	}
	if err != nil {
		return user, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		p, err := lockPerson(tx, user.ID, 0)
		if err != nil {
			return err
		}
		user = p.User
		if user.Identity != nil {
			return models.Fail(models.Forbidden, "single_sign_on.other_identity", "The account with your e-mail address belongs to another sign-in. Ask your administrator.")
		}
		key := id.Key()
		user.Identity = &key
		if err := tx.Update(&user, "identity"); err != nil {
			return err
		}
		tx.Audit(&user, event(who, "link_identity", "First sign-in with "+id.Issuer+".", told(p.User, p.Roles), told(user, p.Roles)))
		return nil
	})
	return user, err
}

// newcomer makes an account for somebody whose groups give a role.
func (s *Service) newcomer(ctx context.Context, who models.Actor, id models.Identity, rules IdentityRules) (models.User, error) {
	unknown := models.Fail(models.Forbidden, "single_sign_on.no_account", "There is no account for %s. Ask your administrator for one.", id.Email)
	if !rules.Create {
		return models.User{}, unknown
	}
	roles, err := s.grantsOfGroups(ctx, id, rules)
	if err != nil {
		return models.User{}, err
	}
	if len(roles) == 0 {
		return models.User{}, unknown
	}
	name := id.Name
	if name == "" {
		name, _, _ = strings.Cut(id.Email, "@")
	}
	if _, err := s.CreateUser(ctx, who, CreateUser{Email: id.Email, Name: name, Roles: roles}); err != nil && models.CodeOf(err) != "user.email_taken" {
		return models.User{}, refusedRoles(err)
	}
	rules.Create = false // now there is one; it gets its identity
	return s.identified(ctx, who, id, rules)
}

// grantsOfGroups are the roles that somebody's groups give.
func (s *Service) grantsOfGroups(ctx context.Context, id models.Identity, rules IdentityRules) ([]RoleGrant, error) {
	var organization string
	if id.Organization != "" {
		found, err := store.All[models.Organization](s.db.Read(ctx), store.Eq{"code": id.Organization, "kind": recipientKinds})
		if err != nil {
			return nil, err
		}
		if len(found) == 1 { // a code that is a district's and a school's says nothing
			organization = found[0].ID
		}
	}
	var grants []RoleGrant
	for _, group := range id.Groups {
		for _, role := range rules.Roles[group] {
			g := RoleGrant{Role: role}
			if role.DistrictRole() {
				g.OrganizationID = organization
			}
			if !slices.Contains(grants, g) {
				grants = append(grants, g)
			}
		}
	}
	return grants, nil
}

// rolesOfGroups sets the roles to those of the groups, when they differ. Roles that cannot
// be set keep the person out: what the provider took away must not go on.
func (s *Service) rolesOfGroups(ctx context.Context, who models.Actor, user models.User, id models.Identity, rules IdentityRules) error {
	grants, err := s.grantsOfGroups(ctx, id, rules)
	if err != nil {
		return err
	}
	p, err := person(s.db.Read(ctx), user.ID)
	if err != nil {
		return err
	}
	if slices.Equal(told(p.User, p.Roles).Roles, told(p.User, grantsOf(grants)).Roles) {
		return nil
	}
	in := SetRoles{UserID: user.ID, Roles: grants, Reason: fmt.Sprintf("Groups at %s: %s.", id.Issuer, strings.Join(id.Groups, ", ")), Version: p.Version}
	if in.Roles == nil {
		in.Roles = []RoleGrant{}
	}
	_, err = s.SetRoles(ctx, who, in)
	return refusedRoles(err)
}

// refusedRoles says that what the groups give cannot be given here.
func refusedRoles(err error) error {
	if err == nil || models.KindOf(err) == "" {
		return err
	}
	detail := err.Error()
	if e, ok := err.(*models.Error); ok { //nolint:errorlint // as the commands return it
		detail = e.Detail
		for _, f := range e.Fields {
			detail += " " + f.Detail
		}
	}
	return &models.Error{Kind: models.Forbidden, Code: "single_sign_on.roles", Detail: "The roles that your groups give cannot be set: " + detail + " Ask your administrator.", Err: err}
}
