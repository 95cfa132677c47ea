package workflow

import (
	"strings"
	"sync"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// measuring is a signed agreement with the published sample benchmarks, and the people who
// report on them.
type measuring struct {
	*planning
	agreement AgreementDetail
	district  models.Organization
	preparer  models.Actor
	stranger  models.Actor
	are       models.Actor
	of        map[string]models.Target // by code
}

// givenMeasuring signs on 2026-03-02: NWEA 39 to 50 to 67, M-STEP 7.2 to 14.2 to 18.2,
// roster 51 to 75 to 85, chronic absence 38 down to 33 and 28.
func givenMeasuring(t testing.TB) *measuring {
	t.Helper()
	p := givenPlanning(t)
	a, d := drafted(t, p)
	for _, x := range []struct {
		kind, of, source     string
		baseline, value, due string
	}{
		{"ITB", "local_academic", "NWEA", "39", "50", "2027-06-30"}, {"ETO", "local_academic", "NWEA", "39", "67", "2028-06-30"},
		{"ITB", "state_academic", "M-STEP", "7.2", "14.2", "2027-06-30"}, {"ETO", "state_academic", "M-STEP", "7.2", "18.2", "2028-06-30"},
		{"ITB", "process", "Staff roster", "51", "75", "2027-06-30"}, {"ETO", "process", "Staff roster", "51", "85", "2028-06-30"},
		{"ITB", "attendance", "MI School Data", "38", "33", "2027-06-30"}, {"ETO", "attendance", "MI School Data", "38", "28", "2028-06-30"},
	} {
		baseline, err := models.ParseHundredths(x.baseline)
		noError(t, err)
		value, err := models.ParseHundredths(x.value)
		noError(t, err)
		a, err = p.s.AddTarget(ctx, p.pal, AddTarget{AgreementID: a.ID, Version: a.Version, TargetFields: TargetFields{GoalID: a.Goals[0].ID, Kind: models.TargetKind(x.kind),
			Type: x.of, Measure: "Students who reach it", Source: x.source, Baseline: baseline, Goal: value, Unit: "percent", DueOn: models.Date(x.due)}})
		noError(t, err)
	}
	f := &signing{planning: p, district: d, official: p.actor(p.person("Olga Official", models.RoleAuthorizedOfficial, d.ID))}
	noError(t, second(p.s.AssignPAL(ctx, p.manager, AssignPAL{OrganizationID: d.ID, UserID: p.pal.UserID, Version: d.Version})))
	var err error
	f.year, err = p.s.CreateGrantYear(ctx, p.analyst, CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2026})
	noError(t, err)
	f.a, err = p.s.UpdateAgreement(ctx, p.pal, UpdateAgreement{ID: a.ID, Version: a.Version, NotApplicable: &[]string{"graduation"}})
	noError(t, err)
	a = f.sign("2026-03-02")
	other := p.organization(models.KindDistrict, "D002")
	m := &measuring{planning: p, agreement: a, district: d, of: map[string]models.Target{},
		preparer: p.actor(p.person("Pat Preparer", models.RolePreparer, d.ID)), stranger: p.actor(p.person("Sam Stranger", models.RolePreparer, other.ID)),
		are: p.actor(p.person("Ari Evaluation", models.RoleARE, ""))}
	for _, x := range a.Targets {
		m.of[x.Code] = x
	}
	return m
}

// on moves the clock to noon of a day in Detroit.
func (m *measuring) on(day models.Date) {
	m.setClock(time.Date(day.Year(), day.Month(), day.Day(), 17, 0, 0, 0, time.UTC))
}

func (m *measuring) result(code string, on models.Date, value string) NewTargetResult {
	return NewTargetResult{TargetID: m.of[code].ID, MeasuredOn: on, TargetReading: TargetReading{Value: value, Source: "Synthetic"}}
}

func (m *measuring) report(code string, on models.Date, value string) TargetResultDetail {
	m.t.Helper()
	out, err := m.s.ReportTargetResult(ctx, m.preparer, m.result(code, on, value))
	noError(m.t, err)
	return out
}

func (m *measuring) standing(code string, on models.Date) TargetStanding {
	m.t.Helper()
	rows, err := m.s.TargetStandings(ctx, m.auditor, ListTargetStandings{AgreementID: m.agreement.ID, On: on})
	noError(m.t, err)
	equal(m.t, len(rows), 8)
	for _, r := range rows {
		if r.Target.Code == code {
			return r
		}
	}
	m.t.Fatal(code)
	return TargetStanding{}
}

func decimals(h *models.Hundredths) string {
	if h == nil {
		return ""
	}
	return h.String()
}

