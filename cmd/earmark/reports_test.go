package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"earmark/app"
	"earmark/models"
	"earmark/workflow"
)

// console runs the binary in a folder, with nothing but the given settings.
type console struct {
	t        *testing.T
	bin, dir string
	env      []string
}

func newConsole(t *testing.T, settings ...string) *console {
	t.Helper()
	env := slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "DATABASE_URL=") || strings.HasPrefix(s, "FILES_") })
	return &console{t, binary(t), t.TempDir(), append(env, settings...)}
}

// want runs a command, holds its exit code and returns what it says.
func (c *console) want(code int, args ...string) string {
	c.t.Helper()
	cmd := exec.Command(c.bin, args...)
	cmd.Env, cmd.Dir = c.env, c.dir
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != code {
		c.t.Errorf("earmark %s: exit %d, want %d: %s", strings.Join(args, " "), cmd.ProcessState.ExitCode(), code, out)
	}
	return string(out)
}

func (c *console) path(name string) string { return filepath.Join(c.dir, name) }

func (c *console) write(name, text string) string {
	c.t.Helper()
	if err := os.WriteFile(c.path(name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return c.path(name)
}

func (c *console) read(name string) string {
	c.t.Helper()
	text, err := os.ReadFile(c.path(name))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

// agreed makes a district with an agreement, two schools and their facts.
func (c *console) agreed() {
	c.t.Helper()
	c.want(exitOK, "migrate")
	c.want(exitOK, "import", "organizations", "--source", "Synthetic", c.write("places.csv", "kind,code,name,parent_code,subtype\ndistrict,D1,Elm Hollow (synthetic),,traditional\nschool,S1,Elm One (synthetic),D1,\nschool,S2,Elm Two (synthetic),D1,\n"))
	c.want(exitOK, "import", "facts", "--source", "Synthetic", "--program", "mi-21h", c.write("facts.csv", "code,year,identification,index,ela_proficiency\nS1,2022,CSI,30,10\nS1,2025,CSI,40,9\nS2,2022,CSI,30,10\nS2,2025,none,35,11\n"))
	ctx := context.Background()
	a, err := app.Open(ctx, app.Config{DatabaseURL: c.path("e.db"), FilesDir: c.path("files"), TimeZone: "America/Detroit", PublicURL: "http://127.0.0.1:8080", LogLevel: "error"})
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	who := models.System("test")
	found, err := a.Service.Organizations(ctx, who, workflow.ListOrganizations{Kind: models.KindDistrict})
	if err != nil || len(found) != 1 {
		c.t.Fatalf("%d districts: %v", len(found), err)
	}
	if _, err := a.Service.CreateGrantYear(ctx, who, workflow.CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2026}); err != nil {
		c.t.Fatal(err)
	}
	if _, err := a.Service.CreateAgreement(ctx, who, workflow.CreateAgreement{OrganizationID: found[0].ID, ProgramCode: "mi-21h", Cohort: "Four", AssignedOn: "2022-11-01"}); err != nil {
		c.t.Fatal(err)
	}
}

func TestReportsOfTheBinary(t *testing.T) {
	t.Parallel()
	c := newConsole(t, "DATABASE_URL=e.db", "FILES_DIR=files")
	c.agreed()
	printed := c.want(exitOK, "report", "progress", "--grant-year", "mi-21h/2026", "--year", "2025", "--organization", "D1")
	for _, row := range []string{"row,counted,districts,", "ela,Proficiency in English language arts is up,1,2,1,2,50.0,0,", "above_cut,Index is above the bottom 5 percent,1,2,1,2,50.0,0,"} {
		if !strings.Contains(printed, row) {
			t.Errorf("the report has no %q:\n%s", row, printed)
		}
	}
	for format, begins := range map[string]string{"csv": "row,counted,", "json": `{"code":"progress"`, "xlsx": "PK", "html": "<!doctype html>"} {
		if said := c.want(exitOK, "report", "progress", "--grant-year", "mi-21h/2026", "--format", format, "--out", "r."+format); said != "" || !strings.HasPrefix(c.read("r."+format), begins) {
			t.Errorf("%s: said %q and wrote %.60q", format, said, c.read("r."+format))
		}
	}
	if c.read("r.csv") != c.want(exitOK, "report", "progress", "--grant-year", "mi-21h/2026") {
		t.Error("the file is not what is printed")
	}
	c.want(exitOK, "report", "legislature", "--grant-year", "mi-21h/2026", "--format", "pdf", "--out", "l.pdf")
	if !strings.HasPrefix(c.read("l.pdf"), "%PDF-") {
		t.Errorf("%.20q is no PDF", c.read("l.pdf"))
	}
	for says, args := range map[string][]string{"there are utilization, ": {"nothing"}, "is not given as pdf": {"progress", "--format", "pdf"}, "The report targets does not take year.": {"targets", "--year", "2025"},
		`there is no organization "D9"`: {"progress", "--organization", "D9"}} {
		if said := c.want(exitFailure, append([]string{"report", "--grant-year", "mi-21h/2026", "--out", "none"}, args...)...); !strings.Contains(said, says) {
			t.Errorf("earmark report %v does not say %q: %s", args, says, said)
		}
	}
	if left, _ := filepath.Glob(c.path("[n.]*")); len(left) > 0 {
		t.Errorf("a failed report leaves %v", left)
	}
}

func TestBundlesOfTheBinary(t *testing.T) {
	t.Parallel()
	c := newConsole(t, "DATABASE_URL=e.db", "FILES_DIR=files")
	c.agreed()
	said := c.want(exitOK, "bundle", "write", "--organization", "D1", "--grant-year", "mi-21h/2026", "--out", "b.zip")
	sum := sha256.Sum256([]byte(c.read("b.zip")))
	if !strings.HasPrefix(said, hex.EncodeToString(sum[:])+"  ") || !strings.HasSuffix(said, "b.zip\n") {
		t.Errorf("the hash of the bundle is not what is printed: %s", said)
	}
	c.want(exitOK, "bundle", "verify", "b.zip")
	c.write("b.zip", strings.Replace(c.read("b.zip"), "Elm", "Oak", 1)+"x")
	c.want(exitFailure, "bundle", "verify", "b.zip")
	if said := c.want(exitFailure, "bundle", "write", "--organization", "D9", "--grant-year", "mi-21h/2026", "--out", "none.zip"); !strings.Contains(said, "(not_found)") {
		t.Error(said)
	}
}

// A command that only reads makes no database: it says that there is none, and leaves the
// folder as it was.
func TestReadingMakesNoDatabase(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	outside := filepath.Join(t.TempDir(), "definition.yaml")
	if err := os.WriteFile(outside, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"report utilization --grant-year mi-21h/2026", "bundle write --organization D1 --grant-year mi-21h/2026 --out b.zip", "audit-verify", "files verify", "user list",
		"program rehearse " + outside + " --grant-year mi-21h/2026"} {
		if said := c.want(exitFailure, strings.Fields(args)...); !strings.Contains(said, "there is no database earmark.db: set DATABASE_URL") {
			t.Errorf("earmark %s says %s", args, said)
		}
	}
	if left, err := os.ReadDir(c.dir); err != nil || len(left) > 0 {
		t.Errorf("the folder has %v: %v", left, err)
	}
}
