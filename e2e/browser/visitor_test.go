package browser

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"earmark/auth"
)

// visitor is somebody who uses the pages without any script: links, forms, cookies.
type visitor struct {
	t      testing.TB
	s      *server
	email  string
	client *http.Client
}

// as is somebody of the demo, signed in; "" is a stranger.
func as(t testing.TB, email string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t)
	v := &visitor{t: t, s: s, email: email, client: &http.Client{Jar: jar, Transport: transport}}
	if email != "" {
		at, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		jar.SetCookies(at, []*http.Cookie{{Name: auth.CookieName, Value: s.session(t, email), Path: "/"}})
	}
	return v
}

// transport leaves answers compressed, so that their size can be seen.
var transport = &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}

// page is an answer as the visitor sees it.
type page struct {
	node
	v      *visitor
	path   string // where the visitor is now, after redirections, with the query
	status int
	header http.Header
	body   string
	sent   int // bytes on the wire
}

// get opens an address.
func (v *visitor) get(path string) *page {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.s.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(r)
}

// post sends a form that need not be on any page.
func (v *visitor) post(path string, form url.Values) *page {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r)
}

func (v *visitor) do(r *http.Request) *page {
	v.t.Helper()
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "en-US")
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatalf("%s: %s %s: %v", v.email, r.Method, r.URL.Path, err)
	}
	defer func() { _ = res.Body.Close() }()
	p := &page{v: v, status: res.StatusCode, header: res.Header, path: res.Request.URL.RequestURI()}
	counted := &counter{r: res.Body}
	var in io.Reader = counted
	if res.Header.Get("Content-Encoding") == "gzip" {
		if in, err = gzip.NewReader(counted); err != nil {
			v.t.Fatal(err)
		}
	}
	text, err := io.ReadAll(in)
	if err != nil {
		v.t.Fatalf("%s: %s %s: %v", v.email, r.Method, r.URL.Path, err)
	}
	p.body, p.sent = string(text), counted.n
	doc := &html.Node{Type: html.DocumentNode}
	if p.isHTML() {
		if doc, err = html.Parse(strings.NewReader(p.body)); err != nil {
			v.t.Fatal(err)
		}
	}
	p.node = node{doc}
	return p
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	return n, err
}

func (p *page) isHTML() bool { return strings.HasPrefix(p.header.Get("Content-Type"), "text/html") }

// is ends the test unless the page has this status.
func (p *page) is(status int) *page {
	p.v.t.Helper()
	if p.status != status {
		p.v.t.Fatalf("%s: %s answered %d, not %d: %s %s", p.v.email, p.path, p.status, status, p.first("h1").textOrNone(), p.first("#problems").textOrNone())
	}
	return p
}

func (p *page) ok() *page { p.v.t.Helper(); return p.is(http.StatusOK) }

func (n node) textOrNone() string {
	if n.Node == nil {
		return ""
	}
	return n.text()
}

// title is the page's heading.
func (p *page) title() string { return p.first("h1").textOrNone() }

// main is what the page is about, without what is around it.
func (p *page) main() string { return p.first("main").textOrNone() }

// says ends the test unless the page shows every text.
func (p *page) says(texts ...string) *page {
	p.v.t.Helper()
	all := p.node.text()
	for _, text := range texts {
		if !strings.Contains(all, text) {
			p.v.t.Fatalf("%s: %s does not say %q: %.3000s", p.v.email, p.path, text, p.main())
		}
	}
	return p
}

// hides ends the test when the page shows any of these texts.
func (p *page) hides(texts ...string) *page {
	p.v.t.Helper()
	all := p.node.text()
	for _, text := range texts {
		if strings.Contains(all, text) {
			p.v.t.Fatalf("%s: %s says %q", p.v.email, p.path, text)
		}
	}
	return p
}

// follow opens the first link in the page with this text.
func (p *page) follow(text string) *page {
	p.v.t.Helper()
	for _, a := range p.all("a[href]") {
		if a.text() == text {
			return p.v.get(p.address(a.attr("href")))
		}
	}
	p.v.t.Fatalf("%s: %s has no link %q", p.v.email, p.path, text)
	return nil
}

// address is a link's target as path and query.
func (p *page) address(href string) string {
	at, err := url.Parse(p.path)
	if err == nil {
		if to, err := at.Parse(href); err == nil {
			to.Fragment = ""
			return to.RequestURI()
		}
	}
	p.v.t.Fatalf("%s has a link that cannot be read: %q", p.path, href)
	return ""
}

// applicationOf is the address of somebody's application of fiscal year 2026.
func applicationOf(t testing.TB, email string) string {
	t.Helper()
	v := as(t, email)
	for _, a := range v.api(http.MethodGet, "/applications?limit=50", nil).items() {
		if strings.Contains(a.text("reference"), "MI21H-2026-") {
			return "/applications/" + a.text("id")
		}
	}
	t.Fatalf("%s has no application of 2026", email)
	return ""
}

// lastPart is what stands behind the last slash of an address.
func lastPart(path string) string { return path[strings.LastIndex(path, "/")+1:] }
