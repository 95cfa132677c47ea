package reports

import (
	"bytes"
	"time"

	ics "github.com/arran4/golang-ical"

	"earmark/models"
)

// CalendarType is the media type of an iCalendar file (RFC 5545).
const CalendarType = "text/calendar; charset=utf-8"

// CalendarEntry is one entry: a whole day, or from Begins to Ends.
type CalendarEntry struct {
	UID      string
	Sequence int
	Changed  time.Time
	On       models.Date
	Begins   time.Time
	Ends     time.Time
	Title    string
	Detail   string
	Place    string
	Status   string // confirmed, tentative, cancelled
}

// Calendar writes entries as an iCalendar file: the same bytes for the same entries, and
// no alarms.
func Calendar(name string, entries []CalendarEntry) ([]byte, error) {
	cal := ics.NewCalendarFor("Earmark")
	cal.SetMethod(ics.MethodPublish)
	cal.SetXWRCalName(name)
	for _, e := range entries {
		v := ics.NewEvent(e.UID)
		v.SetDtStampTime(e.Changed) // the moment of the last change: nothing depends on the moment of asking
		v.SetModifiedAt(e.Changed)
		v.SetSequence(e.Sequence)
		if e.Begins.IsZero() {
			day := time.Date(e.On.Year(), e.On.Month(), e.On.Day(), 0, 0, 0, 0, time.UTC)
			v.SetAllDayStartAt(day)
			v.SetAllDayEndAt(day.AddDate(0, 0, 1))
			v.SetTimeTransparency(ics.TransparencyTransparent)
		} else {
			v.SetStartAt(e.Begins)
			v.SetEndAt(e.Ends)
		}
		v.SetSummary(e.Title)
		if e.Detail != "" {
			v.SetDescription(e.Detail)
		}
		if e.Place != "" {
			v.SetLocation(e.Place)
		}
		v.SetStatus(map[string]ics.ObjectStatus{"tentative": ics.ObjectStatusTentative, "cancelled": ics.ObjectStatusCancelled, "confirmed": ics.ObjectStatusConfirmed}[e.Status])
		cal.AddVEvent(v)
	}
	var out bytes.Buffer
	err := cal.SerializeTo(&out, ics.WithNewLineWindows)
	return out.Bytes(), err
}
