package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// TransitionDelegation takes a step: activate a standing backup for some days, end that, or
// take a delegation back.
type TransitionDelegation struct {
	ID      string      `json:"-"`
	Version int64       `json:"-"`
	Event   string      `json:"event" validate:"required,oneof=activate deactivate revoke"`
	FromOn  models.Date `json:"from_on" validate:"required_if=Event activate,omitempty,civil_date"`
	ToOn    models.Date `json:"to_on" validate:"required_if=Event activate,omitempty,civil_date"`
	Comment string      `json:"comment" validate:"max=2000"`
}

// TransitionDelegation takes a step of the table Delegations. Errors: Forbidden
// "delegation.not_party"; Invalid "delegation.days"; Conflict "delegation.overlap",
// "delegation.no_such_step".
func (s *Service) TransitionDelegation(ctx context.Context, who models.Actor, in TransitionDelegation) (DelegationView, error) {
	var out DelegationView
	if err := s.admit(who, DelegateRole, in); err != nil {
		return out, err
	}
	if who.TokenID != "" && in.Event == "activate" {
		return out, noToken("activate a backup")
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		seen, err := visibleDelegation(tx, who, in.ID)
		if err != nil {
			return err
		}
		if _, err := lockPerson(tx, seen.FromUserID, 0); err != nil { // days that must not overlap are the giver's
			return err
		}
		d, err := store.Lock[models.Delegation](tx, in.ID, in.Version)
		if err != nil {
			return err
		}
		before := d
		facts, err := s.delegationFacts(tx, who, d, in)
		if err != nil {
			return err
		}
		if _, err := take(Delegations, delegationState(d, tx.Now, s.Today()), in.Event, who, d.OrganizationID, in.Comment, facts); err != nil {
			return refuse(err)
		}
		if err := s.changeDelegation(tx, who, &d, in); err != nil {
			return err
		}
		tx.Audit(&d, event(who, in.Event, in.Comment, before, d))
		if out, err = s.delegationView(tx, who, in.ID); err != nil {
			return err
		}
		return s.tellStep(tx, out, in.Event, in.Comment)
	})
	if err == nil {
		s.cred.Changed(out.ToUserID)
	}
	return out, err
}

// changeDelegation writes what a step changes.
func (s *Service) changeDelegation(tx *store.Tx, who models.Actor, d *models.Delegation, in TransitionDelegation) error {
	switch in.Event {
	case "activate":
		by := who.UserID
		d.ActiveFromOn, d.ActiveToOn, d.ActivationReason, d.ActivatedBy = in.FromOn, in.ToOn, in.Comment, &by
		d.StartsAt, d.EndsAt = s.between(in.FromOn, in.ToOn)
	case "deactivate":
		now := tx.Now
		d.EndsAt, d.ActiveToOn = &now, max(d.ActiveFromOn, s.Today())
		if d.StartsAt.After(now) { // it never began
			d.StartsAt, d.EndsAt, d.ActiveFromOn, d.ActiveToOn = nil, nil, "", ""
		}
	case "revoke":
		return revokeDelegation(tx, who, d, s.Today())
	}
	return tx.Update(d, "active_from_on", "active_to_on", "activation_reason", "activated_by", "starts_at", "ends_at")
}

func revokeDelegation(tx *store.Tx, who models.Actor, d *models.Delegation, today models.Date) error {
	by := who.UserID
	d.RevokedOn, d.RevokedBy = today, &by
	if now := tx.Now; d.EndsAt != nil && d.EndsAt.After(now) {
		d.EndsAt = &now
	}
	return tx.Update(d, "revoked_on", "revoked_by", "ends_at")
}

func (s *Service) delegationFacts(r store.Reading, who models.Actor, d models.Delegation, in TransitionDelegation) (delegationFacts, error) {
	f := delegationFacts{standing: d.Standing}
	administrator := who.Has(models.RoleAdministrator)
	if !administrator && who.UserID != d.FromUserID && who.UserID != d.ToUserID {
		f.party = models.Fail(models.Forbidden, "delegation.not_party", "A delegation is taken back by its giver, its receiver or an administrator.")
	}
	if !administrator && who.UserID != d.FromUserID && !who.Has(models.RoleManager) {
		f.declares = models.Fail(models.Forbidden, "delegation.not_party", "An absence is declared by the person who is absent, by an administrator or by a manager.")
	}
	if who.UserID == d.ToUserID {
		f.other = models.Fail(models.Forbidden, "delegation.not_party", "Nobody declares the absence that lets themselves act. Ask the person who is absent, an administrator or another manager.")
	}
	if in.Event != "activate" {
		return f, nil
	}
	switch most := s.delegationMax; {
	case in.FromOn < s.Today():
		f.days = models.Field("/from_on", "delegation.days", "The first day is over.", "Give today or a later day.")
	case in.FromOn < d.FromOn || in.ToOn > d.ToOn || in.ToOn < in.FromOn:
		f.days = models.Field("/to_on", "delegation.days", fmt.Sprintf("The backup is named from %s to %s.", d.FromOn, d.ToOn), "Give days within those, the first not after the last.")
	case in.ToOn.DaysSince(in.FromOn) >= most:
		f.days = models.Field("/to_on", "delegation.days", fmt.Sprintf("An absence lasts at most %d days.", most), "Give "+string(in.FromOn.AddDays(most-1))+" or an earlier day.")
	default:
		f.days = s.overlaps(r, d, in.FromOn, in.ToOn, false)
	}
	return f, nil
}

