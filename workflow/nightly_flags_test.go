package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/store/storetest"
)

// Case A-29: flags exactly the lines that are linked to a goal only, or not at all; and
// those whose targets were all retired.
func TestUnlinkedLinesAreFlagged(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 10_000_00, "2025-12-01", 100_00, 100_00, 100_00, 100_00, 100_00)
	b.link(0, b.itb.ID)
	b.link(1, b.eto.ID)
	b.link(2, "")
	b.link(3)
	b.link(4, b.eto.ID, "")
	n.night("2026-03-01")
	got := map[string]string{}
	for _, f := range n.flagged("line_unlinked") {
		got[f.LineItemID] = numbers(t, f)["link"].(string)
	}
	equal(t, got, map[string]string{b.lines[2].ID: "goal_only", b.lines[3].ID: "none"})
	f := n.flagged("line_unlinked")[b.lines[3].ID]
	equal(t, f.Detail, "Line 4 ($100.00, approved) is not linked to any benchmark or outcome.")
	e := numbers(t, f)
	equal(t, []any{e["rule"], e["definition"], e["date"], e["citation"]},
		[]any{"line_unlinked", "mi-21h@" + b.year.DefinitionVersion, "2026-03-01", "MCL 388.1621h; Cohort Five overview, conditions for Section 21h"})

	b.retire(b.eto.ID, "2026-03-02") // in force on its last day no more
	n.night("2026-03-02")
	got = map[string]string{}
	for _, f := range n.flagged("line_unlinked") {
		got[f.LineItemID] = numbers(t, f)["link"].(string)
	}
	equal(t, got, map[string]string{b.lines[1].ID: "retired", b.lines[2].ID: "goal_only", b.lines[3].ID: "none", b.lines[4].ID: "retired"})
}

// Case A-30: 77.5 % of 400,000.00 is below 80 %; exactly 80 % is not.
func TestBelowMinimumUtilization(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spent models.Cents
		date  models.Date
		want  bool
	}{
		{310_000_00, "2026-09-29", false}, // the deadline has not come; the March minimum is met
		{310_000_00, "2026-09-30", true},
		{319_999_99, "2026-09-30", true},
		{320_000_00, "2026-09-30", false},
		{0, "2026-03-30", false},
		{0, "2026-03-31", true},
	} {
		t.Run(fmt.Sprintf("%d on %s", c.spent, c.date), func(t *testing.T) {
			t.Parallel()
			n := newNight(t)
			b := n.approved(n.year(2026), n.district("Alder Bay"), 400_000_00, "2025-12-01", 400_000_00)
			b.paid(400_000_00, "2026-01-20")
			if c.spent > 0 {
				b.spend(0, c.spent, "2026-02-01", "2026-02-01")
			}
			n.night(c.date)
			f, found := n.flagged("below_minimum")[b.app.ID]
			equal(t, found, c.want)
			if c.spent == 310_000_00 && found {
				equal(t, f.Detail, "$310,000.00 of $400,000.00 is spent (77.50%); the minimum since 2026-09-30 is 80.00%. $10,000.00 is missing.")
				equal(t, []int64{f.Measure, f.Threshold}, []int64{7750, 8000})
			}
			if c.spent == 319_999_99 {
				equal(t, []int64{f.Measure, f.Threshold}, []int64{7999, 8000}) // never shown as the minimum
			}
		})
	}
}

func TestBehindPace(t *testing.T) {
	t.Parallel()
	// Paid on 2026-01-03, 270 days before the deadline; after 27 days a tenth is expected,
	// less 15 % slack: 8,500.00 of 100,000.00.
	for spent, want := range map[models.Cents]bool{8_499_99: true, 8_500_00: false} {
		n := newNight(t)
		b := n.approved(n.year(2026), n.district("Alder Bay"), 100_000_00, "2025-12-01", 100_000_00)
		b.paid(100_000_00, "2026-01-03")
		b.spend(0, spent, "2026-01-10", "2026-01-10")
		n.night("2026-01-03")
		equal(t, len(n.flagged("behind_pace")), 0) // nothing is expected on the day itself
		n.night("2026-01-30")
		f, found := n.flagged("behind_pace")[b.app.ID]
		equal(t, found, want)
		if found {
			equal(t, f.Detail, "$8,499.99 of $100,000.00 approved is spent (8.49%). At an even pace from the payment on 2026-01-03 to 2026-09-30 it would be $10,000.00; with a slack of 15.00% at least 8.50%.")
		}
	}
}

