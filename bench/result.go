package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const resultsFile, pageFile = "bench/results.json", "docs/benchmarks.md"

// series are the runs of one row: ours[i] was measured right beside limit[i]. Without a
// limit, ours is what is compared with the bar.
type series struct {
	ours, limit []float64
	note        string
}

// Result is what results.json holds of a row.
type Result struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Database    string  `json:"database"`
	Ratio       float64 `json:"ratio"`
	Median      float64 `json:"median"`
	LimitMedian float64 `json:"limit_median"`
	Spread      float64 `json:"spread"` // (highest - lowest) / median of the ratios
	Unit        string  `json:"unit"`
	Runs        int     `json:"runs"`
	Note        string  `json:"note,omitempty"`
	Reason      string  `json:"reason,omitempty"` // why the row was not measured
}

func (r row) result(s series, err error) Result {
	out := Result{ID: r.id, Name: r.name, Database: r.database, Unit: r.unit, Runs: len(s.ours), Note: s.note}
	if err != nil {
		out.Reason = err.Error()
		return out
	}
	ratios := slices.Clone(s.ours)
	for i := range s.limit {
		ratios[i] /= s.limit[i]
	}
	out.Median, out.LimitMedian = round(median(s.ours)), round(median(s.limit))
	middle := median(ratios)
	out.Spread = round((slices.Max(ratios) - slices.Min(ratios)) / middle)
	if len(s.limit) > 0 {
		out.Ratio = round(middle)
	}
	return out
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// round keeps three digits: more would claim a precision that nothing here has.
func round(v float64) float64 {
	if v == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-2)
	out, _ := strconv.ParseFloat(strconv.FormatFloat(math.Round(v/unit)*unit, 'g', 6, 64), 64)
	return out
}

const notMet = "**not met**"

// met compares with the bar; a row without a limit is compared as it was measured.
func (r row) met(got Result) string {
	v := got.Ratio
	if got.LimitMedian == 0 {
		v = got.Median
	}
	good := func(bar float64) bool { return r.atLeast == (v >= bar) || v == bar }
	switch {
	case r.stretch > 0 && good(r.stretch):
		return "met, and the stretch"
	case good(r.bar):
		return "met"
	}
	return notMet
}

func (r row) bars() string {
	sign := "≤"
	if r.atLeast {
		sign = "≥"
	}
	unit := "×"
	if r.id == "P10" || strings.HasPrefix(r.id, "P9") {
		unit = " " + r.unit
	}
	text := fmt.Sprintf("%s %g%s", sign, r.bar, unit)
	if r.stretch > 0 {
		text += fmt.Sprintf(" (%s %g%s)", sign, r.stretch, unit)
	}
	return text
}

func (got Result) line(r row) string {
	if got.Reason != "" {
		return "not measured: " + got.Reason
	}
	text := fmt.Sprintf("ratio %g, %g against %g %s, spread %g, bar %s: %s", got.Ratio, got.Median, got.LimitMedian, got.Unit, got.Spread, r.bars(), r.met(got))
	if got.Note != "" {
		text += "; " + got.Note
	}
	return text
}

func keep(results []Result, got Result) []Result {
	results = slices.DeleteFunc(results, func(r Result) bool { return r.ID == got.ID })
	results = append(results, got)
	at := func(id string) int { return slices.IndexFunc(rows, func(r row) bool { return r.id == id }) }
	slices.SortFunc(results, func(a, b Result) int { return at(a.ID) - at(b.ID) })
	return slices.DeleteFunc(results, func(r Result) bool { return at(r.ID) < 0 })
}

