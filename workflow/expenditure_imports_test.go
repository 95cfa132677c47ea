package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

// importBudget has one line per way of matching.
var importBudget = []budgetLine{
	{function: "221", objects: []string{"3120"}, amount: 1_000_000},
	{function: "125", objects: []string{"1240", "2820"}, amount: 500_000},
	{function: "111", objects: []string{"1240"}, amount: 200_000},
	{function: "111", objects: []string{"1240"}, amount: 200_000, atSchool: true},
	{function: "211", objects: []string{"1680"}, amount: 10_000},
	{function: "211", objects: []string{"1680"}, amount: 10_000},
}

const ledgerCSV = `line_number,function_code,object_code,school_code,grant_code,amount,spent_on,vendor,invoice,memo
1,,,,21H1,"1,234.50",2026-01-15,Example Training LLC,INV-1,first
,125,2820,,,100.00,1/20/2026,,,
,111,1240,4567,,50,2026-01-21,,,at the school
,111,1240,,,60,2026-01-21,,,district wide
,113,1240,,,70,2026-01-21,,,no line
,211,1680,,,80,2026-01-21,,,two lines
,221,3120,,3519,90,2026-01-21,,,another grant
,221,3120,,,"(1,300.00)",2026-01-22,,,too much credit
,221,3120,,,"$9,800.00",2026-01-22,,,too much
,221,3120,,,"9,765.50",2026-01-23,,,exactly to the limit
5,,,,,1.00,2026-01-24,,,twin
5,,,,,1.00,2026-01-24,,,twin
`

func (l *ledger) imported(in ImportExpenditures) ImportReport {
	l.t.Helper()
	rep, err := l.s.ImportExpenditures(context.Background(), l.preparer, in)
	noError(l.t, err)
	return rep
}

func TestImportPostsWhatMatchesAndQueuesTheRest(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	rep := l.imported(l.file(ledgerCSV))
	equal(t, []int{rep.Import.RowCount, rep.Import.PostedCount, rep.Import.RepeatedCount, rep.Import.ExceptionCount}, []int{12, 7, 0, 5})
	equal(t, rep.Import.PostedCents, models.Cents(123_450+10_000+5_000+6_000+976_550+100+100))
	equal(t, rep.Reasons, []store.ReasonCount{{Reason: "ambiguous", Rows: 1, Cents: 8_000}, {Reason: "below_zero", Rows: 1, Cents: -130_000}, {Reason: "no_line", Rows: 1, Cents: 7_000},
		{Reason: "over_limit", Rows: 1, Cents: 980_000}, {Reason: "wrong_grant", Rows: 1, Cents: 9_000}})
	var rows []int
	for _, x := range rep.Exceptions {
		rows = append(rows, x.RowNumber)
	}
	equal(t, rows, []int{6, 7, 8, 9, 10})
	equal(t, l.line(0).SpentCents, l.line(0).LimitCents) // row 11 takes line 1 to its limit exactly
	equal(t, []models.Cents{l.line(1).SpentCents, l.line(2).SpentCents, l.line(3).SpentCents, l.line(4).SpentCents}, []models.Cents{10_000, 6_000, 5_000, 200})
	entries, err := l.s.Expenditures(context.Background(), l.preparer, ListExpenditures{ImportID: rep.Import.ID})
	noError(t, err)
	equal(t, len(entries), 7)
	equal(t, []any{entries[0].Vendor, entries[0].SpentOn, entries[1].ObjectCode, entries[1].SpentOn}, []any{"Example Training LLC", models.Date("2026-01-15"), "2820", models.Date("2026-01-20")})
	l.sound()
}

func TestSameFileTwicePostsNothingTwice(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	first := l.imported(l.file(ledgerCSV))
	again := l.imported(l.file(ledgerCSV))
	equal(t, []any{again.Repeated, again.Import.ID, again.Reasons, len(again.Exceptions)}, []any{true, first.Import.ID, first.Reasons, 5})
	equal(t, len(all[models.ExpenditureImport](l.night, store.Eq{})), 1)
	equal(t, len(all[models.Expenditure](l.night, store.Eq{})), 7)
	l.sound()
}

