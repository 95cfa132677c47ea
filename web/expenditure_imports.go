package web

import (
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesExpenditureImports() []route {
	return []route{
		{"GET", "/expenditure_imports", w.expenditureImports},
		{"GET", "/expenditure_imports/new", w.newExpenditureImport},
		{"POST", "/expenditure_imports", w.importExpenditures},
		{"GET", "/expenditure_imports/:id", w.expenditureImport},
	}
}

func (w *Web) expenditureImports(r *request) error {
	var in workflow.ListExpenditureImports
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	var names called
	l := Listing[models.ExpenditureImport]{Path: "/expenditure_imports", Name: "expenditure_imports", Long: true, Caption: r.t("Ledger files"), Key: func(d models.ExpenditureImport) string { return d.ID },
		Empty: r.t("No ledger file was imported yet."),
		Load: func(p workflow.Page) ([]models.ExpenditureImport, error) {
			in.After, in.Limit = p.After, p.Limit
			rows, err := r.s.ExpenditureImports(r.ctx(), r.who, in)
			var organizations, applications, people []string
			for _, d := range rows {
				organizations, applications, people = append(organizations, d.OrganizationID), append(applications, d.ApplicationID), append(people, d.CreatedBy)
			}
			if err == nil {
				names, err = r.called(organizations, people, applications, nil)
			}
			return rows, err
		},
		Columns: []Column[models.ExpenditureImport]{
			{Key: "file", Label: r.t("File"), Cell: func(d models.ExpenditureImport) Cell {
				return Text(d.FileName).To("/expenditure_imports/" + d.ID).Noted(strings.ToUpper(d.Format))
			}},
			{Key: "application", Label: r.t("Application"), Cell: func(d models.ExpenditureImport) Cell {
				return names.application(d.ApplicationID).Noted(names.District(d.OrganizationID))
			}},
			{Key: "rows", Label: r.t("Rows"), Unit: models.UnitInteger, Cell: func(d models.ExpenditureImport) Cell { return Number(d.RowCount) }},
			{Key: "posted", Label: r.t("Posted"), Unit: models.UnitInteger, Cell: func(d models.ExpenditureImport) Cell { return Number(d.PostedCount) }},
			{Key: "repeated", Label: r.t("Known before"), Unit: models.UnitInteger, Cell: func(d models.ExpenditureImport) Cell { return Number(d.RepeatedCount) }},
			{Key: "exceptions", Label: r.t("Exceptions"), Unit: models.UnitInteger, Cell: func(d models.ExpenditureImport) Cell {
				return Number(d.ExceptionCount).To("/import_exceptions?import_id=" + d.ID)
			}},
			{Key: "amount", Label: r.t("Amount posted"), Unit: models.UnitCents, Cell: func(d models.ExpenditureImport) Cell { return Number(d.PostedCents) }},
			{Key: "by", Label: r.t("By"), Cell: func(d models.ExpenditureImport) Cell { return Text(names.People[d.CreatedBy]) }},
		}}
	p := Page{Title: r.t("Ledger files"), Section: "/expenditure_imports", Lead: r.t("Files of the district's ledger whose rows became expenditures.")}
	if r.spender() {
		p.Actions = []Link{{Text: r.t("Import a ledger file"), Href: "/expenditure_imports/new", Primary: true}}
	}
	v, err := listed(r, l)
	v.kept(f, "application_id", "organization_id")
	return r.showList(v, err, p, "")
}

// ledgerPage is the body of expenditure_import_new.html and expenditure_import.html.
type ledgerPage struct {
	Form         *Form
	Applications []Option
	Report       *workflow.ImportReport // of a dry run
	Content      string                 // of the file that was looked at, or whose columns are asked for
	Columns      []columnChoice
	Mapped       bool // somebody has to say what the columns are, or said it
	models.ExpenditureImport
	Application, By string
	History         []Event
}

func (w *Web) newExpenditureImport(r *request) error {
	return w.askLedger(r, r.form("/expenditure_imports", 0, &workflow.ImportExpenditures{ApplicationID: r.Query("application_id")}), nil, nil)
}

// askLedger asks for a file; for what its columns are, when content is there and a report is
// not; or whether what the report says is to be posted.
func (w *Web) askLedger(r *request, f *Form, report *workflow.ImportReport, in *workflow.ImportExpenditures) error {
	options, err := r.applicationOptions()
	if err != nil {
		return err
	}
	p := Page{Title: r.t("Import a ledger file"), Section: "/expenditure_imports", Problems: f.Problems(), Status: f.Status(), Crumbs: []Link{{Text: r.t("Ledger files"), Href: "/expenditure_imports"}},
		Lead: r.t("Rows that match one line are posted, the others wait in the queue of exceptions. The same row never counts twice.")}
	b := ledgerPage{Form: f, Applications: options, Report: report}
	if in != nil {
		b.Content = string(in.Content)
		if in.Format == "csv" {
			columns, err := r.s.LedgerColumns(r.ctx(), r.who, *in)
			if err != nil {
				return err
			}
			b.Columns, b.Mapped = r.ledgerChoices(columns), true
		}
	}
	switch {
	case report != nil:
		p.Title = r.t("What would be posted")
	case b.Mapped:
		p.Title = r.t("What the columns are")
	}
	p.Body = b
	return r.show("expenditure_import_new", p)
}

// importExpenditures looks at a file first, and posts it when it was looked at.
func (w *Web) importExpenditures(r *request) error {
	var in workflow.ImportExpenditures
	f, sent, ok := r.sentFile("/expenditure_imports", &in, "file")
	if !ok {
		return w.askLedger(r, f, nil, nil)
	}
	looked := f.Values.Get("content")
	switch {
	case looked != "":
		in.Content = []byte(strings.ReplaceAll(looked, "\r\n", "\n")) // as browsers send lines of a form
	default:
		in.Content, in.FileName = []byte(strings.ReplaceAll(string(sent.Content), "\r\n", "\n")), sent.Name
		if len(sent.Content) == 0 {
			f.Failed = &models.Error{Kind: models.Invalid, Code: "invalid_input", Fields: []models.FieldError{{Pointer: "/file", Code: "required", Detail: r.t("No file was chosen."), Fix: r.t("Choose the ledger file."), Severity: "error"}}}
			return w.askLedger(r, f, nil, nil)
		}
	}
	in.Columns = columnsOf(f)
	in.DryRun = looked == "" || f.Values.Get("take") == ""
	report, err := r.s.ImportExpenditures(r.ctx(), r.who, in)
	if err != nil {
		if err := f.took(err); err != nil {
			return err
		}
		f.Values.Set("file_name", in.FileName)
		if first, _, _ := strings.Cut(string(in.Content), "\n"); in.Columns == "" && aboutColumns(f.Failed) && strings.Contains(first, ",") {
			f.Failed = nil // nothing is wrong with headings of one's own
			return w.askLedger(r, f, nil, &in)
		}
		if in.Format == "csv" && (in.Columns != "" || aboutColumns(f.Failed)) {
			return w.askLedger(r, f, nil, &in)
		}
		return w.askLedger(r, f, nil, nil)
	}
	f.Values.Set("file_name", in.FileName)
	if report.DryRun && !report.Repeated {
		return w.askLedger(r, f, &report, &in)
	}
	if report.Repeated {
		return r.done("/expenditure_imports/"+report.Import.ID, "This very file was imported before. Nothing was posted.")
	}
	return r.done("/expenditure_imports/"+report.Import.ID, "Imported: %d rows posted, %d wait in the queue of exceptions.", report.Import.PostedCount, report.Import.ExceptionCount)
}

func (w *Web) expenditureImport(r *request) error {
	d, err := r.s.ExpenditureImport(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	names, err := r.called([]string{d.OrganizationID}, []string{d.CreatedBy}, []string{d.ApplicationID}, nil)
	if err != nil {
		return err
	}
	b := ledgerPage{ExpenditureImport: d, Application: names.applications[d.ApplicationID], By: names.People[d.CreatedBy]}
	if b.History, err = r.history("expenditure_import", d.ID); err != nil {
		return err
	}
	return r.show("expenditure_import", Page{Title: d.FileName, Lead: names.District(d.OrganizationID), Section: "/expenditure_imports", Crumbs: []Link{{Text: r.t("Ledger files"), Href: "/expenditure_imports"}}, Body: b})
}

// aboutColumns reports whether a file failed because its headings are others than Earmark's.
func aboutColumns(e *models.Error) bool {
	return slices.ContainsFunc(e.Fields, func(f models.FieldError) bool {
		return f.Code == "csv.column_unknown" || f.Code == "csv.column_missing" || f.Code == "csv.column_repeated"
	})
}

// ledgerKey says what a column of a ledger file can be.
func (r *request) ledgerKey(key string) string {
	switch key {
	case "line_number":
		return r.t("Line")
	case "function_code":
		return r.t("Function code")
	case "object_code":
		return r.t("Object code")
	case "school_code":
		return r.t("School code")
	case "grant_code":
		return r.t("Grant code")
	case "amount":
		return r.t("Amount in dollars")
	case "amount_cents":
		return r.t("Amount in cents")
	case "spent_on":
		return r.t("Spent on")
	case "vendor":
		return r.t("Vendor")
	case "invoice":
		return r.t("Invoice")
	case "memo":
		return r.t("Memo")
	}
	return words(key)
}

func (r *request) ledgerChoices(columns []workflow.LedgerColumn) []columnChoice {
	var out []columnChoice
	for i, c := range columns {
		label := c.Heading
		if label == "" {
			label = r.t("Column %d is", i+1)
		}
		field := Field{ID: fieldID("column." + itoa(i)), Name: "column", Label: label, Kind: "select", Value: c.Key}
		for _, key := range workflow.LedgerKeys() {
			field.Options = append(field.Options, Option{Value: key, Text: r.ledgerKey(key), Chosen: key == c.Key})
		}
		out = append(out, columnChoice{Heading: c.Heading, Example: shorten(c.Example, 60), Field: field})
	}
	return out
}
