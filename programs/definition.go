// Package programs owns what a grant program says: the definition files, their loading
// and checking, and the charts of accounts they refer to. It does not know who is asking
// or what is stored. A new program is a file here, not code.
package programs

import (
	"earmark/models"
	"earmark/workflow/determine"
	"earmark/workflow/formula"
	"earmark/workflow/rubric"
)

// Definition is one program as its file states it. Every rule carries a citation or says
// that it is a policy parameter of the office.
type Definition struct {
	Code            string           `yaml:"code"`    // mi-21h: lower case, digits, dashes
	Version         string           `yaml:"version"` // changes whenever the meaning changes
	Title           string           `yaml:"title"`
	ReferencePrefix string           `yaml:"reference_prefix"` // MI21H: start of people's reference numbers
	Kind            string           `yaml:"kind"`             // formula_grant, competition, support
	Administrator   string           `yaml:"administrator"`
	TimeZone        string           `yaml:"time_zone"`
	FiscalYear      FiscalYear       `yaml:"fiscal_year"`
	Authority       Authority        `yaml:"authority"`
	Parameters      []Parameter      `yaml:"parameters"`
	Facts           []Fact           `yaml:"facts"`
	Assignment      *Assignment      `yaml:"assignment"`
	Formula         formula.Formula  `yaml:"formula"`
	UseCategories   []UseCategory    `yaml:"use_categories"`
	Chart           string           `yaml:"chart"` // file in programs/charts without .yaml
	LineChecks      []LineCheck      `yaml:"line_checks"`
	RequiredLines   []RequiredLine   `yaml:"required_lines"`
	Budget          *Budget          `yaml:"budget"`
	Gate            []GateCheck      `yaml:"gate"`
	Windows         []Window         `yaml:"windows"`
	Bodies          []Body           `yaml:"bodies"`
	Approval        Approval         `yaml:"approval"`
	Amendment       Amendment        `yaml:"amendment"`
	Commitments     *Commitments     `yaml:"commitments"`
	Expenditures    Expenditures     `yaml:"expenditures"`
	Utilization     Utilization      `yaml:"utilization"`
	Payments        Payments         `yaml:"payments"`
	DueDates        []DueDate        `yaml:"due_dates"`
	Meetings        *Meetings        `yaml:"meetings"`
	SupportTiers    *SupportTiers    `yaml:"support_tiers"`
	Compliance      []ComplianceRule `yaml:"compliance"`
	Accountability  *Accountability  `yaml:"accountability"`
	Targets         Targets          `yaml:"targets"`
	Agreement       *AgreementRules  `yaml:"agreement"` // what an agreement consists of, besides targets and records
	Measures        []Measure        `yaml:"measures"`
	Drawdown        *Drawdown        `yaml:"drawdown"`
	YearEnd         *YearEnd         `yaml:"year_end"`
	Records         []RecordKind     `yaml:"records"` // forms with checks, checklists and signatures
	Scoring         *rubric.Rubric   `yaml:"scoring"`
	Figures         []Figure         `yaml:"figures"`
	Progress        *Progress        `yaml:"progress"` // how far the schools of agreements came
	Mail            Mail             `yaml:"mail"`

	Groups         []Group            `yaml:"groups"` // that facts may be given for
	CriteriaTables []determine.Table  `yaml:"criteria_tables"`
	Determinations []determine.Rule   `yaml:"determinations"`
	Levels         []determine.Levels `yaml:"levels"` // that follow from the determinations

	Source string `yaml:"-"` // the YAML text, as loaded
	Hash   string `yaml:"-"` // SHA-256 of Source, hex

	chart   *Chart    // what Chart names
	cel     *compiled // every condition, compiled once
	scoring *scoring  // of a program that scores applications
}

// FiscalYear says when the program's year starts; it is named by the year it ends in.
type FiscalYear struct {
	StartsOn string `yaml:"starts_on"` // MM-DD
}

// Authority is where the program's rules come from.
type Authority struct {
	Citation string   `yaml:"citation"`
	URL      string   `yaml:"url"`
	Related  []string `yaml:"related"`
}

// Parameter is a dated policy value that a grant year may override. Basis says where the
// value comes from: law, policy (published by the office) or assumption (to be confirmed).
type Parameter struct {
	Name   string          `yaml:"name"`
	Type   string          `yaml:"type"`  // cents, basis_points, integer, date, boolean, decimal, text
	Value  string          `yaml:"value"` // as text, parsed by type
	Basis  string          `yaml:"basis"`
	Means  string          `yaml:"means"`
	Cite   string          `yaml:"cite"`
	ByYear []ParameterYear `yaml:"by_year"`
}

