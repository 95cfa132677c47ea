package workflow

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"earmark/models"
	"earmark/programs"
)

// signing is a district's agreement on its way to the last signature.
type signing struct {
	*planning
	official models.Actor
	year     models.GrantYear
	district models.Organization
	a        AgreementDetail
}

// givenSigning is a draft agreement with every required target, in a year that is planned.
func givenSigning(t testing.TB, types ...string) *signing {
	t.Helper()
	p := givenPlanning(t)
	f := &signing{planning: p}
	f.a, f.district = drafted(t, p)
	noError(t, second(p.s.AssignPAL(ctx, p.manager, AssignPAL{OrganizationID: f.district.ID, UserID: p.pal.UserID, Version: f.district.Version})))
	f.official = p.actor(p.person("Olga Official", models.RoleAuthorizedOfficial, f.district.ID))
	year, err := p.s.CreateGrantYear(ctx, p.analyst, CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2026})
	noError(t, err)
	f.year = year
	f.a = withTargets(t, p, f.a, types...)
	return f
}

var everyType = []string{"state_academic", "local_academic", "process", "attendance", "graduation"}

// sign takes the agreement through plan, needs assessment, review and signatures.
func (f *signing) sign(on models.Date) AgreementDetail {
	f.t.Helper()
	f.plan()
	f.needs()
	v := f.final(`{"measures": [{"kind": "Less autonomy", "reconstitution": false}, {"kind": "Reconstitution", "reconstitution": true}]}`)
	v = f.step(f.official, v, TransitionRecord{Event: "submit"})
	v = f.step(f.pal, v, TransitionRecord{Event: "approve"})
	v = f.step(f.manager, v, TransitionRecord{Event: "approve"})
	v = f.step(f.official, v, TransitionRecord{Event: "sign", Party: "superintendent", SignerName: "Pat Example", SignedOn: on})
	v = f.step(f.manager, v, TransitionRecord{Event: "sign", Party: "office", SignerName: "Kim Example", SignedOn: on})
	equal(f.t, v.Record.Status, StatusInForce)
	return f.reload()
}

func (f *signing) reload() AgreementDetail {
	f.t.Helper()
	a, err := f.s.Agreement(ctx, f.manager, f.a.ID)
	noError(f.t, err)
	f.a = a
	return a
}

// plan gives every goal a strategy and an activity.
func (f *signing) plan() {
	f.t.Helper()
	var err error
	for _, g := range f.a.Goals {
		f.a, err = f.s.AddStrategy(ctx, f.pal, AddStrategy{AgreementID: f.a.ID, Version: f.a.Version, StrategyFields: StrategyFields{GoalID: g.ID, Title: "Small reading groups"}})
		noError(f.t, err)
		f.a, err = f.s.AddActivity(ctx, f.official, AddActivity{AgreementID: f.a.ID, Version: f.a.Version, ActivityFields: ActivityFields{
			StrategyID: f.a.Strategies[len(f.a.Strategies)-1].ID, Title: "Train tutors", TargetIDs: []string{f.a.Targets[0].ID}}})
		noError(f.t, err)
	}
}

func (f *signing) record(kind, fields string, checklist map[string]RecordChecklist) RecordView {
	f.t.Helper()
	var values RecordFields
	noError(f.t, json.Unmarshal([]byte(fields), &values))
	v, err := f.s.CreateRecord(ctx, f.official, CreateRecord{GrantYearID: f.year.ID, RecordKind: kind, OrganizationID: f.district.ID, Fields: values})
	noError(f.t, err)
	v, err = f.s.UpdateRecord(ctx, f.official, UpdateRecord{ID: v.Record.ID, Version: v.Record.Version, Checklist: checklist})
	noError(f.t, err)
	return v
}

func (f *signing) needs() RecordView {
	f.t.Helper()
	marks := map[string]RecordChecklist{}
	for _, part := range []string{"area_of_inquiry", "data_discovery", "initiative_inventory", "gap_analysis", "data_story", "root_causes", "challenge"} {
		marks[part] = RecordChecklist{Done: true, Evidence: "Improvement plan"}
	}
	v := f.record("needs_assessment", `{"areas": ["Reading"]}`, marks)
	v = f.step(f.official, v, TransitionRecord{Event: "submit"})
	return f.step(f.manager, v, TransitionRecord{Event: "approve"})
}

func (f *signing) final(fields string) RecordView {
	f.t.Helper()
	return f.record("final_agreement", fields, map[string]RecordChecklist{"assurances": {Done: true}, "resource_review": {NotApplicable: true}})
}

func (f *signing) step(who models.Actor, v RecordView, in TransitionRecord) RecordView {
	f.t.Helper()
	v, err := f.try(who, v, in)
	noError(f.t, err)
	return v
}

func (f *signing) try(who models.Actor, v RecordView, in TransitionRecord) (RecordView, error) {
	in.ID, in.Version = v.Record.ID, v.Record.Version
	return f.s.TransitionRecord(ctx, who, in)
}

// plainProgram is the program of Michigan without a record that signs its agreements.
func plainProgram(t testing.TB, p *planning) {
	t.Helper()
	def, _ := p.s.programs.Program("mi-21h")
	text := def.Source
	for old, is := range map[string]string{"code: mi-21h\n": "code: plain\n", "reference_prefix: MI21H": "reference_prefix: PLAIN",
		"agreement: {settles: signed_on}": "agreement: {}", "agreement: {settles: needs_approved_on}": "agreement: {}"} {
		if !strings.Contains(text, old) {
			t.Fatalf("the definition has no %q", old)
		}
		text = strings.Replace(text, old, is, 1)
	}
	set, err := programs.Load(fstest.MapFS{"plain.yaml": {Data: []byte(text)}})
	noError(t, err)
	p.s.programs = set
}
