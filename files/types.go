package files

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
)

// fileType is a kind of file that is taken: what its name ends in and what its bytes are.
// Nothing that a program would run is among them: no pages, pictures with scripts, macros,
// archives or executables.
type fileType struct {
	endings   []string
	mediaType string
	check     func(f *os.File, size int64) error
}

const (
	wordMain  = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	sheetMain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

var types = []fileType{
	{[]string{".pdf"}, "application/pdf", checkPDF},
	{[]string{".docx"}, wordMain, func(f *os.File, size int64) error { return checkOffice(f, size, wordMain) }},
	{[]string{".xlsx"}, sheetMain, func(f *os.File, size int64) error { return checkOffice(f, size, sheetMain) }},
	{[]string{".csv"}, "text/csv", checkText},
	{[]string{".txt"}, "text/plain", checkText},
	{[]string{".png"}, "image/png", checkPNG},
	{[]string{".jpg", ".jpeg"}, "image/jpeg", checkJPEG},
}

// Endings lists the names' endings that are taken.
func Endings() string {
	var out []string
	for _, t := range types {
		for _, e := range t.endings {
			out = append(out, e[1:])
		}
	}
	return strings.Join(out, ", ")
}

// judge looks at the bytes: they must be of the type that the name promises, and of no
// other at the same time.
func (t fileType) judge(f *os.File, size int64) (string, error) {
	head := make([]byte, 3072)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	found := mimetype.Detect(head[:n])
	if !t.plausible(found) {
		return "", wrong("attachment.type_mismatch", fmt.Sprintf("The name ends in %s, but the content is %s.", t.endings[0], strings.SplitN(found.String(), ";", 2)[0]),
			"Hand in the file itself, under its own name, as one of: "+Endings()+".")
	}
	return t.mediaType, t.check(f, size)
}

// plausible: an office document is a zip to whoever sees only its beginning, and few lines
// of CSV are plain text.
func (t fileType) plausible(found *mimetype.MIME) bool {
	switch t.mediaType {
	case wordMain, sheetMain:
		for m := found; m != nil; m = m.Parent() {
			if m.Is("application/zip") {
				return true
			}
		}
		return false
	case "text/csv", "text/plain":
		return slices.ContainsFunc([]string{"text/plain", "text/csv", "text/tab-separated-values"}, found.Is)
	}
	return found.Is(t.mediaType)
}

func damaged(what string) error {
	return wrong("attachment.damaged", "The file is no whole "+what+".", "Open it, save it again and hand in the new file.")
}

func polyglot() error {
	return wrong("attachment.polyglot", "The file is two types at once.", "Open it, save it again and hand in the new file.")
}

// isArchive finds a zip behind whatever a file begins with.
func isArchive(f *os.File, size int64) bool {
	_, err := zip.NewReader(f, size)
	return err == nil
}

func checkPDF(f *os.File, size int64) error {
	head, tail := make([]byte, 5), make([]byte, min(size, 2048))
	if _, err := f.ReadAt(head, 0); err != nil || !bytes.Equal(head, []byte("%PDF-")) {
		return damaged("PDF")
	}
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil || !bytes.Contains(tail, []byte("%%EOF")) {
		return damaged("PDF")
	}
	if isArchive(f, size) {
		return polyglot()
	}
	return nil
}

// checkPNG walks the chunks: nothing may follow the last one.
func checkPNG(f *os.File, size int64) error {
	if _, err := png.DecodeConfig(io.NewSectionReader(f, 0, size)); err != nil {
		return damaged("PNG")
	}
	head := make([]byte, 8)
	for at := int64(8); ; {
		if _, err := f.ReadAt(head, at); err != nil {
			return damaged("PNG")
		}
		at += 12 + int64(binary.BigEndian.Uint32(head))
		switch {
		case at > size:
			return damaged("PNG")
		case string(head[4:]) == "IEND" && at == size:
			return nil
		case string(head[4:]) == "IEND":
			return polyglot()
		}
	}
}

func checkJPEG(f *os.File, size int64) error {
	if _, err := jpeg.DecodeConfig(bufio.NewReader(io.NewSectionReader(f, 0, size))); err != nil {
		return damaged("JPEG")
	}
	if isArchive(f, size) {
		return polyglot()
	}
	return nil
}

// checkText takes UTF-8 without control characters.
func checkText(f *os.File, size int64) error {
	r := bufio.NewReader(io.NewSectionReader(f, 0, size))
	for {
		c, n, err := r.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case c == utf8.RuneError && n == 1, c < 0x20 && !strings.ContainsRune("\t\r\n\f", c), c == 0x7f:
			return wrong("attachment.not_text", "The file is not text in UTF-8.", "Save it as text or CSV in UTF-8.")
		}
	}
}

