package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/approval"
)

// CreateAmendment opens a revision of an application: an amendment of the one in force,
// or, when none was approved, a new attempt.
type CreateAmendment struct {
	ApplicationID string `json:"application_id" validate:"required"`
	Reason        string `json:"reason" validate:"required,max=4000"`
}

// RevisionView is a revision with its lines and what the actor may do with it.
type RevisionView struct {
	Revision    models.Revision
	Application models.Application
	GrantYear   models.GrantYear
	District    models.Organization
	Lines       []Line
	Approvals   []models.Approval
	NextStep    *programs.ApprovalStep // the review it waits for; nil when it waits for none
	Offers      []Offer
}

// CreateAmendment makes the next revision as a draft. Errors: Conflict
// "revision.already_open", "grant_year.not_open".
func (s *Service) CreateAmendment(ctx context.Context, who models.Actor, in CreateAmendment) (models.Revision, error) {
	var rev models.Revision
	if err := s.check(in); err != nil {
		return rev, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		app, err := store.Lock[models.Application](tx, in.ApplicationID, 0)
		if err != nil {
			return err
		}
		if err := allow(who, EditApplication, app.OrganizationID); err != nil {
			return err
		}
		ru, err := s.openRules(tx, app.GrantYearID)
		if err != nil {
			return err
		}
		id, replay, err := onceInto(tx, who, "revision", in, &rev)
		if err != nil || replay {
			return err
		}
		all, err := store.All[models.Revision](tx, store.Eq{"application_id": app.ID}, "number")
		if err != nil {
			return err
		}
		for _, r := range all {
			if !Revisions.Final(string(r.Status)) {
				return alreadyOpen(r, app)
			}
		}
		rev, err = s.openRevision(tx, who, ru, app, id, len(all), in.Reason)
		return err
	})
	return rev, err
}

// openRevision inserts a draft revision of an application that the caller has locked.
func (s *Service) openRevision(tx *store.Tx, who models.Actor, ru rules, app models.Application, id string, number int, reason string) (models.Revision, error) {
	rev := models.Revision{Root: models.Root{ID: id}, ApplicationID: app.ID, GrantYearID: app.GrantYearID, OrganizationID: app.OrganizationID,
		Number: number, BaseID: app.InForceRevisionID, Status: StatusDraft, Reason: reason, CreatedBy: who.UserID}
	lines, err := linesOf(tx, rev)
	if err != nil {
		return rev, err
	}
	if rev.TotalCents, rev.LineCount, err = totalOf(lines); err != nil {
		return rev, err
	}
	if err := tx.Insert(&rev); err != nil {
		return rev, err
	}
	action := "create"
	if app.InForceRevisionID != nil {
		action = "create_amendment"
	}
	tx.Audit(&rev, ruled(event(who, action, reason, nil, rev), ru))
	return rev, nil
}

// Revision reads a revision with its lines.
func (s *Service) Revision(ctx context.Context, who models.Actor, id string) (RevisionView, error) {
	d, v, err := s.revisionView(ctx, who, id)
	if err != nil {
		return v, err
	}
	facts, err := s.facts(ctx, who, d, v.Approvals, "")
	if err != nil {
		return v, err
	}
	v.Offers = offers(Revisions, d.revision.Status, who, d.revision.OrganizationID, facts)
	return v, nil
}

func (s *Service) revisionView(ctx context.Context, who models.Actor, id string) (*draft, RevisionView, error) {
	r := s.db.Read(ctx)
	d := &draft{}
	var v RevisionView
	var err error
	if d.revision, err = store.Get[models.Revision](r, id); err != nil {
		return d, v, err
	}
	if err = allow(who, ReadDocuments, d.revision.OrganizationID); err != nil {
		return d, v, err
	}
	if d.application, err = store.Get[models.Application](r, d.revision.ApplicationID); err != nil {
		return d, v, err
	}
	if err = s.fill(r, d); err != nil {
		return d, v, err
	}
	v = RevisionView{Revision: d.revision, Application: d.application, GrantYear: d.year, Lines: d.lines}
	if v.District, err = store.Get[models.Organization](r, d.revision.OrganizationID); err != nil {
		return d, v, err
	}
	if v.Approvals, err = store.All[models.Approval](r, store.Eq{"revision_id": id}, "at", "id"); err != nil {
		return d, v, err
	}
	v.NextStep = nextStep(d, v.Approvals)
	return d, v, nil
}

