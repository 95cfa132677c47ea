package web

import (
	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesYearEndReports() []route {
	return []route{
		{"GET", "/year_end_reports", w.yearEndReports},
		{"GET", "/year_end_reports/:id", w.yearEndReport},
		{"POST", "/year_end_reports/:id", w.saveYearEnd},
		{"POST", "/year_end_reports/:id/transitions", w.stepYearEnd},
	}
}

func (w *Web) yearEndReports(r *request) error {
	var in workflow.ListYearEndReports
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	places, err := r.moneyPlaces(f)
	if err != nil {
		return err
	}
	var names called
	l := Listing[models.YearEndReport]{Path: "/year_end_reports", Name: "year_end_reports", Long: true, Caption: r.t("Year-end reports"), Key: func(d models.YearEndReport) string { return d.ID },
		Empty:   r.t("No year-end report is begun yet."),
		Filters: append(places, f.Select("status", r.t("State"), r.options("draft", "submitted", "returned", "accepted"))),
		Load: func(p workflow.Page) ([]models.YearEndReport, error) {
			in.After, in.Limit = p.After, p.Limit
			rows, err := r.s.YearEndReports(r.ctx(), r.who, in)
			var organizations, applications []string
			for _, d := range rows {
				organizations, applications = append(organizations, d.OrganizationID), append(applications, d.ApplicationID)
			}
			if err == nil {
				names, err = r.called(organizations, nil, applications, nil)
			}
			return rows, err
		},
		Columns: []Column[models.YearEndReport]{
			{Key: "report", Label: r.t("Report"), Cell: func(d models.YearEndReport) Cell { return Text(r.t(words(d.Report))).To("/year_end_reports/" + d.ID) }},
			{Key: "application", Label: r.t("Application"), Cell: func(d models.YearEndReport) Cell {
				return names.application(d.ApplicationID).Noted(names.District(d.OrganizationID))
			}},
			{Key: "status", Label: r.t("State"), Cell: func(d models.YearEndReport) Cell { return r.Tagged(string(d.Status)) }},
			{Key: "due_on", Label: r.t("Due on"), Unit: models.UnitDate, Cell: func(d models.YearEndReport) Cell { return Day(d.DueOn) }},
			{Key: "spent", Label: r.t("Spent"), Unit: models.UnitCents, Cell: func(d models.YearEndReport) Cell { return Number(d.SpentCents) }},
			{Key: "unspent", Label: r.t("Paid and not spent"), Unit: models.UnitCents, Cell: func(d models.YearEndReport) Cell { return Number(d.UnspentCents) }},
		}}
	v, err := listed(r, l)
	v.kept(f, "application_id", "report")
	return r.showList(v, err, Page{Title: r.t("Year-end reports"), Section: "/year_end_reports", Lead: r.t("What a year came to, certified by the district and accepted by the office.")}, "")
}

// yearEndPage is the body of year_end_report.html.
type yearEndPage struct {
	workflow.YearEndDetail
	District, Application string
	Edit                  *Form
	History               []Event
}

func (w *Web) yearEndReport(r *request) error { return w.showYearEnd(r, nil, false) }

func (w *Web) showYearEnd(r *request, sent *Form, edited bool) error {
	d, err := r.s.YearEndReport(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	names, err := r.called([]string{d.OrganizationID}, nil, []string{d.ApplicationID}, nil)
	if err != nil {
		return err
	}
	b := yearEndPage{YearEndDetail: d, District: names.District(d.OrganizationID), Application: names.applications[d.ApplicationID]}
	if (d.Status == workflow.StatusDraft || d.Status == workflow.StatusReturned) && r.spender() {
		if b.Edit = sent; !edited {
			b.Edit = r.form("/year_end_reports/"+d.ID, d.Version, &workflow.YearEndContent{LedgerCents: d.LedgerCents, ExpectedCents: d.ExpectedCents, Plan: d.Plan, Note: d.Note})
		}
	}
	if b.History, err = r.history("year_end_report", d.ID); err != nil {
		return err
	}
	p := Page{Title: d.Rule.Title, Lead: b.District, Section: "/year_end_reports", Crumbs: []Link{{Text: r.t("Year-end reports"), Href: "/year_end_reports"}}, Body: b}
	if sent != nil {
		p.Problems, p.Status = sent.Problems(), sent.Status()
	}
	return r.show("year_end_report", p)
}

func (w *Web) saveYearEnd(r *request) error {
	var in workflow.UpdateYearEndReport
	f, ok := r.sent("/year_end_reports/"+r.id(), &in)
	in.ID = r.id()
	if ok {
		if _, err := r.s.UpdateYearEndReport(r.ctx(), r.who, in); err == nil {
			return r.done("/year_end_reports/"+in.ID, "Saved.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showYearEnd(r, f, true)
}

func (w *Web) stepYearEnd(r *request) error {
	var in workflow.YearEndTransition
	f, ok := r.sent("/year_end_reports/"+r.id()+"/transitions", &in)
	in.ID = r.id()
	if ok {
		if d, err := r.s.TransitionYearEndReport(r.ctx(), r.who, in); err == nil {
			return r.done("/year_end_reports/"+in.ID, "The report is %s now.", r.t(words(string(d.Status))))
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showYearEnd(r, f, false)
}
