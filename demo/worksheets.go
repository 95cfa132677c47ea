package demo

import (
	"context"
	"encoding/json"
	"fmt"

	"earmark/workflow"
)

// worksheetOf is a line with the district that hands in worksheets for it.
type worksheetOf struct {
	number int
	d      *district
}

// worksheets are handed in for a few lines of the current year: accepted ones, one that the
// evaluation unit returned, one that waits for it and one that is only begun.
func (w *world) worksheets() {
	w.at("2026-04-27", "hand in worksheets", func(ctx context.Context) error {
		lines, err := w.worksheetLines(ctx, 6)
		if err != nil {
			return err
		}
		for i, l := range lines {
			event := []string{"approve", "return", "approve", "wait", "draft", "approve"}[i]
			fields := fmt.Sprintf(`{"line": %d, "done_so_far": "Staff are in place and the first half of the plan is carried out (synthetic).", "status": "under_way", "next_steps": "The second half by the end of the school year."}`, l.number)
			if err := w.worksheet(ctx, l, "implementation_worksheet", fields, event); err != nil {
				return err
			}
		}
		if len(lines) == 0 {
			return nil
		}
		l := lines[0]
		return w.worksheet(ctx, l, "effectiveness_worksheet", fmt.Sprintf(`{"line": %d, "metric": "Share of pupils with typical growth", "data_source": "NWEA", "baseline": "39.00", "actual": "41.50",
			"measured_on": "2026-04-24", "judgement": "partly_effective", "narrative": "Growth rose in two of three grades (synthetic)."}`, l.number), "approve")
	})
}

// worksheetLines are the first lines in force that need worksheets.
func (w *world) worksheetLines(ctx context.Context, n int) (out []worksheetOf, err error) {
	of := map[string]*district{}
	for _, d := range w.districts {
		of[d.id] = d
	}
	found, err := every(func(after string) ([]workflow.WorksheetStanding, error) {
		return w.s.WorksheetStandings(ctx, w.analyst, workflow.ListWorksheets{GrantYearID: w.current.id, RecordKind: "implementation_worksheet", After: after, Limit: workflow.MaxPage})
	}, workflow.WorksheetStanding.Key)
	for _, x := range found {
		d := of[x.OrganizationID]
		if len(out) == n || d == nil || len(d.officials) == 0 {
			continue
		}
		out = append(out, worksheetOf{x.Number, d})
	}
	return out, err
}

// worksheet writes one, hands it in unless it stays a draft, and lets the evaluation unit
// decide.
func (w *world) worksheet(ctx context.Context, l worksheetOf, kind, fields, event string) error {
	w.clock.tick()
	var values workflow.RecordFields
	if err := json.Unmarshal([]byte(fields), &values); err != nil {
		return err
	}
	v, err := w.s.CreateRecord(ctx, l.d.preparer, workflow.CreateRecord{GrantYearID: w.current.id, RecordKind: kind, OrganizationID: l.d.id, Fields: values})
	if err != nil || event == "draft" {
		return err
	}
	if _, err = w.s.TransitionRecord(ctx, l.d.officials[0], workflow.TransitionRecord{ID: v.ID, Event: "submit"}); err != nil || event == "wait" {
		return err
	}
	comment := map[string]string{"return": "Say how many of the planned days are done.", "approve": "Plain and complete."}[event]
	_, err = w.s.TransitionRecord(ctx, w.evaluation, workflow.TransitionRecord{ID: v.ID, Event: event, Comment: comment})
	return err
}
