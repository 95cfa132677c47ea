package api

import (
	"earmark/models"
	"earmark/workflow"
)

// recordLineBody is the line that a record is about.
type recordLineBody struct {
	ID            string       `json:"id"`
	Number        int64        `json:"number"`
	Status        string       `json:"status"`
	Description   string       `json:"description"`
	ApprovedCents models.Cents `json:"approved_cents"`
	SpentCents    models.Cents `json:"spent_cents"`
	Metric        *string      `json:"metric"`
	DataSource    *string      `json:"data_source"`
	Targets       []string     `json:"targets"`
}

func recordLine(l *workflow.RecordLine) *recordLineBody {
	if l == nil {
		return nil
	}
	return &recordLineBody{l.ID, l.Number, l.Status, l.Description, l.ApprovedCents, l.SpentCents, opt(l.Metric), opt(l.DataSource), append([]string{}, l.TargetCodes...)}
}

// recordTargetBody is a target that a record names.
type recordTargetBody struct {
	ID        string            `json:"id"`
	Code      string            `json:"code"`
	Kind      models.TargetKind `json:"kind"`
	Type      string            `json:"type"`
	Measure   string            `json:"measure"`
	Source    string            `json:"source"`
	Baseline  models.Hundredths `json:"baseline"`
	GoalValue models.Hundredths `json:"goal_value"`
	Unit      string            `json:"unit"`
	DueOn     *models.Date      `json:"due_on"`
	RetiredOn *models.Date      `json:"retired_on"`
}

func recordTargets(list []workflow.RecordTarget) []recordTargetBody {
	out := make([]recordTargetBody, len(list))
	for i, t := range list {
		out[i] = recordTargetBody{t.ID, t.Code, t.Kind, t.Type, t.Measure, t.Source, t.Baseline, t.GoalValue, t.Unit, opt(t.DueOn), opt(t.RetiredOn)}
	}
	return out
}
