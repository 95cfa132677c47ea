package models

import "fmt"

// TargetResult is what was measured of a target of an agreement on a day. Results never
// change: a correction is a new result that supersedes the old one.
type TargetResult struct {
	Root
	AgreementID    string
	OrganizationID string // the district of the agreement
	TargetID       string
	SchoolYear     int    // named by the calendar year it ends in
	Window         string `gorm:"column:window_code"` // code of a window of the definition; "" when the program has none
	MeasuredOn     Date
	Value          Hundredths
	Numerator      *Hundredths // with Denominator: the value is exactly 100 x their ratio
	Denominator    *Hundredths
	Evidence       string
	Source         string
	ReportedOn     Date
	ReportedBy     string
	DaysLate       int  // after the last day to report that window; 0 is in time
	Outside        bool // dated outside its window or school year, and taken all the same
	SupersedesID   *string
	Correction     string  // why the superseded result was wrong
	ImportID       *string // the file that brought it
}

// Kind names the document.
func (*TargetResult) Kind() string { return "target_result" }

// SchoolYearLabel writes a school year, named by the calendar year it ends in: 2027 is 2026-27.
func SchoolYearLabel(year int) string { return fmt.Sprintf("%d-%02d", year-1, year%100) }
