package api_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"earmark/app"
	"earmark/store/storetest"
)

// env is an Earmark of its own for one test, behind the contract.
type env struct {
	t     *testing.T
	app   *app.App
	h     http.Handler
	from  string // network address of the client
	files string // folder of attachments
}

// given opens Earmark as the binary does, on a fresh database.
func given(t *testing.T, settings ...func(*app.Config)) *env {
	t.Helper()
	return givenAt(t, time.Now, settings...)
}

func givenAt(t *testing.T, now func() time.Time, settings ...func(*app.Config)) *env {
	t.Helper()
	cfg := app.Config{
		DatabaseURL: storetest.URL(t), TimeZone: "America/Detroit", PublicURL: "http://earmark.example",
		Now: now, Log: slog.New(slog.DiscardHandler), Version: "test", FilesDir: t.TempDir(),
	}
	for _, set := range settings {
		set(&cfg)
	}
	a, err := app.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return &env{t: t, app: a, from: "192.0.2.7:4711", files: cfg.FilesDir, h: contract.Hold(t, a.Handler)}
}

// call is one request. Body is sent as JSON unless a header says otherwise.
type call struct {
	method, path string
	as           string // a token; "" is nobody
	body         string
	header       map[string]string
}

// send makes a request and reads the answer.
func (e *env) send(c call) (*http.Response, string) {
	e.t.Helper()
	var body io.Reader
	if c.body != "" {
		body = strings.NewReader(c.body)
	}
	r := httptest.NewRequest(c.method, "http://earmark.example"+c.path, body)
	r.RemoteAddr = e.from
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.as != "" {
		r.Header.Set("Authorization", "Bearer "+c.as)
	}
	for k, v := range c.header {
		if v == "" {
			r.Header.Del(k)
			continue
		}
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	e.h.ServeHTTP(w, r)
	return w.Result(), w.Body.String()
}

// serve passes a request to the server itself, whose body may break.
func (e *env) serve(r *http.Request) int {
	r.RemoteAddr = e.from
	w := httptest.NewRecorder()
	e.app.Handler.ServeHTTP(w, r)
	return w.Code
}

// row is an exchange and what it must look like.
type row struct {
	name string
	call
	status   int
	contains string
}

func (e *env) rows(rows []row) {
	e.t.Helper()
	for _, r := range rows {
		name := r.name
		if name == "" {
			name = r.method + " " + r.path
		}
		res, body := e.send(r.call)
		if res.StatusCode != r.status || !strings.Contains(body, r.contains) {
			e.t.Errorf("%s: got %d %.600s\nwant %d with %q", name, res.StatusCode, body, r.status, r.contains)
		}
	}
}
