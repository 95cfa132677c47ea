package models

// UnlockRequest is a recipient's wish that the office open something locked: a revision
// under review, a record that was handed in, or an application whose window is closed.
type UnlockRequest struct {
	Root
	OrganizationID string
	DocumentKind   string // application (its window), revision, record
	DocumentID     string
	Reference      string // of the document, as people say it
	Reason         string
	Status         State // open, granted, denied, withdrawn
	RequestedBy    string
	RequestedOn    Date
	DecidedBy      *string
	DecidedOn      Date
	Decision       string // what was said
	UntilOn        Date   // of a granted one: the last day
}

// Kind names the document.
func (*UnlockRequest) Kind() string { return "unlock_request" }
