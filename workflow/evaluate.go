package workflow

import (
	"io"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/formula"
)

// EvaluateInput is a file of facts for `earmark evaluate`: docs/evaluate.md describes it.
type EvaluateInput struct {
	FiscalYear    int                    `json:"fiscal_year"`
	Parameters    map[string]string      `json:"parameters,omitempty"`
	Organizations []EvaluateOrganization `json:"organizations"`
}

// EvaluateOrganization is a district or school with its facts.
type EvaluateOrganization struct {
	Kind    models.OrganizationKind `json:"kind"`
	Code    string                  `json:"code"`
	Name    string                  `json:"name"`
	Parent  string                  `json:"parent,omitempty"`  // code of the district of a school
	Subtype string                  `json:"subtype,omitempty"` // traditional, psa
	Facts   map[string]string       `json:"facts,omitempty"`
	Sources map[string]string       `json:"sources,omitempty"` // by fact; "*" for all
}

// EvaluateOutput is what the definition makes of the facts.
type EvaluateOutput struct {
	Program     string          `json:"program"`
	FiscalYear  int             `json:"fiscal_year"`
	Assignments []Assignment    `json:"assignments,omitempty"`
	Run         *formula.Result `json:"run,omitempty"`
}

// DecodeEvaluateInput reads the JSON, strictly; the error is *models.Error with one field
// error per mistake.
func DecodeEvaluateInput(r io.Reader) (EvaluateInput, error) { return EvaluateInput{}, nil }

// Evaluate applies the whole definition to the facts, without a database.
func Evaluate(def *programs.Definition, in EvaluateInput) (EvaluateOutput, error) {
	return EvaluateOutput{}, nil
}
