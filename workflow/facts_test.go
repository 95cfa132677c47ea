package workflow

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"earmark/models"
	"earmark/store"
)

func asError(err error, to **models.Error) bool { return errors.As(err, to) }

func TestImportOrganizationsBuildsTheTree(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	// A school stands before its district, the file has a byte order mark, CRLF and quotes.
	file := organizationFile("school,00011,\"Elm, Lower School\",10001,,", "district,10001,Alder Bay (synthetic),90000,traditional,Lake", "isd,90000,Lake ISD (synthetic),,,Lake", ",,,,,")
	file.Content = []byte("\xef\xbb\xbf" + strings.ReplaceAll(string(file.Content), "\n", "\r\n"))
	dry := file
	dry.DryRun = true
	report, err := p.s.ImportOrganizations(ctx, p.analyst, dry)
	noError(t, err)
	equal(t, []int{report.Rows, report.New, report.Changed, report.Unchanged, report.ErrorCount}, []int{3, 3, 0, 0, 0})
	equal(t, report.Message, "3 rows: 3 would be new, 0 would change, 0 are known already.")
	equal(t, len(all[models.Organization](p.night, nil)), 0)

	report, err = p.s.ImportOrganizations(ctx, p.analyst, file)
	noError(t, err)
	equal(t, []int{report.Rows, report.New, report.Changed, report.Unchanged}, []int{3, 3, 0, 0})
	equal(t, p.audited(report.Import), 1)
	school := p.organization(models.KindSchool, "00011")
	equal(t, school.Name, "Elm, Lower School")
	equal(t, *school.ParentID, p.organization(models.KindDistrict, "10001").ID)

	report, err = p.s.ImportOrganizations(ctx, p.analyst, file)
	noError(t, err)
	equal(t, []int{report.New, report.Changed, report.Unchanged}, []int{0, 0, 3})
	equal(t, report.Message, "All 3 rows were known already: nothing changed.")

	// A new name, a move to another district, and a file without the optional columns.
	p.organizations("district,10002,Birch (synthetic),,psa,")
	report, err = p.s.ImportOrganizations(ctx, p.analyst, OrganizationFile{Source: "Letter", FileName: "change.csv",
		Content: []byte("code,kind,parent_code,name\n00011,school,10002,Elm School\n10001,district,90000,Alder Bay (synthetic)\n")})
	noError(t, err)
	equal(t, []int{report.New, report.Changed, report.Unchanged}, []int{0, 1, 1})
	school = p.organization(models.KindSchool, "00011")
	equal(t, []any{school.Version, school.Name, *school.ParentID}, []any{int64(2), "Elm School", p.organization(models.KindDistrict, "10002").ID})
	equal(t, p.audited(&school), 2)
	equal(t, p.organization(models.KindDistrict, "10001").County, "Lake")
}

func TestImportOrganizationsFindsEveryMistake(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	file := organizationFile(
		"district,10001,Alder,,traditional,",
		"village,1,Elm,,,",
		"district,,Birch,,academy,",
		"district,10001,Cedar,77777,,",
		"school,00012,,,psa,",
		"agency,1 2,Office,10001,,",
		"district,10009,too,few",
		"school,00013,Quote\"d,10001,,",
		"school,00014,Ok,10001,,",
	)
	want := []string{
		"/rows/3/kind organization.kind", "/rows/4/code required", "/rows/4/subtype organization.subtype",
		"/rows/5/code csv.row_repeated", "/rows/5/parent_code organization.unknown",
		"/rows/6/name required", "/rows/6/subtype organization.subtype", "/rows/6/parent_code required",
		"/rows/7/code organization.code", "/rows/7/parent_code organization.parent",
		"/rows/8 csv.column_count", "/rows/9 csv.syntax",
	}
	events := len(all[models.AuditEvent](p.night, nil))
	_, err := p.s.ImportOrganizations(ctx, p.analyst, file)
	refused(t, err, models.Invalid, "import.invalid_file")
	equal(t, fieldsOf(fieldErrors(t, err)), want)
	equal(t, len(all[models.Organization](p.night, nil)), 0)
	equal(t, len(all[models.FactImport](p.night, nil)), 0)
	equal(t, len(all[models.AuditEvent](p.night, nil)), events)
	file.DryRun = true
	report, err := p.s.ImportOrganizations(ctx, p.analyst, file)
	noError(t, err)
	equal(t, fieldsOf(report.Errors), want)
	equal(t, report.ErrorCount, len(want))
}

