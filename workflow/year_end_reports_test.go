package workflow

import (
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// A report that was certified is watched: what is posted later for the days it covers is
// flagged, and what belongs to later days is not.
func TestSpendingAfterACertifiedReportIsFlagged(t *testing.T) {
	t.Parallel()
	l := paidOut(t)
	official := l.actor(l.person("Official Example", models.RoleAuthorizedOfficial, l.district.ID))
	l.posted(1_000_000)
	made, err := l.s.CreateYearEndReport(ctx, l.preparer, NewYearEndReport{ApplicationID: l.app.ID, Report: "year_end_report"})
	noError(t, err)
	step := func(who models.Actor, event string) (YearEndDetail, error) {
		now, err := l.s.YearEndReport(ctx, l.fiscal, made.ID)
		noError(t, err)
		return l.s.TransitionYearEndReport(ctx, who, YearEndTransition{ID: made.ID, Version: now.Version, Event: event, Comment: "Looked at."})
	}
	_, err = step(official, "submit")
	refused(t, err, models.Conflict, "year_end_report.too_early")
	l.setClock(time.Date(2027, 9, 11, 15, 0, 0, 0, time.UTC))
	total := models.Cents(1_000_000)
	_, err = l.s.UpdateYearEndReport(ctx, l.preparer, UpdateYearEndReport{ID: made.ID, Version: 1, YearEndContent: YearEndContent{LedgerCents: &total}})
	noError(t, err)
	done, err := step(official, "submit")
	noError(t, err)
	equal(t, []any{done.DaysLate, done.DueOn, l.due("year_end_report").DoneOn}, []any{286, models.Date("2026-11-29"), models.Date("2027-09-11")})

	l.night.night("2027-09-11")
	equal(t, len(l.night.flagged("report_differs")), 0)
	l.setClock(time.Date(2027, 9, 12, 15, 0, 0, 0, time.UTC))
	_, err = l.s.PostExpenditure(ctx, l.preparer, NewExpenditure{LineItemID: l.lines[0].ID, AmountCents: 5_000, SpentOn: "2026-10-01"})
	noError(t, err)
	l.night.night("2027-09-12")
	equal(t, len(l.night.flagged("report_differs")), 0) // spending of the next year
	wrong := l.posted(70_000)
	l.setClock(time.Date(2027, 9, 13, 15, 0, 0, 0, time.UTC))
	l.night.night("2027-09-13")
	flag := l.night.flagged("report_differs")[made.ID]
	equal(t, []any{flag.Measure, flag.ApplicationID}, []any{int64(70_000), l.app.ID})

	_, err = step(l.fiscal, "return")
	noError(t, err)
	equal(t, l.due("year_end_report").DoneOn, models.Date("")) // due again
	_, err = l.s.ReverseExpenditure(ctx, l.preparer, ReverseExpenditure{ID: wrong.ID, Comment: "Another grant."})
	noError(t, err)
	done, err = step(official, "submit")
	noError(t, err)
	equal(t, []any{done.DaysLate, done.FirstSubmittedOn, done.SubmittedOn}, []any{286, models.Date("2027-09-11"), l.s.Today()})
	_, err = step(l.fiscal, "accept")
	noError(t, err)
	_, err = l.s.YearEndReport(ctx, l.stranger, made.ID)
	refused(t, err, models.NotFound, "not_found")
	l.setClock(time.Date(2027, 9, 14, 15, 0, 0, 0, time.UTC))
	l.night.night("2027-09-14")
	equal(t, len(l.night.flagged("report_differs")), 0)
	equal(t, len(all[models.YearEndReport](l.night, store.Eq{"status": "accepted"})), 1)
	l.sound()
}

// A report that finds nothing unspent settles what is due of unspent money.
func TestNothingUnspentSettlesWhatIsDueOfIt(t *testing.T) {
	t.Parallel()
	l := paidOut(t)
	official := l.actor(l.person("Official Example", models.RoleAuthorizedOfficial, l.district.ID))
	l.posted(5_000_000)
	l.setClock(time.Date(2026, 10, 5, 15, 0, 0, 0, time.UTC))
	total := models.Cents(5_000_000)
	made, err := l.s.CreateYearEndReport(ctx, l.preparer, NewYearEndReport{ApplicationID: l.app.ID, Report: "year_end_report", YearEndContent: YearEndContent{LedgerCents: &total}})
	noError(t, err)
	// The official who wrote in it certifies it through nobody.
	made, err = l.s.UpdateYearEndReport(ctx, official, UpdateYearEndReport{ID: made.ID, Version: 1, YearEndContent: YearEndContent{LedgerCents: &total}})
	noError(t, err)
	backup := l.actor(l.person("Bea Backup", models.RolePreparer, l.district.ID))
	l.delegate(official, backup, models.RoleAuthorizedOfficial, l.district.ID, 3)
	_, err = l.s.TransitionYearEndReport(ctx, l.acting(backup), YearEndTransition{ID: made.ID, Version: made.Version, Event: "submit"})
	refused(t, err, models.Forbidden, "year_end_report.own_work")
	second := l.actor(l.person("Second Official", models.RoleAuthorizedOfficial, l.district.ID))
	_, err = l.s.TransitionYearEndReport(ctx, second, YearEndTransition{ID: made.ID, Version: made.Version, Event: "submit"})
	noError(t, err)
	for _, code := range []string{"year_end_report", "unspent_report", "return_unspent"} {
		equal(t, l.due(code).DoneOn, models.Date("2026-10-05"))
	}
	l.sound()
}
