package programs

import (
	"testing"
	"time"

	"earmark/models"
)

// Ten years of months, quarters and fiscal years, for every month a fiscal year can begin
// in: each period begins the day after the one before, and each label stands there once.
func TestACalendarOfTenYearsHasNoGapAndNoDouble(t *testing.T) {
	t.Parallel()
	for month := time.January; month <= time.December; month++ {
		d := &Definition{FiscalYear: FiscalYear{StartsOn: string(models.NewDate(2001, month, 1))[5:]}}
		starts, _ := d.Year(2011)
		through := starts.AddMonths(120).AddDays(-1)
		for every, want := range map[string]int{"month": 120, "quarter": 40, "year": 10} {
			periods := d.Periods(every, starts, through)
			if n := len(periods); n != want && !(every == "quarter" && n >= want-1 && n <= want+1) {
				t.Fatalf("%s from %s: %d periods", every, starts, n)
			}
			labels := map[string]bool{}
			for i, p := range periods {
				if labels[p.Label] || p.To < p.From || !p.To.Within(starts, through) {
					t.Errorf("%s: %+v", every, p)
				}
				labels[p.Label] = true
				if i > 0 && p.From != periods[i-1].To.AddDays(1) {
					t.Errorf("%s: %s follows %s", every, p.From, periods[i-1].To)
				}
			}
			if last := periods[len(periods)-1].To; every != "quarter" && last != through {
				t.Errorf("%s: the last period ends on %s and not on %s", every, last, through)
			}
		}
	}
}

func TestPrintedDaysBeatComputedOnes(t *testing.T) {
	t.Parallel()
	d := &Definition{FiscalYear: FiscalYear{StartsOn: "07-01"}, Parameters: []Parameter{{Name: "day", Type: "date", Value: "2011-01-05"}}}
	params, err := d.Params(2011, nil)
	if err != nil {
		t.Fatal(err)
	}
	rule := DueDate{Title: "Plan", Of: "grant_year", After: "awarded_on", Days: 30, Dates: []DatedDay{{FiscalYear: 2012, On: "2012-01-05"}}}
	for _, x := range []struct {
		on        DueAnchors
		parameter string
		want      DueDay
	}{
		{DueAnchors{FiscalYear: 2011, AwardedOn: "2010-08-24"}, "", DueDay{Title: "Plan", On: "2010-09-23", From: "2010-08-24"}},
		{DueAnchors{FiscalYear: 2012, AwardedOn: "2010-08-24"}, "", DueDay{Title: "Plan", On: "2012-01-05", Explicit: true, Computed: "2010-09-23", From: "2010-08-24"}},
		{DueAnchors{FiscalYear: 2012}, "", DueDay{Title: "Plan", On: "2012-01-05", Explicit: true}},
		{DueAnchors{FiscalYear: 2012, Parameters: params}, "day", DueDay{Title: "Plan", On: "2011-01-05", Explicit: true}},
	} {
		rule.OnParameter = x.parameter
		if got := d.DueDays(rule, x.on); len(got) != 1 || got[0] != x.want {
			t.Errorf("%+v: %+v, and should be %+v", x.on, got, x.want)
		}
	}
	rule.OnParameter = ""
	if got := d.DueDays(rule, DueAnchors{FiscalYear: 2011}); got != nil {
		t.Errorf("without an award: %+v", got)
	}
}

func TestMistakesInDueDates(t *testing.T) {
	t.Parallel()
	rtt, mi := raceToTheTop(t), source(t)
	for _, x := range []struct{ source, name, old, instead, says string }{
		{rtt, "every", "every: quarter", "every: week", "not known here"},
		{rtt, "series with days", "    days_after_end: 10\n", "    days_after_end: 10\n    days: 3\n", "counts from the ends of its periods"},
		{rtt, "through", "through: {day: 06-30, year: 3}", "through: {day: 06-31, year: 3}", "not a day of every year"},
		{rtt, "no series", "    every: quarter\n", "", "Only a series"},
		{rtt, "anchor", "after: awarded_on", "after: signed_on", "not known here"},
		{rtt, "parameter", "    after: awarded_on\n    days: 90\n", "    on_parameter: final_scope_days\n", "no parameter"},
		{rtt, "negative", "days_after_end: 10", "days_after_end: -1", "cannot be negative"},
		{mi, "cohort", "{cohort: Five, on: 2026-03-23}", "{fiscal_year: 2026, on: 2026-03-23}", "belongs to a cohort"},
		{mi, "date", "{cohort: Five, on: 2026-03-23}", "{cohort: Five, on: 2026-02-30}", "not a date that exists"},
		{mi, "award of an agreement", "after: assigned_on", "after: awarded_on", "not known here"},
		{mi, "negative months", "months: 18", "months: -1", "cannot be negative"},
		{mi, "months and days", "months: 18", "months: 18\n    days: 3", "Days and months both"},
		{mi, "a record that is none", "records.interim_review", "records.interim", "no record kind"},
		{mi, "a negative day", "remind_on_day: [45, 60]", "remind_on_day: [-45, 60]", "after the day that this counts from"},
		{mi, "no day to count from", "    after: term_start\n    months: 18\n    when: always\n    done_by: records.interim_review\n", "    dates: [{cohort: Five, on: 2027-06-30}]\n    remind_on_day: [3]\n", "counts from no day"},
		{mi, "a rhythm", "meetings:\n  every: month", "meetings:\n  every: week", "not known here"},
		{mi, "a negative reminder", "remind: [3, 0] # days before an action", "remind: [-3, 0] # days before an action", "goes out before the day"},
		{mi, "a negative repetition", "remind_late_day: 7", "remind_late_day: -7", "cannot be negative"},
		{mi, "tiers out of order", "- tier: 3", "- tier: 4", "Tiers are numbered"},
		{mi, "a focus area twice", "{code: leadership, title", "{code: resource_allocation, title", "stands here twice"},
		{mi, "twice", "{cohort: Five, on: 2026-03-23}", "{cohort: Five, on: 2026-03-23}\n      - {cohort: Five, on: 2026-03-24}", "stands here twice"},
	} {
		mistaken(t, x.source, x.name, x.old, x.instead, x.says)
	}
}

// A series that runs to the last day there is ends; it may lack the period that ends there.
func TestPeriodsEndWithTheCalendar(t *testing.T) {
	t.Parallel()
	d := &Definition{}
	for _, x := range []struct {
		every string
		from  models.Date
		want  int
	}{{"month", "9990-01-01", 120}, {"quarter", "9999-04-01", 3}, {"month", "9999-12-31", 1}} {
		got := d.Periods(x.every, x.from, "9999-12-31")
		if len(got) != x.want && len(got) != x.want-1 {
			t.Errorf("%s from %s: %d periods", x.every, x.from, len(got))
		}
	}
}
