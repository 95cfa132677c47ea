package api

import (
	"earmark/models"
	"earmark/workflow"
)

type releaseBody struct {
	ID             string       `json:"id"`
	GrantYearID    string       `json:"grant_year_id"`
	OrganizationID string       `json:"organization_id"`
	Status         string       `json:"status"`
	AmountCents    models.Cents `json:"amount_cents"`
	Reason         string       `json:"reason"`
	ReleasedOn     models.Date  `json:"released_on"`
	ReleasedBy     string       `json:"released_by"`
	RunID          *string      `json:"run_id"`
	Version        int64        `json:"version"`
	Available      []offerBody  `json:"available_transitions"`
}

func release(who models.Actor, r models.AllocationRelease) releaseBody {
	return releaseBody{r.ID, r.GrantYearID, r.OrganizationID, string(r.Status), r.AmountCents, r.Reason, r.ReleasedOn, r.ReleasedBy, r.RunID, r.Version, offers(who, &r)}
}

type allocationStandingBody struct {
	OrganizationID   string       `json:"organization_id"`
	OrganizationCode string       `json:"organization_code"`
	OrganizationName string       `json:"organization_name"`
	OriginalCents    models.Cents `json:"original_cents"`
	ReleasedCents    models.Cents `json:"released_cents"`
	ReallocatedCents models.Cents `json:"reallocated_cents"`
	AllocationCents  models.Cents `json:"allocation_cents"`
}

func allocationStanding(_ models.Actor, a workflow.AllocationStanding) allocationStandingBody {
	return allocationStandingBody{a.OrganizationID, a.OrganizationCode, a.OrganizationName, a.OriginalCents, a.ReleasedCents, a.ReallocatedCents, a.AllocationCents()}
}

func byOrganization(a workflow.AllocationStanding) string { return a.OrganizationID }
