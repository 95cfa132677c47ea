package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type districtAssignmentBody struct {
	OrganizationID   string                   `json:"organization_id"`
	Code             string                   `json:"code"`
	Name             string                   `json:"name"`
	Result           string                   `json:"result"`
	Office           *string                  `json:"office"`
	Counted          int                      `json:"counted"`
	AdjustedCount    int                      `json:"adjusted_count"`
	Counts           map[string]int           `json:"counts"`
	Removed          []workflow.RemovedSchool `json:"removed"`
	Why              string                   `json:"why"`
	Cite             string                   `json:"cite"`
	AgreementID      *string                  `json:"agreement_id"`
	PALUserID        *string                  `json:"pal_user_id"`
	FundedYearsPrior int                      `json:"funded_years_prior"`
	DueItemsMade     int                      `json:"due_items_made"`
}

func districtAssignment(_ models.Actor, d workflow.DistrictAssignment) districtAssignmentBody {
	body := districtAssignmentBody{d.OrganizationID, d.Code, d.Name, d.Result, opt(d.Office), d.Counted, d.AdjustedCount, d.Counts, d.Removed, d.Why, d.Cite,
		nil, d.PALUserID, d.FundedYearsPrior, d.DueItems}
	if d.Agreement != nil {
		body.AgreementID = &d.Agreement.ID
	}
	return body
}

type assignedBody struct {
	ProgramCode string                   `json:"program_code"`
	FactsYear   int                      `json:"facts_year"`
	Cohort      string                   `json:"cohort"`
	DryRun      bool                     `json:"dry_run"`
	Counts      map[string]int           `json:"counts"`
	Districts   []districtAssignmentBody `json:"districts"`
}

// assignAgreements answers what was made and every district with its reasons.
func (a *API) assignAgreements(c *gin.Context) error {
	var in workflow.AssignAgreements
	if err := request(c, &in); err != nil {
		return err
	}
	out, err := a.s.AssignAgreements(c.Request.Context(), who(c), in)
	body := assignedBody{out.ProgramCode, out.FactsYear, out.Cohort, out.DryRun, out.Counts, make([]districtAssignmentBody, len(out.Districts))}
	for i, d := range out.Districts {
		body.Districts[i] = districtAssignment(who(c), d)
	}
	return answer(c, http.StatusOK, body, err)
}

type liaisonLoadBody struct {
	UserID           string `json:"user_id"`
	Name             string `json:"name"`
	Districts        int    `json:"districts"`
	DraftAgreements  int    `json:"draft_agreements"`
	SignedAgreements int    `json:"signed_agreements"`
	OverdueDueItems  int    `json:"overdue_due_items"`
	OpenActions      int    `json:"open_actions"`
	OverdueActions   int    `json:"overdue_actions"`
	Suggested        bool   `json:"suggested"`
}

type withoutLiaisonBody struct {
	OrganizationID string      `json:"organization_id"`
	Code           string      `json:"code"`
	Name           string      `json:"name"`
	AgreementID    string      `json:"agreement_id"`
	Cohort         string      `json:"cohort"`
	AssignedOn     models.Date `json:"assigned_on"`
}

type liaisonLoadsBody struct {
	Items           []liaisonLoadBody    `json:"items"`
	WithoutLiaison  []withoutLiaisonBody `json:"without_liaison"`
	SuggestedUserID *string              `json:"suggested_user_id"`
}

// liaisonLoads answers the load of every liaison; as CSV the liaisons only.
func (a *API) liaisonLoads(c *gin.Context) error {
	q := queryOf(c)
	if err := q.end(); err != nil {
		return err
	}
	out, err := a.s.LiaisonLoads(c.Request.Context(), who(c))
	if err != nil {
		return err
	}
	body := liaisonLoadsBody{[]liaisonLoadBody{}, []withoutLiaisonBody{}, opt(out.SuggestedUserID)}
	for _, l := range out.Liaisons {
		body.Items = append(body.Items, liaisonLoadBody{l.UserID, l.Name, l.Districts, l.DraftAgreements, l.SignedAgreements, l.OverdueDueItems,
			l.OpenActions, l.OverdueActions, l.UserID == out.SuggestedUserID})
	}
	if wants(c) != asJSON {
		return all(c, q, body.Items, nil, same)
	}
	for _, w := range out.Without {
		body.WithoutLiaison = append(body.WithoutLiaison, withoutLiaisonBody(w))
	}
	return answer(c, http.StatusOK, body, nil)
}
