package workflow

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// ending is a district of two schools whose agreement has run its term: its outcomes are
// reported, its facts of 2025, 2027 and 2028 imported.
type ending struct {
	*planning
	are, other models.Actor
	district   models.Organization
	agreement  AgreementDetail
	year       models.GrantYear // planned
}

func givenEnding(t *testing.T) *ending {
	t.Helper()
	e := &ending{planning: givenPlanning(t)}
	e.are = e.actor(e.person("Rae Researcher", models.RoleARE, ""))
	e.other = e.actor(e.person("Mia Manager", models.RoleManager, ""))
	e.organizations("district,D1,Elm Hollow (synthetic),,traditional,", "school,S1,Elm School (synthetic),D1,,", "school,S2,Oak School (synthetic),D1,,", "school,S3,Ash School (synthetic),D1,,")
	e.district = e.organization(models.KindDistrict, "D1")
	a, err := e.s.CreateAgreement(ctx, e.pal, CreateAgreement{OrganizationID: e.district.ID, Cohort: "Five", AssignedOn: "2025-12-23", TermStart: "2026-01-01", TermEnd: "2028-12-31"})
	noError(t, err)
	a, err = e.s.AddGoal(ctx, e.pal, AddGoal{AgreementID: a.ID, GoalFields: GoalFields{Title: "Reading by grade 3", Area: "Student Achievement"}})
	noError(t, err)
	for _, of := range []string{"state_academic", "local_academic", "attendance", "process"} {
		for kind, due := range map[models.TargetKind]models.Date{models.TargetITB: "2027-06-30", models.TargetETO: "2028-06-30"} {
			in := benchmark(a, kind, of)
			in.Version, in.DueOn = 0, due
			a, err = e.s.AddTarget(ctx, e.pal, in)
			noError(t, err)
		}
	}
	e.agreement = e.signed(a)
	return e
}

// schools imports what decides about S1 and S2; S3 was never identified.
func (e *ending) schools(identified2028, index2028, math2028 string) {
	e.t.Helper()
	for year, row := range map[int]string{2025: "CSI,bottom_5,20.00,100,10,20", 2027: "none,,36.00,100,11,21", 2028: identified2028 + ",," + index2028 + ",100," + math2028 + ",22"} {
		_, err := e.s.ImportFacts(ctx, e.analyst, factFile(year, "code,identification,reasons,index,pupils,math_proficiency,ela_proficiency",
			"S1,"+row, "S2,"+map[int]string{2025: "CSI,bottom_5,25.00,100,10,20", 2027: "none,,40.00,100,12,22", 2028: "none,,41.00,100,13,23"}[year], "S3,none,,60.00,100,50,50"))
		noError(e.t, err)
	}
}

// report reports an outcome of a type.
func (e *ending) report(of, value string) {
	e.t.Helper()
	for _, x := range e.agreement.Targets {
		if x.TargetType == of && x.TargetKind == models.TargetETO {
			_, err := e.s.ReportTargetResult(ctx, e.are, NewTargetResult{TargetID: x.ID, MeasuredOn: "2028-05-15", TargetReading: TargetReading{Value: value, Source: "Synthetic file"}})
			noError(e.t, err)
		}
	}
}

func (e *ending) draft() (models.TermDecision, error) {
	return e.s.DraftTermDecision(ctx, e.are, NewTermDecision{AgreementID: e.agreement.ID})
}

