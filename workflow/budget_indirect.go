package workflow

import (
	"fmt"
	"slices"

	"earmark/models"
)

// judgeIndirect works out what may be charged as indirect cost each year and holds the
// form's line against it.
func (s *budgetSheet) judgeIndirect(r *BudgetResult, in budgetContext) {
	rule := s.def.Indirect
	if rule == nil {
		return
	}
	line := s.def.LineAt(rule.Line)
	out := &IndirectResult{Mode: s.indirect.Mode, Status: "allowed"}
	base := s.indirect.BaseLines
	switch s.indirect.Mode {
	case IndirectAgreement:
		out.RateBP = s.indirect.RateBP
	case IndirectTemporary:
		t := rule.Temporary
		out.RateBP, base = t.PercentBP, t.Base
		out.Status, out.ProposalDueOn = s.proposal(t.ProposalDays, in.today)
	default:
		out.Mode, out.Status, base = IndirectNone, "none", nil
	}
	for y, name := range s.def.Years {
		out.Years = append(out.Years, s.indirectYear(r, in, out, line, y, name, base))
		out.LimitCents += out.Years[y].LimitCents
	}
	r.Indirect = out
	if out.Status == "blocked" {
		severity := "warning"
		if s.total(line) > 0 {
			severity = "error"
		}
		r.problem("/indirect", "budget.indirect_blocked", severity, "Charge no indirect costs until an agreement is negotiated.",
			"No proposal reached the cognizant agency by %s, so the temporary rate has ended.", out.ProposalDueOn)
	}
}

// proposal says whether a temporary rate still holds: a proposal is due so many days
// after the award notification, the last of them included.
func (s *budgetSheet) proposal(days int, today models.Date) (status string, due models.Date) {
	if s.indirect.AwardNotifiedOn.IsZero() {
		return "allowed", ""
	}
	due = s.indirect.AwardNotifiedOn.AddDays(days)
	made := s.indirect.ProposalOn
	if !made.IsZero() && made > due || made.IsZero() && !today.IsZero() && today > due {
		return "blocked", due
	}
	return "allowed", due
}

func (s *budgetSheet) indirectYear(r *BudgetResult, in budgetContext, out *IndirectResult, line, y int, name string, base []string) IndirectYear {
	x := IndirectYear{Year: name, ChargedCents: s.amount(line, y)}
	for i, l := range s.def.Lines {
		if slices.Contains(base, l.Code) {
			x.BaseCents += s.amount(i, y)
		}
	}
	limit, err := x.BaseCents.MulRatio(int64(out.RateBP), 10000, models.RoundHalfUp)
	if err == nil && out.Status == "allowed" {
		x.LimitCents = limit
	}
	at := fmt.Sprintf("/lines/%s/%s", s.def.Lines[line].Code, name)
	if out.Mode == IndirectAgreement {
		starts, ends := in.def.BudgetYear(in.params.FiscalYear, y)
		if x.OutsidePeriod = starts < s.indirect.FromOn || ends > s.indirect.ToOn; x.OutsidePeriod {
			r.problem(at, "budget.indirect_period", "warning", "Negotiate the agreement further, and correct the rate then.",
				"%s, %s to %s, is not inside the agreement's period %s to %s.", name, starts, ends, s.indirect.FromOn, s.indirect.ToOn)
		}
	}
	switch {
	case x.ChargedCents <= x.LimitCents || out.Status == "blocked":
	case out.Mode == IndirectNone:
		r.problem(at, "budget.indirect_none", "error", "Say under indirect what the charge rests on.", "%s is charged, and the form names neither an agreement nor the temporary rate.", x.ChargedCents)
	default:
		r.problem(at, "budget.indirect_over", "error", fmt.Sprintf("Charge at most %s.", x.LimitCents), "%s is charged; %s of %s is %s.", x.ChargedCents, out.RateBP, x.BaseCents, x.LimitCents)
	}
	return x
}
