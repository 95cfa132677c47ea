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
	_ "time/tzdata" // an empty image has no time zones

	"github.com/alecthomas/kong"

	"earmark/app"
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
	if err := call.Run(&c.Version); err != nil {
		app.Explain(os.Stderr, err)
		var input unusable
		if errors.As(err, &input) {
			return exitUsage
		}
		return exitFailure
	}
	return exitOK
}