// ListRevisions narrows a list of revisions; empty fields do not.
type ListRevisions struct {
	ApplicationID  string
	GrantYearID    string
	OrganizationID string
	Status         string
}

// RevisionsList lists revisions that the actor may see.
func (s *Service) RevisionsList(ctx context.Context, who models.Actor, where ListRevisions, page store.Page) ([]models.Revision, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return nil, err
	}
	return store.List[models.Revision](s.db.Read(ctx), scope(who), eq("application_id", where.ApplicationID, "grant_year_id", where.GrantYearID,
		"organization_id", where.OrganizationID, "status", where.Status), page)
}

// TransitionRevision takes a step: submit, approve, return, deny, withdraw.
type TransitionRevision struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Event   string `json:"event" validate:"required,oneof=submit approve return deny withdraw"`
	Comment string `json:"comment" validate:"max=4000"`
}

// TransitionRevision takes a step of the Revisions table with everything that follows
// from it, in one transaction.
func (s *Service) TransitionRevision(ctx context.Context, who models.Actor, in TransitionRevision) (models.Revision, error) {
	var rev models.Revision
	if err := s.check(in); err != nil {
		return rev, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		rev, err = s.transitionRevision(tx, who, in)
		return err
	})
	return rev, err
}

// transitionRevision is TransitionRevision as a part of a larger change.
func (s *Service) transitionRevision(tx *store.Tx, who models.Actor, in TransitionRevision) (rev models.Revision, err error) {
	d, err := s.lockRevision(tx, who, in.ID, in.Version)
	if err != nil {
		return rev, err
	}
	approvals, err := store.All[models.Approval](tx, store.Eq{"revision_id": in.ID}, "at", "id")
	if err != nil {
		return rev, err
	}
	facts, err := s.factsIn(tx, who, d, approvals, in.Comment)
	if err != nil {
		return rev, err
	}
	step, err := take(Revisions, d.revision.Status, in.Event, who, d.revision.OrganizationID, in.Comment, facts)
	if err != nil {
		return rev, refuse(err)
	}
	before := d.revision
	d.revision.Status = models.State(step.To)
	if err := s.follow(tx, who, d, approvals, in); err != nil {
		return rev, err
	}
	if err := tx.Update(&d.revision, "status", "round", "submitted_by", "submitted_at", "decided_at", "decided_on", "decision", "award_notice", "total_cents", "line_count"); err != nil {
		return rev, err
	}
	e := event(who, in.Event, in.Comment, before, d.revision)
	if in.Event == "submit" {
		if e.Changes, err = alsoTold(e.Changes, reopened(d.lines)); err != nil {
			return rev, err
		}
	}
	tx.Audit(&d.revision, ruled(e, d.rules))
	rev = d.revision
	return rev, s.tell(tx, who, d, approvals, in)
}

// follow does what a step brings with it, before the revision itself is written.
func (s *Service) follow(tx *store.Tx, who models.Actor, d *draft, approvals []models.Approval, in TransitionRevision) error {
	now := tx.Now
	switch in.Event {
	case "submit":
		d.revision.Round++
		d.revision.SubmittedBy, d.revision.SubmittedAt = &who.UserID, &now
		return tx.ReopenLines(d.revision.ID)
	case "withdraw":
		d.decided(s.Today(), tx, in)
		return tx.DropProposed(d.revision.ID)
	}
	who.ActBy(d.by)
	answer := models.Approval{ID: tx.NewID(), RevisionID: d.revision.ID, Round: d.revision.Round, Step: d.step.Code,
		Decision: in.Event, UserID: who.UserID, OnBehalfOf: d.by.GiverID, Comment: in.Comment, At: now}
	if err := tx.Create(&answer); err != nil {
		return err
	}
	switch d.revision.Status {
	case StatusApproved:
		d.decided(s.Today(), tx, in)
		return s.takeForce(tx, who, d, append(approvals, answer))
	case StatusDenied:
		d.decided(s.Today(), tx, in)
		return tx.DropProposed(d.revision.ID)
	}
	return nil
}

