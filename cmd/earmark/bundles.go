package main

import (
	"context"
	"os"

	"earmark/app"
)

type bundle struct {
	Write  bundleWrite  `cmd:"" help:"Write everything of a district and grant year into one zip."`
	Verify bundleVerify `cmd:"" help:"Check a bundle with nothing but the file: no server, no database."`
}

type bundleWrite struct {
	app.Config   `embed:""`
	Organization string `required:"" help:"Code or id of the organization." placeholder:"CODE"`
	GrantYear    string `required:"" help:"Program and fiscal year, such as mi-21h/2026, or the grant year's id." placeholder:"YEAR"`
	Out          string `required:"" help:"File to write." type:"path"`
}

// Run writes the bundle and prints its hash.
func (b *bundleWrite) Run(ctx context.Context) error {
	return reading(ctx, b.Config, func(a *app.App) error { return a.WriteBundle(ctx, os.Stdout, b.Organization, b.GrantYear, b.Out) })
}

type bundleVerify struct {
	File string `arg:"" help:"Bundle to check." type:"existingfile"`
}

// Run prints each finding; one is a failure.
func (b *bundleVerify) Run() error { return app.VerifyBundle(os.Stdout, b.File) }
