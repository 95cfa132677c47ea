package programs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"earmark/models"
)

// Param is one policy value as it holds in one fiscal year, with where it comes from.
type Param struct {
	Name       string
	Type       string // cents, basis_points, integer, date, boolean, decimal
	Text       string // as written in the definition or the grant year
	Basis      string // law, policy, assumption; "grant year" for a value set there
	Means      string
	Cite       string
	Overridden bool // by the grant year

	number int64 // cents, basis points, integer, hundredths; 1 for true
}

// Params are all parameters of a program in one fiscal year.
type Params struct {
	FiscalYear int
	byName     map[string]Param
	order      []string
}

// Params resolves every parameter for a year: the grant year's own value, else the
// definition's value for that year, else its general value. A parameter without a value
// in this year is left out. Overrides that do not exist or do not parse are all reported.
func (d *Definition) Params(fiscalYear int, overrides map[string]string) (Params, error) {
	out := Params{FiscalYear: fiscalYear, byName: make(map[string]Param, len(d.Parameters))}
	var wrong []models.FieldError
	for _, p := range d.Parameters {
		text, basis := p.in(fiscalYear)
		own, overridden := overrides[p.Name]
		if overridden {
			text, basis = own, "grant year"
		}
		if text == "" {
			continue
		}
		v := Param{Name: p.Name, Type: p.Type, Text: text, Basis: basis, Means: p.Means, Cite: p.Cite, Overridden: overridden}
		var err error
		if v.number, err = parseParam(p.Type, text); err != nil {
			wrong = append(wrong, models.FieldError{Pointer: "/parameters/" + p.Name, Code: "parameter." + p.Type,
				Detail: err.Error(), Fix: "Give the value as " + parameterForms[p.Type] + ".", Severity: "error"})
			continue
		}
		out.byName[p.Name] = v
		out.order = append(out.order, p.Name)
	}
	for _, name := range sortedKeys(overrides) {
		if !slices.ContainsFunc(d.Parameters, func(p Parameter) bool { return p.Name == name }) {
			wrong = append(wrong, models.FieldError{Pointer: "/parameters/" + name, Code: "parameter.unknown",
				Detail: fmt.Sprintf("The program has no parameter %q.", name), Fix: suggest(name, d.parameterNames()), Severity: "error"})
		}
	}
	if wrong != nil {
		return Params{}, &models.Error{Kind: models.Invalid, Code: "parameters.invalid",
			Detail: "Parameters of the grant year are not valid.", Fields: wrong}
	}
	return out, nil
}

func (p Parameter) in(fiscalYear int) (text, basis string) {
	for _, y := range p.ByYear {
		if y.FiscalYear == fiscalYear {
			return y.Value, cmp.Or(y.Basis, p.Basis)
		}
	}
	return p.Value, p.Basis
}

func (d *Definition) parameterNames() []string {
	names := make([]string, len(d.Parameters))
	for i, p := range d.Parameters {
		names[i] = p.Name
	}
	return names
}

// parameterForms says how a value of each type is written.
var parameterForms = map[string]string{
	"cents":        "a whole number of cents, such as 13740000",
	"basis_points": "a whole number of basis points, such as 8000 for 80 %",
	"integer":      "a whole number",
	"date":         "a date, YYYY-MM-DD",
	"boolean":      "true or false",
	"decimal":      "a number with at most two decimals, such as 35.33",
	"text":         "text",
}

func parseParam(kind, text string) (int64, error) {
	switch kind {
	case "cents", "basis_points", "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is not a whole number", text)
		}
		return n, nil
	case "date":
		_, err := models.ParseDate(text)
		return 0, err
	case "boolean":
		if text != "true" && text != "false" {
			return 0, fmt.Errorf("%q is neither true nor false", text)
		}
		return map[string]int64{"true": 1}[text], nil
	case "decimal":
		h, err := models.ParseHundredths(text)
		return int64(h), err
	case "text":
		return 0, nil
	}
	return 0, fmt.Errorf("%q is not a type of parameter", kind)
}

// Cents is an amount; ok is false when there is no such parameter of this type this year.
func (p Params) Cents(name string) (v models.Cents, ok bool) {
	n, ok := p.number(name, "cents")
	return models.Cents(n), ok
}

// BasisPoints is a rate.
func (p Params) BasisPoints(name string) (v models.BasisPoints, ok bool) {
	n, ok := p.number(name, "basis_points")
	return models.BasisPoints(n), ok
}

// Int is a whole number.
func (p Params) Int(name string) (v int64, ok bool) { return p.number(name, "integer") }

// Decimal is a number with two decimals.
func (p Params) Decimal(name string) (v models.Hundredths, ok bool) {
	n, ok := p.number(name, "decimal")
	return models.Hundredths(n), ok
}

// Bool is a switch.
func (p Params) Bool(name string) (v, ok bool) {
	n, ok := p.number(name, "boolean")
	return n == 1, ok
}

// Date is a day.
func (p Params) Date(name string) (v models.Date, ok bool) {
	x, ok := p.byName[name]
	if !ok || x.Type != "date" {
		return "", false
	}
	return models.Date(x.Text), true
}

// Text is the value as written.
func (p Params) Text(name string) (v string, ok bool) {
	x, ok := p.byName[name]
	return x.Text, ok
}

// Number is a rate, whole number, decimal (in hundredths) or amount, by its digits.
func (p Params) Number(name string) (v int64, ok bool) {
	switch x := p.byName[name]; x.Type {
	case "cents", "basis_points", "integer", "decimal":
		return x.number, true
	}
	return 0, false
}

