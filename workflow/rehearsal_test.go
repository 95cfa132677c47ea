package workflow

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// edited is the definition of mi-21h with texts replaced; each must be there.
func edited(t testing.TB, source string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(source, pairs[i]) {
			t.Fatalf("the definition no longer says %q", pairs[i])
		}
		source = strings.Replace(source, pairs[i], pairs[i+1], 1)
	}
	return source
}

// found are the findings in short, in the order of the report.
func found(r Rehearsal) []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s %s %s rev %d line %d", f.Effect, f.Subject, f.Rule, f.RevisionNumber, f.LineNumber))
	}
	return out
}

// stored counts everything that a rehearsal could write.
func (n *night) stored() []int64 {
	n.t.Helper()
	r := n.db.Read(ctx)
	var out []int64
	for _, count := range []func() (int64, error){
		func() (int64, error) { return store.Count[models.AuditEvent](r, nil) }, func() (int64, error) { return store.Count[models.GrantYear](r, nil) },
		func() (int64, error) { return store.Count[models.AllocationRun](r, nil) }, func() (int64, error) { return store.Count[models.Allocation](r, nil) },
		func() (int64, error) { return store.Count[models.Scenario](r, nil) }, func() (int64, error) { return store.Count[models.ScenarioAmount](r, nil) },
		func() (int64, error) { return store.Count[models.LineVersion](r, nil) }, func() (int64, error) { return store.Count[models.Notice](r, nil) },
	} {
		c, err := count()
		noError(n.t, err)
		out = append(out, c)
	}
	return out
}

func TestARehearsalSaysWhatWouldFailAndPass(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.inForce(10000000)
	open, err := o.s.CreateAmendment(ctx, o.preparer, CreateAmendment{ApplicationID: app.ID, Reason: "Prices rose."})
	noError(t, err)
	line := o.services(open, 10800000)
	line.Number = 1
	o.save(line)
	before := o.stored()

	same, err := o.s.Rehearse(ctx, o.manager, RehearseRules{GrantYearID: o.year.ID, Definition: o.year.Definition})
	noError(t, err)
	equal(t, []any{len(same.Findings), same.Applications, same.Revisions, same.Lines, same.FromHash == same.ToHash}, []any{0, 1, 2, 2, true})

	stricter := edited(t, o.year.Definition, `version: "2026.1"`, `version: "2027.1"`,
		"require: size(line.description) >= 10", "require: size(line.description) >= 100",
		"tolerance: {percent_bp: 1000}\n  cite: Michigan Department of Education, amendment above", "tolerance: {percent_bp: 500}\n  cite: Michigan Department of Education, amendment above",
		"gate.needs_approved && gate.needs_days <= params.needs_days", "gate.needs_approved && gate.needs_days <= 10",
		"roles: [fiscal_reviewer, opd_manager]", "roles: [fiscal_reviewer, opd_manager]\n    - {code: last, title: Last look, roles: [opd_manager]}")
	got, err := o.s.Rehearse(ctx, o.manager, RehearseRules{GrantYearID: o.year.ID, Definition: stricter})
	noError(t, err)
	equal(t, found(got), []string{
		"newly_fails application gate.needs_assessment rev 0 line 0", "newly_fails line line.description rev 0 line 1", "newly_fails line line.description rev 1 line 1",
		"changes revision amendment.outcome rev 1 line 0", "changes revision approval.steps rev 1 line 0"})
	equal(t, []any{got.FromVersion, got.ToVersion, got.Fails, got.Passes, got.Changes, got.TouchedCents}, []any{"mi-21h@2026.1", "mi-21h@2027.1", 3, 0, 2, models.Cents(10800000)})
	equal(t, []string{got.Findings[3].Before, got.Findings[3].After, got.Findings[4].Before, got.Findings[4].After}, []string{"notify", "review", "program, fiscal", "program, fiscal, last"})
	equal(t, []any{got.Recipients[0].Reference, got.Recipients[0].Fails, got.Findings[1].RevisionID, got.Findings[1].AmountCents}, []any{app.Reference, 3, rev.ID, models.Cents(10000000)})
	if !strings.Contains(got.Findings[0].After, "needs assessment") || got.Findings[0].Before != "" {
		t.Errorf("no reason: %+v", got.Findings[0])
	}

	// The other way round the same rules pass; a check that becomes a warning changes.
	o.year.Definition, o.year.DefinitionHash = stricter, "other"
	o.update(&o.year, "definition", "definition_hash")
	before[0]++
	laxer := edited(t, stricter, "require: size(line.description) >= 100\n    severity: error", "require: size(line.description) >= 100\n    severity: warning",
		"gate.needs_days <= 10", "gate.needs_days <= 90")
	got, err = o.s.Rehearse(ctx, o.manager, RehearseRules{GrantYearID: o.year.ID, Definition: laxer})
	noError(t, err)
	equal(t, found(got), []string{"newly_passes application gate.needs_assessment rev 0 line 0", "changes line line.description rev 0 line 1", "changes line line.description rev 1 line 1"})
	equal(t, o.stored(), before) // one event more: the test's own change
}

