package store

import "earmark/models"

// SightLink is a line in force on a day, with one of the targets that it links to ("" for
// none); a line that links to several stands there several times.
type SightLink struct {
	LineItemID     string
	OrganizationID string
	GrantYearID    string
	Number         int
	Description    string
	UseCategory    string
	PlanStrategy   string
	PlanActivity   string
	AmountCents    models.Cents
	SpentCents     models.Cents
	TargetID       string
}

// SightLinks lists, with one query, the lines of a program as they were in force at the end
// of a day, with what was posted on them by then and the targets they link to. grantYearID
// and organizationID narrow it; ordered by organization, year, number and target.
func SightLinks(r Reading, scope Scope, programCode, grantYearID, organizationID string, on models.Date) ([]SightLink, error) {
	in := r.reader().g.Table("revisions v").Joins("JOIN grant_years y ON y.id = v.grant_year_id").
		Where("v.status = 'approved' AND v.decided_on <= ? AND y.program_code = ?", on, programCode)
	in = scope.apply(in, "v.organization_id")
	spent := r.reader().g.Table("expenditures x").Joins("JOIN grant_years y ON y.id = x.grant_year_id").
		Where("x.posted_on <= ? AND y.program_code = ?", on, programCode)
	spent = scope.apply(spent, "x.organization_id")
	if grantYearID != "" {
		in, spent = in.Where("v.grant_year_id = ?", grantYearID), spent.Where("x.grant_year_id = ?", grantYearID)
	}
	if organizationID != "" {
		in, spent = in.Where("v.organization_id = ?", organizationID), spent.Where("x.organization_id = ?", organizationID)
	}
	// Each line is as the last revision approved by then had it.
	in = in.Joins("JOIN line_versions k ON k.revision_id = v.id AND k.decision <> 'denied'").
		Select("k.*, v.organization_id, v.grant_year_id, row_number() OVER (PARTITION BY k.line_item_id ORDER BY v.number DESC) AS latest")
	spent = spent.Select("x.line_item_id, CAST(SUM(x.amount_cents) AS BIGINT) AS spent_cents").Group("x.line_item_id")
	var rows []SightLink
	err := r.reader().g.Raw(`SELECT k.line_item_id, k.organization_id, k.grant_year_id, l.number, k.description, k.use_category, k.plan_strategy, k.plan_activity,
			k.amount_cents, COALESCE(s.spent_cents, 0) AS spent_cents, COALESCE(t.target_id, '') AS target_id
		FROM (?) k JOIN line_items l ON l.id = k.line_item_id
		LEFT JOIN (?) s ON s.line_item_id = k.line_item_id
		LEFT JOIN line_links t ON t.line_version_id = k.id AND t.target_id <> ''
		WHERE k.latest = 1 AND k.action <> 'remove'
		ORDER BY k.organization_id, k.grant_year_id, l.number, t.target_id`, in, spent).Scan(&rows).Error
	return rows, translate(err)
}
