package workflow

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// severityWaived marks a finding that stays true and no longer stops anything.
const severityWaived = "waived"

// gateFound is what the gate found: what keeps it shut, and what the office waived.
type gateFound struct {
	shut, waived []models.FieldError
}

// gateFindings applies the definition's conditions for receiving the money. It holds for
// applications; an amendment stays inside what was granted.
func (s *Service) gateFindings(r store.Reading, d *draft) (gateFound, error) {
	if d.revision.BaseID != nil || len(d.def.Gate) == 0 {
		return gateFound{}, nil
	}
	h, err := s.historyOf(r, d)
	if err != nil {
		return gateFound{}, err
	}
	return d.gate(h)
}

// gate finds the conditions that do not hold, and who waived which of them for this year.
func (d *draft) gate(h history) (found gateFound, err error) {
	prior, err := priorViews(d.def, d.params, h.records)
	if err != nil {
		return found, err
	}
	for _, f := range d.def.CheckGate(d.gateView(h), prior, d.params) {
		i := slices.IndexFunc(d.waivers, func(w models.GateWaiver) bool { return w.Finding == f.Code })
		if i < 0 || waivable(d.def, f.Code) != nil {
			found.shut = append(found.shut, f)
			continue
		}
		f.Severity, f.Fix = severityWaived, ""
		if w := d.waivers[i]; w.Reason != "" {
			f.Detail = fmt.Sprintf("%s Waived on %s: %s", f.Detail, w.GivenOn, w.Reason)
		}
		found.waived = append(found.waived, f)
	}
	return found, nil
}

// waivable says why a finding of the gate cannot be waived.
func waivable(def *programs.Definition, finding string) *models.FieldError {
	var may []string
	for _, g := range def.Gate {
		code := "gate." + g.Code
		if code == finding && !g.Overridable {
			return &models.FieldError{Code: "gate_waiver.fixed", Detail: fmt.Sprintf("%s is never waived (%s).", finding, g.Cite), Fix: g.Fix}
		}
		if code == finding {
			return nil
		}
		if g.Overridable {
			may = append(may, code)
		}
	}
	return &models.FieldError{Code: "gate_waiver.unknown", Detail: fmt.Sprintf("The gate of %s has no finding %q.", def.Title, finding), Fix: "Name a finding that may be waived: " + strings.Join(may, ", ") + "."}
}

// history is what a gate looks at of earlier years.
type history struct {
	funded  int // earlier years of the program with an approved application
	prior   *priorUse
	records map[string]priorRecords // of the year before, by kind
}

// priorUse is how the money of the year before was used, once that year is over.
type priorUse struct {
	AllocationCents models.Cents
	SpentCents      models.Cents
}

func (d *draft) gateView(h history) programs.GateView {
	view := programs.GateView{LowPerformingSchools: int64(len(d.partnership)), FundedYears: int64(h.funded)}
	if a := d.def.Assignment; a != nil {
		view.Office = a.No
		if len(d.partnership) >= a.Minimum {
			view.Office = a.Yes
		}
	}
	if a := d.agreement; a != nil {
		view.AgreementSigned = a.Status == StatusSigned
		view.FundedYears += int64(a.FundedYearsPrior)
		if !a.NeedsApprovedOn.IsZero() {
			view.NeedsApproved, view.NeedsDays = true, int64(a.NeedsApprovedOn.DaysSince(a.AssignedOn))
		}
	}
	if minimum, ok := d.params.BasisPoints(d.def.Utilization.MinimumParameter); ok && h.prior != nil {
		view.PriorYearRateKnown = true
		view.PriorYearBelowMinimum = models.Below(h.prior.SpentCents, h.prior.AllocationCents, minimum)
	}
	return view
}

func (s *Service) historyOf(r store.Reading, d *draft) (history, error) {
	var h history
	var err error
	if h.funded, err = readerOf(r).EarlierFundedYears(d.def.Code, d.year.FiscalYear, d.application.OrganizationID); err != nil {
		return h, err
	}
	prior, err := s.yearBefore(r, d.year)
	if err != nil || prior == nil {
		return h, err
	}
	records, err := s.recordsOf(r, *prior, d.application.OrganizationID)
	if err != nil {
		return h, err
	}
	h.records = records[d.application.OrganizationID]
	app, err := store.One[models.Application](r, store.Eq{"grant_year_id": prior.ID, "organization_id": d.application.OrganizationID})
	if models.KindOf(err) == models.NotFound || (err == nil && app.AllocationCents == 0) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	spent, err := readerOf(r).SpentTotal(app.ID)
	h.prior = &priorUse{app.AllocationCents, spent}
	return h, err
}

// yearBefore is the program's grant year before one, once it is over; nil when there is none.
func (s *Service) yearBefore(r store.Reading, year models.GrantYear) (*models.GrantYear, error) {
	prior, err := store.One[models.GrantYear](r, store.Eq{"program_code": year.ProgramCode, "fiscal_year": year.FiscalYear - 1})
	if models.KindOf(err) == models.NotFound || (err == nil && prior.EndsOn >= s.Today()) {
		return nil, nil
	}
	return &prior, err
}

// waiversOf are the waivers that stand for an application.
func waiversOf(r store.Reading, app models.Application) ([]models.GateWaiver, error) {
	agreement, err := latestAgreement(r, app.OrganizationID)
	if err != nil || agreement == nil {
		return nil, err
	}
	return store.All[models.GateWaiver](r, store.Eq{"agreement_id": agreement.ID, "grant_year_id": app.GrantYearID}, "finding")
}
