package workflow

import (
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
)

// Exit is whether a school leaves comprehensive support, with one line per criterion.
type Exit struct {
	Exits    bool            `json:"exits"`
	Criteria []ExitCriterion `json:"criteria"`
	Cite     string          `json:"cite"`
}

// ExitCriterion is one criterion. One that does not apply is skipped, not failed.
type ExitCriterion struct {
	Code    string `json:"code"` // index, graduation, math_2027 …
	Met     bool   `json:"met"`
	Skipped bool   `json:"skipped,omitempty"`
	Says    string `json:"says"`
}

// ExitFacts are what the exit rule looks at.
type ExitFacts struct {
	Index       *models.Hundredths                   // nil: not known
	Graduation  *models.Hundredths                   // nil: does not apply (an elementary school)
	Proficiency map[string]map[int]models.Hundredths // subject, spring year
}

// DecideExit applies the exit rule: index above the cut, graduation rate above its
// threshold, and every subject better than the baseline in every year named.
func DecideExit(rule programs.Accountability, in ExitFacts) (Exit, error) {
	cut, err := models.ParseHundredths(rule.BottomCut)
	if err != nil {
		return Exit{}, err
	}
	above, err := models.ParseHundredths(rule.GraduationAbove)
	if err != nil {
		return Exit{}, err
	}
	out := Exit{Exits: true, Cite: rule.Cite}
	if in.Index == nil {
		out.add(ExitCriterion{Code: "index", Says: fmt.Sprintf("The index is not known; it must be above %s.", cut)})
	} else {
		out.add(ExitCriterion{Code: "index", Met: *in.Index > cut, Says: fmt.Sprintf("Index %s; it must be above %s.", *in.Index, cut)})
	}
	if in.Graduation == nil {
		out.add(ExitCriterion{Code: "graduation", Skipped: true, Says: "No graduation rate applies."})
	} else {
		out.add(ExitCriterion{Code: "graduation", Met: *in.Graduation > above,
			Says: fmt.Sprintf("Graduation rate %s; it must be higher than %s.", *in.Graduation, above)})
	}
	for _, subject := range rule.ImprovedSubjects {
		for _, year := range rule.ImprovedYears {
			out.add(improved(subject, rule.BaselineYear, year, in.Proficiency[subject]))
		}
	}
	return out, nil
}

func (e *Exit) add(c ExitCriterion) {
	e.Criteria = append(e.Criteria, c)
	e.Exits = e.Exits && (c.Met || c.Skipped)
}

func improved(subject string, baseline, year int, by map[int]models.Hundredths) ExitCriterion {
	c := ExitCriterion{Code: fmt.Sprintf("%s_%d", subject, year)}
	was, knownBefore := by[baseline]
	is, known := by[year]
	if !knownBefore || !known {
		c.Says = fmt.Sprintf("Proficiency in %s of %d or %d is not known.", subject, baseline, year)
		return c
	}
	c.Met = is > was
	c.Says = fmt.Sprintf("Proficiency in %s was %s in %d and %s in %d; it must be higher.", subject, was, baseline, is, year)
	return c
}

// Outcome is one 36-month outcome and whether it was met.
type Outcome struct {
	Code string `json:"code"`
	Type string `json:"type"` // a type of target
	Met  bool   `json:"met"`
}

// Measure is what the outcomes ask of a district. Two rules of the overview are kept
// apart, because they do not say the same: Required looks at outcomes alone, MustImpose
// also asks whether a school is identified again.
type Measure struct {
	Met              int    `json:"met"`
	Total            int    `json:"total"`
	Required         bool   `json:"required"`
	Reidentified     bool   `json:"reidentified"`
	MustImpose       bool   `json:"must_impose"`
	Reconstitution   string `json:"reconstitution"`               // must_include, may_include, or "" when nothing is imposed
	LatestSchoolYear string `json:"latest_school_year,omitempty"` // 2029-30
	Cite             string `json:"cite"`

	latest int // the same by the year it ends in
}

// What a measure that must be imposed has to contain.
const (
	ReconstitutionMust = "must_include"
	ReconstitutionMay  = "may_include"
)

