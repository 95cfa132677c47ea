package models

import (
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode"
)

// AuditField is a field of a document as the audit trail tells it.
type AuditField struct {
	Index   int // in the struct
	GoName  string
	Name    string // amount_cents
	Summary bool   // told by length when it is long: `audit:"length"`, for big columns that never change
}

// AuditLong is from how many characters on a column tagged `audit:"length"` is told by its length.
const AuditLong = 2000

var auditFields sync.Map // reflect.Type -> []AuditField

// AuditFields are the fields of a struct that the trail tells: all but identity, version,
// times and secrets.
func AuditFields(t reflect.Type) []AuditField {
	if known, ok := auditFields.Load(t); ok {
		return known.([]AuditField)
	}
	var out []AuditField
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Type == reflect.TypeFor[Root]() || f.Name == "PasswordHash" || f.Name == "TokenHash" {
			continue
		}
		out = append(out, AuditField{Index: i, GoName: f.Name, Name: snake(f.Name), Summary: f.Tag.Get("audit") == "length"})
	}
	auditFields.Store(t, out)
	return out
}

// Told is a field's value as it stands in an event.
func (f AuditField) Told(doc reflect.Value) any {
	v := doc.Field(f.Index)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if t, ok := v.Interface().(time.Time); ok {
		return t.UTC().Format(AuditTime)
	}
	if f.Summary && v.Kind() == reflect.String && v.Len() > AuditLong {
		return map[string]int{"characters": v.Len()}
	}
	return v.Interface()
}

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
