package workflow

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/measure"
)

// EvaluateMeasuredTarget is a target of a signed agreement with what was measured of it.
type EvaluateMeasuredTarget struct {
	Code       string                 `json:"code"`
	Kind       string                 `json:"kind"` // ITB, ETO
	Type       string                 `json:"type"`
	Source     string                 `json:"source,omitempty"`
	Unit       string                 `json:"unit"`
	Baseline   models.Hundredths      `json:"baseline"`
	GoalValue  models.Hundredths      `json:"goal_value"`
	Direction  string                 `json:"direction,omitempty"` // as for a target of an agreement
	BaselineOn models.Date            `json:"baseline_on,omitempty"`
	BeginsOn   models.Date            `json:"begins_on,omitempty"` // of the term; signed_on when not given
	SignedOn   models.Date            `json:"signed_on"`
	DueOn      models.Date            `json:"due_on"`
	Interim    *EvaluateInterim       `json:"interim,omitempty"` // the benchmark on the way to an outcome
	Results    []EvaluateTargetResult `json:"results,omitempty"`
	On         models.Date            `json:"on"` // the day that asks
}

// EvaluateInterim is the point that the straight line runs over.
type EvaluateInterim struct {
	GoalValue models.Hundredths `json:"goal_value"`
	DueOn     models.Date       `json:"due_on"`
}

// EvaluateTargetResult is a result as it is reported.
type EvaluateTargetResult struct {
	MeasuredOn  models.Date `json:"measured_on"`
	ReportedOn  models.Date `json:"reported_on,omitempty"` // measured_on when not given
	SchoolYear  string      `json:"school_year,omitempty"`
	Window      string      `json:"window,omitempty"`
	Value       FactText    `json:"value,omitempty"`
	Numerator   FactText    `json:"numerator,omitempty"`
	Denominator FactText    `json:"denominator,omitempty"`
}

// EvaluatedMeasuredTarget is where a target stands, and what could not be taken.
type EvaluatedMeasuredTarget struct {
	Code        string             `json:"code"`
	Direction   string             `json:"direction"`
	Status      measure.Status     `json:"status"`
	Value       *models.Hundredths `json:"value,omitempty"`
	MissedBy    *models.Hundredths `json:"missed_by,omitempty"`
	Expected    *models.Hundredths `json:"expected,omitempty"`
	Ahead       *models.Hundredths `json:"ahead,omitempty"`
	Due         string             `json:"due"` // window and school year that settle it
	ReportBy    models.Date        `json:"report_due_on"`
	DaysLate    int                `json:"days_late"`    // of the result
	DaysMissing int                `json:"days_missing"` // of the first result that is owed
	Missing     []string           `json:"missing,omitempty"`
	Outside     bool               `json:"outside,omitempty"`
	Refused     []EvaluatedRefusal `json:"refused,omitempty"`
	Says        string             `json:"says"`
}

// EvaluatedRefusal is why a result is not taken.
type EvaluatedRefusal struct {
	Code string `json:"code"`
	At   string `json:"at"`
	Says string `json:"says"`
}

// targetResults judges targets as the office does, by the same code.
func (e *evaluation) targetResults() error {
	for i, in := range e.in.Results {
		at := fmt.Sprintf("/results/%d", i)
		t := models.Target{ID: in.Code, Code: in.Code, TargetKind: models.TargetKind(in.Kind), TargetType: in.Type, Source: in.Source, Unit: in.Unit,
			Baseline: in.Baseline, Goal: in.GoalValue, DueOn: in.DueOn, BaselineOn: in.BaselineOn, Direction: in.Direction}
		if wrong := steer(&t); wrong != "" {
			e.broken(at+"/direction", "target.direction", "Leave the direction out, or correct the baseline or the value.", "%s", wrong)
		}
		if !slices.Contains(e.def.Targets.Types, in.Type) || !in.DueOn.Valid() || !in.SignedOn.Valid() || !in.On.Valid() || !slices.Contains([]string{"percent", "points", "count"}, in.Unit) {
			e.broken(at, "results.target", "Give type, unit, signed_on, due_on and on.", "%q is not a target that can be judged.", in.Code)
			continue
		}
		e.out.Results = append(e.out.Results, e.judged(at, in, t))
	}
	return invalid(e.wrong)
}

func (e *evaluation) judged(at string, in EvaluateMeasuredTarget, t models.Target) EvaluatedMeasuredTarget {
	begins := in.BeginsOn
	if begins.IsZero() {
		begins = in.SignedOn
	}
	var rows []models.TargetResult
	var refused []EvaluatedRefusal
	for i, r := range in.Results {
		place := targetPlace{today: r.ReportedOn, def: e.def, a: models.Agreement{AssignedOn: begins, SignedOn: in.SignedOn}, t: t}
		if place.today.IsZero() {
			place.today = r.MeasuredOn
		}
		row := place.row("", r.MeasuredOn)
		row.ReportedOn = place.today
		wrong := place.read(&row, TargetReading{SchoolYear: r.SchoolYear, Window: r.Window, Value: string(r.Value), Numerator: string(r.Numerator), Denominator: string(r.Denominator)})
		for _, x := range wrong {
			refused = append(refused, EvaluatedRefusal{x.Code, fmt.Sprintf("%s/results/%d%s", at, i, x.Pointer), x.Detail})
		}
		if len(wrong) == 0 && row.MeasuredOn <= in.On && row.ReportedOn <= in.On {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b models.TargetResult) int { return strings.Compare(string(a.MeasuredOn), string(b.MeasuredOn)) })
	var interim *models.Target
	if in.Interim != nil {
		interim = &models.Target{Goal: in.Interim.GoalValue, DueOn: in.Interim.DueOn}
	}
	s := standTarget(e.def.Targets, t, begins, in.SignedOn, interim, rows, in.On)
	out := EvaluatedMeasuredTarget{Code: t.Code, Direction: t.Direction, Status: s.Status, Value: s.Value, MissedBy: s.MissedBy, Expected: s.Expected, Ahead: s.Ahead,
		Due: s.Due.Label(), ReportBy: s.ReportBy, DaysLate: s.DaysLate, DaysMissing: s.DaysMissing, Missing: labels(s.Missing), Outside: s.Outside, Refused: refused, Says: s.Says}
	return out
}

func labels(spans []programs.WindowSpan) []string {
	var out []string
	for _, w := range spans {
		out = append(out, w.Label())
	}
	return out
}
