package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// changePlan is changeAgreement for strategies and activities: they may change as long as
// the agreement lives, after it was signed with a reason, so that its history can be read.
func (s *Service) changePlan(ctx context.Context, who models.Actor, id string, version int64, in any,
	fn func(*store.Tx, models.Agreement) (e models.AuditEvent, needsReason bool, err error)) (AgreementDetail, error) {
	return s.changeAgreement(ctx, who, EditPlan, id, version, in, func(tx *store.Tx, a *models.Agreement) (models.AuditEvent, error) {
		if a.Status == StatusEnded {
			return models.AuditEvent{}, models.Fail(models.Conflict, "agreement.ended", "This agreement is over.")
		}
		if err := s.inReview(tx, *a); err != nil {
			return models.AuditEvent{}, err
		}
		e, needsReason, err := fn(tx, *a)
		if err != nil || a.Status == StatusDraft {
			return e, err
		}
		if needsReason && e.Reason == "" {
			return e, models.Field("/reason", "agreement.reason_missing", "The agreement is signed: strategies and activities may still change, and the change says why.", "Give the reason.")
		}
		title := "A strategy or activity of the agreement changed"
		return e, notify(tx, "agreement.plan_changed", a, a.OrganizationID, title, words(e.Action)+". "+e.Reason, s.Today(), models.RolePAL, models.RoleAuthorizedOfficial)
	})
}

// StrategyFields are what a strategy says.
type StrategyFields struct {
	GoalID    string `json:"goal_id" validate:"required,max=64"`
	Title     string `json:"title" validate:"required,max=500"`
	Reference string `json:"reference" validate:"max=200"` // of the improvement plan
	Dropped   bool   `json:"dropped"`
	Reason    string `json:"reason" validate:"max=4000"` // needed once the agreement is signed
}

// AddStrategy adds a strategy to a goal.
type AddStrategy struct {
	AgreementID string `json:"-"`
	Version     int64  `json:"-"`
	StrategyFields
}

// AddStrategy numbers the strategy after the last one of the agreement.
func (s *Service) AddStrategy(ctx context.Context, who models.Actor, in AddStrategy) (AgreementDetail, error) {
	return s.changePlan(ctx, who, in.AgreementID, in.Version, in.StrategyFields, func(tx *store.Tx, a models.Agreement) (models.AuditEvent, bool, error) {
		all, err := store.All[models.Strategy](tx, store.Eq{"agreement_id": a.ID}, "number")
		if err != nil {
			return models.AuditEvent{}, true, err
		}
		x := models.Strategy{ID: tx.NewID(), AgreementID: a.ID, Number: 1}
		if n := len(all); n > 0 {
			x.Number = all[n-1].Number + 1
		}
		if err := strategy(tx, &x, in.StrategyFields); err != nil {
			return models.AuditEvent{}, true, err
		}
		return childEvent(who, "add_strategy", in.Reason, strategyName(x), nil, &x), true, tx.Create(&x)
	})
}

// UpdateStrategy rewrites a strategy, or drops it.
type UpdateStrategy struct {
	AgreementID string `json:"-"`
	StrategyID  string `json:"-"`
	Version     int64  `json:"-"`
	StrategyFields
}

// UpdateStrategy changes a strategy. Errors: Conflict "strategy.has_activities" when it is
// dropped while activities of it are planned or under way.
func (s *Service) UpdateStrategy(ctx context.Context, who models.Actor, in UpdateStrategy) (AgreementDetail, error) {
	return s.changePlan(ctx, who, in.AgreementID, in.Version, in.StrategyFields, func(tx *store.Tx, a models.Agreement) (models.AuditEvent, bool, error) {
		x, err := store.One[models.Strategy](tx, store.Eq{"id": in.StrategyID, "agreement_id": a.ID})
		if err != nil {
			return models.AuditEvent{}, true, err
		}
		before := x
		if err := strategy(tx, &x, in.StrategyFields); err != nil {
			return models.AuditEvent{}, true, err
		}
		if x.Dropped {
			open, err := store.Count[models.Activity](tx, store.Eq{"strategy_id": x.ID, "status": []models.ActivityStatus{models.ActivityPlanned, models.ActivityUnderWay}})
			if err != nil {
				return models.AuditEvent{}, true, err
			}
			if open > 0 {
				return models.AuditEvent{}, true, models.Fail(models.Conflict, "strategy.has_activities", "Strategy %d has %d activities that are planned or under way. Finish or drop them first.", x.Number, open)
			}
		}
		return childEvent(who, "update_strategy", in.Reason, strategyName(x), &before, &x), true,
			tx.Set(&x, store.Eq{"id": x.ID}, "goal_id", "title", "reference", "dropped")
	})
}

func strategy(tx *store.Tx, x *models.Strategy, in StrategyFields) error {
	n, err := store.Count[models.Goal](tx, store.Eq{"id": in.GoalID, "agreement_id": x.AgreementID})
	if err != nil {
		return err
	}
	if n == 0 {
		return models.Field("/goal_id", "not_found", "The agreement has no such goal.", "Give the id of one of its goals.")
	}
	x.GoalID, x.Title, x.Reference, x.Dropped = in.GoalID, in.Title, in.Reference, in.Dropped
	return nil
}

