package workflow

import (
	"strings"
	"testing"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// drafted is a district's draft agreement with one goal.
func drafted(t testing.TB, p *planning) (AgreementDetail, models.Organization) {
	t.Helper()
	p.districts(2)
	d := p.organization(models.KindDistrict, "D001")
	a, err := p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: d.ID, Cohort: "Five", AssignedOn: "2025-12-23", TermStart: "2026-01-01", TermEnd: "2028-12-31"})
	noError(t, err)
	a, err = p.s.AddGoal(ctx, p.pal, AddGoal{AgreementID: a.ID, Version: a.Version, GoalFields: GoalFields{Title: "Reading by grade 3", Area: "Student Achievement"}})
	noError(t, err)
	return a, d
}

func benchmark(a AgreementDetail, kind models.TargetKind, of string) AddTarget {
	return AddTarget{AgreementID: a.ID, Version: a.Version, TargetFields: TargetFields{GoalID: a.Goals[0].ID, Kind: kind, Type: of,
		Measure: "Students who reach it", Source: "M-STEP", Baseline: 720, Goal: 1420, Unit: "percent", DueOn: "2027-06-30"}}
}

func withTargets(t testing.TB, p *planning, a AgreementDetail, types ...string) AgreementDetail {
	t.Helper()
	for _, of := range types {
		for _, kind := range []models.TargetKind{models.TargetITB, models.TargetETO} {
			var err error
			a, err = p.s.AddTarget(ctx, p.pal, benchmark(a, kind, of))
			noError(t, err)
		}
	}
	return a
}

// Where no record signs the agreement, a plain step does, and needs every required kind of
// target; graduation only when it applies.
func TestAPlainSignatureNeedsEveryRequiredTarget(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	plainProgram(t, p)
	p.districts(1)
	d := p.organization(models.KindDistrict, "D001")
	a, err := p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: d.ID, ProgramCode: "plain", Cohort: "Five", AssignedOn: "2025-12-23"})
	noError(t, err)
	a, err = p.s.AddGoal(ctx, p.pal, AddGoal{AgreementID: a.ID, Version: a.Version, GoalFields: GoalFields{Title: "Reading by grade 3", Area: "Student Achievement", Reference: "MICIP 2"}})
	noError(t, err)
	a = withTargets(t, p, a, "state_academic", "local_academic", "process")
	sign := AgreementTransition{ID: a.ID, Version: a.Version, Event: "sign"}
	_, err = p.s.TransitionAgreement(ctx, p.manager, sign)
	refused(t, err, models.Invalid, "agreement.incomplete")
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/goals/1 agreement.strategy_missing", "/targets/attendance/ETO agreement.target_missing", "/targets/attendance/ITB agreement.target_missing",
		"/targets/graduation/ETO agreement.target_missing", "/targets/graduation/ITB agreement.target_missing", "/term_end required", "/term_start agreement.term"})
	start := models.Date("2026-01-01")
	a, err = p.s.UpdateAgreement(ctx, p.pal, UpdateAgreement{ID: a.ID, Version: a.Version, TermStart: &start})
	noError(t, err)
	equal(t, a.TermEnd, models.Date("2028-12-31")) // 36 months
	a = withTargets(t, p, a, "attendance")
	f := &signing{planning: p, a: a, official: p.pal}
	f.plan()
	sign.Version = f.a.Version
	sign.NotApplicable = []string{"graduation"}
	_, err = p.s.TransitionAgreement(ctx, p.pal, sign)
	refused(t, err, models.Forbidden, "permission.role")
	sign.NotApplicable = []string{"graduation", "process"}
	_, err = p.s.TransitionAgreement(ctx, p.manager, sign)
	refused(t, err, models.Invalid, "agreement.incomplete")
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/not_applicable/1 agreement.always_applies"})
	sign.NotApplicable = []string{"graduation"}
	sign.SignedOn = "2030-01-01"
	_, err = p.s.TransitionAgreement(ctx, p.manager, sign)
	refused(t, err, models.Invalid, "agreement.dates")
	sign.SignedOn = ""
	signed, err := p.s.TransitionAgreement(ctx, p.manager, sign)
	noError(t, err)
	equal(t, []any{signed.Status, signed.SignedOn, len(signed.Targets), signed.NotApplicable}, []any{StatusSigned, p.s.Today(), 8, `["graduation"]`})
	equal(t, p.audited(&signed.Agreement), int(signed.Version))
	events := all[models.AuditEvent](p.night, store.Eq{"document_id": a.ID, "action": "sign"})
	equal(t, events[0].Reason, "Not applicable: graduation.")
}

