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

// EvaluateDrawdown asks whether the part of a project year could be released.
type EvaluateDrawdown struct {
	Organization string       `json:"organization,omitempty"`
	Year         int          `json:"year"` // project year; 1 is the grant year itself
	AwardCents   models.Cents `json:"award_cents"`
	// OpenRecords are the organization's records of kinds that hold a release.
	OpenRecords []EvaluateOpenRecord `json:"open_records,omitempty"`
	Hold        string               `json:"hold,omitempty"` // the office's own, with its reason
	Today       models.Date          `json:"today,omitempty"`
}

// EvaluateOpenRecord is a record that may hold a release.
type EvaluateOpenRecord struct {
	Record string `json:"record"`
	Status string `json:"status"`
	Title  string `json:"title"`
}

// EvaluatedDrawdown is what becomes of a request: requested when nothing holds it, else
// held with every reason.
type EvaluatedDrawdown struct {
	Organization   string       `json:"organization,omitempty"`
	Year           int          `json:"year"`
	ScheduledCents models.Cents `json:"scheduled_cents"`
	Status         models.State `json:"status"`
	Hold           string       `json:"hold,omitempty"`
	Reasons        []HoldReason `json:"reasons,omitempty"`
	PaysOn         models.Date  `json:"pays_on,omitempty"` // when it is requested and released on the day of the file
}

// maxEvaluatedDrawdowns is the most requests of one file: each looks at every target.
const maxEvaluatedDrawdowns = 1_000

// drawdowns decides every request of the file, with the results and the due items that the
// file has.
func (e *evaluation) drawdowns() {
	if len(e.in.Drawdown) == 0 {
		return
	}
	if e.def.Drawdown == nil {
		e.broken("/drawdown", "drawdown.none", "Leave it out.", "The program has no drawdown.")
		return
	}
	if len(e.in.Drawdown) > maxEvaluatedDrawdowns {
		e.broken("/drawdown", "drawdown.too_many", "Ask in several files.", "The file asks for %d drawdowns, more than %d.", len(e.in.Drawdown), maxEvaluatedDrawdowns)
		return
	}
	results := e.results()
	years := e.def.Drawdown.Years()
	for i, in := range e.in.Drawdown {
		at := fmt.Sprintf("/drawdown/%d", i)
		place := slices.Index(years, in.Year)
		if place < 0 {
			e.broken(at+"/year", "drawdown.year", "Give a project year of the schedule.", "The schedule has no project year %d.", in.Year)
			continue
		}
		parts, err := e.def.Drawdown.Scheduled(in.AwardCents, years, e.params)
		if err != nil {
			e.broken(at+"/award_cents", "drawdown.award", "Give an amount that is not negative.", "%s.", err)
			continue
		}
		f := holdFacts{unreported: unreported(e.def, in.Organization, e.in.FiscalYear+in.Year-2, results[in.Organization], in.Today), overdue: e.overdue()}
		for _, r := range in.OpenRecords {
			f.records = append(f.records, openRecord{r.Record, r.Status, r.Title})
		}
		out := EvaluatedDrawdown{Organization: in.Organization, Year: in.Year, ScheduledCents: parts[place], Hold: in.Hold,
			Reasons: holdReasons(e.def.Drawdown, f), Status: StatusRequested}
		if len(out.Reasons) > 0 || in.Hold != "" {
			out.Status = StatusHeld
		} else if in.Today.Valid() {
			out.PaysOn = releasePaysOn(e.def, in.Today)
		}
		e.out.Drawdowns = append(e.out.Drawdowns, out)
	}
	slices.SortStableFunc(e.out.Drawdowns, func(a, b EvaluatedDrawdown) int {
		return cmp.Or(strings.Compare(a.Organization, b.Organization), a.Year-b.Year)
	})
}

// results are the readings of the file that say something, as stored results would, by
// organization: each with those of the whole program.
func (e *evaluation) results() map[string][]models.MeasureResult {
	own, program := map[string][]models.MeasureResult{}, []models.MeasureResult(nil)
	for _, d := range e.in.Drawdown {
		own[d.Organization] = nil
	}
	for _, r := range e.out.MeasureResults {
		if r.Value == nil && r.Reason == "" {
			continue
		}
		m := e.def.Measure(r.Measure)
		row := models.MeasureResult{Root: models.Root{ID: "given"}, Measure: r.Measure, OrganizationID: r.Organization, NotCollected: r.Reason}
		if m.ByOffice() {
			row.OrganizationID = ""
		}
		row.Year, _ = programs.ParseYear(r.Year)
		if r.Value != nil {
			row.Value = *r.Value
		}
		if row.OrganizationID == "" {
			program = append(program, row)
		} else {
			own[row.OrganizationID] = append(own[row.OrganizationID], row)
		}
	}
	for organization, rows := range own {
		own[organization] = slices.Concat(program, rows)
	}
	return own
}

// overdue are the due items of the file that are late and not done.
func (e *evaluation) overdue() []models.DueItem {
	var out []models.DueItem
	for _, d := range e.out.Due {
		if d.Status == store.DueOverdue {
			out = append(out, models.DueItem{Code: d.Code, Title: d.Title, DueOn: d.DueOn})
		}
	}
	return out
}
