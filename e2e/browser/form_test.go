package browser

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// form is a form of a page as somebody fills it in. It refuses what a browser would not let
// anybody do: fields that are not there, choices that are not offered, sending what is
// required and empty.
type form struct {
	node
	p      *page
	values url.Values
	files  []upload
	button node
}

type upload struct {
	field, name, kind string
	content           []byte
}

// form finds a form by its action or by the text of a button in it, and takes that button
// for the one that is pressed.
func (p *page) form(which string) *form {
	p.v.t.Helper()
	for _, f := range p.all("form") {
		for _, b := range f.all("button, input[type=submit]") {
			if label := b.text(); b.attr("type") != "button" && (label == which || b.attr("value") == which || b.attr("aria-label") == which) {
				return p.filled(f, b)
			}
		}
	}
	for _, f := range p.all("form") {
		if f.attr("action") == which || f.attr("id") == which {
			return p.filled(f, f.first("button"))
		}
	}
	var there []string
	for _, f := range p.all("form") {
		for _, b := range f.all("button") {
			there = append(there, f.attr("action")+" ["+b.text()+"]")
		}
	}
	p.v.t.Fatalf("%s: %s has no form %q, only %s", p.v.email, p.path, which, strings.Join(there, ", "))
	return nil
}

// filled reads what a form would send as it stands.
func (p *page) filled(n, button node) *form {
	f := &form{node: n, p: p, values: url.Values{}, button: button}
	for _, c := range f.controls() {
		name := c.attr("name")
		switch {
		case c.Data == "select":
			for _, o := range chosenOf(c) {
				f.values.Add(name, optionValue(o))
			}
		case c.Data == "textarea":
			f.values.Add(name, strings.TrimPrefix(rawText(c), "\n"))
		case c.attr("type") == "checkbox", c.attr("type") == "radio":
			if c.has("checked") {
				f.values.Add(name, valueOr(c, "on"))
			}
		case c.attr("type") == "file":
		default:
			f.values.Add(name, c.attr("value"))
		}
	}
	return f
}

// controls are what the form sends: named, not disabled, no buttons.
func (f *form) controls() []node {
	var found []node
	inside := f.all("input, select, textarea")
	if id := f.attr("id"); id != "" {
		inside = append(inside, f.p.all(`[form="`+id+`"]`)...)
	}
	for _, c := range inside {
		kind := c.attr("type")
		if c.attr("name") == "" || c.Data == "button" || kind == "submit" || kind == "button" || disabled(c) || (c.has("form") && c.attr("form") != f.attr("id")) {
			continue
		}
		found = append(found, c)
	}
	return found
}

func disabled(c node) bool {
	for n := c.Node; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && (n == c.Node || n.Data == "fieldset") && (node{n}).has("disabled") {
			return true
		}
	}
	return false
}

func chosenOf(c node) []node {
	options := c.all("option")
	chosen := slices.DeleteFunc(slices.Clone(options), func(o node) bool { return !o.has("selected") })
	if len(chosen) == 0 && len(options) > 0 && !c.has("multiple") {
		return options[:1]
	}
	return chosen
}

func optionValue(o node) string { return valueOr(o, o.text()) }

func valueOr(n node, otherwise string) string {
	if v, found := n.lookup("value"); found {
		return v
	}
	return otherwise
}

func rawText(n node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(c.Data)
	}
	return b.String()
}

// with fills a field in: one value, or for boxes and multiple choices as many as are
// ticked. A choice may be given by its words too.
func (f *form) with(name string, values ...string) *form {
	f.p.v.t.Helper()
	var hidden []string
	found, offered := false, []string{}
	for _, c := range f.controls() {
		if c.attr("name") != name {
			continue
		}
		found = true
		switch {
		case c.attr("type") == "hidden":
			hidden = append(hidden, c.attr("value")) // the "false" before a box stays
			found = len(values) == 1 && slices.Contains(hidden, values[0])
		case c.Data == "select":
			for _, o := range c.all("option") {
				offered = append(offered, optionValue(o))
				values = worded(values, o.text(), optionValue(o))
			}
		case c.attr("type") == "checkbox", c.attr("type") == "radio":
			offered = append(offered, valueOr(c, "on"))
			values = worded(values, f.p.first(`label[for="`+c.attr("id")+`"]`).textOrNone(), valueOr(c, "on"))
		case c.has("readonly"):
			f.p.v.t.Fatalf("%s: %s may only be read", f.p.path, name)
		}
	}
	if !found {
		f.p.v.t.Fatalf("%s: the form %s has no field %s to fill in, only %v", f.p.path, f.attr("action"), name, f.names())
	}
	for _, v := range values {
		if len(offered) > 0 && !slices.Contains(offered, v) {
			f.p.v.t.Fatalf("%s: %s does not offer %q, only %q", f.p.path, name, v, offered)
		}
	}
	f.values[name] = append(hidden, values...)
	return f
}

func worded(values []string, text, value string) []string {
	for i := range values {
		if values[i] == text {
			values[i] = value
		}
	}
	return values
}

func (f *form) names() []string {
	var names []string
	for _, c := range f.controls() {
		if !slices.Contains(names, c.attr("name")) {
			names = append(names, c.attr("name"))
		}
	}
	return names
}

