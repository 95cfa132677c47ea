package demo

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/workflow"
)

// year is a grant year of the demo.
type year struct {
	fiscal int
	id     string
}

// story is one district's application for one year.
type story struct {
	d     *district
	year  *year
	app   models.Application
	rev   models.Revision // the one being worked on
	lines []*line
	since models.Date // up to which spending is told

	agreement string // of a year that is over
	undoing   map[*line]workflow.SaveLineItem
}

// apply starts the application and writes its lines.
func (w *world) apply(st *story, on models.Date) {
	w.at(on, "apply for "+st.d.code, func(ctx context.Context) error {
		var err error
		if st.app, err = w.s.CreateApplication(ctx, st.d.preparer, workflow.CreateApplication{GrantYearID: st.year.id, OrganizationID: st.d.id}); err != nil {
			return err
		}
		revisions, err := w.s.RevisionsList(ctx, st.d.preparer, workflow.ListRevisions{ApplicationID: st.app.ID}, workflow.Page{})
		if err != nil {
			return err
		}
		st.rev = revisions[0]
		receipt, err := w.s.Allocation(ctx, st.d.preparer, *st.app.AllocationID)
		if err != nil {
			return err
		}
		st.lines = w.plan(st.d, st.year, st.app.AllocationCents, receipt.ReceiptLines.SetAsides[0].AmountCents)
		return w.write(ctx, st, st.lines...)
	})
}

// write saves lines into the open revision: new ones, and those that have a number again.
func (w *world) write(ctx context.Context, st *story, lines ...*line) error {
	for _, l := range lines {
		in := l.input
		in.RevisionID, in.Number = st.rev.ID, l.number
		w.clock.tick()
		saved, err := w.s.SaveLineItem(ctx, st.d.preparer, in)
		if err != nil {
			return fmt.Errorf("line %d, %s: %w", l.number, in.Description, err)
		}
		l.number, l.id, st.rev = saved.Line.Number, saved.Line.LineItemID, saved.Revision
	}
	return nil
}

func (w *world) step(ctx context.Context, st *story, who models.Actor, event, comment string) (err error) {
	w.clock.tick()
	st.rev, err = w.s.TransitionRevision(ctx, who, workflow.TransitionRevision{ID: st.rev.ID, Event: event, Comment: comment})
	return err
}

func (w *world) submit(st *story, on models.Date) {
	w.at(on, "submit "+st.d.code, func(ctx context.Context) error { return w.step(ctx, st, st.d.official(), "submit", "") })
}

// review approves at both steps.
func (w *world) review(st *story, program, fiscal models.Date) {
	w.reviewProgram(st, program)
	w.reviewFiscal(st, fiscal)
}

func (w *world) reviewProgram(st *story, on models.Date) {
	w.at(on, "program review of "+st.d.code, func(ctx context.Context) error { return w.step(ctx, st, st.d.pal, "approve", "") })
}

func (w *world) reviewFiscal(st *story, on models.Date) {
	w.at(on, "fiscal review of "+st.d.code, func(ctx context.Context) error {
		who := w.fiscals[st.d.n%fiscals]
		if st.d.n%11 == 0 {
			who = w.manager
		}
		if err := w.step(ctx, st, who, "approve", ""); err != nil {
			return err
		}
		app, err := w.s.Application(ctx, st.d.preparer, st.app.ID)
		if err != nil {
			return err
		}
		st.app = app.Application
		if st.since == "" {
			st.since = st.app.ApprovedOn
		}
		return w.expectPayments(ctx, st)
	})
}

// expectPayments plans the recording of every payment that is expected.
func (w *world) expectPayments(ctx context.Context, st *story) error {
	payments, err := w.s.Payments(ctx, w.fiscals[0], workflow.ListPayments{ApplicationID: st.app.ID, Status: "expected"})
	if err != nil {
		return err
	}
	for _, p := range payments {
		if p.ExpectedOn >= Today || w.planned[p.ID] {
			continue
		}
		w.planned[p.ID] = true
		w.at(p.ExpectedOn, "pay "+st.d.code, func(ctx context.Context) error {
			_, err := w.s.TransitionPayment(ctx, w.fiscals[0], workflow.TransitionPayment{ID: p.ID, Event: "record", PaidOn: p.ExpectedOn, PaidCents: p.AmountCents,
				Reference: fmt.Sprintf("State Aid %s (synthetic)", p.ExpectedOn)})
			return err
		})
	}
	return nil
}

