package reports

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"earmark/models"
)

// WriteXLSX writes every table of a report on a sheet of its own, and a sheet that tells
// about it.
func WriteXLSX(w io.Writer, r models.Report) (err error) {
	b, err := NewWorkbook(r.Title, r.MadeAt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for _, t := range r.Tables() {
		if err := sheetOf(b, t); err != nil {
			return err
		}
	}
	if err := b.Prose("About", aboutReport(r)); err != nil {
		return err
	}
	return b.Write(w)
}

func sheetOf(b *Workbook, t models.ReportTable) error {
	sheet, err := b.Sheet(t.Title, t.Columns)
	if err != nil {
		return err
	}
	totals := models.NewTotals(t.Columns)
	for row, err := range t.Rows {
		if err == nil {
			err = totals.Add(row)
		}
		if err != nil {
			return err
		}
		if err := sheet.Row(row); err != nil {
			return err
		}
	}
	if !totals.Any() {
		return sheet.Close(nil)
	}
	return sheet.Close(totals.Row())
}

func aboutReport(r models.Report) [][2]string {
	rows := [][2]string{{"Report", r.Title}}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, [2]string{name, value})
		}
	}
	add("", r.Subtitle)
	if r.Synthetic {
		add("Demonstration", syntheticNote)
	}
	add("Program", r.ProgramTitle)
	add("Authority", r.Citation)
	add("As of", string(r.AsOf))
	for _, p := range r.Parameters {
		add(p.Title, p.Value)
	}
	add("Rules", r.RuleVersion)
	rows = append(rows, Made{"report " + r.Code, r.MadeAt, r.MadeWith}.rows()...)
	for _, t := range r.Tables() {
		rows = append(rows, [2]string{}, [2]string{"Table", t.Title})
		for _, text := range append(append([]string{}, t.Text...), t.Notes...) {
			rows = append(rows, [2]string{"", text})
		}
		rows = append(rows, columnRows(t.Columns)...)
	}
	return rows
}

const syntheticNote = "The organizations and every figure in this report are synthetic."

// Made says where something that is taken away is from.
type Made struct {
	Source  string // an address, or the name of a report
	At      time.Time
	Version string // of Earmark
}

func (m Made) rows() [][2]string {
	return [][2]string{{"Source", "Earmark, " + m.Source}, {"Made at", m.At.UTC().Format(time.RFC3339)}, {"Version", m.Version}}
}

func columnRows(columns []models.ReportColumn) [][2]string {
	var rows [][2]string
	for _, c := range columns {
		says := c.Means
		if says == "" {
			says = fmt.Sprintf("%s, in %s.", c.Name, strings.ReplaceAll(string(c.Unit), "_", " "))
		}
		rows = append(rows, [2]string{c.Title, says})
	}
	return rows
}

// XLSX writes structs as rows of a workbook: the columns of CSV, with money, rates and
// dates as numbers.
type XLSX[T any] struct {
	b       *Workbook
	sheet   *WorkbookSheet
	made    Made
	columns []column
	typed   []models.ReportColumn
	cells   []models.ReportCell
}

// NewXLSX starts a workbook of one list. It must be closed.
func NewXLSX[T any](title string, made Made) (*XLSX[T], error) {
	b, err := NewWorkbook(title, made.At)
	if err != nil {
		return nil, err
	}
	x := &XLSX[T]{b: b, made: made, columns: columnsOf(reflect.TypeFor[T](), nil)}
	for _, c := range x.columns {
		x.typed = append(x.typed, models.ReportColumn{Name: c.name, Title: titled(c.name), Unit: unitOf(reflect.TypeFor[T](), c)})
	}
	x.cells = make([]models.ReportCell, len(x.columns))
	if x.sheet, err = b.Sheet(title, x.typed); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return x, nil
}

// Close removes the temporary files.
func (x *XLSX[T]) Close() error { return x.b.Close() }

// Row adds one row.
func (x *XLSX[T]) Row(row T) error {
	v := reflect.ValueOf(row)
	for i, c := range x.columns {
		x.cells[i] = typedCell(x.typed[i].Unit, v.FieldByIndex(c.index))
	}
	return x.sheet.Row(x.cells)
}

// Write ends the workbook, with a sheet that tells where it is from.
func (x *XLSX[T]) Write(w io.Writer) error {
	if err := x.sheet.Close(nil); err != nil {
		return err
	}
	if err := x.b.Prose("About", append(append(x.made.rows(), [2]string{}), columnRows(x.typed)...)); err != nil {
		return err
	}
	return x.b.Write(w)
}

// titled is a column's name in words: amount_cents is money on a sheet and its title Amount.
func titled(name string) string {
	name = strings.TrimSuffix(strings.TrimSuffix(name, "_cents"), "_bp")
	if name == "id" {
		return "ID"
	}
	name = strings.ReplaceAll(name, "_", " ")
	name = strings.TrimSuffix(name, " id") + map[bool]string{true: " ID"}[strings.HasSuffix(name, " id")]
	return strings.ToUpper(name[:1]) + name[1:]
}

func unitOf(t reflect.Type, c column) models.Unit {
	f := t.FieldByIndex(c.index).Type
	if f.Kind() == reflect.Pointer {
		f = f.Elem()
	}
	switch f {
	case reflect.TypeFor[models.Cents]():
		return models.UnitCents
	case reflect.TypeFor[models.BasisPoints]():
		return models.UnitBasisPoints
	case reflect.TypeFor[models.Hundredths]():
		return models.UnitHundredths
	case reflect.TypeFor[models.Date]():
		return models.UnitDate
	}
	switch {
	case f.Kind() != reflect.Int && f.Kind() != reflect.Int32 && f.Kind() != reflect.Int64:
		return models.UnitText
	case strings.HasSuffix(c.name, "_cents"):
		return models.UnitCents
	case strings.HasSuffix(c.name, "_bp"):
		return models.UnitBasisPoints
	}
	return models.UnitInteger
}

func typedCell(unit models.Unit, v reflect.Value) models.ReportCell {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return models.ReportCell{}
		}
		v = v.Elem()
	}
	if unit.Numeric() {
		return models.ReportCell{Known: true, Number: v.Int()}
	}
	if v.Kind() == reflect.String {
		return models.TextCell(v.String())
	}
	return models.TextCell(cell(v))
}

// SheetXLSX is Sheet as a workbook: a table whose columns are known only at run time, all
// of them text.
func SheetXLSX(w io.Writer, title string, columns []string, rows [][]string, made Made) (err error) {
	b, err := NewWorkbook(title, made.At)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	t := models.ReportTable{Name: title, Title: title}
	for _, c := range columns {
		t.Columns = append(t.Columns, models.ReportColumn{Name: c, Title: c, Unit: models.UnitText})
	}
	t.Rows = func(yield func([]models.ReportCell, error) bool) {
		cells := make([]models.ReportCell, len(columns))
		for _, row := range rows {
			for i, text := range row {
				cells[i] = models.TextCell(text)
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
	if err := sheetOf(b, t); err != nil {
		return err
	}
	if err := b.Prose("About", made.rows()); err != nil {
		return err
	}
	return b.Write(w)
}
