package workflow

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"earmark/models"
	"earmark/store"
)

// workbook is a downloaded workbook that a person changes.
type workbook struct {
	t *testing.T
	f *excelize.File
}

func (o *office) workbook(t *testing.T, rev models.Revision) workbook {
	t.Helper()
	form, err := o.s.LineWorkbook(ctx, o.preparer, rev.ID)
	noError(t, err)
	var b bytes.Buffer
	noError(t, form.Write(&b))
	f, err := excelize.OpenReader(&b)
	noError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return workbook{t, f}
}

func (w workbook) set(heading string, row int, value any) {
	w.t.Helper()
	at, err := excelize.CoordinatesToCellName(w.column(heading), row)
	noError(w.t, err)
	noError(w.t, w.f.SetCellValue("Lines", at, value))
}

func (w workbook) column(heading string) int {
	w.t.Helper()
	rows, err := w.f.GetRows("Lines")
	noError(w.t, err)
	for i, c := range rows[0] {
		if c == heading {
			return i + 1
		}
	}
	w.t.Fatalf("no column %s in %v", heading, rows[0])
	return 0
}

func (w workbook) bytes() []byte {
	w.t.Helper()
	var b bytes.Buffer
	noError(w.t, w.f.Write(&b))
	return b.Bytes()
}

func (o *office) importing(rev models.Revision, content []byte, format string) ImportLineItems {
	o.t.Helper()
	now, err := store.Get[models.Revision](o.db.Read(ctx), rev.ID)
	noError(o.t, err)
	return ImportLineItems{RevisionID: rev.ID, Version: now.Version, Format: format, Content: content}
}

func TestAWorkbookGoesOutAndComesBack(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	for _, cents := range []models.Cents{10000000, 5000000, 100000} {
		o.save(o.services(rev, cents))
	}
	w := o.workbook(t, rev)
	same, err := o.s.ImportLineItems(ctx, o.preparer, func() ImportLineItems { in := o.importing(rev, w.bytes(), "xlsx"); in.DryRun = true; return in }())
	noError(t, err)
	if same.Counts[RowUnchanged] != 3 || len(same.Rows) != 3 {
		t.Fatalf("an untouched workbook: %v", same.Counts)
	}
	total, err := w.f.CalcCellValue("Totals", "B"+lastTotal(t, w, "Total of all lines"))
	noError(t, err)
	if !strings.Contains(strings.ReplaceAll(total, ",", ""), "151000") {
		t.Errorf("the total is %s", total)
	}
	w.set("Amount 1", 2, 0.1+0.2) // as a spreadsheet stores it
	w.set("Remove", 3, "yes")
	w.set("Description", 5, "Two more days of LETRS for the teachers of Alder Elementary")
	w.set("Use category", 5, "4")
	w.set("Function", 5, "221")
	w.set("Kind of cost", 5, "Purchased services")
	w.set("Object 1", 5, "3120")
	w.set("Amount 1", 5, 1234.5)
	w.set("School", 5, "90001")
	in := o.importing(rev, w.bytes(), "xlsx")
	in.DryRun = true
	plan, err := o.s.ImportLineItems(ctx, o.preparer, in)
	noError(t, err)
	if plan.Counts[RowChanged] != 1 || plan.Counts[RowRemoved] != 1 || plan.Counts[RowAdded] != 1 || plan.Counts[RowUnchanged] != 1 || plan.AfterCents != 30+100000+123450 {
		t.Fatalf("%v %v %+v", plan.Counts, plan.AfterCents, plan.Rows)
	}
	if c := plan.Rows[0].Fields; len(c) != 1 || c[0].Key != "amount_1" || c[0].Before != "100000.00" || c[0].After != "0.30" || !strings.HasPrefix(c[0].Cell, "Lines!") {
		t.Fatalf("%+v", c)
	}
	if now := o.revision(models.Application{Root: models.Root{ID: rev.ApplicationID}}, 0); now.Version != in.Version || now.LineCount != 3 {
		t.Fatal("a dry run changed the revision")
	}
	in.DryRun, in.Content, in.Format = false, plan.Table, "csv" // as the second step sends it
	done, err := o.s.ImportLineItems(ctx, o.preparer, in)
	noError(t, err)
	if done.Revision.LineCount != 3 || done.Revision.TotalCents != 30+100000+123450 || done.Revision.Version != in.Version+1 {
		t.Fatalf("%+v", done.Revision)
	}
	v, err := o.s.Revision(ctx, o.preparer, rev.ID)
	noError(t, err)
	added := v.Lines[len(v.Lines)-1]
	if len(v.Lines) != 3 || added.Number != 4 || added.Version.AmountCents != 123450 || added.Version.SchoolID == nil || len(v.Lines[0].Links) != 1 {
		t.Fatalf("%+v", v.Lines)
	}
	_, err = o.s.ImportLineItems(ctx, o.preparer, in)
	refused(t, err, models.Stale, "")
}

func lastTotal(t *testing.T, w workbook, label string) string {
	t.Helper()
	rows, err := w.f.GetRows("Totals")
	noError(t, err)
	for i, r := range rows {
		if len(r) > 0 && r[0] == label {
			name, _ := excelize.CoordinatesToCellName(1, i+1)
			return name[1:]
		}
	}
	t.Fatal("no " + label)
	return ""
}

