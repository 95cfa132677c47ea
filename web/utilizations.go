package web

import (
	"cmp"
	"slices"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesUtilizations() []route {
	return []route{
		{"GET", "/utilizations", w.utilizations},
		{"GET", "/lapse_forecast", w.lapseForecast},
		{"GET", "/applications/:id/utilization", w.applicationUtilization},
	}
}

// boardInput are the filters of the two boards.
type boardInput struct {
	GrantYearID string      `json:"grant_year_id"`
	On          models.Date `json:"on"`
	Show        string      `json:"show"` // mine, below, flagged
}

// board is the body of utilizations.html and lapse_forecast.html.
type board struct {
	Year  string
	AsOf  models.Date // the night of the figures
	List  *ListView
	Chart *Chart
	Cards []card
}

// card is a figure that sums up a page.
type card struct{ Name, Value, Note string }

// standings reads what both boards show: a grant year's recipients, after the filters.
func (r *request) standings() (in boardInput, f *Form, years []models.GrantYear, rows []workflow.DistrictStanding, err error) {
	if f, err = r.filters(&in); err != nil {
		return in, f, nil, nil, err
	}
	if in.On != "" && !in.On.Valid() {
		return in, f, nil, nil, models.Fail(models.Malformed, "malformed_parameter", "The day in the address is not a date.")
	}
	if years, err = r.boardYears(); err != nil || len(years) == 0 {
		return in, f, years, nil, err
	}
	if in.GrantYearID == "" {
		in.GrantYearID = years[0].ID
		f.Values.Set("grant_year_id", in.GrantYearID)
	}
	if rows, err = r.s.DistrictStandings(r.ctx(), r.who, workflow.ListDistrictStandings{GrantYearID: in.GrantYearID, AsOf: in.On}); err != nil {
		return in, f, years, nil, err
	}
	rows = slices.DeleteFunc(rows, func(d workflow.DistrictStanding) bool {
		switch in.Show {
		case "mine":
			return !r.mine(models.Organization{PALUserID: d.PALUserID})
		case "below":
			return !below(d)
		case "flagged":
			return d.Violations+d.Warnings == 0
		}
		return false
	})
	return in, f, years, rows, nil
}

// boardYears are the grant years that gave money, those with most recipients first among
// the open ones.
func (r *request) boardYears() ([]models.GrantYear, error) {
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	if err != nil {
		return nil, err
	}
	years = slices.DeleteFunc(years, func(y models.GrantYear) bool { return y.PublishedRunID == nil })
	recipients := map[string]int{}
	if !r.office() { // the years in which it has money
		own, err := r.s.Allocations(r.ctx(), r.who, workflow.ListAllocations{On: r.s.Today()})
		if err != nil {
			return nil, err
		}
		for _, a := range own {
			recipients[a.GrantYearID]++
		}
	} else {
		runs, err := r.s.AllocationRuns(r.ctx(), r.who, workflow.ListAllocationRuns{Status: workflow.StatusPublished})
		if err != nil {
			return nil, err
		}
		for _, run := range runs {
			recipients[run.GrantYearID] = max(recipients[run.GrantYearID], run.RecipientCount)
		}
	}
	slices.SortStableFunc(years, func(a, b models.GrantYear) int {
		return cmp.Or(boolInt(b.Status == workflow.StatusOpen)-boolInt(a.Status == workflow.StatusOpen), recipients[b.ID]-recipients[a.ID], b.FiscalYear-a.FiscalYear)
	})
	return years, nil
}

func below(d workflow.DistrictStanding) bool {
	return d.MinimumBP != nil && d.Night.RateBP != nil && *d.Night.RateBP < *d.MinimumBP
}

func (r *request) boardFilters(f *Form, years []models.GrantYear) []Field {
	show := []Option{{Value: "below", Text: r.t("Below the minimum")}, {Value: "flagged", Text: r.t("With open flags")}}
	if r.who.Has(models.RolePAL) {
		show = append(show, Option{Value: "mine", Text: r.t("My districts")})
	}
	return []Field{f.Select("grant_year_id", r.t("Grant year"), yearOptions(years)), f.Select("show", r.t("Districts"), show)}
}

// utilizations is the board of what every recipient has spent of its money.
func (w *Web) utilizations(r *request) error {
	in, f, years, rows, err := r.standings()
	if err != nil {
		return err
	}
	names, err := r.liaisons(rows)
	if err != nil {
		return err
	}
	v, err := listed(r, Listing[workflow.DistrictStanding]{Path: "/utilizations", Name: "utilizations", Sort: "rate", Caption: r.t("Utilization by district"), Columns: r.utilizationColumns(names),
		Filters: r.boardFilters(f, years), Load: func(workflow.Page) ([]workflow.DistrictStanding, error) { return rows, nil },
		Empty: r.t("Nobody has money of this grant year yet. Publish an allocation run first.")})
	if v == nil || err != nil {
		return err
	}
	body := board{List: v, Chart: r.distribution(rows)}
	body.sumUp(r, years, in, rows)
	return r.show("utilizations", Page{Title: r.t("Utilization"), Section: "/utilizations", Wide: true, Body: body, AsOf: r.asOf("/utilizations", in.On, f, "grant_year_id", "show"),
		Lead: r.t("What every district has spent of its money, the slowest first. Choose a district for its lines.")})
}

func (r *request) liaisons(rows []workflow.DistrictStanding) (workflow.Names, error) {
	var people []string
	for _, d := range rows {
		if d.PALUserID != nil {
			people = append(people, *d.PALUserID)
		}
	}
	return r.s.NamesOf(r.ctx(), r.who, nil, people)
}

func liaisonOf(names workflow.Names, d workflow.DistrictStanding) Cell {
	if d.PALUserID == nil {
		return Cell{}
	}
	return Text(names.People[*d.PALUserID])
}

// sumUp adds up what is shown.
func (b *board) sumUp(r *request, years []models.GrantYear, in boardInput, rows []workflow.DistrictStanding) {
	for _, y := range years {
		if y.ID == in.GrantYearID {
			b.Year = y.Title
		}
	}
	var allocated, approved, paid, spent, whole models.Cents
	behind := 0
	for _, d := range rows {
		b.AsOf = max(b.AsOf, d.Night.AsOf)
		allocated, approved, paid, spent, whole = allocated+d.AllocationCents, approved+d.Night.ApprovedCents, paid+d.Night.PaidCents, spent+d.Night.SpentCents, whole+d.WholeCents
		behind += boolInt(below(d))
	}
	b.Cards = []card{{Name: r.t("Allocation"), Value: allocated.String()}, {Name: r.t("Approved"), Value: approved.String()}, {Name: r.t("Paid"), Value: paid.String()}, {Name: r.t("Spent"), Value: spent.String()}}
	if rate, ok := models.Rate(spent, whole); ok {
		b.Cards[3].Note = percent(int64(rate))
	}
	b.Cards = append(b.Cards, card{Name: r.t("Below the minimum"), Value: strconv.Itoa(behind), Note: r.t("of %d", len(rows))})
}

func (r *request) districtColumn() Column[workflow.DistrictStanding] {
	return Column[workflow.DistrictStanding]{Key: "district", Label: r.t("District"), Cell: func(d workflow.DistrictStanding) Cell {
		return Text(d.OrganizationName).To("/organizations/" + d.OrganizationID).Noted(d.OrganizationCode)
	}}
}

func (r *request) utilizationColumns(names workflow.Names) []Column[workflow.DistrictStanding] {
	cents := func(key, label string, of func(workflow.DistrictStanding) models.Cents) Column[workflow.DistrictStanding] {
		return Column[workflow.DistrictStanding]{Key: key, Label: label, Unit: models.UnitCents, Cell: func(d workflow.DistrictStanding) Cell { return Number(of(d)) }}
	}
	return []Column[workflow.DistrictStanding]{r.districtColumn(),
		cents("allocation", r.t("Allocation"), func(d workflow.DistrictStanding) models.Cents { return d.AllocationCents }),
		cents("approved", r.t("Approved"), func(d workflow.DistrictStanding) models.Cents { return d.Night.ApprovedCents }),
		cents("paid", r.t("Paid"), func(d workflow.DistrictStanding) models.Cents { return d.Night.PaidCents }),
		{Key: "spent", Label: r.t("Spent"), Unit: models.UnitCents, Cell: func(d workflow.DistrictStanding) Cell {
			if d.ApplicationID == "" {
				return Number(d.Night.SpentCents).Noted(r.t("not applied for"))
			}
			return Number(d.Night.SpentCents).To("/applications/" + d.ApplicationID + "/utilization").Noted(d.Reference)
		}},
		{Key: "rate", Label: r.t("Utilization"), Unit: models.UnitBasisPoints, Cell: func(d workflow.DistrictStanding) Cell {
			c := Cell{}
			if d.Night.RateBP != nil {
				c = Number(*d.Night.RateBP)
			}
			if below(d) {
				c = c.Noted(r.t("below the minimum of %s", percent(int64(*d.MinimumBP))))
			}
			return c
		}},
		cents("forecast", r.t("Forecast unspent"), func(d workflow.DistrictStanding) models.Cents { return d.Night.ForecastCents }),
		{Key: "flags", Label: r.t("Flags"), Unit: models.UnitInteger, Cell: func(d workflow.DistrictStanding) Cell {
			return Number(d.Violations + d.Warnings).To("/flags?status=standing&organization_id=" + d.OrganizationID)
		}},
		{Key: "unlinked", Label: r.t("Unlinked lines"), Unit: models.UnitInteger, Cell: func(d workflow.DistrictStanding) Cell { return Number(d.Night.UnlinkedCount) }},
		{Key: "liaison", Label: r.t("Liaison"), Cell: func(d workflow.DistrictStanding) Cell { return liaisonOf(names, d) }},
	}
}

// distribution counts districts by what they have spent, in steps of ten percent.
func (r *request) distribution(rows []workflow.DistrictStanding) *Chart {
	var counts [11]int64
	var least models.BasisPoints = -1
	known := 0
	for _, d := range rows {
		if d.Night.RateBP == nil {
			continue
		}
		known++
		counts[min(max(int(*d.Night.RateBP)/1000, 0), 10)]++
		if d.MinimumBP != nil {
			least = *d.MinimumBP
		}
	}
	if known < 2 {
		return nil
	}
	chart := &Chart{ID: "distribution", Title: r.t("How many districts have spent how much"), Numeric: 1, Heads: []string{r.t("Utilization"), r.t("Districts")}}
	if least >= 0 {
		chart.Means = r.t("The minimum by now is %s.", percent(int64(least)))
		chart.Legend = []Key{{"fill-warn", r.t("below the minimum")}, {"fill-1", r.t("at or above it")}}
	}
	var drawn []Bar
	for i, n := range counts {
		label := r.t("%d to %d %%", i*10, i*10+10)
		if i == 10 {
			label = r.t("100 % and more")
		}
		class := "fill-1"
		if models.BasisPoints(i*1000) < least {
			class = "fill-warn"
		}
		drawn = append(drawn, Bar{Label: label, Shown: strconv.FormatInt(n, 10), Segments: []Segment{{n, class, label}}})
		chart.Rows = append(chart.Rows, []string{label, strconv.FormatInt(n, 10)})
	}
	chart.SVG = bars(chart.Title, drawn, 0)
	return chart
}
