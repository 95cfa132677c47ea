package demo

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/workflow"
)

// winterCheck is a benchmark that some districts of Cohort Five set themselves for their
// first winter, so that there are results of an agreement that runs: one is ahead, one
// exact, one behind, one is corrected, and two say nothing.
var winterCheck = aim{1, "attendance", "Pupils whose families answered the first call about absence", "Call log of the attendance office", "percent", 4000, 4800, 0}

// winters says by k of a district what its winter brought.
var winters = map[int]string{1: "ahead", 7: "exact", 14: "behind", 27: "corrected", 6: "missing", 13: "missing"}

// addWinter adds the benchmark to an agreement that is drafted.
func (w *world) addWinter(ctx context.Context, d *district) error {
	x := winterCheck
	detail, err := w.s.AddTarget(ctx, d.pal, workflow.AddTarget{AgreementID: d.agreement, TargetFields: workflow.TargetFields{GoalID: d.goals[x.goal], Kind: models.TargetITB,
		Type: x.kind, Measure: x.measure, Source: x.source, Baseline: x.baseline, Goal: x.itb, Unit: x.unit, DueOn: "2026-02-27"}})
	if err != nil {
		return err
	}
	for _, t := range detail.Targets {
		if t.Measure == x.measure {
			d.targets["ITB/winter"] = t.ID
		}
	}
	return nil
}

// firstWinter reports it: by its counts, or in a file of the evaluation unit.
func (w *world) firstWinter() {
	w.at("2026-03-12", "report the first winter", func(ctx context.Context) error {
		rows := "code,target,measured_on,value,numerator,denominator,evidence\n"
		for _, d := range w.districts {
			var err error
			switch said := winters[d.k]; {
			case !d.partner:
			case said == "ahead":
				_, err = w.answered(ctx, d, "412.00")
			case said == "exact":
				_, err = w.answered(ctx, d, "384.00")
			case said == "corrected":
				err = w.recount(ctx, d, "400.00", "376.00")
			case said == "behind":
				var code string
				code, err = w.targetCode(ctx, d)
				rows += fmt.Sprintf("%s,%s,2026-02-20,41.50,332,800,Weekly totals of the call log (synthetic)\n", d.code, code)
			}
			if err != nil {
				return err
			}
		}
		_, err := w.s.ImportTargetResults(ctx, w.evaluation, workflow.TargetFile{Cohort: "Five", Source: winterCheck.source + mark, FileName: "demo-winter-results.csv", Content: []byte(rows)})
		return err
	})
}

// answered reports how many of 800 families answered; the percentage follows.
func (w *world) answered(ctx context.Context, d *district, families string) (workflow.TargetResultDetail, error) {
	w.clock.tick()
	return w.s.ReportTargetResult(ctx, d.preparer, workflow.NewTargetResult{TargetID: d.targets["ITB/winter"], MeasuredOn: "2026-02-20", TargetReading: winterCount(families)})
}

func (w *world) recount(ctx context.Context, d *district, first, then string) error {
	made, err := w.answered(ctx, d, first)
	if err != nil {
		return err
	}
	w.clock.tick()
	_, err = w.s.CorrectTargetResult(ctx, d.pal, workflow.CorrectTargetResult{ID: made.ID, TargetReading: winterCount(then), Reason: "Calls to a wrong number were counted as answered (synthetic)."})
	return err
}

func winterCount(families string) workflow.TargetReading {
	return workflow.TargetReading{Numerator: families, Denominator: "800.00", Source: winterCheck.source + mark, Evidence: "Weekly totals of the call log (synthetic)"}
}

func (w *world) targetCode(ctx context.Context, d *district) (string, error) {
	detail, err := w.s.Agreement(ctx, d.pal, d.agreement)
	for _, t := range detail.Targets {
		if t.ID == d.targets["ITB/winter"] {
			return t.Code, err
		}
	}
	return "", err
}
