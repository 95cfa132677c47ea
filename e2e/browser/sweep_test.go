package browser

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"earmark/demo"
)

// The sweep opens every page as every role. A reader begins at the first page and follows
// the links, so the pages are found as people find them.

// most is how many addresses of one kind (a route, as a page or as a file) a reader
// opens and reads, and how many further links of this kind are only tried.
const mostRead, mostTried = 3, 1

// heaviest is the most bytes of a page, compressed.
const heaviest = 30 << 10

// unlinked are pages that no page leads to, and who opens them. A row whose page is linked
// is taken out.
var unlinked = []struct{ email, path string }{}

// unreached are pages to which nothing leads the people whom the demonstration offers: they
// hang on a draft, a form or a step that these people do not have there, or on a service
// that the demonstration has not (single sign-on). Tests of their own open most of them. A
// row whose page is reached is taken out.
var unreached = []string{
	"/agreements/:id/targets/:part/retirement", "/applications/:id/reconciliation", "/attachments", "/bundles", "/mails/:id/html",
	"/records/:id/edit", "/records/:id/overrides/:check", "/records/:id/signatures/:party", "/return_reasons/:id",
	"/revisions/:id/line_items/:number/split", "/revisions/:id/line_items/new", "/revisions/:id/paste", "/revisions/:id/workbook", "/revisions/:id/workbook/import",
	"/single-sign-on", "/single-sign-on/callback", "/term_decisions/:id", "/unlock_requests/new",
}

// sweep is what all readers saw.
type sweep struct {
	mu     sync.Mutex
	routes []string           // patterns of pages
	pages  map[string][]*page // by pattern: what was read, by all readers
	linked map[string]bool    // patterns that a link led to
}

func TestEveryPageAsEveryRole(t *testing.T) {
	s := &sweep{routes: pageRoutes(t), pages: map[string][]*page{}, linked: map[string]bool{}}
	readers := []string{""}
	for _, a := range demo.Accounts() {
		readers = append(readers, a.Email)
	}
	t.Run("following links", func(t *testing.T) {
		for _, email := range readers {
			t.Run(cmp.Or(email, "nobody"), func(t *testing.T) { t.Parallel(); s.walk(as(t, email)) })
		}
	})
	t.Run("what nothing leads to", s.examples)
	t.Run("what is not theirs", func(t *testing.T) {
		for _, email := range readers {
			t.Run(cmp.Or(email, "nobody"), func(t *testing.T) { t.Parallel(); s.tryAll(as(t, email)) })
		}
	})
	t.Run("valid HTML", s.validate)
	t.Run("in a browser", s.inBrowser)
}

// pageRoutes are the patterns of all pages.
func pageRoutes(t *testing.T) []string {
	t.Helper()
	var patterns []string
	for _, r := range serve(t).app.Web.Routes() {
		if r.Method == http.MethodGet && !strings.HasPrefix(r.Path, "/static/") {
			patterns = append(patterns, r.Path)
		}
	}
	slices.Sort(patterns)
	return patterns
}

// route is the pattern that an address belongs to, "" for none: the one that names most of
// the address.
func (s *sweep) route(path string) string {
	path, _, _ = strings.Cut(path, "?")
	found, words := "", -1
	for _, pattern := range s.routes {
		if n := match(pattern, path); n > words {
			found, words = pattern, n
		}
	}
	return found
}

// match is how many parts of a path its pattern names, -1 when it is not of this pattern.
func match(pattern, path string) int {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	words := 0
	for i, part := range want {
		switch {
		case strings.HasPrefix(part, "*"):
			return words
		case i >= len(got):
			return -1
		case strings.HasPrefix(part, ":") && got[i] != "":
		case part == got[i]:
			words++
		default:
			return -1
		}
	}
	if len(got) != len(want) {
		return -1
	}
	return words
}

// kind of an address: addresses of one kind are pages or files of the same making.
func (s *sweep) kind(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	return s.route(u.Path) + " " + u.Query().Get("format")
}

