package workflow

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

func TestNightMeasuresUtilization(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	gy := n.year(2026)
	b := n.approved(gy, n.district("Alder Bay"), 400_000_00, "2025-12-01", 250_000_00, 150_000_00)
	b.paid(400_000_00, "2026-01-20")
	b.spend(0, 100_000_00, "2026-02-10", "2026-02-12")
	sum := n.night("2026-03-01")
	equal(t, len(sum.Years), 1)
	equal(t, sum.Years[0].LinesChanged, int64(2))
	equal(t, sum.Years[0].DriftCount, int64(0))
	u, err := n.s.ApplicationUtilization(context.Background(), models.System("test"), b.app.ID, "2026-03-01")
	noError(t, err)
	rate := models.BasisPoints(2500)
	// 40 days gone since payment, 213 to go until 2026-09-30: 100,000 x 213 / 40 is more
	// than the rest, on either pace.
	equal(t, u, models.ApplicationUtilization{ApplicationID: b.app.ID, GrantYearID: gy.ID, OrganizationID: b.org.ID, AsOf: "2026-03-01",
		AllocationCents: 400_000_00, ApprovedCents: 400_000_00, PaidCents: 400_000_00, SpentCents: 100_000_00, RateBP: &rate, DeadlineOn: "2026-09-30", LineCount: 2, StartedOn: "2026-01-20", RecentCents: 100_000_00})

	// A month without postings: nothing of the lines is written again.
	sum = n.night("2026-04-01")
	equal(t, sum.Years[0].LinesChanged, int64(0))
	b.spend(1, 10_000_00, "2026-04-02", "2026-04-02")
	sum = n.night("2026-04-02")
	equal(t, sum.Years[0].LinesChanged, int64(1))
	lines, err := n.s.LineUtilizations(context.Background(), models.System("test"), b.app.ID, "2026-04-01")
	noError(t, err)
	equal(t, lines, []models.LineUtilization{{LineItemID: b.lines[0].ID, AsOf: "2026-03-01", AmountCents: 250_000_00, SpentCents: 100_000_00},
		{LineItemID: b.lines[1].ID, AsOf: "2026-03-01", AmountCents: 150_000_00}})
	programs, err := n.s.ProgramUtilizations(context.Background(), models.System("test"), gy.ID, "2026-04-02", "2026-04-02")
	noError(t, err)
	rate = 2750
	equal(t, programs[0].RateBP, &rate)
	equal(t, programs[0].SpentCents, models.Cents(110_000_00))
}

func TestForecastTakesBothPaces(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 1_000_000_00, "2025-10-15", 1_000_000_00)
	b.paid(1_000_000_00, "2025-11-20")
	b.spend(0, 90_000_00, "2025-12-01", "2025-12-01")
	b.spend(0, 45_000_00, "2026-06-01", "2026-06-01")
	n.night("2026-06-08") // 200 days gone, 114 to go
	u, err := n.s.ApplicationUtilization(context.Background(), models.System("test"), b.app.ID, "")
	noError(t, err)
	// Straight: 135,000 x 114 / 200 = 76,950 more, 788,050 unspent. Recent: 45,000 x 114 / 90 = 57,000, 808,000 unspent.
	equal(t, []models.Cents{u.ForecastLowCents, u.ForecastCents, u.ForecastHighCents}, []models.Cents{788_050_00, 798_025_00, 808_000_00})
}

func TestNightWithoutWholeHasNoRate(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 0, "2025-12-01")
	n.night("2026-03-01")
	u, err := n.s.ApplicationUtilization(context.Background(), models.System("test"), b.app.ID, "")
	noError(t, err)
	if u.RateBP != nil {
		t.Errorf("rate %s instead of n/a", u.RateBP)
	}
}

func TestNightReportsDrift(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 100_00, "2025-12-01", 100_00)
	b.spend(0, 10_00, "2026-01-10", "2026-01-10")
	n.change(func(tx *store.Tx) error {
		return tx.Set(&models.LineItem{SpentCents: 11_00}, store.Eq{"id": b.lines[0].ID}, "spent_cents")
	})
	sum := n.night("2026-03-01")
	equal(t, sum.Years[0].DriftCount, int64(1))
	equal(t, sum.Years[0].DriftLineItems, []string{b.lines[0].ID})
}

