package api_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"earmark/programs"
	"earmark/workflow"
)

var update = flag.Bool("update", false, "write docs/generated/cases.md")

// worlds are what cases of the API begin in, by the name that the case gives.
var worlds = map[string]func(*testing.T) *world{
	"michigan":             givenWorld,
	"michigan application": givenApplication,
	"states":               zoneWorld,
	"memorandum":           memorandumWorld,
	"boston":               givenBoston,
	"memorandum in force":  signedWorld,
	"california":           californiaWorld,
	"competition":          competitionWorld,
	"drawdown":             drawdownWorld,
	"year end":             yearEndWorld,
	"measured agreement":   measuredWorld,
	"36 months":            progressWorld,
	"michigan agreement":   agreementWorld,
	"assigned cohort":      assignedWorld,
}

// TestEveryCase runs the golden cases of all programs: those of evaluate on its file
// format, those of the API over HTTP, and holds the table of cases to what happened.
func TestEveryCase(t *testing.T) {
	set, err := programs.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	table := &caseTable{}
	t.Run("cases", func(t *testing.T) {
		for _, def := range set.All() {
			files, err := programs.CaseFiles(programs.Embedded(), def.Code+".yaml")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				for _, c := range f.Cases {
					row := table.add(def.Code, f.Name, c)
					t.Run(def.Code+"/"+c.Name(), func(t *testing.T) {
						t.Parallel()
						runCase(t, def, c)
						row.passed = !t.Failed()
					})
				}
			}
		}
	})
	table.compare(t)
}

func runCase(t *testing.T, def *programs.Definition, c programs.Case) {
	t.Helper()
	if c.On == "evaluate" {
		for _, says := range workflow.RunCase(def, c) {
			t.Error(says)
		}
		return
	}
	begin, known := worlds[c.Given]
	if !known {
		t.Fatalf("there is no world %q", c.Given)
	}
	w := begin(t)
	for i, s := range c.Steps {
		if !w.step(t, i+1, s) {
			return
		}
	}
}

// step makes one request of a case. What it keeps can be used by later steps.
func (w *world) step(t *testing.T, n int, s programs.CaseStep) bool {
	t.Helper()
	method, path, _ := strings.Cut(s.Do, " ")
	c := call{method: method, path: "/api/v1" + w.filled(path), as: w.tokens[s.As], header: map[string]string{}}
	if s.Of != "" {
		c.header["If-Match"] = w.etag(w.filled(s.Of))
	}
	switch {
	case s.Text != "":
		c.body = w.filled(s.Text)
		c.header["Content-Type"] = "text/csv"
	case s.Body != nil:
		text, err := json.Marshal(s.Body)
		if err != nil {
			t.Fatal(err)
		}
		c.body = w.filled(string(text))
	}
	res, text := w.send(c)
	if res.StatusCode != s.Status {
		t.Errorf("step %d, %s as %q: %d, and should be %d: %.800s", n, s.Do, s.As, res.StatusCode, s.Status, text)
		return false
	}
	for _, code := range s.Codes {
		if !strings.Contains(text, strconv.Quote(code)) {
			t.Errorf("step %d, %s: the answer does not say %s: %.800s", n, s.Do, code, text)
		}
	}
	if s.Expect != nil {
		for _, says := range workflow.Unlike(w.filledIn(t, s.Expect), []byte(text)) {
			t.Errorf("step %d, %s: %s", n, s.Do, says)
		}
	}
	for name, at := range s.Keep {
		if w.ids[name] = found(text, at); w.ids[name] == "" {
			t.Errorf("step %d, %s: the answer has no %s: %.400s", n, s.Do, at, text)
			return false
		}
	}
	return true
}

var keptName = regexp.MustCompile(`\$\{[^}]+\}`)

// filled puts what was kept in the place of ${name}; an amount such as $1.00 stays.
func (w *world) filled(text string) string {
	return keptName.ReplaceAllStringFunc(text, func(name string) string { return w.ids[name[2:len(name)-1]] })
}

// filledIn is filled for an expectation.
func (w *world) filledIn(t *testing.T, expect map[string]any) (out map[string]any) {
	t.Helper()
	text, err := json.Marshal(expect)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(w.filled(string(text))))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// found is the text at a place such as items.0.id.
func found(text, at string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return ""
	}
	for _, key := range strings.Split(at, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(x) {
				return ""
			}
			v = x[i]
		default:
			return ""
		}
	}
	s, _ := v.(string)
	return s
}

// caseTable is docs/generated/cases.md.
type caseTable struct {
	mu   sync.Mutex
	rows []*caseRow
}

type caseRow struct {
	program, file string
	programs.Case
	passed bool
}

func (c *caseTable) add(program, file string, k programs.Case) *caseRow {
	c.mu.Lock()
	defer c.mu.Unlock()
	row := &caseRow{program: program, file: file, Case: k}
	c.rows = append(c.rows, row)
	return row
}

// lastCase is the highest number of each series of acceptance cases.
var lastCase = map[string]int{"A": 36, "B": 10, "C": 10, "D": 20, "E": 73}

func (c *caseTable) compare(t *testing.T) {
	t.Helper()
	const name = "../docs/generated/cases.md"
	want := c.markdown()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(name)
	if err != nil || string(have) != want {
		t.Errorf("%s is not what the cases gave; run make generate", name)
	}
}

func (c *caseTable) markdown() string {
	var b strings.Builder
	b.WriteString("<!-- Written by `make generate`. Do not edit. -->\n\n# Acceptance cases\n\nEvery case runs in the tests, on the surface it names: `evaluate` is the command and its file format " +
		"([evaluate.md](../evaluate.md)), `api` is HTTP.\nCertainty: C certain, R recovered from a damaged source, I our reading where the source is silent, S synthetic figures for a rule that the source states without figures.\n\n")
	missing := c.missing()
	fmt.Fprintf(&b, "%d cases", len(c.rows))
	if len(missing) > 0 {
		fmt.Fprintf(&b, "; no case yet for %s", strings.Join(missing, ", "))
	}
	b.WriteString(".\n\n| case | passed | certainty | where | rule |\n| --- | --- | --- | --- | --- |\n")
	slices.SortStableFunc(c.rows, func(x, y *caseRow) int { return strings.Compare(x.ID, y.ID) })
	for _, r := range c.rows {
		passed := "**no**"
		if r.passed {
			passed = "yes"
		}
		rule := r.Says
		if r.Argued != "" {
			rule += " *Argued:* " + r.Argued
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s, %s | %s |\n", r.Name(), passed, r.Certainty, r.On, r.file, strings.ReplaceAll(strings.TrimSpace(rule), "|", `\|`))
	}
	return b.String()
}

func (c *caseTable) missing() (ids []string) {
	for _, series := range []string{"A", "B", "C", "D", "E"} {
		for n := 1; n <= lastCase[series]; n++ {
			id := fmt.Sprintf("%s-%02d", series, n)
			if !slices.ContainsFunc(c.rows, func(r *caseRow) bool { return r.ID == id }) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
