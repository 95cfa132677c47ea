package browser

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

const (
	basalt = "preparer-020@demo.example" // posts and reverses by hand
	micas  = "preparer-021@demo.example" // writes an application in a workbook
	beryl  = "preparer-022@demo.example" // reports a period
	onyx   = "preparer-023@demo.example" // imports its ledger
	fiscal = "fiscal-1@demo.example"
)

// spendsOn opens the form for an expenditure on this year's application.
func (v *visitor) spendsOn() *page {
	v.t.Helper()
	return v.get("/expenditures/new?application_id=" + lastPart(applicationOf(v.t, v.email))).ok()
}

// The first line with room: its value in the select and its words.
func (p *page) roomyLine() (id, words string) {
	p.v.t.Helper()
	for _, o := range p.all(`select[name="line_item_id"] option`) {
		if optionValue(o) != "" && !strings.Contains(o.text(), " $0.00 remaining") && !strings.Contains(o.text(), "-$") {
			return optionValue(o), o.text()
		}
	}
	p.v.t.Fatalf("%s offers no line with room: %.500s", p.path, p.main())
	return "", ""
}

func TestSpendingIsPostedAndReversed(t *testing.T) {
	t.Parallel()
	v := as(t, basalt)
	p := v.spendsOn()
	empty := p.form("Post").with("line_item_id", "").with("amount_cents", "").sendAnyway().is(http.StatusUnprocessableEntity)
	for _, id := range []string{"#f-line_item_id", "#f-amount_cents"} {
		if empty.first(id).attr("aria-invalid") != "true" {
			t.Errorf("what is missing is not said at %s: %s", id, empty.first("#problems").textOrNone())
		}
	}
	line, words := p.roomyLine()
	over := p.form("Post").with("line_item_id", line).with("amount_cents", "9,999,999.00").with("vendor", "Demo Books").send().is(http.StatusUnprocessableEntity)
	over.says("more than its limit", "Post at most")
	if over.first("#f-amount_cents").attr("aria-invalid") != "true" || over.first("#f-amount_cents").attr("value") != "9,999,999.00" || over.first("#f-vendor").attr("value") != "Demo Books" {
		t.Error("what was typed is gone, or the field does not say what is wrong")
	}
	if got := over.form("Post").values.Get("line_item_id"); got != line {
		t.Errorf("the line %q is gone: %q", words, got)
	}
	if p := over.form("Post").with("amount_cents", "a lot").send().is(http.StatusUnprocessableEntity); p.first("#f-amount_cents").attr("aria-invalid") != "true" {
		t.Error("an amount that cannot be read is not said at its field")
	}
	over.form("Post").with("amount_cents", "1.00").with("spent_on", "2031-01-01").send().is(http.StatusUnprocessableEntity).says("in the future")
	posted := over.form("Post").with("amount_cents", "12.34").with("invoice", "PT-1").send().ok().says("Posted.", "remains on line", "$12.34", "Demo Books", "PT-1")
	if again := v.get("/expenditures?search=PT-1").ok(); len(again.all(".list tbody tr")) != 1 {
		t.Errorf("the ledger shows it %d times", len(again.all(".list tbody tr")))
	}

	as(t, beryl).get(posted.path).is(http.StatusNotFound)
	as(t, beryl).post(posted.path+"/reversal", url.Values{"comment": {"Not mine."}}).is(http.StatusNotFound)
	as(t, beryl).post("/expenditures", url.Values{"line_item_id": {line}, "amount_cents": {"1.00"}, "spent_on": {"2026-03-01"}}).is(http.StatusNotFound)
	as(t, auditing).post("/expenditures", url.Values{"line_item_id": {line}, "amount_cents": {"1.00"}, "spent_on": {"2026-03-01"}}).is(http.StatusForbidden)
	as(t, auditing).get(posted.path).ok().hides("Yes, reverse it")
	if p := as(t, "").get(posted.path); p.title() != "Sign in" {
		t.Errorf("a stranger sees %s", p.title())
	}

	posted.form("Yes, reverse it").with("comment", "").sendAnyway().is(http.StatusUnprocessableEntity)
	reversed := posted.form("Yes, reverse it").with("comment", "Booked on the wrong line.").send().ok().says("Reversed.", "-$12.34", "the entry that was wrong")
	reversed.hides("Yes, reverse it")
	v.get(posted.path).ok().says("Reversed by").hides("Yes, reverse it")
	v.post(posted.path+"/reversal", url.Values{"comment": {"Again."}}).is(http.StatusConflict)
}

