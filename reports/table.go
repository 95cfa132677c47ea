package reports

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"earmark/models"
)

// Each renderer walks the rows once and holds one of them at a time.

// plain is a cell as machines read it: cents and basis points as integers, decimals and
// dates as text; "" when it is not known.
func plain(unit models.Unit, c models.ReportCell) string {
	switch {
	case !c.Known:
		return ""
	case unit == models.UnitHundredths:
		return models.Hundredths(c.Number).String()
	case unit.Numeric():
		return strconv.FormatInt(c.Number, 10)
	}
	return c.Text
}

// said is a cell as people read it: $1,234.50, 77.50 %.
func said(unit models.Unit, c models.ReportCell) string {
	switch {
	case !c.Known:
		return ""
	case unit == models.UnitCents:
		return models.Cents(c.Number).String()
	case unit == models.UnitBasisPoints:
		return models.Hundredths(c.Number).String() + " %"
	}
	return plain(unit, c)
}

// WriteCSV writes the main table, RFC 4180, without totals. Text that a spreadsheet would
// run as a formula has an apostrophe in front.
func WriteCSV(w io.Writer, r models.Report) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	cells := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		cells[i] = c.Name
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	for row, err := range r.Rows {
		if err != nil {
			return err
		}
		for i, c := range r.Columns {
			if cells[i] = plain(c.Unit, row[i]); !c.Unit.Numeric() {
				cells[i] = harmless(cells[i])
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

type columnBody struct {
	Name  string       `json:"name"`
	Title string       `json:"title"`
	Unit  models.Unit  `json:"unit"`
	Total models.Total `json:"total"`
	Means string       `json:"means"`
}

type valueBody struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Value string `json:"value"`
}

type reportBody struct {
	Code         string       `json:"code"`
	Title        string       `json:"title"`
	Subtitle     string       `json:"subtitle"`
	ProgramCode  string       `json:"program_code"`
	ProgramTitle string       `json:"program_title"`
	Citation     string       `json:"citation"`
	RuleVersion  string       `json:"rule_version"`
	Parameters   []valueBody  `json:"parameters"`
	AsOf         *models.Date `json:"as_of"`
	MadeAt       time.Time    `json:"made_at"`
	MadeWith     string       `json:"made_with"`
	Synthetic    bool         `json:"synthetic"`
}

type tableBody struct {
	Name    string       `json:"name"`
	Title   string       `json:"title"`
	Text    []string     `json:"text"`
	Notes   []string     `json:"notes"`
	Columns []columnBody `json:"columns"`
}

// Columns are the columns as JSON says them; the catalogue does it alike.
func Columns(in []models.ReportColumn) any { return columnBodies(in) }

func columnBodies(in []models.ReportColumn) []columnBody {
	out := make([]columnBody, len(in))
	for i, c := range in {
		out[i] = columnBody{c.Name, c.Title, c.Unit, c.Total, c.Means}
	}
	return out
}

// WriteJSON writes the report with its main table's columns, items and totals, and the
// sections, each with its own.
func WriteJSON(w io.Writer, r models.Report) error {
	out := &jsonWriter{w: bufio.NewWriterSize(w, 1<<16)}
	head := reportBody{Code: r.Code, Title: r.Title, Subtitle: r.Subtitle, ProgramCode: r.ProgramCode, ProgramTitle: r.ProgramTitle, Citation: r.Citation,
		RuleVersion: r.RuleVersion, Parameters: make([]valueBody, len(r.Parameters)), MadeAt: r.MadeAt, MadeWith: r.MadeWith, Synthetic: r.Synthetic}
	for i, p := range r.Parameters {
		head.Parameters[i] = valueBody(p)
	}
	if r.AsOf != "" {
		head.AsOf = &r.AsOf
	}
	out.open(head)
	out.text(`,"table":`)
	out.table(r.ReportTable)
	out.text(`,"sections":[`)
	for i, t := range r.Sections {
		if i > 0 {
			out.text(",")
		}
		out.table(t)
	}
	out.text("]}\n")
	if out.err != nil {
		return out.err
	}
	return out.w.Flush()
}

type jsonWriter struct {
	w   *bufio.Writer
	buf []byte
	err error
}

func (j *jsonWriter) text(s string) { _, _ = j.w.WriteString(s) } // bufio keeps the first error for Flush

// open writes an object without its closing brace.
func (j *jsonWriter) open(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		j.err = err
		return
	}
	_, _ = j.w.Write(text[:len(text)-1])
}

func (j *jsonWriter) table(t models.ReportTable) {
	if j.err != nil {
		return
	}
	j.open(tableBody{t.Name, t.Title, texts(t.Text), texts(t.Notes), columnBodies(t.Columns)})
	j.text(`,"items":[`)
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		name, _ := json.Marshal(c.Name) // a string never fails
		names[i] = string(name) + ":"
	}
	totals, first := models.NewTotals(t.Columns), true
	for row, err := range t.Rows {
		if err == nil {
			err = totals.Add(row)
		}
		if err != nil {
			j.err = err
			return
		}
		if !first {
			j.text(",")
		}
		first = false
		j.row(t.Columns, names, row, false)
	}
	j.text(`],"totals":`)
	j.row(t.Columns, names, totals.Row(), true)
	j.text("}")
}

// row writes an object; of totals only what is known.
func (j *jsonWriter) row(columns []models.ReportColumn, names []string, row []models.ReportCell, known bool) {
	b := j.buf[:0]
	b = append(b, '{')
	for i, c := range columns {
		if known && !row[i].Known {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, names[i]...)
		switch {
		case !row[i].Known:
			b = append(b, "null"...)
		case c.Unit.Numeric() && c.Unit != models.UnitHundredths:
			b = strconv.AppendInt(b, row[i].Number, 10)
		default:
			text, _ := json.Marshal(plain(c.Unit, row[i]))
			b = append(b, text...)
		}
	}
	b = append(b, '}')
	j.buf = b
	_, _ = j.w.Write(j.buf)
}

func texts(in []string) []string {
	if in == nil {
		return []string{}
	}
	return in
}
