package workflow

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// RecordFields are the values of a record by name, as JSON.
type RecordFields = map[string]json.RawMessage

// CreateRecord starts a record of a kind that the grant year's definition declares.
type CreateRecord struct {
	GrantYearID    string       `json:"grant_year_id" validate:"required,max=64"`
	RecordKind     string       `json:"kind" validate:"required,max=64"`
	OrganizationID string       `json:"organization_id" validate:"required,max=64"`
	ParentID       string       `json:"parent_id" validate:"max=64"`
	AgreementID    string       `json:"agreement_id" validate:"max=64"` // the only one of the organization when empty
	Fields         RecordFields `json:"fields"`
}

// CreateRecord makes a draft. Errors: Invalid "record.unknown_kind", "record.parent" and
// "record.agreement" and those of the fields; Conflict "record.exists", "grant_year.not_open"; Forbidden "record.office_writes".
func (s *Service) CreateRecord(ctx context.Context, who models.Actor, in CreateRecord) (RecordView, error) {
	var view RecordView
	if err := allow(who, WriteRecord, in.OrganizationID); err != nil {
		return view, err
	}
	if err := s.check(in); err != nil {
		return view, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := once(tx, who, "record", in)
		if err != nil {
			return err
		}
		if replay {
			view, err = s.recordView(tx, who, id)
			return err
		}
		f, err := s.newRecord(tx, who, id, in)
		if err != nil {
			return err
		}
		if err := s.insertRecord(tx, who, f, "create"); err != nil {
			return err
		}
		view, err = s.recordView(tx, who, id)
		return err
	})
	return view, err
}

// newRecord puts a draft together, with the grant year locked.
func (s *Service) newRecord(tx *store.Tx, who models.Actor, id string, in CreateRecord) (*recordFile, error) {
	gy, err := store.Lock[models.GrantYear](tx, in.GrantYearID, 0)
	if err != nil {
		return nil, missingAs(err, "/grant_year_id", "There is no such grant year.", "Give the id of an open grant year.")
	}
	ru, err := s.rulesOf(gy)
	if err != nil {
		return nil, err
	}
	f := &recordFile{rules: ru}
	k, known := ru.def.Record(in.RecordKind)
	if !known {
		return nil, models.Field("/kind", "record.unknown_kind", fmt.Sprintf("The program has no record kind %q.", in.RecordKind), "Give one of: "+strings.Join(recordKindCodes(ru.def), ", ")+".")
	}
	if f.content.Kind = k; gy.Status == StatusClosed || f.open() != nil {
		return nil, f.notOpen()
	}
	if err := writes(k, who); err != nil {
		return nil, err
	}
	o, err := store.Get[models.Organization](tx, in.OrganizationID)
	if err != nil || o.OrgKind != k.Of {
		return nil, models.Field("/organization_id", "record.organization", fmt.Sprintf("A %s belongs to a %s, and there is no such one.", k.Title, k.Of), fmt.Sprintf("Give the id of a %s.", k.Of))
	}
	parent, err := parentOf(tx, k, in)
	if err != nil {
		return nil, err
	}
	agreement, err := agreementOf(tx, ru.def, k, o, in.AgreementID)
	if err != nil {
		return nil, err
	}
	if agreement != nil {
		if _, err = store.Lock[models.Agreement](tx, *agreement, 0); err != nil {
			return nil, err
		}
	}
	if err := alone(tx, k, in, parent, agreement); err != nil {
		return nil, err
	}
	number, err := tx.Counter(fmt.Sprintf("record %s %d", k.ReferencePrefix, gy.FiscalYear))
	if err != nil {
		return nil, err
	}
	f.record = models.Record{Root: models.Root{ID: id}, GrantYearID: gy.ID, OrganizationID: o.ID, RecordKind: k.Code, RootID: id, ParentID: parent, AgreementID: agreement,
		Reference: fmt.Sprintf("%s-%d-%04d", k.ReferencePrefix, gy.FiscalYear, number), Status: StatusDraft,
		Data: "{}", Checklist: "{}", Exhibits: "{}", Attachments: "[]", Overrides: "{}"}
	if f.content, err = recordContent(ru.def, f.record); err != nil {
		return nil, err
	}
	if err := f.fillAgreement(tx); err != nil {
		return nil, err
	}
	fields, err := f.prefill(tx, in.Fields)
	if err != nil {
		return nil, err
	}
	if fields, err = s.summarize(tx, f, k, fields); err != nil {
		return nil, err
	}
	return f, s.setFields(tx, f, fields)
}

