package api

import (
	"earmark/models"
	"earmark/workflow"
)

type measureResultBody struct {
	ID             string             `json:"id"`
	GrantYearID    string             `json:"grant_year_id"`
	OrganizationID *string            `json:"organization_id"`
	Measure        string             `json:"measure"`
	Year           string             `json:"year"`
	Value          *models.Hundredths `json:"value"`
	Numerator      *models.Hundredths `json:"numerator"`
	Denominator    *models.Hundredths `json:"denominator"`
	NotCollected   *string            `json:"not_collected"`
	Evidence       string             `json:"evidence"`
	Source         string             `json:"source"`
	ReportedOn     models.Date        `json:"reported_on"`
	ReportedBy     string             `json:"reported_by"`
	SupersedesID   *string            `json:"supersedes_id"`
	Correction     *string            `json:"correction"`
	Superseded     bool               `json:"superseded"`
	ImportID       *string            `json:"import_id"`
	Version        int64              `json:"version"`
}

func measureResult(_ models.Actor, r workflow.MeasureResultDetail) measureResultBody {
	body := measureResultBody{ID: r.ID, GrantYearID: r.GrantYearID, OrganizationID: opt(r.OrganizationID), Measure: r.Measure, Year: r.YearLabel,
		Numerator: r.Numerator, Denominator: r.Denominator, NotCollected: opt(r.NotCollected), Evidence: r.Evidence, Source: r.Source,
		ReportedOn: r.ReportedOn, ReportedBy: r.ReportedBy, SupersedesID: r.SupersedesID, Correction: opt(r.Correction), Superseded: r.Superseded,
		ImportID: r.ImportID, Version: r.Version}
	if r.NotCollected == "" {
		body.Value = &r.Value
	}
	return body
}

type measureStandingBody struct {
	OrganizationID *string            `json:"organization_id"`
	ResultID       *string            `json:"result_id"`
	Measure        string             `json:"measure"`
	Title          string             `json:"title"`
	Criterion      *string            `json:"criterion"`
	Unit           string             `json:"unit"`
	Direction      string             `json:"direction"`
	Year           string             `json:"year"`
	Target         *models.Hundredths `json:"target"`
	Value          *models.Hundredths `json:"value"`
	Status         string             `json:"status"`
	MissedBy       *models.Hundredths `json:"missed_by"`
	Expected       *models.Hundredths `json:"expected"`
	Ahead          *models.Hundredths `json:"ahead"`
	ReportBy       models.Date        `json:"report_due_on"`
	NotCollected   *string            `json:"not_collected"`
	Citation       string             `json:"citation"`
	Triggers       []triggerBody      `json:"triggers"`
}

type triggerBody struct {
	Code     string `json:"code"`
	Fires    bool   `json:"fires"`
	Says     string `json:"says"`
	Citation string `json:"citation"`
}

func measureStanding(_ models.Actor, r workflow.MeasureRow) measureStandingBody {
	body := measureStandingBody{opt(r.OrganizationID), opt(r.ResultID), r.Measure, r.Title, opt(r.Criterion), r.Unit, r.Direction, r.Year, r.Target, r.Value,
		string(r.Status), r.MissedBy, r.Expected, r.Ahead, r.ReportBy, opt(r.Reason), r.Cite, []triggerBody{}}
	for _, t := range r.Triggers {
		body.Triggers = append(body.Triggers, triggerBody{t.Code, t.Fires, t.Says, t.Cite})
	}
	return body
}
