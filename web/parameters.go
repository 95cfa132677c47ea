package web

import (
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/programs"
)

// parameterField is a parameter that can be set: the input, what it means, and what holds
// when nothing is typed.
type parameterField struct {
	Field
	Means, Basis, Cite string
	Base               string // as people write it
	Slider             *slider
}

// slider sets a number by its part of what it is without the change. Its positions are
// percent of the base, so that every base lies on a step; the number beside it is what
// counts, and without a script the slider counts when the number was left alone.
type slider struct {
	Name, ID     string
	Position     int64
	Base         string // the number at 100, in the unit of the type
	Kind         string
	Label, Shown string
}

const parameterPrefix = "parameters."

// typedParameter is a stored value as somebody types it: dollars, percent.
func typedParameter(kind, text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return text
	case kind == "cents":
		return strings.TrimPrefix(models.Cents(n).String(), "$")
	case kind == "basis_points":
		return strings.TrimSuffix(percent(n), " %")
	}
	return text
}

// storedParameter is the way back. What cannot be read is left to the command, which says
// what is wrong with it.
func storedParameter(kind, text string) string {
	text = strings.TrimSpace(text)
	switch kind {
	case "cents":
		if c, err := models.ParseCents(text); err == nil {
			return strconv.FormatInt(int64(c), 10)
		}
	case "basis_points":
		if h, err := models.ParseHundredths(strings.TrimSpace(strings.TrimSuffix(text, "%"))); err == nil {
			return strconv.FormatInt(int64(h), 10)
		}
	}
	return text
}

// parameterFields are the inputs for parameters. base is what holds without a change; own
// are the values that were changed.
func (r *request) parameterFields(f *Form, declared []programs.Parameter, base programs.Params, own map[string]string, sliders bool) []parameterField {
	var out []parameterField
	for _, p := range declared {
		v, known := base.Get(p.Name)
		field := parameterField{Means: p.Means, Cite: p.Cite, Basis: r.basis(p.Basis)}
		if known {
			field.Base, field.Basis = parameterValue(r.lang, p.Type, v.Text), r.basis(v.Basis)
		}
		name := parameterPrefix + p.Name
		if !f.Values.Has(name) {
			text := v.Text
			if changed, ok := own[p.Name]; ok {
				text = changed
			}
			f.Values.Set(name, typedParameter(p.Type, text))
		}
		field.Field = r.parameterInput(f, p.Type, name, r.t(words(p.Name)))
		if sliders && known {
			field.Slider = r.slider(f, p, v)
		}
		out = append(out, field)
	}
	return out
}

func (r *request) parameterInput(f *Form, kind, name, label string) Field {
	switch kind {
	case "cents":
		return f.Money(name, label)
	case "basis_points":
		return f.Number(name, r.t("%s, in percent", label)).Sized("sm")
	case "date":
		return f.Date(name, label)
	case "boolean":
		return f.Select(name, label, []Option{{Value: "true", Text: r.t("yes")}, {Value: "false", Text: r.t("no")}}).Sized("sm")
	case "integer", "decimal":
		return f.Number(name, label).Sized("sm")
	}
	return f.Text(name, label)
}

func (r *request) slider(f *Form, p programs.Parameter, base programs.Param) *slider {
	number, err := strconv.ParseInt(base.Text, 10, 64)
	if err != nil || number <= 0 || p.Type != "cents" && p.Type != "basis_points" && p.Type != "integer" {
		return nil
	}
	position := int64(100)
	if now, err := strconv.ParseInt(storedParameter(p.Type, f.Values.Get(parameterPrefix+p.Name)), 10, 64); err == nil {
		if share, ok := models.Rate(models.Cents(now), models.Cents(number)); ok {
			position = min(max((int64(share)+50)/100, 0), 200)
		}
	}
	return &slider{Name: "slider." + p.Name, ID: "slider-" + p.Name, Position: position, Base: base.Text, Kind: p.Type,
		Label: r.t("%s: part of what it is", r.t(words(p.Name))), Shown: r.t("%d %% of %s", position, parameterValue(r.lang, p.Type, base.Text))}
}

// sentParameters reads the values that differ from the base. A slider that was moved counts
// when its number was left alone: so it works without a script.
func sentParameters(f *Form, declared []programs.Parameter, base programs.Params) map[string]string {
	out := map[string]string{}
	for _, p := range declared {
		name := parameterPrefix + p.Name
		if !f.Values.Has(name) {
			continue
		}
		text := storedParameter(p.Type, f.Values.Get(name))
		v, known := base.Get(p.Name)
		if text == storedParameter(p.Type, f.Values.Get("shown."+p.Name)) && known {
			if moved, ok := slid(f, p, v); ok {
				text = moved
				f.Values.Set(name, typedParameter(p.Type, text))
			}
		}
		if text != "" && (!known || text != v.Text) {
			out[p.Name] = text
		}
	}
	return out
}

// slid is the value of a slider that was moved.
func slid(f *Form, p programs.Parameter, base programs.Param) (string, bool) {
	at, err := strconv.ParseInt(f.Values.Get("slider."+p.Name), 10, 64)
	was := f.Values.Get("at." + p.Name)
	if err != nil || was == "" || was == f.Values.Get("slider."+p.Name) {
		return "", false
	}
	number, err := strconv.ParseInt(base.Text, 10, 64)
	if err != nil {
		return "", false
	}
	value, err := models.Cents(number).MulRatio(min(max(at, 0), 200), 100, models.RoundHalfUp)
	return strconv.FormatInt(int64(value), 10), err == nil
}

// declaredIn puts the named parameters first.
func declaredIn(declared []programs.Parameter, names []string) (first, rest []programs.Parameter) {
	for _, p := range declared {
		if slices.Contains(names, p.Name) {
			first = append(first, p)
		} else {
			rest = append(rest, p)
		}
	}
	return first, rest
}
