package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"earmark/models"
	"earmark/store"
)

// MeetingDetail is a meeting with its actions.
type MeetingDetail struct {
	models.Meeting
	Items   []models.AgendaItem
	Actions []models.MeetingAction
}

// MeetingFields are what a meeting says.
type MeetingFields struct {
	MeetsOn   models.Date `json:"meets_on" validate:"required,civil_date"`
	StartsAt  string      `json:"starts_at" validate:"required_with=EndsAt,max=5"` // HH:MM
	EndsAt    string      `json:"ends_at" validate:"max=5"`
	Place     string      `json:"place" validate:"max=400"`
	Attendees string      `json:"attendees" validate:"max=2000"`
	Agenda    []string    `json:"agenda" validate:"max=50,dive,required,max=400"`
	Notes     string      `json:"notes" validate:"max=20000"`
}

// CreateMeeting plans a meeting about an agreement.
type CreateMeeting struct {
	AgreementID string `json:"agreement_id" validate:"required,max=64"`
	MeetingFields
}

var clock = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// times finds hours that are none, or end before they begin.
func (f MeetingFields) times() error {
	var wrong []models.FieldError
	for _, x := range []struct{ name, text string }{{"starts_at", f.StartsAt}, {"ends_at", f.EndsAt}} {
		if x.text != "" && !clock.MatchString(x.text) {
			wrong = append(wrong, models.FieldError{Pointer: "/" + x.name, Code: "meeting.hour", Detail: "This is not an hour of the day.", Fix: "Write HH:MM, such as 09:30."})
		}
	}
	if wrong == nil && f.EndsAt != "" && f.EndsAt <= f.StartsAt {
		wrong = append(wrong, models.FieldError{Pointer: "/ends_at", Code: "meeting.hour", Detail: "The meeting ends before it begins.", Fix: "Give a later hour."})
	}
	return invalid(wrong)
}

// CreateMeeting makes a planned meeting. Errors: Invalid "not_found", "meeting.hour";
// Conflict "agreement.ended".
func (s *Service) CreateMeeting(ctx context.Context, who models.Actor, in CreateMeeting) (MeetingDetail, error) {
	var out MeetingDetail
	if err := s.admit(who, WriteMeeting, in); err != nil {
		return out, err
	}
	if err := in.times(); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := once(tx, who, "meeting", in)
		if err != nil {
			return err
		}
		if replay {
			out, err = meetingDetail(tx, id)
			return err
		}
		a, err := store.Lock[models.Agreement](tx, in.AgreementID, 0)
		if err != nil {
			return missingAs(err, "/agreement_id", "There is no such agreement.", "Give the id of an agreement.")
		}
		if a.Status == StatusEnded {
			return models.Fail(models.Conflict, "agreement.ended", "This agreement is over.")
		}
		m := models.Meeting{Root: models.Root{ID: id}, AgreementID: a.ID, OrganizationID: a.OrganizationID, Status: StatusPlanned, Agenda: "[]", CreatedBy: who.UserID}
		in.fill(who, &m)
		if err := tx.Insert(&m); err != nil {
			return err
		}
		tx.Audit(&m, event(who, "create", "", nil, &m))
		if err := notify(tx, "meeting.planned", &m, m.OrganizationID, "Meeting on "+string(m.MeetsOn),
			strings.TrimSpace(fmt.Sprintf("A meeting about the agreement is planned for %s %s. %s", m.MeetsOn, m.StartsAt, m.Place)), s.Today(), districtRoles...); err != nil {
			return err
		}
		out, err = meetingDetail(tx, id)
		return err
	})
	return out, err
}

