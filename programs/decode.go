package programs

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// A definition is text that people write, not a document of megabytes; the limits keep a
// hostile file from being expensive.
const (
	maxFileBytes = 512 << 10
	maxNesting   = 40
	maxProblems  = 200 // of one file: after so many it is another kind of file
)

// reader decodes one YAML file strictly into tagged structs. It remembers where every
// value stands, so that later checks can point at it, and never stops at the first mistake.
type reader struct {
	file     string
	src      []byte
	lines    []string
	nodes    map[string]ast.Node // by path
	problems Problems
}

func newReader(file string, src []byte) *reader {
	return &reader{file: file, src: src, lines: strings.Split(string(src), "\n"), nodes: map[string]ast.Node{}}
}

// decode fills v, a pointer to a struct, from the file.
func (r *reader) decode(v any) {
	if len(r.src) > maxFileBytes {
		r.report(1, 1, "", fmt.Sprintf("The file has more than %d bytes.", maxFileBytes), "")
		return
	}
	file, ok := r.parse()
	if !ok {
		return
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		r.report(1, 1, "", fmt.Sprintf("The file has %d documents.", len(file.Docs)), "Write exactly one.")
		return
	}
	r.nodes[""] = file.Docs[0].Body
	r.value("", file.Docs[0].Body, reflect.ValueOf(v).Elem(), 0)
}

// parse turns the parser's failures, panics included, into a problem with a place.
func (r *reader) parse() (file *ast.File, ok bool) {
	defer func() {
		if p := recover(); p != nil {
			r.report(1, 1, "", "The file is not YAML that can be read.", "")
			ok = false
		}
	}()
	if depth := flowNesting(r.src); depth > maxNesting {
		r.report(1, 1, "", "Brackets are nested too deeply.", "")
		return nil, false
	}
	file, err := parser.ParseBytes(r.src, 0, parser.AllowDuplicateMapKey())
	if err == nil {
		return file, true
	}
	line, column, says := 1, 1, err.Error()
	if e, known := err.(interface {
		GetToken() *token.Token
		GetMessage() string
	}); known {
		says = e.GetMessage()
		if t := e.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
	}
	fix := "Check the indentation: keys of one entry begin in the same column, entries of a list with a dash and a blank. Text with a colon or a quote stands in quotes."
	if strings.Contains(says, "'\t'") {
		says, fix = "a tab stands where blanks belong", "Indent with blanks."
	}
	r.report(line, column, "", "The file is not YAML: "+says+".", fix)
	return nil, false
}

func flowNesting(src []byte) (deepest int) {
	depth := 0
	for _, c := range src {
		switch c {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	return deepest
}

func (r *reader) value(path string, n ast.Node, v reflect.Value, depth int) {
	r.nodes[path] = n
	if depth > maxNesting {
		r.at(path, "This is nested too deeply.", "")
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.value(path, n, v.Elem(), depth)
	case reflect.Struct:
		r.fields(path, n, v, depth)
	case reflect.Slice:
		r.list(path, n, v, depth)
	default:
		r.scalar(path, n, v)
	}
}

func (r *reader) fields(path string, n ast.Node, v reflect.Value, depth int) {
	pairs, ok := mapping(n)
	if !ok {
		r.at(path, "Here belong keys with values, found "+kindOf(n)+".", "Known keys: "+strings.Join(keysOf(v.Type()), ", ")+".")
		return
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		child := join(path, key)
		if len(r.problems) >= maxProblems {
			return
		}
		i := fieldOf(v.Type(), key)
		switch {
		case i < 0:
			fix := suggest(key, keysOf(v.Type()))
			if _, empty := pair.Value.(*ast.NullNode); empty && strings.ContainsAny(key, " .") {
				fix = "A comma inside braces begins another key: put text with a comma in quotes."
			}
			r.atNode(pair.Key, child, fmt.Sprintf("There is no key %q here.", key), fix)
		case seen[key]:
			r.atNode(pair.Key, child, fmt.Sprintf("The key %q stands here twice.", key), "Keep one.")
		default:
			r.value(child, pair.Value, v.Field(i), depth+1)
		}
		seen[key] = true
	}
}

func (r *reader) list(path string, n ast.Node, v reflect.Value, depth int) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		r.at(path, "Here belongs a list, found "+kindOf(n)+".", "Start each entry with a dash.")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
	for i, item := range seq.Values {
		r.value(fmt.Sprintf("%s[%d]", path, i), item, v.Index(i), depth+1)
	}
}

// scalar takes the text as written: "0.10" stays "0.10" and no number becomes a float.
func (r *reader) scalar(path string, n ast.Node, v reflect.Value) {
	text, ok := scalarText(n)
	if !ok {
		r.at(path, "Here belongs one value, found "+kindOf(n)+".", "Write it behind the colon; text with a colon or brackets stands in quotes.")
		return
	}
	_, quoted := n.(*ast.StringNode)
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" || quoted {
			r.at(path, fmt.Sprintf("%q is neither true nor false.", text), "Write true or false, without quotes.")
			return
		}
		v.SetBool(text == "true")
	default:
		x, err := strconv.ParseInt(text, 10, 64)
		if err != nil || quoted || v.OverflowInt(x) {
			r.at(path, fmt.Sprintf("%q is not a whole number.", text), "Write digits only, without quotes, separators or decimals.")
			return
		}
		v.SetInt(x)
	}
}

