package reports

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// CSV writes structs as rows. Columns are the fields that hold one value, under their JSON
// names; lists and objects inside a row are left to JSON.
type CSV[T any] struct {
	w       *csv.Writer
	columns []column
	begun   bool
}

type column struct {
	name  string
	index []int
}

// NewCSV starts a file. The header is written even when no row follows.
func NewCSV[T any](w io.Writer) *CSV[T] {
	out := &CSV[T]{w: csv.NewWriter(w), columns: columnsOf(reflect.TypeFor[T](), nil)}
	out.w.UseCRLF = true // RFC 4180
	return out
}

// Header lists the columns.
func (c *CSV[T]) Header() []string {
	names := make([]string, len(c.columns))
	for i, col := range c.columns {
		names[i] = col.name
	}
	return names
}

func (c *CSV[T]) begin() {
	if !c.begun {
		c.begun = true
		_ = c.w.Write(c.Header()) // csv.Writer keeps its first error for Flush
	}
}

// Write adds one row.
func (c *CSV[T]) Write(row T) {
	c.begin()
	v := reflect.ValueOf(row)
	cells := make([]string, len(c.columns))
	for i, col := range c.columns {
		cells[i] = cell(v.FieldByIndex(col.index))
	}
	_ = c.w.Write(cells)
}

// Flush ends the file and returns the first error of all writes.
func (c *CSV[T]) Flush() error {
	c.begin()
	c.w.Flush()
	return c.w.Error()
}

func columnsOf(t reflect.Type, at []int) []column {
	var out []column
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		index := append(append([]int{}, at...), i)
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		switch {
		case name == "-":
		case f.Anonymous && name == "":
			out = append(out, columnsOf(ft, index)...)
		case one(ft):
			out = append(out, column{name, index})
		}
	}
	return out
}

func one(t reflect.Type) bool {
	if t.Implements(reflect.TypeFor[json.Marshaler]()) {
		return t.Kind() != reflect.Slice // json.RawMessage
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int32, reflect.Int64:
		return true
	}
	return false
}

func cell(v reflect.Value) string {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	if m, ok := v.Interface().(json.Marshaler); ok { // times and decimals: their JSON text
		text, err := m.MarshalJSON()
		if err != nil {
			return ""
		}
		if s, err := strconv.Unquote(string(text)); err == nil {
			return s
		}
		return string(text)
	}
	switch v.Kind() {
	case reflect.String:
		return harmless(v.String())
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	default:
		return strconv.FormatInt(v.Int(), 10)
	}
}

// harmless keeps a spreadsheet from running text as a formula (CSV injection): an
// apostrophe in front makes it text.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
