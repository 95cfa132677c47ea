package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// Completeness is what an agreement still needs before it can be signed, and what is only
// recommended.
type Completeness struct {
	Complete bool // nothing is missing
	RecordID string
	Reviewed bool // the record that signs it is submitted, or in force
	Findings []CompletenessFinding
}

// CompletenessFinding is one thing that is missing or recommended.
type CompletenessFinding struct {
	programs.RecordFinding
	Document string // agreement, record: where the pointer points
}

// AgreementFindings applies the rules of a program to an agreement: required targets, the
// days of its term, and the checks of the section agreement. It reads nothing else.
func AgreementFindings(def *programs.Definition, params programs.Params, c *AgreementContent) (out []programs.RecordFinding) {
	for _, f := range lackingTargets(def, c.Targets, NotApplicable(c.Agreement)) {
		out = append(out, programs.RecordFinding{FieldError: f, Cite: def.Targets.Cite, Stops: programs.StopsSubmit})
	}
	return append(out, def.CheckAgreement(*c.View(), c.goalViews(), params)...)
}

// agreement adds what the agreement lacks to the record that signs it. An amendment of
// that record comes when the agreement is signed already.
func (s *recordRules) agreement() {
	k, a := s.c.Kind, s.c.Agreement
	if k.Agreement == nil || k.Agreement.Settles != programs.SettlesSigned || a == nil || s.c.Amends != nil || a.Status != StatusDraft {
		return
	}
	for _, f := range AgreementFindings(s.def, s.params, a) {
		f.Pointer = strings.TrimSuffix(agreementPointer+f.Pointer, "/")
		s.out.Findings = append(s.out.Findings, f)
	}
}

const agreementPointer = "/agreement"

// Completeness answers everything that is missing or only recommended. What it calls
// missing is exactly what stops the submission of the record that signs the agreement.
func (s *Service) Completeness(ctx context.Context, who models.Actor, id string) (Completeness, error) {
	r := s.db.Read(ctx)
	a, err := store.Get[models.Agreement](r, id)
	if err != nil {
		return Completeness{}, err
	}
	if err := allow(who, ReadDocuments, a.OrganizationID); err != nil {
		return Completeness{}, err
	}
	c, err := agreementContent(r, id)
	if err != nil {
		return Completeness{}, err
	}
	return s.completeness(r, c)
}

func (s *Service) completeness(r store.Reading, c AgreementContent) (Completeness, error) {
	out := Completeness{}
	def, err := s.agreementProgram(c.ProgramCode)
	if err != nil {
		return out, err
	}
	findings, err := s.lacking(r, def, c, &out)
	if err != nil {
		return out, err
	}
	for _, f := range findings {
		if !slices.Contains([]string{programs.StopsSave, programs.StopsSubmit}, f.Stops) {
			continue // signatures come after the review
		}
		x := CompletenessFinding{RecordFinding: f, Document: "record"}
		if pointer, ok := strings.CutPrefix(f.Pointer, agreementPointer); ok {
			x.Document, x.Pointer = "agreement", pointer
		}
		out.Findings = append(out.Findings, x)
	}
	out.Complete = !slices.ContainsFunc(out.Findings, func(f CompletenessFinding) bool { return f.Severity == "error" })
	return out, nil
}

