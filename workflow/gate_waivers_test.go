package workflow

import (
	"strings"
	"testing"

	"earmark/models"
	"earmark/store"
)

// waive waives a finding of the district's gate for a grant year.
func (o *office) waive(who models.Actor, finding, yearID string) (AgreementDetail, error) {
	o.t.Helper()
	now, err := o.s.Agreement(ctx, who, o.agreement.ID)
	noError(o.t, err)
	return o.s.WaiveGate(ctx, who, WaiveGate{AgreementID: now.ID, Version: now.Version, GrantYearID: yearID, Finding: finding, Reason: "The ISD was closed."})
}

// A waiver lets pass the one finding that it names, for the one year that it names.
func TestAWaiverIsExact(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	_, rev := o.application()
	o.save(o.services(rev, 1000000))
	next := o.year
	next.Root, next.FiscalYear, next.Title = models.Root{}, 2027, "Section 21(h) FY2027"
	next.StartsOn, next.EndsOn = o.year.StartsOn.AddDays(365), o.year.EndsOn.AddDays(365)
	o.add(&next)
	o.agreement.NeedsApprovedOn, o.agreement.FundedYearsPrior = "2025-12-01", 3 // day 91
	o.update(&o.agreement, "needs_approved_on", "funded_years_prior")
	shut := func(errors, waived int, codes string) {
		t.Helper()
		f, err := o.s.Validate(ctx, o.preparer, rev.ID)
		noError(t, err)
		var have []string
		for _, x := range f.Fields {
			have = append(have, x.Code+" "+x.Severity)
			if x.Severity == severityWaived && !strings.HasSuffix(x.Detail, "Waived on 2026-01-05: The ISD was closed.") {
				t.Errorf("no reason: %+v", x)
			}
		}
		equal(t, []any{f.Errors, f.Waived, strings.Join(have, ", ")}, []any{errors, waived, codes})
	}
	shut(2, 0, "gate.needs_assessment error, gate.funded_years error")

	for _, c := range []struct {
		who           models.Actor
		finding, year string
		kind          models.Kind
		code          string
	}{
		{o.pal, "gate.needs_assessment", o.year.ID, models.Forbidden, "permission.role"},
		{o.official, "gate.needs_assessment", o.year.ID, models.Forbidden, "permission.role"},
		{o.manager, "", o.year.ID, models.Invalid, "required"},
		{o.manager, "gate.agreement_signed", o.year.ID, models.Invalid, "gate_waiver.fixed"},
		{o.manager, "needs_assessment", o.year.ID, models.Invalid, "gate_waiver.unknown"},
		{o.manager, "gate.needs_assessment", o.district.ID, models.Invalid, "not_found"},
	} {
		_, err := o.waive(c.who, c.finding, c.year)
		refused(t, err, c.kind, c.code)
	}
	_, err := o.waive(o.manager, "gate.needs_assessment", next.ID)
	noError(t, err)
	shut(2, 0, "gate.needs_assessment error, gate.funded_years error") // another year's
	a, err := o.waive(o.manager, "gate.needs_assessment", o.year.ID)
	noError(t, err)
	equal(t, len(a.Waivers), 2)
	shut(1, 1, "gate.funded_years error, gate.needs_assessment waived")
	_, err = o.s.TransitionRevision(ctx, o.official, TransitionRevision{ID: rev.ID, Event: "submit"})
	refused(t, err, models.Invalid, "gate.funded_years")
	_, err = o.waive(o.manager, "gate.needs_assessment", o.year.ID)
	refused(t, err, models.Conflict, "gate_waiver.exists")
	_, err = o.waive(o.manager, "gate.funded_years", o.year.ID)
	noError(t, err)
	shut(0, 2, "gate.needs_assessment waived, gate.funded_years waived")
}

// Until the application is handed in a waiver can be taken back; the trail keeps both.
func TestAWaiverIsRevoked(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, rev := o.application()
	o.save(o.services(rev, 1000000))
	o.agreement.NeedsApprovedOn = "2025-12-01"
	o.update(&o.agreement, "needs_approved_on")
	a, err := o.waive(o.manager, "gate.needs_assessment", o.year.ID)
	noError(t, err)
	view, err := o.s.Application(ctx, o.official, app.ID)
	noError(t, err)
	equal(t, view.Waivers, a.Waivers)
	equal(t, []string{view.Waivers[0].Reason, view.Waivers[0].GivenBy, string(view.Waivers[0].GivenOn)}, []string{"The ISD was closed.", o.manager.UserID, "2026-01-05"})
	revoke := RevokeGateWaiver{AgreementID: a.ID, WaiverID: a.Waivers[0].ID, Version: a.Version}
	_, err = o.s.RevokeGateWaiver(ctx, o.pal, revoke)
	refused(t, err, models.Forbidden, "permission.role")
	a, err = o.s.RevokeGateWaiver(ctx, o.manager, revoke)
	noError(t, err)
	equal(t, len(a.Waivers), 0)
	revoke.Version = a.Version
	_, err = o.s.RevokeGateWaiver(ctx, o.manager, revoke)
	refused(t, err, models.NotFound, "not_found")
	_, err = o.s.TransitionRevision(ctx, o.official, TransitionRevision{ID: rev.ID, Event: "submit"})
	refused(t, err, models.Invalid, "gate.needs_assessment")

	a, err = o.waive(o.manager, "gate.needs_assessment", o.year.ID)
	noError(t, err)
	rev = o.step(o.official, rev, "submit", "")
	revoke.WaiverID, revoke.Version = a.Waivers[0].ID, a.Version
	_, err = o.s.RevokeGateWaiver(ctx, o.manager, revoke)
	refused(t, err, models.Conflict, "gate_waiver.submitted")
	_, err = o.waive(o.manager, "gate.funded_years", o.year.ID)
	refused(t, err, models.Conflict, "gate_waiver.submitted")
	o.step(o.pal, rev, "return", "Mend the lines.")
	_, err = o.s.RevokeGateWaiver(ctx, o.manager, revoke)
	noError(t, err) // it will be looked at again
	events := all[models.AuditEvent](o.night, store.Eq{"document_id": a.ID, "action": []string{"waive_gate", "revoke_waiver"}})
	equal(t, len(events), 4)
	if !strings.Contains(events[0].Changes, `"gate_waivers/mi-21h FY2026 gate.needs_assessment/reason":[null,"The ISD was closed."]`) || events[0].Reason != "The ISD was closed." {
		t.Errorf("%+v", events[0])
	}

	later := models.Agreement{OrganizationID: o.district.ID, Cohort: "Six", Status: StatusDraft, AssignedOn: "2026-01-02"}
	o.add(&later)
	_, err = o.s.WaiveGate(ctx, o.manager, WaiveGate{AgreementID: later.ID, Version: later.Version, GrantYearID: o.year.ID, Finding: "gate.prior_year", Reason: "x"})
	refused(t, err, models.Conflict, "gate_waiver.other_agreement")
}
