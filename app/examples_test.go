package app

import (
	"path/filepath"
	"strings"
	"testing"
)

// The examples of the manual are programs that nobody wrote code for, and their cases hold
// every rule.
func TestTheExamplesOfTheManual(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../docs/examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tested := 0
	for _, f := range files {
		if strings.HasSuffix(f, ".cases.yaml") {
			continue
		}
		tested++
		var out strings.Builder
		if err := TestPrograms(&out, []string{f}, true); err != nil || !strings.Contains(out.String(), "cases passed, 0 failed") || strings.Contains(out.String(), ": 0 cases") || strings.Contains(out.String(), "no case notices") {
			t.Errorf("%s: %v\n%s", f, err, out.String())
		}
	}
	if tested == 0 {
		t.Error("there is no example")
	}
}
