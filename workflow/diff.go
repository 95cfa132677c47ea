package workflow

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
	"unicode"

	"earmark/models"
)

// diff compares two values of one struct type, field by field, and returns JSON
// {"field": [before, after]}. before may be nil (a creation: every set field). Secrets,
// identity, version and times are left out.
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
	for i := range a.NumField() {
		f := a.Type().Field(i)
		if !f.IsExported() || f.Type == reflect.TypeFor[models.Root]() || secret(f.Name) {
			continue
		}
		var old any
		if b.IsValid() {
			if reflect.DeepEqual(b.Field(i).Interface(), a.Field(i).Interface()) {
				continue
			}
			old = plainValue(b.Field(i))
		} else if a.Field(i).IsZero() {
			continue
		}
		out[snake(f.Name)] = [2]any{old, plainValue(a.Field(i))}
	}
}

// long texts are told by length: the definition of a year, a receipt, a notice.
const longText = 2000

func plainValue(v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if t, ok := v.Interface().(time.Time); ok {
		return t.UTC().Format(models.AuditTime)
	}
	if v.Kind() == reflect.String && v.Len() > longText {
		return map[string]int{"characters": v.Len()}
	}
	return v.Interface()
}

func secret(name string) bool { return name == "PasswordHash" || name == "TokenHash" }

// snake turns AmountCents into amount_cents and PALUserID into pal_user_id.
func snake(name string) string {
	var b strings.Builder
	rs := []rune(name)
	for i, r := range rs {
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(rs[i-1]) || (i+1 < len(rs) && unicode.IsLower(rs[i+1]))) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// jsonText is a value as JSON; the values given to it always have one.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return `{"error":["","not comparable"]}`
	}
	return string(text)
}
