package earmark_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// imports is the house: which package of ours may import which. Arrows point down.
var imports = map[string][]string{
	"":                       {},
	"models":                 {},
	"workflow/machine":       {},
	"workflow/formula":       {"models"},
	"workflow/determine":     {"models", "workflow/formula"},
	"workflow/measure":       {"models"},
	"workflow/approval":      {"models"},
	"workflow/asof":          {"models"},
	"workflow/asof/asoftest": {"models", "store", "workflow/asof"},
	"workflow/tablecheck":    {"models"},
	"workflow/rubric":        {"models"},
	"workflow/spreadsheet":   {"models"},
	"workflow/bundle":        {"models", "workflow/formula"},
	"programs":               {"models", "workflow/rubric", "workflow/formula", "workflow/determine", "workflow/measure", "workflow/approval"},
	"files":                  {"models"},
	"store":                  {"models"},
	"store/storetest":        {"store"},
	"workflow":               {"models", "workflow/spreadsheet", "workflow/bundle", "workflow/asof", "files", "workflow/rubric", "store", "programs", "workflow/machine", "workflow/formula", "workflow/determine", "workflow/measure", "workflow/approval", "workflow/tablecheck"},
	"auth":                   {"models", "store"},
	"reports":                {"models"},
	"mail":                   {"models"},
	"jobs":                   {"models", "workflow", "store", "mail"},
	"api":                    {"models", "workflow", "workflow/tablecheck", "reports", "auth"},
	"api/apitest":            {},
	"web":                    {"models", "programs", "workflow", "workflow/formula", "workflow/determine", "workflow/rubric", "reports", "auth"}, // the engines' words, to say them
	"demo":                   {"models", "workflow", "workflow/rubric"},
	"app":                    {"", "models", "files", "workflow/bundle", "store", "programs", "workflow", "workflow/formula", "workflow/tablecheck", "auth", "mail", "jobs", "api", "web", "reports", "demo"},
	"cmd/earmark":            {"app"},
	// The stories are tests; the benchmark drives the wired program, and looks at the words and the database from outside.
	"e2e":         {},
	"e2e/browser": {},
	"bench":       {"models", "store", "programs", "workflow", "auth", "app"},
}

// outsiders names the folders that may import a module of others; tests too.
var outsiders = map[string][]string{
	"gorm.io/":                  {"store"},
	"modernc.org/sqlite":        {"store", "bench"},
	"github.com/jackc/pgx":      {"store", "store/storetest", "bench"},
	"github.com/pressly/goose":  {"store"},
	"github.com/gin-gonic/":     {"api", "web", "auth"},
	"github.com/arran4/":        {"reports"},
	"github.com/minio/":         {"files"},
	"github.com/gabriel-vasile": {"files"},
}

func TestImportsFollowTheHouse(t *testing.T) {
	t.Parallel()
	files, used := 0, map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		files++
		check(t, path, used)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 30 {
		t.Fatalf("only %d files were looked at", files)
	}
	for dir, allowed := range imports {
		for _, name := range allowed {
			if !used[dir+" "+name] {
				t.Errorf("%q may import %q and does not: take it out of the table", dir, name)
			}
		}
	}
}

// check holds one file to the tables, and notes the permissions that it uses.
func check(t *testing.T, path string, used map[string]bool) {
	t.Helper()
	dir := filepath.ToSlash(filepath.Dir(path))
	if dir == "." {
		dir = ""
	}
	allowed, known := imports[dir]
	if !known {
		t.Errorf("%s: folder %q has no row in the table of imports", path, dir)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Error(err)
			continue
		}
		for prefix, folders := range outsiders {
			if strings.HasPrefix(name, prefix) && !slices.Contains(folders, dir) {
				t.Errorf("%s imports %s, which only %v may", path, name, folders)
			}
		}
		if strings.HasPrefix(name, "github.com/gin-gonic/") && dir == "auth" && filepath.Base(path) != "middleware.go" && !strings.HasSuffix(path, "_test.go") {
			t.Errorf("%s imports gin; in auth only middleware.go does", path)
		}
		ours, ok := strings.CutPrefix(name+"/", "earmark/")
		ours = strings.TrimSuffix(ours, "/")
		if !ok || strings.HasSuffix(path, "_test.go") || ours == dir {
			continue // tests may look at anything of ours
		}
		used[dir+" "+ours] = true
		if !slices.Contains(allowed, ours) {
			t.Errorf("%s imports %s: not in the table of imports", path, name)
		}
	}
}

// Every row of the table points at rows, so that a renamed folder cannot leave a hole.
func TestTableOfImportsIsClosed(t *testing.T) {
	t.Parallel()
	for dir, allowed := range imports {
		for _, name := range allowed {
			if _, ok := imports[name]; !ok {
				t.Errorf("%q may import %q, which has no row", dir, name)
			}
		}
	}
}
