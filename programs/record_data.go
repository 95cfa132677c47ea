package programs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"earmark/models"
)

// RecordData are the values of a record, typed by its kind: text, date, timestamp, choice
// and organization are string; integer, decimal (hundredths) and cents int64; boolean bool;
// list, organizations and targets []string; rows []*RecordData; a line_item is the int64 of
// its number, a target the string of its code. What was not given is not there.
type RecordData struct {
	fields []RecordField
	cel    string // name of its CEL type
	values map[string]any

	line    *RecordLine // what the fields refer to; see Refer
	targets []RecordTarget
}

// maxEntries is the most a list, or the rows of a record, may have.
const maxEntries = 500

// Value is what a field holds; nil when it was not given.
func (d *RecordData) Value(name string) any { return d.values[name] }

// Text is a text, date, choice or organization; "" when it was not given.
func (d *RecordData) Text(name string) string { s, _ := d.values[name].(string); return s }

// JSON is the canonical form: names in order, numbers by their digits, decimals as text.
func (d *RecordData) JSON() string {
	text, err := json.Marshal(d)
	if err != nil { // strings, integers and lists of them can always be written
		return "{}"
	}
	return string(text)
}

// MarshalJSON writes the canonical form.
func (d *RecordData) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(d.values))
	for _, f := range d.fields {
		v, given := d.values[f.Name]
		if !given {
			continue
		}
		if n, isNumber := v.(int64); isNumber && f.Type == "decimal" {
			v = models.Hundredths(n).String()
		}
		out[f.Name] = v
	}
	return json.Marshal(out)
}

// Changed lists the fields whose values differ from another version's.
func (d *RecordData) Changed(other *RecordData) (names []string) {
	for _, f := range d.fields {
		a, errA := json.Marshal(d.values[f.Name])
		b, errB := json.Marshal(other.values[f.Name])
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			names = append(names, f.Name)
		}
	}
	return names
}

// ReadText reads what JSON wrote.
func (k *RecordKind) ReadText(text string) (*RecordData, error) {
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, err
	}
	data, wrong := k.Read(raw)
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s %s: %s", k.Code, wrong[0].Pointer, wrong[0].Detail)
	}
	return data, nil
}

// Read takes the values of a record from JSON and reports everything that is not of its
// type, with pointers below /fields.
func (k *RecordKind) Read(raw map[string]json.RawMessage) (*RecordData, []models.FieldError) {
	r := recordReader{}
	return r.object("/fields", k.Fields, "record "+k.Code, raw), r.wrong
}

type recordReader struct{ wrong []models.FieldError }

func (r *recordReader) bad(at, code, detail, fix string) {
	r.wrong = append(r.wrong, models.FieldError{Pointer: at, Code: code, Detail: detail, Fix: fix, Severity: "error"})
}

func (r *recordReader) object(at string, fields []RecordField, cel string, raw map[string]json.RawMessage) *RecordData {
	out := &RecordData{fields: fields, cel: cel, values: map[string]any{}}
	names := make([]string, len(fields))
	for i := range fields {
		f := &fields[i]
		names[i] = f.Name
		text := bytes.TrimSpace(raw[f.Name])
		if len(text) == 0 || bytes.Equal(text, []byte("null")) {
			continue
		}
		if v := r.value(at+"/"+f.Name, f, cel, text); v != nil {
			out.values[f.Name] = v
		}
	}
	for _, name := range sortedKeys(raw) {
		if !slices.Contains(names, name) {
			r.bad(at+"/"+name, "record.unknown_field", fmt.Sprintf("There is no field %q here.", name), suggest(name, names))
		}
	}
	for i := range fields {
		f := &fields[i]
		if chosen, ok := out.values[f.Name].(string); ok && f.Type == "choice" && !slices.Contains(f.OneOf, chosen) && f.OtherNeeds == "" {
			r.bad(at+"/"+f.Name, "record.choice", fmt.Sprintf("%s cannot be %q.", f.Name, chosen), suggest(chosen, f.OneOf))
		}
	}
	return out
}

func (r *recordReader) value(at string, f *RecordField, cel string, text []byte) any {
	switch f.Type {
	case "integer", "cents", "decimal", FieldLineItem:
		return r.number(at, f, text)
	case "boolean":
		if s := string(text); s == "true" || s == "false" {
			return s == "true"
		}
		r.bad(at, "record.boolean", fmt.Sprintf("%s must be true or false.", f.Name), "Give true or false, without quotes.")
		return nil
	case "list", "organizations", FieldTargets:
		return r.list(at, f, text)
	case "rows":
		return r.rows(at, f, cel, text)
	}
	var s string
	if json.Unmarshal(text, &s) != nil {
		r.bad(at, "record.text", fmt.Sprintf("%s must be a text.", f.Name), "Write it in quotes.")
		return nil
	}
	return r.text(at, f, s)
}

