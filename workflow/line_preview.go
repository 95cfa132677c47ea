package workflow

import (
	"context"
	"errors"
	"slices"
	"strings"

	"earmark/models"
)

// PreviewLineItem asks what saving a line would do. Number 0 stands for a line that is not
// there yet.
type PreviewLineItem struct {
	RevisionID string        `json:"-"`
	Number     int           `json:"number" validate:"gte=0"`
	LineItem   *SaveLineItem `json:"line_item" validate:"required,structonly"` // its mistakes are the answer
}

// LinePreview is the answer: what keeps the line from being saved, what submission would
// say of it, and the totals and the meter of the revision with it.
type LinePreview struct {
	AmountCents    models.Cents        // of the line
	Refusals       []models.FieldError // of saving; empty when it would be kept
	Findings       []models.FieldError // of the line, once it is kept
	TotalCents     models.Cents        // of the revision with the line
	LineCount      int
	RemainingCents models.Cents // of the allocation; negative when the total passes it
	Categories     []CategoryTotal
	Meter          MeterResult
}

// CategoryTotal is what the lines of one use category come to.
type CategoryTotal struct {
	UseCategory string
	AmountCents models.Cents
	LineCount   int
}

// PreviewLineItem computes with the code of SaveLineItem, and keeps nothing. Errors:
// Conflict "revision.locked" where nothing can be saved.
func (s *Service) PreviewLineItem(ctx context.Context, who models.Actor, in PreviewLineItem) (LinePreview, error) {
	var out LinePreview
	if err := s.check(in); err != nil {
		return out, err
	}
	d, _, err := s.revisionView(ctx, who, in.RevisionID)
	if err != nil {
		return out, err
	}
	if err := mayEdit(who, d); err != nil {
		return out, err
	}
	line := *in.LineItem
	line.RevisionID, line.Number = in.RevisionID, in.Number
	tags, err := refusals(s.check(line))
	if err != nil {
		return out, err
	}
	tried, err := d.lineFrom(line)
	rules, err := refusals(err)
	if err != nil {
		return out, err
	}
	out.Refusals = slices.Concat(tags, rules)
	if tried.Number == 0 {
		for _, l := range d.lines {
			tried.Number = max(tried.Number, l.Number)
		}
		tried.Number++
	}
	d.put(tried)
	out.AmountCents = tried.Version.AmountCents
	for _, f := range d.findings(tried) {
		f.Pointer = withinLine(f.Pointer)
		out.Findings = append(out.Findings, f)
	}
	if out.TotalCents, out.LineCount, err = totalOf(d.lines); err != nil {
		return out, err
	}
	out.RemainingCents = d.application.AllocationCents - out.TotalCents
	out.Categories = categoriesOf(d)
	out.Meter, err = meterOf(s.db.Read(ctx), d)
	for i := range out.Meter.Changes { // the line that is tried has no number yet
		if in.Number == 0 && out.Meter.Changes[i].Line == tried.Number {
			out.Meter.Changes[i].Line = 0
		}
	}
	return out, err
}

// refusals are the fields of a refusal; any other failure stays one.
func refusals(err error) ([]models.FieldError, error) {
	var e *models.Error
	if errors.As(err, &e) && e.Kind == models.Invalid && len(e.Fields) > 0 {
		return e.Fields, nil
	}
	return nil, err
}

// categoriesOf sums the lines that count by use category, in the definition's order; lines
// of no category come last.
func categoriesOf(d *draft) []CategoryTotal {
	var out []CategoryTotal
	at := map[string]int{}
	for _, c := range d.def.UseCategories {
		at[c.Code] = len(out)
		out = append(out, CategoryTotal{UseCategory: c.Code})
	}
	for _, l := range d.lines {
		e, ok := l.effective()
		if !ok {
			continue
		}
		i, known := at[e.Version.UseCategory]
		if !known {
			i = len(out)
			at[e.Version.UseCategory] = i
			out = append(out, CategoryTotal{UseCategory: e.Version.UseCategory})
		}
		out[i].AmountCents += e.Version.AmountCents
		out[i].LineCount++
	}
	return out
}

// withinLine is a finding's pointer into the input of its line: "/line_items/3/costs" is
// "/costs".
func withinLine(pointer string) string {
	parts := strings.SplitN(pointer, "/", 4)
	if len(parts) == 4 && parts[1] == "line_items" {
		return "/" + parts[3]
	}
	return pointer
}
