package reports

import (
	_ "embed"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"earmark/models"
)

// Public Sans, SIL Open Font License 1.1 (fonts/OFL.md).
var (
	//go:embed fonts/PublicSans-Regular.ttf
	sans []byte
	//go:embed fonts/PublicSans-Bold.ttf
	sansBold []byte
)

// PDFType is the media type of a PDF.
const PDFType = "application/pdf"

// The same content gives the same bytes: dates are given, objects are sorted. A PDF is the
// copy for the file; the page in HTML is the one that screen readers can read.
type document struct {
	*fpdf.Fpdf
	width float64 // between the margins, in millimeters
}

const (
	margin = 14.0
	line   = 4.6
	small  = 8.0
	normal = 9.5
)

// newDocument starts a PDF: orientation P or L, as it stood at that time.
func newDocument(orientation, title string, at time.Time, foot string) *document {
	d := &document{Fpdf: fpdf.New(orientation, "mm", "Letter", "")}
	d.SetCreationDate(at.UTC())
	d.SetModificationDate(at.UTC())
	d.SetCatalogSort(true)
	d.SetLang("en-US")
	d.SetTitle(title, true)
	d.SetProducer("Earmark", true)
	d.AddUTF8FontFromBytes("sans", "", sans)
	d.AddUTF8FontFromBytes("sans", "B", sansBold)
	d.SetMargins(margin, margin, margin)
	d.SetAutoPageBreak(true, margin+4)
	w, _ := d.GetPageSize()
	d.width = w - 2*margin
	d.AliasNbPages("{nb}")
	d.SetFooterFunc(func() {
		d.SetY(-margin)
		d.SetFont("sans", "", 7.5)
		d.SetTextColor(86, 92, 101)
		d.CellFormat(d.width-25, 5, foot, "", 0, "L", false, 0, "")
		d.CellFormat(25, 5, "Page "+itoa(d.PageNo())+" of {nb}", "", 0, "R", false, 0, "")
		d.SetTextColor(27, 27, 27)
	})
	d.AddPage()
	d.SetTextColor(27, 27, 27)
	return d
}

func itoa(n int) string {
	return plain(models.UnitInteger, models.NumberCell(n))
}

// shown leaves out what the font cannot show.
func shown(s string) string { return strings.ToValidUTF8(s, "?") }

func (d *document) heading(text string, size float64) {
	if _, height := d.GetPageSize(); d.GetY() > height-margin-40 { // not without what it stands over
		d.AddPage()
	}
	d.SetFont("sans", "B", size)
	if d.GetY() > margin+1 {
		d.Ln(2)
	}
	d.MultiCell(d.width, size*0.5, shown(text), "", "L", false)
	d.Ln(1)
}

func (d *document) paragraph(text string, size float64) {
	d.SetFont("sans", "", size)
	d.MultiCell(d.width, size*0.48, shown(text), "", "L", false)
	d.Ln(1)
}

func (d *document) synthetic(text string) {
	d.SetFont("sans", "B", normal)
	d.SetFillColor(250, 243, 209)
	d.MultiCell(d.width, line+1, "Demonstration. "+text, "", "L", true)
	d.Ln(2)
}

func (d *document) pairs(rows [][2]string) {
	for _, row := range rows {
		if row[1] == "" {
			continue
		}
		d.SetFont("sans", "", normal)
		d.SetTextColor(86, 92, 101)
		d.CellFormat(42, line, shown(row[0]), "", 0, "L", false, 0, "")
		d.SetTextColor(27, 27, 27)
		d.MultiCell(d.width-42, line, shown(row[1]), "", "L", false)
	}
	d.Ln(1)
}

// pdfColumn is a column of a table in a PDF.
type pdfColumn struct {
	title string
	width float64 // in millimeters
	right bool
}

// table keeps a table's columns, so that a new page can repeat their titles.
type table struct {
	d       *document
	columns []pdfColumn
}

func (d *document) table(columns []pdfColumn) *table {
	t := &table{d, columns}
	t.head()
	return t
}

func (t *table) head() {
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.title
	}
	t.d.SetFont("sans", "B", small)
	t.write(titles, "B", 0.35)
	t.d.SetFont("sans", "", small)
}

