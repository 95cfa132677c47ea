package programs

import (
	"fmt"
	"slices"

	"earmark/models"
)

func (c *checker) money() {
	if c.given("amendment") {
		c.oneOf("amendment.basis", c.d.Amendment.Basis, amendmentBases)
	} else {
		c.d.Amendment.Basis = "line" // no rule of its own: every change is measured, none is within tolerance
	}
	c.tolerance("amendment.tolerance", c.d.Amendment.Tolerance)
	c.tolerance("expenditures.tolerance", c.d.Expenditures.Tolerance)
	seen := unique{}
	for i, a := range c.d.Amendment.Always {
		path := fmt.Sprintf("amendment.always[%d]", i)
		c.oneOf(path+".change", a.Change, AmendmentChanges)
		seen.check(c, path+".change", a.Change)
		c.required(path+".says", a.Says)
	}
	if c.given("expenditures") { // otherwise a line may be spent up to what is approved
		c.oneOf("expenditures.line_limit", c.d.Expenditures.LineLimit, lineLimits)
	}
	if c.d.Expenditures.LastDay.Day != "" {
		c.relative("expenditures.last_day", c.d.Expenditures.LastDay)
	}
	for i, g := range c.d.Expenditures.GrantCodes {
		if len(g) != 4 { // width of the field in the FID expenditure record
			c.at(fmt.Sprintf("expenditures.grant_codes[%d]", i), fmt.Sprintf("A grant code has four characters, %q has not.", g), "")
		}
	}
	c.utilization()
	c.payments()
}

func (c *checker) tolerance(path string, t Tolerance) {
	for _, x := range []struct {
		name  string
		value int64
	}{{"percent_bp", int64(t.PercentBP)}, {"floor_cents", int64(t.FloorCents)}, {"cap_cents", int64(t.CapCents)}} {
		if x.value < 0 {
			c.at(path+"."+x.name, "A tolerance cannot be negative.", "")
		}
	}
	if t.CapCents > 0 && t.CapCents < t.FloorCents {
		c.at(path+".cap_cents", "The cap is less than the floor.", "")
	}
}

func (c *checker) utilization() {
	u := c.d.Utilization
	if !c.given("utilization") {
		return // nothing is asked of how much is spent
	}
	c.oneOf("utilization.rate", u.Rate, utilizationRates)
	c.parameter("utilization.minimum_parameter", u.MinimumParameter, "basis_points")
	if u.PaceSlackParameter != "" {
		c.parameter("utilization.pace_slack_parameter", u.PaceSlackParameter, "basis_points")
	}
	c.relative("utilization.deadline", u.Deadline)
	seen := unique{}
	for i, k := range u.Checkpoints {
		path := fmt.Sprintf("utilization.checkpoints[%d]", i)
		seen.check(c, path+".code", k.Code)
		c.relative(path+".on", k.On)
		c.parameter(path+".minimum_parameter", k.MinimumParameter, "basis_points")
	}
}

func (c *checker) payments() {
	p := c.d.Payments
	if !c.given("payments") {
		return // the money is paid otherwise; no payment is expected
	}
	c.oneOf("payments.kind", p.Kind, []string{"lump_sum"})
	if len(p.Calendar) == 0 {
		c.at("payments.calendar", "No payment day is known.", "List cutoffs and the days they are paid on.")
	}
	seen := unique{}
	for i, row := range p.Calendar {
		path := fmt.Sprintf("payments.calendar[%d]", i)
		c.monthDay(path+".cutoff", row.Cutoff)
		c.monthDay(path+".pays", row.Pays)
		seen.check(c, path+".cutoff", row.Cutoff)
	}
}

