package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"earmark/auth"
	"earmark/models"
	"earmark/workflow"
)

// Config is what the API needs.
type Config struct {
	Service  *workflow.Service
	Auth     *auth.Authenticator
	Secure   bool // cookies over TLS only
	Jobs     Jobs
	Contract []byte // openapi.yaml
	Version  string
	// Metrics gives the handler of /metrics, or nil when this request may not read them.
	Metrics func(*http.Request) http.Handler
	Log     *slog.Logger
}

// API serves the operations of openapi.yaml.
type API struct {
	s       *workflow.Service
	gate    auth.Gate
	jobs    Jobs
	text    []byte
	page    []byte // the reference, made from the contract once
	version string
	scraper func(*http.Request) http.Handler
	log     *slog.Logger
	engine  *gin.Engine
}

// handler is an operation: it answers, or returns why not.
type handler func(c *gin.Context) error

// New makes the API.
func New(cfg Config) (*API, error) {
	gin.SetMode(gin.ReleaseMode)
	a := &API{s: cfg.Service, jobs: cfg.Jobs, text: cfg.Contract, version: cfg.Version, scraper: cfg.Metrics, log: cfg.Log, engine: gin.New()}
	a.gate = auth.Gate{Auth: cfg.Auth, Secure: cfg.Secure, Fail: a.fail, Basic: []string{calendarPath}}
	page, err := referencePage(cfg.Contract)
	if err != nil {
		return nil, fmt.Errorf("reference page: %w", err)
	}
	a.page = page
	a.engine.HandleMethodNotAllowed = true
	a.engine.RedirectTrailingSlash = false
	a.engine.UseRawPath = true // an escaped slash is part of an identifier, not of the path
	a.engine.UnescapePathValues = true
	if err := a.engine.SetTrustedProxies(nil); err != nil {
		return nil, err
	}
	a.mount()
	return a, nil
}

// Engine is the handler, with its routes for the parity test.
func (a *API) Engine() *gin.Engine { return a.engine }

func (a *API) adapt(do handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := do(c); err != nil {
			a.fail(c, err)
		}
	}
}

// recover turns a panic into the same problem as any other bug.
func (a *API) recover(c *gin.Context) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p == http.ErrAbortHandler: //nolint:errorlint // it is this very value that net/http looks for
			panic(p)
		case c.Writer.Written():
			a.log.Error("panic after the answer began", "request_id", requestID(c.Request), "panic", fmt.Sprint(p))
			panic(http.ErrAbortHandler)
		default:
			a.fail(c, fmt.Errorf("panic: %v", p))
		}
	}()
	c.Next()
}

// signedInOnly stops who is nobody. What somebody may do is decided by each command.
func (a *API) signedInOnly(c *gin.Context) {
	if who(c).UserID == "" {
		a.fail(c, models.Fail(models.Unauthenticated, "sign_in_required", "Sign in or send an API token."))
	}
}

// addressed stops an address that can name nothing.
func (a *API) addressed(c *gin.Context) {
	for _, p := range c.Params {
		if !storable(p.Value) {
			a.fail(c, models.Fail(models.NotFound, "not_found", "There is no such document, or you may not see it."))
			return
		}
	}
}

func who(c *gin.Context) models.Actor { return auth.ActorOf(c) }

const requestHeader = "X-Request-Id"

var goodRequestID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// requestID is the identifier that app gave the request; without app, a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get(requestHeader)
	if !goodRequestID.MatchString(id) {
		id = uuid.Must(uuid.NewV7()).String()
		r.Header.Set(requestHeader, id)
	}
	return id
}

func noRoute(*gin.Context) error {
	return models.Fail(models.NotFound, "no_such_address", "There is nothing at this address. /docs lists what there is.")
}

func noMethod(c *gin.Context) error {
	return models.Fail(methodNotAllowed, "no_such_method", "This address does not take %s; it takes %s.", c.Request.Method, c.Writer.Header().Get("Allow"))
}
