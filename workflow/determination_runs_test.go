package workflow

import (
	"testing"

	"earmark/models"
	"earmark/store"
)

const dashboard = "ca-differentiated-assistance"

// givenDashboard is a planning world with two agencies and an open support year.
func givenDashboard(t *testing.T) (*planning, models.GrantYear) {
	t.Helper()
	p := givenPlanning(t)
	_, err := p.s.ImportOrganizations(ctx, p.analyst, OrganizationFile{Source: "s", FileName: "o.csv", Content: []byte(
		"kind,code,name,parent_code,subtype,county\ndistrict,c1,One (synthetic),,traditional,Sagebrush\ndistrict,c2,Two (synthetic),,charter,Sagebrush\n")})
	noError(t, err)
	gy, err := p.s.CreateGrantYear(ctx, p.analyst, CreateGrantYear{ProgramCode: dashboard, FiscalYear: 2019})
	noError(t, err)
	return p, gy
}

func (p *planning) importDashboard(rows string) (FactImportReport, error) {
	return p.s.ImportFacts(ctx, p.analyst, FactFile{ProgramCode: dashboard, Year: 2018, Source: "s", FileName: "f.csv",
		Content: []byte("kind,code,group,ela,math,suspension,parents\n" + rows)})
}

func TestFactsOfGroupsAreImportedAndTakenBack(t *testing.T) {
	t.Parallel()
	p, gy := givenDashboard(t)
	r, err := p.importDashboard("district,c1,white,red,red,red,\ndistrict,c1,asian,blue,,,\ndistrict,c1,,,,,met\n")
	noError(t, err)
	equal(t, []int{r.Rows, r.New}, []int{3, 3})
	equal(t, len(all[models.Fact](p.night, store.Eq{"group_code": "white"})), 3)
	r, err = p.importDashboard("district,c1,white,red,red,red,\ndistrict,c1,asian,blue,,,\ndistrict,c1,,,,,met\n")
	noError(t, err)
	equal(t, r.Unchanged, 3)

	run, err := p.s.RunDeterminations(ctx, p.analyst, NewDeterminationRun{GrantYearID: gy.ID, FactsYear: 2018, Label: "x"})
	noError(t, err)
	equal(t, run.LevelCounts, `{"2":1}`)
	again, err := p.s.RunDeterminations(ctx, p.analyst, NewDeterminationRun{GrantYearID: gy.ID, FactsYear: 2018, Label: "y"})
	noError(t, err)
	equal(t, again.InputHash, run.InputHash)
	equal(t, again.Number, 2)

	_, err = p.importDashboard("district,c1,white,-,,,\n")
	noError(t, err)
	less, err := p.s.RunDeterminations(ctx, p.analyst, NewDeterminationRun{GrantYearID: gy.ID, FactsYear: 2018, Label: "z"})
	noError(t, err)
	equal(t, less.LevelCounts, `{"1":1}`)
	if less.InputHash == run.InputHash {
		t.Error("other facts, the same hash")
	}
}

func TestMistakesInFactsOfGroups(t *testing.T) {
	t.Parallel()
	p, _ := givenDashboard(t)
	_, err := p.importDashboard("district,c1,grade_5,red,,,\ndistrict,c1,white,,,,met\ndistrict,c1,,red,,,\ndistrict,c1,white,mauve,,,\ndistrict,c1,asian,red,,,\ndistrict,c1,asian,red,,,\n")
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/rows/2/group group.unknown", "/rows/3/parents fact.kind", "/rows/4/ela fact.kind",
		"/rows/5/code csv.row_repeated", "/rows/5/ela fact.text", "/rows/7/code csv.row_repeated"})
}

// Whoever works for a school reads what was determined of it, in the list and alone.
func TestASchoolReadsItsOwnDetermination(t *testing.T) {
	t.Parallel()
	p, gy := givenDashboard(t)
	_, err := p.importDashboard("district,c1,white,red,red,red,\n")
	noError(t, err)
	_, err = p.s.ImportOrganizations(ctx, p.analyst, OrganizationFile{Source: "s", FileName: "o.csv", Content: []byte("kind,code,name,parent_code,subtype,county\nschool,s1,School (synthetic),c1,,\n")})
	noError(t, err)
	school := all[models.Organization](p.night, store.Eq{"code": "s1"})[0]
	run, err := p.s.RunDeterminations(ctx, p.analyst, NewDeterminationRun{GrantYearID: gy.ID, FactsYear: 2018, Label: "x"})
	noError(t, err)
	noError(t, p.s.change(ctx, func(tx *store.Tx) error {
		return tx.SaveDeterminations([]models.DeterminationResult{{ID: "school result", RunID: run.ID, OrganizationID: school.ID, Code: "s1", Name: school.Name, Report: "{}", Detail: "[]"}})
	}))
	_, err = p.s.TransitionDeterminationRun(ctx, p.analyst, DeterminationRunTransition{ID: run.ID, Version: run.Version, Event: "preview"})
	noError(t, err)
	principal := models.Actor{UserID: "principal", Roles: []models.Grant{{Role: models.RolePreparer, OrganizationID: school.ID}}}
	rows, err := p.s.DeterminationResults(ctx, principal, ListDeterminationResults{})
	noError(t, err)
	equal(t, len(rows), 1)
	one, err := p.s.DeterminationResult(ctx, principal, rows[0].ID)
	noError(t, err)
	equal(t, one.Code, "s1")
}

// Agencies preview their own result; how many got which level is told when it is published.
func TestAPreviewDoesNotTellWhatOthersGot(t *testing.T) {
	t.Parallel()
	p, gy := givenDashboard(t)
	_, err := p.importDashboard("district,c1,white,red,red,red,\ndistrict,c2,white,red,red,red,\n")
	noError(t, err)
	run, err := p.s.RunDeterminations(ctx, p.analyst, NewDeterminationRun{GrantYearID: gy.ID, FactsYear: 2018, Label: "x"})
	noError(t, err)
	run, err = p.s.TransitionDeterminationRun(ctx, p.analyst, DeterminationRunTransition{ID: run.ID, Version: run.Version, Event: "preview"})
	noError(t, err)
	agency := models.Actor{UserID: "agency", Roles: []models.Grant{{Role: models.RolePreparer, OrganizationID: all[models.Organization](p.night, store.Eq{"code": "c1"})[0].ID}}}
	counts := func(who models.Actor) []string {
		one, err := p.s.DeterminationRun(ctx, who, run.ID)
		noError(t, err)
		list, err := p.s.DeterminationRuns(ctx, who, ListDeterminationRuns{})
		noError(t, err)
		return []string{one.LevelCounts, list[0].LevelCounts}
	}
	told := run.LevelCounts
	equal(t, counts(agency), []string{"{}", "{}"})
	equal(t, counts(p.analyst), []string{told, told})
	_, err = p.s.TransitionDeterminationRun(ctx, p.manager, DeterminationRunTransition{ID: run.ID, Version: run.Version, Event: "publish"})
	noError(t, err)
	equal(t, counts(agency), []string{told, told})
}
