package workflow

import (
	"bytes"
	"fmt"
	"testing"
)

// statewide is a directory of districts with schools, and a file of facts about them.
func statewide(districts, schools int) (directory, facts []byte) {
	var d, f bytes.Buffer
	d.WriteString("kind,code,name,parent_code\n")
	f.WriteString("code,identification,reasons,index,pupils\n")
	for i := range districts {
		fmt.Fprintf(&d, "district,D%05d,District %d (synthetic),\n", i, i)
	}
	for i := range schools {
		fmt.Fprintf(&d, "school,S%06d,School %d (synthetic),D%05d\n", i, i, i%districts)
		fmt.Fprintf(&f, "S%06d,CSI,bottom_5,%d.%02d,%d\n", i, i%36, i%100, 50+i%900)
	}
	return d.Bytes(), f.Bytes()
}

// BenchmarkImportStatewide imports 13,000 districts, 100,000 schools and 400,000 facts,
// imports the facts again, and runs the formula over them.
func BenchmarkImportStatewide(b *testing.B) {
	directory, facts := statewide(13_000, 100_000)
	for b.Loop() {
		p := givenPlanning(b)
		step := func(name string, fn func() error) {
			start := p.since()
			noError(b, fn())
			b.ReportMetric(start().Seconds(), name+"-s")
		}
		step("organizations", func() error {
			_, err := p.s.ImportOrganizations(ctx, p.analyst, OrganizationFile{Source: "s", FileName: "d.csv", Content: directory})
			return err
		})
		file := FactFile{ProgramCode: "mi-21h", Year: 2025, Source: "s", FileName: "f.csv", Content: facts}
		step("facts", func() error { return second(p.s.ImportFacts(ctx, p.analyst, file)) })
		step("again", func() error { return second(p.s.ImportFacts(ctx, p.analyst, file)) })
		gy := p.grantYear(nil)
		step("run", func() error {
			return second(p.s.RunAllocation(ctx, p.analyst, NewAllocationRun{GrantYearID: gy.ID, FactsYear: 2025, Label: "all"}))
		})
	}
}
