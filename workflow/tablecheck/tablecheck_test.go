package tablecheck

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"earmark/models"
)

func TestNumbersAreReadAsPrinted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1,234.50": "1234.5", "$5": "5", "$ 1,000": "1000", "-5": "-5", "−5": "-5", "(5)": "-5", "($1,200)": "-1200", "-$5": "-5", "$-5": "-5",
		"98%": "0.98", "37.59 %": "0.3759", "0.10": "0.1", ".5": "0.5", " 7 ": "7", "17,500,000": "17500000",
	} {
		n := ParseNumber(text)
		if n.State != Readable || write(n.Value, false) != want {
			t.Errorf("%q is %v %v, want %s", text, n.State, n.Value, want)
		}
	}
	for _, text := range []string{"", " ", "-", "–", "—", "n/a", "N/A"} {
		if n := ParseNumber(text); n.State != Blank {
			t.Errorf("%q is not blank", text)
		}
	}
	for _, text := range []string{"5000M", "203O00", "1,23", "12,3456", ",123", "1e6", "5.", "1.2.3", "(-5)", "--5 5", "0x10", "1/2", "$5%", "five", "1 000", strings.Repeat("9", 41)} {
		if n := ParseNumber(text); n.State != Unreadable || n.Value != nil {
			t.Errorf("%q is read as %v", text, n.Value)
		}
	}
}

