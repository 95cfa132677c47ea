package demo

import (
	"context"
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// answers are what people say to the flags of the nights in February and March: some are
// acknowledged with a plan, some waived until the end of June.
func (w *world) answers() {
	w.at("2025-12-03", "waive flags of the finished year", func(ctx context.Context) error {
		return w.answer(ctx, w.finished, "below_minimum", 1, w.manager, "waive", "A hiring plan is on file; the money goes back by September 30.")
	})
	w.at("2026-03-05", "reply to flags", func(ctx context.Context) error {
		return w.answer(ctx, w.current, "spent_before_approval", 2, models.Actor{}, "acknowledge", "The coach began with the school year; we ask how it is to be treated.")
	})
	w.at("2026-04-02", "reply to flags", func(ctx context.Context) error {
		for _, rule := range []string{"below_minimum", "behind_pace", "line_unlinked"} {
			if err := w.answer(ctx, w.current, rule, 3, models.Actor{}, "acknowledge", "Seen. Two positions are filled from May on; the ledger follows every month."); err != nil {
				return err
			}
		}
		return w.answer(ctx, w.current, "over_allocation", 2, models.Actor{}, "acknowledge", "We amend the application in the summer window.")
	})
	w.at("2026-04-07", "waive flags", func(ctx context.Context) error {
		if err := w.answer(ctx, w.current, "below_minimum", 4, w.manager, "waive", "The award was approved late in February; the minimum is looked at again in July."); err != nil {
			return err
		}
		return w.answer(ctx, w.current, "line_unlinked", 4, w.fiscals[1], "waive", "The line is linked anew in the summer window.")
	})
}

// answer takes every n-th open flag of a rule and answers it: as its district when who is
// nobody in particular.
func (w *world) answer(ctx context.Context, y *year, rule string, every int, who models.Actor, event, comment string) error {
	flags, err := w.s.Flags(ctx, w.auditor, workflow.ListFlags{GrantYearID: y.id, Rule: rule, Status: "open"})
	if err != nil {
		return err
	}
	by := map[string]*district{}
	for _, d := range w.districts {
		by[d.id] = d
	}
	slices.SortFunc(flags, func(a, b models.Flag) int {
		return strings.Compare(by[a.OrganizationID].code+a.Detail, by[b.OrganizationID].code+b.Detail)
	})
	for i, f := range flags {
		if i%every != 0 {
			continue
		}
		as := who
		if as.UserID == "" {
			as = by[f.OrganizationID].preparer
		}
		in := workflow.FlagTransition{ID: f.ID, Event: event, Comment: comment}
		if event == "waive" {
			in.Until = "2026-06-30"
		}
		w.clock.tick()
		if _, err := w.s.TransitionFlag(ctx, as, in); err != nil {
			return err
		}
	}
	return nil
}
