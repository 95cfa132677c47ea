package app

import (
	"fmt"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// reportsDoc prints the catalogue of reports with every column.
func reportsDoc() string {
	var b strings.Builder
	b.WriteString(generated + "# Reports and their columns\n\nHow to ask for them is in [reports.md](../reports.md).\n")
	for _, k := range append(workflow.ReportKinds, workflow.PublicReportKind) {
		fmt.Fprintf(&b, "\n## %s\n\n`%s`. %s\n\nParameters: %s. Forms: %s.", k.Title, k.Code, k.Means, strings.Join(k.Parameters, ", "), strings.Join(k.Formats, ", "))
		if k.Office {
			b.WriteString(" For the office only.")
		}
		b.WriteString("\n")
		columnsDoc(&b, k.Columns)
		for _, t := range k.Sections {
			fmt.Fprintf(&b, "\n### %s (`%s`)\n", t.Title, t.Name)
			columnsDoc(&b, t.Columns)
		}
	}
	return b.String()
}

func columnsDoc(b *strings.Builder, columns []models.ReportColumn) {
	b.WriteString("\n| column | title | unit | total | means |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range columns {
		total := string(c.Total)
		if c.Total == models.TotalRate {
			total = c.Part + " over " + c.Whole
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", c.Name, c.Title, strings.ReplaceAll(string(c.Unit), "_", " "), total, c.Means)
	}
}
