package api

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/reports"
	"earmark/workflow"
)

// query reads the parameters of a list once, and remembers which were asked for, so that a
// misspelt filter is an error and not a list of everything.
type query struct {
	values url.Values
	known  []string
	err    error
}

func (q *query) text(name string) string {
	q.known = append(q.known, name)
	v := q.values[name]
	if len(v) > 1 {
		q.refuse("The parameter %s is given twice.", name)
	}
	if len(v) == 0 {
		return ""
	}
	if len(v[0]) > 200 {
		q.refuse("The parameter %s is longer than 200 characters.", name)
	}
	if !storable(v[0]) {
		q.refuse("The parameter %s holds characters that cannot be stored.", name)
	}
	return v[0]
}

// texts reads a parameter that may be given several times.
func (q *query) texts(name string, most int) []string {
	q.known = append(q.known, name)
	if len(q.values[name]) > most {
		q.refuse("The parameter %s is given more than %d times.", name, most)
	}
	for _, v := range q.values[name] {
		if len(v) > 200 || !storable(v) {
			q.refuse("The parameter %s is longer than 200 characters or holds characters that cannot be stored.", name)
		}
	}
	return q.values[name]
}

// storable reports text that both databases can hold: PostgreSQL refuses NUL and broken UTF-8.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func (q *query) date(name string) models.Date {
	d := models.Date(q.text(name))
	if d != "" && !d.Valid() {
		q.refuse("The parameter %s is not a date of the form YYYY-MM-DD.", name)
	}
	return d
}

func (q *query) number(name string) int {
	v := q.text(name)
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		q.refuse("The parameter %s is not a whole number.", name)
	}
	return n
}

func (q *query) flag(name string) bool { return q.choice(name, "true", "false") == "true" }

// choice reads one of the words a parameter may be.
func (q *query) choice(name string, words ...string) string {
	v := q.text(name)
	if v != "" && !slices.Contains(words, v) {
		q.refuse("The parameter %s is %q; it can be %s.", name, v, strings.Join(words, ", "))
	}
	return v
}

func (q *query) refuse(detail string, args ...any) {
	if q.err == nil {
		q.err = &models.Error{Kind: models.Malformed, Code: "malformed_parameter", Detail: fmt.Sprintf(detail, args...)}
	}
}

// end refuses parameters that nobody asked for.
func (q *query) end() error {
	for name := range q.values {
		if !slices.Contains(q.known, name) {
			q.refuse("The parameter %q is unknown here. Known: %s.", name, strings.Join(q.known, ", "))
		}
	}
	return q.err
}

// queryOf refuses what cannot be read: net/url would leave such a parameter out.
func queryOf(c *gin.Context) *query {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.refuse("The query of the address cannot be read. Write %% as %%25 and ; as %%3B.")
	}
	return q
}

// listBody is a page of a list.
type listBody[B any] struct {
	Items []B `json:"items"`
}

// exportPage is how many rows of an export are read at once.
const exportPage = workflow.MaxPage

// pages answers a page as JSON, or everything as CSV, of what load returns. It reads limit
// and cursor after the caller has read its filters. key is what the list is ordered by.
func pages[D, B any](c *gin.Context, q *query, load func(workflow.Page) ([]D, error), key func(D) string, body func(D) B) error {
	limit := q.number("limit")
	after, err := cursor(q.text("cursor"))
	if err != nil {
		return err
	}
	if err := q.end(); err != nil {
		return err
	}
	if q.values.Has("limit") && (limit < 1 || limit > workflow.MaxPage) {
		return malformed("malformed_parameter", "The parameter limit is a whole number from 1 to %d.", workflow.MaxPage)
	}
	if as := wants(c); as != asJSON {
		return export(c, as, after, load, key, body)
	}
	if limit == 0 {
		limit = workflow.MaxPage / 2
	}
	// One row more tells whether a page follows; the largest page has no room for it.
	rows, err := load(workflow.Page{After: after, Limit: min(limit+1, workflow.MaxPage)})
	if err != nil {
		return err
	}
	if len(rows) > limit || len(rows) == workflow.MaxPage {
		rows = rows[:limit]
		next := *c.Request.URL
		values := next.Query()
		values.Set("cursor", base64.RawURLEncoding.EncodeToString([]byte(key(rows[limit-1]))))
		c.Header("Link", "<"+next.Path+"?"+values.Encode()+">; rel=\"next\"")
	}
	items := make([]B, len(rows))
	for i, r := range rows {
		items[i] = body(r)
	}
	return answer(c, http.StatusOK, listBody[B]{items}, nil)
}

