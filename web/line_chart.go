package web

import (
	"html/template"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// wayChart draws the straight line from a baseline to an aim and what was measured, on one
// scale of days and values. Everything is an integer: hundredths of a value become
// hundredths of a pixel.
type wayChart struct {
	wide, high  int64 // pixels
	pad         int64
	from, until models.Date
	low, top    int64 // hundredths
}

// newWayChart finds the scale that holds all points.
func newWayChart(wide, high, pad int64, line, results []workflow.TargetPoint) wayChart {
	c := wayChart{wide: wide, high: high, pad: pad}
	for i, p := range append(append([]workflow.TargetPoint{}, line...), results...) {
		if i == 0 {
			c.from, c.until, c.low, c.top = p.On, p.On, int64(p.Value), int64(p.Value)
		}
		c.from, c.until = min(c.from, p.On), max(c.until, p.On)
		c.low, c.top = min(c.low, int64(p.Value)), max(c.top, int64(p.Value))
	}
	if c.low == c.top { // a level line lies in the middle
		c.low, c.top = c.low-100, c.top+100
	}
	return c
}

// x is the place of a day, in hundredths of a pixel.
func (c wayChart) x(on models.Date) int64 {
	days := max(int64(c.until.DaysSince(c.from)), 1)
	return c.pad*100 + scaled(int64(on.DaysSince(c.from)), days, (c.wide-2*c.pad)*100)
}

// y is the place of a value; more stands higher.
func (c wayChart) y(v models.Hundredths) int64 {
	return (c.high-c.pad)*100 - scaled(int64(v)-c.low, c.top-c.low, (c.high-2*c.pad)*100)
}

func (c wayChart) path(points []workflow.TargetPoint) string {
	at := make([]string, len(points))
	for i, p := range points {
		at[i] = decimal(c.x(p.On)) + "," + decimal(c.y(p.Value))
	}
	return strings.Join(at, " ")
}

// draw writes the line, the results and, in a large chart, the ends of both scales.
func (c wayChart) draw(class, title string, line, results []workflow.TargetPoint, label func(models.Hundredths) string, date func(models.Date) string) template.HTML {
	var svg strings.Builder
	svg.WriteString(`<svg class="` + class + `" viewBox="0 0 ` + strconv.FormatInt(c.wide, 10) + " " + strconv.FormatInt(c.high, 10) + `"`)
	if title == "" {
		svg.WriteString(` aria-hidden="true" focusable="false">`)
	} else {
		svg.WriteString(` role="img" aria-label="` + template.HTMLEscapeString(title) + `">`)
	}
	svg.WriteString(`<polyline class="way-line" points="` + c.path(line) + `"></polyline>`)
	if len(results) > 1 {
		svg.WriteString(`<polyline class="way-results" points="` + c.path(results) + `"></polyline>`)
	}
	for _, p := range results {
		svg.WriteString(`<circle class="way-dot" r="4" cx="` + decimal(c.x(p.On)) + `" cy="` + decimal(c.y(p.Value)) + `">`)
		if label != nil {
			svg.WriteString(`<title>` + template.HTMLEscapeString(date(p.On)+": "+label(p.Value)) + `</title>`)
		}
		svg.WriteString(`</circle>`)
	}
	if label != nil {
		for i, p := range line {
			anchor := "middle"
			if i == 0 {
				anchor = "start"
			} else if i == len(line)-1 {
				anchor = "end"
			}
			above := c.y(p.Value) - 800
			if above < 1400 {
				above = c.y(p.Value) + 1800
			}
			svg.WriteString(`<text class="chart-label" text-anchor="` + anchor + `" x="` + decimal(c.x(p.On)) + `" y="` + decimal(above) + `">` + template.HTMLEscapeString(label(p.Value)) + `</text>`)
			svg.WriteString(`<text class="chart-axis" text-anchor="` + anchor + `" x="` + decimal(c.x(p.On)) + `" y="` + strconv.FormatInt(c.high-6, 10) + `">` + template.HTMLEscapeString(date(p.On)) + `</text>`)
		}
	}
	svg.WriteString(`</svg>`)
	return template.HTML(svg.String()) //nolint:gosec // every text in it was escaped
}

// smallWay is a drawing beside the numbers that it repeats.
func smallWay(line, results []workflow.TargetPoint) template.HTML {
	if len(line) < 2 {
		return ""
	}
	return newWayChart(120, 36, 6, line, results).draw("way way-small", "", line, results, nil, nil)
}
