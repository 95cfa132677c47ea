package workflow

import (
	"context"
	"fmt"
	"math"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// DecideLineItem is a reviewer's answer on one line: approve, return for modification or
// deny; pending takes an answer back.
type DecideLineItem struct {
	RevisionID string `json:"-"`
	Number     int    `json:"-"`
	Version    int64  `json:"-"`
	Decision   string `json:"decision" validate:"required,oneof=approved returned denied pending"`
	Reason     string `json:"reason" validate:"max=2000"`
}

// DecideLineItem records a decision on a line this revision touches. Returned and denied
// need a reason. An unlinked line cannot be approved.
func (s *Service) DecideLineItem(ctx context.Context, who models.Actor, in DecideLineItem) (LineSaved, error) {
	var out LineSaved
	if err := s.check(in); err != nil {
		return out, err
	}
	if wrong := lacksReason("", in.Decision, in.Reason); wrong != nil {
		return out, invalid([]models.FieldError{*wrong})
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		d, err := s.lockRevision(tx, who, in.RevisionID, in.Version)
		if err != nil {
			return err
		}
		step, err := s.mayDecide(tx, who, d)
		if err != nil {
			return err
		}
		line, before, err := d.decide(who, step, in.Number, in.Decision, in.Reason)
		if err != nil {
			return err
		}
		if over := d.overAllocation(*line); before == "denied" && line.counts() && len(over) > 0 {
			return invalid(over)
		}
		if err := d.keepDecision(tx, line); err != nil {
			return err
		}
		e := event(who, "decide_line_item", in.Reason, nil, nil)
		e.Changes = jsonText(map[string][2]any{fmt.Sprintf("line_items/%d/decision", in.Number): {before, in.Decision}})
		if err := d.update(tx, who, e); err != nil {
			return err
		}
		out = LineSaved{d.revision, *line, d.findings(*line)}
		return nil
	})
	return out, err
}

// lacksReason is what is wrong with an answer that says no and not why.
func lacksReason(at, decision, reason string) *models.FieldError {
	if reason != "" || (decision != "returned" && decision != "denied") {
		return nil
	}
	return &models.FieldError{Pointer: at + "/reason", Code: "required", Detail: "A reason is missing.", Fix: "Say what to mend, or why the line is not funded.", Severity: "error"}
}

// decide puts an answer on a line, and gives the line and what was decided before.
func (d *draft) decide(who models.Actor, step *programs.ApprovalStep, number int, decision, reason string) (*Line, string, error) {
	line := d.line(number)
	if line == nil {
		return nil, "", models.Fail(models.NotFound, "not_found", "This revision has no line %d.", number)
	}
	if !line.Touched {
		return nil, "", models.Fail(models.Conflict, "line_item.unchanged", "This revision does not change line %d; it stays as approved.", number)
	}
	if decision == "approved" && line.Version.Action != "remove" && d.needsTarget(*line) {
		return nil, "", invalid([]models.FieldError{unlinkedField(number)})
	}
	before := line.Version.Decision
	line.Version.Decision, line.Version.DecisionReason, line.Version.DecidedBy, line.Version.DecisionStep = decision, reason, &who.UserID, step.Code
	if decision == "pending" { // nobody has answered
		line.Version.DecidedBy, line.Version.DecisionStep = nil, ""
	}
	return line, before, nil
}

func (d *draft) keepDecision(tx *store.Tx, line *Line) error {
	return tx.Set(&line.Version, store.Eq{"id": line.Version.ID}, "decision", "decision_reason", "decision_step", "decided_by")
}

// mayDecide checks that it is this reviewer's turn, and returns the step that this is.
func (s *Service) mayDecide(tx *store.Tx, who models.Actor, d *draft) (*programs.ApprovalStep, error) {
	if err := allow(who, DecideLines, d.revision.OrganizationID); err != nil {
		return nil, err
	}
	approvals, err := store.All[models.Approval](tx, store.Eq{"revision_id": d.revision.ID}, "at", "id")
	if err != nil {
		return nil, err
	}
	facts, err := s.factsIn(tx, who, d, approvals, "line decision")
	if err != nil {
		return nil, err
	}
	// The right to return the revision is the right to decide its lines.
	facts.returning, facts.undecided = nil, nil
	if _, err := take(Revisions, d.revision.Status, "return", who, d.revision.OrganizationID, "line decision", facts); err != nil {
		return nil, refuse(err)
	}
	who.ActBy(d.by)
	return d.step, nil // there is one: the rules asked whose turn it is
}

