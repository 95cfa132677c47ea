package workflow

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/store/storetest"
)

// night is a small world for the tests of nightly work: a database, a service and a clock
// that stands where the test puts it.
type night struct {
	t  testing.TB
	s  *Service
	db *store.DB

	mu     sync.Mutex
	clock  time.Time
	number int
}

func newNight(t testing.TB) *night {
	t.Helper()
	n := &night{t: t, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	n.db = storetest.NewAt(t, n.now)
	zone, err := time.LoadLocation("America/Detroit")
	if err != nil {
		t.Fatal(err)
	}
	set, err := programs.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	n.s = New(Config{DB: n.db, Programs: set, Now: n.now, TimeZone: zone})
	return n
}

func (n *night) now() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.clock
}

func (n *night) setClock(at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.clock = at
}

func (n *night) change(fn func(*store.Tx) error) {
	n.t.Helper()
	if err := n.db.Change(context.Background(), fn); err != nil {
		n.t.Fatal(err)
	}
}

// add inserts a document with its audit event.
func (n *night) add(doc models.Document) {
	n.t.Helper()
	n.change(func(tx *store.Tx) error {
		if err := tx.Insert(doc); err != nil {
			return err
		}
		tx.Audit(doc, event(models.System("test"), "create", "", nil, nil))
		return nil
	})
}

func (n *night) update(doc models.Document, columns ...string) {
	n.t.Helper()
	n.change(func(tx *store.Tx) error {
		if err := tx.Update(doc, columns...); err != nil {
			return err
		}
		tx.Audit(doc, event(models.System("test"), "change", "", nil, nil))
		return nil
	})
}

func (n *night) next() int {
	n.number++
	return n.number
}

func (n *night) district(name string) models.Organization {
	n.t.Helper()
	o := models.Organization{OrgKind: models.KindDistrict, Code: fmt.Sprintf("%05d", 10000+n.next()), Name: name, Subtype: "traditional"}
	n.add(&o)
	return o
}

func (n *night) person(name string, role models.Role, organizationID string) models.User {
	n.t.Helper()
	u := models.User{Email: fmt.Sprintf("person%d@example.test", n.next()), Name: name, Status: StatusActive}
	n.add(&u)
	n.grant(u, role, organizationID)
	return u
}

func (n *night) grant(u models.User, role models.Role, organizationID string) {
	n.t.Helper()
	n.change(func(tx *store.Tx) error {
		return tx.Create(&models.UserRole{UserID: u.ID, Role: role, OrganizationID: organizationID})
	})
}

func (n *night) assign(o models.Organization, u models.User) {
	n.t.Helper()
	o.PALUserID = &u.ID
	n.update(&o, "pal_user_id")
}

func (n *night) disable(u models.User) {
	n.t.Helper()
	u.Status = StatusDisabled
	n.update(&u, "status")
}

// actor is the person as auth would make it.
func (n *night) actor(u models.User) models.Actor {
	n.t.Helper()
	a := models.Actor{UserID: u.ID, Name: u.Name}
	for _, r := range all[models.UserRole](n, store.Eq{"user_id": u.ID}) {
		a.Roles = append(a.Roles, models.Grant{Role: r.Role, OrganizationID: r.OrganizationID})
	}
	return a
}