func TestARehearsalSharesTheMoneyAgain(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(3)
	p.facts(2025, "S001,CSI,bottom_5,15,100", "S002,CSI,bottom_5,25,100", "S003,TSI,,60,100")
	gy := p.grantYear(map[string]string{"appropriation": "40000000", "analytics_set_aside": "0"})
	p.publish(p.run(gy))
	gy, err := store.Get[models.GrantYear](p.db.Read(ctx), gy.ID)
	noError(t, err)
	before := p.stored()
	flat := edited(t, gy.Definition, `below: "20", weight: "1.5"`, `below: "20", weight: "1.25"`)
	got, err := p.s.Rehearse(ctx, p.analyst, RehearseRules{GrantYearID: gy.ID, Definition: flat})
	noError(t, err)
	equal(t, []any{got.FactsYear, got.Winners, got.Losers, got.Untouched, got.BaseCents, got.AmountCents, len(got.AllocationWrong)}, []any{2025, 1, 1, 1, models.Cents(40000000), models.Cents(40000000), 0})
	equal(t, found(got), []string{"changes allocation allocation.amount rev 0 line 0", "changes allocation allocation.amount rev 0 line 0"})
	first := got.Recipients[0]
	equal(t, []any{first.Code, first.BaseCents, first.AmountCents, first.ChangeCents, first.Class}, []any{"D001", models.Cents(21818182), models.Cents(20000000), models.Cents(-1818182), "loser"})

	// A formula that cannot be applied gives its reasons and no amounts.
	broken := edited(t, gy.Definition, "value: unit.pupils", "value: unit.pupils * 9223372036854775807")
	got, err = p.s.Rehearse(ctx, p.analyst, RehearseRules{GrantYearID: gy.ID, Definition: broken})
	noError(t, err)
	if len(got.AllocationWrong) != 1 || !strings.Contains(got.AllocationWrong[0], "overflow") {
		t.Errorf("why there is no allocation: %v", got.AllocationWrong)
	}
	equal(t, p.stored(), before)
}

func TestARehearsalReadsDefinitionsStrictly(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	rehearse := func(who models.Actor, text string) error {
		_, err := o.s.Rehearse(ctx, who, RehearseRules{GrantYearID: o.year.ID, Definition: text})
		return err
	}
	err := rehearse(o.manager, edited(t, o.year.Definition, "kind: formula_grant", "kind: formula_grand", "require: size(line.description) >= 10", "require: size(line.descripton) >= 10"))
	refused(t, err, models.Invalid, "definition.invalid")
	fields := fieldErrors(t, err)
	equal(t, fieldsOf(fields), []string{"/definition definition.problem", "/definition definition.problem"})
	if !strings.HasPrefix(fields[0].Detail, "Line 1") || !strings.Contains(fields[1].Detail, "column 23, line_checks[1].require: ") {
		t.Errorf("no place: %v", fields)
	}
	refused(t, rehearse(o.manager, edited(t, o.year.Definition, "code: mi-21h", "code: other")), models.Invalid, "rehearsal.other_program")
	refused(t, rehearse(o.manager, strings.Repeat("#", 400_001)), models.Invalid, "max")
	refused(t, rehearse(o.manager, ""), models.Invalid, "required")
	for _, who := range []models.Actor{o.auditor, o.pal, o.fiscal, o.preparer, o.official} {
		refused(t, rehearse(who, o.year.Definition), models.Forbidden, "permission.role")
	}
	_, err = o.s.Rehearse(ctx, o.manager, RehearseRules{GrantYearID: "none", Definition: o.year.Definition})
	refused(t, err, models.NotFound, "not_found")
}

// A condition that would run for ever stops at its cost limit, and a check that cannot be
// evaluated is not passed.
func TestAHostileDefinitionStops(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	o.inForce(10000000)
	list := "[" + strings.TrimSuffix(strings.Repeat("1,", 40), ",") + "]"
	loop := "true"
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		loop = list + ".all(" + name + ", " + loop + ")"
	}
	start := time.Now()
	got, err := o.s.Rehearse(ctx, o.manager, RehearseRules{GrantYearID: o.year.ID, Definition: edited(t, o.year.Definition, "require: size(line.description) >= 10", "require: \""+loop+"\"")})
	noError(t, err)
	equal(t, found(got), []string{"newly_fails line line.description rev 0 line 1"})
	if took := time.Since(start); took > 10*time.Second || !strings.Contains(got.Findings[0].After, "cost limit") {
		t.Errorf("%s, %s", took, got.Findings[0].After)
	}
}

// When the time of a rehearsal is over, no unit and no line is looked at any more.
func TestARehearsalStopsInTheMiddle(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(3)
	p.facts(2025, "S001,CSI,bottom_5,15,100", "S002,CSI,bottom_5,25,100", "S003,TSI,,60,100")
	gy := p.grantYear(map[string]string{"appropriation": "40000000", "analytics_set_aside": "0"})
	ru, err := p.s.rulesOf(gy)
	noError(t, err)
	asked := 0
	ru.stop = func() error {
		if asked++; asked == 3 {
			return context.DeadlineExceeded
		}
		return nil
	}
	known, err := recipients(p.db.Read(ctx), ru.def, 2025, "")
	noError(t, err)
	_, err = try(ru, known, 2025)
	refused(t, err, models.Invalid, "formula.failed")
	equal(t, asked, 3)

	over, cancel := context.WithCancel(ctx)
	cancel()
	ru.stop = over.Err
	line := Line{Number: 1, Version: models.LineVersion{Description: "x"}}
	r := rehearsal{ctx: over}
	if got := r.verdicts(&draft{rules: ru, lines: []Line{line}}); len(got) != 0 {
		t.Errorf("a line was judged: %v", got)
	}
}
