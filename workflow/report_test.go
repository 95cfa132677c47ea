package workflow

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"earmark/models"
	"earmark/reports"
)

func (w *reportWorld) report(who models.Actor, code string, on models.Date) models.Report {
	w.t.Helper()
	r, err := w.s.Report(ctx, who, GetReport{Code: code, GrantYearID: w.year.ID, On: on})
	noError(w.t, err)
	return r
}

// plainly are the rows of a table as CSV has them, without what guards spreadsheets.
func plainly(t testing.TB, table models.ReportTable) [][]string {
	t.Helper()
	var out bytes.Buffer
	noError(t, reports.WriteCSV(&out, models.Report{ReportTable: table}))
	rows, err := csv.NewReader(&out).ReadAll()
	noError(t, err)
	return rows[1:]
}

// only are some columns of a table's rows.
func only(t testing.TB, table models.ReportTable, names ...string) [][]string {
	t.Helper()
	var out [][]string
	for _, row := range plainly(t, table) {
		cells := make([]string, len(names))
		for i, name := range names {
			at := slices.IndexFunc(table.Columns, func(c models.ReportColumn) bool { return c.Name == name })
			if at < 0 {
				t.Fatalf("%s has no column %s", table.Name, name)
			}
			cells[i] = row[at]
		}
		out = append(out, cells)
	}
	return out
}

// inForceOn says of a version v of a revision r that it counts on a day: approved by then,
// and no later one is.
func inForceOn(on models.Date) string {
	return fmt.Sprintf(`r.status = 'approved' AND r.decided_on <= '%[1]s' AND NOT EXISTS (SELECT 1 FROM line_versions w JOIN revisions q ON q.id = w.revision_id
		WHERE w.line_item_id = v.line_item_id AND q.status = 'approved' AND q.decided_on <= '%[1]s' AND q.number > r.number)`, on)
}

// Every cell of the money reports is what other statements find in the ledger and in the
// versions of lines, on either night, although more was posted and approved since.
func TestMoneyReportsCellByCell(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		w := givenReported(t, seed)
		for _, on := range reportNights {
			// Asked for a later day, the report is that of the last night before it.
			utilization, uses, register := w.report(w.office, "utilization", on.AddDays(2)), w.report(w.office, "uses", on), w.report(w.office, "line_items", on)
			equal(t, []models.Date{utilization.AsOf, uses.AsOf, register.AsOf}, []models.Date{on, on, on})

			want := w.sql(fmt.Sprintf(`SELECT o.code, o.name, o.subtype, (SELECT a.reference FROM applications a WHERE a.organization_id = o.id), l.amount_cents,
					(SELECT COALESCE(SUM(v.amount_cents), 0) FROM revisions r, line_versions v WHERE v.revision_id = r.id AND r.organization_id = o.id AND %[1]s),
					(SELECT COALESCE(SUM(p.paid_cents), 0) FROM payments p WHERE p.organization_id = o.id AND p.status = 'paid' AND p.paid_on <= '%[2]s'),
					(SELECT COALESCE(SUM(e.amount_cents), 0) FROM expenditures e WHERE e.organization_id = o.id AND e.posted_on <= '%[2]s'),
					(SELECT COUNT(*) FROM line_items i WHERE i.organization_id = o.id)
				FROM organizations o JOIN allocations l ON l.organization_id = o.id JOIN allocation_runs x ON x.id = l.run_id AND x.number = 2
				WHERE l.amount_cents <> 0 ORDER BY o.code`, inForceOn(on), on))
			equal(t, only(t, utilization.ReportTable, "organization_code", "organization", "subtype", "reference", "allocation_cents", "approved_cents", "paid_cents", "spent_cents", "line_count"), want)
			rates(t, utilization.ReportTable, "spent_cents", "allocation_cents")
			w.forecasts(utilization, on)

			want = w.sql(fmt.Sprintf(`SELECT o.code, o.name, z.use_category, c.code, c.name, COUNT(*), SUM(z.amount_cents), SUM(z.spent), SUM(z.amount_cents) - SUM(z.spent)
				FROM (SELECT r.organization_id, v.use_category, v.school_id, v.amount_cents,
					(SELECT COALESCE(SUM(e.amount_cents), 0) FROM expenditures e WHERE e.line_item_id = v.line_item_id AND e.posted_on <= '%[2]s') AS spent
					FROM revisions r JOIN line_versions v ON v.revision_id = r.id WHERE %[1]s) z
				JOIN organizations o ON o.id = z.organization_id LEFT JOIN organizations c ON c.id = z.school_id
				GROUP BY o.code, o.name, z.use_category, c.code, c.name ORDER BY o.code, z.use_category, COALESCE(c.code, '')`, inForceOn(on), on))
			equal(t, only(t, uses.ReportTable, "organization_code", "organization", "use_category", "school_code", "school", "line_count", "approved_cents", "spent_cents", "remaining_cents"), want)
			rates(t, uses.ReportTable, "spent_cents", "approved_cents")

			want = w.sql(fmt.Sprintf(`SELECT o.code, a.reference, i.number, v.use_category, v.function_code, (SELECT MIN(k.object_code) FROM line_costs k WHERE k.line_version_id = v.id),
					(SELECT c.code FROM organizations c WHERE c.id = v.school_id), v.cost_kind, v.description, v.plan_activity,
					(SELECT MIN(t.code) FROM targets t WHERE t.id IN (SELECT n.target_id FROM line_links n WHERE n.line_version_id = v.id)), i.approved_on, 'in_force', v.amount_cents,
					(SELECT COALESCE(SUM(e.amount_cents), 0) FROM expenditures e WHERE e.line_item_id = v.line_item_id AND e.posted_on <= '%[2]s')
				FROM line_items i, line_versions v, revisions r, applications a, organizations o
				WHERE v.line_item_id = i.id AND r.id = v.revision_id AND a.id = i.application_id AND o.id = a.organization_id AND %[1]s ORDER BY o.code, i.number`, inForceOn(on), on))
			equal(t, only(t, register.ReportTable, "organization_code", "reference", "number", "use_category", "function_code", "object_codes", "school_code", "cost_kind", "description",
				"plan_activity", "targets", "approved_on", "status", "approved_cents", "spent_cents"), want)
			rates(t, register.ReportTable, "spent_cents", "approved_cents")
		}
	}
}

