package models

import "time"

// PayeeKinds are the kinds of payee that a program can allow or refuse.
var PayeeKinds = []string{"partner_organization", "vendor", "employee", "public_agency", "other"}

// Payee is whom a recipient may pay; the office keeps the list.
type Payee struct {
	Root
	Code        string // unique, as the office's books name it
	Name        string
	PayeeKind   string `gorm:"column:kind"` // one of PayeeKinds
	InPortfolio bool   // pre-vetted by the office
	Note        string
}

// Kind names the document.
func (*Payee) Kind() string { return "payee" }

// Commitment is an amount of a line in force that is promised to a payee: submitted,
// approved by everybody the program names, then contracted.
type Commitment struct {
	Root
	ApplicationID    string
	GrantYearID      string
	OrganizationID   string
	LineItemID       string
	PayeeID          string
	Reference        string // of the application, with a number: BPSPF-2019-0001-C02
	Number           int
	Description      string
	AmountCents      Cents
	SpentCents       Cents // running total of the expenditures under it
	StartsOn         Date
	EndsOn           Date
	Status           State // draft, submitted, approved, returned, denied, contracted, cancelled
	Round            int   // of review: +1 at every submission
	OutsidePortfolio bool  // when it was written; a warning where the program says so
	Procurement      string
	ContractNumber   string
	ContractedOn     Date // day of the contract's signature
	ApprovedOn       Date
	CreatedBy        string
	SubmittedBy      *string
}

// Kind names the document.
func (*Commitment) Kind() string { return "commitment" }

// CommitmentApproval is one person's answer at one step of a commitment's chain, in one round.
type CommitmentApproval struct {
	ID           string
	CommitmentID string
	Round        int
	Step         string
	Decision     string // approve, return, deny
	UserID       string
	OnBehalfOf   string
	Comment      string
	At           time.Time
}

// PriorFunding is a list of what payees had from a program at each organization in a year
// before Earmark kept it. The latest list of a year counts.
type PriorFunding struct {
	Root
	ProgramCode string
	FiscalYear  int
	Source      string
	RowCount    int
	TotalCents  Cents
	CreatedBy   string
}

// Kind names the document.
func (*PriorFunding) Kind() string { return "prior_funding" }

// PriorFundingRow is one amount of a list.
type PriorFundingRow struct {
	PriorFundingID string
	OrganizationID string
	PayeeID        string
	AmountCents    Cents
}
