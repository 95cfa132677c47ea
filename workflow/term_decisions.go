package workflow

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/store"
)

// DraftTermDecision is who works out what follows when a term is over.
const DraftTermDecision Action = "draft_term_decision"

// NewTermDecision drafts the decision about an agreement whose term is over.
type NewTermDecision struct {
	AgreementID string `json:"agreement_id" validate:"required,max=64"`
	// MissingAsNotMet counts facts and results that nobody has given as not met; Reason then
	// says why they will not come. Deciding again asks for a reason too.
	MissingAsNotMet bool   `json:"missing_as_not_met"`
	Reason          string `json:"reason" validate:"max=4000"`
}

// DraftTermDecision works the decision out and keeps it with its facts and the rule.
// Errors: Invalid "accountability.lacking" with everything that is not known; Conflict
// "term_decision.drafted", "agreement.not_signed", "accountability.too_early".
func (s *Service) DraftTermDecision(ctx context.Context, who models.Actor, in NewTermDecision) (models.TermDecision, error) {
	var d models.TermDecision
	if err := s.admit(who, DraftTermDecision, in); err != nil {
		return d, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "term_decision", in, &d)
		if err != nil || replay {
			return err
		}
		a, err := store.Lock[models.Agreement](tx, in.AgreementID, 0)
		if err != nil {
			return unknownReference(err, "/agreement_id", "agreement")
		}
		o, err := s.decidable(tx, a, in.MissingAsNotMet)
		if err != nil {
			return err
		}
		earlier, err := store.Count[models.TermDecision](tx, store.Eq{"agreement_id": a.ID, "status": string(StatusDecided)})
		if err != nil {
			return err
		}
		if in.Reason == "" && (in.MissingAsNotMet || earlier > 0) {
			return models.Field("/reason", "required", "A reason is missing.", "Say why what is missing counts as not met, or why it is decided again.")
		}
		number, err := tx.Counter("term_decision/" + a.ID)
		if err != nil {
			return err
		}
		if d, err = termDecision(o); err != nil {
			return err
		}
		d.ID, d.Number, d.Status, d.DraftedBy = id, int(number), StatusDraft, who.UserID
		d.MissingAsNotMet, d.Reason = in.MissingAsNotMet, in.Reason
		if err := tx.Insert(&d); err != nil {
			if models.CodeOf(err) == "already_exists" {
				return models.Fail(models.Conflict, "term_decision.drafted", "A decision about this agreement is drafted already. Decide or discard it first.")
			}
			return err
		}
		e := event(who, "draft", in.Reason, nil, &d)
		e.RuleVersion = o.Version
		tx.Audit(&d, e)
		return nil
	})
	return d, err
}

// decidable is the outlook of an agreement about which something can be decided now.
func (s *Service) decidable(r store.Reading, a models.Agreement, missingFails bool) (TermOutlook, error) {
	if a.Status == StatusDraft {
		return TermOutlook{}, models.Fail(models.Conflict, "agreement.not_signed", "The agreement was never signed, so nothing is decided about it.")
	}
	o, err := s.termOutlook(r, a, missingFails)
	if err != nil {
		return o, err
	}
	if a.TermEnd >= o.On {
		return o, models.Fail(models.Conflict, "accountability.too_early", "The term runs until %s; nothing is decided before it is over.", a.TermEnd)
	}
	if len(o.Lacking) > 0 {
		return o, &models.Error{Kind: models.Invalid, Code: "accountability.lacking", Fields: o.Lacking,
			Detail: fmt.Sprintf("%d facts or results are not known. Nothing was decided.", len(o.Lacking))}
	}
	return o, nil
}

// termDecision is an outlook as a document.
func termDecision(o TermOutlook) (d models.TermDecision, err error) {
	d = models.TermDecision{AgreementID: o.Agreement.ID, OrganizationID: o.Agreement.OrganizationID, Exits: o.Exits, SchoolCount: len(o.Schools), ExitCount: o.ExitCount,
		Rule: o.Rule, RulesVersion: o.Version}
	if d.Schools, err = listText(o.Schools); err != nil {
		return d, err
	}
	if d.Outcomes, err = listText(o.Outcomes); err != nil {
		return d, err
	}
	if m := o.Measure; m != nil {
		d.Met, d.Total, d.Required, d.Reidentified, d.MustImpose, d.Reconstitution = m.Met, m.Total, m.Required, m.Reidentified, m.MustImpose, m.Reconstitution
		d.LatestSchoolYear = m.latest
	}
	return d, nil
}

// sameDecision reports whether two decisions follow from the same facts under the same rule.
func sameDecision(a, b models.TermDecision) bool {
	return a.Schools == b.Schools && a.Outcomes == b.Outcomes && a.Rule == b.Rule && a.MustImpose == b.MustImpose && a.Required == b.Required && a.Reconstitution == b.Reconstitution
}

// TermDecisionTransition decides or discards a draft.
type TermDecisionTransition struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Event   string `json:"event" validate:"required,oneof=decide discard"`
	Comment string `json:"comment" validate:"max=4000"`
}

