package programs

import (
	"cmp"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/workflow/approval"
)

func (c *checker) bodies() {
	seen := unique{}
	for i, b := range c.d.Bodies {
		path := fmt.Sprintf("bodies[%d]", i)
		c.named(path+".code", b.Code, seen)
		c.required(path+".title", b.Title)
		c.oneOf(path+".of", string(b.Of), unitKinds)
		c.required(path+".means", b.Means)
	}
}

// reviews checks the chain of the program's revisions.
func (c *checker) reviews() {
	c.chain("approval", c.d.Approval, reviewerRoles, c.d.Formula.Recipient)
	if len(c.d.Approval.Steps) == 0 && c.d.Kind != "support" {
		c.at("approval.steps", "Money is given without a review.", "Name at least one step.")
	}
}

// chain checks a chain of approvals: roles are those that may decide there, of is the kind
// of organization whose bodies decide ("" when any may).
func (c *checker) chain(path string, chain approval.Chain, roles []models.Role, of models.OrganizationKind) {
	seen := unique{}
	for i, s := range chain.Steps {
		at := fmt.Sprintf("%s.steps[%d]", path, i)
		c.form(at+".code", s.Code, codeForm, "Use lower case letters, digits, dashes and underscores.")
		seen.check(c, at+".code", s.Code)
		c.required(at+".title", s.Title)
		if len(s.Roles) == 0 && s.Body == "" {
			c.at(at+".roles", "Nobody can take this step.", "Name at least one role, or a body.")
		}
		for j, role := range s.Roles {
			c.role(fmt.Sprintf("%s.roles[%d]", at, j), role, roles)
		}
		c.stepBody(at+".body", s, of)
		c.stepCounts(at, s)
		for j, who := range s.Exclude {
			c.oneOf(fmt.Sprintf("%s.exclude[%d]", at, j), who, excludable(chain, s.Code))
		}
	}
	c.everyAmount(path+".steps", chain)
	c.turnaround(path+".turnaround", chain.Turnaround)
}

// turnaround: the days that a chain may take, with where they come from.
func (c *checker) turnaround(at string, t *approval.Turnaround) {
	if t == nil {
		return
	}
	if t.Days < 1 || t.Days > 365 {
		c.at(at+".days", "A review takes at least one day and at most a year.", "Give a number of calendar days from 1 to 365.")
	}
	c.oneOf(at+".basis", t.Basis, bases)
	c.required(at+".cite", t.Cite)
}

func (c *checker) stepBody(at string, s approval.Step, of models.OrganizationKind) {
	if s.Body == "" {
		return
	}
	codes := make([]string, len(c.d.Bodies))
	for i, b := range c.d.Bodies {
		codes[i] = b.Code
	}
	if !c.oneOf(at, s.Body, codes) {
		return
	}
	if b, _ := c.d.Body(s.Body); of != "" && b.Of != of {
		c.at(at, fmt.Sprintf("The %s is a body of a %s, and a %s applies here.", b.Title, b.Of, of), "Name a body of the kind that receives the money.")
	}
}

func (c *checker) stepCounts(at string, s approval.Step) {
	if s.Count < 0 {
		c.at(at+".count", "A number of people cannot be negative.", "Give how many people must approve, or leave it out for one.")
	}
	if s.AssignedOnly && (s.Count > 1 || !slices.Equal(s.Roles, []models.Role{models.RolePAL})) {
		c.at(at+".assigned_only", "One liaison is assigned to a district, and nobody else decides at this step.", "Give roles: [pal] and no count, or leave assigned_only out.")
	}
	if s.FromCents < 0 || s.UpToCents < 0 {
		c.at(at+".from_cents", "An amount cannot be negative.", "")
	}
	if s.UpToCents > 0 && s.UpToCents < s.FromCents {
		c.at(at+".up_to_cents", fmt.Sprintf("No amount is at least %s and at most %s.", s.FromCents, s.UpToCents), "Give up_to_cents above from_cents, or leave it out.")
	}
}

// excludable are the words a step may exclude: people, and the other steps.
func excludable(chain approval.Chain, but string) []string {
	words := []string{approval.Submitter, approval.Preparer}
	for _, s := range chain.Steps {
		if s.Code != but {
			words = append(words, s.Code)
		}
	}
	return words
}

// everyAmount finds amounts that no step applies to: they would be approved by nobody.
func (c *checker) everyAmount(path string, chain approval.Chain) {
	steps := slices.Clone(chain.Steps)
	slices.SortStableFunc(steps, func(a, b approval.Step) int { return cmp.Compare(a.FromCents, b.FromCents) })
	var next models.Cents
	for _, s := range steps {
		if s.FromCents > next {
			break
		}
		if s.UpToCents == 0 {
			return
		}
		next = max(next, s.UpToCents+1)
	}
	if len(steps) > 0 {
		c.at(path, fmt.Sprintf("An amount of %s is approved without a review.", next), "Let a step apply to it: check from_cents and up_to_cents.")
	}
}