func (r *recordReader) number(at string, f *RecordField, text []byte) any {
	word := strings.Trim(string(text), `"`)
	var n int64
	var err error
	if f.Type == "decimal" {
		var h models.Hundredths
		h, err = models.ParseHundredths(word)
		n = int64(h)
	} else {
		n, err = strconv.ParseInt(word, 10, 64)
	}
	switch {
	case err != nil && f.Type == "decimal":
		r.bad(at, "record.number", fmt.Sprintf("%s must be a number with at most two decimals.", f.Name), "Give a number such as 35.33.")
		return nil
	case err != nil:
		r.bad(at, "record.number", fmt.Sprintf("%s must be a whole number.", f.Name), map[string]string{"cents": "Give whole cents: 150000 is $1,500.00."}[f.Type])
		return nil
	case f.Type == "cents" && (n < 0 || n > 100_000_000_000_000):
		r.bad(at, "record.limit", fmt.Sprintf("%s must be from 0 to 100000000000000 cents.", f.Name), "Correct the amount.")
		return nil
	}
	r.within(at, f, n, word)
	return n
}

// within holds a number to the field's limits.
func (r *recordReader) within(at string, f *RecordField, n int64, word string) {
	if low, ok := f.limit(f.Min); ok && n < low {
		r.bad(at, "record.limit", fmt.Sprintf("%s must be at least %s, not %s.", f.Name, f.Min, word), f.Means)
	}
	if high, ok := f.limit(f.Max); ok && n > high {
		r.bad(at, "record.limit", fmt.Sprintf("%s must be at most %s, not %s.", f.Name, f.Max, word), f.Means)
	}
}

// limit reads Min or Max in the field's own unit.
func (f *RecordField) limit(text string) (int64, bool) {
	if text == "" {
		return 0, false
	}
	if f.Type == "decimal" {
		h, err := models.ParseHundredths(text)
		return int64(h), err == nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

func (r *recordReader) text(at string, f *RecordField, s string) any {
	switch f.Type {
	case "date":
		d, err := models.ParseDate(s)
		if err != nil {
			r.bad(at, "record.date", fmt.Sprintf("%s is not a date that exists: %q.", f.Name, s), "Write YYYY-MM-DD.")
			return nil
		}
		if f.Min != "" && s < f.Min || f.Max != "" && s > f.Max {
			r.bad(at, "record.limit", fmt.Sprintf("%s is %s; it must be from %s to %s.", f.Name, s, orElse(f.Min, "any day"), orElse(f.Max, "any day")), f.Means)
		}
		return string(d)
	case "timestamp":
		t, err := time.Parse(momentForm, strings.Replace(s, "T", " ", 1))
		if err != nil {
			r.bad(at, "record.timestamp", fmt.Sprintf("%s is not a moment: %q.", f.Name, s), "Write YYYY-MM-DD HH:MM:SS, in the program's time zone.")
			return nil
		}
		return t.Format(momentForm)
	}
	limit := f.Length()
	switch {
	case !storableText(s):
		r.bad(at, "text", "The text contains characters that cannot be stored.", "Remove control characters; keep letters, digits, punctuation and line breaks.")
	case utf8.RuneCountInString(s) > limit:
		r.bad(at, "max", fmt.Sprintf("%s is longer than %d characters.", f.Name, limit), "Shorten it.")
	case strings.TrimSpace(s) == "":
		return nil
	}
	return s
}

const momentForm = "2006-01-02 15:04:05"

func storableText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\n' && r != '\r' && r != '\t' || r == 0x7f
	})
}

func (r *recordReader) list(at string, f *RecordField, text []byte) any {
	var words []string
	if json.Unmarshal(text, &words) != nil {
		r.bad(at, "record.list", fmt.Sprintf("%s must be a list of texts.", f.Name), `Write it as ["one", "two"].`)
		return nil
	}
	if !r.count(at, f, len(words)) {
		return nil
	}
	for i, w := range words {
		here := fmt.Sprintf("%s/%d", at, i)
		switch {
		case len(f.OneOf) > 0 && !slices.Contains(f.OneOf, w):
			r.bad(here, "record.choice", fmt.Sprintf("%s knows no %q.", f.Name, w), suggest(w, f.OneOf))
		case slices.Contains(words[:i], w):
			r.bad(here, "duplicate", fmt.Sprintf("%q is there twice.", w), "Give it once.")
		case !storableText(w) || utf8.RuneCountInString(w) > 400 || strings.TrimSpace(w) == "":
			r.bad(here, "text", "An entry is empty, longer than 400 characters, or cannot be stored.", "Correct it.")
		}
	}
	return words
}

