package workflow

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/measure"
)

// fixedTargets refuses changes of goals and targets once the agreement is signed.
func fixedTargets(a models.Agreement, def *programs.Definition) error {
	if a.Status == StatusDraft || a.Status == StatusSigned && !def.Targets.FixedOnceSigned {
		return nil
	}
	return models.Fail(models.Conflict, "agreement.targets_fixed",
		"This agreement is %s. Goals, benchmarks (ITB) and outcomes (ETO) are fixed once it is signed; strategies and activities may change (%s).", a.Status, def.Targets.Cite)
}

// changeTargets is changeAgreement for goals and targets while they may change.
func (s *Service) changeTargets(ctx context.Context, who models.Actor, id string, version int64, in any,
	fn func(*store.Tx, models.Agreement, *programs.Definition) (models.AuditEvent, error)) (AgreementDetail, error) {
	return s.changeAgreement(ctx, who, ManageAgreements, id, version, in, func(tx *store.Tx, a *models.Agreement) (models.AuditEvent, error) {
		def, err := s.agreementProgram(a.ProgramCode)
		if err != nil {
			return models.AuditEvent{}, err
		}
		if err := fixedTargets(*a, def); err != nil {
			return models.AuditEvent{}, err
		}
		if err := s.inReview(tx, *a); err != nil {
			return models.AuditEvent{}, err
		}
		return fn(tx, *a, def)
	})
}

// GoalFields are what a goal says.
type GoalFields struct {
	Title string `json:"title" validate:"required,max=300"`
	Area  string `json:"area" validate:"required,max=120"`
	// Reference names the goal in the improvement plan, such as MICIP.
	Reference string `json:"reference" validate:"max=200"`
}

// AddGoal adds a goal to a draft agreement. If-Match keeps a repeated request from adding a
// second one.
type AddGoal struct {
	AgreementID string `json:"-"`
	Version     int64  `json:"-"`
	GoalFields
}

// AddGoal numbers the goal after the last one.
func (s *Service) AddGoal(ctx context.Context, who models.Actor, in AddGoal) (AgreementDetail, error) {
	return s.changeTargets(ctx, who, in.AgreementID, in.Version, in.GoalFields, func(tx *store.Tx, a models.Agreement, _ *programs.Definition) (models.AuditEvent, error) {
		goals, err := store.All[models.Goal](tx, store.Eq{"agreement_id": a.ID}, "number")
		if err != nil {
			return models.AuditEvent{}, err
		}
		g := models.Goal{ID: tx.NewID(), AgreementID: a.ID, Number: 1, Title: in.Title, Area: in.Area, Reference: in.Reference}
		if n := len(goals); n > 0 {
			g.Number = goals[n-1].Number + 1
		}
		return childEvent(who, "add_goal", "", goalName(g), nil, &g), tx.Create(&g)
	})
}

// UpdateGoal rewrites a goal of a draft agreement.
type UpdateGoal struct {
	AgreementID string `json:"-"`
	GoalID      string `json:"-"`
	Version     int64  `json:"-"`
	GoalFields
}

// UpdateGoal changes the words of a goal.
func (s *Service) UpdateGoal(ctx context.Context, who models.Actor, in UpdateGoal) (AgreementDetail, error) {
	return s.changeTargets(ctx, who, in.AgreementID, in.Version, in.GoalFields, func(tx *store.Tx, a models.Agreement, _ *programs.Definition) (models.AuditEvent, error) {
		g, err := store.One[models.Goal](tx, store.Eq{"id": in.GoalID, "agreement_id": a.ID})
		if err != nil {
			return models.AuditEvent{}, err
		}
		before := g
		g.Title, g.Area, g.Reference = in.Title, in.Area, in.Reference
		return childEvent(who, "update_goal", "", goalName(g), &before, &g), tx.Set(&g, store.Eq{"id": g.ID}, "title", "area", "reference")
	})
}

// RemoveGoal takes a goal without targets off a draft agreement.
type RemoveGoal struct {
	AgreementID string `json:"-"`
	GoalID      string `json:"-"`
	Version     int64  `json:"-"`
}