func all[T any](n *night, where store.Eq, order ...string) []T {
	n.t.Helper()
	rows, err := store.All[T](n.db.Read(context.Background()), where, order...)
	if err != nil {
		n.t.Fatal(err)
	}
	return rows
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// year opens a grant year under the embedded definition mi-21h.
func (n *night) year(fiscalYear int) models.GrantYear {
	n.t.Helper()
	src, err := fs.ReadFile(programs.Embedded(), "mi-21h.yaml")
	noError(n.t, err)
	return n.yearOf(string(src), fiscalYear)
}

// yearOf is an open grant year of a definition of its own.
func (n *night) yearOf(src string, fiscalYear int) models.GrantYear {
	n.t.Helper()
	def, err := programs.Parse("mi-21h.yaml", []byte(src))
	noError(n.t, err)
	starts, ends := def.Year(fiscalYear)
	gy := models.GrantYear{ProgramCode: def.Code, FiscalYear: fiscalYear, Title: fmt.Sprintf("Section 21h, %d", fiscalYear), Definition: src,
		DefinitionHash: def.Hash, DefinitionVersion: def.Version, Parameters: "{}", Status: StatusOpen, StartsOn: starts, EndsOn: ends}
	n.add(&gy)
	return gy
}

// budget is an application in force with its lines.
type budget struct {
	*night
	year  models.GrantYear
	org   models.Organization
	app   models.Application
	rev   models.Revision
	lines []models.LineItem
	goal  models.Goal
	itb   models.Target
	eto   models.Target
}

// approved makes an application of a district with one line per amount, all in cells
// 221/3120, 222/3120 …, approved on a date and linked to the ITB.
func (n *night) approved(gy models.GrantYear, o models.Organization, allocation models.Cents, on models.Date, amounts ...models.Cents) *budget {
	n.t.Helper()
	b := &budget{night: n, year: gy, org: o}
	var total models.Cents
	for _, a := range amounts {
		total += a
	}
	b.agreement()
	b.app = models.Application{GrantYearID: gy.ID, OrganizationID: o.ID, Reference: fmt.Sprintf("MI21H-%d-%04d", gy.FiscalYear, n.next()), Status: StatusInForce,
		AllocationCents: allocation, ApprovedCents: total, ApprovedOn: on}
	n.add(&b.app)
	b.rev = models.Revision{ApplicationID: b.app.ID, GrantYearID: gy.ID, OrganizationID: o.ID, Status: StatusApproved, TotalCents: total,
		LineCount: len(amounts), CreatedBy: models.SystemUserID, DecidedOn: on}
	n.add(&b.rev)
	for i, a := range amounts {
		b.line(i+1, a, on)
	}
	return b
}

func (b *budget) agreement() {
	b.t.Helper()
	a := models.Agreement{OrganizationID: b.org.ID, Cohort: fmt.Sprint("cohort ", b.next()), Status: StatusSigned, AssignedOn: "2025-12-23"}
	b.add(&a)
	b.goal = models.Goal{ID: storetest.NewID(), AgreementID: a.ID, Number: 1, Title: "Reading", Area: "Student Achievement"}
	target := models.Target{AgreementID: a.ID, GoalID: b.goal.ID, TargetType: "local_academic", Measure: "MAP", Source: "NWEA", Unit: "percent", DueOn: "2027-06-30"}
	b.itb, b.eto = target, target
	b.itb.ID, b.itb.Code, b.itb.TargetKind = storetest.NewID(), "ITB-1", models.TargetITB
	b.eto.ID, b.eto.Code, b.eto.TargetKind = storetest.NewID(), "ETO-1", models.TargetETO
	b.change(func(tx *store.Tx) error {
		if err := tx.Create(&b.goal); err != nil {
			return err
		}
		return tx.Create(&[]models.Target{b.itb, b.eto})
	})
}

func (b *budget) line(number int, amount models.Cents, on models.Date) {
	b.t.Helper()
	l := models.LineItem{ID: storetest.NewID(), ApplicationID: b.app.ID, GrantYearID: b.year.ID, OrganizationID: b.org.ID, Number: number, Status: StatusInForce,
		VersionID: storetest.NewID(), UseCategory: "4", FunctionCode: fmt.Sprint(220 + number), ObjectCode: "3120", Description: "Reading coach",
		AmountCents: amount, LimitCents: amount * 2, ApprovedOn: on, LinkStatus: "target"}
	v := models.LineVersion{ID: l.VersionID, LineItemID: l.ID, RevisionID: b.rev.ID, Action: "add", UseCategory: "4", FunctionCode: l.FunctionCode,
		CostKind: "purchased_services", Description: l.Description, AmountCents: amount, Decision: "approved"}
	b.change(func(tx *store.Tx) error {
		for _, row := range []any{&l, &v, &models.LineCost{LineVersionID: v.ID, ObjectCode: "3120", AmountCents: amount},
			&models.LineLink{LineVersionID: v.ID, GoalID: b.goal.ID, TargetID: b.itb.ID}} {
			if err := tx.Create(row); err != nil {
				return err
			}
		}
		return nil
	})
	b.lines = append(b.lines, l)
}

// link replaces the links of a line: targets' identifiers, or "" for the goal alone.
func (b *budget) link(i int, targets ...string) {
	b.t.Helper()
	b.change(func(tx *store.Tx) error {
		if err := tx.Remove(&models.LineLink{}, store.Eq{"line_version_id": b.lines[i].VersionID}); err != nil {
			return err
		}
		for _, id := range targets {
			if err := tx.Create(&models.LineLink{LineVersionID: b.lines[i].VersionID, GoalID: b.goal.ID, TargetID: id}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *budget) retire(id string, on models.Date) {
	b.t.Helper()
	b.change(func(tx *store.Tx) error {
		return tx.Set(&models.Target{RetiredOn: on}, store.Eq{"id": id}, "retired_on")
	})
}

func (b *budget) paid(amount models.Cents, on models.Date) {
	b.t.Helper()
	b.add(&models.Payment{PaymentKind: models.PaymentAward, ApplicationID: b.app.ID, OrganizationID: b.org.ID, Status: StatusPaid, AmountCents: amount, ExpectedOn: on, PaidCents: amount, PaidOn: on})
}

// spend posts an expenditure and keeps the running total.
func (b *budget) spend(i int, amount models.Cents, spentOn, postedOn models.Date) {
	b.t.Helper()
	l := &b.lines[i]
	l.SpentCents += amount
	b.change(func(tx *store.Tx) error {
		e := models.Expenditure{LineItemID: l.ID, ApplicationID: b.app.ID, GrantYearID: b.year.ID, OrganizationID: b.org.ID, FunctionCode: l.FunctionCode,
			ObjectCode: "3120", AmountCents: amount, SpentOn: spentOn, PostedOn: postedOn, CreatedBy: models.SystemUserID}
		if err := tx.Insert(&e); err != nil {
			return err
		}
		tx.Audit(&e, event(models.System("test"), "post", "", nil, nil))
		return tx.Set(&models.LineItem{SpentCents: l.SpentCents}, store.Eq{"id": l.ID}, "spent_cents")
	})
}

// night evaluates a date with the clock on the morning after it.
func (n *night) night(date models.Date) NightSummary {
	n.t.Helper()
	n.setClock(time.Date(date.Year(), date.Month(), date.Day()+1, 9, 0, 0, 0, time.UTC))
	sum, err := n.s.Night(context.Background(), models.System("utilization"), date)
	noError(n.t, err)
	return sum
}

// flagged are the live flags of a rule, by subject.
func (n *night) flagged(rule string) map[string]models.Flag {
	n.t.Helper()
	out := map[string]models.Flag{}
	for _, f := range all[models.Flag](n, store.Eq{"rule": rule}) {
		if f.Status != StatusResolved {
			out[f.Subject] = f
		}
	}
	return out
}