type step struct{ from, to string }

// walk follows links from the first page and the public ones.
func (s *sweep) walk(v *visitor) {
	queue, known, count := []step{{"", "/"}}, map[string]bool{"/": true}, map[string]int{}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		kind := s.kind(next.to)
		if count[kind]++; count[kind] > mostRead+mostTried {
			continue
		}
		p := v.get(next.to)
		if p.status >= 400 {
			v.t.Errorf("%s leads to %s, which answers %d: %s", next.from, next.to, p.status, p.title())
			continue
		}
		if count[kind] > mostRead || !p.isHTML() || s.route(next.to) == "" { // the API's own pages have their own tests
			s.keep(next.to, p)
			continue
		}
		s.look(p)
		s.keep(p.path, p)
		for _, to := range p.links() {
			if !known[to] {
				known[to] = true
				queue = append(queue, step{p.path, to})
			}
		}
	}
}

func (s *sweep) keep(path string, p *page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pattern := s.route(path)
	if pattern == "" {
		return // not a page of ours
	}
	s.linked[pattern] = true
	if !slices.ContainsFunc(s.pages[pattern], func(q *page) bool { return q.v.email == p.v.email && q.isHTML() == p.isHTML() }) {
		s.pages[pattern] = append(s.pages[pattern], p)
	}
}

// links are the addresses of this server in a page, those of forms that search among them.
func (p *page) links() []string {
	var found []string
	add := func(href string) {
		if strings.HasPrefix(href, "#") || strings.HasPrefix(href, "mailto:") || strings.HasPrefix(href, "https://") {
			return
		}
		if to := p.address(href); !slices.Contains(found, to) {
			found = append(found, to)
		}
	}
	for _, a := range p.all("a[href]") {
		add(a.attr("href"))
	}
	for _, f := range p.all("form") {
		if !strings.EqualFold(f.attr("method"), "post") {
			add(valueOfOr(f, "action", ""))
		}
	}
	return found
}

// look holds a page to what is true of every page.
func (s *sweep) look(p *page) {
	t := p.v.t
	title := p.first("title").textOrNone()
	if h1 := p.all("h1"); len(h1) != 1 || h1[0].text() == "" || !strings.HasPrefix(title, h1[0].text()) {
		t.Errorf("%s has %d headings of the first order, and the title %q", p.path, len(h1), title)
	}
	if p.sent > heaviest {
		t.Errorf("%s has %d bytes, compressed", p.path, p.sent)
	}
	if bad := p.all("[style], [onclick], [onchange], [onsubmit], style"); len(bad) > 0 {
		t.Errorf("%s has styles or scripts inside, which browsers refuse: %s", p.path, bad[0].Data)
	}
	if text := p.text(); strings.Contains(text, "%!") || strings.Contains(text, "<no value>") || strings.Contains(text, "<nil>") || strings.Contains(text, "&lt;") {
		t.Errorf("%s shows a value that was not written for people", p.path)
	}
	for _, a := range p.all("a[href^=#]") {
		if id := a.attr("href")[1:]; id != "" && p.first(`[id="`+id+`"]`).Node == nil {
			t.Errorf("%s leads to %s, which is not in the page", p.path, a.attr("href"))
		}
	}
}

// examples opens what no page leads to; then every page was seen by somebody.
func (s *sweep) examples(t *testing.T) {
	for _, u := range unlinked {
		if s.linked[s.route(u.path)] {
			t.Errorf("%s is linked: take it out of the list of pages that are not", u.path)
		}
		if p := as(t, u.email).get(u.path).ok(); p.isHTML() {
			s.look(p)
			s.keep(u.path, p)
		}
	}
	for _, pattern := range unreached {
		if s.linked[pattern] {
			t.Errorf("somebody came to %s: take it out of the list of pages that nobody reaches", pattern)
		}
	}
	for _, pattern := range s.routes {
		if !s.linked[pattern] && !slices.Contains(unreached, pattern) {
			t.Errorf("nobody came to %s: no page leads there, and it is not in the list of such pages", pattern)
		}
	}
}

