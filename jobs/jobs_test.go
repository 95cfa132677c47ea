package jobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earmark/mail"
	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/store/storetest"
	"earmark/workflow"
)

// world is one database with a district that owes something, a clock and an outbox.
type world struct {
	t      testing.TB
	url    string
	zone   *time.Location
	outbox *outbox

	mu    sync.Mutex
	clock time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	zone, err := time.LoadLocation("America/Detroit")
	noError(t, err)
	w := &world{t: t, url: storetest.URL(t), zone: zone, outbox: &outbox{sent: map[string]int{}}, clock: time.Date(2026, 3, 25, 9, 0, 0, 0, time.UTC)}
	w.seed()
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) set(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = at
}

func (w *world) pass(d time.Duration) { w.set(w.now().Add(d)) }

// programSet is loaded once: every test reads the same files.
var programSet = sync.OnceValue(func() programs.Set {
	set, err := programs.Load(nil)
	if err != nil {
		panic(err)
	}
	return set
})

// replica opens the database as another process would.
func (w *world) replica(name string) (*Runner, Config) {
	w.t.Helper()
	db, err := store.Open(store.Config{URL: w.url, Now: w.now, NewID: storetest.NewID, MaxConns: 4})
	noError(w.t, err)
	w.t.Cleanup(func() { _ = db.Close() })
	cfg := Config{DB: db, Service: workflow.New(workflow.Config{DB: db, Programs: programSet(), Now: w.now, TimeZone: w.zone}), Sender: w.outbox, Host: "earmark.example", TimeZone: w.zone, Now: w.now}
	r, err := NewRunner(cfg, name, slog.New(slog.DiscardHandler))
	noError(w.t, err)
	return r, cfg
}

// seed writes an open year, a district with two people, and a draft that is overdue.
func (w *world) seed() {
	w.t.Helper()
	_, cfg := w.replica("seed")
	src, err := fs.ReadFile(programs.Embedded(), "mi-21h.yaml")
	noError(w.t, err)
	def, err := programs.Parse("mi-21h.yaml", src)
	noError(w.t, err)
	o := models.Organization{OrgKind: models.KindDistrict, Code: "10001", Name: "Alder Bay", Subtype: "traditional"}
	o.ID = storetest.NewID()
	docs := []models.Document{&o,
		&models.GrantYear{ProgramCode: def.Code, FiscalYear: 2026, Title: "Section 21h", Definition: string(src), DefinitionHash: def.Hash,
			DefinitionVersion: def.Version, Parameters: "{}", Status: workflow.StatusOpen, StartsOn: "2025-10-01", EndsOn: "2026-09-30"},
		&models.DueItem{OrganizationID: o.ID, AgreementID: "a", Code: "agreement_draft", Title: "Draft of the agreement", Citation: "Overview", DueOn: "2026-03-23"}}
	noError(w.t, cfg.DB.Change(context.Background(), func(tx *store.Tx) error {
		for i, role := range []models.Role{models.RolePreparer, models.RoleAuthorizedOfficial} {
			u := models.User{Email: fmt.Sprintf("person%d@example.test", i), Name: fmt.Sprintf("Person %d", i), Status: workflow.StatusActive}
			u.ID = storetest.NewID()
			if err := tx.Insert(&u); err != nil {
				return err
			}
			tx.Audit(&u, models.AuditEvent{ActorID: models.SystemUserID, Action: "create", Changes: "{}"})
			if err := tx.Create(&models.UserRole{UserID: u.ID, Role: role, OrganizationID: o.ID}); err != nil {
				return err
			}
		}
		for _, d := range docs {
			if err := tx.Insert(d); err != nil {
				return err
			}
			tx.Audit(d, models.AuditEvent{ActorID: models.SystemUserID, Action: "create", Changes: "{}"})
		}
		return nil
	}))
}

// outbox counts what was sent and fails as told.
type outbox struct {
	mu    sync.Mutex
	sent  map[string]int // by Message-ID
	fails []error
}