// The boundaries of the 10 % rule: exactly the tolerance is not over it, and a cell in
// which nothing was approved has none.
func TestCellOverTolerance(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 100_000_00, "2025-12-01", 10_000_00, 10_000_00, 0)
	b.spend(0, 11_000_00, "2026-02-01", "2026-02-01")
	b.spend(1, 11_000_01, "2026-02-01", "2026-02-01")
	b.spend(2, 1, "2026-02-01", "2026-02-01")
	n.night("2026-03-01")
	flags := n.flagged("cell_over_tolerance")
	equal(t, len(flags), 2)
	f := flags[b.app.ID+":222:3120"]
	equal(t, f.Detail, "Function 222, object 3120: $11,000.01 spent against $10,000.00 approved, $1,000.01 above the approved amount and $0.01 above the tolerance of $1,000.00.")
	e := numbers(t, f)
	equal(t, []any{e["excess_over_approved_cents"], e["excess_over_tolerance_cents"]}, []any{100001.0, 1.0})
	_, over, _ := CellOverrun(n.tolerance(b.year), 10_000_00, 11_000_01)
	equal(t, over, models.Cents(1_000_01))
	equal(t, flags[b.app.ID+":223:3120"].Threshold, int64(0))
}

func TestSpentBeforeApproval(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 100_000_00, "2025-12-01", 10_000_00, 10_000_00, 10_000_00)
	b.spend(0, 100_00, "2025-11-30", "2025-12-10")
	b.spend(0, 5_00, "2025-12-02", "2025-12-10")
	b.spend(1, 100_00, "2025-12-01", "2025-12-10")
	b.spend(2, 100_00, "2025-11-30", "2025-12-10") // and reversed
	b.spend(2, -100_00, "2025-11-30", "2025-12-12")
	n.night("2026-01-01")
	flags := n.flagged("spent_before_approval")
	equal(t, len(flags), 1)
	f := flags[b.lines[0].ID]
	equal(t, f.Measure, int64(100_00))
	equal(t, f.Detail, "Line 1: $100.00 was spent before the line was approved on 2025-12-01; the first entry is dated 2025-11-30.")
}

func TestNoReport(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	gy := n.year(2026)
	b := n.approved(gy, n.district("Alder Bay"), 100_000_00, "2025-12-01", 10_000_00)
	b.paid(10_000_00, "2025-12-20")
	unpaid := n.approved(gy, n.district("Birch Point"), 100_000_00, "2025-12-01", 10_000_00)
	full := n.approved(gy, n.district("Cedar Falls"), 100_000_00, "2025-12-01", 10_000_00)
	full.paid(10_000_00, "2025-12-20")
	full.spend(0, 10_000_00, "2025-12-21", "2025-12-21")
	is := func(date models.Date, want bool) {
		t.Helper()
		n.night(date)
		_, found := n.flagged("no_report")[b.app.ID]
		equal(t, found, want)
		for _, other := range []*budget{unpaid, full} {
			if _, found := n.flagged("no_report")[other.app.ID]; found {
				t.Errorf("%s: flagged", date)
			}
		}
	}
	is("2026-02-18", false) // day 60
	is("2026-02-19", true)
	b.spend(0, 1_00, "2026-01-05", "2026-02-20")
	is("2026-02-20", false)
	is("2026-04-22", true) // 61 days after the posting
	b.add(&models.PeriodReport{ApplicationID: b.app.ID, OrganizationID: b.org.ID, PeriodStart: "2026-03-01", PeriodEnd: "2026-03-31", NothingSpent: true,
		ReportedBy: models.SystemUserID, ReportedOn: "2026-04-23"})
	is("2026-04-23", false)
}

func TestOverAllocation(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	gy := n.year(2026)
	exact := n.approved(gy, n.district("Alder Bay"), 100_00, "2025-12-01", 100_00)
	over := n.approved(gy, n.district("Birch Point"), 100_00, "2025-12-01", 100_01)
	spent := n.approved(gy, n.district("Cedar Falls"), 100_00, "2025-12-01", 99_00)
	spent.spend(0, 100_01, "2026-01-05", "2026-01-05")
	n.night("2026-02-18")
	flags := n.flagged("over_allocation")
	equal(t, len(flags), 2)
	equal(t, flags[over.app.ID].Detail, "$100.01 is approved and $0.00 spent; the allocation is $100.00.")
	equal(t, flags[spent.app.ID].Measure, int64(100_01))
	_, found := flags[exact.app.ID]
	equal(t, found, false)
}

