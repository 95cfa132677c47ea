package models

import (
	"slices"
	"strings"
)

// Role is what a person may do; the table of permissions is in workflow.
type Role string

// The roles of docs/glossary.md. System is the nightly jobs' own name in the audit trail.
const (
	RolePreparer           Role = "district_preparer"
	RoleAuthorizedOfficial Role = "authorized_official"
	RoleBodyMember         Role = "body_member" // sits in a named body that a program asks, such as a council
	RoleReviewer           Role = "reviewer"    // scores applications of a competition, for the office
	RolePAL                Role = "pal"
	RoleFiscalReviewer     Role = "fiscal_reviewer"
	RoleManager            Role = "opd_manager"
	RoleAnalyst            Role = "opd_analyst"
	RoleARE                Role = "are_analyst"
	RoleAuditor            Role = "auditor"
	RoleAdministrator      Role = "administrator"
	RoleSystem             Role = "system"
)

// Roles lists the roles a person can hold.
var Roles = []Role{RolePreparer, RoleAuthorizedOfficial, RoleBodyMember, RoleReviewer, RolePAL, RoleFiscalReviewer, RoleManager,
	RoleAnalyst, RoleARE, RoleAuditor, RoleAdministrator}

// Title is the role as people say it.
func (r Role) Title() string {
	switch r {
	case RolePAL:
		return "liaison (PAL)"
	case RoleManager:
		return "OPD manager"
	case RoleAnalyst:
		return "OPD analyst"
	case RoleARE:
		return "ARE analyst"
	}
	return strings.ReplaceAll(string(r), "_", " ")
}

// DistrictRole reports whether the role is held for one organization: a district, or a
// school or agency that receives money itself.
func (r Role) DistrictRole() bool {
	return r == RolePreparer || r == RoleAuthorizedOfficial || r == RoleBodyMember
}

// Actor is who is asking: made by auth from a session or token, or by jobs for the system.
type Actor struct {
	UserID    string
	Name      string
	Roles     []Grant
	SessionID string   // set when the actor came with a session
	TokenID   string   // set when the actor came with an API token
	Scopes    []string // of the token: "read", "write"; empty for a session means both
	RequestID string
	// IdempotencyKey makes a repeated creation return what the first one created.
	IdempotencyKey string
	// Acting notes by which delegation something was allowed; nil when no role is delegated.
	Acting *Acting
}

// Acting is shared by the copies of one request's actor.
type Acting struct{ by Grant }

// ActBy notes that something was allowed by this role: only a delegated one is worth noting.
func (a Actor) ActBy(g Grant) {
	if a.Acting != nil && g.Delegated() {
		a.Acting.by = g
	}
}

// OnBehalf is the delegated role that the actor made use of, if any.
func (a Actor) OnBehalf() (Grant, bool) {
	if a.Acting == nil {
		return Grant{}, false
	}
	return a.Acting.by, a.Acting.by.Delegated()
}

// Anew is the actor for another request: nothing was made use of yet.
func (a Actor) Anew() Actor {
	a.Acting = nil
	if slices.ContainsFunc(a.Roles, Grant.Delegated) {
		a.Acting = &Acting{}
	}
	return a
}

// Persons are the actor and everybody whose roles were delegated to the actor by the grant.
func (a Actor) Persons(g Grant) []string {
	if g.Delegated() {
		return []string{a.UserID, g.GiverID}
	}
	return []string{a.UserID}
}

// Grant is one role, for one organization when the role is a district's, and in one named
// body of that organization when the role is that of a body's member.
type Grant struct {
	Role           Role
	OrganizationID string
	Body           string // code in a program definition
	// Of a role that somebody else delegated: which delegation, and whose role it is.
	DelegationID string
	GiverID      string
	GiverName    string
}

// Delegated reports whether the role is another person's, to act with for some days.
func (g Grant) Delegated() bool { return g.DelegationID != "" }

// Has reports whether the actor holds any of the roles, for any organization.
func (a Actor) Has(roles ...Role) bool {
	return slices.ContainsFunc(a.Roles, func(g Grant) bool { return slices.Contains(roles, g.Role) })
}

// HasFor reports whether the actor holds the role for that organization.
func (a Actor) HasFor(organizationID string, roles ...Role) bool {
	return slices.ContainsFunc(a.Roles, func(g Grant) bool {
		return g.OrganizationID == organizationID && slices.Contains(roles, g.Role)
	})
}

// Districts are the organizations the actor holds a district role for.
func (a Actor) Districts() []string {
	var ids []string
	for _, g := range a.Roles {
		if g.OrganizationID != "" && !slices.Contains(ids, g.OrganizationID) {
			ids = append(ids, g.OrganizationID)
		}
	}
	return ids
}

// SystemUserID is the fixed user that jobs act as.
const SystemUserID = "00000000-0000-7000-8000-000000000001"

// System is the actor of a job.
func System(job string) Actor {
	return Actor{UserID: SystemUserID, Name: "Earmark", Roles: []Grant{{Role: RoleSystem}}, RequestID: "job-" + job}
}
