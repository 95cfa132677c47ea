package models

// AwardNotice is what the office tells the district when a revision takes force; it is
// fixed at that moment and kept with the revision.
type AwardNotice struct {
	Program         string        `json:"program"`
	Citation        string        `json:"citation"`
	Administrator   string        `json:"administrator"`
	GrantYear       string        `json:"grant_year"`
	StartsOn        Date          `json:"starts_on"`
	EndsOn          Date          `json:"ends_on"`
	SpendBy         Date          `json:"spend_by"`
	Reference       string        `json:"reference"`
	Amendment       int           `json:"amendment"`
	District        string        `json:"district"`
	DistrictCode    string        `json:"district_code"`
	ApprovedOn      Date          `json:"approved_on"`
	AllocationCents Cents         `json:"allocation_cents"`
	TotalCents      Cents         `json:"total_cents"`
	PaymentOn       Date          `json:"payment_on,omitempty"`
	PaymentCents    Cents         `json:"payment_cents,omitempty"`
	Tolerance       string        `json:"tolerance"`
	Lines           []AwardLine   `json:"lines"`
	Reviews         []AwardReview `json:"reviews"`
	RuleVersion     string        `json:"rule_version"`
}

// AwardLine is one line of the award.
type AwardLine struct {
	Number       int      `json:"number"`
	UseCategory  string   `json:"use_category"`
	FunctionCode string   `json:"function_code"`
	Description  string   `json:"description"`
	AmountCents  Cents    `json:"amount_cents"`
	Decision     string   `json:"decision"`
	Reason       string   `json:"reason,omitempty"`
	Targets      []string `json:"targets"`
}

// AwardReview is who approved which step, and when.
type AwardReview struct {
	Step string `json:"step"`
	Name string `json:"name"`
	On   Date   `json:"on"`
}
