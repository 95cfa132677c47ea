package workflow

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/formula"
)

// AssignAgreements assigns districts from an identification cycle: every district, or
// those named, that the assignment rule gives to the office gets a draft agreement.
type AssignAgreements struct {
	ProgramCode string      `json:"program_code" validate:"required,max=64"`
	FactsYear   int         `json:"facts_year" validate:"required,gte=1990,lte=2100"`
	Cohort      string      `json:"cohort" validate:"required,max=64"`
	AssignedOn  models.Date `json:"assigned_on" validate:"required,civil_date"`
	Districts   []string    `json:"districts,omitempty" validate:"max=2000,unique,dive,required,max=32"` // codes; all districts with facts when empty
	DryRun      bool        `json:"dry_run"`
}

// What an assignment makes of a district.
const (
	AssignmentCreated     = "created"      // a draft agreement was made
	AssignmentToCreate    = "to_create"    // one would be made
	AssignmentExists      = "exists"       // the district has an agreement of the cohort
	AssignmentNotAssigned = "not_assigned" // the rule gives the district to another office, or to none
	AssignmentUndecided   = "undecided"    // facts that the rule asks for are not known
)

// DistrictAssignment is what the assignment rule says of a district, with every reason, and
// what follows for its agreement of a cohort.
type DistrictAssignment struct {
	Assignment
	OrganizationID   string
	Result           string
	Agreement        *models.Agreement // of the cohort
	PALUserID        *string
	FundedYearsPrior int // before Earmark, from the latest agreement of another cohort
	DueItems         int // made with the agreement
}

// Assigned is an identification cycle: what was made, and every district.
type Assigned struct {
	ProgramCode string
	FactsYear   int
	Cohort      string
	DryRun      bool
	Counts      map[string]int // by result
	Districts   []DistrictAssignment
}

// AssignAgreements makes the draft agreements of a cohort, with what is due of them, in one
// transaction. It may be repeated: a district that has one keeps it. Errors: Invalid
// "program.unknown", "organization.unknown"; Conflict "assignment.no_rule".
func (s *Service) AssignAgreements(ctx context.Context, who models.Actor, in AssignAgreements) (Assigned, error) {
	if err := s.admit(who, AssignCohort, in); err != nil {
		return Assigned{}, err
	}
	def, ok := s.programs.Program(in.ProgramCode)
	if !ok {
		return Assigned{}, models.Field("/program_code", "program.unknown", fmt.Sprintf("There is no program %q.", in.ProgramCode), "Give the code of a loaded program.")
	}
	var plan *assignmentPlan
	read := func(r store.Reading) (err error) {
		plan, err = planAssignment(r, def, in.FactsYear, in.Cohort, in.Districts)
		return err
	}
	if in.DryRun {
		if err := read(s.db.Read(ctx)); err != nil {
			return Assigned{}, err
		}
		return plan.told(in), nil
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		if err := read(tx); err != nil {
			return err
		}
		return s.assign(tx, who, plan, in)
	})
	if err != nil {
		return Assigned{}, err
	}
	return plan.told(in), nil
}

// assignmentPlan is what an identification cycle makes of every district.
type assignmentPlan struct {
	def       *programs.Definition
	districts []DistrictAssignment // by code
}

// planAssignment applies the assignment rule to the facts of a year and compares with the
// agreements there are.
func planAssignment(r store.Reading, def *programs.Definition, year int, cohort string, codes []string) (*assignmentPlan, error) {
	if def.Assignment == nil {
		return nil, models.Fail(models.Conflict, "assignment.no_rule", "The program %s has no rule of assignment.", def.Code)
	}
	params, err := def.Params(year, nil)
	if err != nil {
		return nil, err
	}
	known, err := recipients(r, def, year, "")
	if err != nil {
		return nil, err
	}
	districts, err := store.All[models.Organization](r, store.Eq{"kind": models.KindDistrict}, "code")
	if err != nil {
		return nil, err
	}
	if err := unknownDistricts(districts, codes); err != nil {
		return nil, err
	}
	facts := make(map[string]formula.Recipient, len(known.recipients))
	for _, rec := range known.recipients {
		facts[rec.Code] = rec
	}
	plan := &assignmentPlan{def: def}
	for _, o := range districts {
		rec, hasFacts := facts[o.Code]
		if len(codes) > 0 && !slices.Contains(codes, o.Code) || len(codes) == 0 && !hasFacts {
			continue
		}
		d := DistrictAssignment{OrganizationID: o.ID, PALUserID: o.PALUserID}
		if missing := withoutFact(rec.Units, def.Assignment.By); !hasFacts || missing != "" {
			d.Result = AssignmentUndecided
			d.Assignment = Assignment{Code: o.Code, Name: o.Name, Counts: countedWords(def, def.Assignment.By), Removed: []RemovedSchool{},
				Why: cmp.Or(missing, fmt.Sprintf("No facts of %d are known.", year)), Cite: def.Assignment.Cite}
		} else if d.Assignment, err = Assign(def, o.Code, o.Name, rec.Units, params); err != nil {
			return nil, err
		}
		plan.districts = append(plan.districts, d)
	}
	return plan, plan.compare(r, cohort)
}

