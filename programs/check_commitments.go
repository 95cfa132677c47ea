package programs

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"earmark/models"
)

var portfolioOutside = []string{"warning", "refused"}

func (c *checker) commitments() {
	k := c.d.Commitments
	if k == nil {
		return
	}
	if c.d.Kind == "support" {
		c.at("commitments", "A program of the kind support gives no money that could be promised.", "Remove the section, or change the kind.")
	}
	if len(k.PayeeKinds) == 0 {
		c.at("commitments.payee_kinds", "Nobody may be paid.", "Name at least one kind, such as vendor.")
	}
	seen := unique{}
	for i, kind := range k.PayeeKinds {
		at := fmt.Sprintf("commitments.payee_kinds[%d]", i)
		c.oneOf(at, kind, models.PayeeKinds)
		seen.check(c, at, kind)
	}
	if k.Lines != "" {
		c.d.cel.restricted = c.expression("commitments.lines", c.scope.line, k.Lines, cel.BoolType)
		if !k.Restricted {
			c.at("commitments.lines", "Nothing is restricted, so no line can be named.", "Give restricted: true, or leave lines out.")
		}
	}
	c.oneOf("commitments.basis", k.Basis, bases)
	c.required("commitments.means", k.Means)
	if p := k.Portfolio; p != nil {
		c.required("commitments.portfolio.title", p.Title)
		c.required("commitments.portfolio.says", p.Says)
		c.oneOf("commitments.portfolio.outside", p.Outside, portfolioOutside)
		c.oneOf("commitments.portfolio.basis", p.Basis, bases)
	}
	seen = unique{}
	for i, p := range k.Procurement {
		at := fmt.Sprintf("commitments.procurement[%d]", i)
		c.form(at+".code", p.Code, codeForm, "Use lower case letters, digits, dashes and underscores.")
		seen.check(c, at+".code", p.Code)
		c.required(at+".title", p.Title)
	}
	c.chain("commitments.approval", k.Approval, reviewerRoles, c.d.Formula.Recipient)
	if len(k.Approval.Steps) == 0 {
		c.at("commitments.approval.steps", "Money is promised without an approval.", "Name at least one step.")
	}
}
