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
	revision = s.as(d.preparer).list("/revisions?application_id=" + d.application)[0].id()
	for _, l := range lines {
		s.as(d.preparer).change("POST", "/revisions/"+revision+"/line_items", services(d.schools[0], d.targets[l.target], l.amount)).ok()
	}
	if until != "" {
		s.as("liaison").change("PUT", "/applications/"+d.application+"/window_exception", body{"until": until, "comment": "The agreement was signed after the window."}).ok()
	}
	return revision
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

// reports says that a day's ledger is in.
func (d *recipient) reports(from, to models.Date) {
	d.s.t.Helper()
	d.s.as(d.preparer).post("/period_reports", body{"application_id": d.application, "period_start": from, "period_end": to})
}

// allocated is what the run in force gives the district.
func (d *recipient) allocated(fiscalYear int) models.Cents {
	d.s.t.Helper()
	return where(d.s.as("auditor").list("/allocations?limit=100&run_id="+d.s.runs[fiscalYear]), "organization_id", d.id).cents("amount_cents")
}

func (s *term) firstYear() {
	s.until("2026-05-12")
	a := s.alder.allocated(2026)
	s.alder.awarded(s.alder.applies(2026, "2026-06-15", plan{"ITB local_academic", a / 2}, plan{"ITB attendance", a - a/2}))
	b := s.birch.allocated(2026)
	s.same("the pool", a+b, models.Cents(60000000))
	late := s.birch.applies(2026, "2026-06-15", plan{"ITB local_academic", b})
	s.as(s.birch.official).step("/revisions/"+late, "submit").refused(422, "gate.needs_late")
	s.as("manager").change("PUT", "/agreements/"+s.birch.agreement+"/gate_override", body{"reason": "A fire closed the school in March."}).ok()
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
	}
	s.until("2026-09-20") // tutoring costs more than planned, attendance less
	s.alder.spends(0, a/2/4-100, "2026-09-18")
	s.until("2026-09-30")
	s.alder.spends(1, a/2/8, "2026-09-29")
}