// rates holds rate_bp to the two columns it is made of.
func rates(t testing.TB, table models.ReportTable, part, whole string) {
	t.Helper()
	for _, row := range only(t, table, part, whole, "rate_bp") {
		want, a, b := "", number(t, row[0]), number(t, row[1])
		if r, ok := models.Rate(models.Cents(a), models.Cents(b)); ok {
			want = fmt.Sprint(int64(r))
		}
		equal(t, row[2], want)
	}
}

func number(t testing.TB, text string) int64 {
	t.Helper()
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		t.Fatalf("%q is not a number", text)
	}
	return n.Int64()
}

// forecasts holds the forecasts to those of the utilizations.
func (w *reportWorld) forecasts(r models.Report, on models.Date) {
	w.t.Helper()
	rows, err := w.s.ApplicationUtilizations(ctx, w.office, ListUtilizations{GrantYearID: w.year.ID, AsOf: on})
	noError(w.t, err)
	want := map[string][]string{}
	for _, u := range rows {
		for _, b := range w.budgets {
			if b.app.ID == u.ApplicationID {
				want[b.app.Reference] = []string{fmt.Sprint(int64(u.ForecastLowCents)), fmt.Sprint(int64(u.ForecastCents)), fmt.Sprint(int64(u.ForecastHighCents)), fmt.Sprint(u.UnlinkedCount)}
			}
		}
	}
	for _, row := range only(w.t, r.ReportTable, "reference", "forecast_low_cents", "forecast_cents", "forecast_high_cents", "unlinked_count", "allocation_cents") {
		if row[0] == "" { // has not applied: all of it stays unspent
			equal(w.t, row[1:5], []string{row[5], row[5], row[5], "0"})
			continue
		}
		equal(w.t, row[1:5], want[row[0]])
	}
}

// The same sums stand under every report, and they are those of the program's utilization.
func TestTotalsOfReportsAgree(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		w := givenReported(t, 10+seed)
		for _, on := range reportNights {
			sum, err := w.s.ProgramUtilizations(ctx, w.office, w.year.ID, on, on)
			noError(t, err)
			want := map[string]int64{"allocation_cents": int64(sum[0].AllocationCents), "approved_cents": int64(sum[0].ApprovedCents), "paid_cents": int64(sum[0].PaidCents),
				"spent_cents": int64(sum[0].SpentCents), "forecast_cents": int64(sum[0].ForecastCents), "line_count": int64(sum[0].LineCount), "unlinked_count": int64(sum[0].UnlinkedCount)}
			var tables []models.ReportTable
			for _, code := range []string{"utilization", "uses", "line_items", "legislature"} {
				tables = append(tables, w.report(w.office, code, on).Tables()...)
			}
			if on == reportNights[1] {
				w.setClock(w.now().AddDate(0, 0, 1))
				public, err := w.s.PublicReport(ctx, "mi-21h", 0)
				noError(t, err)
				tables = append(tables, public.Tables()...)
			}
			seen := 0
			for _, table := range tables {
				totals := models.NewTotals(table.Columns)
				for row, err := range table.Rows {
					noError(t, err)
					noError(t, totals.Add(row))
				}
				for i, c := range totals.Row() {
					name := table.Columns[i].Name
					if v, money := want[name]; money && c.Known {
						if seen++; c.Number != v {
							t.Errorf("seed %d, %s, %s: %s is %d under the table and %d of the program", seed, on, table.Name, name, c.Number, v)
						}
					}
					if name == "rate_bp" && table.Columns[i].Whole == "allocation_cents" {
						equal(t, c, models.NumberCellOf(sum[0].RateBP))
					}
				}
			}
			if seen < 20 {
				t.Errorf("only %d totals were compared", seen)
			}
		}
	}
}

