package web

import (
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesMeetings() []route {
	return []route{
		{"GET", "/meetings", w.meetings},
		{"GET", "/meetings/new", w.newMeeting},
		{"POST", "/meetings", w.createMeeting},
		{"GET", "/meetings/:id", w.meeting},
		{"GET", "/meetings/:id/edit", w.editMeeting},
		{"POST", "/meetings/:id/edit", w.updateMeeting},
		{"POST", "/meetings/:id/transitions", w.stepMeeting},
		{"POST", "/meetings/:id/agenda_items", w.proposeAgendaItem},
		{"POST", "/meetings/:id/actions", w.addAction},
		{"GET", "/meetings/:id/actions/:number", w.actionForm},
		{"POST", "/meetings/:id/actions/:number", w.saveAction},
		{"GET", "/meeting_actions", w.meetingActions},
	}
}

func (w *Web) meetings(r *request) error {
	var in workflow.ListMeetings
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	names, err := r.agreementNames()
	if err != nil {
		return err
	}
	type row = models.Meeting
	l := Listing[row]{Path: "/meetings", Name: "meetings", Caption: r.t("Meetings"), Sort: "-meets_on",
		Load: func(workflow.Page) ([]row, error) { return r.s.Meetings(r.ctx(), r.who, in) },
		Columns: []Column[row]{
			{Key: "meets_on", Label: r.t("Day"), Unit: models.UnitDate, Cell: func(m row) Cell { return Day(m.MeetsOn).To("/meetings/" + m.ID).Noted(m.StartsAt) }},
			{Key: "agreement", Label: r.t("Agreement"), Cell: func(m row) Cell { return Text(names[m.AgreementID]).To("/agreements/" + m.AgreementID) }},
			{Key: "status", Label: r.t("Status"), Cell: func(m row) Cell { return r.Tagged(string(m.Status)) }},
			{Key: "place", Label: r.t("Place"), Cell: func(m row) Cell { return Text(m.Place) }},
			{Key: "actions", Label: r.t("Actions"), Unit: models.UnitInteger, Cell: func(m row) Cell { return Number(m.ActionCount) }}},
		Filters: []Field{f.Select("agreement_id", r.t("Agreement"), optionsOf(names)), f.Select("status", r.t("Status"), r.states("planned", "held", "cancelled"))},
		Empty:   r.t("No meeting is planned yet. The page of an agreement suggests the next one.")}
	p := Page{Title: r.t("Meetings"), Section: "/meetings", Lead: r.t("Meetings about the agreements: planned, held, with what was said and who took on what.")}
	if r.s.May(r.who, workflow.WriteMeeting, "") {
		p.Actions = []Link{{Text: r.t("Plan a meeting"), Href: "/meetings/new", Primary: true}}
		l.Action = &p.Actions[0]
	}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	v.keeping(f, "organization_id")
	p.Body = v
	return r.show("listing", p)
}

// newMeeting suggests day and agenda from what is overdue or behind.
func (w *Web) newMeeting(r *request) error {
	id := r.Query("agreement_id")
	in := workflow.CreateMeeting{AgreementID: id, MeetingFields: workflow.MeetingFields{MeetsOn: r.s.Today()}}
	if id == "" {
		return w.askMeeting(r, nil, r.form("/meetings", 0, in))
	}
	next, err := r.s.NextMeeting(r.ctx(), r.who, id)
	if err != nil {
		return err
	}
	in.MeetsOn = next.On
	f := r.form("/meetings", 0, in)
	var items []string
	for _, x := range next.Agenda {
		items = append(items, shorten(x.Title, 400))
	}
	f.Values.Set("agenda", strings.Join(items, "\n"))
	return w.askMeeting(r, &next, f)
}

func (w *Web) askMeeting(r *request, next *workflow.NextMeeting, f *Form) error {
	names, err := r.agreementNames()
	if err != nil {
		return err
	}
	b := fieldsBody{Form: f, Button: r.t("Plan the meeting"), Cancel: "/meetings", Fields: append([]Field{f.Combo("agreement_id", r.t("Agreement"), optionsOf(names)).Needed()}, r.meetingFields(f, false)...)}
	if next != nil {
		b.Intro = []string{next.Why}
		for _, x := range next.Agenda {
			b.Reasons = append(b.Reasons, Link{Text: x.Title + " – " + x.Why, Href: models.PageOf(x.AboutKind, x.AboutID)})
		}
	}
	return r.ask(Page{Title: r.t("Plan a meeting"), Section: "/meetings", Crumbs: []Link{{Text: r.t("Meetings"), Href: "/meetings"}}}, b)
}

func (r *request) meetingFields(f *Form, notes bool) []Field {
	fields := []Field{f.Date("meets_on", r.t("Day")).Needed(), f.Text("starts_at", r.t("From")).Sized("sm").AtMost(5).Hinted(r.t("Written like 09:30.")), f.Text("ends_at", r.t("To")).Sized("sm").AtMost(5),
		f.Text("place", r.t("Place or address of the call")).AtMost(400), f.Area("attendees", r.t("Who takes part")).AtMost(2000).Lines(2),
		f.Area("agenda", r.t("Agenda")).Lines(8).Hinted(r.t("One item on each line."))}
	if notes {
		fields = append(fields, f.Area("notes", r.t("Notes")).Lines(10).AtMost(20000))
	}
	return fields
}

// sentMeeting reads a meeting; the agenda is typed a line for each item.
func (r *request) sentMeeting(action string, in any, fields *workflow.MeetingFields) (*Form, bool) {
	f, ok := r.sent(action, in)
	fields.Agenda = nil
	for _, item := range strings.Split(f.Values.Get("agenda"), "\n") {
		if item = strings.TrimSpace(item); item != "" {
			fields.Agenda = append(fields.Agenda, item)
		}
	}
	return f, ok
}

func (w *Web) createMeeting(r *request) error {
	var in workflow.CreateMeeting
	f, ok := r.sentMeeting("/meetings", &in, &in.MeetingFields)
	if ok {
		made, err := r.s.CreateMeeting(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/meetings/"+made.ID, "The meeting is planned. The district is told.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askMeeting(r, nil, f)
}

type meetingBody struct {
	workflow.MeetingDetail
	People   map[string]string
	Owners   []Option
	Ask      *Form // proposes an item for the agenda
	Form     *Form // adds an action
	Todo     Field
	Files    *AttachmentsView
	MayWrite bool
	MayAsk   bool
	Own      string
	Steps    []Confirm
	Reads    []string // notes by line
}

func (w *Web) meeting(r *request) error { return w.showMeeting(r, nil) }

func (w *Web) showMeeting(r *request, f *Form) error {
	m, err := r.s.Meeting(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	a, err := r.s.Agreement(r.ctx(), r.who, m.AgreementID)
	if err != nil {
		return err
	}
	place, err := w.agreementPlace(r, a)
	if err != nil {
		return err
	}
	b := meetingBody{MeetingDetail: m, MayWrite: r.s.May(r.who, workflow.WriteMeeting, m.OrganizationID), MayAsk: r.s.May(r.who, workflow.ProposeAgenda, m.OrganizationID) && m.Status == workflow.StatusPlanned, Own: r.who.UserID}
	if b.Ask, b.Form = r.form("/meetings/"+m.ID, m.Version, nil), r.form("/meetings/"+m.ID, m.Version, nil); f != nil && strings.HasSuffix(f.Action, "/agenda_items") {
		b.Ask = f
	} else if f != nil && strings.HasSuffix(f.Action, "/actions") {
		b.Form = f
	}
	b.Todo = b.Form.Text("text", r.t("What is to be done")).Needed().AtMost(400)
	b.Todo.ID = "f-action-text" // an item for the agenda is a text too
	if b.Files, err = r.attachments("meeting", m.ID, "/meetings/"+m.ID); err != nil {
		return err
	}
	var ids []string
	for _, x := range m.Items {
		ids = append(ids, x.ProposedBy)
	}
	for _, x := range m.Actions {
		ids = append(ids, x.OwnerID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, ids)
	if err != nil {
		return err
	}
	b.People = names.People
	if b.MayWrite {
		if b.Owners, err = r.owners(m.OrganizationID); err != nil {
			return err
		}
	}
	for _, o := range workflow.Offers(r.who, &m.Meeting) {
		if o.Blocked != "" {
			continue
		}
		c := newConfirm(r.t("It was held"), r.t("Was this meeting held?"), r.t("Its day and agenda are closed then; notes and actions can still be written."), r.t("Yes, it was held"), "/meetings/"+m.ID+"/transitions", o.Event, m.Version)
		if o.Event == "cancel" {
			c = newConfirm(r.t("Cancel the meeting"), r.t("Cancel this meeting?"), r.t("The district is told. This cannot be undone."), r.t("Yes, cancel it"), "/meetings/"+m.ID+"/transitions", o.Event, m.Version).Asking(r.t("Reason"), true).Dangerous()
		}
		b.Steps = append(b.Steps, c)
	}
	b.Reads = strings.Split(m.Notes, "\n")
	p := Page{Title: r.t("Meeting on %s", day(r.lang, m.MeetsOn)), Lead: place.district.Name, Section: "/meetings", Crumbs: append(place.crumbs, Link{Text: r.t("Meetings"), Href: "/meetings?agreement_id=" + m.AgreementID}), Body: b, Problems: f.Problems()}
	if f != nil {
		p.Status = f.Status()
	}
	for i := range p.Problems {
		if p.Problems[i].Href == "#f-text" && f == b.Form {
			p.Problems[i].Href = "#" + b.Todo.ID
		}
	}
	if b.MayWrite && m.Status != workflow.StatusCancelled {
		p.Actions = []Link{{Text: r.t("Write notes"), Href: "/meetings/" + m.ID + "/edit", Primary: true}}
	}
	return r.show("meeting", p)
}

func (r *request) owners(organizationID string) ([]Option, error) {
	people, err := r.s.MeetingOwners(r.ctx(), r.who, organizationID)
	out := make([]Option, len(people))
	for i, u := range people {
		out[i] = Option{Value: u.ID, Text: u.Name}
	}
	return out, err
}

func meetingValues(m workflow.MeetingDetail) workflow.MeetingFields {
	in := workflow.MeetingFields{MeetsOn: m.MeetsOn, StartsAt: m.StartsAt, EndsAt: m.EndsAt, Place: m.Place, Attendees: m.Attendees, Notes: m.Notes}
	items := make([]string, len(m.Items))
	for i, x := range m.Items {
		items[i] = x.Text
	}
	in.Agenda = []string{strings.Join(items, "\n")}
	return in
}

func (w *Web) editMeeting(r *request) error {
	m, err := r.s.Meeting(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return w.askMeetingChange(r, m, r.form("/meetings/"+m.ID+"/edit", m.Version, meetingValues(m)))
}

func (w *Web) askMeetingChange(r *request, m workflow.MeetingDetail, f *Form) error {
	return r.ask(Page{Title: r.t("Meeting on %s", day(r.lang, m.MeetsOn)), Section: "/meetings", Crumbs: []Link{{Text: r.t("Meetings"), Href: "/meetings"}, {Text: day(r.lang, m.MeetsOn), Href: "/meetings/" + m.ID}}},
		fieldsBody{Form: f, Button: r.t("Save"), Cancel: "/meetings/" + m.ID, Fields: r.meetingFields(f, true)})
}

func (w *Web) updateMeeting(r *request) error {
	in := workflow.UpdateMeeting{ID: r.id()}
	f, ok := r.sentMeeting("/meetings/"+in.ID+"/edit", &in, &in.MeetingFields)
	if ok {
		if _, err := r.s.UpdateMeeting(r.ctx(), r.who, in); err == nil {
			return r.done("/meetings/"+in.ID, "Saved.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	m, err := r.s.Meeting(r.ctx(), r.who, in.ID)
	if err != nil {
		return err
	}
	if stale(f) {
		f.against(m.Version, meetingValues(m))
	}
	return w.askMeetingChange(r, m, f)
}

// meetingStep sends one small form of the meeting's page.
func (w *Web) meetingStep(r *request, in any, do func() error, said func() error) error {
	f, ok := r.sent(r.Request.URL.Path, in)
	if ok {
		err := do()
		if err == nil {
			return said()
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	if stale(f) {
		if m, err := r.s.Meeting(r.ctx(), r.who, r.id()); err == nil {
			f.Version = m.Version
		}
	}
	return w.showMeeting(r, f)
}

func (w *Web) stepMeeting(r *request) error {
	in := workflow.MeetingTransition{ID: r.id()}
	return w.meetingStep(r, &in, func() error { _, err := r.s.TransitionMeeting(r.ctx(), r.who, in); return err }, func() error { return r.done("/meetings/"+in.ID, "Done.") })
}

func (w *Web) proposeAgendaItem(r *request) error {
	in := workflow.ProposeAgendaItem{ID: r.id()}
	return w.meetingStep(r, &in, func() error { _, err := r.s.ProposeAgendaItem(r.ctx(), r.who, in); return err }, func() error { return r.done("/meetings/"+in.ID, "It is on the agenda.") })
}

func (w *Web) addAction(r *request) error {
	in := workflow.AddAction{ID: r.id()}
	return w.meetingStep(r, &in, func() error { _, err := r.s.AddAction(r.ctx(), r.who, in); return err }, func() error { return r.done("/meetings/"+in.ID, "The action is added. Its owner is told.") })
}

func (w *Web) actionOf(r *request) (workflow.MeetingDetail, models.MeetingAction, error) {
	m, err := r.s.Meeting(r.ctx(), r.who, r.id())
	if err != nil {
		return m, models.MeetingAction{}, err
	}
	i := slices.IndexFunc(m.Actions, func(a models.MeetingAction) bool { return itoa(a.Number) == r.Param("number") })
	if i < 0 {
		return m, models.MeetingAction{}, notThere()
	}
	return m, m.Actions[i], nil
}

func (w *Web) actionForm(r *request) error {
	m, a, err := w.actionOf(r)
	if err != nil {
		return err
	}
	in := workflow.UpdateAction{Text: &a.Text, OwnerID: &a.OwnerID, DueOn: &a.DueOn, Status: a.Status, DoneOn: a.DoneOn, Comment: a.Comment}
	return w.askAction(r, m, a, r.form("/meetings/"+m.ID+"/actions/"+itoa(a.Number), m.Version, in))
}

func (w *Web) askAction(r *request, m workflow.MeetingDetail, a models.MeetingAction, f *Form) error {
	fields := []Field{}
	if r.s.May(r.who, workflow.WriteMeeting, m.OrganizationID) {
		owners, err := r.owners(m.OrganizationID)
		if err != nil {
			return err
		}
		fields = append(fields, f.Text("text", r.t("What is to be done")).Needed().AtMost(400), f.Combo("owner_id", r.t("Who does it"), owners).Needed(), f.Date("due_on", r.t("Due")).Needed(),
			f.Select("status", r.t("Status"), r.states("open", "done", "dropped")).Needed())
	} else {
		f.Values.Set("status", "done")
		fields = append(fields, f.Select("status", r.t("Status"), r.states("done")).Needed())
	}
	fields = append(fields, f.Date("done_on", r.t("Done on")), f.Area("comment", r.t("Comment")).AtMost(2000).Lines(3))
	return r.ask(Page{Title: r.t("Action %d", a.Number), Lead: a.Text, Section: "/meeting_actions", Crumbs: []Link{{Text: r.t("Meetings"), Href: "/meetings"}, {Text: day(r.lang, m.MeetsOn), Href: "/meetings/" + m.ID}}},
		fieldsBody{Form: f, Button: r.t("Save"), Cancel: "/meetings/" + m.ID, Fields: fields})
}

func (w *Web) saveAction(r *request) error {
	m, a, err := w.actionOf(r)
	if err != nil {
		return err
	}
	in := workflow.UpdateAction{ID: m.ID, Number: a.Number}
	f, ok := r.sent("/meetings/"+m.ID+"/actions/"+itoa(a.Number), &in)
	if ok {
		if _, err := r.s.UpdateAction(r.ctx(), r.who, in); err == nil {
			return r.done("/meetings/"+m.ID, "Saved.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	if stale(f) {
		f.against(m.Version, workflow.UpdateAction{Text: &a.Text, OwnerID: &a.OwnerID, DueOn: &a.DueOn, Status: a.Status, DoneOn: a.DoneOn, Comment: a.Comment})
	}
	return w.askAction(r, m, a, f)
}

func (w *Web) meetingActions(r *request) error {
	var in workflow.ListActions
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	names, err := r.agreementNames()
	if err != nil {
		return err
	}
	found, err := r.s.MeetingActions(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	ids := make([]string, len(found))
	for i, a := range found {
		ids[i] = a.OwnerID
	}
	people, err := r.s.NamesOf(r.ctx(), r.who, nil, ids)
	if err != nil {
		return err
	}
	type row = workflow.ActionStanding
	l := Listing[row]{Path: "/meeting_actions", Name: "meeting_actions", Caption: r.t("Actions of meetings"), Sort: "due_on",
		Load: func(workflow.Page) ([]row, error) { return found, nil },
		Columns: []Column[row]{
			{Key: "text", Label: r.t("What is to be done"), Cell: func(a row) Cell { return Text(a.Text).To("/meetings/" + a.MeetingID) }},
			{Key: "owner", Label: r.t("Who does it"), Cell: func(a row) Cell { return Text(people.People[a.OwnerID]) }},
			{Key: "due_on", Label: r.t("Due"), Unit: models.UnitDate, Cell: func(a row) Cell { return Day(a.DueOn).Noted(r.lateNote(a.DaysLate)) }},
			{Key: "status", Label: r.t("Status"), Cell: func(a row) Cell { return r.Tagged(string(a.Status)) }},
			{Key: "agreement", Label: r.t("Agreement"), Cell: func(a row) Cell { return Text(names[a.AgreementID]).To("/agreements/" + a.AgreementID) }}},
		Filters: []Field{f.Select("agreement_id", r.t("Agreement"), optionsOf(names)), f.Select("status", r.t("Status"), r.states("open", "done", "dropped")),
			f.Select("owner_id", r.t("Mine"), []Option{{Value: r.who.UserID, Text: r.t("only mine")}}), f.Select("overdue", r.t("Overdue"), []Option{{Value: "true", Text: r.t("only")}})},
		Empty: r.t("Nobody took on anything yet.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Actions of meetings"), Section: "/meeting_actions", Body: v, Lead: r.t("Who took on what, and until when.")})
}
