package web

import (
	"earmark/models"
	"earmark/workflow"
)

// notificationsForm is the body of notifications.html.
type notificationsForm struct {
	Form   *Form
	Topics []topic
	Roles  []roleRow
}

// topic is one kind of news: what it holds, and how often it may come.
type topic struct {
	Field Field
}

func (w *Web) notificationsPage(r *request) error {
	me, err := r.s.Me(r.ctx(), r.who)
	if err != nil {
		return err
	}
	return r.askNotifications(r.form("/account/notifications", me.Version, workflow.NotificationsOf(me.User)))
}

func (r *request) askNotifications(f *Form) error {
	body := notificationsForm{Form: f}
	daily := Option{Value: models.NotifyDaily, Text: r.t("Each morning"), Hint: r.t("When there is something new.")}
	weekly := Option{Value: models.NotifyWeekly, Text: r.t("Mondays"), Hint: r.t("What is urgent comes the next morning all the same.")}
	urgent := func(what string) Option {
		return Option{Value: models.NotifyUrgent, Text: r.t("Only what is urgent"), Hint: what}
	}
	never := Option{Value: models.NotifyNever, Text: r.t("No mail"), Hint: r.t("It stands among your notices here.")}
	body.Topics = []topic{
		{f.Radios("flags", r.t("Flags: what the night finds out of line"), []Option{daily, weekly, urgent(r.t("Violations that are new or worse."))}).Needed()},
		{f.Radios("dates", r.t("Due dates and actions of meetings"), []Option{daily, urgent(r.t("What is overdue."))}).Needed().Hinted(r.t("These cannot be switched off: somebody counts on you."))},
		{f.Radios("news", r.t("Steps of documents, decisions and payments"), []Option{daily, weekly, urgent(r.t("What came back to you, and what waits for your decision.")), never}).Needed()},
	}
	var err error
	if body.Roles, err = r.roleRows(r.who.Roles); err != nil {
		return err
	}
	return r.show("notifications", Page{Title: r.t("Notifications"), Section: "/account", Crumbs: []Link{{Text: r.t("My account"), Href: "/account"}}, Problems: f.Problems(), Status: f.Status(), Body: body,
		Lead: r.t("One mail for everything new, never one for each event. Choose how often each kind comes.")})
}

func (w *Web) setNotifications(r *request) error {
	var in workflow.SetNotifications
	f, ok := r.sent("/account/notifications", &in)
	in.UserID = r.who.UserID
	if ok {
		if _, err := r.s.SetNotifications(r.ctx(), r.who, in); err == nil {
			return r.done("/account/notifications", "Saved. It holds from the next mail on.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	if f.Failed.Kind == models.Stale {
		me, err := r.s.Me(r.ctx(), r.who)
		if err != nil {
			return err
		}
		f.against(me.Version, workflow.NotificationsOf(me.User))
	}
	return r.askNotifications(f)
}