// tryAll opens one page of every kind, whoever found it: it is theirs to read, or the page
// says why not.
func (s *sweep) tryAll(v *visitor) {
	for _, pattern := range s.routes {
		for _, other := range s.pages[pattern] {
			if other.v.email == v.email {
				continue
			}
			p := v.get(other.path)
			if p.status != http.StatusOK && p.status != http.StatusForbidden && p.status != http.StatusNotFound {
				v.t.Errorf("%s of %s answers %d: %s", other.path, other.v.email, p.status, p.main())
			}
			if p.isHTML() {
				s.look(p)
			}
			break
		}
	}
}

// validate has all pages checked at once by html-validate.
func (s *sweep) validate(t *testing.T) {
	dir, names, seen := t.TempDir(), map[string]string{}, map[string]bool{}
	for pattern, pages := range s.pages {
		for i, p := range pages {
			if !p.isHTML() || seen[p.body] || i > 4 {
				continue
			}
			seen[p.body] = true
			name := fmt.Sprintf("%04d.html", len(names))
			names[name] = pattern + " as " + cmp.Or(p.v.email, "nobody") + ": " + p.path
			if err := os.WriteFile(filepath.Join(dir, name), []byte(p.body), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := exec.CommandContext(t.Context(), "node", filepath.Join("..", "..", "tools", "web", "validate.mjs"), dir).Output()
	if err != nil {
		t.Fatalf("%v: run scripts/install-test-tools first", err)
	}
	var found []struct {
		File, Rule, Message, Selector string
		Line                          int
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, f := range found {
		pattern, _, _ := strings.Cut(names[f.File], " as ")
		if key := pattern + f.Rule + f.Message; !said[key] {
			said[key] = true
			t.Errorf("%s: %s: %s (%s, line %d)", names[f.File], f.Rule, f.Message, f.Selector, f.Line)
		}
	}
	if len(names) < len(s.routes)/2 {
		t.Errorf("only %d pages were checked", len(names))
	}
}

// inBrowser opens every kind of page once in a real browser, as whoever sees most of it:
// nothing keeps anybody from using it, and it fits into a narrow window.
func (s *sweep) inBrowser(t *testing.T) {
	var fullest []*page
	for _, pages := range s.pages {
		var most *page
		for _, p := range pages {
			if p.isHTML() && p.status == http.StatusOK && (most == nil || len(p.body) > len(most.body)) {
				most = p
			}
		}
		if most != nil {
			fullest = append(fullest, most)
		}
	}
	slices.SortFunc(fullest, func(a, b *page) int { return cmp.Or(cmp.Compare(a.v.email, b.v.email), cmp.Compare(a.path, b.path)) })
	const windows = 2
	for n := range windows {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) {
			t.Parallel()
			w := tab(t, "", 1280)
			for i, p := range fullest {
				if i*windows/len(fullest) == n {
					w.becomes(p.v.email)
					w.sweeps(p.path)
				}
			}
		})
	}
}

// sweeps looks at one page with everything in it unfolded.
func (w *window) sweeps(path string) {
	w.t.Helper()
	w.wide(1280)
	w.open(path)
	value[any](w, `document.querySelectorAll("details").forEach((d) => { d.open = true })`)
	for _, v := range w.violations() {
		w.t.Errorf("%s: %s", path, v)
	}
	w.wide(320)
	if pixels := w.overflow(); pixels > 0 {
		w.t.Errorf("%s is %d pixels wider than a window of 320: %s", path, pixels, value[string](w, widest))
	}
	for _, wrong := range w.mistakes() {
		w.t.Errorf("%s: %s", path, wrong)
	}
	w.forgets()
}

// widest names the innermost elements that reach out of the window.
const widest = `[...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && ![...e.children].some((c) => c.getBoundingClientRect().right > innerWidth + 1) && !e.closest(".table-scroll")).slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" | ")`