// ParameterYear is a parameter's value in one fiscal year.
type ParameterYear struct {
	FiscalYear int    `yaml:"fiscal_year"`
	Value      string `yaml:"value"`
	Basis      string `yaml:"basis"` // "" means the parameter's own: a later year may be an assumption where this one is law
}

// Fact declares a value that organizations of a kind carry by year.
type Fact struct {
	Name     string                  `yaml:"name"`
	Of       models.OrganizationKind `yaml:"of"`
	Type     string                  `yaml:"type"` // integer, decimal (two places), cents, boolean, text, list
	OneOf    []string                `yaml:"one_of"`
	Min      string                  `yaml:"min"`
	Max      string                  `yaml:"max"`
	Required bool                    `yaml:"required"` // for an allocation run
	Means    string                  `yaml:"means"`
	Title    string                  `yaml:"title"` // in reports
	Per      string                  `yaml:"per"`   // group: each group of the organization has its own

	YearsInARow *determine.Run `yaml:"years_in_a_row"` // worked out from history, never imported
}

// Assignment decides which office supports a district, by counting schools.
type Assignment struct {
	Cite    string    `yaml:"cite"`
	Count   string    `yaml:"count"`  // condition over a school: counted
	By      string    `yaml:"by"`     // text fact whose words are counted for display: identification
	Remove  []Removal `yaml:"remove"` // a counted school that meets one or more is taken off, with every reason
	Minimum int       `yaml:"minimum"`
	Yes     string    `yaml:"yes"` // office when the adjusted count reaches Minimum
	No      string    `yaml:"no"`
}

// Removal is one reason to take a school off the count.
type Removal struct {
	Code string `yaml:"code"`
	When string `yaml:"when"`
	Says string `yaml:"says"`
}

// UseCategory is an allowable use of the money.
type UseCategory struct {
	Code  string `yaml:"code"`
	Title string `yaml:"title"`
	Help  string `yaml:"help"`
	Group string `yaml:"group"` // for reports
	Cite  string `yaml:"cite"`
}

// LineCheck is a rule about one line item: Require must hold whenever When does.
// Conditions are CEL over `line` (see LineView) and `params`.
type LineCheck struct {
	Code     string `yaml:"code"`
	Field    string `yaml:"field"` // JSON name of the input that is wrong
	When     string `yaml:"when"`  // "" means always
	Require  string `yaml:"require"`
	Severity string `yaml:"severity"` // error, warning
	Says     string `yaml:"says"`
	Fix      string `yaml:"fix"`
	Cite     string `yaml:"cite"`
}

// RequiredLine is a line that an application must have: lines for which Match (CEL over
// `line`) holds must add up to what the allocation's receipt shows for SetAside. An
// allocation without that set-aside needs no such line.
type RequiredLine struct {
	Code     string `yaml:"code"`
	SetAside string `yaml:"set_aside"` // code of a set_aside step of the formula
	Match    string `yaml:"match"`
	Says     string `yaml:"says"`
	Fix      string `yaml:"fix"`
	Cite     string `yaml:"cite"`
}

// GateCheck must hold before an application can be submitted. Conditions are CEL over
// `gate` (see GateView), `params` and, with Prior, `prior`.
type GateCheck struct {
	Code        string `yaml:"code"`
	Require     string `yaml:"require"`
	Says        string `yaml:"says"`
	Fix         string `yaml:"fix"`
	Cite        string `yaml:"cite"`
	Overridable bool   `yaml:"overridable"` // by the office, with a reason

	Prior *PriorRecords `yaml:"prior"` // records of the year before, known as `prior`
}

// Window is a span of days, both ends included, in which something may be submitted.
type Window struct {
	Code       string `yaml:"code"`        // application_2026, amendment_2026_winter
	For        string `yaml:"for"`         // application, amendment, office_hours, technical_assistance, notice, allocation
	FiscalYear int    `yaml:"fiscal_year"` // 0: every year, with MM-DD dates
	Opens      string `yaml:"opens"`       // YYYY-MM-DD, or MM-DD when FiscalYear is 0
	Closes     string `yaml:"closes"`
	Basis      string `yaml:"basis"`
	Cite       string `yaml:"cite"`
}

