// Package files keeps the content of attachments: in a folder on disk or in S3-compatible
// storage, under the SHA-256 of the bytes. It owns which types are taken, what a name may
// look like, and that what is read is what was written. It knows no documents and no people.
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"earmark/models"
)

// Config says where content is kept.
type Config struct {
	Dir      string // folder, made when it is not there
	URL      string // https://KEY:SECRET@host/bucket/prefix?region=…; instead of Dir
	MaxBytes int64  // of one file
}

// Storage keeps content. Safe for concurrent use.
type Storage struct {
	keeper  keeper
	temp    string // where uploads are received; on disk the same file system as the content
	maximum int64
}

// keeper is a place for content: a folder or a bucket.
type keeper interface {
	// keep stores a received file under its hash, whole or not at all; what is there is replaced
	// by the same bytes, so that it counts as new.
	keep(ctx context.Context, sha string, received *os.File, size int64) error
	// open gives a file of its own with what is stored, or fs.ErrNotExist.
	open(ctx context.Context, sha string) (*os.File, error)
	// stat tells when content was stored, or fs.ErrNotExist.
	stat(ctx context.Context, sha string) (Stored, error)
	remove(ctx context.Context, sha string) error
	walk(ctx context.Context, visit func(Stored) error) error
	// sweep removes what broken uploads left behind a day ago.
	sweep(ctx context.Context) error
	// ready writes nothing that stays.
	ready(ctx context.Context) error
}

// Stored is content as the storage lists it.
type Stored struct {
	SHA256   string
	Size     int64
	StoredAt time.Time
}

// New opens a storage. With neither a folder nor an address it is nil, which keeps nothing.
func New(cfg Config) (*Storage, error) {
	switch {
	case cfg.URL != "":
		k, err := newBucket(cfg.URL)
		if err != nil {
			return nil, err
		}
		return &Storage{keeper: k, temp: os.TempDir(), maximum: cfg.MaxBytes}, nil
	case cfg.Dir != "":
		k, err := newFolder(cfg.Dir)
		if err != nil {
			return nil, err
		}
		return &Storage{keeper: k, temp: k.incoming(), maximum: cfg.MaxBytes}, nil
	}
	return nil, nil //nolint:nilnil // no storage was asked for
}

// MaxBytes is the most that one file may have.
func (s *Storage) MaxBytes() int64 { return s.maximum }

// Received is an upload that was looked at and is not kept yet. Discard it.
type Received struct {
	Name      string // sanitized
	MediaType string // found from the bytes
	Size      int64
	SHA256    string
	file      *os.File
}

// Discard removes what was received; what was kept of it stays.
func (r *Received) Discard() {
	_ = r.file.Close()
	_ = os.Remove(r.file.Name())
}

// Receive takes an upload into a temporary file, never more than the limit, and finds out
// what it is. Errors: TooLarge "attachment.too_large"; Malformed "broken_body" when the
// upload ends early; Invalid with the rule that the name or the bytes break.
func (s *Storage) Receive(name string, content io.Reader) (*Received, error) {
	name, t, err := cleanName(name)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(s.temp, "upload-*")
	if err != nil {
		return nil, fmt.Errorf("receive a file: %w", err)
	}
	r := &Received{Name: name, file: file}
	if err := s.fill(r, content); err != nil {
		r.Discard()
		return nil, err
	}
	if r.MediaType, err = t.judge(file, r.Size); err != nil {
		r.Discard()
		return nil, err
	}
	return r, nil
}

func (s *Storage) fill(r *Received, content io.Reader) (err error) {
	sum := sha256.New()
	source := &marked{from: content}
	r.Size, err = io.Copy(io.MultiWriter(r.file, sum), io.LimitReader(source, s.maximum+1))
	switch {
	case source.err != nil:
		return broken(source.err)
	case err != nil:
		return fmt.Errorf("receive a file: %w", err)
	case r.Size > s.maximum:
		return models.Fail(models.TooLarge, "attachment.too_large", "The file has more than %d bytes. Nothing was stored.", s.maximum)
	case r.Size == 0:
		return wrong("attachment.empty", "The file is empty.", "Choose the file again.")
	}
	r.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return r.file.Sync()
}

// marked tells a failure of the sender from one of the disk.
type marked struct {
	from io.Reader
	err  error
}

func (m *marked) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		m.err = err
	}
	return n, err
}

func broken(err error) error {
	var e *models.Error
	if errors.As(err, &e) {
		return e
	}
	return &models.Error{Kind: models.Malformed, Code: "broken_body", Detail: "The upload ended before it was complete. Nothing was stored.", Err: err}
}

// Keep stores what was received, so that it survives a loss of power.
func (s *Storage) Keep(ctx context.Context, r *Received) error {
	if err := s.keeper.keep(ctx, r.SHA256, r.file, r.Size); err != nil {
		return away("store", err)
	}
	return nil
}

// away is a storage that does not answer.
func away(doing string, err error) error {
	return &models.Error{Kind: models.Unavailable, Code: "attachment.storage_away", Detail: "The storage of files does not answer. Nothing was changed; try again.", RetryAfter: 10,
		Err: fmt.Errorf("%s a file: %w", doing, err)}
}

// Has reports whether content is stored; it does not read it.
func (s *Storage) Has(ctx context.Context, sha string) (bool, error) {
	_, err := s.keeper.stat(ctx, sha)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, away("look for", err)
	}
	return true, nil
}

// ErrChanged says that stored content is missing or not what was written.
var ErrChanged = errors.New("the stored content is not what was written")

// Content is stored content, read whole and found to be what was written.
type Content struct {
	*os.File
	Size int64
}

// Open reads stored content and compares it with its hash before anything of it is given
// out. Errors: ErrChanged; Unavailable when the storage does not answer.
func (s *Storage) Open(ctx context.Context, sha string) (*Content, error) {
	file, err := s.keeper.open(ctx, sha)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing", ErrChanged, sha)
	}
	if err != nil {
		return nil, away("read", err)
	}
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		return nil, away("read", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != sha {
		_ = file.Close()
		return nil, fmt.Errorf("%w: %s has the hash %s", ErrChanged, sha, got)
	}
	return &Content{file, size}, nil
}

// Before lists content that was stored before an instant.
func (s *Storage) Before(ctx context.Context, before time.Time) ([]Stored, error) {
	var out []Stored
	if err := s.keeper.sweep(ctx); err != nil {
		return nil, away("sweep", err)
	}
	err := s.keeper.walk(ctx, func(c Stored) error {
		if c.StoredAt.Before(before) {
			out = append(out, c)
		}
		return nil
	})
	if err != nil {
		return nil, away("list", err)
	}
	return out, nil
}

// Remove deletes content, unless it was stored again since.
func (s *Storage) Remove(ctx context.Context, sha string, storedBefore time.Time) (bool, error) {
	c, err := s.keeper.stat(ctx, sha)
	if errors.Is(err, os.ErrNotExist) || err == nil && !c.StoredAt.Before(storedBefore) {
		return false, nil
	}
	if err == nil {
		err = s.keeper.remove(ctx, sha)
	}
	if err != nil {
		return false, away("remove", err)
	}
	return true, nil
}

// Ready answers whether content can be stored.
func (s *Storage) Ready(ctx context.Context) error {
	if s == nil {
		return nil
	}
	return s.keeper.ready(ctx)
}

// goodHash tells content from whatever else lies in the storage.
func goodHash(name string) bool {
	return len(name) == 2*sha256.Size && strings.Trim(name, "0123456789abcdef") == ""
}
