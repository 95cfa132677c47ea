package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"gorm.io/gorm"

	"earmark/models"
)

// image is what a document was when this transaction locked it, and what it wrote. From it
// every event tells all that changed of its document, whatever the command said itself, so
// that the trail can be replayed into the document as it stood on any day.
type image struct {
	before  reflect.Value // invalid when it is new, or was not locked here
	after   reflect.Value
	columns []string // that were written; nil for all
	all     bool
}

func (tx *Tx) imageOf(doc models.Document) *image {
	key := ref{doc.Kind(), doc.Base().ID}
	if tx.images[key] == nil {
		tx.images[key] = &image{}
	}
	return tx.images[key]
}

// was remembers a document as it was read: the first time counts.
func (tx *Tx) was(doc models.Document) {
	im := tx.imageOf(doc)
	if !im.before.IsValid() && !im.after.IsValid() {
		im.before = copied(doc)
	}
}

// became remembers a document as it is written; columns are nil when all of them are.
func (tx *Tx) became(doc models.Document, columns []string) {
	im := tx.imageOf(doc)
	im.after = copied(doc)
	im.all = im.all || columns == nil && !im.before.IsValid() && doc.Base().Version == 1
	im.columns = append(im.columns, columns...)
}

func copied(doc models.Document) reflect.Value {
	v := reflect.New(reflect.TypeOf(doc).Elem()).Elem()
	v.Set(reflect.ValueOf(doc).Elem())
	return v
}

// complete adds to an event what was written of its document and is not told: every column
// with its value before and after.
func (tx *Tx) complete(key ref, e *models.AuditEvent) error {
	im := tx.images[key]
	if im == nil || !im.after.IsValid() {
		return nil
	}
	told := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(e.Changes), &told); err != nil {
		return fmt.Errorf("changes of %s %s: %w", key.kind, key.id, err)
	}
	stmt := &gorm.Statement{DB: tx.g}
	if err := stmt.Parse(im.after.Addr().Interface()); err != nil {
		return fmt.Errorf("columns of %s: %w", key.kind, err)
	}
	added := false
	for _, f := range models.AuditFields(im.after.Type()) {
		column := stmt.Schema.LookUpField(f.GoName)
		if column == nil || (!im.all && !slices.Contains(im.columns, column.DBName)) {
			continue
		}
		var before any
		switch {
		case im.before.IsValid():
			if reflect.DeepEqual(im.before.Field(f.Index).Interface(), im.after.Field(f.Index).Interface()) {
				continue
			}
			before = f.Told(im.before)
		case im.all && im.after.Field(f.Index).IsZero():
			continue
		}
		after, err := json.Marshal(f.Told(im.after))
		if err != nil {
			return fmt.Errorf("%s of %s: %w", f.Name, key.kind, err)
		}
		var pair [2]json.RawMessage
		if json.Unmarshal(told[f.Name], &pair) == nil && bytes.Equal(pair[1], after) {
			continue
		}
		text, err := json.Marshal([2]any{before, json.RawMessage(after)})
		if err != nil {
			return fmt.Errorf("%s of %s: %w", f.Name, key.kind, err)
		}
		told[f.Name], added = text, true
	}
	if !added {
		return nil
	}
	text, err := json.Marshal(told)
	e.Changes = string(text)
	return err
}
