package workflow

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/store/storetest"
)

// fund is a year of the Partnership Fund with one school that has a line of 60,000.00 in
// force: made through commands, in a program without chart, agreement, targets, gate,
// utilization and payments.
type fund struct {
	t                      *testing.T
	s                      *Service
	db                     *store.DB
	now                    *atomic.Int64
	leader, clerk, fiscal  models.Actor
	council, superintended models.Actor
	manager                models.Actor
	school                 models.Organization
	app                    models.Application
	line                   models.LineItem
	partner, payroll       models.Payee
}

func newFund(t *testing.T) *fund {
	t.Helper()
	f := &fund{t: t, now: &atomic.Int64{}}
	f.at("2018-01-15")
	clock := func() time.Time { return time.Unix(f.now.Load(), 0).UTC() }
	set, err := programs.Load(nil)
	noError(t, err)
	f.db = storetest.New(t)
	f.s = New(Config{DB: f.db, Programs: set, Now: clock, TimeZone: time.UTC})
	admin := models.System("test")
	district := models.Organization{OrgKind: models.KindDistrict, Code: "B-01", Name: "Harborview Public Schools"}
	noError(t, f.db.Change(ctx, func(tx *store.Tx) error {
		if err := tx.Insert(&district); err != nil {
			return err
		}
		tx.Audit(&district, event(admin, "import", "", nil, district))
		f.school = models.Organization{OrgKind: models.KindSchool, Code: "S-01", Name: "Harborside School", ParentID: &district.ID}
		if err := tx.Insert(&f.school); err != nil {
			return err
		}
		tx.Audit(&f.school, event(admin, "import", "", nil, f.school))
		return nil
	}))
	person := func(name string, g RoleGrant) models.Actor {
		p, err := f.s.CreateUser(ctx, admin, CreateUser{Email: name + "@fund.example", Name: name, Roles: []RoleGrant{g}})
		noError(t, err)
		return models.Actor{UserID: p.ID, Name: p.Name, Roles: p.Roles}
	}
	f.leader = person("leader", RoleGrant{Role: models.RoleAuthorizedOfficial, OrganizationID: f.school.ID})
	f.clerk = person("clerk", RoleGrant{Role: models.RolePreparer, OrganizationID: f.school.ID})
	f.fiscal, f.manager = person("fiscal", RoleGrant{Role: models.RoleFiscalReviewer}), person("manager", RoleGrant{Role: models.RoleManager})
	f.council = person("council", RoleGrant{Role: models.RoleBodyMember, OrganizationID: f.school.ID, Body: "school_site_council"})
	f.superintended = person("superintendent", RoleGrant{Role: models.RoleBodyMember, OrganizationID: f.school.ID, Body: "instructional_superintendent"})
	f.load(person("analyst", RoleGrant{Role: models.RoleAnalyst}))
	return f
}

func (f *fund) at(day string) {
	at, err := time.Parse(time.DateOnly, day)
	noError(f.t, err)
	f.now.Store(at.Add(15 * time.Hour).Unix())
}

// load goes from facts to a line in force.
func (f *fund) load(analyst models.Actor) {
	t := f.t
	t.Helper()
	_, err := f.s.ImportFacts(ctx, analyst, FactFile{FileName: "f.csv", ProgramCode: "ma-boston-partnership-fund", Year: 2017, Source: "Index 2017 (synthetic)",
		Content: []byte("code,pupils,opportunity_index,index_version\nS-01,374,71.20,2017\n")})
	noError(t, err)
	year, err := f.s.CreateGrantYear(ctx, analyst, CreateGrantYear{ProgramCode: "ma-boston-partnership-fund", FiscalYear: 2019, Parameters: map[string]string{"pool": "6000000"}})
	noError(t, err)
	if year.StartsOn != "2018-07-01" || year.EndsOn != "2019-06-30" {
		t.Errorf("the year named 2019 goes from %s to %s", year.StartsOn, year.EndsOn)
	}
	_, err = f.s.TransitionGrantYear(ctx, f.manager, GrantYearTransition{ID: year.ID, Version: year.Version, Event: "open"})
	noError(t, err)
	run, err := f.s.RunAllocation(ctx, analyst, NewAllocationRun{GrantYearID: year.ID, FactsYear: 2017, Label: "FY19"})
	noError(t, err)
	_, err = f.s.TransitionAllocationRun(ctx, f.manager, AllocationRunTransition{ID: run.ID, Version: run.Version, Event: "publish"})
	noError(t, err)
	f.app, err = f.s.CreateApplication(ctx, f.clerk, CreateApplication{GrantYearID: year.ID, OrganizationID: f.school.ID})
	noError(t, err)
	rev, err := store.One[models.Revision](f.db.Read(ctx), store.Eq{"application_id": f.app.ID})
	noError(t, err)
	saved, err := f.s.SaveLineItem(ctx, f.clerk, SaveLineItem{RevisionID: rev.ID, Version: rev.Version, UseCategory: "partner", CostKind: "purchased_services", Description: "Restricted line",
		Costs: []CostInput{{AmountCents: 6000000}}})
	noError(t, err)
	rev, err = f.s.TransitionRevision(ctx, f.leader, TransitionRevision{ID: rev.ID, Version: saved.Revision.Version, Event: "submit"})
	noError(t, err)
	_, err = f.s.TransitionRevision(ctx, f.fiscal, TransitionRevision{ID: rev.ID, Version: rev.Version, Event: "approve"})
	noError(t, err)
	f.line, err = store.One[models.LineItem](f.db.Read(ctx), store.Eq{"application_id": f.app.ID})
	noError(t, err)
	if !f.line.Restricted || f.line.Status != StatusInForce || f.line.LimitCents != 6000000 {
		t.Fatalf("the line is %+v", f.line)
	}
	f.partner, err = f.s.CreatePayee(ctx, f.manager, NewPayee{Code: "P-01", Name: "Harborlight Arts", PayeeKind: "partner_organization", InPortfolio: true})
	noError(t, err)
	f.payroll, err = f.s.CreatePayee(ctx, f.manager, NewPayee{Code: "P-02", Name: "Payroll", PayeeKind: "employee"})
	noError(t, err)
}

