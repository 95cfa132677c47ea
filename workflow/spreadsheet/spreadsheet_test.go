package spreadsheet

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"earmark/models"
)

func refusedAs(t *testing.T, err error, code string) {
	t.Helper()
	var e *models.Error
	if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Code != code || e.Fields[0].Fix == "" {
		t.Fatalf("%v, want %s", err, code)
	}
}

// A small file that unpacks to a large one is refused before it is unpacked.
func TestAWorkbookIsUnpackedWithinALimit(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for row := range 2000 {
		at, _ := excelize.CoordinatesToCellName(1, row+1)
		if err := f.SetCellStr("Sheet1", at, strings.Repeat("x", 2000)+at); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 200<<10 {
		t.Fatalf("%d bytes", b.Len())
	}
	limits := Limits{Bytes: 1 << 20, Unzipped: 1 << 20, Rows: 10000, Columns: 10}
	_, err := ReadWorkbook(b.Bytes(), limits)
	refusedAs(t, err, "workbook.too_large")
	limits.Unzipped = 64 << 20
	if table, err := ReadWorkbook(b.Bytes(), limits); err != nil || len(table.Rows) != 2000 {
		t.Fatal(err)
	}
	limits.Rows = 10
	_, err = ReadWorkbook(b.Bytes(), limits)
	refusedAs(t, err, "csv.too_many_rows")
	limits.Bytes = 10
	_, err = ReadWorkbook(b.Bytes(), limits)
	refusedAs(t, err, "csv.too_large")
	_, err = ReadText([]byte(strings.Repeat("x", 11)), ',', limits)
	refusedAs(t, err, "csv.too_large")
	_, err = ReadText([]byte{0xff, 0xfe}, ',', limits)
	refusedAs(t, err, "csv.encoding")
}

func TestAFormIsLockedButForItsInputs(t *testing.T) {
	t.Parallel()
	form := Form{Title: "T", Sheet: "Lines", TotalsSheet: "Totals", HelpSheet: "Instructions", Blank: 5, MadeAt: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
		Columns: []Column{{Title: "Line", Kind: Whole, Locked: true, Width: 8}, {Title: "Use", Kind: Choice, Options: []string{"1 One", "2 Two"}, Width: 9, Help: "Choose."},
			{Title: "Amount", Kind: Money, Width: 9}, {Title: "Remove", Kind: Text, Width: 9}, {Title: "On", Kind: Day, Width: 9}},
		Rows: [][]string{{"1", "1 One", "1,234.50", "", "2026-03-31"}, {"2", "2 Two", "0.10", "yes", ""}}, TotalOf: 1, Amounts: []int{2}, SkipWhere: 3,
		Totals: []Sum{{"One", "1 One"}}, Limit: 200000, TotalLabel: "Total", LimitLabel: "Allocation", LeftLabel: "Left", Meta: map[string]string{"of": "x"}}
	var b bytes.Buffer
	if err := form.Write(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for cell, locked := range map[string]bool{"A2": true, "A7": true, "B2": false, "C7": false} {
		id, err := f.GetCellStyle("Lines", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil || style.Protection == nil || style.Protection.Locked != locked {
			t.Errorf("%s: %+v %v", cell, style.Protection, err)
		}
	}
	if p, err := f.GetSheetProtection("Lines"); err != nil || p.FormatColumns != true {
		t.Errorf("%+v %v", p, err)
	}
	for cell, want := range map[string]string{"B2": "1234.5", "B3": "1234.5", "B5": "765.5"} {
		if got, err := f.CalcCellValue("Totals", cell, excelize.Options{RawCellValue: true}); err != nil || got != want {
			t.Errorf("%s: %s, want %s (%v)", cell, got, want, err)
		}
	}
	validations, err := f.GetDataValidations("Lines")
	if err != nil || len(validations) < 3 || !strings.Contains(validations[0].Formula1, "_lists") {
		t.Errorf("%+v %v", validations, err)
	}
	panes, err := f.GetPanes("Lines")
	if err != nil || !panes.Freeze || panes.YSplit != 1 || panes.XSplit != 1 {
		t.Errorf("%+v %v", panes, err)
	}
	table, err := ReadWorkbook(b.Bytes(), Limits{Bytes: 1 << 20, Unzipped: 8 << 20, Rows: 10, Columns: 10})
	if err != nil || table.Sheet != "Lines" || table.Meta["of"] != "x" || len(table.Rows) != 3 || table.Rows[1].Cell(2) != "1234.50" || table.Rows[1].Cell(4) != "46112" || table.Address(7, 2) != "Lines!C7" {
		t.Errorf("%+v %v", table, err)
	}
}
