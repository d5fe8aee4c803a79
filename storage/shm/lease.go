package shm

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// Lease is an extent of an [Arena]. It implements [chunk.Lease].
//
// Note: the structs are not pooled. A release too many could not be told from
// the release of whoever has the struct now; one small allocation a chunk is
// the price of the panic.
type Lease struct {
	arena  *Arena
	extent *extent // nil when released, or trimmed to nothing; guarded by arena.mu
	rest   []byte  // not allocated yet
	refs   atomic.Int32
}

var _ chunk.Lease = (*Lease)(nil)

// Lease reserves sizeBytes, rounded up to chunk.Align. While the arena is too
// full it waits, first come first served: a large request is not overtaken by
// small ones. It fails with a [*TooLargeError] if the arena could never hold
// that much, with a [*NoSpaceError] if the system has no more memory, with
// [ErrClosed], or with the error of ctx.
func (a *Arena) Lease(ctx context.Context, sizeBytes int64) (chunk.Lease, error) {
	if err := a.checkSize(sizeBytes); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("lease of %s: %w", formatBytes(sizeBytes), err)
	}
	l := newLease(a)
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return nil, ErrClosed
	}
	granted := a.waiting.first == nil && a.grant(l, sizeBytes)
	if granted {
		a.mu.Unlock()
	} else if err := a.wait(ctx, l, sizeBytes); err != nil {
		return nil, err
	}
	return a.ready(l)
}

// TryLease is Lease for a caller that must not wait: false means that the
// arena is too full, or that others wait already.
func (a *Arena) TryLease(sizeBytes int64) (chunk.Lease, bool) {
	if a.checkSize(sizeBytes) != nil {
		return nil, false
	}
	l := newLease(a)
	a.mu.Lock()
	granted := !a.closed && a.waiting.first == nil && a.grant(l, sizeBytes)
	a.mu.Unlock()
	if !granted {
		return nil, false
	}
	ready, err := a.ready(l)
	return ready, err == nil
}

func newLease(a *Arena) *Lease {
	l := &Lease{arena: a}
	l.refs.Store(1)
	return l
}

func (a *Arena) checkSize(sizeBytes int64) error {
	if sizeBytes < 0 {
		panic(fmt.Sprintf("shm: lease of %d bytes", sizeBytes))
	}
	if sizeBytes > a.CapacityBytes() {
		return &TooLargeError{NeedBytes: sizeBytes, CapacityBytes: a.CapacityBytes()}
	}
	return nil
}

// grant gives l an extent if there is one. a.mu is held.
func (a *Arena) grant(l *Lease, sizeBytes int64) bool {
	e := a.space.take(chunk.AlignUp(max(sizeBytes, 1)))
	if e == nil {
		return false
	}
	l.extent = e
	l.rest = a.bytes[e.offset:e.end():e.end()]
	a.outstanding++
	a.stats.Leases++
	a.stats.InUseBytes += e.size
	a.stats.PeakBytes = max(a.stats.PeakBytes, a.stats.InUseBytes)
	return true
}

// ready reserves the pages under a granted lease. An extent that is used again
// has them.
func (a *Arena) ready(l *Lease) (chunk.Lease, error) {
	if err := a.reserve(l.extent.end()); err != nil {
		l.Release()
		return nil, fmt.Errorf("%s: %w", a.name, err)
	}
	return l, nil
}

// wait queues l until it is granted. It is called with a.mu held and returns
// without.
func (a *Arena) wait(ctx context.Context, l *Lease, sizeBytes int64) error {
	w := &waiter{lease: l, sizeBytes: sizeBytes, done: make(chan struct{})}
	a.waiting.push(w)
	a.mu.Unlock()

	start := time.Now()
	var err error
	select {
	case <-w.done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	waited := time.Since(start)

	a.mu.Lock()
	defer a.mu.Unlock()
	a.stats.WaitedTotal += waited
	switch {
	case w.err != nil:
		return w.err
	case err == nil:
		return nil
	case l.extent != nil: // granted at the same moment
		a.free(l)
	default:
		a.waiting.remove(w)
	}
	a.serve() // those behind w may fit where it did not
	return fmt.Errorf("waited %s for a lease of %s: %w", waited.Round(time.Millisecond), formatBytes(sizeBytes), err)
}

// serve grants what has room now, in order. a.mu is held.
func (a *Arena) serve() {
	for w := a.waiting.first; w != nil && a.grant(w.lease, w.sizeBytes); w = a.waiting.first {
		a.waiting.pop()
		close(w.done)
	}
}

// free takes the extent of l back. a.mu is held.
func (a *Arena) free(l *Lease) {
	a.outstanding--
	if l.extent != nil {
		a.stats.InUseBytes -= l.extent.size
		a.space.give(l.extent)
	}
	l.extent, l.rest = nil, nil
}

// Alloc cuts the next sizeBytes off the extent, aligned, contents undefined. It
// panics when the extent is exhausted.
func (l *Lease) Alloc(sizeBytes int) []byte {
	if sizeBytes < 0 || sizeBytes > len(l.rest) {
		panic(fmt.Sprintf("shm: alloc of %d bytes in a lease that has %d left", sizeBytes, len(l.rest)))
	}
	whole := int(chunk.AlignUp(int64(sizeBytes)))
	buf := l.rest[:sizeBytes:whole]
	l.rest = l.rest[whole:]
	return buf
}

// Trim gives back what has not been allocated.
func (l *Lease) Trim() {
	if len(l.rest) == 0 {
		return
	}
	a := l.arena
	a.mu.Lock()
	defer a.mu.Unlock()
	if l.extent == nil {
		return
	}
	rest := int64(len(l.rest))
	l.rest = nil
	a.stats.InUseBytes -= rest
	if rest == l.extent.size {
		a.space.give(l.extent)
		l.extent = nil
	} else {
		a.space.trim(l.extent, l.extent.size-rest)
	}
	a.serve()
}

// Retain adds a reference.
func (l *Lease) Retain() {
	if l.refs.Add(1) <= 1 {
		panic("shm: lease retained after its last release")
	}
}

// Release drops a reference; the last one frees the extent.
func (l *Lease) Release() {
	switch n := l.refs.Add(-1); {
	case n > 0:
		return
	case n < 0:
		panic("shm: lease released more often than it was retained")
	}
	a := l.arena
	a.mu.Lock()
	a.free(l)
	a.serve()
	a.mu.Unlock()
}

// waiter is a lease that waits for room. done is closed when it is granted, or
// when err is set.
type waiter struct {
	lease      *Lease
	sizeBytes  int64
	done       chan struct{}
	err        error
	prev, next *waiter
}

// waitQueue is the waiters in order of arrival.
type waitQueue struct{ first, last *waiter }

func (q *waitQueue) push(w *waiter) {
	w.prev = q.last
	if q.last != nil {
		q.last.next = w
	} else {
		q.first = w
	}
	q.last = w
}

func (q *waitQueue) pop() *waiter {
	w := q.first
	if w != nil {
		q.remove(w)
	}
	return w
}

func (q *waitQueue) remove(w *waiter) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		q.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		q.last = w.prev
	}
	w.prev, w.next = nil, nil
}