// row writes cells, each wrapped in its column; a row is never parted by a page.
func (t *table) row(cells []string, bold bool) {
	style := ""
	if bold {
		style = "B"
	}
	t.d.SetFont("sans", style, small)
	_, height := t.d.GetPageSize()
	if t.d.GetY()+t.height(cells) > height-margin-4 {
		t.d.AddPage()
		t.head()
		t.d.SetFont("sans", style, small)
	}
	t.write(cells, style, 0.1)
}

func (t *table) lines(i int, text string) []string {
	if text == "" || t.columns[i].right && strings.ContainsAny(text, "0123456789") { // a number is never parted
		return []string{text}
	}
	return t.d.SplitText(shown(text), t.columns[i].width-1.6)
}

func (t *table) height(cells []string) float64 {
	most := 1
	for i, text := range cells {
		most = max(most, len(t.lines(i, text)))
	}
	return float64(most)*3.7 + 1.2
}

func (t *table) write(cells []string, style string, rule float64) {
	height, x, y := t.height(cells), margin, t.d.GetY()
	for i, text := range cells {
		align := "L"
		if t.columns[i].right {
			align = "R"
		}
		for n, part := range t.lines(i, text) {
			t.d.SetXY(x+0.8, y+0.6+float64(n)*3.7)
			t.d.CellFormat(t.columns[i].width-1.6, 3.7, part, "", 0, align, false, 0, "")
		}
		x += t.columns[i].width
	}
	t.d.SetLineWidth(rule)
	t.d.SetDrawColor(150, 156, 162)
	t.d.Line(margin, y+height, margin+t.d.width, y+height)
	t.d.SetXY(margin, y+height)
	t.d.SetFont("sans", style, small)
}

func (d *document) end(w io.Writer) error { return d.Output(w) }

// WritePDF writes a report as a PDF, its tables with their titles on every page.
func WritePDF(w io.Writer, r models.Report) error {
	d := newDocument("L", r.Title+": "+r.Subtitle, r.MadeAt, "Made by Earmark "+r.MadeWith+" at "+r.MadeAt.UTC().Format(time.RFC3339)+" under "+r.RuleVersion)
	if r.Synthetic {
		d.synthetic(syntheticNote)
	}
	d.paragraph(r.ProgramTitle, normal)
	d.heading(r.Title, 17)
	lead := r.Subtitle
	if r.AsOf != "" {
		lead += ", as of " + string(r.AsOf)
	}
	d.paragraph(lead, 12)
	about := make([][2]string, 0, len(r.Parameters)+1)
	for _, p := range r.Parameters {
		about = append(about, [2]string{p.Title, p.Value})
	}
	d.pairs(append(about, [2]string{"Authority", r.Citation}))
	for _, t := range r.Tables() {
		if err := d.tableOf(t); err != nil {
			return err
		}
	}
	return d.end(w)
}

func (d *document) tableOf(t models.ReportTable) error {
	d.heading(t.Title, 12.5)
	for _, text := range t.Text {
		d.paragraph(text, normal)
	}
	out, totals, rows := d.table(d.columns(t.Columns)), models.NewTotals(t.Columns), 0
	cells := make([]string, len(t.Columns))
	for row, err := range t.Rows {
		if err == nil {
			err = totals.Add(row)
		}
		if err != nil {
			return err
		}
		rows++
		for i, c := range t.Columns {
			cells[i] = said(c.Unit, row[i])
		}
		out.row(cells, false)
	}
	if totals.Any() && rows > 0 {
		for i, c := range totals.Row() {
			cells[i] = said(t.Columns[i].Unit, c)
		}
		if cells[0] == "" {
			cells[0] = "Total"
		}
		out.row(cells, true)
	}
	d.Ln(1.5)
	for _, note := range t.Notes {
		d.paragraph(note, small)
	}
	return nil
}

// columns shares the width: numbers and codes get what they need, texts the rest.
func (d *document) columns(in []models.ReportColumn) []pdfColumn {
	weights, sum := make([]float64, len(in)), 0.0
	for i, c := range in {
		switch {
		case c.Unit == models.UnitCents:
			weights[i] = 2.1
		case c.Unit.Numeric():
			weights[i] = 1.3
		case class(c) == "" || class(c) == "d":
			weights[i] = 1.5
		case c.Name == "activity" || c.Name == "use_title" || c.Name == "counted":
			weights[i] = 5
		default:
			weights[i] = 3
		}
		sum += weights[i]
	}
	out := make([]pdfColumn, len(in))
	for i, c := range in {
		out[i] = pdfColumn{c.Title, d.width * weights[i] / sum, c.Unit.Numeric()}
	}
	return out
}
