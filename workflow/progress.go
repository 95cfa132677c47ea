package workflow

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/formula"
	"earmark/workflow/measure"
)

// ListProgress asks for the progress table of a program.
type ListProgress struct {
	ProgramCode string `json:"program_code" validate:"required,max=64"`
	Cohort      string `json:"cohort" validate:"max=64"` // of agreements; every cohort when empty
	Year        int    `json:"year" validate:"required,gte=1990,lte=2100"`
	After       string `json:"after" validate:"max=64"`
	Limit       int    `json:"limit" validate:"gte=0,lte=100"`
}

// ProgressRow is a row of the table: how many of those it applies to, exactly.
type ProgressRow struct {
	Row         string               `json:"row"`
	Title       string               `json:"title"`
	Districts   int                  `json:"districts"` // with agreements
	Units       int                  `json:"units"`     // that the table is about
	Count       int                  `json:"count"`
	Denominator int                  `json:"denominator"`
	Percent     string               `json:"percent,omitempty"` // one decimal, half up; "" of nobody
	Unknown     []string             `json:"unknown,omitempty"` // codes of units of which a fact is missing: not counted, and in the denominator when the row applies
	Basis       string               `json:"basis"`
	Cite        string               `json:"cite"`
	Printed     *programs.PrintedRow `json:"printed,omitempty"` // as it was published of this cohort and year
	Mismatches  []MeasureMismatch    `json:"mismatches,omitempty"`
}

// Key orders nothing: rows stand in the order of the definition.
func (r ProgressRow) Key() string { return r.Row }

// progressUnit is a unit with its facts, years[0] of the year asked for.
type progressUnit struct {
	code  string
	years []formula.Unit
}

// AgreementProgress counts how far the schools (or districts) of agreements came, in three
// queries. Whoever was assigned counts, whatever became of the agreement. A district counts
// its own; only what counts the whole state is held against what was published.
func (s *Service) AgreementProgress(ctx context.Context, who models.Actor, in ListProgress) ([]ProgressRow, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	def, ok := s.programs.Program(in.ProgramCode)
	if !ok || def.Progress == nil {
		return nil, models.Field("/program_code", "progress.none", fmt.Sprintf("No program %q has a progress table.", in.ProgramCode), "Give the code of a program with the section progress.")
	}
	rows, err := countProgress(s.db.Read(ctx), scope(who), def, in.Cohort, in.Year)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(rows, func(r ProgressRow) bool { return r.Row == in.After }); i >= 0 {
		rows = rows[i+1:]
	}
	if in.Limit > 0 && len(rows) > in.Limit {
		rows = rows[:in.Limit]
	}
	return rows, nil
}

// countProgress is the whole table of a program, of one cohort or of all ("").
func countProgress(r store.Reading, sc store.Scope, def *programs.Definition, cohort string, year int) ([]ProgressRow, error) {
	params, err := def.Params(year, nil)
	if err != nil {
		return nil, err
	}
	agreements, err := store.List[models.Agreement](r, sc, eq("program_code", def.Code, "cohort", cohort), store.Page{})
	if err != nil {
		return nil, err
	}
	districts, cohorts := map[string]bool{}, map[string]bool{}
	for _, a := range agreements {
		districts[a.OrganizationID], cohorts[a.Cohort] = true, true
	}
	units, err := progressUnits(r, def, districts, year)
	if err != nil {
		return nil, err
	}
	rows, err := progressTable(def, params, units)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Districts = len(districts)
	}
	if sc.All && len(cohorts) == 1 { // every agreement that counts is of it, asked for or not
		holdAgainst(rows, printedFor(def.Progress, agreements[0].Cohort, year))
	}
	return rows, nil
}

// progressUnits reads the facts of the units of some districts over the years that the
// conditions look at. What cannot be read is not known.
func progressUnits(r store.Reading, def *programs.Definition, districts map[string]bool, year int) ([]progressUnit, error) {
	kind, history := def.Progress.Of, def.Progress.History()
	orgs, err := store.All[models.Organization](r, store.Eq{"kind": string(kind)}, "code")
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	var units []progressUnit
	for _, o := range orgs {
		if kind == models.KindDistrict && districts[o.ID] || o.ParentID != nil && kind != models.KindDistrict && districts[*o.ParentID] {
			at[o.ID] = len(units)
			units = append(units, progressUnit{code: o.Code, years: make([]formula.Unit, history)})
		}
	}
	err = store.SubjectFacts(r, kind, year-history+1, year, func(f store.SubjectFact) error {
		i, ok := at[f.OrganizationID]
		if !ok || f.GroupCode != "" || def.FactOf(kind, "", f.Name) == nil {
			return nil
		}
		if fact, err := def.ReadFact(kind, f.Name, f.Value, f.Source); err == nil {
			u := &units[i].years[year-f.Year]
			u.Facts = append(u.Facts, fact)
		}
		return nil
	})
	return units, err
}