func TestAWorkbookNeverOverwritesWhatWasSavedSince(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	first, second := o.save(o.services(rev, 10000000)), o.save(o.services(rev, 5000000))
	w := o.workbook(t, rev)
	for _, saved := range []LineSaved{first, second} {
		theirs := o.services(rev, 7000000)
		theirs.Number, theirs.Description = saved.Line.Number, "As the other person of the district wrote it meanwhile, for two days"
		o.save(theirs)
	}
	w.set("Amount 1", 2, 90000)
	in := o.importing(rev, w.bytes(), "xlsx")
	_, err := o.s.ImportLineItems(ctx, o.preparer, in)
	refused(t, err, models.Invalid, "line_item.changed_since")
	in.DryRun = true
	plan, err := o.s.ImportLineItems(ctx, o.preparer, in)
	noError(t, err)
	if x := plan.Rows[0]; !x.Conflict() || len(x.Fields) != 2 || x.Fields[1].Before != "70000.00" || x.Fields[1].After != "90000.00" || plan.Rows[1].Kind != RowKept {
		t.Fatalf("%+v", plan.Rows)
	}
	in.DryRun, in.Overwrite = false, "1"
	done, err := o.s.ImportLineItems(ctx, o.preparer, in)
	noError(t, err)
	if done.Revision.TotalCents != 9000000+7000000 {
		t.Fatal(done.Revision.TotalCents)
	}
}

func TestWrongCellsAreNamedAndGoodRowsTaken(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	text := "Description\tCategory\tFunction\tObject\tAmount\tKind\r\n" +
		"Books for the summer program of the partnership school\t4\t221\t5110\t$1,200.00\tSupplies\r\n" +
		"\"Cell with a\nbreak\"\t4\t999\t3120\tmany\tPurchased services\r\n" +
		"Coach for two days at the partnership school\t4\t221\t3120\t800\tMagic\r\n"
	in := o.importing(rev, []byte(text), "tsv")
	in.DryRun = true
	plan, err := o.s.ImportLineItems(ctx, o.preparer, in)
	noError(t, err)
	if plan.Counts[RowWrong] != 2 || plan.Counts[RowAdded] != 1 || plan.Rows[1].Errors[0].Cell != "E3" || plan.Rows[2].Errors[0].Cell != "F4" || plan.Rows[2].Errors[0].Fix == "" {
		t.Fatalf("%+v", plan.Rows)
	}
	in.DryRun = false
	_, err = o.s.ImportLineItems(ctx, o.preparer, in)
	refused(t, err, models.Invalid, "number")
	in.Take = "good"
	done, err := o.s.ImportLineItems(ctx, o.preparer, in)
	noError(t, err)
	if done.Revision.LineCount != 1 || done.Revision.TotalCents != 120000 || done.Rows[0].Number != 1 {
		t.Fatalf("%+v", done.Revision)
	}
	events, err := o.s.AuditEvents(ctx, o.auditor, ListAuditEvents{DocumentID: rev.ID})
	noError(t, err)
	last := events[len(events)-1]
	if last.Action != "import_line_items" && events[0].Action != "import_line_items" {
		t.Fatalf("%v", events)
	}
	_, err = o.s.ImportLineItems(ctx, o.stranger, in)
	refused(t, err, models.NotFound, "")
	_, err = o.s.ImportLineItems(ctx, o.auditor, o.importing(rev, []byte(text), "tsv"))
	refused(t, err, models.Forbidden, "")
}

func TestAPasteIsGuessedAndCorrected(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	text := "221\t3120\tCoach for two days at the partnership school\t800.00\t12\n221\t3120\tCoach for four days at the partnership school\t1600\t13\n"
	in := o.importing(rev, []byte(text), "tsv")
	in.DryRun = true
	plan, err := o.s.ImportLineItems(ctx, o.preparer, in)
	noError(t, err)
	var keys []string
	for _, c := range plan.Columns {
		keys = append(keys, c.Key)
	}
	if got := strings.Join(keys, ","); !strings.HasPrefix(got, "function_code,object_1,description,amount_1") {
		t.Fatal(got)
	}
	in.Columns = "function_code,object_1,description,amount_1,fte"
	if plan, err = o.s.ImportLineItems(ctx, o.preparer, in); err != nil || plan.Columns[4].Key != "fte" {
		t.Fatalf("%v %+v", err, plan.Columns)
	}
	in.Columns = "nonsense,fte,fte"
	_, err = o.s.ImportLineItems(ctx, o.preparer, in)
	refused(t, err, models.Invalid, "line_items.column_unknown")
	refused(t, err, models.Invalid, "line_items.column_repeated")
}

func TestRowsNameLinesOnceAndOnlyThoseThereAre(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	o.save(o.services(rev, 30000000))
	for text, code := range map[string]string{
		"Line\tAmount\n1\t100\n1\t200\n":           "line_items.line_repeated",
		"Line\tAmount\n7\t100\n":                   "line_items.line_gone",
		"Line\tAmount\nx\t100\n":                   "number",
		"Line\tAmount\n1\t500000\n":                "line_item.over_allocation",
		"Line\tAmount\n1\t300000\n":                "line_items.nothing_to_take",
		"Line\tStarts on\n1\tsoon\n":               "civil_date",
		"Line\tPrior approval given\n1\tperhaps\n": "yes_or_no",
		"Line\tAmount\n":                           "csv.no_rows",
		"":                                         "csv.no_rows",
	} {
		_, err := o.s.ImportLineItems(ctx, o.preparer, o.importing(rev, []byte(text), "tsv"))
		refused(t, err, models.Invalid, code)
	}
	_, err := o.s.ImportLineItems(ctx, o.preparer, o.importing(rev, []byte("no workbook"), "xlsx"))
	refused(t, err, models.Invalid, "workbook.unreadable")
	w := o.workbook(t, rev)
	noError(t, w.f.SetCellValue("_earmark", "B2", "another"))
	_, err = o.s.ImportLineItems(ctx, o.preparer, o.importing(rev, w.bytes(), "xlsx"))
	refused(t, err, models.Invalid, "workbook.another_revision")
}
