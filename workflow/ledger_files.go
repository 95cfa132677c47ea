package workflow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"earmark/models"
)

// ledgerRow is one row of a ledger file, read but not yet matched with a line.
type ledgerRow struct {
	number   int // in the file, from 1, with the header
	line     int // line item number; 0 when the row names codes
	function string
	object   string
	school   string
	grant    string
	amount   models.Cents
	spentOn  models.Date
	vendor   string
	invoice  string
	memo     string
	key      string
}

var ledgerColumns = sheetColumns{
	optional: []string{"line_number", "function_code", "object_code", "school_code", "grant_code", "amount", "amount_cents", "spent_on", "vendor", "invoice", "memo"},
}

// What a cell must look like. Spreadsheets drop the leading zeros of a school code.
var (
	functionForm = regexp.MustCompile(`^[0-9]{3}$`)
	objectForm   = regexp.MustCompile(`^[0-9]{4}$`)
	schoolForm   = regexp.MustCompile(`^[0-9]{1,5}$`)
)

// maxRowCents bounds one row, so that no sum of a file can overflow.
const maxRowCents models.Cents = 1_000_000_000_000

// readLedgerCSV reads a ledger file with a header. A row names its line by line_number, or
// by function_code and object_code with or without school_code. Amounts are dollars in
// "amount" (1,234.50, credits as -12.00 or (12.00)) or cents in "amount_cents". fallback is
// the date of rows without one; columns, unless nil, say what the headings are. Every
// mistake of every cell is found.
func readLedgerCSV(content []byte, fallback models.Date, columns []LedgerColumn) ([]ledgerRow, error) {
	want := ledgerColumns
	for _, c := range columns {
		want.named = append(want.named, c.Key)
	}
	s := readSheet(content, want)
	if s.columns != nil && s.at("amount") < 0 && s.at("amount_cents") < 0 {
		s.fault("/columns/amount", "csv.column_missing", "The column amount (dollars) or amount_cents is missing.", "Add one of them to the header.")
	}
	if s.columns != nil && s.at("line_number") < 0 && (s.at("function_code") < 0 || s.at("object_code") < 0) {
		s.fault("/columns/line_number", "csv.column_missing", "The file says neither line_number nor function_code and object_code.", "Add line_number, or both codes, to the header.")
	}
	at := map[string]int{}
	for _, c := range ledgerColumns.optional {
		at[c] = s.at(c)
	}
	rows := make([]ledgerRow, 0, len(s.rows))
	for _, raw := range s.rows {
		c := ledgerCells{sheet: s, raw: raw, at: at}
		rows = append(rows, c.row(fallback))
	}
	if err := s.err(); err != nil {
		return nil, err
	}
	return keyed(rows), nil
}

// ledgerCells reads the cells of one row.
type ledgerCells struct {
	sheet *sheet
	raw   sheetRow
	at    map[string]int
}

func (c ledgerCells) get(column string) string { return c.raw.get(c.at[column]) }

func (c ledgerCells) wrong(column, code, detail, fix string) {
	c.sheet.cell(c.raw, column, code, detail, fix)
}

func (c ledgerCells) row(fallback models.Date) ledgerRow {
	r := ledgerRow{number: c.raw.number, grant: c.get("grant_code"), spentOn: c.date(fallback), amount: c.amount(),
		function: c.code("function_code", functionForm, "three digits"), object: c.code("object_code", objectForm, "four digits"),
		school: c.code("school_code", schoolForm, "up to five digits"),
		vendor: c.text("vendor", 200), invoice: c.text("invoice", 100), memo: c.text("memo", 1000)}
	if r.school != "" {
		r.school = strings.Repeat("0", 5-len(r.school)) + r.school
	}
	if text := c.get("line_number"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1_000_000 {
			c.wrong("line_number", "number", fmt.Sprintf("%q is not the number of a line.", text), "Give the line's number, such as 3, or leave the cell empty and give the codes.")
		}
		r.line = n
	} else if c.get("function_code") == "" || c.get("object_code") == "" {
		c.wrong("line_number", "required", "the row says neither line_number nor function_code and object_code.", "Give the line's number, or both codes.")
	}
	return r
}

