package api

import (
	"earmark/models"
	"earmark/workflow"
)

type districtStandingBody struct {
	GrantYearID       string       `json:"grant_year_id"`
	OrganizationID    string       `json:"organization_id"`
	OrganizationCode  string       `json:"organization_code"`
	OrganizationName  string       `json:"organization_name"`
	LiaisonID         *string      `json:"liaison_id"`
	AllocationID      *string      `json:"allocation_id"`
	ApplicationID     *string      `json:"application_id"`
	Reference         *string      `json:"reference"`
	AsOf              *models.Date `json:"as_of"`
	AllocationCents   models.Cents `json:"allocation_cents"`
	AppliedCents      models.Cents `json:"applied_cents"`
	ApprovedCents     models.Cents `json:"approved_cents"`
	PaidCents         models.Cents `json:"paid_cents"`
	SpentCents        models.Cents `json:"spent_cents"`
	WholeCents        models.Cents `json:"whole_cents"`
	RemainingCents    models.Cents `json:"remaining_cents"`
	RateBP            *int64       `json:"rate_bp"`
	MinimumBP         *int64       `json:"minimum_bp"`
	DeadlineMinimumBP *int64       `json:"deadline_minimum_bp"`
	DeadlineOn        *models.Date `json:"deadline_on"`
	ForecastCents     models.Cents `json:"forecast_cents"`
	ForecastLowCents  models.Cents `json:"forecast_low_cents"`
	ForecastHighCents models.Cents `json:"forecast_high_cents"`
	EvenOutOn         *models.Date `json:"even_out_on"`
	RecentOutOn       *models.Date `json:"recent_out_on"`
	LineCount         int          `json:"line_count"`
	UnlinkedCount     int          `json:"unlinked_count"`
	OpenID            *string      `json:"open_revision_id"`
	OpenNumber        *int         `json:"open_revision_number"`
	OpenStatus        *string      `json:"open_revision_status"`
	OpenCents         models.Cents `json:"open_revision_cents"`
	Violations        int          `json:"violations"`
	Warnings          int          `json:"warnings"`
	OverdueCount      int          `json:"overdue_count"`
	NextDueOn         *models.Date `json:"next_due_on"`
}

func districtStanding(_ models.Actor, d workflow.DistrictStanding) districtStandingBody {
	n := d.Night
	b := districtStandingBody{d.GrantYearID, d.OrganizationID, d.OrganizationCode, d.OrganizationName, d.PALUserID, opt(d.AllocationID), opt(d.ApplicationID), opt(d.Reference),
		opt(n.AsOf), d.AllocationCents, d.AppliedCents, d.ApprovedCents, n.PaidCents, n.SpentCents, d.WholeCents, d.RemainingCents,
		rateOf(n.RateBP), rateOf(d.MinimumBP), rateOf(d.DeadlineMinBP), opt(n.DeadlineOn), n.ForecastCents, n.ForecastLowCents, n.ForecastHighCents,
		opt(d.EvenOutOn), opt(d.RecentOutOn), n.LineCount, n.UnlinkedCount, opt(d.OpenRevisionID), nil, opt(string(d.OpenStatus)), d.OpenCents,
		d.Violations, d.Warnings, d.OverdueCount, opt(d.NextDueOn)}
	if d.OpenRevisionID != "" {
		b.OpenNumber = &d.OpenNumber
	}
	return b
}

type spendingBody struct {
	ApplicationID string              `json:"application_id"`
	StartsOn      models.Date         `json:"starts_on"`
	DeadlineOn    models.Date         `json:"deadline_on"`
	WholeCents    models.Cents        `json:"whole_cents"`
	ApprovedCents models.Cents        `json:"approved_cents"`
	PaidCents     models.Cents        `json:"paid_cents"`
	SpentCents    models.Cents        `json:"spent_cents"`
	LeftCents     models.Cents        `json:"left_cents"`
	RateBP        *int64              `json:"rate_bp"`
	MinimumBP     *int64              `json:"minimum_bp"`
	Months        []spendingMonthBody `json:"months"`
}

type spendingMonthBody struct {
	Month      string       `json:"month"`
	SpentCents models.Cents `json:"spent_cents"`
	TotalCents models.Cents `json:"total_cents"`
	EvenCents  models.Cents `json:"even_cents"`
}

func spending(_ models.Actor, sp workflow.Spending) spendingBody {
	b := spendingBody{sp.ApplicationID, sp.StartsOn, sp.DeadlineOn, sp.WholeCents, sp.ApprovedCents, sp.PaidCents, sp.SpentCents, sp.LeftCents, rateOf(sp.RateBP), rateOf(sp.MinimumBP), []spendingMonthBody{}}
	for _, m := range sp.Months {
		b.Months = append(b.Months, spendingMonthBody(m))
	}
	return b
}