// Cases on documents: what is decided follows from facts and results, is
// drafted by one person and made by another, and keeps everything it was made from.
func TestTermDecisionFollowsFromFactsAndResults(t *testing.T) {
	t.Parallel()
	e := givenEnding(t)
	e.setClock(time.Date(2028, 8, 1, 15, 0, 0, 0, time.UTC))
	_, err := e.draft()
	refused(t, err, models.Conflict, "accountability.too_early")
	e.setClock(time.Date(2029, 1, 10, 15, 0, 0, 0, time.UTC))
	_, err = e.draft()
	refused(t, err, models.Invalid, "accountability.lacking")
	equal(t, fieldsOf(fieldErrors(t, err))[0], "/schools accountability.no_schools")

	e.schools("CSI", "35.33", "12")
	e.report("state_academic", "10.00")
	_, err = e.draft()
	refused(t, err, models.Invalid, "accountability.lacking")
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/outcomes/ETO-2 accountability.result_missing"})
	e.report("local_academic", "13.00")
	e.report("attendance", "99.00") // does not count

	d, err := e.draft()
	noError(t, err)
	equal(t, []any{d.Status, d.Exits, d.SchoolCount, d.ExitCount, d.Met, d.Total, d.Required, d.Reidentified, d.MustImpose, d.Reconstitution, d.LatestSchoolYear},
		[]any{StatusDraft, false, 2, 1, 0, 2, true, true, true, ReconstitutionMust, 2030})
	for _, want := range []string{"Index 35.33; it must be above 35.33.", `"value":"35.33"`, `"source":"Synthetic count"`} {
		if !strings.Contains(d.Schools, want) {
			t.Errorf("the schools do not say %s: %s", want, d.Schools)
		}
	}
	if strings.Contains(d.Schools, "S3") || !strings.Contains(d.Rule, "required_at_most: {num: 1, den: 3}") || !strings.Contains(d.Outcomes, `"academic":false`) {
		t.Errorf("schools %s, rule %s, outcomes %s", d.Schools, d.Rule, d.Outcomes)
	}
	_, err = e.draft()
	refused(t, err, models.Conflict, "term_decision.drafted")
	now, err := e.s.Agreement(ctx, e.manager, e.agreement.ID)
	noError(t, err)
	for _, x := range now.Targets { // an outcome that was missed is not taken out of the count
		_, err = e.s.RetireTarget(ctx, e.manager, TargetRetirement{AgreementID: now.ID, TargetID: x.ID, Version: now.Version, RetiredOn: "2028-01-01", Reason: "Missed."})
		refused(t, err, models.Conflict, "target.due")
	}

	decide := TermDecisionTransition{ID: d.ID, Version: d.Version, Event: "decide"}
	_, err = e.s.TransitionTermDecision(ctx, e.are, decide)
	refused(t, err, models.Forbidden, "permission.role")
	made, err := e.s.TransitionTermDecision(ctx, e.manager, decide)
	noError(t, err)
	equal(t, []any{made.Status, made.DecidedOn, e.audited(&made)}, []any{StatusDecided, models.Date("2029-01-10"), 2})
	equal(t, made.Says(), "1 of 2 schools leave. 0 of 2 academic outcomes were met: an accountability measure that includes reconstitution must be imposed by school year 2029-30.")
	equal(t, len(all[models.Notice](e.night, store.Eq{"event": "term.decided"})), 2) // the official and the liaison
}

