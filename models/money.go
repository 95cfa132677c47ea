package models

import "time"

// Payment is what the office pays the recipient: expected at approval, then recorded. What
// the recipient returns is a payment below 0, so that the sum is what it still has.
type Payment struct {
	Root
	ApplicationID  string
	OrganizationID string
	PaymentKind    string // award, return
	Status         State  // expected, paid, cancelled
	AmountCents    Cents
	ExpectedOn     Date
	PaidCents      Cents
	PaidOn         Date
	Reference      string
}

// The kinds of payment.
const (
	PaymentAward  = "award"
	PaymentReturn = "return"
)

// Kind names the document.
func (*Payment) Kind() string { return "payment" }

// Expenditure is money spent on a line. Append-only: a mistake is corrected by a reversal.
type Expenditure struct {
	Root
	LineItemID     string
	ApplicationID  string
	GrantYearID    string
	OrganizationID string
	FunctionCode   string
	ObjectCode     string
	AmountCents    Cents // negative for credits and reversals, never 0
	SpentOn        Date  // date of the transaction
	PostedOn       Date  // business date it reached Earmark
	Vendor         string
	Invoice        string
	Memo           string
	ReversesID     *string
	CommitmentID   *string // the contract it pays, on a restricted line
	ImportID       *string
	RowKey         *string // content key of the imported row: the same row twice posts once
	CreatedBy      string
}

// Kind names the document.
func (*Expenditure) Kind() string { return "expenditure" }

// ExpenditureImport is one ledger file of one district and grant year.
type ExpenditureImport struct {
	Root
	OrganizationID string
	GrantYearID    string
	ApplicationID  string
	Format         string // csv, fid
	FileName       string
	FileHash       string
	RowCount       int
	PostedCount    int
	RepeatedCount  int
	ExceptionCount int
	PostedCents    Cents
	Mapping        string // JSON: what the columns were said to be; "" when the headings say it themselves
	CreatedBy      string
}

// Kind names the document.
func (*ExpenditureImport) Kind() string { return "expenditure_import" }

// ImportException is a row that could not be posted: matched or dismissed later by a person.
type ImportException struct {
	Root
	ImportID       string
	OrganizationID string
	ApplicationID  string
	RowNumber      int
	RowKey         string
	FunctionCode   string
	ObjectCode     string
	SchoolCode     string
	AmountCents    Cents
	SpentOn        Date
	Vendor         string
	Invoice        string
	Memo           string
	Reason         string // no_line, ambiguous, over_limit, wrong_grant
	Detail         string
	Status         State // open, matched, dismissed
	ExpenditureID  *string
	Comment        string
}

// Kind names the document.
func (*ImportException) Kind() string { return "import_exception" }

// PeriodReport says that a district has reported its spending up to a date, or that
// nothing was spent in the period.
type PeriodReport struct {
	Root
	ApplicationID  string
	OrganizationID string
	PeriodStart    Date
	PeriodEnd      Date
	NothingSpent   bool
	SpentCents     Cents // the ledger's total for the period when it was reported
	Comment        string
	ReportedBy     string
	ReportedOn     Date
}

// Kind names the document.
func (*PeriodReport) Kind() string { return "period_report" }

// LineUtilization is a line's figures from AsOf until the next row of the same line.
type LineUtilization struct {
	LineItemID  string
	AsOf        Date
	AmountCents Cents
	SpentCents  Cents
}

// ApplicationUtilization is the nightly snapshot of an application.
type ApplicationUtilization struct {
	ApplicationID     string
	GrantYearID       string
	OrganizationID    string
	AsOf              Date
	AllocationCents   Cents
	ApprovedCents     Cents
	PaidCents         Cents
	SpentCents        Cents
	RateBP            *BasisPoints // nil: n/a, the denominator is 0
	ForecastCents     Cents        // projected unspent balance at the deadline
	ForecastLowCents  Cents
	ForecastHighCents Cents
	DeadlineOn        Date
	LineCount         int
	UnlinkedCount     int
	StartedOn         Date  // from which its pace counts: the first payment, or before that the approval
	RecentCents       Cents // spent in the last 90 days
}

