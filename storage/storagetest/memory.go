package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// ErrNoMemory is what a [Memory] at its limit answers.
var ErrNoMemory = errors.New("the test's memory is exhausted")

// Memory is a chunk.Memory that watches what a reader does with it: fresh
// extents are full of rubbish, released ones are overwritten, and leases are
// counted. It reports misuse to the test; Done reports what leaked.
type Memory struct {
	LimitBytes int64 // largest extent; a larger one is refused. 0 is no limit
	OneReader  bool  // chunks are released before the next is read, so that a reader is seen to hold two leases

	t    testing.TB
	mu   sync.Mutex
	live map[*lease]bool
	all  int
}

// NewMemory is a Memory for one test.
func NewMemory(t testing.TB) *Memory { return &Memory{t: t, live: map[*lease]bool{}} }

// CapacityBytes is the limit.
func (m *Memory) CapacityBytes() int64 {
	if m.LimitBytes > 0 {
		return m.LimitBytes
	}
	return 1 << 40
}

// Lease hands out an extent of rubbish.
func (m *Memory) Lease(ctx context.Context, sizeBytes int64) (chunk.Lease, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if sizeBytes < 0 {
		m.t.Errorf("lease of %d bytes", sizeBytes)
		return nil, ErrNoMemory
	}
	if sizeBytes > m.CapacityBytes() {
		return nil, fmt.Errorf("%w: %d bytes of at most %d", ErrNoMemory, sizeBytes, m.CapacityBytes())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.OneReader {
		unused := 0
		for l := range m.live {
			if len(l.bufs) == 0 {
				unused++
			}
		}
		if unused > 0 || len(m.live) > 1 {
			m.t.Errorf("a reader asks for a lease while it holds %d, %d of them unused: this can deadlock", len(m.live), unused)
		}
	}
	inner, err := chunk.Heap{}.Lease(ctx, sizeBytes)
	if err != nil {
		return nil, err
	}
	l := &lease{mem: m, inner: inner, left: chunk.AlignUp(sizeBytes), refs: 1}
	m.live[l] = true
	m.all++
	return l, nil
}

// Live is how many leases are not released.
func (m *Memory) Live() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.live)
}

// Leased is how many leases there ever were.
func (m *Memory) Leased() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all
}

// Done reports leases that nobody released.
func (m *Memory) Done() {
	m.t.Helper()
	if n := m.Live(); n > 0 {
		m.t.Errorf("%d of %d leases were never released", n, m.Leased())
	}
}

// holder is the buffer of a lease that b lies in, or nil.
func (m *Memory) holder(b []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	for l := range m.live {
		for _, buf := range l.bufs {
			if from := uintptr(unsafe.Pointer(unsafe.SliceData(buf))); from <= at && at < from+uintptr(cap(buf)) {
				return buf
			}
		}
	}
	return nil
}

const (
	fresh  = 0xa5
	poison = 0xdb
)

type lease struct {
	mem     *Memory
	inner   chunk.Lease
	bufs    [][]byte
	left    int64
	refs    int
	trimmed bool
}

func (l *lease) Alloc(sizeBytes int) []byte {
	l.mem.mu.Lock()
	defer l.mem.mu.Unlock()
	whole := chunk.AlignUp(int64(sizeBytes))
	if sizeBytes < 0 || whole > l.left || l.trimmed || l.refs == 0 {
		panic(fmt.Sprintf("storagetest: alloc of %d bytes from a lease with %d left (trimmed %v, references %d)", sizeBytes, l.left, l.trimmed, l.refs))
	}
	l.left -= whole
	buf := l.inner.Alloc(sizeBytes)
	fill(buf[:cap(buf)], fresh)
	l.bufs = append(l.bufs, buf)
	return buf
}

func (l *lease) Trim() {
	l.mem.mu.Lock()
	defer l.mem.mu.Unlock()
	l.trimmed = true
	l.inner.Trim()
}

func (l *lease) Retain() {
	l.mem.mu.Lock()
	defer l.mem.mu.Unlock()
	if l.refs == 0 {
		panic("storagetest: retain of a released lease")
	}
	l.refs++
}

func (l *lease) Release() {
	l.mem.mu.Lock()
	defer l.mem.mu.Unlock()
	if l.refs == 0 {
		panic("storagetest: a lease is released once too often")
	}
	if l.refs--; l.refs > 0 {
		return
	}
	for _, buf := range l.bufs {
		fill(buf[:cap(buf)], poison)
	}
	delete(l.mem.live, l)
}

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}
