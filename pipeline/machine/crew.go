package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/shm"
)

// counted is the chain of every worker that is measured: it counts rows, so that
// next to nothing is computed.
var counted = chain.Spec{Columns: chunk.Schema{{Name: "v", Type: chunk.Type{ID: chunk.Float64}}}, Aggregate: "count()"}

// maxReplyLineBytes bounds what a worker may say, as in a run.
const maxReplyLineBytes = 1 << 20

// crew is worker processes that are ready, and the arena that those in mode mmap
// inherit.
type crew struct {
	group *procs.Group
	arena *shm.Arena // nil if nobody is in mode mmap
	links []*link    // in the order of the modes asked for
}

// startCrew starts a worker for each mode, one call after another, and returns
// the time until all are ready. The end of ctx kills them. Close the crew.
func startCrew(ctx context.Context, o Options, modes ...string) (_ *crew, took time.Duration, err error) {
	c := &crew{group: procs.NewGroup(procs.Options{Path: o.Program, Args: o.Args})}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if slices.Contains(modes, "mmap") {
		if c.arena, err = shm.NewArena(shm.Options{SizeBytes: int64(os.Getpagesize()), Name: "weir-handover"}); err != nil {
			return nil, 0, err
		}
	}
	began := time.Now()
	for i, mode := range modes {
		l := &link{mode: mode}
		if l.proc, err = c.hire(ctx, fmt.Sprintf("worker %d", i+1), mode); err != nil {
			return nil, 0, err
		}
		c.links = append(c.links, l)
	}
	for _, l := range c.links {
		if _, err := hear(ctx, l.proc, wire.Ready); err != nil {
			return nil, 0, err
		}
	}
	return c, time.Since(began), nil
}

// close ends all workers, and returns when they are gone. It can be called more
// than once, and on nil.
func (c *crew) close() {
	if c == nil {
		return
	}
	c.group.Close()
	if c.arena != nil {
		c.arena.Close()
	}
}

// hire starts a worker and greets it, without waiting for its answer.
func (c *crew) hire(ctx context.Context, name, mode string) (*procs.Process, error) {
	var inherits []*os.File
	if mode == "mmap" {
		inherits = append(inherits, c.arena.File())
	}
	p, err := c.group.Start(ctx, name, inherits...)
	if err != nil {
		return nil, err
	}
	p.Conn.MaxLineBytes = maxReplyLineBytes
	plan, err := counted.JSON()
	if err != nil {
		return nil, err
	}
	hello := wire.Message{
		Type: wire.Hello, Version: wire.Version, Name: name, Mode: mode, StartedNano: p.Started.UnixNano(), Chain: plan,
	}
	if err := p.Conn.Send(&hello); err != nil {
		return nil, failure(ctx, p, err)
	}
	return p, nil
}

// hear receives a message of the type that has to come now, and without a
// payload.
func hear(ctx context.Context, p *procs.Process, want wire.Type) (*wire.Message, error) {
	var m wire.Message
	if err := p.Conn.Receive(&m); err != nil {
		return nil, failure(ctx, p, err)
	}
	switch {
	case m.Type == wire.Failed:
		return nil, fmt.Errorf("%s: %s", p.Name, m.Message)
	case m.Type != want || m.Bytes > 0:
		return nil, fmt.Errorf("%s: %w: %q with %d bytes where %q has to come", p.Name, wire.ErrProtocol, m.Type, m.Bytes, want)
	}
	return &m, nil
}

// failure is why a conversation broke off. A worker that was killed because ctx
// ended is not to blame.
func failure(ctx context.Context, p *procs.Process, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, wire.ErrProtocol) {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	return p.Failure(err)
}
