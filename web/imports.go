package web

import (
	"encoding/base64"
	"errors"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow"
)

func (w *Web) pagesImports() []route {
	return []route{
		{"GET", "/fact_imports", w.factImports},
		{"GET", "/fact_imports/new", w.newFactImport},
		{"POST", "/fact_imports", w.importFacts},
		{"GET", "/fact_imports/:id", w.factImport},
		{"GET", "/organization_imports/new", w.newOrganizationImport},
		{"POST", "/organization_imports", w.importOrganizations},
	}
}

// factImports lists the files that were accepted.
func (w *Web) factImports(r *request) error {
	rows, err := r.s.FactImports(r.ctx(), r.who, workflow.ListFactImports{})
	if err != nil {
		return err
	}
	var people []string
	for _, d := range rows {
		people = append(people, d.CreatedBy)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, people)
	if err != nil {
		return err
	}
	l := Listing[models.FactImport]{Path: "/fact_imports", Name: "fact_imports", Sort: "-imported", Caption: r.t("Imported files"),
		Empty: r.t("No file was imported yet."),
		Load:  func(workflow.Page) ([]models.FactImport, error) { return rows, nil },
		Columns: []Column[models.FactImport]{
			{Key: "file", Label: r.t("File"), Cell: func(d models.FactImport) Cell { return Text(d.FileName).To("/fact_imports/" + d.ID) }},
			{Key: "content", Label: r.t("Content"), Cell: func(d models.FactImport) Cell {
				c := Text(d.Content)
				c.Shown = r.t(words(d.Content))
				return c
			}},
			{Key: "source", Label: r.t("Source"), Cell: func(d models.FactImport) Cell { return Text(d.Source) }},
			{Key: "rows", Label: r.t("Rows"), Unit: models.UnitInteger, Cell: func(d models.FactImport) Cell { return Number(d.RowCount) }},
			{Key: "added", Label: r.t("New"), Unit: models.UnitInteger, Cell: func(d models.FactImport) Cell { return Number(d.Added) }},
			{Key: "changed", Label: r.t("Changed"), Unit: models.UnitInteger, Cell: func(d models.FactImport) Cell { return Number(d.Changed) }},
			{Key: "by", Label: r.t("By"), Cell: func(d models.FactImport) Cell { return Text(names.People[d.CreatedBy]) }},
			{Key: "imported", Label: r.t("Imported on"), Unit: models.UnitDate, Cell: func(d models.FactImport) Cell { return Day(r.dayOf(d.CreatedAt)) }},
		}}
	page := Page{Title: r.t("Imported files"), Section: "/fact_summaries", Wide: true, Crumbs: []Link{{Text: r.t("Facts"), Href: "/fact_summaries"}},
		Lead: r.t("Every file of organizations, facts and results that was accepted, whole. A file with a mistake imports nothing.")}
	if r.s.May(r.who, workflow.ImportFacts, "") {
		page.Actions = []Link{{Text: r.t("Import facts"), Href: "/fact_imports/new", Primary: true}, {Text: r.t("Import organizations"), Href: "/organization_imports/new"}}
	}
	return showList(r, page, l)
}

// importPage is the body of import_new.html.
type importPage struct {
	Form     *Form
	Facts    bool // of organizations otherwise
	Programs []Option
	Columns  []columnTable
	Report   *workflow.FactImportReport
	Mistakes []mistake
	File     string // that was looked at
	Kept     string // its content, so that it need not be chosen again
}

// columnTable is the columns that a file can have, of one program.
type columnTable struct {
	Title   string
	Columns []importColumn
}

// importColumn is a column that a file can have.
type importColumn struct {
	Name, Means, Form string
	Needed            bool
}

// mistake is one mistake of a file, with its row and column.
type mistake struct{ Row, Column, Text, Fix string }

func (w *Web) newFactImport(r *request) error {
	if err := r.s.Needs(r.who, workflow.ImportFacts); err != nil {
		return err
	}
	in := workflow.FactFile{ProgramCode: r.Query("program_code")}
	return r.showImport(importPage{Form: r.form("/fact_imports", 0, in), Facts: true})
}

func (w *Web) importFacts(r *request) error {
	var in workflow.FactFile
	f, file, ok := r.sentFile("/fact_imports", &in, "file")
	file = r.keptFile(file)
	in.FileName, in.Content, in.DryRun = file.Name, file.Content, r.PostForm("step") != "import"
	body := importPage{Form: f, Facts: true, File: file.Name, Kept: file.keep()}
	if !ok || !file.given(f) {
		return r.showImport(body)
	}
	return r.imported(&body, func() (workflow.FactImportReport, error) { return r.s.ImportFacts(r.ctx(), r.who, in) })
}

func (w *Web) newOrganizationImport(r *request) error {
	if err := r.s.Needs(r.who, workflow.ImportFacts); err != nil {
		return err
	}
	return r.showImport(importPage{Form: r.form("/organization_imports", 0, workflow.OrganizationFile{})})
}

func (w *Web) importOrganizations(r *request) error {
	var in workflow.OrganizationFile
	f, file, ok := r.sentFile("/organization_imports", &in, "file")
	file = r.keptFile(file)
	in.FileName, in.Content, in.DryRun = file.Name, file.Content, r.PostForm("step") != "import"
	body := importPage{Form: f, File: file.Name, Kept: file.keep()}
	if !ok || !file.given(f) {
		return r.showImport(body)
	}
	return r.imported(&body, func() (workflow.FactImportReport, error) { return r.s.ImportOrganizations(r.ctx(), r.who, in) })
}