// ProgramUtilization is the nightly snapshot of a grant year.
type ProgramUtilization struct {
	GrantYearID      string
	AsOf             Date
	AllocationCents  Cents
	ApprovedCents    Cents
	PaidCents        Cents
	SpentCents       Cents
	RateBP           *BasisPoints
	ForecastCents    Cents
	ApplicationCount int
	LineCount        int
	UnlinkedCount    int
}

// DueItem is something a district must do by a date.
type DueItem struct {
	Root
	OrganizationID string
	GrantYearID    string // "" for what hangs on the agreement
	AgreementID    string // "" for what hangs on the grant year
	Code           string // in the definition's due dates
	Period         string // of a series: 2010-09, 2010-Q3, FY2011
	Title          string
	Citation       string
	CountsFrom     Date // the day its rule counts from; "" for a printed day or a series
	DueOn          Date
	DoneOn         Date
	DoneBy         *string
	Comment        string
}

// Kind names the document.
func (*DueItem) Kind() string { return "due_item" }

// Flag is a compliance finding with a life: open, acknowledged, waived until, resolved.
type Flag struct {
	Root
	GrantYearID    string
	OrganizationID string
	ApplicationID  string
	LineItemID     string // "" when the subject is not a line
	Rule           string // code in the definition's compliance rules
	Subject        string // what it is about, unique with Rule while not resolved
	Severity       string // warning, violation
	Status         State  // open, acknowledged, waived, resolved
	Measure        int64  // the number that is out of line, in the rule's unit
	Threshold      int64
	Detail         string // sentence with the numbers
	Evidence       string // JSON: numbers, rule, definition version, date
	FirstSeen      Date
	ChangedOn      Date // opened, worsened or reopened
	ResolvedOn     Date
	WaivedUntil    Date
	Reply          string
	ReplyBy        *string
}

// Kind names the document.
func (*Flag) Kind() string { return "flag" }

// Notice is something a person should learn, on screen and by mail.
type Notice struct {
	ID             string
	UserID         string
	Event          string // flag.opened, flag.worsened, flag.resolved, revision.submitted …
	SubjectKind    string
	SubjectID      string
	OrganizationID string
	Title          string
	Detail         string
	Why            string // which rule or role makes this person a recipient
	ForDate        Date
	MailID         *string
	ReadAt         *time.Time
	CreatedAt      time.Time `gorm:"autoCreateTime:false"`
}

// Mail is one message to one person, composed once and sent at least once under one Message-ID.
type Mail struct {
	ID            string
	UserID        string
	ToAddress     string
	Kind          string // digest
	ForDate       Date
	MessageID     string
	Subject       string
	TextBody      string
	HTMLBody      string
	Status        State // queued, sending, sent, failed
	Attempts      int
	NextAttemptAt time.Time
	LockedBy      string
	LockedUntil   *time.Time
	LastError     string
	SentAt        *time.Time
	CreatedAt     time.Time `gorm:"autoCreateTime:false"`
}

// JobRun is one job for one business date: the row is the claim.
type JobRun struct {
	ID          string
	Job         string
	ForDate     Date
	Status      State // running, done, failed
	Attempt     int
	LockedBy    string
	LockedUntil time.Time
	StartedAt   time.Time
	FinishedAt  *time.Time
	Summary     string // JSON counts
	LastError   string
}

// AuditEvent is who did what to which version of which document, when, why, under which rule.
type AuditEvent struct {
	ID           string
	At           time.Time
	ActorID      string
	ActorName    string
	Action       string // submit, approve, create …
	DocumentKind string
	DocumentID   string
	Sequence     int64 // the document's version after the change
	Reason       string
	Changes      string // JSON: {"status": ["draft", "submitted"]}
	RequestID    string
	RuleVersion  string // definition code@version when a program's rule decided
	OnBehalfOf   string // user whose delegated role the actor acted with; "" for an own role
	DelegationID string // by which delegation
	PreviousHash string
	Hash         string
}
