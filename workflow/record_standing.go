package workflow

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// RecordContent is everything that a record's rules look at.
type RecordContent struct {
	Kind        *programs.RecordKind
	Data        *programs.RecordData
	Checklist   map[string]models.ChecklistMark
	Exhibits    map[string]models.ExhibitMark
	Attachments []models.RecordFile
	Stored      bool // files are in Earmark's storage: what must be shown is shown by one of those
	Overrides   map[string]models.Override
	Signatures  []models.RecordSignature
	Amends      *RecordContent    // the version in force that this one would replace
	Totals      map[string]int64  // over other records
	Agreement   *AgreementContent // that it belongs to
	SubmittedAt time.Time         // zero: not yet
}

// RecordStanding is where a record stands: what is wrong, what is missing, when it is due.
type RecordStanding struct {
	Findings    []programs.RecordFinding
	Figures     map[string]int64
	Unsigned    []string // parties whose signature is still needed
	EffectiveOn models.Date
	DueAt       time.Time
	DueOn       models.Date
	Late        bool
	Due         DueStatus
}

// StandingOf applies the rules of a record's kind at a moment. It reads nothing else.
func StandingOf(def *programs.Definition, params programs.Params, c RecordContent, now time.Time) RecordStanding {
	s := recordRules{def: def, params: params, c: c, zone: def.Zone()}
	s.at = now
	if !c.SubmittedAt.IsZero() {
		s.at = c.SubmittedAt
	}
	for _, f := range c.Kind.Absent(c.Data) {
		s.found(f, "", programs.StopsSubmit)
	}
	s.out.Figures = def.RecordFigures(c.Kind, c.Data, c.Totals, c.Agreement.View(), params)
	s.checks()
	s.checklist()
	s.exhibits()
	s.attachments()
	s.deadline(now)
	s.amendment()
	s.agreement()
	s.signatures()
	return s.out
}

// Ready reports whether nothing stops the submission.
func (s RecordStanding) Ready() bool { return len(s.Stopping(programs.StopsSubmit)) == 0 }

// Stopping lists the errors that stop a step: save, submit or in_force.
func (s RecordStanding) Stopping(step string) (out []models.FieldError) {
	rank := map[string]int{programs.StopsSave: 0, programs.StopsSubmit: 1, programs.StopsInForce: 2}
	for _, f := range s.Findings {
		if f.Severity == "error" && rank[f.Stops] <= rank[step] {
			out = append(out, f.FieldError)
		}
	}
	return out
}

type recordRules struct {
	def    *programs.Definition
	params programs.Params
	c      RecordContent
	zone   *time.Location
	at     time.Time
	out    RecordStanding
}

func (s *recordRules) found(f models.FieldError, cite, stops string) {
	if f.Severity == "" {
		f.Severity = "error"
	}
	s.out.Findings = append(s.out.Findings, programs.RecordFinding{FieldError: f, Cite: cite, Stops: stops})
}

func (s *recordRules) checks() {
	for _, f := range s.def.CheckRecord(s.c.Kind, s.c.Data, s.c.Totals, s.c.Agreement.View(), s.params) {
		if o, overridden := s.c.Overrides[strings.TrimPrefix(f.Code, "record.")]; overridden && f.Overridable {
			f.Severity = "warning"
			f.Detail += fmt.Sprintf(" Overridden on %s: %s", o.On, o.Reason)
		}
		s.out.Findings = append(s.out.Findings, f)
	}
}

func (s *recordRules) checklist() {
	for _, item := range s.c.Kind.Checklist {
		m, at := s.c.Checklist[item.Code], "/checklist/"+item.Code
		switch {
		case item.IfApplicable && m.NotApplicable:
		case !m.Done:
			s.found(models.FieldError{Pointer: at, Code: "record.checklist_open", Detail: "Not yet: " + item.Says, Fix: "Mark it when it is done."}, item.Cite, programs.StopsSubmit)
		case item.Evidence && m.Evidence == "" && m.AttachmentID == "":
			s.found(models.FieldError{Pointer: at, Code: "record.evidence_missing", Detail: "Nothing shows it: " + item.Says, Fix: "Say where the evidence can be seen, or name a file of the record."}, item.Cite, programs.StopsSubmit)
		default:
			s.attached(at, m.AttachmentID, item.Cite)
		}
	}
}