func strategyName(x models.Strategy) string { return fmt.Sprintf("strategies/%d", x.Number) }

// RemoveStrategy takes a strategy off a draft agreement.
type RemoveStrategy struct {
	AgreementID string `json:"-"`
	StrategyID  string `json:"-"`
	Version     int64  `json:"-"`
}

// RemoveStrategy removes a strategy without activities. In a signed agreement it is
// dropped instead and stays readable: Conflict "agreement.plan_kept".
func (s *Service) RemoveStrategy(ctx context.Context, who models.Actor, in RemoveStrategy) (AgreementDetail, error) {
	return s.changePlan(ctx, who, in.AgreementID, in.Version, in, func(tx *store.Tx, a models.Agreement) (models.AuditEvent, bool, error) {
		x, err := store.One[models.Strategy](tx, store.Eq{"id": in.StrategyID, "agreement_id": a.ID})
		if err != nil {
			return models.AuditEvent{}, false, err
		}
		if err := planKept(a, "dropped: true"); err != nil {
			return models.AuditEvent{}, false, err
		}
		n, err := store.Count[models.Activity](tx, store.Eq{"strategy_id": x.ID})
		if err != nil {
			return models.AuditEvent{}, false, err
		}
		if n > 0 {
			return models.AuditEvent{}, false, models.Fail(models.Conflict, "strategy.has_activities", "Strategy %d has %d activities. Remove them first.", x.Number, n)
		}
		return childEvent(who, "remove_strategy", "", strategyName(x), &x, &models.Strategy{}), false, tx.Remove(&models.Strategy{}, store.Eq{"id": x.ID})
	})
}

func planKept(a models.Agreement, instead string) error {
	if a.Status == StatusDraft {
		return nil
	}
	return models.Fail(models.Conflict, "agreement.plan_kept", "The agreement is signed; what it planned stays readable. Give %s and a reason instead.", instead)
}

// ActivityFields are what an activity says.
type ActivityFields struct {
	StrategyID  string                `json:"strategy_id" validate:"required,max=64"`
	Title       string                `json:"title" validate:"required,max=1000"`
	Responsible string                `json:"responsible" validate:"max=200"`
	StartsOn    models.Date           `json:"starts_on" validate:"omitempty,civil_date"`
	EndsOn      models.Date           `json:"ends_on" validate:"omitempty,civil_date"`
	Status      models.ActivityStatus `json:"status" validate:"omitempty,oneof=planned under_way done dropped"` // planned when empty
	Funded      bool                  `json:"funded"`                                                           // money of the program is planned for it
	TargetIDs   []string              `json:"target_ids,omitempty" validate:"max=50,dive,max=64"`               // that it serves
	Reason      string                `json:"reason" validate:"max=4000"`                                       // needed once the agreement is signed
}

// AddActivity adds an activity to a strategy.
type AddActivity struct {
	AgreementID string `json:"-"`
	Version     int64  `json:"-"`
	ActivityFields
}

// AddActivity numbers the activity after the last one of the agreement.
func (s *Service) AddActivity(ctx context.Context, who models.Actor, in AddActivity) (AgreementDetail, error) {
	return s.changePlan(ctx, who, in.AgreementID, in.Version, in.ActivityFields, func(tx *store.Tx, a models.Agreement) (models.AuditEvent, bool, error) {
		all, err := store.All[models.Activity](tx, store.Eq{"agreement_id": a.ID}, "number")
		if err != nil {
			return models.AuditEvent{}, true, err
		}
		x := models.Activity{ID: tx.NewID(), AgreementID: a.ID, Number: 1}
		if n := len(all); n > 0 {
			x.Number = all[n-1].Number + 1
		}
		if err := activity(tx, a, &x, in.ActivityFields); err != nil {
			return models.AuditEvent{}, true, err
		}
		if err := tx.Create(&x); err != nil {
			return models.AuditEvent{}, true, err
		}
		return childEvent(who, "add_activity", in.Reason, activityName(x), nil, &x), true, serveTargets(tx, x)
	})
}

// UpdateActivity rewrites an activity, or says how far it is.
type UpdateActivity struct {
	AgreementID string `json:"-"`
	ActivityID  string `json:"-"`
	Version     int64  `json:"-"`
	ActivityFields
}

