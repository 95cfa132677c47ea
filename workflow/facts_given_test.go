package workflow

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// planning is a world with the program mi-21h, nobody in it yet, and the office's people.
type planning struct {
	*night
	analyst, manager, pal, auditor models.Actor
}

func givenPlanning(t testing.TB) *planning {
	t.Helper()
	p := &planning{night: newNight(t)}
	set, err := programs.Load(nil)
	noError(t, err)
	p.s.programs = set
	role := func(name string, r models.Role) models.Actor { return p.actor(p.person(name, r, "")) }
	p.analyst = role("Ana Analyst", models.RoleAnalyst)
	p.manager = role("Max Manager", models.RoleManager)
	p.pal = role("Lee Liaison", models.RolePAL)
	p.auditor = role("Ada Auditor", models.RoleAuditor)
	return p
}

// organizations imports rows of kind,code,name,parent_code,subtype,county.
func (p *planning) organizations(rows ...string) FactImportReport {
	p.t.Helper()
	out, err := p.s.ImportOrganizations(ctx, p.analyst, organizationFile(rows...))
	noError(p.t, err)
	return out
}

func organizationFile(rows ...string) OrganizationFile {
	return OrganizationFile{Source: "Synthetic directory", FileName: "organizations.csv",
		Content: []byte("kind,code,name,parent_code,subtype,county\n" + strings.Join(rows, "\n") + "\n")}
}

func factFile(year int, header string, rows ...string) FactFile {
	return FactFile{ProgramCode: "mi-21h", Year: year, Source: "Synthetic count", FileName: "facts.csv",
		Content: []byte(header + "\n" + strings.Join(rows, "\n") + "\n")}
}

// facts imports rows of code,identification,reasons,index,pupils for a year.
func (p *planning) facts(year int, rows ...string) FactImportReport {
	p.t.Helper()
	out, err := p.s.ImportFacts(ctx, p.analyst, factFile(year, "code,identification,reasons,index,pupils", rows...))
	noError(p.t, err)
	return out
}

// districts makes n districts D001…, each with one school S001… .
func (p *planning) districts(n int) {
	p.t.Helper()
	var rows []string
	for i := 1; i <= n; i++ {
		rows = append(rows, fmt.Sprintf("district,D%03d,District %d (synthetic),,traditional,", i, i), fmt.Sprintf("school,S%03d,School %d (synthetic),D%03d,,", i, i, i))
	}
	p.organizations(rows...)
}

// grantYear is an open grant year with parameters of its own.
func (p *planning) grantYear(parameters map[string]string) models.GrantYear {
	p.t.Helper()
	gy, err := p.s.CreateGrantYear(ctx, p.analyst, CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2026, Parameters: parameters})
	noError(p.t, err)
	gy, err = p.s.TransitionGrantYear(ctx, p.manager, GrantYearTransition{ID: gy.ID, Version: gy.Version, Event: "open"})
	noError(p.t, err)
	return gy
}

func (p *planning) run(gy models.GrantYear) models.AllocationRun {
	p.t.Helper()
	run, err := p.s.RunAllocation(ctx, p.analyst, NewAllocationRun{GrantYearID: gy.ID, FactsYear: 2025, Label: "Spring facts"})
	noError(p.t, err)
	return run
}

func (p *planning) publish(run models.AllocationRun) models.AllocationRun {
	p.t.Helper()
	out, err := p.s.TransitionAllocationRun(ctx, p.manager, AllocationRunTransition{ID: run.ID, Version: run.Version, Event: "publish"})
	noError(p.t, err)
	return out
}

// amounts are a run's allocations by the recipient's code.
func (p *planning) amounts(runID string) map[string]models.Cents {
	p.t.Helper()
	rows, err := store.AllocationAmounts(p.db.Read(ctx), runID)
	noError(p.t, err)
	out := map[string]models.Cents{}
	for _, r := range rows {
		out[r.Code] = r.AmountCents
	}
	return out
}

func (p *planning) organization(kind models.OrganizationKind, code string) models.Organization {
	p.t.Helper()
	o, err := store.One[models.Organization](p.db.Read(ctx), store.Eq{"kind": kind, "code": code})
	noError(p.t, err)
	return o
}

// audited counts the events of a document.
func (p *planning) audited(doc models.Document) int {
	p.t.Helper()
	return len(all[models.AuditEvent](p.night, store.Eq{"document_kind": doc.Kind(), "document_id": doc.Base().ID}))
}

// fieldsOf are the pointers and codes of an error's fields: "/rows/3/code required".
func fieldsOf(fields []models.FieldError) []string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Pointer+" "+f.Code)
	}
	return out
}

func fieldErrors(t testing.TB, err error) []models.FieldError {
	t.Helper()
	var e *models.Error
	if !asError(err, &e) {
		t.Fatalf("not an error for people: %v", err)
	}
	return e.Fields
}

// since measures real time, which the world's own clock does not tell.
func (p *planning) since() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}
