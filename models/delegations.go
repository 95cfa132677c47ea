package models

import "time"

// Delegation lets another person act with a role of the giver between two days. A standing
// one names a backup, who acts only in the days it was activated for.
//
// StartsAt and EndsAt are the instants between which the role counts (the second not
// included), so that whoever asks compares with a clock and knows no time zone.
type Delegation struct {
	Root
	FromUserID       string // the giver, who holds the role
	ToUserID         string // the receiver, who acts with it
	Role             Role
	OrganizationID   string // "" for office roles
	Body             string // "" but for body_member
	FromOn           Date   // first day
	ToOn             Date   // last day
	Reason           string
	Standing         bool
	ActiveFromOn     Date // of a standing one: the days it was last activated for
	ActiveToOn       Date
	ActivationReason string
	ActivatedBy      *string
	StartsAt         *time.Time // nil while a standing one was never activated
	EndsAt           *time.Time
	RevokedOn        Date
	RevokedBy        *string
	CreatedBy        string
}

// Kind names the document.
func (*Delegation) Kind() string { return "delegation" }

// Live reports whether the role counts at an instant.
func (d *Delegation) Live(now time.Time) bool {
	return d.RevokedOn.IsZero() && d.StartsAt != nil && !now.Before(*d.StartsAt) && d.EndsAt != nil && now.Before(*d.EndsAt)
}

// Grant is what the receiver holds by it.
func (d *Delegation) Grant(giver string) Grant {
	return Grant{Role: d.Role, OrganizationID: d.OrganizationID, Body: d.Body, DelegationID: d.ID, GiverID: d.FromUserID, GiverName: giver}
}
