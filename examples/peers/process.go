package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// command is a process to run, with variables beside those of this one.
type command struct {
	args    []string
	environ []string
}

// outcome is what a process left behind.
type outcome struct {
	stdout, stderr []byte
	wall           time.Duration // from start to exit
	cpu            time.Duration // of the process and those it has waited for
	others         time.Duration // processor time of all other processes meanwhile; negative if unknown
	peak           memory        // if it was asked for
}

// run runs the process to its end, or kills it after the limit.
func (c command) run(ctx context.Context, limit time.Duration) (*outcome, error) {
	return c.runWith(ctx, limit, false)
}

// runMeasuringMemory takes samples of the memory of the process, which slows it
// down.
func (c command) runMeasuringMemory(ctx context.Context, limit time.Duration) (*outcome, error) {
	return c.runWith(ctx, limit, true)
}

func (c command) runWith(ctx context.Context, limit time.Duration, measureMemory bool) (*outcome, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it did not end within %v (-limit)", limit))
	defer cancel()
	p := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	p.Env = append(os.Environ(), c.environ...)
	p.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	p.Stdout, p.Stderr = &stdout, &stderr
	busyBefore := busy()
	began := time.Now()
	if err := p.Start(); err != nil {
		return nil, err
	}
	done, peak := make(chan struct{}), make(chan memory, 1)
	if measureMemory {
		go func() { peak <- watchMemory(p.Process.Pid, done) }()
	} else {
		peak <- memory{}
	}
	err := p.Wait()
	o := outcome{wall: time.Since(began)}
	close(done)
	o.peak = <-peak
	if err != nil {
		return nil, c.failure(ctx, err, stderr.String())
	}
	o.cpu = p.ProcessState.UserTime() + p.ProcessState.SystemTime()
	if busyBefore >= 0 {
		o.others = max(0, busy()-busyBefore-o.cpu)
	} else {
		o.others = -1
	}
	o.stdout, o.stderr = stdout.Bytes(), stderr.Bytes()
	return &o, nil
}

// failure is an error with the end of what the process said.
func (c command) failure(ctx context.Context, err error, said string) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	var lines []string
	for _, line := range strings.Split(said, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "{") {
			lines = append(lines, line)
		}
	}
	lines = lines[max(0, len(lines)-6):]
	if len(lines) == 0 {
		return fmt.Errorf("%s: %w", c.args[0], err)
	}
	return fmt.Errorf("%s: %w: %w", c.args[0], err, errors.New(strings.Join(lines, " | ")))
}

// memory is a peak over the samples of a process and all that it has started.
type memory struct {
	anonBytes int64 // anonymous and shared pages, such as those of a memfd
	pssBytes  int64 // these and the pages of mapped files
}