// Tolerance is how far a cell may move before something is asked for. A movement is
// within tolerance when it is at most the greater of PercentBP of the approved cell and
// FloorCents, and, when CapCents is set, at most CapCents.
type Tolerance struct {
	PercentBP  models.BasisPoints `yaml:"percent_bp"`
	FloorCents models.Cents       `yaml:"floor_cents"`
	CapCents   models.Cents       `yaml:"cap_cents"`
}

// Amendment says what a change of an approved application needs.
type Amendment struct {
	Basis     string            `yaml:"basis"` // what the tolerance holds for: cell (function x object), object, use_category, line
	Tolerance Tolerance         `yaml:"tolerance"`
	Cite      string            `yaml:"cite"`
	Always    []AmendmentAlways `yaml:"always"` // changes that need full review whatever the amount
}

// AmendmentAlways names one kind of change: new_cell, new_line, removed_line, new_position,
// school_changed, link_changed, capital_item, use_category_changed, total_changed.
type AmendmentAlways struct {
	Change string `yaml:"change"`
	Says   string `yaml:"says"`
	Cite   string `yaml:"cite"`
}

// Expenditures says what may be posted.
type Expenditures struct {
	LineLimit  string       `yaml:"line_limit"` // tolerance: approved plus Tolerance; none
	Tolerance  Tolerance    `yaml:"tolerance"`
	Cite       string       `yaml:"cite"`
	GrantCodes []string     `yaml:"grant_codes"` // of the FID record that belong to this program
	LastDay    RelativeDate `yaml:"last_day"`    // until when the money may be spent; the utilization deadline when not given
}

// Utilization says which rate is watched and what it must reach.
type Utilization struct {
	Rate               string       `yaml:"rate"`              // spent_over_allocation, spent_over_paid, spent_over_approved
	MinimumParameter   string       `yaml:"minimum_parameter"` // name of a basis_points parameter
	Deadline           RelativeDate `yaml:"deadline"`
	Checkpoints        []Checkpoint `yaml:"checkpoints"`
	PaceSlackParameter string       `yaml:"pace_slack_parameter"` // basis points of the expected amount that may be missing
	Cite               string       `yaml:"cite"`
}

// Checkpoint is a minimum at a date of the fiscal year (and of the next, for carry-over).
type Checkpoint struct {
	Code             string       `yaml:"code"`
	On               RelativeDate `yaml:"on"`
	MinimumParameter string       `yaml:"minimum_parameter"`
	Basis            string       `yaml:"basis"`
}

// RelativeDate is a month and day, in the fiscal year (0) or a later one (1, 2 …).
type RelativeDate struct {
	Day  string `yaml:"day"` // MM-DD
	Year int    `yaml:"year"`
}

// Payments says when an approved award is paid.
type Payments struct {
	Kind     string        `yaml:"kind"` // lump_sum
	Calendar []PaymentDate `yaml:"calendar"`
	Cite     string        `yaml:"cite"`
}

// PaymentDate pays what was approved on or before Cutoff (and after the previous one).
type PaymentDate struct {
	Cutoff string `yaml:"cutoff"` // MM-DD
	Pays   string `yaml:"pays"`   // MM-DD, the next one after the cutoff
}

// DueDate is something a recipient owes the office. Printed days (Dates, OnParameter) beat
// computed ones (After and Days, On). Days are calendar days and may fall on a weekend.
type DueDate struct {
	Code         string        `yaml:"code"`
	Title        string        `yaml:"title"`
	Of           string        `yaml:"of"`    // agreement, grant_year
	After        string        `yaml:"after"` // assigned_on, needs_approved_on, signed_on, term_start, term_end; of a grant year awarded_on, paid_on, starts_on, ends_on
	Days         int           `yaml:"days"`
	Months       int           `yaml:"months"`         // instead of days; the end of a shorter month is kept to
	On           *RelativeDate `yaml:"on"`             // explicit day; with After paid_on: in the fiscal year of payment (+ Year)
	Dates        []DatedDay    `yaml:"dates"`          // days as the program printed them
	OnParameter  string        `yaml:"on_parameter"`   // name of a date parameter, which a grant year may set
	Every        string        `yaml:"every"`          // month, quarter, year: one for each period
	DaysAfterEnd int           `yaml:"days_after_end"` // of the period
	Through      *RelativeDate `yaml:"through"`        // last day of the series; that of the grant year when not given
	When         string        `yaml:"when"`           // always, unspent, unspent_at_year_end
	DoneBy       string        `yaml:"done_by"`        // what settles it: needs_approved_on or signed_on of the agreement, its first meeting_held, or records.KIND in force
	Remind       []int         `yaml:"remind"`         // days before (positive) at which a notice goes out
	RemindOnDay  []int         `yaml:"remind_on_day"`  // days from the one it counts from: 75 is the day 75 of 90
	Basis        string        `yaml:"basis"`
	Cite         string        `yaml:"cite"`
}

