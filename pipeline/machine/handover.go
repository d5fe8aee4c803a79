package machine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/shm"
)

// Handover is what a chunk costs on its way to a worker and back, besides its
// bytes: a chunk of one double, the least that has a buffer to hand over, which
// the worker counts. In mode mmap the double lies in an arena, in mode pipe it
// follows the message in codec raw.
type Handover struct {
	Mode string `json:"mode"`

	// RoundTripSeconds is from before a chunk is described and sent to the arrival
	// of its done, with nothing else under way; the mean of a few.
	RoundTripSeconds Figure `json:"round_trip_s"`

	// PerChunkSeconds is the wall time of many chunks, of which the worker has up to
	// Ahead at a time, divided by their number: one goroutine sends, one receives.
	PerChunkSeconds Figure `json:"per_chunk_s"`
	Ahead           int    `json:"ahead"`

	// CoordinatorCPUSeconds and WorkerCPUSeconds are the processor time of both
	// processes over the same time, each chunk.
	CoordinatorCPUSeconds *Figure `json:"coordinator_cpu_per_chunk_s,omitempty"`
	WorkerCPUSeconds      *Figure `json:"worker_cpu_per_chunk_s,omitempty"`
}

const (
	// ahead is the most chunks that a run lets a worker have, see PROTOCOL.md.
	ahead = 8

	tripsPerSample  = 4
	chunksPerSample = 64
)

// MeasureHandovers hands chunks over in the modes mmap and pipe, each to a worker
// of its own.
func MeasureHandovers(ctx context.Context, o Options) ([]Handover, error) {
	if err := notWorker(); err != nil {
		return nil, err
	}
	ctx, cancel := o.limit(ctx)
	defer cancel()
	h, err := measureHandovers(ctx, o, nil)
	return h, wrap("the hand-over of a chunk", err)
}

// measureHandovers uses the first worker of each mode of a crew that stands
// ready, which is still the caller's, or starts its own.
func measureHandovers(ctx context.Context, o Options, ready *crew) (both []Handover, err error) {
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	began := time.Now()
	var links []*link
	if ready != nil {
		links = ready.links[:min(len(ready.links), 2)]
	}
	if len(links) < 2 {
		own, _, err := startCrew(ctx, o, "mmap", "pipe")
		if err != nil {
			return nil, err
		}
		defer own.close()
		ready, links = own, own.links
	}
	lease, err := ready.arena.Lease(ctx, chunk.Align)
	if err != nil {
		return nil, err
	}
	defer lease.Release()
	width := counted.Columns[0].Type.ID.Width()
	c := &chunk.Chunk{Rows: 1, Columns: []chunk.Column{{Type: counted.Columns[0].Type, Len: 1, Values: lease.Alloc(width)}}}
	share := max(o.budget()-time.Since(began), 0) / time.Duration(len(links))
	for _, l := range links {
		if l.send, err = sender(l.mode, l.proc.Conn, ready.arena, c); err != nil {
			return both, failure(ctx, l.proc, err)
		}
		h, err := l.measure(ctx, share)
		if err != nil {
			return both, err
		}
		both = append(both, h)
	}
	return both, nil
}

// sender is how a mode hands c over, prepared on a worker's conversation.
func sender(mode string, conn *wire.Conn, arena *shm.Arena, c *chunk.Chunk) (func(m *wire.Message) error, error) {
	if mode == "pipe" {
		raw, err := codec.New("raw", counted.Columns)
		if err != nil {
			return nil, err
		}
		return func(m *wire.Message) error {
			payload, err := raw.Encode(c, m)
			if err != nil {
				return err
			}
			return conn.SendLent(m, payload...)
		}, nil
	}
	const segment = 1
	locate := func(buf []byte) (wire.Extent, error) {
		offset, ok := arena.Locate(buf)
		if !ok {
			return wire.Extent{}, errors.New("internal error: a buffer lies outside the arena")
		}
		return wire.Extent{Segment: segment, Offset: offset, Length: int64(len(buf))}, nil
	}
	send := func(m *wire.Message) error {
		for i := range c.Columns {
			d, err := wire.Describe(counted.Columns[i].Name, &c.Columns[i], locate)
			if err != nil {
				return err
			}
			m.Columns = append(m.Columns, d)
		}
		return conn.Send(m)
	}
	return send, conn.Send(&wire.Message{
		Type: wire.SegmentOn, Segment: &wire.Segment{ID: segment, FD: procs.FirstExtraFD, SizeBytes: arena.CapacityBytes()},
	})
}

