package api

import (
	"encoding/json"
	"time"

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
	FundedYearsPrior int          `json:"funded_years_prior"`
	NotApplicable    []string     `json:"not_applicable"`
	Version          int64        `json:"version"`
	Available        []offerBody  `json:"available_transitions"`
}

type agreementRowBody struct {
	agreementBody
	SupportTier *int `json:"support_tier"`
}

func agreementRow(who models.Actor, a workflow.AgreementRow) agreementRowBody {
	return agreementRowBody{agreement(who, a), a.SupportTier}
}

func agreement(_ models.Actor, a workflow.AgreementRow) agreementBody {
	return agreementBody{a.ID, a.OrganizationID, a.ProgramCode, a.Cohort, string(a.Status), a.AssignedOn, opt(a.NeedsApprovedOn), opt(a.TermStart),
		opt(a.TermEnd), opt(a.SignedOn), a.FundedYearsPrior, workflow.NotApplicable(a.Agreement), a.Version, offered(a.Offers)}
}

type agreementDetailBody struct {
	agreementBody
	Goals       []goalBody       `json:"goals"`
	Targets     []targetBody     `json:"targets"`
	Strategies  []strategyBody   `json:"strategies"`
	Activities  []activityBody   `json:"activities"`
	Waivers     []gateWaiverBody `json:"gate_waivers"`
	Missing     int              `json:"missing"`
	Recommended int              `json:"recommended"`
}

type gateWaiverBody struct {
	ID          string      `json:"id"`
	GrantYearID string      `json:"grant_year_id"`
	Code        string      `json:"code"`
	Reason      string      `json:"reason"`
	GivenBy     string      `json:"given_by"`
	GivenOn     models.Date `json:"given_on"`
}

func gateWaivers(list []models.GateWaiver) []gateWaiverBody {
	out := make([]gateWaiverBody, len(list))
	for i, w := range list {
		out[i] = gateWaiverBody{w.ID, w.GrantYearID, w.Finding, w.Reason, w.GivenBy, w.GivenOn}
	}
	return out
}

type goalBody struct {
	ID        string  `json:"id"`
	Number    int     `json:"number"`
	Title     string  `json:"title"`
	Area      string  `json:"area"`
	Reference *string `json:"reference"`
}

type strategyBody struct {
	ID        string  `json:"id"`
	GoalID    string  `json:"goal_id"`
	Number    int     `json:"number"`
	Title     string  `json:"title"`
	Reference *string `json:"reference"`
	Dropped   bool    `json:"dropped"`
}

type activityBody struct {
	ID          string       `json:"id"`
	StrategyID  string       `json:"strategy_id"`
	Number      int          `json:"number"`
	Title       string       `json:"title"`
	Responsible *string      `json:"responsible"`
	StartsOn    *models.Date `json:"starts_on"`
	EndsOn      *models.Date `json:"ends_on"`
	Status      string       `json:"status"`
	Funded      bool         `json:"funded"`
	TargetIDs   []string     `json:"target_ids"`
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
	body := agreementDetailBody{agreement(who, workflow.AgreementRow{Agreement: a.Agreement, Offers: a.Offers}), []goalBody{}, []targetBody{}, []strategyBody{}, []activityBody{}, gateWaivers(a.Waivers), a.Missing, a.Recommended}
	for _, g := range a.Goals {
		body.Goals = append(body.Goals, goalBody{g.ID, g.Number, g.Title, g.Area, opt(g.Reference)})
	}
	for _, t := range a.Targets {
		body.Targets = append(body.Targets, targetBody{t.ID, t.GoalID, t.Code, string(t.TargetKind), t.TargetType, t.Measure, t.Source,
			t.Baseline, t.Goal, t.Direction, t.Unit, t.SchoolID, t.DueOn, opt(t.BaselineOn), opt(t.RetiredOn)})
	}
	for _, x := range a.Strategies {
		body.Strategies = append(body.Strategies, strategyBody{x.ID, x.GoalID, x.Number, x.Title, opt(x.Reference), x.Dropped})
	}
	for _, x := range a.Activities {
		body.Activities = append(body.Activities, activityBody{x.ID, x.StrategyID, x.Number, x.Title, opt(x.Responsible), opt(x.StartsOn), opt(x.EndsOn),
			string(x.Status), x.Funded, append([]string{}, x.TargetIDs...)})
	}
	return body
}

type completenessBody struct {
	Complete bool                      `json:"complete"`
	RecordID *string                   `json:"record_id"`
	Reviewed bool                      `json:"reviewed"`
	Findings []completenessFindingBody `json:"findings"`
}

type completenessFindingBody struct {
	Document string  `json:"document"`
	Pointer  string  `json:"pointer"`
	Code     string  `json:"code"`
	Severity string  `json:"severity"`
	Detail   string  `json:"detail"`
	Fix      *string `json:"fix"`
	Cite     *string `json:"cite"`
}

func completeness(_ models.Actor, c workflow.Completeness) completenessBody {
	body := completenessBody{c.Complete, opt(c.RecordID), c.Reviewed, []completenessFindingBody{}}
	for _, f := range c.Findings {
		body.Findings = append(body.Findings, completenessFindingBody{f.Document, f.Pointer, f.Code, f.Severity, f.Detail, opt(f.Fix), opt(f.Cite)})
	}
	return body
}

type agreementChangesBody struct {
	Items []agreementChangeBody `json:"items"`
}

type agreementChangeBody struct {
	At        time.Time         `json:"at"`
	ActorID   string            `json:"actor_id"`
	ActorName string            `json:"actor_name"`
	Action    string            `json:"action"`
	Part      *string           `json:"part"`
	Reason    *string           `json:"reason"`
	Changes   []fieldChangeBody `json:"changes"`
}

type fieldChangeBody struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// orAbsent leaves a null out.
func orAbsent(text json.RawMessage) json.RawMessage {
	if string(text) == "null" {
		return nil
	}
	return text
}

func agreementChanges(_ models.Actor, list []workflow.AgreementChange) agreementChangesBody {
	body := agreementChangesBody{[]agreementChangeBody{}}
	for _, x := range list {
		row := agreementChangeBody{x.At, x.ActorID, x.ActorName, x.Action, opt(x.Part), opt(x.Reason), []fieldChangeBody{}}
		for _, f := range x.Changes {
			row.Changes = append(row.Changes, fieldChangeBody{f.Field, orAbsent(f.Before), orAbsent(f.After)})
		}
		body.Items = append(body.Items, row)
	}
	return body
}
