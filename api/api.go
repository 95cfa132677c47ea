package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"earmark/models"
	"earmark/workflow"
)

// Config is what the API needs.
type Config struct {
	Service *workflow.Service
	// Who tells who is asking, from a session or token; Unauthenticated when nobody is.
	Who      func(*http.Request) (models.Actor, error)
	Contract []byte // openapi.yaml
	Version  string
	// Metrics gives the handler of /metrics, or nil when this request may not read them.
	Metrics func(*http.Request) http.Handler
	Log     *slog.Logger
}

// API serves the operations of openapi.yaml.
type API struct {
	s       *workflow.Service
	who     func(*http.Request) (models.Actor, error)
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
	a := &API{s: cfg.Service, who: cfg.Who, text: cfg.Contract, version: cfg.Version, scraper: cfg.Metrics, log: cfg.Log, engine: gin.New()}
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
	a.engine.Use(a.recover)
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

const actorKey = "actor"

// identify finds who is asking, or stops.
func (a *API) identify(c *gin.Context) {
	who, err := a.who(c.Request)
	if err == nil {
		who.IdempotencyKey, err = idempotencyKey(c)
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	who.RequestID = requestID(c.Request)
	c.Set(actorKey, who)
	c.Next()
}

func who(c *gin.Context) models.Actor {
	actor, _ := c.MustGet(actorKey).(models.Actor)
	return actor
}

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
