package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earmark/demo"
)

// What is served is what the check counts, and a second build gives the same bytes.
func TestServedDemoIsTheOneThatIsChecked(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), Demo{Dir: filepath.Join(t.TempDir(), "demo"), Listen: "127.0.0.1:8080"}
	built, err := buildDemo(ctx, io.Discard, d)
	if err != nil {
		t.Fatal(err)
	}
	cfg := demoConfig(filepath.Join(d.Dir, "earmark.db"))
	cfg.Now = demo.RunningClock(built)
	a, err := Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	counts, err := demo.Count(ctx, a.Service)
	if err != nil {
		t.Fatal(err)
	}
	served, err := json.MarshalIndent(counts, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var checked bytes.Buffer
	if err := CheckDemo(ctx, &checked); err != nil {
		t.Fatal(err)
	}
	if got := string(served) + "\n"; got != checked.String() {
		t.Errorf("served:\n%s\nchecked:\n%s", got, checked.String())
	}
	rehearsesDemo(t, ctx, a)
	again, err := buildDemo(ctx, io.Discard, d)
	if err != nil || !again.Equal(built) {
		t.Errorf("a demo that is there was built again: %v, %v", again, err)
	}
}

// The definition as it is makes nothing of the demo otherwise; a stricter one does.
func rehearsesDemo(t *testing.T, ctx context.Context, a *App) {
	t.Helper()
	def, _ := a.Service.Programs().Program("mi-21h")
	for text, want := range map[string]string{def.Source: " 0 newly fail, 0 newly pass, 0 change; $0.00 is touched.",
		strings.Replace(def.Source, "size(line.description) >= 10", "size(line.description) >= 200", 1): "line.description\n  then: The description does not say"} {
		var out bytes.Buffer
		if err := a.Rehearse(ctx, &out, "mi-21h/2026", text, 0); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v: %.2000s", err, out.String())
		}
	}
}

func TestDemoLeavesOtherDatabasesAlone(t *testing.T) {
	t.Parallel()
	d := Demo{Dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(d.Dir, "earmark.db"), []byte("something"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := buildDemo(context.Background(), io.Discard, d); err == nil {
		t.Error("a database that is no demo was taken over")
	}
}

func TestDemoGreetsEveryRole(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	greet(&out, Demo{Dir: "demo-data", Listen: "127.0.0.1:8080"}, demo.Today)
	for _, account := range demo.Accounts() {
		if !bytes.Contains(out.Bytes(), []byte(account.Email)) {
			t.Errorf("the greeting does not name %s", account.Email)
		}
	}
	if !bytes.Contains(out.Bytes(), []byte("synthetic")) {
		t.Error("the greeting does not say that everything is synthetic")
	}
}

// The identifiers of a served demo sort by the demo's time, whatever the real one is.
func TestDemoIdentifiersFollowItsClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 13, 0, 0, 0, time.UTC)
	id := idsOf(func() time.Time { return at })
	first := id()
	at = at.Add(time.Second)
	if second := id(); first >= second || first[:13] != "019de39f-e480" {
		t.Errorf("%s, then %s", first, second)
	}
}
