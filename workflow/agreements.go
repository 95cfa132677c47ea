package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// AgreementDetail is an agreement with everything in it.
type AgreementDetail struct {
	AgreementContent
	Missing     int // what it lacks itself; its records not looked at
	Recommended int
	Offers      []Offer
}

// CreateAgreement starts an agreement with a district.
type CreateAgreement struct {
	OrganizationID   string      `json:"organization_id" validate:"required,max=64"`
	ProgramCode      string      `json:"program_code" validate:"max=64"` // needed when there are several grant programs
	Cohort           string      `json:"cohort" validate:"required,max=64"`
	AssignedOn       models.Date `json:"assigned_on" validate:"required,civil_date"`
	NeedsApprovedOn  models.Date `json:"needs_approved_on" validate:"omitempty,civil_date"`
	TermStart        models.Date `json:"term_start" validate:"omitempty,civil_date"`
	TermEnd          models.Date `json:"term_end" validate:"omitempty,civil_date"`
	FundedYearsPrior int         `json:"funded_years_prior" validate:"gte=0,lte=50"`
}

// CreateAgreement makes a draft agreement and what is due after assignment: the due
// dates that the definition counts from there.
func (s *Service) CreateAgreement(ctx context.Context, who models.Actor, in CreateAgreement) (AgreementDetail, error) {
	var out AgreementDetail
	if err := s.admit(who, ManageAgreements, in); err != nil {
		return out, err
	}
	def, err := s.agreementProgram(in.ProgramCode)
	if err != nil {
		return out, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := once(tx, who, "agreement", in)
		if err != nil {
			return err
		}
		if replay {
			out, err = s.agreementDetail(tx, who, id)
			return err
		}
		district, err := store.Get[models.Organization](tx, in.OrganizationID)
		if err != nil || district.OrgKind != models.KindDistrict {
			return models.Field("/organization_id", "not_found", "There is no such district.", "Give the id of a district.")
		}
		a := models.Agreement{Root: models.Root{ID: id}, OrganizationID: district.ID, ProgramCode: def.Code, Cohort: in.Cohort, Status: StatusDraft,
			AssignedOn: in.AssignedOn, NeedsApprovedOn: in.NeedsApprovedOn, TermStart: in.TermStart, TermEnd: in.TermEnd, FundedYearsPrior: in.FundedYearsPrior, NotApplicable: "[]"}
		if a.TermEnd.IsZero() {
			a.TermEnd = def.TermEnd(a.TermStart)
		}
		if err := s.agreementDates(a); err != nil {
			return err
		}
		if err := tx.Insert(&a); err != nil {
			return agreementExists(err, a.Cohort)
		}
		tx.Audit(&a, event(who, "create", "", nil, &a))
		if err := dueItemsFor(tx, who, def, agreementDues(a)); err != nil {
			return err
		}
		out, err = s.agreementDetail(tx, who, id)
		return err
	})
	return out, err
}

func agreementExists(err error, cohort string) error {
	if models.CodeOf(err) == "already_exists" {
		return models.Fail(models.Conflict, "agreement.exists", "This district has an agreement of the cohort %q already.", cohort)
	}
	return err
}

// agreementProgram is the program whose rules an agreement follows: the named one, or the
// only one whose agreements have targets.
func (s *Service) agreementProgram(code string) (*programs.Definition, error) {
	var grants []string
	for _, d := range s.programs.All() {
		if d.Code == code {
			return d, nil
		}
		if len(d.Targets.Types) > 0 {
			grants = append(grants, d.Code)
		}
	}
	switch {
	case code != "":
		return nil, models.Field("/program_code", "program.unknown", fmt.Sprintf("There is no program %q.", code), "Give the code of a loaded program.")
	case len(grants) != 1:
		return nil, models.Field("/program_code", "required", "The program is missing.", "Give one of: "+strings.Join(grants, ", ")+".")
	}
	def, _ := s.programs.Program(grants[0])
	return def, nil
}

// agreementDates finds days that contradict each other.
func (s *Service) agreementDates(a models.Agreement) error {
	var wrong []models.FieldError
	bad := func(field, detail, fix string) {
		wrong = append(wrong, models.FieldError{Pointer: "/" + field, Code: "agreement.dates", Detail: detail, Fix: fix})
	}
	if !a.TermStart.IsZero() && !a.TermEnd.IsZero() && a.TermEnd <= a.TermStart {
		bad("term_end", "The term ends before it begins.", "Give a later day.")
	}
	if !a.NeedsApprovedOn.IsZero() && a.NeedsApprovedOn < a.AssignedOn {
		bad("needs_approved_on", "The needs assessment cannot be approved before the district was assigned.", "Give a day from "+string(a.AssignedOn)+" on.")
	}
	if a.NeedsApprovedOn > s.Today() {
		bad("needs_approved_on", "The approval of the needs assessment lies in the future.", "Give the day once it is approved.")
	}
	return invalid(wrong)
}

