package app

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, log *bytes.Buffer) *App {
	t.Helper()
	a, err := Open(context.Background(), Config{DatabaseURL: filepath.Join(t.TempDir(), "e.db"), TimeZone: "America/Detroit", PublicURL: "https://earmark.example",
		Log: slog.New(slog.NewJSONHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func TestOneLineARequestWithoutItsQuery(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := open(t, &log)
	r := httptest.NewRequest(http.MethodGet, "/api/v1/users?email=somebody@example.test", nil)
	r.Header.Set("X-Request-Id", "not\tgood")
	w := httptest.NewRecorder()
	a.Handler.ServeHTTP(w, r)
	id := w.Header().Get("X-Request-Id")
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), id) || strings.Contains(log.String(), "somebody") || !goodRequestID.MatchString(id) {
		t.Errorf("request %q: %s", id, log.String())
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Strict-Transport-Security": "max-age=31536000; includeSubDomains"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestStoppingLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := open(t, &log)
	begun, inner := make(chan bool), a.Handler
	a.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		time.Sleep(100 * time.Millisecond)
		inner.ServeHTTP(w, r)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served, answered := make(chan error, 1), make(chan int, 1)
	go func() { served <- a.ServeOn(ctx, listener) }()
	go func() {
		res, err := http.Get("http://" + listener.Addr().String() + "/readyz") //nolint:noctx // the test ends it
		if err != nil {
			answered <- 0
			return
		}
		_ = res.Body.Close()
		answered <- res.StatusCode
	}()
	<-begun
	stop()
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the request under way got %d", status)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	t.Parallel()
	var c Config
	if err := c.ReadSecrets(func(name string) string {
		return map[string]string{"SMTP_URL_FILE": "testdata/secret"}[name]
	}); err != nil || c.SMTPURL != "smtp://relay.example" {
		t.Errorf("got %q, %v", c.SMTPURL, err)
	}
	if err := c.ReadSecrets(func(string) string { return "x" }); err == nil {
		t.Error("a setting and its file were both taken")
	}
}
