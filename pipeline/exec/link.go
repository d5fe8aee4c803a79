package exec

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/profile"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/shm"
)

// A worker has some chunks ahead, so that one is there when it falls idle. They
// are bounded in slots: chunks that hold memory take more of them, so that a
// worker has two at once, the one it computes and the next; with eight that only
// point into a mapped file a worker goes on for a while without the coordinator,
// which needs a processor to be of help. More would be missing at the end of the
// run, where another worker falls idle.
const (
	linkSlots    = 8
	memorySlots  = 4 // of a chunk that holds memory
	mappingSlots = 1 // of a chunk that holds none, unless there are few

	// fewSplits for each worker are so few that those ahead of one worker would be
	// missing to another: eight of ten, if it is there first.
	fewSplits = 16
)

// maxReplyLineBytes bounds a worker's line: no reply describes columns.
const maxReplyLineBytes = 1 << 20

// link is the coordinator's end of one worker: a feeder and a receiver
// goroutine share it.
type link struct {
	job  *Job
	proc *procs.Process
	send sender

	slots  chan struct{} // a token for each slot in use
	oldest int64         // the lowest id that is not done; the receiver's

	received chan struct{} // closed when nothing more is received

	mu       sync.Mutex
	nextID   int64
	inFlight map[int64]*handed
	at       stage // of the conversation
	greeted  bool  // the worker is ready
	late     bool  // it was not in time, and has been killed
	watchdog *time.Timer
	merged   bool // its partial has come
	profiled []profile.Kind
}

// handed is a chunk that the worker got, or is getting: the feeder may still be
// writing it when a worker that lies calls it done, so the last of the two
// frees it.
type handed struct {
	chunk      *chunk.Chunk
	slots      int
	sent, done bool
}

// stage is how far the feeder is. It is set before the message is sent.
type stage uint8

const (
	feeding stage = iota
	flushing
	ending
)

// startLink greets a worker. Its answer is the receiver's matter, so that
// workers get ready side by side.
func (j *Job) startLink(proc *procs.Process, via Handoff, number int) (*link, error) {
	send, segments, err := via.open(j)
	if err != nil {
		return nil, err
	}
	l := &link{
		job: j, proc: proc, send: send,
		slots: make(chan struct{}, linkSlots), received: make(chan struct{}), oldest: 1, inFlight: map[int64]*handed{},
	}
	proc.Conn.MaxLineBytes = maxReplyLineBytes
	plan, err := j.Chain.JSON()
	if err != nil {
		return nil, err
	}
	hello := wire.Message{
		Type: wire.Hello, Version: wire.Version, Name: proc.Name, Mode: via.mode(), Codec: j.Codec,
		StartedNano: proc.Started.UnixNano(), MemoryLimit: j.WorkerLimit, PartialLimit: j.PartialLimit, Chain: plan,
		TraceSpans: j.Account.Limit,
		CPUProfile: j.Profile.Options().CPU, HeapProfile: j.Profile.Options().Heap,
	}
	if j.Pin {
		hello.Processor = number + 1
	}
	if err := proc.Conn.Send(&hello); err != nil {
		return nil, proc.Failure(err)
	}
	for _, s := range segments {
		if err := proc.Conn.Send(&wire.Message{Type: wire.SegmentOn, Segment: s}); err != nil {
			return nil, proc.Failure(err)
		}
	}
	l.watchdog = time.AfterFunc(j.readyWithin(), l.endUnlessReady)
	return l, nil
}

// endUnlessReady ends a worker that has not answered: it is no worker at all,
// but a program whose main does not serve, and would be waited for for ever.
func (l *link) endUnlessReady() {
	l.mu.Lock()
	l.late = !l.greeted
	l.mu.Unlock()
	if l.late {
		l.proc.Kill()
	}
}