// TransitionTermDecision takes a step of the table TermDecisions. Errors: Conflict
// "term_decision.outdated" when facts, results or rule have changed since it was drafted,
// "term_decision.own" when the drafter decides.
func (s *Service) TransitionTermDecision(ctx context.Context, who models.Actor, in TermDecisionTransition) (models.TermDecision, error) {
	var d models.TermDecision
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return d, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		seen, err := visibleTermDecision(tx, who, in.ID)
		if err != nil {
			return err
		}
		a, err := store.Lock[models.Agreement](tx, seen.AgreementID, 0)
		if err != nil {
			return err
		}
		if d, err = store.Lock[models.TermDecision](tx, in.ID, in.Version); err != nil {
			return err
		}
		facts := termFacts{}
		if in.Event == "decide" {
			if facts.other, err = ownTermDecision(tx, who, d); err != nil {
				return err
			}
			facts.current = s.termCurrent(tx, a, d)
		}
		step, err := take(TermDecisions, d.Status, in.Event, who, "", in.Comment, facts)
		if err != nil {
			return refuse(err)
		}
		before := d
		d.Status = models.State(step.To)
		columns := []string{"status"}
		if in.Event == "decide" {
			d.DecidedBy, d.DecidedOn, d.DecidedAt = &who.UserID, s.Today(), &tx.Now
			columns = append(columns, "decided_by", "decided_on", "decided_at")
			if err := supersedeTermDecision(tx, who, d); err != nil {
				return err
			}
		}
		if err := tx.Update(&d, columns...); err != nil {
			return err
		}
		e := event(who, in.Event, in.Comment, &before, &d)
		e.RuleVersion = d.RulesVersion
		tx.Audit(&d, e)
		if in.Event == "decide" {
			return notify(tx, "term.decided", &d, d.OrganizationID, "Decision at the end of the term", d.Says(), s.Today(), append([]models.Role{models.RolePAL}, districtRoles...)...)
		}
		return nil
	})
	return d, err
}

func ownTermDecision(r store.Reading, who models.Actor, d models.TermDecision) (refused, err error) {
	drafted, err := tookPart(r, &d, persons(who, managers, ""), "draft")
	if err != nil || !drafted {
		return nil, err
	}
	return draftedIt(), nil
}

func draftedIt() error {
	return models.Fail(models.Conflict, "term_decision.own", "Whoever drafted a decision does not make it, nor through another person. Ask another manager.")
}

// termCurrent refuses a draft that would come out differently now.
func (s *Service) termCurrent(tx *store.Tx, a models.Agreement, d models.TermDecision) error {
	o, err := s.decidable(tx, a, d.MissingAsNotMet)
	if err != nil {
		return err
	}
	now, err := termDecision(o)
	if err != nil {
		return err
	}
	if !sameDecision(d, now) {
		return models.Fail(models.Conflict, "term_decision.outdated", "Facts, results or the rule have changed since this was drafted. Discard it and draft it again.")
	}
	return nil
}

// supersedeTermDecision ends the decision that held so far.
func supersedeTermDecision(tx *store.Tx, who models.Actor, by models.TermDecision) error {
	held, err := store.LockAll[models.TermDecision](tx, store.Eq{"agreement_id": by.AgreementID, "status": string(StatusDecided)})
	for _, old := range held {
		before := old
		old.Status = StatusSuperseded
		if err := tx.Update(&old, "status"); err != nil {
			return err
		}
		tx.Audit(&old, event(who, "supersede", by.Reason, &before, &old))
	}
	return err
}

// ListTermDecisions asks for term decisions.
type ListTermDecisions struct {
	OrganizationID string       `json:"organization_id" validate:"max=64"`
	AgreementID    string       `json:"agreement_id" validate:"max=64"`
	Status         models.State `json:"status" validate:"omitempty,oneof=draft decided superseded discarded"`
	After          string       `json:"after" validate:"max=64"`
	Limit          int          `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// TermDecisions lists decisions. A district sees those about itself that were made.
func (s *Service) TermDecisions(ctx context.Context, who models.Actor, in ListTermDecisions) ([]models.TermDecision, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("organization_id", in.OrganizationID, "agreement_id", in.AgreementID, "status", string(in.Status))
	return store.TermDecisions(s.db.Read(ctx), scope(who), where, store.Page{After: in.After, Limit: in.Limit})
}

// TermDecision is one decision.
func (s *Service) TermDecision(ctx context.Context, who models.Actor, id string) (models.TermDecision, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return models.TermDecision{}, err
	}
	return visibleTermDecision(s.db.Read(ctx), who, id)
}

// visibleTermDecision hides drafts from those they are about.
func visibleTermDecision(r store.Reading, who models.Actor, id string) (models.TermDecision, error) {
	d, err := store.Get[models.TermDecision](r, id)
	if err != nil {
		return d, err
	}
	sc := scope(who)
	if !sc.Sees(d.OrganizationID) || !sc.All && d.Status != StatusDecided && d.Status != StatusSuperseded {
		return models.TermDecision{}, notFound()
	}
	return d, nil
}

// visibleDraft hides what hangs on a draft of the office (its trail, its files) from those
// it is about.
func visibleDraft(r store.Reading, who models.Actor, kind, id string) error {
	if kind != (&models.TermDecision{}).Kind() || scope(who).All {
		return nil
	}
	_, err := visibleTermDecision(r, who, id)
	return err
}