// The sample table, measured in spring 2027 and spring 2028 and judged.
func TestSampleBenchmarksAreJudged(t *testing.T) {
	t.Parallel()
	m := givenMeasuring(t)
	equal(t, string(m.standing("ITB-1", "2026-04-01").Status), "not_due")
	m.on("2027-06-01")
	m.report("ITB-1", "2027-05-12", "50")   // exactly the benchmark is met
	m.report("ITB-2", "2027-04-20", "14.1") // a tenth of a point short
	m.report("ITB-3", "2026-09-15", "77.3")
	m.report("ITB-4", "2027-05-31", "33.01") // absence counts downwards
	m.report("ETO-1", "2027-05-12", "50")    // on the way
	m.on("2028-07-02")
	m.report("ETO-1", "2028-05-12", "66.99")
	m.report("ETO-2", "2028-04-20", "18.2")
	m.report("ETO-4", "2028-05-31", "28")
	m.on("2028-09-14")
	for code, want := range map[string][]string{
		"ITB-1": {"met", "", "50.00", "50.00"}, "ITB-2": {"missed", "0.10", "14.10", ""}, "ITB-3": {"met", "", "77.30", ""}, "ITB-4": {"missed", "0.01", "33.01", ""},
		"ETO-1": {"missed", "0.01", "66.99", ""}, "ETO-2": {"met", "", "18.20", ""}, "ETO-3": {"not_reported", "", "", ""}, "ETO-4": {"met", "", "28.00", ""},
	} {
		s := m.standing(code, "2028-09-14")
		equal(t, []string{code, string(s.Status), decimals(s.MissedBy), decimals(s.Value)}, append([]string{code}, want[:3]...))
	}
	// A process target is in no window: the school year counts, and 60 days to report.
	s := m.standing("ETO-3", "2028-09-14")
	equal(t, []any{s.Due.SchoolYear, s.Due.Code, s.ReportBy, s.DaysMissing, len(s.Missing)}, []any{2028, "", models.Date("2028-08-29"), 16, 1})
	equal(t, m.standing("ETO-3", "2028-08-29").Status, m.standing("ETO-1", "2026-04-01").Status) // the last day is not late
	equal(t, s.Says, "ETO-3 (Staff roster): from 51.00 % to at least 85.00 % by 2028-06-30. The result of school year 2027-28 was due on 2028-08-29 and is missing.")
	// What was known on a day in between.
	equal(t, string(m.standing("ETO-1", "2027-07-01").Status), "reported")
	equal(t, decimals(m.standing("ETO-1", "2027-07-01").Value), "50.00")
}

// The line runs from the start of the term (2026-01-01) over the benchmark to the outcome.
func TestStandingsFollowTheStraightLine(t *testing.T) {
	t.Parallel()
	m := givenMeasuring(t)
	m.on("2028-01-10")
	m.report("ETO-1", "2026-10-01", "45")    // day 273 of 545: 39 + 11 x 273/545 = 44.51
	m.report("ITB-4", "2026-10-01", "36")    // 38 - 5 x 273/545 = 35.50, and less is better
	m.report("ETO-4", "2027-12-31", "30.49") // half a year after the benchmark: 33 - 5 x 184/366 = 30.49
	s := m.standing("ETO-1", "2028-01-10")
	equal(t, []string{string(s.Status), decimals(s.Expected), decimals(s.Ahead)}, []string{"reported", "44.51", "0.49"})
	s = m.standing("ITB-4", "2028-01-10")
	equal(t, []string{string(s.Status), decimals(s.Expected), decimals(s.Ahead)}, []string{"not_reported", "35.50", "-0.50"})
	if !strings.HasSuffix(s.Says, "36.00 % on 2026-10-01. The result of Spring 2026-27 was due on 2027-09-13 and is missing. The straight line stood at 35.50 then: 0.50 behind.") {
		t.Error(s.Says)
	}
	s = m.standing("ETO-4", "2028-01-10")
	equal(t, []string{decimals(s.Expected), decimals(s.Ahead)}, []string{"30.49", "0.00"})
}

