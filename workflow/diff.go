package workflow

import (
	"encoding/json"
	"fmt"
	"reflect"

	"earmark/models"
)

// diff compares two values of one struct type, field by field, and returns JSON
// {"field": [before, after]}. before may be nil (a creation: every set field). Secrets,
// identity, version and times are left out. What a document writes and its event does not
// tell is added when the transaction is sealed (store.Tx).
func diff(before, after any) string {
	a := reflect.Indirect(reflect.ValueOf(after))
	var b reflect.Value
	if before != nil {
		b = reflect.Indirect(reflect.ValueOf(before))
	}
	out := map[string][2]any{}
	if a.IsValid() {
		fields(out, b, a)
	}
	text, err := json.Marshal(out)
	if err != nil {
		return `{"error":["","not comparable"]}`
	}
	return string(text)
}

func fields(out map[string][2]any, b, a reflect.Value) {
	if a.Kind() == reflect.Map {
		for _, k := range a.MapKeys() {
			out[k.String()] = [2]any{nil, a.MapIndex(k).Interface()}
		}
		return
	}
	for _, f := range models.AuditFields(a.Type()) {
		var old any
		if b.IsValid() {
			if reflect.DeepEqual(b.Field(f.Index).Interface(), a.Field(f.Index).Interface()) {
				continue
			}
			old = f.Told(b)
		} else if a.Field(f.Index).IsZero() {
			continue
		}
		out[f.Name] = [2]any{old, f.Told(a)}
	}
}

// jsonText is a value as JSON; the values given to it always have one.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return `{"error":["","not comparable"]}`
	}
	return string(text)
}

// alsoTold adds to the changes of an event.
func alsoTold(changes string, more map[string][2]any) (string, error) {
	told := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(changes), &told); err != nil {
		return "", fmt.Errorf("changes of an event: %w", err)
	}
	for name, pair := range more {
		told[name] = json.RawMessage(jsonText(pair))
	}
	return jsonText(told), nil
}
