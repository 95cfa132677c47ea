package workflow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
)

// planImport says of every row what becomes of it. It changes nothing.
func (s *Service) planImport(d *draft, sh lineSheet, t lineTable, in ImportLineItems) LineImport {
	out := LineImport{Revision: d.revision, Columns: t.columns, Counts: map[string]int{}, AllocationCents: d.application.AllocationCents, Table: t.again()}
	for _, c := range sh.columns {
		out.Known = append(out.Known, ImportedColumn{Key: c.key, Title: c.Title})
	}
	overwrite, seen := numbersIn(in.Overwrite), map[int]int{}
	for _, row := range t.Rows {
		x := ImportedRow{Row: row.Number}
		r := t.read(sh, row, &x)
		if r.empty() && r.given[columnNumber] == "" {
			continue // an empty row of the form
		}
		s.planRow(d, r, overwrite, seen)
		if len(x.Errors) > 0 {
			x.Kind = RowWrong
		}
		out.Counts[x.Kind]++
		out.Rows = append(out.Rows, x)
	}
	if len(out.Rows) == 0 {
		out.Errors = append(out.Errors, models.FieldError{Pointer: "/file", Code: "csv.no_rows", Detail: "The table has no rows.", Fix: "Add the rows.", Severity: "error"})
	}
	d.weigh(&out)
	return out
}

// planRow reads a row and compares it with the line that it names.
func (s *Service) planRow(d *draft, r *rowReader, overwrite map[string]bool, seen map[int]int) {
	x := r.out
	line, ok := r.names(d, seen)
	if !ok {
		r.over(nil)
		x.Description = r.cells["description"]
		return
	}
	r.over(line)
	x.Description = r.cells["description"]
	if line != nil && (strings.EqualFold(r.given[columnRemove], yes) || r.empty()) {
		r.removes(*line, overwrite)
		return
	}
	in, costs, links := r.input(d.revision.ID)
	if err := r.explain(s.check(in), costs, links); err != nil || len(x.Errors) > 0 {
		return
	}
	made, fields := d.lineOf(in)
	if err := r.explain(invalid(fields), costs, links); err != nil || len(x.Errors) > 0 {
		return
	}
	x.line, x.AmountCents = made, made.Version.AmountCents
	for _, f := range d.findings(made) {
		key := columnOf(strings.TrimPrefix(f.Pointer, fmt.Sprintf("/line_items/%d", made.Number)), costs, links)
		x.Warnings = append(x.Warnings, CellError{key, r.title(key), r.address(key), f.Code, f.Detail, f.Fix})
	}
	if line == nil {
		x.Kind = RowAdded
		x.Fields = r.changes(nil, made)
		return
	}
	x.Kind = RowChanged
	if len(changedFields(line, &made)) == 0 && line.Version.Action != "remove" {
		x.Kind = RowUnchanged
		return
	}
	x.Fields = r.changes(line, made)
	if r.older(*line) {
		if fingerprint(made) == r.given[columnVersion] {
			x.Kind, x.Fields = RowKept, nil
			return
		}
		r.holds(overwrite)
	}
}

// names finds the line of a row; nil for one to add. False when the number is wrong.
func (r *rowReader) names(d *draft, seen map[int]int) (*Line, bool) {
	text := r.given[columnNumber]
	if text == "" {
		return nil, true
	}
	n, ok := readHundredths(text)
	if !ok || n%100 != 0 || n <= 0 || n > 100_000_000 {
		r.wrong(columnNumber, "number", fmt.Sprintf("%q is not the number of a line.", text), "Leave the cell empty to add a line.")
		return nil, false
	}
	r.out.Number = int(n / 100)
	if at, twice := seen[r.out.Number]; twice {
		r.wrong(columnNumber, "line_items.line_repeated", fmt.Sprintf("Line %d stands in row %d too.", r.out.Number, at), "Keep one of the two rows; leave the cell empty to add a line.")
		return nil, false
	}
	seen[r.out.Number] = r.row.Number
	line := d.line(r.out.Number)
	if line == nil {
		r.wrong(columnNumber, "line_items.line_gone", fmt.Sprintf("This revision has no line %d, or not any more.", r.out.Number), "Leave the cell empty to add it as a new line, or take the row out.")
		return nil, false
	}
	return line, true
}

// older reports that somebody saved the line after the workbook was made.
func (r *rowReader) older(line Line) bool {
	version := r.given[columnVersion]
	return version != "" && version != fingerprint(line)
}

// holds is a row that was made from an older content of its line.
func (r *rowReader) holds(overwrite map[string]bool) {
	if overwrite[strconv.Itoa(r.out.Number)] {
		return
	}
	r.out.conflict = true
	r.wrong(columnNumber, "line_item.changed_since", fmt.Sprintf("Line %d was saved by somebody after this workbook was made. Both versions are shown.", r.out.Number),
		"Say that this row replaces what is saved, or download the workbook again.")
}

// removes is a row that takes its line out.
func (r *rowReader) removes(line Line, overwrite map[string]bool) {
	x := r.out
	x.Kind, x.AmountCents, x.Description = RowRemoved, line.Version.AmountCents, line.Version.Description
	switch {
	case line.Touched && line.Version.Action == "remove":
		x.Kind = RowUnchanged
	case line.SpentCents != 0:
		r.wrong(columnNumber, "line_item.below_spent", fmt.Sprintf("%s is spent on line %d.", line.SpentCents, line.Number), "Keep the line with at least the amount that is spent.")
	case r.older(line):
		r.holds(overwrite)
	}
}

// changes compares the line with what the row makes of it, column by column.
func (r *rowReader) changes(line *Line, made Line) []CellChange {
	before, after := map[string]string{}, r.sh.cells(made)
	if line != nil {
		before = r.sh.cells(*line)
	}
	var out []CellChange
	for _, c := range r.sh.columns {
		if c.key != columnNumber && before[c.key] != after[c.key] {
			out = append(out, CellChange{c.key, c.Title, r.address(c.key), before[c.key], after[c.key]})
		}
	}
	return out
}

// weigh holds the total with the rows that can be taken to the allocation. A revision that
// is over it already may be lowered, not raised.
func (d *draft) weigh(out *LineImport) {
	after := slices.Clone(d.lines)
	for _, x := range out.Rows {
		at := slices.IndexFunc(after, func(l Line) bool { return l.Number == x.Number && x.Number != 0 })
		switch {
		case x.Kind == RowAdded:
			after = append(after, x.line)
		case x.Kind == RowChanged && at >= 0:
			after[at] = x.line
		case x.Kind == RowRemoved && at >= 0:
			after = slices.Delete(after, at, at+1)
		}
	}
	var err error
	if out.TotalCents, _, err = totalOf(d.lines); err == nil {
		out.AfterCents, _, err = totalOf(after)
	}
	if err != nil {
		out.Errors = append(out.Errors, models.FieldError{Pointer: "/rows", Code: "amount.overflow", Detail: "The total of the lines is too large.", Fix: "Check the amounts.", Severity: "error"})
		return
	}
	if most := max(out.AllocationCents, out.TotalCents); out.AfterCents > most {
		out.Errors = append(out.Errors, models.FieldError{Pointer: "/rows", Code: "line_item.over_allocation", Severity: "error",
			Detail: fmt.Sprintf("With these rows the total would be %s, %s more than the allocation of %s.", out.AfterCents, out.AfterCents-out.AllocationCents, out.AllocationCents),
			Fix:    fmt.Sprintf("Lower the rows by %s.", out.AfterCents-most)})
	}
}
