package reports

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"earmark/models"
)

// XLSXType is the media type of a workbook.
const XLSXType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// sheetRows is the most rows a sheet can hold; what is more goes on the next one.
var sheetRows = excelize.TotalRows

// Workbook writes sheets as streams: what is large waits in temporary files, which Close
// removes. It must be closed.
type Workbook struct {
	f      *excelize.File
	styles map[models.Unit]int
	head   [2]int // style of titles: left, right
	total  map[models.Unit]int
	names  map[string]bool
	open   []*excelize.StreamWriter
}

// Money and rates are numbers with a format; dates are days.
var formats = map[models.Unit]string{
	models.UnitCents: `$#,##0.00;[Red]-$#,##0.00`, models.UnitBasisPoints: "0.00%", models.UnitInteger: "0", models.UnitHundredths: "#,##0.00",
	models.UnitDate: "yyyy-mm-dd", models.UnitText: "@",
}

// NewWorkbook starts a workbook made at that time.
func NewWorkbook(title string, at time.Time) (*Workbook, error) {
	b := &Workbook{f: excelize.NewFile(), styles: map[models.Unit]int{}, total: map[models.Unit]int{}, names: map[string]bool{}}
	for unit, format := range formats {
		align := &excelize.Alignment{Vertical: "top"}
		if unit.Numeric() {
			align.Horizontal = "right"
		}
		var err, err2 error
		b.styles[unit], err = b.f.NewStyle(&excelize.Style{CustomNumFmt: &format, Alignment: align})
		b.total[unit], err2 = b.f.NewStyle(&excelize.Style{CustomNumFmt: &format, Alignment: align, Font: &excelize.Font{Bold: true},
			Border: []excelize.Border{{Type: "top", Color: "1B1B1B", Style: 1}}})
		if err := errors.Join(err, err2); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	for i, side := range []string{"left", "right"} {
		var err error
		b.head[i], err = b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Horizontal: side, Vertical: "top", WrapText: true},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7EEF5"}}, Border: []excelize.Border{{Type: "bottom", Color: "1B1B1B", Style: 1}}})
		if err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	stamp := at.UTC().Format(time.RFC3339)
	return b, b.f.SetDocProps(&excelize.DocProperties{Title: title, Creator: "Earmark", LastModifiedBy: "Earmark", Created: stamp, Modified: stamp})
}

// Close removes the temporary files.
func (b *Workbook) Close() error { return b.f.Close() }

// Write ends the workbook.
func (b *Workbook) Write(w io.Writer) error {
	for _, s := range b.open {
		if err := s.Flush(); err != nil {
			return err
		}
	}
	b.f.SetActiveSheet(0)
	return b.f.Write(w)
}

// sheetName makes a name that spreadsheets take: at most 31 characters, none of []:*?/\.
func (b *Workbook) sheetName(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return ' '
		}
		return r
	}, name))
	if r := []rune(name); len(r) > 27 {
		name = string(r[:27])
	}
	if name == "" {
		name = "Table"
	}
	unique := name
	for i := 2; b.names[strings.ToLower(unique)]; i++ {
		unique = fmt.Sprintf("%s %d", name, i)
	}
	b.names[strings.ToLower(unique)] = true
	return unique
}

func (b *Workbook) stream(name string) (*excelize.StreamWriter, string, error) {
	name = b.sheetName(name)
	if len(b.open) == 0 {
		if err := b.f.SetSheetName("Sheet1", name); err != nil {
			return nil, "", err
		}
	} else if _, err := b.f.NewSheet(name); err != nil {
		return nil, "", err
	}
	s, err := b.f.NewStreamWriter(name)
	if err == nil {
		b.open = append(b.open, s)
	}
	return s, name, err
}

// WorkbookSheet is one table of a workbook, row by row, with its titles frozen and a filter.
type WorkbookSheet struct {
	b       *Workbook
	s       *excelize.StreamWriter
	title   string // of the table
	name    string // of the sheet
	columns []models.ReportColumn
	rows    int
	values  []any
	days    map[string]any // numbers of the dates met: there are few, and parsing is slow
}

// Sheet starts a table.
func (b *Workbook) Sheet(title string, columns []models.ReportColumn) (*WorkbookSheet, error) {
	t := &WorkbookSheet{b: b, title: title, columns: columns, values: make([]any, len(columns)), days: map[string]any{}}
	return t, t.begin()
}

