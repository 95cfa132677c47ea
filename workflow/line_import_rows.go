package workflow

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow/spreadsheet"
)

var lineLimits = spreadsheet.Limits{Bytes: 8 << 20, Unzipped: 64 << 20, Rows: 3000, Columns: 200}

// lineTable is a table whose columns are known.
type lineTable struct {
	spreadsheet.Table
	keys    []string // by column; "-" for one that is passed over
	columns []ImportedColumn
}

// readLines reads the content and finds out what its columns are.
func readLines(sh lineSheet, d *draft, in ImportLineItems) (lineTable, error) {
	var t lineTable
	var err error
	switch in.Format {
	case "xlsx":
		t.Table, err = spreadsheet.ReadWorkbook(in.Content, lineLimits)
	case "tsv":
		t.Table, err = spreadsheet.ReadText(in.Content, '\t', lineLimits)
	default:
		t.Table, err = spreadsheet.ReadText(in.Content, ',', lineLimits)
	}
	if err != nil {
		return t, err
	}
	if of := t.Meta["revision_id"]; of != "" && of != d.revision.ID {
		return t, breaks("/file", "workbook.another_revision", "This workbook was made for another application or revision.",
			"Download the workbook of this revision and fill in that one, or paste the rows.")
	}
	if len(t.Rows) == 0 {
		return t, breaks("/file", "csv.no_rows", "The table has no rows.", "Add the rows.")
	}
	headed := t.headings(sh)
	t.guess(sh, headed)
	if in.Columns != "" {
		if err := t.named(sh, in.Columns); err != nil {
			return t, err
		}
	}
	t.describe(sh, headed)
	if headed {
		t.Rows = t.Rows[1:]
	}
	if len(t.Rows) == 0 {
		return t, breaks("/file", "csv.no_rows", "The table has headings and no rows.", "Add the rows.")
	}
	t.placed()
	return t, nil
}

func (t *lineTable) width() int {
	n := 0
	for _, r := range t.Rows {
		n = max(n, len(r.Cells))
	}
	return n
}

// heading is a text as headings are compared.
func heading(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '#' && r < 0x80
	}), " ")
}

// headings finds the columns by the first row; false when it is no row of headings.
func (t *lineTable) headings(sh lineSheet) bool {
	t.keys = make([]string, t.width())
	found := 0
	for i := range t.keys {
		t.keys[i] = ignoredColumn
		text := heading(t.Rows[0].Cell(i))
		if text == "" {
			continue
		}
		if text == columnRow && !slices.Contains(t.keys, columnRow) {
			t.keys[i] = columnRow
			found += 2
			continue
		}
		for _, c := range sh.columns {
			if slices.Contains(t.keys, c.key) {
				continue
			}
			if text == heading(c.key) || text == heading(c.Title) || slices.Contains(c.aliases, text) {
				t.keys[i] = c.key
				found++
				break
			}
		}
	}
	return found >= 2 || found == 1 && t.width() == 1
}

// guess takes columns without a heading for what their content looks like.
func (t *lineTable) guess(sh lineSheet, headed bool) {
	if headed {
		return
	}
	take := func(key string, fits func(string) bool) {
		for i := range t.keys {
			if t.keys[i] != ignoredColumn {
				continue
			}
			n, ok := 0, 0
			for _, r := range t.Rows {
				if text := r.Cell(i); text != "" {
					if n++; fits(text) {
						ok++
					}
				}
			}
			if n > 0 && ok*10 >= n*8 {
				t.keys[i] = key
				return
			}
		}
	}
	of := func(key string) func(string) bool {
		codes := sh.columns[sh.at[key]].codes
		return func(text string) bool {
			value := meant(codes, text)
			return slices.ContainsFunc(codes, func(c choice) bool { return c.value == value })
		}
	}
	for _, key := range []string{"function_code", "object_1", "cost_kind", "use_category", "school", "target_1"} {
		take(key, of(key))
	}
	take("amount_1", func(text string) bool { _, ok := readHundredths(text); return ok })
	take("description", func(text string) bool { return len(strings.Fields(text)) > 1 })
}

