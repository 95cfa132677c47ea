package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// same reports what differs.
func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func (w *world) same(what string, got, want any) {
	w.t.Helper()
	same(w.t, what, got, want)
}
