package workflow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"earmark/models"
	"earmark/store"
)

// giveProgress gives the recipients agreements of two cohorts, and schools with generated
// facts of four springs, of which some are missing.
func (w *reportWorld) giveProgress(dice *rand.Rand) {
	w.t.Helper()
	for i, a := range all[models.Agreement](w.night, nil) {
		a.ProgramCode, a.Cohort = "mi-21h", []string{"Four", "Five"}[i%2]
		w.update(&a, "program_code", "cohort")
	}
	file := models.FactImport{Content: "facts", FileName: "facts.csv", FileHash: "0", Source: "Synthetic", CreatedBy: models.SystemUserID}
	w.add(&file)
	var facts []models.Fact
	for _, b := range w.budgets {
		for range 8 {
			school := models.Organization{OrgKind: models.KindSchool, Code: fmt.Sprintf("8%04d", w.next()), Name: "School (synthetic)", ParentID: &b.org.ID}
			w.add(&school)
			for year := 2022; year <= 2025; year++ {
				facts = append(facts, models.Fact{OrganizationID: school.ID, Year: year, Name: "identification", Value: []string{"CSI", "CSI", "CSI", "TSI"}[dice.IntN(4)]})
				for _, name := range []string{"ela_proficiency", "math_proficiency", "graduation_rate", "index"} {
					if dice.IntN(12) > 0 {
						facts = append(facts, models.Fact{OrganizationID: school.ID, Year: year, Name: name, Value: fmt.Sprintf("%d.%d", 30+dice.IntN(12), dice.IntN(2)*5)})
					}
				}
			}
		}
	}
	for i := range facts {
		facts[i].Source, facts[i].ImportID = "Synthetic", file.ID
	}
	w.change(func(tx *store.Tx) error { return tx.Create(&facts) })
}

// progressBySQL counts the six rows of the Michigan table by other means. A comparison with
// what is not there is NULL, and counts nobody.
func (w *reportWorld) progressBySQL(year int, agreements string) [][]string {
	w.t.Helper()
	fact := func(name string, back int) string {
		return fmt.Sprintf("(SELECT CAST(f.value AS DECIMAL(9,2)) FROM facts f WHERE f.organization_id = s.id AND f.year = %d AND f.name = '%s')", year-back, name)
	}
	up := func(name string, back int) string { return fact(name, back) + " > " + fact(name, 3) }
	both := up("ela_proficiency", 1) + " AND " + up("ela_proficiency", 0) + " AND " + up("math_proficiency", 1) + " AND " + up("math_proficiency", 0)
	rated := fact("graduation_rate", 3) + " IS NOT NULL AND " + fact("graduation_rate", 0) + " IS NOT NULL"
	var out [][]string
	for _, r := range [][3]string{{"ela", "1 = 1", up("ela_proficiency", 0)}, {"math", "1 = 1", up("math_proficiency", 0)}, {"graduation", rated, up("graduation_rate", 0)},
		{"index", "1 = 1", up("index", 0)}, {"above_cut", "1 = 1", fact("index", 0) + " > 35.33"}, {"both_springs", "1 = 1", both}} {
		out = append(out, w.sql(fmt.Sprintf(`SELECT '%s', COUNT(DISTINCT s.parent_id), COUNT(*), COALESCE(SUM(CASE WHEN %[2]s AND %[3]s THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN %[2]s THEN 1 ELSE 0 END), 0)
			FROM organizations s JOIN facts i ON i.organization_id = s.id AND i.year = %[4]d AND i.name = 'identification' AND i.value = 'CSI'
			WHERE s.kind = 'school' AND s.parent_id IN (SELECT a.organization_id FROM agreements a WHERE %[5]s)`, r[0], r[1], r[2], year-3, agreements))...)
	}
	return out
}