// takeForce puts an approved revision in force: lines, application, expected payment and
// award notice, all or nothing. The revision it replaces stays readable as it was.
func (s *Service) takeForce(tx *store.Tx, who models.Actor, d *draft, approvals []models.Approval) error {
	final := approvals[len(approvals)-1]
	if err := tx.DecidePending(d.revision.ID, "approved", final.Step, who.UserID); err != nil {
		return err
	}
	today := s.Today()
	if err := tx.TakeForce(d.revision.ID, today, limitOf(d.def.Expenditures)); err != nil {
		return err
	}
	if err := restrict(tx, d); err != nil {
		return err
	}
	total, count, err := totalOf(d.lines)
	if err != nil {
		return err
	}
	d.revision.TotalCents, d.revision.LineCount = total, count
	before := d.application
	if d.application.Status == StatusOpen {
		step, err := take(Applications, StatusOpen, "take_force", who, d.application.OrganizationID, "", none{})
		if err != nil {
			return refuse(err)
		}
		d.application.Status = models.State(step.To)
	}
	d.application.InForceRevisionID, d.application.ApprovedCents, d.application.ApprovedOn = &d.revision.ID, total, today
	if err := tx.Update(&d.application, "status", "in_force_revision_id", "approved_cents", "approved_on"); err != nil {
		return err
	}
	tx.Audit(&d.application, ruled(event(who, "take_force", "", before, d.application), d.rules))
	if before.Status == StatusOpen {
		if err := dueItemsFor(tx, who, d.def, awardDues(d.rules, d.application)); err != nil {
			return err
		}
	}
	pays, err := s.expectAward(tx, who, d, total)
	if err != nil {
		return err
	}
	notice, err := s.awardNotice(tx, d, approvals, pays)
	if err != nil {
		return err
	}
	d.revision.AwardNotice = jsonText(notice)
	return nil
}

// limitOf is how far lines may be spent before an amendment is needed (domain: MDE requires
// an approved amendment for any expenditure more than 10 % over an approved amount).
func limitOf(e programs.Expenditures) store.Limit {
	return store.Limit{PercentBP: int64(e.Tolerance.PercentBP), FloorCents: int64(e.Tolerance.FloorCents), CapCents: int64(e.Tolerance.CapCents), None: e.LineLimit == "none"}
}

// lineLimit is that limit for one line, without storage.
func lineLimit(e programs.Expenditures, approved models.Cents) models.Cents {
	if e.LineLimit == "none" {
		return math.MaxInt64
	}
	return approved + e.Tolerance.Allowed(approved)
}

// expectAward expects what is not yet expected or paid of the approved total, and no longer
// expects what is not awarded any more.
func (s *Service) expectAward(tx *store.Tx, who models.Actor, d *draft, total models.Cents) (*models.Payment, error) {
	known, err := tx.PaymentsTotal(d.application.ID)
	if err != nil {
		return nil, err
	}
	if d.def.Drawdown != nil {
		if err := s.scheduleDrawdowns(tx, who, d.rules, d.application); err != nil {
			return nil, err
		}
	}
	if total <= known {
		return nil, lowerExpected(tx, who, d, known-total)
	}
	if d.def.Drawdown != nil { // payments are expected when a part is released
		return nil, nil
	}
	if err := s.expectPayment(tx, who, d.rules, d.application, total-known, s.Today()); err != nil {
		return nil, err
	}
	expected, err := store.All[models.Payment](tx, store.Eq{"application_id": d.application.ID, "status": StatusExpected}, "created_at", "id")
	if err != nil || len(expected) == 0 {
		return nil, err
	}
	return &expected[len(expected)-1], nil
}

// restrict marks the lines in force whose money needs a contract before it is spent.
func restrict(tx *store.Tx, d *draft) error {
	if d.def.Commitments == nil {
		return nil
	}
	var ids []string
	for _, l := range d.lines {
		e, ok := l.effective()
		if !ok {
			continue
		}
		restricted, err := d.def.RestrictedLine(viewOf(d.rules, e, d.partnership, d.retired), d.params)
		if err != nil {
			return err
		}
		if restricted {
			ids = append(ids, l.LineItemID)
		}
	}
	return tx.RestrictLines(d.application.ID, ids)
}
