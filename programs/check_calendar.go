package programs

import (
	"fmt"
	"slices"
)

// The words of due dates.
var (
	dueOf     = []string{"agreement", "grant_year"}
	dueAfter  = map[string][]string{"agreement": {"assigned_on", "needs_approved_on", "signed_on", "term_start", "term_end"}, "grant_year": {"awarded_on", "paid_on", "starts_on", "ends_on"}}
	dueDoneBy = []string{"needs_approved_on", "signed_on", "meeting_held"}
	dueWhen   = []string{"", "always", WhenUnspent, WhenUnspentAtYearEnd}
	dueEvery  = []string{"month", "quarter", "year"}
)

func (c *checker) dueDates() {
	seen := unique{}
	for i, d := range c.d.DueDates {
		path := fmt.Sprintf("due_dates[%d]", i)
		c.form(path+".code", d.Code, codeForm, "")
		seen.check(c, path+".code", d.Code)
		c.required(path+".title", d.Title)
		c.oneOf(path+".of", d.Of, dueOf)
		c.oneOf(path+".when", d.When, dueWhen)
		if d.After != "" {
			c.oneOf(path+".after", d.After, dueAfter[d.Of])
		}
		c.dueDoneBy(path, d)
		if d.On != nil {
			c.relative(path+".on", *d.On)
		}
		c.dueWhenever(path, d)
		c.dueReminders(path, d)
	}
}

// dueDoneBy checks what settles something: a day of the agreement, or a kind of record.
func (c *checker) dueDoneBy(path string, d DueDate) {
	if kind := d.SettledBy(); kind != "" {
		if !slices.ContainsFunc(c.d.Records, func(k RecordKind) bool { return k.Code == kind }) {
			c.at(path+".done_by", fmt.Sprintf("There is no record kind %q.", kind), "Give records. and the code of a kind under records.")
		}
		return
	}
	if d.DoneBy == "" {
		return
	}
	c.oneOf(path+".done_by", d.DoneBy, dueDoneBy)
	if d.Of != "agreement" {
		c.at(path+".done_by", "Only something due of an agreement is settled by one.", "Leave done_by out, name a kind of record, or give of: agreement.")
	}
}

func (c *checker) dueReminders(path string, d DueDate) {
	for j, n := range d.Remind {
		if n < 0 {
			c.at(fmt.Sprintf("%s.remind[%d]", path, j), "A notice goes out before the day: give a positive number of days.", "")
		}
	}
	for j, n := range d.RemindOnDay {
		if n < 0 {
			c.at(fmt.Sprintf("%s.remind_on_day[%d]", path, j), "A notice goes out after the day that this counts from: give a positive number of days.", "")
		}
	}
	if len(d.RemindOnDay) > 0 && d.After == "" {
		c.at(path+".remind_on_day", "This counts from no day.", "Give after, or use remind.")
	}
}

// dueWhenever asks that exactly one rule computes the day, and that printed days are dates.
func (c *checker) dueWhenever(path string, d DueDate) {
	c.printedDays(path, d)
	switch {
	case d.Days < 0 || d.DaysAfterEnd < 0:
		c.at(path+".days", "A number of days cannot be negative.", "")
	case d.Months < 0:
		c.at(path+".months", "A number of months cannot be negative.", "")
	case d.Months > 0 && d.Days > 0:
		c.at(path+".months", "Days and months both say when this is due.", "Give one of them.")
	case d.Every != "":
		c.series(path, d)
	case d.DaysAfterEnd != 0 || d.Through != nil:
		c.at(path, "Only a series has days_after_end and through.", "Give every: month, quarter or year, or leave them out.")
	case d.On == nil && d.After == "" && len(d.Dates) == 0 && d.OnParameter == "":
		c.at(path, "Nothing says when this is due.", "Give after and days, on, dates, on_parameter, or every and days_after_end.")
	case d.On != nil && (d.Days != 0 || d.Months != 0 || d.After != "" && d.After != "paid_on"):
		c.at(path, "Two rules say when this is due.", "Give after and days, or on (with after: paid_on when it counts from the year of payment).")
	}
}

func (c *checker) printedDays(path string, d DueDate) {
	if d.OnParameter != "" {
		c.parameter(path+".on_parameter", d.OnParameter, "date")
		if d.Of == "agreement" {
			c.at(path+".on_parameter", "An agreement has no parameters of a grant year.", "Use dates with a cohort.")
		}
	}
	seen := unique{}
	for j, x := range d.Dates {
		at := fmt.Sprintf("%s.dates[%d]", path, j)
		c.date(at+".on", x.On)
		if (x.Cohort == "") == (x.FiscalYear == 0) || (d.Of == "agreement") != (x.Cohort != "") {
			c.at(at, "A printed day belongs to a cohort of agreements or to a fiscal year.", "Give cohort with of: agreement, fiscal_year with of: grant_year.")
		}
		if x.FiscalYear != 0 {
			c.year(at+".fiscal_year", x.FiscalYear)
		}
		seen.check(c, at, fmt.Sprint(x.Cohort, x.FiscalYear))
	}
}

func (c *checker) series(path string, d DueDate) {
	c.oneOf(path+".every", d.Every, dueEvery)
	if d.On != nil || d.After != "" || d.Days != 0 || d.Months != 0 || len(d.Dates) > 0 || d.OnParameter != "" || d.DoneBy != "" {
		c.at(path, "A series counts from the ends of its periods.", "Give days_after_end, and leave after, days, on, dates, on_parameter and done_by out.")
	}
	if d.Through == nil {
		return
	}
	c.relative(path+".through", *d.Through)
	if d.Of == "agreement" {
		c.at(path+".through", "A series of an agreement ends with its term.", "Leave through out.")
	}
}
