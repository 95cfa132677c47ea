package models

import "time"

// Application is what one recipient does with one grant year's allocation.
type Application struct {
	Root
	GrantYearID       string
	OrganizationID    string
	Reference         string // MI21H-2026-0042
	Status            State  // open, in_force
	AllocationID      *string
	AllocationCents   Cents // of the published run; the most that revisions may total
	InForceRevisionID *string
	ApprovedCents     Cents // total of the revision in force
	ApprovedOn        Date  // of the revision in force
	WindowException   Date  // last day of an exception the office granted, or none
}

// Kind names the document.
func (*Application) Kind() string { return "application" }

// Revision 0 is the original application; each later one is an amendment. An approved
// revision never changes; the latest approved one is in force.
type Revision struct {
	Root
	ApplicationID  string
	GrantYearID    string
	OrganizationID string
	Number         int
	BaseID         *string // the revision in force when this one was opened
	Status         State   // draft, submitted, in_review, returned, approved, denied, withdrawn
	Reason         string  // why the amendment is needed
	Round          int     // of review: +1 at every submission
	TotalCents     Cents   // of its effective lines
	LineCount      int
	CreatedBy      string
	SubmittedBy    *string
	SubmittedAt    *time.Time
	DecidedAt      *time.Time
	DecidedOn      Date // business date of the final decision
	Decision       string
	AwardNotice    string `audit:"length"` // JSON data of the notice, fixed at approval
}

// Kind names the document.
func (*Revision) Kind() string { return "revision" }

// Approval is one reviewer's answer at one step of the approval chain, in one round.
type Approval struct {
	ID         string
	RevisionID string
	Round      int
	Step       string // code in the definition's approval chain
	Decision   string // approve, return, deny
	UserID     string
	OnBehalfOf string // user whose delegated role decided; "" for an own one
	Comment    string
	At         time.Time
}

// LineItem is the identity of a line across revisions, and its standing in force. Its
// descriptive columns mirror the version in force (or the only version while proposed).
type LineItem struct {
	ID             string
	ApplicationID  string
	GrantYearID    string
	OrganizationID string
	Number         int
	Status         State // proposed, in_force, removed, dropped
	VersionID      string
	UseCategory    string
	FunctionCode   string
	ObjectCode     string // of its largest cost
	SchoolID       *string
	Description    string
	AmountCents    Cents     // approved, of the version in force; 0 while proposed
	SpentCents     Cents     // running total of its expenditures; checked against the ledger every night
	LimitCents     Cents     // the most that may be posted before an amendment is needed
	ApprovedOn     Date      // first approval; spending dated earlier is flagged
	LinkStatus     string    // target, goal_only, none
	Restricted     bool      // spending needs a contracted commitment
	CreatedAt      time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt      time.Time `gorm:"autoUpdateTime:false"`
}

// LineVersion is a line as one revision has it. A revision holds versions only of the
// lines it touches; the others stay as the base revision has them.
type LineVersion struct {
	ID                 string
	LineItemID         string
	RevisionID         string
	Action             string // add, change, remove
	UseCategory        string
	FunctionCode       string
	SchoolID           *string
	CostKind           string // personnel, professional_development, purchased_services, supplies, capital, other
	Description        string
	AmountCents        Cents
	FTE                Hundredths
	StaffCount         int
	Hours              Hundredths
	RateCents          Cents
	Quantity           Hundredths
	UnitCostCents      Cents
	Topic              string // of professional development
	Days               Hundredths
	Grades             string // "K-3", "9-12"
	Metric             string // how effectiveness will be measured
	DataSource         string
	ImpactStatement    string // category 8: direct impact on student achievement
	ResourcesStatement string // category 8: why existing resources cannot pay
	PriorFunding       string // what paid for it last year: none, grant, local, state, federal
	PlanStrategy       string // of the district's improvement plan
	PlanActivity       string // of the same plan
	StartsOn           Date
	EndsOn             Date
	PriorApproval      bool   // asked for a capital item
	Decision           string // pending, approved, returned, denied
	DecisionReason     string
	DecisionStep       string
	DecidedBy          *string
}

// LineCost is the part of a line under one object code.
type LineCost struct {
	LineVersionID string
	ObjectCode    string
	AmountCents   Cents
}

// LineLink ties a line to a target, or only to a goal when TargetID is empty.
type LineLink struct {
	LineVersionID string
	GoalID        string
	TargetID      string
}

// Cell is what an amendment rule measures: a function x object pair of the budget, or an
// object, a use category or a line, as the program says. The other parts are empty.
type Cell struct {
	FunctionCode string
	ObjectCode   string
	UseCategory  string
	Line         int // number
}
