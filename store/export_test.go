package store

import (
	"fmt"

	"gorm.io/gorm"
)

// ModelColumns are the columns of every kind of document, by table.
func ModelColumns(db *DB, models ...any) (map[string][]string, error) {
	out := map[string][]string{}
	for _, m := range models {
		stmt := &gorm.Statement{DB: db.gorm}
		if err := stmt.Parse(m); err != nil {
			return nil, fmt.Errorf("%T: %w", m, err)
		}
		out[stmt.Table] = stmt.Schema.DBNames
	}
	return out, nil
}

// Documents are the kinds of document.
func Documents() []any {
	out := make([]any, len(documentKinds))
	for i, d := range documentKinds {
		out[i] = d
	}
	return out
}
