package workflow

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/formula"
)

var ctx = context.Background()

// office is a world with one grant year of Section 21(h), one district with a signed
// agreement and money, and one person for every role that applications meet.
type office struct {
	*night
	year      models.GrantYear
	district  models.Organization
	school    models.Organization
	agreement models.Agreement
	goal      models.Goal
	itb, eto  models.Target

	preparer, official, pal, fiscal, manager, stranger, auditor models.Actor
}

// givenOffice starts on 2026-01-05, inside the application window of 2026, with an
// allocation of 400,000.00.
func givenOffice(t testing.TB) *office {
	t.Helper()
	o := &office{night: newNight(t)}
	o.setClock(time.Date(2026, 1, 5, 15, 0, 0, 0, time.UTC))
	set, err := programs.Load(nil)
	noError(t, err)
	o.s.programs = set
	def, ok := set.Program("mi-21h")
	if !ok {
		t.Fatal("no program mi-21h")
	}
	starts, ends := def.Year(2026)
	o.year = models.GrantYear{ProgramCode: def.Code, FiscalYear: 2026, Title: "Section 21(h) FY2026", Definition: def.Source, DefinitionHash: def.Hash,
		DefinitionVersion: def.Version, Parameters: "{}", Status: StatusOpen, StartsOn: starts, EndsOn: ends}
	o.add(&o.year)
	o.district = o.night.district("Alder Falls (synthetic)")
	o.school = models.Organization{OrgKind: models.KindSchool, Code: "90001", Name: "Alder Elementary (synthetic)", ParentID: &o.district.ID}
	o.add(&o.school)
	o.publish(40000000)
	o.sign()
	role := func(name string, r models.Role, org string) models.Actor { return o.actor(o.person(name, r, org)) }
	o.preparer = role("Pat Preparer", models.RolePreparer, o.district.ID)
	o.official = role("Olu Official", models.RoleAuthorizedOfficial, o.district.ID)
	o.pal = role("Lee Liaison", models.RolePAL, "")
	o.fiscal = role("Fran Fiscal", models.RoleFiscalReviewer, "")
	o.manager = role("Max Manager", models.RoleManager, "")
	o.auditor = role("Ada Auditor", models.RoleAuditor, "")
	o.stranger = role("Sam Stranger", models.RoleAuthorizedOfficial, o.night.district("Birch Bay (synthetic)").ID)
	o.district.PALUserID = &o.pal.UserID
	o.update(&o.district, "pal_user_id")
	return o
}

// publish gives the district an allocation in a published run.
func (o *office) publish(amount models.Cents) {
	o.t.Helper()
	o.publishWith(amount, nil)
}

// publishWith also sets money aside.
func (o *office) publishWith(amount models.Cents, setAsides []formula.SetAsideReceipt) {
	o.t.Helper()
	run := models.AllocationRun{GrantYearID: o.year.ID, Number: o.next(), Label: "first", Status: StatusPublished, FactsYear: 2025, PoolCents: amount,
		AllocatedCents: amount, RecipientCount: 1, Determinations: "[]", CreatedBy: models.SystemUserID}
	o.add(&run)
	receipt, err := json.Marshal(formula.Receipt{Recipient: o.district.Code, AmountCents: amount, SetAsides: setAsides,
		Units: []formula.UnitReceipt{{Code: o.school.Code, Name: o.school.Name, Eligible: true}}})
	noError(o.t, err)
	o.change(func(tx *store.Tx) error {
		return tx.Create(&models.Allocation{ID: tx.NewID(), RunID: run.ID, GrantYearID: o.year.ID, OrganizationID: o.district.ID, AmountCents: amount, Receipt: string(receipt)})
	})
	o.year.PublishedRunID = &run.ID
	o.update(&o.year, "published_run_id")
}

