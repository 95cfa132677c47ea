package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/measure"
)

// NextMeeting is when the next meeting about an agreement should be, and what it should
// be about.
type NextMeeting struct {
	AgreementID    string
	OrganizationID string
	On             models.Date // of the meeting that is planned; else by the rhythm, today at the earliest
	PlannedID      string      // "" when none is planned
	LastHeldOn     models.Date
	DaysLate       int // how long ago the meeting should have been, by the rhythm
	Why            string
	Agenda         []SuggestedItem
}

// SuggestedItem is something for the agenda, with why and what it is about.
type SuggestedItem struct {
	Code      string // overdue, due_soon, action, target, flag, unspent
	Title     string
	Why       string
	AboutKind string
	AboutID   string
}

// dueSoonDays is how far ahead a meeting looks when the program has no rhythm.
const dueSoonDays = 31

// NextMeeting suggests day and agenda from what is overdue or behind today.
func (s *Service) NextMeeting(ctx context.Context, who models.Actor, agreementID string) (NextMeeting, error) {
	r := s.db.Read(ctx)
	a, err := store.Get[models.Agreement](r, agreementID)
	if err != nil {
		return NextMeeting{}, err
	}
	if err := allow(who, ReadDocuments, a.OrganizationID); err != nil {
		return NextMeeting{}, err
	}
	def, err := s.agreementProgram(a.ProgramCode)
	if err != nil {
		return NextMeeting{}, err
	}
	meetings, err := store.All[models.Meeting](r, store.Eq{"agreement_id": a.ID}, "meets_on", "id")
	if err != nil {
		return NextMeeting{}, err
	}
	out := s.meetingDay(def, a, meetings)
	for _, part := range []func(store.Reading, models.Actor, models.Agreement, *NextMeeting) error{s.suggestDues, s.suggestActions, s.suggestTargets, s.suggestFlags, s.suggestMoney} {
		if err := part(r, who, a, &out); err != nil {
			return NextMeeting{}, err
		}
	}
	return out, nil
}

// meetingDay is the planned meeting, or the day that the rhythm gives.
func (s *Service) meetingDay(def *programs.Definition, a models.Agreement, meetings []models.Meeting) NextMeeting {
	today := s.Today()
	out := NextMeeting{AgreementID: a.ID, OrganizationID: a.OrganizationID, Agenda: []SuggestedItem{}}
	for _, m := range meetings {
		switch {
		case m.Status == StatusHeld:
			out.LastHeldOn = m.MeetsOn
		case m.Status == StatusPlanned && out.PlannedID == "" && m.MeetsOn >= today:
			out.PlannedID, out.On = m.ID, m.MeetsOn
		}
	}
	if out.PlannedID != "" {
		out.Why = "This meeting is planned."
		return out
	}
	rhythm := programs.Meetings{Every: "month"}
	if def.Meetings != nil {
		rhythm = *def.Meetings
	}
	since, says := out.LastHeldOn, "the last meeting"
	if since.IsZero() {
		since, says = a.AssignedOn, "the assignment"
	}
	by := rhythm.After(since)
	out.On, out.DaysLate = max(by, rhythm.Workday(today)), max(0, today.DaysSince(by))
	out.Why = fmt.Sprintf("One %s after %s on %s it is %s.", rhythm.Every, says, since, by)
	if def.Meetings != nil {
		out.Why += " (" + rhythm.Cite + ")"
	}
	return out
}

func (n *NextMeeting) add(code, title, why string, about models.Document) {
	n.Agenda = append(n.Agenda, SuggestedItem{code, title, why, about.Kind(), about.Base().ID})
}