// RemoveGoal removes a goal.
func (s *Service) RemoveGoal(ctx context.Context, who models.Actor, in RemoveGoal) (AgreementDetail, error) {
	return s.changeTargets(ctx, who, in.AgreementID, in.Version, in, func(tx *store.Tx, a models.Agreement, _ *programs.Definition) (models.AuditEvent, error) {
		g, err := store.One[models.Goal](tx, store.Eq{"id": in.GoalID, "agreement_id": a.ID})
		if err != nil {
			return models.AuditEvent{}, err
		}
		targets, err := store.Count[models.Target](tx, store.Eq{"goal_id": g.ID})
		if err != nil {
			return models.AuditEvent{}, err
		}
		if targets > 0 {
			return models.AuditEvent{}, models.Fail(models.Conflict, "goal.has_targets", "Goal %d has %d targets. Remove them first.", g.Number, targets)
		}
		strategies, err := store.Count[models.Strategy](tx, store.Eq{"goal_id": g.ID})
		if err != nil {
			return models.AuditEvent{}, err
		}
		if strategies > 0 {
			return models.AuditEvent{}, models.Fail(models.Conflict, "goal.has_strategies", "Goal %d has %d strategies. Remove them first.", g.Number, strategies)
		}
		if err := unlinked(tx, store.Eq{"goal_id": g.ID}); err != nil {
			return models.AuditEvent{}, err
		}
		return childEvent(who, "remove_goal", "", goalName(g), &g, &models.Goal{}), tx.Remove(&models.Goal{}, store.Eq{"id": g.ID})
	})
}

func goalName(g models.Goal) string { return "goals/" + strconv.Itoa(g.Number) }

// unlinked refuses to remove what a line item links to already.
func unlinked(tx *store.Tx, where store.Eq) error {
	n, err := store.Count[models.LineLink](tx, where)
	if err == nil && n > 0 {
		return models.Fail(models.Conflict, "target.linked", "%d line items link to it. Change the lines first.", n)
	}
	return err
}

// unmeasured refuses to remove a target of which something was reported.
func unmeasured(tx *store.Tx, targetID string) error {
	n, err := store.Count[models.TargetResult](tx, store.Eq{"target_id": targetID})
	if err == nil && n > 0 {
		return models.Fail(models.Conflict, "target.linked", "%d results were reported of it. Retire the target instead.", n)
	}
	return err
}

// TargetFields are what a benchmark or outcome says.
type TargetFields struct {
	GoalID   string             `json:"goal_id" validate:"required,max=64"`
	Code     string             `json:"code" validate:"max=20"` // ITB-3; the next one when empty
	Kind     models.TargetKind  `json:"kind" validate:"required,oneof=ITB ETO"`
	Type     string             `json:"type" validate:"required,max=64"` // one of the definition's
	Measure  string             `json:"measure" validate:"required,max=500"`
	Source   string             `json:"source" validate:"required,max=200"`
	Baseline models.Hundredths  `json:"baseline"`
	Goal     models.Hundredths  `json:"goal_value"`
	Gain     *models.Hundredths `json:"gain,omitempty"` // when given, goal_value must be baseline plus gain
	Unit     string             `json:"unit" validate:"required,oneof=percent points count"`
	SchoolID string             `json:"school_id" validate:"max=64"`
	DueOn    models.Date        `json:"due_on" validate:"required,civil_date"`
	// Direction says which way is better; downwards when the value lies below the baseline
	// and it is not given.
	Direction  string      `json:"direction" validate:"omitempty,oneof=up down"`
	BaselineOn models.Date `json:"baseline_on" validate:"omitempty,civil_date"` // when the baseline was measured
}

// AddTarget adds a target to a draft agreement.
type AddTarget struct {
	AgreementID string `json:"-"`
	Version     int64  `json:"-"`
	TargetFields
}

// AddTarget adds an interim benchmark (ITB) or an end outcome (ETO).
func (s *Service) AddTarget(ctx context.Context, who models.Actor, in AddTarget) (AgreementDetail, error) {
	return s.changeTargets(ctx, who, in.AgreementID, in.Version, in.TargetFields, func(tx *store.Tx, a models.Agreement, def *programs.Definition) (models.AuditEvent, error) {
		t, err := target(tx, a, def, in.TargetFields, models.Target{ID: tx.NewID(), AgreementID: a.ID})
		if err != nil {
			return models.AuditEvent{}, err
		}
		return childEvent(who, "add_target", "", "targets/"+t.Code, nil, &t), tx.Create(&t)
	})
}

// UpdateTarget rewrites a target of a draft agreement.
type UpdateTarget struct {
	AgreementID string `json:"-"`
	TargetID    string `json:"-"`
	Version     int64  `json:"-"`
	TargetFields
}

