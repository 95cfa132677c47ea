// Package approval says where something stands in its chain of approvals, and who may
// decide next. It knows no documents, no programs and no storage: revisions, commitments
// and records of any kind go through the same chain.
package approval

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
)

// Chain is the reviews that something needs before it is approved.
type Chain struct {
	Ordered          bool   `yaml:"ordered"`           // the steps come one after the other; otherwise in any order
	ExcludeSubmitter bool   `yaml:"exclude_submitter"` // nobody decides on what they submitted
	DistinctPeople   bool   `yaml:"distinct_people"`   // nobody decides at two steps
	Steps            []Step `yaml:"steps"`

	Turnaround *Turnaround `yaml:"turnaround"` // how long the whole chain may take; nil: nothing is said
}

// Turnaround is how long a chain may take from the day something is submitted. It binds
// nobody: the queue of reviewers shows it as a clock.
type Turnaround struct {
	Days  int    `yaml:"days"` // calendar days
	Basis string `yaml:"basis"`
	Cite  string `yaml:"cite"`
}

// Step is one review: by people with one of Roles, or by members of Body.
type Step struct {
	Code         string        `yaml:"code"`
	Title        string        `yaml:"title"`
	Roles        []models.Role `yaml:"roles"`         // any of them
	Body         string        `yaml:"body"`          // code of a named body of the organization
	Count        int           `yaml:"count"`         // people who must approve; 1 when not given
	FromCents    models.Cents  `yaml:"from_cents"`    // the step applies to amounts of at least this
	UpToCents    models.Cents  `yaml:"up_to_cents"`   // and of at most this; 0 is no limit
	Exclude      []string      `yaml:"exclude"`       // submitter, preparer, or the code of a step whose approvers are out
	AssignedOnly bool          `yaml:"assigned_only"` // only the liaison of the organization
}

// What a step may exclude besides the approvers of another step.
const (
	Submitter = "submitter"
	Preparer  = "preparer"
)

// Decisions that people take at a step.
const (
	Approve = "approve"
	Return  = "return"
	Deny    = "deny"
)

// Item is what is to be approved.
type Item struct {
	Document       string // noun for sentences: revision, commitment
	OrganizationID string // whose it is: named bodies and district roles count for this one only
	AmountCents    models.Cents
	SubmittedBy    string   // user; "" while it is not submitted
	PreparedBy     []string // users
	Liaison        string   // user, for steps with AssignedOnly
}

// Decision is what one person decided at one step, in this round of review.
type Decision struct {
	Step   string
	Person string
	Event  string // approve, return, deny
	// OnBehalfOf is the person whose delegated role decided; "" for an own one.
	OnBehalfOf string
}

// States of an item in its chain.
const (
	Pending  = "pending"
	Approved = "approved"
	Returned = "returned"
	Denied   = "denied"
)

// Standing is where an item stands.
type Standing struct {
	State string
	Steps []StepStanding // those that apply to the amount, in the order of the chain
}

// StepStanding is where one step stands.
type StepStanding struct {
	Step   *Step
	People []string // who approved
	Needed int
	Turn   bool // can be decided now
}

// Done reports whether enough people approved.
func (s StepStanding) Done() bool { return len(s.People) >= s.Needed }

// Applies reports whether the step is asked for an amount.
func (s Step) Applies(amount models.Cents) bool {
	return amount >= s.FromCents && (s.UpToCents == 0 || amount <= s.UpToCents)
}

// Needed is how many people must approve at the step.
func (s Step) Needed() int { return max(1, s.Count) }

// By says who decides at the step.
func (s Step) By() string {
	names := make([]string, 0, len(s.Roles)+1)
	for _, r := range s.Roles {
		names = append(names, r.Title())
	}
	if s.Body != "" {
		names = append(names, words(s.Body))
	}
	return strings.Join(names, " or ")
}

// Standing works out where an item stands after the decisions of its round. A chain of
// which no step applies asks for nothing: the item is approved.
func (c Chain) Standing(item Item, decisions []Decision) Standing {
	out := Standing{State: Approved}
	open := false
	for i := range c.Steps {
		step := &c.Steps[i]
		if !step.Applies(item.AmountCents) {
			continue
		}
		s := StepStanding{Step: step, Needed: step.Needed()}
		for _, d := range decisions {
			if d.Step == step.Code && d.Event == Approve && !slices.Contains(s.People, d.Person) {
				s.People = append(s.People, d.Person)
			}
		}
		if !s.Done() {
			s.Turn = !c.Ordered || !open
			open, out.State = true, Pending
		}
		out.Steps = append(out.Steps, s)
	}
	for _, d := range decisions {
		switch d.Event {
		case Return:
			out.State = Returned
		case Deny:
			out.State = Denied
		}
	}
	return out
}

// Outstanding are the steps that still need people, in the order of the chain.
func (s Standing) Outstanding() []*Step {
	var steps []*Step
	for _, x := range s.Steps {
		if !x.Done() {
			steps = append(steps, x.Step)
		}
	}
	return steps
}

// Turn are the outstanding steps that can be decided now: one when the chain is ordered.
func (s Standing) Turn() []*Step {
	var steps []*Step
	for _, x := range s.Steps {
		if x.Turn {
			steps = append(steps, x.Step)
		}
	}
	return steps
}

// LastAfter reports whether one more approval at the step approves the item.
func (s Standing) LastAfter(step string) bool {
	missing := 0
	for _, x := range s.Steps {
		if !x.Done() {
			missing += x.Needed - len(x.People)
			if x.Step.Code != step {
				return false
			}
		}
	}
	return missing <= 1
}