// all answers a list that is never long: the children of one document.
func all[D, B any](c *gin.Context, q *query, rows []D, err error, body func(D) B) error {
	if err != nil {
		return err
	}
	once := func(workflow.Page) ([]D, error) { taken := rows; rows = nil; return taken, nil }
	if err := q.end(); err != nil {
		return err
	}
	if as := wants(c); as != asJSON {
		return export(c, as, "", once, func(D) string { return "" }, body)
	}
	items := make([]B, len(rows))
	for i, r := range rows {
		items[i] = body(r)
	}
	return answer(c, http.StatusOK, listBody[B]{items}, nil)
}

// sink takes the rows of an export, one by one.
type sink[B any] struct {
	row func(B) error
	end func() error
}

// export writes every page as one file. The first page is read before anything is sent, so
// that a refusal is still a problem; a failure later breaks the connection off, so that a
// cut file cannot be taken for a whole one. (A workbook is sent when it is whole.)
func export[D, B any](c *gin.Context, as, after string, load func(workflow.Page) ([]D, error), key func(D) string, body func(D) B) error {
	rows, err := load(workflow.Page{After: after, Limit: exportPage})
	if err != nil {
		return err
	}
	var out sink[B]
	switch as {
	case asXLSX:
		book, err := reports.NewXLSX[B](fileName(c), made(c))
		if err != nil {
			return err
		}
		defer func() { _ = book.Close() }()
		out = sink[B]{book.Row, func() error {
			download(c, reports.XLSXType, fileName(c), "xlsx")
			return book.Write(c.Writer)
		}}
	default:
		download(c, csvType, fileName(c), "csv")
		file := reports.NewCSV[B](c.Writer)
		out = sink[B]{func(row B) error { file.Write(row); return nil }, file.Flush}
	}
	if err := everyRow(rows, load, key, func(d D) error { return out.row(body(d)) }); err != nil || out.end() != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// everyRow gives every row of a list, page by page, beginning with the first page.
func everyRow[D any](rows []D, load func(workflow.Page) ([]D, error), key func(D) string, do func(D) error) (err error) {
	for len(rows) > 0 {
		for _, r := range rows {
			if err := do(r); err != nil {
				return err
			}
		}
		if len(rows) < exportPage {
			break
		}
		if rows, err = load(workflow.Page{After: key(rows[len(rows)-1]), Limit: exportPage}); err != nil {
			return err
		}
	}
	return nil
}

// fileName is the last part of the address.
func fileName(c *gin.Context) string {
	return strings.TrimPrefix(c.Request.URL.Path[strings.LastIndex(c.Request.URL.Path, "/"):], "/")
}

const csvType = "text/csv; charset=utf-8; header=present"

// download announces a file.
func download(c *gin.Context, kind, name, extension string) {
	c.Header("Content-Type", kind)
	c.Header("Content-Disposition", `attachment; filename="`+name+"."+extension+`"`)
	if c.Writer.Header().Get("Cache-Control") == "" {
		c.Header("Cache-Control", "private, no-store")
	}
	c.Status(http.StatusOK)
}

func cursor(text string) (string, error) {
	after, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || strings.ContainsFunc(string(after), func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return "", malformed("malformed_parameter", "The parameter cursor is not one that this server gave. Start without it.")
	}
	return string(after), nil
}

// The forms that a list is given in.
const (
	asJSON = "json"
	asCSV  = "csv"
	asXLSX = "xlsx"
)

// wants is content negotiation: the first of the forms that Accept names, else JSON.
func wants(c *gin.Context) string {
	for _, part := range strings.Split(c.GetHeader("Accept"), ",") {
		name, _, _ := strings.Cut(part, ";")
		switch strings.TrimSpace(name) {
		case "text/csv":
			return asCSV
		case reports.XLSXType:
			return asXLSX
		case "application/json":
			return asJSON
		}
	}
	return asJSON
}
