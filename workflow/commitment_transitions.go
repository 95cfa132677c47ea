package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/approval"
	"earmark/workflow/machine"
)

// commitmentFacts is what the rules of a commitment's steps look at.
type commitmentFacts struct {
	open     error // the grant year is, and the line is in force
	terms    error // payee, amount, dates
	reviewer error
	approved error // every approval is given
	contract error // dates of the contract
	used     error // money was spent under it
	last     bool
}

func commitmentRule(name string, check func(commitmentFacts) error) machine.Rule[commitmentFacts] {
	return machine.Rule[commitmentFacts]{Name: name, Check: check}
}

var (
	commitmentReviewer = commitmentRule("a step of the chain is this person's; never the submitter", func(f commitmentFacts) error { return f.reviewer })
	commitmentOpen     = commitmentRule("the grant year is open and the line in force", func(f commitmentFacts) error { return f.open })
	commitmentTerms    = commitmentRule("the payee is of an allowed kind and the amount fits the line", func(f commitmentFacts) error { return f.terms })
	commitmentMore     = commitmentRule("another approval is outstanding", func(f commitmentFacts) error {
		if f.last {
			return errNotChosen
		}
		return nil
	})
	commitmentLast = commitmentRule("this is the last approval", func(f commitmentFacts) error {
		if !f.last {
			return errNotChosen
		}
		return nil
	})
	contractors = roleNames(models.RoleFiscalReviewer, models.RoleManager)
)

// Commitments is the life of a commitment.
var Commitments = machine.Table[commitmentFacts]{
	Document: "commitment",
	States: []machine.State{
		{Name: "draft", Means: "Being written by the recipient."},
		{Name: "submitted", Means: "Waiting for the approvals that the program names."},
		{Name: "approved", Means: "Every approval is given; the contract can be prepared and signed."},
		{Name: "returned", Means: "To be mended and submitted again; the approvals start anew."},
		{Name: "denied", Means: "Refused.", Final: true},
		{Name: "contracted", Means: "The contract is signed; money can be spent under it."},
		{Name: "cancelled", Means: "Given up; the amount is free again.", Final: true},
	},
	Transitions: []machine.Transition[commitmentFacts]{
		{On: "create", To: "draft", Roles: district, Means: "Promise an amount of a line to a payee."},
		{On: "submit", From: from(StatusDraft, StatusReturned), To: "submitted", Roles: official,
			Rules: []machine.Rule[commitmentFacts]{commitmentOpen, commitmentTerms}, Notify: "those who approve", Means: "Ask for the approvals."},
		{On: "approve", From: from(StatusSubmitted), To: "submitted", Roles: reviewers, When: &commitmentMore,
			Rules: []machine.Rule[commitmentFacts]{commitmentReviewer, commitmentOpen}, Notify: "those whose turn it becomes", Means: "Give one of several approvals."},
		{On: "approve", From: from(StatusSubmitted), To: "approved", Roles: reviewers, When: &commitmentLast,
			Rules: []machine.Rule[commitmentFacts]{commitmentReviewer, commitmentOpen, commitmentTerms}, Notify: "authorized officials, preparers, contractors", Means: "Give the last approval."},
		{On: "return", From: from(StatusSubmitted), To: "returned", Roles: reviewers, Comment: true,
			Rules: []machine.Rule[commitmentFacts]{commitmentReviewer}, Notify: "authorized officials, preparers", Means: "Ask for changes."},
		{On: "deny", From: from(StatusSubmitted), To: "denied", Roles: reviewers, Comment: true,
			Rules: []machine.Rule[commitmentFacts]{commitmentReviewer}, Notify: "authorized officials, preparers", Means: "Refuse it."},
		{On: "procure", From: from(StatusApproved), To: "approved", Roles: contractors, Means: "Say how far purchasing is."},
		{On: "contract", From: from(StatusDraft, StatusSubmitted, StatusReturned, StatusApproved), To: "contracted", Roles: contractors, Rules: []machine.Rule[commitmentFacts]{
			commitmentRule("every approval is given", func(f commitmentFacts) error { return f.approved }),
			commitmentOpen,
			commitmentRule("the contract is signed, and starts, on or after the day of the last approval", func(f commitmentFacts) error { return f.contract }),
		}, Notify: "authorized officials, preparers", Means: "Record the signed contract."},
		{On: "cancel", From: from(StatusDraft, StatusSubmitted, StatusReturned, StatusApproved), To: "cancelled", Roles: append(slices.Clone(official), managers...), Comment: true,
			Notify: "authorized officials, preparers", Means: "Give it up."},
		{On: "cancel", From: from(StatusContracted), To: "cancelled", Roles: managers, Comment: true, Rules: []machine.Rule[commitmentFacts]{
			commitmentRule("nothing was spent under it", func(f commitmentFacts) error { return f.used }),
		}, Notify: "authorized officials, preparers", Means: "End a contract that was not used."},
	},
}

