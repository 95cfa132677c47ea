package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// maxOfficials is how many authorized officials a district has: the signature must stay with few.
const maxOfficials = 2

// approvalRoles decide on money; administrators, who give the roles, have none of them.
var approvalRoles = []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE}

// SetRoles is all the roles a user is to have from now on.
type SetRoles struct {
	UserID  string      `json:"-"`
	Roles   []RoleGrant `json:"roles" validate:"required,max=50,dive"` // none is an empty list
	Reason  string      `json:"reason" validate:"required,max=2000"`
	Version int64       `json:"-"`
}

// SetRoles gives and takes roles. At most two people sign for a district, and nobody both
// administers and approves. It locks the districts whose officials change.
func (s *Service) SetRoles(ctx context.Context, who models.Actor, in SetRoles) (Person, error) {
	grants := grantsOf(in.Roles)
	return s.changeUser(ctx, who, in.UserID, in.Version, in, func(tx *store.Tx, p Person) error {
		if err := s.checkGrants(in.Roles); err != nil {
			return err
		}
		had := func(r models.Role) bool { return slices.Contains(p.Roles, models.Grant{Role: r}) }
		if in.UserID == who.UserID && had(models.RoleAdministrator) && !slices.Contains(grants, models.Grant{Role: models.RoleAdministrator}) {
			return ownAccess()
		}
		if had(models.RolePAL) && !slices.Contains(grants, models.Grant{Role: models.RolePAL}) {
			n, err := store.Count[models.Organization](tx, store.Eq{"pal_user_id": p.ID})
			if err != nil {
				return err
			}
			if n > 0 {
				return models.Fail(models.Conflict, "roles.pal_assigned", "%s is the liaison of %d districts. Assign another liaison to them first.", p.Name, n)
			}
		}
		u := p.User
		if err := tx.Update(&u); err != nil {
			return err
		}
		tx.Audit(&u, event(who, "set_roles", in.Reason, told(p.User, p.Roles), told(u, grants)))
		if err := s.keepDelegations(tx, who, u, grants, in.Reason); err != nil {
			return err
		}
		return s.setGrants(tx, who, u, p.Roles, grants, in.Reason)
	})
}

func grantsOf(in []RoleGrant) []models.Grant {
	grants := make([]models.Grant, len(in))
	for i, g := range in {
		grants[i] = models.Grant{Role: g.Role, OrganizationID: g.OrganizationID, Body: g.Body}
	}
	return grants
}

// checkGrants says which roles cannot be held as they were given, or not together.
func (s *Service) checkGrants(in []RoleGrant) error {
	var fields []models.FieldError
	wrong := func(i int, part, code, detail, fix string) {
		fields = append(fields, models.FieldError{Pointer: fmt.Sprintf("/roles/%d/%s", i, part), Code: code, Detail: detail, Fix: fix})
	}
	administrator := slices.ContainsFunc(in, func(g RoleGrant) bool { return g.Role == models.RoleAdministrator })
	office := slices.ContainsFunc(in, func(g RoleGrant) bool { return !g.Role.DistrictRole() })
	for i, g := range in {
		switch name := words(string(g.Role)); {
		case g.Role.DistrictRole() && g.OrganizationID == "":
			wrong(i, "organization_id", "role.district_missing", "The role "+name+" is held for a district, school or agency, and none is named.", "Name the organization.")
		case !g.Role.DistrictRole() && g.OrganizationID != "":
			wrong(i, "organization_id", "role.district_given", "The role "+name+" is held for the whole office.", "Leave the organization out.")
		case g.Role == models.RoleBodyMember && g.Body == "":
			wrong(i, "body", "role.body_missing", "A body member sits in a body, and none is named.", "Name the body: "+oneOfBodies(s.bodies())+".")
		case g.Role != models.RoleBodyMember && g.Body != "":
			wrong(i, "body", "role.body_given", "The role "+name+" is not held in a body.", "Leave the body out.")
		case g.Body != "" && !slices.ContainsFunc(s.bodies(), func(b programs.Body) bool { return b.Code == g.Body }):
			wrong(i, "body", "role.no_body", "No program has a body "+g.Body+".", "Name the body: "+oneOfBodies(s.bodies())+".")
		case slices.Index(in, g) < i:
			wrong(i, "role", "role.twice", "The role "+name+" is named twice.", "Name it once.")
		case administrator && slices.Contains(approvalRoles, g.Role):
			wrong(i, "role", "role.administrator_approves", "An administrator gives the roles and so cannot be "+name+", who approves.", "Take one of the two roles away, or give it to another person.")
		case office && g.Role.DistrictRole():
			wrong(i, "role", "role.both_sides", "Nobody works for a district and for the office that decides on it.", "Keep the roles of one side.")
		}
	}
	return invalid(fields)
}

