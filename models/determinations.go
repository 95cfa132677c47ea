package models

import "time"

// DeterminationRun is the determinations of a program applied to the facts of a year:
// draft, previewed by those it is about, published. A later run supersedes it and never
// rewrites it.
type DeterminationRun struct {
	Root
	GrantYearID  string
	ProgramCode  string
	FactsYear    int
	Number       int
	Label        string
	Status       State  // draft, preview, published, superseded
	ResultCount  int    // organizations
	LevelCounts  string // JSON object level -> organizations
	InputHash    string // SHA-256 of facts, parameters and definition
	Parameters   string // of the grant year when the run was made
	RulesVersion string // of the definition
	CreatedBy    string
	PreviewedAt  *time.Time
	PublishedAt  *time.Time
	PublishedBy  *string
}

// Kind names the document.
func (*DeterminationRun) Kind() string { return "determination_run" }

// DeterminationResult is what one run determined of one organization, with its name and
// county as they were.
type DeterminationResult struct {
	ID             string
	RunID          string
	OrganizationID string
	County         string
	Code           string
	Name           string
	Subtype        string
	Level          int // 0: no rule speaks of the organization
	LevelTitle     string
	Provider       string
	Note           string
	Report         string // JSON: the groups and facts that caused it, for the public
	Detail         string // JSON: every determination with its reasons
}
