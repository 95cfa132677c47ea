package programs

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed *.yaml charts/*.yaml
var files embed.FS

// Embedded holds the definitions that come with Earmark.
func Embedded() fs.FS { return files }

// Problem is one mistake in a definition, where it stands and what would be right.
type Problem struct {
	File   string
	Line   int // 1-based; 0 when the mistake has no place
	Column int
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

// Set holds the programs that can be opened, by code.
type Set struct {
	list   []*Definition
	charts map[string]*Chart
}

// All lists the programs by code.
func (s Set) All() []*Definition { return s.list }

// Program finds a program by code.
func (s Set) Program(code string) (*Definition, bool) {
	for _, d := range s.list {
		if d.Code == code {
			return d, true
		}
	}
	return nil, false
}

// Load reads the definitions that come with Earmark and, when extra is not nil, those of
// another folder with the same layout. The error is Problems: every mistake of every file.
func Load(extra fs.FS) (Set, error) { return Set{}, nil }

// Parse reads one definition, strictly, against the charts that come with Earmark. name
// is the file name in messages. The error is Problems.
func Parse(name string, src []byte) (*Definition, error) {
	return nil, Problems{{File: name, Says: "not yet"}}
}
