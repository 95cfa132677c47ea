package main

import (
	"errors"
	"os"

	"earmark/app"
)

type checkTable struct {
	File string `arg:"" help:"Tables and checks (JSON), or one table (CSV); - reads JSON from standard input."`
	JSON bool   `name:"json" help:"Print the report as JSON."`
}

// Run prints what does not add up. Exit codes: 1 when something does not, 2 when the file
// cannot be used.
func (c *checkTable) Run() error {
	in := os.Stdin
	if c.File != "-" {
		var err error
		if in, err = os.Open(c.File); err != nil {
			return unusable{err}
		}
		defer func() { _ = in.Close() }()
	}
	err := app.CheckTable(os.Stdout, c.File, in, c.JSON)
	if err != nil && !errors.Is(err, app.ErrDoesNotAddUp) {
		return unusable{err}
	}
	return err
}

// unusable is a failure of the input, not of what was asked about it.
type unusable struct{ error }

func (u unusable) Unwrap() error { return u.error }
