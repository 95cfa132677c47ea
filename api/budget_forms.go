package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
	"earmark/workflow/tablecheck"
)

type budgetFormBody struct {
	ID             string       `json:"id"`
	GrantYearID    string       `json:"grant_year_id"`
	OrganizationID string       `json:"organization_id"`
	FormKind       string       `json:"form_kind"`
	Code           string       `json:"code"`
	Title          string       `json:"title"`
	Status         string       `json:"status"`
	EnteredCents   models.Cents `json:"entered_cents"`
	SubmittedBy    *string      `json:"submitted_by"`
	SubmittedOn    *models.Date `json:"submitted_on"`
	Version        int64        `json:"version"`
	Available      []offerBody  `json:"available_transitions"`
}

func budgetForm(who models.Actor, f models.BudgetForm) budgetFormBody {
	return budgetFormBody{f.ID, f.GrantYearID, f.OrganizationID, f.FormKind, f.Code, f.Title, string(f.Status), f.EnteredCents,
		f.SubmittedBy, opt(f.SubmittedOn), f.Version, offers(who, &f)}
}

type budgetFormDetailBody struct {
	budgetFormBody
	Lines    []workflow.BudgetLineResult `json:"lines"`
	Items    []workflow.BudgetItem       `json:"items"`
	Indirect workflow.BudgetIndirect     `json:"indirect"`
}

func budgetFormDetail(who models.Actor, f workflow.BudgetFormDetail) budgetFormDetailBody {
	return budgetFormDetailBody{budgetForm(who, f.BudgetForm), f.Lines, append([]workflow.BudgetItem{}, f.Entered.Items...), f.Entered.Indirect}
}

// budgetResult is a body already.
func budgetResult(_ models.Actor, r workflow.BudgetResult) workflow.BudgetResult { return r }

func (a *API) budgetCells(c *gin.Context) error {
	q := queryOf(c)
	cells, err := a.s.BudgetFormCells(c.Request.Context(), who(c), c.Param("id"))
	return all(c, q, cells, err, same)
}

// checkTables holds printed tables against their own arithmetic; nothing is stored.
func (a *API) checkTables(c *gin.Context) error {
	var in tablecheck.File
	if err := decode(c, &in); err != nil {
		return err
	}
	report, err := a.s.CheckTables(c.Request.Context(), who(c), in)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, report, nil)
}
