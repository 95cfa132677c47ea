package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// CopyForward fills a draft with the lines in force of the year before, as unapproved
// lines. Amounts "keep" refuses when they do not fit the allocation; "zero" leaves them open.
type CopyForward struct {
	RevisionID string `json:"-"`
	Version    int64  `json:"-"`
	Amounts    string `json:"amounts" validate:"omitempty,oneof=keep zero"`
}

// CopyForward adds last year's lines to a draft. Links are kept where the target is still
// in the district's agreement. Errors: Conflict "copy_forward.nothing"; Invalid when the
// amounts do not fit.
func (s *Service) CopyForward(ctx context.Context, who models.Actor, in CopyForward) (models.Revision, error) {
	var rev models.Revision
	if err := s.check(in); err != nil {
		return rev, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		d, err := s.draft(tx, who, in.RevisionID, in.Version)
		if err != nil {
			return err
		}
		earlier, err := linesBefore(tx, d)
		if err != nil {
			return err
		}
		copied := 0
		for _, l := range earlier {
			if d.has(l) {
				continue // copied before, or written again by hand
			}
			copied++
			line := d.copied(l, in.Amounts == "zero")
			if over := d.overAllocation(line); len(over) > 0 {
				over[0].Pointer = "/amounts"
				over[0].Detail = fmt.Sprintf("Last year's amounts do not fit: %s", over[0].Detail)
				over[0].Fix = "Copy with amounts \"zero\" and fill them in."
				return invalid(over)
			}
			if err := d.keep(tx, &line); err != nil {
				return err
			}
		}
		if copied == 0 {
			return models.Fail(models.Conflict, "copy_forward.done", "Every line of the year before is in this draft already.")
		}
		e := event(who, "copy_forward", "", nil, nil)
		e.Changes = jsonText(map[string][2]any{"line_items": {nil, copied}})
		if err := d.update(tx, who, e); err != nil {
			return err
		}
		rev = d.revision
		return nil
	})
	return rev, err
}

// has reports whether the draft had a line for the same thing when it was read.
func (d *draft) has(l Line) bool {
	return slices.ContainsFunc(d.original, func(x Line) bool {
		return x.Version.Description == l.Version.Description && x.Version.UseCategory == l.Version.UseCategory && x.Version.FunctionCode == l.Version.FunctionCode
	})
}

// linesBefore are the lines in force of the same district in the program's year before.
func linesBefore(tx *store.Tx, d *draft) ([]Line, error) {
	nothing := models.Fail(models.Conflict, "copy_forward.nothing", "The district has no approved application in the year before, so there is nothing to copy.")
	prior, err := store.One[models.GrantYear](tx, store.Eq{"program_code": d.def.Code, "fiscal_year": d.year.FiscalYear - 1})
	if models.KindOf(err) == models.NotFound {
		return nil, nothing
	}
	if err != nil {
		return nil, err
	}
	app, err := store.One[models.Application](tx, store.Eq{"grant_year_id": prior.ID, "organization_id": d.application.OrganizationID})
	if models.KindOf(err) == models.NotFound || (err == nil && app.InForceRevisionID == nil) {
		return nil, nothing
	}
	if err != nil {
		return nil, err
	}
	revision, err := store.Get[models.Revision](tx, *app.InForceRevisionID)
	if err != nil {
		return nil, err
	}
	lines, err := linesOf(tx, revision)
	if err != nil {
		return nil, err
	}
	var kept []Line
	for _, l := range lines {
		if e, ok := l.effective(); ok {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return nil, nothing
	}
	return kept, nil
}

// copied is a line of an earlier year as a new line of this draft.
func (d *draft) copied(l Line, zero bool) Line {
	line := Line{Touched: true, Version: l.Version}
	line.Version.ID, line.Version.LineItemID, line.Version.RevisionID, line.Version.Action = "", "", d.revision.ID, "add"
	line.Version.Decision, line.Version.DecisionReason, line.Version.DecisionStep, line.Version.DecidedBy = "pending", "", "", nil
	line.Version.StartsOn, line.Version.EndsOn = "", ""               // of the earlier year
	if l.Version.SchoolID != nil && !d.schools[*l.Version.SchoolID] { // another district has it by now
		line.Version.SchoolID = nil
	}
	for _, c := range l.Costs {
		if zero {
			c.AmountCents = 0
		}
		line.Costs = append(line.Costs, models.LineCost{ObjectCode: c.ObjectCode, AmountCents: c.AmountCents})
	}
	if zero {
		line.Version.AmountCents = 0
	}
	for _, k := range l.Links {
		target, ok := d.targets[k.TargetID]
		if ok && !d.retired[k.TargetID] {
			line.Links = append(line.Links, models.LineLink{GoalID: target.GoalID, TargetID: target.ID})
		}
	}
	return line
}