// Limits of what an office document may unfold to, so that no reader is overwhelmed by it.
const (
	maxParts    = 5000
	maxUnfolded = 256 << 20
)

// checkOffice unfolds a document: it has to be whole, of that main type and of no other,
// without macros, controls or packed programs, and of a bearable size.
func checkOffice(f *os.File, size int64, main string) error {
	first := make([]byte, 4)
	if _, err := f.ReadAt(first, 0); err != nil || !bytes.Equal(first, []byte("PK\x03\x04")) {
		return damaged("office document")
	}
	z, err := zip.NewReader(f, size)
	if err != nil {
		return damaged("office document")
	}
	if len(z.File) > maxParts {
		return bomb()
	}
	var contentTypes []byte
	unfolded := int64(0)
	for _, part := range z.File {
		if active(part.Name) {
			return wrong("attachment.active", "The document holds a macro, a control or a packed file.", "Save it without them, or hand in a PDF.")
		}
		text, n, err := unfold(part, maxUnfolded-unfolded)
		if unfolded += n; unfolded > maxUnfolded {
			return bomb()
		}
		if err != nil {
			return damaged("office document")
		}
		if part.Name == "[Content_Types].xml" {
			contentTypes = text
		}
	}
	declared := strings.ToLower(string(contentTypes))
	if strings.Contains(declared, "macroenabled") || strings.Contains(declared, "vbaproject") {
		return wrong("attachment.active", "The document holds a macro, a control or a packed file.", "Save it without them, or hand in a PDF.")
	}
	if !strings.Contains(declared, main+".main+xml") {
		return wrong("attachment.type_mismatch", "The content is not the kind of document that the name says.", "Hand in the file itself, under its own name.")
	}
	return nil
}

func bomb() error {
	return wrong("attachment.unfolds", "The document unfolds to far more than it should.", "Save it again, or hand in a PDF.")
}

// active parts are run by office programs, or hide what can be run.
func active(name string) bool {
	name = strings.ToLower(name)
	if strings.Contains(name, "..") || strings.HasPrefix(name, "/") || strings.Contains(name, `\`) || strings.Contains(name, "activex/") || strings.Contains(name, "vbaproject") {
		return true
	}
	return slices.Contains([]string{".bin", ".exe", ".dll", ".js", ".vbs", ".hta", ".html", ".htm", ".svg", ".jar", ".bat", ".cmd", ".ps1", ".scr", ".com", ".msi", ".lnk", ".zip", ".docm", ".xlsm", ".xlam"}, path.Ext(name)) &&
		!strings.Contains(name, "printersettings")
}

// unfold reads a part, at most a limit of it, and keeps the beginning.
func unfold(part *zip.File, limit int64) (head []byte, n int64, err error) {
	r, err := part.Open()
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = r.Close() }()
	limited := io.LimitReader(r, limit+1)
	if head, err = io.ReadAll(io.LimitReader(limited, 1<<20)); err != nil {
		return nil, 0, err
	}
	rest, err := io.Copy(io.Discard, limited)
	return head, int64(len(head)) + rest, err
}