// fill takes the fields; items that stood on the agenda keep who proposed them.
func (f MeetingFields) fill(who models.Actor, m *models.Meeting) {
	old := agendaOf(m.Agenda)
	items := []models.AgendaItem{}
	for _, text := range f.Agenda {
		item := models.AgendaItem{Text: text, ProposedBy: who.UserID, Side: "office"}
		for _, x := range old {
			if x.Text == text {
				item = x
			}
		}
		items = append(items, item)
	}
	m.MeetsOn, m.StartsAt, m.EndsAt, m.Place, m.Attendees, m.Agenda, m.Notes = f.MeetsOn, f.StartsAt, f.EndsAt, f.Place, f.Attendees, jsonOf(items), f.Notes
}

func agendaOf(text string) []models.AgendaItem {
	items := []models.AgendaItem{}
	_ = json.Unmarshal([]byte(text), &items) // written by jsonOf
	return items
}

// UpdateMeeting replaces what a meeting says; of one that was held the day stays.
type UpdateMeeting struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	MeetingFields
}

// UpdateMeeting changes a planned meeting, or the notes of a held one. Errors: Conflict
// "meeting.cancelled", "meeting.held".
func (s *Service) UpdateMeeting(ctx context.Context, who models.Actor, in UpdateMeeting) (MeetingDetail, error) {
	return s.changeMeeting(ctx, who, WriteMeeting, in.ID, in.Version, in, func(_ *store.Tx, m *models.Meeting) (models.AuditEvent, error) {
		if err := in.times(); err != nil {
			return models.AuditEvent{}, err
		}
		if m.Status == StatusCancelled {
			return models.AuditEvent{}, models.Fail(models.Conflict, "meeting.cancelled", "This meeting was cancelled.")
		}
		if m.Status == StatusHeld && in.MeetsOn != m.MeetsOn {
			return models.AuditEvent{}, models.Fail(models.Conflict, "meeting.held", "This meeting was held on %s; its day does not change any more.", m.MeetsOn)
		}
		before := *m
		in.fill(who, m)
		return event(who, "update", "", &before, m), nil
	})
}

// ProposeAgendaItem puts something on the agenda of a planned meeting.
type ProposeAgendaItem struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Text    string `json:"text" validate:"required,max=400"`
}

const maxAgenda = 50

// ProposeAgendaItem is for the district, the liaison and the manager. Errors: Conflict
// "meeting.not_planned", "meeting.agenda_full".
func (s *Service) ProposeAgendaItem(ctx context.Context, who models.Actor, in ProposeAgendaItem) (MeetingDetail, error) {
	return s.changeMeeting(ctx, who, ProposeAgenda, in.ID, in.Version, in, func(_ *store.Tx, m *models.Meeting) (models.AuditEvent, error) {
		items := agendaOf(m.Agenda)
		switch {
		case m.Status != StatusPlanned:
			return models.AuditEvent{}, models.Fail(models.Conflict, "meeting.not_planned", "This meeting is %s; its agenda is closed.", m.Status)
		case len(items) >= maxAgenda:
			return models.AuditEvent{}, models.Fail(models.Conflict, "meeting.agenda_full", "The agenda has %d items already.", len(items))
		}
		side := "office"
		if who.HasFor(m.OrganizationID, districtRoles...) {
			side = "district"
		}
		before := *m
		m.Agenda = jsonOf(append(items, models.AgendaItem{Text: in.Text, ProposedBy: who.UserID, Side: side}))
		return event(who, "propose", "", &before, m), nil
	})
}

// MeetingTransition holds or cancels a meeting.
type MeetingTransition struct {
	ID      string      `json:"-"`
	Version int64       `json:"-"`
	Event   string      `json:"event" validate:"required,oneof=hold cancel"`
	Comment string      `json:"comment" validate:"max=2000"`
	HeldOn  models.Date `json:"held_on" validate:"omitempty,civil_date"` // the planned day when empty
}

