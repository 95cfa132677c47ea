package workflow

import (
	"testing"

	"earmark/models"
)

func TestSplittingKeepsTheTotalAndWhatIsSpent(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(10000000)
	o.spend(app, 1, 6000000)
	rev := o.amend(app)
	part := func(amount models.Cents) SplitLineItem {
		return SplitLineItem{RevisionID: rev.ID, Number: 1, Version: rev.Version, Description: "The second site of the same services",
			Costs: []CostInput{{ObjectCode: o.services(rev, 1).Costs[0].ObjectCode, AmountCents: amount}}}
	}
	_, err := o.s.SplitLineItem(ctx, o.preparer, part(4000001))
	refused(t, err, models.Invalid, "line_item.below_spent")
	_, err = o.s.SplitLineItem(ctx, o.preparer, part(0))
	refused(t, err, models.Invalid, "line_item.split_amount")
	saved, err := o.s.SplitLineItem(ctx, o.preparer, part(4000000))
	noError(t, err)
	equal(t, saved.Revision.TotalCents, models.Cents(10000000))
	equal(t, saved.Line.Version.AmountCents, models.Cents(4000000))
	v, err := o.s.Revision(ctx, o.preparer, rev.ID)
	noError(t, err)
	equal(t, len(v.Lines), 2)
	equal(t, v.Lines[0].Version.AmountCents, models.Cents(6000000))
	equal(t, o.line(app, 1).AmountCents, models.Cents(10000000)) // still in force
	// The trail tells both lines: the day reads back what the revision holds.
	on, err := o.s.ApplicationLinesOn(ctx, o.preparer, app.ID, o.s.Today())
	noError(t, err)
	equal(t, len(on.Proposed), 2)
	equal(t, string(on.Proposed[0].Fields["amount_cents"]), "6000000")
	equal(t, string(on.Proposed[1].Fields["amount_cents"]), "4000000")
}

func TestAPreviewIsWhatSavingLeavesAndKeepsNothing(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(10000000)
	rev := o.amend(app)
	in := o.services(rev, 9500000)
	in.Number = 1
	preview, err := o.s.PreviewLineItem(ctx, o.preparer, PreviewLineItem{RevisionID: rev.ID, Number: 1, LineItem: &in})
	noError(t, err)
	untouched, err := o.s.Revision(ctx, o.preparer, rev.ID)
	noError(t, err)
	equal(t, untouched.Revision.Version, rev.Version)
	equal(t, untouched.Revision.TotalCents, models.Cents(10000000))
	saved, err := o.s.SaveLineItem(ctx, o.preparer, in)
	noError(t, err)
	equal(t, preview.TotalCents, saved.Revision.TotalCents)
	equal(t, preview.LineCount, saved.Revision.LineCount)
	equal(t, len(preview.Findings), len(saved.Findings))
	meter, err := o.s.RevisionMeter(ctx, o.preparer, rev.ID)
	noError(t, err)
	equal(t, preview.Meter, meter)
	_, err = o.s.PreviewLineItem(ctx, o.pal, PreviewLineItem{RevisionID: rev.ID, LineItem: &in})
	refused(t, err, models.Forbidden, "permission.role")
}

func TestBothSidesSeeOneChecklist(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(10000000)
	rev := o.amend(app)
	theirs, err := o.s.RevisionChecklist(ctx, o.preparer, rev.ID)
	noError(t, err)
	ours, err := o.s.RevisionChecklist(ctx, o.pal, rev.ID)
	noError(t, err)
	equal(t, theirs, ours)
	met := map[string]bool{}
	for _, c := range theirs {
		met[c.Code] = c.Met
	}
	equal(t, met["reason"], false) // nothing is changed yet
	equal(t, met["fits"], true)
	equal(t, met["meter"], true)
}
