package workflow

import "earmark/models"

// May reports whether the actor may take an action on documents of an organization, "" for
// the office's own. Pages ask it which forms are worth offering; the command decides.
func (s *Service) May(who models.Actor, a Action, organizationID string) bool {
	return allow(who, a, organizationID) == nil
}