// Every count of the progress report, and of its section in the annual report, is what
// other statements find in the facts.
func TestProgressReportCellByCell(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		w := givenReported(t, 80+seed)
		w.giveProgress(rand.New(rand.NewPCG(seed, 2)))
		own := w.budgets[0].org
		names := []string{"row", "districts", "units", "count", "denominator"}
		for _, c := range []struct {
			who   models.Actor
			ask   GetReport
			where string
		}{
			{w.office, GetReport{}, "1 = 1"},
			{w.office, GetReport{Cohort: "Five"}, "a.cohort = 'Five'"},
			{w.office, GetReport{OrganizationID: own.ID}, "a.organization_id = '" + own.ID + "'"},
			{w.clerk, GetReport{}, "a.organization_id = '" + own.ID + "'"},
		} {
			c.ask.Code, c.ask.GrantYearID = "progress", w.year.ID
			r, err := w.s.Report(ctx, c.who, c.ask)
			noError(t, err)
			want := w.progressBySQL(2025, c.where)
			equal(t, only(t, r.ReportTable, names...), want)
			w.progressPercents(r.ReportTable)
		}
		want := w.progressBySQL(2025, "1 = 1")
		if n := number(t, want[0][4]); n < 20 || want[2][4] == want[0][4] || want[0][3] == want[1][3] && want[1][3] == want[3][3] {
			t.Fatalf("too little is told apart: %v", want)
		}
		legislature := w.report(w.office, "legislature", "")
		section := legislature.Sections[3]
		equal(t, only(t, section, "count", "denominator"), columnsOf(want, 3, 4))
		w.progressPercents(section)

		// Nothing is known of 2021, so the table of 2024 is about nobody; nobody has an agreement of another cohort.
		for _, ask := range []GetReport{{Year: 2024}, {Cohort: "none such"}} {
			ask.Code, ask.GrantYearID = "progress", w.year.ID
			r, err := w.s.Report(ctx, w.office, ask)
			noError(t, err)
			for _, row := range only(t, r.ReportTable, "units", "count", "denominator", "percent", "agrees") {
				equal(t, row, []string{"0", "0", "0", "", ""})
			}
		}
	}
}

func columnsOf(rows [][]string, at ...int) [][]string {
	var out [][]string
	for _, row := range rows {
		var cells []string
		for _, i := range at {
			cells = append(cells, row[i])
		}
		out = append(out, cells)
	}
	return out
}

// progressPercents holds percentages to the counts beside them, in whole numbers.
func (w *reportWorld) progressPercents(table models.ReportTable) {
	w.t.Helper()
	for _, row := range only(w.t, table, "count", "denominator", "percent") {
		want, count, of := "", number(w.t, row[0]), number(w.t, row[1])
		if of > 0 {
			tenths := (2000*count + of) / (2 * of)
			want = fmt.Sprintf("%d.%d", tenths/10, tenths%10)
		}
		equal(w.t, row[2], want)
	}
}

// Missing facts are named: those of schools that the table is about, and of no others.
func TestProgressReportNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := givenReported(t, 90)
	w.giveProgress(rand.New(rand.NewPCG(90, 2)))
	missing := w.sql(`SELECT s.code FROM organizations s JOIN facts i ON i.organization_id = s.id AND i.year = 2022 AND i.name = 'identification' AND i.value = 'CSI'
		WHERE (SELECT COUNT(*) FROM facts f WHERE f.organization_id = s.id AND f.name = 'ela_proficiency' AND f.year IN (2022, 2025)) < 2 ORDER BY s.code`)
	codes := make([]string, len(missing))
	for i, row := range missing {
		codes[i] = row[0]
	}
	r := w.report(w.office, "progress", "")
	equal(t, only(t, r.ReportTable, "unknown_count", "unknown")[0], []string{fmt.Sprint(len(missing)), strings.Join(codes, " ")})
	if len(missing) == 0 {
		t.Fatal("nothing is missing")
	}
}

// A program without the section has no such report; its annual report has no such section.
func TestProgressReportOfProgramsWithout(t *testing.T) {
	t.Parallel()
	w := givenReported(t, 91)
	other := models.GrantYear{}
	for _, p := range w.s.programs.All() {
		if p.Progress == nil && p.Kind != "support" {
			var err error
			other, err = w.s.CreateGrantYear(ctx, w.actor(w.person("Ana Analyst", models.RoleAnalyst, "")), CreateGrantYear{ProgramCode: p.Code, FiscalYear: 2026})
			noError(t, err)
			break
		}
	}
	_, err := w.s.Report(ctx, w.office, GetReport{Code: "progress", GrantYearID: other.ID})
	refused(t, err, models.Invalid, "progress.none")
	_, err = w.s.Report(ctx, w.office, GetReport{Code: "legislature", GrantYearID: other.ID, Year: 2025})
	refused(t, err, models.Invalid, "progress.none")
	r, err := w.s.Report(ctx, w.office, GetReport{Code: "legislature", GrantYearID: other.ID})
	noError(t, err)
	if slices.ContainsFunc(r.Sections, func(s models.ReportTable) bool { return s.Name == "progress" }) {
		t.Error("the annual report counts progress that the program does not have")
	}
	_, err = w.s.Report(ctx, w.office, GetReport{Code: "utilization", GrantYearID: w.year.ID, Year: 2025})
	refused(t, err, models.Invalid, "report.parameter")
	_, err = w.s.Report(ctx, w.office, GetReport{Code: "progress", GrantYearID: w.year.ID, On: "2026-01-01"})
	refused(t, err, models.Invalid, "report.parameter")
}
