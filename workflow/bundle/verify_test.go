package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"earmark/models"
)

// What was done with another person's role is hashed with that person.
func TestEventsOnBehalfOfSomebodyVerify(t *testing.T) {
	t.Parallel()
	e := models.AuditEvent{ID: "1", At: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), ActorID: "a", Action: "submit", DocumentKind: "revision", DocumentID: "r", Sequence: 1,
		Changes: "{}", OnBehalfOf: "b", DelegationID: "d"}
	e.Hash = e.ComputeHash()
	line := EventOf(e)
	if line.hash() != line.Hash {
		t.Error("a delegated step does not verify")
	}
	if line.OnBehalfOf = "c"; line.hash() == line.Hash {
		t.Error("another giver was not noticed")
	}
}

// A directory that names the same bytes many times is refused before they are read.
func TestMembersThatShareBytesAreRefused(t *testing.T) {
	t.Parallel()
	var whole bytes.Buffer
	w := NewWriter(&whole)
	if err := w.Add("a", bytes.Repeat([]byte("x"), 1<<16)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(Manifest{}); err != nil {
		t.Fatal(err)
	}
	b := whole.Bytes()
	end := bytes.LastIndex(b, []byte("PK\x05\x06"))
	start := int(binary.LittleEndian.Uint32(b[end+16:]))
	first := b[start : start+46+1] // the entry of "a"
	directory := bytes.Repeat(first, 1000)
	tail := bytes.Clone(b[end:])
	binary.LittleEndian.PutUint16(tail[8:], 1000)
	binary.LittleEndian.PutUint16(tail[10:], 1000)
	binary.LittleEndian.PutUint32(tail[12:], uint32(len(directory)))
	bomb := append(append(bytes.Clone(b[:start]), directory...), tail...)
	if z, err := zip.NewReader(bytes.NewReader(bomb), int64(len(bomb))); err != nil || len(z.File) != 1000 {
		t.Fatalf("no zip of 1000 entries: %v", err)
	}
	r := Verify(bytes.NewReader(bomb), int64(len(bomb)))
	if len(r.Wrong) == 0 || r.Bytes > int64(len(bomb)) || !strings.Contains(strings.Join(r.Wrong, " "), "larger than the zip") {
		t.Errorf("read %d bytes of %d: %v", r.Bytes, len(bomb), r.Wrong[:min(3, len(r.Wrong))])
	}
}
