package api

import (
	"time"

	"earmark/models"
	"earmark/workflow"
)

type worksheetBody struct {
	LineItemID     string       `json:"line_item_id"`
	OrganizationID string       `json:"organization_id"`
	ApplicationID  string       `json:"application_id"`
	Number         int          `json:"number"`
	Description    string       `json:"description"`
	ApprovedCents  models.Cents `json:"approved_cents"`
	SpentCents     models.Cents `json:"spent_cents"`
	Kind           string       `json:"kind"`
	Title          string       `json:"title"`
	DueOn          models.Date  `json:"due_on"`
	DueDays        int          `json:"due_days"`
	Status         string       `json:"status"`
	Late           bool         `json:"late"`
	RecordID       *string      `json:"record_id"`
	Reference      *string      `json:"reference"`
	SubmittedAt    *time.Time   `json:"submitted_at"`
	EffectiveOn    *models.Date `json:"effective_on"`
}

func worksheet(_ models.Actor, w workflow.WorksheetStanding) worksheetBody {
	return worksheetBody{w.LineItemID, w.OrganizationID, w.ApplicationID, w.Number, w.Description, w.AmountCents, w.SpentCents, w.RecordKind, w.Title, w.DueOn, w.Days,
		w.Status, w.Late, opt(w.RecordID), opt(w.Reference), w.SubmittedAt, opt(w.EffectiveOn)}
}
