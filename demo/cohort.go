package demo

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

// The cohort that is assigned from the identification of 2026, and its day 0.
const (
	cohortName                 = "Six"
	cohortAssigned models.Date = "2026-04-13"
	identifiedFor              = 2026 // year of the facts
)

// nextCohort assigns Cohort Six as a batch: of nine districts three get a draft agreement
// whose clock runs, one of them without a liaison; five go to the other office; one could
// not be decided before its identification was known, and now waits for the manager.
func (w *world) nextCohort() {
	var identified []*district
	for _, d := range w.districts {
		if !d.partner {
			identified = append(identified, d)
		}
	}
	first, second, unknown, again := identified[educational], identified[educational+1], identified[educational+2], identified[educational+unidentified]
	facts := func(name string, districts ...*district) func(context.Context) error {
		return func(ctx context.Context) error {
			var schools []*school
			for _, d := range districts {
				schools = append(schools, d.schools...)
			}
			return w.importFacts(ctx, identifiedFor, name, schools)
		}
	}
	w.at("2026-04-08", "identify schools", func(ctx context.Context) error {
		for _, d := range []*district{first, second, again} {
			d.schools[0].now.identification, d.schools[0].now.reasons, d.schools[0].now.index = "CSI", "bottom_5", 3140
		}
		unknown.schools[0].now.identification = ""
		return facts("demo-facts-2026.csv", identified...)(ctx)
	})
	w.at("2026-04-09", "create people of new districts", func(ctx context.Context) error {
		if err := w.createDistrictPeople(ctx, first); err != nil {
			return err
		}
		if err := w.createDistrictPeople(ctx, second); err != nil {
			return err
		}
		return w.giveLiaison(ctx, second)
	})
	w.at(cohortAssigned, "assign a cohort", func(ctx context.Context) error {
		out, err := w.s.AssignAgreements(ctx, w.manager, workflow.AssignAgreements{ProgramCode: ProgramCode, FactsYear: identifiedFor, Cohort: cohortName, AssignedOn: cohortAssigned})
		for _, x := range out.Districts {
			if x.Result == workflow.AssignmentCreated && x.Code == again.code {
				again.agreement = x.Agreement.ID
			}
		}
		return err
	})
	w.at("2026-04-27", "identify a school that was left out", func(ctx context.Context) error {
		unknown.schools[0].now.identification, unknown.schools[0].now.reasons = "CSI", "bottom_5"
		return facts("demo-facts-2026-addition.csv", unknown)(ctx)
	})
	w.meet(again, talk{planned: "2026-04-15", on: "2026-04-28", agenda: []string{"What changed since Cohort Four", "The first ninety days"}, proposed: "Help with the needs assessment",
		notes: "Meetings are scheduled until the agreement is signed.", actions: []task{{text: "Name the team of the needs assessment", owner: "official", due: "2026-05-08"}}})
}
