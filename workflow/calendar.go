package workflow

import (
	"context"
	"slices"
	"strings"
	"time"

	"earmark/models"
	"earmark/store"
)

// calendarPast is how many days back a calendar goes.
const calendarPast = 400

// CalendarEntry is one entry of a person's calendar.
type CalendarEntry struct {
	UID      string // stays the same for the same thing
	Sequence int    // rises with every change
	Changed  time.Time
	On       models.Date
	Begins   time.Time // zero for a whole day
	Ends     time.Time
	Title    string
	Detail   string
	Place    string
	Status   string // confirmed, tentative, cancelled
}

// Calendar is what concerns the actor: due items and meetings of the own district, of the
// districts of a liaison (also one whom the actor stands in for), or for others of the office of all; and actions of one's own.
func (s *Service) Calendar(ctx context.Context, who models.Actor) ([]CalendarEntry, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return nil, err
	}
	sc := store.CalendarScope{Organizations: who.Districts(), Since: s.Today().AddDays(-calendarPast)}
	for _, g := range who.Roles {
		switch {
		case g.Role == models.RolePAL && g.Delegated(): // the districts of the liaison who is away
			sc.LiaisonIDs = append(sc.LiaisonIDs, g.GiverID)
		case g.Role == models.RolePAL:
			sc.LiaisonIDs = append(sc.LiaisonIDs, who.UserID)
		case slices.Contains(officeRoles, g.Role):
			sc.All = true
		}
	}
	rows, err := store.CalendarDays(s.db.Read(ctx), sc, who.UserID)
	out := make([]CalendarEntry, len(rows))
	for i, d := range rows {
		out[i] = s.calendarEntry(d)
	}
	return out, err
}

func (s *Service) calendarEntry(d store.CalendarDay) CalendarEntry {
	e := CalendarEntry{UID: d.Kind + "-" + d.ID + "@earmark", Sequence: int(d.Version) - 1, Changed: d.UpdatedAt.UTC(), On: d.On,
		Title: d.Title + " (" + d.Organization + ")", Detail: d.Detail, Place: d.Place, Status: "confirmed"}
	switch d.Kind {
	case "due_item":
		e.Title = "Due: " + e.Title
	case "action":
		e.Title = "Action: " + e.Title
	case "meeting":
		var agenda []string
		for _, item := range agendaOf(d.Detail) {
			agenda = append(agenda, "- "+item.Text)
		}
		e.Detail = strings.Join(agenda, "\n")
		e.Begins, e.Ends = s.hours(d)
	}
	switch models.State(d.Status) {
	case StatusDone:
		e.Title = "Done: " + e.Title
	case StatusPlanned:
		e.Status = "tentative"
	case StatusCancelled, StatusDropped:
		e.Status = "cancelled"
	}
	return e
}

// hours are the instants of a meeting with an hour: one hour when no end is given.
func (s *Service) hours(d store.CalendarDay) (begins, ends time.Time) {
	begins, err := time.ParseInLocation("2006-01-02 15:04", string(d.On)+" "+d.StartsAt, s.zone)
	if err != nil { // no hour
		return time.Time{}, time.Time{}
	}
	if ends, err = time.ParseInLocation("2006-01-02 15:04", string(d.On)+" "+d.EndsAt, s.zone); err != nil {
		ends = begins.Add(time.Hour)
	}
	return begins.UTC(), ends.UTC()
}
