package reports

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"earmark/models"
)

//go:embed report.html
var reportSource string

//go:embed report.css
var reportStyle string

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{"class": class}).Parse(reportSource))

// ReportCSP is the content security policy under which a report looks as it should.
func ReportCSP() string { return styleOnly(reportStyle) }

// styleOnly allows nothing but one style sheet, named by its hash.
func styleOnly(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// WriteHTML writes a report as one document that needs nothing else: it can be saved,
// mailed and printed, with the titles of columns on every page.
func WriteHTML(w io.Writer, r models.Report) error {
	out := bufio.NewWriterSize(w, 1<<16)
	page := struct {
		models.Report
		Style template.CSS
		Stamp string
		Wide  bool // printed on larger paper
	}{r, template.CSS(reportStyle), r.MadeAt.UTC().Format(time.RFC3339), slices.ContainsFunc(r.Tables(), func(t models.ReportTable) bool { return len(t.Columns) > 16 })} //nolint:gosec // our own embedded style sheet
	if err := reportPage.ExecuteTemplate(out, "head", page); err != nil {
		return err
	}
	for _, t := range r.Tables() {
		if err := htmlTable(out, t, t.Title != r.Title); err != nil {
			return err
		}
	}
	if err := reportPage.ExecuteTemplate(out, "foot", page); err != nil {
		return err
	}
	return out.Flush()
}

func htmlTable(out *bufio.Writer, t models.ReportTable, headed bool) error {
	head := struct {
		models.ReportTable
		Headed bool
	}{t, headed}
	if err := reportPage.ExecuteTemplate(out, "table", head); err != nil {
		return err
	}
	totals, rows := models.NewTotals(t.Columns), 0
	for row, err := range t.Rows {
		if err == nil {
			err = totals.Add(row)
		}
		if err != nil {
			return err
		}
		rows++
		htmlRow(out, t.Columns, row)
	}
	if rows == 0 {
		fmt.Fprintf(out, "<tr><td class=\"empty\" colspan=\"%d\">Nothing to show.</td></tr>\n", len(t.Columns))
	}
	_, _ = out.WriteString("</tbody>\n") // bufio keeps the first error for Flush
	if totals.Any() && rows > 0 {
		row := totals.Row()
		if !row[0].Known {
			row[0] = models.TextCell("Total")
		}
		_, _ = out.WriteString("<tfoot>")
		htmlRow(out, t.Columns, row)
		_, _ = out.WriteString("</tfoot>\n")
	}
	return reportPage.ExecuteTemplate(out, "notes", t)
}

func htmlRow(out *bufio.Writer, columns []models.ReportColumn, row []models.ReportCell) {
	_, _ = out.WriteString("<tr>")
	for i, c := range columns {
		if name := class(c); name != "" {
			_, _ = out.WriteString(`<td class="` + name + `">`)
		} else {
			_, _ = out.WriteString("<td>")
		}
		_, _ = out.WriteString(html.EscapeString(said(c.Unit, row[i])))
		_, _ = out.WriteString("</td>")
	}
	_, _ = out.WriteString("</tr>\n")
}

// class says how a column is set: numbers to the right, dates and references in one piece,
// and room for texts; codes need none.
func class(c models.ReportColumn) string {
	switch {
	case c.Unit.Numeric():
		return "n"
	case c.Unit == models.UnitDate, c.Name == "reference":
		return "d"
	case strings.HasSuffix(c.Name, "_code"), slices.Contains(short, c.Name):
		return ""
	}
	return "t"
}

var short = []string{"use_category", "kind", "subtype", "status", "severity", "meter", "cohort", "target", "targets", "unit", "object_codes", "cost_kind", "type", "percent", "published_percent", "agrees", "basis"}
