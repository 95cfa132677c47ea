package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCheckTableTellsBadTablesFromBadFiles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`{"tables": [], "checks": [{"kind": "arithmetic", "is": "34 = 46 - 12"}]}`: exitOK,
		`{"tables": [], "checks": [{"kind": "arithmetic", "is": "35 = 46 - 12"}]}`: exitFailure,
		`{"tables": [], "checks": [{"kind": "arithmetic", "is": "35 46"}]}`:        exitUsage,
		`{"tables"`: exitUsage,
	} {
		name := filepath.Join(t.TempDir(), "tables.json")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := run([]string{"check-table", "--json", name}); got != want {
			t.Errorf("%s: exit %d, want %d", text, got, want)
		}
	}
	if got := run([]string{"check-table", "no-such-file"}); got != exitUsage {
		t.Errorf("a file that is not there: exit %d", got)
	}
}
