package api

import (
	"encoding/json"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type scenarioBody struct {
	ID             string       `json:"id"`
	GrantYearID    string       `json:"grant_year_id"`
	BaseRunID      *string      `json:"base_run_id"`
	Number         int          `json:"number"`
	Label          string       `json:"label"`
	Note           string       `json:"note"`
	Status         string       `json:"status"`
	FactsYear      int          `json:"facts_year"`
	FactCount      int          `json:"fact_count"`
	BaseCurrent    bool         `json:"base_current"`
	PoolCents      models.Cents `json:"pool_cents"`
	AllocatedCents models.Cents `json:"allocated_cents"`
	RecipientCount int          `json:"recipient_count"`
	InputHash      string       `json:"input_hash"`
	ComputedAt     time.Time    `json:"computed_at"`
	RunID          *string      `json:"run_id"`
	CreatedBy      string       `json:"created_by"`
	CreatedAt      time.Time    `json:"created_at"`
	Version        int64        `json:"version"`
	Available      []offerBody  `json:"available_transitions"`
}

type scenarioDetailBody struct {
	scenarioBody
	BaseParameters json.RawMessage `json:"base_parameters"`
	Parameters     json.RawMessage `json:"parameters"`
	Facts          json.RawMessage `json:"facts"`
}

func scenario(who models.Actor, s models.Scenario) scenarioBody {
	return scenarioBody{s.ID, s.GrantYearID, s.BaseRunID, s.Number, s.Label, s.Note, string(s.Status), s.FactsYear, s.FactCount, s.BaseCurrent,
		s.PoolCents, s.AllocatedCents, s.RecipientCount, s.InputHash, s.ComputedAt, s.RunID, s.CreatedBy, s.CreatedAt, s.Version, offers(who, &s)}
}

func scenarioDetail(who models.Actor, s models.Scenario) scenarioDetailBody {
	return scenarioDetailBody{scenario(who, s), kept(s.BaseParameters), kept(s.Parameters), kept(s.Facts)}
}

type comparedBody struct {
	SubjectID      string              `json:"subject_id"`
	SubjectKind    string              `json:"subject_kind"`
	SubjectLabel   string              `json:"subject_label"`
	OrganizationID string              `json:"organization_id"`
	Code           string              `json:"code"`
	Name           string              `json:"name"`
	Subtype        string              `json:"subtype"`
	ISDCode        string              `json:"isd_code"`
	ISDName        string              `json:"isd_name"`
	County         string              `json:"county"`
	BaseCents      models.Cents        `json:"base_cents"`
	AmountCents    models.Cents        `json:"amount_cents"`
	ChangeCents    models.Cents        `json:"change_cents"`
	ChangeBP       *models.BasisPoints `json:"change_bp"`
	Class          string              `json:"class"`
	BaseBound      string              `json:"base_bound"`
	BaseBoundBy    string              `json:"base_bound_by"`
	Bound          string              `json:"bound"`
	BoundBy        string              `json:"bound_by"`
}

func compared(c workflow.Compared) comparedBody {
	o := c.Organization
	return comparedBody{c.Subject.ID, c.Subject.Kind, c.Subject.Label, o.ID, o.Code, o.Name, o.Subtype, c.ISDCode, c.ISDName, o.County,
		c.BaseCents, c.AmountCents, c.ChangeCents, c.ChangeBP, c.Class, c.BaseBound, c.BaseBoundBy, c.Bound, c.BoundBy}
}

type comparedTotalBody struct {
	SubjectID    string              `json:"subject_id"`
	SubjectKind  string              `json:"subject_kind"`
	SubjectLabel string              `json:"subject_label"`
	Value        string              `json:"value"`
	Recipients   int                 `json:"recipients"`
	BaseCents    models.Cents        `json:"base_cents"`
	AmountCents  models.Cents        `json:"amount_cents"`
	ChangeCents  models.Cents        `json:"change_cents"`
	ChangeBP     *models.BasisPoints `json:"change_bp"`
	GainCents    models.Cents        `json:"gain_cents"`
	LossCents    models.Cents        `json:"loss_cents"`
	Winners      int                 `json:"winners"`
	Losers       int                 `json:"losers"`
	Untouched    int                 `json:"untouched"`
	NotEligible  int                 `json:"not_eligible"`
	Floor        int                 `json:"floor"`
	Cap          int                 `json:"cap"`
	HoldHarmless int                 `json:"hold_harmless"`
}

func comparedTotal(t workflow.ComparedTotal) comparedTotalBody {
	return comparedTotalBody{t.Subject.ID, t.Subject.Kind, t.Subject.Label, t.Value, t.Recipients, t.BaseCents, t.AmountCents, t.ChangeCents, t.ChangeBP,
		t.GainCents, t.LossCents, t.Winners, t.Losers, t.Untouched, t.NotEligible, t.Floor, t.Cap, t.HoldHarmless}
}

// comparison reads what both lists ask for.
func comparison(q *query) workflow.CompareAllocations {
	return workflow.CompareAllocations{Base: q.text("base"), With: q.texts("with", 7), Class: q.text("class"), Bound: q.text("bound"),
		Subtype: q.text("subtype"), ISD: q.text("isd"), County: q.text("county")}
}

// compareAllocations says who gains and loses against a run or scenario, in pages. The
// comparison is made once, also for an export.
func (a *API) compareAllocations(c *gin.Context) error {
	q := queryOf(c)
	in := comparison(q)
	in.Sort = q.text("sort")
	var rows []workflow.Compared
	var after map[string]int // what follows a row, by its key
	load := func(p workflow.Page) ([]workflow.Compared, error) {
		if after == nil {
			var err error
			if rows, err = a.s.CompareAllocations(c.Request.Context(), who(c), in); err != nil {
				return nil, parameters(err)
			}
			after = make(map[string]int, len(rows)+1)
			after[""] = 0
			for i, r := range rows {
				after[r.Key()] = i + 1
			}
		}
		from, known := after[p.After]
		if !known {
			return nil, nil
		}
		return rows[from:min(from+p.Limit, len(rows))], nil
	}
	return pages(c, q, load, workflow.Compared.Key, compared)
}

// comparisonTotals sums the same by a fact of the recipients.
func (a *API) comparisonTotals(c *gin.Context) error {
	q := queryOf(c)
	in := comparison(q)
	in.By = q.text("by")
	if err := q.end(); err != nil {
		return err
	}
	rows, err := a.s.ComparisonTotals(c.Request.Context(), who(c), in)
	return all(c, q, rows, parameters(err), comparedTotal)
}