// Next month's extract holds this month's rows again, and one of the twins three times.
func TestOverlappingFilePostsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	l.imported(l.file(ledgerCSV))
	rep := l.imported(l.file(ledgerCSV + "5,,,,,1.00,2026-01-24,,,twin\n5,,,,,2.00,2026-02-01,,,new\n"))
	equal(t, []int{rep.Import.RowCount, rep.Import.PostedCount, rep.Import.RepeatedCount, rep.Import.ExceptionCount}, []int{14, 2, 12, 0})
	equal(t, l.line(4).SpentCents, models.Cents(500))
	l.sound()
}

func TestReversedRowIsNotPostedAgainByTheNextFile(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	rep := l.imported(l.file("line_number,amount,spent_on\n1,10.00,2026-01-24\n"))
	entries, err := l.s.Expenditures(context.Background(), l.preparer, ListExpenditures{ImportID: rep.Import.ID})
	noError(t, err)
	_, err = l.s.ReverseExpenditure(context.Background(), l.preparer, ReverseExpenditure{ID: entries[0].ID, Comment: "not ours"})
	noError(t, err)
	rep = l.imported(l.file("line_number,amount,spent_on\n1,10.00,2026-01-24\n1,11.00,2026-01-24\n"))
	equal(t, []int{rep.Import.PostedCount, rep.Import.RepeatedCount}, []int{1, 1})
	equal(t, l.line(0).SpentCents, models.Cents(1_100))
	l.sound()
}

func TestDryRunSaysTheSameAndChangesNothing(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	in := l.file(ledgerCSV)
	in.DryRun = true
	dry := l.imported(in)
	equal(t, dry.DryRun, true)
	equal(t, len(all[models.Expenditure](l.night, store.Eq{}))+len(all[models.ImportException](l.night, store.Eq{}))+len(all[models.ExpenditureImport](l.night, store.Eq{})), 0)
	in.DryRun = false
	real := l.imported(in)
	equal(t, []any{dry.Import.PostedCount, dry.Import.PostedCents, dry.Reasons}, []any{real.Import.PostedCount, real.Import.PostedCents, real.Reasons})
}

func TestFileWithARowThatCannotBeReadIsRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	ctx := context.Background()
	bad := `line_number,function_code,object_code,school_code,amount,amount_cents,spent_on,vendor
1,,,,12.34,,2026-01-15,
one,,,,1.00,,2026-01-15,
,22,3120,,1.00,,2026-01-15,
,221,312,,1.00,,2026-01-15,
,221,3120,123456,1.00,,2026-01-15,
,,,,1.00,,2026-01-15,
1,,,,1.005,,2026-01-15,
1,,,,0.00,,2026-01-15,
1,,,,,,2026-01-15,
1,,,,1.00,100,2026-01-15,
1,,,,,1e3,2026-01-15,
1,,,,1.00,,,
1,,,,1.00,,2026-02-30,
1,,,,"99,999,999,999.99",,2026-01-15,
1,,,,1.00,,2026-01-15,` + strings.Repeat("x", 201) + "\n"
	_, err := l.s.ImportExpenditures(ctx, l.preparer, l.file(bad))
	refused(t, err, models.Invalid, "import.invalid_file")
	var pointers []string
	for _, f := range asFields(err) {
		pointers = append(pointers, f.Pointer)
	}
	equal(t, pointers, []string{"/rows/3/line_number", "/rows/4/function_code", "/rows/5/object_code", "/rows/6/school_code", "/rows/7/line_number", "/rows/8/amount", "/rows/9/amount",
		"/rows/10/amount", "/rows/11/amount_cents", "/rows/12/amount_cents", "/rows/13/spent_on", "/rows/14/spent_on", "/rows/15/amount", "/rows/16/vendor"})

	dates := "line_number,amount,spent_on\n1,1.00,2026-01-15\n1,1.00,2026-03-03\n1,1.00,2025-09-30\n"
	_, err = l.s.ImportExpenditures(ctx, l.preparer, l.file(dates))
	refused(t, err, models.Invalid, "import.invalid_file")
	fields := asFields(err)
	equal(t, []string{fields[0].Pointer, fields[0].Code, fields[1].Pointer, fields[1].Code}, []string{"/rows/3/spent_on", "expenditure.date_future", "/rows/4/spent_on", "expenditure.date_outside"})

	for _, text := range []string{"", "line_number,amount\n", "amount,spent_on\n1,2026-01-15\n", "line_number,spent_on\n1,2026-01-15\n", "line_number,amount,colour\n1,1,red\n", "line_number,amount\n\"1,1\n"} {
		_, err = l.s.ImportExpenditures(ctx, l.preparer, l.file(text))
		refused(t, err, models.Invalid, "import.invalid_file")
	}
	equal(t, len(all[models.Expenditure](l.night, store.Eq{}))+len(all[models.ImportException](l.night, store.Eq{})), 0)
}

