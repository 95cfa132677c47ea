package app

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"earmark/models"
)

// around puts what every request needs around the handlers: an identifier, a line in the
// log, figures, security headers, and refusal of requests that another site makes a
// browser send.
func (a *App) around(m *metrics, inner http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	if u, err := url.Parse(a.cfg.PublicURL); err == nil && u.Host != "" {
		_ = protection.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.API.Refuse(w, r, models.Fail(models.Forbidden, "cross_origin", "This change comes from another site's page. Make it from Earmark itself."))
	}))
	h := protection.Handler(inner)
	h = a.headers(h)
	h = a.logged(m, h)
	return identified(h)
}

// machines are the addresses that programs use; all others are pages.
var machines = []string{"/api/", "/docs", "/openapi.yaml", "/healthz", "/readyz", "/metrics", "/problems/"}

// split gives the API its addresses and the pages all others.
func split(machine, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, prefix := range machines {
			if strings.HasPrefix(r.URL.Path, prefix) {
				machine.ServeHTTP(w, r)
				return
			}
		}
		pages.ServeHTTP(w, r)
	})
}

// headers that hold for every answer; pages set their own content security policy.
func (a *App) headers(next http.Handler) http.Handler {
	secure := a.cfg.secure()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

const requestHeader = "X-Request-Id"

var goodRequestID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// identified gives every request a UUID: the caller's when it is one, else a new one.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestHeader)
		if !goodRequestID.MatchString(id) {
			id = newID()
			r.Header.Set(requestHeader, id)
		}
		w.Header().Set(requestHeader, id)
		next.ServeHTTP(w, r)
	})
}

// logged writes one line per request. The query string stays out: it can hold names.
func (a *App) logged(m *metrics, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			took := time.Since(start)
			m.observe(r.Method, seen.status, took)
			level := slog.LevelInfo
			if quiet(r.URL.Path) {
				level = slog.LevelDebug
			}
			a.log.LogAttrs(r.Context(), level, "request", slog.String("request_id", r.Header.Get(requestHeader)),
				slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", seen.status),
				slog.Int64("bytes", seen.bytes), slog.Int64("us", took.Microseconds()), slog.String("from", host(r.RemoteAddr)))
		}()
		next.ServeHTTP(seen, r)
	})
}

// quiet addresses are asked every few seconds by machines.
func quiet(path string) bool { return path == "/healthz" || path == "/readyz" || path == "/metrics" }

func host(address string) string {
	h, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return h
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, status >= http.StatusOK
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wrote = true
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func loopback(r *http.Request) bool {
	ip := net.ParseIP(strings.Trim(host(r.RemoteAddr), "[]"))
	return ip != nil && ip.IsLoopback()
}
