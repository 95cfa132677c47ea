package workflow

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/measure"
)

// interimOf is the benchmark (ITB) on the way to an outcome (ETO): of the same goal, type,
// source, unit, baseline and school; where several are, that of the same measure. nil when
// there is none, or no single one.
func interimOf(t models.Target, all []models.Target) *models.Target {
	if t.TargetKind != models.TargetETO {
		return nil
	}
	var same, measured []models.Target
	for _, o := range all {
		if o.TargetKind != models.TargetITB || o.GoalID != t.GoalID || o.TargetType != t.TargetType || o.Source != t.Source || o.Unit != t.Unit ||
			o.Baseline != t.Baseline || o.DueOn >= t.DueOn || school(o) != school(t) {
			continue
		}
		same = append(same, o)
		if o.Measure == t.Measure {
			measured = append(measured, o)
		}
	}
	if len(same) > 1 {
		same = measured
	}
	if len(same) != 1 {
		return nil
	}
	return &same[0]
}

func school(t models.Target) string {
	if t.SchoolID == nil {
		return ""
	}
	return *t.SchoolID
}

// targetLine is the way from the baseline over the benchmark to the target.
func targetLine(t models.Target, begins models.Date, interim *models.Target) []measure.Dated {
	if !t.BaselineOn.IsZero() {
		begins = t.BaselineOn
	}
	line := []measure.Dated{{On: begins, Value: measure.Rat(t.Baseline)}}
	if interim != nil && interim.DueOn > begins {
		line = append(line, measure.Dated{On: interim.DueOn, Value: measure.Rat(interim.Goal)})
	}
	return append(line, measure.Dated{On: t.DueOn, Value: measure.Rat(t.Goal)})
}

// standTarget judges a target by its results in force at the end of a day, ordered by the
// day of measurement. begins is the day of a baseline that has none of its own; from the
// day of the signature on results are owed.
func standTarget(rule programs.Targets, t models.Target, begins, signed models.Date, interim *models.Target, results []models.TargetResult, on models.Date) TargetStanding {
	out := TargetStanding{Target: t, Due: rule.DueWindow(t.TargetType, t.DueOn), ResultsCount: len(results)}
	out.ReportBy = out.Due.ReportBy
	var last, settles *models.TargetResult
	for i := range results {
		last = &results[i]
		if inSpan(results[i], out.Due) && (out.Due.Code != "" || on >= t.DueOn) {
			settles = &results[i]
		}
	}
	direction := measure.Direction(t.Direction)
	switch {
	case settles != nil:
		last = settles
		st := measure.Stand(direction, measure.Rat(t.Goal), &measure.Result{Value: exactly(*settles)}, out.ReportBy, on)
		out.Status = st.Status
		if st.By != nil {
			by := measure.Lacking(st.By)
			out.MissedBy = &by
		}
	case on > out.ReportBy:
		out.Status = measure.NotReported
	case last != nil:
		out.Status = measure.Reported
	default:
		out.Status = measure.NotDue
	}
	at := on
	if last != nil {
		at = last.MeasuredOn
		out.ResultID, out.Value, out.MeasuredOn, out.SchoolYear, out.Window = last.ID, &last.Value, last.MeasuredOn, last.SchoolYear, last.Window
		out.DaysLate, out.Outside, out.Evidence, out.Source = last.DaysLate, last.Outside, last.Evidence, last.Source
	}
	way := targetLine(t, begins, interim)
	for _, p := range way {
		out.Line = append(out.Line, TargetPoint{p.On, *shown(p.Value)})
	}
	for _, x := range results {
		out.Results = append(out.Results, TargetPoint{x.MeasuredOn, x.Value})
	}
	if line, ok := measure.Along(way, at); ok {
		out.Expected = shown(line)
		if last != nil {
			out.Ahead = shown(measure.Ahead(direction, exactly(*last), line))
		}
	}
	for _, w := range rule.ExpectedWindows(t.TargetType, signed, t.DueOn) {
		if w.ReportBy < on && !slices.ContainsFunc(results, func(r models.TargetResult) bool { return inSpan(r, w) }) {
			out.Missing = append(out.Missing, w)
		}
	}
	if len(out.Missing) > 0 {
		out.DaysMissing = on.DaysSince(out.Missing[0].ReportBy)
	}
	out.Says = out.sentence()
	return out
}

func inSpan(r models.TargetResult, w programs.WindowSpan) bool {
	return r.SchoolYear == w.SchoolYear && r.Window == w.Code
}

// exactly is a result as it is judged: counts are not rounded.
func exactly(r models.TargetResult) *big.Rat {
	return measuredOf(models.MeasureResult{Value: r.Value, Numerator: r.Numerator, Denominator: r.Denominator}).value
}

// amount writes a value of a target with its unit.
func (t TargetStanding) amount(h models.Hundredths) string {
	switch t.Target.Unit {
	case "percent":
		return h.String() + " %"
	case "count":
		return strings.TrimSuffix(h.String(), ".00")
	}
	return h.String() + " " + t.Target.Unit
}

// aim says what the target is.
func (t TargetStanding) aim() string {
	least := "at least "
	if t.Target.Direction == string(measure.Down) {
		least = "at most "
	}
	return fmt.Sprintf("%s (%s): from %s to %s%s by %s.", t.Target.Code, t.Target.Source, t.amount(t.Target.Baseline), least, t.amount(t.Target.Goal), t.Target.DueOn)
}

// sentence tells the numbers.
func (t TargetStanding) sentence() string {
	parts := []string{t.aim()}
	if t.Value != nil {
		parts = append(parts, fmt.Sprintf("%s on %s.", t.amount(*t.Value), t.MeasuredOn))
	}
	switch t.Status {
	case measure.Met:
		parts = append(parts, "Met.")
	case measure.Missed:
		parts = append(parts, fmt.Sprintf("Missed by %s.", t.MissedBy))
	case measure.NotReported:
		parts = append(parts, fmt.Sprintf("The result of %s was due on %s and is missing.", t.Due.Label(), t.ReportBy))
	case measure.NotDue:
		parts = append(parts, fmt.Sprintf("Nothing is reported; the result of %s is due on %s.", t.Due.Label(), t.ReportBy))
	}
	if t.Ahead != nil {
		parts = append(parts, lineWords(*t.Expected, *t.Ahead))
	}
	return strings.Join(parts, " ")
}

func lineWords(expected, ahead models.Hundredths) string {
	switch {
	case ahead > 0:
		return fmt.Sprintf("The straight line stood at %s then: %s ahead.", expected, ahead)
	case ahead < 0:
		return fmt.Sprintf("The straight line stood at %s then: %s behind.", expected, -ahead)
	}
	return fmt.Sprintf("The straight line stood at %s then: on the line.", expected)
}
