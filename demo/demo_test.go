package demo_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"earmark/auth"
	"earmark/demo"
	"earmark/files"
	"earmark/mail"
	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/store/storetest"
	"earmark/workflow"
	"earmark/workflow/asof/asoftest"
)

// built is the demo in a fresh database, with its last night.
type built struct {
	db    *store.DB
	s     *workflow.Service
	clock *demo.Clock
}

func build(t *testing.T) built {
	t.Helper()
	ctx, clock := context.Background(), demo.NewClock()
	db, err := store.Open(store.Config{URL: storetest.URL(t), Now: clock.Now, NewID: clock.NewID})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	zone, err := time.LoadLocation("America/Detroit")
	if err != nil {
		t.Fatal(err)
	}
	set, err := programs.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	storage, err := files.New(files.Config{Dir: t.TempDir(), MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s := workflow.New(workflow.Config{DB: db, Files: storage, Programs: set, Now: clock.Now, TimeZone: zone, Credentials: workflow.Credentials{HashPassword: demo.HashPassword}})
	night := func(ctx context.Context, date models.Date) error {
		if _, err := s.Night(ctx, models.System("utilization"), date); err != nil {
			return err
		}
		_, err := s.ComposeDigests(ctx, models.System("digest"), date, workflow.DigestOptions{Host: "demo.example", Link: "http://127.0.0.1:8080", Render: mail.RenderDigest})
		return err
	}
	if err := demo.Build(ctx, demo.Config{Service: s, Clock: clock, Night: night}); err != nil {
		t.Fatal(err)
	}
	if err := night(ctx, demo.LastNight); err != nil {
		t.Fatal(err)
	}
	return built{db, s, clock}
}

// Count checks the audit trail, the pools and that every rule found something.
func TestTheDemoIsWhole(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	first := build(t)
	if seen := asoftest.Hold(t, first.db); len(seen) < 20 {
		t.Errorf("the demo has only %d kinds of document: %v", len(seen), seen)
	}
	counts, err := demo.Count(ctx, first.s)
	if err != nil {
		t.Fatal(err)
	}
	if counts.Districts != 57 || counts.PartnershipSchools != 113 {
		t.Errorf("%d districts with %d schools, want 57 with 113", counts.Districts, counts.PartnershipSchools)
	}
	for _, y := range counts.GrantYears {
		for _, run := range y.Runs {
			if want := map[string]models.Cents{demo.ProgramCode: 613740000, demo.FundCode: 14000000}[y.Program]; run.Kind == "formula" && run.AllocatedCents != want {
				t.Errorf("a run of %s for %d gives %s, want %s", y.Program, y.FiscalYear, run.AllocatedCents, want)
			}
		}
	}
	// Equal totals, and the tie-break decides; an application whose reviewer stepped back has no rank.
	if want := []string{"1 DS-1 358.60", "2 DS-2 358.60", "0 DS-3 330.00"}; !slices.Equal(counts.Ranking, want) {
		t.Errorf("the ranking is %v, want %v", counts.Ranking, want)
	}
	t.Run("every state occurs", func(t *testing.T) { states(t, counts) })
	t.Run("everybody can sign in", func(t *testing.T) { signIn(t, first) })
}

func states(t *testing.T, c demo.Counts) {
	for _, x := range []struct {
		what string
		have map[string]int
		want []string
	}{
		{"revisions", c.Revisions, []string{"approved", "denied", "draft", "in_review", "returned", "submitted", "withdrawn"}},
		{"amendments", c.Amendments, []string{"approved", "denied", "draft", "submitted", "withdrawn"}},
		{"lines", c.LineItems, []string{"dropped", "in_force", "proposed"}},
		{"use categories", c.UseCategories, []string{"1", "2", "3", "4", "5", "6", "7", "8", "partner"}},
		{"commitments", c.Commitments, []string{"approved", "cancelled", "contracted", "denied", "draft", "returned", "submitted"}},
		{"payments", c.Payments, []string{"expected", "paid"}},
		{"imports", c.Imports, []string{"csv", "fid"}},
		{"exceptions", c.Exceptions, []string{"dismissed", "matched", "open"}},
		{"period reports", c.PeriodReports, []string{"complete", "nothing_spent"}},
		{"due items", c.DueItems, []string{"done", "overdue", "upcoming"}},
		{"budget forms", c.BudgetForms, []string{"draft", "submitted"}},
		{"records", c.Records, []string{"cluster in_force", "cluster returned", "effectiveness_worksheet in_force", "final_agreement in_force", "funding_plan submitted", "implementation_worksheet draft", "implementation_worksheet in_force", "implementation_worksheet returned", "implementation_worksheet submitted", "lea_enforcement submitted", "needs_assessment in_force", "performance_agreement submitted", "zone in_force"}},
		{"measure results", c.MeasureResults, []string{"in_force", "not_collected", "superseded"}},
		{"target results", c.TargetResults, []string{"in_force", "superseded"}},
		{"year-end reports", c.Office.YearEndReports, []string{"unspent_report accepted", "unspent_report returned", "unspent_report submitted", "year_end_report accepted", "year_end_report returned"}},
		{"delegations", c.Office.Delegations, []string{"active", "standby"}},
		{"unlock requests", c.Office.UnlockRequests, []string{"denied", "open"}},
		{"attachments", c.Office.Attachments, []string{"agreement", "target_result", "year_end_report"}},
		{"meetings", c.Office.Meetings, []string{"cancelled", "held", "planned"}},
		{"actions of meetings", c.Office.Actions, []string{"done", "dropped", "open", "overdue"}},
		{"tiers of support", c.Office.Tiers, []string{"first", "lowered", "raised"}},
		{"the cohort of the batch", c.Office.Assignments, []string{"exists", "not_assigned", "to_create"}},
		{"drawdowns", c.Drawdowns, []string{"held", "released", "scheduled"}},
		{"reasons of a hold", c.HoldReasons, []string{"no_enforcement", "reports_filed"}},
		{"score sheets", c.Scoresheets, []string{"recused", "submitted"}},
		{"flags", c.FlagStatuses, []string{"acknowledged", "open", "resolved", "waived"}},
	} {
		if got := slices.Sorted(maps.Keys(x.have)); !slices.Equal(got, x.want) {
			t.Errorf("%s: the states are %v, want %v", x.what, got, x.want)
		}
	}
}

func signIn(t *testing.T, b built) {
	ctx := context.Background()
	a := auth.New(auth.Config{DB: b.db})
	var roles []models.Role
	for _, account := range demo.Accounts() {
		in, err := a.SignIn(ctx, auth.SignIn{Email: account.Email, Password: demo.Password, Address: "192.0.2.1"})
		if err != nil {
			t.Errorf("%s: %v", account.Email, err)
			continue
		}
		who, err := a.Actor(ctx, in.Token)
		if err != nil || !who.Has(account.Role) {
			t.Errorf("%s has not the role %s: %v", account.Email, account.Role, err)
		}
		roles = append(roles, account.Role)
	}
	for _, role := range models.Roles {
		if !slices.Contains(roles, role) {
			t.Errorf("nobody shows the role %s", role)
		}
	}
}