// Case A-28, second half: targets are fixed once signed; a retired one stays readable.
func TestTargetsAreFixedOnceSigned(t *testing.T) {
	t.Parallel()
	f := givenSigning(t, everyType...)
	p := f.planning
	preparer := p.actor(p.person("Pat Preparer", models.RolePreparer, f.district.ID))
	a := f.sign(p.s.Today())
	target := a.Targets[0]
	fields := benchmark(a, target.TargetKind, target.TargetType).TargetFields
	for name, err := range map[string]error{
		"update target": second(p.s.UpdateTarget(ctx, p.pal, UpdateTarget{AgreementID: a.ID, TargetID: target.ID, Version: a.Version, TargetFields: fields})),
		"add target":    second(p.s.AddTarget(ctx, p.pal, AddTarget{AgreementID: a.ID, Version: a.Version, TargetFields: fields})),
		"remove target": second(p.s.RemoveTarget(ctx, p.pal, RemoveTarget{AgreementID: a.ID, TargetID: target.ID, Version: a.Version})),
		"add goal":      second(p.s.AddGoal(ctx, p.pal, AddGoal{AgreementID: a.ID, Version: a.Version, GoalFields: GoalFields{Title: "x", Area: "y"}})),
		"update goal":   second(p.s.UpdateGoal(ctx, p.pal, UpdateGoal{AgreementID: a.ID, GoalID: a.Goals[0].ID, Version: a.Version, GoalFields: GoalFields{Title: "x", Area: "y"}})),
		"remove goal":   second(p.s.RemoveGoal(ctx, p.pal, RemoveGoal{AgreementID: a.ID, GoalID: a.Goals[0].ID, Version: a.Version})),
	} {
		refused(t, err, models.Conflict, "agreement.targets_fixed")
		if !strings.Contains(err.Error(), "Cohort Five overview") {
			t.Errorf("%s: no citation in %v", name, err)
		}
	}
	same, err := p.s.Agreement(ctx, preparer, a.ID)
	noError(t, err)
	equal(t, same.Targets, a.Targets)

	retire := TargetRetirement{AgreementID: a.ID, TargetID: target.ID, Version: a.Version, RetiredOn: "2026-03-01", Reason: "The test is no longer given."}
	_, err = p.s.RetireTarget(ctx, p.pal, retire)
	refused(t, err, models.Forbidden, "permission.role")
	a, err = p.s.RetireTarget(ctx, p.manager, retire)
	noError(t, err)
	target.RetiredOn = "2026-03-01"
	equal(t, a.Targets[0], target)
	events := all[models.AuditEvent](p.night, store.Eq{"document_id": a.ID, "action": "retire_target"})
	equal(t, events[0].Changes, `{"targets/ITB-1/retired_on":["","2026-03-01"]}`)
	retire.Version = a.Version
	_, err = p.s.RetireTarget(ctx, p.manager, retire)
	refused(t, err, models.Conflict, "target.retired")

	// The approval of the needs assessment can be recorded later; nothing else.
	approved, end := p.s.Today(), models.Date("2030-01-01")
	a, err = p.s.UpdateAgreement(ctx, p.manager, UpdateAgreement{ID: a.ID, Version: a.Version, NeedsApprovedOn: &approved})
	noError(t, err)
	equal(t, a.NeedsApprovedOn, approved)
	_, err = p.s.UpdateAgreement(ctx, p.manager, UpdateAgreement{ID: a.ID, Version: a.Version, TermEnd: &end})
	refused(t, err, models.Conflict, "agreement.fixed")
	a, err = p.s.TransitionAgreement(ctx, p.manager, AgreementTransition{ID: a.ID, Version: a.Version, Event: "end", Comment: "The district closed."})
	noError(t, err)
	_, err = p.s.WaiveGate(ctx, p.manager, WaiveGate{AgreementID: a.ID, Version: a.Version, GrantYearID: "any", Finding: "gate.prior_year", Reason: "x"})
	refused(t, err, models.Conflict, "agreement.ended")
	equal(t, p.audited(&a.Agreement), int(a.Version))
}

func second[T any](_ T, err error) error { return err }

