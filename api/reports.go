package api

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/reports"
	"earmark/workflow"
)

const (
	asHTML = "html"
	asPDF  = "pdf"
)

// form is how a report can be written.
type form struct {
	kind  string // media type
	write func(io.Writer, models.Report) error
}

var forms = map[string]form{
	asJSON: {"application/json; charset=utf-8", reports.WriteJSON},
	asCSV:  {csvType, reports.WriteCSV},
	asXLSX: {reports.XLSXType, reports.WriteXLSX},
	asHTML: {"text/html; charset=utf-8", reports.WriteHTML},
	asPDF:  {reports.PDFType, reports.WritePDF},
}

type reportKindBody struct {
	Code       string   `json:"code"`
	Title      string   `json:"title"`
	Means      string   `json:"means"`
	OfficeOnly bool     `json:"office_only"`
	Parameters []string `json:"parameters"`
	Formats    []string `json:"formats"`
	Columns    any      `json:"columns"`

	Sections []reportSectionBody `json:"sections"`
}

type reportSectionBody struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Columns any    `json:"columns"`
}

// reportKinds is the catalogue.
func (a *API) reportKinds(c *gin.Context) error {
	return all(c, queryOf(c), workflow.ReportKinds, nil, func(k workflow.ReportKind) reportKindBody {
		sections := make([]reportSectionBody, len(k.Sections))
		for i, t := range k.Sections {
			sections[i] = reportSectionBody{t.Name, t.Title, reports.Columns(t.Columns)}
		}
		return reportKindBody{k.Code, k.Title, k.Means, k.Office, append([]string{"grant_year_id"}, k.Parameters...), k.Formats, reports.Columns(k.Columns), sections}
	})
}

// report answers one report in the form that ?format= or Accept names.
func (a *API) report(c *gin.Context) error {
	in := workflow.GetReport{Code: c.Param("code")}
	q := queryOf(c)
	filters(q, &in)
	name, table := q.text("format"), q.text("table")
	if err := q.end(); err != nil {
		return err
	}
	r, err := a.s.Report(c.Request.Context(), who(c), in)
	if err != nil {
		return parameters(err)
	}
	formats := []string{}
	for _, k := range workflow.ReportKinds {
		if k.Code == in.Code {
			formats = k.Formats
		}
	}
	c.Header("Cache-Control", "private, no-store")
	return sendReport(c, r, name, table, formats)
}

// publicReport is what anybody may read of where the money of a program goes.
func (a *API) publicReport(c *gin.Context) error {
	if err := a.gate.Auth.PublicRead(c.ClientIP()); err != nil {
		return err
	}
	q := queryOf(c)
	year, name, table := q.number("fiscal_year"), q.text("format"), q.text("table")
	if err := q.end(); err != nil {
		return err
	}
	r, err := a.s.PublicReport(c.Request.Context(), c.Param("code"), year)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "public, max-age=300")
	return sendReport(c, r, name, table, []string{asJSON, asCSV, asXLSX, asHTML})
}

func sendReport(c *gin.Context, r models.Report, name, table string, formats []string) error {
	c.Header("Vary", "Accept")
	if name == "" {
		name = negotiate(c, formats)
	}
	if !slices.Contains(formats, name) {
		return malformed("malformed_parameter", "This report is not given as %q. It is given as: %s.", name, strings.Join(formats, ", "))
	}
	if table != "" {
		tables := r.Tables()
		i := slices.IndexFunc(tables, func(t models.ReportTable) bool { return t.Name == table })
		if i < 0 {
			return malformed("malformed_parameter", "This report has no table %q.", table)
		}
		r.ReportTable, r.Sections = tables[i], nil
	}
	r.MadeWith = made(c).Version
	return spool(c, forms[name].kind, r.Code+"."+name, name == asJSON || name == asHTML, func(w io.Writer) error { return forms[name].write(w, r) })
}

// negotiate is the first of the formats that Accept names, else JSON.
func negotiate(c *gin.Context, formats []string) string {
	for _, part := range strings.Split(c.GetHeader("Accept"), ",") {
		kind, _, _ := strings.Cut(part, ";")
		for _, name := range formats {
			if own, _, _ := strings.Cut(forms[name].kind, ";"); own == strings.TrimSpace(kind) {
				return name
			}
		}
	}
	return asJSON
}

// spool writes an answer to a temporary file before it sends it: what fails on the way is
// a problem and never half a file, the database is not held by a slow reader, and what is
// large needs no memory. The answer carries its own hash.
func spool(c *gin.Context, kind, name string, inline bool, write func(io.Writer) error) error {
	f, err := os.CreateTemp("", "earmark-report-")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close(); _ = os.Remove(f.Name()) }()
	sum := sha256.New()
	if err := write(io.MultiWriter(f, sum)); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	if kind == forms[asHTML].kind {
		c.Header("Content-Security-Policy", reports.ReportCSP())
	}
	if !inline {
		c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	c.Header("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum.Sum(nil))+":")
	c.DataFromReader(http.StatusOK, size, kind, f, nil)
	return nil
}