// TransitionMeeting takes a step of the table Meetings. The first meeting that is held
// settles what is due by it.
func (s *Service) TransitionMeeting(ctx context.Context, who models.Actor, in MeetingTransition) (MeetingDetail, error) {
	return s.changeMeeting(ctx, who, ReadDocuments, in.ID, in.Version, in, func(tx *store.Tx, m *models.Meeting) (models.AuditEvent, error) {
		before := *m
		if in.Event == "hold" && !in.HeldOn.IsZero() {
			m.MeetsOn = in.HeldOn
		}
		step, err := take(Meetings, m.Status, in.Event, who, m.OrganizationID, in.Comment, meetingFacts{future: m.MeetsOn > s.Today()})
		if err != nil {
			return models.AuditEvent{}, refuse(err)
		}
		m.Status = models.State(step.To)
		if m.Status == StatusCancelled {
			err = notify(tx, "meeting.cancelled", m, m.OrganizationID, "Meeting cancelled", fmt.Sprintf("The meeting of %s is cancelled: %s", m.MeetsOn, in.Comment), s.Today(), districtRoles...)
		}
		return event(who, in.Event, in.Comment, &before, m), err
	})
}

// changeMeeting is the course of every change of a meeting or its actions.
func (s *Service) changeMeeting(ctx context.Context, who models.Actor, action Action, id string, version int64, in any,
	fn func(*store.Tx, *models.Meeting) (models.AuditEvent, error)) (MeetingDetail, error) {
	var out MeetingDetail
	err := s.change(ctx, func(tx *store.Tx) error {
		seen, err := store.Get[models.Meeting](tx, id)
		if err != nil {
			return err
		}
		if err := allow(who, action, seen.OrganizationID); err != nil {
			return err
		}
		if err := s.check(in); err != nil {
			return err
		}
		agreement, err := store.Lock[models.Agreement](tx, seen.AgreementID, 0)
		if err != nil {
			return err
		}
		m, err := store.Lock[models.Meeting](tx, id, version)
		if err != nil {
			return err
		}
		e, err := fn(tx, &m)
		if err != nil {
			return err
		}
		if err := tx.Update(&m, "status", "meets_on", "starts_at", "ends_at", "place", "attendees", "agenda", "notes", "action_count"); err != nil {
			return err
		}
		tx.Audit(&m, e)
		if m.Status == StatusHeld {
			if err := s.settleDues(tx, who, agreement); err != nil {
				return err
			}
		}
		out, err = meetingDetail(tx, id)
		return err
	})
	return out, err
}

func meetingDetail(r store.Reading, id string) (out MeetingDetail, err error) {
	if out.Meeting, err = store.Get[models.Meeting](r, id); err != nil {
		return out, err
	}
	out.Items = agendaOf(out.Agenda)
	out.Actions, err = store.All[models.MeetingAction](r, store.Eq{"meeting_id": id}, "number")
	return out, err
}

// ListMeetings asks for meetings.
type ListMeetings struct {
	OrganizationID string       `json:"organization_id" validate:"max=64"`
	AgreementID    string       `json:"agreement_id" validate:"max=64"`
	Status         models.State `json:"status" validate:"omitempty,oneof=planned held cancelled"`
	After          string       `json:"after" validate:"max=64"`
	Limit          int          `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// Meetings lists meetings. A district sees its own.
func (s *Service) Meetings(ctx context.Context, who models.Actor, in ListMeetings) ([]models.Meeting, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("organization_id", in.OrganizationID, "agreement_id", in.AgreementID, "status", string(in.Status))
	return store.List[models.Meeting](s.db.Read(ctx), scope(who), where, store.Page{After: in.After, Limit: in.Limit})
}

// Meeting is one meeting with its actions.
func (s *Service) Meeting(ctx context.Context, who models.Actor, id string) (MeetingDetail, error) {
	out, err := meetingDetail(s.db.Read(ctx), id)
	if err != nil {
		return MeetingDetail{}, err
	}
	if err := allow(who, ReadDocuments, out.OrganizationID); err != nil {
		return MeetingDetail{}, err
	}
	return out, nil
}
