package demo

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

// finishedYear is FY2025: applied for in September 2024, spent until September 2025 and
// closing since December: what was unspent may be returned until September 2026.
func (w *world) finishedYear() {
	// Results of targets are first expected of the year that follows.
	w.openYear(w.finished, "2024-08-14", "2024-08-20", "2024-08-27", map[string]string{"result_expected_at": "20000"})
	number := 0
	for _, d := range w.districts {
		if d.four {
			w.finishedDistrict(d, number)
			number++
		}
	}
	w.at("2025-12-08", "begin closing the finished year", func(ctx context.Context) error {
		_, err := w.s.TransitionGrantYear(ctx, w.manager, workflow.GrantYearTransition{ID: w.finished.id, Event: "begin_closing", Comment: "Nothing is applied for any more; what was unspent is on its way back."})
		return err
	})
}

// below spent less than the minimum in the finished year.
var below = map[int]bool{12: true, 28: true, 42: true, 54: true}

func (w *world) finishedDistrict(d *district, n int) {
	st := &story{d: d, year: w.finished}
	w.agree(d, "2024-08-28", dates{cohort: "Four", assigned: "2022-11-29", start: "2022-12-01", end: "2025-11-30",
		needs: "2023-02-10", drafted: "2023-02-20", signed: "2023-03-15", fundedBefore: 2, year: w.finished})
	w.at("2025-12-01", "end agreement of "+d.code, func(ctx context.Context) error {
		_, err := w.s.TransitionAgreement(ctx, w.manager, workflow.AgreementTransition{ID: st.agreement, Event: "end", Comment: "The term of Cohort Four is over."})
		return err
	})
	w.measured(d, n)
	applied := models.Date("2024-09-11").AddDays(n % 12)
	w.apply(st, applied)
	w.at(applied, "remember agreement of "+d.code, func(context.Context) error {
		st.agreement = d.agreement
		return nil
	})
	w.submit(st, applied.AddDays(5+n%9))
	switch {
	case n%10 == 4:
		w.sendBack(st, "2024-10-07", "2024-10-09")
		w.review(st, "2024-10-14", "2024-10-22")
	case n%3 == 0:
		w.review(st, "2024-10-02", "2024-10-04")
	default:
		w.review(st, models.Date("2024-10-07").AddDays(n%5), models.Date("2024-10-21").AddDays(n%9))
	}
	pace := []models.Cents{3100, 5600, 8300, 9700}
	switch {
	case below[d.k] && d.partner:
		pace = []models.Cents{900, 1800, 2900, 3900}
	case n%4 == 1:
		pace = []models.Cents{3600, 5900, 8800, 10000}
	case n%4 == 2:
		pace = []models.Cents{3000, 4800, 7400, 9400}
	}
	for i, on := range []models.Date{"2025-01-31", "2025-03-28", "2025-06-27", "2025-09-26"} {
		w.spend(st, on, pace[i])
	}
	if n%6 == 2 {
		w.mistake(st, "2025-05-14")
	}
	if n%8 == 3 {
		w.amend(st, "2025-02-03", "Fewer hours of tutoring were needed; the money goes to reading.", func(models.Application) []*line {
			return st.move(2, 1, st.lines[2].amount()/20/100*100)
		})
		w.submit(st, "2025-02-10")
		w.review(st, "2025-02-18", "2025-02-26")
	}
	w.report(st, "2025-10-10", "2025-07-01", "2025-09-30", false)
	report := models.Date("2025-10-20").AddDays(n % 11)
	if n%15 == 7 {
		report = "2025-12-04" // late
	}
	w.yearEndReports(st, n, report)
}
