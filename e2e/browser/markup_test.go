package browser

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// node is an element of a page.
type node struct{ *html.Node }

// attr is an attribute's value, "" when it is not there.
func (n node) attr(name string) string {
	v, _ := n.lookup(name)
	return v
}

func (n node) lookup(name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func (n node) has(name string) bool { _, found := n.lookup(name); return found }

// text is what stands in an element, with single spaces.
func (n node) text() string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(c *html.Node) {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case c.Type == html.ElementNode && (c.Data == "script" || c.Data == "style" || c.Data == "svg"):
		default:
			for d := c.FirstChild; d != nil; d = d.NextSibling {
				walk(d)
			}
			b.WriteString(" ")
		}
	}
	walk(n.Node)
	return strings.Join(strings.Fields(b.String()), " ")
}

// all finds elements by a selector: tags, .classes, #ids, [attributes] (=, ^=, *=, $=),
// spaces for "inside of" and commas for "or". That is all that tests need of CSS.
func (n node) all(selector string) []node {
	var found []node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && slices.ContainsFunc(strings.Split(selector, ","), func(s string) bool { return fits(d, parts(s), n.Node) }) {
			found = append(found, node{d})
		}
	}
	return found
}

// first is the first element that a selector finds; Node is nil when there is none.
func (n node) first(selector string) node {
	if found := n.all(selector); len(found) > 0 {
		return found[0]
	}
	return node{}
}

var partsForm = regexp.MustCompile(`(?:[^\s\[]|\[[^\]]*\])+`)

func parts(selector string) []string { return partsForm.FindAllString(selector, -1) }

// fits reports whether the last part fits the element and the others fit elements around
// it, in their order.
func fits(d *html.Node, parts []string, root *html.Node) bool {
	if len(parts) == 0 || !fitsOne(d, parts[len(parts)-1]) {
		return false
	}
	rest := parts[:len(parts)-1]
	if len(rest) == 0 {
		return true
	}
	for up := d.Parent; up != nil; up = up.Parent {
		if up.Type == html.ElementNode && fits(up, rest, root) {
			return true
		}
		if up == root {
			break
		}
	}
	return false
}

var simpleForm = regexp.MustCompile(`^[a-z][a-z0-9]*|[.#][A-Za-z0-9_-]+|\[[^\]]+\]`)

func fitsOne(d *html.Node, part string) bool {
	n := node{d}
	for _, s := range simpleForm.FindAllString(part, -1) {
		var ok bool
		switch s[0] {
		case '.':
			ok = slices.Contains(strings.Fields(n.attr("class")), s[1:])
		case '#':
			ok = n.attr("id") == s[1:]
		case '[':
			ok = fitsAttribute(n, s[1:len(s)-1])
		default:
			ok = d.Data == s
		}
		if !ok {
			return false
		}
	}
	return true
}

func fitsAttribute(n node, test string) bool {
	name, want, valued := strings.Cut(test, "=")
	want = strings.Trim(want, `"'`)
	how := ""
	if valued && strings.ContainsAny(name[len(name)-1:], "^*$") {
		how, name = name[len(name)-1:], name[:len(name)-1]
	}
	got, found := n.lookup(name)
	switch {
	case !found || !valued:
		return found
	case how == "^":
		return strings.HasPrefix(got, want)
	case how == "*":
		return strings.Contains(got, want)
	case how == "$":
		return strings.HasSuffix(got, want)
	}
	return got == want
}

func TestSelectors(t *testing.T) {
	t.Parallel()
	doc, err := html.Parse(strings.NewReader(`<main id="m"><p class="a b">One <b>two</b></p><div><a href="/x/1?y">X</a></div><input name="f.0.g" disabled></main><p class="a">Out</p>`))
	if err != nil {
		t.Fatal(err)
	}
	for selector, want := range map[string]int{"p": 2, "main p": 1, ".a": 2, ".a.b": 1, "p.b b": 1, "#m a[href^=/x/]": 1, "a[href$=y],b": 2, "[disabled]": 1, `input[name="f.0.g"]`: 1, "a[href*=q]": 0, "div main": 0, "main div a": 1} {
		if got := len(node{doc}.all(selector)); got != want {
			t.Errorf("%q finds %d, not %d", selector, got, want)
		}
	}
	if got := (node{doc}).first("p").text(); got != "One two" {
		t.Errorf("%q", got)
	}
}
