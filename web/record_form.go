package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow"
)

// A form of a record is made from its kind: fields.NAME, rows as fields.NAME.0.COLUMN,
// checklist.CODE.done and so on, named like the members of the API.

// quoted is a value as JSON text; the definition's types read numbers from it too.
func quoted(text string) json.RawMessage {
	b, _ := json.Marshal(text) //nolint:errchkjson // a string can always be written
	return b
}

// recordValues are the fields of a record as a form shows them.
func recordValues(prefix string, fields []programs.RecordField, data *programs.RecordData, out url.Values) {
	for i := range fields {
		x := &fields[i]
		name := prefix + x.Name
		switch v := data.Value(x.Name).(type) {
		case string:
			out.Set(name, v)
		case bool:
			out.Set(name, strconv.FormatBool(v))
		case int64:
			switch x.Type {
			case "cents":
				out.Set(name, strings.TrimPrefix(models.Cents(v).String(), "$"))
			case "decimal":
				out.Set(name, plainNumber(models.Hundredths(v)))
			default:
				out.Set(name, strconv.FormatInt(v, 10))
			}
		case []string:
			if chosenFrom(x) {
				out[name] = v
			} else {
				out.Set(name, strings.Join(v, "\n"))
			}
		case []*programs.RecordData:
			for n, row := range v {
				recordValues(name+"."+strconv.Itoa(n)+".", x.Fields, row, out)
			}
		}
	}
}

// chosenFrom reports a list whose entries are ticked, not typed.
func chosenFrom(x *programs.RecordField) bool {
	return len(x.OneOf) > 0 || x.Type == programs.FieldTargets
}

// readRecord makes the fields of a record from a form. What cannot be read as typed is an
// error at its field; what the kind says of it is the command's to say.
func readRecord(prefix string, fields []programs.RecordField, values url.Values, wrong *[]models.FieldError) workflow.RecordFields {
	out := workflow.RecordFields{}
	for i := range fields {
		x := &fields[i]
		name := prefix + x.Name
		text := strings.TrimSpace(strings.ReplaceAll(values.Get(name), "\r\n", "\n"))
		switch {
		case x.Type == "rows":
			if rows := readRows(name, x.Fields, values, wrong); len(rows) > 0 {
				out[x.Name] = rawJSON(rows)
			}
		case chosenFrom(x) && x.Type != "choice":
			if list := slices.DeleteFunc(slices.Clone(values[name]), func(s string) bool { return s == "" }); len(list) > 0 {
				out[x.Name] = rawJSON(list)
			}
		case text == "":
		case x.Type == "list" || x.Type == "organizations":
			list := strings.FieldsFunc(text, func(c rune) bool { return c == '\n' })
			for n := range list {
				list[n] = strings.TrimSpace(list[n])
			}
			out[x.Name] = rawJSON(slices.DeleteFunc(list, func(s string) bool { return s == "" }))
		case x.Type == "boolean":
			out[x.Name] = json.RawMessage(strconv.FormatBool(text == "true"))
		case x.Type == "cents":
			c, err := models.ParseCents(text)
			if err != nil {
				*wrong = append(*wrong, models.FieldError{Pointer: "/" + strings.ReplaceAll(name, ".", "/"), Code: "amount", Severity: "error",
					Detail: `"` + text + `" is not an amount of dollars with at most two decimals.`, Fix: "Write it like 1,234.50."})
				continue
			}
			out[x.Name] = quoted(strconv.FormatInt(int64(c), 10))
		case x.Type == "integer" || x.Type == "decimal" || x.Type == programs.FieldLineItem:
			out[x.Name] = quoted(strings.ReplaceAll(text, ",", ""))
		default:
			out[x.Name] = quoted(text)
		}
	}
	return out
}

func rawJSON(v any) json.RawMessage {
	b, _ := json.Marshal(v) //nolint:errchkjson // texts and lists of them can always be written
	return b
}

