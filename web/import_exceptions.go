package web

import (
	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesImportExceptions() []route {
	return []route{
		{"GET", "/import_exceptions", w.importExceptions},
		{"GET", "/import_exceptions/:id", w.importException},
		{"POST", "/import_exceptions/:id/transitions", w.decideException},
	}
}

// reasonWords say why a row could not be posted.
func (r *request) reasonWords(code string) string {
	switch code {
	case workflow.ReasonNoLine:
		return r.t("No line has these codes")
	case workflow.ReasonAmbiguous:
		return r.t("Several lines have these codes")
	case workflow.ReasonWrongGrant:
		return r.t("Another grant's code")
	case workflow.ReasonOverLimit:
		return r.t("Over the line's limit")
	case workflow.ReasonBelowZero:
		return r.t("Credit of more than is spent")
	}
	return r.t(words(code))
}

func (w *Web) importExceptions(r *request) error {
	in := workflow.ListImportExceptions{}
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	var reasons []Option
	for _, code := range workflow.ImportReasons {
		reasons = append(reasons, Option{Value: code, Text: r.reasonWords(code), Chosen: in.Reason == code})
	}
	var names called
	l := Listing[models.ImportException]{Path: "/import_exceptions", Name: "import_exceptions", Long: true, Caption: r.t("Rows that could not be posted"), Key: func(d models.ImportException) string { return d.ID },
		Empty:   r.t("Every row of every ledger file found its line."),
		Filters: []Field{f.Select("status", r.t("State"), r.options("open", "matched", "dismissed")), f.Select("reason", r.t("Why"), reasons)},
		Load: func(p workflow.Page) ([]models.ImportException, error) {
			in.After, in.Limit = p.After, p.Limit
			rows, err := r.s.ImportExceptions(r.ctx(), r.who, in)
			var organizations, applications []string
			for _, d := range rows {
				organizations, applications = append(organizations, d.OrganizationID), append(applications, d.ApplicationID)
			}
			if err == nil {
				names, err = r.called(organizations, nil, applications, nil)
			}
			return rows, err
		},
		Columns: []Column[models.ImportException]{
			{Key: "row", Label: r.t("Row"), Unit: models.UnitInteger, Cell: func(d models.ImportException) Cell { return Number(d.RowNumber).To("/import_exceptions/" + d.ID) }},
			{Key: "reason", Label: r.t("Why"), Cell: func(d models.ImportException) Cell { return Text(r.reasonWords(d.Reason)).Noted(d.Detail) }},
			{Key: "codes", Label: r.t("Function / object"), Cell: func(d models.ImportException) Cell {
				return Text(d.FunctionCode + " / " + d.ObjectCode).Noted(d.SchoolCode)
			}},
			{Key: "amount", Label: r.t("Amount"), Unit: models.UnitCents, Cell: func(d models.ImportException) Cell { return Number(d.AmountCents) }},
			{Key: "spent_on", Label: r.t("Spent on"), Unit: models.UnitDate, Cell: func(d models.ImportException) Cell { return Day(d.SpentOn) }},
			{Key: "vendor", Label: r.t("Vendor"), Cell: func(d models.ImportException) Cell { return Text(d.Vendor).Noted(d.Invoice) }},
			{Key: "application", Label: r.t("Application"), Cell: func(d models.ImportException) Cell {
				return names.application(d.ApplicationID).Noted(names.District(d.OrganizationID))
			}},
			{Key: "status", Label: r.t("State"), Cell: func(d models.ImportException) Cell { return r.Tagged(string(d.Status)) }},
		}}
	v, err := listed(r, l)
	v.kept(f, "import_id", "application_id", "organization_id")
	return r.showList(v, err, Page{Title: r.t("Exceptions of ledger files"), Section: "/import_exceptions?status=open",
		Lead: r.t("Rows that could not be posted by themselves. Match each with the line it belongs to, or dismiss it with a reason.")}, "")
}

// exceptionPage is the body of import_exception.html.
type exceptionPage struct {
	models.ImportException
	District, Application, Why string
	Match                      *exceptionForm
	Dismiss                    bool
	History                    []Event
}

type exceptionForm struct {
	Form *Form
	Line Field
}

func (w *Web) importException(r *request) error { return w.showException(r, nil) }

func (w *Web) showException(r *request, sent *Form) error {
	d, err := r.s.ImportException(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	names, err := r.called([]string{d.OrganizationID}, nil, []string{d.ApplicationID}, nil)
	if err != nil {
		return err
	}
	b := exceptionPage{ImportException: d, District: names.District(d.OrganizationID), Application: names.applications[d.ApplicationID], Why: r.reasonWords(d.Reason)}
	for _, o := range workflow.Offers(r.who, &d) {
		switch o.Event {
		case "match":
			lines, err := r.linesInForce(d.ApplicationID)
			if err != nil {
				return err
			}
			f := sent
			if f == nil {
				f = r.form("/import_exceptions/"+d.ID+"/transitions", d.Version, nil)
			}
			b.Match = &exceptionForm{f, f.Combo("line_item_id", r.t("Line"), r.lineOptions(lines)).Needed().Sized("2xl")}
		case "dismiss":
			b.Dismiss = true
		}
	}
	if b.History, err = r.history("import_exception", d.ID); err != nil {
		return err
	}
	p := Page{Title: r.t("Row %d of a ledger file", d.RowNumber), Lead: b.District, Section: "/import_exceptions?status=open", Body: b,
		Crumbs: []Link{{Text: r.t("Exceptions of ledger files"), Href: "/import_exceptions?status=open"}}}
	if sent != nil {
		p.Problems, p.Status = sent.Problems(), sent.Status()
	}
	return r.show("import_exception", p)
}

func (w *Web) decideException(r *request) error {
	var in workflow.TransitionImportException
	f, ok := r.sent("/import_exceptions/"+r.id()+"/transitions", &in)
	in.ID = r.id()
	if ok {
		if d, err := r.s.TransitionImportException(r.ctx(), r.who, in); err == nil {
			if d.Status == workflow.StatusMatched {
				return r.done("/import_exceptions?status=open&import_id="+d.ImportID, "Posted on the line.")
			}
			return r.done("/import_exceptions?status=open&import_id="+d.ImportID, "Dismissed.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showException(r, f)
}
