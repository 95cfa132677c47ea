package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
		tx.became(P(&docs[i]), nil)
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
		tx.became(d, columns)
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
	for i := range rows {
		tx.was(P(&rows[i]))
	}
	return rows, translate(err)
}

// insertRows writes rows without reflection: for hundreds of thousands of rows. tail is
// what follows the values, such as ON CONFLICT. Every row has the same types of values:
// string, *string, int, int64, bool, time.Time.
func (tx *Tx) insertRows(table string, columns []string, tail string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	head := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") "
	if tx.dialect == "postgres" {
		return tx.insertArrays(head, tail, rows)
	}
	size := max(1, min(500, 30_000/len(columns)))
	one := ", (" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + ")"
	query := func(n int) string { return head + "VALUES " + strings.Repeat(one, n)[2:] + tail }
	full := query(size)
	args := make([]any, 0, size*len(columns))
	for batch := range slices.Chunk(rows, size) {
		args = args[:0]
		for _, r := range batch {
			args = append(args, r...)
		}
		text := full
		if len(batch) < size {
			text = query(len(batch))
		}
		if _, err := tx.g.Statement.ConnPool.ExecContext(tx.g.Statement.Context, text, args...); err != nil {
			return translate(err)
		}
	}
	return nil
}

// insertArrays sends one array per column: PostgreSQL unfolds them, and neither it nor the
// driver has to look at tens of thousands of parameters.
func (tx *Tx) insertArrays(head, tail string, rows [][]any) error {
	for batch := range slices.Chunk(rows, 10_000) {
		arrays := make([]any, len(rows[0]))
		parts := make([]string, len(rows[0]))
		for c := range arrays {
			var kind string
			switch batch[0][c].(type) {
			case string:
				arrays[c], kind = column[string](batch, c), "text"
			case *string:
				arrays[c], kind = column[*string](batch, c), "text"
			case int:
				arrays[c], kind = column[int](batch, c), "bigint"
			case int64:
				arrays[c], kind = column[int64](batch, c), "bigint"
			case bool:
				arrays[c], kind = column[bool](batch, c), "boolean"
			case time.Time:
				arrays[c], kind = column[time.Time](batch, c), "timestamp"
			default:
				return fmt.Errorf("cannot write %T in bulk", batch[0][c])
			}
			parts[c] = "$" + strconv.Itoa(c+1) + "::" + kind + "[]"
		}
		query := head + "SELECT * FROM unnest(" + strings.Join(parts, ", ") + ")" + tail
		if _, err := tx.g.Statement.ConnPool.ExecContext(tx.g.Statement.Context, query, arrays...); err != nil {
			return translate(err)
		}
	}
	return nil
}

func column[T any](rows [][]any, c int) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i], _ = r[c].(T)
	}
	return out
}
