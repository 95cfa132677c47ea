package web

import (
	"html/template"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// moneyChart draws spending against time: what was spent month by month, the even pace, the
// range of the forecast at the deadline, and the minimum. Integers throughout.
type moneyChart struct {
	from, until models.Date
	most        models.Cents
}

const (
	moneyWide, moneyHigh = 720, 300
	moneyLeft, moneyPad  = 96, 34
)

func (c moneyChart) x(on models.Date) int64 {
	days := max(int64(c.until.DaysSince(c.from)), 1)
	gone := min(max(int64(on.DaysSince(c.from)), 0), days)
	return moneyLeft*100 + scaled(gone, days, (moneyWide-moneyLeft-moneyPad)*100)
}

func (c moneyChart) y(v models.Cents) int64 {
	return (moneyHigh-moneyPad)*100 - scaled(max(int64(v), 0), max(int64(c.most), 1), (moneyHigh-2*moneyPad)*100)
}

func (c moneyChart) at(on models.Date, v models.Cents) string {
	return decimal(c.x(on)) + "," + decimal(c.y(v))
}

// spendingChart is the drawing of an application's spending with its numbers. low and high
// are what the forecast leaves unspent at the deadline.
func (r *request) spendingChart(sp workflow.Spending, low, high models.Cents) *Chart {
	if len(sp.Months) == 0 || sp.WholeCents <= 0 || sp.DeadlineOn <= sp.StartsOn {
		return nil
	}
	title := r.t("Spending against time")
	c := moneyChart{from: models.Date(sp.Months[0].Month + "-01"), until: sp.DeadlineOn, most: max(sp.WholeCents, sp.SpentCents)}
	chart := &Chart{ID: "spending-" + sp.ApplicationID, Title: title, Numeric: 1, Heads: []string{r.t("Month"), r.t("Spent in it"), r.t("Spent until its end"), r.t("At an even pace")},
		Means:  r.t("Below the gray line, spending is slower than an even pace to the deadline."),
		Legend: []Key{{"fill-1", r.t("Spent")}, {"fill-even", r.t("Even pace")}, {"fill-2", r.t("Forecast, lowest to highest")}}}
	spent := []string{c.at(c.from, 0)}
	for _, m := range sp.Months {
		end := min(models.Date(m.Month+"-01").AddMonths(1).AddDays(-1), r.s.Today())
		spent = append(spent, c.at(end, m.TotalCents))
		chart.Rows = append(chart.Rows, []string{m.Month, m.SpentCents.String(), m.TotalCents.String(), m.EvenCents.String()})
	}
	now := min(r.s.Today(), sp.DeadlineOn)
	var svg strings.Builder
	svg.WriteString(`<svg class="chart money-chart" role="img" viewBox="0 0 ` + strconv.Itoa(moneyWide) + ` ` + strconv.Itoa(moneyHigh) + `" aria-label="` + template.HTMLEscapeString(title) + `">`)
	label := func(class, anchor string, x, y int64, text string) {
		svg.WriteString(`<text class="` + class + `" text-anchor="` + anchor + `" x="` + decimal(x) + `" y="` + decimal(y) + `">` + template.HTMLEscapeString(text) + `</text>`)
	}
	rule := func(class string, x1, y1, x2, y2 int64) {
		svg.WriteString(`<line class="` + class + `" x1="` + decimal(x1) + `" y1="` + decimal(y1) + `" x2="` + decimal(x2) + `" y2="` + decimal(y2) + `"></line>`)
	}
	rule("money-axis", c.x(c.from), c.y(0), c.x(c.until), c.y(0))
	rule("money-axis", c.x(c.from), c.y(c.most), c.x(c.until), c.y(c.most))
	label("chart-label", "end", c.x(c.from)-800, c.y(c.most)+400, wholeDollars(c.most))
	label("chart-label", "end", c.x(c.from)-800, c.y(0)+400, "$0")
	if now < sp.DeadlineOn {
		svg.WriteString(`<polygon class="money-forecast" points="` + c.at(now, sp.SpentCents) + " " + c.at(sp.DeadlineOn, sp.WholeCents-low) + " " + c.at(sp.DeadlineOn, sp.WholeCents-high) + `"></polygon>`)
		rule("money-now", c.x(now), c.y(0), c.x(now), c.y(c.most))
		label("chart-label", "middle", c.x(now), c.y(c.most)-600, r.t("today"))
	}
	svg.WriteString(`<polyline class="money-even" points="` + c.at(sp.StartsOn, 0) + " " + c.at(sp.DeadlineOn, sp.WholeCents) + `"></polyline>`)
	if sp.MinimumBP != nil {
		if least, err := sp.WholeCents.MulRatio(int64(*sp.MinimumBP), 10_000, models.RoundDown); err == nil {
			rule("chart-mark", c.x(c.from), c.y(least), c.x(c.until), c.y(least))
			label("chart-label", "start", c.x(c.from)+600, c.y(least)-500, r.t("Minimum %s", percent(int64(*sp.MinimumBP))))
		}
	}
	svg.WriteString(`<polyline class="money-spent" points="` + strings.Join(spent, " ") + `"></polyline>`)
	label("chart-label", "start", c.x(c.from), c.y(0)+2200, day(r.lang, c.from))
	label("chart-label", "end", c.x(c.until), c.y(0)+2200, day(r.lang, c.until))
	svg.WriteString(`</svg>`)
	chart.SVG = template.HTML(svg.String()) //nolint:gosec // every text in it was escaped
	return chart
}

// wholeDollars leaves the cents out, for the scale of a drawing.
func wholeDollars(c models.Cents) string {
	text, _, _ := strings.Cut(c.String(), ".")
	return text
}

// shareBar is a part of a whole with a mark across it, without labels: the text beside it
// says the same.
func shareBar(title string, part, mark, whole models.Cents, behind bool) template.HTML {
	place := func(v models.Cents) string { return decimal(scaled(max(int64(v), 0), max(int64(whole), 1), 360*100)) }
	class := "fill-1"
	if behind {
		class = "fill-warn"
	}
	svg := `<svg class="chart share-bar" role="img" viewBox="0 0 360 30" aria-label="` + template.HTMLEscapeString(title) + `"><rect class="fill-rest" x="0" y="5" width="360" height="20"></rect><rect class="` + class + `" x="0" y="5" width="` + place(part) + `" height="20"></rect>`
	if mark > 0 {
		svg += `<line class="chart-mark" x1="` + place(mark) + `" x2="` + place(mark) + `" y1="0" y2="30"></line>`
	}
	return template.HTML(svg + `</svg>`) //nolint:gosec // every text in it was escaped
}
