package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"earmark/models"
)

// base is where the API lives.
const base = "/api/v1"

// body is JSON that goes out.
type body map[string]any

// doc is JSON that came in.
type doc map[string]any

// person talks to the server as one user. Nobody has an empty e-mail address.
type person struct {
	w           *world
	id          string
	name, email string
	mu          sync.Mutex
	token       string
}

// answer is what came back.
type answer struct {
	p      *person
	asked  string
	status int
	header http.Header
	text   []byte
}

// nobody is a stranger who never signed in.
func (w *world) nobody() *person { return &person{w: w, name: "nobody"} }

// signedIn is the person's token, fetched when there is none.
func (p *person) signedIn() string {
	p.w.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.email == "" || p.token != "" {
		return p.token
	}
	stranger := &person{w: p.w, name: p.name}
	p.token = stranger.send("POST", "/sessions", body{"email": p.email, "password": password}).ok().text("token")
	return p.token
}

// send makes a request; in is JSON, or the bytes of a file. Headers come in pairs.
func (p *person) send(method, path string, in any, header ...string) answer {
	p.w.t.Helper()
	var out io.Reader
	kind := ""
	switch v := in.(type) {
	case nil:
	case []byte:
		out, kind = bytes.NewReader(v), "text/csv"
	default:
		text, err := json.Marshal(v)
		if err != nil {
			p.w.t.Fatal(err)
		}
		out, kind = bytes.NewReader(text), "application/json"
	}
	if !strings.HasPrefix(path, "/healthz") && !strings.HasPrefix(path, "/readyz") {
		path = base + path
	}
	r, err := http.NewRequestWithContext(p.w.t.Context(), method, p.w.url+path, out)
	if err != nil {
		p.w.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if token := p.signedIn(); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(r)
	if err != nil {
		p.w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{p, p.name + ": " + method + " " + path, res.StatusCode, res.Header, text}
}

// client keeps enough connections for the races.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// ok is the answer's document; anything but success ends the story.
func (a answer) ok() doc {
	a.p.w.t.Helper()
	if a.status < 200 || a.status > 299 {
		a.p.w.t.Fatalf("%s answered %d %s", a.asked, a.status, a.text)
	}
	return a.doc()
}

func (a answer) doc() doc {
	a.p.w.t.Helper()
	var d doc
	if len(a.text) == 0 || !strings.Contains(a.header.Get("Content-Type"), "json") {
		return d
	}
	decoder := json.NewDecoder(bytes.NewReader(a.text))
	decoder.UseNumber()
	if err := decoder.Decode(&d); err != nil {
		a.p.w.t.Fatalf("%s: %v in %s", a.asked, err, a.text)
	}
	return d
}

// refused checks that the request was refused with a status and a code, which may be that
// of the problem or of one of its errors.
func (a answer) refused(status int, code string) doc {
	a.p.w.t.Helper()
	d := a.doc()
	codes := d.codes()
	if a.status != status || (code != "" && !slices.Contains(codes, code)) {
		a.p.w.t.Fatalf("%s answered %d %s\nwant %d %s", a.asked, a.status, a.text, status, code)
	}
	return d
}

// codes are the code of a problem and those of its errors.
func (d doc) codes() []string {
	codes := []string{d.text("code")}
	for _, e := range d.docs("errors") {
		codes = append(codes, e.text("code"))
	}
	return codes
}

func (p *person) get(path string) doc          { p.w.t.Helper(); return p.send("GET", path, nil).ok() }
func (p *person) post(path string, in any) doc { p.w.t.Helper(); return p.send("POST", path, in).ok() }
func (p *person) list(path string) []doc       { p.w.t.Helper(); return p.get(path).docs("items") }
func (p *person) csv(path string) string       { p.w.t.Helper(); return string(p.csvAnswer(path).text) }
func (p *person) csvAnswer(path string) answer {
	p.w.t.Helper()
	a := p.send("GET", path, nil, "Accept", "text/csv")
	a.ok()
	return a
}

// change sends a request with the ETag of the document that stands at the first two parts
// of the path.
func (p *person) change(method, path string, in any) answer {
	p.w.t.Helper()
	parts := strings.SplitN(strings.TrimPrefix(path, "/"), "/", 3)
	now := p.send("GET", "/"+parts[0]+"/"+parts[1], nil)
	now.ok()
	return p.send(method, path, in, "If-Match", now.header.Get("ETag"))
}

// step takes a step of a document's life. More members of the body come in pairs.
func (p *person) step(path, event string, more ...any) answer {
	p.w.t.Helper()
	in := body{"event": event}
	for i := 0; i+1 < len(more); i += 2 {
		in[more[i].(string)] = more[i+1] //nolint:forcetypeassert // a name, by this package's own hand
	}
	return p.change("POST", path+"/transitions", in)
}

func (d doc) id() string { return d.text("id") }

func (d doc) text(name string) string {
	s, _ := d[name].(string)
	return s
}

func (d doc) number(name string) int64 {
	n, _ := d[name].(json.Number)
	v, _ := n.Int64()
	return v
}

func (d doc) cents(name string) models.Cents { return models.Cents(d.number(name)) }

func (d doc) doc(name string) doc {
	m, _ := d[name].(map[string]any)
	return m
}

func (d doc) docs(name string) []doc {
	list, _ := d[name].([]any)
	out := make([]doc, 0, len(list))
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// where finds the first document of a list whose member has a value.
func where(list []doc, name, value string) doc {
	for _, d := range list {
		if d.text(name) == value {
			return d
		}
	}
	return nil
}
