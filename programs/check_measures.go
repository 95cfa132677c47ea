package programs

import (
	"fmt"
	"slices"

	"earmark/workflow/measure"
)

// The words of measures.
var (
	measureUnits      = []string{"percent", "points", "count", "cents"}
	measureDirections = []string{"up", "down"}
	measureYears      = []string{"", "school", "fiscal"}
	measureReporters  = []string{"", "recipient", "office"}
	measureNevers     = []string{"", "fall", "rise"}
)

func (c *checker) measures() {
	seen := unique{}
	for i := range c.d.Measures {
		m, path := &c.d.Measures[i], fmt.Sprintf("measures[%d]", i)
		c.form(path+".code", m.Code, codeForm, "Use lower case letters, digits and underscores.")
		seen.check(c, path+".code", m.Code)
		c.required(path+".title", m.Title)
		c.required(path+".cite", m.Cite)
		c.oneOf(path+".unit", m.Unit, measureUnits)
		c.oneOf(path+".direction", m.Direction, measureDirections)
		c.oneOf(path+".years", m.Years, measureYears)
		c.oneOf(path+".reported_by", m.ReportedBy, measureReporters)
		c.oneOf(path+".never", m.Never, measureNevers)
		c.oneOf(path+".basis", m.Basis, bases)
		if m.YearEnds != "" {
			c.monthDay(path+".year_ends", m.YearEnds)
		}
		if m.ReportDays < 0 {
			c.at(path+".report_days", "A number of days cannot be negative.", "")
		}
		c.denominator(path+".denominator", m)
		c.baseline(path+".baseline", m)
		c.measureTargets(path, m)
		c.triggers(path, m)
	}
}

func (c *checker) denominator(path string, m *Measure) {
	d := m.Denominator
	if d == nil {
		return
	}
	if m.Unit != "percent" {
		c.at(path, "Only a percentage has a denominator.", "Use unit: percent, or leave denominator out.")
	}
	if (d.Number == "") == (d.Fact == "") {
		c.at(path, "A denominator is a number or a fact.", "Give one of the two.")
		return
	}
	if d.Number != "" {
		if n := c.decimal(path+".number", d.Number); n <= 0 {
			c.at(path+".number", "A denominator must be more than zero.", "")
		}
		return
	}
	var names []string
	for _, f := range c.d.Facts {
		if f.Type == "integer" || f.Type == "decimal" {
			names = append(names, f.Name)
		}
	}
	if !slices.Contains(names, d.Fact) {
		c.at(path+".fact", fmt.Sprintf("There is no numeric fact %q.", d.Fact), suggest(d.Fact, names))
	}
}

func (c *checker) baseline(path string, m *Measure) {
	b := m.Baseline
	if b == nil {
		c.at(path, "Nothing says where the measure began.", "Give a value with its year, or not_collected with the reason.")
		return
	}
	if (b.Value == "") == (b.NotCollected == "") {
		c.at(path, "A baseline is a value, or it was not collected.", "Give value or not_collected, not both.")
	}
	if b.Value != "" {
		c.measured(path+".value", m, b.Value)
	}
	if b.Year != "" {
		c.measureYear(path+".year", b.Year)
	}
}

func (c *checker) measureTargets(path string, m *Measure) {
	seen := map[int]bool{}
	for j, t := range m.Targets {
		at := fmt.Sprintf("%s.targets[%d]", path, j)
		if year, ok := c.measureYear(at+".year", t.Year); ok {
			if seen[year] {
				c.at(at+".year", fmt.Sprintf("There are two targets for %s.", t.Year), "Each year has one.")
			}
			seen[year] = true
		}
		if t.Basis != "" {
			c.oneOf(at+".basis", t.Basis, bases)
		}
		switch base := m.BaselineValue(); {
		case t.Value == "" && t.Change == "":
			c.at(at, "The target has no value.", "Give value, or change from the baseline.")
		case t.Change != "" && base == nil:
			c.at(at+".change", "There is no baseline to count from.", "Give the baseline a value, or the target one.")
		case t.Change != "":
			c.decimal(at+".change", t.Change)
			computed := m.targetValue(MeasureTarget{Change: t.Change})
			if computed != nil && t.Value != "" && rat(t.Value) != nil && rat(t.Value).Cmp(computed) != 0 {
				c.at(at+".value", fmt.Sprintf("Baseline and change give %s, not %s.", measure.Shown(computed), t.Value), "Correct one of them.")
			}
		}
		if t.Value != "" {
			c.measured(at+".value", m, t.Value)
		}
	}
	for _, b := range measure.Breaks(m.Never, m.Series()) {
		c.at(path+".targets", fmt.Sprintf("The series must never %s, and goes from %s in %s to %s in %s.", m.Never,
			measure.Shown(b.From.Value), m.YearLabel(b.From.Year), measure.Shown(b.To.Value), m.YearLabel(b.To.Year)), "Correct a target, or leave never out.")
	}
}

func (c *checker) triggers(path string, m *Measure) {
	seen := unique{}
	for j, t := range m.Triggers {
		at := fmt.Sprintf("%s.triggers[%d]", path, j)
		c.form(at+".code", t.Code, codeForm, "")
		seen.check(c, at+".code", t.Code)
		c.required(at+".says", t.Says)
		if t.Year != "" {
			c.measureYear(at+".year", t.Year)
		}
		if t.Below == "" && t.Above == "" {
			c.at(at, "Nothing sets this off.", "Give below, above or both.")
		}
		if t.Below != "" {
			c.measured(at+".below", m, t.Below)
		}
		if t.Above != "" {
			c.measured(at+".above", m, t.Above)
		}
	}
}

func (c *checker) measured(path string, m *Measure, text string) {
	if _, err := m.ParseMeasured(text); err != nil {
		c.at(path, err.Error()+".", "")
	}
}

func (c *checker) measureYear(path, label string) (int, bool) {
	year, err := ParseYear(label)
	if err != nil {
		c.at(path, err.Error()+".", "Write a school year such as 2010-11, or the year it ends in.")
	}
	return year, err == nil
}
