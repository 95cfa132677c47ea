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