// Case A-32: due on 2026-03-23: on the day itself due, one day later overdue by one day.
func TestDueDatePassed(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	gy := n.year(2026)
	o := n.district("Alder Bay")
	preparer := n.person("Pia Preparer", models.RolePreparer, o.ID)
	draft := models.DueItem{OrganizationID: o.ID, AgreementID: "a", Code: "agreement_draft", Title: "Draft of the partnership agreement", Citation: "Cohort Five overview", DueOn: "2026-03-23"}
	n.add(&draft)
	n.add(&models.DueItem{OrganizationID: o.ID, GrantYearID: gy.ID, Code: "unspent_report", Title: "Report on unspent funds", Citation: "MCL 388.1618a", DueOn: "2026-03-01"})
	n.night("2026-03-15") // seven days before the morning after
	equal(t, n.titles(preparer), []string{"Due in 7 days: Draft of the partnership agreement"})
	n.night("2026-03-15")
	n.night("2026-03-22")
	equal(t, n.titles(preparer), []string{"Due in 7 days: Draft of the partnership agreement", "Due today: Draft of the partnership agreement"})
	n.night("2026-03-23")
	equal(t, len(n.flagged("due_passed")), 0)
	n.night("2026-03-24")
	f := n.flagged("due_passed")[draft.ID]
	equal(t, f.Measure, int64(1))
	equal(t, f.Detail, "Draft of the partnership agreement was due on 2026-03-23 and had not come by 2026-03-24 (Cohort Five overview).")
	equal(t, numbers(t, f)["days_late"], any(1.0))
	equal(t, len(n.flagged("due_passed")), 1) // nothing was paid, so nothing is unspent
	draft.DoneOn = "2026-03-25"
	n.update(&draft, "done_on")
	n.night("2026-03-25")
	equal(t, len(n.flagged("due_passed")), 0)
	equal(t, n.titles(preparer)[2:], []string{"Something due has not been delivered", "Something due has not been delivered: resolved"})
}

