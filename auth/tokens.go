package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"earmark/models"
	"earmark/store"
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

// owns refuses an actor who came with something else than an API token of the account with
// that e-mail address: a session is no password, and a token has one owner.
func (a *Authenticator) owns(ctx context.Context, who models.Actor, email string) error {
	if who.TokenID == "" {
		return unknown()
	}
	u, err := store.Get[models.User](a.db.Read(ctx), who.UserID)
	if err != nil {
		return err
	}
	if !strings.EqualFold(strings.TrimSpace(email), u.Email) {
		return unknown()
	}
	return nil
}

// wellFormed spares the database what cannot be a secret of ours.
func wellFormed(secret string) bool {
	rest, ok := strings.CutPrefix(secret, TokenPrefix)
	if !ok {
		rest, ok = strings.CutPrefix(secret, SessionPrefix)
	}
	return ok && len(rest) == 43
}
