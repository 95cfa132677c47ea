package models

// YearEndReport is what a recipient reports about a finished grant year: prepared by one
// person, certified by another, accepted by the office. Submission freezes the figures.
type YearEndReport struct {
	Root
	ApplicationID    string
	GrantYearID      string
	OrganizationID   string
	Report           string // code in the definition's year-end reports
	Status           State  // draft, submitted, returned, accepted
	Through          Date   // last day of spending that it covers
	DueOn            Date   // when the definition had it due; none before anything was paid
	LedgerCents      *Cents // total of the recipient's general ledger
	ExpectedCents    *Cents // of the unspent money, what is going to be spent
	Plan             string // how
	Note             string
	PreparedBy       string // who wrote it last
	SubmittedBy      *string
	SubmittedOn      Date
	FirstSubmittedOn Date
	DaysLate         int // of the first submission
	SpentCents       Cents
	UnspentCents     Cents  // paid and not spent
	Snapshot         string // JSON of the reconciliation as certified; "" before
	SnapshotHash     string // SHA-256 of Snapshot
	DecidedBy        *string
	DecidedOn        Date
	Decision         string // why it was returned, or the office's remark
}

// Kind names the document.
func (*YearEndReport) Kind() string { return "year_end_report" }
