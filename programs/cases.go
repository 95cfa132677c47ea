package programs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Case is one golden case of a program: what goes in, and what has to come out. Cases
// stand in data files beside the definition: mi-21h.cases.yaml, and mi-21h.*.cases.yaml
// when one file would be too long.
type Case struct {
	ID        string         `yaml:"id"`        // A-01; several cases may share one
	Variant   string         `yaml:"variant"`   // what tells them apart
	Says      string         `yaml:"says"`      // the rule in one sentence
	Certainty string         `yaml:"certainty"` // C certain, R recovered from a damaged source, I our reading, S synthetic figures
	Cite      string         `yaml:"cite"`
	Argued    string         `yaml:"argued"`  // why we expect something else than the source says; the case is kept
	On        string         `yaml:"on"`      // evaluate (default), api
	Input     map[string]any `yaml:"input"`   // of evaluate: docs/evaluate.md
	Expect    map[string]any `yaml:"expect"`  // part of the output; lists are compared whole
	Refused   []string       `yaml:"refused"` // codes of the error and its fields, and places
	Given     string         `yaml:"given"`   // of api: the world that the steps begin in
	Steps     []CaseStep     `yaml:"steps"`
}

// CaseStep is one request of a case on the API, and what its answer must be.
type CaseStep struct {
	As     string            `yaml:"as"`     // a person of the given world; "" is nobody
	Do     string            `yaml:"do"`     // POST /commitments; ${name} stands for something kept
	Of     string            `yaml:"of"`     // the document whose version is sent: /commitments/${x}
	Body   map[string]any    `yaml:"body"`   // JSON
	Text   string            `yaml:"text"`   // instead of Body: a file
	Status int               `yaml:"status"` // of the answer
	Codes  []string          `yaml:"codes"`  // of the problem and its fields, all of them present
	Expect map[string]any    `yaml:"expect"` // part of the answer
	Keep   map[string]string `yaml:"keep"`   // name -> place in the answer: id, items.0.id
}

// Name is the case with what tells it from others of its ID.
func (c Case) Name() string {
	if c.Variant == "" {
		return c.ID
	}
	return c.ID + " " + c.Variant
}

// CaseFile is one file of cases.
type CaseFile struct {
	Name  string
	Cases []Case
}

// CaseFiles reads the cases that stand beside a definition file. name is its path in the
// file system. No cases is no error.
func CaseFiles(src fs.FS, name string) ([]CaseFile, error) {
	stem := strings.TrimSuffix(name, path.Ext(name))
	var out []CaseFile
	for _, pattern := range []string{stem + ".cases.yaml", stem + ".*.cases.yaml"} {
		names, err := fs.Glob(src, pattern)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			text, err := fs.ReadFile(src, n)
			if err != nil {
				return nil, err
			}
			cases, err := ReadCases(path.Base(n), text)
			if err != nil {
				return nil, err
			}
			out = append(out, CaseFile{path.Base(n), cases})
		}
	}
	return out, nil
}

// ReadCases reads one file of cases, strictly.
func ReadCases(name string, text []byte) ([]Case, error) {
	var cases []Case
	if err := yaml.UnmarshalWithOptions(text, &cases, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, true))
	}
	var wrong []error
	seen := map[string]bool{}
	for i := range cases {
		c := &cases[i]
		if c.On == "" {
			c.On = "evaluate"
		}
		for _, says := range c.faults() {
			wrong = append(wrong, fmt.Errorf("%s: case %d, %q: %s", name, i+1, c.Name(), says))
		}
		if seen[c.Name()] {
			wrong = append(wrong, fmt.Errorf("%s: case %d, %q stands there twice; give each a variant", name, i+1, c.Name()))
		}
		seen[c.Name()] = true
	}
	return cases, errors.Join(wrong...)
}

func (c *Case) faults() (says []string) {
	if c.ID == "" || c.Says == "" {
		says = append(says, "id and says are missing")
	}
	if !slices.Contains([]string{"C", "R", "I", "S"}, c.Certainty) {
		says = append(says, fmt.Sprintf("the certainty %q is not C, R, I or S", c.Certainty))
	}
	switch c.On {
	case "evaluate":
		if c.Input == nil || len(c.Expect) == 0 && len(c.Refused) == 0 || c.Steps != nil {
			says = append(says, "a case of evaluate has input, and expect or refused")
		}
	case "api":
		if len(c.Steps) == 0 || c.Input != nil {
			says = append(says, "a case of the api has steps")
		}
		for _, s := range c.Steps {
			if s.Status == 0 || s.Do == "" {
				says = append(says, "a step has do and status")
			}
		}
	default:
		says = append(says, fmt.Sprintf("on is evaluate or api, not %q", c.On))
	}
	return says
}
