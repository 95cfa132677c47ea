package workflow

import (
	"fmt"

	"earmark/models"
	"earmark/store"
)

// owed finds the targets of signed agreements whose results are missing, in two queries
// for each program that watches them.
func (run *nightRun) owed(s *Service) error {
	var rows []store.NightMissing
	watched := map[string]bool{} // under the latest year of each program
	for _, r := range run.order {
		watches := false
		for _, c := range r.def.Compliance {
			watches = watches || c.Check == "result_missing"
		}
		if !watches || watched[r.def.Code] {
			continue
		}
		watched[r.def.Code] = true
		standings, err := s.standingTargets(run.tx, store.Scope{All: true}, store.TargetFilter{ProgramCode: r.def.Code, Living: true, On: run.date})
		if err != nil {
			return err
		}
		for _, t := range standings {
			if len(t.Missing) > 0 {
				rows = append(rows, store.NightMissing{RulesYearID: r.year.ID, TargetID: t.Target.ID, OrganizationID: t.OrganizationID, Days: t.DaysMissing,
					Missing: len(t.Missing), ReportBy: string(t.Missing[0].ReportBy), Target: t.aim(), Window: t.Missing[0].Label()})
			}
		}
	}
	return run.night.OweResults(rows)
}

// missingWords tells of results that are owed.
func missingWords(f store.NightFinding) (string, map[string]any) {
	more := ""
	if f.A > 1 {
		more = fmt.Sprintf(" %d results are missing in all.", f.A)
	}
	return fmt.Sprintf("%s The result of %s %s.%s", f.T1, f.T2, notCome(f.T3, f.Measure), more),
		map[string]any{"target": f.T1, "window": f.T2, "report_due_on": models.Date(f.T3), "days_late": f.Measure, "missing": f.A}
}
