package programs

import (
	"fmt"
	"slices"
)

var (
	drawdownChecks = []string{"measures_reported", "nothing_overdue", "no_open_record"}
	recordStates   = []string{"draft", "submitted", "returned", "refused", "withdrawn", "in_force", "superseded", "ended"}
)

func (c *checker) drawdown() {
	d := c.d.Drawdown
	if d == nil {
		return
	}
	c.oneOf("drawdown.basis", d.Basis, bases)
	c.required("drawdown.cite", d.Cite)
	if d.PaysAfterDays < 0 {
		c.at("drawdown.pays_after_days", "A number of days cannot be negative.", "")
	}
	c.drawdownSchedule(d)
	seen := unique{}
	for i, n := range d.Release {
		path := fmt.Sprintf("drawdown.release[%d]", i)
		c.form(path+".code", n.Code, codeForm, "")
		seen.check(c, path+".code", n.Code)
		c.required(path+".says", n.Says)
		if c.oneOf(path+".check", n.Check, drawdownChecks) {
			c.drawdownNeed(path, n)
		}
	}
}

func (c *checker) drawdownSchedule(d *Drawdown) {
	if len(d.Schedule) == 0 {
		c.at("drawdown.schedule", "Nothing says what may be drawn in which year.", "List the project years with share_bp or amount_parameter.")
		return
	}
	var total int64
	shares, amounts := 0, 0
	seen := unique{}
	for i, y := range d.Schedule {
		path := fmt.Sprintf("drawdown.schedule[%d]", i)
		if y.Year < 1 || y.Year > 20 {
			c.at(path+".year", fmt.Sprintf("%d is not a project year.", y.Year), "The grant year itself is 1.")
		}
		seen.check(c, path+".year", fmt.Sprint(y.Year))
		if y.AmountParameter != "" {
			amounts++
			c.parameter(path+".amount_parameter", y.AmountParameter, "cents")
			continue
		}
		shares++
		total += y.ShareBP
		if y.ShareBP < 0 {
			c.at(path+".share_bp", "A share cannot be negative.", "")
		}
	}
	switch {
	case shares > 0 && amounts > 0:
		c.at("drawdown.schedule", "Some years have a share and some an amount.", "Use one of the two for all of them.")
	case shares > 0 && total != 10000:
		c.at("drawdown.schedule", fmt.Sprintf("The shares add up to %d basis points.", total), "They must add up to 10000, the whole award.")
	}
}

func (c *checker) drawdownNeed(path string, n DrawdownNeed) {
	if n.Check == "measures_reported" && len(c.d.Measures) == 0 {
		c.at(path+".check", "The program has no measures.", "Add measures, or leave this out.")
	}
	if (n.Check == "nothing_overdue") != (len(n.Due) > 0) {
		c.at(path+".due", "Only nothing_overdue lists due dates, and it needs them.", "")
	}
	for j, code := range n.Due {
		var codes []string
		for _, d := range c.d.DueDates {
			codes = append(codes, d.Code)
		}
		if !slices.Contains(codes, code) {
			c.at(fmt.Sprintf("%s.due[%d]", path, j), fmt.Sprintf("There is no due date %q.", code), suggest(code, codes))
		}
	}
	if (n.Check == "no_open_record") != (n.Record != "" && len(n.While) > 0) {
		c.at(path+".record", "Only no_open_record names a kind of record with its states, and it needs them.", "Give record and while.")
	}
	if n.Record == "" {
		return
	}
	var kinds []string
	for _, k := range c.d.Records {
		kinds = append(kinds, k.Code)
	}
	if !slices.Contains(kinds, n.Record) {
		c.at(path+".record", fmt.Sprintf("There is no kind of record %q.", n.Record), suggest(n.Record, kinds))
	}
	for j, state := range n.While {
		c.oneOf(fmt.Sprintf("%s.while[%d]", path, j), state, recordStates)
	}
}
