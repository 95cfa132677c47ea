package web

import (
	"html/template"
	"strconv"
	"strings"

	"earmark/models"
)

// Charts are drawn here as SVG without inline styles. Every chart has a title and a table
// with the same numbers behind a disclosure (partials/chart.html): a chart is for looking,
// the table is the record.

// Chart is a drawing and its numbers.
type Chart struct {
	ID      string
	Title   string
	Means   string // one sentence: what to see
	SVG     template.HTML
	Heads   []string
	Rows    [][]string
	Legend  []Key
	Numeric int // from which column on the table's cells are numbers
}

// Key is an entry of a legend: the class of its fill, and what it stands for.
type Key struct{ Class, Text string }

// Bar is one bar: segments one after another, and a mark across it, all in the same unit.
type Bar struct {
	Label    string
	Href     string
	Segments []Segment
	Mark     int64 // a line across the bar, such as the minimum; 0 draws none
	Shown    string
}

// Segment is a part of a bar.
type Segment struct {
	Value int64
	Class string // fill-1 … fill-6, fill-good, fill-warn, fill-bad, fill-rest
	Text  string // tooltip
}

const (
	chartWidth = 720
	labelWidth = 210
	valueWidth = 130
	barHeight  = 20
	barGap     = 10
)

// bars draws horizontal bars on one scale from 0 to most; most 0 takes the largest bar.
func bars(title string, rows []Bar, most int64) template.HTML {
	for _, b := range rows {
		var sum int64
		for _, s := range b.Segments {
			sum += max(s.Value, 0)
		}
		most = max(most, sum, b.Mark)
	}
	most = max(most, 1)
	const room = chartWidth - labelWidth - valueWidth
	// Widths are hundredths of a pixel, in integers: money never passes through a float.
	place := func(v int64) string { return decimal(scaled(v, most, room*100)) }
	var svg strings.Builder
	height := len(rows)*(barHeight+barGap) + barGap
	svg.WriteString(`<svg class="chart" role="img" viewBox="0 0 ` + strconv.Itoa(chartWidth) + " " + strconv.Itoa(height) + `" aria-label="` + template.HTMLEscapeString(title) + `">`)
	for i, b := range rows {
		y := barGap + i*(barHeight+barGap)
		svg.WriteString(`<text class="chart-label" x="` + strconv.Itoa(labelWidth-8) + `" y="` + strconv.Itoa(y+15) + `" text-anchor="end">` + template.HTMLEscapeString(shorten(b.Label, 30)) + `</text>`)
		x := int64(0)
		for _, s := range b.Segments {
			if s.Value <= 0 {
				continue
			}
			svg.WriteString(`<rect class="` + template.HTMLEscapeString(s.Class) + `" x="` + plus(labelWidth, place(x)) + `" y="` + strconv.Itoa(y) + `" width="` + place(s.Value) + `" height="` + strconv.Itoa(barHeight) + `"><title>` + template.HTMLEscapeString(s.Text) + `</title></rect>`)
			x += s.Value
		}
		if b.Mark > 0 {
			at := plus(labelWidth, place(b.Mark))
			svg.WriteString(`<line class="chart-mark" x1="` + at + `" x2="` + at + `" y1="` + strconv.Itoa(y-4) + `" y2="` + strconv.Itoa(y+barHeight+4) + `"></line>`)
		}
		svg.WriteString(`<text class="chart-value" x="` + strconv.Itoa(chartWidth-valueWidth+8) + `" y="` + strconv.Itoa(y+15) + `">` + template.HTMLEscapeString(b.Shown) + `</text>`)
	}
	svg.WriteString(`</svg>`)
	return template.HTML(svg.String()) //nolint:gosec // every text in it was escaped
}

// scaled is v of most on a scale of room, without overflow for any amount of money.
func scaled(v, most, room int64) int64 {
	if v >= most {
		return room
	}
	share, err := models.Cents(v).MulRatio(room, most, models.RoundDown)
	if err != nil {
		return 0
	}
	return int64(share)
}

// decimal writes hundredths of a pixel.
func decimal(h int64) string {
	return strconv.FormatInt(h/100, 10) + "." + strconv.FormatInt(h%100/10, 10) + strconv.FormatInt(h%10, 10)
}

// plus adds whole pixels in front.
func plus(whole int64, text string) string {
	head, tail, _ := strings.Cut(text, ".")
	n, _ := strconv.ParseInt(head, 10, 64)
	return strconv.FormatInt(whole+n, 10) + "." + tail
}

func shorten(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
