package workflow

import (
	"context"

	"earmark/models"
	"earmark/store"
)

// LineStanding is a line item with its utilization, from the running total.
type LineStanding struct {
	models.LineItem
	RemainingCents models.Cents        // approved and not spent; negative within the tolerance above it
	RateBP         *models.BasisPoints // spent over approved, for display; nil when nothing is approved
}

func standing(l models.LineItem) LineStanding {
	st := LineStanding{LineItem: l, RemainingCents: l.AmountCents - l.SpentCents}
	if rate, ok := models.Rate(l.SpentCents, l.AmountCents); ok {
		st.RateBP = &rate
	}
	return st
}

// ListLineItems asks for line items, in the order they were first written.
type ListLineItems struct {
	OrganizationID string `json:"organization_id" validate:"max=64"`
	ApplicationID  string `json:"application_id" validate:"max=64"`
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	Status         string `json:"status" validate:"omitempty,oneof=proposed in_force removed dropped"`
	UseCategory    string `json:"use_category" validate:"max=20"`
	LinkStatus     string `json:"link_status" validate:"omitempty,oneof=target goal_only none"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// LineItems lists line items with their utilization.
func (s *Service) LineItems(ctx context.Context, who models.Actor, in ListLineItems) ([]LineStanding, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("application_id", in.ApplicationID, "grant_year_id", in.GrantYearID, "status", in.Status,
		"use_category", in.UseCategory, "link_status", in.LinkStatus)
	rows, err := store.LineItems(s.db.Read(ctx), narrow(scope(who), in.OrganizationID), where, store.Page{After: in.After, Limit: pageSize(in.Limit)})
	if err != nil {
		return nil, err
	}
	out := make([]LineStanding, len(rows))
	for i, l := range rows {
		out[i] = standing(l)
	}
	return out, nil
}
