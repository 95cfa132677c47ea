package programs

import (
	"strings"
	"testing"
)

// withBudget is the shipped program with a line of its budget section written otherwise.
func withBudget(t *testing.T, old, new string) string {
	t.Helper()
	text, err := files.ReadFile("rtt-state-application.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), old) != 1 {
		t.Fatalf("%q stands there %d times", old, strings.Count(string(text), old))
	}
	return strings.Replace(string(text), old, new, 1)
}

func TestEveryMistakeOfABudgetFormIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, new, path, says string }{
		{"years: [y1, y2, y3, y4]", "years: []", "budget.years", "has 1 to 10 years"},
		{"years: [y1, y2, y3, y4]", "years: [y1, y1]", "budget.years[1]", "stands here twice"},
		{"years: [y1, y2, y3, y4]", "years: [y1, total]", "budget.years[1]", "total is always there"},
		{"years: [y1, y2, y3, y4]", "years: [Y1]", "budget.years[0]", "cannot be used"},
		{"tie_out: warning", "tie_out: maybe", "budget.tie_out", "not known here"},
		{"is: 1..8", "is: 1..10", "budget.lines[8].is", `no line "1..10" above`},
		{"is: 13 + 14", "is: 13 + 13", "budget.lines[14].is", "counted twice"},
		{"is: 13 + 14, only: summary", "is: 13 + 14", "budget.lines[14].is", "only in the summary"},
		{"- {code: \"8\", title: Other", "- {code: \"7\", title: Other", "budget.lines[7].code", "stands here twice"},
		{"- {code: \"8\", title: Other", "- {code: \"8-9\", title: Other", "budget.lines[7].code", "cannot be the code"},
		{"    line: \"14\"\n    of: \"15\"", "    line: \"13\"\n    of: \"15\"", "budget.share.line", "not known here"},
		{"percent_bp: 5000\n    says", "percent_bp: 10000\n    says", "budget.share.percent_bp", "not a part"},
		{"never: [\"11\", \"12\"]", "never: [\"11\", \"1\"]", "budget.indirect.temporary.base[0]", "in no base"},
		{"proposal_days: 90\n", "proposal_days: 0\n", "budget.indirect.temporary.proposal_days", "days after the award"},
		{"minimum_parameter: equipment_threshold", "minimum_parameter: equipment", "budget.unit_costs[0].minimum_parameter", "no parameter"},
		{"    fact: request_category", "    fact: category", "budget.request.fact", "no text fact"},
		{"maximum_cents: 7500000000", "maximum_cents: 75", "budget.request.categories[4].maximum_cents", "less than the minimum"},
		{"members: [California, Texas,", "members: [California, Maine,", "budget.request.categories[4].members[5]", "stands here twice"},
	} {
		_, err := Parse("x.yaml", []byte(withBudget(t, c.old, c.new)))
		problems, ok := err.(Problems) //nolint:errorlint // as Parse returns it
		if !ok {
			t.Errorf("%s: %v", c.new, err)
			continue
		}
		found := false
		for _, p := range problems {
			found = found || p.Path == c.path && strings.Contains(p.Says, c.says) && p.Line > 1
		}
		if !found {
			t.Errorf("%s: no problem at %s with %q in %v", c.new, c.path, c.says, err)
		}
	}
}
