package workflow

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/store"
)

// AddAction gives somebody something to do until a day.
type AddAction struct {
	ID      string      `json:"-"` // of the meeting
	Version int64       `json:"-"`
	Text    string      `json:"text" validate:"required,max=400"`
	OwnerID string      `json:"owner_id" validate:"required,max=64"`
	DueOn   models.Date `json:"due_on" validate:"required,civil_date"`
}

// AddAction adds an action to a meeting; its owner is told. Errors: Invalid
// "action.owner"; Conflict "meeting.cancelled".
func (s *Service) AddAction(ctx context.Context, who models.Actor, in AddAction) (MeetingDetail, error) {
	return s.changeMeeting(ctx, who, WriteMeeting, in.ID, in.Version, in, func(tx *store.Tx, m *models.Meeting) (models.AuditEvent, error) {
		if m.Status == StatusCancelled {
			return models.AuditEvent{}, models.Fail(models.Conflict, "meeting.cancelled", "This meeting was cancelled.")
		}
		if err := mayOwn(tx, *m, in.OwnerID); err != nil {
			return models.AuditEvent{}, err
		}
		m.ActionCount++
		a := models.MeetingAction{ID: tx.NewID(), MeetingID: m.ID, AgreementID: m.AgreementID, OrganizationID: m.OrganizationID, Number: m.ActionCount,
			Text: in.Text, OwnerID: in.OwnerID, DueOn: in.DueOn, Status: StatusOpen}
		if err := tx.Create(&a); err != nil {
			return models.AuditEvent{}, err
		}
		return childEvent(who, "add_action", "", fmt.Sprintf("action %d", a.Number), nil, &a), s.tellOwner(tx, who, m, a)
	})
}

// tellOwner makes a notice for whoever got an action from somebody else.
func (s *Service) tellOwner(tx *store.Tx, who models.Actor, m *models.Meeting, a models.MeetingAction) error {
	if a.OwnerID == who.UserID {
		return nil
	}
	return tx.Create(&[]models.Notice{{ID: tx.NewID(), UserID: a.OwnerID, Event: "action.assigned", SubjectKind: m.Kind(), SubjectID: m.ID, OrganizationID: m.OrganizationID,
		Title: "Action for you until " + string(a.DueOn), Detail: a.Text, Why: "You are the owner of this action.", ForDate: s.Today(), CreatedAt: tx.Now}})
}

// mayOwn refuses an owner who cannot see the meeting.
func mayOwn(tx *store.Tx, m models.Meeting, userID string) error {
	u, err := store.Get[models.User](tx, userID)
	if err != nil && models.KindOf(err) != models.NotFound {
		return err
	}
	roles, rerr := store.All[models.UserRole](tx, store.Eq{"user_id": userID})
	if rerr != nil {
		return rerr
	}
	for _, r := range roles {
		if err == nil && u.Status == StatusActive && (!r.Role.DistrictRole() || r.OrganizationID == m.OrganizationID) && r.Role != models.RoleReviewer {
			return nil
		}
	}
	return models.Field("/owner_id", "action.owner", "This is no active person of the district or of the office.", "Give the id of somebody who can see the meeting.")
}

// UpdateAction replaces what an action says.
type UpdateAction struct {
	ID      string       `json:"-"` // of the meeting
	Number  int          `json:"-"`
	Version int64        `json:"-"`
	Text    *string      `json:"text,omitempty" validate:"omitempty,min=1,max=400"`
	OwnerID *string      `json:"owner_id,omitempty" validate:"omitempty,min=1,max=64"`
	DueOn   *models.Date `json:"due_on,omitempty" validate:"omitempty,civil_date"`
	Status  models.State `json:"status,omitempty" validate:"omitempty,oneof=open done dropped"`
	DoneOn  models.Date  `json:"done_on,omitempty" validate:"omitempty,civil_date"` // today when empty
	Comment string       `json:"comment,omitempty" validate:"max=2000"`
}

