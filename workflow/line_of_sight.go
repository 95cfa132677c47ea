package workflow

import (
	"cmp"
	"context"
	"slices"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/measure"
)

// LineOfSightOf asks for the line of sight of one agreement.
type LineOfSightOf struct {
	AgreementID string      `json:"-"`
	GrantYearID string      `json:"grant_year_id" validate:"max=64"` // of its lines; all years of the program when empty
	On          models.Date `json:"on" validate:"omitempty,civil_date"`
}

// ListLinesOfSight asks for those of a whole program, a row for each target.
type ListLinesOfSight struct {
	ProgramCode    string      `json:"program_code" validate:"required,max=64"`
	GrantYearID    string      `json:"grant_year_id" validate:"max=64"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	On             models.Date `json:"on" validate:"omitempty,civil_date"` // as it stood at the end of this day; today when empty
}

// AgreementSight is the line of sight of one agreement on a day.
type AgreementSight struct {
	Sight
	Agreement    models.Agreement
	Organization models.Organization
	On           models.Date
}

// SightRow is one target of a program-wide list; Target is nil for the lines of an
// agreement that serve no target, so that the shares of all rows add up to the totals.
type SightRow struct {
	Organization       models.Organization
	AgreementID        string
	Cohort             string
	Target             *TargetSight
	Lines              int
	ApprovedCents      models.Cents
	SpentCents         models.Cents
	ApprovedShareCents models.Cents
	SpentShareCents    models.Cents
	TargetCode         string // "" without target
	Says               string
}

// Key orders rows: by agreement, then code; lines without target come first.
func (r SightRow) Key() string { return r.AgreementID + "|" + r.TargetCode }

// SightPage is a page of rows, which are in the order of their keys.
func SightPage(rows []SightRow, p Page) []SightRow {
	from := 0
	if p.After != "" {
		from, _ = slices.BinarySearchFunc(rows, p.After+"\x00", func(r SightRow, key string) int { return cmp.Compare(r.Key(), key) })
	}
	rows = rows[from:]
	if p.Limit > 0 && len(rows) > p.Limit {
		rows = rows[:p.Limit]
	}
	return rows
}

// LineOfSight is what the money of an agreement does for each of its targets. Errors:
// NotFound, also for what the actor may not see.
func (s *Service) LineOfSight(ctx context.Context, who models.Actor, in LineOfSightOf) (AgreementSight, error) {
	var out AgreementSight
	r := s.db.Read(ctx)
	a, err := store.Get[models.Agreement](r, in.AgreementID)
	if err != nil {
		return out, err
	}
	if err := allow(who, ReadDocuments, a.OrganizationID); err != nil {
		return out, err
	}
	if err := s.check(in); err != nil {
		return out, err
	}
	out.Agreement, out.On = a, s.asOf(in.On)
	if out.Organization, err = store.Get[models.Organization](r, a.OrganizationID); err != nil {
		return out, err
	}
	seen, err := s.sights(r, scope(who), ListLinesOfSight{ProgramCode: a.ProgramCode, GrantYearID: in.GrantYearID, OrganizationID: a.OrganizationID, On: out.On}, a.ID)
	if err != nil {
		return out, err
	}
	for _, x := range seen {
		if x.agreementID == a.ID {
			out.Sight = x.Sight
			return out, nil
		}
	}
	out.Sight, err = LineOfSight(nil, nil)
	return out, err
}

// LinesOfSight lists the targets of every signed agreement of a program with their money.
func (s *Service) LinesOfSight(ctx context.Context, who models.Actor, in ListLinesOfSight) ([]SightRow, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	in.On = s.asOf(in.On)
	r := s.db.Read(ctx)
	seen, err := s.sights(r, scope(who), in, "")
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(seen))
	for _, x := range seen {
		ids = append(ids, x.organizationID)
	}
	organizations, err := store.All[models.Organization](r, store.Eq{"id": ids})
	if err != nil {
		return nil, err
	}
	named := make(map[string]models.Organization, len(organizations))
	for _, o := range organizations {
		named[o.ID] = o
	}
	var rows []SightRow
	for _, x := range seen {
		rows = append(rows, x.rows(named[x.organizationID])...)
	}
	slices.SortStableFunc(rows, func(a, b SightRow) int { return cmp.Compare(a.Key(), b.Key()) })
	return rows, nil
}

// agreementSight is the line of sight of one agreement among others.
type agreementSight struct {
	Sight
	agreementID, organizationID, cohort string
}

func (x agreementSight) rows(o models.Organization) []SightRow {
	var out []SightRow
	if n := len(x.WithoutTarget); n > 0 {
		out = append(out, SightRow{Organization: o, AgreementID: x.agreementID, Cohort: x.cohort, Lines: n, ApprovedCents: x.UntargetedCents, SpentCents: x.UntargetedSpentCents,
			ApprovedShareCents: x.UntargetedCents, SpentShareCents: x.UntargetedSpentCents, Says: "These lines serve no target."})
	}
	for i := range x.Targets {
		t := &x.Targets[i]
		out = append(out, SightRow{Organization: o, AgreementID: x.agreementID, Cohort: x.cohort, Target: t, TargetCode: t.Code, Lines: len(t.Lines), ApprovedCents: t.ApprovedCents,
			SpentCents: t.SpentCents, ApprovedShareCents: t.ApprovedShareCents, SpentShareCents: t.SpentShareCents, Says: t.Says})
	}
	return out
}

// sights works out the line of sight of every agreement that is asked for: one query for
// the lines, two for the standings. A line without a live target belongs to the latest
// agreement of its organization. always names an agreement that may have no targets.
func (s *Service) sights(r store.Reading, sc store.Scope, in ListLinesOfSight, always string) ([]agreementSight, error) {
	standings, err := s.standingTargets(r, sc, store.TargetFilter{OrganizationID: in.OrganizationID, ProgramCode: in.ProgramCode, On: in.On})
	if err != nil {
		return nil, err
	}
	links, err := store.SightLinks(r, sc, in.ProgramCode, in.GrantYearID, in.OrganizationID, in.On)
	if err != nil {
		return nil, err
	}
	w := newSightWork(standings)
	if always != "" && w.latest[in.OrganizationID] == "" {
		w.latest[in.OrganizationID] = always
		w.add(always, in.OrganizationID, "")
	}
	for len(links) > 0 {
		n := slices.IndexFunc(links, func(l store.SightLink) bool { return l.LineItemID != links[0].LineItemID })
		if n < 0 {
			n = len(links)
		}
		w.line(links[:n])
		links = links[n:]
	}
	out := make([]agreementSight, 0, len(w.order))
	for _, id := range w.order {
		x := w.by[id]
		sight, err := LineOfSight(x.targets, x.lines)
		if err != nil {
			return nil, err
		}
		out = append(out, agreementSight{sight, id, x.organizationID, x.cohort})
	}
	return out, nil
}

// sightWork gathers targets and lines by agreement.
type sightWork struct {
	by     map[string]*sightParts
	order  []string
	latest map[string]string    // agreement by organization
	at     map[string][2]string // agreement and code by target
}

type sightParts struct {
	organizationID, cohort string
	targets                []SightTarget
	lines                  []SightLine
}

func newSightWork(standings []TargetStanding) *sightWork {
	w := &sightWork{by: map[string]*sightParts{}, latest: map[string]string{}, at: map[string][2]string{}}
	for _, st := range standings {
		t := st.Target
		x := w.add(t.AgreementID, st.OrganizationID, st.Cohort)
		x.targets = append(x.targets, sightTarget(st))
		w.at[t.ID] = [2]string{t.AgreementID, t.Code}
		w.latest[st.OrganizationID] = max(w.latest[st.OrganizationID], t.AgreementID) // identifiers are in the order of creation
	}
	return w
}

func (w *sightWork) add(agreementID, organizationID, cohort string) *sightParts {
	if x := w.by[agreementID]; x != nil {
		return x
	}
	w.by[agreementID] = &sightParts{organizationID: organizationID, cohort: cohort}
	w.order = append(w.order, agreementID)
	return w.by[agreementID]
}

// line takes one line with all its links. One that serves targets of two agreements would
// count twice; it belongs to the later one.
func (w *sightWork) line(links []store.SightLink) {
	l := links[0]
	made := SightLine{ID: l.LineItemID, GrantYearID: l.GrantYearID, Number: l.Number, Description: l.Description, UseCategory: l.UseCategory,
		PlanStrategy: l.PlanStrategy, PlanActivity: l.PlanActivity, ApprovedCents: l.AmountCents, SpentCents: l.SpentCents, Targets: []string{}}
	of := ""
	for _, k := range links {
		of = max(of, w.at[k.TargetID][0])
	}
	for _, k := range links {
		if at := w.at[k.TargetID]; of != "" && at[0] == of {
			made.Targets = append(made.Targets, at[1])
		}
	}
	if x := w.by[cmp.Or(of, w.latest[l.OrganizationID])]; x != nil {
		x.lines = append(x.lines, made)
	}
}

func sightTarget(st TargetStanding) SightTarget {
	t := st.Target
	return SightTarget{ID: t.ID, Code: t.Code, Kind: t.TargetKind, Type: t.TargetType, Measure: t.Measure, Unit: t.Unit, Direction: measure.Direction(t.Direction),
		Baseline: t.Baseline, GoalValue: t.Goal, Value: st.Value, MeasuredOn: st.MeasuredOn, Status: st.Status}
}
