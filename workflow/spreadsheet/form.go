package spreadsheet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"earmark/models"
)

// Kind says how a column is typed and shown.
type Kind string

// The kinds.
const (
	Text   Kind = "text"
	Money  Kind = "money"  // dollars with two decimals
	Number Kind = "number" // at most two decimals
	Whole  Kind = "whole"
	Day    Kind = "day" // YYYY-MM-DD
	Choice Kind = "choice"
)

// Column is a column of a form.
type Column struct {
	Title   string
	Kind    Kind
	Options []string // of a Choice
	Help    string   // shown when the cell is chosen
	Width   int      // in characters
	Locked  bool     // a key: people read it and do not change it
	Wrap    bool
}

// Sum is a total beside the form: what the columns Amounts hold in rows whose column Of is Key.
type Sum struct {
	Label string
	Key   string // "" sums every row
}

// Form is a workbook to fill in: instructions, the rows, and totals that the spreadsheet
// computes while one types.
type Form struct {
	Title        string
	About        []string   // under the title: whose it is, as of when
	Instructions [][]string // paragraphs, each with a heading first
	Sheet        string
	Columns      []Column
	Rows         [][]string // text in the form of its kind
	Blank        int        // empty rows to add lines in
	Totals       []Sum
	TotalOf      int   // column that says to which total a row belongs
	Amounts      []int // columns of money that are summed
	SkipWhere    int   // column that, when it is not empty, takes the row out of the totals
	Limit        models.Cents
	LimitLabel   string
	LeftLabel    string
	TotalLabel   string
	TotalsSheet  string
	HelpSheet    string
	Meta         map[string]string
	MadeAt       time.Time
}

type writer struct {
	Form
	f      *excelize.File
	styles map[string]int
	errs   []error
}

func (w *writer) try(err error) {
	if err != nil {
		w.errs = append(w.errs, err)
	}
}

// Write makes the workbook.
func (form Form) Write(out io.Writer) error {
	w := &writer{Form: form, f: excelize.NewFile(), styles: map[string]int{}}
	defer func() { _ = w.f.Close() }()
	w.try(w.f.SetSheetName("Sheet1", w.HelpSheet))
	for _, name := range []string{w.Sheet, w.TotalsSheet, listSheet, metaSheet} {
		_, err := w.f.NewSheet(name)
		w.try(err)
	}
	w.style()
	w.help()
	w.lists()
	w.rows()
	w.totals()
	w.meta()
	stamp := w.MadeAt.UTC().Format(time.RFC3339)
	w.try(w.f.SetDocProps(&excelize.DocProperties{Title: w.Title, Creator: "Earmark", LastModifiedBy: "Earmark", Created: stamp, Modified: stamp}))
	w.f.SetActiveSheet(1)
	if err := errors.Join(w.errs...); err != nil {
		return err
	}
	return w.f.Write(out)
}

const listSheet = "_lists"

var kindFormats = map[Kind]string{Text: "@", Choice: "@", Money: "#,##0.00", Number: "#,##0.00", Whole: "0", Day: "yyyy-mm-dd"}

func (w *writer) style() {
	border := []excelize.Border{{Type: "bottom", Color: "DFE1E2", Style: 1}, {Type: "right", Color: "DFE1E2", Style: 1}}
	add := func(name string, s *excelize.Style) {
		id, err := w.f.NewStyle(s)
		w.try(err)
		w.styles[name] = id
	}
	for kind, format := range kindFormats {
		align := &excelize.Alignment{Vertical: "top", WrapText: kind == Text}
		if kind == Money || kind == Number || kind == Whole {
			align.Horizontal = "right"
		}
		add(string(kind), &excelize.Style{CustomNumFmt: &format, Alignment: align, Border: border, Protection: &excelize.Protection{Locked: false}})
		add("locked "+string(kind), &excelize.Style{CustomNumFmt: &format, Alignment: align, Border: border, Font: &excelize.Font{Color: "565C65"},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EDEFF0"}}, Protection: &excelize.Protection{Locked: true}})
	}
	money := kindFormats[Money]
	add("head", &excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"162E51"}}, Protection: &excelize.Protection{Locked: true}})
	add("title", &excelize.Style{Font: &excelize.Font{Bold: true, Size: 16}})
	add("heading", &excelize.Style{Font: &excelize.Font{Bold: true, Size: 12}})
	add("prose", &excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	add("sum", &excelize.Style{CustomNumFmt: &money, Alignment: &excelize.Alignment{Horizontal: "right"}})
	add("bold sum", &excelize.Style{CustomNumFmt: &money, Alignment: &excelize.Alignment{Horizontal: "right"}, Font: &excelize.Font{Bold: true}, Border: []excelize.Border{{Type: "top", Color: "1B1B1B", Style: 1}}})
	add("bold", &excelize.Style{Font: &excelize.Font{Bold: true}, Border: []excelize.Border{{Type: "top", Color: "1B1B1B", Style: 1}}})
}

