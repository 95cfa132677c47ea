package web

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
)

// maxForm is the most bytes a form without a file may have.
const maxForm = 1 << 20

// Form is what a form shows: what was typed, what is wrong with it, and what somebody else
// saved meanwhile. Its fields are named like the JSON members of the command's input, with
// dots: costs.0.amount_cents. Amounts are typed in dollars.
type Form struct {
	Action  string
	Version int64  // of the document that it changes; 0 for none
	Key     string // makes a creation that is sent twice happen once
	fresh   string // the key after one that was used up
	Values  url.Values
	Theirs  map[string]string // field: what is saved now, where it differs from what was typed
	Failed  *models.Error
}

// form begins a form with the values of an input struct, as they are now.
func (r *request) form(action string, version int64, in any) *Form {
	f := &Form{Action: action, Version: version, Values: url.Values{}, Key: r.w.newKey()}
	if in != nil {
		spread("", reflect.ValueOf(in), f.Values)
	}
	return f
}

// sent reads a form that was sent and fills the command's input with it. What cannot be
// read is kept in the form as its error; the handler goes on only when ok.
func (r *request) sent(action string, in any) (*Form, bool) {
	r.Request.Body = http.MaxBytesReader(r.Writer, r.Request.Body, maxForm)
	f := &Form{Action: action, Values: url.Values{}}
	if err := r.Request.ParseForm(); err != nil {
		f.Failed = &models.Error{Kind: models.Malformed, Code: "form_unreadable", Detail: "The form could not be read. It may be too large.", Err: err}
		return f, false
	}
	return r.filled(action, in)
}

// filled reads a form that is parsed.
func (r *request) filled(action string, in any) (*Form, bool) {
	f := &Form{Action: action, Values: r.Request.PostForm, fresh: r.w.newKey()}
	f.Version, _ = strconv.ParseInt(f.Values.Get("version"), 10, 64)
	f.Key = f.Values.Get("form_key")
	if keyForm.MatchString(f.Key) {
		r.who.IdempotencyKey = f.Key
	}
	if in == nil {
		return f, true
	}
	v := reflect.ValueOf(in).Elem()
	if field := v.FieldByName("Version"); field.IsValid() && field.CanInt() {
		field.SetInt(f.Version)
	}
	var wrong []models.FieldError
	fill("", v, f.Values, &wrong)
	if len(wrong) > 0 {
		f.Failed = &models.Error{Kind: models.Invalid, Code: "invalid_input", Detail: "An input cannot be read.", Fields: wrong}
		return f, false
	}
	return f, true
}

var keyForm = regexp.MustCompile(`^[0-9a-f-]{36}$`)

// took keeps an error that belongs on the form and gives back any other.
func (f *Form) took(err error) error {
	var e *models.Error
	if errors.As(err, &e) && slices.Contains([]models.Kind{models.Invalid, models.Conflict, models.Stale, models.Malformed}, e.Kind) {
		f.Failed = e
		if e.Code == "idempotency.key_reused" { // somebody went back in the browser and changed what was sent
			sent := *e
			sent.Detail = "This form was sent already, with something else in it. Look at what was saved then; sending it again saves this too."
			f.Failed, f.Key = &sent, f.fresh
		}
		return nil
	}
	return err
}

// Status is that of the page which shows the form.
func (f *Form) Status() int {
	if f.Failed == nil {
		return http.StatusOK
	}
	return failureOf(f.Failed.Kind).status
}

// Problems are the lines of the summary above the form.
func (f *Form) Problems() []Problem {
	if f == nil || f.Failed == nil {
		return nil
	}
	if out := problems(f.Failed, fieldName); len(out) > 0 {
		return out
	}
	return []Problem{{Text: f.Failed.Detail}}
}

// against notes what is saved now, so that a form of an old version shows both. The form
// then carries the new version: sending it again replaces what somebody else saved, on
// purpose.
func (f *Form) against(version int64, saved any) {
	now := url.Values{}
	spread("", reflect.ValueOf(saved), now)
	f.Theirs = map[string]string{}
	for name, typed := range f.Values {
		if current, known := now[name]; known && strings.Join(current, ", ") != strings.Join(typed, ", ") {
			f.Theirs[name] = strings.Join(current, ", ")
		}
	}
	f.Version = version
}

// wrong is what is wrong with one field.
func (f *Form) wrong(name string) (models.FieldError, bool) {
	if f.Failed != nil {
		for _, e := range f.Failed.Fields {
			if fieldName(e.Pointer) == name {
				return e, true
			}
		}
	}
	return models.FieldError{}, false
}

// fieldName is the name of a form's field for a JSON pointer.
func fieldName(pointer string) string {
	return strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
}

// fieldID is the identifier of a field's input in the page.
func fieldID(name string) string { return "f-" + strings.ReplaceAll(name, ".", "-") }

// jsonName is how a struct's field is named; "" for what no client sends.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// fill reads the fields of a struct from a form. A field that the form does not have stays
// as it is, so a page may show a part of an input.
func fill(prefix string, v reflect.Value, values url.Values, wrong *[]models.FieldError) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			fill(prefix, v.Field(i), values, wrong)
			continue
		}
		if name := jsonName(field); name != "" {
			fillValue(prefix+name, v.Field(i), values, wrong)
		}
	}
}

