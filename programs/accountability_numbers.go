package programs

// numbers are the keys of the section that name a parameter.
func (a *Accountability) numbers() map[string]*string {
	return map[string]*string{"latest_school_year_parameter": &a.LatestSchoolYearParameter, "plan_years_parameter": &a.PlanYearsParameter,
		"measures_minimum_parameter": &a.MeasuresMinimumParameter, "measures_recommended_parameter": &a.MeasuresRecommendedParameter}
}

// AccountabilityIn is the section with the numbers of a year; nil for a program without one.
func (d *Definition) AccountabilityIn(params Params) *Accountability {
	if d.Accountability == nil {
		return nil
	}
	a := *d.Accountability
	for name, number := range map[string]*int{a.LatestSchoolYearParameter: &a.LatestSchoolYear, a.PlanYearsParameter: &a.PlanYears,
		a.MeasuresMinimumParameter: &a.MeasuresMinimum, a.MeasuresRecommendedParameter: &a.MeasuresRecommended} {
		if n, ok := params.Int(name); ok {
			*number = int(n)
		}
	}
	return &a
}
