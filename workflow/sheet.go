package workflow

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"earmark/models"
)

// What a file of organizations or facts may hold.
const (
	MaxImportBytes = 20 << 20
	MaxImportRows  = 200_000
	// maxReported is how many mistakes of one file are listed; the rest are counted.
	maxReported = 2_000
)

// sheet is a CSV file as a spreadsheet shows it: named columns, rows numbered from 1 with
// the header, and everything that is wrong with it.
type sheet struct {
	columns []string // of the header, in file order
	rows    []sheetRow
	found   []mistake
	count   int // of mistakes, listed or not
}

// mistake is what is wrong, in a row or (0) with the whole file.
type mistake struct {
	row int
	models.FieldError
}

type sheetRow struct {
	number int
	cells  []string // trimmed, one per column
}

// sheetColumns are the columns that a file may have.
type sheetColumns struct {
	required []string
	optional []string
	named    []string // what the columns are, by position, whatever their headings; "-" passes over one
}

// readSheet reads CSV bytes: UTF-8 with or without a byte order mark, LF or CRLF, quotes
// as in RFC 4180. It finds every mistake of form; it never fails.
func readSheet(content []byte, want sheetColumns) *sheet {
	s := &sheet{}
	switch {
	case len(content) > MaxImportBytes:
		s.fault("/file", "csv.too_large", fmt.Sprintf("The file has %d bytes.", len(content)), fmt.Sprintf("Send at most %d bytes; split the file.", MaxImportBytes))
		return s
	case bytes.HasPrefix(content, []byte{0xff, 0xfe}), bytes.HasPrefix(content, []byte{0xfe, 0xff}):
		s.fault("/file", "csv.encoding", "The file is UTF-16.", `Save it as "CSV UTF-8".`)
		return s
	}
	content = bytes.TrimPrefix(content, []byte{0xef, 0xbb, 0xbf})
	if !utf8.Valid(content) {
		s.fault("/file", "csv.encoding", "The file is not UTF-8.", `Save it as "CSV UTF-8".`)
		return s
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		s.fault("/file", "csv.empty", "The file has no header that can be read.", "Begin with a row of column names: "+strings.Join(want.required, ",")+".")
		return s
	}
	if !s.header(header, want) {
		return s
	}
	s.body(r)
	return s
}

func (s *sheet) header(names []string, want sheetColumns) bool {
	known := slices.Concat(want.required, want.optional)
	if len(want.named) == len(names) {
		names = want.named
	}
	for i, n := range names {
		name := strings.ToLower(strings.TrimSpace(n))
		at := "/columns/" + pointerToken(name)
		switch {
		case name == ignoredColumn && want.named != nil:
		case !slices.Contains(known, name):
			fix := "Remove it, or name one of: " + strings.Join(known, ", ") + "."
			if len(names) == 1 && strings.Contains(name, ";") {
				fix = "Separate the columns by commas, not semicolons."
			}
			s.fault(at, "csv.column_unknown", fmt.Sprintf("Column %d, %q, is not a column of this file.", i+1, n), fix)
		case slices.Contains(s.columns, name):
			s.fault(at, "csv.column_repeated", fmt.Sprintf("The column %s stands twice in the header.", name), "Keep one of them.")
		}
		s.columns = append(s.columns, name)
	}
	for _, name := range want.required {
		if !slices.Contains(s.columns, name) {
			s.fault("/columns/"+name, "csv.column_missing", fmt.Sprintf("The column %s is missing.", name), "Add it to the header.")
		}
	}
	return s.count == 0
}

func (s *sheet) body(r *csv.Reader) {
	for number := 2; ; number++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			if len(s.rows) == 0 && s.count == 0 {
				s.fault("/file", "csv.no_rows", "The file has a header and no rows.", "Add the rows.")
			}
			return
		}
		if err != nil {
			s.syntax(number, err)
			continue // the reader goes on with the next line
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if !slices.ContainsFunc(cells, func(c string) bool { return c != "" }) {
			continue // spreadsheets leave empty rows at the end
		}
		if len(cells) != len(s.columns) {
			s.note(number, fmt.Sprintf("/rows/%d", number), "csv.column_count",
				fmt.Sprintf("Row %d has %d cells, the header has %d.", number, len(cells), len(s.columns)), "Give every row one cell per column; quote cells that hold commas.")
			continue
		}
		if len(s.rows) == MaxImportRows {
			s.fault("/file", "csv.too_many_rows", fmt.Sprintf("The file has more than %d rows.", MaxImportRows), "Split the file.")
			return
		}
		row := sheetRow{number, cells}
		for i, c := range cells {
			if !utf8.ValidString(c) || strings.ContainsFunc(c, func(x rune) bool { return x < 0x20 || x == 0x7f }) {
				s.cell(row, s.columns[i], "text", "a control character or line break cannot be stored.", "Remove it.")
				cells[i] = ""
			}
		}
		s.rows = append(s.rows, row)
	}
}

func (s *sheet) syntax(number int, err error) {
	detail := err.Error()
	var p *csv.ParseError
	if errors.As(err, &p) {
		detail = fmt.Sprintf("Row %d (line %d of the file) is not CSV: %v.", number, p.StartLine, p.Err)
	}
	s.note(number, fmt.Sprintf("/rows/%d", number), "csv.syntax", detail, `Quote a cell that holds commas, quotes or line breaks, and double each quote inside: "5"" ruler".`)
}

// fault records a mistake of the file as a whole.
func (s *sheet) fault(at, code, detail, fix string) { s.note(0, at, code, detail, fix) }

// cell records a mistake of one cell.
func (s *sheet) cell(row sheetRow, column, code, detail, fix string) {
	s.note(row.number, fmt.Sprintf("/rows/%d/%s", row.number, pointerToken(column)), code, fmt.Sprintf("Row %d, column %s: %s", row.number, column, detail), fix)
}

func (s *sheet) note(row int, at, code, detail, fix string) {
	s.count++
	if len(s.found) < maxReported {
		s.found = append(s.found, mistake{row, models.FieldError{Pointer: at, Code: code, Detail: detail, Fix: fix, Severity: "error"}})
	}
}

// wrong lists the mistakes in the order of rows.
func (s *sheet) wrong() []models.FieldError {
	slices.SortStableFunc(s.found, func(a, b mistake) int { return a.row - b.row })
	fields := make([]models.FieldError, len(s.found))
	for i, m := range s.found {
		fields[i] = m.FieldError
	}
	return fields
}

// at is the position of a column, or -1.
func (s *sheet) at(column string) int { return slices.Index(s.columns, column) }

// get is the cell of a column, "" when the file does not have it.
func (row sheetRow) get(at int) string {
	if at < 0 {
		return ""
	}
	return row.cells[at]
}

// err is nil when nothing is wrong.
func (s *sheet) err() error {
	if s.count == 0 {
		return nil
	}
	detail := fmt.Sprintf("The file has %d mistakes. Nothing was imported.", s.count)
	if s.count == 1 {
		detail = "The file has a mistake. Nothing was imported."
	}
	if s.count > len(s.found) {
		detail += fmt.Sprintf(" The first %d are listed.", len(s.found))
	}
	return &models.Error{Kind: models.Invalid, Code: "import.invalid_file", Detail: detail, Fields: s.wrong()}
}

func pointerToken(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
