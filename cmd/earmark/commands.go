package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"earmark/app"
)

// commands is the command line.
type commands struct {
	Serve       serve       `cmd:"" help:"Serve the API."`
	Demo        demo        `cmd:"" help:"Build the synthetic demo: check it, or serve it."`
	Migrate     migrate     `cmd:"" help:"Bring the database schema to this version."`
	Evaluate    evaluate    `cmd:"" help:"Print what a program makes of a file of facts, without a database."`
	Program     program     `cmd:"" help:"Work on program definitions."`
	Receipt     receipt     `cmd:"" help:"Check receipts of allocations."`
	CheckTable  checkTable  `cmd:"" help:"Hold printed tables against their own arithmetic."`
	Job         job         `cmd:"" help:"Run jobs by hand."`
	User        user        `cmd:"" help:"Make accounts before anybody can sign in."`
	Import      imports     `cmd:"" help:"Import files."`
	Bundle      bundle      `cmd:"" help:"Write and check auditor bundles."`
	Files       fileStorage `cmd:"" help:"Look after the content of attachments."`
	Report      report      `cmd:"" help:"Write a report of a grant year to a file."`
	AuditVerify auditVerify `cmd:"" help:"Prove that the audit trail is as it was written."`
	Docs        docs        `cmd:"" help:"Write the generated pages of the manual."`
	Healthcheck healthcheck `cmd:"" help:"Ask a running server whether it can serve; for containers."`
	Version     showVersion `cmd:"" help:"Print the version."`
}

// settings finishes what flags and environment began, for the command that was chosen.
func (c *commands) settings() error {
	for _, s := range []*app.Config{&c.Serve.Config, &c.Migrate.Config, &c.Job.Run.Config, &c.User.Add.Config, &c.User.List.Config,
		&c.User.ResetPassword.Config, &c.Import.Organizations.Config, &c.Import.Facts.Config, &c.Report.Config, &c.AuditVerify.Config, &c.Files.Verify.Config, &c.Bundle.Write.Config, &c.Program.Rehearse.Config} {
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

type demo struct {
	Check    bool   `help:"Build it in a temporary database, run the night and print the counts as JSON." xor:"what" required:""`
	Serve    bool   `help:"Build it in a folder when it is not there yet, and serve it." xor:"what" required:""`
	Dir      string `help:"Folder of the served demo." default:"demo-data" type:"path"`
	Listen   string `help:"Address to serve on." env:"LISTEN" default:"127.0.0.1:8080"`
	LogLevel string `help:"debug, info, warn or error." env:"LOG_LEVEL" default:"warn" enum:"debug,info,warn,error"`
}

// Run builds the demo; what is served runs until the process is told to stop.
func (d *demo) Run(ctx context.Context, v *showVersion) error {
	if d.Check {
		return app.CheckDemo(ctx, os.Stdout)
	}
	return app.ServeDemo(ctx, os.Stdout, os.Stderr, app.Demo{Dir: d.Dir, Listen: d.Listen, LogLevel: d.LogLevel, Version: v.version})
}

type migrate struct {
	app.Config `embed:""`
}

// Run migrates, waiting for another process that does.
func (m *migrate) Run(ctx context.Context) error {
	n, err := app.Migrate(ctx, m.Config)
	if err != nil {
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
	in := os.Stdin
	if e.Facts != "-" {
		var err error
		if in, err = os.Open(e.Facts); err != nil {
			return err
		}
		defer func() { _ = in.Close() }()
	}
	return app.Evaluate(os.Stdout, e.Program, in)
}

type program struct {
	Check programCheck `cmd:"" help:"Check definition files: every mistake, with its place."`
	Test  programTest  `cmd:"" help:"Run the golden cases that stand beside definition files."`

	Rehearse programRehearse `cmd:"" help:"Replay a changed definition over the applications of a grant year; nothing is stored."`
}

type programCheck struct {
	Files []string `arg:"" help:"Definition files."`
}

// Run prints each mistake on a line of its own.
func (p *programCheck) Run() error { return app.CheckPrograms(os.Stdout, p.Files) }

type programTest struct {
	Programs []string `arg:"" help:"Codes of programs that come with Earmark, or definition files."`
	Mutate   bool     `help:"Also change every value and operator of the definition, one at a time, and list the changes that no case notices."`
}

// Run prints what is not as expected, and a count.
func (p *programTest) Run() error { return app.TestPrograms(os.Stdout, p.Programs, p.Mutate) }

type programRehearse struct {
	app.Config `embed:""`
	File       string `arg:"" help:"Changed definition file; - reads standard input."`
	GrantYear  string `required:"" help:"Program and fiscal year, such as mi-21h/2026, or the grant year's id." placeholder:"YEAR"`
	FactsYear  int    `help:"Year of the facts that money is shared by; that of the published run when not given."`
}

// Run prints what would be otherwise.
func (p *programRehearse) Run(ctx context.Context) error {
	text, err := content(p.File)
	if err != nil {
		return err
	}
	return reading(ctx, p.Config, func(a *app.App) error { return a.Rehearse(ctx, os.Stdout, p.GrantYear, string(text), p.FactsYear) })
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
