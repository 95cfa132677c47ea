package demo

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
)

// timeline holds what will happen, by day. What happens may plan more, on the same day or
// later; events of one day happen in the order they were planned.
type timeline struct {
	clock  *Clock
	steps  []step
	day    models.Date
	number int
}

type step struct {
	on   models.Date
	late int // 0 in the day, 1 in the night after it
	n    int
	what string
	do   func(ctx context.Context) error
}

func (t *timeline) at(on models.Date, what string, do func(ctx context.Context) error) {
	t.plan(step{on: on, what: what, do: do})
}

// night plans work for the hours after the day.
func (t *timeline) night(on models.Date, what string, do func(ctx context.Context) error) {
	t.plan(step{on: on, late: 1, what: what, do: do})
}

func (t *timeline) plan(s step) {
	s.on = max(s.on, t.day) // what comes late is done today
	t.number++
	s.n = t.number
	at, _ := slices.BinarySearchFunc(t.steps, s, earlier)
	t.steps = slices.Insert(t.steps, at, s)
}

func earlier(a, b step) int {
	switch {
	case a.on != b.on:
		if a.on < b.on {
			return -1
		}
		return 1
	case a.late != b.late:
		return a.late - b.late
	}
	return a.n - b.n
}

// run lets everything happen.
func (t *timeline) run(ctx context.Context, day func(models.Date)) error {
	for len(t.steps) > 0 {
		s := t.steps[0]
		t.steps = t.steps[1:]
		if s.on != t.day {
			t.day = s.on
			t.clock.forward(opening(s.on))
			day(s.on)
		}
		if s.late > 0 {
			t.clock.forward(afterMidnight(s.on))
		}
		t.clock.tick()
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("demo, %s, %s: %w", s.on, s.what, err)
		}
	}
	return nil
}