// link is the conversation with one worker.
type link struct {
	mode string
	proc *procs.Process
	send func(m *wire.Message) error

	sent atomic.Int64 // chunks so far: the id of the last
	done int64        // the highest id that the worker called done
}

func (l *link) measure(ctx context.Context, share time.Duration) (Handover, error) {
	var trip, each, coordinator, worker series
	for p := newPace(share/3, 16); p.another(ctx); {
		began := time.Now()
		for range tripsPerSample {
			if err := l.sendNext(); err != nil {
				return Handover{}, failure(ctx, l.proc, err)
			}
			if _, err := l.hearDone(ctx); err != nil {
				return Handover{}, err
			}
		}
		trip.addTime(time.Since(began), tripsPerSample)
	}
	for p := newPace(share*2/3, 9); p.another(ctx); {
		theirs, known := processCPUOf(l.proc.Pid)
		ours := procs.Self().CPU
		began := time.Now()
		if err := l.pipeline(ctx, chunksPerSample); err != nil {
			return Handover{}, err
		}
		each.addTime(time.Since(began), chunksPerSample)
		if ours > 0 { // the system counts it
			coordinator.addTime(procs.Self().CPU-ours, chunksPerSample)
		}
		if now, ok := processCPUOf(l.proc.Pid); ok && known {
			worker.addTime(now-theirs, chunksPerSample)
		}
	}
	if len(trip) == 0 || len(each) == 0 {
		return Handover{}, ended(ctx)
	}
	return Handover{
		Mode: l.mode, RoundTripSeconds: trip.figure(), PerChunkSeconds: each.figure(), Ahead: ahead,
		CoordinatorCPUSeconds: coordinator.optional(), WorkerCPUSeconds: worker.optional(),
	}, nil
}

func (l *link) sendNext() error {
	return l.send(&wire.Message{Type: wire.ChunkData, ID: l.sent.Add(1), Rows: 1})
}

// hearDone returns how many chunks the worker's next done speaks for.
func (l *link) hearDone(ctx context.Context) (int64, error) {
	m, err := hear(ctx, l.proc, wire.Done)
	if err != nil {
		return 0, err
	}
	if m.ID <= l.done || m.ID > l.sent.Load() {
		return 0, fmt.Errorf("%s: %w: chunk %d is done, which it does not have", l.proc.Name, wire.ErrProtocol, m.ID)
	}
	n := m.ID - l.done
	l.done = m.ID
	return n, nil
}

// pipeline hands n chunks over, as many ahead as a run has.
func (l *link) pipeline(ctx context.Context, n int) (err error) {
	slots, quit, fed := make(chan struct{}, ahead), make(chan struct{}), make(chan error, 1)
	go func() {
		for range n {
			select {
			case slots <- struct{}{}:
			case <-quit:
				fed <- nil
				return
			}
			if err := l.sendNext(); err != nil {
				fed <- err
				return
			}
		}
		fed <- nil
	}()
	for left := int64(n); left > 0 && err == nil; {
		var done int64
		if done, err = l.hearDone(ctx); err == nil {
			left -= done
			for range done {
				<-slots
			}
		}
	}
	close(quit)
	if err != nil {
		l.proc.Kill() // so that the feeder's write ends
		<-fed
		return err
	}
	if err := <-fed; err != nil {
		return failure(ctx, l.proc, err)
	}
	return nil
}
