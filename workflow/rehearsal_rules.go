package workflow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow/formula"
)

// ruleAt names a rule where it was applied: at a line, or at the whole (0).
type ruleAt struct {
	line int
	rule string
}

// verdict is what a rule says; severity "" is for a value that is not right or wrong, such
// as the steps of an approval.
type verdict struct {
	severity string
	says     string
}

// application replays both rules over one application: over what is in force and over the
// revision that is open.
func (r *rehearsal) application(app models.Application) {
	o := r.world.organizations[app.OrganizationID]
	stored := r.world.receipts[app.ID]
	receipts, cents := [2]formula.Receipt{stored, stored}, [2]models.Cents{app.AllocationCents, app.AllocationCents}
	if after, ok := r.after.byOrganization[app.OrganizationID]; ok && r.out.AllocationWrong == nil && app.AllocationID != nil {
		before := r.before.byOrganization[app.OrganizationID]
		receipts, cents = [2]formula.Receipt{before.Receipt, after.Receipt}, [2]models.Cents{before.AmountCents, after.AmountCents}
	}
	var touched toucher
	for _, rev := range r.world.revisions[app.ID] {
		lines := r.world.linesAt(rev)
		r.out.Revisions++
		r.out.Lines += len(lines)
		var says [2]map[ruleAt]verdict
		for i, ru := range []rules{r.now, r.then} {
			d := r.world.draft(ru, app, rev, lines, receipts[i], cents[i], r.today)
			says[i] = r.verdicts(d)
		}
		for _, f := range changedVerdicts(says[0], says[1]) {
			f.ApplicationID, f.Reference, f.RevisionID, f.RevisionNumber, f.RevisionStatus = app.ID, app.Reference, rev.ID, rev.Number, rev.Status
			f.AmountCents = rev.TotalCents
			if f.LineNumber > 0 {
				f.Subject, f.AmountCents = subjectLine, amountAt(lines, f.LineNumber)
			}
			touched.add(f)
			r.find(r.recipient(o), f)
		}
	}
	if i, ok := r.at[o.ID]; ok {
		rec := &r.out.Recipients[i]
		rec.ApplicationID, rec.Reference, rec.TouchedCents = app.ID, app.Reference, touched.cents()
		r.out.TouchedCents += rec.TouchedCents
	}
}

func amountAt(lines []Line, number int) models.Cents {
	for _, l := range lines {
		if l.Number == number {
			return l.Version.AmountCents
		}
	}
	return 0
}

// toucher sums the dollars that findings are about: each line once, and all of an
// application once one of its revisions is concerned as a whole.
type toucher struct {
	whole models.Cents
	lines map[int]models.Cents
}

func (t *toucher) add(f RehearsalFinding) {
	if f.LineNumber == 0 {
		t.whole = max(t.whole, f.AmountCents)
		return
	}
	if t.lines == nil {
		t.lines = map[int]models.Cents{}
	}
	t.lines[f.LineNumber] = max(t.lines[f.LineNumber], f.AmountCents)
}

func (t *toucher) cents() (sum models.Cents) {
	for _, c := range t.lines {
		sum += c
	}
	return max(sum, t.whole)
}

// verdicts are what the rules of a draft say of it: the checks of its lines, the lines it
// needs, the gate, what fits, limits, and for an open revision what its approval asks for.
func (r *rehearsal) verdicts(d *draft) map[ruleAt]verdict {
	out := map[ruleAt]verdict{}
	say := func(fields []models.FieldError) {
		for _, f := range fields {
			at := ruleAt{0, f.Code}
			_, _ = fmt.Sscanf(f.Pointer, "/line_items/%d/", &at.line)
			out[at] = verdict{cmp.Or(f.Severity, "error"), f.Detail}
		}
	}
	inForce := d.application.InForceRevisionID != nil && *d.application.InForceRevisionID == d.revision.ID
	for _, l := range d.lines {
		if d.stopped() != nil {
			return out // of a rehearsal that ends with an error
		}
		if !l.counts() {
			continue
		}
		say(d.findings(l))
		if d.needsTarget(l) {
			say([]models.FieldError{unlinkedField(l.Number)})
		}
		if inForce {
			say(d.overLimit(l))
		}
	}
	say(d.requiredLines())
	say(asFields(d.fits()))
	if inForce || d.revision.BaseID == nil {
		found, err := d.gate(r.world.history(d.application.OrganizationID))
		say(append(asFields(err), found.shut...))
	}
	if !inForce {
		r.approvalOf(d, out)
	}
	return out
}

