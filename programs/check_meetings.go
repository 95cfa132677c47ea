package programs

import "fmt"

// meetings checks the rhythm of meetings and the tiers of support.
func (c *checker) meetings() {
	if m := c.d.Meetings; m != nil {
		c.oneOf("meetings.every", m.Every, []string{"month", "quarter"})
		c.required("meetings.cite", m.Cite)
		if m.RemindLateDay < 0 {
			c.at("meetings.remind_late_day", "A number of days cannot be negative.", "")
		}
		for i, n := range m.Remind {
			if n < 0 {
				c.at(fmt.Sprintf("meetings.remind[%d]", i), "A notice goes out before the day: give a positive number of days.", "")
			}
		}
	}
	if s := c.d.SupportTiers; s != nil {
		c.supportTiers(s)
	}
}

func (c *checker) supportTiers(s *SupportTiers) {
	c.required("support_tiers.cite", s.Cite)
	if len(s.Tiers) == 0 {
		c.at("support_tiers.tiers", "There is no tier.", "Give at least one, from the least support to the most.")
	}
	for i, t := range s.Tiers {
		at := fmt.Sprintf("support_tiers.tiers[%d]", i)
		c.required(at+".title", t.Title)
		c.required(at+".means", t.Means)
		if t.Tier != i+1 {
			c.at(at+".tier", "Tiers are numbered 1, 2, 3 in their order.", fmt.Sprintf("Write tier: %d.", i+1))
		}
	}
	seen := unique{}
	for i, f := range s.FocusAreas {
		at := fmt.Sprintf("support_tiers.focus_areas[%d]", i)
		c.form(at+".code", f.Code, codeForm, "")
		c.required(at+".title", f.Title)
		seen.check(c, at+".code", f.Code)
	}
}
