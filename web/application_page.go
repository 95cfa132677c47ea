package web

import (
	"cmp"
	"slices"

	"earmark/models"
	"earmark/workflow"
)

// applicationBody is what application.html shows. What is in force and what is proposed are
// never added up.
type applicationBody struct {
	View      workflow.ApplicationView
	On        models.Date
	InForce   *models.Revision
	Open      *models.Revision
	OpenName  string
	Left      models.Cents // of the award in force, not spent
	Unapplied models.Cents // of the allocation, not in force
	Revisions []revisionRow
	Uses      []useRow
	Chart     *Chart
	Spent     models.Cents // on lines in force
	History   []historyRow
	Form      *Form  // of a new revision; nil when none can be started
	Blocked   string // why none can
	Amends    bool
	Writes    bool          // the reader may go on with what is open
	Proposed  []proposedRow // of an earlier day
}

type revisionRow struct {
	models.Revision
	Title string
	Force bool
}

// useRow is what the lines in force of one use category come to.
type useRow struct {
	Code, Title           string
	Lines                 int
	Approved, Spent, Left models.Cents
	RateKnown             bool
	Rate                  models.BasisPoints
}

type historyRow struct {
	On     models.Date
	Who    string
	What   string
	Reason string
	Href   string
}

type proposedRow struct {
	Number int
	Text   string
}

func (w *Web) applicationPage(r *request) error { return w.showApplication(r, nil) }

// showApplication shows where an application stands, today or at the end of an earlier day.
func (w *Web) showApplication(r *request, f *Form) error {
	on := models.Date(r.Query("on"))
	body := applicationBody{On: on}
	var about workflow.AsOf
	var err error
	if on == "" {
		body.View, err = r.s.Application(r.ctx(), r.who, r.id())
	} else {
		body.View, about, err = r.s.ApplicationOn(r.ctx(), r.who, r.id(), on)
	}
	if err != nil {
		return err
	}
	app := body.View.Application
	for i, rev := range body.View.Revisions {
		force := app.InForceRevisionID != nil && rev.ID == *app.InForceRevisionID
		body.Revisions = append(body.Revisions, revisionRow{rev, revisionTitle(r, rev), force})
		if force {
			body.InForce = &body.View.Revisions[i]
		}
		if !workflow.Revisions.Final(string(rev.Status)) {
			body.Open, body.OpenName = &body.View.Revisions[i], revisionTitle(r, rev)
		}
	}
	slices.Reverse(body.Revisions)
	body.Left, body.Unapplied = app.ApprovedCents-body.View.SpentCents, app.AllocationCents-app.ApprovedCents
	year, err := r.s.GrantYear(r.ctx(), r.who, app.GrantYearID)
	if err != nil {
		return err
	}
	if err := r.usesOf(&body, year); err != nil {
		return err
	}
	if on == "" {
		if err := r.revising(&body, f); err != nil {
			return err
		}
		if body.History, err = r.historyOf(body.View); err != nil {
			return err
		}
	}
	var problems []Problem
	status := 0
	if f != nil {
		problems, status = f.Problems(), f.Status()
	}
	return r.show("application", Page{Title: app.Reference, Lead: body.View.District.Name + " · " + body.View.GrantYear.Title, Crumbs: r.applicationCrumbs(), Section: "/applications",
		AsOf: &AsOf{On: on, Path: "/applications/" + app.ID, Rules: about.Rules}, Body: body, Problems: problems, Status: status, Actions: body.actions(r)})
}

func (b applicationBody) actions(r *request) []Link {
	if b.On != "" {
		return nil
	}
	var out []Link
	if b.Open != nil {
		text := r.t("Open what is proposed")
		if b.Writes {
			text = r.t("Continue writing")
		}
		out = append(out, Link{Text: text, Href: "/revisions/" + b.Open.ID, Primary: true})
	}
	if b.InForce != nil {
		out = append(out, Link{Text: r.t("Lines in force"), Href: "/revisions/" + b.InForce.ID})
	}
	if b.Open != nil && (b.Open.Status == workflow.StatusSubmitted || b.Open.Status == workflow.StatusInReview) && r.s.May(r.who, workflow.RequestUnlock, b.View.Application.OrganizationID) {
		out = append(out, Link{Text: r.t("Ask the office to open it"), Href: "/unlock_requests/new?document_kind=revision&document_id=" + b.Open.ID})
	}
	if app := b.View.Application; r.s.May(r.who, workflow.OpenWindow, app.OrganizationID) {
		out = append(out, Link{Text: r.t("Exception from the window"), Href: "/applications/" + app.ID + "/window_exception"})
	}
	return out
}