func TestImportRefusesFilesThatAreNotTables(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	many := strings.Repeat("district,,,,,\n", maxReported)
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"empty":            {"", []string{"/file csv.empty"}},
		"header only":      {"kind,code,name,parent_code\n", []string{"/file csv.no_rows"}},
		"UTF-16":           {"\xff\xfek\x00", []string{"/file csv.encoding"}},
		"Latin-1":          {"kind,code,name,parent_code\nschool,1,Caf\xe9,1\n", []string{"/file csv.encoding"}},
		"too large":        {strings.Repeat("x", MaxImportBytes+1), []string{"/file csv.too_large"}},
		"semicolons":       {"kind;code;name;parent_code\n", []string{"/columns/kind;code;name;parent_code csv.column_unknown", "/columns/kind csv.column_missing", "/columns/code csv.column_missing", "/columns/name csv.column_missing", "/columns/parent_code csv.column_missing"}},
		"columns":          {"kind,code,code,nom,parent_code\n", []string{"/columns/code csv.column_repeated", "/columns/nom csv.column_unknown", "/columns/name csv.column_missing"}},
		"control":          {"kind,code,name,parent_code\ndistrict,1,a\x00b,\n", []string{"/rows/2/name text", "/rows/2/name required"}},
		"too many rows":    {"kind,code,name,parent_code\n" + strings.Repeat("a,b,c,d\n", MaxImportRows+1), nil},
		"too many to list": {"kind,code,name,parent_code,subtype,county\n" + many, nil},
	} {
		report, err := p.s.ImportOrganizations(ctx, p.analyst, OrganizationFile{Source: "s", FileName: name, Content: []byte(c.content)})
		refused(t, err, models.Invalid, "import.invalid_file")
		if c.want != nil {
			equal(t, fieldsOf(fieldErrors(t, err)), c.want)
		}
		if report.Import != nil || len(fieldErrors(t, err)) > maxReported {
			t.Errorf("%s: %d fields", name, len(fieldErrors(t, err)))
		}
	}
	equal(t, len(all[models.Organization](p.night, nil)), 0)
}

func TestImportFactsIsAllOrNothingAndSafeToRepeat(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(2)
	header := "code,kind,year,identification,reasons,index,pupils,virtual,source"
	bad := factFile(0, header,
		"S001,,2025,CSI,bottom_5;nonsense,100.01,-1,perhaps,",
		"S001,school,2025,CSI,,10.123,1.5,true,",
		"S999,,2025,CSI,,1,1,,",
		"D001,district,2025,CSI,,,,,",
		"S002,,twenty,ATS,,50,9,,",
		",,,XYZ,,,,,",
		"S002,planet,2025,,,,,,",
		"S002,,2024,,,101,,,State count",
	)
	bad.Source = ""
	want := []string{
		"/rows/2/source required", "/rows/2/reasons fact.list", "/rows/2/index fact.decimal", "/rows/2/pupils fact.integer", "/rows/2/virtual fact.boolean",
		"/rows/3/source required", "/rows/3/index fact.decimal", "/rows/3/pupils fact.integer",
		"/rows/4/code organization.unknown", "/rows/4/source required",
		"/rows/5/source required", "/rows/5/identification fact.kind",
		"/rows/6/year year", "/rows/6/source required",
		"/rows/7/code required", "/rows/7/year required", "/rows/7/source required", "/rows/7/identification fact.text",
		"/rows/8/kind organization.kind", "/rows/8/source required",
		"/rows/9/index fact.decimal",
	}
	_, err := p.s.ImportFacts(ctx, p.analyst, bad)
	refused(t, err, models.Invalid, "import.invalid_file")
	equal(t, fieldsOf(fieldErrors(t, err)), want)
	equal(t, len(all[models.Fact](p.night, nil)), 0)
	bad.DryRun = true
	report, err := p.s.ImportFacts(ctx, p.analyst, bad)
	noError(t, err)
	equal(t, fieldsOf(report.Errors), want)

	good := factFile(2025, header, "S001,,,CSI,bottom_5,18.4,581,,State file 7", "S002,school,2024,TSI,,40,200,false,")
	report, err = p.s.ImportFacts(ctx, p.analyst, good)
	noError(t, err)
	equal(t, []int{report.Rows, report.New, report.Changed, report.Unchanged}, []int{2, 2, 0, 0})
	known := all[models.Fact](p.night, store.Eq{"year": 2025}, "name")
	equal(t, len(known), 4)
	equal(t, []string{known[1].Name, known[1].Value, known[1].Source, known[1].ImportID}, []string{"index", "18.40", "State file 7", report.Import.ID})
	equal(t, len(all[models.Fact](p.night, store.Eq{"year": 2024})), 5) // an empty list is a value, an empty cell is not

	report, err = p.s.ImportFacts(ctx, p.analyst, good)
	noError(t, err)
	equal(t, []int{report.New, report.Changed, report.Unchanged}, []int{0, 0, 2})
	equal(t, report.Message, "All 2 rows were known already: nothing changed.")

	// One value differs, one is taken back, an empty cell says nothing.
	report, err = p.s.ImportFacts(ctx, p.analyst, factFile(2025, "code,index,pupils,reasons", "S001,,600,-"))
	noError(t, err)
	equal(t, []int{report.New, report.Changed, report.Unchanged}, []int{0, 1, 0})
	list, err := p.s.Facts(ctx, p.analyst, ListFacts{OrganizationID: p.organization(models.KindSchool, "S001").ID, Year: 2025})
	noError(t, err)
	var values []string
	for _, f := range list {
		values = append(values, f.Name+"="+f.Value)
	}
	equal(t, values, []string{"identification=CSI", "index=18.40", "pupils=600"})
	report, err = p.s.ImportFacts(ctx, p.analyst, factFile(2025, "code,reasons", "S001,-"))
	noError(t, err)
	equal(t, report.Unchanged, 1)
}