// setGrants makes the user's roles those of after. The user's own row is locked already.
func (s *Service) setGrants(tx *store.Tx, who models.Actor, u models.User, before, after []models.Grant, reason string) error {
	if err := s.checkOrganizations(tx, after); err != nil {
		return err
	}
	if u.Status == StatusActive {
		if err := s.takeSeats(tx, who, u, before, after, reason); err != nil {
			return err
		}
	}
	if err := tx.Remove(&models.UserRole{}, store.Eq{"user_id": u.ID}); err != nil {
		return err
	}
	if len(after) == 0 {
		return nil
	}
	rows := make([]models.UserRole, len(after))
	for i, g := range after {
		rows[i] = models.UserRole{UserID: u.ID, Role: g.Role, OrganizationID: g.OrganizationID, Body: g.Body}
	}
	return tx.Create(&rows)
}

// recipientKinds are the kinds of organization that can receive money, and have people
// who work for them here.
var recipientKinds = []models.OrganizationKind{models.KindAgency, models.KindDistrict, models.KindSchool}

// checkOrganizations says which grants name an organization that nobody can hold the role for.
func (s *Service) checkOrganizations(tx *store.Tx, grants []models.Grant) error {
	var ids []string
	for _, g := range grants {
		if g.OrganizationID != "" {
			ids = append(ids, g.OrganizationID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := store.All[models.Organization](tx, store.Eq{"id": ids})
	if err != nil {
		return err
	}
	var fields []models.FieldError
	for i, g := range grants {
		if g.OrganizationID == "" {
			continue
		}
		at := slices.IndexFunc(found, func(o models.Organization) bool { return o.ID == g.OrganizationID })
		if detail, fix := s.seatProblem(g, found, at); detail != "" {
			fields = append(fields, models.FieldError{Pointer: fmt.Sprintf("/roles/%d/organization_id", i), Code: "role.no_district", Detail: detail, Fix: fix})
		}
	}
	return invalid(fields)
}

// seatProblem says why a role cannot be held for the organization found at an index.
func (s *Service) seatProblem(g models.Grant, found []models.Organization, at int) (detail, fix string) {
	switch {
	case at < 0:
		return "There is no such district, school or agency.", "Give the identifier of one."
	case g.Role != models.RoleBodyMember && !slices.Contains(recipientKinds, found[at].OrgKind):
		return fmt.Sprintf("%s is no district, school or agency.", found[at].Name), "Give the identifier of one."
	case g.Role == models.RoleBodyMember && !slices.ContainsFunc(s.bodies(), func(b programs.Body) bool { return b.Code == g.Body && b.Of == found[at].OrgKind }):
		return fmt.Sprintf("%s has no %s.", found[at].Name, words(g.Body)), "Name an organization that has this body: " + oneOfBodies(s.bodies()) + "."
	}
	return "", ""
}

// bodies are the named bodies of all programs.
func (s *Service) bodies() []programs.Body {
	var all []programs.Body
	for _, def := range s.programs.All() {
		all = append(all, def.Bodies...)
	}
	return all
}

func oneOfBodies(bodies []programs.Body) string {
	if len(bodies) == 0 {
		return "no program has any"
	}
	names := make([]string, 0, len(bodies))
	for _, b := range bodies {
		if name := fmt.Sprintf("%s (of a %s)", b.Code, b.Of); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// takeSeats gives and takes the seats of authorized officials. Every district whose
// officials change is locked and bumped, so that grants at the same time cannot pass the
// limit together; its own trail tells who signed for it, and since when.
func (s *Service) takeSeats(tx *store.Tx, who models.Actor, u models.User, before, after []models.Grant, reason string) error {
	was, will := seats(before), seats(after)
	touched := append(slices.Clone(was), will...)
	slices.Sort(touched)
	for _, id := range slices.Compact(touched) {
		if slices.Contains(was, id) == slices.Contains(will, id) {
			continue
		}
		o, err := store.Lock[models.Organization](tx, id, 0)
		if err != nil {
			return err
		}
		others, err := store.Officials(tx, id, u.ID)
		if err != nil {
			return err
		}
		gained := slices.Contains(will, id)
		if gained && len(others) >= maxOfficials {
			return models.Fail(models.Conflict, "roles.officials_full", "%s has %d authorized officials already: %s. Take the role from one of them first.",
				o.Name, len(others), strings.Join(names(others), " and "))
		}
		without, with := officials{names(others)}, officials{append(names(others), u.Name)}
		slices.Sort(with.AuthorizedOfficials)
		if !gained {
			without, with = with, without
		}
		if err := tx.Update(&o); err != nil {
			return err
		}
		tx.Audit(&o, event(who, "set_officials", reason, without, with))
	}
	return nil
}

// officials is what a district's trail tells of them.
type officials struct{ AuthorizedOfficials []string }

func names(users []models.User) []string {
	out := make([]string, len(users))
	for i, u := range users {
		out[i] = u.Name
	}
	return out
}

// seats are the districts that the grants let sign for.
func seats(grants []models.Grant) []string {
	var ids []string
	for _, g := range grants {
		if g.Role == models.RoleAuthorizedOfficial {
			ids = append(ids, g.OrganizationID)
		}
	}
	return ids
}

// AssignPAL makes somebody the liaison of a district; without a user it has none.
type AssignPAL struct {
	OrganizationID string `json:"-"`
	UserID         string `json:"user_id" validate:"max=64"`
	Reason         string `json:"reason" validate:"max=2000"`
	Version        int64  `json:"-"`
}

// AssignPAL replaces the liaison of a district, who does the program review of its revisions.
func (s *Service) AssignPAL(ctx context.Context, who models.Actor, in AssignPAL) (models.Organization, error) {
	var o models.Organization
	if err := s.admit(who, AssignLiaison, in); err != nil {
		return o, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		var pal *string
		if in.UserID != "" { // people before organizations: every command locks in this order
			p, err := lockPerson(tx, in.UserID, 0)
			if models.KindOf(err) == models.NotFound || (err == nil && (p.Status != StatusActive || !slices.Contains(p.Roles, models.Grant{Role: models.RolePAL}))) {
				return models.Field("/user_id", "pal.role_missing", "This is not an active user with the role pal.", "Choose a user with the role pal.")
			}
			if err != nil {
				return err
			}
			pal = &p.ID
		}
		if o, err = store.Lock[models.Organization](tx, in.OrganizationID, in.Version); err != nil {
			return err
		}
		if o.OrgKind != models.KindDistrict {
			return models.Fail(models.Conflict, "pal.no_district", "Only a district has a liaison; %s is not one.", o.Name)
		}
		before := o
		o.PALUserID = pal
		if err := tx.Update(&o, "pal_user_id"); err != nil {
			return err
		}
		tx.Audit(&o, event(who, "assign_pal", in.Reason, before, o))
		return nil
	})
	return o, err
}
