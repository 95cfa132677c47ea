package tablecheck

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// DecodeCSV reads a single table. The first row names the columns; the first column names
// the lines, a column called title is text. Lines before the first row may say
//
//	#table E-SUM
//	#check 9 = 1..8
//
// where a check is a formula over lines or over columns. Without any, a column or a line
// called total is the sum of the others. The error is *models.Error.
func DecodeCSV(r io.Reader, code string) (File, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return File{}, unreadable(err.Error())
	}
	if len(text) > MaxBytes {
		return File{}, unreadable(fmt.Sprintf("the file has more than %d bytes", MaxBytes))
	}
	rest := strings.TrimPrefix(string(text), "\ufeff")
	t := Table{Code: code}
	var formulas []string
	for strings.HasPrefix(rest, "#") {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		word, value, _ := strings.Cut(strings.TrimSpace(line[1:]), " ")
		switch value = strings.TrimSpace(value); word {
		case "table":
			t.Code = value
		case "check":
			formulas = append(formulas, value)
		}
	}
	records := csv.NewReader(strings.NewReader(rest))
	records.FieldsPerRecord = -1
	rows, err := records.ReadAll()
	if err != nil {
		return File{}, unreadable(err.Error())
	}
	if len(rows) == 0 || len(rows[0]) < 2 {
		return File{}, unreadable("the first row has to name the columns: line,title,Y1,Y2,total")
	}
	title := t.header(rows[0])
	for _, row := range rows[1:] {
		t.record(row, title)
	}
	return File{Tables: []Table{t}, Checks: t.formulas(formulas)}, nil
}

// header takes the columns and returns the place of the titles, or -1.
func (t *Table) header(row []string) (title int) {
	title = -1
	for i, name := range row[1:] {
		if name = strings.TrimSpace(name); name == "title" {
			title = i + 1
			continue
		}
		t.Columns = append(t.Columns, Column{Code: name})
	}
	return title
}

func (t *Table) record(row []string, title int) {
	r := Row{Code: strings.TrimSpace(row[0])}
	for i, cell := range row[1:] {
		if i+1 == title {
			r.Title = cell
			continue
		}
		r.Cells = append(r.Cells, Text(cell))
	}
	t.Rows = append(t.Rows, r)
}

// formulas makes the checks of a CSV: what the result names decides over what it goes.
func (t *Table) formulas(list []string) (checks []Check) {
	lines := map[string]bool{}
	for _, r := range t.Rows {
		lines[r.Code] = true
	}
	for _, f := range list {
		kind, name := "column_formula", strings.TrimSpace(f[:min(max(strings.IndexAny(f, "<>="), 0), len(f))])
		if lines[strings.Trim(name, "[]")] {
			kind = "line_formula"
		}
		c := Check{Kind: kind, Table: t.Code, Is: f}
		if strings.ContainsAny(f, "*/%") { // a sum is exact, a share or a quotient is printed rounded
			c.Round = "printed"
		}
		checks = append(checks, c)
	}
	if len(list) > 0 {
		return checks
	}
	for _, c := range t.Columns {
		if c.Code == "total" {
			checks = append(checks, Check{Kind: "row_sum", Table: t.Code, Total: "total"})
		}
	}
	if lines["total"] {
		checks = append(checks, Check{Kind: "column_sum", Table: t.Code, Total: "total"})
	}
	return checks
}