// UpdateTarget changes a target.
func (s *Service) UpdateTarget(ctx context.Context, who models.Actor, in UpdateTarget) (AgreementDetail, error) {
	return s.changeTargets(ctx, who, in.AgreementID, in.Version, in.TargetFields, func(tx *store.Tx, a models.Agreement, def *programs.Definition) (models.AuditEvent, error) {
		before, err := store.One[models.Target](tx, store.Eq{"id": in.TargetID, "agreement_id": a.ID})
		if err != nil {
			return models.AuditEvent{}, err
		}
		t, err := target(tx, a, def, in.TargetFields, before)
		if err != nil {
			return models.AuditEvent{}, err
		}
		return childEvent(who, "update_target", "", "targets/"+before.Code, &before, &t),
			tx.Set(&t, store.Eq{"id": t.ID}, "goal_id", "code", "kind", "type", "measure", "source", "baseline", "goal_value", "unit", "school_id", "due_on", "direction", "baseline_on")
	})
}

// target fills a target from its fields and finds everything that is wrong with them.
func target(tx *store.Tx, a models.Agreement, def *programs.Definition, in TargetFields, t models.Target) (models.Target, error) {
	others, err := store.All[models.Target](tx, store.Eq{"agreement_id": a.ID})
	if err != nil {
		return t, err
	}
	others = slices.DeleteFunc(others, func(o models.Target) bool { return o.ID == t.ID })
	var wrong []models.FieldError
	bad := func(field, code, detail, fix string) {
		wrong = append(wrong, models.FieldError{Pointer: "/" + field, Code: code, Detail: detail, Fix: fix})
	}
	if n, err := store.Count[models.Goal](tx, store.Eq{"id": in.GoalID, "agreement_id": a.ID}); err != nil {
		return t, err
	} else if n == 0 {
		bad("goal_id", "not_found", "The agreement has no such goal.", "Give the id of one of its goals.")
	}
	if !slices.Contains(def.Targets.Types, in.Type) {
		bad("type", "target.type", fmt.Sprintf("%q is not a type of target.", in.Type), "Give one of: "+strings.Join(def.Targets.Types, ", ")+".")
	}
	if in.Gain != nil {
		if off := BenchmarkMismatch(in.Baseline, *in.Gain, in.Goal); off != 0 {
			bad("goal_value", "target.mismatch", fmt.Sprintf("The value %s differs by %s from the baseline %s plus %s.", in.Goal, off, in.Baseline, *in.Gain), fmt.Sprintf("Give %s, or correct the baseline or the gain.", in.Baseline+*in.Gain))
		}
	}
	if in.Unit == "percent" && (in.Baseline < 0 || in.Baseline > 10000 || in.Goal < 0 || in.Goal > 10000) {
		bad("goal_value", "target.percent", "A percentage lies between 0 and 100.", "Correct the baseline and the value.")
	}
	if in.DueOn <= a.AssignedOn {
		bad("due_on", "agreement.dates", "The target is due before the district was assigned.", "Give a later day.")
	}
	t.Baseline, t.Goal, t.Direction = in.Baseline, in.Goal, in.Direction
	if wrongWay := steer(&t); wrongWay != "" {
		bad("direction", "target.direction", wrongWay, "Leave the direction out, or correct the baseline or the value.")
	}
	if in.BaselineOn >= in.DueOn {
		bad("baseline_on", "agreement.dates", "The target is due before its baseline was measured.", "Give the day on which the baseline was measured, or leave it out.")
	}
	t.SchoolID = nil
	if in.SchoolID != "" {
		school, err := store.Get[models.Organization](tx, in.SchoolID)
		if err != nil || school.OrgKind != models.KindSchool || school.ParentID == nil || *school.ParentID != a.OrganizationID {
			bad("school_id", "not_found", "The district has no such school.", "Give the id of one of its schools, or none for the whole district.")
		}
		t.SchoolID = &in.SchoolID
	}
	switch {
	case in.Code != "" && !targetCode.MatchString(in.Code):
		bad("code", "target.code", fmt.Sprintf("%q is no code.", in.Code), "Use letters, digits, hyphens and points, such as ITB-3.")
	case in.Code == "" && t.Code != "" && t.TargetKind == in.Kind: // keeps its code
	case in.Code == "":
		t.Code = nextCode(in.Kind, others)
	case slices.ContainsFunc(others, func(o models.Target) bool { return o.Code == in.Code }):
		bad("code", "target.code_taken", fmt.Sprintf("The agreement has a target %s already.", in.Code), "Give another code, or none.")
	default:
		t.Code = in.Code
	}
	t.GoalID, t.TargetKind, t.TargetType, t.Measure, t.Source = in.GoalID, in.Kind, in.Type, in.Measure, in.Source
	t.Baseline, t.Goal, t.Unit, t.DueOn, t.BaselineOn = in.Baseline, in.Goal, in.Unit, in.DueOn, in.BaselineOn
	return t, invalid(wrong)
}

