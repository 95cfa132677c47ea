package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"earmark/models"
	"earmark/store"
)

// maxStandingDays is how long a standing backup can be named for: the three years of an agreement.
const maxStandingDays = 3 * 366

// personalRoles cannot be given to another person, and why.
var personalRoles = map[models.Role]string{
	models.RoleAdministrator: "An administrator gives the roles; whoever administers instead is made administrator by another one.",
	models.RoleAuditor:       "An auditor changes nothing; another auditor is appointed.",
	models.RoleReviewer:      "A reviewer is asked in person to score an application and says whether there is a conflict of interest.",
}

// PersonalRole says whether a role can never be delegated.
func PersonalRole(r models.Role) bool { _, personal := personalRoles[r]; return personal }

// CreateDelegation lets another person act with a role of the giver from one day to
// another, both included; standing names a backup, who acts only when activated. The
// receiver is named by identifier or by e-mail address.
type CreateDelegation struct {
	FromUserID     string      `json:"from_user_id" validate:"max=64"` // empty: the actor
	ToUserID       string      `json:"to_user_id" validate:"required_without=ToEmail,max=64"`
	ToEmail        string      `json:"to_email" validate:"omitempty,email,max=200"`
	Role           models.Role `json:"role" validate:"required,oneof=district_preparer authorized_official body_member reviewer pal fiscal_reviewer opd_manager opd_analyst are_analyst auditor administrator"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	Body           string      `json:"body" validate:"max=64"`
	FromOn         models.Date `json:"from_on" validate:"required,civil_date"`
	ToOn           models.Date `json:"to_on" validate:"required,civil_date"`
	Standing       bool        `json:"standing"`
	Reason         string      `json:"reason" validate:"required,max=2000"`
}

// DelegationView is a delegation as its readers see it.
type DelegationView struct {
	models.Delegation
	State    models.State
	FromName string
	ToName   string
	Offers   []Offer
}

// CreateDelegation is the giver's command, or an administrator's. Errors: Forbidden
// "delegation.not_giver"; Invalid "delegation.personal", "delegation.chain",
// "delegation.not_held", "delegation.conflict", "delegation.already_held",
// "delegation.no_receiver", "delegation.days"; Conflict "delegation.overlap".
func (s *Service) CreateDelegation(ctx context.Context, who models.Actor, in CreateDelegation) (DelegationView, error) {
	var out DelegationView
	if err := s.admit(who, DelegateRole, in); err != nil {
		return out, err
	}
	if who.TokenID != "" {
		return out, noToken("delegate a role")
	}
	if in.FromUserID == "" {
		in.FromUserID = who.UserID
	}
	if in.FromUserID != who.UserID && !who.Has(models.RoleAdministrator) {
		return out, models.Fail(models.Forbidden, "delegation.not_giver", "A role is delegated by the person who holds it, or by an administrator.")
	}
	if err := s.delegationDays(in); err != nil {
		return out, err
	}
	d := models.Delegation{FromUserID: in.FromUserID, Role: in.Role, OrganizationID: in.OrganizationID, Body: in.Body, FromOn: in.FromOn, ToOn: in.ToOn,
		Reason: in.Reason, Standing: in.Standing, CreatedBy: who.UserID}
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := once(tx, who, "delegation", in)
		if err != nil {
			return err
		}
		if replay {
			out, err = s.delegationView(tx, who, id)
			return err
		}
		d.ID = id
		if err := s.bothEnds(tx, who, &d, in); err != nil {
			return err
		}
		if !d.Standing {
			d.StartsAt, d.EndsAt = s.between(d.FromOn, d.ToOn)
		}
		if err := s.overlaps(tx, d, d.FromOn, d.ToOn, d.Standing); err != nil {
			return err
		}
		if err := tx.Insert(&d); err != nil {
			return err
		}
		tx.Audit(&d, event(who, "create", in.Reason, nil, d))
		if out, err = s.delegationView(tx, who, id); err != nil {
			return err
		}
		what := fmt.Sprintf("From %s to %s. %s", d.FromOn, d.ToOn, d.Reason)
		if d.Standing {
			return s.tellEnds(tx, out, "delegation.created", out.ToName+" is standing backup of "+out.FromName+": "+out.title(), what+" The backup acts only when an absence is declared.")
		}
		return s.tellEnds(tx, out, "delegation.created", out.ToName+" acts for "+out.FromName+": "+out.title(), what)
	})
	if err == nil {
		s.cred.Changed(d.ToUserID)
	}
	return out, err
}

func (d DelegationView) title() string { return d.Role.Title() }

// delegationDays holds the days to the calendar and to what the setting allows.
func (s *Service) delegationDays(in CreateDelegation) error {
	most, why := s.delegationMax, "a delegation"
	if in.Standing {
		most, why = maxStandingDays, "a standing backup"
	}
	switch {
	case in.FromOn < s.Today():
		return models.Field("/from_on", "delegation.days", "The first day is over.", "Give today or a later day.")
	case in.ToOn < in.FromOn:
		return models.Field("/to_on", "delegation.days", "The last day comes before the first.", "Give a day from "+string(in.FromOn)+" on.")
	case in.ToOn.DaysSince(in.FromOn) >= most:
		return models.Field("/to_on", "delegation.days", fmt.Sprintf("From %s to %s is longer than the %d days that %s may last.", in.FromOn, in.ToOn, most, why),
			"Give "+string(in.FromOn.AddDays(most-1))+" or an earlier day.")
	}
	return nil
}

// between are the instants at which the days begin and are over.
func (s *Service) between(from, to models.Date) (starts, ends *time.Time) {
	a, b := s.startOf(from), s.startOf(to.AddDays(1))
	return &a, &b
}

// bothEnds locks giver and receiver and holds the role to both: the giver holds it and may
// pass it on, the receiver may hold it.
func (s *Service) bothEnds(tx *store.Tx, who models.Actor, d *models.Delegation, in CreateDelegation) error {
	to, err := receiverOf(tx, in)
	if err != nil {
		return err
	}
	d.ToUserID = to
	if to == d.FromUserID {
		return models.Field("/to_user_id", "delegation.no_receiver", "Nobody delegates a role to themselves.", "Name another person.")
	}
	people := map[string]Person{}
	for _, id := range slices.Sorted(slices.Values([]string{to, d.FromUserID})) { // in one order, or two commands wait for each other
		if people[id], err = lockPerson(tx, id, 0); err != nil {
			return err
		}
	}
	if people[to].Status != StatusActive {
		return models.Field("/to_user_id", "delegation.no_receiver", "This account is disabled.", "Name another person.")
	}
	if err := delegable(tx, people[d.FromUserID], *d); err != nil {
		return err
	}
	return s.mayReceive(people[to].Roles, *d)
}

// receiverOf finds who is to receive, by identifier or address.
func receiverOf(tx *store.Tx, in CreateDelegation) (string, error) {
	where, pointer := store.Eq{"id": in.ToUserID}, "/to_user_id"
	if in.ToUserID == "" {
		where, pointer = store.Eq{"email": strings.ToLower(strings.TrimSpace(in.ToEmail))}, "/to_email"
	}
	u, err := store.One[models.User](tx, where)
	if models.KindOf(err) == models.NotFound || (err == nil && u.ID == models.SystemUserID) {
		return "", models.Field(pointer, "delegation.no_receiver", "There is no such account.", "Name a person with an account.")
	}
	return u.ID, err
}

// delegable says why the giver cannot pass the role on.
func delegable(r store.Reading, giver Person, d models.Delegation) error {
	if why, personal := personalRoles[d.Role]; personal {
		return models.Field("/role", "delegation.personal", "The role "+d.Role.Title()+" cannot be delegated. "+why, "Have an administrator give the role.")
	}
	g := models.Grant{Role: d.Role, OrganizationID: d.OrganizationID, Body: d.Body}
	if slices.Contains(giver.Roles, g) {
		return nil
	}
	received, err := store.All[models.Delegation](r, store.Eq{"to_user_id": giver.ID, "role": d.Role, "organization_id": d.OrganizationID, "body": d.Body, "revoked_on": nil})
	if err != nil {
		return err
	}
	if len(received) > 0 {
		return models.Field("/role", "delegation.chain", "This role was delegated to "+giver.Name+" and cannot be delegated again.", "Have the holder of the role delegate it.")
	}
	return models.Field("/role", "delegation.not_held", giver.Name+" does not hold the role "+d.Role.Title()+" there.", "Delegate a role that the giver holds, for the same organization.")
}

// mayReceive says why a person with these roles cannot act with the delegated one as well.
func (s *Service) mayReceive(roles []models.Grant, d models.Delegation) error {
	given := RoleGrant{Role: d.Role, OrganizationID: d.OrganizationID, Body: d.Body}
	var held []RoleGrant
	for _, g := range roles {
		held = append(held, RoleGrant{Role: g.Role, OrganizationID: g.OrganizationID, Body: g.Body})
	}
	if slices.Contains(held, given) {
		return models.Field("/to_user_id", "delegation.already_held", "This person holds the role there already.", "Name another person.")
	}
	var e *models.Error
	if errors.As(s.checkGrants(append(held, given)), &e) && len(e.Fields) > 0 {
		return models.Field("/to_user_id", "delegation.conflict", "The roles of this person do not go together with it. "+e.Fields[0].Detail, "Name another person.")
	}
	return nil
}

// overlaps refuses a second receiver of a role in the same days: standing backups among
// each other, and days in which somebody acts among each other.
func (s *Service) overlaps(r store.Reading, d models.Delegation, from, to models.Date, standing bool) error {
	found, err := store.OverlappingDelegations(r, d, from, to)
	if err != nil {
		return err
	}
	for _, o := range found {
		days := [2]models.Date{o.FromOn, o.ToOn}
		if o.Standing && !standing {
			if days = [2]models.Date{o.ActiveFromOn, o.ActiveToOn}; o.ActiveToOn < from || o.ActiveFromOn > to {
				continue
			}
		}
		if o.Standing || !standing {
			return models.Fail(models.Conflict, "delegation.overlap", "This role is delegated from %s to %s already. Revoke that delegation, or choose other days.", days[0], days[1])
		}
	}
	return nil
}

// tellEnds tells giver and receiver; the evening's digest mails it.
func (s *Service) tellEnds(tx *store.Tx, d DelegationView, event, title, detail string) error {
	notices := make([]models.Notice, 0, 2)
	for _, end := range []struct{ id, why string }{{d.FromUserID, "It is your role."}, {d.ToUserID, "You act with this role for somebody else."}} {
		notices = append(notices, models.Notice{ID: tx.NewID(), UserID: end.id, Event: event, SubjectKind: d.Kind(), SubjectID: d.ID,
			OrganizationID: d.OrganizationID, Title: title, Detail: detail, Why: end.why, ForDate: s.Today(), CreatedAt: tx.Now})
	}
	return tx.Create(&notices)
}
