// Package app wires everything together: the binary, the user stories and the benchmark
// all get their Earmark from Open. It decides nothing.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"earmark"
	"earmark/api"
	"earmark/auth"
	"earmark/files"
	"earmark/jobs"
	"earmark/programs"
	"earmark/store"
	"earmark/web"
	"earmark/workflow"
)

// App is a wired Earmark. Close it.
type App struct {
	DB      *store.DB
	Service *workflow.Service
	Auth    *auth.Authenticator
	Jobs    *jobs.Runner
	Handler http.Handler
	API     *api.API
	Web     *web.Web

	cfg Config
	log *slog.Logger
}

// Open connects to the database and wires the parts. It does not migrate a PostgreSQL
// database; of an SQLite file it is the only user, so that one is brought up to date.
func Open(ctx context.Context, cfg Config) (*App, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = newID
	}
	a := &App{cfg: cfg, log: cfg.logger()}
	zone, err := time.LoadLocation(cfg.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("TIME_ZONE: %w", err)
	}
	set, err := loadPrograms(cfg.ProgramsDir)
	if err != nil {
		return nil, err
	}
	storage, err := files.New(files.Config{Dir: cfg.FilesDir, URL: cfg.FilesURL, MaxBytes: cfg.filesMaxBytes()})
	if err != nil {
		return nil, err
	}
	if a.DB, err = store.Open(store.Config{URL: cfg.DatabaseURL, Now: cfg.Now, NewID: cfg.NewID}); err != nil {
		return nil, err
	}
	if err := a.schema(ctx); err != nil {
		_ = a.DB.Close()
		return nil, err
	}
	hasher := auth.NewHasher(hashesAtOnce)
	hash := hasher.Hash
	if cfg.HashPassword != nil {
		hash = cfg.HashPassword
	}
	a.Auth = auth.New(auth.Config{DB: a.DB, Hasher: hasher, Log: a.log})
	a.Service = workflow.New(workflow.Config{DB: a.DB, Programs: set, Now: cfg.Now, TimeZone: zone, Log: a.log, DelegationDays: cfg.DelegationDays, Files: storage, FilesPerOrganization: cfg.FilesPerOrganization, Credentials: workflow.Credentials{
		HashPassword: hash, CheckPassword: a.Auth.CheckPassword, NewToken: auth.NewToken, Changed: a.Auth.Forget,
	}})
	m := newMetrics()
	if a.Jobs, err = a.runner(zone); err != nil {
		_ = a.DB.Close()
		return nil, err
	}
	a.API, err = api.New(api.Config{Service: a.Service, Auth: a.Auth, Secure: cfg.secure(), Jobs: a.jobs(), Contract: earmark.OpenAPI, Version: cfg.Version,
		Metrics: m.handler(cfg.MetricsToken), Log: a.log})
	if err != nil {
		_ = a.DB.Close()
		return nil, err
	}
	rules, err := cfg.identityRules()
	if err != nil {
		_ = a.DB.Close()
		return nil, err
	}
	a.Web, err = web.New(web.Config{Service: a.Service, SingleSignOn: cfg.singleSignOn(), Identities: rules, Auth: a.Auth, Secure: cfg.secure(), Jobs: a.webJobs(), Settings: cfg.settings(), Version: cfg.Version, Demo: demoAccounts(cfg.Demo), Log: a.log})
	if err != nil {
		_ = a.DB.Close()
		return nil, err
	}
	a.Handler = a.around(m, split(a.API.Engine(), a.Web.Handler()))
	return a, nil
}

// hashesAtOnce bounds the memory that signing in takes: each needs 19 MiB.
const hashesAtOnce = 4

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func loadPrograms(dir string) (programs.Set, error) {
	var extra fs.FS
	if dir != "" {
		extra = os.DirFS(dir)
	}
	return programs.Load(extra)
}

func (a *App) schema(ctx context.Context) error {
	if a.DB.Dialect() != "sqlite" {
		return a.DB.CheckSchema(ctx)
	}
	if _, err := a.DB.Migrate(ctx); err != nil {
		return err
	}
	return a.DB.CheckSchema(ctx) // a newer Earmark may have written the file
}

// Close releases what Open took.
func (a *App) Close() error { return a.DB.Close() }

// Serve listens until ctx ends, then lets requests finish.
func (a *App) Serve(ctx context.Context) error {
	listener, err := net.Listen("tcp", a.cfg.Listen)
	if err != nil {
		return fmt.Errorf("LISTEN: %w", err)
	}
	return a.ServeOn(ctx, listener)
}

// shutdownGrace is how long requests may take to finish after the signal to stop.
const shutdownGrace = 20 * time.Second

// ServeOn serves on a listener until ctx ends.
func (a *App) ServeOn(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           a.Handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute, // a ledger file over a slow line
		WriteTimeout:      5 * time.Minute, // an export of everything
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	if a.cfg.Jobs {
		if err := a.Jobs.Start(context.WithoutCancel(ctx)); err != nil {
			_ = listener.Close()
			return err
		}
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	a.log.Info("serving", "address", listener.Addr().String(), "version", a.cfg.Version, "database", a.DB.Dialect())
	select {
	case err := <-failed:
		a.Jobs.Stop(context.WithoutCancel(ctx))
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err := server.Shutdown(grace)
	a.Jobs.Stop(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(errors.New("requests were still running after the grace period"), server.Close())
	}
	a.log.Info("stopped")
	return err
}

// filesMaxBytes is the setting, or its default where a Config was written by hand.
func (c *Config) filesMaxBytes() int64 {
	if c.FilesMaxBytes > 0 {
		return c.FilesMaxBytes
	}
	return 20 << 20
}

// secure reports whether people reach this server over TLS.
func (c *Config) secure() bool { return c.CookieSecure || strings.HasPrefix(c.PublicURL, "https://") }
