package app

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// Rehearse replays a changed definition over a grant year, named by id or as
// program/year, and writes what would be otherwise.
func (a *App) Rehearse(ctx context.Context, w io.Writer, grantYear, definition string, factsYear int) error {
	who := commandLine("program rehearse")
	id, err := a.grantYear(ctx, who, grantYear)
	if err != nil {
		return err
	}
	r, err := a.Service.Rehearse(ctx, who, workflow.RehearseRules{GrantYearID: id, Definition: definition, FactsYear: factsYear})
	if err != nil {
		return err
	}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "%s: %s %s\n", strings.ReplaceAll(f.Effect, "_", " "), where(f), f.Rule)
		for _, side := range [][2]string{{"now", f.Before}, {"then", f.After}} {
			if side[1] != "" {
				fmt.Fprintf(w, "  %s: %s\n", side[0], side[1])
			}
		}
	}
	if r.Omitted > 0 {
		fmt.Fprintf(w, "%d more findings are not listed.\n", r.Omitted)
	}
	for _, why := range r.AllocationWrong {
		fmt.Fprintf(w, "No allocation: %s\n", why)
	}
	fmt.Fprintf(w, "%s to %s over %d applications, %d revisions, %d lines: %d newly fail, %d newly pass, %d change; %s is touched.\n", r.FromVersion, r.ToVersion,
		r.Applications, r.Revisions, r.Lines, r.Fails, r.Passes, r.Changes, r.TouchedCents)
	fmt.Fprintf(w, "Allocations: %d winners, %d losers, %d untouched; %s now, %s then. Nothing was stored.\n", r.Winners, r.Losers, r.Untouched, r.BaseCents, r.AmountCents)
	return nil
}

// where names what a finding is about.
func where(f workflow.RehearsalFinding) string {
	text := f.Code + " " + f.Name
	if f.Reference != "" {
		text += ", " + f.Reference + " revision " + strconv.Itoa(f.RevisionNumber)
	}
	if f.LineNumber > 0 {
		text += ", line " + strconv.Itoa(f.LineNumber)
	}
	return text + ","
}

func (a *App) grantYear(ctx context.Context, who models.Actor, name string) (string, error) {
	code, year, ok := strings.Cut(name, "/")
	if !ok {
		return name, nil
	}
	n, err := strconv.Atoi(year)
	if err != nil || n == 0 {
		return "", models.Field("/grant_year", "grant_year", fmt.Sprintf("%q is not a fiscal year.", year), "Give program and year, such as mi-21h/2026.")
	}
	found, err := a.Service.GrantYears(ctx, who, workflow.ListGrantYears{ProgramCode: code, FiscalYear: n})
	if err == nil && len(found) == 0 {
		err = models.Field("/grant_year", "not_found", fmt.Sprintf("There is no grant year %s.", name), "Give program and year of one that was created.")
	}
	if err != nil {
		return "", err
	}
	return found[0].ID, nil
}
