package reports

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/xuri/excelize/v2"

	"earmark/models"
)

// wide is a report of 20 columns: the shape that exports are measured with.
func wide(rows int) models.Report {
	units := []models.Unit{models.UnitText, models.UnitCents, models.UnitDate, models.UnitInteger, models.UnitBasisPoints}
	r := models.Report{Code: "wide", Title: "Wide", MadeAt: time.Date(2026, 3, 31, 2, 0, 0, 0, time.UTC)}
	r.Name, r.ReportTable.Title = "rows", "Rows"
	for i := range 20 {
		r.Columns = append(r.Columns, models.ReportColumn{Name: fmt.Sprintf("c%d", i), Title: fmt.Sprintf("Column %d", i), Unit: units[i%5], Total: models.TotalNone})
	}
	r.Rows = func(yield func([]models.ReportCell, error) bool) {
		cells := make([]models.ReportCell, 20)
		for n := range rows {
			for i := range cells {
				switch units[i%5] {
				case models.UnitText:
					cells[i] = models.TextCell("Cedar Bend Public Schools")
				case models.UnitDate:
					cells[i] = models.TextCell("2026-03-31")
				default:
					cells[i] = models.NumberCell(n*100 + i)
				}
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
	return r
}

// BenchmarkWorkbook writes 50,000 rows of 20 columns; BenchmarkWorkbookLimit does the same
// with the library alone, the rows being in memory.
func BenchmarkWorkbook(b *testing.B) {
	for range b.N {
		if err := WriteXLSX(io.Discard, wide(50000)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(peak(), "peak-MB")
}

func BenchmarkWorkbookLimit(b *testing.B) {
	rows := make([][]any, 50000)
	for n := range rows {
		rows[n] = make([]any, 20)
		for i := range rows[n] {
			switch i % 5 {
			case 0:
				rows[n][i] = "Cedar Bend Public Schools"
			case 1:
				rows[n][i] = float64(n*100+i) / 100
			case 2:
				rows[n][i] = 46112
			case 3:
				rows[n][i] = int64(n*100 + i)
			case 4:
				rows[n][i] = float64(n*100+i) / 10000
			}
		}
	}
	b.ResetTimer()
	for range b.N {
		f := excelize.NewFile()
		s, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			b.Fatal(err)
		}
		for n, row := range rows {
			if err := s.SetRow(fmt.Sprintf("A%d", n+1), row); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.Flush(); err != nil {
			b.Fatal(err)
		}
		if err := f.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(peak(), "peak-MB")
}

// peak is the most memory that the process has had, in MB, of what Go took from the system.
func peak() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / (1 << 20)
}

// Money in a workbook is the very amount: written, read back and parsed as decimal text.
func TestMoneyOfWorkbooksIsExact(t *testing.T) {
	t.Parallel()
	exact := func(cents int64) bool {
		b, err := NewWorkbook("x", time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = b.Close() }()
		column := models.ReportColumn{Name: "amount_cents", Title: "Amount", Unit: models.UnitCents}
		s, err := b.Sheet("Rows", []models.ReportColumn{column})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Row([]models.ReportCell{models.NumberCell(cents)}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(nil); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := b.Write(&out); err != nil {
			t.Fatal(err)
		}
		rows := sheet(t, out.Bytes(), "Rows")
		got, err := models.ParseCents(rows[1][0])
		return err == nil && int64(got) == cents
	}
	for _, cents := range []int64{0, 1, -1, 10, 99, 100, 101, -12345, 1<<53 - 1, 1 << 53, 1<<53 + 1, -(1<<53 + 1), 1<<63 - 1} {
		if !exact(cents) {
			t.Errorf("%d cents are another amount in a workbook", cents)
		}
	}
	if err := quick.Check(func(n int64) bool { return exact(n % (100000000000000)) }, &quick.Config{MaxCount: 60}); err != nil {
		t.Error(err)
	}
}

func sheet(t *testing.T, file []byte, name string) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(file), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A table longer than a sheet goes on with the next one; names that spreadsheets refuse are
// made fit; temporary files do not stay.
func TestWorkbooksGoOnAndLeaveNothingBehind(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	defer func(was int) { sheetRows = was }(sheetRows)
	sheetRows = 601
	r, long := wide(0), models.TextCell(strings.Repeat("x", 1500))
	r.Rows = func(yield func([]models.ReportCell, error) bool) {
		for range 700 {
			if !yield(slices.Repeat([]models.ReportCell{long}, 20), nil) {
				return
			}
		}
	}
	for i := range r.Columns {
		r.Columns[i].Unit = models.UnitText
	}
	r.ReportTable.Title = "Alder/Falls: [every] line of the state*"
	var out bytes.Buffer
	if err := WriteXLSX(&out, r); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	names := f.GetSheetList()
	if len(names) != 3 || !strings.HasPrefix(names[0], "Alder Falls") || names[2] != "About" {
		t.Fatalf("sheets %q", names)
	}
	count := 0
	for _, name := range names[:2] {
		rows, err := f.GetRows(name)
		if err != nil || rows[0][0] != "Column 0" {
			t.Fatal(name, rows[0], err)
		}
		count += len(rows) - 1
	}
	if count != 700 {
		t.Errorf("%d rows", count)
	}
	if panes, err := f.GetPanes(names[1]); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("titles are not frozen: %+v %v", panes, err)
	}
	if about, err := f.GetRows("About"); err != nil || !slices.ContainsFunc(about, func(r []string) bool { return len(r) == 2 && r[0] == "Made at" && r[1] == "2026-03-31T02:00:00Z" }) {
		t.Errorf("about %v %v", about, err)
	}
	_ = f.Close()
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
