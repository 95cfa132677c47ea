package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/goccy/go-yaml"

	"earmark/models"
	"earmark/workflow"
)

// codeTexts are the words of the codes that pages turn into words: states, steps and what
// they mean, document kinds, roles and other constants of models, actions of the audit
// trail, tones, and the values that the contract lists.
func codeTexts(t *testing.T) []string {
	t.Helper()
	var out []string
	add := func(code string) {
		if aCode.MatchString(code) {
			out = append(out, words(code))
		}
	}
	for _, table := range workflow.StateTables() {
		d := table.Describe()
		add(d.Document)
		for _, s := range d.States {
			add(s.Name)
			out = append(out, s.Means)
		}
		for _, s := range d.Steps {
			add(s.Event)
			out = append(out, s.Means)
		}
	}
	for code := range tones {
		add(code)
	}
	for _, title := range lineFieldTitles {
		out = append(out, title)
	}
	for _, report := range workflow.ReportKinds {
		out = append(out, report.Title)
	}
	for _, role := range literals(t, "../models", roles) {
		out = append(out, models.Role(role).Title())
	}
	add("expired") // of an API token
	for _, code := range literals(t, "../models", codesOfModels) {
		add(code)
	}
	for _, code := range literals(t, "../workflow", actionsOfAudit) {
		add(code)
	}
	contract, err := os.ReadFile("../openapi.yaml")
	noProblem(t, err)
	var parsed any
	noProblem(t, yaml.Unmarshal(contract, &parsed))
	walkEnums(parsed, add)
	return out
}

var aCode = regexp.MustCompile(`^[a-z][a-z_]+$`)

// literals are what pick finds in the Go files of a folder, tests aside.
func literals(t *testing.T, folder string, pick func(ast.Node) []ast.Expr) []string {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.go")
	noProblem(t, err)
	var out []string
	for _, name := range files {
		if matched, _ := filepath.Match("*_test.go", filepath.Base(name)); matched {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		noProblem(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			for _, x := range pick(n) {
				if literal, ok := x.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text, err := strconv.Unquote(literal.Value)
					noProblem(t, err)
					out = append(out, text)
				}
			}
			return true
		})
	}
	return out
}

// codesOfModels are constants with a type of their own, and what methods named Kind return.
func codesOfModels(n ast.Node) []ast.Expr {
	switch x := n.(type) {
	case *ast.ValueSpec:
		if x.Type != nil {
			return x.Values
		}
	case *ast.FuncDecl:
		if x.Name.Name == "Kind" && x.Body != nil && len(x.Body.List) == 1 {
			if back, ok := x.Body.List[0].(*ast.ReturnStmt); ok {
				return back.Results
			}
		}
	}
	return nil
}

// roles are the constants of type Role.
func roles(n ast.Node) []ast.Expr {
	if x, ok := n.(*ast.ValueSpec); ok {
		if named, ok := x.Type.(*ast.Ident); ok && named.Name == "Role" {
			return x.Values
		}
	}
	return nil
}

// actionsOfAudit are the second arguments of event(who, "action", ...) and of childEvent, and
// what is assigned to a variable named action.
func actionsOfAudit(n ast.Node) []ast.Expr {
	switch x := n.(type) {
	case *ast.CallExpr:
		if f, ok := x.Fun.(*ast.Ident); ok && len(x.Args) > 1 && (f.Name == "event" || f.Name == "childEvent") {
			return x.Args[1:2]
		}
	case *ast.AssignStmt:
		for _, left := range x.Lhs {
			if name, ok := left.(*ast.Ident); ok && name.Name == "action" {
				return x.Rhs
			}
		}
	}
	return nil
}

// walkEnums gives every string of every enum.
func walkEnums(x any, add func(string)) {
	switch x := x.(type) {
	case map[string]any:
		if values, ok := x["enum"].([]any); ok {
			for _, v := range values {
				if s, ok := v.(string); ok {
					add(s)
				}
			}
		}
		for _, y := range x {
			walkEnums(y, add)
		}
	case []any:
		for _, y := range x {
			walkEnums(y, add)
		}
	}
}
