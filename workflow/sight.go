package workflow

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow/measure"
)

// SightTarget is a target as the line of sight looks at it.
type SightTarget struct {
	ID         string             `json:"id,omitempty"`
	Code       string             `json:"code"`
	Kind       models.TargetKind  `json:"kind,omitempty"`
	Type       string             `json:"type,omitempty"`
	Measure    string             `json:"measure,omitempty"`
	Unit       string             `json:"unit,omitempty"`
	Direction  measure.Direction  `json:"direction,omitempty"` // up when not given
	Baseline   models.Hundredths  `json:"baseline"`
	GoalValue  models.Hundredths  `json:"goal_value"`
	Value      *models.Hundredths `json:"value,omitempty"` // last result; nil while none is reported
	MeasuredOn models.Date        `json:"measured_on,omitempty"`
	Status     measure.Status     `json:"status,omitempty"`
}

// SightLine is a line in force with the live targets that it serves.
type SightLine struct {
	ID            string       `json:"id,omitempty"`
	GrantYearID   string       `json:"grant_year_id,omitempty"`
	Number        int          `json:"number"`
	Description   string       `json:"description,omitempty"`
	UseCategory   string       `json:"use_category,omitempty"`
	PlanStrategy  string       `json:"plan_strategy,omitempty"`
	PlanActivity  string       `json:"plan_activity,omitempty"`
	ApprovedCents models.Cents `json:"approved_cents"`
	SpentCents    models.Cents `json:"spent_cents"`
	Targets       []string     `json:"targets"` // codes
}

// Sight is what money does for which target. The full dollars of a line stand at every
// target that it serves; its share at each of them is equal, to the cent by largest
// remainder in the order of codes, so that shares and lines without target add up to the
// totals.
type Sight struct {
	Targets              []TargetSight `json:"targets"`
	WithoutTarget        []SightLine   `json:"without_target"` // lines that serve none
	WithoutMoney         []string      `json:"without_money"`  // targets that no line serves
	ApprovedCents        models.Cents  `json:"approved_cents"`
	SpentCents           models.Cents  `json:"spent_cents"`
	UntargetedCents      models.Cents  `json:"untargeted_cents"` // approved, of lines without target
	UntargetedSpentCents models.Cents  `json:"untargeted_spent_cents"`
}

// TargetSight is one target with its money and what became of it.
type TargetSight struct {
	SightTarget
	Lines              []SharedLine       `json:"lines"`
	ApprovedCents      models.Cents       `json:"approved_cents"` // full, of every line that serves it
	SpentCents         models.Cents       `json:"spent_cents"`
	ApprovedShareCents models.Cents       `json:"approved_share_cents"`
	SpentShareCents    models.Cents       `json:"spent_share_cents"`
	Progress           *models.Hundredths `json:"progress,omitempty"`             // since the baseline, towards the goal; negative is away from it
	CostPerPointCents  *models.Cents      `json:"cost_per_point_cents,omitempty"` // share spent for each point of progress, half up; nil without progress
	Says               string             `json:"says"`
}

// SharedLine is a line at one of the targets that it serves.
type SharedLine struct {
	SightLine
	Serves             int          `json:"serves"` // targets
	ApprovedShareCents models.Cents `json:"approved_share_cents"`
	SpentShareCents    models.Cents `json:"spent_share_cents"`
}

// LineOfSight joins lines and targets. Codes that are none of the targets are passed over;
// a line that serves none is without target.
func LineOfSight(targets []SightTarget, lines []SightLine) (Sight, error) {
	out := Sight{Targets: make([]TargetSight, len(targets)), WithoutTarget: []SightLine{}, WithoutMoney: []string{}}
	at := make(map[string]int, len(targets))
	for i, t := range targets {
		out.Targets[i] = TargetSight{SightTarget: t, Lines: []SharedLine{}}
		at[t.Code] = i
	}
	for _, l := range lines {
		if err := out.take(l, at); err != nil {
			return out, fmt.Errorf("line %d: %w", l.Number, err)
		}
	}
	for i := range out.Targets {
		t := &out.Targets[i]
		if len(t.Lines) == 0 {
			out.WithoutMoney = append(out.WithoutMoney, t.Code)
		}
		t.measure()
	}
	return out, nil
}

