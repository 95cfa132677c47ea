package workflow

import (
	"context"
	"encoding/json"

	"earmark/models"
	"earmark/store"
)

// RecordView is a record with everything that hangs on it and where it stands today.
type RecordView struct {
	models.Record
	RecordKindTitle string
	Organization    models.Organization
	Content         RecordContent
	Standing        RecordStanding
	Decisions       []models.RecordDecision
	Versions        []models.Record // all of them, the first one first
	Offers          []Offer
}

// Record is one record. Errors: NotFound, also for what the actor may not see.
func (s *Service) Record(ctx context.Context, who models.Actor, id string) (RecordView, error) {
	return s.recordView(s.db.Read(ctx), who, id)
}

func (s *Service) recordView(r store.Reading, who models.Actor, id string) (v RecordView, err error) {
	if v.Record, err = store.Get[models.Record](r, id); err != nil {
		return RecordView{}, err
	}
	if err = allow(who, ReadDocuments, v.OrganizationID); err != nil {
		return RecordView{}, err
	}
	f, err := s.fillRecord(r, v.Record)
	if err != nil {
		return RecordView{}, err
	}
	v.RecordKindTitle, v.Content, v.Standing, v.Decisions = f.content.Kind.Title, f.content, f.standing, f.decisions
	if v.Organization, err = store.Get[models.Organization](r, v.OrganizationID); err != nil {
		return RecordView{}, err
	}
	if v.Versions, err = store.All[models.Record](r, store.Eq{"root_id": v.RootID}, "revision"); err != nil {
		return RecordView{}, err
	}
	v.Offers = s.recordOffers(f, who)
	return v, nil
}

// recordOffers lists the steps that the actor has now; each is looked at on its own,
// because its rules depend on which step it is.
func (s *Service) recordOffers(f *recordFile, who models.Actor) []Offer {
	out := []Offer{}
	for _, name := range Records.Events() {
		if name == "supersede" {
			continue
		}
		facts := s.recordFacts(f, who, TransitionRecord{Event: name})
		if name == "sign" {
			facts.signer, facts.last = nil, false // who signs is said with the step
		}
		for _, o := range Records.Available(string(f.record.Status), stepRoles(who, f.record.OrganizationID), facts.recordFacts) {
			if o.Event == name && !(name == "sign" && len(f.content.Kind.Signatures) == 0) {
				out = append(out, o)
			}
		}
	}
	return out
}

// ListRecords asks for records, in the order they were begun.
type ListRecords struct {
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	RecordKind     string `json:"kind" validate:"max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	ParentID       string `json:"parent_id" validate:"max=64"`
	AgreementID    string `json:"agreement_id" validate:"max=64"`
	RootID         string `json:"root_id" validate:"max=64"`
	SubjectID      string `json:"subject_id" validate:"max=64"` // line item or target
	Status         string `json:"status" validate:"omitempty,oneof=draft submitted returned refused withdrawn in_force superseded ended"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// RecordRow is a record in a list, with where its deadline stands.
type RecordRow struct {
	models.Record
	Due DueStatus
}

// Records lists records that the actor may see.
func (s *Service) Records(ctx context.Context, who models.Actor, in ListRecords) ([]RecordRow, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("grant_year_id", in.GrantYearID, "kind", in.RecordKind, "parent_id", in.ParentID, "agreement_id", in.AgreementID, "root_id", in.RootID, "subject_id", in.SubjectID, "status", in.Status)
	found, err := store.List[models.Record](s.db.Read(ctx), narrow(scope(who), in.OrganizationID), where, store.Page{After: in.After, Limit: pageSize(in.Limit)})
	out := make([]RecordRow, len(found))
	for i, rec := range found {
		out[i] = RecordRow{rec, s.recordDue(rec)}
	}
	return out, err
}

// recordDue is where the deadline of a record stands today; zero when it has none.
func (s *Service) recordDue(rec models.Record) DueStatus {
	if rec.DueOn == "" {
		return DueStatus{}
	}
	item := models.DueItem{DueOn: rec.DueOn}
	if rec.SubmittedAt != nil {
		item.DoneOn = models.DateOf(*rec.SubmittedAt, s.zone)
	}
	due := StatusOf(item, s.Today())
	if rec.DueAt != nil && item.DoneOn == "" && s.now().After(rec.DueAt.Add(999_999_999)) {
		due.Status = store.DueOverdue
	}
	return due
}

// RecordSheet is all records of one kind in columns made of its fields: rows of rows stand
// in one cell as JSON.
type RecordSheet struct {
	Kind    string
	Columns []string
	Rows    [][]string
}

// RecordsOfKind asks for a sheet.
type RecordsOfKind struct {
	GrantYearID string `json:"-" validate:"required,max=64"`
	RecordKind  string `json:"kind" validate:"required,max=64"`
	Status      string `json:"status" validate:"omitempty,oneof=draft submitted returned refused withdrawn in_force superseded ended"`
}

// RecordSheet lists all records of a kind for a spreadsheet.
func (s *Service) RecordSheet(ctx context.Context, who models.Actor, in RecordsOfKind) (RecordSheet, error) {
	var out RecordSheet
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return out, err
	}
	r := s.db.Read(ctx)
	ru, err := s.rules(r, in.GrantYearID)
	if err != nil {
		return out, err
	}
	k, known := ru.def.Record(in.RecordKind)
	if !known {
		return out, models.Field("/kind", "record.unknown_kind", "The program has no record kind of this code.", "Give a code of the definition.")
	}
	found, err := store.List[models.Record](r, scope(who), eq("grant_year_id", in.GrantYearID, "kind", in.RecordKind, "status", in.Status), store.Page{})
	if err != nil {
		return out, err
	}
	names, err := ownersOf(r, found)
	if err != nil {
		return out, err
	}
	out.Kind, out.Columns = k.Code, []string{"reference", "organization_code", "organization_name", "status", "due_on", "due_status", "effective_on"}
	for _, f := range k.Fields {
		out.Columns = append(out.Columns, f.Name)
	}
	for _, rec := range found {
		data, err := k.ReadText(rec.Data)
		if err != nil {
			return out, err
		}
		o := names[rec.OrganizationID]
		row := []string{rec.Reference, o.Code, o.Name, string(rec.Status), string(rec.DueOn), string(s.recordDue(rec).Status), string(rec.EffectiveOn)}
		for _, f := range k.Fields {
			row = append(row, data.Cell(f.Name))
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// ownersOf finds the organizations of records with one query.
func ownersOf(r store.Reading, records []models.Record) (map[string]models.Organization, error) {
	ids := make([]string, 0, len(records))
	for _, rec := range records {
		ids = append(ids, rec.OrganizationID)
	}
	found, err := store.All[models.Organization](r, store.Eq{"id": ids})
	out := make(map[string]models.Organization, len(found))
	for _, o := range found {
		out[o.ID] = o
	}
	return out, err
}

// MarshalFields writes the fields of a record as a JSON object.
func (c RecordContent) MarshalFields() json.RawMessage { return json.RawMessage(c.Data.JSON()) }
