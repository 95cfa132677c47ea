package models

// GateWaiver lets one finding of the gate pass in one grant year: that of the application
// which the agreement's organization hands in for it.
type GateWaiver struct {
	ID          string
	AgreementID string
	GrantYearID string
	Finding     string // gate.needs_assessment
	Reason      string
	GivenBy     string // a manager
	GivenOn     Date
}
