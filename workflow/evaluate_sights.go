package workflow

import (
	"fmt"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/measure"
)

// EvaluateSight asks what money does for which target.
type EvaluateSight struct {
	Targets []SightTarget `json:"targets"`
	Lines   []SightLine   `json:"lines"`
}

// EvaluatedSight is the line of sight, with the numbers of lines that the program's rule
// spent_without_result finds.
type EvaluatedSight struct {
	Sight
	SpentWithoutResult []int `json:"spent_without_result"`
}

// sights joins the lines and targets of the file.
func (e *evaluation) sights() error {
	for i, in := range e.in.Sights {
		at := fmt.Sprintf("/lines_of_sight/%d", i)
		if !e.sightable(at, in) {
			continue
		}
		made, err := LineOfSight(in.Targets, in.Lines)
		if err != nil {
			e.broken(at, "amount", "Give amounts that can be added up.", "%s.", err)
			continue
		}
		out := EvaluatedSight{Sight: made, SpentWithoutResult: []int{}}
		reported := map[string]bool{}
		for _, t := range in.Targets {
			reported[t.Code] = t.Value != nil
		}
		for _, l := range in.Lines {
			if rate, ok := resultRate(e.def, e.params); ok && SpentWithoutResult(l, reported, rate) {
				out.SpentWithoutResult = append(out.SpentWithoutResult, l.Number)
			}
		}
		e.out.Sights = append(e.out.Sights, out)
	}
	return invalid(e.wrong)
}

const maxSightValue = 1_000_000_000_000 // hundredths

func (e *evaluation) sightable(at string, in EvaluateSight) bool {
	before := len(e.wrong)
	seen := map[string]bool{}
	for i, t := range in.Targets {
		here := fmt.Sprintf("%s/targets/%d", at, i)
		if t.Code == "" || seen[t.Code] {
			e.broken(here+"/code", "duplicate", "Give each target its own code.", "The code %q is empty or there twice.", t.Code)
		}
		seen[t.Code] = true
		if t.Direction != "" && t.Direction != measure.Up && t.Direction != measure.Down {
			e.broken(here+"/direction", "unknown", "Write up or down.", "%q is no direction.", t.Direction)
		}
		for _, v := range []*models.Hundredths{&t.Baseline, t.Value} {
			if v != nil && (*v > maxSightValue || *v < -maxSightValue) {
				e.broken(here, "record.limit", "Correct the number.", "%s is too large for a value.", *v)
			}
		}
	}
	for i, l := range in.Lines {
		for _, c := range []models.Cents{l.ApprovedCents, l.SpentCents} {
			if c > maxLineCents || c < -maxLineCents {
				e.broken(fmt.Sprintf("%s/lines/%d", at, i), "amount", "Give cents.", "%s is too large for a line.", c)
			}
		}
	}
	return len(e.wrong) == before
}

// resultRate is the part of a line from which results are expected, when the program has
// the rule.
func resultRate(def *programs.Definition, params programs.Params) (models.BasisPoints, bool) {
	for _, c := range def.Compliance {
		if c.Check == "spent_without_result" {
			return params.BasisPoints(c.RateParameter)
		}
	}
	return 0, false
}

// SpentWithoutResult reports a line that is spent past a part of what is approved while no
// result of any target that it serves is reported; exactly the part is not past it. A line
// that serves none is found by another check.
func SpentWithoutResult(l SightLine, reported map[string]bool, rate models.BasisPoints) bool {
	if !models.Exceeds(l.SpentCents, l.ApprovedCents, rate) {
		return false
	}
	serves := false
	for _, code := range l.Targets {
		has, known := reported[code]
		if has {
			return false
		}
		serves = serves || known
	}
	return serves
}
