package bundle

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"earmark/workflow/formula"
)

// Report is what Verify found.
type Report struct {
	Manifest  Manifest
	Files     int
	Bytes     int64
	Events    int
	Documents int
	Receipts  int
	Wrong     []string // each finding, a sentence
}

// most findings are told; a bundle that has more is no bundle.
const most = 200

// largest member that is read: the data of one district and year, or one attachment.
const largest = 1 << 30

type verifier struct {
	Report
	content map[string][]byte // of members that are looked into
	rows    map[string][]map[string]any
}

func (v *verifier) found(format string, args ...any) {
	if len(v.Wrong) < most {
		v.Wrong = append(v.Wrong, fmt.Sprintf(format, args...))
	}
}

// Verify checks a bundle by itself: every byte of the zip, every hash, the chains of the
// audit trail, receipts and totals. It never unfolds anything: members are stored.
func Verify(file io.ReaderAt, size int64) Report {
	v := verifier{content: map[string][]byte{}, rows: map[string][]map[string]any{}}
	z, err := zip.NewReader(file, size)
	if err != nil {
		v.found("The file is no zip: %v.", err)
		return v.Report
	}
	sums, ok := v.members(z, size)
	if !ok {
		return v.Report
	}
	v.container(z, file, size)
	v.listed(sums)
	if len(v.Wrong) > 0 {
		return v.Report // what the rest would find follows from this
	}
	v.read()
	v.trail()
	v.receipts()
	v.totals()
	return v.Report
}

// members reads every member once, in order. Together they are no larger than the zip: in
// one where they are, entries share their bytes, so that a small file would unfold to anything.
func (v *verifier) members(z *zip.Reader, size int64) (sums map[string]File, ok bool) {
	sums = map[string]File{}
	last, left := "", uint64(size)
	for _, f := range z.File {
		if f.UncompressedSize64 > left {
			v.found("The members are larger than the zip: it is not as Earmark writes it.")
			return nil, false
		}
		left -= f.UncompressedSize64
		end := f.Name == manifestName || f.Name == sumsName
		switch {
		case !goodName(f.Name), f.Method != zip.Store, f.UncompressedSize64 != f.CompressedSize64, f.UncompressedSize64 > largest:
			v.found("%q is no member that Earmark writes.", f.Name)
			return nil, false
		case !end && f.Name <= last:
			v.found("%q stands twice or out of order.", f.Name)
		}
		if !end {
			last = f.Name
		}
		r, err := f.Open()
		if err != nil {
			v.found("%s cannot be read: %v.", f.Name, err)
			return nil, false
		}
		sum, keep := sha256.New(), &bytes.Buffer{}
		var into io.Writer = sum
		if !strings.HasPrefix(f.Name, "attachments/") {
			into = io.MultiWriter(sum, keep)
		}
		n, err := io.Copy(into, r)
		_ = r.Close()
		if err != nil {
			v.found("%s cannot be read: %v.", f.Name, err)
			continue
		}
		if _, twice := sums[f.Name]; twice {
			v.found("%s stands twice.", f.Name)
		}
		sums[f.Name] = File{f.Name, n, hex.EncodeToString(sum.Sum(nil))}
		v.content[f.Name] = keep.Bytes()
		v.Files, v.Bytes = v.Files+1, v.Bytes+n
	}
	return sums, true
}

// container writes the zip anew from its members: it has to be the same, byte by byte, so
// that nothing hides between them.
func (v *verifier) container(z *zip.Reader, file io.ReaderAt, size int64) {
	same := &comparing{with: bufio.NewReader(io.NewSectionReader(file, 0, size))}
	w := zip.NewWriter(same)
	for _, f := range z.File {
		r, err := f.OpenRaw()
		if err == nil {
			err = store(w, f.Name, int64(f.UncompressedSize64), f.CRC32, r)
		}
		if err != nil {
			v.found("%s is not as Earmark writes it.", f.Name)
			return
		}
	}
	if err := w.Close(); err != nil || same.at != size {
		v.found("The zip is not as Earmark writes it: byte %d, or what follows the last member.", same.at)
	}
}

// comparing is a writer that fails at the first byte that differs.
type comparing struct {
	with *bufio.Reader
	at   int64
}

func (c *comparing) Write(p []byte) (int, error) {
	have := make([]byte, len(p))
	n, err := io.ReadFull(c.with, have)
	for i := range n {
		if have[i] != p[i] {
			return i, fmt.Errorf("byte %d differs", c.at)
		}
		c.at++
	}
	return n, err
}

