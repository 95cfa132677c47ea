package workflow

import (
	"time"

	"earmark/models"
	"earmark/store"
)

// amendments lists every revision. The meter needs the lines of all of them: they are read
// in a fixed number of queries, for the whole grant year.
func (p *reportMaker) amendments() error {
	p.out.AsOf = p.query.On
	p.out.Notes = append(p.out.Notes, "Meter: "+p.def.Amendment.Tolerance.String()+" of a cell. "+cited(p.def.Amendment.Cite))
	revisions, err := p.reader.ReportRevisions(p.query)
	if err != nil {
		return err
	}
	world, err := p.lineHistory()
	if err != nil {
		return err
	}
	numbers := map[string]int{}
	for _, v := range revisions {
		numbers[v.ID] = v.Number
	}
	p.out.Rows = rowsOf(revisions, func(v store.LoggedRevision) []models.ReportCell {
		return p.amendmentRow(v, world, numbers)
	})
	return nil
}

func (p *reportMaker) amendmentRow(v store.LoggedRevision, world *lineHistory, numbers map[string]int) []models.ReportCell {
	lines := world.at(v.Revision)
	d := &draft{rules: p.rules, revision: v.Revision, lines: lines}
	in := MeterInput{Proposed: budgetOf(lines, p.def.Amendment.Basis), Changes: d.changes()}
	outcome, moved := "original", models.ReportCell{}
	var change models.ReportCell
	if v.BaseID != nil {
		base := models.Revision{Root: models.Root{ID: *v.BaseID}, ApplicationID: v.ApplicationID, Number: numbers[*v.BaseID]}
		in.Approved = budgetOf(world.at(base), p.def.Amendment.Basis)
		m := Meter(p.def.Amendment, in)
		outcome, moved, change = m.Outcome, models.NumberCell(m.MovedCents), models.NumberCell(v.TotalCents-*v.BeforeCents)
	}
	added, changed, removed := 0, 0, 0
	for _, l := range lines {
		switch {
		case !l.Touched:
		case l.Version.Action == "remove":
			removed++
		case l.Base == nil:
			added++
		default:
			changed++
		}
	}
	return []models.ReportCell{models.TextCell(v.OrganizationCode), models.TextCell(v.OrganizationName), models.TextCell(v.Reference), models.NumberCell(v.Number),
		models.TextCell(v.Status), models.TextCell(v.Reason), models.TextCell(v.CreatedByName), p.dayOf(&v.CreatedAt), models.TextCell(v.SubmittedByName), p.dayOf(v.SubmittedAt),
		models.NumberCell(v.Round), models.TextCell(v.DecidedByNames), models.TextCell(v.DecidedOn), models.TextCell(v.Decision),
		models.NumberCellOf(v.BeforeCents), models.NumberCell(v.TotalCents), change, models.NumberCell(added), models.NumberCell(changed), models.NumberCell(removed),
		moved, models.TextCell(outcome)}
}

// dayOf is the business date of an instant.
func (p *reportMaker) dayOf(at *time.Time) models.ReportCell {
	if at == nil {
		return models.ReportCell{}
	}
	return models.TextCell(models.DateOf(*at, p.s.zone))
}

// lineHistory is every version of every line of a grant year.
type lineHistory struct {
	versions map[string][]store.HistoricVersion // by application
	costs    map[string][]models.LineCost
	links    map[string][]models.LineLink
}

func (p *reportMaker) lineHistory() (*lineHistory, error) {
	var h lineHistory
	versions, err := p.reader.YearLineHistory(p.year.ID)
	if h.versions, err = grouped(versions, err, func(v store.HistoricVersion) string { return v.ApplicationID }); err != nil {
		return nil, err
	}
	costs, err := p.reader.YearLineCosts(p.year.ID)
	if h.costs, err = grouped(costs, err, func(c models.LineCost) string { return c.LineVersionID }); err != nil {
		return nil, err
	}
	links, err := p.reader.YearLineLinks(p.year.ID)
	h.links, err = grouped(links, err, func(k models.LineLink) string { return k.LineVersionID })
	return &h, err
}

// at are the lines of a revision: its own versions over those that were approved before it.
func (h *lineHistory) at(rev models.Revision) []Line {
	var rows []store.LineVersionRow
	for _, v := range h.versions[rev.ApplicationID] {
		if v.Version.RevisionID == rev.ID || v.RevisionStatus == StatusApproved && v.RevisionNumber < rev.Number {
			rows = append(rows, v.LineVersionRow)
		}
	}
	return assembleLines(rev, rows, h.costs, h.links)
}
