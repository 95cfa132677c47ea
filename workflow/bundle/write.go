// Package bundle owns the form of auditor bundles: one zip with every file, its hash and
// what proves it, and the check of such a zip with nothing else at hand. It knows no
// programs, no people and no storage.
package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// Format names the form, in case another one follows.
const Format = "earmark-bundle/1"

const (
	manifestName = "manifest.json"
	sumsName     = "SHA256SUMS"
)

// Manifest says what a bundle is about and lists its files, itself and the sums excepted.
type Manifest struct {
	Format       string            `json:"format"`
	Program      string            `json:"program"`
	Rules        string            `json:"rules"` // program@version
	GrantYear    string            `json:"grant_year"`
	FiscalYear   int               `json:"fiscal_year"`
	Organization string            `json:"organization"`
	Code         string            `json:"organization_code"`
	Audience     string            `json:"audience"` // office, or district: what only the office reads is left out
	StateAt      string            `json:"state_at"` // of the last change that the bundle tells of
	Earmark      string            `json:"earmark"`  // version that wrote it
	Definition   string            `json:"definition_sha256"`
	Documents    map[string]string `json:"documents"` // tables whose rows have a trail: table -> kind
	Files        []File            `json:"files"`
}

// File is one member of the zip.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Writer writes a bundle. Members are stored, not compressed, with fixed times, in the
// order of their names: the same state gives the same bytes, and no bundle can unfold to
// more than it is.
type Writer struct {
	z     *zip.Writer
	files []File
}

// NewWriter begins a bundle.
func NewWriter(w io.Writer) *Writer { return &Writer{z: zip.NewWriter(w)} }

// Add writes a member. Names have to ascend.
func (w *Writer) Add(name string, content []byte) error {
	if n := len(w.files); n > 0 && w.files[n-1].Name >= name {
		return fmt.Errorf("bundle: %s comes after %s", name, w.files[n-1].Name)
	}
	if !goodName(name) {
		return fmt.Errorf("bundle: %q is no name of a member", name)
	}
	sum := sha256.Sum256(content)
	w.files = append(w.files, File{name, int64(len(content)), hex.EncodeToString(sum[:])})
	return store(w.z, name, int64(len(content)), crc32.ChecksumIEEE(content), bytes.NewReader(content))
}

// Close writes the manifest and the sums.
func (w *Writer) Close(m Manifest) error {
	m.Format, m.Files = Format, w.files
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	sum := sha256.Sum256(text)
	sums := []byte(sumsOf(append(w.files, File{Name: manifestName, SHA256: hex.EncodeToString(sum[:])})))
	for _, last := range []struct {
		name string
		text []byte
	}{{manifestName, text}, {sumsName, sums}} {
		if err := store(w.z, last.name, int64(len(last.text)), crc32.ChecksumIEEE(last.text), bytes.NewReader(last.text)); err != nil {
			return err
		}
	}
	return w.z.Close()
}

// sumsOf is what sha256sum -c reads.
func sumsOf(files []File) string {
	var b strings.Builder
	for _, f := range files {
		b.WriteString(f.SHA256 + "  " + f.Name + "\n")
	}
	return b.String()
}

// store writes one member, whose header depends on name, size and checksum alone.
func store(z *zip.Writer, name string, size int64, crc uint32, content io.Reader) error {
	const firstOf1980 = 1<<5 | 1 // the earliest day that a zip can say
	//nolint:staticcheck // CreateRaw writes ModifiedDate as it is and does not look at Modified
	w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store, CreatorVersion: 20, ReaderVersion: 20, ModifiedDate: firstOf1980,
		CRC32: crc, CompressedSize64: uint64(size), UncompressedSize64: uint64(size)})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	return err
}

// goodName tells a relative path in ASCII that stays below the folder it is unpacked in.
func goodName(name string) bool {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r > 0x7e }) || len(name) > 400 || strings.HasPrefix(name, "/") || strings.ContainsAny(name, `\`) {
		return false
	}
	for _, part := range strings.Split(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}
