// Bench measures Earmark against plain SQL: the same work, on the leanest schema that could do
// it, on the same server, in the same run. See docs/benchmarks.md for what came out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// bench is one run of the harness.
type bench struct {
	server string // address of a PostgreSQL that may be filled and emptied
	lines  int
	per    int // expenditures per line
	runs   int
	secs   int
	reuse  bool
	filled bool
	lite   bool // the small database to copy to SQLite is there
	only   []string
}

// row is one workload with its limit. A row that cannot be measured returns the reason as an error.
type row struct {
	id, name, database, unit string
	bar, stretch             float64
	atLeast                  bool // the ratio should be at least the bar; otherwise at most
	measure                  func(context.Context, *bench) (series, error)
	missed                   string // why, when the bar is not met
}

const wide = "identifiers are text, so that rows and indexes are several times as wide as the limit's (a notice has 530 bytes and three indexes); every step of a " +
	"flag has a hashed audit event, and digests are rendered as text and HTML. The Go side takes about a tenth of the time"

// rows are the workloads, in the order in which they run: reads before writes.
var rows = []row{
	{"P4", "Allocate to 13,000 districts by 100,000 schools, with receipts", "none", "ms", 3, 2, false, allocate, ""},
	{"P2", "List 50 line items of a district with utilization, 8 clients", "postgres", "requests/s", 0.25, 0.35, true, list, ""},
	{"P3", "The whole night: figures, forecast, flags, notices, digests", "postgres", "ms", 1.25, 1.05, false, firstNight, wide},
	{"P3b", "The night after, when little has changed", "postgres", "ms", 1.25, 1.05, false, steadyNight, wide},
	{"P1", "Post an expenditure, 8 clients", "postgres", "requests/s", 0.6, 1, true, post, ""},
	{"P12a", "Post an expenditure on SQLite, 8 clients", "sqlite", "requests/s", 0.4, 1, true, postLite, "every posting waits for its own sync to disk, one after the other; the limit's server lets one sync serve several"},
	{"P12b", "List 50 line items on SQLite, 8 clients", "sqlite", "requests/s", 0.2, 0.25, true, listLite, ""},
	{"P10", "Start serving an existing database", "postgres", "ms", 1000, 0, false, start, ""},
	{"P9a", "Memory when idle", "postgres", "MB", 60, 0, false, idle, ""},
	{"P9b", "Highest memory under P2 and P1, 32 clients", "postgres", "MB", 150, 0, false, loaded, ""},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	b := &bench{server: os.Getenv("TEST_DATABASE_URL")}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("rows", "", "measure only these, such as P1,P2; results.json keeps what it has of the others")
	flags.IntVar(&b.lines, "lines", 200_000, "line items")
	flags.IntVar(&b.per, "per", 10, "expenditures per line item")
	flags.IntVar(&b.runs, "runs", 5, "runs of each side, alternating")
	flags.IntVar(&b.secs, "seconds", 4, "length of a run of P1, P2 and P12")
	flags.BoolVar(&b.reuse, "reuse", false, "use the databases that an earlier run filled on this server")
	profile := flags.String("cpuprofile", "", "write a CPU profile of our side to this file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b.only = strings.FieldsFunc(*only, func(r rune) bool { return r == ',' })
	if b.server == "" {
		return errors.New("TEST_DATABASE_URL is not set; run this as: EARMARK_PG_FSYNC=on scripts/with-postgres go run -tags nomsgpack ./bench")
	}
	if _, err := os.Stat("bench/limit/schema.sql"); err != nil {
		return errors.New("run this in the root of the repository")
	}
	end, err := profiled(*profile)
	if err != nil {
		return err
	}
	defer end()
	return b.all(ctx)
}

func (b *bench) all(ctx context.Context) error {
	results, err := readResults()
	if err != nil {
		return err
	}
	for _, r := range rows {
		if len(b.only) > 0 && !slices.Contains(b.only, r.id) {
			continue
		}
		began := time.Now()
		fmt.Printf("%-4s %s\n", r.id, r.name)
		s, err := r.measure(ctx, b)
		if errors.Is(err, context.Canceled) {
			return err
		}
		got := r.result(s, err)
		results = keep(results, got)
		fmt.Printf("     %s (%s)\n", got.line(r), time.Since(began).Round(time.Second))
		if err := write(ctx, b, results); err != nil { // after each row: a later failure loses nothing
			return err
		}
	}
	for _, r := range results {
		if r.Reason != "" && (len(b.only) == 0 || slices.Contains(b.only, r.ID)) {
			err = errors.Join(err, fmt.Errorf("%s was not measured: %s", r.ID, r.Reason))
		}
	}
	return err
}
