package demo

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

// springs are the days on which the benchmarks of Cohort Four were measured.
var springs = map[string]models.Date{"state_academic": "2024-05-07", "local_academic": "2024-05-14", "attendance": "2024-06-07",
	"graduation": "2024-06-05", "process": "2024-06-28"}

// measured reports the benchmarks of a Cohort Four district and the state tests of its last
// spring: some ahead, some on the spot, some behind. Every fifteenth says nothing.
func (w *world) measured(d *district, n int) {
	if n%15 == 11 {
		return
	}
	w.at("2024-09-05", "report benchmarks of "+d.code, func(ctx context.Context) error {
		for _, x := range aims {
			id, has := d.targets["ITB/"+x.kind]
			if !has {
				continue
			}
			w.clock.tick()
			made, err := w.s.ReportTargetResult(ctx, d.pal, w.result(id, springs[x.kind], x.itb, d, n))
			if err != nil {
				return err
			}
			if n%15 != 3 || x.kind != "process" {
				continue
			}
			w.clock.tick()
			fix := w.result(id, springs[x.kind], x.itb-100, d, n).TargetReading
			if _, err := w.s.CorrectTargetResult(ctx, d.pal, workflow.CorrectTargetResult{ID: made.ID, TargetReading: fix, Reason: "A teacher who left in June was counted (synthetic)."}); err != nil {
				return err
			}
		}
		return nil
	})
	w.at("2025-09-04", "report state tests of "+d.code, func(ctx context.Context) error {
		w.clock.tick()
		_, err := w.s.ReportTargetResult(ctx, w.evaluation, w.result(d.targets["ETO/state_academic"], "2025-05-06", 1820, d, n))
		return err
	})
}

// result is what a district reached of a value: 1.20 more, exactly, or 0.60 less.
func (w *world) result(target string, on models.Date, value models.Hundredths, d *district, n int) workflow.NewTargetResult {
	value += models.Hundredths(d.n%7*40) + []models.Hundredths{120, 0, -60}[n%3]
	return workflow.NewTargetResult{TargetID: target, MeasuredOn: on,
		TargetReading: workflow.TargetReading{Value: value.String(), Source: "District report (synthetic)", Evidence: "Table of results, sent to the liaison (synthetic)"}}
}

func (c *counting) results() error {
	rows, err := every(func(after string) ([]workflow.TargetResultDetail, error) {
		return c.s.TargetResults(c.ctx, reader, workflow.ListTargetResults{After: after, Limit: workflow.MaxPage})
	}, func(r workflow.TargetResultDetail) string { return r.ID })
	c.TargetResults = by(rows, func(r workflow.TargetResultDetail) string {
		if r.Superseded {
			return "superseded"
		}
		return "in_force"
	})
	return err
}