// UpdateAgreement changes what is given and leaves the rest.
type UpdateAgreement struct {
	ID               string       `json:"-"`
	Version          int64        `json:"-"`
	Cohort           *string      `json:"cohort,omitempty" validate:"omitempty,min=1,max=64"`
	AssignedOn       *models.Date `json:"assigned_on,omitempty" validate:"omitempty,civil_date"`
	NeedsApprovedOn  *models.Date `json:"needs_approved_on,omitempty" validate:"omitempty,civil_date"`
	TermStart        *models.Date `json:"term_start,omitempty" validate:"omitempty,civil_date"`
	TermEnd          *models.Date `json:"term_end,omitempty" validate:"omitempty,civil_date"`
	FundedYearsPrior *int         `json:"funded_years_prior,omitempty" validate:"omitempty,gte=0,lte=50"`
	// NotApplicable are required types of target that this district has no use for, such as
	// graduation where there is no high school; the definition says which may be left out.
	NotApplicable *[]string `json:"not_applicable,omitempty" validate:"omitempty,max=20,dive,max=64"`
}

// UpdateAgreement changes a draft. Once it is signed only the approval of the needs
// assessment can still be recorded.
func (s *Service) UpdateAgreement(ctx context.Context, who models.Actor, in UpdateAgreement) (AgreementDetail, error) {
	return s.changeAgreement(ctx, who, ManageAgreements, in.ID, in.Version, in, func(tx *store.Tx, a *models.Agreement) (models.AuditEvent, error) {
		if a.Status == StatusEnded || a.Status == StatusSigned && (in.Cohort != nil || in.AssignedOn != nil || in.TermStart != nil || in.TermEnd != nil || in.FundedYearsPrior != nil || in.NotApplicable != nil) {
			return models.AuditEvent{}, models.Fail(models.Conflict, "agreement.fixed", "This agreement is %s. Only the approval of the needs assessment of a signed one can still be recorded.", a.Status)
		}
		def, err := s.agreementProgram(a.ProgramCode)
		if err != nil {
			return models.AuditEvent{}, err
		}
		if in.Cohort != nil || in.AssignedOn != nil || in.TermStart != nil || in.TermEnd != nil || in.NotApplicable != nil {
			if err := s.inReview(tx, *a); err != nil {
				return models.AuditEvent{}, err
			}
		}
		before := *a
		set(&a.Cohort, in.Cohort)
		set(&a.AssignedOn, in.AssignedOn)
		set(&a.NeedsApprovedOn, in.NeedsApprovedOn)
		set(&a.TermStart, in.TermStart)
		if a.TermEnd.IsZero() || a.TermEnd == def.TermEnd(before.TermStart) { // it was computed
			a.TermEnd = def.TermEnd(a.TermStart)
		}
		set(&a.TermEnd, in.TermEnd)
		if in.NotApplicable != nil {
			a.NotApplicable = jsonOf(*in.NotApplicable)
			if err := invalid(leftOut(def, *in.NotApplicable)); err != nil {
				return models.AuditEvent{}, err
			}
		}
		set(&a.FundedYearsPrior, in.FundedYearsPrior)
		if err := s.agreementDates(*a); err != nil {
			return models.AuditEvent{}, err
		}
		if err := s.settleDues(tx, who, *a); err != nil {
			return models.AuditEvent{}, err
		}
		return event(who, "update", "", &before, a), nil
	}, "cohort", "assigned_on", "needs_approved_on", "term_start", "term_end", "funded_years_prior", "not_applicable")
}

// settleDues brings what is due of an agreement in line with its days.
func (s *Service) settleDues(tx *store.Tx, who models.Actor, a models.Agreement) error {
	def, err := s.agreementProgram(a.ProgramCode)
	if err != nil {
		return err
	}
	return dueItemsFor(tx, who, def, agreementDues(a))
}

