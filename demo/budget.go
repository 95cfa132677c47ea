package demo

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

// stateProgram is the other program of the demo: the state itself asks for a grant, with
// budget forms. Every figure is synthetic.
const stateProgram = "rtt-state-application"

// stateForm is one budget form of the state, in dollars a year.
type stateForm struct {
	kind, code, title string
	lines             map[string][4]models.Cents
	submit            bool
}

var stateForms = []stateForm{
	{workflow.BudgetProject, "COACH", "Coaches for early reading (synthetic)", map[string][4]models.Cents{"1": {900_000, 918_000, 936_360, 955_087}, "6": {250_000, 250_000, 125_000, 125_000}}, true},
	{workflow.BudgetProject, "DATA", "Linked student records (synthetic)", map[string][4]models.Cents{"4": {180_000, 0, 0, 40_000}, "6": {2_400_000, 2_100_000, 900_000, 900_000}}, true},
	{workflow.BudgetProject, "SCHOOL", "Support for low-achieving schools (synthetic)", map[string][4]models.Cents{"12": {3_000_000, 4_000_000, 4_000_000, 4_500_000}}, false},
	// The coaches' contracts of the first year are missing in line 6: the summary does not tie out.
	{workflow.BudgetSummary, "SUMMARY", "Budget summary (synthetic)", map[string][4]models.Cents{"1": {900_000, 918_000, 936_360, 955_087}, "4": {180_000, 0, 0, 40_000},
		"6": {2_400_000, 2_350_000, 1_025_000, 1_025_000}, "12": {3_000_000, 4_000_000, 4_000_000, 4_500_000}, "14": {6_480_000, 7_268_000, 5_961_360, 6_520_087}}, false},
}

// stateBudget opens a year of the program, and the state writes its forms.
func (w *world) stateBudget() {
	w.at("2026-02-03", "write the state's budget forms", func(ctx context.Context) error {
		agency, err := w.organization(ctx, models.KindAgency, "90000")
		if err != nil {
			return err
		}
		writer, err := w.create(ctx, Account{Role: models.RolePreparer, Name: "Noor Demo-Preparer State", Email: "preparer-state@demo.example"}, agency)
		if err != nil {
			return err
		}
		signer, err := w.create(ctx, Account{Role: models.RoleAuthorizedOfficial, Name: "Ines Demo-Official State", Email: "official-state@demo.example"}, agency)
		if err != nil {
			return err
		}
		w.clock.tick()
		year, err := w.s.CreateGrantYear(ctx, w.analyst, workflow.CreateGrantYear{ProgramCode: stateProgram, FiscalYear: 2026})
		if err != nil {
			return err
		}
		w.stateYear = year.ID
		if _, err = w.s.TransitionGrantYear(ctx, w.manager, workflow.GrantYearTransition{ID: year.ID, Event: "open"}); err != nil {
			return err
		}
		for _, f := range stateForms {
			w.clock.tick()
			form, err := w.s.CreateBudgetForm(ctx, writer, workflow.NewBudgetForm{GrantYearID: w.stateYear, OrganizationID: agency, FormKind: f.kind, Code: f.code, Title: f.title, Rows: f.rows()})
			if err != nil {
				return err
			}
			if !f.submit {
				continue
			}
			if _, err = w.s.TransitionBudgetForm(ctx, signer, workflow.TransitionBudgetForm{ID: form.ID, Event: "submit"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// rows are the form's entered lines; a year without money is blank.
func (f stateForm) rows() (rows []workflow.BudgetRow) {
	for _, line := range []string{"1", "4", "6", "12", "14"} {
		dollars, entered := f.lines[line]
		if !entered {
			continue
		}
		row := workflow.BudgetRow{Line: line, AmountsCents: map[string]models.Cents{}}
		for i, year := range []string{"y1", "y2", "y3", "y4"} {
			if dollars[i] != 0 {
				row.AmountsCents[year] = dollars[i] * 100
			}
		}
		rows = append(rows, row)
	}
	return rows
}
