package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesApplications() []route {
	return []route{
		{"GET", "/applications", w.applicationsPage},
		{"GET", "/applications/new", w.newApplicationPage},
		{"POST", "/applications", w.startApplication},
		{"GET", "/applications/:id", w.applicationPage},
		{"POST", "/applications/:id/revisions", w.startRevision},
	}
}

// applicationRow is an application with the names around it and its open revision.
type applicationRow struct {
	models.Application
	District, Year string
	Open           *models.Revision
}

// applicationsInput are the filters of the list.
type applicationsInput struct {
	GrantYearID    string `json:"grant_year_id"`
	OrganizationID string `json:"organization_id"`
	Status         string `json:"status"`
}

type applicationsBody struct {
	List     *ListView
	Openings []workflow.Opening
}

// applicationsPage lists the applications that the reader may see.
func (w *Web) applicationsPage(r *request) error {
	var in applicationsInput
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	if err != nil {
		return err
	}
	districts, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{Kind: models.KindDistrict})
	if err != nil {
		return err
	}
	title, names := map[string]string{}, map[string]string{}
	var yearOptions, districtOptions []Option
	for _, y := range slices.Backward(years) {
		title[y.ID] = y.Title
		yearOptions = append(yearOptions, Option{Value: y.ID, Text: y.Title})
	}
	for _, o := range districts {
		names[o.ID] = o.Name
		districtOptions = append(districtOptions, Option{Value: o.ID, Text: o.Name})
	}
	slices.SortFunc(districtOptions, func(a, b Option) int { return strings.Compare(a.Text, b.Text) })
	listing := Listing[applicationRow]{
		Path: "/applications", Name: "applications", Caption: r.t("Applications"), Sort: "-year",
		Empty:  r.t("There is no application yet. It begins when a district has an allocation and starts to write."),
		Action: &Link{Text: r.t("Start an application"), Href: "/applications/new"},
		Load: func(workflow.Page) ([]applicationRow, error) {
			return r.applicationRows(in, names, title)
		},
		Columns: []Column[applicationRow]{
			{Key: "reference", Label: r.t("Application"), Cell: func(a applicationRow) Cell { return Text(a.Reference).To("/applications/" + a.ID) }},
			{Key: "district", Label: r.t("District"), Cell: func(a applicationRow) Cell { return Text(a.District) }},
			{Key: "year", Label: r.t("Program year"), Cell: func(a applicationRow) Cell { return Text(a.Year) }},
			{Key: "allocation", Label: r.t("Allocation"), Unit: models.UnitCents, Cell: func(a applicationRow) Cell { return Number(a.AllocationCents) }},
			{Key: "in_force", Label: r.t("In force"), Unit: models.UnitCents, Cell: func(a applicationRow) Cell {
				if a.InForceRevisionID == nil {
					return Cell{Shown: r.t("nothing yet")}
				}
				return Number(a.ApprovedCents)
			}},
			{Key: "proposed", Label: r.t("Proposed, not in force"), Unit: models.UnitCents, Cell: func(a applicationRow) Cell {
				if a.Open == nil {
					return Cell{Shown: "–"}
				}
				return Number(a.Open.TotalCents).To("/revisions/" + a.Open.ID)
			}},
			{Key: "open_status", Label: r.t("Where it stands"), Cell: func(a applicationRow) Cell {
				if a.Open == nil {
					return r.Tagged(string(a.Status))
				}
				return r.Tagged(string(a.Open.Status)).Noted(revisionTitle(r, *a.Open))
			}},
		},
		Filters: []Field{f.Select("grant_year_id", r.t("Program year"), yearOptions), f.Select("status", r.t("Where it stands"), r.applicationStates())},
	}
	if len(districtOptions) > 1 {
		listing.Filters = append(listing.Filters, f.Combo("organization_id", r.t("District"), districtOptions))
	}
	v, err := listed(r, listing)
	if v == nil || err != nil {
		return err
	}
	openings, err := r.openings()
	if err != nil {
		return err
	}
	return r.show("applications", Page{Title: r.t("Applications"), Section: "/applications", Wide: true,
		Lead: r.t("What each district does with its allocation: in force, and proposed."), Body: applicationsBody{v, openings}})
}

// applicationStates are the states that an application or its open revision can be in.
func (r *request) applicationStates() []Option {
	var out []Option
	for _, s := range []models.State{workflow.StatusDraft, workflow.StatusSubmitted, workflow.StatusInReview, workflow.StatusReturned, workflow.StatusInForce, workflow.StatusOpen} {
		out = append(out, Option{Value: string(s), Text: r.t(words(string(s)))})
	}
	return out
}

