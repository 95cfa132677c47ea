package web

import (
	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesUnlocking() []route {
	return []route{
		{"GET", "/unlock_requests", w.unlockRequests},
		{"GET", "/unlock_requests/new", w.newUnlockRequest},
		{"POST", "/unlock_requests/new", w.newUnlockRequest},
		{"GET", "/unlock_requests/:id", w.unlockRequest},
		{"POST", "/unlock_requests/:id", w.answerUnlockRequest},
		{"GET", "/applications/:id/window_exception", w.windowException},
		{"POST", "/applications/:id/window_exception", w.windowException},
	}
}

// unlockRequests are what districts ask the office to open.
func (w *Web) unlockRequests(r *request) error {
	var in workflow.ListUnlockRequests
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	var rows []workflow.UnlockRequestView
	for in.After, in.Limit = "", workflow.MaxPage; ; {
		page, err := r.s.UnlockRequests(r.ctx(), r.who, in)
		if err != nil {
			return err
		}
		rows = append(rows, page...)
		if len(page) < workflow.MaxPage {
			break
		}
		in.After = page[len(page)-1].ID
	}
	var organizations, people []string
	for _, u := range rows {
		organizations, people = append(organizations, u.OrganizationID), append(people, u.RequestedBy)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, organizations, people)
	if err != nil {
		return err
	}
	l := Listing[workflow.UnlockRequestView]{Path: "/unlock_requests", Name: "unlock-requests", Sort: "-requested", Caption: r.t("Requests to unlock"),
		Empty:   r.t("Nobody has asked. A district asks on the page of an application, an amendment or a record that is locked."),
		Load:    func(workflow.Page) ([]workflow.UnlockRequestView, error) { return rows, nil },
		Filters: []Field{f.Select("status", r.t("State"), r.options("open", "granted", "denied", "withdrawn"))},
		Columns: []Column[workflow.UnlockRequestView]{
			{Key: "what", Label: r.t("To unlock"), Cell: func(u workflow.UnlockRequestView) Cell {
				return Text(u.Reference).To("/unlock_requests/" + u.ID).Noted(u.Reason)
			}},
			{Key: "district", Label: r.t("District"), Cell: func(u workflow.UnlockRequestView) Cell { return Text(names.District(u.OrganizationID)) }},
			{Key: "status", Label: r.t("State"), Cell: func(u workflow.UnlockRequestView) Cell {
				c := r.Tagged(string(u.Status))
				if u.UntilOn != "" {
					c = c.Noted(r.t("until %s", day(r.lang, u.UntilOn)))
				}
				return c
			}},
			{Key: "requested", Label: r.t("Asked on"), Unit: models.UnitDate, Cell: func(u workflow.UnlockRequestView) Cell { return Day(u.RequestedOn).Noted(names.People[u.RequestedBy]) }},
			{Key: "waited", Label: r.t("Days until the answer"), Unit: models.UnitInteger, Cell: func(u workflow.UnlockRequestView) Cell { return Number(u.WaitedDays) }},
		}}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Requests to unlock"), Section: "/unlock_requests", Body: v,
		Lead: r.t("What was handed in is locked. The office can open it again until a day, for a reason.")})
}

