package api_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"earmark/app"
)

// form is an upload: its body and Content-Type.
func form(kind, id, name, content string, more ...string) (body, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	fields := append([]string{"document_kind", kind, "document_id", id}, more...)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = w.WriteField(fields[i], fields[i+1])
	}
	if name != "" {
		part, _ := w.CreateFormFile("file", name)
		_, _ = part.Write([]byte(content))
	}
	_ = w.Close()
	return b.String(), w.FormDataContentType()
}

// upload is a call that attaches a file to an expenditure of the district.
func (w *world) upload(as, kind, id, name, content string, more ...string) call {
	c := call{method: "POST", path: "/api/v1/attachments", as: w.tokens[as], header: map[string]string{}}
	c.body, c.header["Content-Type"] = form(kind, id, name, content, more...)
	return c
}

const ledger = "spent_on,amount\r\n2026-01-05,50.00\r\n"

// evidence attaches a ledger to an expenditure.
func (w *world) evidence() {
	w.t.Helper()
	c := w.upload("preparer", "expenditure", w.ids["expenditure"], "ledger.csv", ledger, "title", "Page 4 of the ledger")
	w.ids["attachment"] = text(w.do("preparer", "POST", "/attachments", c.body, "Content-Type", c.header["Content-Type"]), "id")
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	x := w.ids["expenditure"]
	path := "/api/v1/attachments/" + w.ids["attachment"]
	get := func(as string, header ...string) call {
		c := call{method: "GET", path: path + "/content", as: w.tokens[as], header: map[string]string{}}
		for i := 0; i+1 < len(header); i += 2 {
			c.header[header[i]] = header[i+1]
		}
		return c
	}
	res, body := w.send(get("auditor"))
	for name, want := range map[string]string{"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": "attachment; filename=ledger.csv",
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'", "Accept-Ranges": "bytes"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if body != ledger {
		t.Errorf("the file is %q", body)
	}
	key := w.upload("preparer", "expenditure", x, "other.txt", "one")
	key.header["Idempotency-Key"] = "k"
	used := w.upload("preparer", "expenditure", x, "other.txt", "two")
	used.header["Idempotency-Key"] = "k"
	w.rows([]row{
		{name: "a part of it", call: get("preparer", "Range", "bytes=0-4"), status: 206, contains: "spent"},
		{name: "its end", call: get("preparer", "Range", "bytes=-7"), status: 206, contains: "50.00\r\n"},
		{name: "several parts", call: get("preparer", "Range", "bytes=0-1,4-5"), status: 200, contains: ledger},
		{name: "beyond it", call: get("preparer", "Range", "bytes=4711-"), status: 416, contains: `"code":"range"`},
		{name: "backwards", call: get("preparer", "Range", "bytes=4-2"), status: 416},
		{name: "nothing of its end", call: get("preparer", "Range", "bytes=-0"), status: 416},
		{name: "a part of another content", call: get("preparer", "Range", "bytes=4711-", "If-Range", `"x"`), status: 200, contains: ledger},
		{name: "another district", call: get("stranger"), status: 404},
		{name: "the same content again", call: w.upload("official", "expenditure", x, "renamed.csv", ledger), status: 200, contains: `"name":"ledger.csv"`},
		{name: "with a key", call: key, status: 201, contains: "text/plain"},
		{name: "with the same key", call: key, status: 200, contains: "text/plain"},
		{name: "the key with another file", call: used, status: 409, contains: "idempotency.key_reused"},
		{name: "without a file", call: w.upload("preparer", "expenditure", x, "", ""), status: 422, contains: `"pointer":"/file"`},
		{name: "an empty file", call: w.upload("preparer", "expenditure", x, "a.txt", ""), status: 422, contains: "attachment.empty"},
		{name: "an unknown part", call: w.upload("preparer", "expenditure", x, "a.txt", "a", "nonsense", "1"), status: 400, contains: "unknown_member"},
		{name: "a part twice", call: w.upload("preparer", "expenditure", x, "a.txt", "a", "document_id", x), status: 400, contains: "unknown_member"},
		{name: "a long field", call: w.upload("preparer", "expenditure", x, "a.txt", "a", "title", strings.Repeat("x", 5000)), status: 400, contains: "too_long"},
		{name: "a long title", call: w.upload("preparer", "expenditure", x, "a.txt", "a", "title", strings.Repeat("x", 401)), status: 422, contains: "/title"},
		{name: "to another district's", call: w.upload("stranger", "expenditure", x, "a.txt", "a"), status: 404},
		{name: "to nothing", call: w.upload("preparer", "expenditure", missing, "a.txt", "a"), status: 404},
		{name: "to nonsense", call: w.upload("preparer", "nonsense", x, "a.txt", "a"), status: 404},
		{name: "to a person", call: w.upload("manager", "user", w.users["pal"], "a.txt", "a"), status: 422, contains: "attachment.kind"},
		{name: "to the office's", call: w.upload("preparer", "grant_year", w.ids["year"], "a.txt", "a"), status: 404},
		{name: "by the office", call: w.upload("manager", "grant_year", w.ids["year"], "act.txt", "a"), status: 201, contains: `"by_office":true`},
		{name: "by an auditor", call: w.upload("auditor", "expenditure", x, "a.txt", "a"), status: 403},
		{name: "a page", call: w.upload("preparer", "expenditure", x, "a.html", "<html>"), status: 422, contains: "attachment.type"},
		{name: "a page by another name", call: w.upload("preparer", "expenditure", x, "a.txt", "<!DOCTYPE html><script>alert(1)</script>"), status: 422, contains: "attachment.type_mismatch"},
	})
	c := w.upload("preparer", "expenditure", x, "a.txt", "a")
	c.header["Content-Type"] = "text/plain"
	w.want(415, "no form", c)
	c.header["Content-Type"] = "multipart/form-data; boundary=x"
	w.want(400, "another boundary", c)
	c.path += "?nonsense=1"
	w.want(400, "a parameter", c)
	w.want(404, "content of nothing", call{method: "GET", path: "/api/v1/attachments/" + missing + "/content", as: w.tokens["preparer"]})
}