// named takes the columns for what somebody says they are.
func (t *lineTable) named(sh lineSheet, list string) error {
	names := strings.Split(list, ",")
	var fields []models.FieldError
	for i := range t.keys {
		t.keys[i] = ignoredColumn
		if i >= len(names) || names[i] == ignoredColumn || names[i] == "" {
			continue
		}
		_, known := sh.at[names[i]]
		switch {
		case !known && names[i] != columnRow:
			fields = append(fields, models.FieldError{Pointer: "/columns", Code: "line_items.column_unknown", Detail: fmt.Sprintf("%q is not a column of lines.", names[i]), Fix: "Name a column of the workbook, or - to pass over this one."})
		case slices.Contains(t.keys, names[i]):
			fields = append(fields, models.FieldError{Pointer: "/columns", Code: "line_items.column_repeated", Detail: fmt.Sprintf("Two columns are taken for %q.", names[i]), Fix: "Name each column once."})
		default:
			t.keys[i] = names[i]
		}
	}
	return invalid(fields)
}

// describe tells what the columns are taken for.
func (t *lineTable) describe(sh lineSheet, headed bool) {
	first := 0
	if headed {
		first = 1
	}
	for i, key := range t.keys {
		c := ImportedColumn{Key: key}
		if headed {
			c.Heading = t.Rows[0].Cell(i)
		}
		if at, ok := sh.at[key]; ok {
			c.Title = sh.columns[at].Title
		}
		for _, r := range t.Rows[min(first, len(t.Rows)):] {
			if c.Example = r.Cell(i); c.Example != "" {
				break
			}
		}
		t.columns = append(t.columns, c)
	}
}

// placed gives rows of a table that was read before the places that they had then.
func (t *lineTable) placed() {
	at := slices.Index(t.keys, columnRow)
	for i := range t.Rows {
		if n, err := strconv.Atoi(t.Rows[i].Cell(at)); err == nil && n > 0 {
			t.Rows[i].Number = n
		}
	}
}

