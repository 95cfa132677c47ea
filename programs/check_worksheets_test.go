package programs

import (
	"io/fs"
	"strings"
	"testing"
)

// Every mistake about lines, targets, worksheets and the gate is found at its place.
func TestMistakesAboutWorksheetsAreFound(t *testing.T) {
	t.Parallel()
	src, err := fs.ReadFile(Embedded(), "mi-21h.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, with, want string }{
		{"one per a text", "one_per: line\n    reference_prefix: IMPL", "one_per: planned\n    reference_prefix: IMPL", "one_per"},
		{"one per what can be left out", "{name: line, type: line_item, required: true, means: Number of the line in force.}\n      - {name: targets, type: targets, prefill: line.targets, means: Targets that the line serves.}\n      - {name: strategy, type: text, max_length: 400, prefill: line.plan_strategy, means: Strategy of the improvement plan that the line pays for.}\n      - {name: planned",
			"{name: line, type: line_item, means: Number of the line in force.}\n      - {name: planned", "can be left out"},
		{"a prefill of another type", "prefill: target.baseline", "prefill: line.metric", "prefill"},
		{"a prefill that there is not", "prefill: line.metric", "prefill: line.nonsense", "prefill"},
		{"a parameter of another type", "least_parameter: worksheet_least", "least_parameter: needs_days", "least_parameter"},
		{"a parameter that there is not", "rate_parameter: result_expected_at", "rate_parameter: result_expected", "rate_parameter"},
		{"a part where none is looked at", "    check: worksheet_missing\n", "    check: worksheet_missing\n    rate_parameter: result_expected_at\n", "rate_parameter"},
		{"needed for a field that there is not", "needed:\n      for: line\n", "needed:\n      for: lime\n", "needed.for"},
		{"needed on no common day", "after: implementation_due", "after: assigned_on", "deadline"},
		{"a field of the line that there is not", "line.spent_cents > 0\n        require: record.status", "line.spent > 0\n        require: record.status", "spent"},
		{"a gate about no kind", "kind: effectiveness_worksheet\n      counts", "kind: effectiveness\n      counts", "prior.kind"},
		{"a gate about a kind that nobody needs", "kind: effectiveness_worksheet\n      counts", "kind: imposed_measure\n      counts", "No line needs"},
		{"a count that is a word of the view", "{name: early,", "{name: lines,", "counts[1].name"},
		{"a count that the gate does not know", "prior.early)", "prior.late)", "late"},
		{"a count over a field that there is not", `where: other.judgement == "too_early"`, `where: other.judgment == "too_early"`, "judgment"},
	} {
		text := strings.Replace(string(src), c.old, c.with, 1)
		if text == string(src) {
			t.Errorf("%s: nothing was changed", c.name)
			continue
		}
		if _, err := Parse("mi-21h.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
