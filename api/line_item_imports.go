package api

import (
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/reports"
	"earmark/workflow"
)

// lineWorkbook is a revision's lines as a workbook to fill in.
func (a *API) lineWorkbook(c *gin.Context) error {
	if err := queryOf(c).end(); err != nil {
		return err
	}
	book, err := a.s.LineWorkbook(c.Request.Context(), who(c), c.Param("id"))
	if err != nil {
		return err
	}
	return spool(c, reports.XLSXType, book.FileName, false, func(w io.Writer) error { return book.Write(w) })
}

type lineImportBody struct {
	Revision        revisionBody         `json:"revision"`
	DryRun          bool                 `json:"dry_run"`
	Columns         []importedColumnBody `json:"columns"`
	KnownColumns    []knownColumnBody    `json:"known_columns"`
	Counts          map[string]int       `json:"counts"`
	Rows            []importedRowBody    `json:"rows"`
	Errors          []inputError         `json:"errors"`
	TotalCents      models.Cents         `json:"total_cents"`
	AfterCents      models.Cents         `json:"after_cents"`
	AllocationCents models.Cents         `json:"allocation_cents"`
}

type importedColumnBody struct {
	Heading string `json:"heading"`
	Key     string `json:"key"`
	Example string `json:"example"`
}

type knownColumnBody struct {
	Key   string `json:"key"`
	Title string `json:"title"`
}

type importedRowBody struct {
	Row         int              `json:"row"`
	Number      int              `json:"number"`
	Kind        string           `json:"kind"`
	Conflict    bool             `json:"conflict"`
	Description string           `json:"description"`
	AmountCents models.Cents     `json:"amount_cents"`
	Changes     []cellChangeBody `json:"changes"`
	Errors      []cellErrorBody  `json:"errors"`
	Warnings    []cellErrorBody  `json:"warnings"`
}

type cellChangeBody struct {
	Column string `json:"column"`
	Cell   string `json:"cell"`
	Before string `json:"before"`
	After  string `json:"after"`
}

type cellErrorBody struct {
	Column string `json:"column"`
	Cell   string `json:"cell"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"`
}

func cellErrors(list []workflow.CellError) []cellErrorBody {
	out := []cellErrorBody{}
	for _, e := range list {
		out = append(out, cellErrorBody{e.Key, e.Cell, e.Code, e.Detail, e.Fix})
	}
	return out
}

// importLines answers what a table does to a revision, row by row.
func (a *API) importLines(c *gin.Context) error {
	var in workflow.ImportLineItems
	if err := request(c, &in); err != nil {
		return err
	}
	p, err := a.s.ImportLineItems(c.Request.Context(), who(c), in)
	if err != nil {
		return err
	}
	body := lineImportBody{Revision: revision(who(c), p.Revision), DryRun: p.DryRun, Columns: []importedColumnBody{}, KnownColumns: []knownColumnBody{}, Counts: map[string]int{},
		Rows: []importedRowBody{}, Errors: inputErrors(p.Errors), TotalCents: p.TotalCents, AfterCents: p.AfterCents, AllocationCents: p.AllocationCents}
	for _, kind := range workflow.RowKinds {
		body.Counts[kind] = p.Counts[kind]
	}
	for _, x := range p.Columns {
		body.Columns = append(body.Columns, importedColumnBody{x.Heading, x.Key, x.Example})
	}
	for _, x := range p.Known {
		body.KnownColumns = append(body.KnownColumns, knownColumnBody{x.Key, x.Title})
	}
	for _, x := range p.Rows {
		row := importedRowBody{x.Row, x.Number, x.Kind, x.Conflict(), x.Description, x.AmountCents, []cellChangeBody{}, cellErrors(x.Errors), cellErrors(x.Warnings)}
		for _, f := range x.Fields {
			row.Changes = append(row.Changes, cellChangeBody{f.Key, f.Cell, f.Before, f.After})
		}
		body.Rows = append(body.Rows, row)
	}
	return document(c, http.StatusOK, p.Revision.Root, body)
}
