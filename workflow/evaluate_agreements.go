package workflow

import (
	"errors"
	"fmt"

	"earmark/models"
	"earmark/programs"
)

// EvaluateAgreements are what a program says of agreements, of the measures that follow
// them, and of single budget lines.
type EvaluateAgreements struct {
	Agreements  []EvaluateAgreement  `json:"agreements,omitempty"`
	Impositions []EvaluateImposition `json:"impositions,omitempty"`
	Lines       []programs.LineView  `json:"lines,omitempty"`
}

// EvaluateAgreement is an agreement about to be signed, or one that a record belongs to.
type EvaluateAgreement struct {
	EvaluateAgreementDays
	Goals         []EvaluateGoal   `json:"goals,omitempty"` // numbered from 1; without the list nothing but targets and measures is looked at
	Targets       []EvaluateTarget `json:"targets"`
	NotApplicable []string         `json:"not_applicable,omitempty"` // types of target
	MeasuresNamed *int             `json:"measures_named,omitempty"` // accountability measures; not looked at when absent
	Decided       *EvaluateDecided `json:"decided,omitempty"`        // at the end of the term
}

// EvaluateDecided is what was decided about an agreement at the end of its term.
type EvaluateDecided struct {
	Exits            bool   `json:"exits"`
	Required         bool   `json:"required,omitempty"`
	MustImpose       bool   `json:"must_impose,omitempty"`
	Reconstitution   string `json:"reconstitution,omitempty"`     // must_include, may_include
	LatestSchoolYear int    `json:"latest_school_year,omitempty"` // by the year it ends in
}

// EvaluateAgreementDays are the days of an agreement, as far as they are known.
type EvaluateAgreementDays struct {
	Cohort          string      `json:"cohort,omitempty"`
	AssignedOn      models.Date `json:"assigned_on,omitempty"`
	NeedsApprovedOn models.Date `json:"needs_approved_on,omitempty"`
	TermStart       models.Date `json:"term_start,omitempty"`
	TermEnd         models.Date `json:"term_end,omitempty"` // what the program computes when not given
	SignedOn        models.Date `json:"signed_on,omitempty"`
}

// maxEvaluated is the most strategies or activities that a goal of the file counts.
const maxEvaluated = 1000

// EvaluateGoal is one goal of an agreement.
type EvaluateGoal struct {
	Title      string `json:"title"`
	Area       string `json:"area,omitempty"`
	Reference  string `json:"reference,omitempty"` // of the improvement plan
	Strategies int    `json:"strategies,omitempty"`
	Activities int    `json:"activities,omitempty"` // of its first strategy
}

// EvaluateTarget is one target of an agreement.
type EvaluateTarget struct {
	Type string            `json:"type"`
	Kind models.TargetKind `json:"kind"`
	Goal int               `json:"goal,omitempty"` // its number
}

// EvaluateImposition is an accountability measure about to be imposed.
type EvaluateImposition struct {
	SchoolYear int `json:"school_year,omitempty"` // by the year it ends in; 0: not looked at
	PlanYears  int `json:"plan_years,omitempty"`  // of a reconstitution plan; 0: not looked at
}

// EvaluatedAgreements are the findings, in the order of the input.
type EvaluatedAgreements struct {
	Agreements  []EvaluatedFindings `json:"agreements,omitempty"`
	Impositions []EvaluatedFindings `json:"impositions,omitempty"`
	Lines       []EvaluatedFindings `json:"lines,omitempty"`
}

// EvaluatedFindings is everything found. A warning does not stop anything.
type EvaluatedFindings struct {
	Accepted bool               `json:"accepted"`           // no error
	TermEnd  models.Date        `json:"term_end,omitempty"` // of an agreement: the last day of its term
	Errors   []EvaluatedFinding `json:"errors"`
	Warnings []EvaluatedFinding `json:"warnings"`
	Waived   []EvaluatedFinding `json:"waived,omitempty"` // of the gate: true, and let pass by the office
}

func judged(list []models.FieldError) EvaluatedFindings {
	out := EvaluatedFindings{Accepted: true, Errors: []EvaluatedFinding{}, Warnings: []EvaluatedFinding{}}
	for _, f := range list {
		made := EvaluatedFinding{Code: f.Code, At: f.Pointer, Says: f.Detail, Fix: f.Fix}
		if f.Severity == "warning" {
			out.Warnings = append(out.Warnings, made)
			continue
		}
		if f.Severity == severityWaived {
			out.Waived = append(out.Waived, made)
			continue
		}
		out.Accepted = false
		out.Errors = append(out.Errors, made)
	}
	return out
}