// applicationRows joins the lists that the API gives one by one: four reads, however many rows.
func (r *request) applicationRows(in applicationsInput, names, title map[string]string) ([]applicationRow, error) {
	apps, err := r.s.Applications(r.ctx(), r.who, workflow.ApplicationFilter{GrantYearID: in.GrantYearID, OrganizationID: in.OrganizationID}, workflow.Page{})
	if err != nil {
		return nil, err
	}
	revisions, err := r.s.RevisionsList(r.ctx(), r.who, workflow.ListRevisions{GrantYearID: in.GrantYearID, OrganizationID: in.OrganizationID}, workflow.Page{})
	if err != nil {
		return nil, err
	}
	open := map[string]*models.Revision{}
	for i, rev := range revisions {
		if !workflow.Revisions.Final(string(rev.Status)) {
			open[rev.ApplicationID] = &revisions[i]
		}
	}
	var out []applicationRow
	for _, a := range apps {
		row := applicationRow{a, names[a.OrganizationID], title[a.GrantYearID], open[a.ID]}
		if row.District == "" {
			row.District = a.OrganizationID
		}
		stands := string(a.Status)
		if row.Open != nil {
			stands = string(row.Open.Status)
		}
		if in.Status == "" || in.Status == stands || (in.Status == string(workflow.StatusInForce) && a.Status == workflow.StatusInForce) {
			out = append(out, row)
		}
	}
	return out, nil
}

// openings are the applications that the reader may start; none for who may start none.
func (r *request) openings() ([]workflow.Opening, error) {
	openings, err := r.s.Openings(r.ctx(), r.who)
	if models.KindOf(err) == models.Forbidden {
		return nil, nil
	}
	return openings, err
}

type newApplicationBody struct {
	Openings []workflow.Opening
	Form     *Form
	Refused  string // why the reader may start none
}

func (w *Web) newApplicationPage(r *request) error {
	return w.askApplication(r, r.form("/applications", 0, nil))
}

func (w *Web) askApplication(r *request, f *Form) error {
	body := newApplicationBody{Form: f}
	openings, err := r.s.Openings(r.ctx(), r.who)
	if models.KindOf(err) == models.Forbidden {
		body.Refused, err = detailOf(err), nil
	}
	if err != nil {
		return err
	}
	body.Openings = openings
	return r.show("application_new", Page{Title: r.t("Start an application"), Section: "/applications", Crumbs: r.applicationCrumbs(),
		Lead: r.t("Choose the allocation to apply for. You start with an empty draft; nobody but your district and the office sees it."),
		Body: body, Problems: f.Problems(), Status: f.Status()})
}

func (r *request) applicationCrumbs() []Link {
	return []Link{{Text: r.t("Applications"), Href: "/applications"}}
}

func (w *Web) startApplication(r *request) error {
	var in workflow.CreateApplication
	f, ok := r.sent("/applications", &in)
	if ok {
		app, err := r.s.CreateApplication(r.ctx(), r.who, in)
		if err == nil {
			v, err := r.s.Application(r.ctx(), r.who, app.ID)
			if err != nil || len(v.Revisions) == 0 {
				return r.done("/applications/"+app.ID, "The application is started.")
			}
			return r.done("/revisions/"+v.Revisions[0].ID, "The application is started. Add the first line.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askApplication(r, f)
}

// startRevision starts an amendment, or another attempt after one that was not approved.
func (w *Web) startRevision(r *request) error {
	var in workflow.CreateAmendment
	f, ok := r.sent("/applications/"+r.id()+"/revisions", &in)
	in.ApplicationID = r.id()
	if ok {
		rev, err := r.s.CreateAmendment(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/revisions/"+rev.ID, "The revision is started. What is in force stays in force until it is approved.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showApplication(r, f)
}

// revisionTitle is how people call a revision.
func revisionTitle(r *request, rev models.Revision) string {
	switch {
	case rev.Number == 0:
		return r.t("Original application")
	case rev.BaseID == nil:
		return r.t("Attempt %d", rev.Number+1)
	}
	return r.t("Amendment %d", rev.Number)
}

func lineAddress(revisionID string, number int) string {
	return "/revisions/" + url.PathEscape(revisionID) + "/line_items/" + strconv.Itoa(number)
}
