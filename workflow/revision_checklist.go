package workflow

import (
	"context"

	"earmark/models"
)

// CheckItem is one thing that the review of a revision looks at, as the same rules see it
// now: the district sees it before it submits, the reviewer before deciding.
type CheckItem struct {
	Code   string // open, window, gate, reason, lines, fits, linked, meter, warnings, returned
	Met    bool
	Stops  string              // the step that it stops when it is not met: submit, approve; "" for what a person weighs
	Fields []models.FieldError // what is not met, and what was waived
	Count  int                 // of lines that it is about, where it is about lines
}

// checklistOf fills in the checklist of a revision.
func checklistOf(d *draft, f revisionFacts, m MeterResult) []CheckItem {
	stop := func(code string, err error, step string) CheckItem {
		return CheckItem{Code: code, Met: err == nil, Stops: step, Fields: asFields(err)}
	}
	gate := stop("gate", f.gate, "submit")
	gate.Fields = append(gate.Fields, f.waived...)
	list := []CheckItem{stop("open", f.open, "submit"), stop("window", f.window, "submit")}
	if d.revision.BaseID == nil {
		if len(d.def.Gate) > 0 {
			list = append(list, gate)
		}
	} else {
		list = append(list, stop("reason", f.reason, "submit"))
	}
	list = append(list, stop("lines", f.lines, "submit"), stop("fits", f.fits, "submit"))
	if len(d.def.Targets.Types) > 0 {
		list = append(list, stop("linked", f.linked, "approve"))
	}
	warnings := CheckItem{Code: "warnings", Met: true}
	returned := CheckItem{Code: "returned", Met: true}
	for _, l := range d.lines {
		for _, w := range d.findings(l) {
			if w.Severity == "warning" {
				warnings.Met, warnings.Fields = false, append(warnings.Fields, w)
			}
		}
		if l.Touched && l.Version.DecisionReason != "" {
			returned.Count++
		}
	}
	list = append(list, warnings)
	if returned.Count > 0 {
		list = append(list, returned)
	}
	if d.revision.BaseID != nil {
		list = append(list, CheckItem{Code: "meter", Met: m.Outcome != OutcomeReview})
	}
	return list
}

// RevisionChecklist is the checklist of the reviewers of a revision, filled in.
func (s *Service) RevisionChecklist(ctx context.Context, who models.Actor, id string) ([]CheckItem, error) {
	d, v, err := s.revisionView(ctx, who, id)
	if err != nil {
		return nil, err
	}
	f, err := s.facts(ctx, who, d, v.Approvals, "")
	if err != nil {
		return nil, err
	}
	m, err := meterOf(s.db.Read(ctx), d)
	if err != nil {
		return nil, err
	}
	return checklistOf(d, f, m), nil
}
