package store

import (
	"earmark/models"
)

// SaveDeterminations writes the results of a run.
func (tx *Tx) SaveDeterminations(rows []models.DeterminationResult) error {
	values := make([][]any, len(rows))
	for i, r := range rows {
		values[i] = []any{r.ID, r.RunID, r.OrganizationID, r.County, r.Code, r.Name, r.Subtype, r.Level, r.LevelTitle, r.Provider, r.Note, r.Report, r.Detail}
	}
	return tx.insertRows("determination_results", []string{"id", "run_id", "organization_id", "county", "code", "name", "subtype", "level", "level_title",
		"provider", "note", "report", "detail"}, "", values)
}

// DeterminationResults returns a page of results that the scope may see, without their
// details. With shown, those of draft runs are left out.
func DeterminationResults(r Reading, scope Scope, where Eq, shown bool, page Page) ([]models.DeterminationResult, error) {
	g := paged(where.apply(r.reader().g), page).Omit("detail")
	if !scope.All { // a district sees its own and those of its schools
		if len(scope.Organizations) == 0 {
			return nil, nil
		}
		ids := scope.Organizations
		g = g.Where("organization_id IN (SELECT o.id FROM organizations o WHERE o.id IN ? OR o.parent_id IN ?)", ids, ids)
	}
	if shown {
		g = g.Where("run_id IN (SELECT r.id FROM determination_runs r WHERE r.status <> 'draft')")
	}
	var rows []models.DeterminationResult
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// PublicResults returns the results of a run for its public report, by county and name,
// with levels only.
func PublicResults(r Reading, runID, county string) ([]models.DeterminationResult, error) {
	g := r.reader().g.Omit("detail").Where("run_id = ? AND level > 0", runID)
	if county != "" {
		g = g.Where("county = ?", county)
	}
	var rows []models.DeterminationResult
	err := g.Order("county, name, code").Find(&rows).Error
	return rows, translate(err)
}

// DeterminationRuns returns a page of runs. With shown, draft ones are left out.
func DeterminationRuns(r Reading, where Eq, shown bool, page Page) ([]models.DeterminationRun, error) {
	g := paged(where.apply(r.reader().g), page)
	if shown {
		g = g.Where("status <> 'draft'")
	}
	var rows []models.DeterminationRun
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// PublishedDeterminations is the run of a program that is published for a year; year 0 is
// the latest.
func PublishedDeterminations(r Reading, program string, year int) (models.DeterminationRun, error) {
	g := r.reader().g.Where("program_code = ? AND status = 'published'", program)
	if year != 0 {
		g = g.Where("facts_year = ?", year)
	}
	var run models.DeterminationRun
	err := g.Order("facts_year DESC").Take(&run).Error
	return run, translate(err)
}

// DeterminedPeople are the active people who hold one of the roles for an organization that
// a run determined, each with that organization and its level.
func DeterminedPeople(r Reading, runID string, roles ...models.Role) ([]DeterminedPerson, error) {
	var rows []DeterminedPerson
	err := r.reader().g.Raw(`SELECT ur.user_id, ur.organization_id, min(ur.role) AS role, min(d.name) AS name, min(d.level_title) AS level_title
		FROM determination_results d
		JOIN user_roles ur ON ur.organization_id = d.organization_id AND ur.role IN ?
		JOIN users u ON u.id = ur.user_id AND u.status = 'active'
		WHERE d.run_id = ? GROUP BY ur.user_id, ur.organization_id ORDER BY ur.organization_id, ur.user_id`, roles, runID).Scan(&rows).Error
	return rows, translate(err)
}

// DeterminedPerson is a person to tell about a run.
type DeterminedPerson struct {
	UserID         string
	OrganizationID string
	Role           models.Role
	Name           string // of the organization
	LevelTitle     string
}
