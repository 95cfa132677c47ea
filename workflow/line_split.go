package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// SplitLineItem makes two lines of one: what Costs names moves to a new line, which is
// otherwise like the first. FTE, staff, hours and quantity stay with the first line, so that
// nothing is counted twice.
type SplitLineItem struct {
	RevisionID  string      `json:"-"`
	Number      int         `json:"-"`
	Version     int64       `json:"-"`                                           // of the revision
	Description string      `json:"description" validate:"required,max=1000"`    // of the new line
	Costs       []CostInput `json:"costs" validate:"required,min=1,max=20,dive"` // what moves
}

// SplitLineItem keeps both lines or neither; the total does not change. Errors: Conflict
// "revision.locked"; Invalid "line_item.split_amount", "line_item.below_spent".
func (s *Service) SplitLineItem(ctx context.Context, who models.Actor, in SplitLineItem) (LineSaved, error) {
	var out LineSaved
	if err := s.check(in); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		d, err := s.draft(tx, who, in.RevisionID, in.Version)
		if err != nil {
			return err
		}
		found := d.line(in.Number)
		if found == nil || !found.counts() {
			return models.Fail(models.NotFound, "not_found", "This revision has no line %d.", in.Number)
		}
		before := *found
		rest, moved, err := split(d, before, in)
		if err != nil {
			return err
		}
		if err := d.keep(tx, &rest); err != nil {
			return err
		}
		if err := d.keep(tx, &moved); err != nil {
			return err
		}
		changes := map[string][2]any{}
		tellDecision(changes, rest.Number, decisionOf(&before), decisionOf(&rest))
		for _, c := range changedFields(&before, &rest) {
			changes[fmt.Sprintf("line_items/%d/%s", rest.Number, c.Field)] = [2]any{c.Before, c.After}
		}
		for _, c := range changedFields(nil, &moved) {
			changes[fmt.Sprintf("line_items/%d/%s", moved.Number, c.Field)] = [2]any{c.Before, c.After}
		}
		e := event(who, "split_line_item", "", nil, nil)
		e.Changes = jsonText(changes)
		if err := d.update(tx, who, e); err != nil {
			return err
		}
		out = LineSaved{d.revision, moved, d.findings(moved)}
		return nil
	})
	return out, err
}

// split divides the costs of a line. Something moves, and something stays.
func split(d *draft, line Line, in SplitLineItem) (rest, moved Line, err error) {
	rest, moved = line, Line{Touched: true, Version: line.Version}
	rest.Touched, rest.Costs, rest.Version.Decision = true, slices.Clone(line.Costs), "pending"
	rest.Version.RevisionID = d.revision.ID
	if !line.Touched {
		base := line
		rest.Base, rest.Version.ID, rest.Version.Action = &base, "", "change"
	}
	moved.Version.ID, moved.Version.LineItemID, moved.Version.RevisionID, moved.Version.Action = "", "", d.revision.ID, "add"
	moved.Version.Decision, moved.Version.DecisionReason, moved.Version.DecisionStep, moved.Version.DecidedBy = "pending", "", "", nil
	moved.Version.Description, moved.Version.AmountCents = in.Description, 0
	moved.Version.FTE, moved.Version.StaffCount, moved.Version.Hours, moved.Version.Quantity = 0, 0, 0, 0
	moved.Links = slices.Clone(line.Links)
	var fields []models.FieldError
	for i, c := range in.Costs {
		at := slices.IndexFunc(rest.Costs, func(k models.LineCost) bool { return k.ObjectCode == c.ObjectCode })
		switch {
		case at < 0:
			fields = append(fields, models.FieldError{Pointer: fmt.Sprintf("/costs/%d/object_code", i), Code: "line_item.unknown_code",
				Detail: fmt.Sprintf("Line %d has no cost under object %q.", line.Number, c.ObjectCode), Fix: "Name an object of the line."})
			continue
		case c.AmountCents > rest.Costs[at].AmountCents:
			fields = append(fields, models.FieldError{Pointer: fmt.Sprintf("/costs/%d/amount_cents", i), Code: "line_item.split_amount",
				Detail: fmt.Sprintf("Line %d has %s under object %s.", line.Number, rest.Costs[at].AmountCents, c.ObjectCode), Fix: fmt.Sprintf("Move at most %s.", rest.Costs[at].AmountCents)})
			continue
		}
		rest.Costs[at].AmountCents -= c.AmountCents
		rest.Version.AmountCents -= c.AmountCents
		moved.Version.AmountCents += c.AmountCents
		if c.AmountCents > 0 {
			moved.Costs = append(moved.Costs, models.LineCost{ObjectCode: c.ObjectCode, AmountCents: c.AmountCents})
		}
	}
	if len(fields) == 0 && (moved.Version.AmountCents == 0 || rest.Version.AmountCents == 0) {
		fields = append(fields, models.FieldError{Pointer: "/costs", Code: "line_item.split_amount", Detail: "One of the two lines would have no money.",
			Fix: fmt.Sprintf("Move more than %s and less than %s.", models.Cents(0), line.Version.AmountCents)})
	}
	if rest.Version.AmountCents < line.SpentCents {
		fields = append(fields, models.FieldError{Pointer: "/costs", Code: "line_item.below_spent",
			Detail: fmt.Sprintf("%s is spent on this line, more than the %s that would stay.", line.SpentCents, rest.Version.AmountCents),
			Fix:    fmt.Sprintf("Leave at least %s on it.", line.SpentCents)})
	}
	rest.Costs = slices.DeleteFunc(rest.Costs, func(k models.LineCost) bool { return k.AmountCents == 0 && len(rest.Costs) > 1 })
	slices.SortFunc(moved.Costs, func(a, b models.LineCost) int { return compare(a.ObjectCode, b.ObjectCode) })
	return rest, moved, invalid(fields)
}