// A flag's whole life over a month: it opens, stays, is acknowledged, worsens, is waived,
// comes back when the waiver is over and closes by itself. Each step is told once, audited
// once, and the chain of hashes that SQL made is the one that the program computes.
func TestFlagsHaveALife(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 1_000_000_00, "2025-12-01", 10_000_00)
	official := n.person("Ola Official", models.RoleAuthorizedOfficial, b.org.ID)
	pal := n.person("Pat Liaison", models.RolePAL, "")
	n.assign(b.org, pal)
	fiscal := n.person("Finn Fiscal", models.RoleFiscalReviewer, "")
	b.spend(0, 12_000_00, "2026-02-01", "2026-02-01")
	b.reported(b.itb, 42_00, "2026-02-20")
	flag := func() models.Flag {
		t.Helper()
		list := all[models.Flag](n, store.Eq{"rule": "cell_over_tolerance"})
		equal(t, len(list), 1)
		return list[0]
	}
	steps := func() []string { return n.titles(fiscal) }

	sum := n.night("2026-03-01")
	equal(t, sum.FlagsOpened, int64(1))
	f := flag()
	equal(t, []any{f.Version, f.Status, f.FirstSeen, f.ChangedOn}, []any{int64(1), StatusOpen, models.Date("2026-03-01"), models.Date("2026-03-01")})
	n.night("2026-03-01") // again
	for d := 2; d <= 5; d++ {
		sum = n.night(models.NewDate(2026, 3, d))
		equal(t, []int64{sum.FlagsOpened, sum.FlagsWorsened, sum.FlagsResolved, sum.Notices}, []int64{0, 0, 0, 0})
	}
	equal(t, flag(), f)
	equal(t, steps(), []string{"Spending above the approved amount and tolerance"})

	f, err := n.s.TransitionFlag(context.Background(), n.actor(official), FlagTransition{ID: f.ID, Version: 1, Event: "acknowledge", Comment: "We will amend."})
	noError(t, err)
	equal(t, []any{f.Status, f.Reply, *f.ReplyBy}, []any{StatusAcknowledged, "We will amend.", official.ID})
	b.spend(0, 999_99, "2026-03-05", "2026-03-06") // a cent less than what is news
	n.night("2026-03-06")
	equal(t, flag().Status, StatusAcknowledged)
	b.spend(0, 1, "2026-03-06", "2026-03-07")
	sum = n.night("2026-03-07")
	equal(t, sum.FlagsWorsened, int64(1))
	f = flag()
	equal(t, []any{f.Version, f.Status, f.FirstSeen, f.ChangedOn, f.Measure, f.Reply},
		[]any{int64(3), StatusOpen, models.Date("2026-03-01"), models.Date("2026-03-07"), int64(13_000_00), "We will amend."})

	n.setClock(time.Date(2026, 3, 8, 15, 0, 0, 0, time.UTC))
	_, err = n.s.TransitionFlag(context.Background(), n.actor(fiscal), FlagTransition{ID: f.ID, Version: 3, Event: "waive", Comment: "Amendment is coming.", Until: "2026-03-12"})
	noError(t, err)
	b.spend(0, 5_000_00, "2026-03-08", "2026-03-08")
	for d := 8; d <= 12; d++ {
		n.night(models.NewDate(2026, 3, d))
		equal(t, flag().Status, StatusWaived)
	}
	sum = n.night("2026-03-13")
	equal(t, sum.FlagsReopened, int64(1))
	f = flag()
	equal(t, []any{f.Version, f.Status, f.WaivedUntil, f.Measure}, []any{int64(5), StatusOpen, models.Date(""), int64(18_000_00)})

	b.spend(0, -10_000_00, "2026-03-08", "2026-03-20")
	sum = n.night("2026-03-20")
	equal(t, sum.FlagsResolved, int64(1))
	f = flag()
	equal(t, []any{f.Version, f.Status, f.ResolvedOn, f.Measure}, []any{int64(6), StatusResolved, models.Date("2026-03-20"), int64(18_000_00)})
	title := "Spending above the approved amount and tolerance"
	want := []string{title, title + ": worse", title + ": the waiver is over", title + ": resolved"}
	equal(t, steps(), want)
	equal(t, n.titles(pal), want)
	equal(t, n.titles(official), slices.Insert(slices.Clone(want), 2, "Waived until 2026-03-12"))

	// It can come back, as a new flag.
	b.spend(0, 10_000_00, "2026-03-08", "2026-03-21")
	n.night("2026-03-21")
	equal(t, len(all[models.Flag](n, store.Eq{"rule": "cell_over_tolerance"})), 2)
	n.chained(f.ID, "open", "acknowledge", "worsen", "waive", "reopen", "resolve")
}

// chained checks a flag's audit events against the program's own hash.
func (n *night) chained(id string, actions ...string) {
	n.t.Helper()
	previous := ""
	var got []string
	for _, e := range all[models.AuditEvent](n, store.Eq{"document_id": id}, "sequence") {
		equal(n.t, e.Hash, e.ComputeHash())
		equal(n.t, e.PreviousHash, previous)
		previous = e.Hash
		got = append(got, e.Action)
	}
	equal(n.t, got, actions)
}

func (n *night) tolerance(gy models.GrantYear) (tol programs.Tolerance) {
	r, err := n.s.rulesOf(gy)
	noError(n.t, err)
	return r.def.Amendment.Tolerance
}

// titles are a person's notices in the order in which they were written.
func (n *night) titles(u models.User) []string {
	n.t.Helper()
	var titles []string
	for _, x := range all[models.Notice](n, store.Eq{"user_id": u.ID}, "created_at", "title") {
		titles = append(titles, x.Title)
	}
	return titles
}

// Flags that stand open are told again on the same night every 14 days, whenever they
// were found; one that is younger than half of that waits for the next.
func TestFlagsAreRemindedOf(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 1_000_000_00, "2025-12-01", 10_000_00, 10_000_00)
	fiscal := n.person("Finn Fiscal", models.RoleFiscalReviewer, "")
	b.spend(0, 12_000_00, "2026-02-01", "2026-02-01")
	told := map[models.Date]int{}
	for date := models.Date("2026-03-01"); date <= "2026-04-12"; date = date.AddDays(1) {
		if date == "2026-03-10" {
			b.spend(1, 12_000_00, "2026-03-09", "2026-03-09")
		}
		n.night(date)
		for _, x := range all[models.Notice](n, store.Eq{"user_id": fiscal.ID, "event": "flag.reminder", "for_date": string(date)}) {
			told[date]++
			if !strings.HasPrefix(x.Title, "Spending above the approved amount and tolerance, since 2026-03-") {
				t.Errorf("title %q", x.Title)
			}
		}
	}
	equal(t, told, map[models.Date]int{"2026-03-08": 1, "2026-03-22": 2, "2026-04-05": 2})
}