// feed hands chunks to the worker until there are none left, then asks for its
// partial and lets it go. When the worker cannot be written to, its receiver
// says why.
func (l *link) feed(ctx context.Context, chunks <-chan *chunk.Chunk, lane *timing.Lane) error {
	watch := time.NewTicker(watchEvery)
	defer watch.Stop()
	for {
		lane.On(-1, 0)
		lane.Switch(timing.WaitWorker)
		if err := l.waitForSlot(ctx, watch.C); err != nil {
			return err
		}
		lane.Switch(timing.Wait)
		c, ok := <-chunks
		if !ok {
			break
		}
		slots := mappingSlots
		if c.Held() || l.job.Source.Splits() < fewSplits*l.job.Workers {
			slots = memorySlots
		}
		lane.On(c.Split, c.Index)
		lane.Switch(timing.WaitWorker)
		for range slots - 1 {
			if err := l.waitForSlot(ctx, watch.C); err != nil {
				l.job.free(c)
				return err
			}
		}
		m := wire.Message{Type: wire.ChunkData, ID: l.track(c, slots), Split: c.Split, Index: c.Index, FirstRow: c.FirstRow, Rows: c.Rows}
		// The bytes of a mapped input are read by whoever writes them to the pipe.
		lane.Bind()
		err := guard(func() error { return l.send.send(l.proc.Conn, &m, c, lane) })
		lane.Unbind()
		if errors.Is(err, shm.ErrFault) {
			return &SplitError{Split: m.Split, Err: err}
		}
		if err != nil {
			return l.sendFailure(ctx, err)
		}
		l.sent(m.ID)
	}
	lane.On(-1, 0)
	lane.Switch(timing.Copy)
	for _, last := range []struct {
		at stage
		t  wire.Type
	}{{flushing, wire.Flush}, {ending, wire.End}} {
		l.mu.Lock()
		l.at = last.at
		l.mu.Unlock()
		if err := l.proc.Conn.Send(&wire.Message{Type: last.t}); err != nil {
			return l.sendFailure(ctx, err)
		}
	}
	// What a worker does not read any more stays in the pipe, and no write fails.
	lane.Switch(timing.Wait)
	for {
		select {
		case <-l.received:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-watch.C:
			if l.proc.InputClosed() {
				return l.sendFailure(ctx, syscall.EPIPE)
			}
		}
	}
}

// watchEvery is how often a feeder that waits looks whether its worker still
// reads.
const watchEvery = 250 * time.Millisecond

// waitForSlot waits until the worker may get one more chunk.
func (l *link) waitForSlot(ctx context.Context, watch <-chan time.Time) error {
	for {
		select {
		case l.slots <- struct{}{}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-watch:
			if l.proc.InputClosed() {
				if err := l.sendFailure(ctx, syscall.EPIPE); err != nil {
					return err
				}
				return errReceiverKnows
			}
		}
	}
}

// errReceiverKnows ends a feeder whose receiver has ended with a better error.
var errReceiverKnows = errors.New("the worker does not read messages any more")

// brokenGrace is how long a worker that does not read any more has to end or to
// say why.
const brokenGrace = 2 * time.Second

// sendFailure is the error of a message that could not be sent. When the worker
// is gone its receiver knows more; it is waited for, but not for ever.
func (l *link) sendFailure(ctx context.Context, err error) error {
	if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, os.ErrClosed) {
		return err
	}
	timeout := time.NewTimer(brokenGrace)
	defer timeout.Stop()
	select {
	case <-l.received:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timeout.C:
	}
	if !l.proc.Gone() {
		return l.proc.Failure(errors.New("it does not read messages any more"))
	}
	// What the worker said before it ended may take its receiver a while: a
	// partial of millions of groups is merged. Then its words end.
	select {
	case <-l.received:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *link) track(c *chunk.Chunk, slots int) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nextID++
	l.inFlight[l.nextID] = &handed{chunk: c, slots: slots}
	return l.nextID
}

// sent says that the feeder has no more use for a chunk.
func (l *link) sent(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.inFlight[id]
	h.sent = true
	l.freeSettled(id, h)
}

// settle says that the worker has no more use for a chunk.
func (l *link) settle(id int64) (split, index int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.inFlight[id]
	split, index = h.chunk.Split, h.chunk.Index
	h.done = true
	for range h.slots {
		<-l.slots
	}
	l.freeSettled(id, h)
	return split, index
}

// freeSettled takes a chunk that nobody uses off the books. l.mu is held.
func (l *link) freeSettled(id int64, h *handed) {
	if h.sent && h.done {
		delete(l.inFlight, id)
		l.job.free(h.chunk)
	}
}

// releaseAll frees the chunks of a worker that is gone.
func (l *link) releaseAll() {
	l.watchdog.Stop()
	l.proc.Kill()
	_ = l.proc.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, h := range l.inFlight {
		l.job.free(h.chunk)
		delete(l.inFlight, id)
	}
}
