package workflow

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/measure"
)

// EvaluateWatched is the part of a file of facts about what is watched over time.
type EvaluateWatched struct {
	Measures    []EvaluateReading     `json:"measures,omitempty"`
	Benchmarks  []EvaluateBenchmark   `json:"benchmarks,omitempty"`
	Utilization []EvaluateUtilization `json:"utilization,omitempty"`
	Due         []EvaluateDue         `json:"due,omitempty"`
	Drawdown    []EvaluateDrawdown    `json:"drawdown,omitempty"`
}

// EvaluatedWatched is what the definition makes of it.
type EvaluatedWatched struct {
	MeasureResults []EvaluateResult           `json:"measure_results,omitempty"`
	MeasureSeries  []MeasureSeries            `json:"measure_series,omitempty"`
	Benchmarks     []EvaluateBenchmarkOutcome `json:"benchmarks,omitempty"`
	Utilization    []EvaluateUtilizationRate  `json:"utilization,omitempty"`
	Due            []EvaluateDueItem          `json:"due,omitempty"`
	Drawdowns      []EvaluatedDrawdown        `json:"drawdowns,omitempty"`
}

// watched evaluates all of it; what is wrong is told together.
func (e *evaluation) watched() error {
	for _, do := range []func(){e.readings, e.benchmarks, e.utilization, e.dues, e.drawdowns} {
		do()
	}
	return invalid(e.wrong)
}

// EvaluateReading is a result of a measure, or a question about one.
type EvaluateReading struct {
	Code         string      `json:"code"` // of a measure of the definition
	Organization string      `json:"organization,omitempty"`
	Year         string      `json:"year,omitempty"` // 2010-11 or 2011
	Value        FactText    `json:"value,omitempty"`
	Numerator    FactText    `json:"numerator,omitempty"`
	Denominator  FactText    `json:"denominator,omitempty"`
	NotCollected string      `json:"not_collected,omitempty"` // the reason
	Today        models.Date `json:"today,omitempty"`         // without a result: the day that asks
	Series       []FactText  `json:"series,omitempty"`        // targets to look at instead of the definition's
}

// EvaluateResult is a measure in a year, as the definition judges it.
type EvaluateResult struct {
	Organization string `json:"organization,omitempty"`
	MeasureStanding
	Mismatches []MeasureMismatch `json:"mismatches,omitempty"`
}

// EvaluateBenchmark is a target of an agreement: a baseline and what is to be reached.
type EvaluateBenchmark struct {
	Code     string                   `json:"code"`
	Type     string                   `json:"type"` // one of the definition's kinds of target
	Baseline FactText                 `json:"baseline"`
	Points   []EvaluateBenchmarkPoint `json:"points"`
}

// EvaluateBenchmarkPoint is an interim benchmark (ITB) or an end target (ETO): a change
// from the baseline, a value as it was entered, or both.
type EvaluateBenchmarkPoint struct {
	Kind   string   `json:"kind"`
	Change FactText `json:"change,omitempty"`
	Value  FactText `json:"value,omitempty"`
}

// EvaluateBenchmarkOutcome is a point with what it has to be.
type EvaluateBenchmarkOutcome struct {
	Code     string            `json:"code"`
	Kind     string            `json:"kind"`
	Value    models.Hundredths `json:"value"`
	Mismatch *MeasureMismatch  `json:"mismatch,omitempty"`
}

// EvaluateUtilization is what was spent of an organization's money.
type EvaluateUtilization struct {
	Organization   string       `json:"organization"`
	AllocatedCents models.Cents `json:"allocated_cents"`
	PaidCents      models.Cents `json:"paid_cents,omitempty"`
	ApprovedCents  models.Cents `json:"approved_cents,omitempty"`
	SpentCents     models.Cents `json:"spent_cents"`
	On             models.Date  `json:"on,omitempty"` // the day that is looked at; without it, the deadline
}

// EvaluateUtilizationRate is the rate that the definition watches, and whether it is below
// the minimum. Exactly the minimum is not below it.
type EvaluateUtilizationRate struct {
	Organization string              `json:"organization"`
	Rate         string              `json:"rate"` // shown with two decimals; compared exactly
	RateBP       *models.BasisPoints `json:"rate_bp,omitempty"`
	MinimumBP    models.BasisPoints  `json:"minimum_bp"`
	Below        bool                `json:"below"`
	Checkpoint   string              `json:"checkpoint,omitempty"` // of a day: the last minimum that has come, "deadline" the one of the year
	CheckpointOn models.Date         `json:"checkpoint_on,omitempty"`
	DeadlineOn   models.Date         `json:"deadline_on,omitempty"`
	SlackBP      models.BasisPoints  `json:"slack_bp,omitempty"` // how much of the expected pace may be missing
}

