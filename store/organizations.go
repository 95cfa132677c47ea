package store

import (
	"strings"

	"earmark/models"
)

// FindOrganizations is Organizations with a search: the beginning of a code or of a name,
// in any case.
func FindOrganizations(r Reading, scope Scope, where Eq, search string, page Page) ([]models.Organization, error) {
	g := paged(where.apply(r.reader().g), page)
	if !scope.All {
		ids := scope.Organizations
		if len(ids) == 0 {
			return nil, nil
		}
		g = g.Where("id IN ? OR parent_id IN ?", ids, ids)
	}
	if search != "" {
		prefix := likePrefix(search)
		g = g.Where(`lower(code) LIKE ? ESCAPE '\' OR lower(name) LIKE ? ESCAPE '\'`, prefix, prefix)
	}
	var rows []models.Organization
	err := g.Find(&rows).Error
	return rows, translate(err)
}

func likePrefix(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s)) + "%"
}

// OrganizationKey is how files name an organization.
type OrganizationKey struct {
	Kind models.OrganizationKind
	Code string
}

// OrganizationIDs finds every organization of the kinds by its code, in one query.
func OrganizationIDs(r Reading, kinds []models.OrganizationKind) (map[OrganizationKey]string, error) {
	ids := map[OrganizationKey]string{}
	err := eachRow(r.reader().g.Table("organizations").Select("kind, code, id").Where("kind IN ?", kinds), func(scan func(...any) error) error {
		var k OrganizationKey
		var id string
		if err := scan(&k.Kind, &k.Code, &id); err != nil {
			return err
		}
		ids[k] = id
		return nil
	})
	return ids, err
}