// overLimit is a line on which more is spent than may be without an amendment.
func (d *draft) overLimit(l Line) []models.FieldError {
	limit := lineLimit(d.def.Expenditures, l.Version.AmountCents)
	if l.SpentCents <= limit {
		return nil
	}
	return []models.FieldError{{Pointer: fmt.Sprintf("/line_items/%d/costs", l.Number), Code: ruleOfLimit, Severity: "error",
		Detail: fmt.Sprintf("%s is spent on line %d; %s may be without an amendment.", l.SpentCents, l.Number, limit)}}
}

// approvalOf says what an open revision would need: the amendment meter's outcome and the
// steps of the approval chain.
func (r *rehearsal) approvalOf(d *draft, out map[ruleAt]verdict) {
	pal := r.world.organizations[d.application.OrganizationID].PALUserID
	var steps []string
	for _, s := range d.def.Approval.Standing(d.chain(pal, r.world.approvals[d.revision.ID])).Steps {
		text := s.Step.Code
		if s.Needed > 1 {
			text = fmt.Sprintf("%s (%d people)", text, s.Needed)
		}
		steps = append(steps, text)
	}
	if len(steps) > 1 && !d.def.Approval.Ordered {
		steps = append(steps, "in any order")
	}
	out[ruleAt{0, ruleOfApproval}] = verdict{"", strings.Join(steps, ", ")}
	base, ok := r.world.base(d.revision)
	if !ok {
		return
	}
	basis := d.def.Amendment.Basis
	m := Meter(d.def.Amendment, MeterInput{Approved: budgetOf(r.world.linesAt(base), basis), Proposed: budgetOf(d.lines, basis), Changes: d.changes()})
	out[ruleAt{0, ruleOfAmendment}] = verdict{"", m.Outcome}
}

// changedVerdicts are the rules that say something else.
func changedVerdicts(before, after map[ruleAt]verdict) []RehearsalFinding {
	var out []RehearsalFinding
	for at, b := range before {
		a, ok := after[at]
		f := RehearsalFinding{Subject: subjectRevision, Rule: at.rule, LineNumber: at.line, Before: b.says, After: a.says, Severity: b.severity}
		switch {
		case !ok && b.severity != "":
			f.Effect = EffectPasses
		case b.severity != a.severity:
			f.Effect, f.Severity, f.Before, f.After = EffectChanges, a.severity, b.severity+": "+b.says, a.severity+": "+a.says
		case b.severity == "" && b.says != a.says:
			f.Effect = EffectChanges
		default:
			continue
		}
		out = append(out, f)
	}
	for at, a := range after {
		if _, known := before[at]; known {
			continue
		}
		f := RehearsalFinding{Effect: EffectFails, Subject: subjectRevision, Rule: at.rule, LineNumber: at.line, After: a.says, Severity: a.severity}
		if a.severity == "" {
			f.Effect = EffectChanges
		}
		out = append(out, f)
	}
	for i := range out {
		if strings.HasPrefix(out[i].Rule, "gate.") {
			out[i].Subject = subjectApplication
		}
	}
	slices.SortFunc(out, func(a, b RehearsalFinding) int { return cmp.Or(a.LineNumber-b.LineNumber, cmp.Compare(a.Rule, b.Rule)) })
	return out
}
