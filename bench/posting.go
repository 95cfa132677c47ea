package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// world is a server under load with who asks and about what.
type world struct {
	*serving
	districts []district
	lines     []line
	before    int64 // entries in the ledger
	posted    int64
}

func newWorld(ctx context.Context, database string) (*world, error) {
	s, err := serve(ctx, database)
	if err != nil {
		return nil, err
	}
	w := &world{serving: s}
	if w.districts, err = districts(ctx, s.DB); err == nil {
		w.lines, err = lines(ctx, s.DB, w.districts)
	}
	if err == nil {
		err = s.DB.SQL().QueryRowContext(ctx, "SELECT count(*) FROM expenditures").Scan(&w.before)
	}
	if err != nil {
		return nil, errors.Join(err, s.end())
	}
	return w, nil
}

// askPost writes a posting on any line, by that line's preparer.
func (w *world) askPost(r *rand.Rand, out *bytes.Buffer) {
	l := w.lines[r.IntN(len(w.lines))]
	body := fmt.Appendf(nil, `{"line_item_id":%q,"amount_cents":%d,"spent_on":"2026-06-15","vendor":"Vendor 12","invoice":"INV-bench","memo":"bench"}`, l.id, 1+r.IntN(50))
	fmt.Fprintf(out, "POST /api/v1/expenditures HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		w.districts[l.district].token, len(body), body)
}

// askList writes a request for 50 lines of a district from anywhere in the first half.
func (w *world) askList(r *rand.Rand, out *bytes.Buffer) {
	d := w.districts[r.IntN(len(w.districts))]
	after := base64.RawURLEncoding.EncodeToString([]byte(w.lines[r.IntN(len(w.lines)/2)].id))
	fmt.Fprintf(out, "GET /api/v1/line_items?organization_id=%s&limit=50&cursor=%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", d.id, after, d.token)
}

func (w *world) post(ctx context.Context, n int, long time.Duration) (float64, error) {
	answers, rate, err := load(ctx, w.address, n, long, "201", w.askPost)
	w.posted += answers
	return rate, err
}

func (w *world) list(ctx context.Context, n int, long time.Duration) (float64, error) {
	_, rate, err := load(ctx, w.address, n, long, "200", w.askList)
	return rate, err
}

// alternate measures both sides in turn.
func (b *bench) alternate(ctx context.Context, limit, ours func() (float64, error)) (series, error) {
	var s series
	for i := range b.runs {
		l, err := limit()
		if err != nil {
			return s, fmt.Errorf("the limit: %w", err)
		}
		o, err := ours()
		if err != nil {
			return s, err
		}
		s.limit, s.ours = append(s.limit, l), append(s.ours, o)
		fmt.Printf("     run %d: %.4g against %.4g, %.3f\n", i+1, o, l, o/l)
		if err := ctx.Err(); err != nil {
			return s, err
		}
	}
	return s, nil
}

func post(ctx context.Context, b *bench) (series, error) {
	if err := b.fill(ctx); err != nil {
		return series{}, err
	}
	return b.posting(ctx, b.ours())
}

func (b *bench) posting(ctx context.Context, database string) (s series, err error) {
	w, err := newWorld(ctx, database)
	if err != nil {
		return series{}, err
	}
	defer func() { err = errors.Join(err, w.end()) }()
	long := time.Duration(b.secs) * time.Second
	if _, err := w.post(ctx, clients, time.Second); err != nil { // warm: connections, plans, pages
		return series{}, err
	}
	s, err = b.alternate(ctx, func() (float64, error) { return b.pgbench(ctx, "bench/limit/post.sql") },
		func() (float64, error) { return w.post(ctx, clients, long) })
	if err != nil {
		return s, err
	}
	return s, sound(ctx, w.DB, w.posted, w.before)
}

func list(ctx context.Context, b *bench) (series, error) {
	if err := b.fill(ctx); err != nil {
		return series{}, err
	}
	return b.listing(ctx, b.ours())
}

func (b *bench) listing(ctx context.Context, database string) (s series, err error) {
	w, err := newWorld(ctx, database)
	if err != nil {
		return series{}, err
	}
	defer func() { err = errors.Join(err, w.end()) }()
	long := time.Duration(b.secs) * time.Second
	if _, err := w.list(ctx, clients, time.Second); err != nil {
		return series{}, err
	}
	return b.alternate(ctx, func() (float64, error) { return b.pgbench(ctx, "bench/limit/list.sql") },
		func() (float64, error) { return w.list(ctx, clients, long) })
}
