package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"earmark/app"
)

// with opens Earmark for one command.
func with(ctx context.Context, cfg app.Config, fn func(*app.App) error) error {
	if cfg.LogLevel == "info" { // the command says itself what it does
		cfg.LogLevel = "warn"
	}
	a, err := app.Open(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(fn(a), a.Close())
}

// reading is with for a command that only reads: it makes no database.
func reading(ctx context.Context, cfg app.Config, fn func(*app.App) error) error {
	if err := cfg.HasDatabase(); err != nil {
		return err
	}
	return with(ctx, cfg, fn)
}

type job struct {
	Run jobRun `cmd:"" help:"Run a job for a business date; a repeated night changes nothing that is right already."`
}

type jobRun struct {
	app.Config `embed:""`
	Name       string `arg:"" help:"utilization, digest, mail, audit or housekeeping."`
	Date       string `required:"" help:"Business date, YYYY-MM-DD." placeholder:"DATE"`
}

// Run does the job and prints its summary.
func (j *jobRun) Run(ctx context.Context) error {
	return with(ctx, j.Config, func(a *app.App) error { return a.RunJob(ctx, os.Stdout, j.Name, j.Date) })
}

type user struct {
	Add           userAdd           `cmd:"" help:"Make an account."`
	List          userList          `cmd:"" help:"List accounts: address, name, status, roles."`
	ResetPassword userResetPassword `cmd:"" help:"Set a password; ends the account's sessions."`
}

type userAdd struct {
	app.Config   `embed:""`
	Email        string   `arg:"" help:"E-mail address to sign in with."`
	Name         string   `arg:"" help:"Name of the person."`
	Role         []string `help:"Role, or role@district-code; several times for several."`
	PasswordFile string   `help:"File with the password; - reads standard input." type:"path" required:""`
}

// Run makes the account.
func (u *userAdd) Run(ctx context.Context) error {
	password, err := secret(u.PasswordFile)
	if err != nil {
		return err
	}
	return with(ctx, u.Config, func(a *app.App) error {
		p, err := a.AddUser(ctx, u.Email, u.Name, password, u.Role)
		if err == nil {
			fmt.Println(p.ID)
		}
		return err
	})
}

type userList struct {
	app.Config `embed:""`
}

// Run lists accounts.
func (u *userList) Run(ctx context.Context) error {
	return reading(ctx, u.Config, func(a *app.App) error { return a.ListUsers(ctx, os.Stdout) })
}

type userResetPassword struct {
	app.Config   `embed:""`
	Email        string `arg:"" help:"E-mail address of the account."`
	PasswordFile string `help:"File with the password; - reads standard input." type:"path" required:""`
}

// Run sets the password.
func (u *userResetPassword) Run(ctx context.Context) error {
	password, err := secret(u.PasswordFile)
	if err != nil {
		return err
	}
	return with(ctx, u.Config, func(a *app.App) error { return a.ResetPassword(ctx, u.Email, password) })
}

// secret reads a password from a file, so that it stands in no process list or history.
func secret(path string) (string, error) {
	text, err := content(path)
	return strings.TrimRight(string(text), "\r\n"), err
}

func content(path string) ([]byte, error) {
	if filepath.Base(path) == "-" { // kong makes paths absolute
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(path)
}

type report struct {
	app.Config   `embed:""`
	Code         string `arg:"" help:"utilization, uses, line_items, amendments, alerts, targets, progress, legislature …; another word lists them."`
	GrantYear    string `required:"" help:"Program and fiscal year, such as mi-21h/2026." placeholder:"PROGRAM/YEAR"`
	Format       string `help:"json, csv, xlsx, html, or pdf where the report has it." default:"csv" enum:"json,csv,xlsx,html,pdf"`
	Out          string `help:"File to write; - is standard output." default:"-" type:"path"`
	Organization string `help:"Only the recipient with this code."`
	Cohort       string `help:"Only recipients with an agreement of this cohort."`
	On           string `help:"As it stood on this day, YYYY-MM-DD; today when it is left out." placeholder:"DATE"`
	Year         int    `help:"Latest year of facts that progress is counted by; the one before the fiscal year when it is left out."`
}

// Run writes the report; a file appears when it is whole.
func (r *report) Run(ctx context.Context) error {
	ask := app.AskedReport{Code: r.Code, GrantYear: r.GrantYear, Organization: r.Organization, Cohort: r.Cohort, On: r.On, Year: r.Year, Format: r.Format}
	return reading(ctx, r.Config, func(a *app.App) error {
		if r.Out == "-" {
			return a.WriteReport(ctx, os.Stdout, ask)
		}
		f, err := os.CreateTemp(filepath.Dir(r.Out), ".earmark-report-")
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(f.Name()) }()
		if err := errors.Join(a.WriteReport(ctx, f, ask), f.Close()); err != nil {
			return err
		}
		return os.Rename(f.Name(), r.Out)
	})
}

type imports struct {
	Organizations importOrganizations `cmd:"" help:"Import organizations from CSV: kind, code, name, parent_code, subtype, county."`
	Facts         importFacts         `cmd:"" help:"Import facts from CSV."`
}

type importOrganizations struct {
	app.Config `embed:""`
	File       string `arg:"" help:"CSV file; - reads standard input."`
	Source     string `required:"" help:"Where the file is from."`
	DryRun     bool   `help:"Only say what would happen."`
}

// Run imports the file, all of it or nothing.
func (i *importOrganizations) Run(ctx context.Context) error {
	text, err := content(i.File)
	if err != nil {
		return err
	}
	return with(ctx, i.Config, func(a *app.App) error {
		return a.ImportFile(ctx, os.Stdout, "organizations", filepath.Base(i.File), text, "", i.Source, 0, i.DryRun)
	})
}

type importFacts struct {
	app.Config `embed:""`
	File       string `arg:"" help:"CSV file; - reads standard input."`
	Program    string `required:"" help:"Program that declares the facts."`
	Year       int    `help:"Year of rows that name none."`
	Source     string `help:"Source of rows that name none."`
	DryRun     bool   `help:"Only say what would happen."`
}

// Run imports the file, all of it or nothing.
func (i *importFacts) Run(ctx context.Context) error {
	text, err := content(i.File)
	if err != nil {
		return err
	}
	return with(ctx, i.Config, func(a *app.App) error {
		return a.ImportFile(ctx, os.Stdout, "facts", filepath.Base(i.File), text, i.Program, i.Source, i.Year, i.DryRun)
	})
}

type auditVerify struct {
	app.Config `embed:""`
}

// Run walks the trail; a break is a failure.
func (v *auditVerify) Run(ctx context.Context) error {
	return reading(ctx, v.Config, func(a *app.App) error { return a.VerifyAudit(ctx, os.Stdout) })
}

type docs struct {
	Out    string `required:"" help:"Folder to write to." type:"path"`
	Source string `default:"." help:"Folder of the repository." type:"existingdir"`
}

// Run writes the pages.
func (d *docs) Run() error { return app.WriteDocs(d.Out, d.Source) }
