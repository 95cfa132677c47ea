package models

import "time"

// Scoresheet is what one reviewer of a panel says about one application of a competition.
// It belongs to the office, not to the applicant, who never sees it.
type Scoresheet struct {
	Root
	GrantYearID string
	ApplicantID string // the organization that applies
	ReviewerID  string
	Status      State  // draft, submitted, recused
	NoConflict  bool   // the reviewer has declared to have no conflict of interest
	Scores      string // JSON list of rubric.Score
	Votes       string // JSON list of rubric.Vote
	SubmittedAt *time.Time
}

// Kind names the document.
func (*Scoresheet) Kind() string { return "scoresheet" }