func readResults() ([]Result, error) {
	text, err := os.ReadFile(resultsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var results []Result
	return results, json.Unmarshal(text, &results)
}

func write(ctx context.Context, b *bench, results []Result) error {
	text, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(resultsFile, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(pageFile, []byte(page(ctx, b, results)), 0o644)
}

const intro = `# Benchmarks

Written by ` + "`make bench`" + `; do not edit. Every figure is a **ratio measured in one run**: our side and its limit alternate on the same machine and
server, and the ratio is the median of the runs' ratios. The limit is the same work as plain SQL (pgbench and psql scripts in ` + "`bench/limit`" + `) on the
leanest schema that could do it, not on ours. Sign-in, authorization, audit and the log are on. A series stops at the first error response, and the
totals are verified after it. Medians are for orientation only; spread is highest minus lowest ratio, over the median.

`

// allocationAlone was measured with Go's own benchmarks, apart from the rows.
const allocationAlone = "- The allocation alone (`go test -tags nomsgpack ./workflow -run '^$' -bench FormulaOfANation -benchtime 5x`, 100,000 schools in 13,000 districts, receipts with\n" +
	"  their hashes included): 0.61 to 0.94 s by prorating, 0.65 to 0.86 s by a rate with a pool that is too small, 0.68 to 0.85 s with floors and caps, 0.63 to\n" +
	"  0.73 s with hold-harmless (2026-11-22, two runs; 0.73 s before limits and hashes existed). `earmark evaluate` of the same facts takes 1.7 s of processor\n" +
	"  time (1.6 s before), `earmark receipt verify` of its 13,000 receipts 7.3 s.\n"

func page(ctx context.Context, b *bench, results []Result) string {
	var t strings.Builder
	t.WriteString(intro)
	measured := "It measured every row."
	if len(b.only) > 0 {
		measured = "It measured " + strings.Join(b.only, ", ") + "; the other rows keep the figures of an earlier revision."
	}
	fmt.Fprintf(&t, "Last run %s at revision %s, %d line items and %d expenditures, %d runs of each side. %s. %s\n\n", time.Now().UTC().Format("2006-01-02"),
		output(ctx, "git", "describe", "--always", "--dirty"), b.lines, b.lines*b.per, b.runs, machine(ctx, b), measured)
	t.WriteString("| # | workload | database | ratio | bar (stretch) | | ours | limit | unit | spread | runs |\n")
	t.WriteString("| --- | --- | --- | ---: | --- | --- | ---: | ---: | --- | ---: | ---: |\n")
	for _, got := range results {
		r := rows[slices.IndexFunc(rows, func(r row) bool { return r.id == got.ID })]
		if got.Reason != "" {
			fmt.Fprintf(&t, "| %s | %s | %s | | %s | not measured | | | | | |\n", got.ID, got.Name, got.Database, r.bars())
			continue
		}
		ratio, limit := strconv.FormatFloat(got.Ratio, 'g', -1, 64), strconv.FormatFloat(got.LimitMedian, 'f', -1, 64)
		if got.LimitMedian == 0 {
			ratio, limit = "", ""
		}
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %g | %d |\n", got.ID, got.Name, got.Database, ratio, r.bars(), r.met(got),
			strconv.FormatFloat(got.Median, 'f', -1, 64), limit, got.Unit, got.Spread, got.Runs)
	}
	t.WriteString("\n")
	for _, got := range results {
		if got.Note != "" {
			fmt.Fprintf(&t, "- %s: %s.\n", got.ID, got.Note)
		}
		if r := rows[slices.IndexFunc(rows, func(r row) bool { return r.id == got.ID })]; got.Reason == "" && r.missed != "" && r.met(got) == notMet {
			fmt.Fprintf(&t, "- %s misses its bar: %s.\n", got.ID, r.missed)
		}
		if got.Reason != "" {
			fmt.Fprintf(&t, "- %s was not measured: %s.\n", got.ID, got.Reason)
		}
	}
	t.WriteString(allocationAlone)
	t.WriteString("- P5 to P8 and P11 of the plan have no row yet: they belong to imports, exports, growth and pages.\n")
	t.WriteString(goBenchmarks)
	return t.String()
}

func machine(ctx context.Context, b *bench) string {
	memory := "memory unknown"
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kb float64
		if _, err := fmt.Sscanf(string(text), "MemTotal: %f kB", &kb); err == nil {
			memory = fmt.Sprintf("%.0f GB", kb/1e6)
		}
	}
	return fmt.Sprintf("Machine: %d cores, %s, %s, %s, shared with other work", runtime.NumCPU(), memory, runtime.Version(), output(ctx, "psql", "--version"))
}

func output(ctx context.Context, name string, args ...string) string {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

// goBenchmarks are measured by hand with go test, without a limit beside them.
const goBenchmarks = `
## Scenarios and determinations

Not part of ` + "`make bench`" + `: Go benchmarks with the facts of 13,000 districts and 100,000 schools in memory, loaded once. Measured 2026-11-22 on the machine above, quiet;
in brackets by the clock while other work ran (load 7 to 11 on 2 cores):

| workload | bar | | time |
| --- | --- | --- | ---: |
| A scenario: 1,000 facts and a parameter changed, the formula applied, with what holds each amount | ≤ 1000 ms of processor time | met | 480 ms (640 to 1170) |
| A comparison of eight runs: 91,000 rows and their totals | ≤ 1000 ms | met | 84 ms (72 to 113) |
| Determinations of 2,000 agencies with 14 student groups over 4 years | ≤ 1000 ms | met | 284 ms (1000 to 1500) |
| The line of sight of 900 districts with 20 lines and 10 targets each, on SQLite | | | 530 ms of processor time (2860) |

    go test -tags nomsgpack ./workflow -run '^$' -bench 'ScenarioOfANation|ComparisonOfANation|DetermineStatewide|LinesOfSight' -benchtime 3x
`