func scalarText(n ast.Node) (string, bool) {
	switch x := n.(type) {
	case *ast.StringNode:
		return x.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(x.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func mapping(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch x := n.(type) {
	case *ast.MappingNode:
		return x.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{x}, true
	}
	return nil, false
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "a YAML anchor, alias or tag"
	}
	if text, ok := scalarText(n); ok {
		return fmt.Sprintf("%q", text)
	}
	return "something else"
}

func fieldOf(t reflect.Type, key string) int {
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag == key && tag != "-" && tag != "" {
			return i
		}
	}
	return -1
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag != "-" && tag != "" {
			keys = append(keys, tag)
		}
	}
	return keys
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// at reports a mistake at a path, or at the nearest enclosing value that was written.
func (r *reader) at(path, says, fix string) {
	n, place := r.nodes[path], path
	for n == nil && place != "" {
		place = place[:max(strings.LastIndexAny(place, ".["), 0)]
		n = r.nodes[place]
	}
	r.atNode(n, path, says, fix)
}

func (r *reader) atNode(n ast.Node, path, says, fix string) {
	line, column := placeOf(n)
	r.report(line, column, path, says, fix)
}

func (r *reader) report(line, column int, path, says, fix string) {
	line, column = min(max(line, 1), len(r.lines)), max(column, 1) // the parser counts some line ends otherwise
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Column: column, Path: path, Says: says, Fix: fix})
}

// placeOf is where a value starts: for a mapping, its first key.
func placeOf(n ast.Node) (line, column int) {
	if pairs, ok := mapping(n); ok && len(pairs) > 0 {
		n = pairs[0].Key
	}
	if n == nil || reflect.ValueOf(n).IsNil() {
		return 1, 1
	}
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return 1, 1
	}
	return t.Position.Line, t.Position.Column
}

// inside is the place of a character of a text value: an error in an expression points
// at the character in the file. It walks text and source together, because quoting and
// folding make them differ.
func (r *reader) inside(path string, offset int) (line, column int) {
	n := r.nodes[path]
	line, column = placeOf(n)
	text, ok := scalarText(n)
	if !ok || line > len(r.lines) {
		return line, column
	}
	at := cursor{lines: r.lines, line: line - 1, column: column - 1}
	if _, block := n.(*ast.LiteralNode); block {
		at.nextLine()
	} else if c, ok := at.char(); ok && (c == '"' || c == '\'') {
		at.column++
	}
	for i, c := range []rune(text) {
		at.seek(c)
		if i >= offset {
			break
		}
		at.column++
	}
	return at.line + 1, at.column + 1
}

// cursor is a place in the source while inside walks it.
type cursor struct {
	lines        []string
	line, column int
}

func (c *cursor) char() (rune, bool) {
	row := []rune(c.lines[c.line])
	if c.column >= len(row) {
		return 0, false
	}
	return row[c.column], true
}

func (c *cursor) nextLine() bool {
	if c.line+1 >= len(c.lines) {
		return false
	}
	c.line, c.column = c.line+1, 0
	for x, ok := c.char(); ok && x == ' '; x, ok = c.char() {
		c.column++
	}
	return true
}

// seek moves to the next place that holds want; white space matches any white space.
func (c *cursor) seek(want rune) {
	for {
		x, ok := c.char()
		switch {
		case ok && (x == want || want == '\n'):
			return
		case !ok && (want == ' ' || want == '\n'):
			return
		case !ok:
			if !c.nextLine() {
				return
			}
		default:
			c.column++
		}
	}
}

func (r *reader) sorted() Problems {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.problems
}