// revising puts the form of a new revision in the page, or says why there is none.
func (r *request) revising(body *applicationBody, f *Form) error {
	body.Amends = body.InForce != nil
	err := r.s.MayRevise(r.who, body.View)
	switch kind := models.KindOf(err); {
	case err == nil:
		if f == nil {
			f = r.form("/applications/"+body.View.Application.ID+"/revisions", 0, workflow.CreateAmendment{})
		}
		body.Form = f
	case kind == models.Conflict && body.Open != nil:
		body.Writes = body.Open.Status == workflow.StatusDraft || body.Open.Status == workflow.StatusReturned
	case kind == models.Conflict:
		body.Blocked = detailOf(err)
	case kind == models.Forbidden:
	default:
		return err
	}
	return nil
}

// usesOf sums the lines in force by use category, as the day had them.
func (r *request) usesOf(body *applicationBody, year workflow.GrantYearDetail) error {
	uses := map[string]*useRow{}
	var order []*useRow
	for _, c := range year.Rules.Definition.UseCategories {
		uses[c.Code] = &useRow{Code: c.Code, Title: c.Title}
		order = append(order, uses[c.Code])
	}
	add := func(use string, approved, spent models.Cents) {
		if uses[use] == nil {
			uses[use] = &useRow{Code: use, Title: use}
			order = append(order, uses[use])
		}
		row := uses[use]
		row.Lines++
		row.Approved, row.Spent = row.Approved+approved, row.Spent+spent
		body.Spent += spent
	}
	if body.On == "" {
		for after := ""; ; {
			lines, err := r.s.LineItems(r.ctx(), r.who, workflow.ListLineItems{ApplicationID: body.View.Application.ID, Status: string(workflow.StatusInForce), After: after, Limit: workflow.MaxPage})
			if err != nil {
				return err
			}
			for _, l := range lines {
				add(l.UseCategory, l.AmountCents, l.SpentCents)
			}
			if len(lines) < workflow.MaxPage {
				break
			}
			after = lines[len(lines)-1].ID
		}
	} else {
		lines, err := r.s.ApplicationLinesOn(r.ctx(), r.who, body.View.Application.ID, body.On)
		if err != nil {
			return err
		}
		for _, l := range lines.InForce {
			if l.Version.Action != "remove" {
				add(l.Version.UseCategory, l.Version.AmountCents, l.SpentCents)
			}
		}
		for _, p := range lines.Proposed {
			body.Proposed = append(body.Proposed, proposedRow{p.Number, string(p.Fields["description"])})
		}
	}
	var bar []Bar
	table := [][]string{}
	for _, u := range order {
		if u.Lines == 0 {
			continue
		}
		u.Left = u.Approved - u.Spent
		u.Rate, u.RateKnown = models.Rate(u.Spent, u.Approved)
		body.Uses = append(body.Uses, *u)
		bar = append(bar, Bar{Label: u.Title, Shown: u.Approved.String(), Segments: []Segment{
			{Value: int64(u.Spent), Class: "fill-1", Text: r.t("spent %s", u.Spent)}, {Value: int64(max(u.Left, 0)), Class: "fill-rest", Text: r.t("not spent %s", u.Left)}}})
		table = append(table, []string{u.Title, u.Approved.String(), u.Spent.String(), u.Left.String()})
	}
	if len(bar) > 0 {
		title := r.t("Spent of what is in force, by use")
		body.Chart = &Chart{ID: "uses", Title: title, SVG: bars(title, bar, 0), Heads: []string{r.t("Use"), r.t("In force"), r.t("Spent"), r.t("Remaining")}, Rows: table, Numeric: 1,
			Legend: []Key{{"fill-1", r.t("Spent")}, {"fill-rest", r.t("Not spent yet")}}}
	}
	return nil
}

// applicationSteps are what the history of an application tells; single saves of lines are
// in the audit trail.
var applicationSteps = []string{"create", "create_amendment", "submit", "approve", "return", "deny", "withdraw", "open_exception", "take_force", "copy_forward"}

// historyOf is what happened to an application and its revisions, newest first.
func (r *request) historyOf(v workflow.ApplicationView) ([]historyRow, error) {
	events, err := r.s.ApplicationHistory(r.ctx(), r.who, v.Application.ID, applicationSteps)
	if err != nil {
		return nil, err
	}
	titles := map[string]string{}
	for _, rev := range v.Revisions {
		titles[rev.ID] = revisionTitle(r, rev)
	}
	slices.SortFunc(events, func(a, b models.AuditEvent) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	var out []historyRow
	for _, e := range events {
		row := historyRow{On: models.Date(e.At.UTC().Format("2006-01-02")), Who: e.ActorName, What: r.t(words(e.Action)), Reason: e.Reason}
		if title, known := titles[e.DocumentID]; known {
			row.What, row.Href = r.t("%s: %s", title, r.t(words(e.Action))), "/revisions/"+e.DocumentID
		}
		out = append(out, row)
	}
	return out, nil
}
