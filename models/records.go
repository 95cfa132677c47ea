package models

import "time"

// Record is a document of a kind that the program declares: a form with checks, a
// checklist, exhibits and signatures. Each amendment is a record of its own that names
// what it amends; the version in force stays until the amendment takes its place.
type Record struct {
	Root
	GrantYearID    string
	OrganizationID string
	RecordKind     string  `gorm:"column:kind"`
	Reference      string  // MOU-2011-0001; the same for all versions
	Revision       int     // 0 as first made, then 1, 2 …
	RootID         string  // the first version
	AmendsID       *string // the version in force that this one would replace
	ParentID       *string
	AgreementID    *string // of kinds that belong to one
	SubjectID      string  // line item or target that there is one record of the kind for; "" for other kinds
	Status         State
	Data           string // JSON object: the fields, in canonical form
	Checklist      string // JSON object: item -> ChecklistMark
	Exhibits       string // JSON object: exhibit -> ExhibitMark
	Attachments    string // JSON list of RecordFile
	Overrides      string // JSON object: check -> Override
	Reason         string // of an amendment
	DueAt          *time.Time
	DueOn          Date
	Submissions    int // how often it was submitted; signatures count for the last one
	SubmittedAt    *time.Time
	SubmittedBy    *string
	Late           bool
	EffectiveOn    Date
	EndedOn        Date
}

// Kind names the document.
func (*Record) Kind() string { return "record" }

// ChecklistMark is the state of one item of a checklist.
type ChecklistMark struct {
	Done          bool   `json:"done"`
	NotApplicable bool   `json:"not_applicable,omitempty"`
	Evidence      string `json:"evidence,omitempty"`      // where it can be seen
	AttachmentID  string `json:"attachment_id,omitempty"` // file of the record that shows it
	On            Date   `json:"on,omitempty"`
	By            string `json:"by,omitempty"` // user
}

// ExhibitMark says what there is of an exhibit.
type ExhibitMark struct {
	File          string   `json:"file,omitempty"`          // name of a file of the record
	AttachmentID  string   `json:"attachment_id,omitempty"` // of that file, when Earmark keeps it
	Elements      []string `json:"elements,omitempty"`
	NotApplicable bool     `json:"not_applicable,omitempty"`
}

// RecordFile is what is known of a file that was handed in with a record. AttachmentID says
// that Earmark keeps the file itself; others are kept elsewhere.
type RecordFile struct {
	Name         string `json:"name"`
	Title        string `json:"title,omitempty"`
	SHA256       string `json:"sha256,omitempty"`
	AttachmentID string `json:"-"`
	MediaType    string `json:"-"` // found from the bytes, of files that are kept
}

// Override lets a record pass although one of its checks does not hold.
type Override struct {
	Reason string `json:"reason"`
	By     string `json:"by"` // user
	On     Date   `json:"on"`
}

// RecordSignature is a signature under one submission of a record. It is never changed.
type RecordSignature struct {
	ID         string
	RecordID   string
	Submission int
	Party      string
	SignerName string
	SignedOn   Date
	RecordedBy string
	OnBehalfOf string    // user whose delegated role recorded it
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
}

// RecordDecision is what one person decided about one submission of a record.
type RecordDecision struct {
	ID         string
	RecordID   string
	Submission int
	Step       string
	Decision   string // approve, return, deny
	UserID     string
	OnBehalfOf string
	Comment    string
	At         time.Time
}