func TestPeriodIsReportedWithItsLines(t *testing.T) {
	t.Parallel()
	v := as(t, beryl)
	v.get("/period_reports/new").ok()
	p := v.get("/period_reports/new?application_id="+lastPart(applicationOf(t, beryl))).ok().says("Spent so far", "Remaining", "Total")
	sent := p.form("Report the period").with("period_start", "2026-04-02").with("period_end", "2026-04-01").send().is(http.StatusUnprocessableEntity)
	if sent.first("#f-period_end").attr("aria-invalid") != "true" {
		t.Error("the order of the days is not said at its field")
	}
	over := sent.form("Report the period").with("period_start", "2026-04-01").with("period_end", "2026-04-02").with("lines.0.amount_cents", "10.00").with("lines.1.amount_cents", "9,999,999.00").with("lines.2.amount_cents", "20.50").send()
	over.is(http.StatusUnprocessableEntity).says("more than its limit", "Post at most")
	if over.first("#f-lines-1-amount_cents").attr("aria-invalid") != "true" || over.first("#f-lines-0-amount_cents").attr("aria-invalid") != "" || over.first("#f-lines-2-amount_cents").attr("value") != "20.50" {
		t.Error("the line that is over its limit is not the one that says so, or what was typed is gone")
	}
	reading := over.form("Report the period").with("lines.1.amount_cents", "ten").send().is(http.StatusUnprocessableEntity)
	if reading.first("#f-lines-1-amount_cents").attr("aria-invalid") != "true" {
		t.Error("an amount that cannot be read is not said at its line")
	}
	nothing := over.form("Report the period").with("lines.1.amount_cents", "").with("nothing_spent", "true").send().is(http.StatusUnprocessableEntity)
	nothing.says("so something was spent")
	done := over.form("Report the period").with("lines.1.amount_cents", "").with("comment", "April so far").send().ok().says("Reported: $", "April so far")
	entries := done.follow("The entries of the period").ok()
	entries.says("$10.00", "$20.50", "Reported for 2026-04-01 to 2026-04-02.")
	other := over.form("Report the period").with("lines.1.amount_cents", "").send().is(http.StatusConflict).says("This form was sent already")
	other.form("Report the period").send().is(http.StatusConflict).says("There is a report up to")

	as(t, basalt).get(done.path).is(http.StatusNotFound)
	as(t, basalt).post("/period_reports", url.Values{"application_id": {lastPart(applicationOf(t, beryl))}, "period_start": {"2026-04-03"}, "period_end": {"2026-04-03"}}).is(http.StatusNotFound)
	as(t, fiscal).post("/period_reports", url.Values{"application_id": {lastPart(applicationOf(t, beryl))}, "period_start": {"2026-04-03"}, "period_end": {"2026-04-03"}}).is(http.StatusForbidden)
	as(t, fiscal).get(done.path).ok()
}

var lineCodes = regexp.MustCompile(`Line (\d+) \((\d{3}) / (\d{4})\)`)

