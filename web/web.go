package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

	"earmark/auth"
	"earmark/models"
	"earmark/workflow"
)

// Config is what the pages need.
type Config struct {
	Service *workflow.Service
	Auth    *auth.Authenticator
	Secure  bool // cookies over TLS only
	// SingleSignOn is nil without an identity provider.
	SingleSignOn *auth.SingleSignOn
	Identities   workflow.IdentityRules
	Jobs         Jobs
	Settings     []Setting // as they are in force, without secrets
	Version      string
	Demo         []DemoAccount // who can sign in with one click; empty outside the demo
	Log          *slog.Logger
}

// Jobs is what the pages need of package jobs, which this package cannot import.
type Jobs struct {
	Table []Job
	Run   func(ctx context.Context, name string, date models.Date, force bool) (models.JobRun, error)
}

// Job is a row of the table of jobs.
type Job struct{ Name, Schedule, Means string }

// Setting is one setting of the server, for the page that shows them.
type Setting struct{ Name, Value, Means string }

// DemoAccount is somebody of the demo.
type DemoAccount struct{ Role, Name, Email, Password, Note string }

// Web serves the pages.
type Web struct {
	cfg    Config
	s      *workflow.Service
	gate   auth.Gate
	static *static
	views  map[string]*views // by language
	log    *slog.Logger
	engine *gin.Engine
	walk   walk // of the audit trail
}

// New makes the pages. It fails when a template is broken.
func New(cfg Config) (*Web, error) {
	gin.SetMode(gin.ReleaseMode)
	w := &Web{cfg: cfg, s: cfg.Service, log: cfg.Log, engine: gin.New()}
	var err error
	if w.static, err = newStatic(); err != nil {
		return nil, err
	}
	if w.views, err = loadViews(w.static); err != nil {
		return nil, err
	}
	w.gate = auth.Gate{Auth: cfg.Auth, Secure: cfg.Secure, Fail: w.fail}
	w.engine.HandleMethodNotAllowed = true
	w.engine.RedirectTrailingSlash = false
	if err := w.engine.SetTrustedProxies(nil); err != nil {
		return nil, err
	}
	w.mount()
	return w, nil
}

// Handler is the pages, compressed. Nothing in them is secret and chosen by a stranger at
// once, so compression tells nothing.
func (w *Web) Handler() http.Handler { return gzhttp.GzipHandler(w.engine) }

// Routes lists the addresses, for the tests that walk all of them.
func (w *Web) Routes() gin.RoutesInfo { return w.engine.Routes() }

// handler is one page or one form's action: it answers, or returns why not.
type handler func(r *request) error

// request is one request with what every handler needs.
type request struct {
	*gin.Context
	w    *Web
	s    *workflow.Service
	who  models.Actor
	lang string
}

// ctx is the request's context. Gin's own is used again by later requests.
func (r *request) ctx() context.Context { return r.Request.Context() }

// id is the :id of the path.
func (r *request) id() string { return r.Param("id") }

// t is a text in the reader's language. English is the key; see words.go.
func (r *request) t(text string, args ...any) string { return say(r.lang, text, args...) }

func (w *Web) request(c *gin.Context) *request {
	return &request{Context: c, w: w, s: w.s, who: auth.ActorOf(c), lang: languageOf(c)}
}

func (w *Web) adapt(do handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := do(w.request(c)); err != nil {
			w.fail(c, err)
		}
	}
}

func (w *Web) mount() {
	w.engine.Use(w.recover, pageHeaders)
	w.engine.GET("/static/:hash/*path", w.static.serve)
	w.engine.HEAD("/static/:hash/*path", w.static.serve)
	for _, r := range w.open() {
		w.engine.Handle(r.method, r.path, w.gate.Identify, w.adapt(r.do))
	}
	for _, r := range w.signedIn() {
		w.engine.Handle(r.method, r.path, w.gate.Identify, w.signedInOnly, w.adapt(r.do))
	}
	w.engine.NoRoute(w.gate.Identify, w.adapt(func(*request) error {
		return models.Fail(models.NotFound, "no_such_address", "There is nothing at this address.")
	}))
	w.engine.NoMethod(w.gate.Identify, w.adapt(func(r *request) error {
		return models.Fail(methodNotAllowed, "no_such_method", "This address cannot be used with %s.", r.Request.Method)
	}))
}

// policy allows what comes from this server and nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func pageHeaders(c *gin.Context) {
	c.Header("Content-Security-Policy", policy)
	c.Header("Cache-Control", "private, no-store")
	c.Next()
}

// signedInOnly sends who is nobody to the page to sign in, and back afterwards.
func (w *Web) signedInOnly(c *gin.Context) {
	if auth.ActorOf(c).UserID == "" {
		w.fail(c, models.Fail(models.Unauthenticated, "sign_in_required", "Sign in to see this page."))
		return
	}
	for _, p := range c.Params {
		if strings.ContainsRune(p.Value, 0) {
			w.fail(c, models.Fail(models.NotFound, "not_found", "There is no such document, or you may not see it."))
			return
		}
	}
}

// recover turns a panic into the page of any other bug.
func (w *Web) recover(c *gin.Context) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p == http.ErrAbortHandler: //nolint:errorlint // it is this very value that net/http looks for
			panic(p)
		case c.Writer.Written():
			w.log.Error("panic after the page began", "request_id", c.GetHeader(auth.RequestIDHeader), "panic", fmt.Sprint(p))
			panic(http.ErrAbortHandler)
		default:
			w.fail(c, fmt.Errorf("panic: %v", p))
		}
	}()
	c.Next()
}

// done sends the browser to a page after a form did its work, with a sentence to show there.
func (r *request) done(to, message string, args ...any) error {
	r.flash(r.t(message, args...))
	r.Redirect(http.StatusSeeOther, to)
	return nil
}

const flashCookie = "earmark_said"

// flash keeps a sentence for the next page. It is shown once, as text.
func (r *request) flash(text string) {
	http.SetCookie(r.Writer, &http.Cookie{Name: flashCookie, Value: encodeText(text), Path: "/", MaxAge: 60, HttpOnly: true, Secure: r.w.cfg.Secure, SameSite: http.SameSiteLaxMode})
}

func (r *request) flashed() string {
	value, err := r.Cookie(flashCookie)
	if err != nil || value == "" {
		return ""
	}
	http.SetCookie(r.Writer, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, Expires: time.Unix(1, 0), HttpOnly: true, Secure: r.w.cfg.Secure, SameSite: http.SameSiteLaxMode})
	return decodeText(value)
}