func (s *recordRules) exhibits() {
	for _, x := range s.c.Kind.Exhibits {
		m, there := s.c.Exhibits[x.Code]
		if x.IfApplicable && (!there || m.NotApplicable) {
			continue
		}
		at := "/exhibits/" + x.Code
		if !there {
			s.found(models.FieldError{Pointer: at, Code: "record.exhibit_missing", Detail: x.Title + " is missing.", Fix: "Add it."}, x.Cite, programs.StopsSubmit)
			continue
		}
		if x.NeedsFile && !s.has(m) {
			s.found(models.FieldError{Pointer: at + "/file", Code: "record.file_missing", Detail: x.Title + " has no file.", Fix: "Hand the file in and name it with the exhibit."}, x.Cite, programs.StopsSubmit)
		} else {
			s.attached(at, m.AttachmentID, x.Cite)
		}
		for _, e := range x.Elements {
			if !slices.Contains(m.Elements, e.Code) {
				s.found(models.FieldError{Pointer: at + "/" + e.Code, Code: "record.element_missing", Detail: fmt.Sprintf("%s lacks %s.", x.Title, e.Title), Fix: "Add it and name it among the elements."}, x.Cite, programs.StopsSubmit)
			}
		}
	}
}

// has reports whether the file that an exhibit names was handed in. Where files are kept, only
// one that is kept is.
func (s *recordRules) has(m models.ExhibitMark) bool {
	return slices.ContainsFunc(s.c.Attachments, func(a models.RecordFile) bool {
		if s.c.Stored {
			return m.AttachmentID != "" && a.AttachmentID == m.AttachmentID
		}
		return m.File != "" && a.Name == m.File
	})
}

// attached finds marks that name a file which was withdrawn since.
func (s *recordRules) attached(at, id, cite string) {
	if s.c.Stored && id != "" && !slices.ContainsFunc(s.c.Attachments, func(a models.RecordFile) bool { return a.AttachmentID == id }) {
		s.found(models.FieldError{Pointer: at + "/attachment_id", Code: "record.file_withdrawn", Detail: "The file that shows it was withdrawn.", Fix: "Name another file of the record."}, cite, programs.StopsSubmit)
	}
}

// Reviewed reports whether the office looks at a file of that name.
func Reviewed(k *programs.RecordKind, name string) bool {
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	return k.Attachments == nil || len(k.Attachments.Extensions) == 0 || slices.Contains(k.Attachments.Extensions, extension)
}

func (s *recordRules) attachments() {
	for i, a := range s.c.Attachments {
		if !Reviewed(s.c.Kind, a.Name) {
			s.found(models.FieldError{Pointer: fmt.Sprintf("/attachments/%d", i), Code: "record.attachment_not_reviewed", Severity: "warning",
				Detail: fmt.Sprintf("%s is not of a type that is reviewed.", a.Name), Fix: "Hand it in as " + strings.Join(s.c.Kind.Attachments.Extensions, ", ") + "."},
				s.c.Kind.Attachments.Cite, programs.StopsSubmit)
		}
	}
}

// deadline: the last second itself is in time. An amendment has its own last day.
func (s *recordRules) deadline(now time.Time) {
	d := s.c.Kind.Deadline
	if d == nil || s.c.Amends != nil {
		return
	}
	s.out.DueAt, s.out.DueOn = d.Due(s.c.Data, s.c.Agreement.View(), s.params, s.zone)
	if s.out.DueOn.IsZero() {
		return
	}
	item := models.DueItem{DueOn: s.out.DueOn}
	if !s.c.SubmittedAt.IsZero() {
		item.DoneOn = models.DateOf(s.c.SubmittedAt, s.zone)
	}
	s.out.Due = StatusOf(item, models.DateOf(now, s.zone))
	if s.out.Late = s.at.Truncate(time.Second).After(s.out.DueAt); !s.out.Late {
		return
	}
	if s.out.Due.Status == store.DueToday || s.out.Due.Status == store.DueUpcoming {
		s.out.Due.Status = store.DueOverdue // the hour has passed
	}
	f := models.FieldError{Pointer: "/submitted_at", Code: "record.late", Severity: "warning",
		Detail: fmt.Sprintf("It was due on %s.", s.out.DueAt.In(s.zone).Format("2006-01-02 15:04:05")), Fix: "Submit it at once; it is marked late."}
	if d.Late == programs.LateRefuse {
		f.Severity, f.Fix = "error", "It cannot be submitted any more."
	}
	s.found(f, d.Cite, programs.StopsSubmit)
}