func (w *writer) put(sheet string, column, row int, text, style string) {
	at, err := excelize.CoordinatesToCellName(column, row)
	w.try(err)
	w.try(w.f.SetCellStr(sheet, at, text))
	if style != "" {
		w.try(w.f.SetCellStyle(sheet, at, at, w.styles[style]))
	}
}

func (w *writer) help() {
	sheet, row := w.HelpSheet, 1
	w.try(w.f.SetColWidth(sheet, "A", "A", 100))
	w.put(sheet, 1, row, w.Title, "title")
	for _, line := range w.About {
		row++
		w.put(sheet, 1, row, line, "prose")
	}
	for _, part := range w.Instructions {
		row += 2
		w.put(sheet, 1, row, part[0], "heading")
		for _, line := range part[1:] {
			row++
			w.put(sheet, 1, row, line, "prose")
		}
	}
	w.protect(sheet)
}

// protect keeps people from changing what would not come back; there is no password.
func (w *writer) protect(sheet string) {
	w.try(w.f.ProtectSheet(sheet, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true, FormatCells: true, Sort: true, AutoFilter: true}))
}

// lists writes the choices of every column on a hidden sheet: a dropdown takes them from there,
// as one typed into the validation may have 255 characters only.
func (w *writer) lists() {
	for i, c := range w.Columns {
		for row, option := range c.Options {
			w.put(listSheet, i+1, row+1, option, "")
		}
	}
	w.try(w.f.SetSheetVisible(listSheet, false, true))
}

func (w *writer) last() int { return 1 + len(w.Rows) + w.Blank }

func letter(column int) string {
	name, _ := excelize.ColumnNumberToName(column + 1)
	return name
}

func (w *writer) rows() {
	locked := 0
	for i, c := range w.Columns {
		at := letter(i)
		w.put(w.Sheet, i+1, 1, c.Title, "head")
		w.try(w.f.SetColWidth(w.Sheet, at, at, float64(c.Width))) //nolint:forbidigo // excelize measures columns so; no money
		style := w.styles[string(c.Kind)]
		if c.Locked {
			style, locked = w.styles["locked "+string(c.Kind)], i+1
		}
		w.try(w.f.SetCellStyle(w.Sheet, at+"2", fmt.Sprintf("%s%d", at, w.last()), style))
		w.validate(i, c)
		for row := range w.Rows {
			w.value(i, row+2, c.Kind, w.Rows[row][i])
		}
	}
	w.try(w.f.SetRowHeight(w.Sheet, 1, 32))
	w.try(w.f.SetPanes(w.Sheet, &excelize.Panes{Freeze: true, XSplit: locked, YSplit: 1, TopLeftCell: letter(locked) + "2", ActivePane: "bottomRight"}))
	w.protect(w.Sheet)
}

func (w *writer) value(column, row int, kind Kind, text string) {
	if text == "" {
		return
	}
	at := fmt.Sprintf("%s%d", letter(column), row)
	switch kind {
	case Money, Number, Whole: // the digits as they are: no float in between
		w.try(w.f.SetCellDefault(w.Sheet, at, strings.ReplaceAll(text, ",", "")))
	case Day:
		if d := models.Date(text); d.Valid() && d >= "1900-03-01" {
			w.try(w.f.SetCellInt(w.Sheet, at, int64(d.DaysSince("1899-12-30"))))
			return
		}
		fallthrough
	default:
		w.try(w.f.SetCellStr(w.Sheet, at, text))
	}
}