func (p Params) number(name, kind string) (int64, bool) {
	x, ok := p.byName[name]
	if !ok || x.Type != kind {
		return 0, false
	}
	return x.number, true
}

// Get is one parameter with its basis and citation, for display.
func (p Params) Get(name string) (v Param, ok bool) {
	v, ok = p.byName[name]
	return v, ok
}

// All lists the parameters in the order of the definition.
func (p Params) All() []Param {
	out := make([]Param, len(p.order))
	for i, name := range p.order {
		out[i] = p.byName[name]
	}
	return out
}

// StartMonth is the month in which the program's fiscal year begins.
func (d *Definition) StartMonth() time.Month {
	n, err := strconv.Atoi(d.FiscalYear.StartsOn[:min(2, len(d.FiscalYear.StartsOn))])
	if err != nil || n < 1 || n > 12 {
		return time.January
	}
	return time.Month(n)
}

// Year is the first and last day of a fiscal year, which is named by the year it ends in.
func (d *Definition) Year(fiscalYear int) (starts, ends models.Date) {
	m := d.StartMonth()
	first := models.NewDate(fiscalYear-1, m, 1)
	if m == time.January {
		first = models.NewDate(fiscalYear, m, 1)
	}
	return first, first.AddMonths(12).AddDays(-1)
}

// FiscalYearOf is the fiscal year in which a day lies.
func (d *Definition) FiscalYearOf(day models.Date) int {
	year := day.Year()
	if _, ends := d.Year(year); day > ends {
		return year + 1
	}
	return year
}

// In is the day in a fiscal year named by the year it ends in; startMonth is the month
// the fiscal year begins. An unreadable day gives "no date": the loader refuses those.
func (r RelativeDate) In(fiscalYear int, startMonth time.Month) models.Date {
	if len(r.Day) != 5 {
		return ""
	}
	year := fiscalYear + r.Year
	if m, err := strconv.Atoi(r.Day[:2]); err == nil && startMonth > time.January && time.Month(m) >= startMonth {
		year--
	}
	d, err := models.ParseDate(fmt.Sprintf("%04d-%s", year, r.Day))
	if err != nil {
		return ""
	}
	return d
}

// SpendBy is the last day on which a fiscal year's money may be spent: the day that the
// definition gives, else the deadline of utilization, else the end of the fiscal year.
func (d *Definition) SpendBy(fiscalYear int) models.Date {
	switch {
	case d.Expenditures.LastDay.Day == "" && d.Utilization.Deadline.Day == "":
		_, ends := d.Year(fiscalYear)
		return ends
	case d.Expenditures.LastDay.Day == "":
		return d.Utilization.Deadline.In(fiscalYear, d.StartMonth())
	}
	return d.Expenditures.LastDay.In(fiscalYear, d.StartMonth())
}

// Span is a window with its days worked out for one fiscal year.
type Span struct {
	Window
	From, To models.Date
}

// Spans lists the windows for something (application, amendment) in a fiscal year.
func (d *Definition) Spans(purpose string, fiscalYear int) []Span {
	var out []Span
	for _, w := range d.Windows {
		switch {
		case w.For != purpose:
		case w.FiscalYear == fiscalYear:
			out = append(out, Span{w, models.Date(w.Opens), models.Date(w.Closes)})
		case w.FiscalYear == 0:
			m := d.StartMonth()
			out = append(out, Span{w, RelativeDate{Day: w.Opens}.In(fiscalYear, m), RelativeDate{Day: w.Closes}.In(fiscalYear, m)})
		}
	}
	slices.SortFunc(out, func(a, b Span) int { return a.To.DaysSince(b.To) })
	return out
}

// PaysOn is the payment day for an award approved on a day: that of the first cutoff not
// before the approval. ok is false when the program has no payment calendar.
func (d *Definition) PaysOn(approved models.Date) (pays models.Date, ok bool) {
	var cutoff models.Date
	for _, row := range d.Payments.Calendar {
		for year := approved.Year(); year <= approved.Year()+1; year++ {
			c := models.Date(fmt.Sprintf("%04d-%s", year, row.Cutoff))
			if c < approved || (cutoff != "" && c >= cutoff) {
				continue
			}
			p := models.Date(fmt.Sprintf("%04d-%s", year, row.Pays))
			if p <= c {
				p = models.Date(fmt.Sprintf("%04d-%s", year+1, row.Pays))
			}
			cutoff, pays = c, p
		}
	}
	return pays, cutoff != ""
}

// Allowed is the most a cell may move up: the greater of the percentage (whole cents,
// rounded down) and the floor, at most the cap when there is one.
func (t Tolerance) Allowed(approved models.Cents) models.Cents {
	byRate, err := approved.MulRatio(int64(t.PercentBP), 10000, models.RoundDown)
	if err != nil {
		return 0
	}
	allowed := max(byRate, t.FloorCents)
	if t.CapCents > 0 {
		allowed = min(allowed, t.CapCents)
	}
	return allowed
}

// String says the tolerance in words.
func (t Tolerance) String() string {
	s := "no movement"
	if t.PercentBP > 0 {
		s = t.PercentBP.String() + " of the approved amount"
	}
	if t.FloorCents > 0 {
		s = fmt.Sprintf("the greater of %s and %s", s, t.FloorCents)
	}
	if t.CapCents > 0 {
		s += fmt.Sprintf(", at most %s", t.CapCents)
	}
	return s
}
