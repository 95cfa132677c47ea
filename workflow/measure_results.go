package workflow

import (
	"context"
	"fmt"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/measure"
)

// NewMeasureResult reports a measure of a year. Numbers are decimal texts, so that a
// percentage is checked to as many decimals as were printed. Without an organization it is
// a figure of the whole program.
type NewMeasureResult struct {
	GrantYearID    string `json:"grant_year_id" validate:"required,max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	Measure        string `json:"measure" validate:"required,max=100"`
	Year           string `json:"year" validate:"required,max=10"`
	Value          string `json:"value" validate:"max=30"`
	Numerator      string `json:"numerator" validate:"max=30"`
	Denominator    string `json:"denominator" validate:"max=30"`
	NotCollected   string `json:"not_collected" validate:"max=2000"` // the reason
	Evidence       string `json:"evidence" validate:"max=4000"`
	Source         string `json:"source" validate:"required,max=300"`
}

// CorrectMeasureResult replaces a result by another, with the reason.
type CorrectMeasureResult struct {
	ID           string `json:"-"`
	Value        string `json:"value" validate:"max=30"`
	Numerator    string `json:"numerator" validate:"max=30"`
	Denominator  string `json:"denominator" validate:"max=30"`
	NotCollected string `json:"not_collected" validate:"max=2000"`
	Evidence     string `json:"evidence" validate:"max=4000"`
	Source       string `json:"source" validate:"required,max=300"`
	Reason       string `json:"reason" validate:"required,max=2000"`
}

// MeasureResultDetail is a result, with whether another has replaced it.
type MeasureResultDetail struct {
	models.MeasureResult
	YearLabel  string
	Superseded bool
}

// ReportMeasure records a result. Errors: Invalid "measure.*"; Conflict
// "measure_result.exists" when the year is reported already, "grant_year.not_open".
func (s *Service) ReportMeasure(ctx context.Context, who models.Actor, in NewMeasureResult) (MeasureResultDetail, error) {
	var out MeasureResultDetail
	if err := s.check(in); err != nil {
		return out, err
	}
	if err := allow(who, reporting(in.OrganizationID), in.OrganizationID); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		ru, err := s.watchedRules(tx, in.GrantYearID)
		if err != nil {
			return err
		}
		id, replay, err := once(tx, who, "measure_result", in)
		if err != nil {
			return err
		}
		if replay {
			out, err = s.measureResult(tx, id)
			return err
		}
		row := models.MeasureResult{Root: models.Root{ID: id}, GrantYearID: ru.year.ID, OrganizationID: in.OrganizationID, Evidence: in.Evidence, Source: in.Source}
		m, err := s.resultSubject(tx, ru, &row, in.Measure, in.Year)
		if err != nil {
			return err
		}
		have, err := store.MeasureResults(tx, store.Scope{All: true}, resultKey(row), true, store.Page{})
		if err != nil {
			return err
		}
		if len(have) > 0 {
			return reportedAlready(m, row.Year)
		}
		out.YearLabel = m.YearLabel(row.Year)
		err = s.writeResult(tx, who, ru, m, &row, MeasureReading{in.Value, in.Numerator, in.Denominator, in.NotCollected}, "report")
		out.MeasureResult = row
		return err
	})
	return out, err
}

// CorrectMeasureResult writes a result that supersedes another; the old one stays readable.
// Errors: Conflict "measure_result.superseded" when it was corrected already.
func (s *Service) CorrectMeasureResult(ctx context.Context, who models.Actor, in CorrectMeasureResult) (MeasureResultDetail, error) {
	var out MeasureResultDetail
	err := s.change(ctx, func(tx *store.Tx) error {
		old, err := s.readableResult(tx, who, in.ID)
		if err != nil {
			return err
		}
		if err := allow(who, reporting(old.OrganizationID), old.OrganizationID); err != nil {
			return err
		}
		if err := s.check(in); err != nil {
			return err
		}
		id, replay, err := once(tx, who, "measure_result correction "+in.ID, in)
		if err != nil {
			return err
		}
		if replay {
			out, err = s.measureResult(tx, id)
			return err
		}
		ru, err := s.watchedRules(tx, old.GrantYearID)
		if err != nil {
			return err
		}
		if old.Superseded {
			return supersededAlready()
		}
		m := ru.def.Measure(old.Measure)
		row := models.MeasureResult{Root: models.Root{ID: id}, GrantYearID: old.GrantYearID, OrganizationID: old.OrganizationID, Measure: old.Measure, Year: old.Year,
			Evidence: in.Evidence, Source: in.Source, SupersedesID: &old.ID, Correction: in.Reason}
		out.YearLabel = m.YearLabel(row.Year)
		err = s.writeResult(tx, who, ru, m, &row, MeasureReading{in.Value, in.Numerator, in.Denominator, in.NotCollected}, "correct")
		out.MeasureResult = row
		return err
	})
	return out, err
}

// reporting is the action of whoever reports for an organization, or for the program.
func reporting(organizationID string) Action {
	if organizationID == "" {
		return ReportProgramMeasure
	}
	return ReportMeasure
}

func reportedAlready(m *programs.Measure, year int) error {
	return models.Fail(models.Conflict, "measure_result.exists", "%s of %s is reported already. Correct that result, with the reason.", m.Title, m.YearLabel(year))
}

func supersededAlready() error {
	return models.Fail(models.Conflict, "measure_result.superseded", "This result was corrected already. Correct the result that is in force.")
}

func resultKey(r models.MeasureResult) store.Eq {
	return store.Eq{"grant_year_id": r.GrantYearID, "organization_id": r.OrganizationID, "measure": r.Measure, "year": r.Year}
}

// resultSubject finds the measure and the year of a new result, and asks whether this
// organization reports it.
func (s *Service) resultSubject(r store.Reading, ru rules, row *models.MeasureResult, code, label string) (*programs.Measure, error) {
	m := ru.def.Measure(code)
	if m == nil {
		return nil, models.Field("/measure", "measure.unknown", fmt.Sprintf("%s has no measure %q.", ru.def.Title, code), "Give the code of one of its measures.")
	}
	year, err := programs.ParseYear(label)
	if err != nil {
		return nil, models.Field("/year", "measure.year", err.Error()+".", "Write a school year such as 2010-11, or the year it ends in.")
	}
	if starts, _ := ru.def.Year(year); starts > s.Today() {
		return nil, models.Field("/year", "measure.year_future", fmt.Sprintf("%s begins on %s.", m.YearLabel(year), starts), "Report a year once it has begun.")
	}
	row.Measure, row.Year = m.Code, year
	switch {
	case m.ByOffice() && row.OrganizationID != "":
		return nil, models.Field("/organization_id", "measure.of_program", fmt.Sprintf("%s is one figure for the whole program.", m.Title), "Leave the organization out.")
	case !m.ByOffice() && row.OrganizationID == "":
		return nil, models.Field("/organization_id", "measure.of_recipient", fmt.Sprintf("Each recipient reports %s of its own.", m.Title), "Name the organization.")
	case row.OrganizationID != "":
		if _, err := store.Get[models.Organization](r, row.OrganizationID); err != nil {
			return nil, models.Field("/organization_id", "organization.unknown", "There is no such organization.", "Give the identifier of an organization.")
		}
	}
	return m, nil
}

// writeResult understands the numbers and writes the row. Numbers that contradict each
// other are refused: nothing is corrected.
func (s *Service) writeResult(tx *store.Tx, who models.Actor, ru rules, m *programs.Measure, row *models.MeasureResult, in MeasureReading, action string) error {
	whole, err := declaredWhole(tx, m, row.OrganizationID, row.Year)
	if err != nil {
		return err
	}
	r, wrong := readMeasure(quantityOf(m), in, whole, "")
	wrong = append(wrong, contradictions(r, "")...)
	if err := invalid(wrong); err != nil {
		return err
	}
	fillResult(row, r)
	row.ReportedOn, row.ReportedBy = s.Today(), who.UserID
	if err := tx.Insert(row); err != nil {
		if models.CodeOf(err) != "already_exists" {
			return err
		}
		if row.SupersedesID != nil { // somebody else was faster
			return supersededAlready()
		}
		return reportedAlready(m, row.Year)
	}
	tx.Audit(row, ruled(event(who, action, row.Correction, nil, row), ru))
	return nil
}

func fillResult(row *models.MeasureResult, r measured) {
	row.Value, row.NotCollected = r.shown, r.notCollected
	if r.numerator != nil {
		row.Numerator, row.Denominator = r.numerator, r.denominator
	}
}

func contradictions(r measured, at string) []models.FieldError {
	field := map[string]string{"percent": "value", "denominator": "denominator"}
	var wrong []models.FieldError
	for _, x := range r.mismatches {
		wrong = append(wrong, models.FieldError{Pointer: at + "/" + field[x.Code], Code: "measure.mismatch", Detail: x.Says,
			Fix: "Correct whichever number is wrong; " + x.Computed + " would agree.", Severity: "error"})
	}
	return wrong
}

// declaredWhole is the denominator that the definition knows for an organization in a year.
func declaredWhole(r store.Reading, m *programs.Measure, organizationID string, year int) (*models.Hundredths, error) {
	if m.Denominator == nil {
		return nil, nil
	}
	text := m.Denominator.Number
	if m.Denominator.Fact != "" {
		facts, err := store.All[models.Fact](r, store.Eq{"organization_id": organizationID, "year": year, "name": m.Denominator.Fact})
		if err != nil || len(facts) == 0 {
			return nil, err
		}
		text = facts[0].Value
	}
	h, err := models.ParseHundredths(text)
	return &h, err
}

// measuredOf is a stored result as it is judged.
func measuredOf(row models.MeasureResult) *measured {
	r := &measured{shown: row.Value, notCollected: row.NotCollected}
	switch {
	case row.NotCollected != "":
	case row.Numerator != nil && row.Denominator != nil:
		r.value, _ = measure.Percent(*row.Numerator, *row.Denominator)
	default:
		r.value = measure.Rat(row.Value)
	}
	return r
}

func (s *Service) readableResult(r store.Reading, who models.Actor, id string) (MeasureResultDetail, error) {
	out, err := s.measureResult(r, id)
	if err != nil {
		return MeasureResultDetail{}, err
	}
	return out, allow(who, ReadDocuments, out.OrganizationID)
}

func (s *Service) measureResult(r store.Reading, id string) (MeasureResultDetail, error) {
	row, err := store.Get[models.MeasureResult](r, id)
	if err != nil {
		return MeasureResultDetail{}, err
	}
	out, err := s.resultDetails(r, []models.MeasureResult{row})
	if err != nil {
		return MeasureResultDetail{}, err
	}
	return out[0], nil
}

// resultDetails adds the year as the measure writes it, and what was replaced.
func (s *Service) resultDetails(r store.Reading, rows []models.MeasureResult) ([]MeasureResultDetail, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	old, err := store.SupersededResults(r, ids)
	if err != nil {
		return nil, err
	}
	out := make([]MeasureResultDetail, len(rows))
	defs := map[string]*programs.Definition{}
	for i, row := range rows {
		def, known := defs[row.GrantYearID]
		if !known {
			ru, err := s.rules(r, row.GrantYearID)
			if err != nil {
				return nil, err
			}
			def = ru.def
			defs[row.GrantYearID] = def
		}
		out[i] = MeasureResultDetail{row, def.Measure(row.Measure).YearLabel(row.Year), old[row.ID]}
	}
	return out, nil
}

// ListMeasureResults asks for results, in the order they were reported.
type ListMeasureResults struct {
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	Measure        string `json:"measure" validate:"max=100"`
	InForce        bool   `json:"in_force"` // without those that were corrected
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// MeasureResults lists results. A recipient sees its own and those of the program.
func (s *Service) MeasureResults(ctx context.Context, who models.Actor, in ListMeasureResults) ([]MeasureResultDetail, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	rows, err := store.MeasureResults(r, scope(who), eq("grant_year_id", in.GrantYearID, "organization_id", in.OrganizationID, "measure", in.Measure),
		in.InForce, store.Page{After: in.After, Limit: pageSize(in.Limit)})
	if err != nil {
		return nil, err
	}
	return s.resultDetails(r, rows)
}

// MeasureResult is one result.
func (s *Service) MeasureResult(ctx context.Context, who models.Actor, id string) (MeasureResultDetail, error) {
	return s.readableResult(s.db.Read(ctx), who, id)
}

// ListMeasureStandings asks where the measures of a grant year stand, reported or not.
type ListMeasureStandings struct {
	GrantYearID    string      `json:"grant_year_id" validate:"required,max=64"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	Measure        string      `json:"measure" validate:"max=100"`
	Year           string      `json:"year" validate:"max=10"`
	Status         string      `json:"status" validate:"omitempty,oneof=met missed not_collected not_reported not_due reported"`
	On             models.Date `json:"on" validate:"omitempty,civil_date"` // the day that asks; today when empty
	After          string      `json:"after" validate:"max=300"`
	Limit          int         `json:"limit" validate:"gte=0,lte=100"`
}

// MeasureRow is where one measure of one organization stands in one year.
type MeasureRow struct {
	OrganizationID string // "" for the whole program
	ResultID       string // "" when nothing was reported
	MeasureStanding
}

// Key orders the rows: organization, measure, year.
func (r MeasureRow) Key() string {
	return strings.Join([]string{r.OrganizationID, r.Measure, r.Year}, "|")
}
