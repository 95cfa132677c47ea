package models

import "time"

// OrganizationKind is where an organization stands in the tree.
type OrganizationKind string

// The kinds of organization.
const (
	KindAgency   OrganizationKind = "agency"
	KindISD      OrganizationKind = "isd"
	KindDistrict OrganizationKind = "district"
	KindSchool   OrganizationKind = "school"
)

// Subtypes are the kinds of district: traditional, a public school academy, a charter
// school that reports as a district, a county office of education.
var Subtypes = []string{"traditional", "psa", "charter", "county_office"}

// Organization is an agency, ISD, district or school; a tree by ParentID.
type Organization struct {
	Root
	OrgKind   OrganizationKind `gorm:"column:kind"`
	Code      string           // unique per kind
	Name      string
	Subtype   string // of a district: one of Subtypes, or ""
	ParentID  *string
	County    string
	PALUserID *string // the Partnership Agreement Liaison of a district
}

// Kind names the document.
func (*Organization) Kind() string { return "organization" }

// Fact is one value about an organization in one fiscal year, with its source.
type Fact struct {
	OrganizationID string
	Year           int
	GroupCode      string // of a group of the organization, such as a student group; "" for the whole
	Name           string // declared in the program definition: pupils, index, identification …
	Value          string // canonical text of the declared type
	Source         string
	ImportID       string
}

// FactImport is one accepted file of organizations or facts.
type FactImport struct {
	Root
	Content   string // "organizations" or "facts"
	FileName  string
	FileHash  string // SHA-256 of the bytes
	Source    string
	RowCount  int
	Added     int // rows that told of something unknown before
	Changed   int // rows that differed from what was known
	CreatedBy string
}

// Kind names the document.
func (*FactImport) Kind() string { return "fact_import" }

// User is a person with a local account.
type User struct {
	Root
	Email        string // lower case, unique
	Name         string
	PasswordHash string // argon2id, PHC string
	Status       State  // active, disabled
	FailedCount  int    // of sign-ins since the last success
	LockedUntil  *time.Time
	// Identity is the issuer and subject at the identity provider with which the person signed
	// in; nil until then. Addresses change hands, subjects do not (OpenID Connect Core, 5.7).
	Identity *string
	// How often mails tell what: daily (also ""), weekly, urgent or never; see store.UnsentNotices.
	NotifyFlags string
	NotifyDates string
	NotifyNews  string
}

// Kind names the document.
func (*User) Kind() string { return "user" }

// How often a mail tells of a topic.
const (
	NotifyDaily  = "daily"
	NotifyWeekly = "weekly" // on Monday morning; what is urgent comes the next morning
	NotifyUrgent = "urgent" // only what is urgent
	NotifyNever  = "never"
)

// Identity is who an identity provider says somebody is.
type Identity struct {
	Issuer, Subject string
	Email           string // lower case
	EmailVerified   bool
	Name            string
	Groups          []string // sorted
	Organization    string   // code of the district, school or agency; "" when not told
}

// Key is what an account keeps of it.
func (i Identity) Key() string { return i.Issuer + " " + i.Subject }

// UserRole is a role held by a user, for a district or for the office as a whole.
type UserRole struct {
	UserID         string
	Role           Role
	OrganizationID string // "" for office roles
	Body           string // "" but for body_member
}

// A session ends when it was not used for SessionIdle, and in any case after SessionLifetime.
const (
	SessionIdle     = 12 * time.Hour
	SessionLifetime = 7 * 24 * time.Hour
)

// Session is a signed-in browser or client; only the hash of its token is kept.
type Session struct {
	ID         string
	UserID     string
	TokenHash  string
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
	LastSeenAt time.Time
	ExpiresAt  time.Time
	RevokedAt  *time.Time
	UserAgent  string
}

// APIToken lets a program act as its owner, within scopes, until it expires.
type APIToken struct {
	Root
	UserID    string
	Name      string
	TokenHash string
	Scopes    string // space separated: "read write"
	ExpiresAt time.Time
	RevokedAt *time.Time
}

// Kind names the document.
func (*APIToken) Kind() string { return "api_token" }
