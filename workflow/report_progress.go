package workflow

import (
	"fmt"
	"strconv"
	"strings"

	"earmark/models"
)

// progressColumns are the progress table; progressSummary is what a reader of the annual
// report needs of it.
var (
	progressColumns = []models.ReportColumn{colProgressRow, colProgressTitle, colDistricts, colUnits, colProgressCount, colDenominator, colPercent, colUnknown,
		colText("unknown", "Not known: codes", "Codes of the schools (or districts) of which a fact is missing."), colPrintedCount, colPrintedOf, colPrintedPercent, colAgrees,
		colText("difference", "Difference", "What disagrees with what was published, in sentences."), colBasis, colCite}
	progressSummary = []models.ReportColumn{colProgressTitle, colProgressCount, colDenominator, colPercent, colUnknown, colPrintedCount, colPrintedOf, colPrintedPercent, colAgrees, colBasis}

	colProgressRow    = colText("row", "Row", "Code of the row in the definition.")
	colProgressTitle  = colText("counted", "What is counted", "Title of the row.")
	colDistricts      = colInteger("districts", "Districts", "With agreements, whatever their state.")
	colUnits          = colInteger("units", "Schools", "Schools (or districts) that the table is about.")
	colProgressCount  = colInteger("count", "Count", "Those for which it holds.")
	colDenominator    = colInteger("denominator", "Of", "Those to whom the row applies: what the percentage is over.")
	colPercent        = colText("percent", "Percent", "Count over denominator, one decimal, half up; empty of nobody.")
	colUnknown        = colInteger("unknown_count", "Not known", "Of which a fact is missing: not counted, and in the denominator when the row applies.")
	colPrintedCount   = colInteger("published_count", "Published", "Count as it was published of this cohort and year; empty when nothing was, or when not the whole state is counted.")
	colPrintedOf      = colInteger("published_denominator", "Published of", "Denominator as it was published.")
	colPrintedPercent = colText("published_percent", "Published percent", "Percentage as it was published, with its decimals.")
	colAgrees         = colText("agrees", "Agrees", "yes or no; empty when nothing was published.")
	colBasis          = colText("basis", "Basis", "law, policy, or assumption: how sure it is that the row means this.")
	colCite           = colText("citation", "Source", "Of the row.")
)

// progressYear is the latest year of facts that progress looks at: the one asked for, else
// the year before the fiscal year, whose spring was the last to be known when the fiscal
// year began (fiscal year 2026 begins in autumn 2025).
func (p *reportMaker) progressYear() int {
	if p.in.Year != 0 {
		return p.in.Year
	}
	return p.year.FiscalYear - 1
}

func (p *reportMaker) noProgress() error {
	return models.Field("/grant_year_id", "progress.none", fmt.Sprintf("The program %q has no progress table.", p.def.Code), "Give a grant year of a program with the section progress.")
}

// progress is the progress table as the definition of the grant year has it. It is about a
// year of facts and no day.
func (p *reportMaker) progress() error {
	if p.def.Progress == nil {
		return p.noProgress()
	}
	t, err := p.progressTable(progressColumns)
	t.Text = append([]string{p.kind.Means}, t.Text...)
	p.out.ReportTable = t
	return err
}

func (p *reportMaker) progressTable(columns []models.ReportColumn) (models.ReportTable, error) {
	year := p.progressYear()
	p.say("year", "Progress by the facts of", strconv.Itoa(year))
	t := models.ReportTable{Name: "progress", Title: p.def.Progress.Title, Columns: columns}
	rows, err := countProgress(p.reader, p.scope, p.def, p.in.Cohort, year)
	if err != nil {
		return t, err
	}
	t.Text = []string{fmt.Sprintf("Districts with agreements: %d. Of their %ss the table is about %d, by the facts of %d and of years before. Each row is counted over those to whom it applies.", rows[0].Districts, p.def.Progress.Of, rows[0].Units, year)}
	t.Notes = []string{"Whoever was assigned counts, whatever became of the agreement. Where a fact is missing, nobody is counted for it. " + cited(p.def.Progress.Cite)}
	t.Rows = rowsOf(rows, func(r ProgressRow) []models.ReportCell {
		all := progressCells(r)
		cells := make([]models.ReportCell, len(columns))
		for i, c := range columns {
			cells[i] = all[c.Name]
		}
		return cells
	})
	return t, nil
}

// progressCells are the cells of a row, by the names of their columns.
func progressCells(r ProgressRow) map[string]models.ReportCell {
	cells := map[string]models.ReportCell{"row": models.TextCell(r.Row), "counted": models.TextCell(r.Title), "districts": models.NumberCell(r.Districts), "units": models.NumberCell(r.Units),
		"count": models.NumberCell(r.Count), "denominator": models.NumberCell(r.Denominator), "percent": models.TextCell(r.Percent),
		"unknown_count": models.NumberCell(len(r.Unknown)), "unknown": models.TextCell(strings.Join(r.Unknown, " ")), "basis": models.TextCell(r.Basis), "citation": models.TextCell(r.Cite)}
	if r.Printed == nil {
		return cells
	}
	agrees, says := "yes", make([]string, len(r.Mismatches))
	for i, m := range r.Mismatches {
		agrees, says[i] = "no", m.Says
	}
	cells["published_count"], cells["published_denominator"], cells["published_percent"] = models.NumberCell(r.Printed.Count), models.NumberCell(r.Printed.Denominator), models.TextCell(r.Printed.Percent)
	cells["agrees"], cells["difference"] = models.TextCell(agrees), models.TextCell(strings.Join(says, " "))
	return cells
}
