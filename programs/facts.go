package programs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow/determine"
	"earmark/workflow/formula"
)

// ReadFact reads one value of a declared fact into its canonical form. The error says
// what would be right.
func (d *Definition) ReadFact(of models.OrganizationKind, name, text, source string) (formula.Fact, error) {
	return d.readFact(of, "", name, text, source)
}

// ReadGroupFact is ReadFact for a fact of one group of an organization.
func (d *Definition) ReadGroupFact(of models.OrganizationKind, name, text, source string) (formula.Fact, error) {
	return d.readFact(of, determine.PerGroup, name, text, source)
}

// FactOf finds a declared fact that can be given (not one worked out from history).
func (d *Definition) FactOf(of models.OrganizationKind, per, name string) *Fact {
	for i := range d.Facts {
		if f := &d.Facts[i]; f.Of == of && f.Per == per && f.Name == name && f.YearsInARow == nil {
			return f
		}
	}
	return nil
}

func (d *Definition) readFact(of models.OrganizationKind, per, name, text, source string) (formula.Fact, error) {
	if f := d.FactOf(of, per, name); f != nil {
		out := formula.Fact{Name: name, Type: f.Type, Text: strings.TrimSpace(text), Source: source}
		return out, f.read(&out)
	}
	whose := "a " + string(of)
	if per != "" {
		whose = "a " + per + " of " + whose
	}
	var names []string
	for _, f := range d.Facts {
		switch {
		case f.Of != of || f.Name == name && f.YearsInARow == nil && f.Per == per:
		case f.Name == name && f.YearsInARow != nil:
			return formula.Fact{}, fmt.Errorf("the fact %s is counted from history and cannot be given", name)
		case f.Name == name && per == "":
			return formula.Fact{}, fmt.Errorf("%s is a fact of each %s; say of which", name, f.Per)
		case f.Per == per && f.YearsInARow == nil:
			names = append(names, f.Name)
		}
	}
	return formula.Fact{}, fmt.Errorf("the program knows no fact %q of %s. %s", name, whose, suggest(name, names))
}

// maxNumberFact is a hundred trillion dollars: far above any budget, and far from overflow.
const maxNumberFact = 10_000_000_000_000_000

func (f *Fact) read(out *formula.Fact) error {
	switch f.Type {
	case "integer":
		n, err := strconv.ParseInt(out.Text, 10, 64)
		if err != nil || n > maxNumberFact || n < -maxNumberFact { // within counts hundredths
			return fmt.Errorf("%s must be a whole number, not %q", f.Name, out.Text)
		}
		out.Number, out.Text = n, strconv.FormatInt(n, 10)
		return f.within(n*100, out.Text)
	case "cents":
		n, err := strconv.ParseInt(out.Text, 10, 64)
		if err != nil || n > maxNumberFact || n < -maxNumberFact {
			return fmt.Errorf("%s must be a whole number of cents, not %q", f.Name, out.Text)
		}
		out.Number, out.Text = n, strconv.FormatInt(n, 10)
		return f.within(n*100, out.Text)
	case "decimal":
		h, err := models.ParseHundredths(out.Text)
		if err != nil {
			return fmt.Errorf("%s must be a number with at most two decimals, not %q", f.Name, out.Text)
		}
		out.Number, out.Text = int64(h), h.String()
		return f.within(int64(h), out.Text)
	case "boolean":
		if out.Text != "true" && out.Text != "false" {
			return fmt.Errorf("%s must be true or false, not %q", f.Name, out.Text)
		}
		if out.Text == "true" {
			out.Number = 1
		}
		return nil
	case "list":
		out.List = splitList(out.Text)
		out.Text = strings.Join(out.List, ";")
		return f.known(out.List...)
	}
	return f.known(out.Text)
}

// splitList takes a;b or a,b, as exports of school data have both.
func splitList(text string) []string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}

func (f *Fact) within(hundredths int64, text string) error {
	if f.Min != "" {
		if low, err := models.ParseHundredths(f.Min); err == nil && hundredths < int64(low) {
			return fmt.Errorf("%s must be at least %s, not %s", f.Name, f.Min, text)
		}
	}
	if f.Max != "" {
		if high, err := models.ParseHundredths(f.Max); err == nil && hundredths > int64(high) {
			return fmt.Errorf("%s must be at most %s, not %s", f.Name, f.Max, text)
		}
	}
	return nil
}

func (f *Fact) known(values ...string) error {
	if len(f.OneOf) == 0 {
		return nil
	}
	for _, v := range values {
		if !slices.Contains(f.OneOf, v) {
			return fmt.Errorf("%s knows no value %q (%s)", f.Name, v, strings.TrimSuffix(suggest(v, f.OneOf), "."))
		}
	}
	return nil
}