// progressTable counts the rows of a table.
func progressTable(def *programs.Definition, params programs.Params, units []progressUnit) ([]ProgressRow, error) {
	out := make([]ProgressRow, len(def.Progress.Rows))
	for i, r := range def.Progress.Rows {
		out[i] = ProgressRow{Row: r.Code, Title: r.Title, Basis: r.Basis, Cite: r.Cite}
	}
	about := 0
	for _, u := range units {
		among, answers, err := def.ProgressOf(u.years, params)
		if err != nil {
			return nil, models.Fail(models.Invalid, "progress.failed", "The progress of %s cannot be worked out: %s.", u.code, err)
		}
		if !among {
			continue
		}
		about++
		for i, a := range answers {
			if a.Unknown != "" {
				out[i].Unknown = append(out[i].Unknown, u.code)
			}
			if a.Applies {
				out[i].Denominator++
			}
			if a.Holds {
				out[i].Count++
			}
		}
	}
	for i := range out {
		out[i].Units = about
		out[i].Percent = percentOf(out[i].Count, out[i].Denominator)
	}
	return out, nil
}

// percentOf is a percentage with one decimal, half up, of whole numbers; "" of nobody.
func percentOf(count, denominator int) string {
	if denominator == 0 {
		return ""
	}
	return measure.Text(big.NewRat(int64(count)*100, int64(denominator)), 1)
}

// printedFor is the table that was published of a cohort and a year, nil when none was.
func printedFor(p *programs.Progress, cohort string, year int) []programs.PrintedRow {
	for _, t := range p.Printed {
		if t.Cohort == cohort && t.Year == year {
			return t.Rows
		}
	}
	return nil
}

// holdAgainst compares what was counted with what was printed. Nothing is corrected.
func holdAgainst(rows []ProgressRow, printed []programs.PrintedRow) {
	for _, p := range printed {
		i := slices.IndexFunc(rows, func(r ProgressRow) bool { return r.Row == p.Row })
		if i < 0 {
			continue
		}
		r := &rows[i]
		r.Printed = &p
		whole := func(code, what string, was, is int) {
			if was != is {
				r.Mismatches = append(r.Mismatches, MeasureMismatch{code, fmt.Sprintf("The %s is %d, and was printed as %d.", what, is, was),
					fmt.Sprint(was), fmt.Sprint(is), models.Hundredths(was-is) * 100})
			}
		}
		whole("count", "count", p.Count, r.Count)
		whole("denominator", "denominator", p.Denominator, r.Denominator)
		if p.Percent == "" || r.Denominator == 0 {
			continue
		}
		if computed, ok := measure.Agrees(p.Percent, big.NewRat(int64(r.Count)*100, int64(r.Denominator))); !ok {
			was, _ := models.ParseHundredths(p.Percent)
			is, _ := models.ParseHundredths(computed)
			r.Mismatches = append(r.Mismatches, MeasureMismatch{"percent", fmt.Sprintf("%d of %d is %s %%, not %s %%.", r.Count, r.Denominator, computed, p.Percent),
				p.Percent, computed, was - is})
		}
	}
}

// EvaluateProgress asks for the progress table of the organizations in the file, or holds
// rows that are given as counts against what was printed.
type EvaluateProgress struct {
	Counts  []EvaluateProgressCount `json:"counts,omitempty"`
	Printed []programs.PrintedRow   `json:"printed,omitempty"` // to be held against; the definition's when none is given
	Cohort  string                  `json:"cohort,omitempty"`
}

// EvaluateProgressCount is a row as somebody counted it.
type EvaluateProgressCount struct {
	Row         string `json:"row"`
	Count       int    `json:"count"`
	Denominator int    `json:"denominator"`
}

// progress counts the table over the facts of the year and of the years before it.
func (e *evaluation) progress() error {
	in, p := e.in.Progress, e.def.Progress
	if in == nil {
		return nil
	}
	if p == nil {
		e.broken("/progress", "progress.none", "Leave it out.", "%s has no progress table.", e.def.Code)
		return invalid(e.wrong)
	}
	if len(in.Counts) > 0 {
		e.progressCounts(in, p)
	} else if err := e.progressFacts(p); err != nil {
		return err
	}
	printed := in.Printed
	if printed == nil {
		printed = printedFor(p, in.Cohort, e.in.FiscalYear)
	}
	holdAgainst(e.out.Progress, printed)
	return invalid(e.wrong)
}

func (e *evaluation) progressCounts(in *EvaluateProgress, p *programs.Progress) {
	for i, c := range in.Counts {
		r := p.Row(c.Row)
		if r == nil || c.Count < 0 || c.Count > c.Denominator {
			e.broken(fmt.Sprintf("/progress/counts/%d", i), "progress.row", "Give a row of the table with a count of 0 to its denominator.", "%d of %d in %q cannot be.", c.Count, c.Denominator, c.Row)
			continue
		}
		e.out.Progress = append(e.out.Progress, ProgressRow{Row: r.Code, Title: r.Title, Count: c.Count, Denominator: c.Denominator,
			Percent: percentOf(c.Count, c.Denominator), Basis: r.Basis, Cite: r.Cite})
	}
}

func (e *evaluation) progressFacts(p *programs.Progress) error {
	var units []progressUnit
	for i, o := range e.in.Organizations {
		if o.Kind != p.Of {
			continue
		}
		u := progressUnit{code: o.Code, years: make([]formula.Unit, p.History())}
		for back, y := range e.subject(fmt.Sprintf("/organizations/%d", i), o, p.History()).Years {
			u.years[back].Facts = y.Facts
		}
		units = append(units, u)
	}
	if err := invalid(e.wrong); err != nil {
		return err
	}
	slices.SortStableFunc(units, func(a, b progressUnit) int { return strings.Compare(a.code, b.code) })
	var err error
	e.out.Progress, err = progressTable(e.def, e.params, units)
	return err
}
