package workflow

import (
	"fmt"
	"slices"

	"earmark/models"
)

// What a reviewer should look at first. The points are the office's order of work and no
// rule of a program: nothing is decided by them.
const (
	riskOfFlags     = 2 // each open flag, three at most
	riskOfReview    = 3 // the amendment rule asks for a full review
	riskOfUnlinked  = 4 // lines without a target
	riskOfMisfit    = 4 // more than is allocated, or less than is spent
	riskOfReturn    = 1 // each return before, three at most
	riskOfFirst     = 2 // nothing was approved before
	riskHighFrom    = 6
	riskMediumFrom  = 3
	riskMostCounted = 3
)

// The levels of risk.
const (
	RiskHigh   = "high"
	RiskMedium = "medium"
	RiskLow    = "low"
)

// Risk is one reason to look closely.
type Risk struct {
	Code   string // flags, full_review, unlinked, misfit, returned, first, new_position, …
	Says   string
	Points int
}

// riskLevel puts points into words.
func riskLevel(points int) string {
	switch {
	case points >= riskHighFrom:
		return RiskHigh
	case points >= riskMediumFrom:
		return RiskMedium
	}
	return RiskLow
}

// risksOf are the reasons to look closely at a revision, the weightiest first.
func (d *draft) risksOf(flags int, meter MeterResult) []Risk {
	var out []Risk
	add := func(code string, points int, says string, args ...any) {
		out = append(out, Risk{Code: code, Points: points, Says: fmt.Sprintf(says, args...)})
	}
	if flags > 0 {
		add("flags", riskOfFlags*min(flags, riskMostCounted), "%s open on this application.", count(flags, "flag is", "flags are"))
	}
	unlinked := 0
	for _, l := range d.lines {
		if l.Touched && l.counts() && d.needsTarget(l) {
			unlinked++
		}
	}
	if unlinked > 0 {
		add("unlinked", riskOfUnlinked, "%s no benchmark or outcome.", count(unlinked, "line serves", "lines serve"))
	}
	if err := d.fits(); err != nil {
		add("misfit", riskOfMisfit, "Its amounts do not fit the allocation, or what is spent or committed.")
	}
	if d.revision.BaseID == nil {
		add("first", riskOfFirst, "Nothing of it was approved before.")
	} else if meter.Outcome == OutcomeReview {
		over := 0
		for _, c := range meter.Cells {
			if c.Outcome == OutcomeReview {
				over++
			}
		}
		if over > 0 {
			add("full_review", riskOfReview, "%s by more than the rule allows without review (%s).", count(over, "part of the budget rises", "parts of the budget rise"), meter.Rule)
		}
		for _, says := range alwaysReviewed(meter) {
			add("always_reviewed", 1, "%s", says)
		}
	}
	if n := d.revision.Round - 1; n > 0 {
		add("returned", riskOfReturn*min(n, riskMostCounted), "It was returned %s before.", count(n, "time", "times"))
	}
	slices.SortStableFunc(out, func(a, b Risk) int { return b.Points - a.Points })
	return out
}

// alwaysReviewed are the words of the changes that the program always reviews, each once.
func alwaysReviewed(m MeterResult) []string {
	var out []string
	for _, f := range m.Changes {
		if f.Outcome == OutcomeReview && f.Says != "" && !slices.Contains(out, f.Says) {
			out = append(out, f.Says)
		}
	}
	return out
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Why a line is of low risk.
const (
	LowRiskUnchanged = "unchanged"  // approved in an earlier round, and not written since
	LowRiskSmall     = "small_move" // within the tolerance of the amendment rule, and nothing that is always reviewed
)

// lowRisk says why a line may be approved together with others, or that it may not: it must
// be pending, pass every check without a warning, serve a target where the program has them,
// carry no open flag; and it was approved in an earlier round as it is, or it changes a line
// in force within the tolerance and in nothing that the program always reviews.
func (d *draft) lowRisk(l Line, meter MeterResult, flagged bool) (why string, ok bool) {
	if !l.Touched || l.Version.Decision != "pending" || flagged || !l.counts() || d.needsTarget(l) || len(d.findings(l)) > 0 {
		return "", false
	}
	if l.Version.DecidedBy != nil && l.Version.DecisionReason == "" { // resubmission reopens what was approved
		return LowRiskUnchanged, true
	}
	if l.Base == nil || d.overMeter(l, meter) {
		return "", false
	}
	return LowRiskSmall, true
}

// overMeter reports whether the meter asks for a review of anything that the line is part of.
func (d *draft) overMeter(l Line, m MeterResult) bool {
	for _, f := range m.Changes {
		if f.Outcome == OutcomeReview && (f.Line == l.Number || f.Line == 0 && f.Change == "total_changed") {
			return true
		}
	}
	cells := budgetOf([]Line{l}, d.def.Amendment.Basis)
	for _, c := range m.Cells {
		if _, in := cells[c.Cell]; in && c.Outcome == OutcomeReview {
			return true
		}
	}
	return false
}

// meterOf measures a revision against the lines in force before it; what was spent plays no
// part in what it asks for.
func (d *draft) meterOf(base []Line) MeterResult {
	basis := d.def.Amendment.Basis
	in := MeterInput{Approved: map[models.Cell]models.Cents{}, Proposed: budgetOf(d.lines, basis), Changes: d.changes()}
	if d.revision.BaseID != nil {
		in.Approved = budgetOf(base, basis)
	}
	return Meter(d.def.Amendment, in)
}

// baseLines are the lines that an amendment would replace.
func baseLines(lines []Line) []Line {
	var out []Line
	for _, l := range lines {
		switch {
		case !l.Touched:
			out = append(out, l)
		case l.Base != nil:
			out = append(out, *l.Base)
		}
	}
	return out
}
