package web

import (
	"cmp"
	"slices"

	"earmark/models"
)

// tableView is a table of a report as the page shows it.
type tableView struct {
	ID, Title string
	Text      []string
	Heads     []Head
	Rows      [][]Cell
	Total     []Cell
	Notes     []string
	Cut       bool // there are more rows, which the files hold
}

// mostRows is how many rows of a report a page shows.
const mostRows = 300

// tables reads the tables of a report. What is longer than a page is read no further: its
// files hold all of it.
func (r *request) tables(report models.Report) ([]tableView, error) {
	var out []tableView
	for _, t := range report.Tables() {
		v, err := r.table(t)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (r *request) table(t models.ReportTable) (tableView, error) {
	v := tableView{ID: "table-" + t.Name, Title: t.Title, Text: t.Text, Notes: t.Notes}
	for _, c := range t.Columns {
		v.Heads = append(v.Heads, Head{Label: c.Title, Numeric: c.Unit.Numeric()})
	}
	totals := models.NewTotals(t.Columns)
	if t.Rows == nil {
		return v, nil
	}
	for row, err := range t.Rows {
		if err == nil {
			err = totals.Add(row)
		}
		if err != nil {
			return v, err
		}
		if len(v.Rows) == mostRows {
			v.Cut = true
			break
		}
		v.Rows = append(v.Rows, r.reportRow(t.Columns, row))
	}
	if totals.Any() && len(v.Rows) > 0 && !v.Cut {
		v.Total = r.reportRow(t.Columns, totals.Row())
	}
	return v, nil
}

func (r *request) reportRow(columns []models.ReportColumn, row []models.ReportCell) []Cell {
	cells := make([]Cell, len(row))
	for i, c := range row {
		cells[i] = Cell{ReportCell: c}
		if c.Known {
			cells[i].Shown = shown(r.lang, columns[i].Unit, c)
		}
	}
	return cells
}

// largest keeps the bars with the largest sum, with their rows of the table.
func largest(rows []Bar, table [][]string, most int) ([]Bar, [][]string) {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	sum := func(b Bar) (total int64) {
		for _, s := range b.Segments {
			total += s.Value
		}
		return total
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sum(rows[b]), sum(rows[a])) })
	var bars []Bar
	var lines [][]string
	for _, i := range order[:min(most, len(order))] {
		bars, lines = append(bars, rows[i]), append(lines, table[i])
	}
	return bars, lines
}
