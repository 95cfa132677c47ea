package app

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"earmark/api"
	"earmark/jobs"
	"earmark/models"
	"earmark/workflow"
)

const generated = "<!-- Written by `make generate`. Do not edit. -->\n\n"

// WriteDocs writes what the manual says of tables in the code, one file each. source is
// the folder of the repository, for the list of error codes.
func WriteDocs(dir, source string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	errorsPage, err := errorsDoc(source)
	if err != nil {
		return err
	}
	programPages, err := programPages()
	if err != nil {
		return err
	}
	pages := map[string]string{
		"state-machines.md": statesDoc(), "permissions.md": permissionsDoc(), "settings.md": settingsDoc(),
		"errors.md": errorsPage, "jobs.md": jobsDoc(), "reports.md": reportsDoc(),
	}
	maps.Copy(pages, programPages)
	if err := os.RemoveAll(filepath.Join(dir, "programs")); err != nil { // of programs that are gone
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "programs"), 0o755); err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func statesDoc() string {
	text := generated + "# States and steps\n\nWhat may happen to each kind of document, and who may do it.\n"
	for _, t := range workflow.StateTables() {
		text += "\n" + strings.TrimSpace(t.Markdown()) + "\n"
	}
	return text
}

func permissionsDoc() string {
	return generated + "# Permissions\n\nWho may do what. District roles count for their own district only. Steps of documents have their roles in\n" +
		"[state-machines.md](state-machines.md).\n\n" + workflow.PermissionMatrix()
}

// settingsDoc prints the one table of settings: the fields of Config.
func settingsDoc() string {
	var b strings.Builder
	b.WriteString(generated + "# Settings\n\nEach is a flag of `earmark serve` and an environment variable.")
	fmt.Fprintf(&b, " %s can be read from a\nfile instead: set the name with `_FILE` to its path.\n", strings.Join(SecretNames(), ", "))
	b.WriteString("\n| variable | flag | default | means |\n| --- | --- | --- | --- |\n")
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		if tag.Get("env") == "" {
			continue
		}
		value := tag.Get("default")
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `--%s` | %s | %s |\n", tag.Get("env"), strings.ReplaceAll(strings.ToLower(tag.Get("env")), "_", "-"), value, tag.Get("help"))
	}
	return b.String()
}

func jobsDoc() string {
	text := generated + "# Jobs\n\nSchedules are in UTC. A dated job runs once for each business date, over any number of processes.\n\n| job | schedule | dated | means |\n| --- | --- | :-: | --- |\n"
	for _, j := range jobs.Table(jobs.Config{}) {
		dated := ""
		if j.Dated {
			dated = "●"
		}
		text += fmt.Sprintf("| %s | `%s` | %s | %s |\n", j.Name, j.Schedule, dated, j.Means)
	}
	return text
}

// errorsDoc lists the kinds of failure and every code that the source can answer with.
func errorsDoc(source string) (string, error) {
	var b strings.Builder
	b.WriteString(generated + "# Errors\n\nEvery failure is `application/problem+json`. Its `type` is one of these, its `code` one of the list below.\n\n| kind | status | title |\n| --- | --- | --- |\n")
	for _, p := range api.Problems {
		fmt.Fprintf(&b, "| `%s` | %d | %s |\n", p.Kind, p.Status, p.Title)
	}
	codes, err := errorCodes(source)
	if err != nil {
		return "", err
	}
	b.WriteString("\nCodes, with one of the sentences that come with each (%s and the like stand for a value):\n\n| code | kind | says |\n| --- | --- | --- |\n")
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		c := codes[code]
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", code, c.kind, strings.NewReplacer("|", "\\|", "\n", " ").Replace(c.says))
	}
	return b.String(), nil
}

type errorCode struct{ kind, says string }

// errorCodes reads the calls that make errors out of the source.
func errorCodes(source string) (map[string]errorCode, error) {
	codes := map[string]errorCode{}
	err := filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != source && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if code, c, ok := madeBy(n); ok && code != "" {
				if old, known := codes[code]; !known || c.says < old.says {
					codes[code] = c
				}
			}
			return true
		})
		return nil
	})
	return codes, err
}

// madeBy recognises models.Fail, models.Field and literals of models.Error and FieldError.
func madeBy(n ast.Node) (code string, c errorCode, ok bool) {
	switch x := n.(type) {
	case *ast.CallExpr:
		switch called(x.Fun) {
		case "Fail":
			if len(x.Args) >= 3 {
				return text(x.Args[1]), errorCode{kindName(x.Args[0]), text(x.Args[2])}, true
			}
		case "Field":
			if len(x.Args) == 4 {
				return text(x.Args[1]), errorCode{"input", text(x.Args[2])}, true
			}
		}
	case *ast.CompositeLit:
		kind := ""
		if name := called(x.Type); name == "FieldError" {
			kind = "input"
		} else if name != "Error" {
			return "", c, false
		}
		c.kind = kind
		for _, e := range x.Elts {
			kv, isPair := e.(*ast.KeyValueExpr)
			if !isPair {
				continue
			}
			switch called(kv.Key) {
			case "Code":
				code = text(kv.Value)
			case "Detail":
				c.says = text(kv.Value)
			case "Kind":
				c.kind = kindName(kv.Value)
			}
		}
		return code, c, code != ""
	}
	return "", c, false
}

func called(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.SelectorExpr:
		return x.Sel.Name
	case *ast.Ident:
		return x.Name
	}
	return ""
}

func kindName(e ast.Expr) string {
	name := called(e)
	for _, k := range models.Kinds {
		if strings.EqualFold(strings.ReplaceAll(string(k), "_", ""), name) {
			return string(k)
		}
	}
	return ""
}

func text(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(x.Value)
		return s
	case *ast.BinaryExpr:
		return text(x.X) + "…" + text(x.Y)
	case *ast.CallExpr: // fmt.Sprintf
		if len(x.Args) > 0 {
			return text(x.Args[0])
		}
	}
	return ""
}
