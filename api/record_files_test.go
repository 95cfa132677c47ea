package api_test

import "testing"

// attachTo hands a file in with a record.
func (w *world) attachTo(as, id, name, content string) string {
	w.t.Helper()
	c := w.upload(as, "record", id, name, content, "title", "Signed copy")
	return text(w.do(as, "POST", "/attachments", c.body, "Content-Type", c.header["Content-Type"]), "id")
}

func (w *world) withdrawal(as, id string) call {
	return call{method: "POST", path: "/api/v1/attachments/" + id + "/withdrawal", as: w.tokens[as], body: `{"reason": "The wrong page."}`, header: map[string]string{"If-Match": w.etag("/attachments/" + id)}}
}

// Exhibits name files that were handed in with their record, and nothing else.
func TestExhibitsNameFilesOfTheirRecord(t *testing.T) {
	t.Parallel()
	w := memorandumWorld(t)
	mou := w.ids["mou"]
	first, second := w.attachTo("official", mou, "exhibit-i.txt", "We take part."), w.attachTo("preparer", mou, "exhibit-i-2.txt", "We take part in all of it.")
	stranger := w.attachTo("manager", w.newRecord("stranger", "mou", w.ids["D2"], m{}, nil), "other.txt", "Of another record.")
	patch := func(body string) call {
		return call{method: "PATCH", path: "/api/v1/records/" + mou, as: w.tokens["official"], body: body, header: map[string]string{"If-Match": w.etag("/records/" + mou)}}
	}
	w.want(422, "a file of another record", patch(`{"exhibits": {"exhibit_i": {"attachment_id": "`+stranger+`", "elements": ["participation"]}}}`))
	w.rows([]row{
		{"named", patch(`{"exhibits": {"exhibit_i": {"attachment_id": "` + first + `", "elements": ["participation"]}}, "attachments": [{"name": "letter.txt"}, {"name": "exhibit-i.txt"}]}`), 200, `"file":"exhibit-i.txt"`},
	})
	w.rows([]row{
		{"no file", patch(`{"exhibits": {"exhibit_i": {"attachment_id": "` + stranger + `"}}}`), 422, `"record.no_file"`},
	})
	v := w.do("official", "GET", "/records/"+mou, nil)
	var names, ids []string
	for _, f := range list(v, "attachments") {
		x := f.(map[string]any)
		names, ids = append(names, text(x, "name")), append(ids, text(x, "attachment_id"))
	}
	if got, want := jsonText(t, []any{names, ids}), jsonText(t, []any{[]string{"letter.txt", "exhibit-i.txt", "exhibit-i-2.txt"}, []string{"", first, second}}); got != want {
		t.Errorf("files are %s, want %s", got, want)
	}

	w.want(200, "withdrawn", w.withdrawal("official", first))
	w.rows([]row{{"what it names is gone", call{method: "POST", path: "/api/v1/records/" + mou + "/transitions", as: w.tokens["official"], body: `{"event": "submit"}`,
		header: map[string]string{"If-Match": w.etag("/records/" + mou)}}, 422, `"record.file_withdrawn"`}})
	w.rows([]row{{"another", patch(`{"exhibits": {"exhibit_i": {"attachment_id": "` + second + `", "elements": ["participation"]}}}`), 200, `"ready":true`}})
	w.takes("official", mou, "submit")
	w.rows([]row{{"submitted", w.withdrawal("preparer", second), 409, "attachment.submitted"}})
}

// What is handed in with an amendment is no file of the version that it amends.
func TestAVersionKeepsItsFiles(t *testing.T) {
	t.Parallel()
	w := signedWorld(t)
	before := w.attachTo("official", w.ids["mou"], "minutes.txt", "Minutes of the board.")
	amendment := text(w.do("official", "POST", "/records/"+w.ids["mou"]+"/amendments", m{"reason": "The scope changed."}), "id")
	after := w.attachTo("official", amendment, "new-scope.txt", "Less of it.")
	for id, want := range map[string][]string{w.ids["mou"]: {before}, amendment: {before, after}} {
		var got []string
		for _, f := range list(w.do("official", "GET", "/records/"+id, nil), "attachments") {
			got = append(got, text(f.(map[string]any), "attachment_id"))
		}
		if jsonText(t, got) != jsonText(t, want) {
			t.Errorf("files of %s are %v, want %v", id, got, want)
		}
	}
}
