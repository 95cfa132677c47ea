package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"earmark/app"
)

// block is the n-th fenced block of a kind in a page of the manual.
func block(t *testing.T, page, kind string, n int) string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split("\n"+string(text), "\n```")
	for i := 1; i < len(parts); i += 2 {
		first, rest, _ := strings.Cut(parts[i], "\n")
		if first != kind {
			continue
		}
		if n == 0 {
			return rest + "\n"
		}
		n--
	}
	t.Fatalf("%s has no such block of %q", page, kind)
	return ""
}

// The manual's example prints what the manual says, as JSON and as CSV.
func TestTheExampleOfTheManual(t *testing.T) {
	t.Parallel()
	want := block(t, "check-table.md", "", 0)
	var out bytes.Buffer
	err := app.CheckTable(&out, "tables.json", strings.NewReader(block(t, "check-table.md", "json", 0)), false)
	if !errors.Is(err, app.ErrDoesNotAddUp) || out.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out.String(), want)
	}
	out.Reset()
	err = app.CheckTable(&out, "SUM.csv", strings.NewReader(block(t, "check-table.md", "", 1)), true)
	var report struct {
		Findings []struct{ Row, Column, Computed string }
	}
	if !errors.Is(err, app.ErrDoesNotAddUp) || json.Unmarshal(out.Bytes(), &report) != nil || len(report.Findings) != 2 || report.Findings[1].Computed != "165560" {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	if err := app.CheckTable(&out, "-", strings.NewReader(`{"tables": [], "checks": [{"kind": "arithmetic", "is": "34 = 46 - 12"}]}`), false); err != nil || !strings.Contains(out.String(), "everything adds up") {
		t.Error(err, out.String())
	}
	if err := app.CheckTable(&out, "x.csv", strings.NewReader("nothing"), false); err == nil || errors.Is(err, app.ErrDoesNotAddUp) {
		t.Error("a file that cannot be read:", err)
	}
}
