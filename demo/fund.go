package demo

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/workflow"
)

// FundCode is the second program of the demo: restricted lines of two schools.
const FundCode = "ma-boston-partnership-fund"

// fund is the Partnership Fund of a fictional city while it is built.
type fund struct {
	year    string
	schools [2]fundSchool
	payees  []models.Payee
}

type fundSchool struct {
	id                                     string
	leader, clerk, council, superintendent models.Actor
	line                                   models.LineItem
}

func bodyMember(note string) Account {
	return Account{models.RoleBodyMember, "Rowan Demo-Council 1", "council-1@demo.example", note}
}

// partnershipFund brings two schools' lines in force and their commitments into every
// interesting state.
func (w *world) partnershipFund() {
	f := &fund{}
	w.at("2025-01-06", "make the schools of the Partnership Fund", func(ctx context.Context) error { return w.fundPlaces(ctx, f) })
	w.at("2025-01-10", "allocate the Partnership Fund", func(ctx context.Context) error { return w.fundYear(ctx, f) })
	for n := range f.schools {
		w.at("2025-02-03", "load a restricted line", func(ctx context.Context) error { return w.fundLine(ctx, f, n) })
	}
	w.at("2025-03-03", "promise money to partners", func(ctx context.Context) error { return w.fundCommitments(ctx, f) })
}

func (w *world) fundPlaces(ctx context.Context, f *fund) error {
	_, err := w.s.ImportOrganizations(ctx, w.analyst, workflow.OrganizationFile{Source: "Synthetic", FileName: "fund-schools.csv", Content: []byte("kind,code,name,parent_code\n" +
		"district,B-001,Harborview City Schools (synthetic),\nschool,B-101,Harborside Demo School,B-001\nschool,B-102,Millpond Demo School,B-001\n")})
	if err != nil {
		return err
	}
	w.clock.tick()
	_, err = w.s.ImportFacts(ctx, w.analyst, workflow.FactFile{ProgramCode: FundCode, Year: 2023, Source: "Opportunity Index, synthetic version 1", FileName: "fund-index.csv",
		Content: []byte("code,pupils,index_version,neighborhood_crime,neighborhood_attainment,neighborhood_income,family_status,past_performance\n" +
			"B-101,410,synthetic 1,62,58,71,66,54\nB-102,290,synthetic 1,55,61,57,63,59\n")})
	if err != nil {
		return err
	}
	for i, code := range []string{"B-101", "B-102"} {
		id, err := w.organization(ctx, models.KindSchool, code)
		if err != nil {
			return err
		}
		if err := w.fundPeople(ctx, &f.schools[i], i+1, id); err != nil {
			return err
		}
	}
	for _, p := range []workflow.NewPayee{
		{Code: "DP-01", Name: "Lighthouse Reading Club (synthetic)", PayeeKind: "partner_organization", InPortfolio: true},
		{Code: "DP-02", Name: "Driftwood Studio (synthetic)", PayeeKind: "partner_organization"},
		{Code: "DP-03", Name: "Tidepool Science (synthetic)", PayeeKind: "partner_organization", InPortfolio: true},
		{Code: "DP-04", Name: "Payroll (synthetic)", PayeeKind: "employee"},
	} {
		w.clock.tick()
		payee, err := w.s.CreatePayee(ctx, w.manager, p)
		if err != nil {
			return err
		}
		f.payees = append(f.payees, payee)
	}
	return nil
}

func (w *world) fundPeople(ctx context.Context, s *fundSchool, n int, id string) (err error) {
	s.id = id
	for _, one := range []struct {
		role       models.Role
		body, name string
		is         *models.Actor
	}{{models.RoleAuthorizedOfficial, "", "Leader", &s.leader}, {models.RolePreparer, "", "Clerk", &s.clerk},
		{models.RoleBodyMember, "school_site_council", "Council", &s.council}, {models.RoleBodyMember, "instructional_superintendent", "Superintendent", &s.superintendent}} {
		w.clock.tick()
		address := map[string]string{"Leader": "leader", "Clerk": "clerk", "Council": "council", "Superintendent": "superintendent"}[one.name]
		p, err := w.s.CreateUser(ctx, w.administrator, workflow.CreateUser{Email: fmt.Sprintf("%s-%d@demo.example", address, n), Name: fmt.Sprintf("Rowan Demo-%s %d", one.name, n),
			Password: Password, Roles: []workflow.RoleGrant{{Role: one.role, OrganizationID: id, Body: one.body}}})
		if err != nil {
			return err
		}
		*one.is = models.Actor{UserID: p.ID, Name: p.Name, Roles: p.Roles}
	}
	return nil
}

