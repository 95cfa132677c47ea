package api_test

import (
	"archive/zip"
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"earmark/workflow/bundle"
)

// takeBundle asks for the bundle of the world's district.
func (w *world) takeBundle(as string) []byte {
	w.t.Helper()
	res, body := w.send(call{method: "GET", path: "/api/v1/organizations/" + w.ids["district"] + "/bundle?grant_year_id=" + w.ids["year"], as: w.tokens[as]})
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/zip" || res.Header.Get("Repr-Digest") == "" {
		w.t.Fatalf("the bundle for %s: %d %.500s", as, res.StatusCode, body)
	}
	return []byte(body)
}

func verified(b []byte) bundle.Report { return bundle.Verify(bytes.NewReader(b), int64(len(b))) }

func TestBundle(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	c := w.upload("preparer", "application", w.ids["application"], "Vereinbarung März.txt", "Signed.")
	w.want(201, "a file with a long name", c)
	whole := w.takeBundle("auditor")
	r := verified(whole)
	if len(r.Wrong) > 0 {
		t.Fatalf("findings in a fresh bundle: %s", strings.Join(r.Wrong, "\n"))
	}
	if r.Manifest.Audience != "office" || r.Manifest.Code != "61010" || r.Events < 20 || r.Documents < 10 || r.Receipts != 1 || r.Manifest.StateAt == "" {
		t.Errorf("it holds %+v", r)
	}
	if !bytes.Equal(whole, w.takeBundle("auditor")) {
		t.Error("the same state gave other bytes")
	}
	own := verified(w.takeBundle("preparer"))
	if len(own.Wrong) > 0 || own.Manifest.Audience != "district" {
		t.Errorf("the district's own: %v %s", own.Wrong, own.Manifest.Audience)
	}
	texts := contentOf(t, whole)
	for name, wants := range map[string]string{"data/expenditures.jsonl": `"amount_cents":5000`, "data/revisions.jsonl": "Prices rose.", "data/mails.jsonl": "preparer@example.test",
		"data/targets.jsonl": "NWEA", "data/payments.jsonl": "expected", "data/facts.jsonl": "CSI", "data/import_exceptions.jsonl": "'", "expenditures.csv": "amount_cents", "program/definition.yaml": "code: mi-21h",
		"data/line_costs.jsonl": "3120", "data/approvals.jsonl": "approve", "data/flags.jsonl": "severity"} {
		if name != "data/import_exceptions.jsonl" && !strings.Contains(texts[name], wants) || texts[name] == "" {
			t.Errorf("%s lacks %q: %.200s", name, wants, texts[name])
		}
	}
	for name, text := range contentOf(t, w.takeBundle("official")) {
		for _, secret := range []string{"password_hash", "token_hash", "61020", w.tokens["preparer"], "argon2"} {
			if strings.Contains(text, secret) && !strings.HasPrefix(name, "program/") {
				t.Errorf("%s tells %q", name, secret)
			}
		}
	}
	w.want(404, "another district's", call{method: "GET", path: "/api/v1/organizations/" + w.ids["district"] + "/bundle?grant_year_id=" + w.ids["year"], as: w.tokens["stranger"]})
	w.want(403, "a liaison", call{method: "GET", path: "/api/v1/organizations/" + w.ids["district"] + "/bundle?grant_year_id=" + w.ids["year"], as: w.tokens["pal"]})
	w.want(400, "no such year", call{method: "GET", path: "/api/v1/organizations/" + w.ids["district"] + "/bundle?grant_year_id=" + missing, as: w.tokens["auditor"]})
	flipped(t, whole)
	forged(t, whole)
	publicTools(t, whole)
}

func contentOf(t *testing.T, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		_, _ = text.ReadFrom(r)
		out[f.Name] = text.String()
	}
	return out
}

// flipped changes one bit in every member, and at many places of the whole file.
func flipped(t *testing.T, whole []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var places []int64
	for _, f := range z.File {
		at, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		if n := int64(f.UncompressedSize64); n > 0 {
			places = append(places, at, at+rand.Int64N(n), at+n-1)
		}
		places = append(places, at-1, at-int64(len(f.Name))-rand.Int64N(30)-1)
	}
	for range 100 {
		places = append(places, rand.Int64N(int64(len(whole))))
	}
	for i := range 60 { // the directory at the end
		places = append(places, int64(len(whole)-1-i))
	}
	for _, at := range places {
		spoiled := bytes.Clone(whole)
		spoiled[at] ^= 1 << rand.IntN(8)
		if r := verified(spoiled); len(r.Wrong) == 0 {
			t.Errorf("a flipped bit at %d of %d was not found", at, len(whole))
		}
	}
	for what, b := range map[string][]byte{"bytes behind it": append(bytes.Clone(whole), "more"...), "bytes before it": append([]byte("more"), whole...), "half of it": whole[:len(whole)/2], "nothing": nil} {
		if len(verified(b).Wrong) == 0 {
			t.Errorf("%s: not found", what)
		}
	}
}

