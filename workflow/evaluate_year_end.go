package workflow

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
)

// EvaluateYearEnd are the sections of a file about the end of a year.
type EvaluateYearEnd struct {
	Reconciliations []EvaluateReconciliation `json:"reconciliations,omitempty"`
	YearEndReports  []EvaluateYearEndReport  `json:"year_end_reports,omitempty"`
}

// EvaluatedYearEnd is what became of them, in the order of the input.
type EvaluatedYearEnd struct {
	Reconciliations []EvaluatedReconciliation `json:"reconciliations,omitempty"`
	YearEndReports  []EvaluatedYearEndReport  `json:"year_end_reports,omitempty"`
}

// EvaluateReconciliation is the money of an application. Cells are written function/object.
type EvaluateReconciliation struct {
	AllocationCents models.Cents                  `json:"allocation_cents"`
	PaidCents       models.Cents                  `json:"paid_cents"`
	ReturnedCents   models.Cents                  `json:"returned_cents,omitempty"`
	Cells           map[string]EvaluateCellAmount `json:"cells"`
}

// EvaluateCellAmount is what a cell has approved and spent.
type EvaluateCellAmount struct {
	ApprovedCents models.Cents `json:"approved_cents"`
	SpentCents    models.Cents `json:"spent_cents"`
}

// EvaluatedReconciliation has its cells in the order of codes.
type EvaluatedReconciliation struct {
	Totals ReconciledTotals `json:"totals"`
	Cells  []ReconciledCell `json:"cells"`
}

// EvaluateYearEndReport is a report about to be certified.
type EvaluateYearEndReport struct {
	Report        string        `json:"report"`
	PaidOn        models.Date   `json:"paid_on,omitempty"` // the first payment
	SubmittedOn   models.Date   `json:"submitted_on"`
	SpentCents    models.Cents  `json:"spent_cents"`
	UnspentCents  models.Cents  `json:"unspent_cents"` // of what was paid
	LedgerCents   *models.Cents `json:"ledger_cents,omitempty"`
	ExpectedCents *models.Cents `json:"expected_cents,omitempty"`
	Plan          string        `json:"plan,omitempty"`
}

// EvaluatedYearEndReport is when it was due, how late it is, and what it lacks.
type EvaluatedYearEndReport struct {
	EvaluatedFindings
	Report   string      `json:"report"`
	DueOn    models.Date `json:"due_on,omitempty"`
	Through  models.Date `json:"through"`
	DaysLate int         `json:"days_late"`
}

const maxReconciledCells = 10_000 // of one file

func (e *evaluation) yearEnd() error {
	cells := 0
	for i, in := range e.in.Reconciliations {
		if cells += len(in.Cells); cells > maxReconciledCells {
			e.broken(fmt.Sprintf("/reconciliations/%d", i), "reconciliation.too_many", "Ask in several files.", "The file has more than %d cells.", maxReconciledCells)
			break
		}
		e.reconciled(fmt.Sprintf("/reconciliations/%d", i), in)
	}
	for i, in := range e.in.YearEndReports {
		e.yearEndReport(fmt.Sprintf("/year_end_reports/%d", i), in)
	}
	return invalid(e.wrong)
}

func (e *evaluation) reconciled(at string, in EvaluateReconciliation) {
	cells := make([]ReconciledCell, 0, len(in.Cells))
	for code, c := range in.Cells {
		function, object, ok := strings.Cut(code, "/")
		if !ok {
			e.broken(at+"/cells/"+pointerToken(code), "cell.form", "Write function/object, such as 221/3120.", "%q is not a cell.", code)
		}
		if min(c.ApprovedCents, c.SpentCents) < 0 || max(c.ApprovedCents, c.SpentCents) > maxLineCents {
			e.broken(at+"/cells/"+pointerToken(code), "reconciliation.amount", "Give amounts from 0 to 1,000,000,000,000.00 in cents.", "An amount of the cell %q is out of range.", code)
		}
		cells = append(cells, ReconciledCell{FunctionCode: function, ObjectCode: object, ApprovedCents: c.ApprovedCents, SpentCents: c.SpentCents})
	}
	for _, x := range []models.Cents{in.AllocationCents, in.PaidCents, in.ReturnedCents} {
		if x < 0 || x > maxLineCents {
			e.broken(at, "reconciliation.amount", "Give amounts from 0 to 1,000,000,000,000.00 in cents.", "An amount is out of range.")
			return
		}
	}
	slices.SortFunc(cells, func(a, b ReconciledCell) int {
		return strings.Compare(a.FunctionCode+"/"+a.ObjectCode, b.FunctionCode+"/"+b.ObjectCode)
	})
	var out EvaluatedReconciliation
	out.Totals, out.Cells = Reconcile(e.def.Amendment.Tolerance, in.AllocationCents, in.PaidCents, in.ReturnedCents, cells)
	e.out.Reconciliations = append(e.out.Reconciliations, out)
}

func (e *evaluation) yearEndReport(at string, in EvaluateYearEndReport) {
	rule, known := e.def.YearEndReport(in.Report)
	if !known {
		e.broken(at+"/report", "year_end_report.unknown", "Give the code of a report of the program's year_end section.", "The program asks for no year-end report %q.", in.Report)
		return
	}
	if !e.isDay(at+"/submitted_on", in.SubmittedOn) || in.PaidOn != "" && !e.isDay(at+"/paid_on", in.PaidOn) {
		return
	}
	starts, ends := e.def.Year(e.in.FiscalYear)
	out := EvaluatedYearEndReport{Report: in.Report}
	if due, ok := e.def.DueDate(rule.Settles); ok {
		for _, d := range e.def.DueDays(due, programs.DueAnchors{FiscalYear: e.in.FiscalYear, StartsOn: starts, EndsOn: ends, PaidOn: in.PaidOn, Parameters: e.params}) {
			out.DueOn = d.On
		}
	}
	out.Through, out.DaysLate = coveredThrough(ends, out.DueOn), daysLate(out.DueOn, in.SubmittedOn)
	out.EvaluatedFindings = judged(yearEndFindings(rule, in.SpentCents, in.UnspentCents, in.LedgerCents, in.ExpectedCents, in.Plan))
	e.out.YearEndReports = append(e.out.YearEndReports, out)
}
