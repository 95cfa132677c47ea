package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// binary is what `make build` makes: memory and start are those of the real process.
const binary = "bin/earmark"

// process is a running `earmark serve`.
type process struct {
	cmd     *exec.Cmd
	address string
}

// startProcess starts the binary and returns once it says that it can serve, and how long that took.
func startProcess(ctx context.Context, database string) (*process, time.Duration, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	p := &process{address: listener.Addr().String()}
	if err := listener.Close(); err != nil {
		return nil, 0, err
	}
	p.cmd = exec.CommandContext(ctx, binary, "serve", "--no-jobs", "--listen", p.address)
	p.cmd.Env = append(os.Environ(), "DATABASE_URL="+database, "LOG_LEVEL=info")
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = nowhere.Close() }()
	p.cmd.Stderr = nowhere
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, 0, fmt.Errorf("%w (make build makes it)", err)
	}
	for time.Since(began) < 20*time.Second {
		if res, err := http.Get("http://" + p.address + "/readyz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return p, time.Since(began), nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil, 0, errors.Join(errors.New("the server did not become ready"), p.stop())
}

func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// memory is the most that the process held so far ("VmHWM") or holds now ("VmRSS"), in MB.
func (p *process) memory(what string) (float64, error) {
	if runtime.GOOS != "linux" {
		return 0, errors.New("memory is read from /proc, which only Linux has")
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(text, []byte(what+":"))
	var kb float64
	_, err = fmt.Sscanf(string(rest), "%f kB", &kb)
	return kb / 1000, err
}

// start measures from the command to the first answer that it is ready.
func start(ctx context.Context, b *bench) (series, error) {
	return b.process(ctx, func(_ *process, took time.Duration) (float64, error) { return float64(took.Microseconds()) / 1000, nil })
}

// idle is the memory of a server that has answered only that it is ready.
func idle(ctx context.Context, b *bench) (series, error) {
	return b.process(ctx, func(p *process, _ time.Duration) (float64, error) {
		time.Sleep(time.Second)
		return p.memory("VmRSS")
	})
}

func (b *bench) process(ctx context.Context, measure func(*process, time.Duration) (float64, error)) (series, error) {
	var s series
	if err := b.fill(ctx); err != nil {
		return s, err
	}
	for range b.runs {
		p, took, err := startProcess(ctx, b.ours())
		if err != nil {
			return s, err
		}
		v, err := measure(p, took)
		if err := errors.Join(err, p.stop()); err != nil {
			return s, err
		}
		s.ours = append(s.ours, v)
	}
	return s, nil
}

// loaded is the highest memory after lists and postings of 32 clients.
func loaded(ctx context.Context, b *bench) (series, error) {
	if err := b.fill(ctx); err != nil {
		return series{}, err
	}
	w, err := newWorld(ctx, b.ours())
	if err != nil {
		return series{}, err
	}
	defer func() { _ = w.end() }()
	return b.process(ctx, func(p *process, _ time.Duration) (float64, error) {
		long := time.Duration(b.secs) * time.Second
		if _, _, err := load(ctx, p.address, 32, long, "200", w.askList); err != nil {
			return 0, err
		}
		if _, _, err := load(ctx, p.address, 32, long, "201", w.askPost); err != nil {
			return 0, err
		}
		return p.memory("VmHWM")
	})
}