func TestWhoMayImportAndWhen(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	ctx := context.Background()
	_, err := l.s.ImportExpenditures(ctx, l.stranger, l.file(ledgerCSV))
	refused(t, err, models.NotFound, "not_found")
	_, err = l.s.ImportExpenditures(ctx, l.auditor, l.file(ledgerCSV))
	refused(t, err, models.Forbidden, "permission.role")
	in := l.file(ledgerCSV)
	in.Format = "fid"
	_, err = l.s.ImportExpenditures(ctx, l.preparer, in)
	refusedAt(t, err, models.Invalid, "required_if", "/spent_on")
	l.app.Status = StatusOpen
	l.update(&l.app, "status")
	_, err = l.s.ImportExpenditures(ctx, l.preparer, l.file(ledgerCSV))
	refused(t, err, models.Conflict, "application.not_in_force")
	l.year.Status = StatusClosed
	l.update(&l.year, "status")
	_, err = l.s.ImportExpenditures(ctx, l.preparer, l.file(ledgerCSV))
	refused(t, err, models.Conflict, "grant_year.not_open")
}

// The FID expenditure record: fund 1-2, function 3-5, object 6-9, program 10-12, grant code
// 13-16, school 17-21, other 22-25, amount 26-39.
func fid(function, object, grant, school, amount string) string {
	return fmt.Sprintf("11%3s%4s%3s%4s%5s%4s%14s\r\n", function, object, "", grant, school, "", amount)
}

func TestFIDRecordsArePostedUnderTheGivenDate(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	in := l.file(fid("221", "3120", "21H1", "", "123450") + fid("125", "2820", "", "", "100.00") + fid("111", "1240", "21H1", "04567", "-50") +
		fid("111", "1240", "21H1", "04567", "5000") + fid("221", "3120", "3519", "", "77"))
	in.Format, in.SpentOn = "fid", "2026-02-28"
	rep := l.imported(in)
	equal(t, []int{rep.Import.PostedCount, rep.Import.ExceptionCount}, []int{3, 2})
	equal(t, rep.Reasons, []store.ReasonCount{{Reason: "below_zero", Rows: 1, Cents: -50}, {Reason: "wrong_grant", Rows: 1, Cents: 77}})
	equal(t, []models.Cents{l.line(0).SpentCents, l.line(1).SpentCents, l.line(3).SpentCents}, []models.Cents{123_450, 10_000, 5_000})
	entries, err := l.s.Expenditures(context.Background(), l.preparer, ListExpenditures{ImportID: rep.Import.ID})
	noError(t, err)
	equal(t, entries[0].SpentOn, models.Date("2026-02-28"))
	equal(t, l.imported(in).Repeated, true)

	// The same record in the next month is another month's spending.
	in.SpentOn, in.Content = "2026-03-01", []byte(fid("221", "3120", "21H1", "", "123450"))
	equal(t, l.imported(in).Import.PostedCount, 1)
	l.sound()

	in.Content = []byte("11221\n" + fid("2 1", "3120", "21H1", "", "1") + fid("221", "3120", "21H1", "1234", "1") + fid("221", "3120", "", "", "1.5") + fid("221", "3120", "", "", "0"))
	_, err = l.s.ImportExpenditures(context.Background(), l.preparer, in)
	var pointers []string
	for _, f := range asFields(err) {
		pointers = append(pointers, f.Pointer)
	}
	equal(t, pointers, []string{"/rows/1", "/rows/2/function_code", "/rows/3/school_code", "/rows/4/amount", "/rows/5/amount"})
}