func TestRepeatingAPastNightGivesTheSameFigures(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 1_000_00, "2025-12-01", 400_00, 300_00)
	b.paid(700_00, "2026-01-20")
	b.spend(0, 100_00, "2026-02-01", "2026-02-01")
	n.night("2026-02-02")
	before := all[models.ApplicationUtilization](n, nil, "as_of")
	b.spend(0, 50_00, "2026-02-03", "2026-02-03")
	b.amend("2026-02-03", 1, 350_00)
	n.night("2026-02-03")
	flags, notices := len(all[models.Flag](n, nil)), len(all[models.Notice](n, nil))

	n.setClock(n.now().AddDate(0, 0, 10))
	sum, err := n.s.Night(context.Background(), models.System("utilization"), "2026-02-02")
	noError(t, err)
	equal(t, sum.SnapshotOnly, true)
	equal(t, all[models.ApplicationUtilization](n, store.Eq{"as_of": "2026-02-02"}, "as_of"), before)
	equal(t, len(all[models.Flag](n, nil)), flags)
	equal(t, len(all[models.Notice](n, nil)), notices)
	for _, date := range []models.Date{"2026-02-01", "2026-02-02", "2026-02-03"} {
		lines, err := n.s.LineUtilizations(context.Background(), models.System("test"), b.app.ID, date)
		noError(t, err)
		got := []models.Cents{}
		for _, l := range lines {
			got = append(got, l.AmountCents, l.SpentCents)
		}
		want := map[models.Date][]models.Cents{"2026-02-01": {}, "2026-02-02": {400_00, 100_00, 300_00, 0}, "2026-02-03": {400_00, 150_00, 350_00, 0}}[date]
		equal(t, got, want)
	}
	// A night between that was never evaluated does not change what later ones say.
	b.spend(1, 7_00, "2026-02-05", "2026-02-05")
	b.spend(1, -7_00, "2026-02-07", "2026-02-07")
	n.night("2026-02-08")
	n.night("2026-02-06")
	lines, err := n.s.LineUtilizations(context.Background(), models.System("test"), b.app.ID, "2026-02-08")
	noError(t, err)
	equal(t, lines[1].SpentCents, models.Cents(0))
	lines, err = n.s.LineUtilizations(context.Background(), models.System("test"), b.app.ID, "2026-02-06")
	noError(t, err)
	equal(t, lines[1].SpentCents, models.Cents(7_00))
}

// amend approves a revision that changes one line's amount.
func (b *budget) amend(on models.Date, i int, amount models.Cents) {
	b.t.Helper()
	l := &b.lines[i]
	rev := models.Revision{ApplicationID: b.app.ID, GrantYearID: b.year.ID, OrganizationID: b.org.ID, Number: b.next(), Status: StatusApproved,
		Reason: "More hours", TotalCents: amount, LineCount: 1, CreatedBy: models.SystemUserID, DecidedOn: on}
	b.add(&rev)
	v := models.LineVersion{ID: storetest.NewID(), LineItemID: l.ID, RevisionID: rev.ID, Action: "change", UseCategory: "4", FunctionCode: l.FunctionCode,
		CostKind: "purchased_services", Description: l.Description, AmountCents: amount, Decision: "approved"}
	l.VersionID, l.AmountCents = v.ID, amount
	b.change(func(tx *store.Tx) error {
		if err := tx.Create(&v); err != nil {
			return err
		}
		if err := tx.Create(&models.LineCost{LineVersionID: v.ID, ObjectCode: "3120", AmountCents: amount}); err != nil {
			return err
		}
		if err := tx.Create(&models.LineLink{LineVersionID: v.ID, GoalID: b.goal.ID, TargetID: b.itb.ID}); err != nil {
			return err
		}
		return tx.Set(&models.LineItem{VersionID: v.ID, AmountCents: amount}, store.Eq{"id": l.ID}, "version_id", "amount_cents")
	})
	b.app.ApprovedOn = on
	b.update(&b.app, "approved_on")
}

func TestNightRefusesStrangersAndTheFuture(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	_, err := n.s.Night(context.Background(), n.actor(n.person("Mo Manager", models.RoleManager, "")), "2026-03-01")
	equal(t, models.CodeOf(err), "permission.role")
	_, err = n.s.Night(context.Background(), models.System("utilization"), "2026-03-03")
	equal(t, strings.Contains(err.Error(), "has not begun"), true)
	_, err = n.s.Night(context.Background(), models.System("utilization"), "2026-02-30")
	equal(t, models.KindOf(err), models.Invalid)
	sum, err := n.s.Night(context.Background(), models.System("utilization"), "2026-03-01") // no open year
	noError(t, err)
	equal(t, len(sum.Years), 0)
}

// numbers reads a flag's evidence.
func numbers(t *testing.T, f models.Flag) map[string]any {
	t.Helper()
	out := map[string]any{}
	noError(t, json.Unmarshal([]byte(f.Evidence), &out))
	return out
}
