package workflow

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// summary writes what is known of an agreement on a day as text, one line for each thing.
// Whoever writes the record goes on from there.
type summary struct {
	s         *Service
	r         store.Reading
	def       *programs.Definition
	agreement models.Agreement
	on        models.Date
}

// summarize fills the texts of a new record that begin with a summary and were left out.
func (s *Service) summarize(tx *store.Tx, f *recordFile, k *programs.RecordKind, given RecordFields) (RecordFields, error) {
	if f.record.AgreementID == nil || !slices.ContainsFunc(k.Fields, func(x programs.RecordField) bool { return x.Summary() }) {
		return given, nil
	}
	texts, err := s.summaries(tx, f.def, k, *f.record.AgreementID)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(given)
	if out == nil {
		out = RecordFields{}
	}
	for name, text := range texts {
		if _, written := out[name]; !written && text != "" {
			out[name] = json.RawMessage(jsonText(text))
		}
	}
	return out, nil
}

// summaries is what the texts of a kind would begin with today.
func (s *Service) summaries(r store.Reading, def *programs.Definition, k *programs.RecordKind, agreementID string) (map[string]string, error) {
	a, err := store.Get[models.Agreement](r, agreementID)
	if err != nil {
		return nil, err
	}
	p := summary{s, r, def, a, s.Today()}
	out := map[string]string{}
	for _, field := range k.Fields {
		if !field.Summary() {
			continue
		}
		text, err := p.text(field.Prefill)
		if err != nil {
			return nil, err
		}
		out[field.Name] = cut(text, field.Length())
	}
	return out, nil
}

// cut ends a text at a line that still fits.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	const more = "\n…"
	short := string(runes[:most-len([]rune(more))])
	if i := strings.LastIndex(short, "\n"); i > 0 {
		short = short[:i]
	}
	return short + more
}

func (p summary) text(what string) (string, error) {
	if kind, ok := strings.CutPrefix(what, "records."); ok {
		return p.records(kind)
	}
	switch what {
	case "agreement.targets":
		return p.targets()
	case "agreement.money":
		return p.money()
	}
	return p.decision()
}

// targets says where each target stands.
func (p summary) targets() (string, error) {
	rows, err := p.s.standingTargets(p.r, store.Scope{All: true}, store.TargetFilter{AgreementID: p.agreement.ID, On: p.on})
	lines := make([]string, len(rows))
	for i, t := range rows {
		lines[i] = t.Says
	}
	return strings.Join(lines, "\n"), err
}

// money says what was allocated, approved and spent in each fiscal year of the program since the assignment.
func (p summary) money() (string, error) {
	years, err := store.MoneyOfYears(p.r, p.agreement.OrganizationID, p.agreement.ProgramCode, p.agreement.AssignedOn)
	lines := make([]string, len(years))
	for i, y := range years {
		lines[i] = fmt.Sprintf("Fiscal year %d: %s allocated, %s approved in %d lines, %s spent%s.", y.FiscalYear, y.AllocationCents, y.ApprovedCents, y.LineCount, y.SpentCents, partOf(y.SpentCents, y.AllocationCents))
		if y.UnlinkedCount > 0 {
			lines[i] += fmt.Sprintf(" %d of the lines serve no target.", y.UnlinkedCount)
		}
	}
	return strings.Join(lines, "\n"), err
}

// partOf is a part of a whole in percent with one decimal, rounded down; "" without a whole.
func partOf(part, whole models.Cents) string {
	if whole <= 0 || part < 0 {
		return ""
	}
	tenths := int64(part) / int64(whole) * 1000
	tenths += int64(part) % int64(whole) * 1000 / int64(whole)
	return fmt.Sprintf(" (%d.%d %% of it)", tenths/10, tenths%10)
}

// records says how many records of a kind are in force since the assignment, and counts what
// was chosen in their choice fields.
func (p summary) records(kind string) (string, error) {
	k, known := p.def.Record(kind)
	if !known {
		return "", nil
	}
	rows, err := store.RecordsSince(p.r, p.agreement.OrganizationID, p.agreement.ProgramCode, kind, p.agreement.AssignedOn)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	lines := []string{fmt.Sprintf("%s: %d in force.", k.Title, len(rows))}
	for _, field := range k.Fields {
		if field.Type != "choice" {
			continue
		}
		counts := map[string]int{}
		for _, row := range rows {
			var data map[string]json.RawMessage
			var chosen string
			if json.Unmarshal([]byte(row.Data), &data) == nil && json.Unmarshal(data[field.Name], &chosen) == nil {
				counts[chosen]++
			}
		}
		var parts []string
		for _, choice := range slices.Sorted(maps.Keys(counts)) {
			parts = append(parts, fmt.Sprintf("%s %d", words(choice), counts[choice]))
		}
		if len(parts) > 0 {
			lines = append(lines, fmt.Sprintf("%s: %s.", sentence(words(field.Name)), strings.Join(parts, ", ")))
		}
	}
	return strings.Join(lines, "\n"), nil
}

// decision says what was decided at the end of the term, school by school.
func (p summary) decision() (string, error) {
	held, err := store.All[models.TermDecision](p.r, store.Eq{"agreement_id": p.agreement.ID, "status": string(StatusDecided)})
	if err != nil || len(held) == 0 {
		return "", err
	}
	d := held[0]
	lines := []string{d.Says()}
	var schools []SchoolOutlook
	if err := json.Unmarshal([]byte(d.Schools), &schools); err != nil {
		return "", err
	}
	for _, x := range schools {
		does := "leaves"
		if !x.Exit.Exits {
			does = "stays"
		}
		line := fmt.Sprintf("%s (%s) %s.", x.Name, x.Code, does)
		for _, c := range x.Exit.Criteria {
			if !c.Met && !c.Skipped {
				line += " " + c.Says
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), nil
}
