package store

import (
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm/clause"

	"earmark/models"
)

// bulkRows is how many rows one statement writes: far below SQLite's 32,766 parameters.
const bulkRows = 500

// documents is a slice of models whose pointers are documents.
type documents[T any] interface {
	*T
	models.Document
}

// InsertAll is Insert for many documents of one kind, in few statements.
func InsertAll[T any, P documents[T]](tx *Tx, docs []T) error {
	if len(docs) == 0 {
		return nil
	}
	for i := range docs {
		b := P(&docs[i]).Base()
		if b.ID == "" {
			b.ID = tx.newID()
		}
		b.Version, b.CreatedAt, b.UpdatedAt = 1, tx.Now, tx.Now
		tx.moved[ref{P(&docs[i]).Kind(), b.ID}] = 1
	}
	return translate(tx.g.CreateInBatches(&docs, bulkRows).Error)
}

// UpdateAll is Update for many documents of one kind, in few statements. Each must be as
// it was read but for the named columns; one that moved since makes the whole Stale. A
// document may take part once per transaction.
func UpdateAll[T any, P documents[T]](tx *Tx, docs []T, columns ...string) error {
	if len(docs) == 0 {
		return nil
	}
	for i := range docs {
		d := P(&docs[i])
		key := ref{d.Kind(), d.Base().ID}
		if _, again := tx.moved[key]; again {
			return fmt.Errorf("%s %s was changed in this transaction already", key.kind, key.id)
		}
		d.Base().Version++
		d.Base().UpdatedAt = tx.Now
		tx.moved[key] = d.Base().Version
	}
	// Every row exists, so this inserts nothing: it is an update with a list of values that
	// both databases understand. The condition is the optimistic lock.
	res := tx.g.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		DoUpdates: clause.AssignmentColumns(append(columns, "version", "updated_at")),
		Where: clause.Where{Exprs: []clause.Expression{clause.Eq{
			Column: clause.Column{Table: clause.CurrentTable, Name: "version"}, Value: clause.Expr{SQL: "excluded.version - 1"}}}},
	}).CreateInBatches(&docs, bulkRows)
	if res.Error != nil {
		return translate(res.Error)
	}
	if res.RowsAffected != int64(len(docs)) {
		return stale()
	}
	return nil
}

// LockAll reads documents by their values and holds them against other changes until the
// commit, in the order of their identifiers so that two changes cannot wait for each other.
func LockAll[T any, P documents[T]](tx *Tx, where Eq) ([]T, error) {
	g := where.apply(tx.g)
	if tx.dialect == "postgres" {
		g = g.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	var rows []T
	err := g.Order("id").Find(&rows).Error
	return rows, translate(err)
}

// insertRows writes rows of a table that has no document, without reflection: for hundreds
// of thousands of rows. tail is what follows the values, such as ON CONFLICT.
func (tx *Tx) insertRows(table string, columns []string, tail string, rows [][]any) error {
	head := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES "
	size := max(1, min(2000, 30_000/len(columns)))
	pool := tx.g.Statement.ConnPool
	ctx := tx.g.Statement.Context
	var full string
	for len(rows) > 0 {
		n := min(len(rows), size)
		query := full
		if n < size || full == "" {
			query = head + tx.values(n, len(columns)) + tail
		}
		if n == size {
			full = query
		}
		args := make([]any, 0, n*len(columns))
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if _, err := pool.ExecContext(ctx, query, args...); err != nil {
			return translate(err)
		}
		rows = rows[n:]
	}
	return nil
}

// values writes n lists of placeholders.
func (tx *Tx) values(n, columns int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for c := range columns {
			if c > 0 {
				b.WriteByte(',')
			}
			b.WriteString(tx.placeholder(i*columns + c + 1))
		}
		b.WriteByte(')')
	}
	return b.String()
}

func (tx *Tx) placeholder(n int) string {
	if tx.dialect == "postgres" {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}
