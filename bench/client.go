package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const clients = 8

// load asks an address for so long, each client over a connection of its own, and returns
// the answers and how many that is a second. ask writes a request; an answer without the status ends everything.
//
// The clients share two cores with the server and the database, as pgbench does with the
// latter, so they are as lean as pgbench: requests are written and answers skipped by hand.
func load(ctx context.Context, address string, n int, long time.Duration, status string, ask func(*rand.Rand, *bytes.Buffer)) (int64, float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var answers atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for i := range n {
		all.Go(func() {
			if err := client(ctx, address, began.Add(long), status, rand.New(rand.NewPCG(uint64(i), uint64(began.UnixNano()))), ask, &answers); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	return answers.Load(), float64(answers.Load()) / took.Seconds(), context.Cause(ctx)
}

func client(ctx context.Context, address string, until time.Time, status string, random *rand.Rand, ask func(*rand.Rand, *bytes.Buffer), answers *atomic.Int64) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	in := bufio.NewReaderSize(conn, 64<<10)
	var out bytes.Buffer
	for ctx.Err() == nil && time.Now().Before(until) {
		out.Reset()
		ask(random, &out)
		if _, err := conn.Write(out.Bytes()); err != nil {
			return err
		}
		if err := answer(in, status); err != nil {
			return err
		}
		answers.Add(1)
	}
	return nil
}

// answer reads past one response.
func answer(in *bufio.Reader, status string) error {
	first, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	ok := bytes.HasPrefix(first, []byte("HTTP/1.1 "+status))
	got, length := string(bytes.TrimSpace(first)), -1
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		if name, value, found := bytes.Cut(line, []byte(": ")); found && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New(got + " without Content-Length")
	}
	if ok {
		_, err = in.Discard(length)
		return err
	}
	body, err := io.ReadAll(io.LimitReader(in, int64(length)))
	return errors.Join(fmt.Errorf("%s instead of %s: %s", got, status, body), err)
}
