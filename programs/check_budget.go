package programs

import (
	"fmt"
	"slices"
	"strings"
)

// maxBudgetYears keeps a form a form.
const maxBudgetYears = 10

func (c *checker) budget() {
	b := c.d.Budget
	if b == nil {
		return
	}
	if c.d.Kind == "support" {
		c.at("budget", "A program of kind support has no money to budget.", "Remove the section.")
	}
	if len(b.Years) == 0 || len(b.Years) > maxBudgetYears {
		c.at("budget.years", fmt.Sprintf("A form has 1 to %d years, not %d.", maxBudgetYears, len(b.Years)), "")
	}
	seen := unique{}
	for i, y := range b.Years {
		path := fmt.Sprintf("budget.years[%d]", i)
		c.form(path, y, nameForm, "Use lower case letters, digits and underscores, such as y1.")
		seen.check(c, path, y)
		if y == "total" {
			c.at(path, "The column total is always there.", "Name the years only.")
		}
	}
	if b.TieOut != "" {
		c.oneOf("budget.tie_out", b.TieOut, severities)
	}
	c.budgetLines(b)
	c.budgetRules(b)
}

func (c *checker) budgetLines(b *Budget) {
	if len(b.Lines) == 0 {
		c.at("budget.lines", "The form has no lines.", "")
	}
	seen := unique{}
	for i, l := range b.Lines {
		path := fmt.Sprintf("budget.lines[%d]", i)
		c.required(path+".code", l.Code)
		seen.check(c, path+".code", l.Code)
		c.required(path+".title", l.Title)
		if strings.ContainsAny(l.Code, "+-/ ") || strings.Contains(l.Code, "..") {
			c.at(path+".code", fmt.Sprintf("%q cannot be the code of a line.", l.Code), "Use letters, digits and underscores.")
		}
		if l.Only != "" {
			c.oneOf(path+".only", l.Only, []string{"summary"})
		}
		if l.Is == "" {
			continue
		}
		above := Budget{Lines: b.Lines[:i]}
		terms, err := above.Terms(l.Is)
		if err != nil {
			c.at(path+".is", err.Error()+".", "Name lines above, such as 1..8 or 13 + 14.")
		}
		used := map[int]bool{}
		for _, t := range terms {
			if used[t.Line] {
				c.at(path+".is", fmt.Sprintf("Line %s is counted twice.", b.Lines[t.Line].Code), "Name each line once.")
			}
			used[t.Line] = true
			if b.Lines[t.Line].Only != "" && l.Only == "" {
				c.at(path+".is", fmt.Sprintf("Line %s is only in the summary, this line is in projects too.", b.Lines[t.Line].Code), "Add only: summary.")
			}
		}
	}
}

func (c *checker) budgetRules(b *Budget) {
	codes := make([]string, len(b.Lines))
	for i, l := range b.Lines {
		codes[i] = l.Code
	}
	entered := slices.DeleteFunc(slices.Clone(codes), func(code string) bool { return b.Lines[b.LineAt(code)].Is != "" })
	if s := b.Share; s != nil {
		c.oneOf("budget.share.line", s.Line, entered)
		c.oneOf("budget.share.of", s.Of, codes)
		c.required("budget.share.cite", s.Cite)
		if s.PercentBP <= 0 || s.PercentBP >= 10000 {
			c.at("budget.share.percent_bp", fmt.Sprintf("%d is not a part of a whole in basis points.", s.PercentBP), "50 % is 5000.")
		}
		if s.Line == s.Of {
			c.at("budget.share.of", "A line is not a part of itself.", "")
		}
	}
	if x := b.Indirect; x != nil {
		c.oneOf("budget.indirect.line", x.Line, entered)
		for i, l := range x.Never {
			c.oneOf(fmt.Sprintf("budget.indirect.never[%d]", i), l, codes)
		}
		if t := x.Temporary; t != nil {
			c.temporaryIndirect(x, t, codes)
		}
	}
	for i, u := range b.UnitCosts {
		path := fmt.Sprintf("budget.unit_costs[%d]", i)
		c.oneOf(path+".line", u.Line, entered)
		c.oneOf(path+".instead", u.Instead, entered)
		c.parameter(path+".minimum_parameter", u.MinimumParameter, "cents")
	}
	if b.Request != nil {
		c.budgetRequest(b.Request, codes)
	}
}

func (c *checker) temporaryIndirect(x *BudgetIndirect, t *TemporaryIndirect, codes []string) {
	const at = "budget.indirect.temporary"
	if t.PercentBP <= 0 || t.PercentBP > 10000 {
		c.at(at+".percent_bp", fmt.Sprintf("%d is not a rate in basis points.", t.PercentBP), "10 % is 1000.")
	}
	if t.ProposalDays < 1 {
		c.at(at+".proposal_days", "The proposal is due some days after the award.", "Give a number of days.")
	}
	if len(t.Base) == 0 {
		c.at(at+".base", "The rate is applied to nothing.", "Name lines.")
	}
	for i, l := range t.Base {
		path := fmt.Sprintf("%s.base[%d]", at, i)
		c.oneOf(path, l, codes)
		if slices.Contains(x.Never, l) || l == x.Line {
			c.at(path, fmt.Sprintf("Line %s is in no base.", l), "Take it out here, or out of never.")
		}
	}
	if t.Basis != "" {
		c.oneOf(at+".basis", t.Basis, bases)
	}
}

func (c *checker) budgetRequest(r *BudgetRequest, codes []string) {
	c.oneOf("budget.request.line", r.Line, codes)
	if r.Fact != "" && !slices.ContainsFunc(c.d.Facts, func(f Fact) bool { return f.Name == r.Fact && f.Type == "text" }) {
		c.at("budget.request.fact", fmt.Sprintf("There is no text fact %q.", r.Fact), "Declare it under facts.")
	}
	seen, members := unique{}, unique{}
	for i, k := range r.Categories {
		path := fmt.Sprintf("budget.request.categories[%d]", i)
		c.required(path+".code", k.Code)
		seen.check(c, path+".code", k.Code)
		if k.MinimumCents < 0 || k.MaximumCents < k.MinimumCents {
			c.at(path+".maximum_cents", "The maximum is less than the minimum.", "")
		}
		for j, m := range k.Members {
			members.check(c, fmt.Sprintf("%s.members[%d]", path, j), m)
		}
	}
	if len(r.Categories) == 0 {
		c.at("budget.request.categories", "No category has a range.", "")
	}
}
