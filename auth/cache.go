package auth

import (
	"sync"
	"time"

	"earmark/models"
)

const (
	cacheFor  = 2 * time.Second
	cacheSize = 10_000
)

// cache keeps who was asking for two seconds, so that a client with many requests does not
// cost a query each. The price: what one replica takes away (a role, a session, an account)
// works on the others up to two seconds later. On this one it works at once, by forget.
// See docs/adr/0010-actor-cache.md.
type cache struct {
	mu     sync.Mutex
	actors map[string]cached // by hash of the secret
	epoch  uint64            // moved by forget: what was read before it is not kept after
}

type cached struct {
	actor models.Actor
	until time.Time
}

func (c *cache) get(hash string, now time.Time) (models.Actor, uint64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	hit, ok := c.actors[hash]
	if !ok || !now.Before(hit.until) {
		return models.Actor{}, c.epoch, false
	}
	return hit.actor, c.epoch, true
}

// put keeps an actor that was read while the cache was at the epoch.
func (c *cache) put(hash string, actor models.Actor, epoch uint64, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.epoch {
		return // something was taken away while the database was being asked
	}
	if c.actors == nil || len(c.actors) >= cacheSize {
		c.actors = make(map[string]cached)
	}
	c.actors[hash] = cached{actor, until}
}

// forget drops what is known of a user.
func (c *cache) forget(userID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for hash, hit := range c.actors {
		if hit.actor.UserID == userID {
			delete(c.actors, hash)
		}
	}
}