func (d *draft) decided(on models.Date, tx *store.Tx, in TransitionRevision) {
	now := tx.Now
	d.revision.DecidedAt, d.revision.DecidedOn, d.revision.Decision = &now, on, in.Comment
}

// tell makes the notices of a step.
func (s *Service) tell(tx *store.Tx, who models.Actor, d *draft, approvals []models.Approval, in TransitionRevision) error {
	what := d.application.Reference
	if n := d.amendment(); n > 0 {
		what = fmt.Sprintf("%s, amendment %d", what, n)
	}
	detail := fmt.Sprintf("%s, %s in %d line items.", what, d.revision.TotalCents, d.revision.LineCount)
	if in.Comment != "" {
		detail += " " + who.Name + ": " + in.Comment
	}
	to, title := districtRoles, what+" is "+words(string(d.revision.Status))
	switch d.revision.Status {
	case StatusSubmitted, StatusInReview:
		return s.tellReviewers(tx, who, d, approvals, what, detail, in)
	case StatusReturned:
		title = what + " was returned: modifications required"
	case StatusWithdrawn:
		to = []models.Role{models.RolePAL}
	}
	return notify(tx, "revision."+in.Event, &d.revision, d.revision.OrganizationID, title, detail, s.Today(), to...)
}

// tellReviewers tells the people whose turn it is now and was not before.
func (s *Service) tellReviewers(tx *store.Tx, who models.Actor, d *draft, approvals []models.Approval, what, detail string, in TransitionRevision) error {
	var before []*programs.ApprovalStep
	if in.Event == "approve" {
		before = d.def.Approval.Standing(d.chain(nil, approvals)).Turn()
		approvals = append(slices.Clone(approvals), models.Approval{Round: d.revision.Round, Decision: in.Event, Step: d.step.Code, UserID: who.UserID})
	}
	for _, step := range d.def.Approval.Standing(d.chain(nil, approvals)).Turn() {
		if slices.Contains(before, step) {
			continue
		}
		if err := notifyStep(tx, "revision."+in.Event, &d.revision, d.revision.OrganizationID, what+" waits for your review: "+step.Title, detail, s.Today(), step); err != nil {
			return err
		}
	}
	return nil
}

// amendment is the number of an amendment; 0 for the original and for a new attempt after
// one that was denied or withdrawn.
func (d *draft) amendment() int {
	if d.revision.BaseID == nil {
		return 0
	}
	return d.revision.Number
}

// chain is a revision as the engine of approvals sees it: its amount, its people, and what
// was decided in this round.
func (d *draft) chain(pal *string, approvals []models.Approval) (approval.Item, []approval.Decision) {
	item := approval.Item{Document: "revision", OrganizationID: d.revision.OrganizationID, AmountCents: d.revision.TotalCents, PreparedBy: []string{d.revision.CreatedBy}}
	if d.revision.SubmittedBy != nil {
		item.SubmittedBy = *d.revision.SubmittedBy
	}
	if pal != nil {
		item.Liaison = *pal
	}
	return item, decisions(approvals, d.revision.Round)
}

// decisions are the answers of one round.
func decisions(approvals []models.Approval, round int) []approval.Decision {
	var out []approval.Decision
	for _, a := range approvals {
		if a.Round == round {
			out = append(out, approval.Decision{Step: a.Step, Person: a.UserID, Event: a.Decision, OnBehalfOf: a.OnBehalfOf})
		}
	}
	return out
}

// nextStep is the first review a submitted revision waits for; nil when it waits for none.
func nextStep(d *draft, approvals []models.Approval) *programs.ApprovalStep {
	if d.revision.Status != StatusSubmitted && d.revision.Status != StatusInReview {
		return nil
	}
	if open := d.def.Approval.Standing(d.chain(nil, approvals)).Turn(); len(open) > 0 {
		return open[0]
	}
	return nil
}
