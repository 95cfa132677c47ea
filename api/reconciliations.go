package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type reconciliationBody struct {
	ApplicationID    string      `json:"application_id"`
	GrantYearID      string      `json:"grant_year_id"`
	OrganizationID   string      `json:"organization_id"`
	OrganizationCode string      `json:"organization_code"`
	OrganizationName string      `json:"organization_name"`
	Reference        string      `json:"reference"`
	On               models.Date `json:"on"`
	Through          models.Date `json:"through"`
	workflow.ReconciledTotals
}

func reconciliation(_ models.Actor, r workflow.Reconciliation) reconciliationBody {
	return reconciliationBody{r.ApplicationID, r.GrantYearID, r.OrganizationID, r.OrganizationCode, r.OrganizationName, r.Reference, r.On, r.Through, r.Totals}
}

type reconciliationDetailBody struct {
	reconciliationBody
	Citation string                    `json:"citation"`
	Cells    []workflow.ReconciledCell `json:"cells"`
}

// reconciliation answers one application with its cells.
func (a *API) reconciliation(c *gin.Context) error {
	q := queryOf(c)
	days := workflow.ReconciliationDays{On: q.date("on"), Through: q.date("through")}
	if err := q.end(); err != nil {
		return err
	}
	r, err := a.s.Reconciliation(c.Request.Context(), who(c), c.Param("id"), days)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, reconciliationDetailBody{reconciliation(who(c), r), r.Cite, r.Cells}, nil)
}
