package workflow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// HoldReason is one thing that keeps a drawdown from being released.
type HoldReason struct {
	Code  string   `json:"code"` // of the need in the definition
	Says  string   `json:"says"`
	Cite  string   `json:"cite"`
	Lacks []string `json:"lacks"` // what exactly, in words
}

// holdFacts is what the needs of a release look at.
type holdFacts struct {
	unreported []MeasureRow // of the project year before
	overdue    []models.DueItem
	records    []openRecord
}

// openRecord is a record in some state: an enforcement case that is not closed.
type openRecord struct {
	Kind   string
	Status string
	Title  string
}

// holdReasons lists every need that is not met, in the order of the definition.
func holdReasons(d *programs.Drawdown, f holdFacts) []HoldReason {
	var out []HoldReason
	for _, n := range d.Release {
		var lacks []string
		switch n.Check {
		case "measures_reported":
			for _, m := range f.unreported {
				lacks = append(lacks, m.Title+" in "+m.Year)
			}
		case "nothing_overdue":
			for _, item := range f.overdue {
				if slices.Contains(n.Due, item.Code) {
					lacks = append(lacks, fmt.Sprintf("%s, due on %s", item.Title, item.DueOn))
				}
			}
		case "no_open_record":
			for _, r := range f.records {
				if r.Kind == n.Record && slices.Contains(n.While, r.Status) {
					lacks = append(lacks, fmt.Sprintf("%s is %s", r.Title, words(r.Status)))
				}
			}
		}
		if len(lacks) > 0 {
			out = append(out, HoldReason{Code: n.Code, Says: n.Says, Cite: n.Cite, Lacks: lacks})
		}
	}
	return out
}

// heldBy is the refusal that names every reason; nil when there is none.
func heldBy(reasons []HoldReason, officeHold string) error {
	if len(reasons) == 0 && officeHold == "" {
		return nil
	}
	e := models.Fail(models.Conflict, "drawdown.held", "This drawdown cannot be released yet; every reason is listed.")
	for _, r := range reasons {
		e.Fields = append(e.Fields, models.FieldError{Pointer: "/needs/" + r.Code, Code: "drawdown." + r.Code, Severity: "error",
			Detail: fmt.Sprintf("%s Missing: %s.", r.Says, strings.Join(r.Lacks, "; ")), Fix: "Deliver what is missing, then ask again (" + r.Cite + ")."})
	}
	if officeHold != "" {
		e.Fields = append(e.Fields, models.FieldError{Pointer: "/office_hold", Code: "drawdown.office_hold", Severity: "error",
			Detail: "The office holds it: " + officeHold, Fix: "The office lifts its hold, with a reason."})
	}
	return e
}

// factsOfHold loads what the needs of a drawdown look at.
func (s *Service) factsOfHold(r store.Reading, ru rules, d models.Drawdown) (holdFacts, error) {
	var f holdFacts
	today := s.Today()
	results, err := store.MeasureResults(r, store.Scope{Organizations: []string{d.OrganizationID}}, store.Eq{"grant_year_id": d.GrantYearID}, true, store.Page{})
	if err != nil {
		return f, err
	}
	// Project year 1 is the grant year; the targets that count are those of the year before.
	f.unreported = unreported(ru.def, d.OrganizationID, ru.year.FiscalYear+d.ProjectYear-2, results, today)
	if f.overdue, err = store.DueItems(r, store.Scope{All: true}, store.Eq{"organization_id": d.OrganizationID, "grant_year_id": d.GrantYearID}, store.DueOverdue, today, store.Page{}); err != nil {
		return f, err
	}
	f.records, err = openRecords(r, ru.def, d)
	return f, err
}

// openRecords are the records of the kinds that the definition's needs name: the
// recipient's own and, of kinds that another level has, everybody's. A case against the
// state holds what its agencies draw.
func openRecords(r store.Reading, def *programs.Definition, d models.Drawdown) ([]openRecord, error) {
	var out []openRecord
	for _, n := range def.Drawdown.Release {
		if n.Check != "no_open_record" {
			continue
		}
		of := d.OrganizationID
		if def.RecordOfOthers(n.Record) {
			of = ""
		}
		found, err := store.RecordsIn(r, d.GrantYearID, of, n.Record, n.While)
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			out = append(out, openRecord{Kind: n.Record, Status: string(x.Status), Title: x.Reference})
		}
	}
	return out, nil
}

// reasonsText and reasonsOf keep the reasons with the drawdown, as of the last look.
func reasonsText(reasons []HoldReason) string {
	if reasons == nil {
		reasons = []HoldReason{}
	}
	text, err := json.Marshal(reasons)
	if err != nil {
		return "[]"
	}
	return string(text)
}

// HoldReasons reads the reasons that a drawdown was held for.
func HoldReasons(d models.Drawdown) []HoldReason {
	var out []HoldReason
	if json.Unmarshal([]byte(d.Reasons), &out) != nil {
		return nil
	}
	return out
}