func (s *Service) tellStep(tx *store.Tx, d DelegationView, step, comment string) error {
	title, detail := "", comment
	switch step {
	case "activate":
		title = d.ToName + " acts for " + d.FromName + ": " + d.title()
		detail = fmt.Sprintf("%s is absent from %s to %s. %s", d.FromName, d.ActiveFromOn, d.ActiveToOn, comment)
	case "deactivate":
		title = d.ToName + " no longer acts for " + d.FromName + ": " + d.title()
	case "revoke":
		title = "Delegation from " + d.FromName + " to " + d.ToName + " was revoked: " + d.title()
	}
	return s.tellEnds(tx, d, "delegation."+step, title, detail)
}

// endDelegations revokes what is open of a user's delegations, given or received, that
// match, each with its event.
func (s *Service) endDelegations(tx *store.Tx, who models.Actor, userID, reason string, match func(models.Delegation) bool) error {
	open, err := store.OpenDelegations(tx, userID, s.Today())
	if err != nil {
		return err
	}
	for _, seen := range open {
		if !match(seen) {
			continue
		}
		d, err := store.Lock[models.Delegation](tx, seen.ID, 0)
		if err != nil {
			return err
		}
		before := d
		if err := revokeDelegation(tx, who, &d, s.Today()); err != nil {
			return err
		}
		tx.Audit(&d, event(who, "revoke", reason, before, d))
		view, err := s.delegationView(tx, who, d.ID)
		if err != nil {
			return err
		}
		if err := s.tellStep(tx, view, "revoke", reason); err != nil {
			return err
		}
		s.cred.Changed(d.ToUserID)
	}
	return nil
}

// keepDelegations holds new roles of a user to the delegations that are open: what the user
// passed on and no longer holds ends, and what was received must go together with the roles.
func (s *Service) keepDelegations(tx *store.Tx, who models.Actor, u models.User, after []models.Grant, reason string) error {
	open, err := store.OpenDelegations(tx, u.ID, s.Today())
	if err != nil {
		return err
	}
	for _, d := range open {
		if d.ToUserID != u.ID {
			continue
		}
		if s.mayReceive(after, d) != nil {
			return models.Fail(models.Conflict, "roles.delegation_conflict", "%s acts as %s for somebody else until %s, and that does not go together with these roles. Revoke that delegation first.",
				u.Name, d.Role.Title(), d.ToOn)
		}
	}
	return s.endDelegations(tx, who, u.ID, reason, func(d models.Delegation) bool {
		return d.FromUserID == u.ID && !slices.Contains(after, models.Grant{Role: d.Role, OrganizationID: d.OrganizationID, Body: d.Body})
	})
}

// ListDelegations asks for delegations; everything given must hold.
type ListDelegations struct {
	FromUserID     string      `json:"from_user_id" validate:"max=64"`
	ToUserID       string      `json:"to_user_id" validate:"max=64"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	Role           models.Role `json:"role" validate:"max=64"`
	On             models.Date `json:"on" validate:"omitempty,civil_date"` // those whose days include this one
	After          string      `json:"after" validate:"max=64"`
	Limit          int         `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// Delegations lists who acts for whom: the office sees all, a district those for its own
// roles, everybody those they gave or received.
func (s *Service) Delegations(ctx context.Context, who models.Actor, in ListDelegations) ([]DelegationView, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	rows, err := store.Delegations(r, scope(who), who.UserID, store.DelegationFilter{FromUserID: in.FromUserID, ToUserID: in.ToUserID,
		OrganizationID: in.OrganizationID, Role: in.Role, On: in.On}, store.Page{After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return s.delegationViews(r, who, rows)
}

// Delegation is one of them.
func (s *Service) Delegation(ctx context.Context, who models.Actor, id string) (DelegationView, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return DelegationView{}, err
	}
	r := s.db.Read(ctx)
	if _, err := visibleDelegation(r, who, id); err != nil {
		return DelegationView{}, err
	}
	return s.delegationView(r, who, id)
}

func visibleDelegation(r store.Reading, who models.Actor, id string) (models.Delegation, error) {
	d, err := store.Get[models.Delegation](r, id)
	if err != nil {
		return d, err
	}
	sc := scope(who)
	if sc.All || d.FromUserID == who.UserID || d.ToUserID == who.UserID || (d.OrganizationID != "" && sc.Sees(d.OrganizationID)) {
		return d, nil
	}
	return models.Delegation{}, notFound()
}

func (s *Service) delegationView(r store.Reading, who models.Actor, id string) (DelegationView, error) {
	d, err := store.Get[models.Delegation](r, id)
	if err != nil {
		return DelegationView{}, err
	}
	all, err := s.delegationViews(r, who, []models.Delegation{d})
	if err != nil {
		return DelegationView{}, err
	}
	return all[0], nil
}

func (s *Service) delegationViews(r store.Reading, who models.Actor, rows []models.Delegation) ([]DelegationView, error) {
	var ids []string
	for _, d := range rows {
		ids = append(ids, d.FromUserID, d.ToUserID)
	}
	out := make([]DelegationView, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	users, err := store.All[models.User](r, store.Eq{"id": ids})
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, u := range users {
		names[u.ID] = u.Name
	}
	for i, d := range rows {
		state := delegationState(d, s.db.Now(), s.Today())
		out[i] = DelegationView{Delegation: d, State: state, FromName: names[d.FromUserID], ToName: names[d.ToUserID]}
		facts, err := s.delegationFacts(r, who, d, TransitionDelegation{})
		if err != nil {
			return nil, err
		}
		if facts.party != nil && facts.declares != nil {
			continue
		}
		for _, o := range Delegations.Available(string(state), stepRoles(who, d.OrganizationID), facts) {
			if o.Event != "begin" && o.Event != "end" {
				out[i].Offers = append(out[i].Offers, o)
			}
		}
	}
	return out, nil
}
