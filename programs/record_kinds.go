package programs

import (
	"slices"
	"strings"

	"earmark/models"
)

// RecordKind is a document that a program declares: a form with typed fields, checks, a
// checklist, exhibits and signatures, with one life for all kinds. A memorandum, a letter
// of commitment, an enforcement case, a timeline activity are record kinds, not code.
type RecordKind struct {
	Code            string                  `yaml:"code"` // mou
	Title           string                  `yaml:"title"`
	Means           string                  `yaml:"means"`
	Cite            string                  `yaml:"cite"`
	Of              models.OrganizationKind `yaml:"of"`               // whose record it is
	By              string                  `yaml:"by"`               // who writes and submits it: recipient (default), office
	Agreement       *RecordAgreement        `yaml:"agreement"`        // belongs to the agreement of its organization
	OnePer          string                  `yaml:"one_per"`          // organization, parent, agreement, or a field of type line_item or target: no second one while another lives; "" any number
	Parent          string                  `yaml:"parent"`           // record kind that it belongs to: a cluster to its zone
	ReferencePrefix string                  `yaml:"reference_prefix"` // MOU: start of people's reference numbers
	Fields          []RecordField           `yaml:"fields"`
	Totals          []RecordTotal           `yaml:"totals"`
	Figures         []RecordFigure          `yaml:"figures"`
	Checks          []RecordCheck           `yaml:"checks"`
	Checklist       []ChecklistItem         `yaml:"checklist"`
	Exhibits        []Exhibit               `yaml:"exhibits"`
	Attachments     *Attachments            `yaml:"attachments"`
	Signatures      []SignatureParty        `yaml:"signatures"`
	InOrder         bool                    `yaml:"in_order"`  // the parties sign in the order of the list
	Effective       string                  `yaml:"effective"` // what puts it in force, and on which day: submission (default), last_signature, decision
	Deadline        *RecordDeadline         `yaml:"deadline"`
	Needed          *RecordNeed             `yaml:"needed"`   // who must hand one in
	Approval        *Approval               `yaml:"approval"` // after submission; of effective: decision, the program manager when not given
	Amend           RecordAmendment         `yaml:"amend"`
}

// RecordField is one typed input. Amounts are cents; a decimal has two places; a date is
// YYYY-MM-DD, a timestamp YYYY-MM-DD HH:MM:SS in the program's time zone.
type RecordField struct {
	Name       string                  `yaml:"name"`
	Type       string                  `yaml:"type"` // text, integer, decimal, cents, date, timestamp, boolean, choice, list, organization, organizations, line_item, target, targets, rows
	Means      string                  `yaml:"means"`
	Cite       string                  `yaml:"cite"`
	Required   bool                    `yaml:"required"`    // to submit; a draft may leave it out
	OneOf      []string                `yaml:"one_of"`      // of choice and list
	OtherNeeds string                  `yaml:"other_needs"` // of choice: a value outside one_of is taken when this text field is filled
	Of         models.OrganizationKind `yaml:"of"`          // of organization and organizations
	Min        string                  `yaml:"min"`         // of numbers and dates; of lists and rows, the number of entries
	Max        string                  `yaml:"max"`
	MaxLength  int                     `yaml:"max_length"` // characters of a text; 4000 when not given
	Fields     []RecordField           `yaml:"fields"`     // columns of rows
	Prefill    string                  `yaml:"prefill"`    // what fills it when a record begins: line.metric, target.baseline, agreement.targets, records.KIND …
}

// Length is how many characters a text may have.
func (f *RecordField) Length() int {
	if f.MaxLength == 0 {
		return 4000
	}
	return f.MaxLength
}

// Summary reports a text that a new record begins with and that is about its agreement.
func (f *RecordField) Summary() bool {
	return strings.HasPrefix(f.Prefill, "agreement.") || strings.HasPrefix(f.Prefill, "records.")
}

// RecordTotal adds up other records: the schools of all clusters of a zone. Only records
// in force count, unless Drafts says that begun ones do too. An amendment counts in the
// place of what it amends.
type RecordTotal struct {
	Name   string `yaml:"name"`   // totals.NAME in checks
	Of     string `yaml:"of"`     // record kind
	Within string `yaml:"within"` // grant_year, organization, children (their parent is this record), siblings (same parent)
	Where  string `yaml:"where"`  // CEL over `other`, `record`, `params`; "" takes all
	Value  string `yaml:"value"`  // CEL integer over `other`; "" counts records
	Drafts bool   `yaml:"drafts"` // count what is not ended, refused or withdrawn, not only what is in force
	Means  string `yaml:"means"`
}

// RecordFigure is a whole number worked out from a record, such as what is still missing.
type RecordFigure struct {
	Name  string `yaml:"name"`  // ends in _cents when it is an amount
	Value string `yaml:"value"` // CEL integer over `record`, `totals`, `params`
	Means string `yaml:"means"`
	Cite  string `yaml:"cite"`
}

// RecordCheck is a rule about a record: Require must hold whenever When does. Conditions
// are CEL over `record` (its fields), `totals` and `params`.
type RecordCheck struct {
	Code        string `yaml:"code"`
	Field       string `yaml:"field"` // that is wrong; "" the record as a whole
	When        string `yaml:"when"`
	Require     string `yaml:"require"`
	At          string `yaml:"at"`       // from when on an error stops: save, submit (default), in_force
	Severity    string `yaml:"severity"` // error, warning
	Says        string `yaml:"says"`
	Fix         string `yaml:"fix"`
	Cite        string `yaml:"cite"`
	Overridable bool   `yaml:"overridable"` // by the office, with a reason
}