func TestImportFactsRefusals(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(1)
	twice := factFile(2025, "code,pupils", "S001,1", "S001,2")
	_, err := p.s.ImportFacts(ctx, p.analyst, twice)
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/rows/3/code csv.row_repeated"})
	_, err = p.s.ImportFacts(ctx, p.analyst, factFile(2025, "code", "S001"))
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/columns csv.no_facts"})
	_, err = p.s.ImportFacts(ctx, p.analyst, factFile(2025, "code,puppils", "S001,1"))
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/columns/puppils csv.column_unknown"})
	none := factFile(2025, "code,pupils", "S001,1")
	none.ProgramCode = "xx"
	_, err = p.s.ImportFacts(ctx, p.analyst, none)
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/program_code program.unknown"})
	long := factFile(2025, "code,pupils,source", "S001,1,"+strings.Repeat("x", 301))
	_, err = p.s.ImportFacts(ctx, p.analyst, long)
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/rows/2/source max"})
	_, err = p.s.ImportFacts(ctx, p.manager, factFile(2025, "code,pupils", "S001,1"))
	refused(t, err, models.Forbidden, "permission.role")
	_, err = p.s.ImportOrganizations(ctx, p.auditor, organizationFile("district,1,A,,,"))
	refused(t, err, models.Forbidden, "permission.role")
	equal(t, len(all[models.Fact](p.night, nil)), 0)
}

func TestImportFactsReplaysAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(1)
	who := p.analyst
	who.IdempotencyKey = "k1"
	first, err := p.s.ImportFacts(ctx, who, factFile(2025, "code,pupils", "S001,1"))
	noError(t, err)
	again, err := p.s.ImportFacts(ctx, who, factFile(2025, "code,pupils", "S001,1"))
	noError(t, err)
	equal(t, []any{again.Import.ID, again.New}, []any{first.Import.ID, 1})
	_, err = p.s.ImportFacts(ctx, who, factFile(2025, "code,pupils", "S001,2"))
	refused(t, err, models.Conflict, "idempotency.key_reused")
	imports, err := p.s.FactImports(ctx, p.auditor, ListFactImports{})
	noError(t, err)
	equal(t, len(imports), 2)
	one, err := p.s.FactImport(ctx, p.auditor, first.Import.ID)
	noError(t, err)
	equal(t, []any{one.RowCount, one.Added, one.CreatedBy}, []any{1, 1, p.analyst.UserID})
}