// A draft that facts have overtaken is not decided; a later decision supersedes.
func TestTermDecisionsAreCurrentAndSupersede(t *testing.T) {
	t.Parallel()
	e := givenEnding(t)
	preparer := e.actor(e.person("Pat Preparer", models.RolePreparer, e.district.ID))
	e.organizations("district,D2,Fir Ridge (synthetic),,psa,")
	stranger := e.actor(e.person("Sam Stranger", models.RoleAuthorizedOfficial, e.organization(models.KindDistrict, "D2").ID))
	e.setClock(time.Date(2029, 1, 10, 15, 0, 0, 0, time.UTC))
	e.schools("none", "36.00", "12")
	e.report("state_academic", "14.20")
	e.report("local_academic", "14.19")
	own, err := e.s.DraftTermDecision(ctx, e.manager, NewTermDecision{AgreementID: e.agreement.ID})
	noError(t, err)
	equal(t, []any{own.Exits, own.ExitCount, own.Met, own.Total, own.Required, own.MustImpose}, []any{true, 2, 1, 2, false, false})
	_, err = e.s.TransitionTermDecision(ctx, e.manager, TermDecisionTransition{ID: own.ID, Version: own.Version, Event: "decide"})
	refused(t, err, models.Conflict, "term_decision.own")
	for _, who := range []models.Actor{preparer, stranger} {
		_, err = e.s.TermDecision(ctx, who, own.ID)
		refused(t, err, models.NotFound, "not_found")
		list, err := e.s.TermDecisions(ctx, who, ListTermDecisions{})
		noError(t, err)
		equal(t, len(list), 0)
	}

	e.schools("CSI", "36.00", "12")
	decide := TermDecisionTransition{ID: own.ID, Version: own.Version, Event: "decide"}
	_, err = e.s.TransitionTermDecision(ctx, e.other, decide)
	refused(t, err, models.Conflict, "term_decision.outdated")
	out, err := e.s.TermOutlook(ctx, e.pal, e.agreement.ID)
	noError(t, err)
	equal(t, len(out.Notes), 1) // leaves by every criterion, and is identified again
	e.schools("none", "36.00", "12")
	first, err := e.s.TransitionTermDecision(ctx, e.other, decide)
	noError(t, err)
	equal(t, len(all[models.Notice](e.night, store.Eq{"event": "term.decided"})), 3)

	_, err = e.draft()
	refused(t, err, models.Invalid, "required") // deciding again has a reason
	e.schools("CSI", "35.00", "9")
	again, err := e.s.DraftTermDecision(ctx, e.are, NewTermDecision{AgreementID: e.agreement.ID, Reason: "The index of 2028 was corrected."})
	noError(t, err)
	equal(t, []any{again.Number, again.ExitCount, again.Reidentified, again.MustImpose}, []any{2, 1, true, false})
	_, err = e.s.TransitionTermDecision(ctx, e.manager, TermDecisionTransition{ID: again.ID, Version: again.Version, Event: "decide"})
	noError(t, err)
	seen, err := e.s.TermDecision(ctx, preparer, first.ID)
	noError(t, err)
	equal(t, seen.Status, StatusSuperseded)
	_, err = e.s.TermDecision(ctx, stranger, first.ID)
	refused(t, err, models.NotFound, "not_found")
	list, err := e.s.TermDecisions(ctx, preparer, ListTermDecisions{AgreementID: e.agreement.ID, Status: StatusDecided})
	noError(t, err)
	equal(t, []any{len(list), list[0].ID}, []any{1, again.ID})
}

// What will never be known counts as not met only when somebody says so, with the reason.
func TestMissingResultsCountAsNotMetWithAReason(t *testing.T) {
	t.Parallel()
	e := givenEnding(t)
	e.setClock(time.Date(2029, 1, 10, 15, 0, 0, 0, time.UTC))
	in := NewTermDecision{AgreementID: e.agreement.ID, MissingAsNotMet: true, Reason: "Nobody knows."}
	_, err := e.s.DraftTermDecision(ctx, e.are, in)
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/schools accountability.no_schools"})
	_, err = e.s.ImportFacts(ctx, e.analyst, factFile(2025, "code,identification,reasons,index,pupils,math_proficiency,ela_proficiency", "S1,CSI,bottom_5,20.00,100,10,20"))
	noError(t, err)
	_, err = e.s.DraftTermDecision(ctx, e.are, in)
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/schools/S1/identification/2028 accountability.fact_missing"})
	e.schools("none", "36.00", "12")
	in.Reason = ""
	_, err = e.s.DraftTermDecision(ctx, e.are, in)
	refused(t, err, models.Invalid, "required")
	in.Reason = "The assessment was not given in 2028."
	d, err := e.s.DraftTermDecision(ctx, e.are, in)
	noError(t, err)
	equal(t, []any{d.Met, d.Total, d.Required, d.MustImpose, d.MissingAsNotMet}, []any{0, 2, true, false, true})
	_, err = e.s.TransitionTermDecision(ctx, e.are, TermDecisionTransition{ID: d.ID, Version: d.Version, Event: "discard"})
	refused(t, err, models.Invalid, "required")
	_, err = e.s.TransitionTermDecision(ctx, e.are, TermDecisionTransition{ID: d.ID, Version: d.Version, Event: "discard", Comment: "Results came after all."})
	noError(t, err)
}