func (c ledgerCells) code(column string, form *regexp.Regexp, says string) string {
	text := c.get(column)
	if text != "" && !form.MatchString(text) {
		c.wrong(column, "code", fmt.Sprintf("%q is not %s.", text, says), "Give the code of the chart of accounts in "+says+".")
		return ""
	}
	return text
}

func (c ledgerCells) text(column string, most int) string {
	text := c.get(column)
	if utf8.RuneCountInString(text) > most {
		c.wrong(column, "max", fmt.Sprintf("the text is longer than %d characters.", most), "Shorten it.")
		return ""
	}
	return text
}

func (c ledgerCells) date(fallback models.Date) models.Date {
	text := c.get("spent_on")
	if text == "" {
		if fallback.IsZero() {
			c.wrong("spent_on", "required", "the date is missing.", "Give the date of the transaction as YYYY-MM-DD.")
		}
		return fallback
	}
	d, err := models.ParseDate(text)
	if err == nil {
		return d
	}
	if t, err := time.Parse("1/2/2006", text); err == nil { // as American spreadsheets write it
		return models.NewDate(t.Year(), t.Month(), t.Day())
	}
	c.wrong("spent_on", "civil_date", fmt.Sprintf("%q is not a date that exists.", text), "Give it as YYYY-MM-DD or MM/DD/YYYY.")
	return ""
}

func (c ledgerCells) amount() models.Cents {
	dollars, cents := c.get("amount"), c.get("amount_cents")
	column := "amount"
	var amount models.Cents
	var err error
	switch {
	case dollars == "" && cents == "":
		if c.at["amount"] < 0 {
			column = "amount_cents"
		}
		c.wrong(column, "required", "the amount is missing.", "Give the amount.")
		return 0
	case dollars != "" && cents != "":
		c.wrong("amount_cents", "twice", "the row gives the amount in dollars and in cents.", "Keep one of them.")
		return 0
	case cents != "":
		column = "amount_cents"
		var n int64
		n, err = strconv.ParseInt(cents, 10, 64)
		amount = models.Cents(n)
	default:
		amount, err = models.ParseCents(dollars)
	}
	return c.bounded(column, amount, err)
}

func (c ledgerCells) bounded(column string, amount models.Cents, err error) models.Cents {
	switch {
	case err != nil && column == "amount":
		c.wrong(column, "amount", fmt.Sprintf("%q is not an amount of dollars.", c.get(column)), "Write it as 1234.50 or 1,234.50, a credit as -12.00 or (12.00).")
	case err != nil:
		c.wrong(column, "amount", fmt.Sprintf("%q is not a whole number of cents.", c.get(column)), "Write $1,234.50 as 123450.")
	case amount == 0:
		c.wrong(column, "ne", "the amount is 0.", "Leave the row out, or give its amount.")
	case amount > maxRowCents || amount < -maxRowCents:
		c.wrong(column, "max", "the amount is too large for one row.", fmt.Sprintf("Give at most %s.", maxRowCents))
	default:
		return amount
	}
	return 0
}

// fidField is a field of the FID expenditure record: positions from 1, both included.
type fidField struct {
	column   string
	from, to int
	form     *regexp.Regexp
	says     string
}

// The Financial Information Database's expenditure record: 39 characters of fixed width.
var fidFields = []fidField{
	{"fund", 1, 2, regexp.MustCompile(`^[0-9]{2}$`), "two digits"},
	{"function_code", 3, 5, functionForm, "three digits"},
	{"object_code", 6, 9, objectForm, "four digits"},
	{"program", 10, 12, regexp.MustCompile(`^([0-9A-Za-z]{3})?$`), "three letters or digits, or blank"},
	{"grant_code", 13, 16, regexp.MustCompile(`^([0-9A-Za-z]{1,4})?$`), "up to four letters or digits, or blank"},
	{"school_code", 17, 21, regexp.MustCompile(`^([0-9]{5})?$`), "five digits, or blank"},
	{"other", 22, 25, regexp.MustCompile(`^([0-9A-Za-z]{1,4})?$`), "up to four letters or digits, or blank"},
	{"amount", 26, 39, regexp.MustCompile(`^-?[0-9]+(\.[0-9]{2})?$`), "a number, right aligned"},
}