// sendBack returns the revision with a reason on its second line; the district mends that
// line and hands in again.
func (w *world) sendBack(st *story, on, again models.Date) {
	w.at(on, "return "+st.d.code, func(ctx context.Context) error {
		_, err := w.s.DecideLineItem(ctx, st.d.pal, workflow.DecideLineItem{RevisionID: st.rev.ID, Number: st.lines[1].number, Decision: "returned",
			Reason: "Say how many pupils the service reaches and on which days."})
		if err != nil {
			return err
		}
		return w.step(ctx, st, st.d.pal, "return", "One line needs more; the others are fine.")
	})
	if again == "" {
		return
	}
	w.at(again, "mend "+st.d.code, func(ctx context.Context) error {
		l := st.lines[1]
		l.input.Description += "; about 60 pupils, Monday to Thursday"
		if err := w.write(ctx, st, l); err != nil {
			return err
		}
		return w.step(ctx, st, st.d.official(), "submit", "")
	})
}

// denyLine refuses the last line, and leaves the rest to the review that follows.
func (w *world) denyLine(st *story, on models.Date) {
	w.at(on, "deny a line of "+st.d.code, func(ctx context.Context) error {
		l := st.lines[len(st.lines)-1]
		l.free = true
		st.lines = st.lines[:len(st.lines)-1]
		_, err := w.s.DecideLineItem(ctx, st.d.pal, workflow.DecideLineItem{RevisionID: st.rev.ID, Number: l.number, Decision: "denied",
			Reason: "The general fund paid for this last year; the grant must not replace it."})
		return err
	})
}

func (w *world) exception(st *story, on, until models.Date, why string) {
	w.at(on, "open window of "+st.d.code, func(ctx context.Context) error {
		_, err := w.s.OpenException(ctx, w.manager, workflow.OpenException{ID: st.app.ID, Until: until, Comment: why})
		return err
	})
}

// amend opens an amendment and writes its changes.
func (w *world) amend(st *story, on models.Date, reason string, change func(now models.Application) []*line) {
	w.at(on, "amend "+st.d.code, func(ctx context.Context) error {
		now, err := w.s.Application(ctx, st.d.preparer, st.app.ID)
		if err != nil {
			return err
		}
		if st.rev, err = w.s.CreateAmendment(ctx, st.d.preparer, workflow.CreateAmendment{ApplicationID: st.app.ID, Reason: reason}); err != nil {
			return err
		}
		return w.write(ctx, st, change(now.Application)...)
	})
}

func (w *world) withdraw(st *story, on models.Date, why string) {
	w.at(on, "withdraw "+st.d.code, func(ctx context.Context) error {
		st.undo()
		return w.step(ctx, st, st.d.official(), "withdraw", why)
	})
}

// move takes money from one line and gives it to another.
func (st *story) move(from, to int, amount models.Cents) []*line {
	st.undoing = map[*line]workflow.SaveLineItem{}
	for _, l := range []*line{st.lines[from], st.lines[to]} {
		st.undoing[l] = l.input
		l.input.Costs = slices.Clone(l.input.Costs)
	}
	st.lines[from].add(-amount)
	st.lines[to].add(amount)
	return []*line{st.lines[from], st.lines[to]}
}

// undo forgets a move that was not approved.
func (st *story) undo() {
	for l, input := range st.undoing {
		l.input = input
	}
}

// add changes the amount of a line; what is counted by the piece changes its price.
func (l *line) add(amount models.Cents) {
	l.input.Costs[0].AmountCents += amount
	if l.input.Quantity > 0 {
		n := models.Cents(l.input.Quantity / 100)
		l.input.UnitCostCents = l.input.Costs[0].AmountCents / n
		l.input.Costs[0].AmountCents = n * l.input.UnitCostCents
	}
}