// unknownDistricts finds codes that name no district.
func unknownDistricts(districts []models.Organization, codes []string) error {
	var wrong []models.FieldError
	for i, code := range codes {
		if !slices.ContainsFunc(districts, func(o models.Organization) bool { return o.Code == code }) {
			wrong = append(wrong, models.FieldError{Pointer: fmt.Sprintf("/districts/%d", i), Code: "organization.unknown", Detail: fmt.Sprintf("There is no district %q.", code), Fix: "Give the code of a district, or leave the list out."})
		}
	}
	return invalid(wrong)
}

// withoutFact says which school lacks the fact that the rule counts by.
func withoutFact(schools []formula.Unit, name string) string {
	for i := range schools {
		if factText(&schools[i], name) == "" {
			return fmt.Sprintf("The %s of %s (%s) is not known.", words(name), schools[i].Name, schools[i].Code)
		}
	}
	return ""
}

// compare says for every district whether it has an agreement of the cohort, and takes the
// years funded before Earmark from its latest agreement of another one.
func (p *assignmentPlan) compare(r store.Reading, cohort string) error {
	agreements, err := store.All[models.Agreement](r, store.Eq{"program_code": p.def.Code}, "assigned_on", "id")
	if err != nil {
		return err
	}
	have, prior := map[string]*models.Agreement{}, map[string]int{}
	for i, a := range agreements {
		if a.Cohort == cohort {
			have[a.OrganizationID] = &agreements[i]
			continue
		}
		prior[a.OrganizationID] = a.FundedYearsPrior
	}
	for i := range p.districts {
		d := &p.districts[i]
		d.Agreement, d.FundedYearsPrior = have[d.OrganizationID], prior[d.OrganizationID]
		switch {
		case d.Agreement != nil:
			d.Result, d.FundedYearsPrior = AssignmentExists, d.Agreement.FundedYearsPrior
		case d.Result == AssignmentUndecided:
		case d.Office == p.def.Assignment.Yes:
			d.Result = AssignmentToCreate
		default:
			d.Result = AssignmentNotAssigned
		}
	}
	return nil
}

func (p *assignmentPlan) told(in AssignAgreements) Assigned {
	out := Assigned{ProgramCode: p.def.Code, FactsYear: in.FactsYear, Cohort: in.Cohort, DryRun: in.DryRun, Districts: p.districts, Counts: map[string]int{
		AssignmentCreated: 0, AssignmentToCreate: 0, AssignmentExists: 0, AssignmentNotAssigned: 0, AssignmentUndecided: 0}}
	for _, d := range p.districts {
		out.Counts[d.Result]++
	}
	return out
}

// assign makes what the plan says: agreements, due items and notices, in few statements.
func (s *Service) assign(tx *store.Tx, who models.Actor, plan *assignmentPlan, in AssignAgreements) error {
	var made []models.Agreement
	var at []int
	for i, d := range plan.districts {
		if d.Result != AssignmentToCreate {
			continue
		}
		at = append(at, i)
		made = append(made, models.Agreement{OrganizationID: d.OrganizationID, ProgramCode: plan.def.Code, Cohort: in.Cohort, Status: StatusDraft,
			AssignedOn: in.AssignedOn, FundedYearsPrior: d.FundedYearsPrior})
	}
	if err := store.InsertAll(tx, made); err != nil {
		return agreementExists(err, in.Cohort)
	}
	for i := range made {
		d := &plan.districts[at[i]]
		d.Result, d.Agreement = AssignmentCreated, &made[i]
		reason := fmt.Sprintf("Assigned from the facts of %d. %s (%s)", in.FactsYear, d.Why, d.Cite)
		tx.Audit(&made[i], ruled(event(who, "create", reason, nil, &made[i]), rules{def: plan.def}))
	}
	if err := s.duesOfCohort(tx, who, plan, in, made); err != nil {
		return err
	}
	return s.tellAssigned(tx, plan, in, made)
}