const fidWidth = 39

// readLedgerFID reads FID expenditure records, one a line. The record has no date, vendor
// or invoice: every row gets spentOn. An amount without a decimal point is in whole cents,
// one with a point in dollars and two decimals; a minus sign may lead.
func readLedgerFID(content []byte, spentOn models.Date) ([]ledgerRow, error) {
	s := &sheet{}
	if len(content) > MaxImportBytes {
		s.fault("/file", "csv.too_large", fmt.Sprintf("The file has %d bytes.", len(content)), fmt.Sprintf("Send at most %d bytes; split the file.", MaxImportBytes))
		return nil, s.err()
	}
	var rows []ledgerRow
	number := 0
	for raw := range bytes.Lines(content) {
		number++
		record := strings.TrimRight(string(raw), "\r\n\x1a ")
		if record == "" {
			continue
		}
		if len(rows) == MaxImportRows {
			s.fault("/file", "csv.too_many_rows", fmt.Sprintf("The file has more than %d rows.", MaxImportRows), "Split the file.")
			break
		}
		rows = append(rows, fidRecord(s, number, record, spentOn))
	}
	if number == 0 || (len(rows) == 0 && s.count == 0) {
		s.fault("/file", "fid.no_rows", "The file has no records.", "Send the FID expenditure file.")
	}
	if err := s.err(); err != nil {
		return nil, err
	}
	return keyed(rows), nil
}

func fidRecord(s *sheet, number int, record string, spentOn models.Date) ledgerRow {
	row := ledgerRow{number: number, spentOn: spentOn}
	if len(record) != fidWidth {
		s.fault(fmt.Sprintf("/rows/%d", number), "fid.width", fmt.Sprintf("Row %d has %d characters.", number, len(record)),
			fmt.Sprintf("A record has %d characters: fund 1-2, function 3-5, object 6-9, program 10-12, grant code 13-16, school 17-21, other 22-25, amount 26-39.", fidWidth))
		return row
	}
	for _, f := range fidFields {
		text := strings.TrimSpace(record[f.from-1 : f.to])
		if !f.form.MatchString(text) {
			s.cell(sheetRow{number: number}, f.column, "fid.form", fmt.Sprintf("%q at %d-%d is not %s.", record[f.from-1:f.to], f.from, f.to, f.says), "Give "+f.says+".")
			continue
		}
		switch f.column {
		case "function_code":
			row.function = text
		case "object_code":
			row.object = text
		case "grant_code":
			row.grant = text
		case "school_code":
			row.school = text
		case "amount":
			row.amount = fidAmount(s, number, text)
		}
	}
	return row
}

func fidAmount(s *sheet, number int, text string) models.Cents {
	n, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	amount := models.Cents(n)
	switch {
	case err != nil || amount > maxRowCents || amount < -maxRowCents:
		s.cell(sheetRow{number: number}, "amount", "max", "the amount is too large for one row.", fmt.Sprintf("Give at most %s.", maxRowCents))
		return 0
	case amount == 0:
		s.cell(sheetRow{number: number}, "amount", "ne", "the amount is 0.", "Leave the record out.")
	}
	return amount
}

// keyed gives every row a key of its content and of how many equal rows stand before it:
// two equal rows of one file both count, the same row in an overlapping file does not.
func keyed(rows []ledgerRow) []ledgerRow {
	seen := make(map[[16]byte]int, len(rows))
	var b []byte
	for i := range rows {
		r := &rows[i]
		b = b[:0]
		b = strconv.AppendInt(b, int64(r.line), 10)
		for _, text := range []string{r.function, r.object, r.school, r.grant, string(r.spentOn), r.vendor, r.invoice, r.memo} {
			b = append(append(b, '\x1f'), text...)
		}
		b = strconv.AppendInt(append(b, '\x1f'), int64(r.amount), 10)
		sum := sha256.Sum256(b)
		content := [16]byte(sum[:16])
		seen[content]++
		r.key = hex.EncodeToString(content[:]) + "-" + strconv.Itoa(seen[content])
	}
	return rows
}
