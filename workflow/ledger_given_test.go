package workflow

import (
	"context"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/store/storetest"
)

// ledger is a district with an application in force: what the tests of money start from.
type ledger struct {
	*night
	url      string
	year     models.GrantYear
	district models.Organization
	school   models.Organization
	app      models.Application
	lines    []models.LineItem // by number, from 0
	preparer models.Actor
	fiscal   models.Actor
	auditor  models.Actor
	stranger models.Actor // preparer of another district
}

// budgetLine is a line of the application: costs by object, the first the largest.
type budgetLine struct {
	function string
	objects  []string
	amount   models.Cents
	atSchool bool
}

// oneLine is $10,000.00 under 221/3120; its limit is $11,000.00.
var oneLine = budgetLine{function: "221", objects: []string{"3120"}, amount: 1_000_000}

func newLedger(t testing.TB, lines ...budgetLine) *ledger {
	t.Helper()
	l := &ledger{night: &night{t: t, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}, url: storetest.URL(t)}
	l.s, l.db = l.open(storetest.NewID)
	text, err := fs.ReadFile(programs.Embedded(), "mi-21h.yaml")
	noError(t, err)
	def, err := programs.Parse("mi-21h.yaml", text)
	noError(t, err)
	starts, ends := def.Year(2026)
	l.year = models.GrantYear{ProgramCode: def.Code, FiscalYear: 2026, Title: "Section 21h 2026", Definition: string(text), DefinitionHash: def.Hash,
		DefinitionVersion: def.Version, Parameters: "{}", Status: StatusOpen, StartsOn: starts, EndsOn: ends}
	l.add(&l.year)
	l.district = l.night.district("Fictional Falls")
	l.school = models.Organization{OrgKind: models.KindSchool, Code: "04567", Name: "Fictional Falls Elementary", ParentID: &l.district.ID}
	l.add(&l.school)
	l.preparer = l.actor(l.person("Preparer Example", models.RolePreparer, l.district.ID))
	l.fiscal = l.actor(l.person("Fiscal Example", models.RoleFiscalReviewer, ""))
	l.auditor = l.actor(l.person("Auditor Example", models.RoleAuditor, ""))
	l.stranger = l.actor(l.person("Stranger Example", models.RolePreparer, l.night.district("Sample City").ID))
	l.inForce(lines)
	return l
}

// open opens the database again, as another process would.
func (l *ledger) open(newID func() string) (*Service, *store.DB) {
	l.t.Helper()
	db, err := store.Open(store.Config{URL: l.url, Now: l.now, NewID: newID, MaxConns: 8})
	noError(l.t, err)
	l.t.Cleanup(func() { _ = db.Close() })
	zone, err := time.LoadLocation("America/Detroit")
	noError(l.t, err)
	set, err := programs.Load(nil)
	noError(l.t, err)
	return New(Config{DB: db, Programs: set, Now: l.now, TimeZone: zone}), db
}