func TestLedgerIsImportedAndItsExceptionsDecided(t *testing.T) {
	t.Parallel()
	v := as(t, onyx)
	line, words := v.spendsOn().roomyLine()
	codes := lineCodes.FindStringSubmatch(words)
	ledger := "line_number,function_code,object_code,amount,spent_on,vendor,invoice,memo\n" +
		codes[1] + "," + codes[2] + "," + codes[3] + ",11.00,2026-04-01,\"Demo Books, Inc.\",PT-L1,First\n" +
		",999,9999,12.00,2026-04-01,Demo Bus,PT-L2,To match\n" +
		",999,9998,13.00,2026-04-01,Demo Bus,PT-L3,To dismiss\n"
	form := v.get("/expenditure_imports/new").ok().form("See what would be posted").with("application_id", lastPart(applicationOf(t, onyx)))
	none := form.sendAnyway().is(http.StatusUnprocessableEntity)
	if none.first("#f-file").attr("aria-invalid") != "true" {
		t.Error("the missing file is not said at its field")
	}
	wrong := none.form("See what would be posted").file("file", "wrong.csv", "text/csv", []byte("line_number,amount,spent_on\n1,lots,2026-04-01\n")).send().is(http.StatusUnprocessableEntity)
	wrong.says("is not an amount of dollars")
	look := wrong.form("See what would be posted").file("file", "ledger.csv", "text/csv", []byte(strings.ReplaceAll(ledger, "\n", "\r\n"))).send().ok()
	look.says("What would be posted", "Nothing is posted yet.", "No line in force has", "$11.00")
	if p := v.get("/expenditures?search=PT-L1").ok(); len(p.all(".list tbody tr")) != 0 {
		t.Fatal("a look posted something")
	}
	done := look.form("Post 1 row").send().ok().says("Imported: 1 rows posted, 2 wait in the queue of exceptions.", "ledger.csv")
	if p := v.get("/expenditures?search=PT-L1").ok().says("Demo Books, Inc."); len(p.all(".list tbody tr")) != 1 {
		t.Errorf("%d rows are posted", len(p.all(".list tbody tr")))
	}
	again := v.get("/expenditure_imports/new").ok().form("See what would be posted").with("application_id", lastPart(applicationOf(t, onyx))).file("file", "again.csv", "text/csv", []byte(ledger)).send().ok()
	again.says("This very file was imported before.")

	queue := v.get("/import_exceptions?status=open&import_id=" + lastPart(done.path)).ok()
	if rows := len(queue.all(".list tbody tr")); rows != 2 {
		t.Fatalf("%d rows wait", rows)
	}
	var rows []string
	for _, a := range queue.all("main .list a") {
		if strings.HasPrefix(a.attr("href"), "/import_exceptions/") {
			rows = append(rows, a.attr("href"))
		}
	}
	first := v.get(rows[0]).ok()
	stale := first.form("Post it on this line").values.Get("version")
	missing := first.form("Post it on this line").with("line_item_id", "").sendAnyway().is(http.StatusUnprocessableEntity)
	if missing.first("#f-line_item_id").attr("aria-invalid") != "true" {
		t.Error("the missing line is not said at its field")
	}
	as(t, basalt).get(rows[0]).is(http.StatusNotFound)
	as(t, basalt).post(rows[0]+"/transitions", url.Values{"event": {"dismiss"}, "comment": {"Not ours."}, "version": {stale}}).is(http.StatusNotFound)
	as(t, auditing).get(rows[0]).ok().hides("Post it on this line", "Yes, dismiss it")
	as(t, auditing).post(rows[0]+"/transitions", url.Values{"event": {"dismiss"}, "comment": {"Not ours."}, "version": {stale}}).is(http.StatusForbidden)
	first.form("Post it on this line").with("line_item_id", line).send().ok().says("Posted on the line.")
	first.form("Post it on this line").with("line_item_id", line).send().is(http.StatusPreconditionFailed)
	v.get(rows[0]).ok().says("Matched", "an expenditure").hides("Post it on this line")
	second := v.get(rows[1]).ok()
	second.form("Yes, dismiss it").with("comment", "").sendAnyway().is(http.StatusUnprocessableEntity)
	second.form("Yes, dismiss it").with("comment", "Another grant pays the bus.").send().ok().says("Dismissed.")
	v.get(rows[1]).ok().says("Another grant pays the bus.").hides("Yes, dismiss it")

	as(t, basalt).get(done.path).is(http.StatusNotFound)
	as(t, fiscal).get(done.path).ok().says("ledger.csv")
}

