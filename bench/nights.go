package main

import (
	"context"
	"errors"
	"fmt"

	"earmark/models"
)

// firstNight does the whole work on both sides: nothing of an earlier night is there.
func firstNight(ctx context.Context, b *bench) (series, error) {
	return b.nights(ctx, "2026-06-29", "")
}

// steadyNight is the night after: the same reading, little to write.
func steadyNight(ctx context.Context, b *bench) (series, error) {
	return b.nights(ctx, "2026-06-30", "2026-06-29")
}

func (b *bench) nights(ctx context.Context, date, before models.Date) (s series, err error) {
	if err := b.fill(ctx); err != nil {
		return series{}, err
	}
	srv, err := serve(ctx, b.ours())
	if err != nil {
		return series{}, err
	}
	defer func() { err = errors.Join(err, srv.end()) }()
	limit := func(date models.Date) error {
		return b.script(ctx, b.limit(), "bench/limit/nightly.sql", "-v", "date="+string(date))
	}
	s, err = b.alternate(ctx, func() (float64, error) {
		if err := b.script(ctx, b.limit(), "bench/limit/nightly_reset.sql"); err != nil {
			return 0, err
		}
		if before != "" {
			if err := limit(before); err != nil {
				return 0, err
			}
		}
		return timed(func() error { return limit(date) })
	}, func() (float64, error) {
		if err := b.script(ctx, b.ours(), "bench/nightly_reset.sql"); err != nil {
			return 0, err
		}
		if before != "" {
			if err := srv.night(ctx, before); err != nil {
				return 0, err
			}
		}
		return timed(func() error { return srv.night(ctx, date) })
	})
	if err != nil {
		return s, err
	}
	s.note, err = b.compareNights(ctx)
	return s, err
}

// night runs the two jobs of a night as cron would.
func (s *serving) night(ctx context.Context, date models.Date) error {
	for _, job := range []string{"utilization", "digest"} {
		if _, err := s.Jobs.Run(ctx, job, date, false); err != nil {
			return fmt.Errorf("%s: %w", job, err)
		}
	}
	return nil
}

// compareNights makes sure that both sides found the same.
func (b *bench) compareNights(ctx context.Context) (string, error) {
	const figures = "SELECT (SELECT count(*) FROM flags), (SELECT count(*) FROM notices), (SELECT count(*) FROM mails)"
	var ours, limit [3]int64
	if err := b.query(ctx, b.ours(), figures, &ours[0], &ours[1], &ours[2]); err != nil {
		return "", err
	}
	if err := b.query(ctx, b.limit(), figures, &limit[0], &limit[1], &limit[2]); err != nil {
		return "", err
	}
	note := fmt.Sprintf("%d flags, %d notices, %d mails; the limit %d, %d, %d", ours[0], ours[1], ours[2], limit[0], limit[1], limit[2])
	if off := ours[0] - limit[0]; ours[0] == 0 || off*off > ours[0]*ours[0]/2500 { // 2 %: postings of an earlier run may have moved some
		return "", fmt.Errorf("the two sides do not agree: %s", note)
	}
	return note, nil
}