// table is a small table whose rows are "code: cell | cell".
func table(code, columns string, rows ...string) Table {
	t := Table{Code: code}
	for _, c := range strings.Fields(columns) {
		t.Columns = append(t.Columns, Column{Code: c})
	}
	for _, r := range rows {
		name, cells, _ := strings.Cut(r, ":")
		row := Row{Code: strings.TrimSpace(name)}
		for _, c := range strings.Split(cells, "|") {
			row.Cells = append(row.Cells, Text(strings.TrimSpace(c)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// told writes findings in one line each.
func told(t *testing.T, f File) []string {
	t.Helper()
	r, err := Run(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, x := range r.Findings {
		out = append(out, fmt.Sprintf("%s %s/%s/%s %q %s %s: %s", x.Status, x.Table, x.Row, x.Column, x.Printed, x.Computed, x.Difference, x.Hint))
	}
	if r.AddsUp != (len(out) == 0) {
		t.Errorf("adds_up is %v with %d findings", r.AddsUp, len(out))
	}
	return out
}

func TestChecksFindWhatDoesNotAddUp(t *testing.T) {
	t.Parallel()
	sum := Check{Kind: "row_sum", Total: "total"}
	for _, c := range []struct {
		name string
		f    File
		want string // joined by newlines
	}{
		{"a lost digit in the total", File{Tables: []Table{table("A", "a b total", "1: 400,000 | 317,000 | 71,700")}, Checks: []Check{sum}},
			`differs A/1/total "71,700" 717000 645300: One digit was lost in the printed number.`},
		{"a digit too many", File{Tables: []Table{table("A", "a total", "1: 80 | 890")}, Checks: []Check{sum}},
			`differs A/1/total "890" 80 810: One digit too many was printed.`},
		{"transposed digits", File{Tables: []Table{table("A", "a b total", "1: 500 | 36 | 563")}, Checks: []Check{sum}},
			`differs A/1/total "563" 536 27: Two digits are transposed: 63 for 36.`},
		{"another digit in a part", File{Tables: []Table{table("A", "a b total", "1: 62,500,000 | 17,500,000 | 100,000,000")}, Checks: []Check{sum}},
			`differs A/1/total "100,000,000" 80000000 20000000: It would close if column a were 82,500,000. One digit differs: 6 stands where 8 would agree. It would close if column b were 37,500,000. One digit differs: 1 stands where 3 would agree.`},
		{"three digits lost", File{Tables: []Table{table("A", "a total", "1: 61,000 | 61")}, Checks: []Check{sum}},
			`differs A/1/total "61" 61000 60939: A factor of 1,000: a group of three digits or its separator was lost or added.`},
		{"a sign", File{Tables: []Table{table("A", "a total", "1: 61 | (61)")}, Checks: []Check{sum}},
			`differs A/1/total "(61)" 61 122: The sign is the other way round.`},
		{"a part left out", File{Tables: []Table{table("A", "a b c total", "1: 100 | 57 | 31 | 131")}, Checks: []Check{sum}},
			`differs A/1/total "131" 188 57: The difference is exactly column b: it may be left out of the result.`},
		{"a blank cell would close it", File{Tables: []Table{table("A", "a b total", "1: 100 | - | 173")}, Checks: []Check{sum}},
			`differs A/1/total "173" 100 73: Column b is blank; 73 there would close it.`},
		{"an unreadable cell would close it", File{Tables: []Table{table("A", "a b total", "1: 100 | 7E | 173")}, Checks: []Check{sum}},
			`unreadable A/1/b "7E" 73 : "7E" is not a number. 73 would close it.`},
		{"two unreadable cells", File{Tables: []Table{table("A", "a b total", "1: 1OO | 7E | 173")}, Checks: []Check{sum}},
			"unreadable A/1/a \"1OO\"  : \"1OO\" is not a number. Another cell cannot be read either, so nothing follows.\n" +
				`unreadable A/1/b "7E"  : "7E" is not a number. Another cell cannot be read either, so nothing follows.`},
		{"an unreadable total", File{Tables: []Table{table("A", "a b total", "1: 100 | 73 | l73")}, Checks: []Check{sum}},
			`unreadable A/1/total "l73" 173 : "l73" is not a number. 173 would close it.`},
		{"a total that is not printed", File{Tables: []Table{table("A", "a b total", "1: 100 | 73 |")}, Checks: []Check{sum}},
			`blank A/1/total "" 173 173: The cell is blank; 173 would close it.`},
		{"a blank total that is allowed", File{Tables: []Table{table("A", "a b total", "1: 100 | 73 |")}, Checks: []Check{{Kind: "row_sum", Blank: "allowed"}}}, ""},
		{"a row without anything", File{Tables: []Table{table("A", "a b total", "1: | - | n/a")}, Checks: []Check{sum}}, ""},
		{"a column", File{Tables: []Table{table("A", "a", "x: 1", "y: 2", "total: 4")}, Checks: []Check{{Kind: "column_sum"}}},
			`differs A/total/a "4" 3 1: The difference is exactly line x: it may be counted twice in the result.`},
		{"a misread line is told once", File{Tables: []Table{table("A", "a", "1: 10", "2: 20", "3: 300", "4: 5", "9: 35")},
			Checks: []Check{{Kind: "line_formula", Is: "3 = 1..2"}, {Kind: "line_formula", Is: "9 = 3 + 4"}}},
			`differs A/3/a "300" 30 270: One digit too many was printed.`},
		{"cents", File{Tables: []Table{table("A", "a b total", "1: 0.10 | 0.20 | 0.30")}, Checks: []Check{sum}}, ""},
		{"a quotient to the printed decimals", File{Tables: []Table{table("A", "a b c", "1: 2 | 3 | 0.667", "2: 2 | 3 | 0.66")}, Checks: []Check{{Kind: "column_formula", Is: "c = a / b", Round: "printed"}}},
			`differs A/2/c "0.66" 0.67 0.01: One digit differs: 6 stands where 7 would agree.`},
		{"a division by nothing", File{Tables: []Table{table("A", "a b c", "1: 2 | 0 | 1")}, Checks: []Check{{Kind: "column_formula", Is: "c = a / b"}}},
			`unreadable A/1/c "1"  : It cannot be computed: something is divided by 0.`},
		{"a percentage without its sign", File{Tables: []Table{table("A", "n p", "1: 1 | 33", "2: 1 | 33.3", "3: 2 | 66")}, Checks: []Check{{Kind: "percentage", Part: "n", Whole: "3", Percent: "p"}}},
			`differs A/3/p "66" 67 1: The percentage does not follow from its counts.`},
		{"half up", File{Tables: []Table{table("A", "n p", "1: 1 | 13%", "2: 3 | 38%")}, Checks: []Check{{Kind: "percentage", Part: "n", Whole: "8", Percent: "p"}}}, ""},
		{"a comparison", File{Tables: []Table{table("A", "a b", "1: 5 | 4")}, Checks: []Check{{Kind: "column_formula", Is: "a <= b"}}},
			`differs A/1/a "5" 4 1: It must be <= 4.`},
		{"names in brackets", File{Tables: []Table{table("A", "2011/12 2012/13", "1: 5 | 10")}, Checks: []Check{{Kind: "column_formula", Is: "[2012/13] = 2 * [2011/12]"}}}, ""},
		{"a majority", File{Checks: []Check{{Kind: "arithmetic", Is: "33 > 50 / 2"}, {Kind: "arithmetic", Is: "6 > 50 / 2"}}},
			`differs /6 > 50 / 2/ "6" 25 19: It must be > 25.`},
		{"a falling series", File{Tables: []Table{table("A", "a b c d", "1: 0 | 0 | 10 | 9")}, Checks: []Check{{Kind: "series", Direction: "non_decreasing"}}},
			`differs A/1/d "9" 10 1: It must be >= what c prints.`},
		{"an escalator rounded each year", File{Tables: []Table{table("A", "a b c d", "1: 10,015 | 10,315 | 10,624 | 10,944")}, Checks: []Check{{Kind: "escalator", Rate: "3%"}}},
			`differs A/1/d "10,944" 10943 1: One digit differs: 4 stands where 3 would agree.`},
	} {
		got := strings.Join(told(t, c.f), "\n")
		if got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", c.name, got, c.want)
		}
	}
}

func TestCostBuildUps(t *testing.T) {
	t.Parallel()
	staff := []Item{
		{Code: "director", UnitCost: "65,000", FTE: "80%", Printed: "52,000"},
		{Code: "aide", Quantity: Texts{"2"}, UnitCost: "30,000", Periods: "0.5", Memo: true},
		{Code: "benefits", Rate: "31.5%", Of: []string{"director", "aide"}, Round: "0"},
		{Code: "trips", Quantity: Texts{"325", "3"}, Parts: []Item{{Code: "mileage", UnitCost: "$100"}, {Code: "days", Quantity: Texts{"2"}, UnitCost: "$50"}}},
		{Code: "contractor", UnitCost: "10,000"},
		{Code: "overhead", Rate: "12%", Of: []string{"contractor"}},
	}
	// 52,000 + 25,830 + 195,000 + 10,000 + 1,200; the aide counts for the benefits only.
	good := File{Checks: []Check{{Kind: "build_up", Printed: "284,030", Items: staff}}}
	if got := told(t, good); got != nil {
		t.Error(got)
	}
	cells := File{Tables: []Table{table("B", "y1", "1: 284,300")}, Checks: []Check{{Code: "staff", Kind: "build_up", Printed: "@B/1/y1", Items: staff}}}
	if got := told(t, cells); len(got) != 1 || got[0] != `differs B/1/y1 "284,300" 284030 270: Two digits are transposed: 30 for 03.` {
		t.Error(got)
	}
	staff[0].UnitCost = "65,O00"
	if got := told(t, good); len(got) != 2 || !strings.HasPrefix(got[0], `unreadable /director/unit_cost "65,O00"`) || !strings.HasPrefix(got[1], "unreadable /build_up/") {
		t.Error(got)
	}
	share := Check{Code: "vans", Kind: "cost_share", Cost: "100,000", Budget: "60,000", Printed: "40,000", Covered: []Covered{{"District", "25,000"}, {"Foundation", "15,000"}}}
	if got := told(t, File{Checks: []Check{share}}); got != nil {
		t.Error(got)
	}
	share.Covered = share.Covered[:1]
	if got := told(t, File{Checks: []Check{share}}); len(got) != 1 || got[0] != `differs /vans/covered "25000" 40000 15000: Nobody covers 15,000.` {
		t.Error(got)
	}
}

func TestTheFileItselfIsChecked(t *testing.T) {
	t.Parallel()
	a := table("A", "a b total", "1: 1 | 2 | 3", "2: 1 | 2 | 3")
	for want, f := range map[string]File{
		"/checks required":                   {Tables: []Table{a}},
		"/checks/0/kind unknown":             {Tables: []Table{a}, Checks: []Check{{Kind: "row_sums"}}},
		"/checks/0/table unknown":            {Tables: []Table{a}, Checks: []Check{{Kind: "row_sum", Table: "B"}}},
		"/checks/0/total unknown":            {Tables: []Table{a}, Checks: []Check{{Kind: "row_sum", Total: "sum"}}},
		"/checks/0/rows/0 unknown":           {Tables: []Table{a}, Checks: []Check{{Kind: "row_sum", Rows: []string{"2..1"}}}},
		"/checks/0/is formula":               {Tables: []Table{a}, Checks: []Check{{Kind: "line_formula", Is: "1 = 2 + x"}}},
		"/checks/0/round unknown":            {Tables: []Table{a}, Checks: []Check{{Kind: "row_sum", Round: "up"}}},
		"/checks/0/blank unknown":            {Tables: []Table{a}, Checks: []Check{{Kind: "row_sum", Blank: "yes"}}},
		"/checks/0/percent number":           {Tables: []Table{a}, Checks: []Check{{Kind: "share", Part: "1", Whole: "2", Percent: "half"}}},
		"/checks/0/whole unknown":            {Tables: []Table{a}, Checks: []Check{{Kind: "percentage", Part: "a", Whole: "x", Percent: "b"}}},
		"/checks/0/direction series":         {Tables: []Table{a}, Checks: []Check{{Kind: "series"}}},
		"/checks/0/rate number":              {Tables: []Table{a}, Checks: []Check{{Kind: "escalator", Rate: "some"}}},
		"/checks/0/of required":              {Tables: []Table{a}, Checks: []Check{{Kind: "tie_out", Table: "A"}}},
		"/checks/0/of/0 unknown":             {Tables: []Table{a}, Checks: []Check{{Kind: "tie_out", Table: "A", Of: []string{"A"}}}},
		"/checks/0 tree":                     {Tables: []Table{a}, Checks: []Check{{Kind: "tree"}}},
		"/checks/0/items required":           {Checks: []Check{{Kind: "build_up", Printed: "1"}}},
		"/checks/0/items/0/rate item":        {Checks: []Check{{Kind: "build_up", Printed: "1", Items: []Item{{Code: "x", Rate: "3%"}}}}},
		"/checks/0/printed unknown":          {Checks: []Check{{Kind: "build_up", Printed: "@A/1", Items: []Item{{Code: "x", UnitCost: "1"}}}}},
		"/tables/1/code duplicate":           {Tables: []Table{a, a}, Checks: []Check{{Kind: "row_sum"}}},
		"/tables/0/like unknown":             {Tables: []Table{{Code: "B", Like: "A"}, a}, Checks: []Check{{Kind: "row_sum"}}},
		"/tables/0/rows/0/cells too_many":    {Tables: []Table{table("A", "a", "1: 1 | 2")}, Checks: []Check{{Kind: "row_sum"}}},
		"/tables/0/rows/0/code unknown_line": {Tables: []Table{{Code: "A", Columns: a.Columns, Lines: []string{"1"}, Rows: []Row{{Code: "14"}}}}, Checks: []Check{{Kind: "row_sum"}}},
		"/tables/0/rows/0/parent unknown":    {Tables: []Table{{Code: "A", Columns: a.Columns, Rows: []Row{{Code: "1", Parent: "1"}}}}, Checks: []Check{{Kind: "row_sum"}}},
	} {
		_, err := Run(f)
		if models.CodeOf(err) != "tables.invalid" {
			t.Errorf("%s: %v", want, err)
			continue
		}
		var got []string
		for _, x := range err.(*models.Error).Fields { //nolint:errorlint // as Run returns it
			got = append(got, x.Pointer+" "+x.Code)
			if x.Detail == "" || x.Pointer == "" {
				t.Errorf("%s: a field without detail or place: %v", want, x)
			}
		}
		if !strings.Contains(strings.Join(got, "\n")+"\n", want+"\n") {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	wide := table("W", "c", "1: 1")
	for i := range 3000 {
		wide.Columns = append(wide.Columns, Column{Code: fmt.Sprintf("x%d", i)})
		wide.Rows = append(wide.Rows, Row{Code: fmt.Sprintf("r%d", i)})
	}
	wide.Columns, wide.Rows = wide.Columns[:600], wide.Rows[:2001]
	sums := slices.Repeat([]Check{{Kind: "row_sum", Total: "c"}}, 6)
	if _, err := Run(File{Tables: []Table{wide}, Checks: sums}); err == nil || !strings.Contains(err.Error(), "more than 5000000 cells") {
		t.Error("too much work:", err)
	}
	long := "1 = 1" + strings.Repeat(" * 1.5", 21)
	if _, err := Run(File{Checks: []Check{{Kind: "arithmetic", Is: long}}}); err == nil || !strings.Contains(err.Error(), "more than 20 times") {
		t.Error("too many products:", err)
	}
	for _, text := range []string{"", "{", "[]", `{"table": 1}`, `{"tables": [{"code": "A", "rows": [{"cells": [true]}]}]}`, `{"tables": []} {}`} {
		if _, err := Decode(strings.NewReader(text)); models.CodeOf(err) != "tables.malformed" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	f, err := DecodeCSV(strings.NewReader("#table SUM\n#check 9 = 1..3\n#check total = Y1 + Y2\nline,title,Y1,Y2,total\n1,Personnel,\"52,000\",\"53,560\",\"105,560\"\n"+
		"3,Travel,\"30,000\",\"30,000\",\"110,000\"\n9,Total,\"82,000\",\"83,560\",\"215,560\"\n"), "file")
	if err != nil {
		t.Fatal(err)
	}
	want := `differs SUM/3/total "110,000" 60000 50000: ` + "\n" + `differs SUM/9/total "215,560" 165560 50000: `
	if got := strings.Join(told(t, f), "\n"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	f, err = DecodeCSV(strings.NewReader("\ufeffline,a,b,total\nx,1,2,3\ntotal,1,2,4\n"), "plain")
	if err != nil || len(f.Checks) != 2 {
		t.Fatal(f.Checks, err)
	}
	if got := told(t, f); len(got) != 2 || !strings.HasPrefix(got[0], "differs plain/total/total") {
		t.Error(got)
	}
	for _, text := range []string{"", "line\n1\n", "line,a\n\"1,2\n"} {
		if _, err := DecodeCSV(strings.NewReader(text), "x"); models.CodeOf(err) != "tables.malformed" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A table made from its parts adds up; one changed cell is found; the report never
// depends on the order of the rows.
func TestTablesMadeToAddUpDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		rows, columns := rapid.IntRange(1, 6).Draw(rt, "rows"), rapid.IntRange(1, 5).Draw(rt, "columns")
		a := Table{Code: "A"}
		for c := range columns {
			a.Columns = append(a.Columns, Column{Code: fmt.Sprintf("c%d", c)})
		}
		a.Columns = append(a.Columns, Column{Code: "total"})
		sums := make([]int64, columns+1)
		for r := range rows {
			row, total := Row{Code: fmt.Sprintf("r%d", r)}, int64(0)
			for c := range columns {
				x := rapid.Int64Range(-1e9, 1e9).Draw(rt, "cell")
				total += x
				sums[c] += x
				row.Cells = append(row.Cells, Text(group(write(new(big.Rat).SetInt64(x), false))))
			}
			sums[columns] += total
			row.Cells = append(row.Cells, Text(fmt.Sprint(total)))
			a.Rows = append(a.Rows, row)
		}
		last := Row{Code: "total"}
		for _, s := range sums {
			last.Cells = append(last.Cells, Text(fmt.Sprint(s)))
		}
		a.Rows = append(a.Rows, last)
		f := File{Tables: []Table{a}, Checks: []Check{{Kind: "row_sum"}, {Kind: "column_sum"}}}
		if r, err := Run(f); err != nil || !r.AddsUp || r.Compared != rows+1+columns+1 {
			rt.Fatalf("%v %v", r, err)
		}
		at := rapid.IntRange(0, rows-1).Draw(rt, "row")
		cell := rapid.IntRange(0, columns-1).Draw(rt, "column")
		n := ParseNumber(string(a.Rows[at].Cells[cell]))
		a.Rows[at].Cells[cell] = Text(write(new(big.Rat).Add(n.Value, big.NewRat(rapid.Int64Range(1, 1e9).Draw(rt, "slip"), 1)), false))
		if r, err := Run(f); err != nil || len(r.Findings) != 2 {
			rt.Fatalf("one wrong cell gives %v %v", r.Findings, err)
		}
	})
}

func FuzzTables(f *testing.F) {
	f.Add(`{"tables": [{"code": "A", "columns": ["a", {"code": "b", "at": 2}], "rows": [{"code": "1", "cells": ["1,0", 2, null]}]}], "checks": [{"kind": "series", "step": 1}]}`)
	f.Add(`{"tables": [], "checks": [{"kind": "arithmetic", "is": "1 = ((2 - 1)) / 0"}]}`)
	f.Add(`{"tables": [], "checks": [{"kind": "build_up", "printed": "1", "items": [{"code": "x", "quantity": ["3", 2], "unit_cost": "5%"}]}]}`)
	f.Add("#check 9 = 1..3\nline,title,a,total\n1,x,(5),5%\n9,y,,-\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		for _, read := range []func() (File, error){
			func() (File, error) { return Decode(strings.NewReader(text)) },
			func() (File, error) { return DecodeCSV(strings.NewReader(text), "x") },
		} {
			file, err := read()
			if err != nil {
				if models.KindOf(err) == "" {
					t.Fatalf("not an error for people: %v", err)
				}
				continue
			}
			report, err := Run(file)
			if err != nil {
				if models.KindOf(err) != models.Invalid {
					t.Fatalf("not an error for people: %v", err)
				}
				continue
			}
			if report.AddsUp != (len(report.Findings) == 0) || report.Text() == "" {
				t.Fatal("the report contradicts itself")
			}
		}
	})
}

func FuzzNumbers(f *testing.F) {
	for _, text := range []string{"1,234.50", "(5)", "98%", "--", "5000M", "−1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := ParseNumber(text)
		if (n.State == Readable) != (n.Value != nil) || n.Text != text {
			t.Fatalf("%q: %+v", text, n)
		}
		if n.State != Readable {
			return
		}
		again := ParseNumber(group(write(n.Value, n.Percent)))
		if again.State != Readable || again.Value.Cmp(n.Value) != 0 {
			t.Fatalf("%q is %v, written and read again %v", text, n.Value, again.Value)
		}
	})
}

func BenchmarkTable(b *testing.B) {
	const rows, columns = 1000, 200
	t := Table{Code: "A"}
	for c := range columns {
		t.Columns = append(t.Columns, Column{Code: fmt.Sprintf("c%d", c)})
	}
	t.Columns = append(t.Columns, Column{Code: "total"})
	for r := range rows {
		row := Row{Code: fmt.Sprintf("r%d", r)}
		for c := range columns {
			row.Cells = append(row.Cells, Text(group(fmt.Sprintf("%d.%02d", 1000*r+c, c%100))))
		}
		t.Rows = append(t.Rows, row)
	}
	f := File{Tables: []Table{t}, Checks: []Check{{Kind: "row_sum"}, {Kind: "column_sum", Total: "r0"}}}
	b.ReportAllocs()
	for b.Loop() {
		r, err := Run(f)
		if err != nil || r.Compared != rows+columns {
			b.Fatal(r.Compared, err)
		}
	}
}
