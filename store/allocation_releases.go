package store

import "earmark/models"

// AllocationStanding is what a recipient may spend of a grant year, with its parts: what
// the formula gave, less what it released, and what was reallocated to it.
type AllocationStanding struct {
	OrganizationID   string
	OrganizationCode string
	OrganizationName string
	OriginalCents    models.Cents
	ReleasedCents    models.Cents
	ReallocatedCents models.Cents
}

// AllocationCents is what is left, and came.
func (a AllocationStanding) AllocationCents() models.Cents {
	return a.OriginalCents - a.ReleasedCents + a.ReallocatedCents
}

// AllocationStandings are the recipients of a grant year's published run, in the order of
// identifiers; organizationID "" for all.
func AllocationStandings(r Reading, scope Scope, grantYearID, organizationID string, page Page) ([]AllocationStanding, error) {
	g := scope.apply(r.reader().g.Table("allocations a"), "a.organization_id").
		Joins("JOIN grant_years y ON y.id = a.grant_year_id AND y.published_run_id = a.run_id").
		Joins("JOIN organizations o ON o.id = a.organization_id").
		Select(`a.organization_id, o.code AS organization_code, o.name AS organization_name, a.amount_cents AS original_cents,
			(SELECT CAST(COALESCE(SUM(x.amount_cents), 0) AS BIGINT) FROM allocation_releases x WHERE x.grant_year_id = a.grant_year_id
				AND x.organization_id = a.organization_id AND x.status <> 'withdrawn') AS released_cents,
			(SELECT CAST(COALESCE(SUM(b.amount_cents), 0) AS BIGINT) FROM allocation_runs n JOIN allocations b ON b.run_id = n.id
				WHERE n.grant_year_id = a.grant_year_id AND n.run_kind = 'reallocation' AND n.status = 'published' AND b.organization_id = a.organization_id) AS reallocated_cents`).
		Where("a.grant_year_id = ?", grantYearID)
	if organizationID != "" {
		g = g.Where("a.organization_id = ?", organizationID)
	}
	if page.After != "" {
		g = g.Where("a.organization_id > ?", page.After)
	}
	if page.Limit > 0 {
		g = g.Limit(page.Limit)
	}
	var rows []AllocationStanding
	err := g.Order("a.organization_id").Scan(&rows).Error
	return rows, translate(err)
}
