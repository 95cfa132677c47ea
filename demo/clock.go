package demo

import (
	"fmt"
	"sync"
	"time"

	"earmark/models"
)

// Clock is the demo's time, set by hand. Identifiers come from it too, so that the same
// state has the same identifiers.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	number uint64
}

// NewClock stands before everything that happens in the demo.
func NewClock() *Clock { return &Clock{now: opening(firstDay)} }

// Now is the time in the demo.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// NewID makes a UUIDv7 of the demo's time and a counter.
func (c *Clock) NewID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	ms := uint64(c.now.UnixMilli())
	return fmt.Sprintf("%08x-%04x-7de0-8de0-%012x", ms>>16, ms&0xffff, c.number)
}

// tick lets some seconds pass, as between two people's clicks.
func (c *Clock) tick() { c.forward(c.Now().Add(17 * time.Second)) }

// forward moves the clock, never back.
func (c *Clock) forward(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if to.After(c.now) {
		c.now = to
	}
}

// opening is when work begins on a day: 13:00 UTC is morning in Michigan.
func opening(d models.Date) time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), 13, 0, 0, 0, time.UTC)
}

// afterMidnight is when the night of a date is computed: early on the day after.
func afterMidnight(d models.Date) time.Time {
	next := d.AddDays(1)
	return time.Date(next.Year(), next.Month(), next.Day(), 7, 30, 0, 0, time.UTC)
}

// RunningClock is the clock of a served demo: it stood at the morning of Today when the
// state was built, and has run on since.
func RunningClock(built time.Time) func() time.Time {
	start := opening(Today)
	return func() time.Time { return start.Add(time.Since(built)) }
}
