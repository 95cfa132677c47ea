package workflow

import (
	"encoding/json"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/approval"
)

// recordFile is a record with everything its rules look at.
type recordFile struct {
	rules
	record    models.Record
	content   RecordContent
	decisions []models.RecordDecision // of the last submission
	standing  RecordStanding
	liaison   string // of the organization, where a step of the chain is the liaison's alone
}

// recordContent reads the parts of a record that stand in it as JSON.
func recordContent(def *programs.Definition, rec models.Record) (RecordContent, error) {
	var c RecordContent
	k, known := def.Record(rec.RecordKind)
	if !known {
		return c, fmt.Errorf("record %s: the definition has no kind %s", rec.ID, rec.RecordKind)
	}
	data, err := k.ReadText(rec.Data)
	if err != nil {
		return c, fmt.Errorf("record %s: %w", rec.ID, err)
	}
	c = RecordContent{Kind: k, Data: data}
	for _, part := range []struct {
		text string
		into any
	}{{rec.Checklist, &c.Checklist}, {rec.Exhibits, &c.Exhibits}, {rec.Attachments, &c.Attachments}, {rec.Overrides, &c.Overrides}} {
		if err := json.Unmarshal([]byte(part.text), part.into); err != nil {
			return c, fmt.Errorf("record %s: %w", rec.ID, err)
		}
	}
	if rec.SubmittedAt != nil && rec.Status != StatusReturned {
		c.SubmittedAt = *rec.SubmittedAt
	}
	return c, nil
}

// fillRecord loads what a record hangs together with, and works out where it stands.
func (s *Service) fillRecord(r store.Reading, rec models.Record) (f *recordFile, err error) {
	f = &recordFile{record: rec}
	if f.rules, err = s.rules(r, rec.GrantYearID); err != nil {
		return f, err
	}
	if f.content, err = recordContent(f.def, rec); err != nil {
		return f, err
	}
	if rec.Submissions > 0 && rec.Status != StatusReturned {
		round := store.Eq{"record_id": rec.ID, "submission": rec.Submissions}
		if f.content.Signatures, err = store.All[models.RecordSignature](r, round, "signed_on", "id"); err != nil {
			return f, err
		}
		if f.decisions, err = store.All[models.RecordDecision](r, round, "at", "id"); err != nil {
			return f, err
		}
	}
	if rec.AmendsID != nil {
		if err = s.fillAmended(r, f); err != nil {
			return f, err
		}
	}
	if err = f.fillAgreement(r); err != nil {
		return f, err
	}
	if _, err = f.refer(r, f.content.Data); err != nil {
		return f, err
	}
	if err = f.fillLiaison(r); err != nil {
		return f, err
	}
	if err = f.fillFiles(r); err != nil {
		return f, err
	}
	if f.content.Totals, err = f.totals(r); err != nil {
		return f, err
	}
	f.settle(s)
	return f, nil
}

// settle works out where the record stands now.
func (f *recordFile) settle(s *Service) {
	f.standing = StandingOf(f.def, f.params, f.content, s.now())
}

// fillAgreement loads the agreement that the record belongs to.
func (f *recordFile) fillAgreement(r store.Reading) error {
	if f.record.AgreementID == nil {
		return nil
	}
	c, err := agreementContent(r, *f.record.AgreementID)
	f.content.Agreement = &c
	return err
}

// fillLiaison finds the liaison of the organization; that of a school is its district's.
func (f *recordFile) fillLiaison(r store.Reading) error {
	if !slices.ContainsFunc(f.content.Kind.Chain().Steps, func(s approval.Step) bool { return s.AssignedOnly }) {
		return nil
	}
	o, err := store.Get[models.Organization](r, f.record.OrganizationID)
	if err == nil && o.OrgKind == models.KindSchool && o.ParentID != nil {
		o, err = store.Get[models.Organization](r, *o.ParentID)
	}
	f.liaison = deref(o.PALUserID)
	return err
}

func (s *Service) fillAmended(r store.Reading, f *recordFile) error {
	old, err := store.Get[models.Record](r, *f.record.AmendsID)
	if err != nil {
		return err
	}
	c, err := recordContent(f.def, old)
	if err != nil {
		return err
	}
	c.Signatures, err = store.All[models.RecordSignature](r, store.Eq{"record_id": old.ID, "submission": old.Submissions})
	f.content.Amends = &c
	return err
}