// option is the value of the first offered choice of a select whose words contain a text.
func (f *form) option(name, text string) string {
	f.p.v.t.Helper()
	for _, o := range f.all(`select[name="` + name + `"] option`) {
		if optionValue(o) != "" && strings.Contains(o.text(), text) {
			return optionValue(o)
		}
	}
	f.p.v.t.Fatalf("%s: %s offers nothing like %q", f.p.path, name, text)
	return ""
}

// file chooses a file.
func (f *form) file(field, name, kind string, content []byte) *form {
	f.p.v.t.Helper()
	for _, c := range f.controls() {
		if c.attr("name") == field && c.attr("type") == "file" {
			f.files = append(f.files, upload{field, name, kind, content})
			return f
		}
	}
	f.p.v.t.Fatalf("%s: the form %s takes no file %s", f.p.path, f.attr("action"), field)
	return nil
}

// send presses the button and gives the page that comes.
func (f *form) send() *page {
	f.p.v.t.Helper()
	for _, c := range f.controls() {
		f.allowed(c)
	}
	return f.sendAnyway()
}

// allowed ends the test where a browser would not send the form.
func (f *form) allowed(c node) {
	f.p.v.t.Helper()
	name := c.attr("name")
	given := strings.Join(f.values[name], "")
	if c.attr("type") == "file" {
		if c.has("required") && !slices.ContainsFunc(f.files, func(u upload) bool { return u.field == name }) {
			f.p.v.t.Fatalf("%s: a file is required in %s", f.p.path, name)
		}
		return
	}
	if c.has("required") && !f.has("novalidate") && strings.TrimSpace(given) == "" {
		f.p.v.t.Fatalf("%s: %s is required and empty", f.p.path, name)
	}
	if max := c.attr("maxlength"); max != "" && len(max) < 9 && utf8.RuneCountInString(given) > number(max) && given != c.attr("value") {
		f.p.v.t.Fatalf("%s: %s takes %s characters and got %d", f.p.path, name, max, utf8.RuneCountInString(given))
	}
}

func number(digits string) int {
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}

// sendAnyway sends what a browser would hold back, as a script of somebody else might.
func (f *form) sendAnyway() *page {
	f.p.v.t.Helper()
	values, action, method, enctype := f.values, f.attr("action"), f.attr("method"), f.attr("enctype")
	if f.button.Node != nil {
		if name := f.button.attr("name"); name != "" {
			values.Add(name, f.button.attr("value"))
		}
		action, method, enctype = valueOfOr(f.button, "formaction", action), valueOfOr(f.button, "formmethod", method), valueOfOr(f.button, "formenctype", enctype)
	}
	to := f.p.address(action)
	switch {
	case !strings.EqualFold(method, "post"):
		path, _, _ := strings.Cut(to, "?")
		return f.p.v.get(path + "?" + values.Encode())
	case enctype == "multipart/form-data":
		return f.multipart(to, values)
	}
	if len(f.files) > 0 {
		f.p.v.t.Fatalf("%s: the form %s has a file and is not sent as multipart/form-data", f.p.path, action)
	}
	return f.p.v.post(to, values)
}

func valueOfOr(n node, attr, otherwise string) string {
	if v, found := n.lookup(attr); found {
		return v
	}
	return otherwise
}

func (f *form) multipart(to string, values url.Values) *page {
	f.p.v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, list := range values {
		for _, v := range list {
			if err := w.WriteField(name, v); err != nil {
				f.p.v.t.Fatal(err)
			}
		}
	}
	for _, u := range f.files {
		head := textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition(u.field, u.name)}, "Content-Type": {u.kind}}
		part, err := w.CreatePart(head)
		if err == nil {
			_, err = part.Write(u.content)
		}
		if err != nil {
			f.p.v.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.p.v.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(f.p.v.t.Context(), http.MethodPost, f.p.v.s.url+to, &body)
	if err != nil {
		f.p.v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return f.p.v.do(r)
}

// A form sends what a browser would: what is ticked, chosen, typed and hidden.
func TestFormsAreSentAsBrowsersDo(t *testing.T) {
	t.Parallel()
	doc, err := html.Parse(strings.NewReader(`<form action="/x" method="post"><input type="hidden" name="v" value="3"><input name="a" value="1"><input name="gone" disabled value="2">
<input type="hidden" name="yes" value="false"><input type="checkbox" name="yes" value="true" id="y"><label for="y">Yes!</label>
<select name="s"><option value="">none</option><option value="k">Words</option></select><textarea name="long">
text</textarea><input type="radio" name="r" value="1" checked><input type="radio" name="r" value="2"><fieldset disabled><input name="off" value="1"></fieldset><button name="event" value="go">Go on</button></form>`))
	if err != nil {
		t.Fatal(err)
	}
	p := &page{node: node{doc}, v: &visitor{t: t}, path: "/here"}
	f := p.form("Go on")
	if got := f.values.Encode(); got != "a=1&long=text&r=1&s=&v=3&yes=false" {
		t.Error(got)
	}
	f.with("yes", "Yes!").with("s", "Words").with("r", "2").with("a", "9")
	if got := f.values.Encode(); got != "a=9&long=text&r=2&s=k&v=3&yes=false&yes=true" {
		t.Error(got)
	}
}
