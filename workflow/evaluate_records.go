package workflow

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// EvaluateRecord is a record of one of the program's kinds, and the records beside it.
type EvaluateRecord struct {
	Kind         string                          `json:"kind"`
	Key          string                          `json:"key,omitempty"` // what records below name as their parent
	Parent       string                          `json:"parent,omitempty"`
	Organization string                          `json:"organization,omitempty"`
	Today        models.Date                     `json:"today,omitempty"`        // for where a deadline stands
	SubmittedAt  string                          `json:"submitted_at,omitempty"` // YYYY-MM-DD HH:MM:SS in the program's time zone
	Fields       map[string]json.RawMessage      `json:"fields,omitempty"`
	Line         *programs.RecordLine            `json:"line,omitempty"` // what the fields refer to
	Targets      []programs.RecordTarget         `json:"targets,omitempty"`
	Checklist    map[string]models.ChecklistMark `json:"checklist,omitempty"`
	Exhibits     map[string]models.ExhibitMark   `json:"exhibits,omitempty"`
	Attachments  []models.RecordFile             `json:"attachments,omitempty"`
	Signatures   []EvaluateSignature             `json:"signatures,omitempty"`
	Overrides    map[string]models.Override      `json:"overrides,omitempty"`
	Amends       *EvaluateRecord                 `json:"amends,omitempty"`    // the version in force
	Existing     []EvaluateRecord                `json:"existing,omitempty"`  // other records, for totals
	Agreement    *EvaluateAgreement              `json:"agreement,omitempty"` // that it belongs to
	Status       models.State                    `json:"status,omitempty"`    // of an existing record: in_force when not given
}

// EvaluateSignature is a signature under a record.
type EvaluateSignature struct {
	Party    string      `json:"party"`
	SignedOn models.Date `json:"signed_on"`
	Name     string      `json:"name,omitempty"`
}

// EvaluatedRecord is what the definition makes of a record.
type EvaluatedRecord struct {
	Kind        string               `json:"kind"`
	Key         string               `json:"key,omitempty"`
	Ready       bool                 `json:"ready"` // nothing stops the submission
	Status      models.State         `json:"status"`
	Errors      []EvaluatedFinding   `json:"errors"`
	Warnings    []EvaluatedFinding   `json:"warnings"`
	Missing     []string             `json:"missing"` // what is open of required fields, checklist, exhibits and signatures
	Totals      map[string]int64     `json:"totals,omitempty"`
	Figures     map[string]int64     `json:"figures,omitempty"`
	Fields      *programs.RecordData `json:"fields"`
	Attachments []EvaluatedFile      `json:"attachments,omitempty"`
	EffectiveOn models.Date          `json:"effective_on,omitempty"`
	DueOn       models.Date          `json:"due_on,omitempty"`
	DueAt       string               `json:"due_at,omitempty"`
	DueStatus   store.DueState       `json:"due_status,omitempty"`
	Days        *int                 `json:"days,omitempty"` // until due; negative: late by so many
	Late        bool                 `json:"late"`
}

// EvaluatedFinding is one thing wrong, or to be thought of.
type EvaluatedFinding struct {
	Code  string `json:"code"`
	At    string `json:"at,omitempty"`
	Stops string `json:"stops,omitempty"` // of an error: save, submit, in_force
	Says  string `json:"says"`
	Fix   string `json:"fix,omitempty"`
	Cite  string `json:"cite,omitempty"`
}

// EvaluatedFile tells whether a file is looked at.
type EvaluatedFile struct {
	Name     string `json:"name"`
	Reviewed bool   `json:"reviewed"`
}

// records applies the rules of record kinds to the records of the file.
func (e *evaluation) records() error {
	for i, in := range e.in.Records {
		at := fmt.Sprintf("/records/%d", i)
		c, ok := e.recordContent(at, in)
		if !ok {
			continue
		}
		if c.Totals, ok = e.recordTotals(at, in, c); !ok {
			continue
		}
		now := c.SubmittedAt
		if in.Today != "" {
			now = time.Date(in.Today.Year(), in.Today.Month(), in.Today.Day(), 12, 0, 0, 0, e.def.Zone())
		}
		e.out.Records = append(e.out.Records, evaluated(in, c, StandingOf(e.def, e.params, c, now)))
	}
	return invalid(e.wrong)
}

