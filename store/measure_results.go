package store

import (
	"gorm.io/gorm"

	"earmark/models"
)

// inForce keeps the newest row of each result.
func inForce(g *gorm.DB) *gorm.DB {
	return g.Where("NOT EXISTS (SELECT 1 FROM measure_results n WHERE n.supersedes_id = measure_results.id)")
}

// seesResults is a scope over results: figures of the whole program are everybody's.
func seesResults(g *gorm.DB, scope Scope) *gorm.DB {
	if scope.All {
		return g
	}
	return g.Where("organization_id IN ?", append([]string{""}, scope.Organizations...))
}

// MeasureResults returns a page of what the scope may see, superseded results too unless
// only those in force are asked for.
func MeasureResults(r Reading, scope Scope, where Eq, onlyInForce bool, page Page) ([]models.MeasureResult, error) {
	g := seesResults(paged(where.apply(r.reader().g), page), scope)
	if onlyInForce {
		g = inForce(g)
	}
	var rows []models.MeasureResult
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// SupersededResults are those of the identifiers that another result has replaced.
func SupersededResults(r Reading, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	var old []string
	err := r.reader().g.Table("measure_results").Where("supersedes_id IN ?", ids).Pluck("supersedes_id", &old).Error
	for _, id := range old {
		out[id] = true
	}
	return out, translate(err)
}

// RecordsIn are the records of an organization ("" for all), of a kind, that are in one of
// some states.
func RecordsIn(r Reading, grantYearID, organizationID, kind string, states []string) ([]models.Record, error) {
	where := Eq{"grant_year_id": grantYearID, "kind": kind, "status": states}
	if organizationID != "" {
		where["organization_id"] = organizationID
	}
	return All[models.Record](r, where, "id")
}