// Agreements of other cohorts, and those that were never signed, are not decided about.
func TestOnlySignedAgreementsOfTheCohortAreDecided(t *testing.T) {
	t.Parallel()
	e := givenEnding(t)
	e.setClock(time.Date(2029, 1, 10, 15, 0, 0, 0, time.UTC))
	for cohort, code := range map[string]string{"Four": "accountability.cohort", "Five": "agreement.not_signed"} {
		e.organizations(fmt.Sprintf("district,D%s,Other %s (synthetic),,traditional,", cohort, cohort))
		d := e.organization(models.KindDistrict, "D"+cohort)
		a, err := e.s.CreateAgreement(ctx, e.pal, CreateAgreement{OrganizationID: d.ID, Cohort: cohort, AssignedOn: "2025-12-23", TermStart: "2026-01-01", TermEnd: "2028-12-31"})
		noError(t, err)
		if cohort == "Four" {
			_, err = e.s.TermOutlook(ctx, e.pal, a.ID)
		} else {
			_, err = e.s.DraftTermDecision(ctx, e.are, NewTermDecision{AgreementID: a.ID})
		}
		refused(t, err, models.Conflict, code)
	}
}

// What the office set for the latest grant year counts, and of a closed year no more.
func TestATermIsDecidedByTheNumbersOfTheLatestGrantYear(t *testing.T) {
	t.Parallel()
	e := givenEnding(t)
	e.setClock(time.Date(2029, 1, 10, 15, 0, 0, 0, time.UTC))
	e.schools("CSI", "35.33", "12")
	e.report("state_academic", "10.00")
	e.report("local_academic", "13.00")
	latest := func() string {
		o, err := e.s.TermOutlook(ctx, e.pal, e.agreement.ID)
		noError(t, err)
		return o.Measure.LatestSchoolYear
	}
	equal(t, latest(), "2029-30")
	gy, err := e.s.CreateGrantYear(ctx, e.analyst, CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2027, Parameters: map[string]string{"measure_latest_year": "2032"}})
	noError(t, err)
	equal(t, latest(), "2031-32")
	d, err := e.draft()
	noError(t, err)
	equal(t, d.LatestSchoolYear, 2032)
	gy.Status = StatusClosed
	noError(t, e.db.Change(ctx, func(tx *store.Tx) error {
		tx.Audit(&gy, event(e.analyst, "close", "", nil, gy))
		return tx.Update(&gy, "status")
	}))
	equal(t, latest(), "2029-30")
}

// signed takes a draft agreement through its signatures.
func (e *ending) signed(a AgreementDetail) AgreementDetail {
	e.t.Helper()
	noError(e.t, second(e.s.AssignPAL(ctx, e.manager, AssignPAL{OrganizationID: e.district.ID, UserID: e.pal.UserID, Version: e.district.Version})))
	notApplicable := []string{"graduation"}
	a, err := e.s.UpdateAgreement(ctx, e.pal, UpdateAgreement{ID: a.ID, NotApplicable: &notApplicable})
	noError(e.t, err)
	e.year, err = e.s.CreateGrantYear(ctx, e.analyst, CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2026})
	noError(e.t, err)
	f := &signing{planning: e.planning, official: e.actor(e.person("Olga Official", models.RoleAuthorizedOfficial, e.district.ID)), year: e.year, district: e.district, a: a}
	return f.sign("2026-02-01")
}

