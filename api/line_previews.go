package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type linePreviewBody struct {
	AmountCents    models.Cents         `json:"amount_cents"`
	Refusals       []inputError         `json:"refusals"`
	Findings       []inputError         `json:"findings"`
	TotalCents     models.Cents         `json:"total_cents"`
	LineCount      int                  `json:"line_count"`
	RemainingCents models.Cents         `json:"remaining_cents"`
	Categories     []categoryTotalsBody `json:"use_categories"`
	Meter          meterBody            `json:"meter"`
}

type categoryTotalsBody struct {
	UseCategory string       `json:"use_category"`
	AmountCents models.Cents `json:"amount_cents"`
	LineCount   int          `json:"line_count"`
}

// previewLine answers what saving a line would do, and keeps nothing.
func (a *API) previewLine(c *gin.Context) error {
	var in workflow.PreviewLineItem
	if err := request(c, &in); err != nil {
		return err
	}
	p, err := a.s.PreviewLineItem(c.Request.Context(), who(c), in)
	if err != nil {
		return err
	}
	body := linePreviewBody{p.AmountCents, inputErrors(p.Refusals), inputErrors(p.Findings), p.TotalCents, p.LineCount, p.RemainingCents, []categoryTotalsBody{}, meter(who(c), p.Meter)}
	for _, x := range p.Categories {
		body.Categories = append(body.Categories, categoryTotalsBody(x))
	}
	return answer(c, http.StatusOK, body, nil)
}

type checkItemBody struct {
	Code      string       `json:"code"`
	Met       bool         `json:"met"`
	Stops     *string      `json:"stops"`
	LineCount int          `json:"line_count"`
	Findings  []inputError `json:"findings"`
}

type checklistBody struct {
	Items []checkItemBody `json:"items"`
}

// checklist is the list of the reviewers, filled in.
func checklist(_ models.Actor, list []workflow.CheckItem) checklistBody {
	body := checklistBody{[]checkItemBody{}}
	for _, i := range list {
		body.Items = append(body.Items, checkItemBody{i.Code, i.Met, opt(i.Stops), i.Count, inputErrors(i.Fields)})
	}
	return body
}
