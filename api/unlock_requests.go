package api

import (
	"earmark/models"
	"earmark/workflow"
)

type unlockRequestBody struct {
	ID             string       `json:"id"`
	OrganizationID string       `json:"organization_id"`
	DocumentKind   string       `json:"document_kind"`
	DocumentID     string       `json:"document_id"`
	Reference      string       `json:"reference"`
	Reason         string       `json:"reason"`
	Status         string       `json:"status"`
	RequestedBy    string       `json:"requested_by"`
	RequestedOn    models.Date  `json:"requested_on"`
	DecidedBy      *string      `json:"decided_by"`
	DecidedOn      *models.Date `json:"decided_on"`
	Decision       *string      `json:"decision"`
	UntilOn        *models.Date `json:"until_on"`
	WaitedDays     int          `json:"waited_days"`
	Version        int64        `json:"version"`
	Available      []offerBody  `json:"available_transitions"`
}

func unlockRequest(_ models.Actor, u workflow.UnlockRequestView) unlockRequestBody {
	return unlockRequestBody{u.ID, u.OrganizationID, u.DocumentKind, u.DocumentID, u.Reference, u.Reason, string(u.Status), u.RequestedBy, u.RequestedOn,
		u.DecidedBy, opt(u.DecidedOn), opt(u.Decision), opt(u.UntilOn), u.WaitedDays, u.Version, offered(u.Offers)}
}
