package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"earmark/models"
	"earmark/workflow/formula"
	"earmark/workflow/tablecheck"
)

// EvaluateInput is a file of facts for `earmark evaluate`: docs/evaluate.md describes it.
type EvaluateInput struct {
	FiscalYear    int                    `json:"fiscal_year"`
	Parameters    map[string]FactText    `json:"parameters,omitempty"`
	Organizations []EvaluateOrganization `json:"organizations"`
	Proficiency   []EvaluateProficiency  `json:"proficiency,omitempty"`
	Outcomes      []EvaluateOutcomes     `json:"outcomes,omitempty"`
	Amendments    []EvaluateAmendment    `json:"amendments,omitempty"`
	Records       []EvaluateRecord       `json:"records,omitempty"`
	Tables        *tablecheck.File       `json:"tables,omitempty"`
	Budget        *EvaluateBudget        `json:"budget,omitempty"`
	Scoring       *EvaluateScoring       `json:"scoring,omitempty"`
	Sights        []EvaluateSight        `json:"lines_of_sight,omitempty"`

	Results  []EvaluateMeasuredTarget `json:"results,omitempty"`  // of targets of agreements
	Progress *EvaluateProgress        `json:"progress,omitempty"` // of the schools of agreements

	EvaluateAgreements
	EvaluateWatched   // measures, benchmarks, utilization, due, drawdown
	EvaluateApprovals // chains, windows, commitments
	EvaluateMoney     // applications, spending, payments
	EvaluateYearEnd   // reconciliations, year_end_reports
}

// EvaluateOrganization is an agency, ISD, district or school with its facts.
type EvaluateOrganization struct {
	Kind    models.OrganizationKind `json:"kind"`
	Code    string                  `json:"code"`
	Name    string                  `json:"name"`
	Parent  string                  `json:"parent,omitempty"`  // of a unit: code of its recipient (of a school: its district)
	Subtype string                  `json:"subtype,omitempty"` // of a district: models.Subtypes
	Facts   map[string]FactText     `json:"facts,omitempty"`
	Sources map[string]string       `json:"sources,omitempty"` // by fact; "*" for all others

	EvaluateOverYears // groups, history
}

// EvaluateProficiency is the percent proficient in one subject in one spring.
type EvaluateProficiency struct {
	School  string   `json:"school"`
	Subject string   `json:"subject"` // math, ela
	Year    int      `json:"year"`
	Percent FactText `json:"percent"`
}

// EvaluateOutcomes are the 36-month outcomes of one district.
type EvaluateOutcomes struct {
	District     string    `json:"district"`
	Reidentified bool      `json:"reidentified"`
	Targets      []Outcome `json:"targets"`
}

// FactText takes text, numbers, true and false and lists of text as they are written,
// so that 35.33 in the file never becomes a float.
type FactText string

// UnmarshalJSON keeps the digits.
func (t *FactText) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) > 1 && b[0] == '"' && !bytes.ContainsRune(b, '\\') && utf8.Valid(b): // nothing to decode
		*t = FactText(b[1 : len(b)-1])
		return nil
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	case len(b) > 0 && b[0] == '[':
		var list []string
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
		*t = FactText(strings.Join(list, ";"))
		return nil
	case len(b) > 0 && (b[0] == '{' || b[0] == 'n'):
		return errors.New("a fact is a text, a number, true, false or a list of texts")
	}
	*t = FactText(b)
	return nil
}

// EvaluateOutput is what the definition makes of the facts.
type EvaluateOutput struct {
	Program     string               `json:"program"`
	Version     string               `json:"version"`
	FiscalYear  int                  `json:"fiscal_year"`
	Parameters  []EvaluateParameter  `json:"parameters"`
	Assignments []Assignment         `json:"assignments,omitempty"`
	Run         *formula.Result      `json:"run,omitempty"`
	Exits       []EvaluateExit       `json:"exits,omitempty"`
	Measures    []EvaluateMeasure    `json:"measures,omitempty"`
	Amendments  []EvaluatedAmendment `json:"amendments,omitempty"`
	Records     []EvaluatedRecord    `json:"records,omitempty"`
	Tables      *tablecheck.Report   `json:"tables,omitempty"`
	Budget      *EvaluatedBudget     `json:"budget,omitempty"`
	Scoring     *EvaluateScores      `json:"scoring,omitempty"`
	Figures     []EvaluatedFigure    `json:"figures,omitempty"`
	Sights      []EvaluatedSight     `json:"lines_of_sight,omitempty"`

	Results  []EvaluatedMeasuredTarget `json:"results,omitempty"`
	Progress []ProgressRow             `json:"progress,omitempty"`

	EvaluatedAgreements
	EvaluatedWatched
	EvaluatedApprovals
	EvaluatedMoney
	EvaluatedYearEnd
	EvaluatedDeterminations
}

// EvaluateParameter is a policy value that was in force, with where it comes from.
type EvaluateParameter struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Basis string `json:"basis"`
	Cite  string `json:"cite"`
}

// EvaluateExit is the exit decision of one school.
type EvaluateExit struct {
	School string `json:"school"`
	Exit
}

// EvaluateMeasure is the accountability decision of one district.
type EvaluateMeasure struct {
	District string `json:"district"`
	Measure
}

const maxEvaluateBytes = 64 << 20

// DecodeEvaluateInput reads the JSON, strictly: unknown keys, wrong types and anything
// after the document are refused. The error is *models.Error.
func DecodeEvaluateInput(r io.Reader) (EvaluateInput, error) {
	var in EvaluateInput
	limited := &io.LimitedReader{R: r, N: maxEvaluateBytes + 1}
	d := json.NewDecoder(limited)
	d.DisallowUnknownFields()
	err := d.Decode(&in)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is more after the end of the document")
		}
	}
	if limited.N <= 0 {
		err = fmt.Errorf("the file has more than %d bytes", maxEvaluateBytes)
	}
	if err == nil {
		return in, nil
	}
	at := ""
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		at = "/" + strings.ReplaceAll(wrongType.Field, ".", "/")
	}
	detail := strings.TrimPrefix(err.Error(), "json: ")
	return EvaluateInput{}, &models.Error{Kind: models.Malformed, Code: "evaluate.malformed",
		Detail: "The file of facts cannot be read: " + detail + ".",
		Fields: []models.FieldError{{Pointer: at, Code: "malformed", Detail: detail, Severity: "error",
			Fix: fmt.Sprintf("Correct the file near byte %d; docs/evaluate.md has an example.", d.InputOffset())}}}
}
