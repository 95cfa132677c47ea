package workflow

import (
	"fmt"
	"math/big"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/measure"
)

// MeasureReading is a result as somebody wrote it: decimal texts keep the decimals that
// were printed, because a percentage is checked to as many.
type MeasureReading struct {
	Value        string
	Numerator    string
	Denominator  string
	NotCollected string // the reason; "" when there is a result
}

// MeasureMismatch is a number that contradicts another. Nothing is corrected.
type MeasureMismatch struct {
	Code       string            `json:"code"` // percent, denominator, target
	Says       string            `json:"says"`
	Printed    string            `json:"printed"`
	Computed   string            `json:"computed"`
	Difference models.Hundredths `json:"difference"` // printed less computed
}

// MeasureStanding is one measure in one year: what had to be reached, what was reported,
// and what follows.
type MeasureStanding struct {
	Measure     string             `json:"measure"`
	Title       string             `json:"title"`
	Criterion   string             `json:"criterion,omitempty"`
	Unit        string             `json:"unit"`
	Direction   string             `json:"direction"`
	Year        string             `json:"year"`
	Target      *models.Hundredths `json:"target,omitempty"`
	Value       *models.Hundredths `json:"value,omitempty"` // shown; compared exactly
	Status      measure.Status     `json:"status"`
	MissedBy    *models.Hundredths `json:"missed_by,omitempty"` // rounded up
	Expected    *models.Hundredths `json:"expected,omitempty"`  // on the straight line from the baseline to the last target
	Ahead       *models.Hundredths `json:"ahead,omitempty"`     // of that line; negative is behind
	ReportBy    models.Date        `json:"report_due_on"`
	Reason      string             `json:"reason,omitempty"` // why it was not collected
	Triggers    []TriggerStanding  `json:"triggers,omitempty"`
	TargetBasis string             `json:"target_basis,omitempty"`
	Cite        string             `json:"cite"`
}

// TriggerStanding is whether a result sets something off.
type TriggerStanding struct {
	Code  string `json:"code"`
	Fires bool   `json:"fires"`
	Says  string `json:"says"`
	Cite  string `json:"cite"`
}

// measured is a reading after it was understood.
type measured struct {
	value        *big.Rat // exact; nil when not collected
	shown        models.Hundredths
	numerator    *models.Hundredths
	denominator  *models.Hundredths
	notCollected string
	mismatches   []MeasureMismatch
}

// quantity is what a reading is a number of.
type quantity struct {
	title, unit string
}

func quantityOf(m *programs.Measure) quantity { return quantity{m.Title, m.Unit} }

// readMeasure understands a reading of a quantity. declared is the denominator that the
// definition knows for this organization, nil for none. The fields say what cannot be
// read, with pointers under at; what can be read and does not agree is a mismatch.
func readMeasure(q quantity, in MeasureReading, declared *models.Hundredths, at string) (measured, []models.FieldError) {
	var out measured
	var wrong []models.FieldError
	bad := func(field, code, detail, fix string) {
		wrong = append(wrong, models.FieldError{Pointer: at + "/" + field, Code: code, Detail: detail, Fix: fix, Severity: "error"})
	}
	given := in.Value != "" || in.Numerator != ""
	switch {
	case in.NotCollected != "" && (given || in.Denominator != ""):
		bad("not_collected", "measure.both", "A result was not collected, and has a value.", "Give the value, or the reason why there is none.")
	case in.NotCollected != "":
		out.notCollected = in.NotCollected
		return out, nil
	case !given:
		bad("value", "required", "There is no result.", "Give a value, a numerator, or the reason why nothing was collected.")
	case q.unit != "percent" && (in.Numerator != "" || in.Denominator != ""):
		bad("numerator", "measure.no_percent", fmt.Sprintf("%s is not a percentage.", q.title), "Give the value only.")
	}
	number := func(field, text string) *models.Hundredths {
		h, err := models.ParseHundredths(text)
		if err != nil || h < 0 {
			bad(field, "measure.number", fmt.Sprintf("%q is not a number of at most two decimals.", text), "Write digits, such as 29 or 29.5.")
			return nil
		}
		return &h
	}
	var value models.Hundredths
	if in.Value != "" {
		var err error
		if value, err = programs.ParseQuantity(q.unit, in.Value); err != nil {
			bad("value", "measure.value", err.Error()+".", "Give a value in "+q.unit+" with at most two decimals.")
		}
	}
	if in.Numerator != "" {
		out.numerator = number("numerator", in.Numerator)
	}
	if in.Denominator != "" {
		out.denominator = number("denominator", in.Denominator)
	}
	if len(wrong) > 0 {
		return out, wrong
	}
	if in.Numerator == "" {
		out.value, out.shown = measure.Rat(value), value
		out.wholes(declared)
		return out, nil
	}
	return out, out.percent(in, declared, at)
}

