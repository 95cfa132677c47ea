package demo

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/workflow"
	"earmark/workflow/rubric"
)

const applicants = "kind,code,name,parent_code\nagency,DS-1,State of Aurora (synthetic),\nagency,DS-2,State of Borealis (synthetic),\nagency,DS-3,State of Cumulus (synthetic),\n"

func reviewer(n int, note string) Account {
	return Account{models.RoleReviewer, fmt.Sprintf("%s Demo-Reviewer %d", firstNames[14+n], n), fmt.Sprintf("reviewer-%d@demo.example", n), note}
}

// competition lets five reviewers score three applications. The first two have the same
// total, and the tie-break decides; a reviewer steps back from the third, which therefore
// has no result yet.
func (w *world) competition() {
	var panel []models.Actor
	sheets := map[string][]models.Scoresheet{} // by applicant, one for each of the panel
	w.at("2026-03-02", "ask reviewers to score applications", func(ctx context.Context) error {
		if _, err := w.s.ImportOrganizations(ctx, w.analyst, workflow.OrganizationFile{Source: "Synthetic", FileName: "demo-applicants.csv", Content: []byte(applicants)}); err != nil {
			return err
		}
		for n := range 5 {
			who, err := w.create(ctx, reviewer(n+1, ""), "")
			if err != nil {
				return err
			}
			panel = append(panel, who)
		}
		for _, code := range []string{"DS-1", "DS-2", "DS-3"} {
			id, err := w.organization(ctx, models.KindAgency, code)
			if err != nil {
				return err
			}
			for _, who := range panel {
				w.clock.tick()
				sheet, err := w.s.CreateScoresheet(ctx, w.analyst, workflow.CreateScoresheet{GrantYearID: w.stateYear, ApplicantID: id, ReviewerID: who.UserID})
				if err != nil {
					return err
				}
				sheets[code] = append(sheets[code], sheet)
			}
		}
		return nil
	})
	w.at("2026-03-16", "score the applications", func(ctx context.Context) error {
		program, err := w.s.Program(ctx, w.analyst, stateProgram, 0)
		if err != nil {
			return err
		}
		// What the second lacks in A1(ii) it makes up for in A3(ii).
		for _, one := range []struct {
			code        string
			commitment  int64 // A1(ii), which breaks ties
			achievement int64 // A3(ii)
		}{{"DS-1", 40, 15}, {"DS-2", 35, 20}, {"DS-3", 30, 15}} {
			for n, sheet := range sheets[one.code] {
				w.clock.tick()
				who, step := panel[n], workflow.TransitionScoresheet{ID: sheet.ID, Version: sheet.Version, Event: "submit"}
				if one.code == "DS-3" && n == 4 {
					step.Event, step.Comment = "recuse", "A relative works on this application (synthetic)."
				} else {
					scores := scoresOf(program.Definition.Rubric(), int64(n), map[string]int64{"A1(ii)": one.commitment, "A3(ii)": one.achievement})
					saved, err := w.s.SaveScoresheet(ctx, who, workflow.SaveScoresheet{ID: sheet.ID, Version: sheet.Version, NoConflict: true, Scores: scores,
						Votes: []rubric.Vote{{Priority: "P1", Met: true}, {Priority: "P2", Met: n > 1}}})
					if err != nil {
						return err
					}
					step.Version = saved.Version
				}
				if _, err := w.s.TransitionScoresheet(ctx, who, step); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// scoresOf gives about three quarters of every criterion, some reviewers less, and of some
// criteria what is said.
func scoresOf(tree *rubric.Tree, strict int64, said map[string]int64) []rubric.Score {
	var out []rubric.Score
	for _, leaf := range tree.Leaves() {
		score, points := rubric.Score{Criterion: leaf.Code}, max(leaf.Points*3/4-strict%2, 0)
		if p, ok := said[leaf.Code]; ok {
			points = p
		}
		switch {
		case leaf.Elements != nil:
			n := leaf.Elements.Count - 2
			score.Elements = &n
		case leaf.Choices != nil:
			score.Choice = leaf.Choices[0].Code
		default:
			score.Points = &points
		}
		out = append(out, score)
	}
	return out
}

func (c *counting) competition() error {
	sheets, err := every(func(after string) ([]models.Scoresheet, error) {
		return c.s.Scoresheets(c.ctx, reader, workflow.ListScoresheets{After: after, Limit: workflow.MaxPage})
	}, func(s models.Scoresheet) string { return s.ID })
	if err != nil || len(sheets) == 0 {
		return err
	}
	c.Scoresheets = by(sheets, func(s models.Scoresheet) string { return string(s.Status) })
	results, err := c.s.PanelResults(c.ctx, reader, workflow.ListPanelResults{GrantYearID: sheets[0].GrantYearID, Limit: workflow.MaxPage})
	for _, r := range results {
		c.Ranking = append(c.Ranking, fmt.Sprintf("%d %s %s", r.Rank, r.Code, r.Score))
	}
	return err
}