// The amendment log says of every revision what its own pages say.
func TestAmendmentLogCellByCell(t *testing.T) {
	t.Parallel()
	w := givenReported(t, 21)
	log := w.report(w.office, "amendments", "")
	want := w.sql(`SELECT o.code, a.reference, r.number, r.status, r.reason, u.name, r.round, r.decided_on, (SELECT b.total_cents FROM revisions b WHERE b.id = r.base_id), r.total_cents,
			(SELECT COUNT(*) FROM line_versions v WHERE v.revision_id = r.id AND v.action = 'remove')
		FROM revisions r, applications a, organizations o, users u WHERE a.id = r.application_id AND o.id = r.organization_id AND u.id = r.created_by ORDER BY o.code, r.number`)
	equal(t, only(t, log.ReportTable, "organization_code", "reference", "number", "status", "reason", "created_by", "round", "decided_on", "before_cents", "after_cents", "lines_removed"), want)
}

// In an office that works: an amendment that is approved, one that is withdrawn.
func TestAmendmentLogKnowsMeterPeopleAndChanges(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, first := o.inForce(10000000)
	o.setClock(o.now().AddDate(0, 0, 15))
	second, err := o.s.CreateAmendment(ctx, o.preparer, CreateAmendment{ApplicationID: app.ID, Reason: "Another coach."})
	noError(t, err)
	o.save(o.services(second, 2000000))
	second = o.approve(second)
	third, err := o.s.CreateAmendment(ctx, o.preparer, CreateAmendment{ApplicationID: app.ID, Reason: "More hours."})
	noError(t, err)
	view, err := o.s.Revision(ctx, o.preparer, third.ID)
	noError(t, err)
	changed := o.services(third, view.Lines[0].Version.AmountCents+1000)
	changed.Number = view.Lines[0].Number
	o.save(changed)
	o.step(o.official, third, "withdraw", "No longer needed.")
	r, err := o.s.Report(ctx, o.auditor, GetReport{Code: "amendments", GrantYearID: o.year.ID})
	noError(t, err)
	rows := only(t, r.ReportTable, "number", "status", "created_by", "submitted_by", "decided_by", "before_cents", "after_cents", "change_cents", "lines_added", "lines_changed", "lines_removed")
	equal(t, rows, [][]string{
		{"0", "approved", "Pat Preparer", "Olu Official", "Fran Fiscal, Lee Liaison", "", "10000000", "", "1", "0", "0"},
		{"1", "approved", "Pat Preparer", "Olu Official", "Fran Fiscal, Lee Liaison", "10000000", "12000000", "2000000", "1", "0", "0"},
		{"2", "withdrawn", "Pat Preparer", "", "", "12000000", "12001000", "1000", "0", "1", "0"}})
	var meters [][]string
	for _, rev := range []models.Revision{first, second, third} {
		m, err := o.s.RevisionMeter(ctx, o.auditor, rev.ID)
		noError(t, err)
		meters = append(meters, []string{fmt.Sprint(int64(m.MovedCents)), m.Outcome})
	}
	meters[0] = []string{"", "original"}
	equal(t, only(t, r.ReportTable, "moved_cents", "meter"), meters)
}

