package api

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

type dueItemBody struct {
	ID             string       `json:"id"`
	OrganizationID string       `json:"organization_id"`
	GrantYearID    *string      `json:"grant_year_id"`
	AgreementID    *string      `json:"agreement_id"`
	Code           string       `json:"code"`
	Period         *string      `json:"period"`
	Title          string       `json:"title"`
	Citation       string       `json:"citation"`
	CountsFrom     *models.Date `json:"counts_from"`
	DueOn          models.Date  `json:"due_on"`
	Status         string       `json:"status"`
	DaysLeft       int          `json:"days_left"`
	DoneOn         *models.Date `json:"done_on"`
	DoneBy         *string      `json:"done_by"`
	Comment        *string      `json:"comment"`
	Version        int64        `json:"version"`
}

func dueItem(_ models.Actor, d workflow.DueItemDetail) dueItemBody {
	return dueItemBody{d.ID, d.OrganizationID, opt(d.GrantYearID), opt(d.AgreementID), d.Code, opt(d.Period), d.Title, d.Citation, opt(d.CountsFrom), d.DueOn, string(d.Status),
		d.Days, opt(d.DoneOn), d.DoneBy, opt(d.Comment), d.Version}
}

// completeDueItem answers the item as it stands after the command.
func (a *API) completeDueItem(ctx context.Context, who models.Actor, in workflow.DueItemDone) (workflow.DueItemDetail, error) {
	d, err := a.s.CompleteDueItem(ctx, who, in)
	if err != nil {
		return workflow.DueItemDetail{}, err
	}
	return a.s.DueItem(ctx, who, d.ID)
}
