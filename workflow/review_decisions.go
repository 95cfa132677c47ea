package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// DecideLineItems is a reviewer's answers on several lines of one revision, taken together.
type DecideLineItems struct {
	RevisionID string       `json:"-"`
	Version    int64        `json:"-"`
	Decisions  []LineAnswer `json:"decisions" validate:"required,min=1,max=1000,dive"`
}

// LineAnswer is the answer on one line.
type LineAnswer struct {
	Number   int    `json:"number" validate:"gte=1"`
	Decision string `json:"decision" validate:"required,oneof=approved returned denied pending"`
	Reason   string `json:"reason" validate:"max=2000"`
}

// DecideLineItems records all answers, or none: what is wrong with any is told together.
// Answers that stand already change nothing. Errors: as DecideLineItem, with the place of
// each in the list.
func (s *Service) DecideLineItems(ctx context.Context, who models.Actor, in DecideLineItems) (models.Revision, error) {
	var rev models.Revision
	if err := s.check(in); err != nil {
		return rev, err
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
		changes, err := d.decideAll(tx, who, step, in.Decisions)
		if err != nil || len(changes) == 0 {
			rev = d.revision
			return err
		}
		e := event(who, "decide_line_items", "", nil, nil)
		e.Changes = jsonText(changes)
		err = d.update(tx, who, e)
		rev = d.revision
		return err
	})
	return rev, err
}

