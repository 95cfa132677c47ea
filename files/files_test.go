package files

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"earmark/models"
)

// storages gives a fresh storage of each kind, and a way to spoil what it keeps.
func storages(t *testing.T) map[string]struct {
	*Storage
	spoil func(sha string)
} {
	t.Helper()
	dir := t.TempDir()
	disk, err := New(Config{Dir: dir, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	backend := s3mem.New()
	if err := backend.CreateBucket("evidence"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	s3, err := New(Config{URL: strings.Replace(server.URL, "://", "://KEY:SECRET@", 1) + "/evidence/earmark?region=us-east-1", MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	type storage = struct {
		*Storage
		spoil func(sha string)
	}
	return map[string]storage{
		"disk": {disk, func(sha string) {
			if err := os.WriteFile(filepath.Join(dir, sha[:2], sha), []byte("something else"), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		"S3": {s3, func(sha string) {
			if _, err := backend.PutObject("evidence", "earmark/"+sha[:2]+"/"+sha, map[string]string{}, strings.NewReader("something else"), 14, nil); err != nil {
				t.Fatal(err)
			}
		}},
	}
}

func received(t *testing.T, s *Storage, name, content string) *Received {
	t.Helper()
	r, err := s.Receive(name, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Discard)
	return r
}

func TestContentComesBackAsItWas(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, s := range storages(t) {
		if err := s.Ready(ctx); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		r := received(t, s.Storage, "a.txt", "evidence")
		if there, err := s.Has(ctx, r.SHA256); there || err != nil {
			t.Errorf("%s: there before it was kept: %v %v", name, there, err)
		}
		var wg sync.WaitGroup
		for range 4 { // the same content at once
			again := received(t, s.Storage, "b.txt", "evidence")
			wg.Go(func() {
				if err := s.Keep(ctx, again); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
		c, err := s.Open(ctx, r.SHA256)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := io.ReadAll(c)
		if string(text) != "evidence" || err != nil || c.Size != 8 {
			t.Errorf("%s: %q %d %v", name, text, c.Size, err)
		}
		_ = c.Close()
		old, err := s.Before(ctx, time.Now().Add(-time.Hour))
		if len(old) != 0 || err != nil {
			t.Errorf("%s: old content %v %v", name, old, err)
		}
		all, err := s.Before(ctx, time.Now().Add(time.Hour))
		if len(all) != 1 || all[0].SHA256 != r.SHA256 || all[0].Size != 8 || err != nil {
			t.Errorf("%s: content %v %v", name, all, err)
		}
		s.spoil(r.SHA256)
		if _, err := s.Open(ctx, r.SHA256); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: changed content gave %v", name, err)
		}
		if gone, err := s.Remove(ctx, r.SHA256, time.Now().Add(-time.Hour)); gone || err != nil {
			t.Errorf("%s: fresh content was removed: %v", name, err)
		}
		if gone, err := s.Remove(ctx, r.SHA256, time.Now().Add(time.Hour)); !gone || err != nil {
			t.Errorf("%s: not removed: %v", name, err)
		}
		if _, err := s.Open(ctx, r.SHA256); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: missing content gave %v", name, err)
		}
		if _, err := s.Open(ctx, "../../etc/passwd"); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: a path gave %v", name, err)
		}
	}
}

func TestAStorageThatIsAwaySaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	server := httptest.NewServer(gofakes3.New(s3mem.New()).Server())
	s, err := New(Config{URL: strings.Replace(server.URL, "://", "://KEY:SECRET@", 1) + "/nowhere?region=us-east-1", MaxBytes: 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(ctx); err == nil {
		t.Error("ready without a bucket")
	}
	server.Close()
	if err := s.Keep(ctx, received(t, s, "a.txt", "a")); models.KindOf(err) != models.Unavailable {
		t.Errorf("away: %v", err)
	}
	for _, address := range []string{"nonsense", "https://host/bucket", "https://KEY@host/bucket", "https://KEY:SECRET@host", "ftp://KEY:SECRET@host/bucket", "https://KEY:SECRET@ho st/b"} {
		if _, err := New(Config{URL: address}); err == nil || strings.Contains(err.Error(), "SECRET@") && !errors.Is(err, errAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := New(Config{Dir: filepath.Join(os.DevNull, "x")}); err == nil {
		t.Error("a folder in no folder")
	}
}

func TestUploadsAreHeldToTheLimit(t *testing.T) {
	t.Parallel()
	s := storages(t)["disk"]
	endless := io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), iotest.ErrReader(errors.New("read past the limit")))
	if _, err := s.Receive("a.txt", io.LimitReader(endless, 1<<20)); err != nil {
		t.Errorf("exactly the limit: %v", err)
	}
	if _, err := s.Receive("a.txt", strings.NewReader(strings.Repeat("x", 1<<20+1))); models.KindOf(err) != models.TooLarge {
		t.Errorf("one byte more: %v", err)
	}
	for _, broken := range []io.Reader{iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("cut off"))), iotest.ErrReader(io.ErrUnexpectedEOF)} {
		if _, err := s.Receive("a.txt", broken); models.CodeOf(err) != "broken_body" {
			t.Errorf("cut off: %v", err)
		}
	}
}

func TestNamesAreMadeSafe(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"report.pdf": "report.pdf", "../../etc/passwd.txt": "passwd.txt", `C:\Users\me\Invoice 1.PDF`: "Invoice 1.pdf", "a\x00b\r\nc.txt": "abc.txt",
		"invoice\u202efdp.txt": "invoicefdp.txt", `x"; filename=y.csv`: "x__ filename=y.csv", "con.txt": "_con.txt", "...hidden.txt": "hidden.txt", "Prüfung – März.docx": "Prüfung – März.docx",
		"a.pdf . .": "a.pdf", strings.Repeat("ü", 200) + ".xlsx": strings.Repeat("ü", 72) + ".xlsx", "report.exe.pdf": "report.exe.pdf",
	} {
		if got, _, err := cleanName(given); got != want || err != nil {
			t.Errorf("%q became %q, want %q: %v", given, got, want, err)
		}
	}
	for _, bad := range []string{"", ".pdf", "report", "run.exe", "page.html", "picture.svg", "a.pdf.js", "macro.docm", "sheet.xlsm", "bundle.zip", "mail.eml", "\xff.txt", "a/b/", "..", "/"} {
		if got, _, err := cleanName(bad); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

// office makes a document of parts.
func office(main string, parts ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name, text string) {
		w, _ := z.Create(name)
		_, _ = io.WriteString(w, text)
	}
	add("[Content_Types].xml", `<Types><Override PartName="/main.xml" ContentType="`+main+`.main+xml"/></Types>`)
	for i := 0; i+1 < len(parts); i += 2 {
		add(parts[i], parts[i+1])
	}
	_ = z.Close()
	return b.String()
}

func picture(encode func(io.Writer, image.Image) error) string {
	var b bytes.Buffer
	_ = encode(&b, image.NewGray(image.Rect(0, 0, 3, 3)))
	return b.String()
}

func TestTypesAreFoundFromTheBytes(t *testing.T) {
	t.Parallel()
	s := storages(t)["disk"]
	pdf := "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
	pngText, jpegText := picture(png.Encode), picture(func(w io.Writer, i image.Image) error { return jpeg.Encode(w, i, nil) })
	zeros := strings.Repeat("\x00", maxUnfolded/8)
	var bombParts []string
	for i := range 9 {
		bombParts = append(bombParts, fmt.Sprintf("part%d.xml", i), zeros)
	}
	for _, c := range []struct{ name, content, want string }{ // want is a media type, or the code of the refusal
		{"a.pdf", pdf, "application/pdf"},
		{"a.docx", office(wordMain, "word/document.xml", "<w/>"), wordMain},
		{"a.xlsx", office(sheetMain, "xl/workbook.xml", "<w/>", "xl/printerSettings/printerSettings1.bin", "x"), sheetMain},
		{"a.csv", "code,amount\r\n1,2\r\n", "text/csv"},
		{"a.csv", "just a word", "text/csv"},
		{"a.txt", "Äpfel und Birnen\n", "text/plain"},
		{"a.png", pngText, "image/png"},
		{"a.jpg", jpegText, "image/jpeg"},
		{"a.jpeg", jpegText, "image/jpeg"},
		{"a.pdf", pngText, "attachment.type_mismatch"},
		{"a.png", jpegText, "attachment.type_mismatch"},
		{"a.docx", office(sheetMain), "attachment.type_mismatch"},
		{"a.xlsx", pdf, "attachment.type_mismatch"},
		{"a.docx", office("application/epub"), "attachment.type_mismatch"},
		{"a.txt", "<html><body>x", "attachment.type_mismatch"},
		{"a.txt", "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>", "attachment.type_mismatch"},
		{"a.csv", "#!/bin/sh\nrm -r x", "attachment.type_mismatch"},
		{"a.txt", "MZ\x90\x00\x03\x00\x00\x00", "attachment.type_mismatch"},
		{"a.pdf", "\x7fELF\x02\x01\x01", "attachment.type_mismatch"},
		{"a.txt", "text \xff\xfe", "attachment.not_text"},
		{"a.txt", strings.Repeat("long text ", 400) + "\x1b[2J", "attachment.not_text"},
		{"a.pdf", pdf[:20], "attachment.damaged"},
		{"a.pdf", pdf + office(wordMain) + "%%EOF", "attachment.polyglot"},
		{"a.png", pngText + "<script>", "attachment.polyglot"},
		{"a.png", pngText[:len(pngText)-6], "attachment.damaged"},
		{"a.jpg", jpegText + office(wordMain), "attachment.polyglot"},
		{"a.jpg", jpegText[:20], "attachment.damaged"},
		{"a.docx", office(wordMain)[:100], "attachment.damaged"},
		{"a.docx", office(wordMain, "word/vbaProject.bin", "x"), "attachment.active"},
		{"a.docx", office(wordMain + ".macroEnabled"), "attachment.active"},
		{"a.xlsx", office(sheetMain, "xl/activeX/activeX1.xml", "x"), "attachment.active"},
		{"a.xlsx", office(sheetMain, "xl/embeddings/oleObject1.bin", "x"), "attachment.active"},
		{"a.docx", office(wordMain, "word/media/run.exe", "x"), "attachment.active"},
		{"a.docx", office(wordMain, "../../escape.xml", "x"), "attachment.active"},
		{"a.docx", office(wordMain, bombParts...), "attachment.unfolds"},
	} {
		r, err := s.Receive(c.name, strings.NewReader(c.content))
		got := ""
		var e *models.Error
		switch {
		case errors.As(err, &e) && len(e.Fields) == 1:
			got = e.Fields[0].Code
		case err == nil:
			got = r.MediaType
			r.Discard()
		}
		if got != c.want {
			t.Errorf("%s %.20q: %q, want %q (%v)", c.name, c.content, got, c.want, err)
		}
	}
	left, err := os.ReadDir(s.temp)
	if len(left) != 0 || err != nil {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestWhatACrashLeftIsSwept(t *testing.T) {
	t.Parallel()
	s := storages(t)["disk"]
	old, fresh := filepath.Join(s.temp, "upload-old"), filepath.Join(s.temp, "upload-fresh")
	for _, path := range []string{old, fresh} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, before, before); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Before(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("the fresh one: %v", err)
	}
}
