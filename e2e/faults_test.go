package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// jobRuns are the records of a job, as rows of "date status attempt".
func (w *world) jobRuns(job string) []string {
	w.t.Helper()
	runs, err := w.app.DB.JobRunsSince(context.Background(), job, "1990-01-01")
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, r := range runs {
		out = append(out, fmt.Sprintf("%s %s %d", r.ForDate, r.Status, r.Attempt))
	}
	return out
}

// lastNight is the business date of the last night that should have run by now, and
// whether its digests, twenty minutes later, should have too.
func lastNight(t testing.TB) (date models.Date, digests bool) {
	t.Helper()
	zone, err := time.LoadLocation("America/Detroit")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	at := time.Date(now.Year(), now.Month(), now.Day(), 9, 0, 0, 0, time.UTC)
	if at.After(now) {
		at = at.AddDate(0, 0, -1)
	}
	return models.DateOf(at, zone).AddDays(-1), now.Sub(at) > 20*time.Minute
}

// Two servers on one database wake at the same second: one night, one set of mails.
func TestTwoReplicasRunTheNightOnce(t *testing.T) {
	t.Parallel()
	var address string
	o := givenOffice(t, in2026, database(&address))
	o.inForce(1000000, 2000000)
	mails := t.TempDir()
	settings := []string{"DATABASE_URL=" + address, "LISTEN=127.0.0.1:0", "MAIL_DIR=" + mails, "MAIL_FROM=earmark@example.test", "PUBLIC_URL=http://earmark.example"}
	binary(t) // built before, so that both start together
	replicas := []*process{starts(t, settings, "serve"), starts(t, settings, "serve")}
	for _, r := range replicas {
		r.address(t)
	}
	night, digests := lastNight(t)
	date := string(night)
	jobs := []string{"utilization", "digest"}
	if !digests { // nobody composes them yet: by hand, below
		jobs = jobs[:1]
	}
	for _, job := range jobs {
		eventually(t, job+" is done", func() bool { return slices.Equal(o.jobRuns(job), []string{date + " done 1"}) })
	}
	if !digests {
		starts(t, settings, "job", "run", "digest", "--date", date).must(t)
	}
	queued := o.mails()
	var senders []*process // both send at once, as both do every minute
	for range 2 {
		senders = append(senders, starts(t, settings, "job", "run", "mail", "--date", date))
	}
	for _, s := range senders {
		s.must(t)
	}
	eventually(t, "every mail is sent", func() bool {
		return len(files(t, mails, ".eml")) >= len(queued) && !slices.Contains(o.mailStates(), "queued")
	})
	sent := files(t, mails, ".eml")
	same(t, "letters", len(sent), len(queued))
	if len(sent) < 4 {
		t.Errorf("only %d letters: %v", len(sent), sent)
	}
	for _, m := range o.mails() {
		if m.Attempts != 1 || m.Status != "sent" {
			t.Errorf("mail to %s: %s after %d attempts", m.ToAddress, m.Status, m.Attempts)
		}
	}
	for _, r := range replicas {
		if text := r.errs.String(); strings.Contains(text, `"level":"ERROR"`) {
			t.Errorf("a replica complains: %s", text)
		}
	}
	o.intact()
}

func (w *world) mails() []models.Mail {
	w.t.Helper()
	all, err := store.All[models.Mail](w.app.DB.Read(context.Background()), store.Eq{})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) mailStates() []string {
	w.t.Helper()
	var out []string
	for _, m := range w.mails() {
		out = append(out, string(m.Status))
	}
	return out
}

// intact walks the audit trail.
func (w *world) intact() {
	w.t.Helper()
	report, err := w.app.Service.VerifyAudit(context.Background(), models.System("e2e"), func(f store.AuditFinding) { w.t.Errorf("audit: %+v", f) })
	if err != nil || !report.Intact() {
		w.t.Errorf("the audit trail: %+v %v", report, err)
	}
}

