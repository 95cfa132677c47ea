package web

import (
	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesPeriodReports() []route {
	return []route{
		{"GET", "/period_reports", w.periodReports},
		{"GET", "/period_reports/new", w.newPeriodReport},
		{"POST", "/period_reports", w.reportPeriod},
		{"GET", "/period_reports/:id", w.periodReport},
	}
}

func (w *Web) periodReports(r *request) error {
	var in workflow.ListPeriodReports
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	var names called
	l := Listing[models.PeriodReport]{Path: "/period_reports", Name: "period_reports", Long: true, Caption: r.t("Reports of periods"), Key: func(d models.PeriodReport) string { return d.ID },
		Empty: r.t("No period is reported yet. A district reports each month or quarter what was spent, or that nothing was."),
		Load: func(p workflow.Page) ([]models.PeriodReport, error) {
			in.After, in.Limit = p.After, p.Limit
			rows, err := r.s.PeriodReports(r.ctx(), r.who, in)
			var organizations, applications, people []string
			for _, d := range rows {
				organizations, applications, people = append(organizations, d.OrganizationID), append(applications, d.ApplicationID), append(people, d.ReportedBy)
			}
			if err == nil {
				names, err = r.called(organizations, people, applications, nil)
			}
			return rows, err
		},
		Columns: []Column[models.PeriodReport]{
			{Key: "period_end", Label: r.t("Up to"), Unit: models.UnitDate, Cell: func(d models.PeriodReport) Cell { return Day(d.PeriodEnd).To("/period_reports/" + d.ID) }},
			{Key: "period_start", Label: r.t("From"), Unit: models.UnitDate, Cell: func(d models.PeriodReport) Cell { return Day(d.PeriodStart) }},
			{Key: "application", Label: r.t("Application"), Cell: func(d models.PeriodReport) Cell {
				return names.application(d.ApplicationID).Noted(names.District(d.OrganizationID))
			}},
			{Key: "spent", Label: r.t("Spent in the period"), Unit: models.UnitCents, Cell: func(d models.PeriodReport) Cell { return Number(d.SpentCents) }},
			{Key: "reported_on", Label: r.t("Reported on"), Unit: models.UnitDate, Cell: func(d models.PeriodReport) Cell { return Day(d.ReportedOn).Noted(names.People[d.ReportedBy]) }},
			{Key: "comment", Label: r.t("Comment"), Cell: func(d models.PeriodReport) Cell { return Text(d.Comment) }},
		}}
	if r.office() {
		district, err := r.districtFilter(f)
		if err != nil {
			return err
		}
		l.Filters = []Field{district}
	}
	p := Page{Title: r.t("Reports of periods"), Section: "/period_reports", Lead: r.t("A report says that the spending of a period is complete, also when nothing was spent.")}
	if r.spender() {
		p.Actions = []Link{{Text: r.t("Report a period"), Href: "/period_reports/new", Primary: true}}
	}
	v, err := listed(r, l)
	v.kept(f, "application_id")
	return r.showList(v, err, p, "")
}

// periodForm is the body of period_report_new.html.
type periodForm struct {
	Form         *Form
	Applications []Option
	Application  string
	Lines        []periodLine
	Approved     models.Cents
	Spent        models.Cents
	Remaining    models.Cents
}

// periodLine is a line with the field for what was spent on it in the period.
type periodLine struct {
	workflow.LineStanding
	Name  string
	Field Field
}

func (w *Web) newPeriodReport(r *request) error {
	return w.askPeriod(r, r.form("/period_reports", 0, &workflow.NewPeriodReport{ApplicationID: r.Query("application_id")}))
}

func (w *Web) askPeriod(r *request, f *Form) error {
	options, err := r.applicationOptions()
	if err != nil {
		return err
	}
	b := periodForm{Form: f, Application: f.Values.Get("application_id")}
	if b.Application == "" && len(options) == 1 {
		b.Application = options[0].Value
	}
	p := Page{Title: r.t("Report a period"), Lead: r.t("What was spent on each line from the first to the last day. It is posted with the last day as its date."), Section: "/period_reports",
		Problems: f.Problems(), Status: f.Status(), Crumbs: []Link{{Text: r.t("Reports of periods"), Href: "/period_reports"}}, Scripts: []string{"period.js"}}
	if b.Application == "" {
		b.Applications = options
		p.Body = b
		return r.show("period_report_new", p)
	}
	lines, err := r.linesInForce(b.Application)
	if err != nil {
		return err
	}
	for i, l := range lines {
		name := "lines." + itoa(i)
		f.Values.Set(name+".line_item_id", l.ID)
		b.Lines = append(b.Lines, periodLine{l, name, f.Money(name+".amount_cents", r.t("Spent on line %d in the period", l.Number))})
		b.Approved += l.AmountCents
		b.Spent += l.SpentCents
		b.Remaining += l.RemainingCents
	}
	p.Body = b
	return r.show("period_report_new", p)
}

func (w *Web) reportPeriod(r *request) error {
	var in workflow.NewPeriodReport
	f, ok := r.sent("/period_reports", &in)
	if ok {
		if d, err := r.s.ReportPeriod(r.ctx(), r.who, in); err == nil {
			return r.done("/period_reports/"+d.ID, "Reported: %s was spent in the period.", d.SpentCents)
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askPeriod(r, f)
}

// periodPage is the body of period_report.html.
type periodPage struct {
	models.PeriodReport
	Application, By string
	History         []Event
}

func (w *Web) periodReport(r *request) error {
	d, err := r.s.PeriodReport(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	names, err := r.called([]string{d.OrganizationID}, []string{d.ReportedBy}, []string{d.ApplicationID}, nil)
	if err != nil {
		return err
	}
	b := periodPage{PeriodReport: d, Application: names.applications[d.ApplicationID], By: names.People[d.ReportedBy]}
	if b.History, err = r.history("period_report", d.ID); err != nil {
		return err
	}
	return r.show("period_report", Page{Title: r.t("%s to %s", day(r.lang, d.PeriodStart), day(r.lang, d.PeriodEnd)), Lead: names.District(d.OrganizationID), Section: "/period_reports",
		Crumbs: []Link{{Text: r.t("Reports of periods"), Href: "/period_reports"}}, Body: b})
}
