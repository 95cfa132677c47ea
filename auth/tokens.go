package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// The beginnings of secrets say what they are, to people and to scanners of leaked files.
const (
	TokenPrefix   = "emk_" // an API token
	SessionPrefix = "ems_" // a session
)

// NewToken makes an API token and the hash that is kept of it. The token has 32 random
// bytes, so that a plain hash cannot be guessed back.
func NewToken() (token, hash string) { return newSecret(TokenPrefix) }

func newSecret(prefix string) (secret, hash string) {
	secret = prefix + base64.RawURLEncoding.EncodeToString(random(32))
	return secret, hashOf(secret)
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// wellFormed spares the database what cannot be a secret of ours.
func wellFormed(secret string) bool {
	rest, ok := strings.CutPrefix(secret, TokenPrefix)
	if !ok {
		rest, ok = strings.CutPrefix(secret, SessionPrefix)
	}
	return ok && len(rest) == 43
}
