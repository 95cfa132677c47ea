package models

// BudgetForm is one budget form of an organization in a grant year: the summary, or one
// project. Its lines and years are the definition's; computed lines are not stored.
type BudgetForm struct {
	Root
	GrantYearID    string
	OrganizationID string
	FormKind       string // summary, project
	Code           string // unique among the forms of one organization and year
	Title          string
	Status         State  // draft, submitted, removed
	Items          string // JSON: cost build-ups of cells
	Indirect       string // JSON: what indirect costs rest on
	EnteredCents   Cents  // sum of the entered lines
	CreatedBy      string
	SubmittedBy    *string
	SubmittedOn    Date
}

// Kind names the document.
func (*BudgetForm) Kind() string { return "budget_form" }

// BudgetCell is one entered amount of a form, or what an imported form printed there.
// Year counts from 0; the column after the last year is the printed total.
type BudgetCell struct {
	FormID      string `gorm:"primaryKey"`
	Line        string `gorm:"primaryKey"`
	Year        int    `gorm:"primaryKey;autoIncrement:false"`
	AmountCents *Cents // nil: blank, or a computed line
	Printed     string
}