// outcome is what a night left behind, without identifiers and times.
func (w *world) outcome() map[string]any {
	w.t.Helper()
	r := w.app.DB.Read(context.Background())
	out := map[string]any{}
	count := func(name string, n int64, err error) {
		if err != nil {
			w.t.Fatal(err)
		}
		out[name] = n
	}
	n, err := store.Count[models.LineUtilization](r, store.Eq{})
	count("line utilizations", n, err)
	n, err = store.Count[models.ApplicationUtilization](r, store.Eq{})
	count("application utilizations", n, err)
	n, err = store.Count[models.ProgramUtilization](r, store.Eq{})
	count("program utilizations", n, err)
	n, err = store.Count[models.Notice](r, store.Eq{})
	count("notices", n, err)
	n, err = store.Count[models.AuditEvent](r, store.Eq{"document_kind": "flag"})
	count("audit rows of flags", n, err)
	flags, err := store.All[models.Flag](r, store.Eq{})
	count("flags", int64(len(flags)), err)
	for _, f := range flags {
		key := "flags " + f.Rule + " " + string(f.Status)
		before, _ := out[key].(int64)
		out[key] = before + 1
	}
	return out
}

// A night is killed in the middle, again and again; when it runs at last, it leaves what an
// undisturbed one leaves.
func TestNightSurvivesKill(t *testing.T) {
	t.Parallel()
	date, _ := lastNight(t)
	binary(t)
	calm, address := seeded(t)
	started := time.Now()
	starts(t, []string{"DATABASE_URL=" + address}, "job", "run", "utilization", "--date", string(date)).must(t)
	took := time.Since(started)
	want := calm.outcome()

	rough, address := seeded(t)
	killed := 0
	for part := range 3 {
		p := starts(t, []string{"DATABASE_URL=" + address}, "job", "run", "utilization", "--date", string(date))
		claimed := fmt.Sprintf("%s running %d", date, part+1)
		eventually(t, "the run is claimed", func() bool { return slices.Contains(rough.jobRuns("utilization"), claimed) || p.over() })
		if p.over() && p.err != nil {
			t.Fatalf("the night ended by itself: %s", p.errs)
		}
		time.Sleep(took * time.Duration(part) / 6)
		p.kill()
		if slices.Contains(rough.jobRuns("utilization"), claimed) {
			killed++
			other := starts(t, []string{"DATABASE_URL=" + address}, "job", "run", "utilization", "--date", string(date))
			if other.wait() == nil { // its process may still live, for all that anybody knows
				t.Error("a run was taken over within its lease")
			}
		}
		rough.leaseEnds()
	}
	if killed == 0 {
		t.Error("no run was killed in the middle")
	}
	starts(t, []string{"DATABASE_URL=" + address}, "job", "run", "utilization", "--date", string(date)).must(t)
	same(t, "the night after "+fmt.Sprint(killed)+" kills", rough.outcome(), want)
	starts(t, []string{"DATABASE_URL=" + address}, "job", "run", "utilization", "--date", string(date)).must(t)
	same(t, "and once more", rough.outcome(), want)
	rough.intact()
	t.Logf("a night took %s; %d of 3 were killed in the middle", took, killed)
}

