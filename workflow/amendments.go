package workflow

import (
	"context"
	"slices"

	"earmark/models"
	"earmark/store"
)

// RevisionMeter measures a revision against the one it would replace: movement per cell
// since the last approval, the rule, its citation, and what it asks for.
func (s *Service) RevisionMeter(ctx context.Context, who models.Actor, revisionID string) (MeterResult, error) {
	d, _, err := s.revisionView(ctx, who, revisionID)
	if err != nil {
		return MeterResult{}, err
	}
	return meterOf(s.db.Read(ctx), d)
}

// meterOf measures a revision as it is loaded, with what somebody tries out in it.
func meterOf(r *store.Reader, d *draft) (m MeterResult, err error) {
	basis := d.def.Amendment.Basis
	in := MeterInput{Approved: map[models.Cell]models.Cents{}, Proposed: budgetOf(d.lines, basis), Changes: d.changes()}
	if in.Spent, err = spentOn(r, d, basis); err != nil {
		return m, err
	}
	if d.revision.BaseID != nil {
		base, err := store.Get[models.Revision](r, *d.revision.BaseID)
		if err != nil {
			return m, err
		}
		lines, err := linesOf(r, base)
		if err != nil {
			return m, err
		}
		in.Approved = budgetOf(lines, basis)
	}
	return Meter(d.def.Amendment, in), nil
}

// spentOn is what was spent, by cell on the basis of the rule.
func spentOn(r *store.Reader, d *draft, basis string) (map[models.Cell]models.Cents, error) {
	spent := map[models.Cell]models.Cents{}
	if basis == "line" || basis == "use_category" {
		for _, l := range d.lines {
			if l.SpentCents != 0 {
				spent[cellOf(l, basis)] += l.SpentCents
			}
		}
		return spent, nil
	}
	cells, err := r.SpentByCell(d.application.ID)
	for _, c := range cells {
		cell := models.Cell{ObjectCode: c.ObjectCode}
		if basis == "cell" {
			cell.FunctionCode = c.FunctionCode
		}
		spent[cell] += c.AmountCents
	}
	return spent, err
}

// changes lists the kinds of change that a rule may always send to review, line by line.
func (d *draft) changes() []MeterChange {
	var out []MeterChange
	for _, l := range d.lines {
		if !l.Touched || l.Version.Decision == "denied" {
			continue
		}
		for _, kind := range d.kindsOfChange(l) {
			out = append(out, MeterChange{Change: kind, Line: l.Number})
		}
	}
	return out
}

func (d *draft) kindsOfChange(l Line) []string {
	if l.Version.Action == "remove" {
		return []string{"removed_line"}
	}
	var kinds []string
	b := l.Base
	if b == nil {
		kinds = append(kinds, "new_line")
	}
	if l.Version.FTE > 0 && (b == nil || l.Version.FTE > b.Version.FTE || l.Version.StaffCount > b.Version.StaffCount) {
		kinds = append(kinds, "new_position")
	}
	if capital := d.capitalOf(l); capital > 0 && (b == nil || capital > d.capitalOf(*b)) {
		kinds = append(kinds, "capital_item")
	}
	if b == nil {
		return kinds
	}
	if deref(l.Version.SchoolID) != deref(b.Version.SchoolID) {
		kinds = append(kinds, "school_changed")
	}
	if l.Version.UseCategory != b.Version.UseCategory {
		kinds = append(kinds, "use_category_changed")
	}
	if !sameLinks(l.Links, b.Links) {
		kinds = append(kinds, "link_changed")
	}
	return kinds
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// capitalOf is the part of a line under what the chart of accounts calls capital outlay.
func (d *draft) capitalOf(l Line) models.Cents {
	var sum models.Cents
	chart := d.def.ChartOfAccounts()
	if chart == nil {
		return 0
	}
	for _, c := range l.Costs {
		if object, known := chart.Object(c.ObjectCode, d.year.FiscalYear); known && object.Capital {
			sum += c.AmountCents
		}
	}
	return sum
}

func sameLinks(a, b []models.LineLink) bool {
	return slices.EqualFunc(a, b, func(x, y models.LineLink) bool { return x.GoalID == y.GoalID && x.TargetID == y.TargetID })
}

// LineDiff is how one line differs between two revisions.
type LineDiff struct {
	Number      int
	Change      string // added, removed, changed, same
	Description string
	BeforeCents models.Cents
	AfterCents  models.Cents
	SpentCents  models.Cents
	Fields      []FieldChange
}

// RevisionDiff is everything that differs between two revisions of one application.
type RevisionDiff struct {
	From, To    models.Revision
	Lines       []LineDiff // by number; unchanged ones included as "same"
	BeforeCents models.Cents
	AfterCents  models.Cents
}

// Diff compares two revisions of one application, in either order.
func (s *Service) Diff(ctx context.Context, who models.Actor, fromID, toID string) (RevisionDiff, error) {
	a, _, err := s.revisionView(ctx, who, fromID)
	if err != nil {
		return RevisionDiff{}, err
	}
	b, _, err := s.revisionView(ctx, who, toID)
	if err != nil {
		return RevisionDiff{}, err
	}
	if a.revision.ApplicationID != b.revision.ApplicationID {
		return RevisionDiff{}, models.Field("/with", "other_application", "The two revisions belong to different applications.", "Compare revisions of one application.")
	}
	out := RevisionDiff{From: a.revision, To: b.revision}
	before, after := byNumber(a.lines), byNumber(b.lines)
	numbers := map[int]bool{}
	for n := range before {
		numbers[n] = true
	}
	for n := range after {
		numbers[n] = true
	}
	for n := range numbers {
		out.Lines = append(out.Lines, lineDiff(n, before[n], after[n]))
	}
	slices.SortFunc(out.Lines, func(x, y LineDiff) int { return x.Number - y.Number })
	for _, l := range out.Lines {
		out.BeforeCents += l.BeforeCents
		out.AfterCents += l.AfterCents
	}
	return out, nil
}

func byNumber(lines []Line) map[int]*Line {
	out := map[int]*Line{}
	for _, l := range lines {
		if e, ok := l.effective(); ok {
			out[l.Number] = &e
		}
	}
	return out
}

func lineDiff(number int, before, after *Line) LineDiff {
	d := LineDiff{Number: number, Change: "changed", Fields: changedFields(before, after)}
	switch {
	case before == nil:
		d.Change = "added"
	case after == nil:
		d.Change = "removed"
	case len(d.Fields) == 0:
		d.Change = "same"
	}
	if before != nil {
		d.BeforeCents, d.Description, d.SpentCents = before.Version.AmountCents, before.Version.Description, before.SpentCents
	}
	if after != nil {
		d.AfterCents, d.Description, d.SpentCents = after.Version.AmountCents, after.Version.Description, after.SpentCents
	}
	return d
}