// Case A-21, and everything else that can be wrong with a target, at once.
func TestTargetFieldsAreChecked(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	a, _ := drafted(t, p)
	seven, eleven := models.Hundredths(700), models.Hundredths(1100)
	itb := benchmark(a, models.TargetITB, "state_academic")
	itb.Gain, itb.Goal = &seven, 1520
	_, err := p.s.AddTarget(ctx, p.pal, itb)
	refused(t, err, models.Invalid, "target.mismatch")
	if !strings.Contains(err.Error(), "differs by 1.00") {
		t.Error(err)
	}
	itb.Goal = 1420
	a, err = p.s.AddTarget(ctx, p.pal, itb)
	noError(t, err)
	eto := benchmark(a, models.TargetETO, "state_academic")
	eto.Gain, eto.Goal = &eleven, 1820
	a, err = p.s.AddTarget(ctx, p.pal, eto)
	noError(t, err)
	equal(t, []string{a.Targets[0].Code, a.Targets[1].Code}, []string{"ITB-1", "ETO-1"})

	wrong := benchmark(a, models.TargetITB, "attitude")
	wrong.GoalID, wrong.Goal, wrong.DueOn, wrong.Code = "none", 10001, "2025-01-01", "ITB-1"
	wrong.SchoolID = p.organization(models.KindSchool, "S002").ID // of another district
	_, err = p.s.AddTarget(ctx, p.pal, wrong)
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/goal_id not_found", "/type target.type", "/goal_value target.percent", "/due_on agreement.dates", "/school_id not_found", "/code target.code_taken"})
	wrong.TargetFields = TargetFields{Kind: "XYZ"}
	_, err = p.s.AddTarget(ctx, p.pal, wrong)
	refused(t, err, models.Invalid, "oneof")
	equal(t, fieldsOf(fieldErrors(t, err))[0], "/goal_id required")

	change := UpdateTarget{AgreementID: a.ID, TargetID: a.Targets[0].ID, Version: a.Version, TargetFields: benchmark(a, models.TargetITB, "attendance").TargetFields}
	change.SchoolID = p.organization(models.KindSchool, "S001").ID
	a, err = p.s.UpdateTarget(ctx, p.pal, change)
	noError(t, err)
	equal(t, []string{a.Targets[0].Code, a.Targets[0].TargetType, *a.Targets[0].SchoolID}, []string{"ITB-1", "attendance", change.SchoolID})
	_, err = p.s.RemoveGoal(ctx, p.pal, RemoveGoal{AgreementID: a.ID, GoalID: a.Goals[0].ID, Version: a.Version})
	refused(t, err, models.Conflict, "goal.has_targets")
	for len(a.Targets) > 0 {
		a, err = p.s.RemoveTarget(ctx, p.pal, RemoveTarget{AgreementID: a.ID, TargetID: a.Targets[0].ID, Version: a.Version})
		noError(t, err)
	}
	a, err = p.s.UpdateGoal(ctx, p.pal, UpdateGoal{AgreementID: a.ID, GoalID: a.Goals[0].ID, Version: a.Version, GoalFields: GoalFields{Title: "Mathematics", Area: "Systems"}})
	noError(t, err)
	a, err = p.s.RemoveGoal(ctx, p.pal, RemoveGoal{AgreementID: a.ID, GoalID: a.Goals[0].ID, Version: a.Version})
	noError(t, err)
	equal(t, len(a.Goals), 0)
	_, err = p.s.RemoveGoal(ctx, p.pal, RemoveGoal{AgreementID: a.ID, GoalID: "none", Version: a.Version})
	refused(t, err, models.NotFound, "not_found")
	_, err = p.s.RetireTarget(ctx, p.manager, TargetRetirement{AgreementID: a.ID, TargetID: "none", Version: a.Version, RetiredOn: "2026-03-01", Reason: "x"})
	refused(t, err, models.NotFound, "not_found")
	equal(t, p.audited(&a.Agreement), int(a.Version))
}

func TestRemovingWhatLinesLinkTo(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	o.save(o.services(rev, 100000))
	o.agreement.Status = StatusDraft // as if it had never been signed
	o.update(&o.agreement, "status")
	_, err := o.s.RemoveTarget(ctx, o.pal, RemoveTarget{AgreementID: o.agreement.ID, TargetID: o.itb.ID, Version: o.agreement.Version})
	refused(t, err, models.Conflict, "target.linked")
	_, err = o.s.RetireTarget(ctx, o.manager, TargetRetirement{AgreementID: o.agreement.ID, TargetID: o.itb.ID, Version: o.agreement.Version, RetiredOn: "2026-03-01", Reason: "x"})
	refused(t, err, models.Conflict, "target.not_in_force")
}