func TestTargetResultsAreRefused(t *testing.T) {
	t.Parallel()
	m := givenMeasuring(t)
	m.on("2026-12-20")
	with := func(code string, on models.Date, change func(*NewTargetResult)) NewTargetResult {
		in := m.result(code, on, "50")
		change(&in)
		return in
	}
	nothing := func(*NewTargetResult) {}
	reading := func(r TargetReading) func(*NewTargetResult) {
		return func(in *NewTargetResult) { r.Source = "Synthetic"; in.TargetReading = r }
	}
	for name, c := range map[string]struct {
		in   NewTargetResult
		want string
	}{
		"future":              {with("ITB-1", "2026-12-21", nothing), "/measured_on target_result.future"},
		"before":              {with("ITB-1", "2025-12-22", nothing), "/measured_on target_result.too_early"},
		"no such day":         {with("ITB-1", "2026-02-30", nothing), "/measured_on civil_date"},
		"between windows":     {with("ITB-1", "2026-11-20", nothing), "/measured_on target_result.outside"},
		"state test in fall":  {with("ITB-2", "2026-10-01", nothing), "/measured_on target_result.outside"},
		"another window":      {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "1", Window: "winter"})), "/measured_on target_result.outside"},
		"another school year": {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "1", SchoolYear: "2025-26"})), "/measured_on target_result.outside"},
		"unknown window":      {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "1", Window: "summer"})), "/window target_result.window"},
		"window of others":    {with("ITB-2", "2026-10-01", reading(TargetReading{Value: "1", Window: "fall"})), "/window target_result.window"},
		"no window at all":    {with("ITB-3", "2026-10-01", reading(TargetReading{Value: "1", Window: "fall"})), "/window target_result.window"},
		"no school year":      {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "1", SchoolYear: "2025-27"})), "/school_year target_result.school_year"},
		"NaN":                 {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "NaN"})), "/value measure.value"},
		"infinite":            {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "+Inf"})), "/value measure.value"},
		"exponent":            {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "1e2"})), "/value measure.value"},
		"hexadecimal":         {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "0x10"})), "/value measure.value"},
		"three decimals":      {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "14.123"})), "/value measure.value"},
		"negative":            {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "-1"})), "/value measure.value"},
		"above 100":           {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "100.01"})), "/value target.percent"},
		"part over whole":     {with("ITB-1", "2026-10-01", reading(TargetReading{Numerator: "31", Denominator: "30"})), "/denominator measure.denominator"},
		"of nothing":          {with("ITB-1", "2026-10-01", reading(TargetReading{Numerator: "0", Denominator: "0"})), "/denominator measure.denominator"},
		"counts disagree":     {with("ITB-1", "2026-10-01", reading(TargetReading{Value: "76.3", Numerator: "29", Denominator: "98"})), "/value measure.mismatch"},
		"nothing":             {with("ITB-1", "2026-10-01", reading(TargetReading{})), "/value required"},
		"no source":           {with("ITB-1", "2026-10-01", func(in *NewTargetResult) { in.Source = "" }), "/source required"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := m.s.ReportTargetResult(ctx, m.preparer, c.in)
			refused(t, err, models.Invalid, "")
			equal(t, fieldsOf(fieldErrors(t, err)), []string{c.want})
		})
	}
	good := m.result("ITB-1", "2026-10-01", "40")
	_, err := m.s.ReportTargetResult(ctx, m.stranger, good)
	refused(t, err, models.NotFound, "")
	_, err = m.s.ReportTargetResult(ctx, m.auditor, good)
	refused(t, err, models.Forbidden, "permission.role")
	equal(t, len(all[models.TargetResult](m.night, nil)), 0)

	good.Numerator, good.Denominator = "40", "100"
	first, err := m.s.ReportTargetResult(ctx, m.are, good)
	noError(t, err)
	equal(t, []any{first.SchoolYear, first.Window, first.Value, first.OrganizationID}, []any{2027, "fall", models.Hundredths(4000), m.district.ID})
	_, err = m.s.ReportTargetResult(ctx, m.preparer, good)
	refused(t, err, models.Conflict, "target_result.exists")
	_, err = m.s.TargetResult(ctx, m.stranger, first.ID)
	refused(t, err, models.NotFound, "")
	rows, err := m.s.TargetStandings(ctx, m.stranger, ListTargetStandings{AgreementID: m.agreement.ID})
	noError(t, err)
	equal(t, len(rows), 0)

	// A retired target takes what was measured before, and stands nowhere.
	a, err := m.s.RetireTarget(ctx, m.manager, TargetRetirement{AgreementID: m.agreement.ID, TargetID: m.of["ITB-3"].ID, Version: m.agreement.Version, RetiredOn: "2026-12-01", Reason: "The school closed."})
	noError(t, err)
	_, err = m.s.ReportTargetResult(ctx, m.preparer, m.result("ITB-3", "2026-12-01", "60"))
	refusedAt(t, err, models.Invalid, "target_result.retired", "/measured_on")
	m.report("ITB-3", "2026-11-30", "60")
	rows, err = m.s.TargetStandings(ctx, m.preparer, ListTargetStandings{AgreementID: a.ID})
	noError(t, err)
	equal(t, len(rows), 7)
}

func TestADraftIsNotMeasured(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	a, _ := drafted(t, p)
	a = withTargets(t, p, a, "process")
	_, err := p.s.ReportTargetResult(ctx, p.pal, NewTargetResult{TargetID: a.Targets[0].ID, MeasuredOn: "2026-02-02", TargetReading: TargetReading{Value: "8", Source: "Synthetic"}})
	refused(t, err, models.Conflict, "target_result.not_signed")
	rows, err := p.s.TargetStandings(ctx, p.pal, ListTargetStandings{AgreementID: a.ID})
	noError(t, err)
	equal(t, len(rows), 0)
}

