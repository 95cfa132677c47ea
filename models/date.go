package models

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Date is a civil date, YYYY-MM-DD, without a time zone. The zero value "" is "no date".
// Text of this form orders and compares as dates do.
type Date string

// ParseDate reads YYYY-MM-DD and refuses dates that do not exist.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return "", fmt.Errorf("%q is not a date of the form YYYY-MM-DD", s)
	}
	return Date(t.Format("2006-01-02")), nil
}

// DateOf is the civil date of an instant in a place.
func DateOf(t time.Time, in *time.Location) Date { return Date(t.In(in).Format("2006-01-02")) }

// NewDate makes a date; days and months out of range carry over, as in time.Date.
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format("2006-01-02"))
}

func (d Date) time() time.Time {
	t, err := time.Parse("2006-01-02", string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// IsZero reports "no date".
func (d Date) IsZero() bool { return d == "" }

// Valid reports whether d is a date that exists.
func (d Date) Valid() bool { _, err := ParseDate(string(d)); return err == nil }

// AddDays counts calendar days; negative goes back. "No date" stays "no date".
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return Date(d.time().AddDate(0, 0, n).Format("2006-01-02"))
}

// AddMonths counts months and keeps to the end of a shorter month: Aug 31 + 6 = Feb 28.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	t := d.time()
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return NewDate(first.Year(), first.Month(), min(t.Day(), last))
}

// Weekend reports whether the day is a Saturday or a Sunday.
func (d Date) Weekend() bool {
	w := d.time().Weekday()
	return w == time.Saturday || w == time.Sunday
}

// DaysSince is the number of calendar days from e to d: negative when d is earlier.
func (d Date) DaysSince(e Date) int { return int(d.time().Sub(e.time()).Hours() / 24) }

// Year, Month and Day take the date apart.
func (d Date) Year() int         { return d.time().Year() }
func (d Date) Month() time.Month { return d.time().Month() }
func (d Date) Day() int          { return d.time().Day() }

// Within reports whether d lies in [from, to], both ends included.
func (d Date) Within(from, to Date) bool { return d >= from && d <= to }

// Value and Scan store a date as text and "no date" as NULL.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return string(d), nil
}

// Scan reads text, and the time.Time that a driver may make of a DATE column.
func (d *Date) Scan(v any) error {
	switch x := v.(type) {
	case nil:
		*d = ""
	case string:
		*d = Date(x[:min(len(x), 10)])
	case []byte:
		return d.Scan(string(x))
	case time.Time:
		*d = Date(x.Format("2006-01-02"))
	default:
		return fmt.Errorf("cannot read %T as a date", v)
	}
	return nil
}

// FiscalYear is a program's year, named by the calendar year in which it ends.
// A year that starts on October 1: fiscal year 2026 is 2025-10-01 to 2026-09-30;
// one that starts on July 1: 2025-07-01 to 2026-06-30.
func FiscalYear(d Date, firstMonth time.Month) int {
	if firstMonth == time.January || d.Month() < firstMonth {
		return d.Year()
	}
	return d.Year() + 1
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.time().Weekday() }
