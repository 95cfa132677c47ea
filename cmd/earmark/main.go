// Command earmark is the whole program: the server, its migrations, the jobs, and the
// tools that need no database.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"earmark/models"
)

// version is set by the build.
var version = "unknown"

// Exit codes.
const (
	exitOK = iota
	exitFailure
	exitUsage
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	parser, err := kong.New(&c, kong.Name("earmark"), kong.Description("Grant money by formula, from facts to the nightly check."),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailure
	}
	call, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "earmark: "+err.Error()+". See earmark --help.")
		return exitUsage
	}
	c.Version.version = version
	if err := c.settings(); err != nil {
		fmt.Fprintln(os.Stderr, "earmark: "+err.Error())
		return exitUsage
	}
	if err := call.Run(); err != nil {
		explain(err)
		return exitFailure
	}
	return exitOK
}

// explain prints a failure as sentences, with every input that breaks a rule.
func explain(err error) {
	var e *models.Error
	if !errors.As(err, &e) {
		fmt.Fprintln(os.Stderr, "earmark: "+err.Error())
		return
	}
	fmt.Fprintf(os.Stderr, "earmark: %s (%s)\n", e.Detail, e.Code)
	for _, f := range e.Fields {
		fmt.Fprintf(os.Stderr, "  %s: %s %s\n", f.Pointer, f.Detail, f.Fix)
	}
}
