package main

import (
	"context"
	"os"

	"earmark/app"
)

type fileStorage struct {
	Verify filesVerify `cmd:"" help:"Read the content of every attachment and compare it with its hash."`
}

type filesVerify struct {
	app.Config `embed:""`
}

// Run names every content that is missing or changed; one is a failure.
func (v *filesVerify) Run(ctx context.Context) error {
	return reading(ctx, v.Config, func(a *app.App) error { return a.VerifyFiles(ctx, os.Stdout) })
}