// DecideMeasure counts academic and graduation outcomes. No outcomes at all is an error
// and never "not required": nothing was decided.
func DecideMeasure(rule programs.Accountability, subtype string, reidentified bool, outcomes []Outcome) (Measure, error) {
	m := Measure{Reidentified: reidentified, Cite: rule.Cite}
	for _, o := range outcomes {
		if !slices.Contains(rule.AcademicTypes, o.Type) {
			continue
		}
		m.Total++
		if o.Met {
			m.Met++
		}
	}
	if m.Total == 0 {
		return Measure{}, models.Fail(models.Invalid, "accountability.no_academic_outcomes",
			"There are no academic outcomes, so nothing can be decided. Enter the state and local academic outcomes first.")
	}
	// met/total <= num/den without dividing: 33.33 % is only a rounding of one third
	m.Required = int64(m.Met)*rule.RequiredAtMost.Den <= int64(m.Total)*rule.RequiredAtMost.Num
	if m.MustImpose = m.Required && reidentified; m.MustImpose {
		m.Reconstitution = ReconstitutionMay
		if slices.Contains(rule.ReconstitutionMust, subtype) {
			m.Reconstitution = ReconstitutionMust
		}
		m.latest, m.LatestSchoolYear = rule.LatestSchoolYear, SchoolYear(rule.LatestSchoolYear)
	}
	return m, nil
}

// SchoolYear names a school year by the year it ends in: 2030 is 2029-30.
func SchoolYear(ends int) string { return fmt.Sprintf("%d-%02d", ends-1, ends%100) }

// CheckImposition refuses a measure that is imposed too late.
func CheckImposition(rule programs.Accountability, schoolYearEnds int) error {
	if schoolYearEnds <= rule.LatestSchoolYear {
		return nil
	}
	return models.Field("/school_year", "accountability.too_late",
		fmt.Sprintf("A measure must be imposed no later than school year %s.", SchoolYear(rule.LatestSchoolYear)), "Choose an earlier school year.")
}

// CheckPlanYears refuses a reconstitution plan that is too long.
func CheckPlanYears(rule programs.Accountability, years int) error {
	if years >= 1 && years <= rule.PlanYears {
		return nil
	}
	return models.Field("/plan_years", "accountability.plan_too_long",
		fmt.Sprintf("A reconstitution plan has at most %d years.", rule.PlanYears), "Shorten the plan.")
}

// CheckMeasures looks at how many accountability measures an agreement names: too few is
// an error, fewer than recommended a warning.
func CheckMeasures(rule programs.Accountability, named int) []models.FieldError {
	switch {
	case named < rule.MeasuresMinimum:
		return []models.FieldError{{Pointer: "/measures", Code: "agreement.measures", Severity: "error",
			Detail: fmt.Sprintf("An agreement names at least %d accountability measure.", rule.MeasuresMinimum), Fix: "Name another measure."}}
	case named < rule.MeasuresRecommended:
		return []models.FieldError{{Pointer: "/measures", Code: "agreement.measures_recommended", Severity: "warning",
			Detail: fmt.Sprintf("%d accountability measures or more are recommended.", rule.MeasuresRecommended), Fix: "Consider another one."}}
	}
	return nil
}

// BenchmarkMismatch is how far an entered target is from baseline plus gain; 0 when it fits.
func BenchmarkMismatch(baseline, gain, entered models.Hundredths) models.Hundredths {
	return entered - (baseline + gain)
}

// MissingTarget is an interim benchmark or end outcome that an agreement still needs.
type MissingTarget struct {
	Type string
	Kind models.TargetKind
}

// MissingTargets lists what the program requires and an agreement does not have: every
// required type with an ITB and an ETO, save those that do not apply (graduation in a
// district without a high school).
func MissingTargets(rule programs.Targets, have []models.Target, notApplicable []string) []MissingTarget {
	var missing []MissingTarget
	for _, kind := range rule.Required {
		if slices.Contains(notApplicable, kind) {
			continue
		}
		for _, k := range []models.TargetKind{models.TargetITB, models.TargetETO} {
			if !slices.ContainsFunc(have, func(t models.Target) bool {
				return t.TargetType == kind && t.TargetKind == k && t.RetiredOn.IsZero()
			}) {
				missing = append(missing, MissingTarget{kind, k})
			}
		}
	}
	return missing
}
