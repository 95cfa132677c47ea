package api

import (
	"encoding/json"

	"earmark/models"
	"earmark/workflow"
)

type termDecisionBody struct {
	ID               string          `json:"id"`
	AgreementID      string          `json:"agreement_id"`
	OrganizationID   string          `json:"organization_id"`
	Number           int             `json:"number"`
	Status           string          `json:"status"`
	Says             string          `json:"says"`
	Exits            bool            `json:"exits"`
	SchoolCount      int             `json:"school_count"`
	ExitCount        int             `json:"exit_count"`
	Met              int             `json:"met"`
	Total            int             `json:"total"`
	Required         bool            `json:"required"`
	Reidentified     bool            `json:"reidentified"`
	MustImpose       bool            `json:"must_impose"`
	Reconstitution   *string         `json:"reconstitution"`
	LatestSchoolYear *string         `json:"latest_school_year"`
	MissingAsNotMet  bool            `json:"missing_as_not_met"`
	Reason           *string         `json:"reason"`
	DraftedBy        string          `json:"drafted_by"`
	DecidedBy        *string         `json:"decided_by"`
	DecidedOn        *string         `json:"decided_on"`
	RulesVersion     string          `json:"rules_version"`
	Rule             string          `json:"rule"`
	Schools          json.RawMessage `json:"schools"`
	Outcomes         json.RawMessage `json:"outcomes"`
	Version          int64           `json:"version"`
	Available        []offerBody     `json:"available_transitions"`
}

func termDecision(who models.Actor, d models.TermDecision) termDecisionBody {
	return termDecisionBody{d.ID, d.AgreementID, d.OrganizationID, d.Number, string(d.Status), d.Says(), d.Exits, d.SchoolCount, d.ExitCount, d.Met, d.Total,
		d.Required, d.Reidentified, d.MustImpose, opt(d.Reconstitution), latestSchoolYear(d.LatestSchoolYear), d.MissingAsNotMet, opt(d.Reason), d.DraftedBy, d.DecidedBy,
		opt(string(d.DecidedOn)), d.RulesVersion, d.Rule, json.RawMessage(d.Schools), json.RawMessage(d.Outcomes), d.Version, offers(who, &d)}
}

func latestSchoolYear(ends int) *string {
	if ends == 0 {
		return nil
	}
	return opt(workflow.SchoolYear(ends))
}

// termOutlookBody is what would be decided today.
type termOutlookBody struct {
	AgreementID  string                     `json:"agreement_id"`
	On           models.Date                `json:"on"`
	Exits        bool                       `json:"exits"`
	SchoolCount  int                        `json:"school_count"`
	ExitCount    int                        `json:"exit_count"`
	Measure      *workflow.Measure          `json:"measure"`
	Schools      []workflow.SchoolOutlook   `json:"schools"`
	Outcomes     []workflow.OutcomeStanding `json:"outcomes"`
	Lacking      []inputError               `json:"lacking"`
	Notes        []string                   `json:"notes"`
	RulesVersion string                     `json:"rules_version"`
	Rule         string                     `json:"rule"`
}

func termOutlook(_ models.Actor, o workflow.TermOutlook) termOutlookBody {
	return termOutlookBody{o.Agreement.ID, o.On, o.Exits, len(o.Schools), o.ExitCount, o.Measure, o.Schools, o.Outcomes, inputErrors(o.Lacking), o.Notes, o.Version, o.Rule}
}