func fillValue(name string, v reflect.Value, values url.Values, wrong *[]models.FieldError) {
	switch {
	case v.Kind() == reflect.Pointer && scalar(v.Type().Elem()):
		if text := strings.TrimSpace(values.Get(name)); text != "" {
			v.Set(reflect.New(v.Type().Elem()))
			fillValue(name, v.Elem(), values, wrong)
		} else if values.Has(name) {
			v.SetZero()
		}
	case v.Kind() == reflect.Struct:
		fill(name+".", v, values, wrong)
	case v.Kind() == reflect.Slice && scalar(v.Type().Elem()):
		if !values.Has(name) {
			return
		}
		v.SetZero()
		for _, text := range values[name] {
			if text == "" {
				continue // the empty choice that tells that none is meant
			}
			item := reflect.New(v.Type().Elem()).Elem()
			if !read(name, text, item, wrong) {
				continue
			}
			v.Set(reflect.Append(v, item))
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		fillRows(name, v, values, wrong)
	case values.Has(name):
		text := values.Get(name)
		if v.Kind() == reflect.Bool {
			text = values[name][len(values[name])-1] // a hidden "false" comes before a box that is ticked
		}
		read(name, text, v, wrong)
	}
}

// maxRows is the most rows that a form's table may have.
const maxRows = 1000

// fillRows reads name.0.…, name.1.…; rows that are left empty are left out.
func fillRows(name string, v reflect.Value, values url.Values, wrong *[]models.FieldError) {
	rows := map[int]bool{}
	for key := range values {
		rest, ours := strings.CutPrefix(key, name+".")
		if !ours {
			continue
		}
		number, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < maxRows && strings.TrimSpace(values.Get(key)) != "" {
			rows[n] = true
		}
	}
	if len(rows) == 0 {
		return
	}
	v.SetZero()
	for n := range maxRows {
		if !rows[n] {
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		fill(name+"."+strconv.Itoa(n)+".", item, values, wrong)
		v.Set(reflect.Append(v, item))
	}
}

var (
	centsType      = reflect.TypeFor[models.Cents]()
	hundredthsType = reflect.TypeFor[models.Hundredths]()
)

func scalar(t reflect.Type) bool {
	return t.Kind() == reflect.String || t.Kind() == reflect.Bool || (t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64)
}

// read sets one value from what was typed.
func read(name, text string, v reflect.Value, wrong *[]models.FieldError) bool {
	refuse := func(code, detail, fix string) bool {
		*wrong = append(*wrong, models.FieldError{Pointer: "/" + strings.ReplaceAll(name, ".", "/"), Code: code, Detail: detail, Fix: fix, Severity: "error"})
		return false
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch {
	case strings.ContainsRune(text, 0):
		return refuse("unreadable", "This text holds characters that cannot be stored.", "Type it again.")
	case v.Type() == centsType:
		c, err := models.ParseCents(orZero(text))
		if err != nil {
			return refuse("amount", `"`+text+`" is not an amount of dollars with at most two decimals.`, "Write it like 1,234.50.")
		}
		v.SetInt(int64(c))
	case v.Type() == hundredthsType:
		h, err := models.ParseHundredths(orZero(text))
		if err != nil {
			return refuse("number", `"`+text+`" is not a number with at most two decimals.`, "Write it like 12.5.")
		}
		v.SetInt(int64(h))
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		v.SetBool(text == "true" || text == "on")
	case v.CanInt():
		n, err := strconv.ParseInt(orZero(text), 10, 64)
		if err != nil || v.OverflowInt(n) {
			return refuse("number", `"`+text+`" is not a whole number.`, "Write it with digits only.")
		}
		v.SetInt(n)
	}
	return true
}

func orZero(text string) string {
	if text == "" {
		return "0"
	}
	return text
}

// spread is the way back: the values of a struct as a form shows them.
func spread(prefix string, v reflect.Value, values url.Values) {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			spread(prefix, v.Field(i), values)
			continue
		}
		name := jsonName(field)
		if name == "" {
			continue
		}
		spreadValue(prefix+name, v.Field(i), values)
	}
}

func spreadValue(name string, v reflect.Value, values url.Values) {
	switch {
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			spreadValue(name, v.Elem(), values)
		}
	case v.Kind() == reflect.Struct:
		spread(name+".", v, values)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			spread(name+"."+strconv.Itoa(i)+".", v.Index(i), values)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if scalar(v.Type().Elem()) {
				values.Add(name, typed(v.Index(i)))
			}
		}
	case scalar(v.Type()):
		values.Set(name, typed(v))
	}
}

// typed is a value as somebody would type it. A zero amount or number is an empty field.
func typed(v reflect.Value) string {
	switch {
	case v.Type() == centsType:
		if v.Int() == 0 {
			return ""
		}
		return strings.TrimPrefix(models.Cents(v.Int()).String(), "$")
	case v.Type() == hundredthsType:
		if v.Int() == 0 {
			return ""
		}
		return strings.TrimSuffix(strings.TrimSuffix(models.Hundredths(v.Int()).String(), "0"), ".0")
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	default:
		if v.Int() == 0 {
			return ""
		}
		return strconv.FormatInt(v.Int(), 10)
	}
}

func reflectOf(in any) reflect.Value { return reflect.ValueOf(in).Elem() }