// totals adds up other records: one query for each total that the kind declares.
func (f *recordFile) totals(r store.Reading) (map[string]int64, error) {
	var others []OtherRecord
	seen := map[string]bool{}
	for _, t := range f.content.Kind.Totals {
		where := store.Eq{"grant_year_id": f.record.GrantYearID, "kind": t.Of, "status": liveRecords}
		switch t.Within {
		case "organization":
			where["organization_id"] = f.record.OrganizationID
		case "children":
			where["parent_id"] = f.record.RootID
		case "siblings":
			where["parent_id"] = deref(f.record.ParentID)
		case "agreement": // whatever the year
			delete(where, "grant_year_id")
			where["agreement_id"] = deref(f.record.AgreementID)
		}
		found, err := store.All[models.Record](r, where, "reference", "revision")
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if seen[o.ID] || o.RootID == f.record.RootID || t.Drafts && replaced(found, o) {
				continue
			}
			c, err := recordContent(f.def, o)
			if err != nil {
				return nil, err
			}
			seen[o.ID] = true
			others = append(others, OtherRecord{ID: o.RootID, Kind: o.RecordKind, Organization: o.OrganizationID, Parent: deref(o.ParentID), Agreement: deref(o.AgreementID), Status: o.Status, Data: c.Data})
		}
	}
	self := OtherRecord{ID: f.record.RootID, Organization: f.record.OrganizationID, Parent: deref(f.record.ParentID), Agreement: deref(f.record.AgreementID)}
	return RecordTotals(f.def, f.params, f.content, self, others)
}

var liveRecords = []models.State{StatusDraft, StatusSubmitted, StatusReturned, StatusInForce}

// replaced reports whether an amendment of the record is among the found ones: it counts
// in its place where drafts count.
func replaced(found []models.Record, o models.Record) bool {
	return slices.ContainsFunc(found, func(x models.Record) bool { return x.AmendsID != nil && *x.AmendsID == o.ID })
}

// chain is the record as the engine of approvals sees it.
func (f *recordFile) chain() (approval.Item, []approval.Decision) {
	item := approval.Item{Document: "record", OrganizationID: f.record.OrganizationID, SubmittedBy: deref(f.record.SubmittedBy), Liaison: f.liaison}
	out := make([]approval.Decision, len(f.decisions))
	for i, d := range f.decisions {
		out[i] = approval.Decision{Step: d.Step, Person: d.UserID, Event: d.Decision, OnBehalfOf: d.OnBehalfOf}
	}
	return item, out
}

// lockRecord locks the grant year, because totals look at other records of it, then the
// agreement and the record, visible and permitted, in the version that the change is based on.
func (s *Service) lockRecord(tx *store.Tx, who models.Actor, action Action, id string, version int64) (*recordFile, error) {
	seen, err := store.Get[models.Record](tx, id)
	if err != nil {
		return nil, err
	}
	if err = allow(who, action, seen.OrganizationID); err != nil {
		return nil, err
	}
	if _, err = store.Lock[models.GrantYear](tx, seen.GrantYearID, 0); err != nil {
		return nil, err
	}
	if seen.AgreementID != nil {
		if _, err = store.Lock[models.Agreement](tx, *seen.AgreementID, 0); err != nil {
			return nil, err
		}
	}
	rec, err := store.Lock[models.Record](tx, id, version)
	if err != nil {
		return nil, err
	}
	return s.fillRecord(tx, rec)
}

// writes says why the actor is not on the side that writes a kind: the office may also
// enter what a recipient handed in on paper.
func writes(k *programs.RecordKind, who models.Actor) error {
	if k.Writer() == programs.ByOffice && !who.Has(recordOffice...) {
		return models.Fail(models.Forbidden, "record.office_writes", "A %s is written by the office.", k.Title)
	}
	return nil
}

// open: records are changed while their grant year is open or closing. An agreement outlives grant
// years, and is drafted before the first one opens.
func (f *recordFile) open() error {
	if f.content.Kind.Agreement != nil || f.year.Status == StatusOpen || f.year.Status == StatusClosing {
		return nil
	}
	return f.notOpen()
}

func (f *recordFile) notOpen() error {
	return models.Fail(models.Conflict, "grant_year.not_open", "%s is %s; its records cannot be changed.", f.year.Title, f.year.Status)
}

// incomplete puts the errors that stop a step into one refusal.
func (f *recordFile) incomplete(step string) error {
	wrong := f.standing.Stopping(step)
	if len(wrong) == 0 {
		return nil
	}
	return &models.Error{Kind: models.Invalid, Code: "record.incomplete", Fields: wrong,
		Detail: fmt.Sprintf("%s breaks %d of its rules, or lacks something. Nothing was changed.", f.content.Kind.Title, len(wrong))}
}
