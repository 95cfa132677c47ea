package web

import (
	"encoding/base64"
	"net/url"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesNotices() []route {
	return []route{
		{"GET", "/notices", w.notices},
		{"POST", "/notices/read", w.readNotices},
	}
}

// noticesPage is the body of notices.html.
type noticesPage struct {
	Days   []noticeDay
	Unread bool // only what is unread is shown
	Count  int64
	Next   string
	First  string
	Back   string // this list, after a notice was marked
}

type noticeDay struct {
	Title string
	Rows  []noticeRow
}

type noticeRow struct {
	models.Notice
	Href     string
	District string
}

// noticesOnPage is how many notices a page shows.
const noticesOnPage = 30

// notices are what the reader should learn, newest first, and why it reaches this person.
func (w *Web) notices(r *request) error {
	in := workflow.ListNotices{Unread: r.Query("unread") == "true", Limit: noticesOnPage + 1}
	after, err := base64.RawURLEncoding.DecodeString(r.Query("cursor"))
	if err != nil {
		return models.Fail(models.Malformed, "malformed_parameter", "This page of the list cannot be found. Start from its beginning.")
	}
	in.After = string(after)
	found, err := r.s.Notices(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	values := url.Values{}
	if in.Unread {
		values.Set("unread", "true")
	}
	body := noticesPage{Unread: in.Unread, Back: r.Request.URL.RequestURI()}
	if len(found) > noticesOnPage {
		found = found[:noticesOnPage]
		body.Next = with("/notices", values, "cursor", base64.RawURLEncoding.EncodeToString([]byte(found[noticesOnPage-1].ID)))
	}
	if in.After != "" {
		body.First = with("/notices", values, "cursor", "")
	}
	if body.Count, err = r.s.UnreadCount(r.ctx(), r.who); err != nil {
		return err
	}
	var organizations []string
	for _, n := range found {
		organizations = append(organizations, n.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, organizations, nil)
	if err != nil {
		return err
	}
	for _, n := range found {
		on := n.ForDate
		if on.IsZero() {
			on = models.Date(n.CreatedAt.Format("2006-01-02"))
		}
		title := day(r.lang, on)
		if last := len(body.Days) - 1; last < 0 || body.Days[last].Title != title {
			body.Days = append(body.Days, noticeDay{Title: title})
		}
		last := &body.Days[len(body.Days)-1]
		last.Rows = append(last.Rows, noticeRow{n, models.PageOf(n.SubjectKind, n.SubjectID), names.District(n.OrganizationID)})
	}
	return r.show("notices", Page{Title: r.t("Notices"), Section: "/notices", Body: body, Lead: r.t("What happened that concerns you. The evening mail gathers the same in one message.")})
}

// readNotices marks one notice, or all of them, as read.
func (w *Web) readNotices(r *request) error {
	var in workflow.MarkNotices
	f, ok := r.sent("/notices/read", &in)
	if !ok {
		return f.Failed
	}
	n, err := r.s.MarkNoticesRead(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	r.flash(plural(r.lang, int(n), "1 notice is marked as read.", "%d notices are marked as read."))
	r.Redirect(303, local(f.Values.Get("back")))
	return nil
}