// A ledger with headings of its own is asked about once.
func TestColumnsOfALedgerAreAskedOnce(t *testing.T) {
	t.Parallel()
	v := as(t, basalt)
	application := lastPart(applicationOf(t, basalt))
	_, words := v.spendsOn().roomyLine()
	number := lineCodes.FindStringSubmatch(words)[1]
	send := func(name, ledger string) *page {
		return v.get("/expenditure_imports/new").ok().form("See what would be posted").with("application_id", application).file("file", name, "text/csv", []byte(ledger)).send()
	}
	asked := send("own.csv", "GL Date,Line,Net,Batch,Payee\n2026-04-01,"+number+",1.25,9,PT-C1\n").ok().says("What the columns are", "GL Date", "for example: 1.25")
	form := asked.form("See what would be posted")
	if got := strings.Join(form.values["column"], ","); got != "spent_on,line_number,,,vendor" {
		t.Errorf("proposed: %s", got)
	}
	missing := form.send().is(http.StatusUnprocessableEntity).says("The column amount (dollars) or amount_cents is missing.", "for example: 1.25")
	form = missing.form("See what would be posted")
	form.values["column"] = []string{"spent_on", "line_number", "amount", "", "vendor"}
	look := form.send().ok().says("What would be posted", "Nothing is posted yet.", "$1.25")
	look.form("Look again").send().ok().says("What would be posted", "$1.25")
	look.form("Post 1 row").send().ok().says("own.csv", "Imported: 1 rows posted, 0 wait")
	v.get("/expenditures?search=PT-C1").ok().says("$1.25")
	send("next.csv", "Payee,Net,Line,GL Date\nPT-C2,2.25,"+number+",2026-04-02\n").ok().says("What would be posted", "$2.25").form("Post 1 row").send().ok().says("next.csv")
	v.get("/expenditures?search=PT-C2").ok().says("$2.25")
}

// book is a downloaded workbook that somebody changes in a spreadsheet program.
type book struct {
	t testing.TB
	*excelize.File
}

func (v *visitor) book(address string) book {
	v.t.Helper()
	p := v.get(address).ok()
	if kind := p.header.Get("Content-Type"); !strings.Contains(kind, "spreadsheetml") || !strings.Contains(p.header.Get("Content-Disposition"), ".xlsx") {
		v.t.Fatalf("%s is %s", address, kind)
	}
	f, err := excelize.OpenReader(strings.NewReader(p.body))
	if err != nil {
		v.t.Fatal(err)
	}
	return book{v.t, f}
}

func (b book) rows() [][]string {
	b.t.Helper()
	rows, err := b.GetRows("Lines")
	if err != nil {
		b.t.Fatal(err)
	}
	return rows
}

// at is the name of a cell by its column's heading, such as J2.
func (b book) at(heading string, row int) string {
	b.t.Helper()
	for i, h := range b.rows()[0] {
		if h == heading {
			name, err := excelize.CoordinatesToCellName(i+1, row)
			if err != nil {
				b.t.Fatal(err)
			}
			return name
		}
	}
	b.t.Fatalf("no column %s in %v", heading, b.rows()[0])
	return ""
}

func (b book) set(heading string, row int, value any) {
	b.t.Helper()
	if err := b.SetCellValue("Lines", b.at(heading, row), value); err != nil {
		b.t.Fatal(err)
	}
}

func (b book) bytes() []byte {
	b.t.Helper()
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		b.t.Fatal(err)
	}
	return out.Bytes()
}

const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func TestWorkbookGoesOutAndComesBackThroughThePages(t *testing.T) {
	t.Parallel()
	v := as(t, micas)
	rev := v.application().linked("/revisions/")
	rev = "/revisions/" + identifier.FindString(rev)
	page := v.get(rev + "/workbook/import").ok()
	none := page.form("See what would change").sendAnyway().is(http.StatusUnprocessableEntity)
	if none.first("#f-file").attr("aria-invalid") != "true" {
		t.Error("the missing file is not said at its field")
	}
	page.form("See what would change").file("file", "notes.xlsx", sheetType, []byte("no workbook")).send().is(http.StatusUnprocessableEntity)
	b := v.book(rev + "/workbook")
	b.set("Description", 2, "Described anew in the workbook, for the whole district")
	b.set("Object 1", 3, "99")
	look := page.form("See what would change").file("file", "lines.xlsx", sheetType, b.bytes()).send().ok()
	look.says("What would change", "Nothing is changed yet.", "To fix", "Lines!"+b.at("Object 1", 3), "Changed", "Lines!"+b.at("Description", 2), "Described anew in the workbook")
	v.get(rev).ok().hides("Described anew in the workbook")
	again := look.form("Look again").send().ok().says("What would change", "To fix", b.at("Object 1", 3))
	done := again.form("Take only the good row").send().ok().says("Done: 0 lines added, 1 changed, 0 taken out.", "Described anew in the workbook")
	if done.path != rev {
		t.Errorf("ends at %s", done.path)
	}
	again.form("Take only the good row").send().is(http.StatusPreconditionFailed)

	as(t, basalt).get(rev + "/workbook").is(http.StatusNotFound)
	as(t, basalt).get(rev + "/workbook/import").is(http.StatusNotFound)
	as(t, basalt).post(rev+"/paste", url.Values{"file": {"x"}}).isNot(http.StatusOK)

	paste := v.get(rev + "/paste").ok()
	if p := paste.form("See what would change").with("file", " ").sendAnyway().is(http.StatusUnprocessableEntity); p.first("#f-file").attr("aria-invalid") != "true" {
		t.Error("the missing rows are not said at their field")
	}
	pasted := paste.form("See what would change").with("file", "Line\tDescription\n1\tPasted over the first line, in the words of the spreadsheet\n").send().ok()
	pasted.says("What would change", "Pasted over the first line")
	pasted.form("Take this row").send().ok().says("Done: 0 lines added, 1 changed, 0 taken out.", "Pasted over the first line")

	office := as(t, liaison)
	office.get(rev + "/workbook").ok()
	if p := office.get(rev + "/workbook/import").ok(); len(p.all(".usa-alert--info")) == 0 {
		t.Error("the office is not told that it cannot change the revision")
	}
}

