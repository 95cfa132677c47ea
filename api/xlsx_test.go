package api_test

import (
	"encoding/csv"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"earmark/models"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// readsTheSame asks for the workbook of a list and holds every cell to that of the CSV.
func (w *world) readsTheSame(o operation) {
	w.t.Helper()
	content := o.spec.Responses.Value("200").Value.Content
	if content["image/png"] != nil { // what somebody attached, as it is
		return
	}
	if (content["text/csv"] == nil) != (content[xlsxType] == nil) {
		w.t.Errorf("%s %s: a list answers CSV and XLSX alike: document both, as the other lists do (schema Workbook)", o.method, o.template)
		return
	}
	if content[xlsxType] == nil {
		return
	}
	c := o.call(w, "super")
	c.header["Accept"] = "text/csv"
	_, text := w.send(c)
	c.header["Accept"] = xlsxType
	res, body := w.send(c)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != xlsxType || !strings.Contains(res.Header.Get("Content-Disposition"), ".xlsx\"") {
		w.t.Errorf("workbook of %s: %d %s %s", c.path, res.StatusCode, res.Header.Get("Content-Type"), res.Header.Get("Content-Disposition"))
		return
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		w.t.Errorf("CSV of %s: %v", c.path, err)
		return
	}
	sheets := sheetsOf(w.t, body)
	if len(sheets) < 2 || len(sheets[len(sheets)-1]) < 3 {
		w.t.Errorf("%s: %d sheets, of which the last tells where it is from", c.path, len(sheets))
		return
	}
	if below := len(sheets[0]) - len(rows); below != 0 && (below != 1 || !strings.HasPrefix(o.template, "/api/v1/reports/")) { // totals
		w.t.Errorf("%s: %d rows of CSV, %d of the workbook", c.path, len(rows), len(sheets[0]))
		return
	}
	for i, row := range rows[1:] {
		for j, want := range row {
			got := ""
			if j < len(sheets[0][i+1]) {
				got = sheets[0][i+1][j]
			}
			if !sameCell(rows[0][j], want, got) {
				w.t.Errorf("%s row %d, %s: %q in CSV, %q in the workbook", c.path, i+1, rows[0][j], want, got)
			}
		}
	}
}

// sheetsOf are the raw cells of every sheet.
func sheetsOf(t *testing.T, body string) [][][]string {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(body), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var out [][][]string
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rows)
	}
	return out
}

// sameCell compares CSV with a workbook: money in cents with dollars, rates in basis points
// with parts of one, dates with days since 1899-12-30.
func sameCell(column, plain, raw string) bool {
	if plain == raw || plain == "'"+raw {
		return true
	}
	if d := models.Date(plain); d.Valid() {
		return number(raw) != nil && number(raw).Cmp(big.NewRat(int64(d.DaysSince("1899-12-30")), 1)) == 0
	}
	scale := int64(1)
	switch {
	case strings.HasSuffix(column, "_cents"):
		scale = 100
	case strings.HasSuffix(column, "_bp"):
		scale = 10000
	}
	a, b := number(plain), number(raw)
	return a != nil && b != nil && a.Cmp(new(big.Rat).Mul(b, big.NewRat(scale, 1))) == 0
}

func number(text string) *big.Rat {
	if r, ok := new(big.Rat).SetString(text); ok {
		return r
	}
	return nil
}

// A workbook's text is text, whatever a spreadsheet would make of it.
func TestWorkbooksOfListsHoldNoFormulas(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	w.do("manager", "POST", "/payees", m{"code": "F-1", "name": `=HYPERLINK("http://example.test","x")`, "kind": "vendor"})
	_, body := w.send(call{method: "GET", path: "/api/v1/payees", as: w.tokens["manager"], header: map[string]string{"Accept": xlsxType}})
	f, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows("payees")
	if err != nil {
		t.Fatal(err)
	}
	row := slices.IndexFunc(rows, func(r []string) bool { return slices.Contains(r, "F-1") })
	column := slices.Index(rows[0], "Name")
	if row < 1 || column < 0 {
		t.Fatalf("no such payee in %v", rows)
	}
	name, _ := excelize.CoordinatesToCellName(column+1, row+1)
	formula, err := f.GetCellFormula("payees", name)
	if err != nil || formula != "" || rows[row][column] != `=HYPERLINK("http://example.test","x")` {
		t.Errorf("cell %s: %q, formula %q, %v", name, rows[row][column], formula, err)
	}
}
