package workflow

import (
	"context"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/measure"
)

// ListTargetStandings asks where targets stand, reported or not.
type ListTargetStandings struct {
	AgreementID    string      `json:"agreement_id" validate:"max=64"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	ProgramCode    string      `json:"program_code" validate:"max=64"`
	Cohort         string      `json:"cohort" validate:"max=64"`
	SchoolID       string      `json:"school_id" validate:"max=64"`
	Type           string      `json:"type" validate:"max=64"`
	Kind           string      `json:"kind" validate:"omitempty,oneof=ITB ETO"`
	Status         string      `json:"status" validate:"omitempty,oneof=met missed reported not_due not_reported"`
	On             models.Date `json:"on" validate:"omitempty,civil_date"` // as it was known on this day; today when empty
	After          string      `json:"after" validate:"max=300"`
	Limit          int         `json:"limit" validate:"gte=0,lte=100"` // 0: all
}

// TargetStanding is a living target and what became of it by a day.
type TargetStanding struct {
	Target         models.Target
	OrganizationID string
	ProgramCode    string
	Cohort         string
	GoalTitle      string

	Due      programs.WindowSpan // whose result settles the target
	ReportBy models.Date         // last day to report it
	Status   measure.Status      // met, missed: the result of that window is in; reported: only earlier ones are

	// The last result by that day: that of the due window when it is there.
	ResultID   string
	Value      *models.Hundredths
	MeasuredOn models.Date
	SchoolYear int
	Window     string
	DaysLate   int  // of that result
	Outside    bool // that result is dated outside its window
	Evidence   string
	Source     string

	MissedBy *models.Hundredths // rounded up
	Expected *models.Hundredths // on the straight line from the baseline over the ITB to the ETO
	Ahead    *models.Hundredths // of that line; negative is behind

	Missing      []programs.WindowSpan // results that were owed by that day and are not there
	DaysMissing  int                   // since the first of them had to be reported
	ResultsCount int                   // in force by that day

	Line    []TargetPoint // the straight line: baseline, the ITB on the way of an ETO, aim
	Results []TargetPoint // in force by that day, in the order of measurement
	Says    string        // all this in a sentence
}

// TargetPoint is a value of a target on a day.
type TargetPoint struct {
	On    models.Date
	Value models.Hundredths
}

// Key orders standings: by agreement, then code.
func (t TargetStanding) Key() string { return t.Target.AgreementID + "|" + t.Target.Code }

// TargetStandings lists where every living target of the signed agreements stands, in two
// queries. A district sees its own.
func (s *Service) TargetStandings(ctx context.Context, who models.Actor, in ListTargetStandings) ([]TargetStanding, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	on := in.On
	if on.IsZero() {
		on = s.Today()
	}
	rows, err := s.standingTargets(s.db.Read(ctx), scope(who), store.TargetFilter{AgreementID: in.AgreementID, OrganizationID: in.OrganizationID,
		ProgramCode: in.ProgramCode, Cohort: in.Cohort, On: on})
	if err != nil {
		return nil, err
	}
	// An ETO's line runs over its ITB, so what narrows further comes after.
	rows = slices.DeleteFunc(rows, func(t TargetStanding) bool {
		return in.Type != "" && t.Target.TargetType != in.Type || in.Kind != "" && string(t.Target.TargetKind) != in.Kind ||
			in.SchoolID != "" && school(t.Target) != in.SchoolID || in.Status != "" && string(t.Status) != in.Status || t.Key() <= in.After
	})
	if in.Limit > 0 && len(rows) > in.Limit {
		rows = rows[:in.Limit]
	}
	return rows, nil
}

// standingTargets judges the targets of a filter, in the order of their keys.
func (s *Service) standingTargets(r store.Reading, sc store.Scope, f store.TargetFilter) ([]TargetStanding, error) {
	targets, err := store.LivingTargets(r, sc, f)
	if err != nil {
		return nil, err
	}
	results, err := store.StandingResults(r, sc, f)
	if err != nil {
		return nil, err
	}
	of := map[string][]models.TargetResult{}
	for _, x := range results {
		of[x.TargetID] = append(of[x.TargetID], x)
	}
	together := map[string][]models.Target{}
	for _, t := range targets {
		together[t.AgreementID] = append(together[t.AgreementID], t.Target)
	}
	out := make([]TargetStanding, 0, len(targets))
	for _, t := range targets {
		def, err := s.agreementProgram(t.ProgramCode)
		if err != nil {
			return nil, err
		}
		st := standTarget(def.Targets, t.Target, begins(t), t.SignedOn, interimOf(t.Target, together[t.AgreementID]), of[t.ID], f.On)
		st.OrganizationID, st.ProgramCode, st.Cohort, st.GoalTitle = t.OrganizationID, t.ProgramCode, t.Cohort, t.GoalTitle
		out = append(out, st)
	}
	slices.SortStableFunc(out, func(a, b TargetStanding) int { return strings.Compare(a.Key(), b.Key()) })
	return out, nil
}

// begins is the day from which the line of a target without a dated baseline runs.
func begins(t store.StandingTarget) models.Date {
	if !t.TermStart.IsZero() {
		return t.TermStart
	}
	return t.AssignedOn
}