// given asks for the file when there is none.
func (u upload) given(f *Form) bool {
	if u.Name == "" {
		f.Failed = models.Field("/file", "required", "The file is missing.", "Choose the file; a browser forgets it after every try.")
	}
	return u.Name != ""
}

// maxKept is the size of a file up to which its content waits in the page between looking
// at it and importing it.
const maxKept = 1 << 20

func (u upload) keep() string {
	if len(u.Content) > maxKept {
		return ""
	}
	return base64.StdEncoding.EncodeToString(u.Content)
}

// keptFile is the file that was looked at before, when no other was chosen.
func (r *request) keptFile(u upload) upload {
	if u.Name != "" || r.PostForm("kept") == "" {
		return u
	}
	content, err := base64.StdEncoding.DecodeString(r.PostForm("kept"))
	if err != nil {
		return u
	}
	return upload{r.PostForm("kept_name"), content}
}

// imported tries or imports a file, and shows its mistakes by row and column.
func (r *request) imported(body *importPage, do func() (workflow.FactImportReport, error)) error {
	report, err := do()
	if err == nil && report.Import != nil {
		return r.done("/fact_imports/"+report.Import.ID, "%s is imported. %s", body.File, report.Message)
	}
	if err == nil {
		body.Report, body.Mistakes = &report, mistakesOf(report.Errors, true)
		if len(body.Mistakes) > 0 {
			body.Kept = "" // it has to be corrected first
		}
		return r.showImport(*body)
	}
	if err := body.Form.took(err); err != nil {
		return err
	}
	var e *models.Error
	if errors.As(err, &e) {
		body.Mistakes = mistakesOf(e.Fields, false)
	}
	return r.showImport(*body)
}

// mistakesOf are the mistakes of a file with their row and column; without all, only those
// that stand in a cell: the others belong to a field of the form.
func mistakesOf(fields []models.FieldError, all bool) []mistake {
	var out []mistake
	for _, f := range fields {
		place, inCell := strings.CutPrefix(f.Pointer, "/rows/")
		if !inCell && !all {
			continue
		}
		m := mistake{Text: f.Detail, Fix: f.Fix}
		if inCell {
			m.Row, m.Column, _ = strings.Cut(place, "/")
		}
		out = append(out, m)
	}
	return out
}

func (r *request) showImport(body importPage) error {
	page := Page{Title: r.t("Import organizations"), Section: "/organizations", Crumbs: []Link{{Text: r.t("Organizations"), Href: "/organizations"}},
		Lead: r.t("A CSV file: kind and code identify a row. What the file does not name stays as it is.")}
	if body.Facts {
		page.Title, page.Section, page.Crumbs = r.t("Import facts"), "/fact_summaries", []Link{{Text: r.t("Facts"), Href: "/fact_summaries"}}
		page.Lead = r.t("A CSV file with a row for each organization and a column for each fact. All rows are imported, or none.")
		for _, def := range r.s.Programs().All() {
			if len(def.Facts) > 0 {
				body.Programs = append(body.Programs, Option{Value: def.Code, Text: def.Title})
				body.Columns = append(body.Columns, columnTable{def.Title, r.factColumns(def)})
			}
		}
	} else {
		body.Columns = []columnTable{{r.t("Organizations"), r.organizationColumns()}}
	}
	if len(body.Mistakes) == 0 {
		page.Problems = body.Form.Problems()
	}
	page.Status, page.Body = body.Form.Status(), body
	return r.show("import_new", page)
}

func (r *request) organizationColumns() []importColumn {
	return []importColumn{
		{"kind", r.t("agency, isd, district or school"), "", true}, {"code", r.t("The code under which it is known"), "", true}, {"name", r.t("Its name"), "", true},
		{"parent_code", r.t("Code of what it belongs to: of a school its district"), "", true},
		{"subtype", r.t("Of a district: traditional, psa, charter or county_office"), "", false}, {"county", r.t("The county"), "", false},
	}
}

// factColumns are the columns of a file of facts, as the program declares them.
func (r *request) factColumns(def *programs.Definition) []importColumn {
	out := []importColumn{{"code", r.t("The code of the organization"), "", true}, {"kind", r.t("school when the column is missing; agency, isd or district otherwise"), "", false},
		{"year", r.t("When the file holds several years"), "", false}, {"source", r.t("When rows have different sources"), "", false}}
	for _, f := range def.Facts {
		if f.YearsInARow == nil {
			out = append(out, importColumn{f.Name, f.Means, workflow.FactForm(f), f.Required})
		}
	}
	return out
}

// factImport shows one file that was accepted.
func (w *Web) factImport(r *request) error {
	d, err := r.s.FactImport(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, []string{d.CreatedBy})
	if err != nil {
		return err
	}
	history, err := r.history("fact_import", d.ID)
	if err != nil {
		return err
	}
	return r.show("fact_import", Page{Title: d.FileName, Section: "/fact_summaries", Crumbs: []Link{{Text: r.t("Facts"), Href: "/fact_summaries"}, {Text: r.t("Imported files"), Href: "/fact_imports"}},
		Body: struct {
			models.FactImport
			By      string
			History []Event
		}{d, names.People[d.CreatedBy], history}})
}