// isNot ends the test when the page has this status.
func (p *page) isNot(status int) {
	p.v.t.Helper()
	if p.status == status {
		p.v.t.Fatalf("%s: %s answered %d", p.v.email, p.path, status)
	}
}

func TestPaymentIsRecordedAndPartOfItComesBack(t *testing.T) {
	t.Parallel()
	v := as(t, fiscal)
	var address string
	list := v.get("/payments?status=expected").ok()
	for _, a := range list.all("main .list a") {
		if strings.HasPrefix(a.text(), "MI21H-2026-") && strings.HasPrefix(a.attr("href"), "/payments/") {
			address = a.attr("href")
		}
	}
	if address == "" {
		t.Fatalf("no payment is expected: %s", list.main())
	}
	as(t, basalt).get(address).is(http.StatusNotFound)
	as(t, auditing).get(address).ok().hides("Record the payment", "Yes, cancel it")
	p := v.get(address).ok()
	version := p.form("Record the payment").values.Get("version")
	as(t, auditing).post(address+"/transitions", url.Values{"event": {"record"}, "paid_cents": {"1.00"}, "paid_on": {"2026-04-01"}, "version": {version}}).is(http.StatusForbidden)
	as(t, basalt).post(address+"/transitions", url.Values{"event": {"cancel"}, "comment": {"No."}, "version": {version}}).is(http.StatusNotFound)
	future := p.form("Record the payment").with("paid_on", "2031-01-01").with("reference", "SA-PT").send().is(http.StatusUnprocessableEntity)
	if future.first("#f-paid_on").attr("aria-invalid") != "true" || future.first("#f-reference").attr("value") != "SA-PT" {
		t.Error("a day to come is not refused at its field, or what was typed is gone")
	}
	if p := p.form("Record the payment").with("paid_cents", "much").send().is(http.StatusUnprocessableEntity); p.first("#f-paid_cents").attr("aria-invalid") != "true" {
		t.Error("an amount that cannot be read is not said at its field")
	}
	v.get(address).ok().form("Yes, cancel it").with("comment", "").sendAnyway().is(http.StatusUnprocessableEntity)
	paid := v.get(address).ok().form("Record the payment").with("reference", "SA-PT").send().ok().says("was paid. The district is told.", "SA-PT", "Paid")
	p.form("Record the payment").send().is(http.StatusPreconditionFailed)
	back := paid.follow("Record money that came back").ok()
	tooMuch := back.form("Record the return").with("amount_cents", "999,999,999.00").send().is(http.StatusUnprocessableEntity)
	if tooMuch.first("#f-amount_cents").attr("aria-invalid") != "true" {
		t.Errorf("a return of more than was paid is not refused at its field: %s", tooMuch.first("#problems").textOrNone())
	}
	tooMuch.form("Record the return").with("amount_cents", "5.00").with("reference", "RET-PT").send().ok().says("Recorded: $5.00 came back.", "RET-PT")
	as(t, basalt).get(back.path).is(http.StatusNotFound)
	as(t, auditing).post(back.path, url.Values{"amount_cents": {"1.00"}, "returned_on": {"2026-04-01"}}).is(http.StatusForbidden)
}