// The alert log has every flag with its life and what was told of it.
func TestAlertLogCellByCell(t *testing.T) {
	t.Parallel()
	w := givenReported(t, 31)
	pal := w.person("Lee Liaison", models.RolePAL, "")
	w.assign(w.budgets[0].org, pal)
	w.budgets[0].spend(0, w.budgets[0].lines[0].AmountCents, "2025-10-02", "2026-04-20") // before approval
	w.night.night("2026-04-20")
	log := w.report(w.office, "alerts", "")
	want := w.sql(`SELECT o.code, (SELECT i.number FROM line_items i WHERE i.id = f.line_item_id), f.rule, f.severity, f.status, f.detail, f.measure, f.threshold, f.first_seen, f.changed_on,
			f.resolved_on, (SELECT COUNT(*) FROM audit_events e WHERE e.document_id = f.id), (SELECT COUNT(*) FROM audit_events e WHERE e.document_id = f.id AND e.action = 'worsen'),
			(SELECT COUNT(*) FROM notices n WHERE n.subject_id = f.id), (SELECT COUNT(DISTINCT n.mail_id) FROM notices n WHERE n.subject_id = f.id)
		FROM flags f, organizations o WHERE o.id = f.organization_id ORDER BY o.code, f.first_seen, f.id`)
	if len(want) < 3 {
		t.Fatalf("only %d flags", len(want))
	}
	equal(t, only(t, log.ReportTable, "organization_code", "line", "rule", "severity", "status", "detail", "measure", "threshold", "first_seen", "changed_on", "resolved_on", "steps", "worsened",
		"notices", "mails"), want)
	for _, row := range only(t, log.ReportTable, "rule", "rule_title", "days") {
		if row[1] == row[0] || row[1] == "" || number(t, row[2]) < 0 {
			t.Errorf("a flag without words or days: %v", row)
		}
	}
}

// A district sees its own rows, of every report that it may have; the state's are the office's.
func TestReportsHonourWhoAsks(t *testing.T) {
	t.Parallel()
	w := givenReported(t, 41)
	own := w.budgets[0].org
	for _, kind := range ReportKinds {
		r, err := w.s.Report(ctx, w.clerk, GetReport{Code: kind.Code, GrantYearID: w.year.ID})
		if kind.Office {
			refused(t, err, models.Forbidden, "permission.role")
			continue
		}
		noError(t, err)
		if kind.Code == "progress" { // counts organizations and has no rows of them
			continue
		}
		mine := only(t, r.ReportTable, "organization_code")
		for _, row := range mine {
			equal(t, row[0], own.Code)
		}
		all := w.report(w.office, kind.Code, "")
		if n := len(slices.DeleteFunc(only(t, all.ReportTable, "organization_code"), func(row []string) bool { return row[0] != own.Code })); n != len(mine) {
			t.Errorf("%s: %d rows for the district, %d of it for the office", kind.Code, len(mine), n)
		}
		_, err = w.s.Report(ctx, w.clerk, GetReport{Code: kind.Code, GrantYearID: w.year.ID, OrganizationID: w.budgets[1].org.ID})
		refused(t, err, models.NotFound, "")
		r, err = w.s.Report(ctx, w.office, GetReport{Code: kind.Code, GrantYearID: w.year.ID, OrganizationID: own.ID})
		noError(t, err)
		equal(t, len(plainly(t, r.ReportTable)), len(mine))
		r, err = w.s.Report(ctx, w.office, GetReport{Code: kind.Code, GrantYearID: w.year.ID, Cohort: "none such"})
		noError(t, err)
		equal(t, len(plainly(t, r.ReportTable)), 0)
	}
	_, err := w.s.Report(ctx, w.office, GetReport{Code: "amendments", GrantYearID: w.year.ID, On: "2026-02-15"})
	refused(t, err, models.Invalid, "report.parameter")
	_, err = w.s.Report(ctx, w.office, GetReport{Code: "nothing", GrantYearID: w.year.ID})
	refused(t, err, models.NotFound, "")
}

// JSON, CSV, the workbook and the page have the same rows.
func TestFormsOfReportsAgree(t *testing.T) {
	t.Parallel()
	w := givenReported(t, 51)
	list := []models.Report{}
	for _, kind := range ReportKinds {
		list = append(list, w.report(w.office, kind.Code, ""))
	}
	public, err := w.s.PublicReport(ctx, "mi-21h", 2026)
	noError(t, err)
	for _, r := range append(list, public) {
		tables := r.Tables()
		var text, page, book bytes.Buffer
		noError(t, reports.WriteJSON(&text, r))
		noError(t, reports.WriteHTML(&page, r))
		noError(t, reports.WriteXLSX(&book, r))
		var body struct {
			Table    map[string]json.RawMessage
			Sections []map[string]json.RawMessage
		}
		noError(t, json.Unmarshal(text.Bytes(), &body))
		f, err := excelize.OpenReader(&book, excelize.Options{RawCellValue: true})
		noError(t, err)
		bodies := htmlBodies(page.String())
		for i, part := range append([]map[string]json.RawMessage{body.Table}, body.Sections...) {
			rows := plainly(t, tables[i])
			var items []map[string]any
			d := json.NewDecoder(bytes.NewReader(part["items"]))
			d.UseNumber()
			noError(t, d.Decode(&items))
			sheet, err := f.GetRows(f.GetSheetList()[i])
			noError(t, err)
			equal(t, len(items), len(rows))
			for n, row := range rows {
				for k, c := range tables[i].Columns {
					plain := strings.TrimPrefix(row[k], "'")
					if v := items[n][c.Name]; v == nil && plain != "" || v != nil && fmt.Sprint(v) != plain {
						t.Errorf("%s %s: %v in JSON, %q in CSV", r.Code, c.Name, v, plain)
					}
					cell := ""
					if k < len(sheet[n+1]) {
						cell = sheet[n+1][k]
					}
					if got := unbooked(t, c.Unit, cell); got != plain {
						t.Errorf("%s %s: %q in the workbook, %q in CSV", r.Code, c.Name, cell, plain)
					}
					if got := unsaid(t, c.Unit, bodies[i][n][k]); got != plain {
						t.Errorf("%s %s: %q on the page, %q in CSV", r.Code, c.Name, bodies[i][n][k], plain)
					}
				}
			}
		}
		_ = f.Close()
	}
}

