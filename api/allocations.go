package api

import (
	"encoding/json"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type allocationRunBody struct {
	ID             string       `json:"id"`
	GrantYearID    string       `json:"grant_year_id"`
	Number         int          `json:"number"`
	RunKind        string       `json:"run_kind"`
	Label          string       `json:"label"`
	Status         string       `json:"status"`
	FactsYear      int          `json:"facts_year"`
	PoolCents      models.Cents `json:"pool_cents"`
	AllocatedCents models.Cents `json:"allocated_cents"`
	RecipientCount int          `json:"recipient_count"`
	InputHash      string       `json:"input_hash"`
	CreatedBy      string       `json:"created_by"`
	CreatedAt      time.Time    `json:"created_at"`
	PublishedAt    *time.Time   `json:"published_at"`
	PublishedBy    *string      `json:"published_by"`
	Version        int64        `json:"version"`
	Available      []offerBody  `json:"available_transitions"`
}

type allocationRunDetailBody struct {
	allocationRunBody
	Determinations json.RawMessage `json:"determinations"`
}

func allocationRun(who models.Actor, r models.AllocationRun) allocationRunBody {
	return allocationRunBody{r.ID, r.GrantYearID, r.Number, r.RunKind, r.Label, string(r.Status), r.FactsYear, r.PoolCents, r.AllocatedCents,
		r.RecipientCount, r.InputHash, r.CreatedBy, r.CreatedAt, r.PublishedAt, r.PublishedBy, r.Version, offers(who, &r)}
}

func allocationRunDetail(who models.Actor, r workflow.AllocationRunDetail) allocationRunDetailBody {
	return allocationRunDetailBody{allocationRun(who, r.AllocationRun), kept(r.Determinations)}
}

// kept is JSON that was fixed when it was made: it is sent as it is.
func kept(text string) json.RawMessage {
	if text == "" {
		return json.RawMessage("null")
	}
	return json.RawMessage(text)
}

type allocationBody struct {
	ID             string       `json:"id"`
	RunID          string       `json:"run_id"`
	GrantYearID    string       `json:"grant_year_id"`
	OrganizationID string       `json:"organization_id"`
	AmountCents    models.Cents `json:"amount_cents"`
	ReceiptHash    string       `json:"receipt_hash"`
}

type allocationDetailBody struct {
	allocationBody
	RunNumber int             `json:"run_number"`
	RunStatus string          `json:"run_status"`
	Receipt   json.RawMessage `json:"receipt"`
}

func allocation(_ models.Actor, a models.Allocation) allocationBody {
	return allocationBody{a.ID, a.RunID, a.GrantYearID, a.OrganizationID, a.AmountCents, a.ReceiptHash}
}

func allocationDetail(who models.Actor, a workflow.AllocationDetail) allocationDetailBody {
	return allocationDetailBody{allocation(who, a.Allocation), a.Run.Number, string(a.Run.Status), kept(a.Receipt)}
}

type differenceBody struct {
	OrganizationID string       `json:"organization_id"`
	Code           string       `json:"code"`
	Name           string       `json:"name"`
	FromCents      models.Cents `json:"from_cents"`
	ToCents        models.Cents `json:"to_cents"`
	ChangeCents    models.Cents `json:"change_cents"`
}

// compareRuns says who would gain and lose from the run in ?from= to this one.
func (a *API) compareRuns(c *gin.Context) error {
	q := queryOf(c)
	from := q.text("from")
	if from == "" {
		return malformed("malformed_parameter", "Give the run to compare with as ?from=.")
	}
	if err := q.end(); err != nil {
		return err
	}
	rows, err := a.s.CompareRuns(c.Request.Context(), who(c), from, c.Param("id"))
	return all(c, q, rows, err, func(d workflow.AllocationDifference) differenceBody { return differenceBody(d) })
}

// determinations says which office supports each district in a year, and why.
func (a *API) determinations(c *gin.Context) error {
	q := queryOf(c)
	program, year := q.text("program_code"), q.number("year")
	if err := q.end(); err != nil {
		return err
	}
	if program == "" || year == 0 {
		return malformed("malformed_parameter", "Give ?program_code= and ?year=.")
	}
	rows, err := a.s.Determinations(c.Request.Context(), who(c), program, year)
	return all(c, q, rows, err, same)
}
