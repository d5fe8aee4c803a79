package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/shm"
)

// A worker has some chunks ahead, so that one is there when it falls idle. They
// are bounded in slots: chunks that hold memory take more of them, so that a
// worker has two at once, the one it computes and the next; with four that only
// point into a mapped file a worker goes on for a while without the coordinator,
// which needs a processor to be of help. More would be missing at the end of the
// run, where another worker falls idle.
const (
	linkSlots    = 4
	memorySlots  = 2 // of a chunk that holds memory
	mappingSlots = 1 // of a chunk that holds none
)

// maxReplyLineBytes bounds a worker's line: no reply describes columns.
const maxReplyLineBytes = 1 << 20

// Processes runs the job in j.Workers worker processes. j.Readers goroutines
// decode; a feeder for each worker hands it chunks through the handoff's medium
// as it falls idle, and a receiver takes what it returns.
//
//	reader --+             +-- feeder 1 ==> worker 1 ==> receiver 1 --+
//	reader --+-- chunks ---+                                          +-- Reducer
//	reader --+             +-- feeder 2 ==> worker 2 ==> receiver 2 --+
//
// A worker that dies fails the run. A supervisor's place is link.receive: it
// knows which chunks the worker had, and every split can be read again.
func Processes(ctx context.Context, j *Job, via Handoff, lane *timing.Lane) error {
	lane.Switch(timing.Start)
	workers := procs.NewGroup(procs.Options{Logger: j.Logger})
	defer workers.Close()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	chunks := make(chan *chunk.Chunk)
	links := make([]*link, j.Workers)
	for i := range links {
		l, err := j.startLink(ctx, workers, via, fmt.Sprintf("worker %d", i+1))
		if err != nil {
			return err
		}
		links[i] = l
		defer l.releaseAll()
	}

	var readers sync.WaitGroup
	for i := range j.Readers {
		readers.Add(1)
		group.Go(func() error {
			defer readers.Done()
			return j.onLane(fmt.Sprintf("reader %d", i+1), func(lane *timing.Lane) error {
				return j.read(ctx, lane, func(c *chunk.Chunk) error {
					lane.Switch(timing.Wait)
					select {
					case chunks <- c:
						return nil
					case <-ctx.Done():
						j.free(c)
						return ctx.Err()
					}
				})
			})
		})
	}
	go func() { readers.Wait(); close(chunks) }()
	for _, l := range links {
		group.Go(func() error {
			return j.onLane("feeder of "+l.proc.Name, func(lane *timing.Lane) error { return l.feed(ctx, chunks, lane) })
		})
		group.Go(func() error {
			return j.onLane("receiver of "+l.proc.Name, func(lane *timing.Lane) error { return l.receive(ctx, lane) })
		})
	}
	lane.Switch(timing.Wait)
	err := group.Wait()
	for c := range chunks { // a reader may have handed over a chunk that no feeder took
		j.free(c)
	}
	workers.Close()
	for _, l := range links {
		j.Count.WorkerRSSBytes.Add(procs.PeakRSSBytes(l.proc.Usage()))
	}
	return err
}

func (j *Job) onLane(name string, f func(lane *timing.Lane) error) error {
	lane := timing.NewLane(name, timing.Start)
	defer func() {
		lane.End()
		j.Account.Add(lane.Spans())
	}()
	return f(lane)
}

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
	merged   bool  // its partial has come
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

// startLink starts a worker and greets it. Its answer is the receiver's matter,
// so that workers start side by side.
func (j *Job) startLink(ctx context.Context, workers *procs.Group, via Handoff, name string) (*link, error) {
	send, files, segments, err := via.open(j)
	if err != nil {
		return nil, err
	}
	proc, err := workers.Start(ctx, name, files...)
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
		Type: wire.Hello, Version: wire.Version, Name: name, Mode: via.mode(), Codec: j.Codec,
		StartedNano: proc.Started.UnixNano(), MemoryLimit: j.WorkerLimit, PartialLimit: j.PartialLimit, Chain: plan,
	}
	if err := proc.Conn.Send(&hello); err != nil {
		return nil, proc.Failure(err)
	}
	for _, s := range segments {
		if err := proc.Conn.Send(&wire.Message{Type: wire.SegmentOn, Segment: s}); err != nil {
			return nil, proc.Failure(err)
		}
	}
	return l, nil
}

