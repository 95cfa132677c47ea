package e2e

import (
	"earmark/models"
)

// plan is one line of an application and the target it serves.
type plan struct {
	target string
	amount models.Cents
}

// applies writes the lines of a year and submits; the window has passed, so that the
// liaison opens one for this application.
func (d *recipient) applies(fiscalYear int, until models.Date, lines ...plan) (revision string) {
	s := d.s
	s.t.Helper()
	d.application = s.as(d.preparer).post("/applications", body{"grant_year_id": s.years[fiscalYear], "organization_id": d.id}).id()
	d.applications[fiscalYear] = d.application
	revision = s.as(d.preparer).list("/revisions?application_id=" + d.application)[0].id()
	for _, l := range lines {
		s.as(d.preparer).change("POST", "/revisions/"+revision+"/line_items", services(d.schools[0], d.targets[l.target], l.amount)).ok()
	}
	if until != "" {
		s.as("liaison").change("PUT", "/applications/"+d.application+"/window_exception", body{"until": until, "comment": "The agreement was signed after the window."}).ok()
	}
	return revision
}

// waived finds the gate shut by these findings alone, and has the office waive them one by
// one: what a waiver does not name for this year stays shut.
func (d *recipient) waived(fiscalYear int, revision, reason string, findings ...string) {
	s := d.s
	s.t.Helper()
	for len(findings) > 0 {
		refused := s.as(d.official).step("/revisions/"+revision, "submit").refused(422, findings[0])
		s.same("what shuts the gate", refused.codes()[1:], findings)
		s.as("manager").change("POST", "/agreements/"+d.agreement+"/gate_waivers", body{"grant_year_id": s.years[fiscalYear], "code": findings[0], "reason": reason}).ok()
		findings = findings[1:]
	}
	s.same("waivers seen by the district", len(s.as(d.official).get("/applications/"+d.application).docs("gate_waivers")) > 0, true)
}

// awarded takes a submitted revision through both reviews and records the payment.
func (d *recipient) awarded(revision string) {
	s := d.s
	s.t.Helper()
	for _, step := range [][2]string{{d.official, "submit"}, {"liaison", "approve"}, {"fiscal", "approve"}} {
		s.as(step[0]).step("/revisions/"+revision, step[1]).ok()
	}
	d.lines = nil
	for _, l := range s.as("auditor").list("/line_items?limit=100&application_id=" + d.application) {
		d.lines = append(d.lines, l.id())
	}
}

// paid records the lump sum on the day it is expected.
func (d *recipient) paid() {
	s := d.s
	s.t.Helper()
	p := where(s.as("fiscal").list("/payments?application_id="+d.application), "status", "expected")
	s.until(models.Date(p.text("expected_on")))
	s.as("fiscal").step("/payments/"+p.id(), "record", "paid_on", p.text("expected_on"), "paid_cents", p.cents("amount_cents"), "reference", "State Aid").ok()
}

// spends posts an amount on a line today.
func (d *recipient) spends(line int, amount models.Cents, on models.Date) {
	d.s.t.Helper()
	d.s.as(d.preparer).post("/expenditures", body{"line_item_id": d.lines[line], "amount_cents": amount, "spent_on": on, "vendor": "Reading House (synthetic)"})
}

// allocated is what the run in force gives the district.
func (d *recipient) allocated(fiscalYear int) models.Cents {
	d.s.t.Helper()
	return where(d.s.as("auditor").list("/allocations?limit=100&run_id="+d.s.runs[fiscalYear]), "organization_id", d.id).cents("amount_cents")
}

// worksheets hands in both worksheets of every line of the year and lets ARE accept them.
func (d *recipient) worksheets(fiscalYear int, kind string, fields body) {
	s := d.s
	s.t.Helper()
	for n := range d.lines {
		fields["line"] = n + 1
		path := d.record(fiscalYear, kind, fields, nil)
		s.as(d.official).step(path, "submit").ok()
		s.as("evaluation").step(path, "approve").ok()
	}
}

func implementation() body {
	return body{"done_so_far": "Two of four cohorts are trained.", "status": "under_way", "next_steps": "The other two by spring."}
}

func effectiveness(actual, on, judgement string) body {
	return body{"baseline": "39.0", "actual": actual, "measured_on": on, "judgement": judgement, "narrative": "Pupils of trained teachers grew faster."}
}

