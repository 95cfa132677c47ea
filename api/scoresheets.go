package api

import (
	"encoding/json"
	"time"

	"earmark/models"
	"earmark/workflow"
)

type scoresheetBody struct {
	ID          string          `json:"id"`
	GrantYearID string          `json:"grant_year_id"`
	ApplicantID string          `json:"applicant_id"`
	ReviewerID  string          `json:"reviewer_id"`
	Status      string          `json:"status"`
	NoConflict  bool            `json:"no_conflict"`
	Scores      json.RawMessage `json:"scores"`
	Votes       json.RawMessage `json:"votes"`
	SubmittedAt *time.Time      `json:"submitted_at"`
	Version     int64           `json:"version"`
	Available   []offerBody     `json:"available_transitions"`
}

func scoresheet(who models.Actor, d models.Scoresheet) scoresheetBody {
	return scoresheetBody{d.ID, d.GrantYearID, d.ApplicantID, d.ReviewerID, string(d.Status), d.NoConflict,
		json.RawMessage(d.Scores), json.RawMessage(d.Votes), d.SubmittedAt, d.Version, offers(who, &d)}
}

type panelResultBody struct {
	ApplicantID string                `json:"applicant_id"`
	Code        string                `json:"code"`
	Name        string                `json:"name"`
	Rank        *int                  `json:"rank"`
	Score       string                `json:"score"`
	Exact       string                `json:"exact"`
	Complete    bool                  `json:"complete"`
	Eliminated  bool                  `json:"eliminated"`
	Submitted   int                   `json:"submitted"`
	Drafts      int                   `json:"drafts"`
	Why         []string              `json:"why"`
	Criteria    []criterionResultBody `json:"criteria"`
	Priorities  []priorityVoteBody    `json:"priorities"`
}

type criterionResultBody struct {
	Criterion string `json:"criterion"`
	Points    int64  `json:"points"`
	Score     string `json:"score"`
	Exact     string `json:"exact"`
}

type priorityVoteBody struct {
	Priority string `json:"priority"`
	Kind     string `json:"kind"`
	Yes      int    `json:"yes"`
	Of       int    `json:"of"`
	Met      bool   `json:"met"`
	Points   int64  `json:"points"`
}

func panelResult(_ models.Actor, p workflow.PanelResult) panelResultBody {
	body := panelResultBody{ApplicantID: p.ApplicantID, Code: p.Code, Name: p.Name, Score: p.Score, Exact: p.Exact, Complete: p.Complete,
		Eliminated: p.Eliminated, Submitted: p.Sheets, Drafts: p.Drafts, Why: p.Why, Criteria: []criterionResultBody{}, Priorities: []priorityVoteBody{}}
	if p.Rank > 0 {
		body.Rank = &p.Rank
	}
	for _, c := range p.Criteria {
		body.Criteria = append(body.Criteria, criterionResultBody(c))
	}
	for _, v := range p.Priorities {
		body.Priorities = append(body.Priorities, priorityVoteBody(v))
	}
	return body
}

func panelResultKey(p workflow.PanelResult) string { return p.ApplicantID }