// feed hands chunks to the worker until there are none left, then asks for its
// partial and lets it go. When the worker cannot be written to, its receiver
// says why.
func (l *link) feed(ctx context.Context, chunks <-chan *chunk.Chunk, lane *timing.Lane) error {
	watch := time.NewTicker(watchEvery)
	defer watch.Stop()
	for {
		lane.Switch(timing.Wait)
		if err := l.waitForSlot(ctx, watch.C); err != nil {
			return err
		}
		c, ok := <-chunks
		if !ok {
			break
		}
		slots := mappingSlots
		if c.Held() {
			slots = memorySlots
		}
		for range slots - 1 {
			if err := l.waitForSlot(ctx, watch.C); err != nil {
				l.job.free(c)
				return err
			}
		}
		m := wire.Message{Type: wire.ChunkData, ID: l.track(c, slots), Split: c.Split, Index: c.Index, FirstRow: c.FirstRow, Rows: c.Rows}
		// The bytes of a mapped input are read by whoever writes them to the pipe.
		err := shm.GuardFaults(func() error { return l.send.send(l.proc.Conn, &m, c, lane) })
		if errors.Is(err, shm.ErrFault) {
			return &SplitError{Split: m.Split, Err: err}
		}
		if err != nil {
			return l.sendFailure(ctx, err)
		}
		l.sent(m.ID)
	}
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
		return l.proc.Failure(errors.New("it does not read messages any more"))
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
	l.proc.Kill()
	_ = l.proc.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, h := range l.inFlight {
		l.job.free(h.chunk)
		delete(l.inFlight, id)
	}
}

// receive takes what the worker says until it says goodbye.
func (l *link) receive(ctx context.Context, lane *timing.Lane) error {
	defer close(l.received)
	for {
		lane.Switch(timing.Wait)
		var m wire.Message
		if err := l.proc.Conn.Receive(&m); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return l.proc.Failure(err)
			}
			return &WorkerError{Name: l.proc.Name, Err: err}
		}
		if err := l.expect(&m); err != nil {
			return &WorkerError{Name: l.proc.Name, Err: fmt.Errorf("%w: %w", wire.ErrProtocol, err)}
		}
		lane.Switch(timing.Return)
		payload, err := l.proc.Conn.Payload(nil)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return l.proc.Failure(err)
		}
		done, err := l.handle(&m, payload, lane)
		if done || err != nil {
			return err
		}
	}
}

// expect tells whether the worker may say m now. Whatever it says too early,
// twice, or with bytes that nobody asked for would make an answer that is wrong
// and looks right.
func (l *link) expect(m *wire.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.greeted && m.Type != wire.Ready && m.Type != wire.Failed {
		return fmt.Errorf("%q before ready", m.Type)
	}
	rows := !l.job.Chain.Aggregates()
	payload := false // may come with the message
	switch m.Type {
	case wire.Ready:
		if l.greeted {
			return errors.New("it is ready twice")
		}
		if m.Version != wire.Version {
			return fmt.Errorf("it speaks version %d, weir speaks %d", m.Version, wire.Version)
		}
		l.greeted = true
	case wire.Done:
		if h := l.inFlight[m.ID]; h == nil || h.done {
			return fmt.Errorf("chunk %d is done, which it does not have", m.ID)
		}
		if rows && m.ID != l.oldest {
			return fmt.Errorf("chunk %d is done before chunk %d", m.ID, l.oldest)
		}
		payload = rows
	case wire.Partial:
		switch {
		case l.at < flushing:
			return errors.New("a partial that nobody asked for")
		case l.merged:
			return errors.New("a second partial")
		case l.unfinished() > 0:
			return fmt.Errorf("a partial while %d chunks are not done", l.unfinished())
		}
		l.merged = true
		payload = !rows
	case wire.Bye:
		switch {
		case l.at < ending:
			return errors.New("it says bye before the end")
		case !l.merged:
			return errors.New("it says bye without its partial")
		}
	case wire.Failed:
	default:
		return fmt.Errorf("a coordinator does not take %q", m.Type)
	}
	if m.Bytes > 0 && !payload {
		return fmt.Errorf("%q comes with %d bytes", m.Type, m.Bytes)
	}
	return nil
}

