package workflow

import (
	"fmt"
	"testing"

	"earmark/models"
	"earmark/store"
)

// state counts everything that an import may write.
func (p *planning) state(t *testing.T) string {
	t.Helper()
	counts := func(n int64, err error) int64 { noError(t, err); return n }
	r := p.db.Read(ctx)
	return fmt.Sprint(counts(store.Count[models.Organization](r, nil)), counts(store.Count[models.Fact](r, nil)),
		counts(store.Count[models.FactImport](r, nil)), counts(store.Count[models.AuditEvent](r, nil)))
}

// checkImport holds an import to its promises: no panic; a refused file changes nothing and
// says why; a dry run says the same as the import; an accepted file again changes nothing.
func checkImport(t *testing.T, p *planning, run func(dry bool) (FactImportReport, error)) {
	t.Helper()
	before := p.state(t)
	dry, err := run(true)
	if err != nil {
		t.Fatalf("dry run: %v", err)
	}
	if p.state(t) != before {
		t.Fatal("a dry run wrote something")
	}
	report, err := run(false)
	if err != nil {
		if models.KindOf(err) != models.Invalid || len(fieldErrors(t, err)) == 0 || dry.ErrorCount == 0 {
			t.Fatalf("refused without a reason: %v; the dry run found %d", err, dry.ErrorCount)
		}
		if p.state(t) != before {
			t.Fatalf("a refused file wrote something: %s, before %s", p.state(t), before)
		}
		return
	}
	if dry.ErrorCount > 0 || report.New != dry.New || report.Changed != dry.Changed || report.Unchanged != dry.Unchanged || report.New+report.Changed+report.Unchanged != report.Rows {
		t.Fatalf("imported %+v, the dry run said %+v", report, dry)
	}
	again, err := run(false)
	if err != nil || again.New+again.Changed > 0 {
		t.Fatalf("the same file again: %+v, %v", again, err)
	}
}

func FuzzImportOrganizations(f *testing.F) {
	for _, s := range []string{
		"kind,code,name,parent_code,subtype,county\ndistrict,1,A,,psa,\nschool,2,B,1,,\n",
		"\xef\xbb\xbfkind,code,name,parent_code\r\nisd,1,\"A, \"\"B\"\"\",\r\n",
		"kind,code,name,parent_code\nschool,1,A,2\nschool,1,A,2\n", "kind;code\n", "kind,code,name,parent_code\nagency,\"\n", "", "\xff\xfe", "kind,kind\n,\n",
		"kind,code,name,parent_code\ndistrict,1,\x1f,\n", "name,parent_code,code,kind\nÄ,,1,isd\n",
	} {
		f.Add([]byte(s))
	}
	p := givenPlanning(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		checkImport(t, p, func(dry bool) (FactImportReport, error) {
			return p.s.ImportOrganizations(ctx, p.analyst, OrganizationFile{Source: "fuzz", FileName: "f.csv", DryRun: dry, Content: content})
		})
	})
}

func FuzzImportFacts(f *testing.F) {
	for _, s := range []string{
		"code,identification,reasons,index,pupils\nS001,CSI,bottom_5;low_graduation,18.4,581\nS002,TSI,,40,1\n",
		"code,kind,year,pupils,source\nS001,school,2024,5,x\nS001,,2025,-,\n", "code,pupils\nS001,-1\n", "code,index\nS001,100.01\n", "code,pupils\nS001,1\nS001,2\n",
		"code,virtual\nS002,TRUE\n", "code,reasons\nS002,\nS001,-\n", "code,pupils\nD001,1\n", "pupils\n1\n", "code,pupils\nS001,99999999999999999999\n",
		"code,index\nS001,\"1,0\"\n", "code,graduation_rate\nS001,1e2\n",
	} {
		f.Add([]byte(s), 2025)
	}
	p := givenPlanning(f)
	p.districts(2)
	f.Fuzz(func(t *testing.T, content []byte, year int) {
		checkImport(t, p, func(dry bool) (FactImportReport, error) {
			return p.s.ImportFacts(ctx, p.analyst, FactFile{ProgramCode: "mi-21h", Year: 1990 + (year%100+100)%100, Source: "fuzz", FileName: "f.csv", DryRun: dry, Content: content})
		})
	})
}