func (f *fund) promise(amount models.Cents) (CommitmentDetail, error) {
	return f.s.CreateCommitment(ctx, f.clerk, NewCommitment{LineItemID: f.line.ID, PayeeID: f.partner.ID, Description: "Arts", AmountCents: amount, StartsOn: "2018-09-04", EndsOn: "2019-06-20"})
}

func (f *fund) step(who models.Actor, c CommitmentDetail, in TransitionCommitment) CommitmentDetail {
	f.t.Helper()
	in.ID, in.Version = c.ID, c.Version
	c, err := f.s.TransitionCommitment(ctx, who, in)
	noError(f.t, err)
	return c
}

// contracted takes a commitment through both approvals and the contract.
func (f *fund) contracted(amount models.Cents) CommitmentDetail {
	f.t.Helper()
	c, err := f.promise(amount)
	noError(f.t, err)
	c = f.step(f.leader, c, TransitionCommitment{Event: "submit"})
	c = f.step(f.superintended, c, TransitionCommitment{Event: "approve"})
	c = f.step(f.council, c, TransitionCommitment{Event: "approve"})
	return f.step(f.fiscal, c, TransitionCommitment{Event: "contract", ContractNumber: "C-1", SignedOn: f.s.Today()})
}

// Ten people ask for a fifth of the line at once: five get it.
func TestCommitmentsAtTheSameTimeStayWithinTheLine(t *testing.T) {
	t.Parallel()
	f := newFund(t)
	var made, refusals atomic.Int64
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := f.promise(1200000)
			switch {
			case err == nil:
				made.Add(1)
			case models.KindOf(err) == models.Invalid:
				refusals.Add(1)
			default:
				t.Errorf("an unexpected error: %v", err)
			}
		})
	}
	wg.Wait()
	balance, err := f.s.LineBalance(ctx, f.leader, f.line.ID)
	noError(t, err)
	if made.Load() != 5 || refusals.Load() != 5 || balance.PendingCents != 6000000 || balance.RoomCents != 0 || balance.AvailableCents != 6000000 {
		t.Errorf("%d made, %d refused, balance %+v", made.Load(), refusals.Load(), balance)
	}
	if _, err = f.promise(1); models.KindOf(err) != models.Invalid {
		t.Errorf("one cent more: %v", err)
	}
}

// Ten people spend under one contract at once: what is spent stays within it.
func TestSpendingAtTheSameTimeStaysWithinTheContract(t *testing.T) {
	t.Parallel()
	f := newFund(t)
	c := f.contracted(1000000)
	f.at("2018-09-10")
	var posted atomic.Int64
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			_, err := f.s.PostExpenditure(ctx, f.clerk, NewExpenditure{LineItemID: f.line.ID, CommitmentID: c.ID, AmountCents: 250000, SpentOn: "2018-09-10", Invoice: fmt.Sprint(i)})
			if err == nil {
				posted.Add(1)
			} else if models.KindOf(err) != models.Invalid {
				t.Errorf("an unexpected error: %v", err)
			}
		})
	}
	wg.Wait()
	got, err := f.s.Commitment(ctx, f.council, c.ID)
	noError(t, err)
	line, err := store.Get[models.LineItem](f.db.Read(ctx), f.line.ID)
	noError(t, err)
	if posted.Load() != 4 || got.SpentCents != 1000000 || line.SpentCents != 1000000 {
		t.Errorf("%d posted, %s under the contract, %s on the line", posted.Load(), got.SpentCents, line.SpentCents)
	}
}

