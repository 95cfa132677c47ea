package programs

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed *.yaml charts/*.yaml
var files embed.FS

// Embedded holds the definitions and charts that come with Earmark.
func Embedded() fs.FS { return files }

// Problem is one mistake in a definition, where it stands and what would be right.
type Problem struct {
	File   string
	Line   int    // from 1
	Column int    // from 1
	Path   string // formula.steps[2].bands[0].weight
	Says   string
	Fix    string
}

func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Path != "" {
		s += p.Path + ": "
	}
	s += p.Says
	if p.Fix != "" {
		s += " " + p.Fix
	}
	return s
}

// Problems are all mistakes of the files that were read, in order of file and place.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}

// Set holds the programs that can be opened, by code, and the charts they may name.
type Set struct {
	list   []*Definition
	charts map[string]*Chart
}

// All lists the programs by code.
func (s Set) All() []*Definition { return s.list }

// Program finds a program by code.
func (s Set) Program(code string) (*Definition, bool) {
	i, ok := slices.BinarySearchFunc(s.list, code, func(d *Definition, code string) int { return cmp.Compare(d.Code, code) })
	if !ok {
		return nil, false
	}
	return s.list[i], true
}

// Chart finds a chart of accounts by code.
func (s Set) Chart(code string) (*Chart, bool) {
	c, ok := s.charts[code]
	return c, ok
}

// Load reads the definitions that come with Earmark and, when extra is not nil, those of
// another folder with the same layout (*.yaml and charts/*.yaml). A code that is there
// twice is refused. The error is Problems: every mistake of every file.
func Load(extra fs.FS) (Set, error) {
	sources := []fs.FS{files}
	if extra != nil {
		sources = append(sources, extra)
	}
	s := Set{charts: map[string]*Chart{}}
	var wrong Problems
	for _, src := range sources { // all charts first: a definition of one folder may name a chart of the other
		wrong = append(wrong, s.loadCharts(src)...)
	}
	for _, src := range sources {
		wrong = append(wrong, s.loadDefinitions(src)...)
	}
	if wrong != nil {
		return Set{}, wrong
	}
	slices.SortFunc(s.list, func(a, b *Definition) int { return cmp.Compare(a.Code, b.Code) })
	return s, nil
}

func (s *Set) loadCharts(src fs.FS) Problems {
	return eachFile(src, "charts/*.yaml", func(name string, text []byte) Problems {
		c, wrong := parseChart(name, text)
		if wrong != nil {
			return wrong
		}
		if s.charts[c.Code] != nil {
			return Problems{{File: name, Line: 1, Column: 1, Path: "code", Says: fmt.Sprintf("There is already a chart %q.", c.Code)}}
		}
		s.charts[c.Code] = c
		return nil
	})
}

func (s *Set) loadDefinitions(src fs.FS) Problems {
	return eachFile(src, "*.yaml", func(name string, text []byte) Problems {
		d, wrong := parse(name, text, s.charts)
		if wrong != nil {
			return wrong
		}
		if slices.ContainsFunc(s.list, func(x *Definition) bool { return x.Code == d.Code }) {
			return Problems{{File: name, Line: 1, Column: 1, Path: "code", Says: fmt.Sprintf("There is already a program %q.", d.Code), Fix: "Give this one another code."}}
		}
		s.list = append(s.list, d)
		return nil
	})
}

func eachFile(src fs.FS, pattern string, read func(name string, text []byte) Problems) (wrong Problems) {
	names, err := fs.Glob(src, pattern)
	if err != nil {
		return Problems{{File: pattern, Line: 1, Column: 1, Says: err.Error()}}
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".cases.yaml") {
			continue // golden cases of the definition beside them
		}
		text, err := fs.ReadFile(src, name)
		if err != nil {
			wrong = append(wrong, Problem{File: name, Line: 1, Column: 1, Says: err.Error()})
			continue
		}
		wrong = append(wrong, read(path.Base(name), text)...)
	}
	return wrong
}

// Parse reads one definition, strictly, against the charts of the set: for the frozen
// definition of a grant year. name is the file name in messages. The error is Problems.
func (s Set) Parse(name string, src []byte) (*Definition, error) {
	d, wrong := parse(name, src, s.charts)
	if wrong != nil {
		return nil, wrong
	}
	return d, nil
}

// Parse reads one definition, strictly, against the charts that come with Earmark.
func Parse(name string, src []byte) (*Definition, error) {
	charts, err := embeddedCharts()
	if err != nil {
		return nil, err
	}
	return Set{charts: charts}.Parse(name, src)
}

// embeddedCharts reads the charts once: they do not change while the program runs.
var embeddedCharts = sync.OnceValues(func() (map[string]*Chart, error) {
	s := Set{charts: map[string]*Chart{}}
	if wrong := s.loadCharts(files); wrong != nil {
		return nil, wrong
	}
	return s.charts, nil
})

func parse(name string, src []byte, charts map[string]*Chart) (*Definition, Problems) {
	d := &Definition{}
	r := newReader(name, src)
	r.decode(d)
	if r.problems == nil || r.nodes[""] != nil {
		c := checker{reader: r, d: d, charts: charts}
		c.all()
	}
	if r.problems != nil {
		return nil, r.sorted()
	}
	sum := sha256.Sum256(src)
	d.Source, d.Hash, d.chart = string(src), hex.EncodeToString(sum[:]), charts[d.Chart]
	return d, nil
}

// ProblemsOf takes the list of mistakes out of an error of this package.
func ProblemsOf(err error) (p Problems, ok bool) {
	ok = errors.As(err, &p)
	return p, ok
}
