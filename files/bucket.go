package files

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// bucket keeps content as objects of S3-compatible storage.
type bucket struct {
	client *minio.Client
	name   string
	prefix string // with a slash at its end, or empty
}

var errAddress = errors.New("FILES_URL: give https://KEY:SECRET@host/bucket, with ?region=… where the storage has regions")

// newBucket reads an address. Its error never repeats the address, which holds a secret.
func newBucket(address string) (*bucket, error) {
	u, err := url.Parse(address)
	if err != nil || u.User == nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errAddress
	}
	name, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	secret, given := u.User.Password()
	if name == "" || !given {
		return nil, errAddress
	}
	if prefix != "" {
		prefix += "/"
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: u.Scheme == "https",
		Region: u.Query().Get("region"), BucketLookup: minio.BucketLookupPath})
	if err != nil {
		return nil, errAddress
	}
	return &bucket{client, name, prefix}, nil
}

func (b *bucket) key(sha string) string { return b.prefix + sha[:2] + "/" + sha }

// keep sends checksums along: the storage refuses what reaches it otherwise.
func (b *bucket) keep(ctx context.Context, sha string, received *os.File, size int64) error {
	sum, err := hex.DecodeString(sha)
	if err != nil {
		return err
	}
	_, err = b.client.PutObject(ctx, b.name, b.key(sha), io.NewSectionReader(received, 0, size), size,
		minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true, SendContentMd5: true,
			UserMetadata: map[string]string{"X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(sum)}})
	return err
}

// open fetches an object into a file that is nobody else's: it is read twice, and by ranges.
func (b *bucket) open(ctx context.Context, sha string) (*os.File, error) {
	if !goodHash(sha) {
		return nil, fs.ErrNotExist
	}
	object, err := b.client.GetObject(ctx, b.name, b.key(sha), minio.GetObjectOptions{})
	if err != nil {
		return nil, absent(err)
	}
	defer func() { _ = object.Close() }()
	file, err := os.CreateTemp("", "earmark-file-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // it lives as long as it is open
	if _, err = io.Copy(file, object); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		return nil, absent(err)
	}
	return file, nil
}

func absent(err error) error {
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}

func (b *bucket) stat(ctx context.Context, sha string) (Stored, error) {
	if !goodHash(sha) {
		return Stored{}, fs.ErrNotExist
	}
	info, err := b.client.StatObject(ctx, b.name, b.key(sha), minio.StatObjectOptions{})
	return Stored{sha, info.Size, info.LastModified}, absent(err)
}

func (b *bucket) remove(ctx context.Context, sha string) error {
	return b.client.RemoveObject(ctx, b.name, b.key(sha), minio.RemoveObjectOptions{})
}

func (b *bucket) walk(ctx context.Context, visit func(Stored) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing when visit fails
	for object := range b.client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		if object.Err != nil {
			return object.Err
		}
		if sha := path.Base(object.Key); goodHash(sha) && object.Key == b.key(sha) {
			if err := visit(Stored{sha, object.Size, object.LastModified}); err != nil {
				return err
			}
		}
	}
	return nil
}

// sweep has nothing to do: an object is whole or not there.
func (b *bucket) sweep(context.Context) error { return nil }

func (b *bucket) ready(ctx context.Context) error {
	there, err := b.client.BucketExists(ctx, b.name)
	if err == nil && !there {
		err = fmt.Errorf("there is no bucket %q", b.name)
	}
	return err
}
