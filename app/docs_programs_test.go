package app

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"earmark/programs"
	"earmark/workflow/approval"
)

// A policy analyst writes a program from the manual alone: every key of a definition is
// explained under the heading that the manual's table of sections names for it.
func TestEveryKeyOfADefinitionIsExplained(t *testing.T) {
	t.Parallel()
	m := readManual(t)
	d := reflect.TypeFor[programs.Definition]()
	for i := range d.NumField() {
		key := keyOf(d.Field(i))
		if key == "" {
			continue
		}
		heading := m.headingOf[key]
		if m.sections[heading] == "" {
			t.Errorf("the table of sections does not say where %s is explained", key)
			continue
		}
		m.explains(t, heading, key, key)
		m.walk(t, heading, key, d.Field(i).Type, map[reflect.Type]bool{})
	}
}

// What conditions can ask of a line, of an application and of a chart stands there too.
func TestEveryFieldOfAConditionIsExplained(t *testing.T) {
	t.Parallel()
	m := readManual(t)
	const heading = "Line items and their checks"
	for _, of := range []reflect.Type{reflect.TypeFor[programs.LineView](), reflect.TypeFor[programs.CostView](), reflect.TypeFor[programs.GateView]()} {
		for i := range of.NumField() {
			m.explains(t, heading, of.Name(), of.Field(i).Tag.Get("json"))
		}
	}
	m.walk(t, heading, "chart of accounts", reflect.TypeFor[programs.Chart](), map[reflect.Type]bool{})
}

// manual is docs/program-definitions.md by heading.
type manual struct {
	sections  map[string]string
	headingOf map[string]string // by section of a definition
}

func readManual(t *testing.T) manual {
	t.Helper()
	text, err := os.ReadFile("../docs/program-definitions.md")
	if err != nil {
		t.Fatal(err)
	}
	m := manual{map[string]string{}, map[string]string{}}
	for _, part := range strings.Split("\n"+string(text), "\n## ")[1:] {
		heading, body, _ := strings.Cut(part, "\n")
		m.sections[heading] = body
	}
	row := regexp.MustCompile(`(?m)^\| \[([^]]+)\]\(#[^)]+\) \| ([^|]+) \|`)
	for _, found := range row.FindAllStringSubmatch(m.sections["The sections"], -1) {
		for _, key := range strings.Split(found[2], ", ") {
			m.headingOf[strings.Trim(key, "` ")] = found[1]
		}
	}
	return m
}

func (m manual) walk(t *testing.T, heading, path string, of reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || seen[of] {
		return
	}
	seen[of] = true
	if of == reflect.TypeFor[approval.Chain]() {
		heading = "Approval chains" // one form, wherever a chain stands
	}
	for i := range of.NumField() {
		key := keyOf(of.Field(i))
		if key == "" {
			continue
		}
		m.explains(t, heading, path+"."+key, key)
		m.walk(t, heading, path+"."+key, of.Field(i).Type, seen)
	}
}

// explains asks for the key in code (`key`, `steps[].key`) or in an example (key:).
func (m manual) explains(t *testing.T, heading, path, key string) {
	t.Helper()
	word := regexp.QuoteMeta(key)
	if !regexp.MustCompile("`(?:[a-z_]+(?:\\[\\])?\\.)*" + word + "[`:]|(?m:^|[ {])" + word + ":").MatchString(m.sections[heading]) {
		t.Errorf("docs/program-definitions.md does not explain %s (of %s) under %q", key, path, heading)
	}
}