// What hangs on a draft of the office is not the district's either: its trail, its files,
// and its row in the district's own bundle.
func TestDraftDecisionsShowNowhere(t *testing.T) {
	t.Parallel()
	e := givenEnding(t)
	preparer := e.actor(e.person("Pat Preparer", models.RolePreparer, e.district.ID))
	gy := all[models.GrantYear](e.night, nil)[0]
	e.setClock(time.Date(2029, 1, 10, 15, 0, 0, 0, time.UTC))
	e.schools("CSI", "35.33", "12")
	e.report("state_academic", "10.00")
	e.report("local_academic", "13.00")
	d, err := e.draft()
	noError(t, err)
	file := models.Attachment{OrganizationID: e.district.ID, DocumentKind: d.Kind(), DocumentID: d.ID, Name: "memo.txt", MediaType: "text/plain", Size: 1, SHA256: strings.Repeat("a", 64), CreatedBy: e.are.UserID, ByOffice: true}
	e.add(&file)
	seen := func(who models.Actor) (found []string) {
		t.Helper()
		if _, err := e.s.AuditEvents(ctx, who, ListAuditEvents{DocumentKind: d.Kind(), DocumentID: d.ID}); err == nil {
			found = append(found, "events")
		}
		if _, err := e.s.AuditTrail(ctx, who, d.Kind(), d.ID); err == nil {
			found = append(found, "trail")
		}
		if _, err := e.s.Attachment(ctx, who, file.ID); err == nil {
			found = append(found, "file")
		}
		files, err := e.s.Attachments(ctx, who, ListAttachments{})
		noError(t, err)
		if len(files) > 0 {
			found = append(found, "files")
		}
		return found
	}
	equal(t, len(seen(preparer)), 0)
	equal(t, seen(e.auditor), []string{"events", "trail", "file", "files"})
	refused(t, e.s.attachable(e.db.Read(ctx), preparer, AttachFile{DocumentKind: d.Kind(), DocumentID: d.ID}), models.NotFound, "not_found")
	var own bytes.Buffer
	noError(t, e.s.WriteBundle(ctx, preparer, BundleOf{OrganizationID: e.district.ID, GrantYearID: gy.ID}, &own))
	if strings.Contains(own.String(), d.ID) {
		t.Error("the district's bundle tells of the draft")
	}
	_, err = e.s.TransitionTermDecision(ctx, e.manager, TermDecisionTransition{ID: d.ID, Version: d.Version, Event: "decide"})
	noError(t, err)
	equal(t, len(seen(preparer)), 4)
}

// Whoever drafted a decision does not make it through another person, and nobody makes what
// was drafted with their role.
func TestTheDrafterDecidesThroughNobody(t *testing.T) {
	t.Parallel()
	e := givenEnding(t)
	e.setClock(time.Date(2029, 1, 10, 15, 0, 0, 0, time.UTC))
	e.schools("CSI", "35.33", "12")
	e.report("state_academic", "10.00")
	e.report("local_academic", "13.00")
	d, err := e.s.DraftTermDecision(ctx, e.manager, NewTermDecision{AgreementID: e.agreement.ID})
	noError(t, err)
	backup := e.actor(e.person("Bo Backup", models.RoleFiscalReviewer, ""))
	e.delegate(e.manager, backup, models.RoleManager, "", 5)
	_, err = e.s.TransitionTermDecision(ctx, e.acting(backup), TermDecisionTransition{ID: d.ID, Version: d.Version, Event: "decide"})
	refused(t, err, models.Conflict, "term_decision.own")
	_, err = e.s.TransitionTermDecision(ctx, e.other, TermDecisionTransition{ID: d.ID, Version: d.Version, Event: "discard", Comment: "Again."})
	noError(t, err)
	d, err = e.s.DraftTermDecision(ctx, e.acting(backup), NewTermDecision{AgreementID: e.agreement.ID})
	noError(t, err)
	_, err = e.s.TransitionTermDecision(ctx, e.manager, TermDecisionTransition{ID: d.ID, Version: d.Version, Event: "decide"})
	refused(t, err, models.Conflict, "term_decision.own")
	_, err = e.s.TransitionTermDecision(ctx, e.other, TermDecisionTransition{ID: d.ID, Version: d.Version, Event: "decide"})
	noError(t, err)
}