func TestAgreementRefusals(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	a, d := drafted(t, p)
	in := CreateAgreement{OrganizationID: d.ID, Cohort: "Five", AssignedOn: "2025-12-23"}
	_, err := p.s.CreateAgreement(ctx, p.pal, in)
	refused(t, err, models.Conflict, "agreement.exists")
	in.ProgramCode = "xx"
	_, err = p.s.CreateAgreement(ctx, p.pal, in)
	refused(t, err, models.Invalid, "program.unknown")
	_, err = p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: "none", Cohort: "Six", AssignedOn: "2025-12-23"})
	refused(t, err, models.Invalid, "not_found")
	_, err = p.s.CreateAgreement(ctx, p.auditor, CreateAgreement{OrganizationID: d.ID, Cohort: "Six", AssignedOn: "2025-12-23"})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: d.ID, Cohort: "Six", AssignedOn: "2025-12-23", NeedsApprovedOn: "2025-12-01", TermStart: "2026-01-01", TermEnd: "2025-01-01"})
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/term_end agreement.dates", "/needs_approved_on agreement.dates"})
	_, err = p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: d.ID, Cohort: "Six", AssignedOn: "2025-12-23", NeedsApprovedOn: "2027-12-01"})
	refused(t, err, models.Invalid, "agreement.dates")
	_, err = p.s.TransitionAgreement(ctx, p.manager, AgreementTransition{ID: a.ID, Version: a.Version, Event: "end", Comment: "x"})
	refused(t, err, models.Conflict, "agreement.no_such_step")
	_, err = p.s.UpdateAgreement(ctx, p.pal, UpdateAgreement{ID: a.ID, Version: 1})
	refused(t, err, models.Stale, "stale")
	stranger := p.actor(p.person("Sam Stranger", models.RolePreparer, p.organization(models.KindDistrict, "D002").ID))
	for _, err := range []error{
		second(p.s.Agreement(ctx, stranger, a.ID)),
		second(p.s.UpdateAgreement(ctx, stranger, UpdateAgreement{ID: a.ID, Version: 1})),
		second(p.s.TransitionAgreement(ctx, stranger, AgreementTransition{ID: a.ID, Version: 99, Event: "sign"})),
	} {
		refused(t, err, models.NotFound, "not_found")
	}
	list, err := p.s.Agreements(ctx, stranger, ListAgreements{})
	noError(t, err)
	equal(t, len(list), 0)
	list, err = p.s.Agreements(ctx, p.auditor, ListAgreements{OrganizationID: d.ID, Status: StatusDraft})
	noError(t, err)
	equal(t, len(list), 1)
}

// With several grant programs an agreement has to name its own.
func TestAgreementNamesItsProgramAmongSeveral(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.s.programs = programs.Set{}
	_, err := p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: "x", Cohort: "Six", AssignedOn: "2025-12-23"})
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/program_code required"})
	refused(t, runnable(rules{def: &programs.Definition{Title: "Support"}}), models.Conflict, "allocation_run.no_formula")
}

// A target's code is its name in the trail: one with a slash could not be read as of a day.
func TestCodesOfTargets(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.organizations("district,D1,Elm Hollow (synthetic),,traditional,")
	a, err := p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: p.organization(models.KindDistrict, "D1").ID, Cohort: "Five", AssignedOn: "2025-12-23"})
	noError(t, err)
	a, err = p.s.AddGoal(ctx, p.pal, AddGoal{AgreementID: a.ID, GoalFields: GoalFields{Title: "Reading", Area: "Student Achievement"}})
	noError(t, err)
	for _, code := range []string{"ITB/1", "a b", "-1", "\u2028"} {
		in := benchmark(a, models.TargetITB, "state_academic")
		in.Code = code
		_, err = p.s.AddTarget(ctx, p.pal, in)
		refusedAt(t, err, models.Invalid, "target.code", "/code")
	}
}

// A calendar has the districts of the liaison whom somebody stands in for.
func TestTheCalendarOfAStandIn(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.organizations("district,D1,Elm Hollow (synthetic),,traditional,")
	o := p.organization(models.KindDistrict, "D1")
	_, err := p.s.AssignPAL(ctx, p.manager, AssignPAL{OrganizationID: o.ID, UserID: p.pal.UserID, Version: o.Version})
	noError(t, err)
	_, err = p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: o.ID, Cohort: "Five", AssignedOn: p.s.Today()})
	noError(t, err)
	other := p.actor(p.person("Cal Colleague", models.RolePAL, ""))
	days := func(who models.Actor) int {
		t.Helper()
		found, err := p.s.Calendar(ctx, who)
		noError(t, err)
		return len(found)
	}
	equal(t, days(other), 0)
	stand := p.actor(p.person("Sol StandIn", models.RoleReviewer, ""))
	p.delegate(p.pal, stand, models.RolePAL, "", 5)
	if n := days(p.acting(stand)); n == 0 || n != days(p.pal) {
		t.Errorf("%d days of %d", n, days(p.pal))
	}
}