// TransitionCommitment takes a step. procure needs the state of purchasing; contract
// needs the number of the contract and the day of its signature, and may move its start.
type TransitionCommitment struct {
	ID             string      `json:"-"`
	Version        int64       `json:"-"`
	Event          string      `json:"event" validate:"required,oneof=submit approve return deny procure contract cancel"`
	Comment        string      `json:"comment" validate:"max=2000"`
	Procurement    string      `json:"procurement" validate:"required_if=Event procure,max=64"`
	ContractNumber string      `json:"contract_number" validate:"required_if=Event contract,max=100"`
	SignedOn       models.Date `json:"signed_on" validate:"required_if=Event contract,omitempty,civil_date"`
	StartsOn       models.Date `json:"starts_on" validate:"omitempty,civil_date"`
}

// TransitionCommitment takes a step of the table Commitments. Errors: Conflict
// "commitment.not_approved", "commitment.spent", "commitment.no_such_step"; Invalid
// "commitment.over_line", "commitment.payee_kind", "commitment.signed_before_approval",
// "commitment.starts_before_approval", "commitment.date_future", "commitment.procurement";
// Forbidden as approval.Chain.May.
func (s *Service) TransitionCommitment(ctx context.Context, who models.Actor, in TransitionCommitment) (CommitmentDetail, error) {
	var out CommitmentDetail
	if err := s.check(in); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		c, err := lockCommitment(tx, who, in.ID, in.Version)
		if err != nil {
			return err
		}
		p, err := s.pledgeOf(tx, c)
		if err != nil {
			return err
		}
		if in.StartsOn != "" && in.Event == "contract" {
			p.StartsOn = in.StartsOn
		}
		step, err := take(Commitments, p.Status, in.Event, who, p.OrganizationID, in.Comment, s.pledgeFacts(p, who, in))
		if err != nil {
			return refuse(err)
		}
		p.Status = models.State(step.To)
		turned, err := s.followCommitment(tx, who, p, in)
		if err != nil {
			return err
		}
		if err := tx.Update(&p.Commitment, "status", "round", "submitted_by", "approved_on", "procurement", "contract_number", "contracted_on", "starts_on"); err != nil {
			return err
		}
		tx.Audit(&p.Commitment, ruled(event(who, in.Event, in.Comment, c, p.Commitment), p.rules))
		out = s.pledgeDetail(p, who)
		return s.tellCommitment(tx, who, p, in, turned)
	})
	return out, err
}

// pledgeFacts computes what the rules of the steps look at.
func (s *Service) pledgeFacts(p *pledge, who models.Actor, in TransitionCommitment) commitmentFacts {
	chain := p.def.Commitments.Approval
	item, done := p.chain()
	f := commitmentFacts{open: s.pledgeOpen(p), terms: p.terms(), contract: p.contractProblem(in, s.Today())}
	step, err := chain.May(item, done, who)
	if f.reviewer = err; step != nil {
		f.last = chain.Standing(item, done).LastAfter(step.Code)
	}
	f.approved = notApproved(chain.Standing(item, done))
	if p.Status == StatusDraft || p.Status == StatusReturned { // what was approved before it was returned does not count
		f.approved = models.Fail(models.Conflict, "commitment.not_approved", "The commitment is %s; a contract needs every approval first.", p.Status)
	}
	if p.SpentCents != 0 {
		f.used = models.Fail(models.Conflict, "commitment.spent", "%s is spent under this contract; it cannot be cancelled.", p.SpentCents)
	}
	return f
}

