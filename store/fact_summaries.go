package store

// FactSummary is how many facts of one name are known of a year from one source.
type FactSummary struct {
	Year          int
	Name          string
	Source        string
	Facts         int
	Organizations int
	ImportID      string // the latest file that any of them came from
}

// FactSummaries counts the facts that the scope sees by year, name and source, the latest
// year first: one query.
func FactSummaries(r Reading, scope Scope, where Eq) ([]FactSummary, error) {
	g := where.apply(r.reader().g.Table("facts"))
	if !scope.All {
		if len(scope.Organizations) == 0 {
			return nil, nil
		}
		ids := scope.Organizations
		g = g.Where("organization_id IN (SELECT o.id FROM organizations o WHERE o.id IN ? OR o.parent_id IN ?)", ids, ids)
	}
	var rows []FactSummary
	err := g.Select("year, name, source, COUNT(*) AS facts, COUNT(DISTINCT organization_id) AS organizations, MAX(import_id) AS import_id").
		Group("year, name, source").Order("year DESC, name, source").Scan(&rows).Error
	return rows, translate(err)
}
