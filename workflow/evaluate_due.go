package workflow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// EvaluateDue asks when something is due, and where it stands on a day.
type EvaluateDue struct {
	Code    string             `json:"code"` // of a due date of the definition
	Anchors EvaluateDueAnchors `json:"anchors"`
	DoneOn  models.Date        `json:"done_on,omitempty"`
	Today   models.Date        `json:"today"`
}

// EvaluateDueAnchors are the days that something due counts from; those not given are not
// known yet.
type EvaluateDueAnchors struct {
	Cohort     string      `json:"cohort,omitempty"`
	StartsOn   models.Date `json:"starts_on,omitempty"` // of a series: periods that end before are left out
	EndsOn     models.Date `json:"ends_on,omitempty"`   // of a series without an end of its own: its last day
	AssignedOn models.Date `json:"assigned_on,omitempty"`
	NeedsOn    models.Date `json:"needs_approved_on,omitempty"`
	SignedOn   models.Date `json:"signed_on,omitempty"`
	TermStart  models.Date `json:"term_start,omitempty"`
	TermEnd    models.Date `json:"term_end,omitempty"`
	AwardedOn  models.Date `json:"awarded_on,omitempty"`
	PaidOn     models.Date `json:"paid_on,omitempty"`
}

// EvaluateDueItem is a day on which something is due.
type EvaluateDueItem struct {
	Code       string         `json:"code"`
	Period     string         `json:"period,omitempty"`
	Title      string         `json:"title"`
	DueOn      models.Date    `json:"due_on"`
	Basis      string         `json:"basis"`                 // printed, computed
	ComputedOn models.Date    `json:"computed_on,omitempty"` // what a printed day beats
	Status     store.DueState `json:"status"`
	Days       int            `json:"days"`                // until it is due; negative: how many days late
	Reminders  []models.Date  `json:"reminders,omitempty"` // mornings on which a notice goes out before
	Cite       string         `json:"cite"`
}

// maxEvaluatedDays is the most days that one file may ask for: a series can have one for
// every month of a thousand years.
const maxEvaluatedDays = 10_000

// dues works out every day that the file asks for, by day, code and period.
func (e *evaluation) dues() {
	for i, in := range e.in.Due {
		at := fmt.Sprintf("/due/%d", i)
		j := slices.IndexFunc(e.def.DueDates, func(d programs.DueDate) bool { return d.Code == in.Code })
		if j < 0 {
			e.broken(at+"/code", "due.unknown", "Give the code of a due date of the program.", "There is no due date %q.", in.Code)
			continue
		}
		if before := len(e.wrong); e.dueDatesValid(at, in) > before {
			continue
		}
		rule, a := e.def.DueDates[j], in.Anchors
		starts, ends := e.def.Year(e.in.FiscalYear)
		days := e.def.DueDays(rule, programs.DueAnchors{FiscalYear: e.in.FiscalYear, Cohort: a.Cohort, StartsOn: cmp.Or(a.StartsOn, starts),
			EndsOn: cmp.Or(a.EndsOn, ends), Through: cmp.Or(a.EndsOn, ends), AssignedOn: a.AssignedOn, NeedsOn: a.NeedsOn, SignedOn: a.SignedOn,
			TermStart: a.TermStart, TermEnd: a.TermEnd, AwardedOn: a.AwardedOn, PaidOn: a.PaidOn, Parameters: e.params})
		if len(e.out.Due)+len(days) > maxEvaluatedDays {
			e.broken(at, "due.too_many", "Ask for fewer, or for a shorter time.", "The file asks for more than %d days.", maxEvaluatedDays)
			break
		}
		for _, day := range days {
			s := StatusOf(models.DueItem{DueOn: day.On, DoneOn: in.DoneOn}, in.Today)
			out := EvaluateDueItem{Code: rule.Code, Period: day.Period, Title: day.Title, DueOn: day.On, Basis: "computed", ComputedOn: day.Computed,
				Status: s.Status, Days: s.Days, Reminders: rule.Reminders(day), Cite: rule.Cite}
			if day.Explicit {
				out.Basis = "printed"
			}
			e.out.Due = append(e.out.Due, out)
		}
	}
	slices.SortStableFunc(e.out.Due, func(a, b EvaluateDueItem) int {
		return strings.Compare(string(a.DueOn)+a.Code+a.Period, string(b.DueOn)+b.Code+b.Period)
	})
}

// dueDatesValid refuses texts that are no dates; it returns how many mistakes there are.
func (e *evaluation) dueDatesValid(at string, in EvaluateDue) int {
	for _, x := range []struct {
		name     string
		day      models.Date
		required bool
	}{{"anchors/starts_on", in.Anchors.StartsOn, false}, {"anchors/ends_on", in.Anchors.EndsOn, false}, {"anchors/assigned_on", in.Anchors.AssignedOn, false},
		{"anchors/needs_approved_on", in.Anchors.NeedsOn, false}, {"anchors/signed_on", in.Anchors.SignedOn, false},
		{"anchors/term_start", in.Anchors.TermStart, false}, {"anchors/term_end", in.Anchors.TermEnd, false}, {"anchors/awarded_on", in.Anchors.AwardedOn, false}, {"anchors/paid_on", in.Anchors.PaidOn, false}, {"done_on", in.DoneOn, false}, {"today", in.Today, true}} {
		if (x.required || !x.day.IsZero()) && !x.day.Valid() {
			e.broken(at+"/"+x.name, "civil_date", "Give a date as YYYY-MM-DD.", "%q is not a date that exists.", x.day)
		}
	}
	return len(e.wrong)
}
