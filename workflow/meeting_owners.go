package workflow

import (
	"context"

	"earmark/models"
	"earmark/store"
)

// MeetingOwners are the people who can take on an action of meetings about an organization:
// its own active people and those of the office, by name. Whoever writes meetings needs to
// choose among them.
func (s *Service) MeetingOwners(ctx context.Context, who models.Actor, organizationID string) ([]models.User, error) {
	if err := allow(who, WriteMeeting, organizationID); err != nil {
		return nil, err
	}
	return store.ActionOwners(s.db.Read(ctx), organizationID)
}

// AgreementOwners are the people who can take on an action of meetings about an agreement.
type AgreementOwners struct {
	AgreementID string
	People      []models.User
}

// OwnersOfAgreement are the MeetingOwners of an agreement's organization.
func (s *Service) OwnersOfAgreement(ctx context.Context, who models.Actor, id string) (AgreementOwners, error) {
	a, err := store.Get[models.Agreement](s.db.Read(ctx), id)
	if err != nil {
		return AgreementOwners{}, err
	}
	if err := allow(who, ReadDocuments, a.OrganizationID); err != nil {
		return AgreementOwners{}, err
	}
	people, err := s.MeetingOwners(ctx, who, a.OrganizationID)
	return AgreementOwners{a.ID, people}, err
}
