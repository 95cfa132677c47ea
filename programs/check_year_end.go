package programs

import "fmt"

func (c *checker) yearEnd() {
	y := c.d.YearEnd
	if y == nil {
		return
	}
	if c.d.Kind == "support" {
		c.at("year_end", "A program of the kind support gives no money that could be reported.", "Remove the section, or change the kind.")
	}
	c.oneOf("year_end.basis", y.Basis, bases)
	seen, settled := unique{}, unique{}
	for i, r := range y.Reports {
		at := fmt.Sprintf("year_end.reports[%d]", i)
		c.form(at+".code", r.Code, codeForm, "Use lower case letters, digits, dashes and underscores.")
		seen.check(c, at+".code", r.Code)
		c.required(at+".title", r.Title)
		c.required(at+".statement", r.Statement)
		c.required(at+".means", r.Means)
		c.oneOf(at+".basis", r.Basis, bases)
		due, known := c.d.DueDate(r.Settles)
		switch {
		case !known:
			c.at(at+".settles", fmt.Sprintf("There is no due date %q.", r.Settles), "Name a due date of the grant year that the report settles.")
		case due.Of != "grant_year" || due.Every != "":
			c.at(at+".settles", fmt.Sprintf("The due date %q is not one day of a grant year.", r.Settles), "Name a due date with of: grant_year that is no series.")
		}
		settled.check(c, at+".settles", r.Settles)
	}
	if r := y.Release; r != nil {
		c.required("year_end.release.means", r.Means)
		c.oneOf("year_end.release.basis", r.Basis, bases)
		if r.Reallocate && len(c.d.Formula.Steps) == 0 {
			c.at("year_end.release.reallocate", "Without a formula nothing can be shared out again.", "Give a formula, or leave reallocate out.")
		}
	}
}
