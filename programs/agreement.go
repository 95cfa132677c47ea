package programs

import (
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"

	"earmark/models"
)

// AgreementRules says what an agreement of the program consists of, besides the targets
// (section targets) and the records that belong to it.
type AgreementRules struct {
	TermMonths int              `yaml:"term_months"` // from term_start; 0: both ends of the term are given
	Checks     []AgreementCheck `yaml:"checks"`
	Cite       string           `yaml:"cite"`
}

// AgreementCheck is what a complete agreement has. Conditions are CEL over `agreement` and
// `params`, and over the `goal` or `target` that is looked at.
type AgreementCheck struct {
	Code     string `yaml:"code"`
	Of       string `yaml:"of"`    // agreement (default), goal, target: looked at one by one
	Field    string `yaml:"field"` // that is wrong; "" the whole
	When     string `yaml:"when"`
	Require  string `yaml:"require"`
	Severity string `yaml:"severity"` // error, warning
	Says     string `yaml:"says"`
	Fix      string `yaml:"fix"`
	Cite     string `yaml:"cite"`
}

// RecordAgreement ties a record kind to the agreement of its organization.
type RecordAgreement struct {
	Settles string `yaml:"settles"` // needs_approved_on, signed_on: the day of the agreement that a record sets when it takes force
}

// What a record settles of its agreement.
const (
	SettlesNeeds  = "needs_approved_on"
	SettlesSigned = "signed_on"
)

// AgreementView is an agreement as conditions see it: `agreement` in CEL, each field under
// its JSON name. Dates are text, "" while they are not known.
type AgreementView struct {
	Cohort          string       `json:"cohort"`
	AssignedOn      string       `json:"assigned_on"`
	NeedsApprovedOn string       `json:"needs_approved_on"`
	TermStart       string       `json:"term_start"`
	TermEnd         string       `json:"term_end"`
	SignedOn        string       `json:"signed_on"`
	Signed          bool         `json:"signed"`
	Goals           int64        `json:"goals"`
	Strategies      int64        `json:"strategies"`
	Activities      int64        `json:"activities"` // not dropped
	Targets         []TargetView `json:"targets"`    // not retired
	NotApplicable   []string     `json:"not_applicable"`

	// What was decided at the end of the term; nothing while Decided is false.
	Decided          bool   `json:"decided"`
	Exits            bool   `json:"exits"` // every school leaves
	MeasureRequired  bool   `json:"measure_required"`
	MustImpose       bool   `json:"must_impose"`
	Reconstitution   string `json:"reconstitution"`     // must_include, may_include, ""
	LatestSchoolYear int64  `json:"latest_school_year"` // ending year; 0: nothing is imposed
}

// GoalView is a goal of an agreement: `goal` in CEL.
type GoalView struct {
	Number     int64  `json:"number"`
	Title      string `json:"title"`
	Area       string `json:"area"`
	Reference  string `json:"reference"`
	Targets    int64  `json:"targets"`    // not retired
	Strategies int64  `json:"strategies"` // not dropped
	Activities int64  `json:"activities"` // not dropped
}

// TargetView is a target of an agreement: `target` in CEL. Values are whole hundredths.
type TargetView struct {
	Code      string `json:"code"`
	Kind      string `json:"kind"` // ITB, ETO
	Type      string `json:"type"`
	Source    string `json:"source"`
	Unit      string `json:"unit"`
	Baseline  int64  `json:"baseline"`
	GoalValue int64  `json:"goal_value"`
	DueOn     string `json:"due_on"`
	HasSchool bool   `json:"has_school"`
}

// Day is one of the agreement's days by its name in a definition, such as term_start; ""
// while it is not known, and for a name that is none.
func (a *AgreementView) Day(name string) models.Date {
	if a == nil {
		return ""
	}
	return models.Date(map[string]string{"assigned_on": a.AssignedOn, "needs_approved_on": a.NeedsApprovedOn, "term_start": a.TermStart,
		"term_end": a.TermEnd, "signed_on": a.SignedOn}[name])
}

// orNone is what conditions see where there is no agreement.
func (a *AgreementView) orNone() *AgreementView {
	if a == nil {
		return &AgreementView{}
	}
	return a
}

var agreementDays = []string{"assigned_on", "needs_approved_on", "term_start", "term_end", "signed_on"}

// TermEnd is the last day of a term that begins on a day; "" when the program does not say
// how long a term is.
func (d *Definition) TermEnd(start models.Date) models.Date {
	if d.Agreement == nil || d.Agreement.TermMonths == 0 || start.IsZero() {
		return ""
	}
	return start.AddMonths(d.Agreement.TermMonths).AddDays(-1)
}

// Settling is the record kind that settles a day of the agreement; false when a plain step
// of the agreement does.
func (d *Definition) Settling(day string) (*RecordKind, bool) {
	i := slices.IndexFunc(d.Records, func(k RecordKind) bool { return k.Agreement != nil && k.Agreement.Settles == day })
	if i < 0 {
		return nil, false
	}
	return &d.Records[i], true
}

// agreementVars are the variables of one evaluation.
type agreementVars struct {
	agreement *AgreementView
	goal      *GoalView
	target    TargetView
	params    *Params
}

// ResolveName and Parent make agreementVars an activation without a map.
func (v *agreementVars) ResolveName(name string) (any, bool) {
	switch name {
	case typeAgreement:
		return v.agreement, true
	case typeGoal:
		return v.goal, true
	case typeTarget:
		return v.target, true
	case "params":
		return v.params, true
	}
	return nil, false
}

// Parent is none.
func (v *agreementVars) Parent() interpreter.Activation { return nil }

// CheckAgreement applies the checks of the section and returns everything that is wrong,
// errors and warnings, with pointers such as /goals/2 and /targets/ITB-1.
func (d *Definition) CheckAgreement(a AgreementView, goals []GoalView, params Params) (out []RecordFinding) {
	if d.Agreement == nil {
		return nil
	}
	for i, c := range d.Agreement.Checks {
		look := func(at string, v agreementVars) {
			v.agreement, v.params = &a, &params
			ok, err := agreementPasses(d.cel.agreement[i], &v)
			if ok {
				return
			}
			at = strings.TrimSuffix(at+"/"+c.Field, "/")
			out = append(out, RecordFinding{models.FieldError{Pointer: at, Code: "agreement." + c.Code, Detail: says(c.Says, err), Fix: c.Fix, Severity: c.Severity}, c.Cite, StopsSubmit, false})
		}
		switch orElse(c.Of, typeAgreement) {
		case typeGoal:
			for _, g := range goals {
				look("/goals/"+strconv.FormatInt(g.Number, 10), agreementVars{goal: &g})
			}
		case typeTarget:
			for _, t := range a.Targets {
				look("/targets/"+t.Code, agreementVars{target: t})
			}
		default:
			look("", agreementVars{})
		}
	}
	return out
}

func agreementPasses(c check, v *agreementVars) (bool, error) {
	for _, step := range []struct {
		p     cel.Program
		skips bool
	}{{c.when, true}, {c.require, false}} {
		if step.p == nil {
			continue
		}
		out, _, err := step.p.Eval(v)
		if err != nil {
			return false, err
		}
		if holds := bool(out.(types.Bool)); !holds || !step.skips {
			return holds || step.skips, nil
		}
	}
	return true, nil
}
