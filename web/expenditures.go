package web

import (
	"net/url"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesExpenditures() []route {
	return []route{
		{"GET", "/expenditures", w.expenditures},
		{"GET", "/expenditures/new", w.newExpenditure},
		{"POST", "/expenditures", w.postExpenditure},
		{"GET", "/expenditures/:id", w.expenditure},
		{"POST", "/expenditures/:id/reversal", w.reverseExpenditure},
	}
}

// spender reports whether the reader's roles post spending: it decides which links help,
// not what is allowed.
func (r *request) spender() bool {
	return r.who.Has(models.RolePreparer, models.RoleAuthorizedOfficial)
}

// expenditures is the ledger.
func (w *Web) expenditures(r *request) error {
	var in workflow.ListExpenditures
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	places, err := r.moneyPlaces(f)
	if err != nil {
		return err
	}
	var names called
	l := Listing[models.Expenditure]{Path: "/expenditures", Name: "expenditures", Long: true, Caption: r.t("Expenditures"),
		Empty:   r.t("Nothing is posted yet. Spending comes here by hand, with the report of a period, or by importing the ledger."),
		Key:     func(e models.Expenditure) string { return e.ID },
		Filters: append([]Field{f.Text("search", r.t("Vendor, invoice or memo")), f.Date("spent_from", r.t("Spent from")), f.Date("spent_until", r.t("Spent until"))}, places...),
		Load: func(p workflow.Page) ([]models.Expenditure, error) {
			in.After, in.Limit = p.After, p.Limit
			rows, err := r.s.Expenditures(r.ctx(), r.who, in)
			if err != nil {
				return nil, err
			}
			var organizations, lines []string
			for _, e := range rows {
				organizations, lines = append(organizations, e.OrganizationID), append(lines, e.LineItemID)
			}
			names, err = r.called(organizations, nil, nil, lines)
			return rows, err
		},
		Columns: []Column[models.Expenditure]{
			{Key: "spent_on", Label: r.t("Spent on"), Unit: models.UnitDate, Cell: func(e models.Expenditure) Cell { return Day(e.SpentOn).To("/expenditures/" + e.ID) }},
			{Key: "application", Label: r.t("Application"), Cell: func(e models.Expenditure) Cell {
				return names.application(e.ApplicationID).Noted(names.District(e.OrganizationID))
			}},
			{Key: "line", Label: r.t("Line"), Cell: func(e models.Expenditure) Cell { return names.line(e.LineItemID) }},
			{Key: "codes", Label: r.t("Function / object"), Cell: func(e models.Expenditure) Cell { return Text(e.FunctionCode + " / " + e.ObjectCode) }},
			{Key: "vendor", Label: r.t("Vendor"), Cell: func(e models.Expenditure) Cell { return Text(e.Vendor).Noted(e.Invoice) }},
			{Key: "memo", Label: r.t("Memo"), Cell: func(e models.Expenditure) Cell { return Text(e.Memo) }},
			{Key: "amount", Label: r.t("Amount"), Unit: models.UnitCents, Cell: func(e models.Expenditure) Cell {
				c := Number(e.AmountCents)
				if e.ReversesID != nil {
					c.Note = r.t("reversal")
				}
				return c
			}},
		}}
	v, err := listed(r, l)
	v.kept(f, "line_item_id", "application_id", "import_id")
	p := Page{Title: r.t("Expenditures"), Section: "/expenditures", Lead: r.t("What was spent on lines in force, as it was posted. Nothing here is changed; what is wrong is reversed.")}
	if r.spender() {
		q := url.Values{}
		for _, name := range []string{"line_item_id", "application_id"} {
			if value := f.Values.Get(name); value != "" {
				q.Set(name, value)
			}
		}
		p.Actions = []Link{{Text: r.t("Import a ledger file"), Href: "/expenditure_imports/new"}, {Text: r.t("Report a period"), Href: "/period_reports/new"}, {Text: r.t("Report spending"), Href: "/expenditures/new?" + q.Encode(), Primary: true}}
	}
	return r.showList(v, err, p, "")
}

// spendingForm is the body of expenditure_new.html.
type spendingForm struct {
	Form         *Form
	Applications []Option // when the application is not chosen yet
	Lines        []workflow.LineStanding
	Line         Field
	Spent        Field
}

func (w *Web) newExpenditure(r *request) error {
	return w.askExpenditure(r, r.form("/expenditures", 0, &workflow.NewExpenditure{LineItemID: r.Query("line_item_id"), SpentOn: r.s.Today()}))
}

func (w *Web) askExpenditure(r *request, f *Form) error {
	application := r.Query("application_id")
	if application == "" {
		application = f.Values.Get("application_id")
	}
	if line := f.Values.Get("line_item_id"); line != "" && application == "" {
		labels, err := r.s.LineLabels(r.ctx(), r.who, []string{line})
		if err != nil {
			return err
		}
		application = labels[line].ApplicationID
	}
	options, err := r.applicationOptions()
	if err != nil {
		return err
	}
	if application == "" && len(options) == 1 {
		application = options[0].Value
	}
	b := spendingForm{Form: f}
	p := Page{Title: r.t("Report spending"), Lead: r.t("Money spent on one line. A negative amount is a credit."), Section: "/expenditures", Problems: f.Problems(), Status: f.Status(),
		Crumbs: []Link{{Text: r.t("Expenditures"), Href: "/expenditures"}}}
	if application == "" {
		b.Applications = options
	} else {
		f.Values.Set("application_id", application)
		if b.Lines, err = r.linesInForce(application); err != nil {
			return err
		}
		b.Line = f.Combo("line_item_id", r.t("Line"), r.lineOptions(b.Lines)).Needed().Sized("2xl")
	}
	p.Body = b
	return r.show("expenditure_new", p)
}

func (w *Web) postExpenditure(r *request) error {
	var in workflow.NewExpenditure
	f, ok := r.sent("/expenditures", &in)
	if ok {
		if e, err := r.s.PostExpenditure(r.ctx(), r.who, in); err == nil {
			return r.done("/expenditures/"+e.ID, "Posted. %s remains on line %d.", e.Line.RemainingCents, e.Line.Number)
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askExpenditure(r, f)
}

// expenditurePage is the body of expenditure.html.
type expenditurePage struct {
	models.Expenditure
	District, Application, By string
	Line                      workflow.LineLabel
	ReversedBy                string // the entry that took this one back
	MayReverse                bool
	History                   []Event
}

func (w *Web) expenditure(r *request) error { return w.showExpenditure(r, nil) }

func (w *Web) showExpenditure(r *request, f *Form) error {
	e, err := r.s.Expenditure(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	names, err := r.called([]string{e.OrganizationID}, []string{e.CreatedBy}, nil, []string{e.LineItemID})
	if err != nil {
		return err
	}
	reversal, err := r.s.ReversalOf(r.ctx(), r.who, e)
	if err != nil {
		return err
	}
	b := expenditurePage{Expenditure: e, ReversedBy: reversal, District: names.District(e.OrganizationID), Application: names.applications[e.ApplicationID], By: names.People[e.CreatedBy],
		Line: names.lines[e.LineItemID], MayReverse: e.ReversesID == nil && reversal == "" && r.spender()}
	if b.History, err = r.history("expenditure", e.ID); err != nil && models.KindOf(err) != models.Forbidden {
		return err
	}
	p := Page{Title: r.t("%s spent on %s", e.AmountCents, day(r.lang, e.SpentOn)), Lead: b.District, Section: "/expenditures", Body: b,
		Crumbs: []Link{{Text: r.t("Expenditures"), Href: "/expenditures"}, {Text: r.t("Line %d", b.Line.Number), Href: "/expenditures?line_item_id=" + e.LineItemID}}}
	if f != nil {
		p.Problems, p.Status = f.Problems(), f.Status()
	}
	return r.show("expenditure", p)
}

func (w *Web) reverseExpenditure(r *request) error {
	in := workflow.ReverseExpenditure{}
	f, ok := r.sent("/expenditures/"+r.id()+"/reversal", &in)
	in.ID = r.id()
	if ok {
		if e, err := r.s.ReverseExpenditure(r.ctx(), r.who, in); err == nil {
			return r.done("/expenditures/"+e.ID, "Reversed. %s remains on line %d.", e.Line.RemainingCents, e.Line.Number)
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showExpenditure(r, f)
}
