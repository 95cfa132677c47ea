package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"earmark/models"
)

// The cost of one password: 19 MiB, two passes, one lane (OWASP's first choice for argon2id).
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	saltBytes = 16
	hashBytes = 32
)

// Hasher hashes and checks passwords, a few at a time: each takes 19 MiB and a core, so
// that a flood of sign-ins must wait here and not take the server's memory.
type Hasher struct {
	slots chan struct{}
	dummy string
}

// NewHasher makes a Hasher that works on so many passwords at once.
func NewHasher(atOnce int) *Hasher {
	// A hash that no password gives, with the cost of a real one.
	return &Hasher{slots: make(chan struct{}, max(1, atOnce)), dummy: encode(random(saltBytes), random(hashBytes))}
}

// Hash makes the text that is kept instead of the password (PHC string format).
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := random(saltBytes)
	sum, err := h.derive(ctx, password, salt, memoryKiB, passes, lanes, hashBytes)
	if err != nil {
		return "", err
	}
	return encode(salt, sum), nil
}

// Check reports whether a kept text was made from the password. An empty text stands for
// no account or no password: the answer is no, after the same work.
func (h *Hasher) Check(ctx context.Context, kept, password string) (bool, error) {
	if kept == "" {
		kept = h.dummy
	}
	p, err := decode(kept)
	if err != nil {
		return false, err
	}
	sum, err := h.derive(ctx, password, p.salt, p.memory, p.passes, p.lanes, uint32(len(p.sum)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, p.sum) == 1, nil
}

func (h *Hasher) derive(ctx context.Context, password string, salt []byte, memory, passes uint32, lanes uint8, size uint32) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, &models.Error{Kind: models.Unavailable, Code: "sign_in.busy", RetryAfter: 2, Err: ctx.Err(),
			Detail: "Too many people are signing in at once. Try again."}
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), salt, passes, memory, lanes, size), nil
}

func encode(salt, sum []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, sum      []byte
}

// decode reads a PHC string. What is out of bounds is refused rather than computed.
func decode(text string) (phc, error) {
	var p phc
	var version int
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return p, fmt.Errorf("a kept password is not of the form argon2id")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, fmt.Errorf("a kept password has the unknown version %q", parts[2])
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil {
		return p, fmt.Errorf("a kept password has the parameters %q: %w", parts[3], err)
	}
	if p.memory < 8 || p.memory > 256*1024 || p.passes < 1 || p.passes > 16 || p.lanes < 1 || p.lanes > 16 {
		return p, fmt.Errorf("a kept password has parameters out of bounds: %q", parts[3])
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return p, fmt.Errorf("salt of a kept password: %w", err)
	}
	if p.sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return p, fmt.Errorf("hash of a kept password: %w", err)
	}
	if len(p.salt) < 8 || len(p.sum) < 16 || len(p.sum) > 64 {
		return p, fmt.Errorf("a kept password has a salt or hash of the wrong length")
	}
	return p, nil
}

// random never fails: without randomness the program cannot go on.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // cannot return an error; see crypto/rand
	return b
}