// sign gives the district a signed agreement with one goal, an ITB and an ETO.
func (o *office) sign() {
	o.t.Helper()
	o.agreement = models.Agreement{OrganizationID: o.district.ID, Cohort: "Five", Status: StatusSigned, AssignedOn: "2025-09-01", NeedsApprovedOn: "2025-11-20",
		TermStart: "2025-12-01", TermEnd: "2028-11-30", SignedOn: "2025-12-01"}
	o.add(&o.agreement)
	o.change(func(tx *store.Tx) error {
		o.goal = models.Goal{ID: tx.NewID(), AgreementID: o.agreement.ID, Number: 1, Title: "Reading by grade 3", Area: "Student Achievement"}
		o.itb = models.Target{ID: tx.NewID(), AgreementID: o.agreement.ID, GoalID: o.goal.ID, Code: "ITB-1", TargetKind: models.TargetITB, TargetType: "state_academic",
			Measure: "Proficient in ELA", Source: "M-STEP", Baseline: 720, Goal: 1420, Unit: "percent", DueOn: "2027-06-30"}
		o.eto = o.itb
		o.eto.ID, o.eto.Code, o.eto.TargetKind, o.eto.Goal, o.eto.DueOn = tx.NewID(), "ETO-1", models.TargetETO, 1820, "2028-11-30"
		if err := tx.Create(&o.goal); err != nil {
			return err
		}
		return tx.Create(&[]models.Target{o.itb, o.eto})
	})
}

// application is a fresh application of the district with its draft.
func (o *office) application() (models.Application, models.Revision) {
	o.t.Helper()
	app, err := o.s.CreateApplication(ctx, o.preparer, CreateApplication{GrantYearID: o.year.ID, OrganizationID: o.district.ID})
	noError(o.t, err)
	return app, o.revision(app, 0)
}

func (o *office) revision(app models.Application, number int) models.Revision {
	o.t.Helper()
	rev, err := store.One[models.Revision](o.db.Read(ctx), store.Eq{"application_id": app.ID, "number": number})
	noError(o.t, err)
	return rev
}

// services is a complete line of purchased services that passes every check.
func (o *office) services(rev models.Revision, amount models.Cents) SaveLineItem {
	return SaveLineItem{RevisionID: rev.ID, UseCategory: "4", FunctionCode: "221", CostKind: "purchased_services",
		Description: "LETRS cohort for the teachers of the partnership school Alder Elementary, two days", SchoolID: o.school.ID,
		Costs: []CostInput{{ObjectCode: "3120", AmountCents: amount}}, Links: []LinkInput{{TargetID: o.itb.ID}},
		Metric: "NWEA growth", DataSource: "NWEA"}
}

func (o *office) save(in SaveLineItem) LineSaved {
	o.t.Helper()
	out, err := o.s.SaveLineItem(ctx, o.preparer, in)
	noError(o.t, err)
	return out
}

func (o *office) step(who models.Actor, rev models.Revision, event, comment string) models.Revision {
	o.t.Helper()
	rev, err := o.s.TransitionRevision(ctx, who, TransitionRevision{ID: rev.ID, Event: event, Comment: comment})
	noError(o.t, err)
	return rev
}

// approve takes a draft through submission and both reviews.
func (o *office) approve(rev models.Revision) models.Revision {
	o.t.Helper()
	o.step(o.official, rev, "submit", "")
	o.step(o.pal, rev, "approve", "")
	return o.step(o.fiscal, rev, "approve", "")
}

// inForce is an application with one line of that amount in force.
func (o *office) inForce(amount models.Cents) (models.Application, models.Revision) {
	o.t.Helper()
	app, rev := o.application()
	o.save(o.services(rev, amount))
	rev = o.approve(rev)
	app, err := store.Get[models.Application](o.db.Read(ctx), app.ID)
	noError(o.t, err)
	return app, rev
}

// refused checks kind and code of an error.
func refused(t testing.TB, err error, kind models.Kind, code string) {
	t.Helper()
	if models.KindOf(err) != kind {
		t.Fatalf("got error %v (%s), want %s", err, models.KindOf(err), kind)
	}
	if code == "" || models.CodeOf(err) == code {
		return
	}
	for _, f := range asFields(err) {
		if f.Code == code {
			return
		}
	}
	t.Fatalf("got %v, want the code %s", err, code)
}
