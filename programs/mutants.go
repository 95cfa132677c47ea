package programs

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Mutant is a definition with one value or operator changed, to see whether a golden case
// notices: a rule that no case holds can be changed by mistake.
type Mutant struct {
	Line, Column int    // from 1
	Path         string // formula.steps[2].bands[0].weight
	Change       string // "35.33" to "36.33"
	Definition   *Definition
}

// prose are keys whose text is for people: no case can hold it.
var prose = []string{"code", "version", "title", "says", "means", "help", "fix", "cite", "citation", "url", "related", "note", "notes", "source", "basis", "name",
	"reference_prefix", "subject_prefix", "remind", "remind_every_days", "worsens_by", "max_length", "group", "administrator", "criterion", "not_collected"}

// edit is one way to change a piece of text.
type edit struct {
	find *regexp.Regexp // its first group is what is changed
	to   func(was string) string
}

var edits = []edit{
	{regexp.MustCompile(`(?:^|[^\pL\pN_])(\d+)`), func(was string) string {
		n, err := strconv.ParseUint(was, 10, 62)
		if err != nil {
			return was
		}
		return fmt.Sprintf("%0*d", len(was), n+1) // 09-30 becomes 10-30, not 9-30
	}},
	{regexp.MustCompile(` (>=|<=|>|<|==|!=|&&|\|\|) `), func(was string) string {
		return map[string]string{">=": ">", "<=": "<", ">": ">=", "<": "<=", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}[was]
	}},
	{regexp.MustCompile(`^(true|false)$`), func(was string) string {
		return map[string]string{"true": "false", "false": "true"}[was]
	}},
}

// Mutants changes every number by one, every comparison by its boundary, every "and" to
// "or" and every yes to no, one at a time, in the order of the file. Those that cannot be
// opened any more are left out: the check notices them.
func (s Set) Mutants(name string, src []byte) []Mutant {
	r := newReader(name, src)
	r.decode(&Definition{})
	var out []Mutant
	for path, n := range r.nodes {
		key := path[strings.LastIndex(path, ".")+1:]
		key, _, _ = strings.Cut(key, "[")
		text, ok := scalarText(n)
		if !ok || slices.Contains(prose, key) {
			continue
		}
		for _, e := range edits {
			for _, at := range e.find.FindAllStringSubmatchIndex(text, -1) {
				was := text[at[2]:at[3]]
				line, column := r.inside(path, utf8.RuneCountInString(text[:at[2]]))
				if m, ok := s.mutant(r, line, column, was, e.to(was)); ok {
					m.Path = path
					out = append(out, m)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Mutant) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	return out
}

func (s Set) mutant(r *reader, line, column int, was, is string) (Mutant, bool) {
	row := []rune(r.lines[line-1])
	from := column - 1
	if from+len(was) > len(row) || string(row[from:from+len(was)]) != was || was == is {
		return Mutant{}, false
	}
	lines := slices.Clone(r.lines)
	lines[line-1] = string(row[:from]) + is + string(row[from+len(was):])
	d, wrong := parse(r.file, []byte(strings.Join(lines, "\n")), s.charts)
	return Mutant{Line: line, Column: column, Change: fmt.Sprintf("%q to %q", was, is), Definition: d}, wrong == nil
}