// again is the table as CSV with its columns named and its rows placed.
func (t *lineTable) again() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	keys, at := slices.Clone(t.keys), slices.Index(t.keys, columnRow)
	if at < 0 {
		keys = append(keys, columnRow)
	}
	_ = w.Write(keys) // to a buffer: cannot fail
	for _, r := range t.Rows {
		cells := make([]string, len(keys))
		for i := range t.keys {
			cells[i] = r.Cell(i)
		}
		if at < 0 {
			cells[len(keys)-1] = strconv.Itoa(r.Number)
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return b.Bytes()
}

// rowReader reads one row of a table over the line that it names.
type rowReader struct {
	sh    lineSheet
	table *lineTable
	row   spreadsheet.Row
	given map[string]string // cells of the columns that the table has
	cells map[string]string // with those of the line where the table has no column
	out   *ImportedRow
}

func (t *lineTable) read(sh lineSheet, row spreadsheet.Row, out *ImportedRow) *rowReader {
	r := &rowReader{sh: sh, table: t, row: row, given: map[string]string{}, cells: map[string]string{}, out: out}
	for i, key := range t.keys {
		if key != ignoredColumn {
			r.given[key] = row.Cell(i)
		}
	}
	return r
}

func (r *rowReader) address(key string) string {
	at := slices.Index(r.table.keys, key)
	if at < 0 {
		at = slices.Index(r.table.keys, "description")
	}
	return r.table.Address(r.row.Number, at)
}

func (r *rowReader) title(key string) string {
	if at, ok := r.sh.at[key]; ok {
		return r.sh.columns[at].Title
	}
	return key
}

func (r *rowReader) wrong(key, code, detail, fix string) {
	r.out.Errors = append(r.out.Errors, CellError{key, r.title(key), r.address(key), code, detail, fix})
}

// over puts the row over the line that it names.
func (r *rowReader) over(line *Line) {
	if line != nil {
		r.cells = r.sh.cells(*line)
	}
	for key, text := range r.given {
		r.cells[key] = text
	}
}

// empty reports whether nothing is left in the row but what says which line it is.
func (r *rowReader) empty() bool {
	if _, whole := r.given["description"]; !whole {
		return false
	}
	for key, text := range r.given {
		if text != "" && key != columnNumber && key != columnVersion && key != columnRow {
			return false
		}
	}
	return true
}

func (r *rowReader) hundredths(key string) int64 {
	n, ok := readHundredths(r.cells[key])
	if !ok {
		r.wrong(key, "number", fmt.Sprintf("%q is not a number with at most two decimals.", r.cells[key]), "Write it like 1234.50.")
	}
	return n
}

func (r *rowReader) whole(key string) int {
	n, ok := readHundredths(r.cells[key])
	if !ok || n%100 != 0 || n > 1_000_000_000_00 {
		r.wrong(key, "number", fmt.Sprintf("%q is not a whole number.", r.cells[key]), "Write it with digits only.")
		return 0
	}
	return int(n / 100)
}

func (r *rowReader) day(key string) models.Date {
	d, ok := readDay(r.cells[key])
	if !ok {
		r.wrong(key, "civil_date", fmt.Sprintf("%q is not a date.", r.cells[key]), "Write it as YYYY-MM-DD or MM/DD/YYYY.")
	}
	return d
}

func (r *rowReader) pick(key string) string {
	at, ok := r.sh.at[key]
	if !ok {
		return ""
	}
	c := r.sh.columns[at]
	if len(c.codes) == 0 {
		return r.cells[key]
	}
	return meant(c.codes, r.cells[key])
}

// input is the row as what SaveLineItem takes. slots tell in which columns costs and links stand.
func (r *rowReader) input(revisionID string) (in SaveLineItem, costs, links []string) {
	in = SaveLineItem{RevisionID: revisionID, Number: r.out.Number, UseCategory: r.pick("use_category"), FunctionCode: r.pick("function_code"), CostKind: r.pick("cost_kind"),
		Description: r.cells["description"], SchoolID: r.pick("school"), FTE: models.Hundredths(r.hundredths("fte")), StaffCount: r.whole("staff_count"),
		Hours: models.Hundredths(r.hundredths("hours")), RateCents: models.Cents(r.hundredths("rate")), Quantity: models.Hundredths(r.hundredths("quantity")),
		UnitCostCents: models.Cents(r.hundredths("unit_cost")), Topic: r.cells["topic"], Days: models.Hundredths(r.hundredths("days")), Grades: r.cells["grades"],
		Metric: r.cells["metric"], DataSource: r.cells["data_source"], ImpactStatement: r.cells["impact_statement"], ResourcesStatement: r.cells["resources_statement"],
		PriorFunding: r.pick("prior_funding"), PlanStrategy: r.cells["plan_strategy"], PlanActivity: r.cells["plan_activity"], StartsOn: r.day("starts_on"), EndsOn: r.day("ends_on")}
	switch text := strings.ToLower(r.cells["prior_approval"]); text {
	case "", "no", "false", "0":
	case yes, "true", "1", "x", "y":
		in.PriorApproval = true
	default:
		r.wrong("prior_approval", "yes_or_no", fmt.Sprintf("%q is neither yes nor no.", text), "Choose yes, or leave the cell empty.")
	}
	for i := 1; i <= 20; i++ {
		n := strconv.Itoa(i)
		object, amount := r.pick("object_"+n), r.cells["amount_"+n]
		if object == "" && amount == "" {
			continue
		}
		in.Costs = append(in.Costs, CostInput{object, models.Cents(r.hundredths("amount_" + n))})
		costs = append(costs, n)
	}
	for i := 1; i <= 50; i++ {
		n := strconv.Itoa(i)
		value := r.pick("target_" + n)
		if value == "" {
			continue
		}
		link := LinkInput{TargetID: value}
		if goal, ok := strings.CutPrefix(value, "goal/"); ok {
			link = LinkInput{GoalID: goal}
		}
		in.Links, links = append(in.Links, link), append(links, n)
	}
	return in, costs, links
}

// explain puts errors of the input on the cells that they are about.
func (r *rowReader) explain(err error, costs, links []string) error {
	var e *models.Error
	if err == nil || !errors.As(err, &e) || e.Kind != models.Invalid {
		return err
	}
	for _, f := range e.Fields {
		key := columnOf(f.Pointer, costs, links)
		r.wrong(key, f.Code, strings.Replace(f.Detail, "field "+lastOf(f.Pointer), r.title(key), 1), strings.Replace(f.Fix, lastOf(f.Pointer), r.title(key), 1))
	}
	return nil
}

func lastOf(pointer string) string { return pointer[strings.LastIndex(pointer, "/")+1:] }

// columnOf is the column of a field of SaveLineItem.
func columnOf(pointer string, costs, links []string) string {
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	slot := func(list []string) string {
		if len(parts) > 1 {
			if i, err := strconv.Atoi(parts[1]); err == nil && i < len(list) {
				return list[i]
			}
		}
		return "1"
	}
	switch parts[0] {
	case "costs":
		if len(parts) > 2 && parts[2] == "object_code" {
			return "object_" + slot(costs)
		}
		return "amount_" + slot(costs)
	case "links":
		return "target_" + slot(links)
	case "school_id":
		return "school"
	case "rate_cents":
		return "rate"
	case "unit_cost_cents":
		return "unit_cost"
	}
	return parts[0]
}
