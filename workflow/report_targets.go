package workflow

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/measure"
)

// standings are where the targets of the program stand on the day of the report.
func (p *reportMaker) standings() ([]TargetStanding, error) {
	return p.s.standingTargets(p.reader, p.scope, store.TargetFilter{ProgramCode: p.year.ProgramCode, Cohort: p.in.Cohort, On: p.query.On})
}

func (p *reportMaker) targets() error {
	p.out.AsOf = p.query.On
	rows, err := p.standings()
	if err != nil {
		return err
	}
	places, err := p.places()
	if err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(a, b TargetStanding) int {
		return strings.Compare(places[a.OrganizationID].Code+"|"+a.Target.Code, places[b.OrganizationID].Code+"|"+b.Target.Code)
	})
	p.out.Rows = rowsOf(rows, func(t TargetStanding) []models.ReportCell { return targetRow(t, places) })
	p.out.Notes = append(p.out.Notes, "Missed by is rounded up. A target without a school is the whole district's.")
	return nil
}

func targetRow(t TargetStanding, places map[string]models.Organization) []models.ReportCell {
	o, c := places[t.OrganizationID], places[school(t.Target)]
	return []models.ReportCell{models.TextCell(o.Code), models.TextCell(o.Name), models.TextCell(t.Cohort), models.TextCell(t.GoalTitle), models.TextCell(t.Target.Code),
		models.TextCell(t.Target.TargetKind), models.TextCell(t.Target.TargetType), models.TextCell(c.Code), models.TextCell(c.Name), models.TextCell(t.Target.Measure), models.TextCell(t.Target.Unit),
		models.NumberCell(t.Target.Baseline), models.NumberCell(t.Target.Goal), models.TextCell(t.Target.DueOn), models.TextCell(t.Status), models.NumberCellOf(t.Value), models.TextCell(t.MeasuredOn),
		models.NumberCellOf(t.MissedBy), models.NumberCellOf(t.Expected), models.NumberCellOf(t.Ahead), models.NumberCell(t.ResultsCount), models.TextCell(t.Source)}
}

// places are organizations by identifier.
func (p *reportMaker) places() (map[string]models.Organization, error) {
	rows, err := store.All[models.Organization](p.reader, nil)
	out := make(map[string]models.Organization, len(rows))
	for _, o := range rows {
		out[o.ID] = o
	}
	return out, err
}

// effect counts targets of a kind and type.
type effect struct {
	key                                 []string // what it is counted by
	targets, met, missed, silent, early int64
}

func (e *effect) add(s measure.Status) {
	e.targets++
	switch s {
	case measure.Met:
		e.met++
	case measure.Missed:
		e.missed++
	case measure.NotReported:
		e.silent++
	case "": // withheld
	default:
		e.early++
	}
}

// judged is what a rate of targets met is over.
func (e *effect) judged() int64 { return e.met + e.missed }

func effectsBy(rows []TargetStanding, key func(TargetStanding) []string) []*effect {
	by := map[string]*effect{}
	for _, t := range rows {
		k := key(t)
		id := strings.Join(k, "\x00")
		if by[id] == nil {
			by[id] = &effect{key: k}
		}
		by[id].add(t.Status)
	}
	out := make([]*effect, 0, len(by))
	for _, e := range by {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *effect) int { return slices.Compare(a.key, b.key) })
	return out
}

var effectCounts = []models.ReportColumn{
	colCount("target_count", "Targets", "Living targets of signed agreements."),
	colCount("judged_count", "Judged", "Of those, with a result of the window that settles them: what the rate is over."),
	colCount("met_count", "Met", "Judged and met."), colCount("missed_count", "Missed", "Judged and not met."),
	colCount("not_reported_count", "Not reported", "The result was due and is not there."),
	colCount("not_due_count", "Not yet due", "Nothing is due yet; earlier results may be in."),
	colRate("met_bp", "Rate met", "met_count", "judged_count", "met over judged; empty while none is judged."),
}

var effectColumns = append([]models.ReportColumn{colText("type", "Type", "Of the targets."), colText("kind", "Kind", "ITB (18 months) or ETO (36 months).")}, effectCounts...)

// cells are the counts of an effect.
func (e *effect) cells() []models.ReportCell {
	rate := models.ReportCell{}
	if r, ok := models.Rate(models.Cents(e.met), models.Cents(e.judged())); ok {
		rate = models.NumberCell(r)
	}
	return []models.ReportCell{models.NumberCell(e.targets), models.NumberCell(e.judged()), models.NumberCell(e.met), models.NumberCell(e.missed),
		models.NumberCell(e.silent), models.NumberCell(e.early), rate}
}

// effects is the section that tells the effect on achievement.
func (p *reportMaker) effects() (models.ReportTable, error) {
	rows, err := p.standings()
	if err != nil {
		return models.ReportTable{}, err
	}
	by := effectsBy(rows, func(t TargetStanding) []string { return []string{t.Target.TargetType, string(t.Target.TargetKind)} })
	return models.ReportTable{Name: "effect", Title: "Effect on achievement", Columns: effectColumns,
		Text: []string{fmt.Sprintf("%d targets of signed agreements, as they stood on %s. A rate is counted over the targets that a result has settled; those that are not due, and those that were not reported, are in columns of their own.", len(rows), p.query.On)},
		Rows: rowsOf(by, func(e *effect) []models.ReportCell {
			return append([]models.ReportCell{models.TextCell(e.key[0]), models.TextCell(e.key[1])}, e.cells()...)
		})}, nil
}
