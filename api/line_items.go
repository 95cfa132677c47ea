package api

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

// lineBody is a line item as one revision has it.
type lineBody struct {
	LineItemID         string            `json:"line_item_id"`
	Number             int               `json:"number"`
	Action             string            `json:"action"`
	Touched            bool              `json:"touched"`
	UseCategory        string            `json:"use_category"`
	FunctionCode       string            `json:"function_code"`
	SchoolID           *string           `json:"school_id"`
	CostKind           string            `json:"cost_kind"`
	Description        string            `json:"description"`
	AmountCents        models.Cents      `json:"amount_cents"`
	SpentCents         models.Cents      `json:"spent_cents"`
	BaseCents          *models.Cents     `json:"base_cents"`
	Costs              []costBody        `json:"costs"`
	Links              []linkBody        `json:"links"`
	FTE                models.Hundredths `json:"fte"`
	StaffCount         int               `json:"staff_count"`
	Hours              models.Hundredths `json:"hours"`
	RateCents          models.Cents      `json:"rate_cents"`
	Quantity           models.Hundredths `json:"quantity"`
	UnitCostCents      models.Cents      `json:"unit_cost_cents"`
	Topic              string            `json:"topic"`
	Days               models.Hundredths `json:"days"`
	Grades             string            `json:"grades"`
	Metric             string            `json:"metric"`
	DataSource         string            `json:"data_source"`
	ImpactStatement    string            `json:"impact_statement"`
	ResourcesStatement string            `json:"resources_statement"`
	PriorFunding       string            `json:"prior_funding"`
	PlanStrategy       string            `json:"plan_strategy"`
	PlanActivity       string            `json:"plan_activity"`
	StartsOn           *models.Date      `json:"starts_on"`
	EndsOn             *models.Date      `json:"ends_on"`
	PriorApproval      bool              `json:"prior_approval"`
	Decision           string            `json:"decision"`
	DecisionReason     *string           `json:"decision_reason"`
	DecisionStep       *string           `json:"decision_step"`
	DecidedBy          *string           `json:"decided_by"`
}

type costBody struct {
	ObjectCode  string       `json:"object_code"`
	AmountCents models.Cents `json:"amount_cents"`
}

type linkBody struct {
	GoalID   *string `json:"goal_id"`
	TargetID *string `json:"target_id"`
}

func line(l workflow.Line) lineBody {
	v := l.Version
	body := lineBody{
		LineItemID: l.LineItemID, Number: l.Number, Action: v.Action, Touched: l.Touched, UseCategory: v.UseCategory, FunctionCode: v.FunctionCode,
		SchoolID: v.SchoolID, CostKind: v.CostKind, Description: v.Description, AmountCents: v.AmountCents, SpentCents: l.SpentCents,
		Costs: []costBody{}, Links: []linkBody{}, FTE: v.FTE, StaffCount: v.StaffCount, Hours: v.Hours, RateCents: v.RateCents,
		Quantity: v.Quantity, UnitCostCents: v.UnitCostCents, Topic: v.Topic, Days: v.Days, Grades: v.Grades, Metric: v.Metric,
		DataSource: v.DataSource, ImpactStatement: v.ImpactStatement, ResourcesStatement: v.ResourcesStatement, PriorFunding: v.PriorFunding,
		PlanStrategy: v.PlanStrategy, PlanActivity: v.PlanActivity, StartsOn: opt(v.StartsOn), EndsOn: opt(v.EndsOn), PriorApproval: v.PriorApproval,
		Decision: v.Decision, DecisionReason: opt(v.DecisionReason), DecisionStep: opt(v.DecisionStep), DecidedBy: v.DecidedBy,
	}
	if l.Base != nil {
		body.BaseCents = &l.Base.Version.AmountCents
	}
	for _, x := range l.Costs {
		body.Costs = append(body.Costs, costBody{x.ObjectCode, x.AmountCents})
	}
	for _, x := range l.Links {
		body.Links = append(body.Links, linkBody{opt(x.GoalID), opt(x.TargetID)})
	}
	return body
}

// revisionLines lists the lines of a revision; as CSV, a file to work on.
func (a *API) revisionLines(c *gin.Context) error {
	v, err := a.s.Revision(c.Request.Context(), who(c), c.Param("id"))
	return all(c, queryOf(c), v.Lines, err, line)
}

type lineSavedBody struct {
	Revision revisionBody `json:"revision"`
	LineItem lineBody     `json:"line_item"`
	Findings []inputError `json:"findings"`
}

// saveLine answers the line as kept, with the revision's new version.
func saveLine[In any](status int, do command[In, workflow.LineSaved]) handler {
	return func(c *gin.Context) error {
		var in In
		if err := request(c, &in); err != nil {
			return err
		}
		saved, err := do(c.Request.Context(), who(c), in)
		if err != nil {
			return err
		}
		if status == http.StatusCreated {
			c.Header("Location", base+"/revisions/"+saved.Revision.ID+"/line_items/"+strconv.Itoa(saved.Line.Number))
		}
		return document(c, status, saved.Revision.Root, lineSavedBody{revision(who(c), saved.Revision), line(saved.Line), inputErrors(saved.Findings)})
	}
}

func (a *API) revisionLine(c *gin.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	v, err := a.s.Revision(c.Request.Context(), who(c), c.Param("id"))
	if err != nil {
		return err
	}
	for _, l := range v.Lines {
		if l.Number == n {
			return document(c, http.StatusOK, v.Revision.Root, line(l))
		}
	}
	return models.Fail(models.NotFound, "not_found", "This revision has no line %d.", n)
}

func (a *API) removeLine(c *gin.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	version, err := ifMatch(c)
	if err != nil {
		return err
	}
	r, err := a.s.RemoveLineItem(c.Request.Context(), who(c), c.Param("id"), n, version)
	if err != nil {
		return err
	}
	return document(c, http.StatusOK, r.Root, revision(who(c), r))
}

// standingBody is a line item with its utilization.
type standingBody struct {
	ID             string       `json:"id"`
	ApplicationID  string       `json:"application_id"`
	GrantYearID    string       `json:"grant_year_id"`
	OrganizationID string       `json:"organization_id"`
	Number         int          `json:"number"`
	Status         string       `json:"status"`
	UseCategory    string       `json:"use_category"`
	FunctionCode   string       `json:"function_code"`
	ObjectCode     string       `json:"object_code"`
	SchoolID       *string      `json:"school_id"`
	Description    string       `json:"description"`
	LinkStatus     string       `json:"link_status"`
	AmountCents    models.Cents `json:"amount_cents"`
	SpentCents     models.Cents `json:"spent_cents"`
	RemainingCents models.Cents `json:"remaining_cents"`
	LimitCents     models.Cents `json:"limit_cents"`
	RateBP         *int64       `json:"rate_bp"`
	ApprovedOn     *models.Date `json:"approved_on"`
}

func standing(_ models.Actor, l workflow.LineStanding) standingBody {
	return standingBody{l.ID, l.ApplicationID, l.GrantYearID, l.OrganizationID, l.Number, string(l.Status), l.UseCategory, l.FunctionCode,
		l.ObjectCode, l.SchoolID, l.Description, l.LinkStatus, l.AmountCents, l.SpentCents, l.RemainingCents, l.LimitCents, rateOf(l.RateBP), opt(l.ApprovedOn)}
}