func (o *outbox) Send(_ context.Context, m models.Mail) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.fails) > 0 {
		err := o.fails[0]
		o.fails = o.fails[1:]
		return err
	}
	o.sent[m.MessageID]++
	return nil
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func all[T any](t testing.TB, cfg Config, order ...string) []T {
	t.Helper()
	rows, err := store.All[T](cfg.DB.Read(context.Background()), nil, order...)
	noError(t, err)
	return rows
}

// ran are the runs as "job date status attempt".
func ran(t testing.TB, cfg Config) []string {
	t.Helper()
	var out []string
	for _, r := range all[models.JobRun](t, cfg, "for_date", "job") {
		out = append(out, fmt.Sprint(r.Job, " ", r.ForDate, " ", r.Status, " ", r.Attempt))
	}
	return out
}

func TestTwoReplicasRunOnceAndMailOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg sync.WaitGroup
	var cfg Config
	for _, name := range []string{"one", "two", "three"} {
		r, c := w.replica(name)
		cfg = c
		wg.Go(func() {
			for _, job := range []string{"utilization", "digest", "mail"} {
				for range 40 {
					_, err := r.Run(context.Background(), job, "2026-03-24", false)
					var not *ErrNotRun
					if !errors.As(err, &not) || !strings.Contains(not.Why, "waits for") {
						if err != nil && not == nil {
							t.Error(job, err)
						}
						break
					}
					time.Sleep(50 * time.Millisecond) // another one has the night in work
				}
			}
		})
	}
	wg.Wait()
	r, _ := w.replica("later")
	noError(t, r.CatchUp(context.Background()))
	_, err := r.Run(context.Background(), "mail", "2026-03-24", false)
	noError(t, err)
	equal(t, ran(t, cfg)[2:], []string{"digest 2026-03-24 done 1", "utilization 2026-03-24 done 1"})
	equal(t, len(all[models.Flag](t, cfg)), 1)
	equal(t, len(all[models.Mail](t, cfg)), 2)
	equal(t, len(w.outbox.sent), 2)
	for id, n := range w.outbox.sent {
		if n != 1 || !strings.HasPrefix(id, "<digest.2026-03-24.") || !strings.HasSuffix(id, "@earmark.example>") {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
	m := all[models.Mail](t, cfg)[0]
	for _, part := range []string{"Alder Bay", "had not come by", "due_passed"} {
		if !strings.Contains(m.TextBody, part) {
			t.Errorf("the mail lacks %q:\n%s", part, m.TextBody)
		}
	}
}

func TestTheSameNightTwiceMailsNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, cfg := w.replica("one")
	for range 2 {
		for _, job := range []string{"utilization", "digest", "mail"} {
			_, err := r.Run(context.Background(), job, "2026-03-24", true)
			noError(t, err)
		}
	}
	equal(t, ran(t, cfg), []string{"digest 2026-03-24 done 2", "utilization 2026-03-24 done 2"})
	equal(t, len(all[models.Mail](t, cfg)), 2)
	equal(t, len(all[models.Notice](t, cfg)), 2)
	equal(t, len(w.outbox.sent), 2)
	_, err := r.Run(context.Background(), "utilization", "2026-03-24", false)
	var not *ErrNotRun
	equal(t, errors.As(err, &not), true)
	_, err = r.Run(context.Background(), "tea", "2026-03-24", true)
	equal(t, models.CodeOf(err), "job.unknown")
	_, err = r.Run(context.Background(), "digest", "2026-02-31", true)
	equal(t, models.KindOf(err), models.Invalid)
}

func TestMissedNightsAreCaughtUpInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, cfg := w.replica("one")
	w.set(time.Date(2026, 3, 21, 9, 20, 0, 0, time.UTC))
	noError(t, r.CatchUp(context.Background())) // the first night of this installation: no history is made up
	equal(t, ran(t, cfg)[:2], []string{"audit 2026-03-14 done 1", "housekeeping 2026-03-19 done 1"})
	equal(t, ran(t, cfg)[2:], []string{"digest 2026-03-20 done 1", "utilization 2026-03-20 done 1"})
	w.set(time.Date(2026, 3, 25, 8, 59, 0, 0, time.UTC)) // three nights were missed; this morning's is not due yet
	other, _ := w.replica("two")
	noError(t, other.CatchUp(context.Background()))
	noError(t, r.CatchUp(context.Background()))
	var nights []string
	for _, x := range ran(t, cfg) {
		if strings.HasPrefix(x, "utilization") || strings.HasPrefix(x, "digest") {
			nights = append(nights, x)
		}
	}
	equal(t, nights[2:], []string{"digest 2026-03-21 done 1", "utilization 2026-03-21 done 1", "digest 2026-03-22 done 1", "utilization 2026-03-22 done 1",
		"digest 2026-03-23 done 1", "utilization 2026-03-23 done 1"})
	w.set(time.Date(2026, 3, 25, 9, 30, 0, 0, time.UTC))
	noError(t, r.CatchUp(context.Background()))
	equal(t, len(all[models.Flag](t, cfg)), 1)
	equal(t, all[models.Flag](t, cfg)[0].FirstSeen, models.Date("2026-03-24"))
}

func TestACrashedRunIsTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, cfg := w.replica("two")
	// A process claimed the night and died.
	dead, ok, err := cfg.DB.ClaimJobRun(context.Background(), "utilization", "2026-03-24", "one", leaseTime, false)
	noError(t, err)
	equal(t, ok, true)
	noError(t, r.CatchUp(context.Background()))
	equal(t, len(all[models.Flag](t, cfg)), 0) // it may still be alive
	w.pass(leaseTime + 30*time.Minute)
	noError(t, r.CatchUp(context.Background()))
	var night models.JobRun
	for _, run := range all[models.JobRun](t, cfg) {
		if run.Job == "utilization" {
			night = run
		}
	}
	equal(t, []any{night.Status, night.Attempt, night.LockedBy}, []any{models.State("done"), 2, "two"})
	// It was alive after all: what it still writes has no effect.
	ours, err := cfg.DB.FinishJobRun(context.Background(), dead, `{"late": true}`)
	noError(t, err)
	equal(t, ours, false)
	equal(t, len(all[models.Flag](t, cfg)), 1)
	equal(t, len(all[models.Mail](t, cfg)), 2)
}

func TestAStoppedRunChangesNothingAndIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, cfg := w.replica("one")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := range r.jobs {
		if r.jobs[i].Name == "utilization" {
			night := r.jobs[i].Run
			r.jobs[i].Run = func(ctx context.Context, d models.Date) (any, error) {
				cancel()
				return night(ctx, d)
			}
		}
	}
	_, err := r.Run(ctx, "utilization", "2026-03-24", false)
	if err == nil {
		t.Fatal("the run was stopped and says it is done")
	}
	equal(t, len(all[models.Flag](t, cfg)), 0)
	next, _ := w.replica("two")
	noError(t, next.CatchUp(context.Background()))
	equal(t, len(all[models.Flag](t, cfg)), 1)
}

// coarser lets time pass by minutes first and then by half hours, on which the pauses end.
func coarser(gone time.Duration) time.Duration {
	if gone < 36*time.Minute {
		return time.Minute
	}
	return 30 * time.Minute
}

func TestAFailedRunIsTriedAgainWithPauses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, cfg := w.replica("one")
	tries := 0
	for i := range r.jobs {
		if r.jobs[i].Name == "utilization" {
			r.jobs[i].Run = func(context.Context, models.Date) (any, error) {
				if tries++; tries == 2 {
					panic("a bug")
				}
				return nil, errors.New("the disk is full")
			}
		}
	}
	var at []time.Duration
	start := w.now()
	for before := 0; w.now().Before(start.Add(15 * time.Hour)); w.pass(coarser(w.now().Sub(start))) {
		noError(t, r.CatchUp(context.Background()))
		if tries > before {
			before = tries
			at = append(at, w.now().Sub(start))
		}
	}
	want := []time.Duration{0}
	for _, p := range failPauses {
		want = append(want, want[len(want)-1]+p)
	}
	equal(t, at, want)
	run, err := store.One[models.JobRun](cfg.DB.Read(context.Background()), store.Eq{"job": "utilization", "for_date": "2026-03-24"})
	noError(t, err)
	equal(t, []any{run.Status, run.LastError}, []any{models.State("failed"), "the disk is full"})
}

func TestMailsAreTriedAgainAndGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, cfg := w.replica("one")
	for _, job := range []string{"utilization", "digest"} {
		_, err := r.Run(context.Background(), job, "2026-03-24", false)
		noError(t, err)
	}
	// The first mail is refused for good, the second for now, six times in a row.
	w.outbox.fails = []error{&mail.Failure{Err: errors.New("550 no such user")}}
	for range 6 {
		w.outbox.fails = append(w.outbox.fails, &mail.Failure{Temporary: true, Err: errors.New("451 try later")})
	}
	var at []time.Duration
	start := w.now()
	for left := len(w.outbox.fails); w.now().Before(start.Add(10 * time.Hour)); w.pass(coarser(w.now().Sub(start))) {
		_, err := r.Run(context.Background(), "mail", "2026-03-24", false)
		noError(t, err)
		if len(w.outbox.fails) < left {
			left = len(w.outbox.fails)
			at = append(at, w.now().Sub(start))
		}
	}
	equal(t, at, []time.Duration{0, time.Minute, 6 * time.Minute, 36 * time.Minute, 156 * time.Minute, 516 * time.Minute})
	got := map[string]int{}
	for _, m := range all[models.Mail](t, cfg) {
		got[fmt.Sprint(m.Status, " ", m.LastError)] = m.Attempts
	}
	equal(t, got, map[string]int{"failed 550 no such user": 1, "failed 451 try later": 6})
	equal(t, len(w.outbox.sent), 0)
}

func TestAMailOfADeadSenderGoesOutLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, cfg := w.replica("one")
	for _, job := range []string{"utilization", "digest"} {
		_, err := r.Run(context.Background(), job, "2026-03-24", false)
		noError(t, err)
	}
	lost, err := cfg.DB.ClaimMails(context.Background(), "dead", 1, mailLease)
	noError(t, err)
	_, err = r.Run(context.Background(), "mail", "2026-03-24", false)
	noError(t, err)
	equal(t, len(w.outbox.sent), 1)
	w.pass(mailLease + time.Second)
	_, err = r.Run(context.Background(), "mail", "2026-03-24", false)
	noError(t, err)
	equal(t, w.outbox.sent[lost[0].MessageID], 1)
	noError(t, cfg.DB.MailFailed(context.Background(), lost[0], "too late")) // has no effect
	for _, m := range all[models.Mail](t, cfg) {
		equal(t, m.Status, models.State("sent"))
	}
}

func TestSchedulesStartAndStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, cfg := w.replica("one")
	noError(t, r.Start(context.Background()))
	for range 200 {
		if len(all[models.Mail](t, cfg)) == 2 {
			break
		}
		w.set(time.Date(2026, 3, 25, 9, 30, 0, 0, time.UTC))
		time.Sleep(20 * time.Millisecond)
		_ = r.CatchUp(context.Background())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r.Stop(ctx)
	noError(t, ctx.Err())
	equal(t, len(all[models.Mail](t, cfg)), 2)
}

func TestDatesAreThoseOfMichigan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, _ := w.replica("one")
	for at, want := range map[string]models.Date{"2026-03-08T09:00:00Z": "2026-03-07", "2026-03-09T09:00:00Z": "2026-03-08", "2026-11-01T09:00:00Z": "2026-10-31", "2026-01-01T09:00:00Z": "2025-12-31"} {
		x, err := time.Parse(time.RFC3339, at)
		noError(t, err)
		equal(t, r.Date(x), want)
	}
}
