package store

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"earmark/models"
)

// Reader reads. A Tx is a Reader too and sees its own writes.
type Reader struct {
	g       *gorm.DB
	dialect string
}

// Reading is what the read functions take: a *Reader or a *Tx.
type Reading interface{ reader() *Reader }

func (r *Reader) reader() *Reader { return r }

// Read gives a Reader for one request or job.
func (db *DB) Read(ctx context.Context) *Reader {
	return &Reader{g: db.gorm.WithContext(ctx), dialect: db.dialect}
}

// Eq asks for rows whose columns equal the values; a slice asks for any of them, nil for NULL.
type Eq map[string]any

func (e Eq) apply(g *gorm.DB) *gorm.DB {
	cols := make([]string, 0, len(e))
	for c := range e {
		cols = append(cols, c)
	}
	slices.Sort(cols)
	for _, c := range cols {
		g = g.Where(map[string]any{c: e[c]})
	}
	return g
}

// Scope is what an actor may see. The zero value sees nothing: it has to be given.
type Scope struct {
	All           bool
	Organizations []string // districts, when not All
}

func (s Scope) apply(g *gorm.DB, column string) *gorm.DB {
	if s.All {
		return g
	}
	if len(s.Organizations) == 0 {
		return g.Where("1 = 0")
	}
	return g.Where(clause.IN{Column: clause.Column{Name: column}, Values: anys(s.Organizations)})
}

// Sees reports whether the scope includes an organization.
func (s Scope) Sees(organizationID string) bool {
	return s.All || slices.Contains(s.Organizations, organizationID)
}

func anys(in []string) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}

// Page asks for a part of a list, in the order of identifiers (which is that of creation
// for all but flags), starting after a cursor.
type Page struct {
	After string
	Limit int // 0 means no limit: for exports and jobs
	Desc  bool
}

// MaxPage is the most rows a page may have.
const MaxPage = 100

// Get returns the document with that identifier, or NotFound.
func Get[T any](r Reading, id string) (T, error) { return One[T](r, Eq{"id": id}) }

// One returns the row with those values, or NotFound.
func One[T any](r Reading, where Eq) (T, error) {
	var v T
	err := where.apply(r.reader().g).Take(&v).Error
	return v, translate(err)
}

// Lock is Get inside a change, holding the row against other changes until the commit.
// A version other than 0 must be the current one, or the answer is Stale.
func Lock[T any, P interface {
	*T
	models.Document
}](tx *Tx, id string, version int64) (T, error) {
	var v T
	g := tx.g
	if tx.dialect == "postgres" { // SQLite's immediate transaction has the whole database
		g = g.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	if err := g.Where("id = ?", id).Take(&v).Error; err != nil {
		return v, translate(err)
	}
	if version != 0 && P(&v).Base().Version != version {
		err := stale()
		err.Version = P(&v).Base().Version
		return v, err
	}
	tx.was(P(&v))
	return v, nil
}

// All returns every row with those values, ordered by the given columns. For small sets:
// the children of one document, the grant years, the runs of one year.
func All[T any](r Reading, where Eq, order ...string) ([]T, error) {
	g := where.apply(r.reader().g)
	for _, o := range order {
		g = g.Order(clause.OrderByColumn{Column: clause.Column{Name: o}})
	}
	var rows []T
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// Count counts rows with those values.
func Count[T any](r Reading, where Eq) (int64, error) {
	var n int64
	var v T
	err := where.apply(r.reader().g.Model(&v)).Count(&n).Error
	return n, translate(err)
}

// List returns a page of what the scope may see, by organization_id.
func List[T any](r Reading, scope Scope, where Eq, page Page) ([]T, error) {
	return list[T](r, scope, "organization_id", where, page)
}

// Organizations returns a page of organizations; a district scope sees the district itself
// and its schools.
func Organizations(r Reading, scope Scope, where Eq, page Page) ([]models.Organization, error) {
	return FindOrganizations(r, scope, where, "", page)
}

func list[T any](r Reading, scope Scope, column string, where Eq, page Page) ([]T, error) {
	g := scope.apply(paged(where.apply(r.reader().g), page), column)
	var rows []T
	err := g.Find(&rows).Error
	return rows, translate(err)
}

func paged(g *gorm.DB, page Page) *gorm.DB {
	if page.After != "" {
		op := "id > ?"
		if page.Desc {
			op = "id < ?"
		}
		g = g.Where(op, page.After)
	}
	if page.Limit > 0 {
		g = g.Limit(page.Limit)
	}
	return g.Order(clause.OrderByColumn{Column: clause.Column{Name: "id"}, Desc: page.Desc})
}
