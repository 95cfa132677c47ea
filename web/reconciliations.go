package web

import (
	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesReconciliations() []route {
	return []route{
		{"GET", "/reconciliations", w.reconciliations},
		{"GET", "/applications/:id/reconciliation", w.reconciliation},
		{"GET", "/allocation_standings", w.allocationStandings},
		{"GET", "/allocation_releases", w.allocationReleases},
		{"GET", "/commitments", w.commitments},
		{"GET", "/payees", w.payees},
		{"GET", "/prior_fundings", w.priorFundings},
	}
}

// oneYear is the grant year that a page about one shows: the one asked for, or the latest.
func (r *request) oneYear(f *Form, chosen *string) ([]models.GrantYear, Field, error) {
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	if err == nil && *chosen == "" && len(years) > 0 {
		*chosen = years[0].ID
		for _, y := range years {
			if y.Status == workflow.StatusOpen {
				*chosen = y.ID
			}
		}
		f.Values.Set("grant_year_id", *chosen)
	}
	return years, f.Select("grant_year_id", r.t("Grant year"), yearOptions(years)), err
}

func (w *Web) reconciliations(r *request) error {
	var in workflow.ListReconciliations
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	_, year, err := r.oneYear(f, &in.GrantYearID)
	if err != nil {
		return err
	}
	amount := func(key, label string, of func(workflow.ReconciledTotals) models.Cents) Column[workflow.Reconciliation] {
		return Column[workflow.Reconciliation]{Key: key, Label: label, Unit: models.UnitCents, Cell: func(d workflow.Reconciliation) Cell { return Number(of(d.Totals)) }}
	}
	l := Listing[workflow.Reconciliation]{Path: "/reconciliations", Name: "reconciliations", Long: true, Caption: r.t("Reconciliation"), Key: workflow.Reconciliation.Key,
		Empty: r.t("No application of this year has money yet."), Filters: []Field{year, f.Date("on", r.t("As of"))},
		Load: func(p workflow.Page) ([]workflow.Reconciliation, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.Reconciliations(r.ctx(), r.who, in)
		},
		Columns: []Column[workflow.Reconciliation]{
			{Key: "application", Label: r.t("Application"), Cell: func(d workflow.Reconciliation) Cell {
				return Text(d.Reference).To("/applications/" + d.ApplicationID + "/reconciliation").Noted(d.OrganizationName)
			}},
			amount("allocation", r.t("Allocation"), func(t workflow.ReconciledTotals) models.Cents { return t.AllocationCents }),
			amount("approved", r.t("In force"), func(t workflow.ReconciledTotals) models.Cents { return t.ApprovedCents }),
			amount("paid", r.t("Paid"), func(t workflow.ReconciledTotals) models.Cents { return t.PaidCents }),
			amount("spent", r.t("Spent"), func(t workflow.ReconciledTotals) models.Cents { return t.SpentCents }),
			amount("unspent", r.t("Paid and not spent"), func(t workflow.ReconciledTotals) models.Cents { return t.UnspentPaidCents }),
			{Key: "cells", Label: r.t("Cells that need an amendment"), Unit: models.UnitInteger, Cell: func(d workflow.Reconciliation) Cell { return Number(d.Totals.CellsRequiringAmendment) }},
		}}
	v, err := listed(r, l)
	return r.showList(v, err, Page{Title: r.t("Reconciliation"), Section: "/reconciliations", Lead: r.t("What every application was paid and spent, held against what is approved.")}, "")
}

func (w *Web) reconciliation(r *request) error {
	var days workflow.ReconciliationDays
	f, err := r.filters(&days)
	if err != nil {
		return err
	}
	d, err := r.s.Reconciliation(r.ctx(), r.who, r.id(), days)
	if err != nil {
		return err
	}
	return r.show("reconciliation", Page{Title: r.t("Reconciliation of %s", d.Reference), Lead: d.OrganizationName, Section: "/reconciliations", Wide: true, Body: d,
		Crumbs: []Link{{Text: r.t("Reconciliation"), Href: "/reconciliations"}, {Text: d.Reference, Href: "/applications/" + d.ApplicationID}},
		AsOf:   r.asOf("/applications/"+r.id()+"/reconciliation", days.On, f)})
}

func (w *Web) allocationStandings(r *request) error {
	var in workflow.ListAllocationStandings
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	_, year, err := r.oneYear(f, &in.GrantYearID)
	if err != nil {
		return err
	}
	in.Limit = 0
	amount := func(key, label string, of func(workflow.AllocationStanding) models.Cents) Column[workflow.AllocationStanding] {
		return Column[workflow.AllocationStanding]{Key: key, Label: label, Unit: models.UnitCents, Cell: func(d workflow.AllocationStanding) Cell { return Number(of(d)) }}
	}
	l := Listing[workflow.AllocationStanding]{Path: "/allocation_standings", Name: "allocation_standings", Caption: r.t("Allocations after releases"), Sort: "district", Filters: []Field{year},
		Empty: r.t("No allocation of this year is published yet."), Load: func(workflow.Page) ([]workflow.AllocationStanding, error) {
			return r.s.AllocationStandings(r.ctx(), r.who, in)
		},
		Columns: []Column[workflow.AllocationStanding]{
			{Key: "district", Label: r.t("District"), Cell: func(d workflow.AllocationStanding) Cell {
				return Text(d.OrganizationName).To("/organizations/" + d.OrganizationID).Noted(d.OrganizationCode)
			}},
			amount("original", r.t("Published"), func(d workflow.AllocationStanding) models.Cents { return d.OriginalCents }),
			amount("released", r.t("Given up"), func(d workflow.AllocationStanding) models.Cents { return d.ReleasedCents }),
			amount("reallocated", r.t("Reallocated to it"), func(d workflow.AllocationStanding) models.Cents { return d.ReallocatedCents }),
			amount("allocation", r.t("May be spent"), workflow.AllocationStanding.AllocationCents),
		}}
	v, err := listed(r, l)
	return r.showList(v, err, Page{Title: r.t("Allocations after releases"), Section: "/allocation_standings", Lead: r.t("What every recipient may spend of a year: as published, less what it gave up, with what it was given of others.")}, "")
}

func (w *Web) allocationReleases(r *request) error {
	var in workflow.ListAllocationReleases
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	var names called
	l := Listing[models.AllocationRelease]{Path: "/allocation_releases", Name: "allocation_releases", Long: true, Caption: r.t("Released allocations"), Key: func(d models.AllocationRelease) string { return d.ID },
		Empty: r.t("Nobody gave up allocated money."), Filters: []Field{f.Select("status", r.t("State"), r.options("pooled", "reallocated", "withdrawn"))},
		Load: func(p workflow.Page) ([]models.AllocationRelease, error) {
			in.After, in.Limit = p.After, p.Limit
			rows, err := r.s.AllocationReleases(r.ctx(), r.who, in)
			var organizations, people []string
			for _, d := range rows {
				organizations, people = append(organizations, d.OrganizationID), append(people, d.ReleasedBy)
			}
			if err == nil {
				names, err = r.called(organizations, people, nil, nil)
			}
			return rows, err
		},
		Columns: []Column[models.AllocationRelease]{
			{Key: "released_on", Label: r.t("Released on"), Unit: models.UnitDate, Cell: func(d models.AllocationRelease) Cell { return Day(d.ReleasedOn).Noted(names.People[d.ReleasedBy]) }},
			{Key: "district", Label: r.t("District"), Cell: func(d models.AllocationRelease) Cell {
				return names.district(d.OrganizationID).To("/organizations/" + d.OrganizationID)
			}},
			{Key: "amount", Label: r.t("Amount"), Unit: models.UnitCents, Cell: func(d models.AllocationRelease) Cell { return Number(d.AmountCents) }},
			{Key: "status", Label: r.t("State"), Cell: func(d models.AllocationRelease) Cell { return r.Tagged(string(d.Status)) }},
			{Key: "reason", Label: r.t("Why"), Cell: func(d models.AllocationRelease) Cell { return Text(d.Reason) }},
		}}
	v, err := listed(r, l)
	v.kept(f, "organization_id", "grant_year_id")
	return r.showList(v, err, Page{Title: r.t("Released allocations"), Section: "/allocation_releases", Lead: r.t("Allocated money that was given up before it lapsed, to be shared out again.")}, "")
}

func (w *Web) commitments(r *request) error {
	var in workflow.ListCommitments
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	var names called
	l := Listing[workflow.CommitmentRow]{Path: "/commitments", Name: "commitments", Long: true, Caption: r.t("Commitments"), Key: func(d workflow.CommitmentRow) string { return d.ID },
		Empty:   r.t("No commitment is written yet. Programs with restricted lines spend them under signed contracts only."),
		Filters: []Field{f.Select("status", r.t("State"), r.options("draft", "submitted", "approved", "returned", "denied", "contracted", "cancelled"))},
		Load: func(p workflow.Page) ([]workflow.CommitmentRow, error) {
			in.After, in.Limit = p.After, p.Limit
			rows, err := r.s.Commitments(r.ctx(), r.who, in)
			var organizations []string
			for _, d := range rows {
				organizations = append(organizations, d.OrganizationID)
			}
			if err == nil {
				names, err = r.called(organizations, nil, nil, nil)
			}
			return rows, err
		},
		Columns: []Column[workflow.CommitmentRow]{
			{Key: "reference", Label: r.t("Commitment"), Cell: func(d workflow.CommitmentRow) Cell { return Text(d.Reference).Noted(d.Description) }},
			{Key: "district", Label: r.t("District"), Cell: func(d workflow.CommitmentRow) Cell { return names.district(d.OrganizationID) }},
			{Key: "payee", Label: r.t("Payee"), Cell: func(d workflow.CommitmentRow) Cell { return Text(d.Payee.Name) }},
			{Key: "status", Label: r.t("State"), Cell: func(d workflow.CommitmentRow) Cell { return r.Tagged(string(d.Status)) }},
			{Key: "amount", Label: r.t("Amount"), Unit: models.UnitCents, Cell: func(d workflow.CommitmentRow) Cell { return Number(d.AmountCents) }},
			{Key: "spent", Label: r.t("Spent"), Unit: models.UnitCents, Cell: func(d workflow.CommitmentRow) Cell { return Number(d.SpentCents) }},
			{Key: "ends_on", Label: r.t("Until"), Unit: models.UnitDate, Cell: func(d workflow.CommitmentRow) Cell { return Day(d.EndsOn) }},
		}}
	v, err := listed(r, l)
	v.kept(f, "application_id", "line_item_id", "payee_id", "organization_id", "grant_year_id")
	return r.showList(v, err, Page{Title: r.t("Commitments"), Section: "/commitments", Lead: r.t("Contracts under which restricted lines are spent.")}, "")
}

func (w *Web) payees(r *request) error {
	var in workflow.ListPayees
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	l := Listing[models.Payee]{Path: "/payees", Name: "payees", Long: true, Caption: r.t("Payees"), Key: func(d models.Payee) string { return d.ID }, Empty: r.t("No payee is on the list yet."),
		Filters: []Field{f.Select("kind", r.t("Kind"), r.options("partner_organization", "vendor", "employee", "public_agency", "other"))},
		Load: func(p workflow.Page) ([]models.Payee, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.Payees(r.ctx(), r.who, in)
		},
		Columns: []Column[models.Payee]{
			{Key: "code", Label: r.t("Code"), Cell: func(d models.Payee) Cell { return Text(d.Code) }},
			{Key: "name", Label: r.t("Name"), Cell: func(d models.Payee) Cell { return Text(d.Name).To("/commitments?payee_id=" + d.ID).Noted(d.Note) }},
			{Key: "kind", Label: r.t("Kind"), Cell: func(d models.Payee) Cell { return Text(r.t(words(d.PayeeKind))) }},
			{Key: "in_portfolio", Label: r.t("In the portfolio"), Cell: func(d models.Payee) Cell {
				if d.InPortfolio {
					return Text(r.t("yes"))
				}
				return Text(r.t("no"))
			}},
		}}
	v, err := listed(r, l)
	return r.showList(v, err, Page{Title: r.t("Payees"), Section: "/payees", Lead: r.t("Who may be paid under commitments.")}, "")
}

func (w *Web) priorFundings(r *request) error {
	var in workflow.ListPriorFundings
	if _, err := r.filters(&in); err != nil {
		return err
	}
	l := Listing[models.PriorFunding]{Path: "/prior_fundings", Name: "prior_fundings", Long: true, Caption: r.t("Funding of earlier years"), Key: func(d models.PriorFunding) string { return d.ID },
		Empty: r.t("No list of earlier funding was handed in."),
		Load: func(p workflow.Page) ([]models.PriorFunding, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.PriorFundings(r.ctx(), r.who, in)
		},
		Columns: []Column[models.PriorFunding]{
			{Key: "program", Label: r.t("Program"), Cell: func(d models.PriorFunding) Cell { return Text(d.ProgramCode) }},
			{Key: "fiscal_year", Label: r.t("Fiscal year"), Unit: models.UnitInteger, Cell: func(d models.PriorFunding) Cell { return Number(d.FiscalYear) }},
			{Key: "source", Label: r.t("Source"), Cell: func(d models.PriorFunding) Cell { return Text(d.Source) }},
			{Key: "rows", Label: r.t("Rows"), Unit: models.UnitInteger, Cell: func(d models.PriorFunding) Cell { return Number(d.RowCount) }},
			{Key: "total", Label: r.t("Total"), Unit: models.UnitCents, Cell: func(d models.PriorFunding) Cell { return Number(d.TotalCents) }},
		}}
	v, err := listed(r, l)
	return r.showList(v, err, Page{Title: r.t("Funding of earlier years"), Section: "/prior_fundings", Lead: r.t("Lists of what payees had before Earmark kept it.")}, "")
}