func TestFlagsAreAnsweredByThoseWhoMay(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 1_00, "2025-12-01", 10_000_00)
	n.night("2026-03-01")
	f := n.flagged("over_allocation")[b.app.ID]
	fiscal := n.actor(n.person("Finn Fiscal", models.RoleFiscalReviewer, ""))
	preparer := n.actor(n.person("Pia Preparer", models.RolePreparer, b.org.ID))
	stranger := n.actor(n.person("Stu Stranger", models.RolePreparer, n.district("Birch Point").ID))
	for _, c := range []struct {
		name string
		who  models.Actor
		in   FlagTransition
		code string
	}{
		{"another district", stranger, FlagTransition{Event: "acknowledge", Comment: "x"}, "not_found"},
		{"a district waives", preparer, FlagTransition{Event: "waive", Comment: "x", Until: "2026-04-01"}, "permission.role"},
		{"no reason", fiscal, FlagTransition{Event: "waive", Until: "2026-04-01"}, "invalid_input"},
		{"no end", fiscal, FlagTransition{Event: "waive", Comment: "x"}, "invalid_input"},
		{"an end today", fiscal, FlagTransition{Event: "waive", Comment: "x", Until: "2026-03-02"}, "invalid_input"},
		{"an end of a reply", fiscal, FlagTransition{Event: "acknowledge", Comment: "x", Until: "2026-04-02"}, "invalid_input"},
		{"a step of the night", fiscal, FlagTransition{Event: "resolve", Comment: "x"}, "invalid_input"},
		{"an old version", fiscal, FlagTransition{Event: "acknowledge", Comment: "x", Version: 9}, "stale"},
		{"nobody", models.Actor{}, FlagTransition{Event: "acknowledge", Comment: "x"}, "sign_in_required"},
	} {
		c.in.ID = f.ID
		if c.in.Version == 0 {
			c.in.Version = f.Version
		}
		_, err := n.s.TransitionFlag(context.Background(), c.who, c.in)
		if models.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	_, err := n.s.Flag(context.Background(), stranger, f.ID)
	equal(t, models.KindOf(err), models.NotFound)
	list, err := n.s.Flags(context.Background(), stranger, ListFlags{})
	noError(t, err)
	equal(t, len(list), 0)
	list, err = n.s.Flags(context.Background(), preparer, ListFlags{Rule: "over_allocation", Status: StatusOpen, ApplicationID: b.app.ID, GrantYearID: b.year.ID, OrganizationID: b.org.ID, Limit: 10})
	noError(t, err)
	equal(t, len(list), 1)
}

func TestWindowsAreAnnounced(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	gy := n.year(2026)
	o := n.district("Alder Bay")
	preparer := n.person("Pia Preparer", models.RolePreparer, o.ID)
	n.person("Olaf Other", models.RolePreparer, n.district("Birch Point").ID)
	run := models.AllocationRun{GrantYearID: gy.ID, Number: 1, Status: StatusPublished, FactsYear: 2025, PoolCents: 5_00, AllocatedCents: 5_00, RecipientCount: 1, CreatedBy: models.SystemUserID}
	n.add(&run)
	gy.PublishedRunID = &run.ID
	n.update(&gy, "published_run_id")
	n.change(func(tx *store.Tx) error {
		return tx.Create(&models.Allocation{ID: storetest.NewID(), RunID: run.ID, GrantYearID: gy.ID, OrganizationID: o.ID, AmountCents: 5_00})
	})
	r, err := n.s.rulesOf(gy)
	noError(t, err)
	w := r.def.Spans("amendment", 2026)[0]
	n.night(w.From.AddDays(-1))
	n.night(w.To.AddDays(-8))
	equal(t, n.titles(preparer), []string{"The amendment window opens today", "The amendment window closes in 7 days"})
	equal(t, len(all[models.Notice](n, nil)), 2)
}
