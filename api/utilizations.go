package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/models"
)

type utilizationBody struct {
	ApplicationID     string       `json:"application_id"`
	GrantYearID       string       `json:"grant_year_id"`
	OrganizationID    string       `json:"organization_id"`
	AsOf              models.Date  `json:"as_of"`
	AllocationCents   models.Cents `json:"allocation_cents"`
	ApprovedCents     models.Cents `json:"approved_cents"`
	PaidCents         models.Cents `json:"paid_cents"`
	SpentCents        models.Cents `json:"spent_cents"`
	RateBP            *int64       `json:"rate_bp"`
	ForecastCents     models.Cents `json:"forecast_cents"`
	ForecastLowCents  models.Cents `json:"forecast_low_cents"`
	ForecastHighCents models.Cents `json:"forecast_high_cents"`
	DeadlineOn        *models.Date `json:"deadline_on"`
	LineCount         int          `json:"line_count"`
	UnlinkedCount     int          `json:"unlinked_count"`
	StartedOn         *models.Date `json:"started_on"`
	RecentCents       models.Cents `json:"recent_cents"`
}

func utilization(_ models.Actor, u models.ApplicationUtilization) utilizationBody {
	return utilizationBody{u.ApplicationID, u.GrantYearID, u.OrganizationID, u.AsOf, u.AllocationCents, u.ApprovedCents, u.PaidCents, u.SpentCents,
		rateOf(u.RateBP), u.ForecastCents, u.ForecastLowCents, u.ForecastHighCents, opt(u.DeadlineOn), u.LineCount, u.UnlinkedCount,
		opt(u.StartedOn), u.RecentCents}
}

func byApplication(u models.ApplicationUtilization) string { return u.ApplicationID }

type programUtilizationBody struct {
	GrantYearID      string       `json:"grant_year_id"`
	AsOf             models.Date  `json:"as_of"`
	AllocationCents  models.Cents `json:"allocation_cents"`
	ApprovedCents    models.Cents `json:"approved_cents"`
	PaidCents        models.Cents `json:"paid_cents"`
	SpentCents       models.Cents `json:"spent_cents"`
	RateBP           *int64       `json:"rate_bp"`
	ForecastCents    models.Cents `json:"forecast_cents"`
	ApplicationCount int          `json:"application_count"`
	LineCount        int          `json:"line_count"`
	UnlinkedCount    int          `json:"unlinked_count"`
}

type lineUtilizationBody struct {
	LineItemID  string       `json:"line_item_id"`
	AsOf        models.Date  `json:"as_of"`
	AmountCents models.Cents `json:"amount_cents"`
	SpentCents  models.Cents `json:"spent_cents"`
}

// applicationUtilization is the snapshot of one application as of ?as_of=.
func (a *API) applicationUtilization(c *gin.Context) error {
	q := queryOf(c)
	asOf := q.date("as_of")
	if err := q.end(); err != nil {
		return err
	}
	u, err := a.s.ApplicationUtilization(c.Request.Context(), who(c), c.Param("id"), asOf)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, utilization(who(c), u), nil)
}

// lineUtilizations are the figures of an application's lines as of ?as_of=.
func (a *API) lineUtilizations(c *gin.Context) error {
	q := queryOf(c)
	asOf := q.date("as_of")
	if err := q.end(); err != nil {
		return err
	}
	rows, err := a.s.LineUtilizations(c.Request.Context(), who(c), c.Param("id"), asOf)
	return all(c, q, rows, err, func(u models.LineUtilization) lineUtilizationBody { return lineUtilizationBody(u) })
}

// programUtilizations are a grant year's nights between ?from= and ?to=.
func (a *API) programUtilizations(c *gin.Context) error {
	q := queryOf(c)
	from, to := q.date("from"), q.date("to")
	if err := q.end(); err != nil {
		return err
	}
	rows, err := a.s.ProgramUtilizations(c.Request.Context(), who(c), c.Param("id"), from, to)
	return all(c, q, rows, err, func(u models.ProgramUtilization) programUtilizationBody {
		return programUtilizationBody{u.GrantYearID, u.AsOf, u.AllocationCents, u.ApprovedCents, u.PaidCents, u.SpentCents, rateOf(u.RateBP),
			u.ForecastCents, u.ApplicationCount, u.LineCount, u.UnlinkedCount}
	})
}