// decideAll puts the answers on the lines and tells what changed.
func (d *draft) decideAll(tx *store.Tx, who models.Actor, step *programs.ApprovalStep, answers []LineAnswer) (map[string][2]any, error) {
	changes := map[string][2]any{}
	var wrong []models.FieldError
	var kept []*Line
	seen := map[int]bool{}
	revived := false
	for i, a := range answers {
		at := fmt.Sprintf("/decisions/%d", i)
		if seen[a.Number] {
			wrong = append(wrong, models.FieldError{Pointer: at + "/number", Code: "duplicate", Detail: fmt.Sprintf("Line %d is answered twice.", a.Number), Fix: "Give one answer for each line.", Severity: "error"})
			continue
		}
		seen[a.Number] = true
		if line := d.line(a.Number); line != nil && line.Touched && stands(line.Version, a) {
			continue
		}
		if f := lacksReason(at, a.Decision, a.Reason); f != nil {
			f.Detail = fmt.Sprintf("A reason is missing for line %d.", a.Number)
			wrong = append(wrong, *f)
			continue
		}
		reasonBefore := ""
		if line := d.line(a.Number); line != nil {
			reasonBefore = line.Version.DecisionReason
		}
		line, before, err := d.decide(who, step, a.Number, a.Decision, a.Reason)
		if models.KindOf(err) == models.Invalid {
			wrong = append(wrong, at0(asFields(err), at+"/decision")...)
			continue
		}
		if err != nil {
			return nil, err
		}
		revived = revived || before == "denied" && line.counts()
		kept = append(kept, line)
		changes[fmt.Sprintf("line_items/%d/decision", a.Number)] = [2]any{before, a.Decision}
		if reasonBefore != a.Reason {
			changes[fmt.Sprintf("line_items/%d/decision_reason", a.Number)] = [2]any{reasonBefore, a.Reason}
		}
	}
	if len(wrong) == 0 && revived {
		wrong = d.overAllocation(*kept[len(kept)-1])
	}
	if len(wrong) > 0 {
		return nil, invalid(wrong)
	}
	for _, line := range kept {
		if err := d.keepDecision(tx, line); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// stands reports that a line has this answer already.
func stands(v models.LineVersion, a LineAnswer) bool {
	return v.Decision == a.Decision && (v.DecisionReason == a.Reason || a.Decision == "pending" && a.Reason == "")
}

func at0(fields []models.FieldError, pointer string) []models.FieldError {
	for i := range fields {
		fields[i].Pointer = pointer
	}
	return fields
}

// LowRiskLine is a pending line that may be approved together with others.
type LowRiskLine struct {
	Revision         models.Revision
	Reference        string
	OrganizationName string
	Number           int
	UseCategory      string
	FunctionCode     string
	Description      string
	BeforeCents      models.Cents
	AmountCents      models.Cents
	SpentCents       models.Cents
	Why              string // unchanged, small_move
	Rule             string // of the amendment meter, in words
}

// Key orders the list.
func (l LowRiskLine) Key() string { return fmt.Sprintf("%s/%06d", l.Revision.ID, l.Number) }

// ListLowRiskLines asks for lines of low risk.
type ListLowRiskLines struct {
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	After          string `json:"after" validate:"max=100"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// LowRiskLines lists the lines of low risk of the revisions that the actor may decide now,
// by revision and number.
func (s *Service) LowRiskLines(ctx context.Context, who models.Actor, in ListLowRiskLines) ([]LowRiskLine, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	w, err := s.loadWaiting(s.db.Read(ctx), who, eq("grant_year_id", in.GrantYearID, "organization_id", in.OrganizationID))
	if err != nil {
		return nil, err
	}
	out := []LowRiskLine{}
	for _, row := range w.rows {
		d, err := w.open(s, row)
		if err != nil {
			return nil, err
		}
		item, done := d.chain(row.PALUserID, w.approvals[row.Revision.ID])
		if _, err := d.def.Approval.May(item, done, who); err != nil {
			continue
		}
		meter := d.meterOf(baseLines(d.lines))
		for _, l := range d.lines {
			if why, ok := d.lowRisk(l, meter, w.flagged[l.LineItemID]); ok {
				out = append(out, lowRiskLine(row, l, why, meter))
			}
		}
	}
	slices.SortFunc(out, func(a, b LowRiskLine) int { return compare(a.Key(), b.Key()) })
	out = slices.DeleteFunc(out, func(l LowRiskLine) bool { return l.Key() <= in.After })
	return out[:min(len(out), pageSize(in.Limit))], nil
}

func lowRiskLine(row store.QueueRow, l Line, why string, m MeterResult) LowRiskLine {
	out := LowRiskLine{Revision: row.Revision, Reference: row.Reference, OrganizationName: row.OrganizationName, Number: l.Number, UseCategory: l.Version.UseCategory,
		FunctionCode: l.Version.FunctionCode, Description: l.Version.Description, AmountCents: l.Version.AmountCents, SpentCents: l.SpentCents, Why: why, Rule: m.Rule}
	if l.Base != nil {
		out.BeforeCents = l.Base.Version.AmountCents
	}
	return out
}

// ApproveLowRiskLines approves lines of several revisions in one step.
type ApproveLowRiskLines struct {
	Revisions []LowRiskChoice `json:"revisions" validate:"required,min=1,max=100,dive"`
}

// LowRiskChoice are the chosen lines of one revision, in the version that was looked at.
type LowRiskChoice struct {
	RevisionID string `json:"revision_id" validate:"required,max=64"`
	Version    int64  `json:"version" validate:"gte=1"`
	LineItems  []int  `json:"line_items" validate:"required,min=1,max=1000,dive,gte=1"`
}

// ApproveLowRiskLines approves the lines, all or none. What is of low risk is worked out
// again here: whoever asks for another line is refused. It decides lines only; each revision
// still waits for its reviewer. Errors: Stale "revision.changed"; Invalid
// "line_item.not_low_risk"; Forbidden and Conflict as DecideLineItem.
func (s *Service) ApproveLowRiskLines(ctx context.Context, who models.Actor, in ApproveLowRiskLines) ([]models.Revision, error) {
	if err := s.admit(who, DecideLines, in); err != nil {
		return nil, err
	}
	chosen := slices.Clone(in.Revisions)
	slices.SortFunc(chosen, func(a, b LowRiskChoice) int { return compare(a.RevisionID, b.RevisionID) }) // one order of locks
	for i := range chosen {
		if i > 0 && chosen[i].RevisionID == chosen[i-1].RevisionID {
			return nil, models.Field("/revisions", "duplicate", "A revision is named twice.", "Name each revision once, with all its lines.")
		}
	}
	var out []models.Revision
	err := s.change(ctx, func(tx *store.Tx) error {
		out = nil
		for _, c := range chosen {
			rev, err := s.approveLowRisk(tx, who, c)
			if err != nil {
				return err
			}
			out = append(out, rev)
		}
		return nil
	})
	return out, err
}

func (s *Service) approveLowRisk(tx *store.Tx, who models.Actor, c LowRiskChoice) (rev models.Revision, err error) {
	d, err := s.lockRevision(tx, who, c.RevisionID, 0)
	if err != nil {
		return rev, err
	}
	if d.revision.Version != c.Version {
		return rev, models.Fail(models.Stale, "revision.changed", "%s changed since you looked at it. Nothing was approved.", revisionName(d))
	}
	step, err := s.mayDecide(tx, who, d)
	if err != nil {
		return rev, err
	}
	flagged, err := readerOf(tx).FlaggedLines([]string{d.application.ID})
	if err != nil {
		return rev, err
	}
	meter := d.meterOf(baseLines(d.lines))
	changes := map[string][2]any{}
	var wrong []models.FieldError
	for _, number := range c.LineItems {
		line := d.line(number)
		low := false
		if line != nil {
			_, low = d.lowRisk(*line, meter, slices.Contains(flagged, line.LineItemID))
		}
		if !low {
			wrong = append(wrong, models.FieldError{Pointer: "/revisions", Code: "line_item.not_low_risk", Severity: "error",
				Detail: fmt.Sprintf("Line %d of %s is not of low risk, or is decided already.", number, revisionName(d)), Fix: "Decide it on the page of its revision."})
			continue
		}
		line, before, err := d.decide(who, step, number, "approved", "")
		if err != nil {
			return rev, err
		}
		if err := d.keepDecision(tx, line); err != nil {
			return rev, err
		}
		changes[fmt.Sprintf("line_items/%d/decision", number)] = [2]any{before, "approved"}
	}
	if len(wrong) > 0 {
		return rev, invalid(wrong)
	}
	e := event(who, "approve_low_risk_lines", "", nil, nil)
	e.Changes = jsonText(changes)
	err = d.update(tx, who, e)
	return d.revision, err
}