func TestADistrictSeesItselfAndItsSchools(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.districts(3)
	p.facts(2025, "S001,CSI,,20,100", "S002,TSI,,40,100", "S003,CSI,,25,100")
	d1, d2, s1 := p.organization(models.KindDistrict, "D001"), p.organization(models.KindDistrict, "D002"), p.organization(models.KindSchool, "S001")
	who := p.actor(p.person("Pat Preparer", models.RolePreparer, d1.ID))
	seen, err := p.s.Organizations(ctx, who, ListOrganizations{})
	noError(t, err)
	equal(t, len(seen), 2)
	_, err = p.s.Organization(ctx, who, s1.ID)
	noError(t, err)
	_, err = p.s.Organization(ctx, who, d2.ID)
	refused(t, err, models.NotFound, "not_found")
	facts, err := p.s.Facts(ctx, who, ListFacts{Year: 2025})
	noError(t, err)
	equal(t, len(facts), 4)
	for _, f := range facts {
		equal(t, f.OrganizationID, s1.ID)
	}
	decided, err := p.s.Determinations(ctx, who, "mi-21h", 2025)
	noError(t, err)
	equal(t, len(decided), 1)
	_, err = p.s.FactImports(ctx, who, ListFactImports{})
	refused(t, err, models.Forbidden, "permission.role")

	found, err := p.s.Organizations(ctx, p.auditor, ListOrganizations{Kind: models.KindSchool, Search: "s00"})
	noError(t, err)
	equal(t, len(found), 3)
	found, err = p.s.Organizations(ctx, p.auditor, ListOrganizations{Search: "DISTRICT 2"})
	noError(t, err)
	equal(t, found[0].ID, d2.ID)
	found, err = p.s.Organizations(ctx, p.auditor, ListOrganizations{Search: "%"})
	noError(t, err)
	equal(t, len(found), 0)
	found, err = p.s.Organizations(ctx, p.auditor, ListOrganizations{ParentID: d2.ID, Limit: 1})
	noError(t, err)
	equal(t, found[0].Code, "S002")

	// Pages of facts follow each other without gap or overlap.
	var names []string
	in := ListFacts{Limit: 5}
	for {
		page, err := p.s.Facts(ctx, p.auditor, in)
		noError(t, err)
		if len(page) == 0 {
			break
		}
		for _, f := range page {
			names = append(names, fmt.Sprint(f.OrganizationID, f.Year, f.Name))
		}
		in.After = page[len(page)-1]
	}
	equal(t, len(names), 12)
}

// Cases: which office supports a district, from stored facts.
func TestDeterminationsFromStoredFacts(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	p.organizations(
		"district,A03,Case three (synthetic),,,", "school,31,One,A03,,", "school,32,Two,A03,,",
		"district,A04,Case four (synthetic),,,", "school,41,One,A04,,",
		"district,A05,Case five (synthetic),,,", "school,51,One,A05,,", "school,52,Two,A05,,",
		"district,A06,Case six (synthetic),,,", "school,61,One,A06,,",
		"district,A07,Case seven (synthetic),,,", "school,71,One,A07,,", "school,72,Two,A07,,", "school,73,Three,A07,,", "school,74,Four,A07,,",
	)
	_, err := p.s.ImportFacts(ctx, p.analyst, factFile(2025, "code,identification,reasons,alternative,virtual,index,pupils",
		"31,CSI,bottom_5,,,20,100", "32,CSI,low_graduation,false,false,50,100", "41,CSI,bottom_5,true,,20,100",
		"51,CSI,bottom_5,,true,20,100", "52,CSI,bottom_5,,,20,100", "61,CSI,not_exiting_ats,,,60,100",
		"71,TSI,,,,60,100", "72,TSI,,,,60,100", "73,TSI,,,,60,100", "74,ATS,,,,60,100"))
	noError(t, err)
	decided, err := p.s.Determinations(ctx, p.auditor, "mi-21h", 2025)
	noError(t, err)
	got := map[string]string{}
	for _, d := range decided {
		got[d.Code] = fmt.Sprintf("%d %d %s", d.Counted, d.AdjustedCount, d.Office)
		if d.Code == "A04" {
			equal(t, d.Removed[0].Identification, "CSI") // taken off the count, still CSI
		}
		if d.Code == "A07" {
			equal(t, []int{d.Counts["CSI"], d.Counts["ATS"], d.Counts["TSI"]}, []int{0, 1, 3})
		}
		if d.Why == "" {
			t.Errorf("%s has no reason", d.Code)
		}
	}
	equal(t, got, map[string]string{"A03": "2 2 OPD", "A04": "1 0 OES", "A05": "2 1 OPD", "A06": "1 0 OES", "A07": "0 0 "})
	_, err = p.s.Determinations(ctx, p.auditor, "xx", 2025)
	refused(t, err, models.NotFound, "not_found")
}
