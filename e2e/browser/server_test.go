package browser

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"earmark/app"
	"earmark/auth"
	"earmark/demo"
	"earmark/store/storetest"
)

// server is the demo state at work, one for the whole test binary.
type server struct {
	app *app.App
	url string
	now func() time.Time
}

var running struct {
	once   sync.Once
	server *server
	err    error
	whole  *wholeRun
}

// TestMain ends what the tests began: the server, its database, the browser.
func TestMain(m *testing.M) {
	code := m.Run()
	if browser.stop != nil {
		browser.stop()
	}
	if running.whole != nil {
		running.whole.end()
	}
	os.Exit(code)
}

// serve gives the server, which the first test builds.
func serve(t testing.TB) *server {
	t.Helper()
	running.once.Do(func() {
		running.whole = &wholeRun{TB: t}
		running.server, running.err = start(running.whole)
	})
	if running.err != nil {
		t.Fatal(running.err)
	}
	return running.server
}

func start(whole *wholeRun) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{url: "http://" + listener.Addr().String(), now: demo.RunningClock(time.Now())}
	dir := whole.TempDir()
	cfg := app.Config{DatabaseURL: storetest.URL(whole), FilesDir: filepath.Join(dir, "files"), MailDir: filepath.Join(dir, "mail"), TimeZone: "America/Detroit",
		PublicURL: s.url, MailFrom: "earmark@demo.example", Demo: true, Version: "browser", Now: s.now, DelegationDays: 90, Log: slog.New(slog.DiscardHandler)}
	if os.Getenv("E2E_LOG") != "" {
		cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	if err := build(cfg); err != nil {
		return nil, fmt.Errorf("the demo state: %w", err)
	}
	if s.app, err = app.Open(context.Background(), cfg); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.app.ServeOn(ctx, listener) }()
	whole.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, s.app.Close()); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	})
	return s, nil
}

// build makes the demo state. While tests are written, E2E_DEMO=/some/file.db keeps the
// SQLite state from one run to the next; remove the file when the schema or demo changed.
func build(cfg app.Config) error {
	kept := os.Getenv("E2E_DEMO")
	if kept == "" || os.Getenv("TEST_DATABASE_URL") != "" {
		return app.BuildDemo(context.Background(), cfg)
	}
	if state, err := os.ReadFile(kept); err == nil {
		return os.WriteFile(cfg.DatabaseURL, state, 0o600)
	}
	if err := app.BuildDemo(context.Background(), cfg); err != nil {
		return err
	}
	state, err := os.ReadFile(cfg.DatabaseURL)
	if err != nil {
		return err
	}
	return os.WriteFile(kept, state, 0o600)
}

// signIns gives every sign-in a network of its own.
var signIns atomic.Int64

// session signs somebody of the demo in and gives the session's token. The page to sign in
// has its own story; here a network of its own keeps everybody under the limit.
func (s *server) session(t testing.TB, email string) string {
	t.Helper()
	in, err := s.app.Auth.SignIn(t.Context(), auth.SignIn{Email: email, Password: demo.Password, UserAgent: "browser stories", Address: fmt.Sprint(email, signIns.Add(1))})
	if err != nil {
		t.Fatalf("%s cannot sign in: %v", email, err)
	}
	return in.Token
}

// wholeRun stands in for a test where something lives as long as the test binary.
type wholeRun struct {
	testing.TB
	cleanups []func()
	dirs     []string
}

func (w *wholeRun) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }

func (w *wholeRun) TempDir() string {
	dir, err := os.MkdirTemp("", "earmark-browser-*")
	if err != nil {
		w.Fatal(err)
	}
	w.dirs = append(w.dirs, dir)
	return dir
}

func (w *wholeRun) end() {
	for i := len(w.cleanups) - 1; i >= 0; i-- {
		w.cleanups[i]()
	}
	for _, dir := range w.dirs {
		_ = os.RemoveAll(dir)
	}
}
