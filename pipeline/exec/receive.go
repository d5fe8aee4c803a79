package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/wire"
)

// receive takes what the worker says until it says goodbye.
func (l *link) receive(ctx context.Context, lane *timing.Lane) error {
	defer close(l.received)
	for {
		lane.On(-1, 0)
		lane.Switch(timing.Wait)
		var m wire.Message
		if err := l.proc.Conn.Receive(&m); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if l.wasLate() {
				return &WorkerError{Name: l.proc.Name, Err: fmt.Errorf("it was not ready %v after its start: does main call pipeline.ServeWorker before anything else?", l.job.readyWithin())}
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
		l.job.Count.ReturnedBytes.Add(m.Bytes)
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

func (l *link) wasLate() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.late
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
	case wire.Profile:
		if err := l.expectProfile(m); err != nil {
			return err
		}
		payload = true
	case wire.Bye:
		payload = l.job.Account.Limit > 0 && m.Bytes <= timing.MaxSpansBytes(l.job.Account.Limit)
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
			lane.On(split, index)
			lane.Switch(timing.Merge)
			return false, l.job.Reduce.Rows(split, index, payload, lane)
		}
	case wire.Partial:
		if !l.job.Chain.Aggregates() {
			return false, nil
		}
		lane.Switch(timing.Merge)
		if err := l.job.Reduce.PartialBytes(payload, lane); err != nil {
			return false, &WorkerError{Name: l.proc.Name, Err: err}
		}
	case wire.Profile:
		lane.Switch(timing.Merge)
		return false, l.takeProfile(m, payload)
	case wire.Bye:
		l.noteLackingProfiles()
		spans, err := l.spans(m, payload)
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
func (l *link) spans(m *wire.Message, recorded []byte) (s timing.Spans, err error) {
	s = timing.Spans{Name: l.proc.Name, Role: timing.Worker, Pid: l.proc.Pid, Begin: l.proc.Started}
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
	if u := m.Usage; u != nil {
		s.Usage = timing.Usage{VoluntarySwitches: u.VoluntarySwitches, InvoluntarySwitches: u.InvoluntarySwitches}
		for name, c := range u.Categories {
			if at, ok := timing.ParseCategory(name); ok && c.BoundNano >= 0 && c.CPUNano >= 0 && c.MinorFaults >= 0 && c.MajorFaults >= 0 {
				s.Usage.Bound[at], s.Usage.CPU[at] = time.Duration(c.BoundNano), time.Duration(c.CPUNano)
				s.Usage.MinorFaults[at], s.Usage.MajorFaults[at] = c.MinorFaults, c.MajorFaults
			}
		}
		l.job.Count.collected(time.Duration(max(0, u.GCNano)))
	}
	s.Dropped = max(0, m.DroppedSpans)
	s.Recorded, err = timing.DecodeSpans(recorded, lifetime)
	return s, err
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
