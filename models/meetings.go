package models

// Meeting is a meeting about an agreement: planned, then held or cancelled. Its actions
// hang on it.
type Meeting struct {
	Root
	AgreementID    string
	OrganizationID string
	Status         State  // planned, held, cancelled
	MeetsOn        Date   // planned for; held on once it was
	StartsAt       string // HH:MM in the program's time zone; "" for no hour
	EndsAt         string
	Place          string // or the address of a call
	Attendees      string // in words: it names people only as the writer does
	Agenda         string // JSON list of AgendaItem
	Notes          string
	ActionCount    int // numbers of actions are never used twice
	CreatedBy      string
}

// Kind names the document.
func (*Meeting) Kind() string { return "meeting" }

// AgendaItem is one item of an agenda.
type AgendaItem struct {
	Text       string `json:"text"`
	ProposedBy string `json:"proposed_by"` // user
	Side       string `json:"side"`        // office, district
}

// MeetingAction is something that somebody took on in a meeting.
type MeetingAction struct {
	ID             string
	MeetingID      string
	AgreementID    string
	OrganizationID string
	Number         int
	Text           string
	OwnerID        string
	DueOn          Date
	Status         State // open, done, dropped
	DoneOn         Date
	Comment        string
}

// SupportAssignment says which tier of support a district has from a day on, and why. It
// is never changed: the next one takes its place.
type SupportAssignment struct {
	Root
	AgreementID    string
	OrganizationID string
	Tier           int
	FocusAreas     string // codes of the definition, separated by spaces
	Reason         string
	FromOn         Date
	AssignedBy     string
}

// Kind names the document.
func (*SupportAssignment) Kind() string { return "support_assignment" }
