package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesReports() []route {
	return []route{
		{"GET", "/reports", w.reports},
		{"GET", "/reports/:code", w.report},
		{"GET", "/bundles", w.bundle},
	}
}

// reportsPage is the body of reports.html.
type reportsPage struct {
	Form     *Form
	Years    []Option
	Places   []Option
	Kinds    []reportCard
	MayTake  bool // auditor bundles
	YearName string
}

// reportCard is a report of the catalogue.
type reportCard struct {
	workflow.ReportKind
	Href  string
	Files []Link
}

// askedReports is what the catalogue's links carry.
type askedReports struct {
	GrantYearID    string      `json:"grant_year_id"`
	OrganizationID string      `json:"organization_id"`
	Cohort         string      `json:"cohort"`
	On             models.Date `json:"on"`
	Year           int         `json:"year"`
}

// reports is the catalogue, with every report as page and as files.
func (w *Web) reports(r *request) error {
	var in askedReports
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	body := reportsPage{Form: f, MayTake: r.s.May(r.who, workflow.ReadBundle, "")}
	if err := r.reportChoices(&body, &in); err != nil {
		return err
	}
	for _, k := range workflow.ReportKinds {
		if k.Office && !r.s.May(r.who, workflow.ReadStateReports, "") {
			continue
		}
		values := url.Values{"grant_year_id": {in.GrantYearID}}
		if in.OrganizationID != "" && slices.Contains(k.Parameters, "organization_id") {
			values.Set("organization_id", in.OrganizationID)
		}
		body.Kinds = append(body.Kinds, r.card(k, values))
	}
	return r.show("reports", Page{Title: r.t("Reports"), Section: "/reports",
		Lead: r.t("Figures to take away: as a page to print, and as files for a spreadsheet. Every file says which rules and which day it is about."), Body: body})
}

// reportChoices are the grant years with money and the districts that the reader sees; the
// latest open year is chosen at first.
func (r *request) reportChoices(body *reportsPage, in *askedReports) error {
	_, years, err := r.yearTitles()
	if err != nil {
		return err
	}
	years = slices.DeleteFunc(years, func(y models.GrantYear) bool {
		def, known := r.s.Programs().Program(y.ProgramCode)
		return known && def.Kind == "support"
	})
	body.Years = yearOptions(years)
	if in.GrantYearID == "" {
		in.GrantYearID = r.reportYear(years)
		body.Form.Values.Set("grant_year_id", in.GrantYearID)
	}
	places, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{Kind: models.KindDistrict})
	slices.SortFunc(places, func(a, b models.Organization) int { return strings.Compare(a.Name, b.Name) })
	for _, o := range places {
		body.Places = append(body.Places, Option{Value: o.ID, Text: o.Name})
	}
	return err
}

// reportYear is the year that people mean when they name none: of the program that runs
// longest, the one that is open with a published allocation today.
func (r *request) reportYear(years []models.GrantYear) string {
	id := ""
	var programs []string
	for _, y := range years {
		programs, id = append(programs, y.ProgramCode), y.ID
	}
	for _, code := range programs {
		for _, y := range years {
			if y.ProgramCode == code && y.Status == workflow.StatusOpen && y.PublishedRunID != nil && r.s.Today().Within(y.StartsOn, y.EndsOn) {
				return y.ID
			}
		}
	}
	return id
}

var fileNames = map[string]string{"csv": "CSV", "xlsx": "Excel", "html": "HTML", "pdf": "PDF", "json": "JSON"}

// card is a report with its page and its files.
func (r *request) card(k workflow.ReportKind, values url.Values) reportCard {
	c := reportCard{ReportKind: k, Href: "/reports/" + k.Code + "?" + values.Encode()}
	for _, format := range []string{"csv", "xlsx", "html", "pdf"} {
		if slices.Contains(k.Formats, format) {
			v := url.Values{}
			for name, value := range values {
				v[name] = value
			}
			v.Set("format", format)
			c.Files = append(c.Files, Link{Text: fileNames[format], Href: "/api/v1/reports/" + k.Code + "?" + v.Encode()})
		}
	}
	return c
}

// reportPage is the body of report.html.
type reportPage struct {
	Form     *Form
	Kind     workflow.ReportKind
	Card     reportCard
	Years    []Option
	Places   []Option
	Report   models.Report
	Tables   []tableView
	HasPlace bool
	HasDay   bool
}

// report shows one report in a page.
func (w *Web) report(r *request) error {
	i := slices.IndexFunc(workflow.ReportKinds, func(k workflow.ReportKind) bool { return k.Code == r.Param("code") })
	if i < 0 {
		return models.Fail(models.NotFound, "not_found", "There is no such report.")
	}
	var in askedReports
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	choices := reportsPage{Form: f}
	if err := r.reportChoices(&choices, &in); err != nil {
		return err
	}
	kind := workflow.ReportKinds[i]
	body := reportPage{Form: f, Kind: kind, Years: choices.Years, Places: choices.Places, HasPlace: slices.Contains(kind.Parameters, "organization_id"), HasDay: slices.Contains(kind.Parameters, "on")}
	page := Page{Title: r.t(kind.Title), Lead: kind.Means, Section: "/reports", Crumbs: []Link{{Text: r.t("Reports"), Href: "/reports"}}, Wide: true}
	body.Report, err = r.s.Report(r.ctx(), r.who, workflow.GetReport{Code: kind.Code, GrantYearID: in.GrantYearID, OrganizationID: in.OrganizationID, Cohort: in.Cohort, On: in.On, Year: in.Year})
	if err == nil {
		body.Tables, err = r.tables(body.Report)
	}
	if err := f.tookAny(err); err != nil {
		return err
	}
	values := url.Values{}
	for name, v := range f.Values {
		if strings.Join(v, "") != "" {
			values[name] = v
		}
	}
	body.Card = r.card(kind, values)
	page.Problems, page.Status, page.Body = f.Problems(), f.Status(), body
	return r.show("report", page)
}

// bundle leads to the file with everything of a district and a grant year.
func (w *Web) bundle(r *request) error {
	var in askedReports
	if _, err := r.filters(&in); err != nil {
		return err
	}
	if in.OrganizationID == "" || in.GrantYearID == "" {
		return r.done("/reports", "Choose a district and a grant year for the bundle.")
	}
	r.Redirect(http.StatusSeeOther, "/api/v1/organizations/"+url.PathEscape(in.OrganizationID)+"/bundle?grant_year_id="+url.QueryEscape(in.GrantYearID))
	return nil
}
