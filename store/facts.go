package store

import (
	"strings"

	"gorm.io/gorm"

	"earmark/models"
)

// FactKey identifies a fact.
type FactKey struct {
	OrganizationID string
	Year           int
	GroupCode      string
	Name           string
}

// EachFact calls fn with every fact of the years that has one of the names: one query, and
// no more than one row in memory.
func EachFact(r Reading, years []int, names []string, fn func(FactKey, string, string)) error {
	if len(years) == 0 || len(names) == 0 {
		return nil
	}
	g := r.reader().g.Table("facts").Select("organization_id, year, group_code, name, value, source").Where("year IN ? AND name IN ?", years, names)
	return eachRow(g, func(scan func(...any) error) error {
		var k FactKey
		var value, source string
		if err := scan(&k.OrganizationID, &k.Year, &k.GroupCode, &k.Name, &value, &source); err != nil {
			return err
		}
		fn(k, value, source)
		return nil
	})
}

// SaveFacts writes facts, replacing what was known of the same organization, year, group and name.
func (tx *Tx) SaveFacts(facts []models.Fact) error {
	rows := make([][]any, len(facts))
	for i, f := range facts {
		rows[i] = []any{f.OrganizationID, f.Year, f.GroupCode, f.Name, f.Value, f.Source, f.ImportID}
	}
	return tx.insertRows("facts", []string{"organization_id", "year", "group_code", "name", "value", "source", "import_id"},
		" ON CONFLICT (organization_id, year, group_code, name) DO UPDATE SET value = excluded.value, source = excluded.source, import_id = excluded.import_id", rows)
}

// RemoveFacts forgets facts that an import took back.
func (tx *Tx) RemoveFacts(keys []FactKey) error {
	for len(keys) > 0 {
		n := min(len(keys), bulkRows)
		marks := make([]string, n)
		args := make([]any, 0, 4*n)
		for i, k := range keys[:n] {
			marks[i] = "(organization_id = ? AND year = ? AND group_code = ? AND name = ?)"
			args = append(args, k.OrganizationID, k.Year, k.GroupCode, k.Name)
		}
		if err := tx.g.Exec("DELETE FROM facts WHERE "+strings.Join(marks, " OR "), args...).Error; err != nil {
			return translate(err)
		}
		keys = keys[n:]
	}
	return nil
}

// Facts returns a page of facts by organization, year, group and name, after a key. A district
// sees its own and those of its schools.
func Facts(r Reading, scope Scope, where Eq, after FactKey, limit int) ([]models.Fact, error) {
	g := where.apply(r.reader().g)
	if !scope.All {
		if len(scope.Organizations) == 0 {
			return nil, nil
		}
		ids := scope.Organizations
		g = g.Where("organization_id IN (SELECT o.id FROM organizations o WHERE o.id IN ? OR o.parent_id IN ?)", ids, ids)
	}
	if after.OrganizationID != "" {
		g = g.Where("(organization_id, year, group_code, name) > (?, ?, ?, ?)", after.OrganizationID, after.Year, after.GroupCode, after.Name)
	}
	if limit > 0 {
		g = g.Limit(limit)
	}
	var rows []models.Fact
	err := g.Order("organization_id, year, group_code, name").Find(&rows).Error
	return rows, translate(err)
}

// UnitFact is a fact of a unit (a school) with the unit and its recipient (its district).
type UnitFact struct {
	RecipientID                string
	UnitID, UnitCode, UnitName string
	Name, Value, Source        string
}

// UnitFacts calls fn with every fact of a year about organizations of a kind that have a
// parent, ordered by recipient, unit and name, without holding them all. recipientID may
// limit it to one parent.
func UnitFacts(r Reading, kind models.OrganizationKind, year int, recipientID string, fn func(UnitFact) error) error {
	g := r.reader().g.Table("facts f").
		Joins("JOIN organizations o ON o.id = f.organization_id AND o.kind = ? AND o.parent_id IS NOT NULL", string(kind)).
		Select("o.parent_id, o.id, o.code, o.name, f.name, f.value, f.source").
		Where("f.year = ? AND f.group_code = ''", year)
	if recipientID != "" {
		g = g.Where("o.parent_id = ?", recipientID)
	}
	return eachUnitFact(g.Order("o.parent_id, o.code, f.name"), fn)
}

// OwnFacts calls fn with every fact of a year about organizations of a kind, each as its
// own unit, ordered by organization and name. id may limit it to one.
func OwnFacts(r Reading, kind models.OrganizationKind, year int, id string, fn func(UnitFact) error) error {
	g := r.reader().g.Table("facts f").
		Joins("JOIN organizations o ON o.id = f.organization_id AND o.kind = ?", string(kind)).
		Select("o.id, o.id, o.code, o.name, f.name, f.value, f.source").
		Where("f.year = ? AND f.group_code = ''", year)
	if id != "" {
		g = g.Where("o.id = ?", id)
	}
	return eachUnitFact(g.Order("o.code, o.id, f.name"), fn)
}

// SubjectFact is a fact of an organization in one year, of the whole or of one group.
type SubjectFact struct {
	OrganizationID      string
	Year                int
	GroupCode           string
	Name, Value, Source string
}

// SubjectFacts calls fn with every fact of the years from first to last about
// organizations of a kind, ordered by organization, year and group: one query, and no more
// than one row in memory.
func SubjectFacts(r Reading, kind models.OrganizationKind, first, last int, fn func(SubjectFact) error) error {
	g := r.reader().g.Table("facts f").
		Joins("JOIN organizations o ON o.id = f.organization_id AND o.kind = ?", string(kind)).
		Select("f.organization_id, f.year, f.group_code, f.name, f.value, f.source").
		Where("f.year BETWEEN ? AND ?", first, last)
	return eachRow(g.Order("f.organization_id, f.year, f.group_code, f.name"), func(scan func(...any) error) error {
		var f SubjectFact
		if err := scan(&f.OrganizationID, &f.Year, &f.GroupCode, &f.Name, &f.Value, &f.Source); err != nil {
			return err
		}
		return fn(f)
	})
}

func eachUnitFact(g *gorm.DB, fn func(UnitFact) error) error {
	return eachRow(g, func(scan func(...any) error) error {
		var f UnitFact
		if err := scan(&f.RecipientID, &f.UnitID, &f.UnitCode, &f.UnitName, &f.Name, &f.Value, &f.Source); err != nil {
			return err
		}
		return fn(f)
	})
}

func eachRow(g *gorm.DB, fn func(scan func(...any) error) error) error {
	rows, err := g.Rows()
	if err != nil {
		return translate(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return translate(err)
		}
	}
	return translate(rows.Err())
}
