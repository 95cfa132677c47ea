package web

import (
	"regexp"
	"slices"
	"strconv"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow"
	"earmark/workflow/formula"
)

// formulaWords is a formula as people read it.
type formulaWords struct {
	Cite      string
	Recipient string
	Unit      string
	Pool      *valueWords
	Steps     []stepWords
}

// stepWords is one step: what it does, in the definition's own words, with its numbers.
type stepWords struct {
	Title  string
	Says   string
	Values []valueWords
	Bands  []bandWords
	Fact   string
	Cond   string // the condition as the program has it, for who wants to see it
	Basis  string
	Cite   string
}

// valueWords is a parameter with its value in a year.
type valueWords struct {
	Name, Title, Value, Basis, Means, Cite string
	Type, Text                             string
	Overridden                             bool
}

// bandWords is a range with its weight.
type bandWords struct{ Range, Weight string }

// parameterValue shows a value as people write it.
func parameterValue(lang, kind, text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case kind == "date":
		return day(lang, models.Date(text))
	case kind == "boolean" && text == "true":
		return say(lang, "yes")
	case kind == "boolean":
		return say(lang, "no")
	case err != nil:
		return text
	case kind == "cents":
		return models.Cents(n).String()
	case kind == "basis_points":
		return percent(n)
	}
	return text
}

func (r *request) valueOf(p programs.Param) valueWords {
	return valueWords{Name: p.Name, Title: r.t(words(p.Name)), Value: parameterValue(r.lang, p.Type, p.Text), Basis: r.basis(p.Basis), Means: p.Means, Cite: p.Cite,
		Type: p.Type, Text: p.Text, Overridden: p.Overridden}
}

// basis says where a value comes from.
func (r *request) basis(code string) string {
	switch code {
	case "law":
		return r.t("law")
	case "policy":
		return r.t("policy of the office")
	case "assumption":
		return r.t("assumption, to be confirmed")
	case "grant year":
		return r.t("set for this grant year")
	}
	return words(code)
}

func (r *request) formulaWords(rules workflow.ProgramDetail) formulaWords {
	f := rules.Definition.Formula
	values := map[string]valueWords{}
	for _, p := range rules.Parameters {
		values[p.Name] = r.valueOf(p)
	}
	out := formulaWords{Cite: f.Cite, Recipient: r.t(words(string(f.Recipient))), Unit: r.t(words(string(f.Unit)))}
	if v, ok := values[f.Pool]; ok {
		out.Pool = &v
	}
	for _, s := range f.Steps {
		w := stepWords{Title: r.stepTitle(s.Kind), Says: s.Says, Basis: r.basis(s.Basis), Cite: s.Cite, Fact: s.Fact, Cond: s.When}
		if w.Cond == "" {
			w.Cond = s.Value
		}
		for _, name := range stepParameters(s) {
			if v, ok := values[name]; ok {
				w.Values = append(w.Values, v)
			}
		}
		for _, b := range s.Bands {
			w.Bands = append(w.Bands, bandWords{r.bandRange(b), b.Weight})
		}
		out.Steps = append(out.Steps, w)
	}
	return out
}

// stepTitle is a kind of step in words.
func (r *request) stepTitle(kind string) string {
	switch kind {
	case formula.StepSetAside:
		return r.t("Set aside")
	case formula.StepEligible:
		return r.t("Who counts")
	case formula.StepYears:
		return r.t("For how long")
	case formula.StepMeasure:
		return r.t("What is counted")
	case formula.StepWeight:
		return r.t("Weight by need")
	case formula.StepProrate:
		return r.t("Share in proportion")
	case formula.StepRate:
		return r.t("Amount for each")
	case formula.StepFlat:
		return r.t("Flat amount")
	case formula.StepFloor:
		return r.t("Floor")
	case formula.StepCap:
		return r.t("Cap")
	case formula.StepHoldHarmless:
		return r.t("Hold harmless")
	case formula.StepRound:
		return r.t("Round")
	}
	return words(kind)
}

func (r *request) bandRange(b formula.Band) string {
	low, high := "", ""
	switch {
	case b.From != "":
		low = r.t("from %s", b.From)
	case b.Above != "":
		low = r.t("above %s", b.Above)
	}
	switch {
	case b.Below != "":
		high = r.t("below %s", b.Below)
	case b.UpTo != "":
		high = r.t("up to %s", b.UpTo)
	}
	switch {
	case low != "" && high != "":
		return low + ", " + high
	case low+high == "":
		return r.t("any")
	}
	return low + high
}

var parameterName = regexp.MustCompile(`params\.([a-z0-9_]+)`)

// stepParameters are the names of parameters that a step reads.
func stepParameters(s formula.Step) []string {
	names := []string{s.Pool, s.Amount, s.Percent, s.Top, s.AtLeast, s.AtMost, s.Limit, s.Years}
	for _, text := range []string{s.When, s.By, s.Value} {
		for _, found := range parameterName.FindAllStringSubmatch(text, -1) {
			names = append(names, found[1])
		}
	}
	var out []string
	for _, n := range names {
		if n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// formulaParameters are those that a formula reads, in its order.
func formulaParameters(f formula.Formula) []string {
	out := []string{}
	for _, n := range []string{f.Pool, f.PoolPercent} {
		if n != "" {
			out = append(out, n)
		}
	}
	for _, s := range f.Steps {
		for _, n := range stepParameters(s) {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}
