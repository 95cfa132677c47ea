package workflow

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/formula"
)

// planningFor is a world with one program of its own beside those of the house.
func planningFor(t *testing.T, text string) (*planning, *programs.Definition) {
	t.Helper()
	p := givenPlanning(t)
	dir := t.TempDir()
	noError(t, os.WriteFile(dir+"/own.yaml", []byte(text), 0o600))
	set, err := programs.Load(os.DirFS(dir))
	noError(t, err)
	p.s.programs = set
	def, err := set.Parse("own.yaml", []byte(text))
	noError(t, err)
	return p, def
}

func (p *planning) allocate(code string, year int, parameters map[string]string) models.AllocationRun {
	p.t.Helper()
	gy, err := p.s.CreateGrantYear(ctx, p.analyst, CreateGrantYear{ProgramCode: code, FiscalYear: year, Parameters: parameters})
	noError(p.t, err)
	gy, err = p.s.TransitionGrantYear(ctx, p.manager, GrantYearTransition{ID: gy.ID, Version: gy.Version, Event: "open"})
	noError(p.t, err)
	run, err := p.s.RunAllocation(ctx, p.analyst, NewAllocationRun{GrantYearID: gy.ID, FactsYear: 2025, Label: "Own"})
	noError(p.t, err)
	return run
}

func (p *planning) factsOf(code, header string, rows ...string) {
	p.t.Helper()
	_, err := p.s.ImportFacts(ctx, p.analyst, FactFile{ProgramCode: code, Year: 2025, Source: "Synthetic count", FileName: "facts.csv",
		Content: []byte(header + "\n" + strings.Join(rows, "\n") + "\n")})
	noError(p.t, err)
}

// verified takes every stored receipt out of the database and works it out again.
func (p *planning) verified(run models.AllocationRun) (receipts []formula.Receipt) {
	p.t.Helper()
	sum := models.Cents(0)
	for _, a := range all[models.Allocation](p.night, store.Eq{"run_id": run.ID}) {
		if n, wrong, err := formula.VerifyFile([]byte(a.Receipt)); n != 1 || wrong != nil || err != nil {
			p.t.Error(n, wrong, err)
		}
		var r formula.Receipt
		noError(p.t, json.Unmarshal([]byte(a.Receipt), &r))
		equal(p.t, r.AmountCents, a.AmountCents)
		sum += a.AmountCents
		receipts = append(receipts, r)
	}
	equal(p.t, sum, run.AllocatedCents)
	return receipts
}

// Facts of districts and of their schools, from the files to receipts with every step.
func TestEveryStepFromFileToReceipt(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../programs/testdata/every-step.yaml")
	noError(t, err)
	p, _ := planningFor(t, string(text))
	p.districts(4)
	p.factsOf("every-step", "code,kind,active,first,index,pupils", "S001,school,true,2024,10.00,500", "S002,school,true,2025,20.00,10", "S003,school,true,2026,30.00,300", "S004,school,true,2026,40.00,300")
	p.factsOf("every-step", "code,kind,last,zone_first", "D001,district,20000000,2025", "D003,district,30000000,2026")
	run := p.allocate("every-step", 2026, nil)
	receipts := p.verified(run)
	equal(t, len(receipts), 4)
	by := map[string]formula.Receipt{}
	for _, r := range receipts {
		by[r.Recipient] = r
	}
	equal(t, []string{by["D001"].Limits.LowerBy, by["D002"].Limits.LowerBy, by["D004"].Why}, []string{"near", "least", "None of its 1 units counts."})
	if len(by["D001"].Facts) != 2 || run.PoolCents != 100_000_000 {
		t.Error(by["D001"].Facts, run.PoolCents)
	}
	// Another program's facts about the same schools neither count nor are missed.
	p.districts(5)
	p.factsOf("mi-21h", "code,graduation_rate", "S005,71.20")
	equal(t, len(p.verified(p.allocate("every-step", 2027, map[string]string{"years": "9"}))), 4)
}

// A school, a district or an agency may be the recipient, each as its own unit.
func TestAnyKindOfOrganizationCanBeTheRecipient(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../programs/testdata/students-only.yaml")
	noError(t, err)
	for _, kind := range []models.OrganizationKind{models.KindSchool, models.KindDistrict, models.KindAgency} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			own := strings.NewReplacer("recipient: district", "recipient: "+string(kind), "unit: school", "unit: "+string(kind), "of: school", "of: "+string(kind)).Replace(string(text))
			p, _ := planningFor(t, own)
			if kind == models.KindAgency {
				p.organizations("agency,A1,Agency one (synthetic),,,", "agency,A2,Agency two (synthetic),,,")
			} else {
				p.districts(2)
			}
			code := map[models.OrganizationKind]string{models.KindSchool: "S00", models.KindDistrict: "D00", models.KindAgency: "A"}[kind]
			p.factsOf("students-only", "code,kind,pupils", fmt.Sprintf("%s1,%s,300", code, kind), fmt.Sprintf("%s2,%s,100", code, kind))
			run := p.allocate("students-only", 2026, nil)
			got := map[string]models.Cents{}
			for _, r := range p.verified(run) {
				got[r.Recipient] = r.AmountCents
				equal(t, []any{len(r.Units), len(r.Facts), r.Units[0].Code}, []any{1, 0, r.Recipient})
			}
			equal(t, got, map[string]models.Cents{code + "1": 75_000_000, code + "2": 25_000_000})
		})
	}
}