// leaseEnds lets the two minutes pass for which a run belongs to a process without a sign
// of life.
func (w *world) leaseEnds() {
	w.t.Helper()
	err := w.app.DB.Change(context.Background(), func(tx *store.Tx) error {
		return tx.Set(&models.JobRun{LockedUntil: time.Unix(0, 0)}, store.Eq{"status": "running"}, "locked_until")
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// seeded is an office with many lines in force, some spent, some linked to nothing.
func seeded(t *testing.T) (*office, string) {
	t.Helper()
	var address string
	o := givenOffice(t, in2026, database(&address))
	application, _ := o.inForce(1000000)
	base, err := store.One[models.LineItem](o.app.DB.Read(context.Background()), store.Eq{"application_id": application})
	if err != nil {
		t.Fatal(err)
	}
	version, err := store.One[models.LineVersion](o.app.DB.Read(context.Background()), store.Eq{"id": base.VersionID})
	if err != nil {
		t.Fatal(err)
	}
	link, err := store.One[models.LineLink](o.app.DB.Read(context.Background()), store.Eq{"line_version_id": version.ID})
	if err != nil {
		t.Fatal(err)
	}
	const lines = 6000
	items, versions, costs := make([]models.LineItem, lines), make([]models.LineVersion, lines), make([]models.LineCost, lines)
	var links []models.LineLink
	for i := range lines {
		items[i], versions[i] = base, version
		items[i].ID, items[i].Number = fmt.Sprintf("seed-%05d", i), i+2
		items[i].AmountCents, items[i].LimitCents, items[i].SpentCents = 100, 110, 0
		items[i].VersionID = fmt.Sprintf("seed-version-%05d", i)
		versions[i].ID, versions[i].LineItemID, versions[i].AmountCents = items[i].VersionID, items[i].ID, 100
		costs[i] = models.LineCost{LineVersionID: versions[i].ID, ObjectCode: "3120", AmountCents: 100}
		if i%50 > 0 { // every fiftieth serves nothing and is flagged
			link.LineVersionID = versions[i].ID
			links = append(links, link)
		}
	}
	err = o.app.DB.Change(context.Background(), func(tx *store.Tx) error {
		for _, rows := range []any{&items, &versions, &costs, &links} {
			if err := tx.Create(rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return o, address
}

// A server is killed in the middle of importing a ledger; after a restart the same file
// posts every row once.
func TestImportSurvivesKill(t *testing.T) {
	t.Parallel()
	var address string
	o := givenOffice(t, in2026, database(&address))
	application, lines := o.inForce(40000000)
	const rows = 12000
	var file bytes.Buffer
	file.WriteString("line_number,amount,spent_on,vendor,invoice\n")
	for i := range rows {
		fmt.Fprintf(&file, "1,1.25,2026-01-%02d,Paper Mill (synthetic),%d\n", 6+i%20, i)
	}
	settings := []string{"DATABASE_URL=" + address, "LISTEN=127.0.0.1:0", "JOBS=false"}
	path := "/expenditure_imports?file_name=big.csv&format=csv&application_id=" + application
	posted := func() int64 {
		n, err := store.Count[models.Expenditure](o.app.DB.Read(context.Background()), store.Eq{"application_id": application})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	pause, killed := 120*time.Millisecond, 0
	for killed < 2 && posted() == 0 {
		p := starts(t, settings, "serve")
		there := o.served(p.address(t)).as("preparer")
		there.signedIn()
		cut := make(chan bool, 1)
		go func() { cut <- there.cut("POST", path, file.Bytes()) }()
		select {
		case <-cut: // it was faster
		case <-time.After(pause):
			p.kill()
			if <-cut {
				killed++
			}
		}
		p.kill()
		pause *= 2
	}
	if killed == 0 {
		t.Error("the import was never caught in the middle")
	}
	again := o.served(starts(t, settings, "serve").address(t)).as("preparer")
	report := again.post(path, file.Bytes())
	if n := report.doc("counts").number("posted"); n != rows || report.doc("counts").number("exceptions") != 0 {
		t.Errorf("after the restart %d of %d rows are posted: %.300v", n, rows, report)
	}
	same(t, "the same file again", again.post(path, file.Bytes())["repeated"], true)
	line, err := store.Get[models.LineItem](o.app.DB.Read(context.Background()), lines[0])
	if err != nil {
		t.Fatal(err)
	}
	same(t, "entries and spent", []any{posted(), line.SpentCents}, []any{int64(rows), models.Cents(rows * 125)})
	o.intact()
	t.Logf("killed %d times in the middle of an import", killed)
}

// cut sends a request that may never be answered; it answers whether it was not.
func (p *person) cut(method, path string, content []byte) bool {
	r, err := http.NewRequest(method, p.w.url+base+path, bytes.NewReader(content)) //nolint:noctx // the other side ends it
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "text/csv")
	r.Header.Set("Authorization", "Bearer "+p.token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return true
	}
	_ = res.Body.Close()
	return false
}
