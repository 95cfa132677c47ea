package workflow

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"earmark/models"
	"earmark/programs"
)

// competition is the shipped program with budget forms.
func competition(t testing.TB) *programs.Definition {
	t.Helper()
	s, err := programs.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := s.Program("rtt-state-application")
	if !ok || d.Budget == nil {
		t.Fatal("no program with a budget form")
	}
	return d
}

func formsOf(t testing.TB, def *programs.Definition, in EvaluateBudget) ([]BudgetResult, error) {
	t.Helper()
	out, err := Evaluate(def, EvaluateInput{FiscalYear: 2011, Budget: &in})
	if err != nil {
		return nil, err
	}
	return out.Budget.Forms, nil
}

func TestEveryProblemOfABudgetFormHasACode(t *testing.T) {
	t.Parallel()
	def := competition(t)
	form := func(mode string, rows ...BudgetRow) EvaluateBudget {
		return EvaluateBudget{Forms: []EvaluateForm{{Code: "P", Kind: BudgetProject, BudgetContent: BudgetContent{Rows: rows, Indirect: BudgetIndirect{Mode: mode}}}}}
	}
	amount := func(line string, cents models.Cents) BudgetRow {
		return BudgetRow{Line: line, AmountsCents: map[string]models.Cents{"y1": cents}}
	}
	for code, in := range map[string]EvaluateBudget{
		"budget.empty":         form(""),
		"budget.indirect_none": form("", amount("10", 100)),
	} {
		got, err := formsOf(t, def, in)
		if err != nil || !slices.ContainsFunc(got[0].Problems, func(p BudgetProblem) bool { return p.Code == code && p.Severity == "error" && p.Fix != "" }) {
			t.Errorf("%s: %v %v", code, got, err)
		}
	}
	plain := *def.Budget
	plain.Indirect, plain.Request = nil, nil
	settled := *def.Budget
	settled.Indirect = &programs.BudgetIndirect{Line: "10"}
	without := func(b *programs.Budget) *programs.Definition { d := *def; d.Budget = b; return &d }
	for _, c := range []struct {
		code string
		def  *programs.Definition
		in   EvaluateBudget
	}{
		{"budget.amount", def, form("", amount("1", -100))},
		{"budget.amount", def, form("", amount("1", maxBudgetCents+100))},
		{"budget.no_indirect", without(&plain), form(IndirectTemporary)},
		{"budget.no_temporary", without(&settled), form(IndirectTemporary)},
		{"budget.none", michigan(t), form("")},
		{"budget.none", without(&plain), EvaluateBudget{Requests: []EvaluateRequest{{Recipient: "Maine"}}}},
		{"unknown", def, EvaluateBudget{Forms: []EvaluateForm{{Kind: "sketch"}}}},
	} {
		if _, err := formsOf(t, c.def, c.in); refusedAs([]string{c.code}, err) != nil {
			t.Errorf("%s: %v", c.code, err)
		}
	}
}

// Computed lines are what a plain loop over the entered ones gives; the roll-up is the sum
// of the projects in any order; a summary that repeats it ties out.
func TestBudgetFormsAddUp(t *testing.T) {
	t.Parallel()
	def := competition(t)
	years := def.Budget.Years
	rapid.Check(t, func(rt *rapid.T) {
		sums := map[string]models.Cents{} // by line and year
		var forms []EvaluateForm
		for n := range rapid.IntRange(1, 4).Draw(rt, "projects") {
			f := EvaluateForm{Code: fmt.Sprintf("P%d", n), Kind: BudgetProject}
			for line := range 12 {
				if line+1 == 9 || line+1 == 10 {
					continue
				}
				row := BudgetRow{Line: fmt.Sprint(line + 1), AmountsCents: map[string]models.Cents{}}
				for _, y := range years {
					if rapid.Bool().Draw(rt, "given") {
						row.AmountsCents[y] = 100 * models.Cents(rapid.Int64Range(0, 1e9).Draw(rt, "dollars"))
						for _, into := range intoLines(line + 1) {
							sums[into+y] += row.AmountsCents[y]
						}
					}
				}
				f.Rows = append(f.Rows, row)
			}
			forms = append(forms, f)
		}
		summary := EvaluateForm{Code: "S", Kind: BudgetSummary}
		for line := range 12 {
			if line+1 == 9 || line+1 == 10 {
				continue
			}
			row := BudgetRow{Line: fmt.Sprint(line + 1), AmountsCents: map[string]models.Cents{}}
			for _, y := range years {
				if sum := sums[row.Line+y]; sum != 0 {
					row.AmountsCents[y] = sum
				}
			}
			summary.Rows = append(summary.Rows, row)
		}
		first, err := formsOf(t, def, EvaluateBudget{Forms: append([]EvaluateForm{summary}, forms...)})
		if err != nil {
			rt.Fatal(err)
		}
		if len(first[0].TieOut) != 0 {
			rt.Fatalf("a summary that is the sum does not tie out: %v", first[0].TieOut)
		}
		slices.Reverse(forms)
		second, err := formsOf(t, def, EvaluateBudget{Forms: append([]EvaluateForm{summary}, forms...)})
		if err != nil {
			rt.Fatal(err)
		}
		for i, l := range first[0].RollUp {
			for y, name := range years {
				var a, b models.Cents
				if l.AmountsCents[y] != nil {
					a = *l.AmountsCents[y]
				}
				if x := second[0].RollUp[i].AmountsCents[y]; x != nil {
					b = *x
				}
				if want := sums[l.Line+name]; a != want || b != want {
					rt.Fatalf("line %s in %s is %s and %s, want %s", l.Line, name, a, b, want)
				}
			}
		}
	})
}

// intoLines are the lines that an entered line of a project counts in.
func intoLines(line int) []string {
	if line <= 8 {
		return []string{fmt.Sprint(line), "9", "13"}
	}
	return []string{fmt.Sprint(line), "13"}
}