// The night of a program that asks nothing of utilization, and an amendment below what is
// promised.
func TestANightAndAnAmendmentOfARestrictedLine(t *testing.T) {
	t.Parallel()
	f := newFund(t)
	f.contracted(4000000)
	f.at("2018-09-10")
	sum, err := f.s.Night(ctx, models.System("utilization"), "2018-09-09")
	noError(t, err)
	if len(sum.Years) != 1 || sum.Years[0].Lines != 1 || sum.Years[0].DriftCount != 0 || len(sum.Years[0].FlagsStanding) != 0 {
		t.Errorf("the night: %+v", sum)
	}
	payments, err := store.Count[models.Payment](f.db.Read(ctx), store.Eq{"application_id": f.app.ID})
	noError(t, err)
	if payments != 0 {
		t.Errorf("%d payments are expected of a program that has none", payments)
	}
	rev, err := f.s.CreateAmendment(ctx, f.clerk, CreateAmendment{ApplicationID: f.app.ID, Reason: "Less is needed."})
	noError(t, err)
	saved, err := f.s.SaveLineItem(ctx, f.clerk, SaveLineItem{RevisionID: rev.ID, Number: f.line.Number, Version: rev.Version, UseCategory: "partner", CostKind: "purchased_services",
		Description: "Restricted line", Costs: []CostInput{{AmountCents: 3999999}}})
	noError(t, err)
	_, err = f.s.TransitionRevision(ctx, f.leader, TransitionRevision{ID: rev.ID, Version: saved.Revision.Version, Event: "submit"})
	refused(t, err, models.Invalid, "line_item.below_committed")
}

// Members of a body see their organization's documents and change none.
func TestABodyOnlyDecides(t *testing.T) {
	t.Parallel()
	f := newFund(t)
	if app, err := f.s.Application(ctx, f.council, f.app.ID); err != nil || app.Application.ID != f.app.ID {
		t.Errorf("the council does not see the application: %v", err)
	}
	_, err := f.s.CreateCommitment(ctx, f.council, NewCommitment{LineItemID: f.line.ID, PayeeID: f.partner.ID, Description: "x", AmountCents: 1, StartsOn: "2018-09-04", EndsOn: "2018-09-05"})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = f.s.CreateAmendment(ctx, f.council, CreateAmendment{ApplicationID: f.app.ID, Reason: "x"})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = f.s.CreateUser(ctx, models.System("test"), CreateUser{Email: "x@fund.example", Name: "X", Roles: []RoleGrant{{Role: models.RoleBodyMember, OrganizationID: *f.school.ParentID, Body: "school_site_council"}}})
	refused(t, err, models.Invalid, "role.no_district")
}

// What was spent of a line without a contract cannot be promised again, nor taken away by
// an amendment.
func TestWhatIsSpentWithoutAContractIsNotPromised(t *testing.T) {
	t.Parallel()
	f := newFund(t)
	noError(t, f.s.change(ctx, func(tx *store.Tx) error { return tx.RestrictLines(f.app.ID, nil) }))
	f.at("2018-09-10")
	_, err := f.s.PostExpenditure(ctx, f.clerk, NewExpenditure{LineItemID: f.line.ID, AmountCents: 2000000, SpentOn: "2018-09-05", Vendor: "Shop", Memo: "Paper", Invoice: "1"})
	noError(t, err)
	_, err = f.promise(4000001)
	refused(t, err, models.Invalid, "commitment.over_line")
	c, err := f.promise(4000000)
	noError(t, err)
	if c.Balance.AvailableCents != 4000000 || c.Balance.RoomCents != 0 {
		t.Errorf("what is left: %+v", c.Balance)
	}
	rev, err := f.s.CreateAmendment(ctx, f.clerk, CreateAmendment{ApplicationID: f.app.ID, Reason: "Less is needed."})
	noError(t, err)
	saved, err := f.s.SaveLineItem(ctx, f.clerk, SaveLineItem{RevisionID: rev.ID, Number: f.line.Number, Version: rev.Version, UseCategory: "partner", CostKind: "purchased_services",
		Description: "Restricted line", Costs: []CostInput{{AmountCents: 5999999}}})
	noError(t, err)
	_, err = f.s.TransitionRevision(ctx, f.leader, TransitionRevision{ID: rev.ID, Version: saved.Revision.Version, Event: "submit"})
	refused(t, err, models.Invalid, "line_item.below_committed")
}
