package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/store"
)

// maxOfficials is how many authorized officials a district has: the signature must stay with few.
const maxOfficials = 2

// approvalRoles decide on money; administrators, who give the roles, have none of them.
var approvalRoles = []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager}

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
		if err := checkGrants(in.Roles); err != nil {
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
		return s.setGrants(tx, who, u, p.Roles, grants, in.Reason)
	})
}

func grantsOf(in []RoleGrant) []models.Grant {
	grants := make([]models.Grant, len(in))
	for i, g := range in {
		grants[i] = models.Grant{Role: g.Role, OrganizationID: g.OrganizationID}
	}
	return grants
}

// checkGrants says which roles cannot be held as they were given, or not together.
func checkGrants(in []RoleGrant) error {
	var fields []models.FieldError
	wrong := func(i int, part, code, detail, fix string) {
		fields = append(fields, models.FieldError{Pointer: fmt.Sprintf("/roles/%d/%s", i, part), Code: code, Detail: detail, Fix: fix})
	}
	administrator := slices.ContainsFunc(in, func(g RoleGrant) bool { return g.Role == models.RoleAdministrator })
	office := slices.ContainsFunc(in, func(g RoleGrant) bool { return !g.Role.DistrictRole() })
	for i, g := range in {
		switch name := words(string(g.Role)); {
		case g.Role.DistrictRole() && g.OrganizationID == "":
			wrong(i, "organization_id", "role.district_missing", "The role "+name+" is held for a district, and none is named.", "Name the district.")
		case !g.Role.DistrictRole() && g.OrganizationID != "":
			wrong(i, "organization_id", "role.district_given", "The role "+name+" is held for the whole office.", "Leave the organization out.")
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
	if err := checkDistricts(tx, after); err != nil {
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
		rows[i] = models.UserRole{UserID: u.ID, Role: g.Role, OrganizationID: g.OrganizationID}
	}
	return tx.Create(&rows)
}

// checkDistricts says which organizations of the grants are no districts.
func checkDistricts(tx *store.Tx, grants []models.Grant) error {
	var ids []string
	for _, g := range grants {
		if g.OrganizationID != "" {
			ids = append(ids, g.OrganizationID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := store.All[models.Organization](tx, store.Eq{"id": ids, "kind": string(models.KindDistrict)})
	if err != nil {
		return err
	}
	var fields []models.FieldError
	for i, g := range grants {
		known := slices.ContainsFunc(found, func(o models.Organization) bool { return o.ID == g.OrganizationID })
		if g.OrganizationID != "" && !known {
			fields = append(fields, models.FieldError{Pointer: fmt.Sprintf("/roles/%d/organization_id", i), Code: "role.no_district",
				Detail: "There is no such district.", Fix: "Give the identifier of a district."})
		}
	}
	return invalid(fields)
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
	if err := allow(who, AssignLiaison, ""); err != nil {
		return o, err
	}
	if err := s.check(in); err != nil {
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
