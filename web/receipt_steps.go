package web

import (
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// inUnit writes the value of a parameter as people write it: cents as dollars, basis points
// as percent. What is no such number stays as it is.
func inUnit(kind, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case err != nil:
		return value
	case kind == "cents":
		return models.Cents(n).String()
	case kind == "basis_points":
		return percent(n)
	}
	return value
}

// ruleStep puts a step of the formula into words. kinds are the types of the parameters.
func (r *request) ruleStep(s workflow.ReceiptStep, kinds map[string]string) ruleStep {
	out := ruleStep{Code: words(s.Code), Says: s.Says, Rule: s.Rule, Cite: s.Cite, Result: s.Result}
	if s.Basis != "" {
		out.Basis = r.t(words(s.Basis))
	}
	for _, in := range s.Inputs {
		name := in.As
		if in.Name != "" && in.Name != in.As {
			name += " (" + in.Name + ")"
		}
		out.Inputs = append(out.Inputs, Figure{words(name), inUnit(kinds[in.Name], in.Value)})
	}
	for _, b := range s.Bands {
		var limits []string
		for _, limit := range []struct{ text, value string }{{r.t("from %s"), b.From}, {r.t("above %s"), b.Above}, {r.t("below %s"), b.Below}, {r.t("up to %s"), b.UpTo}} {
			if limit.value != "" {
				limits = append(limits, strings.ReplaceAll(limit.text, "%s", limit.value))
			}
		}
		out.Bands = append(out.Bands, strings.Join(limits, ", ")+": × "+b.Weight)
	}
	return out
}
