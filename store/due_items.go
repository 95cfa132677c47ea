package store

import (
	"earmark/models"
)

// DueState narrows a list of due items to those in one state on a day.
type DueState string

// The states of a due item on a day.
const (
	DueAny      DueState = ""
	DueUpcoming DueState = "upcoming"
	DueToday    DueState = "due"
	DueOverdue  DueState = "overdue"
	DueDone     DueState = "done"
)

// DueItems returns a page of what the scope may see, in the state on the day.
func DueItems(r Reading, scope Scope, where Eq, state DueState, today models.Date, page Page) ([]models.DueItem, error) {
	g := scope.apply(paged(where.apply(r.reader().g), page), "organization_id")
	switch state {
	case DueUpcoming:
		g = g.Where("done_on IS NULL AND due_on > ?", today)
	case DueToday:
		g = g.Where("done_on IS NULL AND due_on = ?", today)
	case DueOverdue:
		g = g.Where("done_on IS NULL AND due_on < ?", today)
	case DueDone:
		g = g.Where("done_on IS NOT NULL")
	case DueAny:
	}
	var rows []models.DueItem
	err := g.Find(&rows).Error
	return rows, translate(err)
}
