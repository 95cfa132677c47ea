// Package asof replays the audit trail of one document into the document as it stood after
// any of its events. It knows no programs, people or storage.
package asof

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"earmark/models"
)

// Fields are a document's values by the names of the audit trail, "targets/ITB-1/measure"
// for a child's. A field that was never told, or is null, has its zero value.
type Fields map[string]json.RawMessage

// Replay takes the values that the events left, oldest first.
func Replay(events []models.AuditEvent) (Fields, error) {
	out := Fields{}
	for _, e := range events {
		var changes map[string]json.RawMessage
		if err := json.Unmarshal([]byte(e.Changes), &changes); err != nil {
			return nil, fmt.Errorf("changes of event %d of %s %s: %w", e.Sequence, e.DocumentKind, e.DocumentID, err)
		}
		for name, text := range changes {
			var pair [2]json.RawMessage
			if json.Unmarshal(text, &pair) == nil && pair[1] != nil {
				out[name] = pair[1]
			}
		}
		out.rename(changes)
	}
	return out, nil
}

// rename moves a child that an event gave another code to the name that later events use.
func (f Fields) rename(changes map[string]json.RawMessage) {
	for name := range changes {
		child, ok := strings.CutSuffix(name, "/code")
		kind, old, named := strings.Cut(child, "/")
		var code string
		if !ok || !named || json.Unmarshal(f[name], &code) != nil || code == "" || code == old {
			continue
		}
		for field, text := range maps.Clone(f) {
			if rest, ok := strings.CutPrefix(field, child+"/"); ok {
				delete(f, field)
				f[kind+"/"+code+"/"+rest] = text
			}
		}
	}
}

// Into writes the fields of a document or child; all others get their zero value. A value
// that was told by its length stays what it is in doc: such columns never change.
func (f Fields) Into(doc any) error {
	v := reflect.ValueOf(doc).Elem()
	for _, field := range models.AuditFields(v.Type()) {
		text, told := f[field.Name]
		target := v.Field(field.Index)
		if field.Summary && told && strings.HasPrefix(string(text), `{"characters":`) {
			continue
		}
		target.SetZero()
		if !told {
			continue
		}
		if err := json.Unmarshal(text, target.Addr().Interface()); err != nil {
			return fmt.Errorf("%s: %w", field.Name, err)
		}
	}
	return nil
}

// Document is Into for a document after its events: identity, version and times too.
func Document(events []models.AuditEvent, doc models.Document) error {
	fields, err := Replay(events)
	if err != nil || len(events) == 0 {
		return err
	}
	if err := fields.Into(doc); err != nil {
		return err
	}
	last := events[len(events)-1]
	b := doc.Base()
	b.ID, b.Version, b.UpdatedAt = last.DocumentID, last.Sequence, last.At
	if events[0].Sequence == 1 {
		b.CreatedAt = events[0].At
	}
	return nil
}

// Children are the fields of a document's children of a kind, such as "targets", by name.
func (f Fields) Children(kind string) map[string]Fields {
	out := map[string]Fields{}
	for name, text := range f {
		rest, ok := strings.CutPrefix(name, kind+"/")
		if !ok {
			continue
		}
		child, field, ok := strings.Cut(rest, "/")
		if !ok {
			continue
		}
		if out[child] == nil {
			out[child] = Fields{}
		}
		out[child][field] = text
	}
	return out
}

// Alive leaves out the children that were removed: whose identifier the last event emptied.
func Alive(children map[string]Fields) []Fields {
	var out []Fields
	for _, name := range slices.Sorted(maps.Keys(children)) {
		if id := string(children[name]["id"]); id != `""` && id != "" {
			out = append(out, children[name])
		}
	}
	return out
}
