// Package asoftest holds the audit trail of a database to its documents: every one is what
// its events say.
package asoftest

import (
	"encoding/json"
	"reflect"
	"testing"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/asof"
)

// Hold replays the trail of every document of every kind and compares. It returns how many
// documents of each kind it saw.
func Hold(t testing.TB, db *store.DB) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for _, kind := range store.DocumentKinds() {
		wrong := 0
		err := store.EachDocument(db.Read(t.Context()), kind, func(doc models.Document, trail []models.AuditEvent) error {
			if len(trail) == 0 && doc.Base().ID == models.SystemUserID {
				return nil
			}
			seen[doc.Kind()]++
			v := reflect.New(reflect.TypeOf(doc).Elem())
			v.Elem().Set(reflect.ValueOf(doc).Elem()) // big columns stay
			replayed := v.Interface().(models.Document)
			if err := asof.Document(trail, replayed); err != nil {
				return err
			}
			want, got := told(doc), told(replayed)
			for name := range want {
				if got[name] != want[name] && wrong < 3 {
					wrong++
					t.Errorf("%s %s: %s is %s, its trail says %s", doc.Kind(), doc.Base().ID, name, want[name], got[name])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return seen
}

// told are a document's fields as JSON, with its version.
func told(doc models.Document) map[string]string {
	v := reflect.ValueOf(doc).Elem()
	out := map[string]string{}
	for _, f := range models.AuditFields(v.Type()) {
		text, err := json.Marshal(f.Told(v))
		if err != nil {
			text = []byte(err.Error())
		}
		out[f.Name] = string(text)
	}
	b := doc.Base()
	for name, at := range map[string]any{"version": b.Version, "created_at": b.CreatedAt.UTC().Format(models.AuditTime), "updated_at": b.UpdatedAt.UTC().Format(models.AuditTime), "id": b.ID} {
		text, _ := json.Marshal(at) // strings and numbers
		out[name] = string(text)
	}
	return out
}