// listed holds the members to the manifest and the sums.
func (v *verifier) listed(sums map[string]File) {
	d := json.NewDecoder(bytes.NewReader(v.content[manifestName]))
	d.DisallowUnknownFields()
	if err := d.Decode(&v.Manifest); err != nil || v.Manifest.Format != Format {
		v.found("There is no %s of the form %s.", manifestName, Format)
		return
	}
	known := map[string]bool{manifestName: true, sumsName: true}
	for _, f := range v.Manifest.Files {
		known[f.Name] = true
		if got, there := sums[f.Name]; !there {
			v.found("%s is missing.", f.Name)
		} else if got != f {
			v.found("%s is not what the manifest says.", f.Name)
		}
	}
	for name := range sums {
		if !known[name] {
			v.found("%s is in the zip and not in the manifest.", name)
		}
	}
	want := sumsOf(append(slices.Clone(v.Manifest.Files), File{Name: manifestName, SHA256: sums[manifestName].SHA256}))
	if string(v.content[sumsName]) != want {
		v.found("%s is not what the manifest says.", sumsName)
	}
	if got := sums["program/definition.yaml"].SHA256; got != v.Manifest.Definition {
		v.found("program/definition.yaml does not have the hash that the grant year was frozen with.")
	}
}

// read takes the rows of every table.
func (v *verifier) read() {
	for name, text := range v.content {
		table, isTable := strings.CutSuffix(strings.TrimPrefix(name, "data/"), ".jsonl")
		if !isTable || !strings.HasPrefix(name, "data/") {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		for d.More() {
			var row map[string]any
			if err := d.Decode(&row); err != nil {
				v.found("%s is not lines of JSON.", name)
				break
			}
			v.rows[table] = append(v.rows[table], row)
		}
	}
	for _, a := range v.rows["attachments"] {
		name := AttachmentName(text(a, "id"), text(a, "name"))
		i := slices.IndexFunc(v.Manifest.Files, func(f File) bool { return f.Name == name })
		if i < 0 || v.Manifest.Files[i].SHA256 != text(a, "sha256") {
			v.found("%s is missing, or is not what was handed in.", name)
		}
	}
}

// AttachmentName is where the content of an attachment stands. Letters beyond ASCII become
// underscores, because not every unzip writes them alike; its row has the name.
func AttachmentName(id, name string) string {
	return "attachments/" + id + "/" + strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '_'
		}
		return r
	}, name)
}

func text(row map[string]any, column string) string {
	s, _ := row[column].(string)
	return s
}

func whole(row map[string]any, column string) int64 {
	n, _ := row[column].(json.Number)
	i, _ := n.Int64()
	return i
}

// receipts are worked out again.
func (v *verifier) receipts() {
	for _, a := range v.rows["allocations"] {
		receipt := text(a, "receipt")
		n, wrong, err := formula.VerifyFile([]byte(receipt))
		if err != nil {
			v.found("The receipt of allocation %s cannot be read: %v.", text(a, "id"), err)
			continue
		}
		v.Receipts += n
		for _, says := range wrong {
			v.found("Allocation %s: %s", text(a, "id"), says)
		}
		var told struct {
			AmountCents int64 `json:"amount_cents"`
		}
		if json.Unmarshal([]byte(receipt), &told) != nil || told.AmountCents != whole(a, "amount_cents") {
			v.found("Allocation %s is not the amount of its receipt.", text(a, "id"))
		}
	}
}

// totals adds up: what was spent on a line, what an application was approved.
func (v *verifier) totals() {
	spent, approved := map[string]int64{}, map[string]int64{}
	for _, e := range v.rows["expenditures"] {
		spent[text(e, "line_item_id")] += whole(e, "amount_cents")
	}
	for _, l := range v.rows["line_items"] {
		if got := spent[text(l, "id")]; got != whole(l, "spent_cents") {
			v.found("Line %d says that %d cents were spent; its expenditures are %d.", whole(l, "number"), whole(l, "spent_cents"), got)
		}
		delete(spent, text(l, "id"))
		if text(l, "status") == "in_force" {
			approved[text(l, "application_id")] += whole(l, "amount_cents")
		}
	}
	for line := range spent {
		v.found("There are expenditures of line %s, which is not in the bundle.", line)
	}
	for _, a := range v.rows["applications"] {
		if got := approved[text(a, "id")]; got != whole(a, "approved_cents") {
			v.found("%s says that %d cents are approved; its lines in force are %d.", text(a, "reference"), whole(a, "approved_cents"), got)
		}
	}
}
