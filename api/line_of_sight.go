package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type sightBody struct {
	AgreementID          string            `json:"agreement_id"`
	OrganizationID       string            `json:"organization_id"`
	On                   models.Date       `json:"on"`
	ApprovedCents        models.Cents      `json:"approved_cents"`
	SpentCents           models.Cents      `json:"spent_cents"`
	UntargetedCents      models.Cents      `json:"untargeted_cents"`
	UntargetedSpentCents models.Cents      `json:"untargeted_spent_cents"`
	Targets              []targetSightBody `json:"targets"`
	WithoutTarget        []sightLineBody   `json:"without_target"`
	WithoutMoney         []string          `json:"without_money"`
}

type targetSightBody struct {
	TargetID           string             `json:"target_id"`
	Target             string             `json:"target"`
	Kind               string             `json:"kind"`
	Type               string             `json:"type"`
	Measure            string             `json:"measure"`
	Unit               string             `json:"unit"`
	Direction          string             `json:"direction"`
	Baseline           models.Hundredths  `json:"baseline"`
	GoalValue          models.Hundredths  `json:"goal_value"`
	Status             string             `json:"status"`
	Value              *models.Hundredths `json:"value"`
	MeasuredOn         *models.Date       `json:"measured_on"`
	Progress           *models.Hundredths `json:"progress"`
	CostPerPointCents  *models.Cents      `json:"cost_per_point_cents"`
	ApprovedCents      models.Cents       `json:"approved_cents"`
	SpentCents         models.Cents       `json:"spent_cents"`
	ApprovedShareCents models.Cents       `json:"approved_share_cents"`
	SpentShareCents    models.Cents       `json:"spent_share_cents"`
	Says               string             `json:"says"`
	Lines              []sightLineBody    `json:"lines"`
}

type sightLineBody struct {
	LineItemID         string       `json:"line_item_id"`
	GrantYearID        string       `json:"grant_year_id"`
	Number             int          `json:"number"`
	Description        string       `json:"description"`
	UseCategory        string       `json:"use_category"`
	Strategy           *string      `json:"plan_strategy"`
	Activity           *string      `json:"plan_activity"`
	ApprovedCents      models.Cents `json:"approved_cents"`
	SpentCents         models.Cents `json:"spent_cents"`
	Serves             int          `json:"serves"`
	ApprovedShareCents models.Cents `json:"approved_share_cents"`
	SpentShareCents    models.Cents `json:"spent_share_cents"`
}

func sightLine(l workflow.SightLine, serves int, approved, spent models.Cents) sightLineBody {
	return sightLineBody{l.ID, l.GrantYearID, l.Number, l.Description, l.UseCategory, opt(l.PlanStrategy), opt(l.PlanActivity), l.ApprovedCents, l.SpentCents, serves, approved, spent}
}

func sight(s workflow.AgreementSight) sightBody {
	body := sightBody{s.Agreement.ID, s.Organization.ID, s.On, s.ApprovedCents, s.SpentCents, s.UntargetedCents, s.UntargetedSpentCents,
		[]targetSightBody{}, []sightLineBody{}, s.WithoutMoney}
	for _, t := range s.Targets {
		x := targetSightBody{t.ID, t.Code, string(t.Kind), t.Type, t.Measure, t.Unit, string(t.Direction), t.Baseline, t.GoalValue, string(t.Status), t.Value, opt(t.MeasuredOn),
			t.Progress, t.CostPerPointCents, t.ApprovedCents, t.SpentCents, t.ApprovedShareCents, t.SpentShareCents, t.Says, []sightLineBody{}}
		for _, l := range t.Lines {
			x.Lines = append(x.Lines, sightLine(l.SightLine, l.Serves, l.ApprovedShareCents, l.SpentShareCents))
		}
		body.Targets = append(body.Targets, x)
	}
	for _, l := range s.WithoutTarget {
		body.WithoutTarget = append(body.WithoutTarget, sightLine(l, 0, l.ApprovedCents, l.SpentCents))
	}
	return body
}

// lineOfSight is what the money of an agreement does for each of its targets, on a day.
func (a *API) lineOfSight(c *gin.Context) error {
	q := queryOf(c)
	in := workflow.LineOfSightOf{AgreementID: c.Param("id")}
	filters(q, &in)
	if err := q.end(); err != nil {
		return err
	}
	s, err := a.s.LineOfSight(c.Request.Context(), who(c), in)
	if err != nil {
		return parameters(err)
	}
	return answer(c, http.StatusOK, sight(s), nil)
}

// sightRowBody is a target, or the lines that serve none, in a list of a whole program.
type sightRowBody struct {
	OrganizationCode   string             `json:"organization_code"`
	OrganizationName   string             `json:"organization_name"`
	OrganizationID     string             `json:"organization_id"`
	AgreementID        string             `json:"agreement_id"`
	Cohort             string             `json:"cohort"`
	TargetID           *string            `json:"target_id"`
	Target             *string            `json:"target"`
	Kind               *string            `json:"kind"`
	Type               *string            `json:"type"`
	Measure            *string            `json:"measure"`
	Unit               *string            `json:"unit"`
	Baseline           *models.Hundredths `json:"baseline"`
	GoalValue          *models.Hundredths `json:"goal_value"`
	Status             *string            `json:"status"`
	Value              *models.Hundredths `json:"value"`
	MeasuredOn         *models.Date       `json:"measured_on"`
	Progress           *models.Hundredths `json:"progress"`
	Lines              int                `json:"lines"`
	ApprovedCents      models.Cents       `json:"approved_cents"`
	SpentCents         models.Cents       `json:"spent_cents"`
	ApprovedShareCents models.Cents       `json:"approved_share_cents"`
	SpentShareCents    models.Cents       `json:"spent_share_cents"`
	CostPerPointCents  *models.Cents      `json:"cost_per_point_cents"`
	Says               string             `json:"says"`
}

func sightRow(r workflow.SightRow) sightRowBody {
	body := sightRowBody{OrganizationCode: r.Organization.Code, OrganizationName: r.Organization.Name, OrganizationID: r.Organization.ID, AgreementID: r.AgreementID,
		Cohort: r.Cohort, Lines: r.Lines, ApprovedCents: r.ApprovedCents, SpentCents: r.SpentCents, ApprovedShareCents: r.ApprovedShareCents,
		SpentShareCents: r.SpentShareCents, Says: r.Says}
	if t := r.Target; t != nil {
		body.TargetID, body.Target, body.Kind, body.Type, body.Measure, body.Unit = opt(t.ID), opt(t.Code), opt(string(t.Kind)), opt(t.Type), opt(t.Measure), opt(t.Unit)
		body.Baseline, body.GoalValue, body.Status, body.Value, body.MeasuredOn = &t.Baseline, &t.GoalValue, opt(string(t.Status)), t.Value, opt(t.MeasuredOn)
		body.Progress, body.CostPerPointCents = t.Progress, t.CostPerPointCents
	}
	return body
}

// linesOfSight lists the targets of a program with their money; it is worked out once for
// all pages of an export.
func (a *API) linesOfSight(c *gin.Context) error {
	q := queryOf(c)
	var in workflow.ListLinesOfSight
	filters(q, &in)
	var rows []workflow.SightRow
	known := false
	load := func(p workflow.Page) (page []workflow.SightRow, err error) {
		if !known {
			if rows, err = a.s.LinesOfSight(c.Request.Context(), who(c), in); err != nil {
				return nil, parameters(err)
			}
			known = true
		}
		return workflow.SightPage(rows, p), nil
	}
	return pages(c, q, load, workflow.SightRow.Key, sightRow)
}
