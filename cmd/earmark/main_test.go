package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binaryDir is where the real program is built, once for all tests.
var binaryDir string

var built = sync.OnceValues(func() (string, error) {
	var err error
	if binaryDir, err = os.MkdirTemp("", "earmark-binary-"); err != nil {
		return "", err
	}
	path := filepath.Join(binaryDir, "earmark")
	out, err := exec.Command("go", "build", "-tags", "nomsgpack", "-ldflags", "-X main.version=v9", "-o", path, ".").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return path, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if binaryDir != "" {
		_ = os.RemoveAll(binaryDir)
	}
	os.Exit(code)
}

func binary(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheBinary(t *testing.T) {
	t.Parallel()
	bin, dir := binary(t), t.TempDir()
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte("a long enough secret 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "DATABASE_URL="+filepath.Join(dir, "e.db"), "LISTEN=127.0.0.1:18473", "JOBS=false", "FILES_DIR="+filepath.Join(dir, "files"))
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"version", 0, "v9"},
		{"nonsense", 2, "See earmark --help"},
		{"serve --time-zone", 2, "time-zone"},
		{"migrate", 0, "schema"},
		{"migrate", 0, "0 migrations were applied"},
		{"user add ada@example.test Ada --role administrator --password-file " + secret, 0, ""},
		{"user add ada@example.test Ada --password-file " + secret, 1, "(user.email_taken)"},
		{"user add bea@example.test Bea --role nobody --password-file " + secret, 1, "/roles/0/role"},
		{"user reset-password ada@example.test --password-file " + secret, 0, ""},
		{"user list", 0, "ada@example.test\tAda\tactive\tadministrator"},
		{"job run utilization --date 2026-03-31", 0, `"date":"2026-03-31"`},
		{"job run utilization --date yesterday", 1, "YYYY-MM-DD"},
		{"audit-verify", 0, "0 changed, 0 removed, 0 inserted"},
		{"bundle verify " + secret, 1, "The file is no zip"},
		{"bundle write --organization 61010 --grant-year mi-21h/2026 --out " + filepath.Join(dir, "b.zip"), 1, "There is no grant year mi-21h/2026."},
		{"files verify", 0, "0 contents of 0 attachments, 0 bytes: 0 damaged."},
		{"program check " + secret, 1, secret},
		{"program rehearse " + secret + " --grant-year mi-21h/2026", 1, "There is no grant year mi-21h/2026."},
		{"receipt verify " + secret, 1, "not JSON"},
		{"receipt verify nothing", 1, "no such file"},
		{"evaluate nothing -", 1, "no program and no file"},
		{"healthcheck", 1, "refused"},
	} {
		cmd := exec.Command(bin, strings.Fields(c.args)...)
		cmd.Env, cmd.Dir = env, dir
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(out), c.says) {
			t.Errorf("earmark %s: exit %d, %s\nwant %d with %q", c.args, cmd.ProcessState.ExitCode(), out, c.code, c.says)
		}
	}
	serves(t, bin, dir, env)
}

// serves starts the server, asks it for its health, and stops it as a container would.
func serves(t *testing.T, bin, dir string, env []string) {
	t.Helper()
	var log bytes.Buffer
	server := exec.Command(bin, "serve")
	server.Env, server.Dir, server.Stderr = env, dir, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	healthy := false
	for range 100 {
		check := exec.Command(bin, "healthcheck")
		check.Env = env
		if healthy = check.Run() == nil; healthy {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil || !healthy {
		t.Errorf("healthy %v, end %v: %s", healthy, err, log.String())
	}
}
