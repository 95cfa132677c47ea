package programs

import (
	"strings"
	"testing"
)

func TestAChainThatCannotBeMeantIsRefused(t *testing.T) {
	t.Parallel()
	mi, err := files.ReadFile("mi-21h.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const bodies = "\nbodies:\n  - {code: board, title: Board, of: district, means: The board of a district.}\n  - {code: council, title: Council, of: school, means: The council of a school.}\n"
	const steps = "    - code: program\n      title: Program review\n      roles: [pal]\n      assigned_only: true\n    - code: fiscal\n      title: Fiscal review\n      roles: [fiscal_reviewer, opd_manager]\n"
	for name, c := range map[string]struct{ steps, says string }{
		"nobody":               {"{code: a, title: A}", "Nobody can take this step."},
		"an unknown body":      {"{code: a, title: A, body: bord}", `Did you mean board?`},
		"another kind's body":  {"{code: a, title: A, body: council}", "The Council is a body of a school, and a district applies here."},
		"a negative count":     {"{code: a, title: A, body: board, count: -1}", "A number of people cannot be negative."},
		"no amount":            {"{code: a, title: A, body: board, from_cents: 200, up_to_cents: 100}", "No amount is at least $2.00 and at most $1.00."},
		"a negative amount":    {"{code: a, title: A, body: board, from_cents: -1}", "An amount cannot be negative."},
		"nobody looks at less": {"{code: a, title: A, body: board, from_cents: 100}", "An amount of $0.00 is approved without a review."},
		"nobody looks between": {"{code: a, title: A, body: board, up_to_cents: 100}, {code: b, title: B, body: board, from_cents: 102}", "An amount of $1.01 is approved without a review."},
		"nobody looks at more": {"{code: a, title: A, body: board, up_to_cents: 100}", "An amount of $1.01 is approved without a review."},
		"an unknown exclusion": {"{code: a, title: A, body: board, exclude: [preparers]}", `Did you mean preparer?`},
		"its own exclusion":    {"{code: a, title: A, body: board, exclude: [a]}", `"a" is not known here.`},
		"a second liaison":     {"{code: a, title: A, roles: [pal], assigned_only: true, count: 2}", "One liaison is assigned to a district"},
		"a district's role":    {"{code: a, title: A, roles: [district_preparer]}", `The role "district_preparer" cannot do this.`},
		"right":                {"{code: a, title: A, body: board, count: 2, exclude: [b]}, {code: b, title: B, roles: [opd_manager], from_cents: 100, exclude: [submitter, preparer]}", ""},
	} {
		text := strings.Replace(string(mi), steps, "    ["+c.steps+"]\n", 1) + bodies
		if !strings.Contains(text, c.steps) {
			t.Fatal("the approval chain of mi-21h is written otherwise than this test expects")
		}
		_, err := Parse("x.yaml", []byte(text))
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}