// percent works the percentage out of its counts, and compares it with the printed one.
func (r *measured) percent(in MeasureReading, declared *models.Hundredths, at string) []models.FieldError {
	if r.denominator == nil {
		r.denominator = declared
	}
	if r.denominator == nil || *r.denominator <= 0 || *r.numerator > *r.denominator {
		return []models.FieldError{{Pointer: at + "/denominator", Code: "measure.denominator", Severity: "error",
			Detail: "The numerator needs a denominator that is more than zero and not less than the numerator.", Fix: "Give the whole that was counted."}}
	}
	exact, err := measure.Percent(*r.numerator, *r.denominator)
	if err != nil {
		return []models.FieldError{{Pointer: at + "/denominator", Code: "measure.denominator", Detail: err.Error() + ".", Severity: "error"}}
	}
	r.value, r.shown = exact, measure.Shown(exact)
	r.wholes(declared)
	if in.Value == "" {
		return nil
	}
	if computed, ok := measure.Agrees(in.Value, exact); !ok {
		printed, _ := models.ParseHundredths(in.Value)
		c, _ := models.ParseHundredths(computed)
		r.mismatches = append(r.mismatches, MeasureMismatch{"percent", fmt.Sprintf("%s of %s is %s %%, not %s %%.", *r.numerator, *r.denominator, computed, in.Value),
			in.Value, computed, printed - c})
	}
	return nil
}

// wholes compares the reported denominator with the one that the definition knows.
func (r *measured) wholes(declared *models.Hundredths) {
	if r.denominator == nil || declared == nil || *r.denominator == *declared {
		return
	}
	r.mismatches = append(r.mismatches, MeasureMismatch{"denominator", fmt.Sprintf("The denominator is %s, and was reported as %s.", *declared, *r.denominator),
		r.denominator.String(), declared.String(), *r.denominator - *declared})
}

// standingOf judges what was reported (nil: nothing) of a measure in a year.
func standingOf(def *programs.Definition, m *programs.Measure, year int, r *measured, today models.Date) MeasureStanding {
	out := MeasureStanding{Measure: m.Code, Title: m.Title, Criterion: m.Criterion, Unit: m.Unit, Direction: m.Direction,
		Year: m.YearLabel(year), ReportBy: def.ReportBy(m, year), Cite: m.Cite}
	target, entry := m.Target(year)
	if target != nil {
		out.Target = shown(target)
		out.TargetBasis = m.Basis
		if entry.Basis != "" {
			out.TargetBasis = entry.Basis
		}
		if entry.Cite != "" {
			out.Cite = entry.Cite
		}
	}
	var result *measure.Result
	if r != nil {
		result = &measure.Result{Value: r.value, NotCollected: r.notCollected != ""}
		out.Reason = r.notCollected
	}
	standing := measure.Stand(measure.Direction(m.Direction), target, result, out.ReportBy, today)
	out.Status = standing.Status
	if standing.By != nil {
		by := measure.Lacking(standing.By)
		out.MissedBy = &by
	}
	line, onLine := m.Line(year)
	if onLine {
		out.Expected = shown(line)
	}
	if r == nil || r.value == nil {
		return out
	}
	out.Value = &r.shown
	if onLine {
		out.Ahead = shown(measure.Ahead(measure.Direction(m.Direction), r.value, line))
	}
	for _, t := range m.TriggersIn(year) {
		out.Triggers = append(out.Triggers, TriggerStanding{t.Code, t.Fires(r.value), t.Says, t.Cite})
	}
	return out
}

func shown(x *big.Rat) *models.Hundredths {
	h := measure.Shown(x)
	return &h
}

// MeasureSeries is whether a measure's targets ever turn the way they must not.
type MeasureSeries struct {
	Measure string              `json:"measure"`
	Never   string              `json:"never"`
	Values  []models.Hundredths `json:"values"`
	Holds   bool                `json:"holds"`
	Breaks  []string            `json:"breaks,omitempty"`
}

func seriesOf(m *programs.Measure, points []measure.Point) MeasureSeries {
	out := MeasureSeries{Measure: m.Code, Never: m.Never, Holds: true}
	for _, p := range points {
		out.Values = append(out.Values, measure.Shown(p.Value))
	}
	for _, b := range measure.Breaks(m.Never, points) {
		out.Holds = false
		out.Breaks = append(out.Breaks, fmt.Sprintf("from %s in %s to %s in %s", measure.Shown(b.From.Value), m.YearLabel(b.From.Year),
			measure.Shown(b.To.Value), m.YearLabel(b.To.Year)))
	}
	return out
}
