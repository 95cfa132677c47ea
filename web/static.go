package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

//go:embed static
var staticFiles embed.FS

// static serves the style sheets, scripts, fonts and pictures. Their address holds a hash of
// all of them, so browsers keep them for good and a new version has new addresses.
type static struct {
	base  string
	files map[string]*asset
}

type asset struct {
	kind   string
	text   []byte
	once   sync.Once
	zipped []byte
}

func newStatic() (*static, error) {
	s := &static{files: map[string]*asset{}}
	sum := sha256.New()
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := staticFiles.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, "static/")
		_, _ = sum.Write([]byte(name))
		_, _ = sum.Write(text)
		s.files[name] = &asset{kind: kindOf(name), text: text}
		return nil
	})
	s.base = "/static/" + hex.EncodeToString(sum.Sum(nil))[:16] + "/"
	return s, err
}

func kindOf(name string) string {
	switch path.Ext(name) {
	case ".woff2":
		return "font/woff2"
	case ".js":
		return "text/javascript; charset=utf-8"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "text/plain; charset=utf-8"
}

// path is the address of a file.
func (s *static) path(name string) string { return s.base + name }

func (s *static) serve(c *gin.Context) {
	f, found := s.files[strings.TrimPrefix(c.Param("path"), "/")]
	if !found {
		c.Data(http.StatusNotFound, "text/plain; charset=utf-8", []byte("There is no such file.\n"))
		return
	}
	c.Header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("Vary", "Accept-Encoding")
	text := f.text
	if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		if zipped := f.compressed(); len(zipped) < len(text) {
			c.Header("Content-Encoding", "gzip")
			text = zipped
		}
	}
	c.Data(http.StatusOK, f.kind, text)
}

// compressed makes the small form when it is first asked for.
func (f *asset) compressed() []byte {
	f.once.Do(func() {
		var out bytes.Buffer
		z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a valid one
		_, _ = z.Write(f.text)
		_ = z.Close()
		f.zipped = out.Bytes()
	})
	return f.zipped
}