func set[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

// AgreementTransition signs or ends an agreement.
type AgreementTransition struct {
	ID       string      `json:"-"`
	Version  int64       `json:"-"`
	Event    string      `json:"event" validate:"required,oneof=sign end"`
	Comment  string      `json:"comment" validate:"max=4000"`
	SignedOn models.Date `json:"signed_on" validate:"omitempty,civil_date"` // today when empty
	// NotApplicable are required types of target that this district has no use for, such as
	// graduation where there is no high school; the definition says which may be left out.
	NotApplicable []string `json:"not_applicable,omitempty" validate:"max=20,dive,max=64"`
}

// TransitionAgreement takes a step of the table Agreements. Signing needs the term and
// every required type of target that applies, each with an ITB and an ETO.
func (s *Service) TransitionAgreement(ctx context.Context, who models.Actor, in AgreementTransition) (AgreementDetail, error) {
	return s.changeAgreement(ctx, who, ReadDocuments, in.ID, in.Version, in, func(tx *store.Tx, a *models.Agreement) (models.AuditEvent, error) {
		def, err := s.agreementProgram(a.ProgramCode)
		if err != nil {
			return models.AuditEvent{}, err
		}
		facts := agreementFacts{}
		if in.Event == "sign" {
			facts.plain, facts.complete = signedByRecord(def), s.agreementComplete(tx, def, *a, in)
		}
		step, err := take(Agreements, a.Status, in.Event, who, a.OrganizationID, in.Comment, facts)
		if err != nil {
			return models.AuditEvent{}, refuse(err)
		}
		before := *a
		a.Status = models.State(step.To)
		comment := in.Comment
		if in.Event == "sign" {
			a.SignedOn = in.SignedOn
			if a.SignedOn.IsZero() {
				a.SignedOn = s.Today()
			}
			if len(in.NotApplicable) > 0 {
				a.NotApplicable = jsonOf(in.NotApplicable)
				comment = strings.TrimSpace("Not applicable: " + words(strings.Join(in.NotApplicable, ", ")) + ". " + comment)
			}
			detail := fmt.Sprintf("The agreement of cohort %s was signed. Its goals and targets are fixed now.", a.Cohort)
			if err := notify(tx, "agreement.signed", a, a.OrganizationID, "Agreement signed", detail, s.Today(), districtRoles...); err != nil {
				return models.AuditEvent{}, err
			}
			if err := s.settleDues(tx, who, *a); err != nil {
				return models.AuditEvent{}, err
			}
		}
		return event(who, in.Event, comment, &before, a), nil
	}, "status", "signed_on", "not_applicable")
}

// lackingTargets says of every target that an agreement still needs what to do.
func lackingTargets(def *programs.Definition, have []models.Target, notApplicable []string) []models.FieldError {
	wrong := leftOut(def, notApplicable)
	for _, m := range MissingTargets(def.Targets, have, notApplicable) {
		f := models.FieldError{Pointer: fmt.Sprintf("/targets/%s/%s", m.Type, m.Kind), Code: "agreement.target_missing", Severity: "error",
			Detail: fmt.Sprintf("The agreement has no %s of the type %s (%s).", m.Kind, words(m.Type), def.Targets.Cite), Fix: "Add the target."}
		if slices.Contains(def.Targets.MayNotApply, m.Type) {
			f.Fix = "Add the target, or say that the type does not apply (not_applicable)."
		}
		wrong = append(wrong, f)
	}
	return wrong
}

// leftOut finds types of target that every agreement has.
func leftOut(def *programs.Definition, notApplicable []string) (wrong []models.FieldError) {
	for i, kind := range notApplicable {
		if !slices.Contains(def.Targets.MayNotApply, kind) {
			wrong = append(wrong, models.FieldError{Pointer: fmt.Sprintf("/not_applicable/%d", i), Code: "agreement.always_applies", Severity: "error",
				Detail: fmt.Sprintf("Targets of the type %s apply to every agreement (%s).", words(kind), def.Targets.Cite), Fix: mayLeaveOut(def)})
		}
	}
	return wrong
}

func mayLeaveOut(def *programs.Definition) string {
	if len(def.Targets.MayNotApply) == 0 {
		return "Leave it out."
	}
	return "Leave it out; what may not apply is " + words(strings.Join(def.Targets.MayNotApply, ", ")) + "."
}

// agreementComplete lists everything that signing still needs.
func (s *Service) agreementComplete(tx *store.Tx, def *programs.Definition, a models.Agreement, in AgreementTransition) error {
	c, err := agreementContent(tx, a.ID)
	if err != nil {
		return err
	}
	params, err := def.Params(def.FiscalYearOf(s.Today()), nil)
	if err != nil {
		return err
	}
	if len(in.NotApplicable) > 0 {
		c.NotApplicable = jsonOf(in.NotApplicable)
	}
	var wrong []models.FieldError
	for _, f := range AgreementFindings(def, params, &c) {
		if f.Severity == "error" {
			wrong = append(wrong, f.FieldError)
		}
	}
	for field, day := range map[string]models.Date{"term_start": a.TermStart, "term_end": a.TermEnd} {
		if day.IsZero() && !slices.ContainsFunc(wrong, func(f models.FieldError) bool { return f.Pointer == "/"+field }) {
			wrong = append(wrong, models.FieldError{Pointer: "/" + field, Code: "required", Detail: fmt.Sprintf("The %s is missing.", words(field)), Fix: "Set it before signing."})
		}
	}
	if in.SignedOn > s.Today() || !in.SignedOn.IsZero() && in.SignedOn < a.AssignedOn {
		wrong = append(wrong, models.FieldError{Pointer: "/signed_on", Code: "agreement.dates", Detail: "The day of the signature lies in the future or before the assignment.", Fix: "Give the day of the last signature."})
	}
	slices.SortStableFunc(wrong, func(x, y models.FieldError) int { return strings.Compare(x.Pointer, y.Pointer) })
	if len(wrong) == 0 {
		return nil
	}
	names := make([]string, len(wrong))
	for i, w := range wrong {
		wrong[i].Severity = "error"
		names[i] = strings.TrimPrefix(w.Pointer, "/")
	}
	return &models.Error{Kind: models.Invalid, Code: "agreement.incomplete", Detail: "The agreement cannot be signed yet. Missing or wrong: " + strings.Join(names, ", ") + ".", Fields: wrong}
}

// changeAgreement is the course of every change of an agreement or its children: visible,
// permitted, checked, locked; then fn; then one version and one event.
func (s *Service) changeAgreement(ctx context.Context, who models.Actor, action Action, id string, version int64, in any,
	fn func(*store.Tx, *models.Agreement) (models.AuditEvent, error), columns ...string) (AgreementDetail, error) {
	var out AgreementDetail
	err := s.change(ctx, func(tx *store.Tx) error {
		seen, err := store.Get[models.Agreement](tx, id)
		if err != nil {
			return err
		}
		if err := allow(who, action, seen.OrganizationID); err != nil {
			return err
		}
		if err := s.check(in); err != nil {
			return err
		}
		a, err := store.Lock[models.Agreement](tx, id, version)
		if err != nil {
			return err
		}
		e, err := fn(tx, &a)
		if err != nil {
			return err
		}
		if err := tx.Update(&a, columns...); err != nil {
			return agreementExists(err, a.Cohort)
		}
		tx.Audit(&a, e)
		out, err = s.agreementDetail(tx, who, id)
		return err
	})
	return out, err
}

func (s *Service) agreementDetail(r store.Reading, who models.Actor, id string) (out AgreementDetail, err error) {
	if out.AgreementContent, err = agreementContent(r, id); err != nil {
		return out, err
	}
	out.Offers = s.agreementOffers(who, &out.Agreement)
	return out, s.countMissing(&out, s.Today())
}

// countMissing counts what a draft lacks on a day.
func (s *Service) countMissing(out *AgreementDetail, on models.Date) error {
	if out.Status != StatusDraft {
		return nil
	}
	def, err := s.agreementProgram(out.ProgramCode)
	if err != nil {
		return err
	}
	params, err := def.Params(def.FiscalYearOf(on), nil)
	if err != nil {
		return err
	}
	for _, f := range AgreementFindings(def, params, &out.AgreementContent) {
		if f.Severity == "error" {
			out.Missing++
		} else {
			out.Recommended++
		}
	}
	return nil
}

// agreementOffers leaves out the plain signature where a record signs the agreement.
func (s *Service) agreementOffers(who models.Actor, a *models.Agreement) []Offer {
	def, err := s.agreementProgram(a.ProgramCode)
	return slices.DeleteFunc(Offers(who, a), func(o Offer) bool { return o.Event == "sign" && err == nil && signedByRecord(def) != nil })
}

// Agreement is one agreement with its goals and targets, retired ones too.
func (s *Service) Agreement(ctx context.Context, who models.Actor, id string) (AgreementDetail, error) {
	r := s.db.Read(ctx)
	a, err := store.Get[models.Agreement](r, id)
	if err != nil {
		return AgreementDetail{}, err
	}
	if err := allow(who, ReadDocuments, a.OrganizationID); err != nil {
		return AgreementDetail{}, err
	}
	return s.agreementDetail(r, who, id)
}

// childEvent tells of a change of a goal or target in the trail of its agreement.
func childEvent(who models.Actor, action, reason, child string, before, after any) models.AuditEvent {
	e := event(who, action, reason, nil, nil)
	var fields map[string]any
	if err := json.Unmarshal([]byte(diff(before, after)), &fields); err == nil {
		named := make(map[string]any, len(fields))
		for k, v := range fields {
			named[child+"/"+k] = v
		}
		if text, err := json.Marshal(named); err == nil {
			e.Changes = string(text)
		}
	}
	return e
}