// steer fills the direction of a target that names none: downwards when the value lies
// below the baseline. It says what is wrong with one that the numbers contradict.
func steer(t *models.Target) (wrong string) {
	if t.Direction == "" {
		t.Direction = string(measure.Up)
		if t.Goal < t.Baseline {
			t.Direction = string(measure.Down)
		}
	}
	if t.Direction == string(measure.Up) && t.Goal < t.Baseline || t.Direction == string(measure.Down) && t.Goal > t.Baseline {
		return fmt.Sprintf("The value %s lies on the wrong side of the baseline %s.", t.Goal, t.Baseline)
	}
	return ""
}

// targetCode is what a target can be called: its name in files, and in the audit trail,
// where a slash would stand for the field of another one.
var targetCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// nextCode numbers targets of a kind: ITB-1, ITB-2 …
func nextCode(kind models.TargetKind, others []models.Target) string {
	last := 0
	for _, o := range others {
		if text, ok := strings.CutPrefix(o.Code, string(kind)+"-"); ok {
			if n, err := strconv.Atoi(text); err == nil {
				last = max(last, n)
			}
		}
	}
	return fmt.Sprintf("%s-%d", kind, last+1)
}

// RemoveTarget takes a target off a draft agreement.
type RemoveTarget struct {
	AgreementID string `json:"-"`
	TargetID    string `json:"-"`
	Version     int64  `json:"-"`
}

// RemoveTarget removes a target that no line item serves.
func (s *Service) RemoveTarget(ctx context.Context, who models.Actor, in RemoveTarget) (AgreementDetail, error) {
	return s.changeTargets(ctx, who, in.AgreementID, in.Version, in, func(tx *store.Tx, a models.Agreement, _ *programs.Definition) (models.AuditEvent, error) {
		t, err := store.One[models.Target](tx, store.Eq{"id": in.TargetID, "agreement_id": a.ID})
		if err != nil {
			return models.AuditEvent{}, err
		}
		if err := unlinked(tx, store.Eq{"target_id": t.ID}); err != nil {
			return models.AuditEvent{}, err
		}
		if err := unmeasured(tx, t.ID); err != nil {
			return models.AuditEvent{}, err
		}
		if err := tx.Remove(&models.ActivityTarget{}, store.Eq{"target_id": t.ID}); err != nil {
			return models.AuditEvent{}, err
		}
		return childEvent(who, "remove_target", "", "targets/"+t.Code, &t, &models.Target{}), tx.Remove(&models.Target{}, store.Eq{"id": t.ID})
	})
}

// TargetRetirement ends a target of a signed agreement: lines that serve only it are
// flagged from that day on.
type TargetRetirement struct {
	AgreementID string      `json:"-"`
	TargetID    string      `json:"-"`
	Version     int64       `json:"-"`
	RetiredOn   models.Date `json:"retired_on" validate:"required,civil_date"`
	Reason      string      `json:"reason" validate:"required,max=4000"`
}

// RetireTarget ends a target; what it said stays readable and unchanged.
func (s *Service) RetireTarget(ctx context.Context, who models.Actor, in TargetRetirement) (AgreementDetail, error) {
	return s.changeAgreement(ctx, who, RetireTarget, in.AgreementID, in.Version, in, func(tx *store.Tx, a *models.Agreement) (models.AuditEvent, error) {
		before, err := store.One[models.Target](tx, store.Eq{"id": in.TargetID, "agreement_id": a.ID})
		if err != nil {
			return models.AuditEvent{}, err
		}
		switch {
		case a.Status != StatusSigned:
			return models.AuditEvent{}, models.Fail(models.Conflict, "target.not_in_force", "The agreement is %s: only targets of a signed one are retired.", a.Status)
		case !before.RetiredOn.IsZero():
			return models.AuditEvent{}, models.Fail(models.Conflict, "target.retired", "%s is retired since %s.", before.Code, before.RetiredOn)
		case s.Today() > before.DueOn: // it is judged: whoever takes it out then changes what was met of how many
			return models.AuditEvent{}, models.Fail(models.Conflict, "target.due", "%s was due on %s and is judged by its result. Only a target whose day is to come is retired.", before.Code, before.DueOn)
		}
		t := before
		t.RetiredOn = in.RetiredOn
		return childEvent(who, "retire_target", in.Reason, "targets/"+t.Code, &before, &t), tx.Set(&t, store.Eq{"id": t.ID}, "retired_on")
	})
}
