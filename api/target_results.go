package api

import (
	"earmark/models"
	"earmark/workflow"
)

type targetResultBody struct {
	ID             string             `json:"id"`
	AgreementID    string             `json:"agreement_id"`
	OrganizationID string             `json:"organization_id"`
	TargetID       string             `json:"target_id"`
	Target         string             `json:"target"`
	SchoolYear     string             `json:"school_year"`
	Window         *string            `json:"window"`
	MeasuredOn     models.Date        `json:"measured_on"`
	Value          models.Hundredths  `json:"value"`
	Numerator      *models.Hundredths `json:"numerator"`
	Denominator    *models.Hundredths `json:"denominator"`
	Evidence       string             `json:"evidence"`
	Source         string             `json:"source"`
	ReportedOn     models.Date        `json:"reported_on"`
	ReportedBy     string             `json:"reported_by"`
	DaysLate       int                `json:"days_late"`
	Outside        bool               `json:"outside"`
	SupersedesID   *string            `json:"supersedes_id"`
	Correction     *string            `json:"correction"`
	Superseded     bool               `json:"superseded"`
	ImportID       *string            `json:"import_id"`
	Version        int64              `json:"version"`
}

func targetResult(_ models.Actor, r workflow.TargetResultDetail) targetResultBody {
	return targetResultBody{r.ID, r.AgreementID, r.OrganizationID, r.TargetID, r.TargetCode, models.SchoolYearLabel(r.SchoolYear), opt(r.Window), r.MeasuredOn,
		r.Value, r.Numerator, r.Denominator, r.Evidence, r.Source, r.ReportedOn, r.ReportedBy, r.DaysLate, r.Outside, r.SupersedesID, opt(r.Correction),
		r.Superseded, r.ImportID, r.Version}
}

type targetStandingBody struct {
	AgreementID    string             `json:"agreement_id"`
	OrganizationID string             `json:"organization_id"`
	ProgramCode    string             `json:"program_code"`
	Cohort         string             `json:"cohort"`
	Goal           string             `json:"goal"`
	TargetID       string             `json:"target_id"`
	Target         string             `json:"target"`
	Kind           string             `json:"kind"`
	Type           string             `json:"type"`
	Measure        string             `json:"measure"`
	DataSource     string             `json:"data_source"`
	SchoolID       *string            `json:"school_id"`
	Unit           string             `json:"unit"`
	Direction      string             `json:"direction"`
	Baseline       models.Hundredths  `json:"baseline"`
	GoalValue      models.Hundredths  `json:"goal_value"`
	DueOn          models.Date        `json:"due_on"`
	DueSchoolYear  string             `json:"due_school_year"`
	DueWindow      *string            `json:"due_window"`
	ReportBy       models.Date        `json:"report_due_on"`
	Status         string             `json:"status"`
	ResultID       *string            `json:"result_id"`
	Value          *models.Hundredths `json:"value"`
	MeasuredOn     *models.Date       `json:"measured_on"`
	SchoolYear     *string            `json:"school_year"`
	Window         *string            `json:"window"`
	DaysLate       int                `json:"days_late"`
	Outside        bool               `json:"outside"`
	MissedBy       *models.Hundredths `json:"missed_by"`
	Expected       *models.Hundredths `json:"expected"`
	Ahead          *models.Hundredths `json:"ahead"`
	Missing        []missingBody      `json:"missing"`
	DaysMissing    int                `json:"days_missing"`
	Results        int                `json:"results"`
	Says           string             `json:"says"`
}

type missingBody struct {
	SchoolYear string      `json:"school_year"`
	Window     *string     `json:"window"`
	ReportBy   models.Date `json:"report_due_on"`
}

func targetStanding(_ models.Actor, x workflow.TargetStanding) targetStandingBody {
	t := x.Target
	body := targetStandingBody{AgreementID: t.AgreementID, OrganizationID: x.OrganizationID, ProgramCode: x.ProgramCode, Cohort: x.Cohort, Goal: x.GoalTitle,
		TargetID: t.ID, Target: t.Code, Kind: string(t.TargetKind), Type: t.TargetType, Measure: t.Measure, DataSource: t.Source, SchoolID: t.SchoolID,
		Unit: t.Unit, Direction: t.Direction, Baseline: t.Baseline, GoalValue: t.Goal, DueOn: t.DueOn, DueSchoolYear: models.SchoolYearLabel(x.Due.SchoolYear),
		DueWindow: opt(x.Due.Code), ReportBy: x.ReportBy, Status: string(x.Status), ResultID: opt(x.ResultID), Value: x.Value, MeasuredOn: opt(x.MeasuredOn),
		Window: opt(x.Window), DaysLate: x.DaysLate, Outside: x.Outside, MissedBy: x.MissedBy, Expected: x.Expected, Ahead: x.Ahead,
		Missing: []missingBody{}, DaysMissing: x.DaysMissing, Results: x.ResultsCount, Says: x.Says}
	if x.ResultID != "" {
		body.SchoolYear = opt(models.SchoolYearLabel(x.SchoolYear))
	}
	for _, w := range x.Missing {
		body.Missing = append(body.Missing, missingBody{models.SchoolYearLabel(w.SchoolYear), opt(w.Code), w.ReportBy})
	}
	return body
}