func TestAttachmentsAreLimited(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	x := w.ids["expenditure"]
	exact, over, far := strings.Repeat("x", 20<<20), strings.Repeat("x", 20<<20+1), strings.Repeat("x", 21<<20)
	w.want(201, "the largest file", w.upload("preparer", "expenditure", x, "a.txt", exact))
	w.want(413, "one byte more", w.upload("preparer", "expenditure", x, "a.txt", over))
	w.want(413, "far more", w.upload("preparer", "expenditure", x, "a.txt", far))
	c := w.upload("preparer", "expenditure", x, "a.txt", "cut off")
	c.body = c.body[:len(c.body)-20]
	w.want(400, "an upload that ends early", c)

	// Without a length, in pieces, over the real handler.
	body, kind := form("expenditure", x, "a.txt", far)
	r, _ := http.NewRequest(http.MethodPost, "http://earmark.example/api/v1/attachments", io.NopCloser(iotest.HalfReader(strings.NewReader(body))))
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Authorization", "Bearer "+w.tokens["preparer"])
	if code := w.serve(r); code != http.StatusRequestEntityTooLarge {
		t.Errorf("a stream without a length: %d", code)
	}
	r, _ = http.NewRequest(http.MethodPost, "http://earmark.example/api/v1/attachments", io.NopCloser(iotest.TimeoutReader(strings.NewReader(body))))
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Authorization", "Bearer "+w.tokens["preparer"])
	if code := w.serve(r); code != http.StatusBadRequest {
		t.Errorf("a stream that breaks: %d", code)
	}
	left, err := os.ReadDir(filepath.Join(w.files, "incoming"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestAttachmentsAreWithdrawn(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	x := w.ids["expenditure"]
	c := w.upload("pal", "expenditure", x, "letter.txt", "Please send the invoice.")
	letter := text(w.do("pal", "POST", "/attachments", c.body, "Content-Type", c.header["Content-Type"]), "id")
	back := func(as, id string) call {
		return call{method: "POST", path: "/api/v1/attachments/" + id + "/withdrawal", as: w.tokens[as], body: `{"reason": "Another invoice."}`, header: map[string]string{"If-Match": w.etag("/attachments/" + id)}}
	}
	w.rows([]row{
		{name: "the office's, by the district", call: back("preparer", letter), status: 403, contains: "attachment.by_office"},
		{name: "its own", call: back("official", w.ids["attachment"]), status: 200, contains: `"withdrawal_reason":"Another invoice."`},
	})
	w.rows([]row{
		{name: "twice", call: back("official", w.ids["attachment"]), status: 409, contains: "attachment.withdrawn"},
		{name: "the office's", call: back("manager", letter), status: 200},
		{name: "the content stays", call: call{method: "GET", path: "/api/v1/attachments/" + letter + "/content", as: w.tokens["auditor"]}, status: 200, contains: "Please"},
		{name: "the same content counts anew", call: w.upload("preparer", "expenditure", x, "ledger.csv", ledger), status: 201, contains: `"withdrawn_on":null`},
	})
	w.change("official", "POST", "/revisions/"+w.ids["amendment"], "/transitions", m{"event": "withdraw", "comment": "Prices fell again."})
	w.want(409, "a document that came to nothing", w.upload("preparer", "revision", w.ids["amendment"], "late.txt", "late"))
}

func TestChangedContentIsNotGivenOut(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	sha := text(w.do("auditor", "GET", "/attachments/"+w.ids["attachment"], nil), "sha256")
	stored := filepath.Join(w.files, sha[:2], sha)
	get := call{method: "GET", path: "/api/v1/attachments/" + w.ids["attachment"] + "/content", as: w.tokens["auditor"]}
	if err := os.WriteFile(stored, []byte(strings.Replace(ledger, "50.00", "60.00", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	w.rows([]row{{name: "changed", call: get, status: 500, contains: "attachment.content_changed"}})
	if err := os.Remove(stored); err != nil {
		t.Fatal(err)
	}
	w.rows([]row{{name: "gone", call: get, status: 500, contains: "attachment.content_changed"}})
	w.want(200, "handed in again, it is mended", w.upload("preparer", "expenditure", w.ids["expenditure"], "ledger.csv", ledger))
	w.rows([]row{{name: "whole", call: get, status: 200, contains: ledger}})
}

func TestWithoutAStorageNothingIsAttached(t *testing.T) {
	t.Parallel()
	e := given(t, func(c *app.Config) { c.FilesDir = "" })
	w := &world{env: e, tokens: map[string]string{}, users: map[string]string{}, ids: map[string]string{}}
	w.person("manager", roles["manager"], "")
	w.want(503, "no storage", w.upload("manager", "grant_year", missing, "a.txt", "a"))
}