func (t *WorkbookSheet) begin() (err error) {
	if t.s, t.name, err = t.b.stream(t.title); err != nil {
		return err
	}
	head := make([]any, len(t.columns))
	for i, c := range t.columns {
		side := 0
		if c.Unit.Numeric() {
			side = 1
		}
		head[i] = excelize.Cell{StyleID: t.b.head[side], Value: c.Title}
		if err := errors.Join(t.s.SetColStyle(i+1, i+1, t.b.styles[c.Unit]), t.s.SetColWidth(i+1, i+1, width(c))); err != nil {
			return err
		}
	}
	if err := t.s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	t.rows = 1
	return t.s.SetRow("A1", head)
}

// width is in characters.
func width(c models.ReportColumn) float64 {
	least := map[models.Unit]int{models.UnitCents: 16, models.UnitDate: 12, models.UnitText: 22}[c.Unit]
	return float64(min(max(least, 10, len(c.Title)+3), 40))
}

// Row writes one row.
func (t *WorkbookSheet) Row(row []models.ReportCell) error {
	if t.rows >= sheetRows {
		if err := t.filter(); err != nil {
			return err
		}
		if err := t.begin(); err != nil {
			return err
		}
	}
	for i, c := range t.columns {
		if c.Unit == models.UnitDate && row[i].Known {
			t.values[i] = t.day(row[i])
		} else {
			t.values[i] = value(c.Unit, row[i])
		}
	}
	t.rows++
	return t.s.SetRow(fmt.Sprintf("A%d", t.rows), t.values)
}

func (t *WorkbookSheet) day(c models.ReportCell) any {
	v, ok := t.days[c.Text]
	if !ok {
		v = value(models.UnitDate, c)
		if len(t.days) < 4000 {
			t.days[c.Text] = v
		}
	}
	return v
}

// Close ends the table with its totals; nil for none.
func (t *WorkbookSheet) Close(totals []models.ReportCell) error {
	if err := t.filter(); err != nil || totals == nil {
		return err
	}
	values := make([]any, len(t.columns))
	for i, c := range t.columns {
		switch v := value(c.Unit, totals[i]); {
		case v != nil:
			values[i] = excelize.Cell{StyleID: t.b.total[c.Unit], Value: v}
		case i == 0:
			values[i] = excelize.Cell{StyleID: t.b.total[models.UnitText], Value: "Total"}
		}
	}
	return t.s.SetRow(fmt.Sprintf("A%d", t.rows+1), values)
}

func (t *WorkbookSheet) filter() error {
	last, err := excelize.CoordinatesToCellName(max(len(t.columns), 1), t.rows)
	if err != nil {
		return err
	}
	return t.b.f.AutoFilter(t.name, "A1:"+last, nil)
}

// exactly is up to where 15 significant digits, which every spreadsheet keeps, are enough.
const exactly = 1_000_000_000_000_000

// value is a cell for the workbook. Text is text, whatever it begins with. A number with
// decimals is a float here and nowhere else: a workbook knows nothing else, and its writer
// gives the shortest decimal text, which is the exact one up to 15 digits.
func value(unit models.Unit, c models.ReportCell) any {
	if !c.Known {
		return nil
	}
	if unit.Numeric() && unit != models.UnitInteger && (c.Number > exactly || c.Number < -exactly) {
		return plain(models.UnitHundredths, c) // as text: a float would not be this number
	}
	switch unit {
	case models.UnitCents, models.UnitHundredths:
		return float64(c.Number) / 100
	case models.UnitBasisPoints:
		return float64(c.Number) / 10000
	case models.UnitInteger:
		return c.Number
	case models.UnitDate:
		if d := models.Date(c.Text); d.Valid() && d >= "1900-03-01" {
			return d.DaysSince("1899-12-30")
		}
	}
	return c.Text
}

// Prose writes a sheet of names and values.
func (b *Workbook) Prose(title string, rows [][2]string) error {
	s, _, err := b.stream(title)
	if err != nil {
		return err
	}
	if err := errors.Join(s.SetColWidth(1, 1, 28), s.SetColWidth(2, 2, 100), s.SetColStyle(1, 2, b.styles[models.UnitText])); err != nil {
		return err
	}
	for i, row := range rows {
		if err := s.SetRow(fmt.Sprintf("A%d", i+1), []any{row[0], row[1]}); err != nil {
			return err
		}
	}
	return nil
}
