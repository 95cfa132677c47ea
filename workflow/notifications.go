package workflow

import (
	"cmp"
	"context"

	"earmark/models"
	"earmark/store"
)

// SetNotifications is how often a mail tells somebody what. Of the own access (roles,
// delegations, hand-overs, unlocking) everybody is told each day: that is not a choice.
type SetNotifications struct {
	UserID  string `json:"-"`
	Version int64  `json:"-"`
	Flags   string `json:"flags" validate:"required,oneof=daily weekly urgent"`      // what the night finds out of line
	Dates   string `json:"dates" validate:"required,oneof=daily urgent"`             // what is due, and actions
	News    string `json:"news" validate:"required,oneof=daily weekly urgent never"` // steps of documents, decisions, payments
}

// NotificationsOf are a person's choices; who chose nothing is told each day.
func NotificationsOf(u models.User) SetNotifications {
	return SetNotifications{UserID: u.ID, Version: u.Version, Flags: cmp.Or(u.NotifyFlags, models.NotifyDaily),
		Dates: cmp.Or(u.NotifyDates, models.NotifyDaily), News: cmp.Or(u.NotifyNews, models.NotifyDaily)}
}

// SetNotifications changes the own choices, or as administrator anybody's. What was not
// mailed because of a choice stands among the notices and is not mailed later.
func (s *Service) SetNotifications(ctx context.Context, who models.Actor, in SetNotifications) (Person, error) {
	if err := own(who, in.UserID); err != nil {
		return Person{}, err
	}
	if err := s.check(in); err != nil {
		return Person{}, err
	}
	var p Person
	err := s.change(ctx, func(tx *store.Tx) error {
		before, err := lockPerson(tx, in.UserID, in.Version)
		if err != nil {
			return err
		}
		u := before.User
		u.NotifyFlags, u.NotifyDates, u.NotifyNews = in.Flags, in.Dates, in.News
		if err := tx.Update(&u, "notify_flags", "notify_dates", "notify_news"); err != nil {
			return err
		}
		tx.Audit(&u, event(who, "set_notifications", "", toldOfMails(before.User), toldOfMails(u)))
		p, err = person(tx, in.UserID)
		return err
	})
	return p, err
}

func toldOfMails(u models.User) map[string]any {
	n := NotificationsOf(u)
	return map[string]any{"flags": n.Flags, "dates": n.Dates, "news": n.News}
}
