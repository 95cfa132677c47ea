package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"earmark/models"
	"earmark/store"
)

// ImportLineItems brings the rows of a workbook, or of a table that somebody pastes, into a
// draft or returned revision. It is SaveLineItem and RemoveLineItem for many lines at once,
// under the same rules: one change, one audit event. A row with the number of a line changes
// that line; one without adds a line; one with "yes" under Remove, or with nothing left in
// it, takes the line out. Lines that the table does not name stay as they are, and columns
// that it does not have stay as they are too.
type ImportLineItems struct {
	RevisionID string `json:"-"`
	Version    int64  `json:"-"` // of the revision
	Format     string `json:"format" validate:"required,oneof=xlsx csv tsv"`
	// Columns says what the columns are, by key and in their order, separated by commas; "-"
	// for one that is passed over. Empty: by the headings, or by what stands in them.
	Columns string `json:"columns" validate:"max=4000"`
	// Take is "all" (the default: nothing is changed while a row is wrong) or "good", which
	// leaves wrong rows out.
	Take string `json:"take" validate:"omitempty,oneof=all good"`
	// Overwrite lists, by number and separated by commas, lines whose row is to replace what
	// somebody saved after the workbook was made.
	Overwrite string `json:"overwrite" validate:"max=4000"`
	DryRun    bool   `json:"dry_run"` // say what would happen, and change nothing
	Content   []byte `json:"-"`
}

// The kinds of what becomes of a row.
const (
	RowAdded     = "added"
	RowChanged   = "changed"
	RowRemoved   = "removed"
	RowUnchanged = "unchanged"
	RowKept      = "kept"  // somebody saved the line since; the row itself was not touched
	RowWrong     = "wrong" // see its errors
)

// RowKinds lists them, for the API's enum.
var RowKinds = []string{RowAdded, RowChanged, RowRemoved, RowUnchanged, RowKept, RowWrong}

// LineImport is what a table does, or did, to a revision.
type LineImport struct {
	Revision        models.Revision // with its new version; as it is, after a dry run
	DryRun          bool
	Columns         []ImportedColumn
	Known           []ImportedColumn // what a column of a table can be taken for
	Rows            []ImportedRow
	Counts          map[string]int      // rows by kind
	Errors          []models.FieldError // of the table as a whole
	TotalCents      models.Cents        // of the revision's lines before
	AfterCents      models.Cents        // with the rows that can be taken
	AllocationCents models.Cents
	Table           []byte // the same table as CSV with its columns named, for the second step
}

// ImportedColumn is a column of the table as it came and what it is taken for.
type ImportedColumn struct {
	Heading string // "" without a row of headings
	Key     string // "-" for one that is passed over
	Title   string
	Example string
}

// ImportedRow is a row and what becomes of it.
type ImportedRow struct {
	Row         int    // where it stands, from 1
	Number      int    // of the line; 0 for one to add
	Kind        string // one of RowKinds
	Description string
	AmountCents models.Cents
	Fields      []CellChange
	Errors      []CellError
	Warnings    []CellError // what is missing before the revision can be submitted
	line        Line
	conflict    bool
}

// Conflict reports that somebody saved the line after the workbook was made.
func (x ImportedRow) Conflict() bool { return x.conflict }

// CellChange is one field of a line before and after, as the spreadsheet shows it.
type CellChange struct{ Key, Title, Cell, Before, After string }

// CellError is what is wrong with a cell, with where it stands and how to fix it.
type CellError struct{ Key, Title, Cell, Code, Detail, Fix string }

// ImportLineItems does it, or only says what it would do. Errors: Conflict
// "revision.locked"; Invalid with a field error per cell ("/rows/7/amount_1"), with
// "line_item.changed_since" for lines that were saved after the workbook was made, and those
// of SaveLineItem.
func (s *Service) ImportLineItems(ctx context.Context, who models.Actor, in ImportLineItems) (LineImport, error) {
	var out LineImport
	if err := s.check(in); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		d, err := s.draft(tx, who, in.RevisionID, in.Version)
		if err != nil {
			return err
		}
		sh, err := s.sheetOf(tx, d)
		if err != nil {
			return err
		}
		table, err := readLines(sh, d, in)
		if err != nil {
			return err
		}
		out = s.planImport(d, sh, table, in)
		if in.DryRun {
			out.DryRun = true
			return errDryRun
		}
		if err := out.refused(in.Take == "good"); err != nil {
			return err
		}
		if err := d.takeRows(tx, who, out.Rows); err != nil {
			return err
		}
		out.Revision = d.revision
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return out, err
}

// refused says why the table cannot be taken: what is wrong with it as a whole, or, unless
// only the good rows are wanted, with its cells.
func (p LineImport) refused(good bool) error {
	fields := p.Errors
	if !good {
		for _, row := range p.Rows {
			for _, e := range row.Errors {
				fields = append(fields, models.FieldError{Pointer: fmt.Sprintf("/rows/%d/%s", row.Row, pointerToken(e.Key)), Code: e.Code, Detail: e.Cell + ": " + e.Detail, Fix: e.Fix})
			}
		}
	}
	if err := invalid(fields); err != nil {
		return err
	}
	if p.Counts[RowAdded]+p.Counts[RowChanged]+p.Counts[RowRemoved] == 0 {
		return breaks("/rows", "line_items.nothing_to_take", "No row of the table changes a line.", "Change the rows and send them again.")
	}
	return nil
}

