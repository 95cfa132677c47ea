package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"

	"earmark/app"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow"
)

// commands is the command line.
type commands struct {
	Serve       serve       `cmd:"" help:"Serve the API."`
	Migrate     migrate     `cmd:"" help:"Bring the database schema to this version."`
	Evaluate    evaluate    `cmd:"" help:"Print what a program makes of a file of facts, without a database."`
	Program     program     `cmd:"" help:"Work on program definitions."`
	Healthcheck healthcheck `cmd:"" help:"Ask a running server whether it can serve; for containers."`
	Version     showVersion `cmd:"" help:"Print the version."`
}

// settings finishes what flags and environment began, for the command that was chosen.
func (c *commands) settings() error {
	for _, s := range []*app.Config{&c.Serve.Config, &c.Migrate.Config} {
		s.Version = version
		if err := s.ReadSecrets(os.Getenv); err != nil {
			return err
		}
	}
	return nil
}

type serve struct {
	app.Config `embed:""`
}

// Run serves until the process is told to stop.
func (s *serve) Run(ctx context.Context) error {
	a, err := app.Open(ctx, s.Config)
	if err != nil {
		return err
	}
	return errors.Join(a.Serve(ctx), a.Close())
}

type migrate struct {
	app.Config `embed:""`
}

// Run migrates, waiting for another process that does.
func (m *migrate) Run(ctx context.Context) error {
	db, err := store.Open(store.Config{URL: m.DatabaseURL, Now: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	n, err := db.Migrate(ctx)
	if err != nil {
		return err
	}
	if err := db.CheckSchema(ctx); err != nil {
		return err
	}
	fmt.Printf("The database is at this version's schema; %d migrations were applied.\n", n)
	return nil
}

type evaluate struct {
	Program string `arg:"" help:"Code of a program, or a definition file."`
	Facts   string `arg:"" help:"File of facts (JSON); - reads standard input."`
}

// Run prints determinations, allocations and receipts as JSON.
func (e *evaluate) Run() error {
	def, err := definition(e.Program)
	if err != nil {
		return err
	}
	in := os.Stdin
	if e.Facts != "-" {
		if in, err = os.Open(e.Facts); err != nil {
			return err
		}
		defer func() { _ = in.Close() }()
	}
	facts, err := workflow.DecodeEvaluateInput(in)
	if err != nil {
		return err
	}
	out, err := workflow.Evaluate(def, facts)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// definition finds a program by code, or reads a definition file.
func definition(name string) (*programs.Definition, error) {
	set, err := programs.Load(nil)
	if err != nil {
		return nil, err
	}
	if d, ok := set.Program(name); ok {
		return d, nil
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no program and no file %q", name)
	}
	if err != nil {
		return nil, err
	}
	return programs.Parse(name, text)
}

type program struct {
	Check programCheck `cmd:"" help:"Check definition files: every mistake, with its place."`
}

type programCheck struct {
	Files []string `arg:"" help:"Definition files."`
}

// Run prints each mistake on a line of its own.
func (p *programCheck) Run() error {
	bad := 0
	for _, name := range p.Files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		d, err := programs.Parse(name, text)
		if err != nil {
			bad++
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %s, version %s, is a program that can be opened.\n", name, d.Code, d.Version)
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d files have mistakes", bad, len(p.Files))
	}
	return nil
}

type healthcheck struct {
	Listen string `help:"Address the server listens on." env:"LISTEN" default:"127.0.0.1:8080"`
}

// Run asks for /readyz on the loopback address.
func (h *healthcheck) Run(ctx context.Context) error {
	_, port, err := net.SplitHostPort(h.Listen)
	if err != nil {
		return fmt.Errorf("LISTEN: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", res.Status)
	}
	return nil
}

type showVersion struct {
	version string
}

// Run prints the version.
func (v *showVersion) Run() error {
	fmt.Println(v.version)
	return nil
}
