package web

import (
	"slices"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesDueItems() []route {
	return []route{
		{"GET", "/due_items", w.dueItems},
		{"GET", "/due_items/:id", w.dueItem},
		{"POST", "/due_items/:id/completion", w.completeDueItem},
	}
}

// dueItemsPage is the body of due_items.html.
type dueItemsPage struct {
	List     *ListView
	Calendar string // the address to subscribe to
}

// dueItems lists what is due, what is late first.
func (w *Web) dueItems(r *request) error {
	var in workflow.ListDueItems
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	in.After, in.Limit = "", 0
	items, err := r.s.DueItems(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	organizations := []string{in.OrganizationID}
	for _, d := range items {
		organizations = append(organizations, d.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, organizations, nil)
	if err != nil {
		return err
	}
	filters := []Field{f.Select("status", r.t("State"), r.options("overdue", "due", "upcoming", "done"))}
	if r.who.Has(models.RolePAL) {
		filters = append(filters, f.Select("mine", r.t("Districts"), []Option{{Value: "true", Text: r.t("My districts")}}))
		if f.Values.Get("mine") == "true" {
			items = slices.DeleteFunc(items, func(d workflow.DueItemDetail) bool { return !r.mine(names.Organizations[d.OrganizationID]) })
		}
	}
	v, err := listed(r, Listing[workflow.DueItemDetail]{Path: "/due_items", Name: "due_items", Sort: "left", Caption: r.t("Due dates"), Columns: r.dueColumns(names), Filters: filters,
		Load: func(workflow.Page) ([]workflow.DueItemDetail, error) { return items, nil }, Empty: r.t("Nothing is due. Dates appear when an agreement is assigned or an application is approved.")})
	if v == nil || err != nil {
		return err
	}
	for _, keep := range []string{"organization_id", "grant_year_id", "agreement_id", "on"} {
		if value := f.Values.Get(keep); value != "" {
			v.Keep = append(v.Keep, Link{Text: keep, Href: value})
		}
	}
	page := Page{Title: r.t("Due dates"), Section: "/due_items", Body: dueItemsPage{v, r.origin() + "/api/v1/me/calendar.ics"},
		Lead: r.t("What has to be delivered, and by when. What is late comes first.")}
	if name := names.District(in.OrganizationID); name != "" {
		page.Title = r.t("Due dates of %s", name)
		page.Crumbs = []Link{{Text: name, Href: "/organizations/" + in.OrganizationID}}
	}
	page.AsOf = r.asOf("/due_items", in.On, f, "status", "mine", "organization_id", "grant_year_id", "agreement_id")
	return r.show("due_items", page)
}

// mine reports whether the reader is the liaison of a district, or stands in for the one who is.
func (r *request) mine(o models.Organization) bool {
	if o.PALUserID == nil {
		return false
	}
	return slices.ContainsFunc(r.who.Roles, func(g models.Grant) bool {
		return g.Role == models.RolePAL && (*o.PALUserID == r.who.UserID && !g.Delegated() || g.Delegated() && g.GiverID == *o.PALUserID)
	})
}

// origin is the address of this server as the browser knows it.
func (r *request) origin() string {
	scheme := "http://"
	if r.w.cfg.Secure {
		scheme = "https://"
	}
	return scheme + r.Request.Host
}

func (r *request) dueColumns(names workflow.Names) []Column[workflow.DueItemDetail] {
	columns := []Column[workflow.DueItemDetail]{
		{Key: "title", Label: r.t("What"), Cell: func(d workflow.DueItemDetail) Cell {
			return Text(d.Title).To("/due_items/" + d.ID).Noted(d.Citation)
		}},
		{Key: "district", Label: r.t("District"), Cell: func(d workflow.DueItemDetail) Cell {
			return Text(names.District(d.OrganizationID)).To("/organizations/" + d.OrganizationID)
		}},
		{Key: "due_on", Label: r.t("Due"), Unit: models.UnitDate, Cell: func(d workflow.DueItemDetail) Cell { return Day(d.DueOn) }},
		{Key: "left", Label: r.t("Days left"), Unit: models.UnitInteger, Cell: func(d workflow.DueItemDetail) Cell {
			if !d.DoneOn.IsZero() {
				return Cell{}
			}
			c := Number(d.Days)
			c.Shown = r.late(d.DueOn)
			return c
		}},
		{Key: "state", Label: r.t("State"), Cell: func(d workflow.DueItemDetail) Cell { return r.Tagged(string(d.Status)) }},
		{Key: "done_on", Label: r.t("Done"), Unit: models.UnitDate, Cell: func(d workflow.DueItemDetail) Cell { return Day(d.DoneOn) }},
	}
	if !r.office() && len(r.who.Districts()) < 2 {
		return slices.DeleteFunc(columns, func(c Column[workflow.DueItemDetail]) bool { return c.Key == "district" })
	}
	return columns
}

// dueItemPage is the body of due_item.html.
type dueItemPage struct {
	Item     workflow.DueItemDetail
	District string
	Left     string
	DoneBy   string
	Form     *Form // nil: the reader may not say that it is done
	History  []Event
}

// dueItem is one thing due, with the form that says that it is done.
func (w *Web) dueItem(r *request) error { return w.showDueItem(r, nil) }

func (w *Web) showDueItem(r *request, f *Form) error {
	d, err := r.s.DueItem(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	people := []string{}
	if d.DoneBy != nil {
		people = append(people, *d.DoneBy)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, []string{d.OrganizationID}, people)
	if err != nil {
		return err
	}
	body := dueItemPage{Item: d, District: names.District(d.OrganizationID), Left: r.late(d.DueOn)}
	if d.DoneBy != nil {
		body.DoneBy = names.People[*d.DoneBy]
	}
	if f == nil {
		f = r.form("/due_items/"+d.ID+"/completion", d.Version, workflow.DueItemDone{DoneOn: r.s.Today()})
	} else if f.Failed != nil && f.Failed.Kind == models.Stale {
		f.against(d.Version, workflow.DueItemDone{DoneOn: d.DoneOn, Comment: d.Comment})
	}
	if d.DoneOn.IsZero() && workflow.MayCompleteDueItem(r.who, d.OrganizationID) == nil {
		body.Form = f
	}
	if body.History, err = r.history(d.Kind(), d.ID); err != nil {
		return err
	}
	return r.show("due_item", Page{Title: d.Title, Section: "/due_items", Crumbs: []Link{{Text: r.t("Due dates"), Href: "/due_items"}}, Body: body, Problems: f.Problems(), Status: f.Status()})
}

// completeDueItem says that something due was delivered.
func (w *Web) completeDueItem(r *request) error {
	var in workflow.DueItemDone
	f, ok := r.sent("/due_items/"+r.id()+"/completion", &in)
	in.ID = r.id()
	if ok {
		if _, err := r.s.CompleteDueItem(r.ctx(), r.who, in); err == nil {
			return r.done("/due_items/"+in.ID, "Kept as done.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showDueItem(r, f)
}