// May is the step at which an actor may decide now, or why they may not. Among several
// steps whose turn it is, it is the first that the actor may decide. Errors: Conflict
// "review.no_step"; Forbidden "review.not_your_step", "review.not_assigned",
// "review.own_submission", "review.own_work", "review.same_person".
func (c Chain) May(item Item, decisions []Decision, who models.Actor) (*Step, error) {
	step, _, err := c.Authority(item, decisions, who)
	return step, err
}

// Authority is May with the role that lets the actor decide: an own one rather than a
// delegated one. A delegated role is the giver's authority: it does not reach where the
// giver could not decide, and one person's authority counts once (see excludes).
func (c Chain) Authority(item Item, decisions []Decision, who models.Actor) (*Step, models.Grant, error) {
	standing := c.Standing(item, decisions)
	turn := standing.Turn()
	if len(turn) == 0 || standing.State != Pending {
		return nil, models.Grant{}, models.Fail(models.Conflict, "review.no_step", "This %s waits for no review.", words(item.Document))
	}
	var first error
	near := false // the refusal that tells most is that of a step which the actor's roles fit
	for _, step := range turn {
		grants := step.fits(item, who)
		if len(grants) == 0 {
			if first == nil {
				first = models.Fail(models.Forbidden, "review.not_your_step", "This %s waits for the %s, which is done by the %s.",
					words(item.Document), step.Title, step.By())
			}
			continue
		}
		for _, g := range grants {
			err := c.excludes(step, item, decisions, who, g)
			if err == nil {
				return step, g, nil
			}
			if !near {
				first, near = err, true
			}
		}
	}
	return nil, models.Grant{}, first
}

// fits are the actor's roles of the step and seats in its body, own ones first.
func (s *Step) fits(item Item, who models.Actor) []models.Grant {
	var own, delegated []models.Grant
	for _, g := range who.Roles {
		fits := slices.Contains(s.Roles, g.Role) && (!g.Role.DistrictRole() || g.OrganizationID == item.OrganizationID)
		if g.Role == models.RoleBodyMember {
			fits = s.Body != "" && g.Body == s.Body && g.OrganizationID == item.OrganizationID
		}
		switch {
		case fits && g.Delegated():
			delegated = append(delegated, g)
		case fits:
			own = append(own, g)
		}
	}
	return append(own, delegated...)
}

// excludes says why an actor whose role fits may not decide at the step with it; nil when
// they may. People are told apart by who they are and not by their roles: first the actor is
// asked for, and with a delegated role the giver as well.
func (c Chain) excludes(step *Step, item Item, decisions []Decision, who models.Actor, by models.Grant) error {
	liaison := who.UserID
	if by.Delegated() {
		liaison = by.GiverID
	}
	if step.AssignedOnly && item.Liaison != liaison {
		return models.Fail(models.Forbidden, "review.not_assigned", "The %s is done by the liaison assigned to this district.", step.Title)
	}
	if err := c.excludesPerson(step, item, decisions, who.UserID); err != nil || !by.Delegated() {
		return err
	}
	if err := c.excludesPerson(step, item, decisions, by.GiverID); err != nil {
		return models.Fail(models.Forbidden, "review.same_authority", "You act for %s, who cannot do the %s either: whoever submitted, prepared or decided this %s does not do so again through another person.",
			by.GiverName, step.Title, words(item.Document))
	}
	return nil
}

func (c Chain) excludesPerson(step *Step, item Item, decisions []Decision, person string) error {
	if (c.ExcludeSubmitter || slices.Contains(step.Exclude, Submitter)) && item.SubmittedBy == person {
		return models.Fail(models.Forbidden, "review.own_submission", "Nobody reviews what they submitted themselves.")
	}
	if slices.Contains(step.Exclude, Preparer) && slices.Contains(item.PreparedBy, person) {
		return models.Fail(models.Forbidden, "review.own_work", "Who prepared this %s cannot do the %s.", words(item.Document), step.Title)
	}
	for _, d := range decisions {
		if d.Event != Approve || (d.Person != person && d.OnBehalfOf != person) {
			continue
		}
		switch {
		case d.Step == step.Code:
			return models.Fail(models.Forbidden, "review.same_person", "You approved this step; it needs %d people, and the next one is another person.", step.Needed())
		case c.DistinctPeople:
			return models.Fail(models.Forbidden, "review.same_person", "You approved an earlier step; the next one is another person's.")
		case slices.Contains(step.Exclude, d.Step):
			return models.Fail(models.Forbidden, "review.same_person", "Who approved at the step %q cannot do the %s.", c.title(d.Step), step.Title)
		}
	}
	return nil
}

func (c Chain) title(code string) string {
	for _, s := range c.Steps {
		if s.Code == code {
			return s.Title
		}
	}
	return code
}

// Describe says the chain in one line, for reports: "Program review, then fiscal review".
func (c Chain) Describe() string {
	joint := " and "
	if c.Ordered {
		joint = ", then "
	}
	parts := make([]string, len(c.Steps))
	for i, s := range c.Steps {
		parts[i] = fmt.Sprintf("%s by %s", s.Title, s.By())
		if s.Needed() > 1 {
			parts[i] += fmt.Sprintf(" (%d people)", s.Needed())
		}
		switch {
		case s.FromCents > 0 && s.UpToCents > 0:
			parts[i] += fmt.Sprintf(" (from %s to %s)", s.FromCents, s.UpToCents)
		case s.FromCents > 0:
			parts[i] += fmt.Sprintf(" (from %s)", s.FromCents)
		case s.UpToCents > 0:
			parts[i] += fmt.Sprintf(" (up to %s)", s.UpToCents)
		}
	}
	return strings.Join(parts, joint)
}

func words(s string) string { return strings.ReplaceAll(s, "_", " ") }
