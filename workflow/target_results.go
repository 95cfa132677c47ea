package workflow

import (
	"context"
	"fmt"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// ReportTargetResult is the action of whoever reports what was measured of a target.
const ReportTargetResult Action = "report_target_result"

// TargetReading is what was measured, as somebody wrote it: numbers are decimal texts, so
// that a percentage is checked against its counts to as many decimals as were printed.
type TargetReading struct {
	SchoolYear  string `json:"school_year" validate:"max=10"` // 2026-27 or 2027; that of the day when empty
	Window      string `json:"window" validate:"max=64"`      // code; that of the day when empty
	Value       string `json:"value" validate:"max=30"`
	Numerator   string `json:"numerator" validate:"max=30"`
	Denominator string `json:"denominator" validate:"max=30"`
	Evidence    string `json:"evidence" validate:"max=4000"`
	Source      string `json:"source" validate:"required,max=300"`
}

// NewTargetResult reports a target.
type NewTargetResult struct {
	TargetID   string      `json:"target_id" validate:"required,max=64"`
	MeasuredOn models.Date `json:"measured_on" validate:"required,civil_date"`
	TargetReading
}

// CorrectTargetResult replaces a result by another, with the reason. Without a day, a
// school year and a window it is of those of the result that was wrong.
type CorrectTargetResult struct {
	ID         string      `json:"-"`
	MeasuredOn models.Date `json:"measured_on" validate:"omitempty,civil_date"`
	Reason     string      `json:"reason" validate:"required,max=2000"`
	TargetReading
}

// TargetResultDetail is a result, with its target's code and whether another replaced it.
type TargetResultDetail struct {
	models.TargetResult
	TargetCode string
	Superseded bool
}

// ReportTargetResult records what was measured of a target of a signed agreement. Errors:
// Invalid "target_result.*", "measure.*"; Conflict "target_result.exists" when that day is
// reported already, "target_result.not_signed", "target_result.retired".
func (s *Service) ReportTargetResult(ctx context.Context, who models.Actor, in NewTargetResult) (TargetResultDetail, error) {
	var out TargetResultDetail
	err := s.change(ctx, func(tx *store.Tx) error {
		if err := s.admit(who, ReportTargetResult, in); err != nil {
			return err
		}
		t, err := store.One[models.Target](tx, store.Eq{"id": in.TargetID})
		if err != nil {
			return err
		}
		p, err := s.targetPlace(tx, who, t)
		if err != nil {
			return err
		}
		id, replay, err := once(tx, who, "target_result", in)
		if err != nil {
			return err
		}
		if replay {
			out, err = targetResult(tx, id)
			return err
		}
		row := p.row(id, in.MeasuredOn)
		if err := p.write(tx, who, &row, in.TargetReading, "report"); err != nil {
			return err
		}
		out = TargetResultDetail{TargetResult: row, TargetCode: t.Code}
		return nil
	})
	return out, err
}

// CorrectTargetResult writes a result that supersedes another; the old one stays readable.
// Errors: Conflict "target_result.superseded" when it was corrected already.
func (s *Service) CorrectTargetResult(ctx context.Context, who models.Actor, in CorrectTargetResult) (TargetResultDetail, error) {
	var out TargetResultDetail
	err := s.change(ctx, func(tx *store.Tx) error {
		old, err := store.Get[models.TargetResult](tx, in.ID)
		if err != nil {
			return err
		}
		if err := allow(who, ReportTargetResult, old.OrganizationID); err != nil {
			return err
		}
		if err := s.check(in); err != nil {
			return err
		}
		t, err := store.One[models.Target](tx, store.Eq{"id": old.TargetID})
		if err != nil {
			return err
		}
		p, err := s.targetPlace(tx, who, t)
		if err != nil {
			return err
		}
		id, replay, err := once(tx, who, "target_result correction "+in.ID, in)
		if err != nil {
			return err
		}
		if replay {
			out, err = targetResult(tx, id)
			return err
		}
		gone, err := store.SupersededTargetResults(tx, []string{old.ID})
		if err != nil {
			return err
		}
		if gone[old.ID] {
			return correctedAlready()
		}
		row, reading := p.row(id, in.MeasuredOn), in.TargetReading
		row.SupersedesID, row.Correction = &old.ID, in.Reason
		if in.MeasuredOn.IsZero() {
			row.MeasuredOn = old.MeasuredOn
			if in.SchoolYear == "" && in.Window == "" {
				reading.SchoolYear, reading.Window = models.SchoolYearLabel(old.SchoolYear), old.Window
			}
		}
		p.replaces = &old
		if err := p.write(tx, who, &row, reading, "correct"); err != nil {
			return err
		}
		out = TargetResultDetail{TargetResult: row, TargetCode: t.Code}
		return nil
	})
	return out, err
}

func correctedAlready() error {
	return models.Fail(models.Conflict, "target_result.superseded", "This result was corrected already. Correct the result that is in force.")
}

// targetPlace is where a result is written: a target of a signed agreement, held against
// other results until the commit.
type targetPlace struct {
	today    models.Date
	def      *programs.Definition
	a        models.Agreement
	t        models.Target
	replaces *models.TargetResult // by a correction
}

func (s *Service) targetPlace(tx *store.Tx, who models.Actor, t models.Target) (targetPlace, error) {
	a, err := store.Lock[models.Agreement](tx, t.AgreementID, 0)
	if err != nil {
		return targetPlace{}, err
	}
	if err := allow(who, ReportTargetResult, a.OrganizationID); err != nil {
		return targetPlace{}, err
	}
	def, err := s.agreementProgram(a.ProgramCode)
	if err != nil {
		return targetPlace{}, err
	}
	if a.Status == StatusDraft {
		return targetPlace{}, models.Fail(models.Conflict, "target_result.not_signed", "The agreement is not signed yet: its targets may still change, and nothing is measured against them.")
	}
	return targetPlace{today: s.Today(), def: def, a: a, t: t}, nil
}

func (p targetPlace) row(id string, on models.Date) models.TargetResult {
	return models.TargetResult{Root: models.Root{ID: id}, AgreementID: p.a.ID, OrganizationID: p.a.OrganizationID, TargetID: p.t.ID, MeasuredOn: on}
}

// write understands the reading, places it in its school year and window, and writes the
// row. Numbers that contradict each other are refused: nothing is corrected.
func (p targetPlace) write(tx *store.Tx, who models.Actor, row *models.TargetResult, in TargetReading, action string) error {
	have, err := store.TargetResults(tx, store.Scope{All: true}, store.Eq{"target_id": p.t.ID, "measured_on": row.MeasuredOn}, true, store.Page{})
	if err != nil {
		return err
	}
	for _, x := range have {
		if p.replaces == nil || x.ID != p.replaces.ID {
			return measuredAlready(p.t, row.MeasuredOn)
		}
	}
	row.ReportedOn, row.ReportedBy = p.today, who.UserID
	if err := invalid(p.read(row, in)); err != nil {
		return err
	}
	if err := tx.Insert(row); err != nil {
		if models.CodeOf(err) == "already_exists" { // somebody else was faster
			return correctedAlready()
		}
		return err
	}
	tx.Audit(row, p.event(who, action, row))
	return nil
}

func (p targetPlace) event(who models.Actor, action string, row *models.TargetResult) models.AuditEvent {
	e := event(who, action, row.Correction, nil, row)
	e.RuleVersion = rules{def: p.def}.version()
	return e
}

func measuredAlready(t models.Target, on models.Date) error {
	return models.Fail(models.Conflict, "target_result.exists", "%s of %s is reported already. Correct that result, with the reason.", t.Code, on)
}

// read fills a row from a reading and finds everything that is wrong with it.
func (p targetPlace) read(row *models.TargetResult, in TargetReading) []models.FieldError {
	wrong := p.when(row, in)
	r, more := readMeasure(quantity{p.t.Code, p.t.Unit}, MeasureReading{Value: in.Value, Numerator: in.Numerator, Denominator: in.Denominator}, nil, "")
	wrong = append(append(wrong, more...), contradictions(r, "")...)
	if p.t.Unit == "percent" && r.shown > 10000 {
		wrong = append(wrong, models.FieldError{Pointer: "/value", Code: "target.percent", Detail: "A percentage lies between 0 and 100.", Fix: "Correct the value.", Severity: "error"})
	}
	row.Value, row.Evidence, row.Source = r.shown, in.Evidence, in.Source
	row.Numerator, row.Denominator = nil, nil
	if r.numerator != nil {
		row.Numerator, row.Denominator = r.numerator, r.denominator
	}
	return wrong
}

// when places a result in its school year and window and finds out whether it is late.
func (p targetPlace) when(row *models.TargetResult, in TargetReading) []models.FieldError {
	var wrong []models.FieldError
	bad := func(field, code, fix, detail string, args ...any) {
		wrong = append(wrong, models.FieldError{Pointer: "/" + field, Code: code, Detail: fmt.Sprintf(detail, args...), Fix: fix, Severity: "error"})
	}
	targets, day := p.def.Targets, row.MeasuredOn
	switch {
	case day > p.today:
		bad("measured_on", "target_result.future", "Report a result once it was measured.", "%s lies in the future.", day)
	case day < p.a.AssignedOn:
		bad("measured_on", "target_result.too_early", "What was measured before is the baseline.", "%s lies before %s, when the district was assigned.", day, p.a.AssignedOn)
	case !p.t.RetiredOn.IsZero() && day >= p.t.RetiredOn:
		bad("measured_on", "target_result.retired", "Leave it out.", "%s is retired since %s.", p.t.Code, p.t.RetiredOn)
	}
	row.SchoolYear = targets.SchoolYearOf(day)
	if in.SchoolYear != "" {
		year, err := programs.ParseYear(in.SchoolYear)
		if err != nil {
			bad("school_year", "target_result.school_year", "Write a school year such as 2026-27, or the year it ends in.", "%s.", err)
			return wrong
		}
		row.SchoolYear = year
	}
	spans := targets.WindowsOf(p.t.TargetType, row.SchoolYear)
	span := spanFor(spans, in.Window, day)
	switch {
	case span == nil && in.Window != "":
		bad("window", "target_result.window", "Give one of: "+spanCodes(spans)+".", "Targets of the type %s are not measured in a window %q.", words(p.t.TargetType), in.Window)
		return wrong
	case span == nil || !day.Within(span.From, span.To):
		row.Outside = true
	}
	if row.Outside && targets.Outside != programs.OutsideWarn && len(wrong) == 0 {
		bad("measured_on", "target_result.outside", "Give the day on which it was measured, or the school year and window of that day.",
			"%s lies outside %s.", day, spanDays(spans, span))
	}
	row.Window = ""
	if span != nil {
		row.Window = span.Code
		row.DaysLate = p.late(*span, row.ReportedOn)
	}
	return wrong
}

// spanFor is the named span, or else the one in which the day lies.
func spanFor(spans []programs.WindowSpan, code string, day models.Date) *programs.WindowSpan {
	for i, w := range spans {
		if code != "" && w.Code == code || code == "" && (day.Within(w.From, w.To) || w.Code == "") {
			return &spans[i]
		}
	}
	return nil
}

func spanCodes(spans []programs.WindowSpan) string {
	var codes []string
	for _, w := range spans {
		if w.Code != "" {
			codes = append(codes, w.Code)
		}
	}
	if codes == nil {
		return "none, for the program has no windows"
	}
	return strings.Join(codes, ", ")
}

// spanDays says in words where a result could lie.
func spanDays(spans []programs.WindowSpan, span *programs.WindowSpan) string {
	if span != nil {
		spans = []programs.WindowSpan{*span}
	}
	out := make([]string, len(spans))
	for i, w := range spans {
		out[i] = fmt.Sprintf("%s (%s to %s)", w.Label(), w.From, w.To)
	}
	return strings.Join(out, ", ")
}

// late is how many days after its last day an expected result is reported. The first
// report counts: a correction is as late as what it corrects.
func (p targetPlace) late(span programs.WindowSpan, on models.Date) int {
	if p.replaces != nil {
		return p.replaces.DaysLate
	}
	for _, w := range p.def.Targets.ExpectedWindows(p.t.TargetType, p.a.SignedOn, p.t.DueOn) {
		if w.Code == span.Code && w.SchoolYear == span.SchoolYear {
			return max(0, on.DaysSince(w.ReportBy))
		}
	}
	return 0
}

// TargetResult is one result.
func (s *Service) TargetResult(ctx context.Context, who models.Actor, id string) (TargetResultDetail, error) {
	out, err := targetResult(s.db.Read(ctx), id)
	if err != nil {
		return TargetResultDetail{}, err
	}
	if err := allow(who, ReadDocuments, out.OrganizationID); err != nil {
		return TargetResultDetail{}, err
	}
	return out, nil
}

func targetResult(r store.Reading, id string) (TargetResultDetail, error) {
	row, err := store.Get[models.TargetResult](r, id)
	if err != nil {
		return TargetResultDetail{}, err
	}
	out, err := targetResultDetails(r, []models.TargetResult{row})
	if err != nil {
		return TargetResultDetail{}, err
	}
	return out[0], nil
}

// targetResultDetails adds the targets' codes and what was replaced, in two queries.
func targetResultDetails(r store.Reading, rows []models.TargetResult) ([]TargetResultDetail, error) {
	ids, of := make([]string, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		ids[i], of[i] = row.ID, row.TargetID
	}
	old, err := store.SupersededTargetResults(r, ids)
	if err != nil {
		return nil, err
	}
	codes := map[string]string{}
	if len(of) > 0 {
		targets, err := store.All[models.Target](r, store.Eq{"id": of})
		if err != nil {
			return nil, err
		}
		for _, t := range targets {
			codes[t.ID] = t.Code
		}
	}
	out := make([]TargetResultDetail, len(rows))
	for i, row := range rows {
		out[i] = TargetResultDetail{row, codes[row.TargetID], old[row.ID]}
	}
	return out, nil
}

// ListTargetResults asks for results, in the order they were reported.
type ListTargetResults struct {
	AgreementID    string `json:"agreement_id" validate:"max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	TargetID       string `json:"target_id" validate:"max=64"`
	InForce        bool   `json:"in_force"` // without those that were corrected
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// TargetResults lists results. A district sees its own.
func (s *Service) TargetResults(ctx context.Context, who models.Actor, in ListTargetResults) ([]TargetResultDetail, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	rows, err := store.TargetResults(r, scope(who), eq("agreement_id", in.AgreementID, "organization_id", in.OrganizationID, "target_id", in.TargetID),
		in.InForce, store.Page{After: in.After, Limit: pageSize(in.Limit)})
	if err != nil {
		return nil, err
	}
	return targetResultDetails(r, rows)
}