func (r *recordReader) rows(at string, f *RecordField, cel string, text []byte) any {
	var raw []map[string]json.RawMessage
	if json.Unmarshal(text, &raw) != nil {
		r.bad(at, "record.list", fmt.Sprintf("%s must be a list of objects.", f.Name), "Give one object for each row.")
		return nil
	}
	if !r.count(at, f, len(raw)) {
		return nil
	}
	rows := make([]*RecordData, 0, len(raw))
	for i, x := range raw {
		here := fmt.Sprintf("%s/%d", at, i)
		row := r.object(here, f.Fields, cel+"."+f.Name, x)
		for _, column := range f.Fields { // a row that is there is whole
			if _, given := row.values[column.Name]; column.Required && !given {
				r.bad(here+"/"+column.Name, "required", fmt.Sprintf("%s is missing.", column.Name), column.Means)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// count holds a list to its limits. It is false when there are so many entries that none is
// looked at: each could be a finding, and is compared with all others.
func (r *recordReader) count(at string, f *RecordField, n int) bool {
	if n > maxEntries {
		r.bad(at, "max", fmt.Sprintf("%s has more than %d entries.", f.Name, maxEntries), "Give fewer.")
		return false
	}
	if low, ok := f.limit(f.Min); ok && int64(n) < low {
		r.bad(at, "record.limit", fmt.Sprintf("%s must have at least %s entries, not %d.", f.Name, f.Min, n), f.Means)
	}
	if high, ok := f.limit(f.Max); ok && int64(n) > high {
		r.bad(at, "record.limit", fmt.Sprintf("%s must have at most %s entries, not %d.", f.Name, f.Max, n), f.Means)
	}
	return true
}

// Absent lists what a record cannot be submitted without, and choices outside the named
// ones that lack what they need.
func (k *RecordKind) Absent(data *RecordData) (out []models.FieldError) {
	for _, f := range k.Fields {
		v, given := data.values[f.Name]
		if f.Required && !given {
			out = append(out, models.FieldError{Pointer: "/fields/" + f.Name, Code: "required", Detail: fmt.Sprintf("%s is missing.", f.Name), Fix: f.Means, Severity: "error"})
		}
		chosen, isText := v.(string)
		if f.OtherNeeds != "" && isText && !slices.Contains(f.OneOf, chosen) && data.Text(f.OtherNeeds) == "" {
			out = append(out, models.FieldError{Pointer: "/fields/" + f.OtherNeeds, Code: "record.other_needs", Severity: "error",
				Detail: fmt.Sprintf("%q is not among the named values of %s (%s).", chosen, f.Name, strings.Join(f.OneOf, ", ")),
				Fix:    fmt.Sprintf("Fill %s, or choose a named value.", f.OtherNeeds)})
		}
	}
	return out
}

// OrganizationPlace is a code of an organization in the fields of a record.
type OrganizationPlace struct{ Pointer, Code string }

// Organizations lists the codes of organizations that the fields name, by kind.
func (d *RecordData) Organizations() map[models.OrganizationKind][]OrganizationPlace {
	out := map[models.OrganizationKind][]OrganizationPlace{}
	d.organizations("/fields", out)
	return out
}

func (d *RecordData) organizations(at string, out map[models.OrganizationKind][]OrganizationPlace) {
	for _, f := range d.fields {
		here := at + "/" + f.Name
		switch v := d.values[f.Name].(type) {
		case string:
			if f.Type == "organization" {
				out[f.Of] = append(out[f.Of], OrganizationPlace{here, v})
			}
		case []string:
			for i, code := range v {
				if f.Type == "organizations" {
					out[f.Of] = append(out[f.Of], OrganizationPlace{fmt.Sprintf("%s/%d", here, i), code})
				}
			}
		case []*RecordData:
			for i, row := range v {
				row.organizations(fmt.Sprintf("%s/%d", here, i), out)
			}
		}
	}
}

// Cell is a field as text for a spreadsheet: a list joined by semicolons, rows as JSON.
func (d *RecordData) Cell(name string) string {
	f, _ := fieldNamed(d.fields, name)
	switch v := d.values[name].(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		if f != nil && f.Type == "decimal" {
			return models.Hundredths(v).String()
		}
		return strconv.FormatInt(v, 10)
	case []string:
		return strings.Join(v, "; ")
	case []*RecordData:
		if text, err := json.Marshal(v); err == nil {
			return string(text)
		}
	}
	return ""
}
