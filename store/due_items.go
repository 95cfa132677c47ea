package store

import (
	"earmark/models"
)

// InForceFilter says which records settle something: those of an agreement, those of
// organizations in a grant year, or those of organizations on or after a day.
type InForceFilter struct {
	ProgramCode   string
	Organizations []string
	GrantYearID   string
	AgreementID   string // records of kinds that belong to no agreement count too
	From          models.Date
	Kinds         []string
}

// FirstInForce is the effective day of the first record of each kind that is or was in
// force, by organization and kind.
func FirstInForce(r Reading, f InForceFilter) (map[string]map[string]models.Date, error) {
	var rows []struct {
		OrganizationID string
		Kind           string
		Day            models.Date
	}
	g := r.reader().g.Table("records r").Select("r.organization_id, r.kind, MIN(r.effective_on) AS day").
		Joins("JOIN grant_years y ON y.id = r.grant_year_id AND y.program_code = ?", f.ProgramCode).
		Where("r.organization_id IN ? AND r.kind IN ? AND r.effective_on IS NOT NULL AND r.status IN ('in_force','superseded','ended')", f.Organizations, f.Kinds)
	if f.GrantYearID != "" {
		g = g.Where("r.grant_year_id = ?", f.GrantYearID)
	} else {
		g = g.Where("r.agreement_id = ? OR (r.agreement_id IS NULL AND r.effective_on >= ?)", f.AgreementID, f.From)
	}
	err := g.Group("r.organization_id, r.kind").Scan(&rows).Error
	out := map[string]map[string]models.Date{}
	for _, x := range rows {
		if out[x.OrganizationID] == nil {
			out[x.OrganizationID] = map[string]models.Date{}
		}
		out[x.OrganizationID][x.Kind] = x.Day
	}
	return out, translate(err)
}

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

// OwedItems counts what is still due of a grant year, and names the first.
type OwedItems struct {
	Count            int
	Title            string
	OrganizationName string
	DueOn            models.Date
}

// Owed tells what is still due of a grant year. What is due only of unspent money counts
// while money that was paid is unspent: unspent names the codes.
func Owed(r Reading, grantYearID string, unspent []string) (OwedItems, error) {
	var rows []OwedItems
	err := r.reader().g.Raw(`SELECT COUNT(*) OVER () AS count, d.title, o.name AS organization_name, d.due_on
		FROM due_items d JOIN organizations o ON o.id = d.organization_id
		WHERE d.grant_year_id = @year AND d.done_on IS NULL AND (d.code NOT IN @unspent OR EXISTS (
			SELECT 1 FROM applications a WHERE a.grant_year_id = @year AND a.organization_id = d.organization_id
			AND (SELECT COALESCE(SUM(p.paid_cents), 0) FROM payments p WHERE p.application_id = a.id AND p.status = 'paid')
				> (SELECT COALESCE(SUM(l.spent_cents), 0) FROM line_items l WHERE l.application_id = a.id)))
		ORDER BY d.due_on, d.id LIMIT 1`, map[string]any{"year": grantYearID, "unspent": append([]string{""}, unspent...)}).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return OwedItems{}, translate(err)
	}
	return rows[0], nil
}

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
