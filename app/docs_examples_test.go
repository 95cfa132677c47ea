package app

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"earmark/programs"
	"earmark/workflow"
)

// The example of docs/evaluate.md is a file that `earmark evaluate` reads.
func TestTheExampleOfEvaluate(t *testing.T) {
	t.Parallel()
	examples := fenced(t, "../docs/evaluate.md", "json")
	if len(examples) == 0 {
		t.Fatal("the page has no example")
	}
	for i, e := range examples {
		var out strings.Builder
		if err := Evaluate(&out, "mi-21h", strings.NewReader(e.text)); err != nil || !strings.Contains(out.String(), `"amount_cents"`) {
			t.Errorf("example %d: %v\n%s", i+1, err, out.String())
		}
	}
}

// What the file may hold and what comes out stands in the page.
func TestEvaluateIsExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/evaluate.md")
	if err != nil {
		t.Fatal(err)
	}
	in, out, _ := strings.Cut(string(text), "## The output")
	for _, x := range []struct {
		page string
		of   reflect.Type
	}{{in, reflect.TypeFor[workflow.EvaluateInput]()}, {out, reflect.TypeFor[workflow.EvaluateOutput]()}} {
		for i := range x.of.NumField() {
			key, _, _ := strings.Cut(x.of.Field(i).Tag.Get("json"), ",")
			if key != "-" && !regexp.MustCompile("`"+regexp.QuoteMeta(key)+"[`.]").MatchString(x.page) {
				t.Errorf("docs/evaluate.md does not explain %s of %s", key, x.of)
			}
		}
	}
}

// The examples of docs/program-definitions.md hold nothing that a definition may not: put
// into the complete example, all that can be wrong is a name that they do not declare.
func TestTheExamplesOfProgramDefinitions(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile("../docs/examples/new-york-per-pupil.yaml")
	if err != nil {
		t.Fatal(err)
	}
	undeclared := regexp.MustCompile(`There is no (parameter|fact|text fact|record kind|kind of record|determination|due date|number|criterion)|undefined field|undeclared reference|The program has no measures|declares nothing|expression is a dyn`)
	for i, e := range fenced(t, "../docs/program-definitions.md", "yaml") {
		if strings.Contains(e.text, "\nfunctions:") || strings.ContainsRune(" -", rune(e.text[0])) {
			continue // a list of cases and a chart of accounts is a file of its own; a part of an entry stands alone
		}
		_, err := programs.Parse(fmt.Sprintf("example-%d.yaml", i+1), []byte(merged(string(whole), e.text)))
		problems, _ := programs.ProblemsOf(err)
		for _, p := range problems {
			if !undeclared.MatchString(p.Says) && !undeclared.MatchString(p.Fix) {
				t.Errorf("%s: the example after %q: %s", e.heading, strings.SplitN(e.text, "\n", 2)[0], p)
			}
		}
	}
}

type example struct{ heading, text string }

// fenced are the examples of a page; one that begins indented goes on with the one before.
func fenced(t *testing.T, file, language string) []example {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []example
	for _, section := range strings.Split("\n"+string(page), "\n## ") {
		heading, _, _ := strings.Cut(section, "\n")
		for _, part := range strings.Split(section, "```"+language+"\n")[1:] {
			text, _, _ := strings.Cut(part, "```")
			if text[0] == ' ' && len(out) > 0 && !strings.Contains(text, "\n    checks:") {
				out[len(out)-1].text += text
			} else {
				out = append(out, example{heading, text})
			}
		}
	}
	return out
}

var section = regexp.MustCompile(`(?m)^[a-z_]+:`)

// merged replaces sections of a definition by those of an example.
func merged(whole, part string) string {
	cut := func(text string) (keys []string, bodies map[string]string) {
		bodies = map[string]string{}
		at := section.FindAllStringIndex(text, -1)
		for i, x := range at {
			end := len(text)
			if i+1 < len(at) {
				end = at[i+1][0]
			}
			key := text[x[0]:x[1]]
			if bodies[key] == "" {
				keys = append(keys, key)
			}
			bodies[key] = text[x[0]:end]
		}
		return keys, bodies
	}
	keys, bodies := cut(whole)
	more, instead := cut(part)
	for _, k := range more {
		if bodies[k] == "" {
			keys = append(keys, k)
		}
		bodies[k] = instead[k]
	}
	var out strings.Builder
	for _, k := range keys {
		out.WriteString(strings.TrimRight(bodies[k], "\n") + "\n")
	}
	return out.String()
}