// ChecklistItem must be true before a record can be submitted.
type ChecklistItem struct {
	Code         string `yaml:"code"`
	Group        string `yaml:"group"` // heading
	Says         string `yaml:"says"`
	Cite         string `yaml:"cite"`
	Evidence     bool   `yaml:"evidence"`      // needs a word on where it can be seen
	IfApplicable bool   `yaml:"if_applicable"` // may be said not to apply
}

// Exhibit is a part that must be there before a record can be submitted, with every element.
type Exhibit struct {
	Code         string           `yaml:"code"`
	Title        string           `yaml:"title"`
	Cite         string           `yaml:"cite"`
	Elements     []ExhibitElement `yaml:"elements"`
	IfApplicable bool             `yaml:"if_applicable"` // may be left out as a whole
	NeedsFile    bool             `yaml:"needs_file"`    // a file of the record must be named
}

// ExhibitElement is something an exhibit must have.
type ExhibitElement struct {
	Code  string `yaml:"code"`
	Title string `yaml:"title"`
}

// Attachments says which files are looked at. Others are taken and reported as not reviewed.
type Attachments struct {
	Extensions []string `yaml:"extensions"` // lower case, without the dot
	Cite       string   `yaml:"cite"`
}

// SignatureParty is somebody who signs.
type SignatureParty struct {
	Party        string `yaml:"party"`
	Title        string `yaml:"title"`
	Side         string `yaml:"side"`          // recipient, office, other: whose signature it is
	IfApplicable bool   `yaml:"if_applicable"` // needed only when When holds, or when the party signed what is amended
	When         string `yaml:"when"`          // CEL over `record`, `params`
	Cite         string `yaml:"cite"`
}

// RecordNeed says that lines in force of at least an amount must have a record of the kind:
// it is then a worksheet. Where the deadline has no day in a grant year, none is needed in it.
type RecordNeed struct {
	For            string `yaml:"for"`             // field of type line_item, the same as one_per
	LeastParameter string `yaml:"least_parameter"` // cents from which a line needs one; every line when not given
	Basis          string `yaml:"basis"`
	Cite           string `yaml:"cite"`
}

// RecordDeadline is when a record must be in. At is a moment of the program's time zone,
// the second itself still in time; After and Days count calendar days from a day.
type RecordDeadline struct {
	At            string `yaml:"at"`     // YYYY-MM-DD HH:MM:SS, or YYYY-MM-DD for the end of a day
	After         string `yaml:"after"`  // date field of the record, a day of its agreement (agreement.term_start), or a date parameter
	Months        int    `yaml:"months"` // calendar months after it, before Days are added
	Days          int    `yaml:"days"`
	DaysParameter string `yaml:"days_parameter"` // instead of Days: name of an integer parameter
	Remind        []int  `yaml:"remind"`         // days before (positive) at which a notice goes out while it is not handed in
	Late          string `yaml:"late"`           // refuse: cannot be submitted any more; mark: is taken and marked late
	Basis         string `yaml:"basis"`
	Cite          string `yaml:"cite"`
}

// RecordAmendment says how a record in force is changed. The version in force stays until
// the amendment takes its place.
type RecordAmendment struct {
	By    string   `yaml:"by"`    // none (default), writer: as it was made but without new signatures, all_parties: signed again by every party
	Only  []string `yaml:"only"`  // fields and exhibits that an amendment may change; none named: all
	Until string   `yaml:"until"` // YYYY-MM-DD, last day on which an amendment can be submitted
	Cite  string   `yaml:"cite"`
}

// Record finds a record kind by code.
func (d *Definition) Record(code string) (*RecordKind, bool) {
	i := slices.IndexFunc(d.Records, func(k RecordKind) bool { return k.Code == code })
	if i < 0 {
		return nil, false
	}
	return &d.Records[i], true
}

// Field finds a field by name.
func (k *RecordKind) Field(name string) (*RecordField, bool) { return fieldNamed(k.Fields, name) }

func fieldNamed(fields []RecordField, name string) (*RecordField, bool) {
	i := slices.IndexFunc(fields, func(f RecordField) bool { return f.Name == name })
	if i < 0 {
		return nil, false
	}
	return &fields[i], true
}

// Kinds of the record's parts, as words of a definition.
const (
	ByRecipient = "recipient"
	ByOffice    = "office"

	EffectiveSubmission    = "submission"
	EffectiveLastSignature = "last_signature"
	EffectiveDecision      = "decision"

	AmendNone       = "none"
	AmendWriter     = "writer"
	AmendAllParties = "all_parties"

	LateRefuse = "refuse"
	LateMark   = "mark"

	StopsSave    = "save"
	StopsSubmit  = "submit"
	StopsInForce = "in_force"
)

// Writer is who writes and submits records of this kind.
func (k *RecordKind) Writer() string { return orElse(k.By, ByRecipient) }

// TakesForce is what puts a record in force.
func (k *RecordKind) TakesForce() string { return orElse(k.Effective, EffectiveSubmission) }

// Chain is the approvals that a record needs after its submission.
func (k *RecordKind) Chain() Approval {
	switch {
	case k.Approval != nil:
		return *k.Approval
	case k.TakesForce() == EffectiveDecision:
		return Approval{ExcludeSubmitter: k.Writer() == ByRecipient, Steps: []ApprovalStep{{Code: "decision", Title: "decision of the office", Roles: []models.Role{models.RoleManager}}}}
	}
	return Approval{}
}

// AmendedBy is who may change a record in force.
func (k *RecordKind) AmendedBy() string { return orElse(k.Amend.By, AmendNone) }

// Stops is from when on an error of the check stops a step.
func (c RecordCheck) Stops() string { return orElse(c.At, StopsSubmit) }

func orElse(word, otherwise string) string {
	if word == "" {
		return otherwise
	}
	return word
}