// unfinished counts the chunks that the worker has. l.mu is held.
func (l *link) unfinished() (n int) {
	for _, h := range l.inFlight {
		if !h.done {
			n++
		}
	}
	return n
}

// handle acts on what expect has let through.
func (l *link) handle(m *wire.Message, payload []byte, lane *timing.Lane) (done bool, err error) {
	switch m.Type {
	case wire.Done:
		rows := !l.job.Chain.Aggregates()
		if rows {
			if err := l.job.Reduce.CheckRows(payload); err != nil {
				return false, &WorkerError{Name: l.proc.Name, Err: fmt.Errorf("%w: chunk %d: %w", wire.ErrProtocol, m.ID, err)}
			}
		}
		var split, index int
		for ; l.oldest <= m.ID; l.oldest++ { // those before it are done too
			split, index = l.settle(l.oldest)
		}
		if rows {
			lane.Switch(timing.Merge)
			return false, l.job.Reduce.Rows(split, index, payload)
		}
	case wire.Partial:
		if !l.job.Chain.Aggregates() {
			return false, nil
		}
		lane.Switch(timing.Merge)
		if err := l.job.Reduce.PartialBytes(payload); err != nil {
			return false, &WorkerError{Name: l.proc.Name, Err: err}
		}
	case wire.Bye:
		spans, err := l.spans(m)
		if err != nil {
			return false, &WorkerError{Name: l.proc.Name, Err: fmt.Errorf("%w: %w", wire.ErrProtocol, err)}
		}
		l.job.Account.Add(spans)
		return true, nil
	case wire.Failed:
		return false, l.failure(m)
	}
	return false, nil
}

// spans is the worker's own account, from the creation of its process to its
// goodbye. A worker that keeps none has its lifetime unaccounted.
func (l *link) spans(m *wire.Message) (timing.Spans, error) {
	s := timing.Spans{Name: l.proc.Name, Pid: l.proc.Pid}
	seen := time.Since(l.proc.Started)
	for name, nano := range m.SpansNano {
		if nano < 0 || time.Duration(nano) > seen+time.Second {
			return s, fmt.Errorf("%d ns of %s in a life of %v", nano, name, seen.Round(time.Millisecond))
		}
		if c, ok := timing.ParseCategory(name); ok {
			s.Spent[c] = time.Duration(nano)
		}
	}
	lifetime := time.Duration(m.LifetimeNano)
	if lifetime <= 0 || lifetime > seen {
		lifetime = seen
	}
	s.Close(lifetime)
	return s, nil
}

// failure is the error that a worker reported.
func (l *link) failure(m *wire.Message) error {
	err := &WorkerError{Name: l.proc.Name, Kind: m.Kind, Err: errors.New(m.Message)}
	if m.ID == 0 {
		return err
	}
	l.mu.Lock()
	h := l.inFlight[m.ID]
	l.mu.Unlock()
	if h == nil || h.done {
		return err
	}
	at := &SplitError{Split: h.chunk.Split, Err: err}
	if m.Rows > 0 {
		at.Row = m.FirstRow + 1
	}
	return at
}

// WorkerError is an error that a worker reported or made. Kind is one of the
// kinds of package worker, or "" when the worker broke the protocol.
type WorkerError struct {
	Name string
	Kind string
	Err  error
}

func (e *WorkerError) Error() string {
	if e.Kind == "stage" || e.Kind == "data" {
		return e.Err.Error() // the user's matter: who met it is of no interest
	}
	return e.Name + ": " + e.Err.Error()
}

func (e *WorkerError) Unwrap() error { return e.Err }
