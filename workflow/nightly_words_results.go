package workflow

import (
	"fmt"

	"earmark/models"
	"earmark/store"
)

// worksheetsNeeded are the kinds of record that lines need by some day, in the open years.
func (run *nightRun) worksheetsNeeded() []store.NightWorksheet {
	var out []store.NightWorksheet
	for _, r := range run.order {
		for _, k := range r.def.Records {
			if needed(r, k) {
				out = append(out, store.NightWorksheet{GrantYearID: r.year.ID, RecordKind: k.Code, Title: k.Title, DueOn: dueDay(r, k), LeastCents: leastOf(r, k)})
			}
		}
	}
	return out
}

func spentWithoutResultWords(f store.NightFinding) (string, map[string]any) {
	serves := f.T1
	switch {
	case f.D == 2:
		serves += " and 1 more target"
	case f.D > 2:
		serves += fmt.Sprintf(" and %d more targets", f.D-1)
	}
	spent, approved := models.Cents(f.B), models.Cents(f.C)
	return fmt.Sprintf("Line %d: %s of %s approved is spent (%s), more than %s, and no result is reported of what it serves: %s.",
			f.A, spent, approved, models.BasisPoints(f.Measure), models.BasisPoints(f.Threshold), serves),
		map[string]any{"line_number": f.A, "spent_cents": f.B, "approved_cents": f.C, "targets": f.D, "first_target": f.T1}
}

func worksheetMissingWords(f store.NightFinding) (string, map[string]any) {
	standing := map[string]string{"draft": "it was begun and not handed in", "returned": "it was returned and not handed in again"}[f.T3]
	if standing == "" {
		standing = "it was not begun"
	}
	return fmt.Sprintf("%s of line %d (%s): it %s; %s.", f.T1, f.A, models.Cents(f.B), notCome(f.T2, f.Measure), standing),
		map[string]any{"line_number": f.A, "approved_cents": f.B, "title": f.T1, "due_on": f.T2, "days_late": f.Measure, "status": f.T3}
}
