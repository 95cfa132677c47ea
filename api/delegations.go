package api

import (
	"earmark/models"
	"earmark/workflow"
)

type delegationBody struct {
	ID               string       `json:"id"`
	FromUserID       string       `json:"from_user_id"`
	FromName         string       `json:"from_name"`
	ToUserID         string       `json:"to_user_id"`
	ToName           string       `json:"to_name"`
	Role             string       `json:"role"`
	OrganizationID   *string      `json:"organization_id"`
	Body             *string      `json:"body"`
	FromOn           models.Date  `json:"from_on"`
	ToOn             models.Date  `json:"to_on"`
	Standing         bool         `json:"standing"`
	Reason           string       `json:"reason"`
	Status           string       `json:"status"`
	ActiveFromOn     *models.Date `json:"active_from_on"`
	ActiveToOn       *models.Date `json:"active_to_on"`
	ActivationReason *string      `json:"activation_reason"`
	ActivatedBy      *string      `json:"activated_by"`
	RevokedOn        *models.Date `json:"revoked_on"`
	RevokedBy        *string      `json:"revoked_by"`
	CreatedBy        string       `json:"created_by"`
	Version          int64        `json:"version"`
	Available        []offerBody  `json:"available_transitions"`
}

func delegation(_ models.Actor, d workflow.DelegationView) delegationBody {
	return delegationBody{d.ID, d.FromUserID, d.FromName, d.ToUserID, d.ToName, string(d.Role), opt(d.OrganizationID), opt(d.Body), d.FromOn, d.ToOn, d.Standing,
		d.Reason, string(d.State), opt(d.ActiveFromOn), opt(d.ActiveToOn), opt(d.ActivationReason), d.ActivatedBy, opt(d.RevokedOn), d.RevokedBy, d.CreatedBy, d.Version,
		offered(d.Offers)}
}
