package workflow

import (
	"context"
	"errors"
	"fmt"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// Findings are everything that is wrong with a revision, errors, warnings and what was
// waived, each with field, rule and fix.
type Findings struct {
	Errors   int
	Warnings int
	Waived   int
	Fields   []models.FieldError
}

// Validate checks a revision as submission would, and changes nothing.
func (s *Service) Validate(ctx context.Context, who models.Actor, revisionID string) (Findings, error) {
	var out Findings
	d, v, err := s.revisionView(ctx, who, revisionID)
	if err != nil {
		return out, err
	}
	facts, err := s.facts(ctx, who, d, v.Approvals, "")
	if err != nil {
		return out, err
	}
	return findingsOf(d, facts), nil
}

// findingsOf puts everything in one list: what stops submission first, then warnings.
func findingsOf(d *draft, facts revisionFacts) (out Findings) {
	for _, err := range []error{facts.open, facts.reason, facts.window, facts.gate, facts.lines, facts.fits} {
		out.Fields = append(out.Fields, asFields(err)...)
	}
	out.Fields = append(out.Fields, facts.waived...)
	for _, l := range d.lines {
		for _, f := range d.findings(l) {
			if f.Severity == "warning" {
				out.Fields = append(out.Fields, f)
			}
		}
	}
	for _, f := range out.Fields {
		switch f.Severity {
		case "warning":
			out.Warnings++
		case severityWaived:
			out.Waived++
		default:
			out.Errors++
		}
	}
	return out
}

// asFields turns a rule's error into fields, so that all of them stand in one list.
func asFields(err error) []models.FieldError {
	if err == nil {
		return nil
	}
	var e *models.Error
	if !errors.As(err, &e) {
		return []models.FieldError{{Pointer: "", Code: "error", Detail: err.Error(), Severity: "error"}}
	}
	if len(e.Fields) > 0 {
		return e.Fields
	}
	return []models.FieldError{{Pointer: "", Code: e.Code, Detail: e.Detail, Severity: "error"}}
}

// facts computes what the rules of a step look at.
func (s *Service) facts(ctx context.Context, who models.Actor, d *draft, approvals []models.Approval, comment string) (revisionFacts, error) {
	return s.factsIn(s.db.Read(ctx), who, d, approvals, comment)
}

func (s *Service) factsIn(r store.Reading, who models.Actor, d *draft, approvals []models.Approval, comment string) (revisionFacts, error) {
	f := revisionFacts{lines: d.lineErrors(), fits: d.fits(), reason: d.reasonProblem(), linked: d.unlinked(), window: s.windowProblem(d), open: d.open()}
	district, err := store.Get[models.Organization](r, d.revision.OrganizationID)
	if err != nil {
		return f, err
	}
	gate, err := s.gateFindings(r, d)
	if err != nil {
		return f, err
	}
	f.gate, f.waived = invalid(gate.shut), gate.waived
	item, done := d.chain(district.PALUserID, approvals)
	if d.step, d.by, f.reviewer = d.def.Approval.Authority(item, done, who); d.step != nil {
		f.last = d.def.Approval.Standing(item, done).LastAfter(d.step.Code)
	}
	returned := 0
	for _, l := range d.lines {
		if l.Touched && l.Version.Decision == "returned" {
			returned++
		}
	}
	if returned > 0 {
		f.undecided = models.Fail(models.Conflict, "revision.lines_returned", "%d line items are marked for modification. Return the revision, or decide those lines first.", returned)
	} else if comment == "" {
		f.returning = models.Field("/comment", "required", "Nothing says what to mend.", "Mark a line as returned with a reason, or write a comment.")
	}
	return f, nil
}

// lineErrors are the checks that lines fail, all at once.
func (d *draft) lineErrors() error {
	var fields []models.FieldError
	count := 0
	for _, l := range d.lines {
		if !l.counts() {
			continue
		}
		count++
		for _, f := range d.findings(l) {
			if f.Severity != "warning" {
				fields = append(fields, f)
			}
		}
	}
	if count == 0 {
		fields = append(fields, models.FieldError{Pointer: "/line_items", Code: "revision.no_lines", Detail: "There is no line item.", Fix: "Add at least one line item."})
	}
	return invalid(append(fields, d.requiredLines()...))
}

// requiredLines are the lines that the definition asks for and the revision lacks.
func (d *draft) requiredLines() []models.FieldError {
	if len(d.def.RequiredLines) == 0 {
		return nil
	}
	views := make([]programs.LineView, 0, len(d.lines))
	for _, l := range d.lines {
		if d.stopped() != nil {
			return nil
		}
		if e, ok := l.effective(); ok {
			views = append(views, viewOf(d.rules, e, d.partnership, d.retired))
		}
	}
	return lackingLines(d.def, d.params, d.setAsides, views)
}

// lackingLines are the required lines that have less than what was set aside for them.
func lackingLines(def *programs.Definition, params programs.Params, setAsides map[string]models.Cents, lines []programs.LineView) []models.FieldError {
	var fields []models.FieldError
	for i, r := range def.RequiredLines {
		var have models.Cents
		need := setAsides[r.SetAside]
		for _, l := range lines {
			if def.MatchesRequired(i, l, params) {
				have += models.Cents(l.AmountCents)
			}
		}
		if have < need {
			fields = append(fields, models.FieldError{Pointer: "/line_items", Code: "required_line." + r.Code,
				Detail: fmt.Sprintf("%s It has %s of %s.", r.Says, have, need), Fix: r.Fix})
		}
	}
	return fields
}

// fits checks totals against the allocation and amounts against what is spent.
func (d *draft) fits() error {
	total, _, err := totalOf(d.lines)
	if err != nil {
		return err
	}
	var fields []models.FieldError
	if total > d.application.AllocationCents {
		fields = append(fields, models.FieldError{Pointer: "/line_items", Code: "line_item.over_allocation",
			Detail: fmt.Sprintf("The lines total %s, %s more than the allocation of %s.", total, total-d.application.AllocationCents, d.application.AllocationCents),
			Fix:    "Lower or remove lines."})
	}
	for _, l := range d.lines {
		var amount models.Cents
		if e, ok := l.effective(); ok {
			amount = e.Version.AmountCents
		}
		c := d.committed[l.LineItemID]
		if direct := max(l.SpentCents-c.SpentCents, 0); c.CommittedCents+c.PendingCents > 0 && l.Touched && l.Version.Decision != "denied" && c.CommittedCents+c.PendingCents+direct > amount {
			fields = append(fields, models.FieldError{Pointer: fmt.Sprintf("/line_items/%d/costs", l.Number), Code: "line_item.below_committed",
				Detail: fmt.Sprintf("%s of line %d is committed, asked for or spent without a contract, more than the %s it would have.", c.CommittedCents+c.PendingCents+direct, l.Number, amount),
				Fix:    "Cancel commitments first, or give at least that much."})
		}
		// A denied change leaves the line as it is in force, spent within its tolerance or not.
		if l.SpentCents > amount && l.Touched && l.Version.Decision != "denied" {
			fields = append(fields, models.FieldError{Pointer: fmt.Sprintf("/line_items/%d/costs", l.Number), Code: "line_item.below_spent",
				Detail: fmt.Sprintf("%s is spent on line %d, more than the %s it would have.", l.SpentCents, l.Number, amount),
				Fix:    fmt.Sprintf("Give at least %s.", l.SpentCents)})
		}
	}
	return invalid(fields)
}

// unlinked refuses approval of lines that serve no target: the money is there "to support
// attainment of" benchmarks and outcomes (MCL 388.1621h).
func (d *draft) unlinked() error {
	var fields []models.FieldError
	for _, l := range d.lines {
		if l.Touched && l.counts() && d.needsTarget(l) {
			fields = append(fields, unlinkedField(l.Number))
		}
	}
	return invalid(fields)
}

// needsTarget reports a line without a live target, in a program that has targets.
func (d *draft) needsTarget(l Line) bool { return len(d.def.Targets.Types) > 0 && !l.linked(d.retired) }

func unlinkedField(number int) models.FieldError {
	return models.FieldError{Pointer: fmt.Sprintf("/line_items/%d/links", number), Code: "line_item.unlinked",
		Detail: fmt.Sprintf("Line %d serves no benchmark or outcome, so it cannot be approved.", number),
		Fix:    "Return it and ask for the benchmark (ITB) or outcome (ETO) it serves."}
}

// reasonProblem: an amendment says why, and changes something.
func (d *draft) reasonProblem() error {
	if d.revision.BaseID == nil {
		return nil
	}
	for _, l := range d.lines {
		if l.Touched {
			return nil
		}
	}
	return models.Field("/line_items", "revision.no_change", "This amendment changes no line.", "Change at least one line, or withdraw the amendment.")
}

// windowProblem says why today is no day for submitting. Windows are for handing in: what
// came in time and was returned may come back on any day of an open year.
func (s *Service) windowProblem(d *draft) error {
	if d.revision.Status == StatusReturned {
		return nil
	}
	purpose := "application"
	if d.revision.BaseID != nil {
		purpose = "amendment"
	}
	spans := d.def.Spans(purpose, d.year.FiscalYear)
	today := s.Today()
	if len(spans) == 0 || today <= d.application.WindowException {
		return nil
	}
	var next, last programs.Span
	for _, w := range spans {
		if today.Within(w.From, w.To) {
			return nil
		}
		if w.From > today && (next.Code == "" || w.From < next.From) {
			next = w
		}
		if w.To < today && w.To > last.To {
			last = w
		}
	}
	hint := "No later window is set for this grant year."
	if next.Code != "" {
		hint = fmt.Sprintf("The next window is %s to %s.", next.From, next.To)
	} else if last.Code != "" {
		hint = fmt.Sprintf("The last window closed on %s.", last.To)
	}
	return models.Fail(models.Conflict, "window.closed", "Today (%s) is outside the %s window. %s Ask the office for an exception if you need one.", today, purpose, hint)
}
