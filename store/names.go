package store

import "earmark/models"

// OrganizationsOf are those of the organizations that the scope sees, and their schools.
func OrganizationsOf(r Reading, scope Scope, ids []string) ([]models.Organization, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	g := r.reader().g.Where("id IN ?", ids)
	if !scope.All {
		if len(scope.Organizations) == 0 {
			return nil, nil
		}
		g = g.Where("id IN ? OR parent_id IN ?", scope.Organizations, scope.Organizations)
	}
	var rows []models.Organization
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// NamesOfPeople are the names of users by identifier.
func NamesOfPeople(r Reading, ids []string) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	var rows []models.User
	if err := r.reader().g.Select("id", "name").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return names, translate(err)
	}
	for _, u := range rows {
		names[u.ID] = u.Name
	}
	return names, nil
}
