package web

import (
	"cmp"
	"slices"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

// lapseForecast shows the dollars that would stay unspent at the deadline, per district with
// its range, and the days on which its money runs out.
func (w *Web) lapseForecast(r *request) error {
	in, f, years, rows, err := r.standings()
	if err != nil {
		return err
	}
	names, err := r.liaisons(rows)
	if err != nil {
		return err
	}
	v, err := listed(r, Listing[workflow.DistrictStanding]{Path: "/lapse_forecast", Name: "lapse_forecast", Sort: "-forecast", Caption: r.t("Money at risk by district"), Columns: r.lapseColumns(names),
		Filters: r.boardFilters(f, years), Load: func(workflow.Page) ([]workflow.DistrictStanding, error) { return rows, nil },
		Empty: r.t("Nobody has money of this grant year yet. Publish an allocation run first.")})
	if v == nil || err != nil {
		return err
	}
	body := board{List: v, Chart: r.riskChart(rows)}
	body.sumUp(r, years, in, rows)
	body.Cards = r.riskCards(rows)
	return r.show("lapse_forecast", Page{Title: r.t("Lapse forecast"), Section: "/lapse_forecast", Wide: true, Body: body, AsOf: r.asOf("/lapse_forecast", in.On, f, "grant_year_id", "show"),
		Lead: r.t("What would stay unspent at the deadline if spending goes on as it does, the most first. What a district cannot use may be released and shared out again.")})
}

func (r *request) riskCards(rows []workflow.DistrictStanding) []card {
	var sum, low, high models.Cents
	with, early := 0, 0
	for _, d := range rows {
		sum, low, high = sum+d.Night.ForecastCents, low+d.Night.ForecastLowCents, high+d.Night.ForecastHighCents
		with += boolInt(d.Night.ForecastCents > 0)
		early += boolInt(!d.RecentOutOn.IsZero() && d.RecentOutOn < d.Night.DeadlineOn)
	}
	return []card{{Name: r.t("Forecast to stay unspent"), Value: sum.String(), Note: r.t("%s to %s", low.String(), high.String())},
		{Name: r.t("Districts with money at risk"), Value: strconv.Itoa(with), Note: r.t("of %d", len(rows))},
		{Name: r.t("Money runs out before the deadline"), Value: strconv.Itoa(early), Note: r.t("at the pace of the last 90 days")}}
}

func (r *request) lapseColumns(names workflow.Names) []Column[workflow.DistrictStanding] {
	cents := func(key, label string, of func(workflow.DistrictStanding) models.Cents) Column[workflow.DistrictStanding] {
		return Column[workflow.DistrictStanding]{Key: key, Label: label, Unit: models.UnitCents, Cell: func(d workflow.DistrictStanding) Cell { return Number(of(d)) }}
	}
	out := func(key, label string, of func(workflow.DistrictStanding) models.Date) Column[workflow.DistrictStanding] {
		return Column[workflow.DistrictStanding]{Key: key, Label: label, Unit: models.UnitDate, Cell: func(d workflow.DistrictStanding) Cell {
			c := Day(of(d))
			if c.Known && of(d) < d.Night.DeadlineOn {
				c = c.Noted(r.t("before the deadline"))
			}
			return c
		}}
	}
	return []Column[workflow.DistrictStanding]{r.districtColumn(),
		{Key: "forecast", Label: r.t("At risk"), Unit: models.UnitCents, Cell: func(d workflow.DistrictStanding) Cell {
			c := Number(d.Night.ForecastCents)
			if d.ApplicationID == "" {
				return c.Noted(r.t("not applied for"))
			}
			return c.To("/applications/" + d.ApplicationID + "/utilization")
		}},
		cents("low", r.t("Lowest"), func(d workflow.DistrictStanding) models.Cents { return d.Night.ForecastLowCents }),
		cents("high", r.t("Highest"), func(d workflow.DistrictStanding) models.Cents { return d.Night.ForecastHighCents }),
		cents("spent", r.t("Spent"), func(d workflow.DistrictStanding) models.Cents { return d.Night.SpentCents }),
		cents("remaining", r.t("Not spent"), func(d workflow.DistrictStanding) models.Cents { return d.RemainingCents }),
		out("recent_out_on", r.t("Runs out at the recent pace"), func(d workflow.DistrictStanding) models.Date { return d.RecentOutOn }),
		out("even_out_on", r.t("Runs out at the even pace"), func(d workflow.DistrictStanding) models.Date { return d.EvenOutOn }),
		{Key: "deadline", Label: r.t("Deadline"), Unit: models.UnitDate, Cell: func(d workflow.DistrictStanding) Cell { return Day(d.Night.DeadlineOn) }},
		{Key: "liaison", Label: r.t("Liaison"), Cell: func(d workflow.DistrictStanding) Cell { return liaisonOf(names, d) }},
	}
}

// barsShown is how many districts the chart of money at risk has.
const barsShown = 12

// riskChart draws the districts with the most money at risk, each with its range.
func (r *request) riskChart(rows []workflow.DistrictStanding) *Chart {
	rows = slices.DeleteFunc(slices.Clone(rows), func(d workflow.DistrictStanding) bool { return d.Night.ForecastHighCents <= 0 })
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b workflow.DistrictStanding) int {
		return cmp.Compare(b.Night.ForecastCents, a.Night.ForecastCents)
	})
	chart := &Chart{ID: "risk", Title: r.t("Where the most money is at risk"), Numeric: 1, Heads: []string{r.t("District"), r.t("Lowest"), r.t("Forecast"), r.t("Highest")},
		Legend: []Key{{"fill-warn", r.t("at least")}, {"fill-2", r.t("up to")}}}
	var drawn []Bar
	for _, d := range rows[:min(len(rows), barsShown)] {
		n := d.Night
		drawn = append(drawn, Bar{Label: d.OrganizationName, Shown: wholeDollars(n.ForecastCents), Segments: []Segment{
			{int64(n.ForecastLowCents), "fill-warn", n.ForecastLowCents.String()}, {int64(n.ForecastHighCents - n.ForecastLowCents), "fill-2", n.ForecastHighCents.String()}}})
		chart.Rows = append(chart.Rows, []string{d.OrganizationName, n.ForecastLowCents.String(), n.ForecastCents.String(), n.ForecastHighCents.String()})
	}
	chart.SVG = bars(chart.Title, drawn, 0)
	return chart
}
