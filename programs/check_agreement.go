package programs

import (
	"fmt"

	"cel.dev/cel-go/cel"
)

var (
	agreementParts   = []string{typeAgreement, typeGoal, typeTarget}
	agreementSettles = []string{"", SettlesNeeds, SettlesSigned}
)

// agreement checks the section of that name and compiles its conditions.
func (c *checker) agreement() {
	a := c.d.Agreement
	if a == nil {
		return
	}
	if len(c.d.Targets.Types) == 0 {
		c.at("agreement", "The program has no targets, and so no agreements.", "Say under targets which types of target an agreement has.")
	}
	if a.TermMonths < 0 {
		c.at("agreement.term_months", "A number of months cannot be negative.", "")
	}
	seen := unique{}
	for i, x := range a.Checks {
		path := fmt.Sprintf("agreement.checks[%d]", i)
		c.named(path+".code", x.Code, seen)
		c.oneOf(path+".severity", x.Severity, severities)
		c.required(path+".says", x.Says)
		var made check
		of := orElse(x.Of, typeAgreement)
		if c.oneOf(path+".of", of, agreementParts) {
			env := c.agreementScope(path, of)
			if x.When != "" {
				made.when = c.expression(path+".when", env, x.When, cel.BoolType)
			}
			made.require = c.expression(path+".require", env, x.Require, cel.BoolType)
		}
		c.d.cel.agreement = append(c.d.cel.agreement, made)
	}
}

func (c *checker) agreementScope(path, of string) *cel.Env {
	variables := []cel.EnvOption{cel.Variable(typeAgreement, cel.ObjectType(typeAgreement))}
	if of != typeAgreement {
		variables = append(variables, cel.Variable(of, cel.ObjectType(of)))
	}
	env, err := c.scope.base.Extend(variables...)
	if err != nil {
		c.at(path, "The conditions cannot be prepared: "+err.Error()+".", "")
		return c.scope.base
	}
	return env
}

// recordAgreement checks how a record kind belongs to an agreement.
func (c *checker) recordAgreement(path string, k *RecordKind) {
	if k.OnePer == typeAgreement && k.Agreement == nil {
		c.at(path+".one_per", "The kind does not belong to an agreement.", "Give agreement: {}, or one_per: organization.")
	}
	if k.Agreement == nil {
		return
	}
	if len(c.d.Targets.Types) == 0 {
		c.at(path+".agreement", "The program has no targets, and so no agreements.", "Leave it out.")
	}
	c.oneOf(path+".agreement.settles", k.Agreement.Settles, agreementSettles)
	if first, known := c.d.Settling(k.Agreement.Settles); k.Agreement.Settles != "" && known && first.Code != k.Code {
		c.at(path+".agreement.settles", fmt.Sprintf("%s settles %s already.", first.Code, k.Agreement.Settles), "Let one kind settle it.")
	}
	if k.Agreement.Settles == SettlesSigned && k.TakesForce() != EffectiveLastSignature {
		c.at(path+".effective", "An agreement is signed by a record that takes force with its last signature.", "Give effective: last_signature, and the signatures.")
	}
}