// recordContent reads one record of the file; ok is false when something was wrong.
func (e *evaluation) recordContent(at string, in EvaluateRecord) (c RecordContent, ok bool) {
	k, known := e.def.Record(in.Kind)
	if !known {
		e.broken(at+"/kind", "record.unknown_kind", "Use a kind that the definition declares under records.", "The program has no record kind %q.", in.Kind)
		return c, false
	}
	before := len(e.wrong)
	data, wrong := k.Read(in.Fields)
	for _, w := range wrong {
		w.Pointer = at + w.Pointer
		e.wrong = append(e.wrong, w)
	}
	if in.Today != "" && !in.Today.Valid() {
		e.broken(at+"/today", "record.date", "Write YYYY-MM-DD.", "%q is not a date.", in.Today)
	}
	data.Refer(in.Line, in.Targets)
	c = RecordContent{Kind: k, Data: data, Checklist: in.Checklist, Exhibits: in.Exhibits, Attachments: in.Attachments, Overrides: in.Overrides}
	if in.Agreement != nil {
		c.Agreement = e.agreementContent(at+"/agreement", *in.Agreement)
	}
	if in.SubmittedAt != "" {
		var err error
		if c.SubmittedAt, err = time.ParseInLocation("2006-01-02 15:04:05", strings.Replace(in.SubmittedAt, "T", " ", 1), e.def.Zone()); err != nil {
			e.broken(at+"/submitted_at", "record.timestamp", "Write YYYY-MM-DD HH:MM:SS, in the program's time zone.", "%q is not a moment.", in.SubmittedAt)
		}
	}
	for j, s := range in.Signatures {
		if !slices.ContainsFunc(k.Signatures, func(p programs.SignatureParty) bool { return p.Party == s.Party }) || !s.SignedOn.Valid() {
			e.broken(fmt.Sprintf("%s/signatures/%d", at, j), "record.signature", "Give a party of the definition and a date.", "%q did not sign on %q.", s.Party, s.SignedOn)
		}
		c.Signatures = append(c.Signatures, models.RecordSignature{Party: s.Party, SignerName: s.Name, SignedOn: s.SignedOn})
	}
	if in.Amends != nil {
		amended := *in.Amends
		amended.Kind = cmp.Or(amended.Kind, in.Kind)
		old, read := e.recordContent(at+"/amends", amended)
		if !read || amended.Kind != in.Kind {
			e.broken(at+"/amends/kind", "record.amends", "An amendment is of the kind that it amends.", "A %s does not amend a %s.", in.Kind, amended.Kind)
			return c, false
		}
		c.Amends = &old
	}
	for _, part := range []struct {
		name  string
		given []string
		known []string
	}{{"checklist", keys(in.Checklist), checklistCodes(k)}, {"exhibits", keys(in.Exhibits), exhibitCodes(k)}} {
		for _, code := range part.given {
			if !slices.Contains(part.known, code) {
				e.broken(at+"/"+part.name+"/"+code, "record.unknown_part", "Use a code of the definition.", "The %s of %s has no %q.", part.name, k.Code, code)
			}
		}
	}
	return c, len(e.wrong) == before
}

// recordTotals adds up the existing records of the file as the service adds up stored ones.
func (e *evaluation) recordTotals(at string, in EvaluateRecord, c RecordContent) (map[string]int64, bool) {
	var others []OtherRecord
	for j, x := range in.Existing {
		other, ok := e.recordContent(fmt.Sprintf("%s/existing/%d", at, j), x)
		if !ok {
			return nil, false
		}
		others = append(others, OtherRecord{Kind: x.Kind, Organization: x.Organization, Parent: x.Parent, Status: cmp.Or(x.Status, StatusInForce), Data: other.Data})
	}
	totals, err := RecordTotals(e.def, e.params, c, OtherRecord{ID: in.Key, Organization: in.Organization, Parent: in.Parent}, others)
	if err != nil {
		e.broken(at+"/existing", "record.total", "", "%s", err)
	}
	return totals, err == nil
}

func evaluated(in EvaluateRecord, c RecordContent, s RecordStanding) EvaluatedRecord {
	out := EvaluatedRecord{Kind: in.Kind, Key: in.Key, Ready: s.Ready(), Status: statusOf(c.Kind, s), Errors: []EvaluatedFinding{}, Warnings: []EvaluatedFinding{},
		Missing: []string{}, Totals: c.Totals, Figures: s.Figures, Fields: c.Data, DueOn: s.DueOn, Late: s.Late}
	for _, f := range s.Findings {
		x := EvaluatedFinding{Code: f.Code, At: f.Pointer, Says: f.Detail, Fix: f.Fix, Cite: f.Cite}
		if f.Severity == "warning" {
			out.Warnings = append(out.Warnings, x)
			continue
		}
		x.Stops = f.Stops
		out.Errors = append(out.Errors, x)
		if slices.Contains(missingCodes, f.Code) {
			out.Missing = append(out.Missing, strings.TrimPrefix(f.Pointer, "/"))
		}
	}
	if out.Status == StatusInForce {
		out.EffectiveOn = s.EffectiveOn
	}
	for _, a := range c.Attachments {
		out.Attachments = append(out.Attachments, EvaluatedFile{a.Name, Reviewed(c.Kind, a.Name)})
	}
	if s.DueOn != "" {
		out.DueAt, out.DueStatus, out.Days = s.DueAt.Format("2006-01-02 15:04:05 MST"), s.Due.Status, &s.Due.Days
	}
	return out
}

// missingCodes are the findings that something is not there.
var missingCodes = []string{"required", "record.checklist_open", "record.evidence_missing", "record.exhibit_missing", "record.element_missing", "record.signature_missing"}

// statusOf is the state a record would have when everybody acted at once.
func statusOf(k *programs.RecordKind, s RecordStanding) models.State {
	stopping := s.Stopping(programs.StopsSubmit)
	closed := func(f models.FieldError) bool {
		return f.Code == "record.late" || f.Code == "record.amendment_closed" || f.Code == "record.not_amendable"
	}
	switch {
	case slices.ContainsFunc(stopping, closed):
		return StatusRefused
	case len(stopping) > 0:
		return StatusDraft
	case len(s.Stopping(programs.StopsInForce)) > 0 || k.TakesForce() == programs.EffectiveDecision:
		return StatusSubmitted
	}
	return StatusInForce
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func checklistCodes(k *programs.RecordKind) (codes []string) {
	for _, x := range k.Checklist {
		codes = append(codes, x.Code)
	}
	return codes
}

func exhibitCodes(k *programs.RecordKind) (codes []string) {
	for _, x := range k.Exhibits {
		codes = append(codes, x.Code)
	}
	return codes
}