// newUnlockRequest asks for one document, which the address names.
func (w *Web) newUnlockRequest(r *request) error {
	const action = "/unlock_requests/new"
	in := workflow.CreateUnlockRequest{DocumentKind: r.Query("document_kind"), DocumentID: r.Query("document_id")}
	f, ok := r.form(action, 0, in), false
	if r.Request.Method == "POST" {
		f, ok = r.sent(action, &in)
	}
	if ok {
		u, err := r.s.CreateUnlockRequest(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/unlock_requests/"+u.ID, "The office is asked. You get a notice when it answers.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	fields := []Field{f.Area("reason", r.t("Why it should be opened")).Needed().AtMost(2000).Hinted(r.t("Say what has to change and by when you hand it in again."))}
	hidden := []Link{{Text: "document_kind", Href: in.DocumentKind}, {Text: "document_id", Href: in.DocumentID}}
	if in.DocumentKind == "" || in.DocumentID == "" {
		hidden = nil
		apps, err := r.s.Applications(r.ctx(), r.who, workflow.ApplicationFilter{}, workflow.Page{})
		if err != nil {
			return err
		}
		var options []Option
		for _, a := range apps {
			options = append(options, Option{Value: a.ID, Text: r.t("The window of %s", a.Reference)})
		}
		hidden = append(hidden, Link{Text: "document_kind", Href: "application"})
		fields = append([]Field{f.Select("document_id", r.t("What to open"), options).Needed().Hinted(r.t("For an amendment or a record that is under review, ask on its page."))}, fields...)
	}
	return r.ask(Page{Title: r.t("Ask the office to unlock"), Section: "/unlock_requests", Crumbs: []Link{{Text: r.t("Requests to unlock"), Href: "/unlock_requests"}}},
		fieldsBody{Form: f, Intro: []string{r.t("Your liaison and the managers of the office read this request.")}, Hidden: hidden, Fields: fields, Button: r.t("Send the request"), Cancel: "/unlock_requests"})
}

// unlockPage is the body of unlock_request.html.
type unlockPage struct {
	Request  workflow.UnlockRequestView
	District string
	By       string
	Decider  string
	Href     string
	Grant    *unlockForm
	Steps    []Confirm
	History  []Event
}

type unlockForm struct {
	*Form
	Until, Comment Field
}

func (w *Web) unlockRequest(r *request) error { return r.showUnlock(nil) }

func (r *request) showUnlock(sent *Form) error {
	u, err := r.s.UnlockRequest(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, []string{u.OrganizationID}, []string{u.RequestedBy, deref(u.DecidedBy)})
	if err != nil {
		return err
	}
	body := unlockPage{Request: u, District: names.District(u.OrganizationID), By: names.People[u.RequestedBy], Decider: names.People[deref(u.DecidedBy)], Href: models.PageOf(u.DocumentKind, u.DocumentID)}
	if u.DocumentKind == "revision" {
		body.Href += "/review"
	}
	action := "/unlock_requests/" + u.ID
	for _, o := range u.Offers {
		switch o.Event {
		case "grant":
			f := sent
			if f == nil || f.Values.Get("event") != "grant" {
				f = r.form(action, u.Version, nil)
			}
			if stale(f) { // sent once more it counts on what is shown now
				f.Version = u.Version
			}
			body.Grant = &unlockForm{Form: f, Until: f.Date("until_on", r.t("Open until")).Needed().Hinted(r.t("The last day on which it can be handed in again.")),
				Comment: f.Area("comment", r.t("Your answer")).Needed().AtMost(2000)}
		case "deny":
			body.Steps = append(body.Steps, newConfirm(r.t("Leave it locked"), r.t("Leave it locked?"), r.t("The district is told your reason."), r.t("Yes, leave it locked"), action, o.Event, u.Version).Asking(r.t("Reason"), true))
		case "withdraw":
			body.Steps = append(body.Steps, newConfirm(r.t("Take the request back"), r.t("Take the request back?"), r.t("The office is told that it is no longer wanted."), r.t("Yes, take it back"), action, o.Event, u.Version).Asking(r.t("Reason"), false))
		}
	}
	if body.History, err = r.history(u.Kind(), u.ID); err != nil {
		return err
	}
	page := Page{Title: r.t("Unlock %s", u.Reference), Section: "/unlock_requests", Crumbs: []Link{{Text: r.t("Requests to unlock"), Href: "/unlock_requests"}}, Body: body}
	if sent != nil {
		page.Problems, page.Status = sent.Problems(), sent.Status()
	}
	return r.show("unlock_request", page)
}

// answerUnlockRequest grants, denies or takes back.
func (w *Web) answerUnlockRequest(r *request) error {
	var in workflow.TransitionUnlockRequest
	f, ok := r.sent("/unlock_requests/"+r.id(), &in)
	in.ID = r.id()
	if ok {
		u, err := r.s.TransitionUnlockRequest(r.ctx(), r.who, in)
		switch {
		case err != nil:
			if err := f.took(err); err != nil {
				return err
			}
		case in.Event == "grant":
			return r.done("/unlock_requests/"+u.ID, "Unlocked. The district is told.")
		default:
			return r.done("/unlock_requests/"+u.ID, "Answered.")
		}
	}
	return r.showUnlock(f)
}

// windowException lets one application be handed in outside its window.
func (w *Web) windowException(r *request) error {
	v, err := r.s.Application(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	app := v.Application
	action := "/applications/" + app.ID + "/window_exception"
	in := workflow.OpenException{Until: app.WindowException}
	f := r.form(action, app.Version, in)
	if r.Request.Method == "POST" {
		var ok bool
		f, ok = r.sent(action, &in)
		in.ID = app.ID
		if ok {
			if _, err := r.s.OpenException(r.ctx(), r.who, in); err == nil {
				return r.done("/applications/"+app.ID, "It can be submitted until %s. The district is told.", day(r.lang, in.Until))
			} else if err := f.took(err); err != nil {
				return err
			}
			if f.Failed.Kind == models.Stale {
				f.against(app.Version, workflow.OpenException{Until: app.WindowException})
			}
		}
	}
	intro := []string{r.t("%s (%s) can then be submitted although its window is closed: the application or an amendment.", app.Reference, v.District.Name)}
	if app.WindowException != "" {
		intro = append(intro, r.t("An exception until %s is there already; a new day replaces it.", day(r.lang, app.WindowException)))
	}
	return r.ask(Page{Title: r.t("Exception from the window"), Crumbs: []Link{{Text: app.Reference, Href: "/applications/" + app.ID}}}, fieldsBody{Form: f, Intro: intro,
		Fields: []Field{f.Date("until", r.t("Open until")).Needed().Hinted(r.t("The last day on which it can be submitted.")), f.Area("comment", r.t("Reason")).Needed().AtMost(2000).Hinted(r.t("The district and the auditor read it."))},
		Button: r.t("Open it until this day"), Cancel: "/applications/" + app.ID})
}