func TestExceptionIsMatchedOnceUnderTheLimitOrDismissed(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	ctx := context.Background()
	l.imported(l.file("function_code,object_code,amount,spent_on\n211,1680,80,2026-01-21\n113,1240,200,2026-01-21\n125,1240,30,2026-01-21\n"))
	queue, err := l.s.ImportExceptions(ctx, l.preparer, ListImportExceptions{ApplicationID: l.app.ID, Status: "open"})
	noError(t, err)
	equal(t, len(queue), 2)
	twoLines, noLine := queue[0], queue[1]
	step := func(who models.Actor, x models.ImportException, event string, line int, comment string) (models.ImportException, error) {
		in := TransitionImportException{ID: x.ID, Version: x.Version, Event: event, Comment: comment}
		if line > 0 {
			in.LineItemID = l.lines[line-1].ID
		}
		return l.s.TransitionImportException(ctx, who, in)
	}
	_, err = step(l.preparer, twoLines, "match", 0, "")
	refused(t, err, models.Invalid, "required_if")
	_, err = step(l.stranger, twoLines, "match", 5, "")
	refused(t, err, models.NotFound, "not_found")
	_, err = step(l.auditor, twoLines, "dismiss", 0, "no")
	refused(t, err, models.Forbidden, "permission.role")
	_, err = step(l.preparer, twoLines, "dismiss", 0, "")
	refused(t, err, models.Invalid, "required")
	_, err = step(l.preparer, noLine, "match", 6, "") // $200.00 on a line of $100.00
	refusedAt(t, err, models.Invalid, "expenditure.over_limit", "/amount_cents")

	done, err := step(l.preparer, twoLines, "match", 6, "second agent")
	noError(t, err)
	equal(t, []any{done.Status, done.Version}, []any{StatusMatched, int64(2)})
	e, err := l.s.Expenditure(ctx, l.preparer, *done.ExpenditureID)
	noError(t, err)
	equal(t, []any{e.LineItemID, e.ObjectCode, e.AmountCents, *e.ImportID, *e.RowKey}, []any{l.lines[5].ID, "1680", models.Cents(8_000), done.ImportID, done.RowKey})
	_, err = step(l.preparer, twoLines, "match", 5, "")
	refused(t, err, models.Stale, "stale")
	_, err = step(l.preparer, done, "match", 5, "")
	refused(t, err, models.Conflict, "import_exception.no_such_step")

	set, err := step(l.fiscal, noLine, "dismiss", 0, "General fund")
	noError(t, err)
	equal(t, []any{set.Status, set.Comment}, []any{StatusDismissed, "General fund"})
	l.sound()
}

// The process dies, or the connection is lost, in the middle of an import: nothing is written.
func TestImportCutShortWritesNothing(t *testing.T) {
	t.Parallel()
	for _, after := range []int64{1, 1_500, 3_999} {
		l := newLedger(t, importBudget...)
		ctx, cancel := context.WithCancel(context.Background())
		var made atomic.Int64
		s, _ := l.open(func() string {
			if made.Add(1) == after {
				cancel()
			}
			return storetest.NewID()
		})
		text := strings.Builder{}
		text.WriteString("line_number,amount_cents,spent_on,invoice\n")
		for i := range 2_000 {
			fmt.Fprintf(&text, "1,1,2026-01-15,INV-%d\n", i)
		}
		_, err := s.ImportExpenditures(ctx, l.preparer, l.file(text.String()))
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want a cancelled import", err)
		}
		cancel()
		equal(t, len(all[models.Expenditure](l.night, store.Eq{}))+len(all[models.ExpenditureImport](l.night, store.Eq{})), 0)
		equal(t, l.line(0).SpentCents, models.Cents(0))
		equal(t, l.imported(l.file(text.String())).Import.PostedCount, 2_000)
		l.sound()
	}
}

