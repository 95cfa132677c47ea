package programs

import (
	"fmt"
	"slices"
)

// targets checks when and how results of targets are expected.
func (c *checker) targets() {
	t := c.d.Targets
	c.oneOf("targets.outside", t.Outside, []string{"", OutsideRefuse, OutsideWarn})
	c.oneOf("targets.expect", t.Expect, []string{"", ExpectDue, ExpectYearly, ExpectWindows})
	if t.SchoolYearStarts != "" {
		c.monthDay("targets.school_year_starts", t.SchoolYearStarts)
	}
	if t.ReportDays < 0 {
		c.at("targets.report_days", "The days to report cannot be negative.", "Give 0 or more days after the school year.")
	}
	if len(t.Windows) > 0 {
		c.required("targets.results_cite", t.ResultsCite)
	}
	seen := map[string]bool{}
	for i, w := range t.Windows {
		path := fmt.Sprintf("targets.windows[%d]", i)
		c.required(path+".code", w.Code)
		c.required(path+".title", w.Title)
		c.required(path+".cite", w.Cite)
		c.oneOf(path+".basis", w.Basis, []string{"law", "policy", "assumption"})
		if seen[w.Code] {
			c.at(path+".code", fmt.Sprintf("There are two windows %q.", w.Code), "Give each its own code.")
		}
		seen[w.Code] = true
		ok := c.monthDay(path+".from", w.From)
		if c.monthDay(path+".to", w.To) && ok && w.From == w.To {
			c.at(path+".to", "The window is one day long.", "Give the last day on which targets are measured.")
		}
		if w.ReportDays < 0 {
			c.at(path+".report_days", "The days to report cannot be negative.", "Give 0 or more days after the window.")
		}
		for j, kind := range w.Types {
			if !slices.Contains(t.Types, kind) {
				c.at(fmt.Sprintf("%s.types[%d]", path, j), fmt.Sprintf("There is no type of target %q.", kind), suggest(kind, t.Types))
			}
		}
	}
}