// UpdateAction is for those who write the meeting; the owner of an action can say that it
// is done, with a comment, and nothing else. Errors: Forbidden "action.not_owner"; Invalid
// "action.owner", "action.done_on", "future".
func (s *Service) UpdateAction(ctx context.Context, who models.Actor, in UpdateAction) (MeetingDetail, error) {
	return s.changeMeeting(ctx, who, CompleteAction, in.ID, in.Version, in, func(tx *store.Tx, m *models.Meeting) (models.AuditEvent, error) {
		a, err := store.One[models.MeetingAction](tx, store.Eq{"meeting_id": m.ID, "number": in.Number})
		if err != nil {
			return models.AuditEvent{}, err
		}
		only := in.Status == StatusDone && in.Text == nil && in.OwnerID == nil && in.DueOn == nil
		if allow(who, WriteMeeting, m.OrganizationID) != nil && (a.OwnerID != who.UserID || !only) {
			return models.AuditEvent{}, models.Fail(models.Forbidden, "action.not_owner", "An action is changed by those who write the meeting; its owner can say that it is done.")
		}
		before := a
		if err := s.setAction(tx, m, &a, in); err != nil {
			return models.AuditEvent{}, err
		}
		if err := tx.Set(&a, store.Eq{"id": a.ID}, "text", "owner_id", "due_on", "status", "done_on", "comment"); err != nil {
			return models.AuditEvent{}, err
		}
		if a.OwnerID != before.OwnerID {
			err = s.tellOwner(tx, who, m, a)
		}
		return childEvent(who, "update_action", in.Comment, fmt.Sprintf("action %d", a.Number), &before, &a), err
	})
}

func (s *Service) setAction(tx *store.Tx, m *models.Meeting, a *models.MeetingAction, in UpdateAction) error {
	set(&a.Text, in.Text)
	set(&a.DueOn, in.DueOn)
	if in.OwnerID != nil && *in.OwnerID != a.OwnerID {
		if err := mayOwn(tx, *m, *in.OwnerID); err != nil {
			return err
		}
		a.OwnerID = *in.OwnerID
	}
	if in.Comment != "" {
		a.Comment = in.Comment
	}
	if in.Status != "" {
		a.Status, a.DoneOn = in.Status, ""
	}
	switch {
	case !in.DoneOn.IsZero() && in.Status != StatusDone:
		return models.Field("/done_on", "action.done_on", "Only an action that is done has such a day.", "Give status done, or leave it out.")
	case in.DoneOn > s.Today():
		return models.Field("/done_on", "future", "The day lies in the future.", "Give today or an earlier day.")
	case in.Status == StatusDone && in.DoneOn.IsZero():
		a.DoneOn = s.Today()
	case in.Status == StatusDone:
		a.DoneOn = in.DoneOn
	}
	return nil
}

// ListActions asks for actions of meetings.
type ListActions struct {
	OrganizationID string       `json:"organization_id" validate:"max=64"`
	AgreementID    string       `json:"agreement_id" validate:"max=64"`
	OwnerID        string       `json:"owner_id" validate:"max=64"`
	Status         models.State `json:"status" validate:"omitempty,oneof=open done dropped"`
	Overdue        bool         `json:"overdue"` // only open ones whose day has passed
	After          string       `json:"after" validate:"max=64"`
	Limit          int          `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// ActionStanding is an action with how late it is today.
type ActionStanding struct {
	models.MeetingAction
	DaysLate int // 0 unless it is open and its day has passed
}

// MeetingActions lists actions. A district sees those of its own meetings.
func (s *Service) MeetingActions(ctx context.Context, who models.Actor, in ListActions) ([]ActionStanding, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("organization_id", in.OrganizationID, "agreement_id", in.AgreementID, "owner_id", in.OwnerID, "status", string(in.Status))
	var before models.Date
	if in.Overdue {
		before = s.Today()
	}
	rows, err := store.MeetingActions(s.db.Read(ctx), scope(who), where, before, store.Page{After: in.After, Limit: in.Limit})
	out := make([]ActionStanding, len(rows))
	for i, a := range rows {
		out[i] = ActionStanding{a, lateDays(a, s.Today())}
	}
	return out, err
}

func lateDays(a models.MeetingAction, today models.Date) int {
	if a.Status != StatusOpen {
		return 0
	}
	return max(0, today.DaysSince(a.DueOn))
}