func missingAs(err error, pointer, detail, fix string) error {
	if models.KindOf(err) == models.NotFound {
		return models.Field(pointer, "not_found", detail, fix)
	}
	return err
}

func recordKindCodes(def *programs.Definition) []string {
	codes := make([]string, len(def.Records))
	for i, k := range def.Records {
		codes[i] = k.Code
	}
	return codes
}

// parentOf finds the record that a new one belongs to, by its first version.
func parentOf(tx *store.Tx, k *programs.RecordKind, in CreateRecord) (*string, error) {
	if k.Parent == "" {
		if in.ParentID != "" {
			return nil, models.Field("/parent_id", "record.parent", fmt.Sprintf("A %s belongs to no other record.", k.Title), "Leave it out.")
		}
		return nil, nil //nolint:nilnil // no parent, and none wanted
	}
	p, err := store.Get[models.Record](tx, in.ParentID)
	if err != nil && models.KindOf(err) != models.NotFound {
		return nil, err
	}
	if err != nil || p.RecordKind != k.Parent || p.OrganizationID != in.OrganizationID || p.GrantYearID != in.GrantYearID || slices.Contains(over, p.Status) {
		return nil, models.Field("/parent_id", "record.parent", fmt.Sprintf("A %s belongs to a %s of the same organization and year that is not over, and there is no such one.", k.Title, words(k.Parent)), "Give its id.")
	}
	return &p.RootID, nil
}

// alone refuses a second record where the kind allows one.
func alone(tx *store.Tx, k *programs.RecordKind, in CreateRecord, parent, agreement *string) error {
	where := store.Eq{"grant_year_id": in.GrantYearID, "kind": k.Code, "status": liveRecords}
	switch k.OnePer {
	case "organization":
		where["organization_id"] = in.OrganizationID
	case "parent":
		where["parent_id"] = deref(parent)
	case "agreement": // whatever the year
		delete(where, "grant_year_id")
		where["agreement_id"] = deref(agreement)
	default:
		return nil
	}
	n, err := store.Count[models.Record](tx, where)
	if err != nil || n == 0 {
		return err
	}
	return models.Fail(models.Conflict, "record.exists", "There is a %s already. Amend it, or end it before you start another.", k.Title)
}

// setFields reads new values for the fields, with what they refer to.
func (s *Service) setFields(tx *store.Tx, f *recordFile, raw RecordFields) error {
	data, wrong := f.content.Kind.Read(raw)
	unknown, err := s.unknownOrganizations(tx, f, data)
	if err != nil {
		return err
	}
	missing, err := f.refer(tx, data)
	if err != nil {
		return err
	}
	if err := invalid(slices.Concat(wrong, unknown, missing)); err != nil {
		return err
	}
	f.content.Data, f.record.Data = data, data.JSON()
	return f.aloneFor(tx)
}

// unknownOrganizations finds codes in the fields that name no organization of their kind,
// or, for schools in a record of a district, none of that district.
func (s *Service) unknownOrganizations(tx *store.Tx, f *recordFile, data *programs.RecordData) (wrong []models.FieldError, err error) {
	owner := ""
	for kind, places := range data.Organizations() {
		codes := make([]string, 0, len(places))
		for _, p := range places {
			codes = append(codes, p.Code)
		}
		where := store.Eq{"kind": kind, "code": codes}
		if kind == models.KindSchool && f.content.Kind.Of == models.KindDistrict {
			where["parent_id"], owner = f.record.OrganizationID, " of this district"
		}
		found, err := store.All[models.Organization](tx, where)
		if err != nil {
			return nil, err
		}
		for _, p := range places {
			if !slices.ContainsFunc(found, func(o models.Organization) bool { return o.Code == p.Code }) {
				wrong = append(wrong, models.FieldError{Pointer: p.Pointer, Code: "record.no_organization", Detail: fmt.Sprintf("There is no %s %q%s.", kind, p.Code, owner), Fix: "Give the code of one."})
			}
		}
	}
	slices.SortFunc(wrong, func(a, b models.FieldError) int { return strings.Compare(a.Pointer, b.Pointer) })
	return wrong, nil
}

// insertRecord writes a new draft that breaks no rule which holds from the first save on.
func (s *Service) insertRecord(tx *store.Tx, who models.Actor, f *recordFile, action string) (err error) {
	if err = s.refigure(tx, f); err != nil {
		return err
	}
	if err = tx.Insert(&f.record); err != nil {
		if models.CodeOf(err) == "already_exists" {
			return models.Fail(models.Conflict, "record.amendment_open", "An amendment of %s is open already.", f.record.Reference)
		}
		return err
	}
	tx.Audit(&f.record, ruled(event(who, action, f.record.Reason, nil, f.record), f.rules))
	return nil
}