// Two people send the same file at the same moment.
func TestSameFileAtTheSameMomentPostsOnce(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	reports := make(chan ImportReport, 8)
	for range cap(reports) {
		go func() {
			rep, err := l.s.ImportExpenditures(context.Background(), l.preparer, l.file(ledgerCSV))
			if err != nil {
				t.Error(err)
			}
			reports <- rep
		}()
	}
	posted := 0
	for range cap(reports) {
		select {
		case rep := <-reports:
			if !rep.Repeated {
				posted++
			}
		case <-time.After(time.Minute):
			t.Fatal("an import hangs")
		}
	}
	equal(t, posted, 1)
	equal(t, len(all[models.Expenditure](l.night, store.Eq{})), 7)
	l.sound()
}

func FuzzLedgerCSV(f *testing.F) {
	f.Add([]byte(ledgerCSV))
	f.Add([]byte("line_number,amount_cents,spent_on\r\n1,-5,2026-01-15\r\n"))
	f.Add([]byte("\xef\xbb\xbfline_number,amount\n1,\"(12.00)\"\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := readLedgerCSV(content, "2026-01-01", nil)
		checkRows(t, rows, err)
	})
}

func FuzzLedgerFID(f *testing.F) {
	f.Add([]byte(fid("221", "3120", "21H1", "04567", "-123450") + fid("125", "2820", "", "", "100.00")))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := readLedgerFID(content, "2026-01-01")
		checkRows(t, rows, err)
	})
}

// checkRows: a file is refused with its mistakes, or every row can be posted as it is.
func checkRows(t *testing.T, rows []ledgerRow, err error) {
	if err != nil {
		refused(t, err, models.Invalid, "import.invalid_file")
		if len(asFields(err)) == 0 || rows != nil {
			t.Fatal("refused without a field error, or with rows")
		}
		return
	}
	keys := map[string]bool{}
	for _, r := range rows {
		switch {
		case r.amount == 0, r.amount > maxRowCents, r.amount < -maxRowCents, !r.spentOn.Valid(), keys[r.key],
			r.line == 0 && (len(r.function) != 3 || len(r.object) != 4), !plainText(r.vendor + r.invoice + r.memo):
			t.Fatalf("accepted %+v", r)
		}
		keys[r.key] = true
	}
}

func TestColumnsOfALedgerAreSaidOnceAndRemembered(t *testing.T) {
	t.Parallel()
	l := newLedger(t, importBudget...)
	own := l.file("Posting Date,Line,Net,Batch\n2026-01-15,1,10.00,7\n")
	_, err := l.s.ImportExpenditures(context.Background(), l.preparer, own)
	refused(t, err, models.Invalid, "import.invalid_file")
	proposed, err := l.s.LedgerColumns(context.Background(), l.preparer, own)
	noError(t, err)
	equal(t, proposed, []LedgerColumn{{"Posting Date", "spent_on", "2026-01-15"}, {"Line", "line_number", "1"}, {"Net", "-", "10.00"}, {"Batch", "-", "7"}})
	_, err = l.s.LedgerColumns(context.Background(), l.stranger, own)
	refused(t, err, models.NotFound, "")

	own.Columns = "spent_on,line_number,amount,-"
	looked := own
	looked.DryRun = true
	l.imported(looked)
	own.Columns = "" // a look remembers nothing
	_, err = l.s.ImportExpenditures(context.Background(), l.preparer, own)
	refused(t, err, models.Invalid, "import.invalid_file")
	own.Columns = "spent_on,line_number,amount,-"
	first := l.imported(own)
	equal(t, []int{first.Import.PostedCount, first.Import.ExceptionCount}, []int{1, 0})

	plain := l.imported(l.file("spent_on,line_number,amount\n2026-01-16,1,11.00\n"))
	equal(t, plain.Import.Mapping, "")
	next := l.imported(l.file("LINE,net,Posting date\n1,12.00,2026-01-17\n"))
	equal(t, next.Import.PostedCents, models.Cents(1_200))
	equal(t, LedgerColumnsOf(next.Import.Mapping), []LedgerColumn{{"LINE", "line_number", ""}, {"net", "amount", ""}, {"Posting date", "spent_on", ""}})

	twice := l.file("Posting Date,Line,Net,Batch\n2026-01-18,1,10.00,7\n")
	twice.Columns = "spent_on,line_number,amount,amount"
	_, err = l.s.ImportExpenditures(context.Background(), l.preparer, twice)
	refused(t, err, models.Invalid, "import.invalid_file")
}