// onDay takes the minimum of a day as the night does: 0 before the first checkpoint.
func (r *EvaluateUtilizationRate) onDay(y store.NightYear) {
	r.Checkpoint, r.CheckpointOn, r.DeadlineOn, r.SlackBP, r.MinimumBP = y.Checkpoint, y.CheckpointOn, y.DeadlineOn, y.SlackBP, max(y.MinimumBP, 0)
}

// readings judges every result of the file, in an order that does not depend on it.
func (e *evaluation) readings() {
	seen := map[string]bool{}
	for i, in := range e.in.EvaluateWatched.Measures {
		at := fmt.Sprintf("/measures/%d", i)
		m := e.def.Measure(in.Code)
		if m == nil {
			e.broken(at+"/code", "measure.unknown", "Give the code of a measure of the program.", "There is no measure %q.", in.Code)
			continue
		}
		if in.Year == "" {
			e.series(at, m, in)
			continue
		}
		year, err := programs.ParseYear(in.Year)
		if err != nil {
			e.broken(at+"/year", "measure.year", "Write a school year such as 2010-11, or the year it ends in.", "%s.", err)
			continue
		}
		key := strings.Join([]string{in.Code, in.Organization, m.YearLabel(year)}, "\x1f")
		if seen[key] {
			e.broken(at, "duplicate", "Keep one result for each measure, organization and year.", "%s of %s is reported twice.", m.Title, m.YearLabel(year))
			continue
		}
		seen[key] = true
		e.reading(at, m, year, in)
	}
	slices.SortFunc(e.out.MeasureResults, func(a, b EvaluateResult) int {
		return strings.Compare(a.Measure+"\x1f"+a.Organization+"\x1f"+a.Year, b.Measure+"\x1f"+b.Organization+"\x1f"+b.Year)
	})
	slices.SortFunc(e.out.MeasureSeries, func(a, b MeasureSeries) int { return strings.Compare(a.Measure, b.Measure) })
}

func (e *evaluation) reading(at string, m *programs.Measure, year int, in EvaluateReading) {
	out := EvaluateResult{Organization: in.Organization}
	var r *measured
	if in.Value != "" || in.Numerator != "" || in.NotCollected != "" {
		got, wrong := readMeasure(quantityOf(m), MeasureReading{string(in.Value), string(in.Numerator), string(in.Denominator), in.NotCollected}, e.whole(m, in.Organization), at)
		if len(wrong) > 0 {
			e.wrong = append(e.wrong, wrong...)
			return
		}
		r, out.Mismatches = &got, got.mismatches
	}
	if r == nil && !in.Today.Valid() {
		e.broken(at+"/today", "measure.today", "Give a value, not_collected, or today.", "Without a result only a day tells whether %s is missing.", m.Title)
		return
	}
	out.MeasureStanding = standingOf(e.def, m, year, r, in.Today)
	e.out.MeasureResults = append(e.out.MeasureResults, out)
}

// whole is the denominator that the definition knows for an organization of the file.
func (e *evaluation) whole(m *programs.Measure, organization string) *models.Hundredths {
	if m.Denominator == nil {
		return nil
	}
	text := m.Denominator.Number
	for _, o := range e.in.Organizations {
		if m.Denominator.Fact != "" && o.Code == organization {
			text = string(o.Facts[m.Denominator.Fact])
		}
	}
	h, err := models.ParseHundredths(text)
	if err != nil {
		return nil
	}
	return &h
}