// amendment holds a change to what may still be changed.
func (s *recordRules) amendment() {
	rule, old := s.c.Kind.Amend, s.c.Amends
	if old == nil {
		return
	}
	on := models.DateOf(s.at, s.zone)
	if rule.Until != "" && on > models.Date(rule.Until) {
		s.found(models.FieldError{Pointer: "/submitted_at", Code: "record.amendment_closed", Detail: fmt.Sprintf("Amendments were possible until %s.", rule.Until),
			Fix: "The version in force stays as it is."}, rule.Cite, programs.StopsSubmit)
	}
	if len(rule.Only) == 0 {
		return
	}
	changed := s.c.Data.Changed(old.Data)
	pointer := "/fields/"
	for _, x := range s.c.Kind.Exhibits {
		if a, b := s.c.Exhibits[x.Code], old.Exhibits[x.Code]; a.File != b.File || a.AttachmentID != b.AttachmentID || a.NotApplicable != b.NotApplicable || !slices.Equal(a.Elements, b.Elements) {
			changed = append(changed, x.Code)
		}
	}
	for _, name := range changed {
		if slices.Contains(rule.Only, name) {
			continue
		}
		if _, isField := s.c.Kind.Field(name); !isField {
			pointer = "/exhibits/"
		}
		s.found(models.FieldError{Pointer: pointer + name, Code: "record.not_amendable", Detail: words(name) + " cannot be changed by an amendment.",
			Fix: "An amendment may change " + words(strings.Join(rule.Only, ", ")) + "."}, rule.Cite, programs.StopsSave)
	}
}

// signatures: who still has to sign, and the day of the last signature. An amendment that
// all parties agree to needs everybody who signed what it amends.
func (s *recordRules) signatures() {
	k := s.c.Kind
	asked := s.c.Amends == nil || k.AmendedBy() == programs.AmendAllParties
	for i, p := range k.Signatures {
		if !asked {
			break
		}
		needed := !p.IfApplicable || s.def.PartyApplies(k, i, s.c.Data, s.c.Agreement.View(), s.params)
		if s.c.Amends != nil && signedBy(s.c.Amends.Signatures, p.Party) {
			needed = true
		}
		if !needed || signedBy(s.c.Signatures, p.Party) {
			continue
		}
		s.out.Unsigned = append(s.out.Unsigned, p.Party)
		s.found(models.FieldError{Pointer: "/signatures/" + p.Party, Code: "record.signature_missing", Detail: fmt.Sprintf("The signature of the %s is missing.", p.Title),
			Fix: "Record it once the document is signed."}, p.Cite, programs.StopsInForce)
	}
	switch {
	case k.TakesForce() == programs.EffectiveDecision: // the day of the decision
	case asked && k.TakesForce() == programs.EffectiveLastSignature && len(s.out.Unsigned) == 0:
		for _, x := range s.c.Signatures {
			s.out.EffectiveOn = max(s.out.EffectiveOn, x.SignedOn)
		}
	case (!asked || k.TakesForce() == programs.EffectiveSubmission) && !s.c.SubmittedAt.IsZero():
		s.out.EffectiveOn = models.DateOf(s.c.SubmittedAt, s.zone)
	}
}

func signedBy(list []models.RecordSignature, party string) bool {
	return slices.ContainsFunc(list, func(x models.RecordSignature) bool { return x.Party == party })
}