func (s *term) firstYear() {
	s.until("2026-05-12")
	a := s.alder.allocated(2026)
	s.alder.awarded(s.alder.applies(2026, "2026-06-15", plan{"ITB local_academic", a / 2}, plan{"ITB attendance", a - a/2}))
	b := s.birch.allocated(2026)
	s.same("the pool", a+b, models.Cents(60000000))
	late := s.birch.applies(2026, "2026-06-15", plan{"ITB local_academic", b})
	s.birch.waived(2026, late, "A fire closed the school in March.", "gate.needs_assessment")
	s.birch.awarded(late)
	s.alder.paid()
	s.birch.paid()
	for i, day := range []models.Date{"2026-07-10", "2026-08-10", "2026-09-10"} {
		s.until(day)
		s.alder.spends(0, a/2/4, day)
		s.alder.spends(1, a/2/4, day)
		if i == 0 {
			s.birch.spends(0, b/2, day)
		}
		if i == 1 {
			s.alder.worksheets(2026, "implementation_worksheet", implementation())
		}
	}
	s.until("2026-09-24")
	s.alder.spends(0, a/2/4-100, "2026-09-22")
	s.alder.worksheets(2026, "effectiveness_worksheet", effectiveness("44.0", "2026-09-20", "effective"))
}

// figures are what the night of a date says of the district's application.
func (d *recipient) figures(on models.Date) (spent models.Cents, rate int64) {
	d.s.t.Helper()
	u := d.s.as(d.official).get("/applications/" + d.application + "/utilization?as_of=" + string(on))
	return u.cents("spent_cents"), u.number("rate_bp")
}

// left is what the district was paid in a year and has not spent, and what it has spent.
func (d *recipient) left(fiscalYear int) (unspent, spent models.Cents) {
	d.s.t.Helper()
	r := d.s.as("fiscal").get("/applications/" + d.applications[fiscalYear] + "/reconciliation")
	return r.cents("unspent_paid_cents"), r.cents("spent_cents")
}

// ends lets both districts report a year's end on time, and the office begin to close it.
func (s *term) ends(fiscalYear int, unspent, report, closing models.Date) {
	s.t.Helper()
	for _, d := range []*recipient{s.alder, s.birch} {
		d.application = d.applications[fiscalYear]
	}
	s.until(unspent)
	for _, d := range []*recipient{s.alder, s.birch} {
		if left, _ := d.left(fiscalYear); left > 0 {
			d.closes("unspent_report", "expected_cents", 0, "plan", "What is left is paid back.")
		}
	}
	s.until(report)
	for _, d := range []*recipient{s.alder, s.birch} {
		_, spent := d.left(fiscalYear)
		d.closes("year_end_report", "ledger_cents", spent)
	}
	s.until(closing)
	s.as("manager").step("/grant_years/"+s.years[fiscalYear], "begin_closing", "comment", "Every district has reported.").ok()
}

// settles pays back what is left of a year, and closes it.
func (s *term) settles(fiscalYear int, on models.Date) {
	s.t.Helper()
	s.until(on)
	for _, d := range []*recipient{s.alder, s.birch} {
		if left, _ := d.left(fiscalYear); left > 0 {
			s.as("fiscal").change("POST", "/applications/"+d.applications[fiscalYear]+"/returns",
				body{"amount_cents": left, "returned_on": on, "reference": "CHK-1", "comment": "Unspent at the end of the year."}).ok()
		}
	}
	s.until(on.AddDays(7))
	s.as("manager").step("/grant_years/"+s.years[fiscalYear], "close", "comment", "Nothing is due any more.").ok()
}

// closes reports a year's end: prepared by one person, certified by another, accepted by the office.
func (d *recipient) closes(report string, more ...any) {
	s := d.s
	s.t.Helper()
	path := "/year_end_reports/" + s.as(d.preparer).post("/year_end_reports", body{"application_id": d.application, "report": report}.with(more...)).id()
	s.as(d.official).step(path, "submit").ok()
	s.as("fiscal").step(path, "accept").ok()
}