func (c *checker) compliance() {
	seen := unique{}
	for i, r := range c.d.Compliance {
		path := fmt.Sprintf("compliance[%d]", i)
		c.form(path+".code", r.Code, codeForm, "")
		seen.check(c, path+".code", r.Code)
		c.oneOf(path+".check", r.Check, ComplianceChecks)
		c.required(path+".title", r.Title)
		c.required(path+".fix", r.Fix)
		c.oneOf(path+".severity", r.Severity, flagSeverities)
		for j, role := range r.Mail {
			c.role(fmt.Sprintf("%s.mail[%d]", path, j), role, models.Roles)
		}
		if r.Check == "cell_over_tolerance" && c.d.Amendment.Basis != "cell" {
			c.at(path+".check", "The night compares spending with approved cells only when the amendment rule does.", "Give amendment.basis: cell, or leave the rule out.")
		}
		if (r.Check == "no_report") != (r.Days > 0 || r.DaysParameter != "") || r.Days != 0 && r.DaysParameter != "" {
			c.at(path+".days", "Only no_report counts days, and it needs them once.", "Give days, or days_parameter.")
		}
		if r.DaysParameter != "" {
			c.parameter(path+".days_parameter", r.DaysParameter, "integer")
		}
		if (r.Check == "spent_without_result") != (r.RateParameter != "") {
			c.at(path+".rate_parameter", "Only spent_without_result looks at a part of a line, and it needs one.", "Name a basis_points parameter.")
		} else if r.RateParameter != "" {
			c.parameter(path+".rate_parameter", r.RateParameter, "basis_points")
		}
		if r.WorsensBy < 0 {
			c.at(path+".worsens_by", "The step cannot be negative.", "")
		}
	}
}

func (c *checker) accountability() {
	for i, t := range c.d.Targets.Required {
		if !slices.Contains(c.d.Targets.Types, t) {
			c.at(fmt.Sprintf("targets.required[%d]", i), fmt.Sprintf("There is no type of target %q.", t), suggest(t, c.d.Targets.Types))
		}
	}
	for i, t := range c.d.Targets.MayNotApply {
		if !slices.Contains(c.d.Targets.Required, t) {
			c.at(fmt.Sprintf("targets.may_not_apply[%d]", i), fmt.Sprintf("No agreement is required to have %q.", t), suggest(t, c.d.Targets.Required))
		}
	}
	a := c.d.Accountability
	if a == nil {
		return
	}
	for key, name := range map[string]string{"index_fact": a.IndexFact, "graduation_fact": a.GraduationFact} {
		if c.schoolFact(name, "decimal") == nil {
			c.at("accountability."+key, fmt.Sprintf("There is no decimal fact %q of a school.", name), "Name one of the facts.")
		}
	}
	c.decimal("accountability.bottom_cut", a.BottomCut)
	c.decimal("accountability.graduation_above", a.GraduationAbove)
	for i, t := range a.AcademicTypes {
		if !slices.Contains(c.d.Targets.Types, t) {
			c.at(fmt.Sprintf("accountability.academic_types[%d]", i), fmt.Sprintf("There is no type of target %q.", t), suggest(t, c.d.Targets.Types))
		}
	}
	if f := a.RequiredAtMost; f.Den <= 0 || f.Num < 0 || f.Num > f.Den {
		c.at("accountability.required_at_most", fmt.Sprintf("%d/%d is not a part of a whole.", f.Num, f.Den), "Give num and den, such as 1 and 3.")
	}
	for i, y := range a.ImprovedYears {
		if y <= a.BaselineYear {
			c.at(fmt.Sprintf("accountability.improved_years[%d]", i), fmt.Sprintf("%d does not come after the baseline %d.", y, a.BaselineYear), "")
		}
	}
	c.accountabilityFacts(a)
	general, err := c.d.Params(0, nil)
	for key, name := range a.numbers() {
		c.parameter("accountability."+key, *name, "integer")
		declared := slices.ContainsFunc(c.d.Parameters, func(p Parameter) bool { return p.Name == *name && p.Type == "integer" })
		if _, given := general.Int(*name); declared && !given {
			c.at("accountability."+key, fmt.Sprintf("The parameter %s has no general value.", *name), "Give value, and by_year where a year differs.")
		}
	}
	if err != nil {
		return // the parameters are wrong, and reported
	}
	if *a = *c.d.AccountabilityIn(general); a.PlanYears < 1 {
		c.at("accountability.plan_years_parameter", "A plan has at least one year.", "")
	}
	if a.MeasuresRecommended < a.MeasuresMinimum {
		c.at("accountability.measures_recommended_parameter", "Fewer measures are recommended than are required.", "")
	}
}
