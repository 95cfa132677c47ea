package programs

import (
	"fmt"
	"slices"
	"time"

	"earmark/models"
)

// TargetWindow is a span of the school year in which targets are measured: a testing
// window. It comes again every year.
type TargetWindow struct {
	Code       string   `yaml:"code"` // fall, winter, spring
	Title      string   `yaml:"title"`
	From       string   `yaml:"from"`        // MM-DD
	To         string   `yaml:"to"`          // MM-DD, included; may lie in the next calendar year
	ReportDays int      `yaml:"report_days"` // days after the window until a result is missing
	Types      []string `yaml:"types"`       // of targets measured in it; empty: every type
	Basis      string   `yaml:"basis"`
	Cite       string   `yaml:"cite"`
}

// What targets.expect and targets.outside may say.
const (
	ExpectDue     = "due"     // a result in the window of the day on which the target is due
	ExpectYearly  = "yearly"  // in that window of every school year until then
	ExpectWindows = "windows" // in every window until then

	OutsideRefuse = "refuse" // a result dated outside its window or school year is refused
	OutsideWarn   = "warn"   // it is taken, and marked
)

// WindowSpan is a window in one school year; Code is "" where a program has no windows
// and the whole school year counts.
type WindowSpan struct {
	Code       string
	Title      string
	SchoolYear int // named by the calendar year it ends in
	From, To   models.Date
	ReportBy   models.Date // last day on which a result is not late
}

// Label writes the span as people do: spring 2026-27.
func (w WindowSpan) Label() string {
	if w.Title == "" {
		return "school year " + models.SchoolYearLabel(w.SchoolYear)
	}
	return w.Title + " " + models.SchoolYearLabel(w.SchoolYear)
}

// schoolMonth and schoolDay begin a school year; July 1 where the definition is silent.
func (t Targets) schoolStart() (time.Month, int) {
	month, day := time.July, 1
	if t.SchoolYearStarts != "" {
		d := models.Date("2000-" + t.SchoolYearStarts)
		month, day = d.Month(), d.Day()
	}
	return month, day
}

// SchoolYearOf is the school year in which a day lies, named by the year it ends in.
func (t Targets) SchoolYearOf(day models.Date) int {
	starts, _ := t.SchoolYear(day.Year() + 1)
	if day >= starts {
		return day.Year() + 1
	}
	return day.Year()
}

// SchoolYear is the first and the last day of a school year.
func (t Targets) SchoolYear(year int) (starts, ends models.Date) {
	month, day := t.schoolStart()
	return models.NewDate(year-1, month, day), models.NewDate(year, month, day).AddDays(-1)
}

// WindowsOf are the spans of a school year in which targets of a type are measured, in the
// order of their days. Without windows the school year is the only one.
func (t Targets) WindowsOf(kind string, year int) []WindowSpan {
	starts, ends := t.SchoolYear(year)
	if len(t.Windows) == 0 {
		return []WindowSpan{{SchoolYear: year, From: starts, To: ends, ReportBy: ends.AddDays(t.ReportDays)}}
	}
	var out []WindowSpan
	for _, w := range t.Windows {
		if len(w.Types) > 0 && !slices.Contains(w.Types, kind) {
			continue
		}
		span := WindowSpan{Code: w.Code, Title: w.Title, SchoolYear: year, From: onOrAfter(w.From, starts)}
		span.To = onOrAfter(w.To, span.From)
		span.ReportBy = span.To.AddDays(w.ReportDays)
		out = append(out, span)
	}
	if len(out) == 0 { // a type that no window names may be measured all year
		return []WindowSpan{{SchoolYear: year, From: starts, To: ends, ReportBy: ends.AddDays(t.ReportDays)}}
	}
	slices.SortStableFunc(out, func(a, b WindowSpan) int { return a.From.DaysSince(b.From) })
	return out
}

// onOrAfter is the first day MM-DD that is not before a day.
func onOrAfter(monthDay string, day models.Date) models.Date {
	this := models.Date(fmt.Sprintf("%04d-%s", day.Year(), monthDay))
	if this < day {
		return models.Date(fmt.Sprintf("%04d-%s", day.Year()+1, monthDay))
	}
	return this
}

// DueWindow is the span whose result settles a target: the one in which its day lies, or
// else the last that began before it.
func (t Targets) DueWindow(kind string, due models.Date) WindowSpan {
	year := t.SchoolYearOf(due)
	before := t.WindowsOf(kind, year-1)
	last := before[len(before)-1]
	for _, w := range t.WindowsOf(kind, year) {
		if w.From <= due {
			last = w
		}
	}
	return last
}

// WindowOn is the span of a type in which a day lies; ok is false between windows.
func (t Targets) WindowOn(kind string, day models.Date) (WindowSpan, bool) {
	for _, w := range t.WindowsOf(kind, t.SchoolYearOf(day)) {
		if day.Within(w.From, w.To) {
			return w, true
		}
	}
	return WindowSpan{}, false
}

// ExpectedWindows are the spans in which a target owes a result, in order: those that
// begin from a day on (the agreement is signed), up to the one of its due day, which is
// always among them.
func (t Targets) ExpectedWindows(kind string, from, due models.Date) []WindowSpan {
	last := t.DueWindow(kind, due)
	var out []WindowSpan
	for year := t.SchoolYearOf(from); t.Expect != "" && t.Expect != ExpectDue && year <= last.SchoolYear; year++ {
		for _, w := range t.WindowsOf(kind, year) {
			if w.From >= from && w.From < last.From && (t.Expect == ExpectWindows || w.Code == last.Code) {
				out = append(out, w)
			}
		}
	}
	return append(out, last)
}
