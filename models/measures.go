package models

// MeasureResult is what was reported of a measure in a year, or why there is nothing to
// report. Results never change: a correction is a new result that supersedes the old one.
type MeasureResult struct {
	Root
	GrantYearID    string
	OrganizationID string // "" for a figure of the whole program, which the office reports
	Measure        string // code in the definition
	Year           int    // named by the calendar year it ends in
	Value          Hundredths
	Numerator      *Hundredths // with Denominator: the value is exactly 100 x their ratio
	Denominator    *Hundredths
	NotCollected   string // the reason; "" when there is a value
	Evidence       string
	Source         string
	ReportedOn     Date
	ReportedBy     string
	SupersedesID   *string
	Correction     string  // why the superseded result was wrong
	ImportID       *string // the file that brought it
}

// Kind names the document.
func (*MeasureResult) Kind() string { return "measure_result" }

// Drawdown is the part of an award that a project year may draw.
type Drawdown struct {
	Root
	ApplicationID  string
	GrantYearID    string
	OrganizationID string
	ProjectYear    int   // 1 is the grant year itself
	Status         State // scheduled, requested, held, released
	ScheduledCents Cents
	RequestedCents Cents
	ReleasedCents  Cents
	Reasons        string // JSON list of what holds it, as of the last look
	OfficeHold     string // why the office holds it, whatever else; "" when it does not
	RequestedOn    Date
	RequestedBy    *string
	ReleasedOn     Date
	ReleasedBy     *string
	PaymentID      *string
}

// Kind names the document.
func (*Drawdown) Kind() string { return "drawdown" }
