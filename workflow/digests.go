package workflow

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// DigestOptions say how a digest becomes a mail; jobs gives them.
type DigestOptions struct {
	Host   string // after the @ of the Message-ID
	Link   string // address of this Earmark for the reader
	Render func(models.Digest) (subject, text, html string, err error)
}

// DigestSummary is what composing did.
type DigestSummary struct {
	Date    models.Date `json:"date"`
	Mails   int         `json:"mails"`
	Notices int64       `json:"notices"`
}

// digestItems bounds one mail; what is left is counted and stands in Earmark.
const digestItems = 200

// ComposeDigests makes one mail per person of all notices up to a date that no mail told
// yet, and marks them, in one transaction: composing again finds nothing. Sending is
// another job's work.
func (s *Service) ComposeDigests(ctx context.Context, who models.Actor, date models.Date, opt DigestOptions) (DigestSummary, error) {
	if err := allow(who, RunJobs, ""); err != nil {
		return DigestSummary{}, err
	}
	if err := s.nightly(date); err != nil {
		return DigestSummary{}, err
	}
	sum := DigestSummary{Date: date}
	err := s.change(ctx, func(tx *store.Tx) error {
		notices, err := tx.UnsentNotices(date)
		if err != nil {
			return err
		}
		var mails []models.Mail
		for len(notices) > 0 {
			k := 1
			for k < len(notices) && notices[k].UserID == notices[0].UserID {
				k++
			}
			m, err := compose(tx, date, notices[:k], opt)
			if err != nil {
				return fmt.Errorf("digest of %s: %w", notices[0].UserID, err)
			}
			mails, notices = append(mails, m), notices[k:]
		}
		sum.Mails = len(mails)
		sum.Notices, err = tx.QueueDigests(date, mails)
		return err
	})
	return sum, err
}

func compose(tx *store.Tx, date models.Date, notices []store.DigestNotice, opt DigestOptions) (models.Mail, error) {
	to := notices[0]
	subject, text, html, err := opt.Render(digest(date, opt.Link, notices))
	return models.Mail{ID: tx.NewID(), UserID: to.UserID, ToAddress: to.Email, Kind: store.DigestKind, ForDate: date,
		MessageID: fmt.Sprintf("<digest.%s.%s@%s>", date, to.UserID, opt.Host), Subject: subject, TextBody: text, HTMLBody: html,
		Status: "queued", NextAttemptAt: tx.Now, CreatedAt: tx.Now}, err
}

// headings say what happened, most urgent first.
var headings = []struct{ event, words string }{
	{"flag.worsened", "Worse"},
	{"flag.opened", "New"},
	{"flag.reopened", "Waiver over"},
	{"action.overdue", "Overdue"},
	{"due.soon", "Due soon"},
	{"action.soon", "Due soon"},
	{"flag.reminder", "Still open"},
	{"flag.waived", "Waived"},
	{"flag.resolved", "Resolved"},
}

// urgency orders the items of a district: what somebody must act on comes first.
func urgency(n store.DigestNotice) int {
	at := slices.IndexFunc(headings, func(h struct{ event, words string }) bool { return h.event == n.Event })
	rank := map[string]int{"violation": 0, "warning": 10}
	r, flag := rank[n.Severity]
	switch {
	case n.Event == "flag.resolved" || n.Event == "flag.waived":
		return 40 + at
	case flag:
		return r + at
	case at < 0:
		return 30
	}
	return 20 + at
}

// digest groups a person's notices by district, the worst first.
func digest(date models.Date, link string, notices []store.DigestNotice) models.Digest {
	d := models.Digest{Name: notices[0].UserName, Date: date, Link: link, Count: len(notices)}
	byUrgency := slices.Clone(notices)
	slices.SortStableFunc(byUrgency, func(a, b store.DigestNotice) int { return cmp.Compare(urgency(a), urgency(b)) })
	if len(byUrgency) > digestItems {
		d.Left = len(byUrgency) - digestItems
		byUrgency = byUrgency[:digestItems]
	}
	at := map[string]int{}
	for _, n := range byUrgency { // districts appear in the order of their worst item
		i, ok := at[n.OrganizationID]
		if !ok {
			i = len(d.Districts)
			at[n.OrganizationID] = i
			d.Districts = append(d.Districts, models.DigestDistrict{Name: n.District})
		}
		item := models.DigestItem{Event: n.Event, Heading: "News", Severity: n.Severity, Title: n.Title, Detail: n.Detail, Why: n.Why, Page: models.PageOf(n.SubjectKind, n.SubjectID)}
		for _, h := range headings {
			if h.event == n.Event {
				item.Heading = h.words
			}
		}
		d.Districts[i].Items = append(d.Districts[i].Items, item)
	}
	return d
}
