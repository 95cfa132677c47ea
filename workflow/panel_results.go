package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/rubric"
)

// ListPanelResults asks for the results of a grant year's panels.
type ListPanelResults struct {
	GrantYearID string `json:"grant_year_id" validate:"required,max=64"`
	After       string `json:"after" validate:"max=64"` // applicant
	Limit       int    `json:"limit" validate:"gte=0,lte=100"`
}

// PanelResult is what the submitted sheets make of one application. As long as somebody on
// the panel is still writing, nobody learns a score.
type PanelResult struct {
	ApplicantID string
	Code        string
	Name        string
	Drafts      int // sheets not submitted yet
	rubric.Result
	reviewers []string // whose sheets are submitted
}

// PanelResults puts the sheets of a grant year together, the best application first. A
// reviewer sees the panels that have a submitted sheet of the reviewer's own.
func (s *Service) PanelResults(ctx context.Context, who models.Actor, in ListPanelResults) ([]PanelResult, error) {
	if err := s.admit(who, ReadScoresheets, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	ru, err := s.rules(r, in.GrantYearID)
	if err != nil {
		return nil, unknownReference(err, "/grant_year_id", "grant year")
	}
	if ru.def.Rubric() == nil {
		return []PanelResult{}, nil
	}
	out, err := s.panels(r, ru)
	if err != nil {
		return nil, err
	}
	if !who.Has(officeRoles...) {
		out = slices.DeleteFunc(out, func(p PanelResult) bool { return !slices.Contains(p.reviewers, who.UserID) })
	}
	if at := slices.IndexFunc(out, func(p PanelResult) bool { return p.ApplicantID == in.After }); at >= 0 {
		out = out[at+1:]
	}
	return out[:min(len(out), pageSize(in.Limit))], nil
}

func (s *Service) panels(r store.Reading, ru rules) ([]PanelResult, error) {
	tree := ru.def.Rubric()
	sheets, err := store.All[models.Scoresheet](r, store.Eq{"grant_year_id": ru.year.ID}, "applicant_id", "id")
	if err != nil {
		return nil, err
	}
	panels := map[string]*PanelResult{} // by applicant
	marks := map[string][]rubric.Marks{}
	for _, sheet := range sheets {
		p := panels[sheet.ApplicantID]
		if p == nil {
			o, err := store.Get[models.Organization](r, sheet.ApplicantID)
			if err != nil {
				return nil, err
			}
			p = &PanelResult{ApplicantID: o.ID, Code: o.Code, Name: o.Name}
			panels[o.ID] = p
		}
		switch sheet.Status {
		case StatusDraft:
			p.Drafts++
		case StatusSubmitted:
			content, err := SheetContent(sheet)
			if err != nil {
				return nil, err
			}
			m, wrong := tree.Read(content, nil) // bands were held when it was submitted
			if wrong != nil {
				return nil, fmt.Errorf("submitted sheet %s: %w", sheet.ID, invalid(wrong))
			}
			marks[p.Code] = append(marks[p.Code], m)
			p.reviewers = append(p.reviewers, sheet.ReviewerID)
		}
	}
	by := make(map[string]*PanelResult, len(panels)) // by code, which the reasons of a result name
	results := make([]rubric.Result, 0, len(panels))
	for _, p := range panels {
		by[p.Code] = p
		list := marks[p.Code]
		if p.Drafts > 0 {
			list = nil
		}
		made := tree.Panel(p.Code, list)
		made.Sheets = len(marks[p.Code])
		results = append(results, made)
	}
	tree.Rank(results)
	out := make([]PanelResult, len(results))
	for i, made := range results {
		out[i] = *by[made.Applicant]
		out[i].Result = made
	}
	return out, nil
}