// takeRows writes what a table changes: the lines in bulk, then the revision with one event.
func (d *draft) takeRows(tx *store.Tx, who models.Actor, rows []ImportedRow) error {
	changes := map[string][2]any{}
	var keep []*Line
	for i := range rows {
		switch x := &rows[i]; x.Kind {
		case RowAdded, RowChanged:
			keep = append(keep, &x.line)
		case RowRemoved:
			before := *d.line(x.Number)
			if err := d.drop(tx, x.Number); err != nil {
				return err
			}
			tellLine(changes, x.Number, &before, nil)
		}
	}
	if err := d.keepAll(tx, keep); err != nil {
		return err
	}
	for _, line := range keep {
		tellLine(changes, line.Number, d.before(line.Number), line)
	}
	for i := range rows {
		if rows[i].Kind == RowAdded {
			rows[i].Number = rows[i].line.Number
		}
	}
	e := event(who, "import_line_items", "", nil, nil)
	e.Changes = jsonText(changes)
	return d.update(tx, who, e)
}

// keepAll is keep for many lines, in a few statements however many they are.
func (d *draft) keepAll(tx *store.Tx, lines []*Line) error {
	var forgotten []string
	var fresh []*Line // without a row in line_items
	var written []*Line
	for _, line := range lines {
		if line.Version.ID != "" {
			forgotten = append(forgotten, line.Version.ID)
		}
		if line.Base != nil && len(changedFields(line.Base, line)) == 0 { // as in force again: nothing to review
			base := *line.Base
			base.Touched = false
			*line = base
			d.put(base)
			continue
		}
		if line.Version.ID == "" {
			line.Version.ID = tx.NewID()
		}
		if line.LineItemID == "" {
			fresh = append(fresh, line)
		}
		written = append(written, line)
	}
	if err := d.forgetAll(tx, forgotten); err != nil {
		return err
	}
	if err := d.mirrors(tx, fresh, written); err != nil {
		return err
	}
	var versions []models.LineVersion
	var costs []models.LineCost
	var links []models.LineLink
	for _, line := range written {
		line.Version.LineItemID = line.LineItemID
		for i := range line.Costs {
			line.Costs[i].LineVersionID = line.Version.ID
		}
		for i := range line.Links {
			line.Links[i].LineVersionID = line.Version.ID
		}
		versions, costs, links = append(versions, line.Version), append(costs, line.Costs...), append(links, line.Links...)
		d.put(*line)
	}
	if len(versions) == 0 {
		return nil
	}
	if err := tx.Create(&versions); err != nil {
		return err
	}
	if err := tx.Create(&costs); err != nil || len(links) == 0 {
		return err
	}
	return tx.Create(&links)
}

func (d *draft) forgetAll(tx *store.Tx, versions []string) error {
	if len(versions) == 0 {
		return nil
	}
	for _, child := range []any{&models.LineCost{}, &models.LineLink{}} {
		if err := tx.Remove(child, store.Eq{"line_version_id": versions}); err != nil {
			return err
		}
	}
	return tx.Remove(&models.LineVersion{}, store.Eq{"id": versions, "revision_id": d.revision.ID})
}

// mirrors numbers the new lines and writes line_items of lines that are only proposed.
func (d *draft) mirrors(tx *store.Tx, fresh, written []*Line) error {
	if len(fresh) > 0 {
		last, err := tx.Counters("line_item/"+d.application.ID, int64(len(fresh)))
		if err != nil {
			return err
		}
		var items []models.LineItem
		for i, line := range fresh {
			line.Number, line.LineItemID = int(last)-len(fresh)+1+i, tx.NewID()
			item := d.mirror(*line)
			item.CreatedAt, item.UpdatedAt = tx.Now, tx.Now
			items = append(items, item)
		}
		if err := tx.Create(&items); err != nil {
			return err
		}
	}
	for _, line := range written {
		before := d.before(line.Number)
		if line.Base != nil || before == nil || sameMirror(d.mirror(*before), d.mirror(*line)) {
			continue
		}
		item := d.mirror(*line)
		item.UpdatedAt = tx.Now
		if err := tx.Set(&item, store.Eq{"id": item.ID}, "version_id", "use_category", "function_code", "object_code", "school_id", "description", "link_status", "updated_at"); err != nil {
			return err
		}
	}
	return nil
}

func sameMirror(a, b models.LineItem) bool {
	school := func(id *string) string {
		if id == nil {
			return ""
		}
		return *id
	}
	return a.VersionID == b.VersionID && a.UseCategory == b.UseCategory && a.FunctionCode == b.FunctionCode && a.ObjectCode == b.ObjectCode &&
		school(a.SchoolID) == school(b.SchoolID) && a.Description == b.Description && a.LinkStatus == b.LinkStatus
}

// numbersIn are the numbers of a list such as "3,17".
func numbersIn(list string) map[string]bool {
	out := map[string]bool{}
	for _, n := range strings.Split(list, ",") {
		if n = strings.TrimSpace(n); n != "" {
			out[n] = true
		}
	}
	return out
}
