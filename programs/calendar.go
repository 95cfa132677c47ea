package programs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"earmark/models"
)

// DatedDay is a day as the program printed it, for one cohort of agreements or for one
// fiscal year. It beats whatever would be computed.
type DatedDay struct {
	Cohort     string `yaml:"cohort"`
	FiscalYear int    `yaml:"fiscal_year"`
	On         string `yaml:"on"` // YYYY-MM-DD
}

// Period is one part of a series: a month, a quarter or a fiscal year.
type Period struct {
	Label string // 2010-09, 2010-Q3, FY2011
	From  models.Date
	To    models.Date
}

// Periods lists the months or calendar quarters, or the fiscal years, whose last day lies
// in [from, through], both included, in order.
func (d *Definition) Periods(every string, from, through models.Date) []Period {
	months := map[string]int{"month": 1, "quarter": 3, "year": 12}[every]
	if months == 0 || from.IsZero() || through.IsZero() {
		return nil
	}
	first := time.January
	if every == "year" {
		first = d.StartMonth()
	}
	begin := models.NewDate(from.Year()-1, first, 1)
	var out []Period
	// As many as fit, counted beforehand: a day after the year 9999 compares with no other.
	for n := range (through.Year() - begin.Year() + 1) * 12 / months {
		p := Period{From: begin.AddMonths(n * months), To: begin.AddMonths((n + 1) * months).AddDays(-1)}
		if p.To > through {
			return out
		}
		if p.To < from {
			continue
		}
		switch every {
		case "month":
			p.Label = string(p.To)[:7]
		case "quarter":
			p.Label = fmt.Sprintf("%04d-Q%d", p.To.Year(), (int(p.To.Month())+2)/3)
		default:
			p.Label = fmt.Sprintf("FY%d", models.FiscalYear(p.To, first))
		}
		out = append(out, p)
	}
	return out
}

// DueAnchors are the days that something due counts from. A day that is not known yet is
// empty; what hangs on it comes when it is.
type DueAnchors struct {
	FiscalYear int         // of the grant year
	Cohort     string      // of the agreement
	StartsOn   models.Date // first day of the grant year, or of the agreement's term
	EndsOn     models.Date // last day of the grant year
	Through    models.Date // last day of a series that names none itself
	AssignedOn models.Date // of the agreement
	NeedsOn    models.Date // approval of the agreement's needs assessment
	SignedOn   models.Date // of the agreement
	TermStart  models.Date // of the agreement
	TermEnd    models.Date // of the agreement
	AwardedOn  models.Date // the first approval of the application
	PaidOn     models.Date // the first payment
	Parameters Params
}

// DueDay is a day on which something is due.
type DueDay struct {
	Period   string      // of a series
	Title    string      // of the rule, with the period
	On       models.Date // calendar days: it may fall on a weekend
	Explicit bool        // the program printed the day
	Computed models.Date // what would have been computed, where Explicit beats it
	From     models.Date // the day that it counts from, where there is one
}

// DueDays works out when a rule falls due; nothing when it does not apply, or not yet.
// Explicit days beat computed ones.
func (d *Definition) DueDays(rule DueDate, on DueAnchors) []DueDay {
	if rule.Every != "" {
		return d.seriesDays(rule, on)
	}
	computed := d.computedDay(rule, on)
	day := DueDay{Title: rule.Title, On: computed, From: on.start(rule.After)}
	if printed := rule.printed(on); !printed.IsZero() {
		day.On, day.Explicit, day.Computed = printed, true, computed
	}
	if day.On.IsZero() {
		return nil
	}
	return []DueDay{day}
}

// Reminders are the mornings on which a notice of something due goes out, in order.
func (rule DueDate) Reminders(day DueDay) []models.Date {
	var out []models.Date
	for _, n := range rule.Remind {
		out = append(out, day.On.AddDays(-n))
	}
	if !day.From.IsZero() {
		for _, n := range rule.RemindOnDay {
			out = append(out, day.From.AddDays(n))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// SettledBy is the kind of record that settles something due; "" when none does.
func (rule DueDate) SettledBy() string {
	kind, ok := strings.CutPrefix(rule.DoneBy, recordsPrefix)
	if !ok {
		return ""
	}
	return kind
}

// recordsPrefix begins the name of a kind of record that settles something due.
const recordsPrefix = "records."

// printed is the day that the definition, or a parameter of the grant year, gives.
func (rule DueDate) printed(on DueAnchors) models.Date {
	if day, ok := on.Parameters.Date(rule.OnParameter); ok {
		return day
	}
	for _, x := range rule.Dates {
		if x.Cohort != "" && x.Cohort == on.Cohort || x.FiscalYear != 0 && x.FiscalYear == on.FiscalYear {
			return models.Date(x.On)
		}
	}
	return ""
}

// start is the day that a rule counts from; "" when it is not known, or counts from none.
func (on DueAnchors) start(after string) models.Date {
	return map[string]models.Date{"assigned_on": on.AssignedOn, "needs_approved_on": on.NeedsOn, "signed_on": on.SignedOn,
		"term_start": on.TermStart, "term_end": on.TermEnd, "awarded_on": on.AwardedOn, "paid_on": on.PaidOn,
		"starts_on": on.StartsOn, "ends_on": on.EndsOn}[after]
}

func (d *Definition) computedDay(rule DueDate, on DueAnchors) models.Date {
	start := on.start(rule.After)
	year := on.FiscalYear
	switch {
	case rule.After == "" && rule.On == nil, rule.After != "" && start.IsZero():
		return ""
	case rule.On == nil:
		return start.AddMonths(rule.Months).AddDays(rule.Days)
	case rule.After != "":
		year = models.FiscalYear(start, d.StartMonth()) // the year of receipt, MCL 388.1618a
	}
	if year == 0 {
		return ""
	}
	return rule.On.In(year, d.StartMonth())
}

// seriesDays are the days of a series: one for each period that ends within it. A series
// of a grant year begins with the award.
func (d *Definition) seriesDays(rule DueDate, on DueAnchors) []DueDay {
	from, through := on.StartsOn, on.Through
	if rule.Of == "grant_year" {
		if on.AwardedOn.IsZero() {
			return nil
		}
		from = max(from, on.AwardedOn)
		if rule.Through != nil {
			through = rule.Through.In(on.FiscalYear, d.StartMonth())
		}
	}
	var out []DueDay
	for _, p := range d.Periods(rule.Every, from, through) {
		out = append(out, DueDay{Period: p.Label, Title: fmt.Sprintf("%s, %s ending %s", rule.Title, rule.Every, p.To), On: p.To.AddDays(rule.DaysAfterEnd)})
	}
	return out
}
