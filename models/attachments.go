package models

// Attachment is an evidence file of a document: what it is called, what it is and the hash
// under which its content is kept. Rows stay, withdrawn ones too.
type Attachment struct {
	Root
	OrganizationID   string // of the document; "" for the office's own
	DocumentKind     string
	DocumentID       string
	Name             string // sanitized
	Title            string
	MediaType        string // found from the bytes
	Size             int64
	SHA256           string `gorm:"column:sha256"`
	ByOffice         bool   // who handed it in withdraws it: a district does not take back what the office added
	CreatedBy        string
	WithdrawnOn      Date
	WithdrawnBy      *string
	WithdrawalReason string
}

// Kind names the document.
func (*Attachment) Kind() string { return "attachment" }
