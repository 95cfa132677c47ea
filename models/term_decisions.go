package models

import (
	"fmt"
	"time"
)

// TermDecision is what follows when the term of an agreement is over: which schools leave,
// and whether an accountability measure is required or must be imposed. It keeps the facts
// it was made from and the words of the rule. A later decision supersedes it.
type TermDecision struct {
	Root
	AgreementID      string
	OrganizationID   string
	Number           int
	Status           State // draft, decided, superseded, discarded
	Exits            bool  // every school leaves
	SchoolCount      int
	ExitCount        int // schools that leave
	Met              int // academic outcomes
	Total            int
	Required         bool   // at most the part of the rule is met
	Reidentified     bool   // a school is identified again
	MustImpose       bool   // required, and identified again
	Reconstitution   string // must_include, may_include, ""
	LatestSchoolYear int    // ending year; 0: nothing is imposed
	Schools          string // JSON list: each school with its criteria and facts
	Outcomes         string // JSON list: each 36-month outcome with its result
	Rule             string // the accountability section of the definition as it was
	RulesVersion     string
	MissingAsNotMet  bool   // what nobody has reported counts as not met
	Reason           string // for that, or for deciding again
	DraftedBy        string
	DecidedBy        *string
	DecidedOn        Date
	DecidedAt        *time.Time
}

// Kind names the document.
func (*TermDecision) Kind() string { return "term_decision" }

// Says tells the decision in words.
func (d *TermDecision) Says() string {
	schools := fmt.Sprintf("%d of %d schools leave.", d.ExitCount, d.SchoolCount)
	if d.Exits {
		schools = "Every school leaves."
	}
	measure := "no accountability measure is required."
	switch {
	case d.MustImpose && d.Reconstitution == "must_include":
		measure = fmt.Sprintf("an accountability measure that includes reconstitution must be imposed by school year %d-%02d.", d.LatestSchoolYear-1, d.LatestSchoolYear%100)
	case d.MustImpose:
		measure = fmt.Sprintf("an accountability measure must be imposed by school year %d-%02d; it may include reconstitution.", d.LatestSchoolYear-1, d.LatestSchoolYear%100)
	case d.Required:
		measure = "by its outcomes alone a measure is required; none must be imposed, because no school was identified again."
	}
	return fmt.Sprintf("%s %d of %d academic outcomes were met: %s", schools, d.Met, d.Total, measure)
}
