package web

import (
	"html/template"
	"strconv"
	"strings"
)

// Difference is one bar of a diverging chart: to the right for more, to the left for less.
type Difference struct {
	Label string
	Value int64
	Shown string // the value as people write it, with its sign
}

// diverging draws bars to both sides of a line that stands for no change.
func diverging(title string, rows []Difference) template.HTML {
	var most int64 = 1
	for _, d := range rows {
		most = max(most, d.Value, -d.Value)
	}
	const side = (chartWidth - labelWidth - valueWidth) / 2
	const middle = labelWidth + side
	height := len(rows)*(barHeight+barGap) + barGap
	var svg strings.Builder
	svg.WriteString(`<svg class="chart" role="img" viewBox="0 0 ` + strconv.Itoa(chartWidth) + " " + strconv.Itoa(height) + `" aria-label="` + template.HTMLEscapeString(title) + `">`)
	for i, d := range rows {
		y := strconv.Itoa(barGap + i*(barHeight+barGap))
		text := strconv.Itoa(barGap + i*(barHeight+barGap) + 15)
		width := scaled(max(d.Value, -d.Value), most, side*100)
		class, x := "fill-1", strconv.Itoa(middle)+".00"
		if d.Value < 0 {
			class, x = "fill-7", decimal(middle*100-width)
		}
		svg.WriteString(`<text class="chart-label" x="` + strconv.Itoa(labelWidth-8) + `" y="` + text + `" text-anchor="end">` + template.HTMLEscapeString(shorten(d.Label, 30)) + `</text>`)
		svg.WriteString(`<rect class="` + class + `" x="` + x + `" y="` + y + `" width="` + decimal(width) + `" height="` + strconv.Itoa(barHeight) + `"></rect>`)
		svg.WriteString(`<text class="chart-value" x="` + strconv.Itoa(chartWidth-valueWidth+8) + `" y="` + text + `">` + template.HTMLEscapeString(d.Shown) + `</text>`)
	}
	svg.WriteString(`<line class="chart-axis" x1="` + strconv.Itoa(middle) + `" x2="` + strconv.Itoa(middle) + `" y1="0" y2="` + strconv.Itoa(height) + `"></line></svg>`)
	return template.HTML(svg.String()) //nolint:gosec // every text in it was escaped
}
