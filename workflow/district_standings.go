package workflow

import (
	"context"
	"strings"

	"earmark/models"
	"earmark/store"
)

// DistrictStanding is where a recipient of a grant year stands: its money as of a night, and
// what waits for it today. Figures of the night are 0 before the first night that knows its
// application; Night.AsOf is then empty.
type DistrictStanding struct {
	store.DistrictRow
	GrantYearID    string
	Night          models.ApplicationUtilization
	WholeCents     models.Cents        // what the rate is spent of: allocation, approved or paid
	RemainingCents models.Cents        // of it, not spent
	MinimumBP      *models.BasisPoints // of the last checkpoint that has passed; nil before the first
	DeadlineMinBP  *models.BasisPoints // to be reached at the deadline; nil when the program has none
	// The days on which the money runs out: at the even pace since it came, and at that of
	// the last 90 days. Empty when nothing was spent at that pace, or all is spent.
	EvenOutOn   models.Date
	RecentOutOn models.Date
}

// Key orders standings.
func (d DistrictStanding) Key() string { return d.OrganizationID }

// ListDistrictStandings asks for the standings of a grant year.
type ListDistrictStandings struct {
	GrantYearID    string      `json:"grant_year_id" validate:"required,max=64"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	AsOf           models.Date `json:"as_of" validate:"omitempty,civil_date"` // of the night's figures; the latest when empty
	After          string      `json:"after" validate:"max=64"`               // organization
	Limit          int         `json:"limit" validate:"gte=0,lte=100"`        // 0: all, for exports
}

// DistrictStandings lists where the recipients of a grant year stand, those without an
// application too. A district sees its own.
func (s *Service) DistrictStandings(ctx context.Context, who models.Actor, in ListDistrictStandings) ([]DistrictStanding, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	ru, err := s.rules(r, in.GrantYearID)
	if models.KindOf(err) == models.NotFound { // a list of nothing, as with any other filter
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := store.DistrictRows(r, scope(who), in.GrantYearID, in.OrganizationID, s.Today(), store.Page{After: in.After, Limit: in.Limit})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	nights, err := store.ApplicationUtilizations(r, scope(who), in.GrantYearID, in.OrganizationID, s.asOf(in.AsOf), store.Page{})
	if err != nil {
		return nil, err
	}
	known := make(map[string]models.ApplicationUtilization, len(nights))
	for _, n := range nights {
		known[n.ApplicationID] = n
	}
	out := make([]DistrictStanding, len(rows))
	for i, row := range rows {
		out[i] = districtStanding(ru, row, known[row.ApplicationID], s.asOf(in.AsOf))
	}
	return out, nil
}

func districtStanding(ru rules, row store.DistrictRow, night models.ApplicationUtilization, today models.Date) DistrictStanding {
	d := DistrictStanding{DistrictRow: row, GrantYearID: ru.year.ID, Night: night}
	on := night.AsOf
	if on.IsZero() {
		on = today
	}
	year := nightYear(ru, on)
	switch year.RateOf {
	case "paid":
		d.WholeCents = night.PaidCents
	case "approved":
		d.WholeCents = night.ApprovedCents
	default:
		d.WholeCents = night.AllocationCents
		if night.AsOf.IsZero() {
			d.WholeCents = row.AllocationCents
		}
	}
	d.RemainingCents = d.WholeCents - night.SpentCents
	if row.ApplicationID == "" { // nobody applied: all of it is at risk
		d.Night.ForecastCents, d.Night.ForecastLowCents, d.Night.ForecastHighCents = d.WholeCents, d.WholeCents, d.WholeCents
	}
	if d.Night.DeadlineOn.IsZero() {
		d.Night.DeadlineOn = year.DeadlineOn
	}
	if year.MinimumBP >= 0 {
		d.MinimumBP = &year.MinimumBP
	}
	if at, ok := ru.params.BasisPoints(ru.def.Utilization.MinimumParameter); ok {
		d.DeadlineMinBP = &at
	}
	if night.AsOf.IsZero() || night.StartedOn.IsZero() || d.RemainingCents <= 0 {
		return d
	}
	elapsed := night.AsOf.DaysSince(night.StartedOn)
	d.EvenOutOn = runsOut(night.AsOf, d.RemainingCents, night.SpentCents, elapsed)
	d.RecentOutOn = runsOut(night.AsOf, d.RemainingCents, night.RecentCents, min(elapsed, store.RecentDays))
	return d
}

// farOff is how many days ahead a pace is followed: beyond it nothing useful is said.
const farOff = 3650

// runsOut is the day on which what remains is spent when a pace goes on, the first day on
// which nothing is left; "" when it never is.
func runsOut(from models.Date, remaining, spent models.Cents, days int) models.Date {
	if spent <= 0 || days <= 0 {
		return ""
	}
	needed, err := remaining.MulRatio(int64(days), int64(spent), models.RoundDown)
	if err != nil || needed > farOff {
		return ""
	}
	if int64(needed)*int64(spent) < int64(remaining)*int64(days) { // a part of a day is a day
		needed++
	}
	return from.AddDays(int(needed))
}

// SpendingMonth is what was posted in one month and until its end.
type SpendingMonth struct {
	Month      string // YYYY-MM
	SpentCents models.Cents
	TotalCents models.Cents
	EvenCents  models.Cents // what an even pace from the start to the deadline would have spent until its end
}

// Spending is an application's spending against time.
type Spending struct {
	ApplicationID string
	StartsOn      models.Date // of the pace: first payment or approval; that of the grant year before
	DeadlineOn    models.Date
	WholeCents    models.Cents // what the rate is spent of, now
	ApprovedCents models.Cents // in force
	PaidCents     models.Cents
	SpentCents    models.Cents        // posted until now, not only until the last night
	LeftCents     models.Cents        // approved and not spent; what is only proposed is not in it
	RateBP        *models.BasisPoints // spent of the whole; nil when that is 0
	MinimumBP     *models.BasisPoints // at the deadline
	Months        []SpendingMonth     // from the start to today or the deadline, those without spending too
}

// SpendingOverTime is what an application spent month by month, beside an even pace.
func (s *Service) SpendingOverTime(ctx context.Context, who models.Actor, applicationID string) (Spending, error) {
	r := s.db.Read(ctx)
	app, err := visibleApplication(r, who, applicationID)
	if err != nil {
		return Spending{}, err
	}
	standings, err := s.DistrictStandings(ctx, who, ListDistrictStandings{GrantYearID: app.GrantYearID, OrganizationID: app.OrganizationID})
	if err != nil || len(standings) == 0 {
		return Spending{}, err
	}
	ru, err := s.rules(r, app.GrantYearID)
	if err != nil {
		return Spending{}, err
	}
	d := standings[0]
	out := Spending{ApplicationID: app.ID, StartsOn: d.Night.StartedOn, DeadlineOn: d.Night.DeadlineOn, ApprovedCents: app.ApprovedCents, MinimumBP: d.DeadlineMinBP}
	if out.PaidCents, err = r.PaidTotal(app.ID); err != nil {
		return Spending{}, err
	}
	if out.StartsOn.IsZero() {
		out.StartsOn = ru.year.StartsOn
	}
	months, err := store.SpentByMonth(r, app.ID, s.Today())
	if err != nil {
		return Spending{}, err
	}
	for _, m := range months {
		out.SpentCents += m.Cents
	}
	out.LeftCents = out.ApprovedCents - out.SpentCents
	switch strings.TrimPrefix(ru.def.Utilization.Rate, "spent_over_") {
	case "paid":
		out.WholeCents = out.PaidCents
	case "approved":
		out.WholeCents = out.ApprovedCents
	default:
		out.WholeCents = app.AllocationCents
	}
	if rate, ok := models.Rate(out.SpentCents, out.WholeCents); ok {
		out.RateBP = &rate
	}
	out.Months = monthByMonth(out, months, s.Today())
	return out, nil
}

// monthByMonth fills the months without spending and adds them up.
func monthByMonth(sp Spending, posted []store.MonthSpent, today models.Date) []SpendingMonth {
	first, last := string(sp.StartsOn[:7]), string(max(min(today, sp.DeadlineOn), sp.StartsOn)[:7])
	spent := map[string]models.Cents{}
	for _, m := range posted {
		spent[m.Month] = m.Cents
		first, last = min(first, m.Month), max(last, m.Month)
	}
	var out []SpendingMonth
	var total models.Cents
	for on := models.Date(first + "-01"); string(on[:7]) <= last; on = on.AddMonths(1) {
		end := min(on.AddMonths(1).AddDays(-1), today)
		total += spent[string(on[:7])]
		out = append(out, SpendingMonth{Month: string(on[:7]), SpentCents: spent[string(on[:7])], TotalCents: total, EvenCents: evenPace(sp, end)})
	}
	return out
}

// evenPace is what would be spent on a day at an even pace.
func evenPace(sp Spending, on models.Date) models.Cents {
	all, gone := sp.DeadlineOn.DaysSince(sp.StartsOn), on.DaysSince(sp.StartsOn)
	switch {
	case gone <= 0 || all <= 0:
		return 0
	case gone >= all:
		return sp.WholeCents
	}
	even, err := sp.WholeCents.MulRatio(int64(gone), int64(all), models.RoundDown)
	if err != nil {
		return 0
	}
	return even
}

// AtRisk reports whether the forecast leaves money unspent, or the minimum is missed now.
func (d DistrictStanding) AtRisk() bool {
	return d.Violations > 0 || d.MinimumBP != nil && d.Night.RateBP != nil && *d.Night.RateBP < *d.MinimumBP
}