// refigure works out totals, standing and the deadline after a change, and refuses what
// may not even be saved.
func (s *Service) refigure(tx *store.Tx, f *recordFile) (err error) {
	if f.content.Totals, err = f.totals(tx); err != nil {
		return err
	}
	f.settle(s)
	if err = f.incomplete(programs.StopsSave); err != nil {
		return err
	}
	f.record.DueAt, f.record.DueOn = nil, f.standing.DueOn
	if f.standing.DueOn != "" {
		at := f.standing.DueAt.UTC()
		f.record.DueAt = &at
	}
	return nil
}

// UpdateRecord replaces the parts of a draft that are given. Fields are replaced as a whole.
type UpdateRecord struct {
	ID          string                     `json:"-"`
	Version     int64                      `json:"-"`
	Fields      RecordFields               `json:"fields,omitempty"`
	Exhibits    map[string]RecordExhibit   `json:"exhibits,omitempty" validate:"max=50,dive"`
	Attachments *[]RecordAttachment        `json:"attachments,omitempty" validate:"omitempty,max=200,dive"`
	Checklist   map[string]RecordChecklist `json:"checklist,omitempty" validate:"max=200,dive"`
}

// RecordExhibit says what there is of an exhibit.
type RecordExhibit struct {
	File          string   `json:"file" validate:"max=200,text"`
	AttachmentID  string   `json:"attachment_id" validate:"max=64"` // of a file of the record; gives the name
	Elements      []string `json:"elements" validate:"max=50,dive,max=64"`
	NotApplicable bool     `json:"not_applicable"`
}

// RecordAttachment is what is known of a file that was handed in.
type RecordAttachment struct {
	Name   string `json:"name" validate:"required,max=200"`
	Title  string `json:"title" validate:"max=400"`
	SHA256 string `json:"sha256" validate:"omitempty,len=64,hexadecimal"`
}

// RecordChecklist marks an item of the checklist.
type RecordChecklist struct {
	Done          bool        `json:"done"`
	NotApplicable bool        `json:"not_applicable"`
	Evidence      string      `json:"evidence" validate:"max=2000,text"`
	AttachmentID  string      `json:"attachment_id" validate:"max=64"`    // of a file of the record that shows it
	On            models.Date `json:"on" validate:"omitempty,civil_date"` // today when empty
}

// UpdateRecord changes a draft or a returned record: its fields, exhibits, files, and marks
// of its checklist. Errors: Conflict "record.locked"; Invalid for what may not be saved.
func (s *Service) UpdateRecord(ctx context.Context, who models.Actor, in UpdateRecord) (RecordView, error) {
	return s.changeRecord(ctx, who, WriteRecord, in.ID, in.Version, in, func(tx *store.Tx, f *recordFile) (string, string, error) {
		if err := writes(f.content.Kind, who); err != nil {
			return "", "", err
		}
		if f.record.Status != StatusDraft && f.record.Status != StatusReturned {
			return "", "", models.Fail(models.Conflict, "record.locked", "%s is %s; its content does not change any more.", f.record.Reference, words(string(f.record.Status)))
		}
		if in.Fields != nil {
			if err := s.setFields(tx, f, in.Fields); err != nil {
				return "", "", err
			}
		}
		if err := s.setParts(who, f, in); err != nil {
			return "", "", err
		}
		return "update", "", nil
	})
}

