package workflow

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/asof"
)

// LinesOn are an application's lines at the end of a business date: those in force, and
// what an open revision proposed.
type LinesOn struct {
	AsOf
	RevisionID string // in force; "" when none was approved
	InForce    []Line
	OpenID     string // of the revision that was open; "" when none was
	OpenStatus models.State
	Proposed   []ProposedLine
}

// ProposedLine is what a revision says of a line it touches, by the names of the audit trail.
type ProposedLine struct {
	Number int
	Fields map[string]json.RawMessage
}

// ApplicationLinesOn reads the lines of the revision then in force, which never change, and
// replays what was proposed.
func (s *Service) ApplicationLinesOn(ctx context.Context, who models.Actor, id string, on models.Date) (LinesOn, error) {
	v, about, err := s.ApplicationOn(ctx, who, id, on)
	out := LinesOn{AsOf: about}
	if err != nil {
		return out, err
	}
	at, err := s.endOf(on)
	if err != nil {
		return out, err
	}
	r := s.db.Read(ctx)
	for _, rev := range v.Revisions {
		if in := v.Application.InForceRevisionID; in != nil && rev.ID == *in {
			out.RevisionID = rev.ID
			if out.InForce, err = linesAt(r, rev, at); err != nil {
				return out, err
			}
		}
		if Revisions.Final(string(rev.Status)) {
			continue
		}
		out.OpenID, out.OpenStatus = rev.ID, rev.Status
		trails, err := store.TrailsBefore(r, rev.Kind(), []string{rev.ID}, at)
		if err != nil {
			return out, err
		}
		fields, err := asof.Replay(trails[rev.ID])
		if err != nil {
			return out, err
		}
		out.Proposed = proposed(fields.Children("line_items"), out.InForce)
	}
	return out, nil
}

// linesAt are the lines of an approved revision with what was spent on them before an instant.
func linesAt(r store.Reading, rev models.Revision, at time.Time) ([]Line, error) {
	lines, err := linesOf(r, rev)
	if err != nil {
		return nil, err
	}
	spent, err := store.PostedByLineBefore(r, rev.ApplicationID, at)
	for i := range lines {
		for l := &lines[i]; l != nil; l = l.Base {
			l.SpentCents = spent[l.LineItemID]
		}
	}
	return lines, err
}

// proposed is what an open revision would change of the lines in force, by what its trail
// says. A line that it takes out has no fields left but what was decided of that.
func proposed(lines map[string]asof.Fields, inForce []Line) []ProposedLine {
	out, base := []ProposedLine{}, byNumber(inForce)
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		n, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		fields, removed := maps.Clone(lines[name]), isNull(lines[name]["description"])
		if string(fields["decision"]) == `"pending"` { // nothing is decided
			delete(fields, "decision")
		}
		delete(fields, "decision_reason") // is told with the decision in the trail
		is := contentOf(base[n])
		maps.DeleteFunc(fields, func(field string, text json.RawMessage) bool {
			switch {
			case field == "decision":
				return false
			case base[n] != nil && !removed:
				return jsonText(is[field]) == string(text)
			}
			return isNull(text)
		})
		if len(fields) > 0 || removed && base[n] != nil {
			out = append(out, ProposedLine{n, fields})
		}
	}
	slices.SortFunc(out, func(a, b ProposedLine) int { return a.Number - b.Number })
	return out
}

func isNull(text json.RawMessage) bool { return string(text) == "null" }
