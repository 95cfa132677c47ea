package workflow

import (
	"context"
	"slices"

	"earmark/models"
	"earmark/store"
)

// PublicProgram is what anybody may know to be published of a program.
type PublicProgram struct {
	Code           string
	Title          string
	Citation       string
	FiscalYears    []int // with published allocations, the latest first
	Determinations []int // years with published determinations, the latest first
}

// PublicPrograms lists the programs of which something is published, for anybody.
func (s *Service) PublicPrograms(ctx context.Context) ([]PublicProgram, error) {
	r := s.db.Read(ctx)
	years, err := store.All[models.GrantYear](r, nil, "program_code", "fiscal_year")
	if err != nil {
		return nil, err
	}
	runs, err := store.All[models.DeterminationRun](r, store.Eq{"status": StatusPublished}, "facts_year")
	if err != nil {
		return nil, err
	}
	by := map[string]*PublicProgram{}
	for _, y := range years { // the latest definition has the last word on the title
		def, err := s.definition(y)
		if err != nil {
			return nil, err
		}
		p := by[y.ProgramCode]
		if p == nil {
			p = &PublicProgram{Code: y.ProgramCode, FiscalYears: []int{}, Determinations: []int{}}
			by[y.ProgramCode] = p
		}
		p.Title, p.Citation = def.Title, def.Authority.Citation
		if y.PublishedRunID != nil {
			p.FiscalYears = append([]int{y.FiscalYear}, p.FiscalYears...)
		}
	}
	for _, run := range runs {
		if p := by[run.ProgramCode]; p != nil && !slices.Contains(p.Determinations, run.FactsYear) {
			p.Determinations = append([]int{run.FactsYear}, p.Determinations...)
		}
	}
	out := []PublicProgram{}
	for _, y := range years {
		if p := by[y.ProgramCode]; p != nil && len(p.FiscalYears)+len(p.Determinations) > 0 {
			out = append(out, *p)
		}
		delete(by, y.ProgramCode)
	}
	return out, nil
}
