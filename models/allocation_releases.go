package models

// The kinds of allocation run.
const (
	RunFormula      = "formula"      // shares the appropriation
	RunReallocation = "reallocation" // shares what recipients gave up
)

// AllocationRelease is allocated money that a recipient cannot use and gives up.
type AllocationRelease struct {
	Root
	GrantYearID    string
	OrganizationID string
	Status         State // pooled, reallocated, withdrawn
	AmountCents    Cents
	Reason         string
	ReleasedOn     Date
	ReleasedBy     string
	RunID          *string // the reallocation that shared it out
}

// Kind names the document.
func (*AllocationRelease) Kind() string { return "allocation_release" }