var htmlCell = regexp.MustCompile(`<td[^>]*>(.*?)</td>`)

// htmlBodies are the cells of every table's body.
func htmlBodies(page string) [][][]string {
	var out [][][]string
	for _, table := range strings.Split(page, "<tbody>")[1:] {
		body, _, _ := strings.Cut(table, "</tbody>")
		var rows [][]string
		for _, row := range strings.Split(body, "<tr>")[1:] {
			var cells []string
			for _, m := range htmlCell.FindAllStringSubmatch(row, -1) {
				cells = append(cells, html.UnescapeString(m[1]))
			}
			rows = append(rows, cells)
		}
		out = append(out, rows)
	}
	return out
}

// unbooked reads a workbook's cell back into the words of CSV.
func unbooked(t testing.TB, unit models.Unit, cell string) string {
	t.Helper()
	scale := map[models.Unit]int64{models.UnitCents: 100, models.UnitBasisPoints: 10000, models.UnitInteger: 1, models.UnitHundredths: 100}[unit]
	switch {
	case cell == "":
		return ""
	case unit == models.UnitDate:
		return string(models.Date("1899-12-30").AddDays(int(number(t, cell))))
	case scale == 0:
		return cell
	}
	r, ok := new(big.Rat).SetString(cell)
	if r.Mul(r, big.NewRat(scale, 1)); !ok || !r.IsInt() {
		t.Fatalf("%q is not a number of the unit %s", cell, unit)
	}
	if unit == models.UnitHundredths {
		return models.Hundredths(r.Num().Int64()).String()
	}
	return r.Num().String()
}

// unsaid reads what people read back into the words of CSV.
func unsaid(t testing.TB, unit models.Unit, text string) string {
	t.Helper()
	switch {
	case text == "" || unit != models.UnitCents && unit != models.UnitBasisPoints:
		return text
	case unit == models.UnitBasisPoints:
		v, err := models.ParseHundredths(strings.TrimSuffix(text, " %"))
		noError(t, err)
		return fmt.Sprint(int64(v))
	}
	v, err := models.ParseCents(text)
	noError(t, err)
	return fmt.Sprint(int64(v))
}

// The public file has no people, no payees and no typed text, and keeps back what few
// pupils would tell.
func TestPublicReportTellsNothingPersonal(t *testing.T) {
	t.Parallel()
	w := givenReported(t, 61)
	b := w.budgets[0]
	public, err := w.s.PublicReport(ctx, "mi-21h", 0)
	noError(t, err)
	var text bytes.Buffer
	noError(t, reports.WriteJSON(&text, public))
	for _, secret := range []string{"Reading coach", "Ada Auditor", "Pat Preparer", "Earmark System", "NWEA", "MAP", "Reading\""} {
		if strings.Contains(text.String(), secret) {
			t.Errorf("the public file says %q", secret)
		}
	}
	if !strings.Contains(text.String(), b.org.Code) {
		t.Error("the public file does not name a recipient")
	}
	for _, year := range []int{2025, 1999} {
		_, err = w.s.PublicReport(ctx, "mi-21h", year)
		refused(t, err, models.NotFound, "")
	}
	_, err = w.s.PublicReport(ctx, "nothing", 0)
	refused(t, err, models.NotFound, "")
	w.year.PublishedRunID = nil
	w.update(&w.year, "published_run_id")
	_, err = w.s.PublicReport(ctx, "mi-21h", 2026)
	refused(t, err, models.NotFound, "")
}
