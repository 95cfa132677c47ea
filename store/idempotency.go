package store

import (
	"time"

	"earmark/models"
)

// IdempotencyKey remembers what an actor's key created.
type IdempotencyKey struct {
	ActorID      string
	Key          string
	InputHash    string
	DocumentKind string
	DocumentID   string
	CreatedAt    time.Time `gorm:"autoCreateTime:false"`
}

// Once claims an actor's key for one input. It returns a new identifier, or the one that
// the same key and input created before (replay). Another input is a Conflict.
func (tx *Tx) Once(actorID, key, inputHash, kind string) (id string, replay bool, err error) {
	row := IdempotencyKey{actorID, key, inputHash, kind, tx.NewID(), tx.Now}
	if err := tx.CreateMissing(&row); err != nil { // waits for a concurrent holder of the key
		return "", false, err
	}
	kept, err := One[IdempotencyKey](tx, Eq{"actor_id": actorID, "key": key})
	if err != nil {
		return "", false, err
	}
	if kept.InputHash != inputHash {
		return "", false, models.Fail(models.Conflict, "idempotency.key_reused", "This Idempotency-Key was used for another request.")
	}
	return kept.DocumentID, kept.DocumentID != row.DocumentID, nil
}
