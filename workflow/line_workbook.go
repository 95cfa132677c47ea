package workflow

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/workflow/spreadsheet"
)

// LineWorkbook is a revision's lines as a workbook to fill in, and the revision it is of.
type LineWorkbook struct {
	spreadsheet.Form
	Revision models.Revision
	FileName string
}

// blankRows is how many empty rows a workbook has for lines to add.
const blankRows = 200

// LineWorkbook makes it for anybody who may read the revision; ImportLineItems takes it back.
func (s *Service) LineWorkbook(ctx context.Context, who models.Actor, revisionID string) (LineWorkbook, error) {
	var out LineWorkbook
	r := s.db.Read(ctx)
	d, v, err := s.revisionView(ctx, who, revisionID)
	if err != nil {
		return out, err
	}
	sh, err := s.sheetOf(r, d)
	if err != nil {
		return out, err
	}
	out.Revision, out.FileName = d.revision, fmt.Sprintf("%s-revision-%d.xlsx", d.application.Reference, d.revision.Number)
	out.Form = spreadsheet.Form{Title: fmt.Sprintf("%s, revision %d", d.application.Reference, d.revision.Number), Sheet: "Lines", TotalsSheet: "Totals", HelpSheet: "Instructions",
		About:        []string{v.District.Name, v.GrantYear.Title, fmt.Sprintf("Made %s from version %d of the revision, which is %s.", s.Today(), d.revision.Version, words(string(d.revision.Status)))},
		Instructions: lineInstructions(d), Blank: blankRows, Limit: d.application.AllocationCents, TotalLabel: "Total of all lines", LimitLabel: "Allocation",
		LeftLabel: "Remaining of the allocation", TotalOf: sh.at["use_category"], SkipWhere: sh.at[columnRemove], MadeAt: s.now(),
		Meta: map[string]string{"revision_id": d.revision.ID, "version": fmt.Sprint(d.revision.Version), "form": "line_items/1"}}
	for i, c := range sh.columns {
		out.Columns = append(out.Columns, c.Column)
		if c.Kind == spreadsheet.Money && c.key != "rate" && c.key != "unit_cost" {
			out.Amounts = append(out.Amounts, i)
		}
	}
	for _, c := range usesOf(d) {
		out.Totals = append(out.Totals, spreadsheet.Sum{Label: c.label, Key: c.label})
	}
	for _, l := range d.lines {
		if l.Version.Action == "remove" || l.Version.Decision == "denied" {
			continue
		}
		cells := sh.cells(l)
		cells[columnVersion] = fingerprint(l)
		row := make([]string, len(sh.columns))
		for i, c := range sh.columns {
			row[i] = cells[c.key]
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

func lineInstructions(d *draft) [][]string {
	parts := [][]string{
		{"How to fill it in", `Work on the sheet "Lines": one row is one line item. Grey cells say which line a row is; leave them alone.`,
			"Cells with a list take only what the list has. Amounts are dollars.",
			`To add a line, use an empty row below; its cell "Line" stays empty.`,
			`To take a line out, choose "yes" under Remove.`,
			"A line with several objects has an object and an amount for each of them.",
			`The sheet "Totals" shows the total of each use category and what remains of the allocation while you type.`},
		{"How it comes back", "Save the file and upload it on the page of the application. You see what would change, row by row, before anything is changed.",
			"A line that somebody else saved meanwhile is never overwritten without asking: both versions are shown.",
			"Rows with a mistake are listed by cell, with how to fix it. You can take all rows, or only the good ones."},
	}
	if len(d.def.UseCategories) > 0 {
		part := []string{"Use categories"}
		for _, c := range d.def.UseCategories {
			text := c.Code + ": " + c.Title
			if c.Help != "" {
				text += ". " + c.Help
			}
			part = append(part, text)
		}
		parts = append(parts, part)
	}
	return parts
}