// duesOfCohort makes what is due of new agreements.
func (s *Service) duesOfCohort(tx *store.Tx, who models.Actor, plan *assignmentPlan, in AssignAgreements, made []models.Agreement) error {
	organizations := make([]string, len(made))
	for i, a := range made {
		organizations[i] = a.OrganizationID
	}
	var settled map[string]map[string]models.Date
	if kinds := settlingKinds(plan.def, "agreement"); len(kinds) > 0 && len(made) > 0 {
		var err error
		if settled, err = store.FirstInForce(tx, store.InForceFilter{ProgramCode: plan.def.Code, Organizations: organizations, From: in.AssignedOn, Kinds: kinds}); err != nil {
			return err
		}
	}
	var items []models.DueItem
	count := map[string]int{}
	for _, a := range made {
		on := agreementDues(a)
		done := on.with(settled[a.OrganizationID], models.DateOf(tx.Now, plan.def.Zone()))
		for _, rule := range plan.def.DueDates {
			if rule.Of != "agreement" {
				continue
			}
			for _, day := range plan.def.DueDays(rule, on.DueAnchors) {
				item := newDue(on, rule, day)
				if item.DoneOn = done[rule.DoneBy]; !item.DoneOn.IsZero() {
					item.DoneBy = &who.UserID
				}
				items = append(items, item)
				count[a.OrganizationID]++
			}
		}
	}
	for i := range plan.districts {
		plan.districts[i].DueItems = count[plan.districts[i].OrganizationID]
	}
	if err := store.InsertAll(tx, items); err != nil {
		return err
	}
	for i := range items {
		tx.Audit(&items[i], ruled(event(who, "create", "", nil, &items[i]), rules{def: plan.def}))
	}
	return nil
}

// tellAssigned makes a notice for the people of every district that was assigned, and for
// its liaison.
func (s *Service) tellAssigned(tx *store.Tx, plan *assignmentPlan, in AssignAgreements, made []models.Agreement) error {
	byDistrict := make(map[string]models.Agreement, len(made))
	for _, a := range made {
		byDistrict[a.OrganizationID] = a
	}
	if len(made) == 0 {
		return nil
	}
	people, err := store.AssignedPeople(tx, plan.def.Code, in.Cohort, districtRoles...)
	if err != nil {
		return err
	}
	var notices []models.Notice
	for _, p := range people {
		a, isNew := byDistrict[p.OrganizationID]
		if !isNew {
			continue
		}
		i := slices.IndexFunc(plan.districts, func(d DistrictAssignment) bool { return d.OrganizationID == p.OrganizationID })
		notices = append(notices, models.Notice{ID: tx.NewID(), UserID: p.UserID, Event: "agreement.assigned", SubjectKind: a.Kind(), SubjectID: a.ID,
			OrganizationID: a.OrganizationID, Title: "Assigned to the cohort " + in.Cohort,
			Detail: fmt.Sprintf("%s. %s What is due counts from %s.", strings.TrimSuffix(plan.def.Title, "."), plan.districts[i].Why, in.AssignedOn),
			Why:    because(p.Role), ForDate: s.Today(), CreatedAt: tx.Now})
	}
	if len(notices) == 0 {
		return nil
	}
	return tx.Create(&notices)
}

// ListAgreementAssignments asks what an identification cycle says of districts, and which
// of them have an agreement of the cohort.
type ListAgreementAssignments struct {
	ProgramCode string `json:"program_code" validate:"required,max=64"`
	FactsYear   int    `json:"facts_year" validate:"required,gte=1990,lte=2100"`
	Cohort      string `json:"cohort" validate:"required,max=64"`
	Result      string `json:"result" validate:"omitempty,oneof=to_create exists not_assigned undecided"`
	After       string `json:"after" validate:"max=64"`
	Limit       int    `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// AgreementAssignments is the preview of AssignAgreements: nothing is stored. A district
// sees its own line.
func (s *Service) AgreementAssignments(ctx context.Context, who models.Actor, in ListAgreementAssignments) ([]DistrictAssignment, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	def, ok := s.programs.Program(in.ProgramCode)
	if !ok {
		return nil, models.Field("/program_code", "program.unknown", fmt.Sprintf("There is no program %q.", in.ProgramCode), "Give the code of a loaded program.")
	}
	plan, err := planAssignment(s.db.Read(ctx), def, in.FactsYear, in.Cohort, nil)
	if err != nil {
		return nil, err
	}
	seen := scope(who)
	var out []DistrictAssignment
	for _, d := range plan.districts {
		if seen.Sees(d.OrganizationID) && d.Key() > in.After && (in.Result == "" || d.Result == in.Result) {
			out = append(out, d)
		}
	}
	if in.Limit > 0 && len(out) > in.Limit {
		out = out[:in.Limit]
	}
	return out, nil
}

// Key is what lists of assignments are ordered by.
func (d DistrictAssignment) Key() string { return d.Code }
