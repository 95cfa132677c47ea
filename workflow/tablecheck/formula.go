package tablecheck

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// comparisons that a formula may state between its two sides.
var comparisons = []string{"<=", ">=", "<>", "=", "<", ">"}

// maxFormula is the longest formula, in bytes; maxDepth how deep brackets may nest;
// maxProducts how many times it may multiply or divide.
const (
	maxFormula  = 1000
	maxDepth    = 20
	maxProducts = 20 // each makes numbers longer
)

// names finds what a word of a formula refers to: a line, a column, an item.
type names interface {
	find(name string) (int, bool)
	span(first, last string) ([]int, bool) // both ends included, in order
}

// node is an expression: a number, a reference, a sum of references, or an operation.
type node struct {
	op   byte // 'n' number, 'r' reference, 's' sum of references, or + - * / and 'm' for minus
	num  *big.Rat
	refs []int
	l, r *node
}

// statement is a compared pair of expressions.
type statement struct {
	left, right *node
	op          string
}

// parser reads "13 = 9 + 10 + 11..12" by recursive descent.
type parser struct {
	text  string
	at    int
	names names
	depth int

	products int
}

func parseStatement(text string, n names) (statement, error) {
	var s statement
	if len(text) > maxFormula {
		return s, fmt.Errorf("the formula has more than %d characters", maxFormula)
	}
	p := &parser{text: text, names: n}
	var err error
	if s.left, err = p.sum(); err != nil {
		return s, err
	}
	p.space()
	for _, op := range comparisons {
		if strings.HasPrefix(p.text[p.at:], op) {
			s.op = op
			p.at += len(op)
			break
		}
	}
	if s.op == "" {
		return s, fmt.Errorf("after %q belongs one of %s", strings.TrimSpace(p.text[:p.at]), strings.Join(comparisons, " "))
	}
	if s.right, err = p.sum(); err != nil {
		return s, err
	}
	if p.space(); p.at < len(p.text) {
		return s, fmt.Errorf("%q cannot be read", p.text[p.at:])
	}
	return s, nil
}

func (p *parser) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
}

func (p *parser) peek() byte {
	if p.space(); p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) sum() (*node, error) { return p.operation("+-", p.product) }

func (p *parser) product() (*node, error) { return p.operation("*/", p.factor) }

func (p *parser) operation(ops string, next func() (*node, error)) (*node, error) {
	left, err := next()
	if err != nil {
		return nil, err
	}
	for c := p.peek(); c != 0 && strings.IndexByte(ops, c) >= 0; c = p.peek() {
		p.at++
		if c == '*' || c == '/' {
			if p.products++; p.products > maxProducts {
				return nil, fmt.Errorf("the formula multiplies and divides more than %d times", maxProducts)
			}
		}
		right, err := next()
		if err != nil {
			return nil, err
		}
		left = &node{op: c, l: left, r: right}
	}
	return left, nil
}

func (p *parser) factor() (*node, error) {
	switch c := p.peek(); c {
	case '(', '-':
		if p.depth++; p.depth > maxDepth {
			return nil, fmt.Errorf("the formula nests more than %d brackets", maxDepth)
		}
		defer func() { p.depth-- }()
		p.at++
		if c == '-' {
			x, err := p.factor()
			return &node{op: 'm', l: x}, err
		}
		x, err := p.sum()
		if err != nil {
			return nil, err
		}
		if p.peek() != ')' {
			return nil, fmt.Errorf("a bracket is not closed")
		}
		p.at++
		return x, nil
	}
	first, quoted, err := p.word()
	if err != nil {
		return nil, err
	}
	if p.peek(); strings.HasPrefix(p.text[p.at:], "..") {
		p.at += 2
		last, _, err := p.word()
		if err != nil {
			return nil, err
		}
		refs, ok := p.names.span(first, last)
		if !ok {
			return nil, fmt.Errorf("there is nothing from %q to %q", first, last)
		}
		return &node{op: 's', refs: refs}, nil
	}
	if i, ok := p.names.find(first); ok {
		return &node{op: 'r', refs: []int{i}}, nil
	}
	if n := ParseNumber(first); n.State == Readable && !quoted {
		return &node{op: 'n', num: n.Value}, nil
	}
	return nil, fmt.Errorf("there is no %q", first)
}

