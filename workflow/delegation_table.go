package workflow

import (
	"time"

	"earmark/models"
	"earmark/workflow/machine"
)

// Statuses of delegations that nothing else has.
const (
	StatusStandby models.State = "standby"
	StatusRevoked models.State = "revoked"
)

// delegationFacts is what the rules of a delegation look at.
type delegationFacts struct {
	standing bool
	party    error // the giver, the receiver or an administrator
	declares error // the giver, an administrator or a manager
	other    error // nil when somebody else than the receiver
	days     error // of an activation
}

var (
	holders       = rolesOf(DelegateRole)
	ruleParty     = machine.Rule[delegationFacts]{Name: "by the giver, the receiver or an administrator", Check: func(f delegationFacts) error { return f.party }}
	ruleDeclares  = machine.Rule[delegationFacts]{Name: "by the giver, an administrator or a manager", Check: func(f delegationFacts) error { return f.declares }}
	ruleNotSelf   = machine.Rule[delegationFacts]{Name: "by somebody else than the receiver", Check: func(f delegationFacts) error { return f.other }}
	ruleDays      = machine.Rule[delegationFacts]{Name: "the days are within those of the backup, not too many, and free", Check: func(f delegationFacts) error { return f.days }}
	whenStandingX = machine.Rule[delegationFacts]{Name: "the receiver is a standing backup", Check: func(f delegationFacts) error {
		if !f.standing {
			return errNotChosen
		}
		return nil
	}}
)

// Delegations is the life of a delegation. Its state is worked out from its days and is not
// stored, so that it begins and ends by itself.
var Delegations = machine.Table[delegationFacts]{
	Document: "delegation",
	States: []machine.State{
		{Name: "planned", Means: "Its first day is to come."},
		{Name: "standby", Means: "A backup is named and acts only when activated."},
		{Name: "active", Means: "The receiver acts with the giver's role."},
		{Name: "ended", Means: "Its last day is over.", Final: true},
		{Name: "revoked", Means: "Taken back before its last day.", Final: true},
	},
	Transitions: []machine.Transition[delegationFacts]{
		{On: "create", To: "standby", Roles: holders, When: &whenStandingX, Notify: "giver, receiver", Means: "Name a standing backup."},
		{On: "create", To: "planned", Roles: holders, Notify: "giver, receiver", Means: "Let another person act with a role for some days."},
		{On: "begin", From: from(StatusPlanned), To: "active", Roles: system, Notify: "giver, receiver", Means: "Happens when its first day begins."},
		{On: "activate", From: from(StatusStandby), To: "active", Roles: holders, Comment: true, Rules: []machine.Rule[delegationFacts]{ruleDeclares, ruleNotSelf, ruleDays},
			Notify: "giver, receiver", Means: "Declare the giver absent for some days: the backup acts."},
		{On: "deactivate", From: from(StatusPlanned, StatusActive), To: "standby", Roles: holders, When: &whenStandingX, Rules: []machine.Rule[delegationFacts]{ruleDeclares},
			Notify: "giver, receiver", Means: "End the absence: the backup stands by again."},
		{On: "end", From: from(StatusPlanned, StatusStandby, StatusActive), To: "ended", Roles: system, Notify: "giver, receiver", Means: "Happens when its last day is over."},
		{On: "revoke", From: from(StatusPlanned, StatusStandby, StatusActive), To: "revoked", Roles: holders, Comment: true, Rules: []machine.Rule[delegationFacts]{ruleParty},
			Notify: "giver, receiver", Means: "Take it back."},
	},
}

// delegationState is the state of a delegation at an instant of a business date.
func delegationState(d models.Delegation, now time.Time, today models.Date) models.State {
	upcoming := d.StartsAt != nil && now.Before(*d.StartsAt) && (d.EndsAt == nil || now.Before(*d.EndsAt))
	switch {
	case d.RevokedOn != "":
		return StatusRevoked
	case today > d.ToOn:
		return StatusEnded
	case d.Live(now):
		return StatusActive
	case d.Standing && !upcoming:
		return StatusStandby
	}
	return StatusPlanned
}
