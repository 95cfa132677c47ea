package web

import (
	"strings"

	"earmark/workflow"
)

// ruleStep puts a step of the formula into words; amounts of parameters stay as declared.
func (r *request) ruleStep(s workflow.ReceiptStep) ruleStep {
	out := ruleStep{Code: words(s.Code), Says: s.Says, Rule: s.Rule, Cite: s.Cite, Result: s.Result}
	if s.Basis != "" {
		out.Basis = r.t(words(s.Basis))
	}
	for _, in := range s.Inputs {
		name := in.As
		if in.Name != "" && in.Name != in.As {
			name += " (" + in.Name + ")"
		}
		out.Inputs = append(out.Inputs, Figure{words(name), in.Value})
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
