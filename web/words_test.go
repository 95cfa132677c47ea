package web

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var updateWords = flag.Bool("update", false, "write words/en.txt anew")

// texts are the English texts of the pages: first arguments of t and done, both numbers of
// plural, navigation and failures; and the words of every state, step, kind and code.
func texts(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	for _, f := range failures {
		found[f.title], found[f.do] = true, true
	}
	for _, e := range entries {
		found[e.group], found[e.text] = true, true
	}
	templates, err := filepath.Glob("templates/*.html")
	noProblem(t, err)
	partials, err := filepath.Glob("templates/partials/*.html")
	noProblem(t, err)
	for _, name := range slices.Concat(templates, partials) {
		src, err := os.ReadFile(name)
		noProblem(t, err)
		for _, m := range inTemplates.FindAllStringSubmatch(string(src), -1) {
			for _, quoted := range m[1:] {
				if text, err := strconv.Unquote(quoted); err == nil {
					found[text] = true
				}
			}
		}
	}
	files, err := filepath.Glob("*.go")
	noProblem(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		noProblem(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				for _, text := range textsOf(call) {
					found[text] = true
				}
			}
			return true
		})
	}
	for _, text := range codeTexts(t) {
		found[text] = true
	}
	delete(found, "")
	var all []string
	for text := range found {
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// inTemplates finds {{t "…"}}, (t "…") and {{n count "…" "…"}}.
var inTemplates = regexp.MustCompile(`(?:\{\{-?|\(|\s)(?:t|n\s+(?:\([^)]*\)|\S+))\s+("(?:[^"\\]|\\.)*")(?:\s+("(?:[^"\\]|\\.)*"))?`)

// textsOf are the texts in a call.
func textsOf(call *ast.CallExpr) []string {
	var name string
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	at := map[string][]int{"t": {0}, "done": {1}, "say": {1}, "plural": {2, 3}}[name]
	var out []string
	for _, i := range at {
		if i < len(call.Args) {
			if literal, ok := call.Args[i].(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

func noProblem(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestWords keeps the catalogue of texts complete: go test ./web -run TestWords -update
// writes words/en.txt, and every text in it needs its Spanish in words/es.yaml.
func TestWords(t *testing.T) {
	all := texts(t)
	now := strings.Join(all, "\n") + "\n"
	if *updateWords {
		noProblem(t, os.WriteFile("words/en.txt", []byte(now), 0o600))
	}
	kept, err := os.ReadFile("words/en.txt")
	noProblem(t, err)
	if string(kept) != now {
		t.Error("words/en.txt is not what the pages say; write it with -update")
	}
	for lang, words := range translations {
		for _, text := range all {
			if _, found := words[text]; !found {
				t.Errorf("words/%s.yaml has no %q; add it", lang, text)
			}
		}
		for text := range words {
			if _, used := slices.BinarySearch(all, text); !used {
				t.Errorf("words/%s.yaml has %q, which no page says any more; take it out", lang, text)
			}
		}
	}
}

// TestTranslationsTakeTheSameArguments: a text with another order or kind of arguments would
// print nonsense.
func TestTranslationsTakeTheSameArguments(t *testing.T) {
	t.Parallel()
	for lang, words := range translations {
		for text, translated := range words {
			if a, b := verbs(text), verbs(translated); !slices.Equal(a, b) {
				t.Errorf("%s: %q takes %v, %q takes %v", lang, text, a, translated, b)
			}
			if translated == "" {
				t.Errorf("%s: %q is translated with nothing", lang, text)
			}
		}
	}
}

var formatVerb = regexp.MustCompile(`%(?:\[(\d+)\])?([sdqv])`)

// verbs are the kinds of the arguments in their order, whatever order the text uses them in.
func verbs(text string) []string {
	var kinds []string
	next := 0
	for _, m := range formatVerb.FindAllStringSubmatch(strings.ReplaceAll(text, "%%", ""), -1) {
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
			next--
		}
		for len(kinds) <= next {
			kinds = append(kinds, "")
		}
		kinds[next] = m[2]
		next++
	}
	return kinds
}
