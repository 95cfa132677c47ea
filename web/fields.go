package web

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Field is one labelled input. Templates make it from the form, in the order of reading:
//
//	{{template "field" ((.Form.Money "amount_cents" (t "Amount")).Needed)}}
type Field struct {
	ID      string
	Name    string
	Label   string
	Kind    string // text, area, money, number, date, select, combo, radios, checks, check, password, email, file, search
	Value   string
	Values  []string // of checks
	Options []Option
	Hint    string
	Error   string
	Fix     string
	Theirs  string
	Needs   bool
	Size    string // a USWDS width: 2xs, xs, sm, md, lg, xl, 2xl
	Rows    int    // of an area
	Max     int    // characters; 0 says nothing
	Accept  string // of a file
	Auto    string // autocomplete
	Live    string // address that answers while one types; see static/js/live.js
}

// Option is a choice. Options of one Group stand together.
type Option struct {
	Value, Text, Hint, Group string
	Chosen                   bool
}

func (f *Form) field(kind, name, label string) Field {
	if f == nil {
		return Field{ID: fieldID(name), Name: name, Label: label, Kind: kind}
	}
	field := Field{ID: fieldID(name), Name: name, Label: label, Kind: kind, Value: f.Values.Get(name), Values: f.Values[name], Theirs: f.Theirs[name]}
	if e, found := f.wrong(name); found {
		field.Error, field.Fix = e.Detail, e.Fix
	}
	return field
}

// Text is one line of text.
func (f *Form) Text(name, label string) Field { return f.field("text", name, label) }

// Area is several lines of text.
func (f *Form) Area(name, label string) Field {
	field := f.field("area", name, label)
	field.Rows = 4
	return field
}

// Money is an amount of dollars.
func (f *Form) Money(name, label string) Field { return f.field("money", name, label) }

// Number is a number, with decimals or without.
func (f *Form) Number(name, label string) Field { return f.field("number", name, label) }

// Date is a day.
func (f *Form) Date(name, label string) Field { return f.field("date", name, label) }

// Password is typed unseen and never shown again.
func (f *Form) Password(name, label string) Field {
	field := f.field("password", name, label)
	field.Value = ""
	return field
}

// Email is an e-mail address.
func (f *Form) Email(name, label string) Field { return f.field("email", name, label) }

// File is an upload.
func (f *Form) File(name, label, accept string) Field {
	field := f.field("file", name, label)
	field.Accept = accept
	return field
}

// Select is one choice of few.
func (f *Form) Select(name, label string, options []Option) Field {
	return f.chosen("select", name, label, options)
}

// Combo is one choice of many, found by typing.
func (f *Form) Combo(name, label string, options []Option) Field {
	return f.chosen("combo", name, label, options)
}

// Radios is one choice that is worth seeing at once.
func (f *Form) Radios(name, label string, options []Option) Field {
	return f.chosen("radios", name, label, options)
}

// Checks are any of some choices.
func (f *Form) Checks(name, label string, options []Option) Field {
	return f.chosen("checks", name, label, options)
}

// Check is yes or no.
func (f *Form) Check(name, label string) Field { return f.field("check", name, label) }

func (f *Form) chosen(kind, name, label string, options []Option) Field {
	field := f.field(kind, name, label)
	field.Options = slices.Clone(options)
	for i := range field.Options {
		field.Options[i].Chosen = slices.Contains(field.Values, field.Options[i].Value)
	}
	return field
}

// Hinted adds help where the question arises.
func (f Field) Hinted(hint string) Field { f.Hint = hint; return f }

// Needed marks what must be given.
func (f Field) Needed() Field { f.Needs = true; return f }

// Sized gives a width.
func (f Field) Sized(size string) Field { f.Size = size; return f }

// Lines gives the height of an area.
func (f Field) Lines(rows int) Field { f.Rows = rows; return f }

// AtMost limits the characters and counts them.
func (f Field) AtMost(max int) Field { f.Max = max; return f }

// Autocompleted names what the browser may fill in.
func (f Field) Autocompleted(what string) Field { f.Auto = what; return f }

// Lively asks an address while one types.
func (f Field) Lively(address string) Field { f.Live = address; return f }

// Describes lists the elements that say more about the input.
func (f Field) Describes() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	if f.Theirs != "" {
		ids = append(ids, f.ID+"-theirs")
	}
	return strings.Join(ids, " ")
}

func (w *Web) newKey() string { return uuid.Must(uuid.NewV7()).String() }

// Anew is the same field once more in a page, under another identifier.
func (f Field) Anew() Field { f.ID += "-2"; return f }
