package browser

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// doc is a JSON document of the API.
type doc map[string]any

func (d doc) text(name string) string { s, _ := d[name].(string); return s }

func (d doc) items() []doc {
	list, _ := d["items"].([]any)
	out := make([]doc, 0, len(list))
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// api asks the API as the same person, with the version of the document that the first two
// parts of the path name where something is changed. Anything but success ends the test.
func (v *visitor) api(method, path string, in any) doc {
	v.t.Helper()
	etag := ""
	if parts := strings.SplitN(strings.TrimPrefix(path, "/"), "/", 3); method != http.MethodGet && len(parts) > 1 {
		_, etag = v.ask(http.MethodGet, "/"+parts[0]+"/"+parts[1], nil, "")
	}
	d, _ := v.ask(method, path, in, etag)
	return d
}

func (v *visitor) ask(method, path string, in any, etag string) (doc, string) {
	v.t.Helper()
	var body io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			v.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.s.url+"/api/v1"+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if etag != "" {
		r.Header.Set("If-Match", etag)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if res.StatusCode >= 300 {
		v.t.Fatalf("%s: %s %s answered %d %s", v.email, method, path, res.StatusCode, text)
	}
	var d doc
	if len(text) > 0 {
		if err := json.Unmarshal(text, &d); err != nil {
			v.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return d, res.Header.Get("ETag")
}
