package demo

import (
	"context"
	"encoding/json"

	"earmark/models"
	"earmark/workflow"
)

// zoneProgram is the second program of the demo: all it shows is records.
const zoneProgram = "partnership-zone"

// zones is a Partnership Zone of the city in every stage: the zone and its first cluster
// are approved, the second one is sent back, a funding plan waits for the office and an
// agreement for its second signature. No Lead Partner and no amount is real.
func (w *world) zones() {
	city := w.districts[0]
	var year, zone, east string
	w.at("2026-04-20", "open a Partnership Zone", func(ctx context.Context) error {
		gy, err := w.s.CreateGrantYear(ctx, w.analyst, workflow.CreateGrantYear{ProgramCode: zoneProgram, FiscalYear: 2027})
		if err != nil {
			return err
		}
		year = gy.ID
		_, err = w.s.TransitionGrantYear(ctx, w.manager, workflow.GrantYearTransition{ID: year, Event: "open"})
		return err
	})
	record := func(ctx context.Context, kind, parent, fields string) (string, error) {
		var values workflow.RecordFields
		if err := json.Unmarshal([]byte(fields), &values); err != nil {
			return "", err
		}
		v, err := w.s.CreateRecord(ctx, city.preparer, workflow.CreateRecord{GrantYearID: year, RecordKind: kind, OrganizationID: city.id, ParentID: parent, Fields: values})
		return v.ID, err
	}
	take := func(ctx context.Context, who models.Actor, id, event, comment string) error {
		_, err := w.s.TransitionRecord(ctx, who, workflow.TransitionRecord{ID: id, Event: event, Comment: comment})
		return err
	}
	codes := func(from, to int) string {
		text := ""
		for _, s := range city.schools[from:to] {
			text += `,"` + s.code + `"`
		}
		return "[" + text[1:] + "]"
	}
	w.at("2026-04-21", "write zone and clusters", func(ctx context.Context) (err error) {
		if zone, err = record(ctx, "zone", "", `{"name": "Riverfront Zone (synthetic)", "opens_on": "2026-09-01", "expansion": "One cluster each year"}`); err != nil {
			return err
		}
		if east, err = record(ctx, "cluster", zone, `{"name": "East cluster (synthetic)", "lead_partner": "Fictional School Partners", "schools": `+codes(0, 4)+`}`); err != nil {
			return err
		}
		west, err := record(ctx, "cluster", zone, `{"name": "West cluster (synthetic)", "schools": `+codes(4, 7)+`}`)
		if err != nil {
			return err
		}
		for _, id := range []string{zone, east, west} {
			if err := take(ctx, city.officials[0], id, "submit", ""); err != nil {
				return err
			}
		}
		return take(ctx, w.manager, west, "return", "Name a Lead Partner for this cluster.")
	})
	w.at("2026-04-22", "approve the zone and its first cluster", func(ctx context.Context) error {
		if err := take(ctx, w.manager, zone, "approve", ""); err != nil {
			return err
		}
		return take(ctx, w.manager, east, "approve", "")
	})
	w.at("2026-04-23", "plan the money and sign with the Lead Partner", func(ctx context.Context) error {
		plan, err := record(ctx, "funding_plan", east, `{"school": "`+city.schools[0].code+`", "year": 1, "sources": [
			{"kind": "federal", "name": "School improvement (synthetic)", "amount_cents": 60000000},
			{"kind": "district_reallocation", "name": "Extended day (synthetic)", "amount_cents": 15000000}]}`)
		if err != nil {
			return err
		}
		if err := take(ctx, city.officials[0], plan, "submit", ""); err != nil {
			return err
		}
		agreement, err := record(ctx, "performance_agreement", east, `{"lead_partner": "Fictional School Partners", "authority_staffing": true, "authority_programs": true,
			"authority_providers": true, "targets": [{"measure": "Pupils proficient in reading", "baseline": "24.50", "goal": "40.00", "due_on": "2029-06-30"}]}`)
		if err != nil {
			return err
		}
		if err := take(ctx, city.officials[0], agreement, "submit", ""); err != nil {
			return err
		}
		_, err = w.s.TransitionRecord(ctx, city.officials[0], workflow.TransitionRecord{ID: agreement, Event: "sign", Party: "superintendent",
			SignerName: "Superintendent (synthetic)", SignedOn: "2026-04-23"})
		return err
	})
}

func (c *counting) records() error {
	found, err := every(func(after string) ([]workflow.RecordRow, error) {
		return c.s.Records(c.ctx, reader, workflow.ListRecords{After: after, Limit: workflow.MaxPage})
	}, func(r workflow.RecordRow) string { return r.ID })
	c.Records = by(found, func(r workflow.RecordRow) string { return r.RecordKind + " " + string(r.Status) })
	return err
}