func (s *term) firstEnd() {
	s.until("2026-10-01")
	a, b := s.alder.allocated(2026), s.birch.allocated(2026)
	spent, rate := s.alder.figures("2026-09-30")
	s.same("Alder Falls spent", []any{spent, rate >= 8000}, []any{a/2/4*7 - 100, true})
	spent, rate = s.birch.figures("2026-09-30")
	s.same("Birch Bay spent", []any{spent, rate <= 5000}, []any{b / 2, true})
	below := where(s.as("auditor").list("/flags?limit=100&status=open&organization_id="+s.birch.id), "rule", "below_minimum")
	s.same("Birch Bay is below the minimum", below.text("severity"), "violation")
	s.until("2026-10-28")
	ours, _ := s.alder.figures("2026-10-27")
	s.alder.closes("unspent_report", "expected_cents", a-ours, "plan", "The tutors are paid in December.")
	s.until("2026-11-20")
	s.alder.spends(1, a-ours, "2026-11-19")
	s.until("2026-11-24")
	s.alder.closes("year_end_report", "ledger_cents", ours) // of the days up to September 30
	s.until("2026-12-09")
	s.birch.closes("year_end_report", "ledger_cents", b/2)
	reports := s.as("auditor").list("/year_end_reports?limit=100&application_id=" + s.birch.application)
	s.same("Birch Bay is ten days late", where(reports, "report", "year_end_report").number("days_late"), int64(10))
	s.as("manager").step("/grant_years/"+s.years[2026], "begin_closing", "comment", "Every district has reported.").ok()
}

// tests reports what the targets of a kind reached, those that are given.
func (d *recipient) tests(kind string, on models.Date, values map[string]string) {
	d.s.t.Helper()
	for of, value := range values {
		d.s.as(d.preparer).post("/target_results", body{"target_id": d.targets[kind+" "+of], "measured_on": on, "value": value, "source": "Synthetic file", "evidence": "Report of the spring"})
	}
}

// standings are the targets of a kind with their status.
func (d *recipient) standings(kind string) map[string]string {
	d.s.t.Helper()
	out := map[string]string{}
	for _, t := range d.s.as(d.official).list("/target_standings?limit=100&agreement_id=" + d.agreement) {
		if t.text("kind") == kind {
			out[t.text("type")] = t.text("status")
		}
	}
	return out
}

// year lets both districts apply, spend and report in a later fiscal year.
func (s *term) year(fiscalYear int, apply, spend, end models.Date) {
	s.t.Helper()
	s.until(apply)
	a, b := s.alder.allocated(fiscalYear), s.birch.allocated(fiscalYear)
	until := apply.AddDays(30)
	s.alder.awarded(s.alder.applies(fiscalYear, until, plan{"ITB local_academic", a / 2}, plan{"ETO state_academic", a - a/2}))
	again := s.birch.applies(fiscalYear, until, plan{"ITB local_academic", b})
	s.birch.waived(fiscalYear, again, "The school is still being rebuilt.", "gate.needs_assessment", "gate.prior_year", "gate.effectiveness")
	s.birch.awarded(again)
	s.alder.paid()
	s.birch.paid()
	s.until(spend)
	s.alder.spends(0, a/4, spend)
	s.alder.spends(1, a/4, spend)
	s.birch.spends(0, b/2, spend)
	s.alder.worksheets(fiscalYear, "implementation_worksheet", implementation())
	s.until(end)
	s.alder.spends(0, a/2-a/4, end)
	s.alder.spends(1, a-a/2-a/4, end)
	s.alder.worksheets(fiscalYear, "effectiveness_worksheet", effectiveness("55.0", string(end), "effective"))
}

func (s *term) secondYear() {
	s.imports(2026)
	s.opens(2027)
	s.year(2027, "2027-01-11", "2027-01-20", "2027-05-10")
	s.until("2027-05-24")
	s.alder.tests("ITB", "2027-05-20", map[string]string{"state_academic": "12.4", "local_academic": "52.0", "attendance": "56.0", "process": "71.0"})
	s.birch.tests("ITB", "2027-05-20", map[string]string{"state_academic": "9.1", "local_academic": "41.0"})
	s.until("2027-09-20")
	s.same("benchmarks of Alder Falls", s.alder.standings("ITB"), map[string]string{"state_academic": "met", "local_academic": "met", "attendance": "met", "process": "missed"})
	s.same("benchmarks of Birch Bay", s.birch.standings("ITB"), map[string]string{"state_academic": "missed", "local_academic": "missed", "attendance": "not_reported", "process": "not_reported"})
	s.settles(2026, "2027-09-28")
}

