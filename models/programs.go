package models

import "time"

// GrantYear is a program in one fiscal year with the definition it was opened under and
// its dated parameters. Later edits of the definition file never reach it.
type GrantYear struct {
	Root
	ProgramCode       string
	FiscalYear        int // named by the year it ends in
	Title             string
	Definition        string `audit:"length"` // the YAML text, frozen
	DefinitionHash    string // SHA-256 of Definition
	DefinitionVersion string
	Parameters        string // JSON object name -> value, overriding the definition's own
	Status            State  // planned, open, closed
	PublishedRunID    *string
	StartsOn          Date
	EndsOn            Date
}

// Kind names the document.
func (*GrantYear) Kind() string { return "grant_year" }

// AllocationRun is the formula applied to the facts of a year. A published run is never
// rewritten: a later one supersedes it.
type AllocationRun struct {
	Root
	GrantYearID    string
	Number         int
	Label          string
	Status         State  // draft, published, superseded
	RunKind        string `gorm:"default:formula"` // formula, reallocation
	Reallocation   string // JSON: the releases that make up its pool, and who is left out
	FactsYear      int
	PoolCents      Cents
	AllocatedCents Cents
	RecipientCount int
	InputHash      string // SHA-256 of facts, parameters and definition
	Parameters     string // of the grant year when the run was made
	Determinations string `audit:"length"` // JSON: who qualifies and why, one entry per organization
	CreatedBy      string
	PublishedAt    *time.Time
	PublishedBy    *string
}

// Kind names the document.
func (*AllocationRun) Kind() string { return "allocation_run" }

// Allocation is one recipient's share in a run, with its receipt.
type Allocation struct {
	ID             string
	RunID          string
	GrantYearID    string
	OrganizationID string
	AmountCents    Cents
	Bound          string // what held the amount: floor, cap, hold_harmless, not_eligible; "" for nothing
	BoundBy        string // code of the formula's step that did
	Receipt        string // JSON: every input, weight, share and rounding
	ReceiptHash    string
}

// Agreement is a district's partnership agreement; goals and targets are fixed once signed
// where the definition says so.
type Agreement struct {
	Root
	OrganizationID   string
	ProgramCode      string // whose due dates and kinds of target apply
	Cohort           string
	Status           State // draft, signed, ended
	AssignedOn       Date  // from here due dates of the agreement count
	NeedsApprovedOn  Date  // needs assessment approved by the superintendent
	TermStart        Date
	TermEnd          Date
	SignedOn         Date
	FundedYearsPrior int    // years funded before this agreement's first grant year in Earmark
	NotApplicable    string // JSON list: required types of target that this organization has no use for
}

// Kind names the document.
func (*Agreement) Kind() string { return "agreement" }

// Goal is a goal of an agreement.
type Goal struct {
	ID          string
	AgreementID string
	Number      int
	Title       string
	Area        string // Student Achievement, Systems …
	Reference   string // of the goal in the improvement plan (MICIP)
}

// TargetKind tells an interim target benchmark from an end target outcome.
type TargetKind string

// The kinds of target.
const (
	TargetITB TargetKind = "ITB"
	TargetETO TargetKind = "ETO"
)

// Target is a benchmark or outcome that line items serve.
type Target struct {
	ID          string
	AgreementID string
	GoalID      string
	Code        string     // ITB-1, ETO-1: unique in the agreement
	TargetKind  TargetKind `gorm:"column:kind"`
	TargetType  string     `gorm:"column:type"` // one of the definition's targets.types
	Measure     string
	Source      string // of the data: NWEA, M-STEP, staff roster
	Baseline    Hundredths
	Goal        Hundredths `gorm:"column:goal_value"`
	Unit        string     // percent, points, count
	SchoolID    *string
	DueOn       Date
	RetiredOn   Date
	Direction   string `gorm:"default:up"` // up: more is better; down: less is better
	BaselineOn  Date   // the day that the baseline was measured; not known when empty
}
