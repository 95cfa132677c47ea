package e2e

import (
	"context"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"earmark"
	"earmark/api/apitest"
	"earmark/app"
	"earmark/models"
	"earmark/store/storetest"
	"earmark/workflow"
)

// contract is what every story of this package talks through.
var contract = func() *apitest.Contract {
	k, err := apitest.Load(earmark.OpenAPI)
	if err != nil {
		panic("openapi.yaml: " + err.Error())
	}
	return k
}()

// clock stands where the story puts it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// world is an Earmark of its own, served on a port of its own, with the people of a story.
type world struct {
	t      *testing.T
	app    *app.App
	url    string
	clock  *clock
	people map[string]*person
	mail   *mailServer // nil when nothing is sent
	log    *slog.Logger
}

// given serves Earmark on a fresh database at noon of a day in Michigan.
func given(t *testing.T, day models.Date, settings ...func(*app.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{}, people: map[string]*person{}}
	w.today(day)
	cfg := app.Config{DatabaseURL: storetest.URL(t), TimeZone: "America/Detroit", PublicURL: "http://earmark.example",
		MailFrom: "earmark@example.test", Now: w.clock.now, Log: slog.New(slog.DiscardHandler), Version: "e2e"}
	if os.Getenv("E2E_LOG") != "" {
		cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	for _, set := range settings {
		set(&cfg)
	}
	w.log = cfg.Log
	if sent, ok := servers.Load(cfg.SMTPURL); ok {
		w.mail, _ = sent.(*mailServer)
	}
	var err error
	if w.app, err = app.Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	w.serve()
	w.people["administrator"] = w.first("administrator", models.RoleAdministrator)
	return w
}

// serve listens on a free port until the test ends.
func (w *world) serve() {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.url = "http://" + listener.Addr().String()
	w.app.Handler = contract.Hold(w.t, w.app.Handler)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.app.ServeOn(ctx, listener) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
		_ = w.app.Close()
	})
}

// today moves the clock to noon in Michigan; sessions may end by it.
func (w *world) today(day models.Date) {
	w.t.Helper()
	at, err := time.Parse(time.RFC3339, string(day)+"T17:00:00Z")
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock.set(at)
	for _, p := range w.people {
		p.token = ""
	}
}

const password = "a long enough secret 7"

// first makes somebody before anybody can sign in, as the command line does.
func (w *world) first(name string, role models.Role) *person {
	w.t.Helper()
	made, err := w.app.Service.CreateUser(context.Background(), models.System("e2e"), workflow.CreateUser{
		Email: name + "@example.test", Name: name, Password: password, Roles: []workflow.RoleGrant{{Role: role}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return &person{w: w, id: made.ID, name: name, email: name + "@example.test"}
}

// has gives the world somebody with a role; the administrator makes the account.
func (w *world) has(name string, role models.Role, organization string) *person {
	w.t.Helper()
	p := &person{w: w, name: name, email: name + "@example.test"}
	p.id = w.as("administrator").post("/users", account(name, role, organization)).id()
	w.people[name] = p
	return p
}

func account(name string, role models.Role, organization string) body {
	return body{"email": name + "@example.test", "name": name, "password": password,
		"roles": []body{{"role": role, "organization_id": organization}}}
}

// as is somebody of the story.
func (w *world) as(name string) *person {
	w.t.Helper()
	p, ok := w.people[name]
	if !ok {
		w.t.Fatalf("there is no %s in this story", name)
	}
	return p
}

// office gives the world the people of the office.
func (w *world) office() {
	w.t.Helper()
	for name, role := range map[string]models.Role{"analyst": models.RoleAnalyst, "manager": models.RoleManager, "liaison": models.RolePAL,
		"fiscal": models.RoleFiscalReviewer, "auditor": models.RoleAuditor} {
		w.has(name, role, "")
	}
}