// contractProblem holds the days of a contract to the day of the last approval.
func (p *pledge) contractProblem(in TransitionCommitment, today models.Date) error {
	switch {
	case in.SignedOn > today:
		return breaks("/signed_on", "commitment.date_future", fmt.Sprintf("%s is in the future.", in.SignedOn), "Record the contract once it is signed.")
	case in.SignedOn < p.ApprovedOn:
		return breaks("/signed_on", "commitment.signed_before_approval", fmt.Sprintf("The last approval was given on %s; a contract signed on %s was signed before it.", p.ApprovedOn, in.SignedOn),
			"Have the contract signed after the approvals.")
	case p.StartsOn < p.ApprovedOn:
		return breaks("/starts_on", "commitment.starts_before_approval", fmt.Sprintf("The contract would start on %s, before the last approval on %s.", p.StartsOn, p.ApprovedOn),
			fmt.Sprintf("Give starts_on, %s at the earliest.", p.ApprovedOn))
	}
	return nil
}

// followCommitment does what a step brings with it. It returns the steps of the chain
// whose turn has come.
func (s *Service) followCommitment(tx *store.Tx, who models.Actor, p *pledge, in TransitionCommitment) ([]*approval.Step, error) {
	chain := p.def.Commitments.Approval
	switch in.Event {
	case "submit":
		p.Round++
		p.SubmittedBy = &who.UserID
		return chain.Standing(p.chain()).Turn(), nil
	case "procure":
		return nil, p.procure(in.Procurement)
	case "contract":
		p.ContractNumber, p.ContractedOn = in.ContractNumber, in.SignedOn
		return nil, nil
	case "cancel":
		return nil, nil
	}
	item, done := p.chain()
	before := chain.Standing(item, done).Turn()
	step, by, err := chain.Authority(item, done, who)
	if err != nil {
		return nil, err
	}
	who.ActBy(by)
	answer := models.CommitmentApproval{ID: tx.NewID(), CommitmentID: p.ID, Round: p.Round, Step: step.Code, Decision: in.Event,
		UserID: who.UserID, OnBehalfOf: by.GiverID, Comment: in.Comment, At: tx.Now}
	if err := tx.Create(&answer); err != nil {
		return nil, err
	}
	p.approvals = append(p.approvals, answer)
	if p.Status == StatusApproved {
		p.ApprovedOn = s.Today()
	}
	turned := chain.Standing(p.chain()).Turn()
	return slices.DeleteFunc(turned, func(s *approval.Step) bool { return slices.Contains(before, s) }), nil
}

func (p *pledge) procure(code string) error {
	var known []string
	for _, x := range p.def.Commitments.Procurement {
		known = append(known, x.Code)
	}
	if !slices.Contains(known, code) {
		return breaks("/procurement", "commitment.procurement", fmt.Sprintf("%q is not a state of purchasing in this program.", code), "Give one of: "+strings.Join(known, ", ")+".")
	}
	p.Procurement = code
	return nil
}

// tellCommitment makes the notices of a step: those who decide next, else the recipient.
func (s *Service) tellCommitment(tx *store.Tx, who models.Actor, p *pledge, in TransitionCommitment, turned []*approval.Step) error {
	what := fmt.Sprintf("%s (%s, %s)", p.Reference, p.Payee.Name, p.AmountCents)
	detail := p.Description
	if in.Comment != "" {
		detail += " " + who.Name + ": " + in.Comment
	}
	for _, step := range turned {
		err := notifyStep(tx, "commitment."+in.Event, &p.Commitment, p.OrganizationID, what+" waits for you: "+step.Title, detail, s.Today(), step)
		if err != nil {
			return err
		}
	}
	if in.Event == "submit" || in.Event == "procure" || p.Status == StatusSubmitted {
		return nil
	}
	to := slices.Clone(districtRoles)
	if p.Status == StatusApproved {
		to = append(to, models.RoleFiscalReviewer, models.RoleManager) // who have the contract signed
	}
	return notify(tx, "commitment."+in.Event, &p.Commitment, p.OrganizationID, what+" is "+words(string(p.Status)), detail, s.Today(), to...)
}