// suggestDues takes what is overdue, and what falls due until the meeting after.
func (s *Service) suggestDues(r store.Reading, _ models.Actor, a models.Agreement, out *NextMeeting) error {
	items, err := store.All[models.DueItem](r, store.Eq{"organization_id": a.OrganizationID, "done_on": nil, "agreement_id": []string{a.ID, ""}}, "due_on", "code")
	if err != nil {
		return err
	}
	for _, soon := range []bool{false, true} {
		for i, d := range items {
			st := StatusOf(d, s.Today())
			switch {
			case !soon && st.Status == store.DueOverdue:
				out.add("overdue", d.Title, fmt.Sprintf("It was due on %s and is %s late (%s).", d.DueOn, countDays(int64(-st.Days)), d.Citation), &items[i])
			case soon && st.Status != store.DueOverdue && d.DueOn <= out.On.AddDays(dueSoonDays):
				out.add("due_soon", d.Title, fmt.Sprintf("It is due on %s (%s).", d.DueOn, d.Citation), &items[i])
			}
		}
	}
	return nil
}

// suggestActions takes the open actions of earlier meetings, the longest overdue first.
func (s *Service) suggestActions(r store.Reading, _ models.Actor, a models.Agreement, out *NextMeeting) error {
	actions, err := store.All[models.MeetingAction](r, store.Eq{"agreement_id": a.ID, "status": StatusOpen}, "due_on", "id")
	for _, x := range actions {
		why := fmt.Sprintf("This action is open; it is due on %s.", x.DueOn)
		if late := lateDays(x, s.Today()); late > 0 {
			why = fmt.Sprintf("This action was due on %s and is %s late.", x.DueOn, countDays(int64(late)))
		}
		out.Agenda = append(out.Agenda, SuggestedItem{"action", x.Text, why, "meeting", x.MeetingID})
	}
	return err
}

// suggestTargets takes the targets that were missed, are behind the straight line, or have
// results owing.
func (s *Service) suggestTargets(r store.Reading, who models.Actor, a models.Agreement, out *NextMeeting) error {
	rows, err := s.standingTargets(r, scope(who), store.TargetFilter{AgreementID: a.ID, On: s.Today()})
	for _, t := range rows {
		behind := t.Ahead != nil && *t.Ahead < 0 && t.Status != measure.Met
		if t.Status == measure.Missed || t.Status == measure.NotReported || len(t.Missing) > 0 || behind {
			out.Agenda = append(out.Agenda, SuggestedItem{"target", strings.TrimSpace(t.Target.Code + ": " + t.Target.Measure), t.Says, "agreement", a.ID})
		}
	}
	return err
}

// suggestFlags takes what the night found and nobody settled.
func (s *Service) suggestFlags(r store.Reading, _ models.Actor, a models.Agreement, out *NextMeeting) error {
	flags, err := store.All[models.Flag](r, store.Eq{"organization_id": a.OrganizationID, "status": []models.State{StatusOpen, StatusAcknowledged}}, "first_seen", "id")
	for i, f := range flags {
		if slices.ContainsFunc(out.Agenda, func(x SuggestedItem) bool { return x.Code == "overdue" && x.AboutID == f.Subject }) {
			continue // the same thing
		}
		out.add("flag", words(f.Rule), fmt.Sprintf("%s It is open since %s.", f.Detail, f.FirstSeen), &flags[i])
	}
	return err
}

// suggestMoney takes approved money that is not spent.
func (s *Service) suggestMoney(r store.Reading, _ models.Actor, a models.Agreement, out *NextMeeting) error {
	rows, err := store.UnspentMoney(r, a.OrganizationID, a.ProgramCode)
	for _, u := range rows {
		why := fmt.Sprintf("%s of %s approved is spent (night of %s).", u.SpentCents, u.ApprovedCents, u.AsOf)
		if u.DeadlineOn != "" {
			why += fmt.Sprintf(" It can be spent until %s.", u.DeadlineOn)
		}
		out.Agenda = append(out.Agenda, SuggestedItem{"unspent", fmt.Sprintf("%s of %s is not spent", u.ApprovedCents-u.SpentCents, u.Reference), why, "application", u.ApplicationID})
	}
	return err
}
