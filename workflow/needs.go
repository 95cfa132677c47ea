package workflow

import (
	"time"

	"earmark/models"
)

// Needs says why the actor may not take an action for the office; nil when it may be taken.
// A page that is nothing but a form for the action is refused by it.
func (s *Service) Needs(who models.Actor, a Action) error { return allow(who.Anew(), a, "") }

// DateOf is the business date of a moment.
func (s *Service) DateOf(at time.Time) models.Date { return models.DateOf(at, s.zone) }