func (w *writer) validate(i int, c Column) {
	if c.Locked {
		return
	}
	v := excelize.NewDataValidation(true)
	v.SetSqref(fmt.Sprintf("%s2:%s%d", letter(i), letter(i), w.last()))
	switch c.Kind {
	case Choice:
		if len(c.Options) == 0 {
			return
		}
		v.SetSqrefDropList(fmt.Sprintf("'%s'!$%s$1:$%s$%d", listSheet, letter(i), letter(i), len(c.Options)))
		v.SetError(excelize.DataValidationErrorStyleStop, "Not in the list", "Choose one of the list.")
	case Money, Number:
		w.try(v.SetRange("0", "1000000000000", excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween))
		v.SetError(excelize.DataValidationErrorStyleStop, "Not a number", "Type a number of at least 0, such as 1234.50.")
	case Whole:
		w.try(v.SetRange("0", "1000000", excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween))
		v.SetError(excelize.DataValidationErrorStyleStop, "Not a whole number", "Type a whole number of at least 0.")
	case Day:
		w.try(v.SetRange("36526", "73050", excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween))
		v.SetError(excelize.DataValidationErrorStyleStop, "Not a date", "Type a date.")
	default:
		if c.Help == "" {
			return
		}
	}
	if c.Help != "" {
		title, help := []rune(c.Title), []rune(c.Help)
		v.SetInput(string(title[:min(len(title), 32)]), string(help[:min(len(help), 250)]))
	}
	w.try(w.f.AddDataValidation(w.Sheet, v))
}

// totals are formulas over the rows, so that they are right while one types.
func (w *writer) totals() {
	sheet, row := w.TotalsSheet, 1
	w.try(w.f.SetColWidth(sheet, "A", "A", 60))
	w.try(w.f.SetColWidth(sheet, "B", "B", 18))
	sum := func(key string) string {
		var parts []string
		for _, column := range w.Amounts {
			area := func(c int) string { return fmt.Sprintf("'%s'!$%s$2:$%s$%d", w.Sheet, letter(c), letter(c), w.last()) }
			what := area(column)
			criteria := fmt.Sprintf(`,%s,"="`, area(w.SkipWhere)) // empty
			if key != "" {
				criteria += fmt.Sprintf(`,%s,"%s"`, area(w.TotalOf), strings.ReplaceAll(key, `"`, `""`))
			}
			parts = append(parts, "SUMIFS("+what+criteria+")")
		}
		return strings.Join(parts, "+")
	}
	formula := func(text, style string) {
		at := fmt.Sprintf("B%d", row)
		w.try(w.f.SetCellFormula(sheet, at, text))
		w.try(w.f.SetCellStyle(sheet, at, at, w.styles[style]))
	}
	w.put(sheet, 1, row, w.Title, "title")
	for _, t := range w.Totals {
		row++
		w.put(sheet, 1, row, t.Label, "")
		formula(sum(t.Key), "sum")
	}
	row++
	total := row
	w.put(sheet, 1, row, w.TotalLabel, "bold")
	formula(sum(""), "bold sum")
	row++
	w.put(sheet, 1, row, w.LimitLabel, "")
	at := fmt.Sprintf("B%d", row)
	w.try(w.f.SetCellDefault(sheet, at, strings.NewReplacer("$", "", ",", "").Replace(w.Limit.String())))
	w.try(w.f.SetCellStyle(sheet, at, at, w.styles["sum"]))
	row++
	w.put(sheet, 1, row, w.LeftLabel, "bold")
	formula(fmt.Sprintf("B%d-B%d", row-1, total), "bold sum")
	w.protect(sheet)
}

func (w *writer) meta() {
	w.Meta[sheetKey] = w.Sheet
	names := make([]string, 0, len(w.Meta))
	for name := range w.Meta {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		w.put(metaSheet, 1, i+1, name, "")
		w.put(metaSheet, 2, i+1, w.Meta[name], "")
	}
	w.try(w.f.SetSheetVisible(metaSheet, false, true))
}
