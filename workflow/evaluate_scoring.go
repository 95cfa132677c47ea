package workflow

import (
	"fmt"
	"slices"

	"earmark/models"
	"earmark/workflow/formula"
	"earmark/workflow/rubric"
)

// EvaluateScoring are score sheets to be put together. Printed are the points of criteria
// as another printing of the rubric has them: their sums are checked.
type EvaluateScoring struct {
	Printed      map[string]int64      `json:"printed,omitempty"`
	Applications []EvaluateApplication `json:"applications"`
}

// EvaluateApplication is an applicant with the sheets of its panel.
type EvaluateApplication struct {
	Organization string         `json:"organization"` // code of an organization in this file
	Sheets       []rubric.Sheet `json:"sheets"`
}

// EvaluateScores is what the rubric makes of the sheets.
type EvaluateScores struct {
	Points   map[string]int64 `json:"points"` // of every criterion and competitive priority
	Total    int64            `json:"total"`
	Percents []rubric.Share   `json:"percents"`
	Printed  []rubric.Fault   `json:"printed,omitempty"` // sums that do not hold as printed
	Open     []EvaluateOpen   `json:"open,omitempty"`
	Sheets   []EvaluateSheets `json:"sheets,omitempty"`
	Results  []rubric.Result  `json:"results,omitempty"` // the best first
}

// EvaluateOpen are the bands that the facts of an applicant leave open.
type EvaluateOpen struct {
	Organization string           `json:"organization"`
	Limits       []rubric.Opening `json:"limits"`
}

// EvaluateSheets are the sheets of one applicant in points.
type EvaluateSheets struct {
	Organization string         `json:"organization"`
	Marks        []rubric.Marks `json:"marks"`
}

// scoring puts the sheets of a competition together.
func (e *evaluation) scoring() error {
	if e.in.Scoring == nil {
		return nil
	}
	tree := e.def.Rubric()
	if tree == nil {
		e.broken("/scoring", "scoring.none", "Leave it out.", "The program %s scores no applications.", e.def.Code)
		return invalid(e.wrong)
	}
	out := &EvaluateScores{Points: map[string]int64{}, Total: tree.Points, Percents: tree.Percents()}
	for _, n := range tree.Nodes {
		out.Points[n.Code] = n.Points
	}
	for _, p := range tree.Priorities {
		out.Points[p.Code] = p.Points
	}
	if len(e.in.Scoring.Printed) > 0 {
		_, out.Printed = rubric.Build(tree.Reprinted(e.in.Scoring.Printed))
	}
	for i, a := range e.in.Scoring.Applications {
		if err := e.application(fmt.Sprintf("/scoring/applications/%d", i), a, tree, out); err != nil {
			return err
		}
	}
	tree.Rank(out.Results)
	e.out.Scoring = out
	return invalid(e.wrong)
}

func (e *evaluation) application(at string, a EvaluateApplication, tree *rubric.Tree, out *EvaluateScores) error {
	unit, known := e.organization(tree.Of, a.Organization)
	if !known {
		e.broken(at+"/organization", "unknown", "Give the code of an organization in this file.", "There is no %s %q.", tree.Of, a.Organization)
		return nil
	}
	open, err := e.def.OpenBands(&unit, e.params)
	if err != nil {
		return models.Fail(models.Invalid, "scoring.failed", "The limits of %s cannot be applied: %s.", a.Organization, err)
	}
	if len(open) > 0 {
		out.Open = append(out.Open, EvaluateOpen{a.Organization, tree.Openings(open)})
	}
	sheets := EvaluateSheets{Organization: a.Organization}
	for i, s := range a.Sheets {
		m, wrong := tree.Read(s, open)
		for _, w := range wrong {
			w.Pointer = fmt.Sprintf("%s/sheets/%d%s", at, i, w.Pointer)
			e.wrong = append(e.wrong, w)
		}
		sheets.Marks = append(sheets.Marks, m)
	}
	if len(a.Sheets) > 0 {
		out.Sheets = append(out.Sheets, sheets)
		out.Results = append(out.Results, tree.Panel(a.Organization, sheets.Marks))
	}
	return nil
}

// organization is an organization of the file with its facts, which have been checked.
func (e *evaluation) organization(kind models.OrganizationKind, code string) (formula.Unit, bool) {
	i := slices.IndexFunc(e.in.Organizations, func(o EvaluateOrganization) bool { return o.Kind == kind && o.Code == code })
	if i < 0 {
		return formula.Unit{}, false
	}
	o := e.in.Organizations[i]
	return formula.Unit{Code: o.Code, Name: o.Name, Facts: e.facts(fmt.Sprintf("/organizations/%d", i), o)}, true
}