// A correction supersedes once; of two at once one wins; the trail tells both.
func TestTargetResultsAreCorrectedOnce(t *testing.T) {
	t.Parallel()
	m := givenMeasuring(t)
	m.on("2027-09-20")
	first := m.report("ITB-1", "2027-05-12", "49") // the last day was 2027-09-13
	equal(t, first.DaysLate, 7)
	m.on("2027-10-01")
	fix := func(id, value string) (TargetResultDetail, error) {
		return m.s.CorrectTargetResult(ctx, m.preparer, CorrectTargetResult{ID: id, Reason: "A class was left out.", TargetReading: TargetReading{Value: value, Source: "Synthetic"}})
	}
	var wg sync.WaitGroup
	errs := make([]error, 2)
	begin := make(chan struct{})
	for i, value := range []string{"50.5", "50.6"} {
		wg.Go(func() {
			<-begin
			_, errs[i] = fix(first.ID, value)
		})
	}
	close(begin)
	wg.Wait()
	if errs[0] == nil {
		errs[0], errs[1] = errs[1], errs[0]
	}
	noError(t, errs[1])
	refused(t, errs[0], models.Conflict, "target_result.superseded")
	rows := all[models.TargetResult](m.night, store.Eq{"target_id": first.TargetID})
	equal(t, len(rows), 2)
	old, err := m.s.TargetResult(ctx, m.preparer, first.ID)
	noError(t, err)
	equal(t, []any{old.Superseded, old.Value}, []any{true, models.Hundredths(4900)})
	s := m.standing("ITB-1", "2027-10-01")
	equal(t, []any{string(s.Status), s.DaysLate, s.ResultsCount, s.Window}, []any{"met", 7, 1, "spring"})
	equal(t, string(m.standing("ITB-1", "2027-09-30").Status), "missed") // as it was known then
	_, err = m.s.CorrectTargetResult(ctx, m.stranger, CorrectTargetResult{ID: s.ResultID, Reason: "Mine.", TargetReading: TargetReading{Value: "99", Source: "x"}})
	refused(t, err, models.NotFound, "")

	// A day may be corrected too, but not onto that of another result.
	m.report("ITB-1", "2026-10-05", "44")
	_, err = m.s.CorrectTargetResult(ctx, m.preparer, CorrectTargetResult{ID: s.ResultID, MeasuredOn: "2026-10-05", Reason: "Wrong day.", TargetReading: TargetReading{Value: "51", Source: "x"}})
	refused(t, err, models.Conflict, "target_result.exists")
	moved, err := m.s.CorrectTargetResult(ctx, m.preparer, CorrectTargetResult{ID: s.ResultID, MeasuredOn: "2027-05-13", Reason: "Wrong day.", TargetReading: TargetReading{Value: "51", Source: "x"}})
	noError(t, err)
	equal(t, []any{moved.Window, moved.SchoolYear, moved.DaysLate}, []any{"spring", 2027, 7})
	m.report("ITB-1", "2027-05-12", "50") // the day is free again
	list, err := m.s.TargetResults(ctx, m.preparer, ListTargetResults{TargetID: first.TargetID, InForce: true, Limit: 100})
	noError(t, err)
	equal(t, len(list), 3)
	events := all[models.AuditEvent](m.night, store.Eq{"document_kind": "target_result", "action": "correct"})
	equal(t, len(events), 2)
	equal(t, events[0].Reason, "A class was left out.")
}

// Case: missing results are flagged the night after their last day, tell those who can
// act, and are resolved by the report.
func TestMissingResultsAreFlagged(t *testing.T) {
	t.Parallel()
	m := givenMeasuring(t)
	m.year(2027)
	m.on("2027-06-20")
	for _, code := range []string{"ITB-2", "ITB-3", "ITB-4"} {
		m.report(code, "2027-05-12", "20")
	}
	m.on("2027-09-20")
	m.night.night("2027-09-13")
	equal(t, len(m.flagged("result_missing")), 0)
	m.night.night("2027-09-14")
	found := m.flagged("result_missing")
	f, ok := found[m.of["ITB-1"].ID]
	equal(t, []any{ok, len(found), f.Measure, f.OrganizationID}, []any{true, 1, int64(1), m.district.ID})
	equal(t, f.Detail, "ITB-1 (NWEA): from 39.00 % to at least 50.00 % by 2027-06-30. The result of Spring 2026-27 was due on 2027-09-13 and had not come by 2027-09-14.")
	m.report("ITB-1", "2027-05-12", "49")
	m.night.night("2027-09-20")
	equal(t, len(m.flagged("result_missing")), 0)
}
