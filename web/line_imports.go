package web

import (
	"errors"
	"net/http"
	"path"
	"strings"

	"earmark/models"
	"earmark/reports"
	"earmark/workflow"
)

func (w *Web) pagesLineImports() []route {
	return []route{
		{"GET", "/revisions/:id/workbook", w.lineWorkbook},
		{"GET", "/revisions/:id/workbook/import", w.workbookPage},
		{"POST", "/revisions/:id/workbook/import", w.importLines},
		{"GET", "/revisions/:id/paste", w.pastePage},
		{"POST", "/revisions/:id/paste", w.importLines},
	}
}

// lineWorkbook is the revision's lines as a workbook to fill in.
func (w *Web) lineWorkbook(r *request) error {
	book, err := r.s.LineWorkbook(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	r.Header("Content-Type", reports.XLSXType)
	r.Header("Content-Disposition", `attachment; filename="`+path.Base(book.FileName)+`"`)
	r.Status(http.StatusOK)
	if err := book.Write(r.Writer); err != nil {
		r.w.log.Error("a workbook broke off", "path", r.Request.URL.Path, "error", err.Error())
		panic(http.ErrAbortHandler) // a cut file must not pass for a whole one
	}
	return nil
}

// lineImportBody is the body of line_import.html: the way in, or what would change.
type lineImportBody struct {
	Form    *Form
	Base    string // of the revision
	Paste   bool
	Blocked string // why the reader cannot change the revision
	Plan    *workflow.LineImport
	Columns []columnChoice
	Table   string
	Groups  []rowGroup
	Good    int
	Wrong   int
	// NeedsRow: the table that is sent along has a column for where rows stood, the one that came had not.
	NeedsRow bool
}

// columnChoice lets people say what a column is.
type columnChoice struct {
	Heading, Example string
	Field            Field
	Row              bool // where the rows stood: no choice
}

// rowGroup are rows of which the same becomes.
type rowGroup struct {
	Title, Means, Tone string
	Open               bool
	Rows               []workflow.ImportedRow
}

func (w *Web) workbookPage(r *request) error {
	return w.askLines(r, r.form(r.Request.URL.Path, 0, nil), nil, false)
}

func (w *Web) pastePage(r *request) error {
	return w.askLines(r, r.form(r.Request.URL.Path, 0, nil), nil, true)
}

// askLines shows the form, or the plan when there is one.
func (w *Web) askLines(r *request, f *Form, plan *workflow.LineImport, paste bool) error {
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	b := lineImportBody{Form: f, Base: "/revisions/" + r.id(), Paste: paste, Plan: plan}
	if desk.MayEdit != nil {
		b.Blocked = desk.MayEdit.Error()
		var e *models.Error
		if errors.As(desk.MayEdit, &e) {
			b.Blocked = e.Detail
		}
	}
	title := r.t("Fill in a workbook")
	if paste {
		title = r.t("Paste from a spreadsheet")
	}
	p := Page{Title: title, Lead: desk.Application.Reference + " · " + desk.District.Name, Section: "/applications", Problems: f.Problems(), Status: f.Status(),
		Crumbs: append(r.revisionCrumbs(desk), Link{Text: revisionTitle(r, desk.Revision), Href: b.Base}), Wide: plan != nil}
	if plan != nil {
		p.Title = r.t("What would change")
		f.Version = plan.Revision.Version
		b.plan(r, f)
	}
	p.Body = b
	return r.show("line_import", p)
}

func (b *lineImportBody) plan(r *request, f *Form) {
	b.Table = string(b.Plan.Table)
	groups := []rowGroup{
		{r.t("To fix"), r.t("These rows cannot be taken as they are. Fix the cells and send the table again, or take the others."), "bad", true, nil},
		{r.t("Added"), "", "good", true, nil},
		{r.t("Changed"), "", "warn", true, nil},
		{r.t("Taken out"), "", "bad", true, nil},
		{r.t("Saved by somebody else meanwhile"), r.t("You did not touch these rows. What is saved stays."), "wait", false, nil},
		{r.t("Unchanged"), "", "plain", false, nil},
	}
	for i, kind := range []string{workflow.RowWrong, workflow.RowAdded, workflow.RowChanged, workflow.RowRemoved, workflow.RowKept, workflow.RowUnchanged} {
		for _, x := range b.Plan.Rows {
			if x.Kind == kind {
				groups[i].Rows = append(groups[i].Rows, x)
			}
		}
		if len(groups[i].Rows) > 0 {
			b.Groups = append(b.Groups, groups[i])
		}
	}
	b.Good = b.Plan.Counts[workflow.RowAdded] + b.Plan.Counts[workflow.RowChanged] + b.Plan.Counts[workflow.RowRemoved]
	b.Wrong = b.Plan.Counts[workflow.RowWrong]
	if len(b.Plan.Errors) > 0 {
		b.Good = 0
	}
	var options []Option
	for _, c := range b.Plan.Known {
		options = append(options, Option{Value: c.Key, Text: r.t(c.Title)})
	}
	b.NeedsRow = true
	for i, c := range b.Plan.Columns {
		b.NeedsRow = b.NeedsRow && c.Key != "row"
		name := "column"
		field := Field{ID: fieldID(name + "." + itoa(i)), Name: name, Label: r.t("Column %d is", i+1), Kind: "select", Value: c.Key}
		for _, o := range options {
			o.Chosen = o.Value == c.Key
			field.Options = append(field.Options, o)
		}
		b.Columns = append(b.Columns, columnChoice{c.Heading, c.Example, field, c.Key == "row"})
	}
}

// importLines looks at a table, or takes it after it was looked at.
func (w *Web) importLines(r *request) error {
	paste := strings.HasSuffix(r.Request.URL.Path, "/paste")
	f, sent, ok := r.sentFile(r.Request.URL.Path, nil, "file")
	if !ok {
		return w.askLines(r, f, nil, paste)
	}
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	in := workflow.ImportLineItems{RevisionID: r.id(), Version: desk.Revision.Version, DryRun: true, Format: formatOf(sent.Name), Content: sent.Content, Overwrite: strings.Join(f.Values["overwrite"], ",")}
	switch table, text := f.Values.Get("table"), f.Values.Get("file"); {
	case table != "":
		in.Format, in.Content, in.Columns = "csv", []byte(table), columnsOf(f)
	case text != "":
		in.Format, in.Content = "tsv", []byte(text)
	}
	if take := f.Values.Get("take"); take != "" && f.Version != 0 {
		done, err := r.takeLines(f, in, take)
		if err == nil {
			return r.done("/revisions/"+r.id(), "Done: %d lines added, %d changed, %d taken out.", done.Counts[workflow.RowAdded], done.Counts[workflow.RowChanged], done.Counts[workflow.RowRemoved])
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	plan, err := r.s.ImportLineItems(r.ctx(), r.who, in)
	if err != nil {
		if err := f.took(err); err != nil {
			return err
		}
		return w.askLines(r, f, nil, paste)
	}
	return w.askLines(r, f, &plan, paste)
}

// takeLines takes what was looked at, unless the revision moved since.
func (r *request) takeLines(f *Form, in workflow.ImportLineItems, take string) (workflow.LineImport, error) {
	in.DryRun, in.Take, in.Version = false, take, f.Version
	return r.s.ImportLineItems(r.ctx(), r.who, in)
}

// columnsOf are the columns as people corrected them.
func columnsOf(f *Form) string {
	keys := f.Values["column"]
	for i, k := range keys {
		if k == "" {
			keys[i] = "-"
		}
	}
	return strings.Join(keys, ",")
}

func formatOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return "csv"
	case ".txt", ".tsv", ".tab":
		return "tsv"
	}
	return "xlsx"
}