// lacking are the findings of the record that signs the agreement: of the one that there
// is, or of one that nothing has been written into yet.
func (s *Service) lacking(r store.Reading, def *programs.Definition, c AgreementContent, out *Completeness) ([]programs.RecordFinding, error) {
	k, bySettling := def.Settling(programs.SettlesSigned)
	params, err := def.Params(def.FiscalYearOf(s.Today()), nil)
	if err != nil {
		return nil, err
	}
	if !bySettling {
		if c.Status != StatusDraft {
			return nil, nil
		}
		found := AgreementFindings(def, params, &c)
		for i := range found {
			found[i].Pointer = agreementPointer + found[i].Pointer
		}
		return found, nil
	}
	all, err := store.All[models.Record](r, store.Eq{"agreement_id": c.ID, "kind": k.Code, "amends_id": nil, "status": liveRecords}, "id")
	if err != nil {
		return nil, err
	}
	if len(all) > 0 {
		rec := all[len(all)-1]
		f, err := s.fillRecord(r, rec)
		out.RecordID, out.Reviewed = rec.ID, rec.Status == StatusSubmitted || rec.Status == StatusInForce
		return f.standing.Findings, err
	}
	if c.Status != StatusDraft {
		return nil, nil
	}
	f := &recordFile{rules: rules{def: def, params: params}, record: models.Record{OrganizationID: c.OrganizationID, RecordKind: k.Code, AgreementID: &c.ID,
		Data: "{}", Checklist: "{}", Exhibits: "{}", Attachments: "[]", Overrides: "{}"}}
	if f.content, err = recordContent(def, f.record); err != nil {
		return nil, err
	}
	f.content.Agreement = &c
	if f.content.Totals, err = f.totals(r); err != nil {
		return nil, err
	}
	f.settle(s)
	return f.standing.Findings, nil
}

// inReview refuses changes of what an agreement says while the record that signs it is
// under review: what was submitted is what is signed.
func (s *Service) inReview(tx *store.Tx, a models.Agreement) error {
	def, err := s.agreementProgram(a.ProgramCode)
	if err != nil {
		return err
	}
	k, bySettling := def.Settling(programs.SettlesSigned)
	if !bySettling || a.Status != StatusDraft {
		return nil
	}
	under, err := store.All[models.Record](tx, store.Eq{"agreement_id": a.ID, "kind": k.Code, "status": StatusSubmitted})
	if err != nil || len(under) == 0 {
		return err
	}
	return models.Fail(models.Conflict, "agreement.in_review", "%s is submitted and waits for review or signatures. Have it returned, or withdraw it, to change the agreement.", under[0].Reference)
}

// signedByRecord refuses the plain step where a record signs the agreement.
func signedByRecord(def *programs.Definition) error {
	k, bySettling := def.Settling(programs.SettlesSigned)
	if !bySettling {
		return nil
	}
	return models.Fail(models.Conflict, "agreement.signed_by_record", "This agreement is signed by its %s: create the record (kind %s), submit it and record the signatures.", k.Title, k.Code)
}

// settleAgreement sets the day of the agreement that a record settles by taking force, and
// answers which agreement that is; "" for none.
func (t *recordStep) settleAgreement() (string, error) {
	k, rec := t.f.content.Kind, t.f.record
	if k.Agreement == nil || k.Agreement.Settles == "" || rec.AgreementID == nil || rec.AmendsID != nil {
		return "", nil
	}
	a, err := store.Lock[models.Agreement](t.tx, *rec.AgreementID, 0)
	if err != nil {
		return "", err
	}
	before, action := a, "settle"
	columns := []string{k.Agreement.Settles}
	switch k.Agreement.Settles {
	case programs.SettlesNeeds:
		if !a.NeedsApprovedOn.IsZero() {
			return "", nil // the office recorded an earlier day
		}
		a.NeedsApprovedOn = rec.EffectiveOn
	case programs.SettlesSigned:
		if a.Status != StatusDraft {
			return "", models.Fail(models.Conflict, "agreement.fixed", "The agreement is %s already.", a.Status)
		}
		if rec.EffectiveOn < a.AssignedOn {
			return "", models.Field("/signed_on", "agreement.dates", fmt.Sprintf("The agreement cannot be signed before the assignment on %s.", a.AssignedOn), "Give the day of the signature.")
		}
		action, columns = "sign", append(columns, "status")
		a.Status, a.SignedOn = StatusSigned, rec.EffectiveOn
		detail := fmt.Sprintf("The agreement of cohort %s was signed. Its goals and targets are fixed now.", a.Cohort)
		if err := notify(t.tx, "agreement.signed", &a, a.OrganizationID, "Agreement signed", detail, t.s.Today(), districtRoles...); err != nil {
			return "", err
		}
	}
	if err := t.tx.Update(&a, columns...); err != nil {
		return "", err
	}
	reason := fmt.Sprintf("%s %s took force.", k.Title, rec.Reference)
	t.tx.Audit(&a, ruled(event(t.who, action, reason, &before, &a), t.f.rules))
	return a.ID, nil
}