// take puts a line where it belongs.
func (s *Sight) take(l SightLine, at map[string]int) (err error) {
	l.Targets = slices.DeleteFunc(slices.Clone(l.Targets), func(code string) bool { _, known := at[code]; return !known })
	slices.Sort(l.Targets)
	l.Targets = slices.Compact(l.Targets)
	if s.ApprovedCents, err = s.ApprovedCents.Add(l.ApprovedCents); err != nil {
		return err
	}
	if s.SpentCents, err = s.SpentCents.Add(l.SpentCents); err != nil {
		return err
	}
	n := len(l.Targets)
	if n == 0 {
		s.WithoutTarget = append(s.WithoutTarget, l)
		s.UntargetedCents += l.ApprovedCents // no more than the totals, which did not overflow
		s.UntargetedSpentCents += l.SpentCents
		return nil
	}
	approved, err := equalShares(l.ApprovedCents, n)
	if err != nil {
		return err
	}
	spent, err := equalShares(l.SpentCents, n)
	if err != nil {
		return err
	}
	for i, code := range l.Targets {
		t := &s.Targets[at[code]]
		t.Lines = append(t.Lines, SharedLine{l, n, approved[i], spent[i]})
		if t.ApprovedCents, err = t.ApprovedCents.Add(l.ApprovedCents); err != nil {
			return err
		}
		if t.SpentCents, err = t.SpentCents.Add(l.SpentCents); err != nil {
			return err
		}
		t.ApprovedShareCents += approved[i]
		t.SpentShareCents += spent[i]
	}
	return nil
}

// equalShares splits an amount among n, to the cent; reversals can make it negative.
func equalShares(c models.Cents, n int) ([]models.Cents, error) {
	weights := make([]*big.Rat, n)
	for i := range weights {
		weights[i] = big.NewRat(1, 1)
	}
	if c >= 0 {
		return c.Split(weights)
	}
	parts, err := (-c).Split(weights)
	for i := range parts {
		parts[i] = -parts[i]
	}
	return parts, err
}

// measure works out progress and its cost, and says both.
func (t *TargetSight) measure() {
	var says []string
	if len(t.Lines) == 0 {
		says = append(says, "No line in force serves this target.")
	}
	if t.Value == nil {
		t.Says = strings.Join(append(says, "No result is reported yet."), " ")
		return
	}
	from, to := models.Cents(t.Baseline), models.Cents(*t.Value)
	if t.Direction == measure.Down {
		from, to = to, from
	}
	moved, err := to.Add(-from)
	if err != nil {
		t.Says = strings.Join(append(says, "Value and baseline are too far apart to be compared."), " ")
		return
	}
	progress := models.Hundredths(moved)
	t.Progress = &progress
	cost, err := models.Cents(0), models.ErrOverflow
	if progress > 0 {
		cost, err = t.SpentShareCents.MulRatio(100, int64(progress), models.RoundHalfUp)
	}
	switch {
	case progress < 0:
		says = append(says, fmt.Sprintf("It moved %s away from the goal since the baseline of %s, so that there is no cost of progress.", t.points(-progress), t.Baseline))
	case progress == 0:
		says = append(says, fmt.Sprintf("It did not move since the baseline of %s, so that there is no cost of progress.", t.Baseline))
	case t.SpentShareCents <= 0 || err != nil:
		says = append(says, fmt.Sprintf("It moved %s towards the goal since the baseline of %s; nothing is spent on it.", t.points(progress), t.Baseline))
	default:
		t.CostPerPointCents = &cost
		says = append(says, fmt.Sprintf("It moved %s towards the goal since the baseline of %s: %s of spending, %s for each.", t.points(progress), t.Baseline, t.SpentShareCents, cost))
	}
	t.Says = strings.Join(says, " ")
}

func (t *TargetSight) points(n models.Hundredths) string {
	word := "points"
	if t.Unit == "count" {
		word = "units"
	}
	if n == 100 {
		word = strings.TrimSuffix(word, "s")
	}
	return fmt.Sprintf("%s %s", n, word)
}