// readRows reads the rows that somebody filled in. An empty row between others is left out.
func readRows(name string, fields []programs.RecordField, values url.Values, wrong *[]models.FieldError) (rows []workflow.RecordFields) {
	for n := range rowsIn(name, values) {
		before := len(*wrong)
		row := readRecord(name+"."+strconv.Itoa(n)+".", fields, values, wrong)
		if len(row) > 0 || len(*wrong) > before {
			rows = append(rows, row)
		}
	}
	return rows
}

// rowsIn is one more than the last row that a form has.
func rowsIn(name string, values url.Values) int {
	last := 0
	for key := range values {
		rest, ours := strings.CutPrefix(key, name+".")
		if !ours {
			continue
		}
		number, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < maxRows {
			last = max(last, n+1)
		}
	}
	return last
}

// recordField is one field of the form, or a table of rows.
type recordField struct {
	Field
	Cite  string
	Heads []string
	Rows  [][]Field
}

// recordForm makes the inputs of a kind's fields, with the choices that the record has.
func (r *request) recordForm(f *Form, prefix string, fields []programs.RecordField, targets []Option) []recordField {
	out := make([]recordField, len(fields))
	for i := range fields {
		x := &fields[i]
		made := recordField{Cite: x.Cite, Field: r.recordInput(f, prefix+x.Name, x, targets)}
		if x.Type == "rows" {
			made.Kind = "rows"
			for _, c := range x.Fields {
				made.Heads = append(made.Heads, r.t(words(c.Name)))
			}
			for n := range rowsIn(prefix+x.Name, f.Values) + 2 {
				var row []Field
				for j := range x.Fields {
					c := &x.Fields[j]
					in := r.recordInput(f, prefix+x.Name+"."+strconv.Itoa(n)+"."+c.Name, c, targets)
					in.Label, in.Needs, in.Rows = r.t("%s, row %d", in.Label, n+1), c.Required, 2
					if n >= rowsIn(prefix+x.Name, f.Values) {
						in.Needs = false
					}
					row = append(row, in)
				}
				made.Rows = append(made.Rows, row)
			}
		}
		out[i] = made
	}
	return out
}

func (r *request) recordInput(f *Form, name string, x *programs.RecordField, targets []Option) Field {
	label, hint := r.t(words(x.Name)), x.Means
	if x.Cite != "" {
		hint += " (" + x.Cite + ")"
	}
	var in Field
	switch x.Type {
	case "integer", "decimal", programs.FieldLineItem:
		in = f.Number(name, label)
	case "cents":
		in = f.Money(name, label)
	case "date":
		in = f.Date(name, label)
	case "boolean":
		in = f.Select(name, label, []Option{{Value: "true", Text: r.t("Yes")}, {Value: "false", Text: r.t("No")}}).Sized("md")
	case "choice":
		options := r.states(x.OneOf...)
		if x.OtherNeeds != "" {
			options = append(options, Option{Value: "other", Text: r.t("Other")})
		}
		in = f.Select(name, label, options)
	case programs.FieldTargets:
		in = f.Checks(name, label, targets)
	case programs.FieldTarget:
		in = f.Select(name, label, targets)
	case "list":
		if len(x.OneOf) > 0 {
			in = f.Checks(name, label, r.states(x.OneOf...))
		} else {
			in, hint = f.Area(name, label), hint+" "+r.t("One on each line.")
		}
	case "organizations":
		in, hint = f.Area(name, label), hint+" "+r.t("One code on each line.")
	case "organization":
		in, hint = f.Text(name, label).Sized("lg"), hint+" "+r.t("Its code.")
	case "timestamp":
		in, hint = f.Text(name, label).Sized("lg"), hint+" "+r.t("Written like 2026-03-31 16:30:00.")
	case "rows":
		in = f.field("rows", name, label)
	default:
		if x.Length() > 300 {
			in = f.Area(name, label).AtMost(x.Length())
		} else {
			in = f.Text(name, label).AtMost(x.Length())
		}
	}
	in.Hint, in.Needs = hint, x.Required
	return in
}