// word is a name, a number, or a name in square brackets: [2011/12], [C(3)(i)].
func (p *parser) word() (word string, quoted bool, err error) {
	if p.peek() == '[' {
		end := strings.IndexByte(p.text[p.at:], ']')
		if end < 0 {
			return "", false, fmt.Errorf("a square bracket is not closed")
		}
		word = p.text[p.at+1 : p.at+end]
		p.at += end + 1
		return word, true, nil
	}
	from := p.at
	for p.at < len(p.text) && !strings.HasPrefix(p.text[p.at:], "..") {
		c, size := utf8.DecodeRuneInString(p.text[p.at:])
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("_.,%$", c) {
			break
		}
		p.at += size
	}
	if from == p.at {
		return "", false, fmt.Errorf("here belongs a name or a number, found %q", p.text[p.at:])
	}
	return p.text[from:p.at], false, nil
}

// each calls fn for every reference.
func (n *node) each(fn func(int)) {
	if n == nil {
		return
	}
	for _, r := range n.refs {
		fn(r)
	}
	n.l.each(fn)
	n.r.each(fn)
}

// eval computes the expression; value gives what stands behind a reference (nil: nothing,
// counts as 0). It is nil when something is divided by 0.
func (n *node) eval(value func(int) *big.Rat) *big.Rat {
	switch n.op {
	case 'n':
		return n.num
	case 'r', 's':
		total := new(big.Rat)
		for _, r := range n.refs {
			if v := value(r); v != nil {
				total.Add(total, v)
			}
		}
		return total
	case 'm':
		x := n.l.eval(value)
		if x == nil {
			return nil
		}
		return new(big.Rat).Neg(x)
	}
	l, r := n.l.eval(value), n.r.eval(value)
	if l == nil || r == nil || n.op == '/' && r.Sign() == 0 {
		return nil
	}
	out := new(big.Rat)
	switch n.op {
	case '+':
		return out.Add(l, r)
	case '-':
		return out.Sub(l, r)
	case '*':
		return out.Mul(l, r)
	}
	return out.Quo(l, r)
}

// closing is what the reference would have to be for the expression to be want, when
// the expression is linear in it.
func (n *node) closing(ref int, want *big.Rat, value func(int) *big.Rat) *big.Rat {
	at := func(x int64) *big.Rat {
		return n.eval(func(i int) *big.Rat {
			if i == ref {
				return new(big.Rat).SetInt64(x)
			}
			return value(i)
		})
	}
	f0, f1, f2 := at(0), at(1), at(2)
	if f0 == nil || f1 == nil || f2 == nil {
		return nil
	}
	slope := new(big.Rat).Sub(f1, f0)
	if slope.Sign() == 0 || new(big.Rat).Sub(f2, f1).Cmp(slope) != 0 {
		return nil
	}
	return slope.Quo(new(big.Rat).Sub(want, f0), slope)
}

func holds(left *big.Rat, op string, right *big.Rat) bool {
	c := left.Cmp(right)
	switch op {
	case "=":
		return c == 0
	case "<>":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

// inOrder finds names by their place in a list.
type inOrder struct {
	list []string
	at   map[string]int
}

func ordered(list []string) inOrder {
	o := inOrder{list, make(map[string]int, len(list))}
	for i, n := range list {
		if _, twice := o.at[n]; !twice {
			o.at[n] = i
		}
	}
	return o
}

func (o inOrder) find(name string) (int, bool) {
	i, ok := o.at[name]
	return i, ok
}

func (o inOrder) span(first, last string) ([]int, bool) {
	a, ok := o.at[first]
	b, found := o.at[last]
	if !ok || !found || b < a {
		return nil, false
	}
	out := make([]int, 0, b-a+1)
	for i := a; i <= b; i++ {
		out = append(out, i)
	}
	return out, true
}

// nothing knows no name: arithmetic with numbers only.
type nothing struct{}

func (nothing) find(string) (int, bool)           { return 0, false }
func (nothing) span(string, string) ([]int, bool) { return nil, false }

func decimalsOf(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= 12
}
