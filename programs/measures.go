package programs

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow/measure"
)

// Measure is something a program watches year by year against targets. Values are decimals
// with at most two places: percent, points, a count, or (unit cents) whole cents.
type Measure struct {
	Code        string              `yaml:"code"`
	Title       string              `yaml:"title"`
	Criterion   string              `yaml:"criterion"`   // where the program's own papers name it: D(2)(i)
	Unit        string              `yaml:"unit"`        // percent, points, count, cents
	Direction   string              `yaml:"direction"`   // up: more is better; down: less is better
	Years       string              `yaml:"years"`       // how years are written: school (2010-11, the default), fiscal (2011)
	YearEnds    string              `yaml:"year_ends"`   // MM-DD, last day of a year; the fiscal year's when not given
	ReportDays  int                 `yaml:"report_days"` // days after the end of the year until a result is missing
	ReportedBy  string              `yaml:"reported_by"` // recipient (the default): each its own; office: one figure for the program
	Denominator *MeasureDenominator `yaml:"denominator"`
	Baseline    *MeasureBaseline    `yaml:"baseline"`
	Never       string              `yaml:"never"` // fall, rise: what the series of targets must not do; "" anything goes
	Targets     []MeasureTarget     `yaml:"targets"`
	Triggers    []MeasureTrigger    `yaml:"triggers"`
	Basis       string              `yaml:"basis"` // law, policy, assumption
	Cite        string              `yaml:"cite"`
}

// MeasureDenominator is the whole that a percentage counts from: a number, or a numeric
// fact of the organization that reports.
type MeasureDenominator struct {
	Number string `yaml:"number"`
	Fact   string `yaml:"fact"`
	Means  string `yaml:"means"` // 82 participating LEAs
}

// MeasureBaseline is where a measure began, or why that is not known.
type MeasureBaseline struct {
	Year         string `yaml:"year"`
	Value        string `yaml:"value"`
	NotCollected string `yaml:"not_collected"` // the reason
}

// MeasureTarget is what a measure must reach in a year: Value, or Change from the
// baseline. Both may be given and must then agree.
type MeasureTarget struct {
	Year   string `yaml:"year"`
	Value  string `yaml:"value"`
	Change string `yaml:"change"` // 7: seven above the baseline
	Basis  string `yaml:"basis"`  // "" means the measure's own
	Cite   string `yaml:"cite"`
}

// MeasureTrigger is something that a result sets off, whatever the target is.
type MeasureTrigger struct {
	Code  string `yaml:"code"`
	Year  string `yaml:"year"`  // "" means every year
	Below string `yaml:"below"` // a result lower than this sets it off; exactly this does not
	Above string `yaml:"above"` // a result higher than this
	Says  string `yaml:"says"`
	Cite  string `yaml:"cite"`
}

// ParseYear reads a school year (2010-11) or a year (2011) as the calendar year it ends in.
func ParseYear(label string) (int, error) {
	first, second, school := strings.Cut(label, "-")
	year, err := strconv.Atoi(first)
	if err != nil || len(first) != 4 || year < 1990 || year > 2100 {
		return 0, fmt.Errorf("%q is not a year", label)
	}
	if !school {
		return year, nil
	}
	if end, err := strconv.Atoi(second); err != nil || len(second) != 2 || end != (year+1)%100 {
		return 0, fmt.Errorf("%q is not a school year such as 2010-11", label)
	}
	return year + 1, nil
}

// YearLabel writes a year as the measure's papers do.
func (m *Measure) YearLabel(year int) string {
	if m.Years == "fiscal" {
		return strconv.Itoa(year)
	}
	return fmt.Sprintf("%d-%02d", year-1, year%100)
}

// Measure finds a measure by code, nil when there is none.
func (d *Definition) Measure(code string) *Measure {
	i := slices.IndexFunc(d.Measures, func(m Measure) bool { return m.Code == code })
	if i < 0 {
		return nil
	}
	return &d.Measures[i]
}

// ReportBy is the last day to report a result of a year.
func (d *Definition) ReportBy(m *Measure, year int) models.Date {
	_, ends := d.Year(year)
	if m.YearEnds != "" {
		ends = RelativeDate{Day: m.YearEnds}.In(year, d.StartMonth())
	}
	return ends.AddDays(m.ReportDays)
}

