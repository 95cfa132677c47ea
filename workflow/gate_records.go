package workflow

import (
	"encoding/json"
	"fmt"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// priorRecords are the lines of an organization in the year before that needed a record of
// a kind, and the fields of those that are in force.
type priorRecords struct {
	lines  int64
	fields []RecordFields
}

// recordsOf gathers, by organization and kind, what a grant year's lines needed and what is
// in force of it. organizationID "" takes all.
func (s *Service) recordsOf(r store.Reading, year models.GrantYear, organizationID string) (map[string]map[string]priorRecords, error) {
	out := map[string]map[string]priorRecords{}
	ru, err := s.rulesOf(year)
	if err != nil {
		return nil, err
	}
	for _, k := range ru.def.Records {
		if !needed(ru, k) {
			continue
		}
		rows, err := store.NeededRecords(r, year.ID, organizationID, k.Code, leastOf(ru, k))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			by := out[row.OrganizationID]
			if by == nil {
				by = map[string]priorRecords{}
				out[row.OrganizationID] = by
			}
			p := by[k.Code]
			p.lines++
			if row.Data != "" {
				fields := RecordFields{}
				if err := json.Unmarshal([]byte(row.Data), &fields); err != nil {
					return nil, fmt.Errorf("record of line %s: %w", row.LineItemID, err)
				}
				p.fields = append(p.fields, fields)
			}
			by[k.Code] = p
		}
	}
	return out, nil
}

// needed reports whether lines of the grant year need a record of the kind: it is due on
// some day.
func needed(ru rules, k programs.RecordKind) bool { return k.Needed != nil && dueDay(ru, k) != "" }

// dueDay is the day on which a record of the kind is due in the grant year; "" when none is.
func dueDay(ru rules, k programs.RecordKind) models.Date {
	_, on := k.Deadline.Due(&programs.RecordData{}, nil, ru.params, ru.def.Zone())
	return on
}

// leastOf is the amount from which a line needs a record of the kind.
func leastOf(ru rules, k programs.RecordKind) models.Cents {
	least, _ := ru.params.Cents(k.Needed.LeastParameter)
	return least
}

// priorViews are what each gate check knows of the year before. Records of a year with other
// fields are read as far as this year's kind knows them.
func priorViews(def *programs.Definition, params programs.Params, found map[string]priorRecords) (map[string]programs.PriorView, error) {
	out := map[string]programs.PriorView{}
	for i, g := range def.Gate {
		if g.Prior == nil || found[g.Prior.Kind].lines == 0 {
			continue
		}
		k, _ := def.Record(g.Prior.Kind)
		var data []*programs.RecordData
		for _, fields := range found[g.Prior.Kind].fields {
			x, _ := k.Read(fields)
			data = append(data, x)
		}
		view, err := def.PriorOf(i, found[g.Prior.Kind].lines, data, params)
		if err != nil {
			return nil, err
		}
		out[g.Code] = view
	}
	return out, nil
}