// series looks at a measure's targets, or at those that the file gives in their place.
func (e *evaluation) series(at string, m *programs.Measure, in EvaluateReading) {
	points := m.Series()
	if in.Series != nil {
		points = nil
	}
	for j, text := range in.Series {
		h, err := m.ParseMeasured(string(text))
		if err != nil {
			e.broken(fmt.Sprintf("%s/series/%d", at, j), "measure.value", "Give a value in "+m.Unit+".", "%s.", err)
			return
		}
		year := e.in.FiscalYear + j
		if n := len(m.Targets); j < n {
			year, _ = programs.ParseYear(m.Targets[j].Year)
		} else if n > 0 { // more values than targets: the years after the last
			last, _ := programs.ParseYear(m.Targets[n-1].Year)
			year = last + j - n + 1
		}
		points = append(points, measure.Point{Year: year, Value: measure.Rat(h)})
	}
	e.out.MeasureSeries = append(e.out.MeasureSeries, seriesOf(m, points))
}

// benchmarks works out what an agreement's targets have to be.
func (e *evaluation) benchmarks() {
	for i, b := range e.in.Benchmarks {
		at := fmt.Sprintf("/benchmarks/%d", i)
		if !slices.Contains(e.def.Targets.Types, b.Type) {
			e.broken(at+"/type", "target.type", "Give one of: "+strings.Join(e.def.Targets.Types, ", ")+".", "There is no kind of target %q.", b.Type)
		}
		base, err := models.ParseHundredths(string(b.Baseline))
		if err != nil {
			e.broken(at+"/baseline", "measure.value", "Give a number with at most two decimals.", "%s.", err)
			continue
		}
		for j, p := range b.Points {
			e.benchmark(fmt.Sprintf("%s/points/%d", at, j), b.Code, base, p)
		}
	}
}

const maxBenchmark = 1_000_000_000_000 // hundredths: so that a sum of two is always exact

func (e *evaluation) benchmark(at, code string, base models.Hundredths, p EvaluateBenchmarkPoint) {
	out := EvaluateBenchmarkOutcome{Code: code, Kind: p.Kind}
	change, err := models.ParseHundredths(string(p.Change))
	for _, x := range []models.Hundredths{base, change} {
		if x < -maxBenchmark || x > maxBenchmark {
			e.broken(at, "measure.value", "Give a number from -10000000000 to 10000000000.", "%s cannot be the value of a benchmark.", x)
			return
		}
	}
	if p.Change != "" && err != nil {
		e.broken(at+"/change", "measure.value", "Give a number with at most two decimals.", "%s.", err)
		return
	}
	value, err := models.ParseHundredths(string(p.Value))
	if (p.Value != "" || p.Change == "") && err != nil {
		e.broken(at+"/value", "measure.value", "Give a change from the baseline, or a value.", "%s.", err)
		return
	}
	out.Value = value
	if p.Change != "" {
		out.Value = base + change
		if p.Value != "" && value != out.Value {
			out.Mismatch = &MeasureMismatch{"target", fmt.Sprintf("%s and %s give %s, not %s.", base, change, out.Value, value), string(p.Value), out.Value.String(), value - out.Value}
		}
	}
	e.out.Benchmarks = append(e.out.Benchmarks, out)
}

// utilization compares spending with the definition's minimum.
func (e *evaluation) utilization() {
	for i, u := range e.in.Utilization {
		minimum, ok := e.params.BasisPoints(e.def.Utilization.MinimumParameter)
		if !ok {
			e.broken(fmt.Sprintf("/utilization/%d", i), "utilization.no_minimum", "Give the parameter that is the minimum, or leave this out.", "The program has no minimum utilization.")
			continue
		}
		whole := u.AllocatedCents
		switch e.def.Utilization.Rate {
		case "spent_over_paid":
			whole = u.PaidCents
		case "spent_over_approved":
			whole = u.ApprovedCents
		}
		out := EvaluateUtilizationRate{Organization: u.Organization, Rate: "n/a", MinimumBP: minimum}
		if u.On != "" && !u.On.Valid() {
			e.broken(fmt.Sprintf("/utilization/%d/on", i), "civil_date", "Write YYYY-MM-DD.", "%q is not a date that exists.", u.On)
			continue
		}
		if u.On != "" {
			out.onDay(nightYear(e.rules(), u.On))
		}
		if rate, ok := models.Rate(u.SpentCents, whole); ok {
			out.Rate, out.RateBP, out.Below = rate.String(), &rate, models.Below(u.SpentCents, whole, out.MinimumBP)
		}
		e.out.Utilization = append(e.out.Utilization, out)
	}
	slices.SortStableFunc(e.out.Utilization, func(a, b EvaluateUtilizationRate) int { return strings.Compare(a.Organization, b.Organization) })
}