func (w *world) fundYear(ctx context.Context, f *fund) error {
	gy, err := w.s.CreateGrantYear(ctx, w.analyst, workflow.CreateGrantYear{ProgramCode: FundCode, FiscalYear: 2026, Parameters: map[string]string{"pool": "14000000"}})
	if err != nil {
		return err
	}
	f.year = gy.ID
	if _, err = w.s.TransitionGrantYear(ctx, w.manager, workflow.GrantYearTransition{ID: gy.ID, Version: gy.Version, Event: "open"}); err != nil {
		return err
	}
	w.clock.tick()
	run, err := w.s.RunAllocation(ctx, w.analyst, workflow.NewAllocationRun{GrantYearID: gy.ID, FactsYear: 2023, Label: "Per pupil (synthetic index)"})
	if err != nil {
		return err
	}
	w.clock.tick()
	_, err = w.s.TransitionAllocationRun(ctx, w.manager, workflow.AllocationRunTransition{ID: run.ID, Version: run.Version, Event: "publish"})
	return err
}

func (w *world) fundLine(ctx context.Context, f *fund, n int) error {
	s := &f.schools[n]
	app, err := w.s.CreateApplication(ctx, s.clerk, workflow.CreateApplication{GrantYearID: f.year, OrganizationID: s.id})
	if err != nil {
		return err
	}
	view, err := w.s.Application(ctx, s.clerk, app.ID)
	if err != nil {
		return err
	}
	rev := view.Revisions[0]
	w.clock.tick()
	saved, err := w.s.SaveLineItem(ctx, s.clerk, workflow.SaveLineItem{RevisionID: rev.ID, Version: rev.Version, UseCategory: "partner", CostKind: "purchased_services",
		Description: "Restricted line of the Partnership Fund", Costs: []workflow.CostInput{{AmountCents: app.AllocationCents}}})
	if err != nil {
		return err
	}
	w.clock.tick()
	if rev, err = w.s.TransitionRevision(ctx, s.leader, workflow.TransitionRevision{ID: rev.ID, Version: saved.Revision.Version, Event: "submit"}); err != nil {
		return err
	}
	w.clock.tick()
	if _, err = w.s.TransitionRevision(ctx, w.fiscals[0], workflow.TransitionRevision{ID: rev.ID, Version: rev.Version, Event: "approve"}); err != nil {
		return err
	}
	lines, err := w.s.LineItems(ctx, s.clerk, workflow.ListLineItems{ApplicationID: app.ID})
	if err != nil {
		return err
	}
	s.line = lines[0].LineItem
	return nil
}

// fundCommitments leaves one commitment each contracted and partly spent, approved and in
// procurement, approved by one body of two, returned, denied, cancelled and in draft.
func (w *world) fundCommitments(ctx context.Context, f *fund) error {
	a, b := &f.schools[0], &f.schools[1]
	for _, one := range []struct {
		s      *fundSchool
		payee  int
		amount models.Cents
		what   string
		steps  []string
	}{
		{a, 0, 3000000, "Reading club, three afternoons a week", []string{"submit", "council", "superintendent", "contract"}},
		{a, 1, 1500000, "Murals with two classes, outside the portfolio because the artist lives next door", []string{"submit", "superintendent", "council", "procure"}},
		{a, 2, 900000, "Science on Saturdays", []string{"submit", "superintendent"}},
		{b, 2, 2000000, "Tide pool excursions", []string{"submit", "return"}},
		{b, 1, 800000, "Print workshop", []string{"submit", "deny"}},
		{b, 0, 500000, "Reading club in the summer", []string{"submit", "cancel"}},
		{b, 0, 1200000, "Reading club, two afternoons a week", nil},
	} {
		w.clock.tick()
		c, err := w.s.CreateCommitment(ctx, one.s.clerk, workflow.NewCommitment{LineItemID: one.s.line.ID, PayeeID: f.payees[one.payee].ID, Description: one.what,
			AmountCents: one.amount, StartsOn: "2025-09-08", EndsOn: "2026-06-12"})
		if err != nil {
			return err
		}
		for _, step := range one.steps {
			w.clock.tick()
			if c, err = w.fundStep(ctx, one.s, c, step); err != nil {
				return fmt.Errorf("%s, %s: %w", one.what, step, err)
			}
		}
		if c.Status == workflow.StatusContracted {
			w.at("2025-10-15", "pay a partner", func(ctx context.Context) error {
				_, err := w.s.PostExpenditure(ctx, one.s.clerk, workflow.NewExpenditure{LineItemID: one.s.line.ID, CommitmentID: c.ID, AmountCents: 750000,
					SpentOn: "2025-10-14", Vendor: f.payees[one.payee].Name, Invoice: "LRC-1", Memo: "First quarter"})
				return err
			})
		}
	}
	return nil
}

func (w *world) fundStep(ctx context.Context, s *fundSchool, c workflow.CommitmentDetail, step string) (workflow.CommitmentDetail, error) {
	in := workflow.TransitionCommitment{ID: c.ID, Version: c.Version, Event: step}
	who := s.leader
	switch step {
	case "council":
		who, in.Event = s.council, "approve"
	case "superintendent":
		who, in.Event = s.superintendent, "approve"
	case "return", "deny":
		who, in.Comment = s.council, "The council asks which pupils it is for."
	case "cancel":
		in.Comment = "The summer school is closed for repairs."
	case "procure":
		who, in.Procurement = w.fiscals[0], "requested"
	case "contract":
		who, in.ContractNumber, in.SignedOn = w.fiscals[0], "DC-2025-001", "2025-03-03"
	}
	return w.s.TransitionCommitment(ctx, who, in)
}
