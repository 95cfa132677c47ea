package workflow

import (
	"context"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// What a cell's spending asks for.
const (
	CellWithin    = "within"             // at most what is approved
	CellTolerated = "within_tolerance"   // above it, and not above the tolerance
	CellAmendment = "amendment_required" // above the tolerance, or nothing was approved
)

// CellResults lists what a cell's spending can ask for.
var CellResults = []string{CellWithin, CellTolerated, CellAmendment}

// ReconciledCell is one function x object cell held against what is approved. Amounts are
// cents; the excesses are 0 where there is none.
type ReconciledCell struct {
	FunctionCode       string       `json:"function_code"`
	ObjectCode         string       `json:"object_code"`
	ApprovedCents      models.Cents `json:"approved_cents"`
	SpentCents         models.Cents `json:"spent_cents"`      // reversals and credits are taken off
	DifferenceCents    models.Cents `json:"difference_cents"` // approved - spent
	AllowedCents       models.Cents `json:"allowed_cents"`    // how far above approved the tolerance goes
	OverApprovedCents  models.Cents `json:"over_approved_cents"`
	OverToleranceCents models.Cents `json:"over_tolerance_cents"`
	Result             string       `json:"result"`
}

// ReconciledTotals are the sums of a reconciliation. Paid is what is left of the payments
// after what was returned.
type ReconciledTotals struct {
	AllocationCents         models.Cents `json:"allocation_cents"`
	PaidCents               models.Cents `json:"paid_cents"`
	ReturnedCents           models.Cents `json:"returned_cents"`
	ApprovedCents           models.Cents `json:"approved_cents"`
	SpentCents              models.Cents `json:"spent_cents"`
	DifferenceCents         models.Cents `json:"difference_cents"`         // approved - spent
	UnspentPaidCents        models.Cents `json:"unspent_paid_cents"`       // paid - spent, at least 0
	UnspentAllocationCents  models.Cents `json:"unspent_allocation_cents"` // allocation - spent, at least 0
	OverApprovedCents       models.Cents `json:"over_approved_cents"`      // of all cells
	OverToleranceCents      models.Cents `json:"over_tolerance_cents"`     // of all cells
	CellsRequiringAmendment int          `json:"cells_requiring_amendment"`
}

// Reconcile holds what was spent against what is approved, cell by cell, and adds up. A
// cell may be exceeded by exactly the tolerance; one in which nothing was approved not at
// all. allocation, paid and returned are taken over.
func Reconcile(t programs.Tolerance, allocation, paid, returned models.Cents, cells []ReconciledCell) (ReconciledTotals, []ReconciledCell) {
	sum := ReconciledTotals{AllocationCents: allocation, PaidCents: paid, ReturnedCents: returned}
	out := make([]ReconciledCell, len(cells))
	for i, c := range cells {
		c = reconcileCell(t, c)
		sum.ApprovedCents += c.ApprovedCents
		sum.SpentCents += c.SpentCents
		sum.OverApprovedCents += c.OverApprovedCents
		sum.OverToleranceCents += c.OverToleranceCents
		if c.Result == CellAmendment {
			sum.CellsRequiringAmendment++
		}
		out[i] = c
	}
	sum.DifferenceCents = sum.ApprovedCents - sum.SpentCents
	sum.UnspentPaidCents = max(paid-sum.SpentCents, 0)
	sum.UnspentAllocationCents = max(allocation-sum.SpentCents, 0)
	return sum, out
}

func reconcileCell(t programs.Tolerance, c ReconciledCell) ReconciledCell {
	c.DifferenceCents = c.ApprovedCents - c.SpentCents
	c.AllowedCents = 0
	if c.ApprovedCents > 0 {
		c.AllowedCents = t.Allowed(c.ApprovedCents)
	}
	c.OverApprovedCents = max(-c.DifferenceCents, 0)
	c.OverToleranceCents = max(c.OverApprovedCents-c.AllowedCents, 0)
	switch {
	case c.OverToleranceCents > 0:
		c.Result = CellAmendment
	case c.OverApprovedCents > 0:
		c.Result = CellTolerated
	default:
		c.Result = CellWithin
	}
	return c
}

// Reconciliation is an application's money as of a day, held against what is approved.
type Reconciliation struct {
	store.ApplicationFigures
	On      models.Date // as of which everything is looked at
	Through models.Date // last day of spending that counts
	Totals  ReconciledTotals
	Cells   []ReconciledCell
	Cite    string // of the tolerance
}

// Key is the place of a row in a list.
func (r Reconciliation) Key() string { return r.ApplicationID }

// ReconciliationDays are the days of a reconciliation: today when not given, and spending
// up to On.
type ReconciliationDays struct {
	On      models.Date `json:"on" validate:"omitempty,civil_date"`
	Through models.Date `json:"through" validate:"omitempty,civil_date"`
}

// Reconciliation holds one application's spending against what is approved.
func (s *Service) Reconciliation(ctx context.Context, who models.Actor, applicationID string, days ReconciliationDays) (Reconciliation, error) {
	if err := s.check(days); err != nil {
		return Reconciliation{}, err
	}
	r := s.db.Read(ctx)
	app, err := store.Get[models.Application](r, applicationID)
	if err != nil {
		return Reconciliation{}, err
	}
	if err := allow(who, ReadDocuments, app.OrganizationID); err != nil {
		return Reconciliation{}, err
	}
	return s.reconcile(r, app, days)
}

// reconcile is Reconciliation for an application that is known.
func (s *Service) reconcile(r store.Reading, app models.Application, days ReconciliationDays) (Reconciliation, error) {
	rows, err := s.reconciliations(r, store.Scope{All: true}, store.ReconciliationWanted{ApplicationID: app.ID, GrantYearID: app.GrantYearID}, days, store.Page{})
	if err != nil || len(rows) == 0 {
		return Reconciliation{}, err
	}
	return rows[0], nil
}

// ListReconciliations asks for the applications of a grant year, reconciled.
type ListReconciliations struct {
	GrantYearID    string      `json:"grant_year_id" validate:"required,max=64"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	On             models.Date `json:"on" validate:"omitempty,civil_date"`
	Through        models.Date `json:"through" validate:"omitempty,civil_date"`
	After          string      `json:"after" validate:"max=64"` // application
	Limit          int         `json:"limit" validate:"gte=0,lte=100"`
}

// Reconciliations lists the applications of a grant year that the actor may see, each held
// against what is approved, without their cells.
func (s *Service) Reconciliations(ctx context.Context, who models.Actor, in ListReconciliations) ([]Reconciliation, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	rows, err := s.reconciliations(s.db.Read(ctx), scope(who), store.ReconciliationWanted{GrantYearID: in.GrantYearID, OrganizationID: in.OrganizationID},
		ReconciliationDays{in.On, in.Through}, store.Page{After: in.After, Limit: in.Limit})
	if models.KindOf(err) == models.NotFound { // no such grant year: nothing to list
		return nil, nil
	}
	return rows, err
}

func (s *Service) reconciliations(r store.Reading, sc store.Scope, want store.ReconciliationWanted, days ReconciliationDays, page store.Page) ([]Reconciliation, error) {
	ru, err := s.rules(r, want.GrantYearID)
	if err != nil {
		return nil, err
	}
	want.On = s.asOf(days.On)
	want.Past = want.On < s.Today()
	if want.Through = days.Through; want.Through == "" {
		want.Through = want.On
	}
	apps, cells, err := store.Reconciled(r, sc, want, page)
	if err != nil {
		return nil, err
	}
	of := map[string][]ReconciledCell{}
	for _, c := range cells {
		of[c.ApplicationID] = append(of[c.ApplicationID], ReconciledCell{FunctionCode: c.FunctionCode, ObjectCode: c.ObjectCode, ApprovedCents: c.ApprovedCents, SpentCents: c.SpentCents})
	}
	out := make([]Reconciliation, len(apps))
	for i, a := range apps {
		out[i] = Reconciliation{ApplicationFigures: a, On: want.On, Through: want.Through, Cite: ru.def.Amendment.Cite}
		out[i].Totals, out[i].Cells = Reconcile(ru.def.Amendment.Tolerance, a.AllocationCents, a.PaidCents, a.ReturnedCents, of[a.ApplicationID])
	}
	return out, nil
}