// forged writes bundles anew, with manifest and sums that fit, from changed members.
func forged(t *testing.T, whole []byte) {
	t.Helper()
	m := verified(whole).Manifest
	for what, change := range map[string]func(texts map[string]string){
		"a smaller expenditure": func(x map[string]string) {
			x["data/expenditures.jsonl"] = strings.Replace(x["data/expenditures.jsonl"], `"amount_cents":5000`, `"amount_cents":4000`, 1)
		},
		"a missing expenditure": func(x map[string]string) { x["data/expenditures.jsonl"] = "" },
		"a larger approval": func(x map[string]string) {
			x["data/applications.jsonl"] = strings.Replace(x["data/applications.jsonl"], `"approved_cents":2`, `"approved_cents":3`, 1)
		},
		"another state": func(x map[string]string) {
			x["data/payments.jsonl"] = strings.Replace(x["data/payments.jsonl"], `"status":"expected"`, `"status":"paid"`, 1)
		},
		"another reason": func(x map[string]string) {
			x["audit/events.jsonl"] = strings.Replace(x["audit/events.jsonl"], "Prices rose.", "Prices fell.", 1)
		},
		"an event less": func(x map[string]string) {
			_, x["audit/events.jsonl"], _ = strings.Cut(x["audit/events.jsonl"], "\n")
		},
		"the last event less": func(x map[string]string) {
			s := strings.TrimSuffix(x["audit/events.jsonl"], "\n")
			x["audit/events.jsonl"] = s[:strings.LastIndex(s, "\n")+1]
		},
		"another rule": func(x map[string]string) { x["program/definition.yaml"] += "# more\n" },
		"another allocation": func(x map[string]string) {
			x["data/allocations.jsonl"] = strings.Replace(x["data/allocations.jsonl"], `"amount_cents":`, `"amount_cents":1`, 1)
		},
		"another file": func(x map[string]string) {
			for name := range x {
				if strings.HasPrefix(name, "attachments/") {
					x[name] += "!"
				}
			}
		},
		"a document less": func(x map[string]string) { x["data/payments.jsonl"] = "" },
	} {
		texts := contentOf(t, whole)
		change(texts)
		var out bytes.Buffer
		w := bundle.NewWriter(&out)
		for _, f := range m.Files {
			if err := w.Add(f.Name, []byte(texts[f.Name])); err != nil {
				t.Fatal(err)
			}
		}
		n := m
		if err := w.Close(n); err != nil {
			t.Fatal(err)
		}
		if r := verified(out.Bytes()); len(r.Wrong) == 0 {
			t.Errorf("%s: not found", what)
		}
	}
}

// publicTools runs the script of the manual over a whole bundle and over spoiled ones.
func publicTools(t *testing.T, whole []byte) {
	t.Helper()
	page, err := os.ReadFile("../docs/auditor-bundle.md")
	if err != nil {
		t.Fatal(err)
	}
	_, script, _ := strings.Cut(string(page), "```sh\n")
	script, _, found := strings.Cut(script, "\n```")
	if !found {
		t.Fatal("the manual has no script")
	}
	for _, tool := range []string{"unzip", "sha256sum", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Logf("%s is not installed: the script of the manual was not run", tool)
			return
		}
	}
	dir := t.TempDir()
	run := func(b []byte) (string, bool) {
		t.Helper()
		path := filepath.Join(dir, "bundle.zip")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-c", script, "check-bundle.sh", path)
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	if out, ok := run(whole); !ok || !strings.Contains(out, "spent: 5100 cents\nthe bundle is whole") {
		t.Errorf("the script: %s", out)
	}
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if f.UncompressedSize64 == 0 || rand.IntN(3) > 0 {
			continue
		}
		at, _ := f.DataOffset()
		spoiled := bytes.Clone(whole)
		spoiled[at+rand.Int64N(int64(f.UncompressedSize64))] ^= 0x20
		if out, ok := run(spoiled); ok {
			t.Errorf("a flipped byte of %s: %s", f.Name, out)
		}
	}
}
