package programs

import (
	"earmark/models"
	"earmark/workflow/approval"
)

// Body is a named group of people that decides for an organization: a council, a board, a
// committee. People sit in it with the role body_member.
type Body struct {
	Code  string                  `yaml:"code"`
	Title string                  `yaml:"title"`
	Of    models.OrganizationKind `yaml:"of"` // which kind of organization has one
	Means string                  `yaml:"means"`
	Cite  string                  `yaml:"cite"`
}

// Approval is a chain of reviews, ApprovalStep one of them: package approval has the rules.
type (
	Approval     = approval.Chain
	ApprovalStep = approval.Step
)

// Body finds a named body.
func (d *Definition) Body(code string) (b Body, ok bool) {
	for _, b := range d.Bodies {
		if b.Code == code {
			return b, true
		}
	}
	return Body{}, false
}
