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
	if wantsCSV(c) {
		return export(c, after, load, key, body)
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
	if wantsCSV(c) {
		return export(c, "", once, func(D) string { return "" }, body)
	}
	items := make([]B, len(rows))
	for i, r := range rows {
		items[i] = body(r)
	}
	return answer(c, http.StatusOK, listBody[B]{items}, nil)
}

// export streams every page as CSV. The first page is read before anything is sent, so
// that a refusal is still a problem; a failure later breaks the connection off, so that a
// cut file cannot be taken for a whole one.
func export[D, B any](c *gin.Context, after string, load func(workflow.Page) ([]D, error), key func(D) string, body func(D) B) error {
	rows, err := load(workflow.Page{After: after, Limit: exportPage})
	if err != nil {
		return err
	}
	name := strings.TrimPrefix(c.Request.URL.Path[strings.LastIndex(c.Request.URL.Path, "/"):], "/")
	c.Header("Content-Type", "text/csv; charset=utf-8; header=present")
	c.Header("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	if c.Writer.Header().Get("Cache-Control") == "" {
		c.Header("Cache-Control", "private, no-store")
	}
	c.Status(http.StatusOK)
	out := reports.NewCSV[B](c.Writer)
	for len(rows) > 0 {
		for _, r := range rows {
			out.Write(body(r))
		}
		if len(rows) < exportPage {
			break
		}
		if rows, err = load(workflow.Page{After: key(rows[len(rows)-1]), Limit: exportPage}); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	if out.Flush() != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func cursor(text string) (string, error) {
	after, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || strings.ContainsFunc(string(after), func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return "", malformed("malformed_parameter", "The parameter cursor is not one that this server gave. Start without it.")
	}
	return string(after), nil
}

// wantsCSV is content negotiation with two answers: text/csv when it is named, else JSON.
func wantsCSV(c *gin.Context) bool {
	for _, part := range strings.Split(c.GetHeader("Accept"), ",") {
		name, _, _ := strings.Cut(part, ";")
		switch strings.TrimSpace(name) {
		case "text/csv":
			return true
		case "application/json":
			return false
		}
	}
	return false
}
