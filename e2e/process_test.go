package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"earmark/app"
)

// The real binary, built once per run.
var (
	built    sync.Once
	binaryIn string
	errBuilt error
)

// TestMain removes the binary at the end.
func TestMain(m *testing.M) {
	code := m.Run()
	if binaryIn != "" {
		_ = os.RemoveAll(binaryIn)
	}
	os.Exit(code)
}

func binary(t testing.TB) string {
	t.Helper()
	built.Do(func() {
		if binaryIn, errBuilt = os.MkdirTemp("", "earmark-e2e"); errBuilt != nil {
			return
		}
		out, err := exec.Command("go", "build", "-tags", "nomsgpack", "-o", filepath.Join(binaryIn, "earmark"), "../cmd/earmark").CombinedOutput()
		if err != nil {
			errBuilt = fmt.Errorf("%w: %s", err, out)
		}
	})
	if errBuilt != nil {
		t.Fatal(errBuilt)
	}
	return filepath.Join(binaryIn, "earmark")
}

// process is the binary at work; it is ended by its own identifier and nothing else.
type process struct {
	cmd    *exec.Cmd
	out    bytes.Buffer
	errs   *lockedBuffer
	ended  chan struct{} // closed at the end
	err    error         // of the end
	listen chan string
}

// lockedBuffer is what a process says while somebody reads it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) add(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.WriteString(line + "\n")
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// starts runs the binary with settings as environment variables.
func starts(t testing.TB, settings []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary(t), args...), errs: &lockedBuffer{}, ended: make(chan struct{}), listen: make(chan string, 1)}
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TZ=UTC"}, settings...)
	p.cmd.Stdout = &p.out
	errs, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(errs)
	t.Cleanup(func() { p.kill() })
	return p
}

// read keeps what the process says and finds the address it serves on.
func (p *process) read(errs io.Reader) {
	lines := bufio.NewScanner(errs)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.errs.add(lines.Text())
		var said struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &said) == nil && said.Msg == "serving" {
			p.listen <- said.Address
		}
	}
	p.err = p.cmd.Wait()
	close(p.ended)
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	p.wait()
}

func (p *process) wait() error { <-p.ended; return p.err }

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// address is where the process serves.
func (p *process) address(t testing.TB) string {
	t.Helper()
	select {
	case a := <-p.listen:
		return "http://" + a
	case <-time.After(30 * time.Second):
		t.Fatalf("the server did not start: %s", p.errs)
	case <-p.ended:
		t.Fatalf("the server ended: %v %s", p.err, p.errs)
	}
	return ""
}

// must waits for a command that has to succeed and answers what it printed.
func (p *process) must(t testing.TB) string {
	t.Helper()
	if err := p.wait(); err != nil {
		t.Fatalf("%v: %v\n%s%s", p.cmd.Args[1:], err, p.out.String(), p.errs)
	}
	return p.out.String()
}

// database keeps the address that a world's settings have.
func database(address *string) func(*app.Config) {
	return func(c *app.Config) { *address = c.DatabaseURL }
}

// served is the world as the process at an address serves it, with people of its own.
func (w *world) served(address string) *world {
	other := &world{t: w.t, app: w.app, url: address, clock: w.clock, people: map[string]*person{}}
	for name, p := range w.people {
		other.people[name] = &person{w: other, id: p.id, name: p.name, email: p.email}
	}
	return other
}

// eventually waits for something to be so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if so() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

// files are the names in a folder with an ending.
func files(t testing.TB, dir, ending string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ending) {
			names = append(names, e.Name())
		}
	}
	return names
}