// setParts takes exhibits, attachments and marks; those not named stay as they are.
func (s *Service) setParts(who models.Actor, f *recordFile, in UpdateRecord) error {
	var wrong []models.FieldError
	unknown := func(pointer, what string) {
		wrong = append(wrong, models.FieldError{Pointer: pointer, Code: "record.unknown_part", Detail: fmt.Sprintf("A %s has no %s.", f.content.Kind.Title, what), Fix: "Use a code of the definition."})
	}
	for _, code := range keys(in.Exhibits) {
		x := in.Exhibits[code]
		i := slices.Index(exhibitCodes(f.content.Kind), code)
		if i < 0 {
			unknown("/exhibits/"+code, "exhibit "+code)
			continue
		}
		for _, e := range x.Elements {
			if !slices.ContainsFunc(f.content.Kind.Exhibits[i].Elements, func(y programs.ExhibitElement) bool { return y.Code == e }) {
				unknown("/exhibits/"+code+"/"+e, "element "+e+" of "+code)
			}
		}
		name, missing := f.file("/exhibits/"+code, x.AttachmentID)
		wrong = append(wrong, missing...)
		f.content.Exhibits[code] = models.ExhibitMark{File: cmp.Or(name, x.File), AttachmentID: x.AttachmentID, Elements: x.Elements, NotApplicable: x.NotApplicable}
	}
	for _, code := range keys(in.Checklist) {
		x := in.Checklist[code]
		if !slices.Contains(checklistCodes(f.content.Kind), code) {
			unknown("/checklist/"+code, "item "+code)
			continue
		}
		_, missing := f.file("/checklist/"+code, x.AttachmentID)
		wrong = append(wrong, missing...)
		mark := models.ChecklistMark{Done: x.Done, NotApplicable: x.NotApplicable, Evidence: x.Evidence, AttachmentID: x.AttachmentID, On: x.On, By: who.UserID}
		if mark.On == "" {
			mark.On = s.Today()
		}
		if mark.On > s.Today() {
			wrong = append(wrong, models.FieldError{Pointer: "/checklist/" + code + "/on", Code: "future", Detail: "The day lies in the future.", Fix: "Give today or an earlier day."})
		}
		f.content.Checklist[code] = mark
	}
	if in.Attachments != nil {
		f.setFiles(*in.Attachments)
	}
	if err := invalid(wrong); err != nil {
		return err
	}
	f.record.Checklist, f.record.Exhibits = jsonOf(f.content.Checklist), jsonOf(f.content.Exhibits)
	return nil
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // texts and lists of them can always be written
		return "null"
	}
	return string(text)
}

// RecordOverride lets a check of a record pass.
type RecordOverride struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Check   string `json:"check" validate:"required,max=64"`
	Reason  string `json:"reason" validate:"required,max=2000"`
}

// OverrideRecord records a manager's exception. Only checks that the definition calls
// overridable can be passed. Errors: Invalid "record.not_overridable"; Conflict "record.locked".
func (s *Service) OverrideRecord(ctx context.Context, who models.Actor, in RecordOverride) (RecordView, error) {
	return s.changeRecord(ctx, who, OverrideRecord, in.ID, in.Version, in, func(_ *store.Tx, f *recordFile) (string, string, error) {
		if slices.Contains(over, f.record.Status) || f.record.Status == StatusInForce {
			return "", "", models.Fail(models.Conflict, "record.locked", "%s is %s; its content does not change any more.", f.record.Reference, words(string(f.record.Status)))
		}
		if !slices.ContainsFunc(f.content.Kind.Checks, func(c programs.RecordCheck) bool { return c.Code == in.Check && c.Overridable }) {
			return "", "", models.Field("/check", "record.not_overridable", fmt.Sprintf("The check %q of a %s cannot be overridden.", in.Check, f.content.Kind.Title), "Give the code of a check that the definition calls overridable.")
		}
		f.content.Overrides[in.Check] = models.Override{Reason: in.Reason, By: who.UserID, On: s.Today()}
		f.record.Overrides = jsonOf(f.content.Overrides)
		return "override", in.Reason, nil
	})
}

var recordColumns = []string{"status", "subject_id", "data", "checklist", "exhibits", "attachments", "overrides", "due_at", "due_on",
	"submissions", "submitted_at", "submitted_by", "late", "effective_on", "ended_on"}

// changeRecord is the course of every change of what a record says: visible, permitted,
// checked, locked; then fn; then one version and one event.
func (s *Service) changeRecord(ctx context.Context, who models.Actor, action Action, id string, version int64, in any,
	fn func(*store.Tx, *recordFile) (action, reason string, err error)) (RecordView, error) {
	var view RecordView
	err := s.change(ctx, func(tx *store.Tx) error {
		f, err := s.lockRecord(tx, who, action, id, version)
		if err != nil {
			return err
		}
		if err := s.check(in); err != nil {
			return err
		}
		if err := f.open(); err != nil {
			return err
		}
		before := f.record
		did, reason, err := fn(tx, f)
		if err != nil {
			return err
		}
		if err := s.refigure(tx, f); err != nil {
			return err
		}
		if err := tx.Update(&f.record, recordColumns...); err != nil {
			return err
		}
		tx.Audit(&f.record, ruled(event(who, did, reason, before, f.record), f.rules))
		view, err = s.recordView(tx, who, id)
		return err
	})
	return view, err
}

// momentOf reads a moment of the program's time zone.
func momentOf(text string, zone *time.Location) (time.Time, error) {
	return time.ParseInLocation("2006-01-02 15:04:05", strings.Replace(text, "T", " ", 1), zone)
}
