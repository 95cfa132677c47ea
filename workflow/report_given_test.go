package workflow

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

// reportWorld is a generated world: districts with schools, lines of several categories,
// amendments, payments and spending around two nights, a recipient that has not applied,
// and a superseded run of the formula.
type reportWorld struct {
	*night
	year    models.GrantYear
	budgets []*budget
	office  models.Actor
	clerk   models.Actor // of the first district
}

var reportNights = []models.Date{"2026-02-15", "2026-04-10"}

func givenReported(t testing.TB, seed uint64) *reportWorld {
	t.Helper()
	w := &reportWorld{night: newNight(t)}
	dice := rand.New(rand.NewPCG(seed, 1))
	w.setClock(time.Date(2025, 11, 20, 15, 0, 0, 0, time.UTC))
	w.year = w.night.year(2026)
	w.office = w.actor(w.person("Ada Auditor", models.RoleAuditor, ""))
	for i := range 5 {
		o := w.district(fmt.Sprintf("District %d, <North> (synthetic)", i))
		school := models.Organization{OrgKind: models.KindSchool, Code: fmt.Sprintf("9%04d", w.next()), Name: fmt.Sprintf("School \"%d\" & Sons", i), ParentID: &o.ID}
		w.add(&school)
		amounts := make([]models.Cents, 1+dice.IntN(4))
		total := models.Cents(dice.IntN(5000))
		for j := range amounts {
			amounts[j] = models.Cents(1 + dice.IntN(40_000_00))
			total += amounts[j]
		}
		b := w.approved(w.year, o, total, []models.Date{"2025-12-01", "2026-01-10"}[dice.IntN(2)], amounts...)
		for j := range b.lines {
			w.vary(b, j, dice, school.ID)
		}
		w.budgets = append(w.budgets, b)
	}
	w.clerk = w.actor(w.person("Pat Preparer", models.RolePreparer, w.budgets[0].org.ID))
	w.publishAll(dice)
	for i, on := range []models.Date{"2026-01-20", "2026-03-20", "2026-04-20"} {
		w.move(dice, on)
		if i < len(reportNights) {
			w.night.night(reportNights[i])
		}
	}
	return w
}

// vary gives a line another category and sometimes a school.
func (w *reportWorld) vary(b *budget, j int, dice *rand.Rand, school string) {
	w.t.Helper()
	category := fmt.Sprint(1 + dice.IntN(8))
	var at *string
	if dice.IntN(2) == 0 {
		at = &school
	}
	w.change(func(tx *store.Tx) error {
		if err := tx.Set(&models.LineVersion{UseCategory: category, SchoolID: at, PlanActivity: []string{"", "Tutoring"}[dice.IntN(2)]},
			store.Eq{"id": b.lines[j].VersionID}, "use_category", "school_id", "plan_activity"); err != nil {
			return err
		}
		return tx.Set(&models.LineItem{UseCategory: category, SchoolID: at}, store.Eq{"id": b.lines[j].ID}, "use_category", "school_id")
	})
}

// publishAll makes a run that was superseded and the one that counts, with a recipient that
// has not applied and an organization that got nothing.
func (w *reportWorld) publishAll(dice *rand.Rand) {
	w.t.Helper()
	idle, nothing := w.district("Idle Falls (synthetic)"), w.district("No Share (synthetic)")
	for number := 1; number <= 2; number++ {
		at := time.Date(2025, 10, number, 12, 0, 0, 0, time.UTC)
		run := models.AllocationRun{GrantYearID: w.year.ID, Number: number, Label: "run", Status: []models.State{StatusSuperseded, StatusPublished}[number-1], FactsYear: 2025,
			Determinations: "[]", CreatedBy: models.SystemUserID, PublishedAt: &at}
		rows := []models.Allocation{{OrganizationID: idle.ID, AmountCents: models.Cents(1 + dice.IntN(9_000_00))}, {OrganizationID: nothing.ID}}
		for _, b := range w.budgets {
			rows = append(rows, models.Allocation{OrganizationID: b.org.ID, AmountCents: b.app.AllocationCents})
		}
		for _, r := range rows {
			run.PoolCents += r.AmountCents
		}
		run.AllocatedCents, run.RecipientCount = run.PoolCents, len(rows)
		w.add(&run)
		for i := range rows {
			rows[i].ID, rows[i].RunID, rows[i].GrantYearID, rows[i].Receipt = storetest.NewID(), run.ID, w.year.ID, "{}"
		}
		w.change(func(tx *store.Tx) error { return tx.Create(&rows) })
		w.year.PublishedRunID = &run.ID
	}
	w.update(&w.year, "published_run_id")
}

// move is a month: payments, spending, corrections and amendments around a day.
func (w *reportWorld) move(dice *rand.Rand, on models.Date) {
	w.t.Helper()
	w.setClock(time.Date(on.Year(), on.Month(), on.Day(), 15, 0, 0, 0, time.UTC))
	for _, b := range w.budgets {
		if dice.IntN(3) > 0 {
			b.paid(models.Cents(1+dice.IntN(10_000_00)), on)
		}
		for j := range b.lines {
			for range dice.IntN(3) {
				b.spend(j, models.Cents(1+dice.IntN(3_000_00)), on.AddDays(-dice.IntN(9)), on.AddDays(-dice.IntN(3)))
			}
			if b.lines[j].SpentCents > 100 && dice.IntN(4) == 0 {
				b.spend(j, -100, on, on)
			}
		}
		if dice.IntN(2) == 0 {
			j := dice.IntN(len(b.lines))
			b.amend(on, j, b.lines[j].AmountCents+models.Cents(dice.IntN(int(b.lines[j].AmountCents)/4+1)))
		}
	}
}

// sql answers a statement with plain texts, NULL as "".
func (w *reportWorld) sql(text string) [][]string {
	w.t.Helper()
	rows, err := w.db.SQL().Query(text)
	noError(w.t, err)
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	noError(w.t, err)
	var out [][]string
	for rows.Next() {
		cells, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			dest[i] = &cells[i]
		}
		noError(w.t, rows.Scan(dest...))
		line := make([]string, len(columns))
		for i, c := range cells {
			switch v := c.(type) {
			case nil:
			case []byte:
				line[i] = string(v)
			case time.Time:
				line[i] = v.UTC().Format("2006-01-02")
			default:
				line[i] = fmt.Sprint(v)
			}
		}
		out = append(out, line)
	}
	noError(w.t, rows.Err())
	return out
}
