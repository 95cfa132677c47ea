package api

import (
	"earmark/models"
	"earmark/workflow"
)

type agreementBody struct {
	ID               string       `json:"id"`
	OrganizationID   string       `json:"organization_id"`
	ProgramCode      string       `json:"program_code"`
	Cohort           string       `json:"cohort"`
	Status           string       `json:"status"`
	AssignedOn       models.Date  `json:"assigned_on"`
	NeedsApprovedOn  *models.Date `json:"needs_approved_on"`
	TermStart        *models.Date `json:"term_start"`
	TermEnd          *models.Date `json:"term_end"`
	SignedOn         *models.Date `json:"signed_on"`
	GateOverride     *string      `json:"gate_override"`
	GateOverrideBy   *string      `json:"gate_override_by"`
	FundedYearsPrior int          `json:"funded_years_prior"`
	Version          int64        `json:"version"`
	Available        []offerBody  `json:"available_transitions"`
}

func agreement(who models.Actor, a models.Agreement) agreementBody {
	return agreementBody{a.ID, a.OrganizationID, a.ProgramCode, a.Cohort, string(a.Status), a.AssignedOn, opt(a.NeedsApprovedOn), opt(a.TermStart),
		opt(a.TermEnd), opt(a.SignedOn), opt(a.GateOverride), a.GateOverrideBy, a.FundedYearsPrior, a.Version, offers(who, &a)}
}

type agreementDetailBody struct {
	agreementBody
	Goals   []goalBody   `json:"goals"`
	Targets []targetBody `json:"targets"`
}

type goalBody struct {
	ID     string `json:"id"`
	Number int    `json:"number"`
	Title  string `json:"title"`
	Area   string `json:"area"`
}

type targetBody struct {
	ID         string            `json:"id"`
	GoalID     string            `json:"goal_id"`
	Code       string            `json:"code"`
	Kind       string            `json:"kind"`
	Type       string            `json:"type"`
	Measure    string            `json:"measure"`
	Source     string            `json:"source"`
	Baseline   models.Hundredths `json:"baseline"`
	GoalValue  models.Hundredths `json:"goal_value"`
	Direction  string            `json:"direction"`
	Unit       string            `json:"unit"`
	SchoolID   *string           `json:"school_id"`
	DueOn      models.Date       `json:"due_on"`
	BaselineOn *models.Date      `json:"baseline_on"`
	RetiredOn  *models.Date      `json:"retired_on"`
}

func agreementDetail(who models.Actor, a workflow.AgreementDetail) agreementDetailBody {
	body := agreementDetailBody{agreement(who, a.Agreement), []goalBody{}, []targetBody{}}
	for _, g := range a.Goals {
		body.Goals = append(body.Goals, goalBody{g.ID, g.Number, g.Title, g.Area})
	}
	for _, t := range a.Targets {
		body.Targets = append(body.Targets, targetBody{t.ID, t.GoalID, t.Code, string(t.TargetKind), t.TargetType, t.Measure, t.Source,
			t.Baseline, t.Goal, t.Direction, t.Unit, t.SchoolID, t.DueOn, opt(t.BaselineOn), opt(t.RetiredOn)})
	}
	return body
}