// UpdateActivity changes an activity. That it is under way or done needs no reason.
func (s *Service) UpdateActivity(ctx context.Context, who models.Actor, in UpdateActivity) (AgreementDetail, error) {
	return s.changePlan(ctx, who, in.AgreementID, in.Version, in.ActivityFields, func(tx *store.Tx, a models.Agreement) (models.AuditEvent, bool, error) {
		one, err := store.All[models.Activity](tx, store.Eq{"id": in.ActivityID, "agreement_id": a.ID})
		if err == nil && len(one) == 0 {
			err = notFound()
		}
		if err == nil {
			err = served(tx, one)
		}
		if err != nil {
			return models.AuditEvent{}, true, err
		}
		before, x := one[0], one[0]
		if err := activity(tx, a, &x, in.ActivityFields); err != nil {
			return models.AuditEvent{}, true, err
		}
		if err := tx.Set(&x, store.Eq{"id": x.ID}, "strategy_id", "title", "responsible", "starts_on", "ends_on", "status", "funded"); err != nil {
			return models.AuditEvent{}, true, err
		}
		if err := tx.Remove(&models.ActivityTarget{}, store.Eq{"activity_id": x.ID}); err != nil {
			return models.AuditEvent{}, true, err
		}
		return childEvent(who, "update_activity", in.Reason, activityName(x), &before, &x), !onlyProgress(before, x), serveTargets(tx, x)
	})
}

// onlyProgress reports whether an activity merely moved on.
func onlyProgress(before, after models.Activity) bool {
	progress := after.Status == models.ActivityUnderWay || after.Status == models.ActivityDone
	before.Status = after.Status
	return progress && diff(&before, &after) == "{}"
}

// activity fills an activity from its fields and finds everything that is wrong with them.
func activity(tx *store.Tx, a models.Agreement, x *models.Activity, in ActivityFields) error {
	var wrong []models.FieldError
	bad := func(field, code, detail, fix string) {
		wrong = append(wrong, models.FieldError{Pointer: "/" + field, Code: code, Detail: detail, Fix: fix})
	}
	if n, err := store.Count[models.Strategy](tx, store.Eq{"id": in.StrategyID, "agreement_id": a.ID}); err != nil {
		return err
	} else if n == 0 {
		bad("strategy_id", "not_found", "The agreement has no such strategy.", "Give the id of one of its strategies.")
	}
	if !in.StartsOn.IsZero() && !in.EndsOn.IsZero() && in.EndsOn < in.StartsOn {
		bad("ends_on", "agreement.dates", "The activity ends before it starts.", "Give a later day.")
	}
	ids := slices.Clone(in.TargetIDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found, err := store.All[models.Target](tx, store.Eq{"agreement_id": a.ID, "id": ids})
	if err != nil {
		return err
	}
	for i, id := range in.TargetIDs {
		if !slices.ContainsFunc(found, func(t models.Target) bool { return t.ID == id }) {
			bad(fmt.Sprintf("target_ids/%d", i), "not_found", "The agreement has no such target.", "Give the id of one of its targets.")
		}
	}
	x.StrategyID, x.Title, x.Responsible, x.StartsOn, x.EndsOn, x.Funded, x.TargetIDs = in.StrategyID, in.Title, in.Responsible, in.StartsOn, in.EndsOn, in.Funded, ids
	if x.Status = in.Status; x.Status == "" {
		x.Status = models.ActivityPlanned
	}
	return invalid(wrong)
}

func activityName(x models.Activity) string { return fmt.Sprintf("activities/%d", x.Number) }

func serveTargets(tx *store.Tx, x models.Activity) error {
	rows := make([]models.ActivityTarget, len(x.TargetIDs))
	for i, id := range x.TargetIDs {
		rows[i] = models.ActivityTarget{ActivityID: x.ID, TargetID: id}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Create(&rows)
}

// served tells which targets activities serve, with one query.
func served(r store.Reading, activities []models.Activity) error {
	ids := make([]string, len(activities))
	for i, x := range activities {
		ids[i] = x.ID
	}
	links, err := store.All[models.ActivityTarget](r, store.Eq{"activity_id": ids}, "activity_id", "target_id")
	if err != nil {
		return err
	}
	for i := range activities {
		for _, l := range links {
			if l.ActivityID == activities[i].ID {
				activities[i].TargetIDs = append(activities[i].TargetIDs, l.TargetID)
			}
		}
	}
	return nil
}

// RemoveActivity takes an activity off a draft agreement.
type RemoveActivity struct {
	AgreementID string `json:"-"`
	ActivityID  string `json:"-"`
	Version     int64  `json:"-"`
}

// RemoveActivity removes an activity. In a signed agreement it is dropped instead and
// stays readable: Conflict "agreement.plan_kept".
func (s *Service) RemoveActivity(ctx context.Context, who models.Actor, in RemoveActivity) (AgreementDetail, error) {
	return s.changePlan(ctx, who, in.AgreementID, in.Version, in, func(tx *store.Tx, a models.Agreement) (models.AuditEvent, bool, error) {
		x, err := store.One[models.Activity](tx, store.Eq{"id": in.ActivityID, "agreement_id": a.ID})
		if err != nil {
			return models.AuditEvent{}, false, err
		}
		if err := planKept(a, "status: dropped"); err != nil {
			return models.AuditEvent{}, false, err
		}
		return childEvent(who, "remove_activity", "", activityName(x), &x, &models.Activity{}), false, tx.Remove(&models.Activity{}, store.Eq{"id": x.ID})
	})
}