// reviewed is the 18-month review of a district, prepared from the data.
func (d *recipient) reviewed(on models.Date) doc {
	s := d.s
	s.t.Helper()
	path := "/records/" + s.as("liaison").post("/records", body{"grant_year_id": s.years[2028], "kind": "interim_review", "organization_id": d.id,
		"fields": body{"held_on": on, "factors": "Two coaches stayed, one left.", "summary": "Progress was looked at together."}}).id()
	s.as("liaison").change("PATCH", path, body{"fields": body{"rating": "effective"}}).refused(422, "record.unknown_field")
	return s.as("liaison").step(path, "submit").ok()
}

func (s *term) thirdYear() {
	s.imports(2027)
	s.opens(2028)
	s.until("2027-10-18")
	review := s.alder.reviewed("2027-10-15")
	if text := review.doc("fields").text("evidence"); len(text) < 200 || review.doc("fields").text("money") == "" {
		s.t.Errorf("the review was not prepared: %v", review.doc("fields"))
	}
	s.ends(2027, "2027-10-25", "2027-11-18", "2027-11-19")
	s.until("2027-11-20")
	s.birch.reviewed("2027-11-15") // due on November 11
	s.year(2028, "2028-01-10", "2028-01-20", "2028-05-10")
	s.until("2028-05-24")
	s.alder.tests("ETO", "2028-05-20", map[string]string{"state_academic": "14.0", "local_academic": "67.5", "attendance": "66.0", "process": "80.0"})
	s.birch.tests("ETO", "2028-05-20", map[string]string{"state_academic": "8.2", "local_academic": "40.0"})
	s.settles(2027, "2028-09-27")
	s.ends(2028, "2028-10-25", "2028-11-20", "2028-11-21")
	s.until("2028-11-28")
	s.imports(2028)
}

func (s *term) decisions() {
	s.until("2029-04-19")
	evaluation, manager := s.as("evaluation"), s.as("manager")
	about := func(d *recipient) body { return body{"agreement_id": d.agreement} }
	evaluation.send("POST", "/term_decisions", about(s.alder)).refused(409, "accountability.too_early")
	s.until("2029-04-24")
	leaves := evaluation.post("/term_decisions", about(s.alder))
	s.same("Alder Falls", []any{leaves["exits"], leaves.number("exit_count"), leaves.number("met"), leaves.number("total"), leaves["required"], leaves["must_impose"]},
		[]any{true, int64(2), int64(2), int64(2), false, false})
	manager.step("/term_decisions/"+leaves.id(), "decide").ok()
	s.until("2029-05-14")
	stays := evaluation.post("/term_decisions", about(s.birch))
	s.same("Birch Bay", []any{stays["exits"], stays.number("met"), stays.number("total"), stays["reidentified"], stays["must_impose"], stays.text("reconstitution"), stays.text("latest_school_year")},
		[]any{false, int64(0), int64(2), true, true, "must_include", "2029-30"})
	manager.step("/term_decisions/"+stays.id(), "decide").ok()
	for d, report := range map[*recipient]body{s.alder: {"report": "summary", "met_on": "2029-05-10", "summary": "Both schools leave."}, s.birch: {"report": "outcomes_evaluation", "summary": "The school stays."}} {
		path := "/records/" + s.as("liaison").post("/records", body{"grant_year_id": s.years[2028], "kind": "term_report", "organization_id": d.id, "fields": report}).id()
		s.as("liaison").step(path, "submit").ok()
	}
	measure := body{"grant_year_id": s.years[2028], "kind": "imposed_measure", "organization_id": s.birch.id, "fields": body{"measure": "Less autonomy", "school_year": 2030, "reconstitution": false}}
	alone := "/records/" + s.as("liaison").post("/records", measure).id()
	s.as("liaison").step(alone, "submit").refused(422, "record.reconstitution_missing")
	s.as("liaison").change("PATCH", alone, body{"fields": body{"measure": "Reconstitution", "school_year": 2030, "reconstitution": true, "plan_years": 3, "program_changes": "A new literacy program", "principal": "is_replaced"}}).ok()
	s.as("liaison").step(alone, "submit").ok()
	manager.step(alone, "approve").ok()
	manager.step("/agreements/"+s.alder.agreement, "end", "comment", "The term is over and its schools leave.").ok()
	s.until("2029-06-30")
}
