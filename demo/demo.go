package demo

import (
	"context"
	"math/rand/v2"

	"earmark/models"
	"earmark/workflow"
)

// ProgramCode is the program of the demo.
const ProgramCode = "mi-21h"

// The days between which everything happens, and on which the demo stands still.
const (
	firstDay  models.Date = "2024-08-12"
	LastNight models.Date = "2026-04-30" // the last business date that is computed
	Today     models.Date = "2026-05-01"
)

// Config is what building needs: a service on an empty database whose clock and
// identifiers are those of Clock, and whose passwords are hashed by HashPassword.
type Config struct {
	Service *workflow.Service
	Clock   *Clock
	// Night does what the nightly jobs do for a business date.
	Night func(ctx context.Context, date models.Date) error
	// Progress hears of every day on which something happens; it may be nil.
	Progress func(models.Date)
}

// world is the demo while it is built.
type world struct {
	timeline
	s         *workflow.Service
	clock     *Clock
	districts []*district

	administrator, manager, analyst, evaluation, auditor models.Actor
	pals, fiscals                                        []models.Actor

	finished, current *year
	stateYear         string          // grant year of stateProgram
	planned           map[string]bool // payments whose recording is planned
	number            int             // of ledger entries
}

// Build makes the state, up to the evening of LastNight: its night is still to come. It
// fails on a database that holds anything already.
func Build(ctx context.Context, cfg Config) error {
	w := &world{s: cfg.Service, clock: cfg.Clock, timeline: timeline{clock: cfg.Clock}, planned: map[string]bool{},
		finished: &year{fiscal: 2025}, current: &year{fiscal: 2026}}
	w.districts = newPlaces(rand.New(rand.NewPCG(388, 1621)))
	w.opening()
	w.firstSpring()
	w.finishedYear()
	w.giveUp()
	w.currentYear()
	w.stateBudget()
	w.stateAward()
	w.competition()
	w.zones()
	w.worksheets()
	w.firstWinter()
	w.meetings()
	w.nextCohort()
	w.absences()
	w.evidence()
	w.partnershipFund()
	w.support()
	for _, date := range nights {
		w.night(date, "night", func(ctx context.Context) error { return cfg.Night(ctx, date) })
	}
	progress := cfg.Progress
	if progress == nil {
		progress = func(models.Date) {}
	}
	if err := w.run(ctx, progress); err != nil {
		return err
	}
	w.clock.forward(afterMidnight(LastNight))
	return nil
}

// nights are the business dates that are computed on the way; the last one is left to the caller.
var nights = []models.Date{"2025-03-31", "2025-06-30", "2025-09-30", "2025-12-01", "2025-12-05", "2026-02-13", "2026-02-27", "2026-03-31", "2026-04-15"}

// opening makes the office, the places and the people.
func (w *world) opening() {
	w.at(firstDay, "create the office", w.createOffice)
	w.at(firstDay, "import organizations", w.importPlaces)
	w.at("2024-08-13", "create people of districts", func(ctx context.Context) error {
		for _, d := range w.districts {
			if d.partner || d.four {
				if err := w.createDistrictPeople(ctx, d); err != nil {
					return err
				}
				if err := w.giveLiaison(ctx, d); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// openYear creates a grant year, allocates its money and opens it.
func (w *world) openYear(y *year, facts, open, publish models.Date, parameters map[string]string) {
	var run models.AllocationRun
	w.at(facts, "import facts", func(ctx context.Context) error {
		return w.importFacts(ctx, y.fiscal-1, y.factsFile(), w.allSchools())
	})
	w.at(open, "open the grant year", func(ctx context.Context) error {
		gy, err := w.s.CreateGrantYear(ctx, w.analyst, workflow.CreateGrantYear{ProgramCode: ProgramCode, FiscalYear: y.fiscal, Parameters: parameters})
		if err != nil {
			return err
		}
		y.id = gy.ID
		if _, err = w.s.TransitionGrantYear(ctx, w.manager, workflow.GrantYearTransition{ID: y.id, Event: "open"}); err != nil {
			return err
		}
		run, err = w.s.RunAllocation(ctx, w.analyst, workflow.NewAllocationRun{GrantYearID: y.id, FactsYear: y.fiscal - 1, Label: "First run (synthetic facts)"})
		return err
	})
	w.at(publish, "publish the allocation", func(ctx context.Context) error {
		_, err := w.s.TransitionAllocationRun(ctx, w.manager, workflow.AllocationRunTransition{ID: run.ID, Event: "publish", Comment: "Receipts were checked by two people."})
		return err
	})
}

func (y *year) factsFile() string {
	return map[int]string{2025: "demo-facts-2024.csv", 2026: "demo-facts-2025.csv"}[y.fiscal]
}
