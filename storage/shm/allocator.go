package shm

import (
	"context"
	"fmt"
	"sync"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// Allocator lets Arrow's builders and decoders write straight into an arena. It
// implements memory.Allocator.
//
// That interface has no error to return. When the arena's part is exhausted,
// buffers come from the Go heap instead: the data stays right, it just has to be
// copied to reach another process. [Allocator.FallbackBytes] counts it, and
// Arena.Locate tells for each buffer. Contents of new buffers are undefined.
type Allocator struct {
	source   source
	mu       sync.Mutex
	fallback int64
}

var _ memory.Allocator = (*Allocator)(nil)

// source is a place in an arena for buffers. Allocator.mu guards it.
type source interface {
	// allocate returns nil if there is no room.
	allocate(sizeBytes int) []byte
	// extend lengthens b in place, or returns nil.
	extend(sizeBytes int, b []byte) []byte
	// free ignores buffers that it did not allocate.
	free(b []byte)
}

// NewLeaseAllocator allocates from the next sizeBytes of lease, one buffer
// after the other. Freeing a buffer does nothing, as releasing the lease frees
// them all; the latest buffer grows in place. While the allocator is used it
// alone allocates from the lease, which stays the caller's to trim and release.
func NewLeaseAllocator(lease chunk.Lease, sizeBytes int64) *Allocator {
	return &Allocator{source: &leaseSource{lease: lease, left: sizeBytes &^ (chunk.Align - 1)}}
}

// NewMemoryAllocator gives each buffer a lease of its own in mem, released when
// the buffer is freed. It does not wait for an [Arena] to have room; other
// memories are waited for until ctx ends.
func NewMemoryAllocator(ctx context.Context, mem chunk.Memory) *Allocator {
	return &Allocator{source: &memorySource{ctx: ctx, mem: mem, leases: map[*byte]chunk.Lease{}}}
}

// Allocate returns a buffer of size bytes, aligned to chunk.Align.
func (a *Allocator) Allocate(size int) []byte {
	if size < 0 {
		panic(fmt.Sprintf("shm: allocation of %d bytes", size))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.allocate(size)
}

func (a *Allocator) allocate(size int) []byte {
	if b := a.source.allocate(size); b != nil {
		return b
	}
	a.fallback += int64(size)
	return memory.DefaultAllocator.Allocate(size)
}

// Reallocate returns a buffer of size bytes that begins like b, which must not
// be used after.
func (a *Allocator) Reallocate(size int, b []byte) []byte {
	if size < 0 {
		panic(fmt.Sprintf("shm: allocation of %d bytes", size))
	}
	if size <= cap(b) {
		return b[:size]
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if longer := a.source.extend(size, b); longer != nil {
		return longer
	}
	longer := a.allocate(size)
	copy(longer, b)
	a.source.free(b)
	return longer
}

// Free gives b back.
func (a *Allocator) Free(b []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.source.free(b)
}

// FallbackBytes counts the bytes of buffers that had to come from the heap.
func (a *Allocator) FallbackBytes() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fallback
}

// leaseSource cuts buffers off one lease.
type leaseSource struct {
	lease  chunk.Lease
	left   int64
	latest []byte // the buffer that ends where the lease goes on, to its capacity
}

func (s *leaseSource) allocate(sizeBytes int) []byte {
	whole := chunk.AlignUp(int64(sizeBytes))
	if whole > s.left {
		return nil
	}
	s.left -= whole
	buf := s.lease.Alloc(sizeBytes)
	if sizeBytes == 0 {
		return buf[:0:0] // its address is that of the next buffer
	}
	s.latest = buf[:cap(buf)]
	return buf
}

func (s *leaseSource) extend(sizeBytes int, b []byte) []byte {
	start := unsafe.SliceData(b)
	if cap(b) == 0 || cap(b) != len(s.latest) || start != unsafe.SliceData(s.latest) {
		return nil
	}
	more := chunk.AlignUp(int64(sizeBytes)) - int64(len(s.latest))
	if more > s.left {
		return nil
	}
	s.left -= more
	tail := s.lease.Alloc(int(more)) // adjacent: a lease is one extent
	if unsafe.SliceData(tail) != (*byte)(unsafe.Add(unsafe.Pointer(start), len(s.latest))) {
		panic("shm: a lease allocated buffers that are not adjacent")
	}
	s.latest = unsafe.Slice(start, len(s.latest)+int(more))
	return s.latest[:sizeBytes]
}

func (s *leaseSource) free([]byte) {}

// memorySource leases an extent for each buffer.
type memorySource struct {
	ctx    context.Context
	mem    chunk.Memory
	leases map[*byte]chunk.Lease // by the buffer's first byte
}

func (s *memorySource) allocate(sizeBytes int) []byte {
	var lease chunk.Lease
	if a, ok := s.mem.(*Arena); ok {
		if lease, ok = a.TryLease(int64(sizeBytes)); !ok {
			return nil
		}
	} else {
		var err error
		if lease, err = s.mem.Lease(s.ctx, int64(sizeBytes)); err != nil {
			return nil
		}
	}
	if sizeBytes == 0 {
		lease.Release()
		return []byte{}
	}
	buf := lease.Alloc(sizeBytes)
	s.leases[unsafe.SliceData(buf)] = lease
	return buf
}

func (s *memorySource) extend(int, []byte) []byte { return nil }

func (s *memorySource) free(b []byte) {
	start := unsafe.SliceData(b)
	if lease, ok := s.leases[start]; ok && cap(b) > 0 {
		delete(s.leases, start)
		lease.Release()
	}
}
