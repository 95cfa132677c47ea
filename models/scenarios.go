package models

import "time"

// Scenario is a trial of the formula: the facts and parameters of a run or a grant year
// with some of them changed. It is the office's own and gives nobody money; adopted, it
// becomes a draft allocation run.
type Scenario struct {
	Root
	GrantYearID    string
	BaseRunID      *string // the run it copies; nil: the grant year as it is
	Number         int
	Label          string
	Note           string
	Status         State // draft, adopted, discarded
	FactsYear      int
	BaseParameters string // JSON object name -> value: of the run or grant year when it was copied
	Parameters     string // JSON object name -> value: those changed here
	Facts          string // JSON list of the facts changed here
	FactCount      int
	BaseCurrent    bool // the base run's facts are still those that are known
	PoolCents      Cents
	AllocatedCents Cents
	RecipientCount int
	InputHash      string // SHA-256 of facts, parameters and formula when it was computed
	ComputedAt     time.Time
	RunID          *string // the run that adoption made
	CreatedBy      string
}

// Kind names the document.
func (*Scenario) Kind() string { return "scenario" }

// ScenarioAmount is what a recipient would get.
type ScenarioAmount struct {
	ScenarioID     string
	OrganizationID string
	AmountCents    Cents
	Bound          string // as Allocation.Bound
	BoundBy        string
}
