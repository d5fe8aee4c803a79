package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// queueAhead is how many chunks a worker has at once: the one it computes and
// one that is there when it falls idle. More would only hold memory.
const queueAhead = 2

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

	slots chan struct{} // a token for each chunk the worker may still get

	mu       sync.Mutex
	nextID   int64
	inFlight map[int64]*chunk.Chunk
}

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
		slots: make(chan struct{}, queueAhead), inFlight: map[int64]*chunk.Chunk{},
	}
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
	for {
		lane.Switch(timing.Wait)
		select {
		case l.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		c, ok := <-chunks
		if !ok {
			break
		}
		m := wire.Message{Type: wire.ChunkData, ID: l.track(c), Split: c.Split, Index: c.Index, FirstRow: c.FirstRow, Rows: c.Rows}
		if err := l.send.send(l.proc.Conn, &m, c, lane); err != nil {
			return l.unlessBroken(err)
		}
	}
	lane.Switch(timing.Copy)
	for _, t := range []wire.Type{wire.Flush, wire.End} {
		if err := l.proc.Conn.Send(&wire.Message{Type: t}); err != nil {
			return l.unlessBroken(err)
		}
	}
	return nil
}

// unlessBroken drops the error of a pipe whose reader is gone.
func (l *link) unlessBroken(err error) error {
	if isBrokenPipe(err) {
		return nil
	}
	return err
}

func (l *link) track(c *chunk.Chunk) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nextID++
	l.inFlight[l.nextID] = c
	return l.nextID
}

// settle takes a chunk off the books.
func (l *link) settle(id int64) (*chunk.Chunk, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.inFlight[id]
	delete(l.inFlight, id)
	return c, ok
}

// releaseAll frees the chunks of a worker that is gone.
func (l *link) releaseAll() {
	l.proc.Kill()
	_ = l.proc.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, c := range l.inFlight {
		l.job.free(c)
		delete(l.inFlight, id)
	}
}

// receive takes what the worker says until it says goodbye.
func (l *link) receive(ctx context.Context, lane *timing.Lane) error {
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

func (l *link) handle(m *wire.Message, payload []byte, lane *timing.Lane) (done bool, err error) {
	switch m.Type {
	case wire.Ready:
		if m.Version != wire.Version {
			return false, &WorkerError{Name: l.proc.Name, Err: fmt.Errorf("%w: it speaks version %d, weir speaks %d", wire.ErrProtocol, m.Version, wire.Version)}
		}
	case wire.Done:
		c, ok := l.settle(m.ID)
		if !ok {
			return false, &WorkerError{Name: l.proc.Name, Err: fmt.Errorf("%w: chunk %d is done, which it does not have", wire.ErrProtocol, m.ID)}
		}
		split, index := c.Split, c.Index
		l.job.free(c)
		<-l.slots
		if !l.job.Chain.Aggregates() {
			lane.Switch(timing.Merge)
			return false, l.job.Reduce.Rows(split, index, payload)
		}
	case wire.Partial:
		lane.Switch(timing.Merge)
		if err := l.job.Reduce.PartialBytes(payload); err != nil {
			return false, &WorkerError{Name: l.proc.Name, Err: err}
		}
	case wire.Bye:
		l.job.Account.Add(l.spans(m))
		return true, nil
	case wire.Failed:
		return false, l.failure(m)
	default:
		return false, &WorkerError{Name: l.proc.Name, Err: fmt.Errorf("%w: a coordinator does not take %q", wire.ErrProtocol, m.Type)}
	}
	return false, nil
}

// spans is the worker's own account, from the creation of its process to its
// goodbye.
func (l *link) spans(m *wire.Message) timing.Spans {
	s := timing.Spans{Name: l.proc.Name, Pid: l.proc.Pid}
	for name, nano := range m.SpansNano {
		if c, ok := timing.ParseCategory(name); ok {
			s.Spent[c] = time.Duration(nano)
		}
	}
	s.Close(time.Duration(m.LifetimeNano))
	return s
}

// failure is the error that a worker reported.
func (l *link) failure(m *wire.Message) error {
	err := &WorkerError{Name: l.proc.Name, Kind: m.Kind, Err: errors.New(m.Message)}
	if m.ID == 0 {
		return err
	}
	l.mu.Lock()
	c := l.inFlight[m.ID]
	l.mu.Unlock()
	if c == nil {
		return err
	}
	at := &SplitError{Split: c.Split, Err: err}
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

func isBrokenPipe(err error) bool {
	var path *os.PathError
	return errors.As(err, &path) || errors.Is(err, os.ErrClosed)
}