// ComplianceRule is one thing the night looks for. Check names the general check; the
// codes are those in workflow (see ComplianceChecks).
type ComplianceRule struct {
	Code          string        `yaml:"code"`
	Check         string        `yaml:"check"` // line_unlinked, below_minimum, behind_pace, cell_over_tolerance, spent_before_approval, no_report, over_allocation, due_passed, spent_without_result, worksheet_missing, result_missing
	Title         string        `yaml:"title"`
	Severity      string        `yaml:"severity"`       // warning, violation
	Days          int           `yaml:"days"`           // no_report: after so many days
	DaysParameter string        `yaml:"days_parameter"` // or as many as a parameter says
	RateParameter string        `yaml:"rate_parameter"` // spent_without_result: basis points of a line past which a result is expected
	WorsensBy     int64         `yaml:"worsens_by"`     // how much more out of line (in the rule's unit) is news
	Mail          []models.Role `yaml:"mail"`
	Cite          string        `yaml:"cite"`
	Fix           string        `yaml:"fix"` // what the people who can act should do
}

// Targets says which kinds of target an agreement has.
type Targets struct {
	Types           []string `yaml:"types"`
	FixedOnceSigned bool     `yaml:"fixed_once_signed"`
	Required        []string `yaml:"required"`      // types of which an agreement needs an ITB and an ETO
	MayNotApply     []string `yaml:"may_not_apply"` // of them, what a recipient may declare not applicable when it signs
	Cite            string   `yaml:"cite"`

	SchoolYearStarts string         `yaml:"school_year_starts"` // MM-DD of results' school years; 07-01 when not given
	ReportDays       int            `yaml:"report_days"`        // after the school year until a result is missing, where no window says
	Windows          []TargetWindow `yaml:"windows"`            // in which targets are measured
	Outside          string         `yaml:"outside"`            // refuse (the default), warn: results dated outside window or school year
	Expect           string         `yaml:"expect"`             // due (the default), yearly, windows: when a target owes a result
	ResultsCite      string         `yaml:"results_cite"`       // of these five
}

// Accountability is what happens at the end of the term of an agreement: who leaves, who
// must impose a measure, and what it contains.
type Accountability struct {
	IndexFact           string   `yaml:"index_fact"`       // decimal fact of a school that BottomCut is compared with
	BottomCut           string   `yaml:"bottom_cut"`       // index above this is out of the bottom 5 %
	GraduationFact      string   `yaml:"graduation_fact"`  // decimal fact of a school; one without it is not asked
	GraduationAbove     string   `yaml:"graduation_above"` // rate must be higher
	ImprovedSubjects    []string `yaml:"improved_subjects"`
	BaselineYear        int      `yaml:"baseline_year"`
	ImprovedYears       []int    `yaml:"improved_years"`
	RequiredAtMost      Fraction `yaml:"required_at_most"` // met/total at most this: a measure is required
	AcademicTypes       []string `yaml:"academic_types"`
	LatestSchoolYear    int      `yaml:"-"`                   // ending year: 2029-30 is 2030
	ReconstitutionMust  []string `yaml:"reconstitution_must"` // district subtypes
	PlanYears           int      `yaml:"-"`
	MeasuresMinimum     int      `yaml:"-"`
	MeasuresRecommended int      `yaml:"-"`

	// Names of integer parameters, so that each of these numbers stands in one place. The
	// numbers above are their general values; see AccountabilityIn for those of a year.
	LatestSchoolYearParameter    string `yaml:"latest_school_year_parameter"`
	PlanYearsParameter           string `yaml:"plan_years_parameter"`
	MeasuresMinimumParameter     string `yaml:"measures_minimum_parameter"`
	MeasuresRecommendedParameter string `yaml:"measures_recommended_parameter"`

	Cite string `yaml:"cite"`

	Facts *AccountabilityFacts `yaml:"facts"` // stored facts that decide at the end of a term
}

// Fraction is an exact ratio.
type Fraction struct {
	Num int64 `yaml:"num"`
	Den int64 `yaml:"den"`
}

// Mail says how often people hear of the same thing.
type Mail struct {
	SubjectPrefix   string `yaml:"subject_prefix"`
	RemindEveryDays int    `yaml:"remind_every_days"`
}
