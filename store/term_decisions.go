package store

import "earmark/models"

// madeDecisions are the states of decisions that those they are about can read.
var madeDecisions = []string{"decided", "superseded"}

// TermDecisions returns a page of what the scope may see; a scope of organizations sees
// those that were made, and no drafts.
func TermDecisions(r Reading, scope Scope, where Eq, page Page) ([]models.TermDecision, error) {
	g := scope.apply(paged(where.apply(r.reader().g), page), "organization_id")
	if !scope.All {
		g = g.Where("status IN ?", madeDecisions)
	}
	var rows []models.TermDecision
	err := g.Find(&rows).Error
	return rows, translate(err)
}