// agreements applies the rules for agreements, impositions and lines.
func (e *evaluation) agreements() error {
	rule := e.def.AccountabilityIn(e.params)
	if rule == nil && len(e.in.Impositions) > 0 {
		e.broken("/impositions", "accountability.none", "Leave it out.", "The program %s has no accountability measures.", e.def.Code)
		return invalid(e.wrong)
	}
	for i, a := range e.in.Agreements {
		e.out.Agreements = append(e.out.Agreements, e.agreement(fmt.Sprintf("/agreements/%d", i), rule, a))
	}
	for _, m := range e.in.Impositions {
		var list []models.FieldError
		if m.SchoolYear != 0 {
			list = append(list, fieldsIn(CheckImposition(*rule, m.SchoolYear))...)
		}
		if m.PlanYears != 0 {
			list = append(list, fieldsIn(CheckPlanYears(*rule, m.PlanYears))...)
		}
		e.out.Impositions = append(e.out.Impositions, judged(list))
	}
	for _, line := range e.in.Lines {
		lookUp(e.def, e.in.FiscalYear, &line)
		e.out.Lines = append(e.out.Lines, judged(e.def.CheckLine(line, e.params)))
	}
	return nil
}

// agreementContent is an agreement of the file as the service would load it.
func (e *evaluation) agreementContent(at string, in EvaluateAgreement) *AgreementContent {
	c := &AgreementContent{Agreement: models.Agreement{Cohort: in.Cohort, Status: StatusDraft, AssignedOn: in.AssignedOn, NeedsApprovedOn: in.NeedsApprovedOn,
		TermStart: in.TermStart, TermEnd: in.TermEnd, SignedOn: in.SignedOn, NotApplicable: jsonOf(in.NotApplicable)}}
	if d := in.Decided; d != nil {
		c.Decided = &models.TermDecision{Exits: d.Exits, Required: d.Required, MustImpose: d.MustImpose, Reconstitution: d.Reconstitution, LatestSchoolYear: d.LatestSchoolYear}
	}
	for _, day := range []struct {
		name string
		on   models.Date
	}{{"assigned_on", in.AssignedOn}, {"needs_approved_on", in.NeedsApprovedOn}, {"term_start", in.TermStart}, {"term_end", in.TermEnd}, {"signed_on", in.SignedOn}} {
		if !day.on.IsZero() && !e.isDay(at+"/"+day.name, day.on) {
			return c
		}
	}
	if c.TermEnd.IsZero() {
		c.TermEnd = e.def.TermEnd(c.TermStart)
	}
	if !c.SignedOn.IsZero() {
		c.Status = StatusSigned
	}
	for i, g := range in.Goals {
		id := fmt.Sprint(i + 1)
		c.Goals = append(c.Goals, models.Goal{ID: id, Number: i + 1, Title: g.Title, Area: g.Area, Reference: g.Reference})
		for n := range min(g.Strategies, maxEvaluated) {
			c.Strategies = append(c.Strategies, models.Strategy{ID: fmt.Sprint(id, "/", n), GoalID: id})
		}
		for range min(g.Activities, maxEvaluated) {
			c.Activities = append(c.Activities, models.Activity{StrategyID: id + "/0", Status: models.ActivityPlanned})
		}
	}
	for i, t := range in.Targets {
		c.Targets = append(c.Targets, models.Target{ID: fmt.Sprint(i + 1), GoalID: fmt.Sprint(t.Goal), Code: fmt.Sprintf("%s-%d", t.Kind, i+1), TargetKind: t.Kind, TargetType: t.Type})
	}
	return c
}

func (e *evaluation) agreement(at string, rule *programs.Accountability, a EvaluateAgreement) EvaluatedFindings {
	c := e.agreementContent(at, a)
	list := lackingTargets(e.def, c.Targets, a.NotApplicable)
	if a.Goals != nil { // else only targets and measures are looked at
		for _, f := range e.def.CheckAgreement(*c.View(), c.goalViews(), e.params) {
			list = append(list, f.FieldError)
		}
	}
	if rule != nil && a.MeasuresNamed != nil {
		list = append(list, CheckMeasures(*rule, *a.MeasuresNamed)...)
	}
	out := judged(list)
	out.TermEnd = c.TermEnd
	return out
}

// fieldsIn are the fields of an error that is about fields; none when there is no error.
func fieldsIn(err error) []models.FieldError {
	var e *models.Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}
