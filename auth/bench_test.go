package auth

import (
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

// What the cache of docs/adr/0010-actor-cache.md saves.
func BenchmarkActor(b *testing.B) {
	db := storetest.New(b)
	a := New(Config{DB: db})
	secret, hash := newSecret(SessionPrefix)
	if err := db.Change(b.Context(), func(tx *store.Tx) error {
		return tx.Create(&models.Session{ID: tx.NewID(), UserID: models.SystemUserID, TokenHash: hash, CreatedAt: tx.Now, LastSeenAt: tx.Now, ExpiresAt: tx.Now.Add(time.Hour)})
	}); err != nil {
		b.Fatal(err)
	}
	ask := func(b *testing.B) {
		if _, err := a.Actor(b.Context(), secret); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("remembered", func(b *testing.B) {
		for b.Loop() {
			ask(b)
		}
	})
	b.Run("asked", func(b *testing.B) {
		for b.Loop() {
			a.Forget(models.SystemUserID)
			ask(b)
		}
	})
}
