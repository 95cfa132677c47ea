package api

import (
	"context"
	"slices"
	"time"

	"earmark/models"
	"earmark/workflow"
)

type applicationBody struct {
	ID                string       `json:"id"`
	Reference         string       `json:"reference"`
	GrantYearID       string       `json:"grant_year_id"`
	OrganizationID    string       `json:"organization_id"`
	Status            string       `json:"status"`
	AllocationID      *string      `json:"allocation_id"`
	AllocationCents   models.Cents `json:"allocation_cents"`
	InForceRevisionID *string      `json:"in_force_revision_id"`
	ApprovedCents     models.Cents `json:"approved_cents"`
	ApprovedOn        *models.Date `json:"approved_on"`
	WindowException   *models.Date `json:"window_exception"`
	CreatedAt         time.Time    `json:"created_at"`
	Version           int64        `json:"version"`
}

func application(_ models.Actor, a models.Application) applicationBody {
	return applicationBody{a.ID, a.Reference, a.GrantYearID, a.OrganizationID, string(a.Status), a.AllocationID, a.AllocationCents,
		a.InForceRevisionID, a.ApprovedCents, opt(a.ApprovedOn), opt(a.WindowException), a.CreatedAt, a.Version}
}

type applicationDetailBody struct {
	applicationBody
	GrantYear  grantYearBody    `json:"grant_year"`
	District   organizationBody `json:"district"`
	Revisions  []revisionBody   `json:"revisions"`
	Waivers    []gateWaiverBody `json:"gate_waivers"`
	SpentCents models.Cents     `json:"spent_cents"`
	PaidCents  models.Cents     `json:"paid_cents"`
}

// applicationView gives the view a root, as every document has.
type applicationView struct {
	models.Application
	view workflow.ApplicationView
}

func (a *API) application(ctx context.Context, who models.Actor, id string) (applicationView, error) {
	v, err := a.s.Application(ctx, who, id)
	return applicationView{v.Application, v}, err
}

func applicationDetail(who models.Actor, a applicationView) applicationDetailBody {
	body := applicationDetailBody{application(who, a.Application), grantYear(who, a.view.GrantYear), organization(who, a.view.District),
		[]revisionBody{}, gateWaivers(a.view.Waivers), a.view.SpentCents, a.view.PaidCents}
	for _, r := range a.view.Revisions {
		body.Revisions = append(body.Revisions, revision(who, r))
	}
	return body
}

type listApplications struct {
	GrantYearID    string `json:"grant_year_id"`
	OrganizationID string `json:"organization_id"`
	Status         string `json:"status"`
	After          string `json:"after"`
	Limit          int    `json:"limit"`
}

func (a *API) applications(ctx context.Context, who models.Actor, in listApplications) ([]models.Application, error) {
	if err := oneOf("status", in.Status, workflow.Applications.Names()); err != nil {
		return nil, err
	}
	return a.s.Applications(ctx, who, workflow.ApplicationFilter{GrantYearID: in.GrantYearID, OrganizationID: in.OrganizationID, Status: in.Status},
		workflow.Page{After: in.After, Limit: in.Limit})
}

func oneOf(name, value string, known []string) error {
	if value == "" || slices.Contains(known, value) {
		return nil
	}
	return malformed("malformed_parameter", "The parameter %s is %q; it can be %v.", name, value, known)
}
