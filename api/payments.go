package api

import "earmark/models"

type paymentBody struct {
	ID             string       `json:"id"`
	ApplicationID  string       `json:"application_id"`
	OrganizationID string       `json:"organization_id"`
	PaymentKind    string       `json:"payment_kind"`
	Status         string       `json:"status"`
	AmountCents    models.Cents `json:"amount_cents"`
	ExpectedOn     *models.Date `json:"expected_on"`
	PaidCents      models.Cents `json:"paid_cents"`
	PaidOn         *models.Date `json:"paid_on"`
	Reference      *string      `json:"reference"`
	Version        int64        `json:"version"`
	Available      []offerBody  `json:"available_transitions"`
}

func payment(who models.Actor, p models.Payment) paymentBody {
	return paymentBody{p.ID, p.ApplicationID, p.OrganizationID, p.PaymentKind, string(p.Status), p.AmountCents, opt(p.ExpectedOn), p.PaidCents, opt(p.PaidOn),
		opt(p.Reference), p.Version, offers(who, &p)}
}
