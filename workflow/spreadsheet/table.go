// Package spreadsheet reads tables out of workbooks and pasted text, and writes forms that
// are filled in in a spreadsheet. It knows nothing of what the columns mean.
package spreadsheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"earmark/models"
)

// Limits bound what is read of a file that somebody sends.
type Limits struct {
	Bytes    int   // of the file
	Unzipped int64 // of a workbook when it is decompressed
	Rows     int
	Columns  int
}

// Table is what a file or a pasted text holds: cells as text, with where they stand.
type Table struct {
	Sheet string // "" for text
	Rows  []Row
	Meta  map[string]string // of a workbook that Form.Write made
}

// Row is a row that is not empty. Number counts from 1, as a spreadsheet shows it.
type Row struct {
	Number int
	Cells  []string // trimmed
}

// Cell is the text of a column, counted from 0; "" beyond the row's end.
func (r Row) Cell(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return r.Cells[column]
}

// Address is where a cell stands as people of spreadsheets say it: Lines!C7.
func (t Table) Address(row, column int) string {
	if column < 0 {
		column = 0
	}
	name, err := excelize.CoordinatesToCellName(column+1, max(row, 1))
	if err != nil {
		return ""
	}
	if t.Sheet == "" {
		return name
	}
	return t.Sheet + "!" + name
}

func refuse(code, detail, fix string) error {
	return &models.Error{Kind: models.Invalid, Code: "invalid_input", Detail: detail,
		Fields: []models.FieldError{{Pointer: "/file", Code: code, Detail: detail, Fix: fix, Severity: "error"}}}
}

// ReadText reads cells separated by tabs (as spreadsheets paste them) or commas.
func ReadText(content []byte, comma rune, limits Limits) (Table, error) {
	var t Table
	if len(content) > limits.Bytes {
		return t, refuse("csv.too_large", fmt.Sprintf("The text has %d bytes.", len(content)), fmt.Sprintf("Send at most %d bytes.", limits.Bytes))
	}
	content = bytes.TrimPrefix(content, []byte{0xef, 0xbb, 0xbf})
	if !utf8.Valid(content) {
		return t, refuse("csv.encoding", "The text is not UTF-8.", `Save it as "CSV UTF-8", or paste it.`)
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	number := 0
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		number++
		if err != nil {
			return t, refuse("csv.syntax", fmt.Sprintf("Row %d cannot be read: %v.", number, err), "Copy the cells again, or quote a cell that holds separators.")
		}
		if err := t.add(number, cells, limits); err != nil {
			return t, err
		}
	}
}

func (t *Table) add(number int, cells []string, limits Limits) error {
	if len(cells) > limits.Columns {
		cells = cells[:limits.Columns]
	}
	empty := true
	for i := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "\r\n", "\n"))
		empty = empty && cells[i] == ""
	}
	if empty {
		return nil
	}
	if len(t.Rows) == limits.Rows {
		return refuse("csv.too_many_rows", fmt.Sprintf("There are more than %d rows.", limits.Rows), "Split the file.")
	}
	t.Rows = append(t.Rows, Row{number, cells})
	return nil
}

// ReadWorkbook reads one sheet of an XLSX file: the one that Form.Write made when there is
// one, else the first. Cells come as they are stored: numbers without format, dates as days.
func ReadWorkbook(content []byte, limits Limits) (Table, error) {
	var t Table
	if len(content) > limits.Bytes {
		return t, refuse("csv.too_large", fmt.Sprintf("The workbook has %d bytes.", len(content)), fmt.Sprintf("Send at most %d bytes.", limits.Bytes))
	}
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: limits.Unzipped, UnzipXMLSizeLimit: limits.Unzipped})
	if err != nil {
		if strings.Contains(err.Error(), "unzip size") {
			return t, refuse("workbook.too_large", fmt.Sprintf("The workbook is larger than %d bytes when it is unpacked.", limits.Unzipped), "Remove pictures, other sheets and formats, and send it again.")
		}
		return t, refuse("workbook.unreadable", "The file is not a workbook that can be read.", "Save it as Excel Workbook (.xlsx) without a password, or as CSV.")
	}
	defer func() { _ = f.Close() }()
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return t, refuse("workbook.unreadable", "The workbook has no sheet.", "Save it as Excel Workbook (.xlsx), or as CSV.")
	}
	t.Meta = metaOf(f)
	t.Sheet = sheets[0]
	if name := t.Meta[sheetKey]; name != "" {
		t.Sheet = name
	}
	rows, err := f.Rows(t.Sheet)
	if err != nil {
		return t, refuse("workbook.no_sheet", fmt.Sprintf("The sheet %s is missing from the workbook.", t.Sheet), "Download the workbook again and fill it in; sheets keep their names.")
	}
	defer func() { _ = rows.Close() }()
	for number := 1; rows.Next(); number++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return t, refuse("workbook.unreadable", fmt.Sprintf("Row %d of sheet %s cannot be read.", number, t.Sheet), "Save the workbook again as .xlsx.")
		}
		if err := t.add(number, cells, limits); err != nil {
			return t, err
		}
	}
	if err := rows.Error(); err != nil {
		return t, refuse("workbook.unreadable", "The sheet cannot be read.", "Save the workbook again as .xlsx.")
	}
	return t, nil
}

const (
	metaSheet = "_earmark"
	sheetKey  = "sheet"
)

// metaOf reads the hidden sheet in which a form tells what it was made from.
func metaOf(f *excelize.File) map[string]string {
	meta := map[string]string{}
	rows, err := f.GetRows(metaSheet)
	if err != nil {
		return meta // not a workbook of ours
	}
	for _, row := range rows {
		if len(row) == 2 {
			meta[row[0]] = row[1]
		}
	}
	return meta
}
