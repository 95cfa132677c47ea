package web

import (
	"cmp"
	"slices"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

// signed is a change in dollars with its sign.
func signed(c models.Cents) string {
	if c > 0 {
		return "+" + c.String()
	}
	return c.String()
}

// signedRate is a change in percent with its sign; "new" for one from nothing.
func (r *request) signedRate(change models.Cents, bp *models.BasisPoints) string {
	switch {
	case bp == nil && change != 0:
		return r.t("new")
	case bp == nil:
		return ""
	case *bp > 0:
		return "+" + percent(int64(*bp))
	}
	return percent(int64(*bp))
}

// gained is a cell of a change in dollars.
func gained(c models.Cents) Cell {
	cell := Number(c)
	cell.Shown = signed(c)
	return cell
}

// rateCell is a cell of a change in percent.
func (r *request) rateCell(change models.Cents, bp *models.BasisPoints) Cell {
	cell := Cell{ReportCell: models.NumberCellOf(bp)}
	cell.Shown = r.signedRate(change, bp)
	return cell
}

// bound is what held an amount, in words.
func (r *request) bound(code, step string) Cell {
	var c Cell
	switch code {
	case "":
		return Text("")
	case workflow.BoundFloor:
		c = Text(r.t("Floor"))
	case workflow.BoundCap:
		c = Text(r.t("Cap"))
	case workflow.BoundHoldHarmless:
		c = Text(r.t("Hold harmless"))
	case workflow.BoundNotEligible:
		c = Text(r.t("Not eligible"))
	default:
		c = Text(words(code))
	}
	if step != "" {
		c = c.Noted(words(step))
	}
	return c
}

// class is winner, loser or untouched, in words and color.
func (r *request) class(code string) Cell {
	c := Text(code)
	switch code {
	case workflow.ClassWinner:
		c.Shown, c.Tag = r.t("Gains"), "good"
	case workflow.ClassLoser:
		c.Shown, c.Tag = r.t("Loses"), "warn"
	default:
		c.Shown, c.Tag = r.t("Untouched"), "plain"
	}
	return c
}

// mostBars is how many recipients a chart of changes shows: the largest on either side.
const mostBars = 12

// changeChart draws the largest gains and losses of rows that are about one subject.
func (r *request) changeChart(title string, rows []workflow.Compared) *Chart {
	changed := slices.DeleteFunc(slices.Clone(rows), func(c workflow.Compared) bool { return c.ChangeCents == 0 })
	if len(changed) == 0 {
		return nil
	}
	slices.SortStableFunc(changed, func(a, b workflow.Compared) int { return cmp.Compare(b.ChangeCents, a.ChangeCents) })
	gains := slices.DeleteFunc(slices.Clone(changed), func(c workflow.Compared) bool { return c.ChangeCents < 0 })
	losses := slices.DeleteFunc(slices.Clone(changed), func(c workflow.Compared) bool { return c.ChangeCents > 0 })
	shown := slices.Concat(gains[:min(len(gains), mostBars)], losses[max(0, len(losses)-mostBars):])
	means := r.t("Bars to the right gain, bars to the left lose.")
	if len(shown) < len(changed) {
		means = r.t("The largest of %d changes. Bars to the right gain, bars to the left lose.", len(changed))
	}
	var drawn []Difference
	var table [][]string
	for _, c := range shown {
		drawn = append(drawn, Difference{c.Organization.Name, int64(c.ChangeCents), signed(c.ChangeCents)})
		table = append(table, []string{c.Organization.Name, c.BaseCents.String(), c.AmountCents.String(), signed(c.ChangeCents), r.signedRate(c.ChangeCents, c.ChangeBP)})
	}
	return &Chart{ID: "chart-" + shown[0].Subject.ID, Title: title, Means: means, SVG: diverging(title, drawn),
		Heads: []string{r.t("Recipient"), r.t("Now"), r.t("Then"), r.t("Change"), r.t("In percent")}, Rows: table, Numeric: 1}
}

// yearTitles are the titles of grant years by identifier.
func (r *request) yearTitles() (map[string]string, []models.GrantYear, error) {
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	titles := make(map[string]string, len(years))
	for _, y := range years {
		titles[y.ID] = y.Title
	}
	return titles, years, err
}

// numbered is a run or scenario as a choice: Run 2: label.
func (r *request) numbered(kind string, number int, label string) string {
	if kind == "scenario" {
		return r.t("Scenario %d: %s", number, label)
	}
	return r.t("Run %d: %s", number, label)
}

// digits is a count as text.
func digits[T ~int | ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }
