package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// folder keeps content in ab/abcdef…, and uploads in incoming/ until they are whole.
type folder struct{ root string }

const incoming = "incoming"

func newFolder(root string) (*folder, error) {
	f := &folder{root}
	if err := os.MkdirAll(f.incoming(), 0o700); err != nil {
		return nil, fmt.Errorf("FILES_DIR: %w", err)
	}
	return f, nil
}

func (f *folder) incoming() string { return filepath.Join(f.root, incoming) }

func (f *folder) path(sha string) string { return filepath.Join(f.root, sha[:2], sha) }

// keep copies into a temporary file beside the others, because the received one is still
// needed when the transaction fails; then renames, which is whole or not at all.
func (f *folder) keep(_ context.Context, sha string, received *os.File, size int64) error {
	if _, err := received.Seek(0, io.SeekStart); err != nil {
		return err
	}
	temp, err := os.CreateTemp(f.incoming(), "keep-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone after the rename
	n, err := io.Copy(temp, received)
	if err == nil && n != size {
		err = io.ErrShortWrite
	}
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	dir := filepath.Dir(f.path(sha))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), f.path(sha)); err != nil {
		return err
	}
	return errors.Join(syncDir(dir), syncDir(f.root))
}

// syncDir makes a rename survive a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (f *folder) open(_ context.Context, sha string) (*os.File, error) {
	if !goodHash(sha) {
		return nil, fs.ErrNotExist
	}
	return os.Open(f.path(sha))
}

func (f *folder) stat(_ context.Context, sha string) (Stored, error) {
	if !goodHash(sha) {
		return Stored{}, fs.ErrNotExist
	}
	info, err := os.Stat(f.path(sha))
	if err != nil {
		return Stored{}, err
	}
	return Stored{sha, info.Size(), info.ModTime()}, nil
}

func (f *folder) remove(_ context.Context, sha string) error { return os.Remove(f.path(sha)) }

func (f *folder) walk(_ context.Context, visit func(Stored) error) error {
	return filepath.WalkDir(f.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !goodHash(d.Name()) || filepath.Base(filepath.Dir(path)) != d.Name()[:2] {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) { // collected by another process
			return nil
		}
		if err != nil {
			return err
		}
		return visit(Stored{d.Name(), info.Size(), info.ModTime()})
	})
}

// sweep goes by the clock of the disk, which stamped the files.
func (f *folder) sweep(context.Context) error {
	mark, err := os.CreateTemp(f.incoming(), "sweep-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(mark.Name()) }()
	now, err := mark.Stat()
	if err = errors.Join(err, mark.Close()); err != nil {
		return err
	}
	left, err := os.ReadDir(f.incoming())
	if err != nil {
		return err
	}
	for _, d := range left {
		info, err := d.Info()
		if err != nil || now.ModTime().Sub(info.ModTime()) < 24*time.Hour {
			continue // gone already, or still at work
		}
		if err := os.Remove(filepath.Join(f.incoming(), d.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (f *folder) ready(context.Context) error {
	temp, err := os.CreateTemp(f.incoming(), "ready-*")
	if err != nil {
		return err
	}
	return errors.Join(temp.Close(), os.Remove(temp.Name()))
}
