package api

import (
	"earmark/models"
	"earmark/workflow"
)

type drawdownBody struct {
	ID             string           `json:"id"`
	ApplicationID  string           `json:"application_id"`
	GrantYearID    string           `json:"grant_year_id"`
	OrganizationID string           `json:"organization_id"`
	ProjectYear    int              `json:"project_year"`
	Status         string           `json:"status"`
	ScheduledCents models.Cents     `json:"scheduled_cents"`
	RequestedCents models.Cents     `json:"requested_cents"`
	ReleasedCents  models.Cents     `json:"released_cents"`
	OfficeHold     *string          `json:"office_hold"`
	RequestedOn    *models.Date     `json:"requested_on"`
	RequestedBy    *string          `json:"requested_by"`
	ReleasedOn     *models.Date     `json:"released_on"`
	ReleasedBy     *string          `json:"released_by"`
	PaymentID      *string          `json:"payment_id"`
	Version        int64            `json:"version"`
	Reasons        []holdReasonBody `json:"reasons"`
	Available      []offerBody      `json:"available_transitions"`
}

type holdReasonBody struct {
	Code     string   `json:"code"`
	Says     string   `json:"says"`
	Citation string   `json:"citation"`
	Lacks    []string `json:"lacks"`
}

func drawdown(who models.Actor, d models.Drawdown) drawdownBody {
	body := drawdownBody{ID: d.ID, ApplicationID: d.ApplicationID, GrantYearID: d.GrantYearID, OrganizationID: d.OrganizationID, ProjectYear: d.ProjectYear,
		Status: string(d.Status), ScheduledCents: d.ScheduledCents, RequestedCents: d.RequestedCents, ReleasedCents: d.ReleasedCents, OfficeHold: opt(d.OfficeHold),
		RequestedOn: opt(d.RequestedOn), RequestedBy: d.RequestedBy, ReleasedOn: opt(d.ReleasedOn), ReleasedBy: d.ReleasedBy, PaymentID: d.PaymentID,
		Version: d.Version, Reasons: []holdReasonBody{}, Available: offers(who, &d)}
	for _, r := range workflow.HoldReasons(d) {
		body.Reasons = append(body.Reasons, holdReasonBody{r.Code, r.Says, r.Cite, r.Lacks})
	}
	return body
}
