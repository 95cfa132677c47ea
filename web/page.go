package web

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"embed"

	"earmark/models"
)

//go:embed templates
var templateFiles embed.FS

// Page is what a handler gives to its template.
type Page struct {
	Title    string // the page's one <h1>, and its <title>
	Lead     string // a sentence under the title: what this page is for
	Crumbs   []Link // the way here, without the page itself
	Section  string // which entry of the navigation is current: the address it links to
	Actions  []Link // what can be done from here, beside the title
	Problems []Problem
	Scripts  []string // of static/js, for this page only
	Wide     bool     // a page of wide tables uses the whole window
	AsOf     *AsOf    // where the page can be shown as it stood on a day
	Body     any      // typed by each page
	Status   int      // 200 when 0
}

// Link is a place to go.
type Link struct {
	Text    string
	Href    string
	Primary bool // of actions: the one that most people come for
	Current bool
}

// Problem is one line of the summary of what is wrong, with the way to its field.
type Problem struct{ Href, Text, Fix string }

// AsOf is the bar with which a page is shown as it stood on a day.
type AsOf struct {
	On     models.Date // "" shows the page as it is now
	Path   string      // of this page
	Rules  string      // which definition was in force, where known
	Hidden []Link      // further parameters to keep: Text is the name, Href the value
}

// view is what the layout sees.
type view struct {
	Page
	Lang     string
	Langs    []Link
	User     *viewer
	Nav      []NavGroup
	Said     string // what the last form did
	Path     string
	Now      time.Time
	Version  string
	Demo     bool
	Unread   int64
	ErrorRef string
}

type viewer struct {
	Name  string
	Roles string
}

// views are the templates of one language.
type views struct{ pages map[string]*template.Template }

// loadViews parses every page with the layout and the partials, once per language: the
// function t is bound to it.
func loadViews(files *static) (map[string]*views, error) {
	all := map[string]*views{}
	for _, lang := range Languages {
		funcs := functions(lang, files)
		common, err := template.New("layout.html").Funcs(funcs).ParseFS(templateFiles, "templates/layout.html", "templates/partials/*.html")
		if err != nil {
			return nil, err
		}
		v := &views{pages: map[string]*template.Template{}}
		names, err := fs.Glob(templateFiles, "templates/*.html")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			base := strings.TrimSuffix(path.Base(name), ".html")
			if base == "layout" {
				continue
			}
			t, err := template.Must(common.Clone()).ParseFS(templateFiles, name)
			if err != nil {
				return nil, err
			}
			v.pages[base] = t
		}
		all[lang] = v
	}
	return all, nil
}

// show renders a page. Nothing is sent before the whole page is there.
func (r *request) show(name string, p Page) error {
	v := view{Page: p, Lang: r.lang, Path: r.Request.URL.Path, Now: r.s.Now(), Version: r.w.cfg.Version, Demo: len(r.w.cfg.Demo) > 0, Said: r.flashed()}
	if v.Status == 0 {
		v.Status = http.StatusOK
	}
	v.Langs = r.languages()
	if r.who.UserID != "" {
		v.User = &viewer{r.who.Name, roleTitles(r)}
		v.Nav = r.navigation(p.Section)
		if n, err := r.s.UnreadCount(r.ctx(), r.who); err == nil {
			v.Unread = n
		}
	}
	return r.render(name, "layout.html", v.Status, v)
}

// part renders one block of a page alone, for a script that replaces it. The block gets the
// same body as in the page.
func (r *request) part(page, block string, body any) error {
	return r.render(page, block, http.StatusOK, body)
}

func (r *request) render(page, block string, status int, data any) error {
	t, found := r.w.views[r.lang].pages[page]
	if !found {
		return fmt.Errorf("there is no page %q", page)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, block, data); err != nil {
		return fmt.Errorf("page %s: %w", page, err)
	}
	r.Data(status, "text/html; charset=utf-8", out.Bytes())
	return nil
}

// partial reports that a script asks for a part of the page (htmx), not for the whole.
func (r *request) partial() bool { return r.GetHeader("HX-Request") == "true" }

func encodeText(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func decodeText(s string) string {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) > 1000 {
		return ""
	}
	return string(b)
}

// roleTitles are the reader's roles in words.
func roleTitles(r *request) string {
	var words []string
	for _, g := range r.who.Roles {
		title := r.t(g.Role.Title())
		if g.Delegated() {
			title = r.t("%s for %s", title, g.GiverName)
		}
		if !contains(words, title) {
			words = append(words, title)
		}
	}
	return strings.Join(words, ", ")
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
