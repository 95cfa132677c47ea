package models

// ReturnReason is a reason that reviewers give again and again when they return or deny a
// line, kept once in good words.
type ReturnReason struct {
	Root
	ProgramCode string // whose reviewers it is for; "" for those of every program
	Title       string // what it is found by
	Text        string // what the district reads
	InUse       bool   // offered to reviewers
}

// Kind names the document.
func (*ReturnReason) Kind() string { return "return_reason" }