// inForce writes an application whose revision in force has the lines.
func (l *ledger) inForce(lines []budgetLine) {
	l.t.Helper()
	ru, err := l.s.rulesOf(l.year)
	noError(l.t, err)
	l.app = models.Application{GrantYearID: l.year.ID, OrganizationID: l.district.ID, Reference: "MI21H-2026-9001", Status: StatusInForce,
		AllocationCents: 100_000_000_00, ApprovedOn: "2026-01-10"}
	l.add(&l.app)
	rev := models.Revision{ApplicationID: l.app.ID, GrantYearID: l.year.ID, OrganizationID: l.district.ID, Status: StatusApproved, DecidedOn: "2026-01-10", CreatedBy: l.preparer.UserID}
	l.add(&rev)
	for i, b := range lines {
		li := models.LineItem{ID: storetest.NewID(), ApplicationID: l.app.ID, GrantYearID: l.year.ID, OrganizationID: l.district.ID, Number: i + 1, Status: StatusInForce,
			VersionID: storetest.NewID(), UseCategory: "4", FunctionCode: b.function, ObjectCode: b.objects[0], Description: fmt.Sprintf("Line %d", i+1),
			AmountCents: b.amount, LimitCents: b.amount + ru.def.Expenditures.Tolerance.Allowed(b.amount), ApprovedOn: "2026-01-10", LinkStatus: "target"}
		if b.atSchool {
			li.SchoolID = &l.school.ID
		}
		l.change(func(tx *store.Tx) error {
			li.CreatedAt, li.UpdatedAt = tx.Now, tx.Now
			if err := tx.Create(&li); err != nil {
				return err
			}
			v := models.LineVersion{ID: li.VersionID, LineItemID: li.ID, RevisionID: rev.ID, Action: "add", UseCategory: "4", FunctionCode: b.function,
				SchoolID: li.SchoolID, CostKind: "purchased_services", Description: li.Description, AmountCents: b.amount, Decision: "approved"}
			if err := tx.Create(&v); err != nil {
				return err
			}
			costs := make([]models.LineCost, len(b.objects))
			for j, object := range b.objects {
				costs[j] = models.LineCost{LineVersionID: v.ID, ObjectCode: object}
			}
			costs[0].AmountCents = b.amount
			return tx.Create(&costs)
		})
		l.lines = append(l.lines, li)
	}
}

// post posts an amount on the first line, today.
func (l *ledger) post(amount models.Cents) (PostedExpenditure, error) {
	return l.s.PostExpenditure(context.Background(), l.preparer, NewExpenditure{LineItemID: l.lines[0].ID, AmountCents: amount, SpentOn: "2026-02-01"})
}

func (l *ledger) posted(amount models.Cents) PostedExpenditure {
	l.t.Helper()
	e, err := l.post(amount)
	noError(l.t, err)
	return e
}

// line reads a line again.
func (l *ledger) line(i int) models.LineItem {
	l.t.Helper()
	li, err := store.Get[models.LineItem](l.db.Read(context.Background()), l.lines[i].ID)
	noError(l.t, err)
	return li
}

// sound checks what must hold after anything: every line's running total is the sum of its
// ledger, within its limits; every entry has one audit event; the audit trail is intact.
func (l *ledger) sound() {
	l.t.Helper()
	sums := map[string]models.Cents{}
	entries := all[models.Expenditure](l.night, store.Eq{"application_id": l.app.ID})
	for _, e := range entries {
		sums[e.LineItemID] += e.AmountCents
	}
	for _, li := range all[models.LineItem](l.night, store.Eq{"application_id": l.app.ID}) {
		if li.SpentCents != sums[li.ID] || li.SpentCents < 0 || li.SpentCents > li.LimitCents {
			l.t.Errorf("line %d: running total %s, ledger %s, limit %s", li.Number, li.SpentCents, sums[li.ID], li.LimitCents)
		}
	}
	events, err := store.Count[models.AuditEvent](l.db.Read(context.Background()), store.Eq{"document_kind": "expenditure"})
	noError(l.t, err)
	equal(l.t, events, int64(len(entries)))
	rep, err := l.db.VerifyAudit(context.Background(), func(f store.AuditFinding) { l.t.Errorf("audit: %+v", f) })
	noError(l.t, err)
	if !rep.Intact() {
		l.t.Errorf("audit: %+v", rep)
	}
}

// refusedAt is refused, and checks the pointer of the first field error ("" for none).
func refusedAt(t testing.TB, err error, kind models.Kind, code, pointer string) {
	t.Helper()
	refused(t, err, kind, code)
	if fields := asFields(err); pointer != "" && (len(fields) == 0 || fields[0].Pointer != pointer) {
		t.Fatalf("got %+v, want a field error at %s", fields, pointer)
	}
}

// file is a CSV ledger file of the application.
func (l *ledger) file(text string) ImportExpenditures {
	return ImportExpenditures{ApplicationID: l.app.ID, Format: "csv", FileName: "ledger.csv", Content: []byte(text)}
}