// ByOffice reports whether the office reports the measure for the whole program.
func (m *Measure) ByOffice() bool { return m.ReportedBy == "office" }

// Target is what the measure must reach in a year, and the entry that says so; nil when
// the year has none.
func (m *Measure) Target(year int) (*big.Rat, *MeasureTarget) {
	for i := range m.Targets {
		t := &m.Targets[i]
		if y, err := ParseYear(t.Year); err == nil && y == year {
			return m.targetValue(*t), t
		}
	}
	return nil, nil
}

func (m *Measure) targetValue(t MeasureTarget) *big.Rat {
	if t.Value != "" {
		return rat(t.Value)
	}
	base, change := m.BaselineValue(), rat(t.Change)
	if base == nil || change == nil {
		return nil
	}
	return new(big.Rat).Add(base, change)
}

// BaselineValue is where the measure began; nil when it was not collected.
func (m *Measure) BaselineValue() *big.Rat {
	if m.Baseline == nil {
		return nil
	}
	return rat(m.Baseline.Value)
}

// Series is the baseline, when it has a year and a value, and every target, by year.
func (m *Measure) Series() []measure.Point {
	var out []measure.Point
	if base := m.BaselineValue(); base != nil {
		if year, err := ParseYear(m.Baseline.Year); err == nil {
			out = append(out, measure.Point{Year: year, Value: base})
		}
	}
	for _, t := range m.Targets {
		year, err := ParseYear(t.Year)
		if value := m.targetValue(t); err == nil && value != nil {
			out = append(out, measure.Point{Year: year, Value: value})
		}
	}
	slices.SortStableFunc(out, func(a, b measure.Point) int { return a.Year - b.Year })
	return out
}

// Line is the straight line's value in a year, from the baseline to the last target.
func (m *Measure) Line(year int) (*big.Rat, bool) {
	base := m.BaselineValue()
	points := m.Series()
	if base == nil || len(points) < 2 {
		return nil, false
	}
	if first, err := ParseYear(m.Baseline.Year); err != nil || points[0].Year != first {
		return nil, false
	}
	return measure.Expected(points[0], points[len(points)-1], year)
}

// SetOff lists the triggers that a value of a year sets off.
func (m *Measure) SetOff(year int, value *big.Rat) []MeasureTrigger {
	var out []MeasureTrigger
	for _, t := range m.TriggersIn(year) {
		if t.Fires(value) {
			out = append(out, t)
		}
	}
	return out
}

// TriggersIn lists the triggers that look at a year.
func (m *Measure) TriggersIn(year int) []MeasureTrigger {
	var out []MeasureTrigger
	for _, t := range m.Triggers {
		if y, err := ParseYear(t.Year); t.Year == "" || err == nil && y == year {
			out = append(out, t)
		}
	}
	return out
}

// Fires reports whether a value sets the trigger off.
func (t MeasureTrigger) Fires(value *big.Rat) bool {
	if low := rat(t.Below); low != nil && value.Cmp(low) < 0 {
		return true
	}
	high := rat(t.Above)
	return high != nil && value.Cmp(high) > 0
}

// ParseMeasured reads a value of the measure's unit.
func (m *Measure) ParseMeasured(text string) (models.Hundredths, error) {
	return ParseQuantity(m.Unit, text)
}

// ParseQuantity reads a value of a unit: at most two decimals; cents are whole; a percent
// or a count is not less than none.
func ParseQuantity(unit, text string) (models.Hundredths, error) {
	h, err := models.ParseHundredths(text)
	switch {
	case err != nil:
		return 0, err
	case unit == "cents" && h%100 != 0:
		return 0, fmt.Errorf("%q is not a whole number of cents", text)
	case unit == "percent" && h < 0:
		return 0, fmt.Errorf("%q is less than 0 percent", text)
	case unit == "count" && h < 0:
		return 0, fmt.Errorf("%q is less than none", text)
	}
	return h, nil
}

// rat is the exact value of a decimal text; nil when there is none.
func rat(text string) *big.Rat {
	h, err := models.ParseHundredths(text)
	if text == "" || err != nil {
		return nil
	}
	return measure.Rat(h)
}
